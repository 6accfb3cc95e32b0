"""Generated claims: the same for the same seed, right by the checks of records, and as varied as real ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import islice
from typing import Any

import msgspec
import pytest

from app.demo.generated_claims import Doc, Generator, as_line, definitions, generate, generate_edits
from app.demo.world import SPEAKERS, world
from app.domain.dates.edtf import parse_edtf
from app.domain.quantities.units import parse_unit
from app.domain.record.records_in import ClaimIn, MetricIn, SpeakerIn, check_record

CLAIMS = 1000
# Of the lines of 200 claims, and of the edits of 1,000. A change of what is generated changes these, and is worth a
# line in the change log: figures of benches before and after it do not compare.
DIGEST = "bf9e5fbc97cfa04e25a033a688ec38e85ac8f23a51245eccbf0c5298e210db02"
DIGEST_OF_EDITS = "cd7d3686ed77c8500655d31d5867586c1a635d1218c9c57a949b316aae4b0888"


def decoded(record: Doc) -> Any:
    return msgspec.json.decode(as_line(record))


@pytest.fixture(scope="module")
def claims() -> list[Any]:
    return [decoded(Generator(1).claim(n)) for n in range(CLAIMS)]


def values_of(claims: list[Any], name: str) -> list[Any]:
    return [one for claim in claims for one in claim.get(name, [])]


def test_the_same_seed_gives_the_same_bytes_for_ever() -> None:
    assert hashlib.sha256(b"".join(map(as_line, generate(200, 7)))).hexdigest() == DIGEST
    assert hashlib.sha256(b"".join(map(as_line, generate_edits(1000, 7)))).hexdigest() == DIGEST_OF_EDITS


def test_fewer_claims_are_the_beginning_of_more() -> None:
    few = list(map(as_line, generate(10, 3)))
    assert few == list(map(as_line, islice(generate(CLAIMS, 3), len(few))))


def test_a_claim_does_not_depend_on_what_was_made_before() -> None:
    generator = Generator(3)
    in_turn = [as_line(generator.claim(n)) for n in range(50)]
    assert [as_line(Generator(3).claim(n)) for n in range(50)] == in_turn
    assert [as_line(generator.claim(n)) for n in reversed(range(50))] == in_turn[::-1]


def test_another_seed_gives_other_claims_of_the_same_world() -> None:
    assert not {as_line(Generator(1).claim(n)) for n in range(50)} & {as_line(Generator(2).claim(n)) for n in range(50)}
    assert Generator(1).key(5) != Generator(2).key(5)


def test_every_definition_is_right() -> None:
    found = Counter[str]()
    for record in definitions():
        fields = dict(record)
        kind = fields.pop("type")
        problems = check_record(MetricIn, fields)[1] if kind == "metric" else check_record(SpeakerIn, fields)[1]
        assert problems == []
        found[kind] += 1
    assert found["metric"] == 300
    assert found["speaker"] >= 40


def test_every_claim_is_right(claims: list[Any]) -> None:
    for claim in claims:
        assert check_record(ClaimIn, claim)[1] == [], claim


def test_units_fit_their_metrics() -> None:
    for metric in world().metrics.items:
        assert {parse_unit(unit).dimension for unit in metric.others} <= {parse_unit(metric.unit).dimension}


def test_no_two_persons_have_a_name_in_common() -> None:
    names: list[str] = []
    for speaker in map(world().speaker, range(SPEAKERS)):
        if speaker.definition:
            names += [speaker.definition["name"], *speaker.definition["aliases"]]
        elif speaker.kind == "person":
            names.append(speaker.references[0]["name"])
    assert len(set(names)) == len(names) > SPEAKERS * 0.8


def test_an_edit_is_right_and_differs_from_the_claim(claims: list[Any]) -> None:
    edits = list(map(decoded, generate_edits(CLAIMS, 1)))
    before = {claim["key"]: claim for claim in claims}
    assert 0.03 * CLAIMS < len(edits) < 0.09 * CLAIMS
    for edit in edits:
        checked, problems = check_record(ClaimIn, edit)
        assert problems == [], edit
        assert checked != check_record(ClaimIn, before[edit["key"]])[0]
    retracted = [edit for edit in edits if "retraction" in edit]
    assert 0 < len(retracted) < len(edits) / 2


def test_claims_have_every_shape() -> None:
    """Of few claims in a shape that is rare, a larger run has some."""
    claims = [decoded(Generator(2).claim(n)) for n in range(0, 12_000, 4)]
    figures, citations = values_of(claims, "figures"), values_of(claims, "citations")
    dates = [claim.get("said_on") for claim in claims]
    parsed = [parse_edtf(one) for one in dates if one]
    assert {one.precision for one in parsed} == {
        *("day", "month", "season", "year", "decade", "century", "interval"),
        None,
    }
    assert None in dates
    assert {one[-1] for one in dates if one} >= {"~", "?", "X", "."}
    assert {len(claim.get("figures", ())) for claim in claims} == {0, 1, 2, 3}
    assert {len(claim["citations"]) for claim in claims} == {1, 2, 3, 4}
    assert {figure.get("comparator", "between") for figure in figures} == {
        "exactly", "about", "at_least", "more_than", "at_most", "less_than", "between"
    }  # fmt: skip
    assert {figure["kind"] for figure in figures} == {"actual", "target", "estimate", "forecast", "limit"}
    assert {figure.get("change") for figure in figures} == {None, "difference", "ratio"}
    sizes = [float(figure["value"]) for figure in figures if figure.get("value")]
    assert max(sizes) / min(sizes) > 1e12
    assert {(claim["speaker"] or {}).get("kind") for claim in claims} == {
        "person", "organization", "group", "unnamed", None
    }  # fmt: skip
    assert len({claim["language"] for claim in claims}) >= 10
    assert values_of(claims, "roles")
    assert values_of(claims, "assessments")
    assert {one["type"] for one in values_of(claims, "relations")} >= {"supports", "contradicts", "updates"}
    assert any("retraction" in claim for claim in claims)
    assert any("text" in one["source"] for one in citations)


def test_words_are_skewed_with_a_long_tail(claims: list[Any]) -> None:
    words = Counter(word for claim in claims for word in set(claim.get("quote", "").split()))
    quotes = sum("quote" in claim for claim in claims)
    assert words["the"] > 0.6 * quotes
    assert sum(1 for times in words.values() if times == 1) > 1000


def test_a_source_is_shared_and_some_are_cited_by_many() -> None:
    claims = [Generator(1).claim(n) for n in range(CLAIMS)]
    cited = Counter(citation["source"].get("key") for citation in values_of(claims, "citations"))
    assert cited.most_common(1)[0][1] > 20
    assert len(cited) >= CLAIMS / 4
