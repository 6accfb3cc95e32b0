"""Checks of assessments, locators and sources: what says nothing or contradicts itself is refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args, get_origin

import pytest

from app.domain.record.csv_columns import check_header
from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.records_in import (
    AssessmentIn,
    ClaimIn,
    Locator,
    Record,
    RelationIn,
    RetractionIn,
    RoleIn,
    SourceIn,
    check_record,
)

RIGHT: list[tuple[type[Record], dict[str, Any]]] = [
    (AssessmentIn, {"rating": "False"}),
    (AssessmentIn, {"note": "a long text"}),
    (AssessmentIn, {"url": "https://example.org/check"}),
    (AssessmentIn, {"rating_value": "2.50", "best": 5, "worst": 1}),
    (AssessmentIn, {"rating_value": 1, "best": 1, "worst": 6}),
    (AssessmentIn, {"rating_value": 6, "best": 1, "worst": 6}),
    (AssessmentIn, {"rating_value": 9, "best": 5}),
    (Locator, {"start_time": "62.50", "end_time": 3723, "lines": "12-18"}),
    (Locator, {"start_time": 0, "end_time": 0, "lines": 12}),
    (RetractionIn, {"kind": "source_correction", "issuer": "The Press", "source": {"key": "erratum"}}),
    (SourceIn, {"title": "T", "kind": "video", "authors": [f"A{n}" for n in range(1000)]}),
    (SourceIn, {"title": "T", "kind": "audio"}),
]
WRONG: list[tuple[type[Record], dict[str, Any], str, str, tuple[str, ...]]] = [
    (AssessmentIn, {}, "", "needs a rating or rating_value, or a note or url", ()),
    (AssessmentIn, {"best": 5, "worst": 1}, "", "needs a rating or rating_value", ()),
    (AssessmentIn, {"rating_value": 6, "best": 5, "worst": 1}, "", "is not on the scale from 1 to 5", ()),
    (AssessmentIn, {"rating_value": 0, "best": 1, "worst": 6}, "", "is not on the scale from 6 to 1", ()),
    (AssessmentIn, {"rating": "x", "best": 1, "worst": "1.0"}, "", "a scale has two ends", ()),
    (AssessmentIn, {"rating_value": "four"}, "rating_value", "is no plain number", ()),
    (Locator, {"start_time": 9, "end_time": 8}, "", "start_time 9 is after end_time 8", ()),
    (Locator, {"start_time": -1}, "start_time", "before the beginning", ()),
    (Locator, {"start_time": "1:02"}, "start_time", "a time on a clock; write it in seconds", ("62",)),
    (Locator, {"end_time": "1:02:03.5"}, "end_time", "a time on a clock", ("3723.5",)),
    (RetractionIn, {"kind": "source_correction", "source": {}}, "source", "needs one of id, key, url, title", ()),
    (RoleIn, {}, "", "a role needs a title or an organization", ()),
    (RoleIn, {"basis": "stated", "status": "former"}, "", "fill one in, or leave out (or empty) status, basis too", ()),
    (RelationIn, {"type": "updates"}, "", "key: fill one in, or leave out (or empty) type too", ()),
    (ClaimIn, {"quote": "\u200b", "source": {"title": "T"}}, "quote", "an empty text; leave the field out", ()),
    (ClaimIn, {"quote": "\ufeff \u00ad", "source": {"title": "T"}}, "quote", "an empty text; leave the field", ()),
    (SourceIn, {"title": "T", "language": ""}, "language", "an empty text; leave the field out, or give null", ()),
    (SourceIn, {"title": "T", "language": "de_AT"}, "language", "'de_AT' is no language tag; write a", ("de-AT",)),
    (SourceIn, {"title": "T", "language": "german"}, "language", "'german' is no language tag", ("de",)),
    (SourceIn, {"title": "T", "language": "Englisch"}, "language", "'Englisch' is no language tag", ("en",)),
    (SourceIn, {"title": "T", "language": "blah"}, "language", "'blah' is no language tag", ()),
    (SourceIn, {"title": "T", "language": "Mandarin"}, "language", "'Mandarin' is no language tag", ("zh",)),
    (SourceIn, {"title": "T", "language": "farsi"}, "language", "'farsi' is no language tag", ("fa",)),
    (SourceIn, {"title": "T", "language": "Bokmål"}, "language", "'Bokmål' is no language tag", ("nb",)),
    (SourceIn, {"title": "T", "language": "frensh"}, "language", "'frensh' is no language tag", ("fr",)),
    (SourceIn, {"title": "T", "language": "mandarim"}, "language", "'mandarim' is no language tag", ()),
    (SourceIn, {"title": "T", "language": "deutch"}, "language", "'deutch' is no language tag", ()),  # German or Dutch
    (SourceIn, {"title": "T", "published_on": ""}, "published_on", "an empty text; leave the field out, or", ()),
    (SourceIn, {"title": "T", "published_on": {"edtf": " "}}, "published_on", "an empty text; leave the field", ()),
    (SourceIn, {"title": "T", "authors": ["A"] * 1001}, "authors", "1000", ()),
]


@pytest.mark.parametrize(("model", "fields"), RIGHT, ids=lambda value: str(value)[:60])
def test_what_says_something_is_taken(model: type[Record], fields: dict[str, Any]) -> None:
    given = ({"publisher": "Checkers"} if model is AssessmentIn else {}) | fields
    assert check_record(model, given)[1] == []


@pytest.mark.parametrize(("model", "fields", "field", "told", "meant"), WRONG, ids=lambda value: str(value)[:60])
def test_what_says_nothing_or_contradicts_itself_is_refused(
    model: type[Record], fields: dict[str, Any], field: str, told: str, meant: tuple[str, ...]
) -> None:
    given = ({"publisher": "Checkers"} if model is AssessmentIn else {}) | fields
    (problem,) = check_record(model, given)[1]
    assert (problem.field, problem.did_you_mean) == (field, meant)
    assert told in problem.detail


def test_times_and_ratings_keep_their_digits() -> None:
    locator, _ = check_record(Locator, {"start_time": "62.50"})
    assessment, _ = check_record(AssessmentIn, {"publisher": "P", "rating_value": Decimal("2.50")})
    assert locator
    assert assessment
    assert (str(locator.start_time), str(assessment.rating_value)) == ("62.50", "2.50")


def test_a_table_has_columns_for_a_thousand_authors_and_for_a_hundred_of_others() -> None:
    assert check_header(["quote", "source.authors.999", "topics.99"])[1] == []
    for column in ("source.authors.1000", "topics.100"):
        assert check_header(["quote", column])[1]


def _paths(kind: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if get_origin(kind) is list:
        kind, path = bare_type(get_args(kind)[0]), (*path, 0)
    yield path
    for name, field in kind.model_fields.items() if is_model(kind) and len(path) < 5 else ():
        yield from ((*path, name), *_paths(bare_type(field.annotation), (*path, name)))


def _wrong(path: tuple[str | int, ...], value: Any) -> Any:
    step, *rest = path
    inner = _wrong(tuple(rest), value) if rest else value
    return [inner] if isinstance(step, int) else {step: inner}


ODD: tuple[Any, ...] = (
    None,
    True,
    5,
    -1,
    1.5,
    10**40,
    Decimal("1.5"),
    "x",
    "",
    "2024-13-99",
    [],
    ["x"] * 1001,
    {},
    {"x": 1},
    "\ud800",
)
THEIRS = ("input should", "list should", "string should", "dictionary should", "value error", "none is", "[type")


def test_what_is_wrong_is_told_in_words_of_our_own() -> None:
    wrong = [_wrong(path, value) for path in set(_paths(ClaimIn)) if path for value in ODD]
    found = {problem.detail for one in wrong for problem in check_record(ClaimIn, one)[1]}
    assert [detail for detail in found if any(word in detail.lower() for word in THEIRS)] == []
    assert "a day is needed here, such as 2024-04-30" in found
    assert "null is not one of supports, contradicts, updates, restates, answers, jointly" in found
