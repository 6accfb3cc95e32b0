"""Claims as rows of a table, and rows as claims."""

from __future__ import annotations

import json
import string
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.domain.record.column_advice import in_columns
from app.domain.record.csv_columns import LISTS, Header, Sizes, check_header, columns_of, row_writer, sizes_of
from app.domain.record.records_in import ClaimIn, DateIn, Reference, RoleIn, SourceIn, SpeakerIn
from app.domain.record.records_out import ClaimOut, DateOut
from app.domain.record.removals import whole_of
from app.errors import Problem
from app.store.records.fields import CLAIM_FIELDS
from tests.asked import cases

ONE_OF_EACH = Sizes((1,) * len(LISTS))

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12).filter(
    str.strip
)
maybe_words = st.none() | words
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
dates = st.none() | st.fixed_dictionaries(
    {
        "edtf": st.just("2024-04"),
        "earliest": st.just("2024-04-01"),
        "latest": st.just("2024-04-30"),
        "as_stated": maybe_words,
    }
)


def shown(prefix: str, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    numbers = st.integers(1, 10**6).map(lambda number: f"{prefix}_{number}")
    return st.fixed_dictionaries({"id": numbers, "key": words, "name": words, **more})


organizations = st.none() | shown("spk")
roles = st.fixed_dictionaries(
    {
        "title": words,
        "organization": organizations,
        "status": st.sampled_from(["current", "former", "acting"]),
        "as_stated": maybe_words,
        "basis": st.sampled_from(["stated", "tenure"]),
    }
)
equivalents = st.fixed_dictionaries(
    {"value": amounts | st.integers(0, 9), "unit": st.just("JPY"), "as_stated": maybe_words}
)
figures = st.fixed_dictionaries(
    {
        "metric": shown("met"),
        "value": st.none() | st.just(Decimal("1e12")),
        "low": amounts,
        "high": st.just(Decimal("1e12")),
        "comparator": st.just("between"),
        "unit": st.just("count"),
        "kind": st.sampled_from(["actual", "target"]),
        "change": st.none() | st.just("difference"),
        "period": dates,
        "equivalents": st.lists(equivalents, max_size=2),
        "as_stated": maybe_words,
    }
)
locators = st.none() | st.fixed_dictionaries(
    {
        **dict.fromkeys(("exact", "prefix", "suffix", "page", "lines", "time"), maybe_words),
        "start": st.integers(0, 9),
        "end": st.integers(10, 99) | st.none(),
        "start_time": st.none() | st.decimals(0, 9, places=2),
        "end_time": st.none() | st.decimals(10, 9999, places=3),
        "gaps": st.none() | st.lists(words, min_size=1, max_size=2),
        "differences": st.none()
        | st.lists(st.fixed_dictionaries({"quote": words, "text": words}), min_size=1, max_size=2),
    }
)
urls = st.sampled_from([None, "https://a.example/x?y=1,2#z", "HTTP://B.example/a|b", "doi:10.1000/A", "urn:a1:b"])
sources = st.fixed_dictionaries(
    {
        "id": st.just("src_1"),
        "key": words,
        **dict.fromkeys(("title", "publisher"), maybe_words),
        "url": urls,
        "published_on": dates,
    }
)
citations = st.fixed_dictionaries(
    {"source": sources, "via": maybe_words, "locator": locators, "verification": st.just("elided")}
)
assessments = st.fixed_dictionaries(
    {"publisher": words, "url": urls, "rating": maybe_words, "rating_value": st.decimals(1, 5, places=1),
     "best": st.none() | st.integers(6, 9), "worst": st.none() | st.just(1), "rated_on": dates, "note": maybe_words}
)  # fmt: skip
relations = st.fixed_dictionaries({"type": st.just("supports"), "claim": st.just("clm_3"), "key": words})
retractions = st.fixed_dictionaries(
    {"kind": st.just("record_error"), "reason": maybe_words, "retracted_on": dates, "issuer": maybe_words,
     "source": st.none() | sources}
)  # fmt: skip
claims = st.fixed_dictionaries(
    {
        "id": st.just("clm_7"),
        "version": st.integers(1, 9),
        "key": words,
        "status": st.just("retracted"),
        "speaker": st.none() | shown("spk", kind=st.just("person")),
        "roles": st.lists(roles, max_size=2),
        "quote": words,
        "paraphrase": maybe_words,
        "language": st.none() | st.just("pt-BR"),
        "translated_from": st.none() | st.just("ja"),
        "said_on": dates,
        "venue": maybe_words,
        "figures": st.lists(figures, max_size=2),
        "topics": st.lists(words, max_size=3),
        "citations": st.lists(citations, min_size=1, max_size=2),
        "assessments": st.lists(assessments, max_size=2),
        "relations": st.lists(relations, max_size=2),
        "retraction": retractions,
        "dataset": st.none() | st.just("wire_2.1"),
        "recorded_at": st.just("2026-01-01T12:00:00Z"),
        "updated_at": st.just("2026-01-01T12:00:00Z"),
        "revision": st.integers(1, 9),
    }
)


few = cases(15)


def as_text(value: Any) -> Any:
    """The document with its nulls and empty parts left out, and the rest as text."""
    if isinstance(value, dict):
        return {name: text for name, inner in value.items() if (text := as_text(inner)) not in (None, {}, [])}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    return None if value is None else str(value)


def header(*names: str) -> Header:
    made, problems = check_header(names)
    assert made, [str(problem) for problem in problems]
    return made


def schema_leaves(model: type[BaseModel]) -> set[str]:
    """The dotted paths of a model's JSON schema, with one element in each list: read apart from the code under test."""
    schema = model.model_json_schema()

    def walk(node: dict[str, Any], path: tuple[str, ...]) -> set[str]:
        if "$ref" in node:
            return walk(schema["$defs"][node["$ref"].rpartition("/")[2]], path)
        for part in node.get("anyOf", []):
            if part.get("type") != "null":
                return walk(part, path)
        if node.get("type") == "array":
            return walk(node["items"], (*path, "0"))
        if "properties" in node:
            return {leaf for name, inner in node["properties"].items() for leaf in walk(inner, (*path, name))}
        return {".".join(path)}

    return walk(schema, ())


def test_every_leaf_of_a_claim_has_a_column() -> None:
    columns = columns_of(ONE_OF_EACH)
    assert set(columns) == schema_leaves(ClaimOut)
    assert len(columns) == len(set(columns))


def test_every_column_that_is_written_is_read() -> None:
    made, problems = check_header(columns_of(ONE_OF_EACH))
    assert made
    assert not problems


def test_columns_stand_in_the_order_of_documents() -> None:
    first = dict.fromkeys(name.split(".")[0] for name in columns_of(ONE_OF_EACH))
    assert tuple(first) == CLAIM_FIELDS
    assert columns_of(Sizes())[4:11] == [
        *("speaker.id", "speaker.key", "speaker.name", "speaker.kind"),
        *("quote", "paraphrase", "language"),
    ]


@few
@given(claims)
def test_the_claims_of_these_tests_are_documents(claim: dict[str, Any]) -> None:
    assert ClaimOut.model_validate_json(json.dumps(claim, default=float))


@few
@given(claims, claims)
def test_a_row_is_read_back_as_the_claim_it_was_written_from(one: dict[str, Any], other: dict[str, Any]) -> None:
    columns = columns_of(sizes_of(one) | sizes_of(other))
    for claim in (one, other):
        row = row_writer(columns)(claim)
        read = whole_of(header(*columns).name(row))
        assert read == as_text(claim)
        assert ClaimIn.model_validate(read) == ClaimIn.model_validate(claim)


@few
@given(claims, claims)
def test_sizes_together_are_the_greater_of_each(one: dict[str, Any], other: dict[str, Any]) -> None:
    both = set(columns_of(sizes_of(one))) | set(columns_of(sizes_of(other)))
    assert set(columns_of(sizes_of(one) | sizes_of(other))) >= both
    assert sizes_of(one) | Sizes() == sizes_of(one)


@few
@given(claims, st.randoms())
def test_some_columns_in_any_order_hold_the_same_cells(claim: dict[str, Any], random: Any) -> None:
    columns = columns_of(sizes_of(claim))
    whole = dict(zip(columns, row_writer(columns)(claim), strict=True))
    some = random.sample(columns, k=len(columns) // 2)
    assert row_writer(some)(claim) == [whole[name] for name in some]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1E+3"),
        (4000, "4000"),
        (True, "true"),
        (False, "false"),
        ("=1+1", "=1+1"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_cell_is_the_value_as_json_has_it(value: Any, cell: str) -> None:
    assert row_writer(["quote"])({"quote": value}) == [cell]


SHORT = [
    ({"role": "mayor"}, {"role": "mayor"}),
    ({"role.title": "mayor"}, {"role": {"title": "mayor"}}),
    ({"source.title": "T", "via": "V"}, {"source": {"title": "T"}, "via": "V"}),
    ({"locator.exact": "e"}, {"locator": {"exact": "e"}}),
    ({"said_on": "2024"}, {"said_on": "2024"}),
    ({"speaker": "spk_7"}, {"speaker": "spk_7"}),
    ({"speaker.identifiers.wikidata": "Q1"}, {"speaker": {"identifiers": {"wikidata": "Q1"}}}),
    ({"speaker.identifiers.a.b": "1"}, {"speaker": {"identifiers": {"a.b": "1"}}}),
    ({"roles.0.organization": "Army"}, {"roles": [{"organization": "Army"}]}),
    ({"figures.0.metric": "staff", "figures.0.value": "1.50"}, {"figures": [{"metric": "staff", "value": "1.50"}]}),
    ({"topics.1": "b", "topics.0": "a"}, {"topics": ["a", "b"]}),
    ({"topics.10": "c", "topics.9": "b", "topics.1": "a"}, {"topics": ["a", "b", "c"]}),
    ({"topics.0": "", "topics.1": "b"}, {"topics": ["b"]}),
    ({"topics.0": "", "figures.0.value": "", "quote": "q"}, {"quote": "q"}),
    ({"quote": "", "speaker.name": ""}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "value"), SHORT)
def test_cells_make_the_nested_claim(cells: dict[str, str], value: dict[str, Any]) -> None:
    assert whole_of(header(*cells).name(list(cells.values()))) == value


def test_a_text_stands_for_an_object_where_the_records_take_one() -> None:
    texts = {DateIn: "2024", RoleIn: "mayor", SpeakerIn: "spk_1", SourceIn: "src_1"}
    for model, text in texts.items():
        assert issubclass(model, DateIn | RoleIn | Reference)
        assert model.model_validate(text)


# names of a header, and what is said of each that is wrong
WRONG = [
    (["quoet"], ["quoet: there is no such column (did you mean quote?)"]),
    ([" quote"], [" quote: there is no such column (did you mean quote?)"]),
    (["Speaker Name"], ["Speaker Name: there is no such column (did you mean speaker.name?)"]),
    (["figure.0.value"], ["figure.0.value: there is no such column (did you mean figures.0.value?)"]),
    (["figures.0.knd"], ["figures.0.knd: there is no such column (did you mean figures.0.kind?)"]),
    (["url"], ["url: there is no such column (did you mean source.url or"]),
    (["topics"], ["topics: this is a list: its positions are numbered 0, 1, 2, … (did you mean topics.0?)"]),
    (["roles.title"], ["roles.title: roles is a list: its positions are numbered 0, 1, 2, … (did"]),
    (["topics.00"], ["topics.00: topics is a list: its positions are numbered 0, 1, 2, … (did you mean topics.0?)"]),
    (["topics.²"], ["topics.²: topics is a list"]),
    (["topics.100"], ["topics.100: topics has at most 100 positions, 0 to 99"]),
    (["topics." + "9" * 5000], ["topics.99999"]),
    (["quote.x"], ["quote.x: quote has no parts (did you mean quote?)"]),
    (["quote."], ["quote.: quote has no parts (did you mean quote?)"]),
    (["figures.0"], ["figures.0: this is an object: name its parts, as in figures.0.metric"]),
    (["retraction"], ["retraction: this is an object: name its parts, as in retraction.kind"]),
    (["speaker.identifiers"], ["speaker.identifiers: this is an object: name its parts"]),
    (["quote", "quote"], ["quote: this column stands here twice"]),
    (["said_on", "said_on.edtf"], ["said_on.edtf: said_on is a column as well; give the whole or its parts"]),
    (["said_on.edtf", "said_on"], ["said_on: parts of it are columns as well; give the whole or its parts"]),
    (["", ""], ["the header names no column"]),
    ([], ["the header names no column"]),
    (["quoet", "key", "venu"], ["quoet: there", "venu: there"]),
]  # fmt: skip


@pytest.mark.parametrize(("names", "told"), WRONG)
def test_a_wrong_header_is_told_with_what_would_be_right(names: list[str], told: list[str]) -> None:
    made, problems = check_header(names)
    assert made is None
    assert len(problems) == len(told)
    for problem, text in zip(problems, told, strict=True):
        assert str(problem).startswith(text)


@given(st.lists(st.text(string.ascii_lowercase + ".0_ ", max_size=12) | st.sampled_from(columns_of(ONE_OF_EACH))))
def test_any_header_is_taken_or_refused_with_a_reason(names: list[str]) -> None:
    made, problems = check_header(names)
    assert (made is None) == bool(problems)


def test_of_a_header_with_thousands_of_faults_some_are_told() -> None:
    _, problems = check_header([f"x{n}" for n in range(10_000)])
    assert 10 <= len(problems) <= 100


def test_nameless_columns_are_known() -> None:
    assert header("quote", "", "").nameless == (1, 2)


# cells, a path in the checked claim, and the column that it came from
PLACES = [
    ({"quote": "q"}, ("quote",), "quote"),
    ({"quote": "q"}, ("citations",), "citations"),
    ({"quote": "q"}, (), ""),
    ({"said_on": "x"}, ("said_on", "edtf"), "said_on"),
    ({"role": "x"}, ("roles", 0, "title"), "role"),
    ({"role.title": "x"}, ("roles", 0, "title"), "role.title"),
    ({"role": "", "roles.0.title": "x"}, ("roles", 0, "title"), "roles.0.title"),
    ({"role": "x", "roles.0.title": ""}, ("roles", 0, "title"), "role"),
    ({"source.url": "x"}, ("citations", 0, "source", "url"), "source.url"),
    ({"source.url": "x", "citations.1.via": "y"}, ("citations", 0, "source", "url"), "source.url"),
    ({"source.url": "", "citations.1.via": "y"}, ("citations", 0, "via"), "citations.1.via"),
    ({"role": "x", "roles.1": "y"}, ("roles", 0, "title"), "role"),
    ({"source.url": "x"}, ("citations", 0, "source"), "source"),
    ({"via": "x"}, ("citations", 0, "source"), "source"),
    ({"citations.0.via": "x"}, ("citations", 0, "source"), "citations.0.source"),
    ({"figures.0.metric": "m"}, ("figures", 0, "metric", "name"), "figures.0.metric"),
    ({"figures.0.value": "1"}, ("figures", 0, "metric"), "figures.0.metric"),
    ({"figures.0.value": "", "figures.1.value": "1"}, ("figures", 0, "value"), "figures.1.value"),
    ({"figures.0.value": "", "figures.1.value": "1"}, ("figures", 0), "figures.1"),
    ({"topics.3": "", "topics.2": "x", "topics.9": "y"}, ("topics", 1), "topics.9"),
    ({"speaker.identifiers.a.b": "x"}, ("speaker", "identifiers", "a.b"), "speaker.identifiers.a.b"),
]


@pytest.mark.parametrize(("cells", "path", "column"), PLACES)
def test_a_place_in_the_claim_leads_back_to_its_column(
    cells: dict[str, str], path: tuple[str | int, ...], column: str
) -> None:
    assert header(*cells).column_of(path, list(cells.values())) == column


def test_dates_are_shown_as_they_are_read() -> None:
    assert set(DateOut.model_fields) == set(DateIn.model_fields)


@pytest.mark.parametrize(
    ("column", "detail", "told"),
    [
        ("speaker", "an object is needed here: {field: value}",
         "an object is needed here: its parts are columns of their own, such as speaker.key, speaker.name"),
        ("citations.0.source", "an object is needed here: {field: value}",
         "an object is needed here: its parts are columns of their own, such as citations.0.source.key,"
         " citations.0.source.url, citations.0.source.title"),
        ("figures.0.metric", "'x' is one: write {key: a b}, or {name: x} for another",
         "'x' is one: write a b in figures.0.metric.key, or x in figures.0.metric.name for another"),
        ("speaker", "'Bo {key: bo} jr' is not an id; else give {key: …} or {name: …}",
         "'Bo {key: bo} jr' is not an id; else give speaker.key or speaker.name"),
    ],
)  # fmt: skip
def test_objects_in_messages_are_told_as_columns(column: str, detail: str, told: str) -> None:
    assert in_columns(Problem(("p",), "bad-value", detail), column).detail == told


@pytest.mark.parametrize(
    "detail",
    [
        "'5 {key: a} x' is no plain number",
        "'Bo' or {key: bo} jr' is not an id",
        '"it\'s {key: a}" is no unit; write kg',
        "there is no source {key: a}, and no title or url to make one with",
        "write {key: a {b} or {key: c}}",
    ],
)
def test_objects_that_were_given_are_told_as_they_were(detail: str) -> None:
    assert in_columns(Problem(("p",), "bad-value", detail), "speaker").detail == detail
