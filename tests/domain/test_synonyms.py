"""Suggestions for an unknown name: what people mean by it, and never the opposite."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.claim_queries import ClaimQuery
from app.domain.query.registry import FIELDS, PARAMETERS
from app.domain.record.csv_columns import check_header
from app.domain.record.records_in import ClaimIn, check_record
from app.domain.record.synonyms import NAMES, OPERATORS, meant_operators, meant_parameters
from app.errors import near, opposes
from tests.asked import cases

KNOWN = list(ClaimQuery.model_fields)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("from since start_date startDate date_from min_date after said_on__after said_on__min", "said_on__gte"),
        ("to until till endDate date-to before said_on__before said_on__max said_on__until", "said_on__lte"),
        ("date year when said_on__year SAID_ON", "said_on"),
        ("page offset skip next pageToken", "cursor"),
        ("per_page pageSize size top take", "limit"),
        ("query search text keywords statement quote__contains", "q"),
        ("author who person name speakerName politician", "speaker__name"),
        ("reviewRating verdict rating label", "assessment__rating"),
        ("party affiliation employer", "organization__name"),
        ("job position title", "role__title"),
        ("subject tags category topic__in topic__eq", "topic"),
        ("topic__ne topic__exclude not_topic exclude-topic topic__not_in", "topic__not"),
        ("value amount", "figure__value"),
        ("min_value figure__value__min figure__value__ge", "figure__value__gte"),
        ("max_value figure__value__max figure__value__le", "figure__value__lte"),
        ("figure__value__above figure_value_gt", "figure__value__gt"),
        ("source__published_on__after source_published_on[gte]", "source__published_on__gte"),
        ("recorded_at__before", "recorded_at__lte"),
        ("speaker__name__like speaker__name__startswith", "speaker__name__contains"),
        ("venue place venue__like", "venue__contains"),
        ("topic__null topic__empty", "topic__isnull"),
        ("topic__exists topic__notnull has_topic", "topic__isnull=false"),
        ("said_on__in said_on__between said_on__during", "said_on__within"),
        ("speaker_id", "speaker"),
        ("order_by sortBy", "sort"),
        ("lang", "language"),
        ("language__iexact", "language__exact"),
    ],
)
def test_a_parameter_is_suggested_by_what_people_call_it(written: str, meant: str) -> None:
    assert {name: meant_parameters(name, KNOWN)[0] for name in written.split()} == dict.fromkeys(written.split(), meant)


def test_what_is_absent_is_suggested_the_other_way_round() -> None:
    assert meant_parameters("role__exists", KNOWN, "false") == ("role__isnull=true",)


@pytest.mark.parametrize("name", ["said_on__not", "speaker__name__ne", "figure__value__exclude", "q__not", "said__not"])
def test_a_denial_that_there_is_not_is_no_assertion(name: str) -> None:
    assert meant_parameters(name, KNOWN) == ()


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("value", "figures.0.value"),
        ("date", "said_on"),
        ("statement", "quote"),
        ("party", "roles.0.organization.name"),
        ("verdict", "assessments.0.rating"),
        ("reviewRating", "assessments.0.rating"),
        ("author", "speaker.name"),
        ("author.name", "speaker.name"),
        ("speaker.full_name", "speaker.name"),
        ("tags", "topics.0"),
        ("url", "source.url"),
        ("source.link", "source.url"),
        ("source.date", "source.published_on"),
        ("figures.0.amount", "figures.0.value"),
        ("job", "roles.0.title"),
        ("Speaker", "speaker.name"),
        ("Source", "source.title"),
        ("citations.0.Source", "citations.0.source.title"),
        ("relations.0.claim.key", "relations.0.key"),
        ("relations.0.claim.type", "relations.0.type"),
        ("relations.0.claim.id", "relations.0.claim"),
    ],
)
def test_a_column_is_suggested_by_what_people_call_it(column: str, meant: str) -> None:
    header, (problem,) = check_header([column])
    assert header is None
    assert problem.did_you_mean[0] == meant


@pytest.mark.parametrize(
    ("value", "place", "meant"),
    [
        ({"statement": "x"}, "statement", "quote"),
        ({"value": 3}, "value", "figures.0.value"),
        ({"party": "x"}, "party", "roles.0.organization.name"),
        ({"tags": ["x"]}, "tags", "topics"),
        ({"speaker": {"fullName": "x"}}, "speaker.fullName", "name"),
        ({"figures": [{"metric": "m", "amount": 3}]}, "figures.0.amount", "value"),
        ({"figures": [{"metric": "m", "max": 3}]}, "figures.0.max", "high"),
        ({"assessments": [{"publisher": "P", "verdict": "x"}]}, "assessments.0.verdict", "rating"),
        ({"source": {"title": "T", "link": "x"}}, "citations.0.source.link", "url"),
    ],
)
def test_a_field_of_a_record_is_suggested_by_what_people_call_it(value: object, place: str, meant: str) -> None:
    _, problems = check_record(ClaimIn, value)
    hints = {problem.field: problem.did_you_mean for problem in problems if problem.code == "unknown-field"}
    assert hints[place][0] == meant


def test_every_word_of_the_tables_is_one_that_names_are_read_as() -> None:
    assert [one for one in (*NAMES, *OPERATORS) if one != " ".join(re.findall(r"[a-z]+", one.lower()))] == []


def choices(value: object) -> tuple[tuple[str, ...], str]:
    """The hints and the detail of what is wrong with a choice in a claim."""
    _, problems = check_record(ClaimIn, {"quote": "x", "source": {"title": "T"}} | value)  # type: ignore[operator]
    found = [problem for problem in problems if problem.code == "bad-choice"]
    return found[0].did_you_mean, found[0].detail


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *((word, "contradicts") for word in ("refutes", "denies", "disputes", "contradict")),
        *((word, "supports") for word in ("confirms", "suports")),
        ("repeats", "restates"),
        ("refers", ""),
    ],
)
def test_a_relation_is_suggested_by_its_sense(word: str, meant: str) -> None:
    assert choices({"relations": [{"type": word, "key": "k"}]})[0] == ((meant,) if meant else ())


@pytest.mark.parametrize(
    ("field", "word", "meant"),
    [
        ("comparator", "up to", "at_most"),
        ("comparator", "approx", "about"),
        ("comparator", "more", "more_than"),
        ("comparator", "at_leats", "at_least"),
        ("change", "ratoi", "ratio"),
        ("change", "absolute", "difference"),
        ("kind", "forcast", "forecast"),
        ("kind", "limitless", ""),
    ],
)
def test_a_part_of_a_figure_is_suggested_by_its_sense(field: str, word: str, meant: str) -> None:
    found = choices({"figures": [{"metric": "m", "value": 1, field: word}]})[0]
    assert found == ((meant,) if meant else ())


@pytest.mark.parametrize("word", ["relative", "percent change", "growth", "percentageChange", "increase"])
def test_a_rise_by_percent_is_told_apart_from_a_ratio(word: str) -> None:
    hints, detail = choices({"figures": [{"metric": "m", "value": 7, "unit": "percent", "change": word}]})
    assert hints == ()
    assert "write a rise by 7 percent as the ratio 107 percent" in detail


# Nothing is turned round

UP = ("after", "since", "from", "min", "gt", "gte", "ge", "above", "over", "at_least", "newer_than", "greater_than")
DOWN = ("before", "until", "to", "max", "lt", "lte", "le", "below", "under", "at_most", "older_than", "less_than")
DENIALS = ("not", "ne", "neq", "nin", "not_in", "is_not", "exclude", "except")
FIELD_NAMES = st.sampled_from([*dict.fromkeys([*(field.name for field in FIELDS), *NAMES, "said", "zzz"])])


def styles(operators: Sequence[str]) -> st.SearchStrategy[str]:
    """A field with an operator, in the styles of other services, with a slip of the pen or without."""
    parted = st.sampled_from(("{0}__{1}", "{0}_{1}", "{1}_{0}", "{0}[{1}]", "{0}.{1}", "{0}-{1}"))
    return st.builds(lambda style, name, own: style.format(name, own), parted, FIELD_NAMES, st.sampled_from(operators))


def operator_of(parameter: str) -> str:
    return PARAMETERS[parameter].operator.name if parameter in PARAMETERS else parameter.rpartition("__")[2]


@cases(100)
@given(styles(UP), styles(DOWN), styles(DENIALS))
def test_no_suggestion_says_the_opposite(up: str, down: str, denial: str) -> None:
    assert not {operator_of(one) for one in meant_parameters(up, KNOWN)} & {"lt", "lte", "not", "isnull"}
    assert not {operator_of(one) for one in meant_parameters(down, KNOWN)} & {"gt", "gte", "not", "isnull"}
    assert {operator_of(one) for one in meant_parameters(denial, KNOWN)} <= {"not"}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_no_operator_of_a_tree_is_answered_with_the_opposite(field: object) -> None:
    known = [one.name or "eq" for one in field.operators]  # type: ignore[attr-defined]  # a ClaimField
    for name in UP:
        assert not {"lt", "lte", "not", "isnull"} & {*meant_operators(name, known)} - {name}
    for name in DOWN:
        assert not {"gt", "gte", "not", "isnull"} & {*meant_operators(name, known)} - {name}
    for name in DENIALS:
        assert set(meant_operators(name, known)) <= {"not"}


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("-said_onn", ("said_on", "-said_on"), ("-said_on",)),
        ("said_onn", ("said_on", "-said_on"), ("said_on",)),
        ("at_leats", ("at_most", "at_least"), ("at_least",)),
        ("checked", ("unchecked", "elided"), ()),
        ("found", ("not_found",), ()),
        ("notfound", ("not_found", "unchecked"), ("not_found",)),
        ("uncheked", ("unchecked",), ("unchecked",)),
    ],
)
def test_words_that_are_spelt_alike_are_no_suggestion_where_they_say_the_opposite(
    word: str, known: tuple[str, ...], meant: tuple[str, ...]
) -> None:
    assert near(word, known) == meant


def test_a_word_opposes_none_of_its_own_kind() -> None:
    assert not any(opposes(one, one) for one in KNOWN)
