"""Facts about references and versions inside one import."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.store.database.engine import Database
from app.store.history.revision import Revision
from app.store.imports.importer import Report
from app.store.index.writing import IndexWriter
from app.store.write.outcomes import Outcome
from app.store.write.resolver import Resolver
from tests.store.stored import keys_found


def docs(database: Database, table: str = "documents") -> list[dict[str, Any]]:
    with database.read() as connection:
        return [json.loads(doc) for doc in connection.execute(text(f"SELECT doc FROM {table} ORDER BY doc")).scalars()]  # noqa: S608  # our own


def test_a_late_batch_may_fill_what_an_early_one_shows(
    database: Database, import_yaml: Callable[..., Report], client: TestClient
) -> None:
    claims = "".join(f"  - {{key: k{n}, speaker: {{name: Ann}}, quote: word {n}}}\n" for n in range(501))
    late = "  - {key: last, speaker: {name: Ann, aliases: [Annie]}, quote: the last word}\n"
    report = import_yaml(f"source: {{key: s, title: S}}\nclaims:\n{claims}{late}")
    assert report.counts["created"] == 502
    assert "rendered" not in report.changes
    with database.read() as connection:
        rows = connection.execute(text("SELECT count(*), count(until), max(version) FROM claims")).one()
    assert tuple(rows) == (502, 0, 1)
    assert client.get("/v1/claims", params={"q": "annie"}).json()["meta"]["total"]["value"] == 502


def test_a_defined_group_belongs_to_the_source_of_its_file(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    for key in ("one", "two"):
        import_yaml(
            f"source: {{key: {key}, title: {key}}}\nspeakers: [{{name: officials, kind: group}}]\n"
            "claims: [{quote: we know, speaker: {name: officials, kind: group}}]\n"
        )
    speakers = docs(database, "speakers")
    assert [(s["key"], s["source"]) for s in speakers] == [("one/officials", "src_1"), ("two/officials", "src_2")]
    assert [doc["speaker"]["id"] for doc in docs(database)] == ["spk_1", "spk_2"]


def test_a_reference_cannot_give_a_metric_a_unit_that_its_figures_do_not_fit(
    import_yaml: Callable[..., Report],
) -> None:
    pay = "source: {key: s, title: S}\nclaims: [{key: a, quote: a, figures: [{metric: pay, value: 1, unit: count}]}]\n"
    import_yaml(pay)
    metric = "{metric: {name: pay, unit: JPY}, value: 1}"
    report = import_yaml(f"source: {{key: s}}\nclaims: [{{key: b, quote: b, figures: [{metric}]}}]\n")
    assert [fault.problem.code for fault in report.faults] == ["wrong-dimension"]
    assert import_yaml(pay).counts["unchanged"] == 1


def test_a_definition_that_blanks_what_claims_fill_makes_one_revision_only(
    import_yaml: Callable[..., Report],
) -> None:
    file = (
        "source: {key: s, title: S}\nspeakers: [{key: a, name: Ann, note: null, aliases: []}]\n"
        "claims: [{key: c, quote: c, speaker: {key: a, note: a note}}]\n"
    )
    assert import_yaml(file).revision == 1
    assert import_yaml(file).revision is None


def test_a_metric_is_found_by_its_key_in_the_short_form(database: Database, import_yaml: Callable[..., Report]) -> None:
    report = import_yaml(
        "source: {key: s, title: S}\nmetrics: [{key: mm, name: my metric, unit: count}]\n"
        "claims: [{key: c, quote: c, figures: [{metric: mm, value: 1}]}]\n"
    )
    assert not report.faults
    assert docs(database)[0]["figures"][0]["metric"]["name"] == "my metric"


WIKIDATA = "speakers: [{key: old, name: Old, identifiers: {wikidata: Q1}}]\n"


@pytest.mark.parametrize(
    "second",
    [
        "speakers: [{key: new, name: New, identifiers: {wikidata: Q1}}]\n",
        "speakers: [{key: new, name: New}, {key: new2, name: New2, identifiers: {wikidata: Q1}}]\n",
    ],
)
def test_an_identifier_is_of_one_speaker(import_yaml: Callable[..., Report], second: str) -> None:
    import_yaml(WIKIDATA)
    report = import_yaml(second)
    assert [(fault.problem.code, fault.problem.path[-1]) for fault in report.faults] == [("duplicate", "identifiers")]


def test_a_change_cannot_take_the_identifier_of_another(import_yaml: Callable[..., Report]) -> None:
    import_yaml(WIKIDATA)
    import_yaml("speakers: [{key: new, name: New}]\n")
    report = import_yaml("speakers: [{key: new, identifiers: {wikidata: Q1, viaf: '7'}}]\n")
    assert [fault.problem.detail for fault in report.faults] == ["wikidata:Q1 is of spk_1 (key old) already"]
    assert report.revision is None


def test_a_metric_with_a_key_of_its_own_is_not_one_whose_key_is_its_name(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    figure = "{metric: {key: other, name: mm, unit: count}, value: 1}"
    report = import_yaml(
        "source: {key: s, title: S}\nmetrics: [{key: mm, name: my metric, unit: count}]\n"
        f"claims: [{{key: c, quote: c, figures: [{figure}]}}]\n"
    )
    assert not report.faults
    assert docs(database)[0]["figures"][0]["metric"]["key"] == "other"


def test_a_reference_adds_another_identifier(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml(WIKIDATA)
    speaker = "{identifiers: {wikidata: Q1, viaf: '7'}}"
    report = import_yaml(f"source: {{key: s, title: S}}\nclaims: [{{quote: a, speaker: {speaker}}}]\n")
    assert not report.faults
    assert docs(database, "speakers")[-1]["identifiers"] == {"wikidata": "Q1", "viaf": "7"}


def test_a_person_is_no_organization(database: Database, import_yaml: Callable[..., Report]) -> None:
    base = "source: {key: s, title: S}\nspeakers: [{key: ann, name: Ann, kind: person}]\n"
    bad = import_yaml(base + "claims: [{quote: a, role: {organization: {key: ann}}}]\n")
    [fault] = bad.faults
    assert fault.problem.detail == f"the speaker ann ({fault.file}:2) is a person, not an organization"
    good = import_yaml(base + "claims: [{quote: a, role: {organization: Ann}}]\n")
    assert not good.faults
    assert [speaker["kind"] for speaker in docs(database, "speakers")] == ["person", "organization"]


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "missing.txt"])
def test_a_text_file_stands_beside_the_file_that_names_it(
    import_yaml: Callable[..., Report], tmp_path: Path, name: str
) -> None:
    (tmp_path.parent / "secret.txt").write_text("secret")
    report = import_yaml(f"source: {{key: s, title: S, text_file: {name}}}\n")
    assert [fault.problem.path for fault in report.faults] == [("source", "text_file")]


def test_a_locator_is_in_order_and_its_gaps_are_ours(database: Database, import_yaml: Callable[..., Report]) -> None:
    start = "source: {key: s, title: S}\nclaims: [{quote: a, locator: {exact: a, "
    assert import_yaml(start + "start: 10, end: 5}}]\n").faults
    import_yaml(start + "start: 5, end: 10, gaps: [forged], differences: [{quote: a, text: b}]}}]\n")
    locator = docs(database)[0]["citations"][0]["locator"]
    assert (locator["gaps"], locator["differences"]) == (None, None)


def test_a_claim_is_not_wrong_because_one_that_it_names_is(import_yaml: Callable[..., Report]) -> None:
    report = import_yaml(
        "source: {key: s, title: S}\nclaims:\n"
        "  - {key: a, quote: a, speaker: {key: nobody}}\n"
        "  - {key: b, quote: b, relations: [{type: supports, key: a}]}\n"
    )
    assert [fault.problem.code for fault in report.faults] == ["unknown-speaker"]


def test_two_rows_with_one_derived_key_and_different_content_are_refused(import_yaml: Callable[..., Report]) -> None:
    start = "source: {key: s, title: S}\nclaims:\n  - {quote: dup, venue: X}\n"
    import_yaml(start)
    report = import_yaml(start + "  - {quote: dup, venue: Y}\n")
    assert [fault.problem.code for fault in report.faults] == ["duplicate"]


def test_minus_nought_is_nought(import_yaml: Callable[..., Report]) -> None:
    figure = "{metric: m, value: '-0', unit: count}"
    file = f"source: {{key: s, title: S}}\nclaims: [{{key: a, quote: a, figures: [{figure}]}}]\n"
    assert import_yaml(file).revision == 1
    assert import_yaml(file).revision is None


def test_a_claim_of_very_many_different_words_is_found_by_each(
    import_yaml: Callable[..., Report], client: TestClient
) -> None:
    words = (chr(0x10428 + n // 1600) + chr(0x10428 + n // 40 % 40) + chr(0x10428 + n % 40) for n in range(64_000))
    blocks = [" ".join(next(words) for _ in range(490)) for _ in range(120)]
    roles = ", ".join(f"{{title: {a}, as_stated: {b}}}" for a, b in zip(blocks[::2], blocks[1::2], strict=True))
    report = import_yaml(f"source: {{key: s, title: S}}\nclaims: [{{key: a, quote: a, roles: [{roles}]}}]\n")
    assert report.counts["created"] == 1
    for block in (blocks[0], blocks[-1]):
        assert keys_found(client, q=block.split()[-1]) == ["a"]


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("relations: [{type: supports, key: a}]", "a claim has no relation to itself"),
        ("speaker: {name: A, tenures: [{title: t, since: '2022', until: '2020'}]}", "since 2022 is after until 2020"),
    ],
)
def test_what_contradicts_itself_is_refused(import_yaml: Callable[..., Report], claim: str, told: str) -> None:
    report = import_yaml(f"source: {{key: s, title: S}}\nclaims: [{{key: a, quote: a, {claim}}}]\n")
    assert [fault.problem.detail for fault in report.faults] == [told]


def test_many_alike_claims_are_told_of_briefly(import_yaml: Callable[..., Report]) -> None:
    claims = "".join(f"  - {{key: k{n}, quote: No comment}}\n" for n in range(1200))
    told: list[Outcome] = []
    report = import_yaml(
        f"source: {{key: s, title: S}}\nclaims:\n{claims}", tell=lambda _place, outcome: told.append(outcome)
    )
    assert report.counts["created"] == len(told) == 1200
    assert max(len(outcome.alike) for outcome in told) <= 2


def test_a_reference_that_brings_a_text_is_not_remembered_with_it(database: Database) -> None:
    given = {"key": "s", "title": "T", "text": "long " * 1000}
    with database.write() as connection:
        revision = Revision(connection, actor="test")
        resolver = Resolver(revision, IndexWriter(connection, revision.number))
        assert [resolver.refer("source", given, None) for _ in range(2)] == ["src_1", "src_1"]
        resolver.flush()
        assert resolver._referred == {}
