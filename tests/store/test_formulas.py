"""Conditions become formulas: a table of query strings, and the formula that each of them is."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest

from app.api.claim_queries import ClaimQuery
from app.domain.query.logic import And, Not, Or
from app.domain.query.registry import PARAMETERS, conditions_of
from app.domain.query.tree import joined, read_where
from app.store.history.moment import Moment, State
from app.store.index.families import CLAIM, Family
from app.store.search.conditions import NOT_RETRACTED, figures_sorted_by, formula_of
from app.store.search.formula import (
    EVERYTHING,
    NOTHING,
    Beginning,
    Claims,
    Formula,
    OfElement,
    OfSpeaker,
    Range,
    SideBySide,
    Terms,
    all_of,
)
from app.store.search.lookups import Asking


class KnownLanguages:
    """An index of claims in English and in both written forms of Norwegian."""

    def terms_beginning(self, family: Family, prefix: bytes, _limit: int) -> list[bytes]:
        assert family is CLAIM
        return [prefix + tag for tag in (b"en", b"en-gb", b"nb", b"nn-no", b"tlh")]


class NoConnection:
    """No formula of this table needs a look-up."""

    def get_execution_options(self) -> dict[str, Any]:
        return {}


ASKING = Asking(cast(Any, NoConnection()), Moment(7, "2026-01-01T00:00:00Z", State(7, "2026-01-01T00:00:00Z", None)))
ASKING.__dict__["view"] = KnownLanguages()


def terms(*each: str) -> Formula:
    return Terms(tuple(one.replace(" ", "\x1f", 1).encode() if one[0] == "=" else one.encode() for one in each))


def asked_by(query: str) -> Formula:
    given: dict[str, Any] = {}
    for name, value in parse_qsl(query, strict_parsing=True):
        if PARAMETERS[name].operator.many:
            given.setdefault(name, []).append(value)
        else:
            given[name] = value
    return formula_of(joined(conditions_of(ClaimQuery.model_validate(given))), ASKING)


DAY = date(2021, 7, 28).toordinal()
ENDS = (-(1 << 63), (1 << 63) - 1)
FORMULAS: dict[str, Formula] = {
    "topic=Cyber&topic=pay": terms("=topic cyber", "=topic pay"),
    "topic__all=Cyber&topic__all=pay": And((terms("=topic cyber"), terms("=topic pay"))),
    "topic__not=cyber": Not(terms("=topic cyber")),
    "topic__isnull=true": terms("=topic "),
    "topic__isnull=false": Not(terms("=topic ")),
    "speaker=spk_4": terms("=speaker spk_4"),
    "speaker__not=spk_4&speaker__not=spk_5": Not(terms("=speaker spk_4", "=speaker spk_5")),
    "speaker__name__contains=Le AN": OfSpeaker(And((Beginning(b"nle"), Beginning(b"nan")))),
    "speaker__name__contains=!": NOTHING,
    "venue__contains=don't": Or((And((Beginning(b"vdon"), Beginning(b"vt"))), Beginning(b"vdont"))),
    "language=EN": terms("=language en"),
    "language=*": Not(terms("=language ")),
    "language__exact=en-GB": terms("=language__exact en-gb"),
    "id=clm_12&id=clm_3": Claims((3, 12)),
    "source__count__gte=2": terms("=source__count 2"),
    "source__count__gte=0": EVERYTHING,
    "said_on=2021-07-28": Range("first_day", "last_day", DAY, DAY),
    "said_on__within=2021-07-28": Range("first_day", "last_day", DAY, DAY, within=True),
    "said_on__gte=2021-07-28": Range("first_day", "last_day", DAY, 1 << 22),
    "said_on__lte=2021-07-28": Range("first_day", "last_day", 0, DAY),
    "said_on__precision=day": terms("=said_on__precision day"),
    "recorded_at__gte=1970-01-01T00:00:01Z": Range("recorded_at", "recorded_at", 1_000_000, ENDS[1]),
    "updated_at__lte=1970-01-01": Range("updated_at", "updated_at", ENDS[0], 86_399_999_999),
    "role__basis=stated": OfElement("role", terms("=role__basis stated")),
    "role__status=former&organization=spk_9": OfElement(
        "role", And((terms("=role__status former"), terms("=organization spk_9")))
    ),
    "role__title__contains=min": OfElement("role", Beginning(b"tmin")),
    "role__isnull=true": terms("=role "),
    "figure__unit=percent": OfElement("figure", terms("=figure__unit ratio")),
    "figure__unit=percent&figure__value__gte=5&figure__match=certain": OfElement(
        "figure", And((terms("=figure__unit ratio"), Range("low", "high", 0.05, float("inf"), within=True)))
    ),
    "figure__unit=°C&figure__value=0": OfElement(
        "figure",
        And(
            (
                terms("=figure__unit temperature"),
                Or(
                    (
                        And((terms("=figure__change "), Range("low", "high", 273.15, 273.15))),
                        And((Not(terms("=figure__change ")), Range("low", "high", 0.0, 0.0))),
                    )
                ),
            )
        ),
    ),
    "figure__unit=m&figure__value__gt=5&figure__value__lt=4": NOTHING,
    "source__published_on__gte=2021-07-28&source__kind=report": OfElement(
        "citation", And((terms("=source__kind report"), Range("first_day", "last_day", DAY, 1 << 22)))
    ),
    "related_to=clm_4": OfElement("relation", terms("=related_to clm_4")),
    "q=!": NOTHING,
    'q="two words"': Or((SideBySide(("two", "words")), OfSpeaker(terms("Ntwo words")))),
}  # fmt: skip


@pytest.mark.parametrize("query", FORMULAS)
def test_a_query_is_this_formula_of_what_is_not_retracted(query: str) -> None:
    assert asked_by(query) == all_of([FORMULAS[query], NOT_RETRACTED])


@pytest.mark.parametrize(
    ("status", "formula"), [("active", NOT_RETRACTED), ("retracted", terms("=status retracted")), ("any", EVERYTHING)]
)
def test_who_asks_for_a_status_gets_that(status: str, formula: Formula) -> None:
    assert asked_by(f"status={status}") == formula


def test_a_word_is_found_by_its_stem_in_each_language_of_claims_and_in_names() -> None:
    words = ("qruns", "pruns", "cruns", "~qenrun", "~penrun", "~cenrun", "~qnorun", "~pnorun", "~cnorun")
    in_names = [
        OfSpeaker(terms("nruns")),
        And((OfSpeaker(terms("~nenrun", "nrun")), terms("=words_language en", "=words_language en-gb"))),
        And((OfSpeaker(terms("~nnorun", "nrun")), terms("=words_language nb", "=words_language nn-no"))),
    ]
    assert asked_by("q=runs") == And((Or((terms(*words), *in_names)), NOT_RETRACTED))


def test_a_long_phrase_is_looked_for_in_names_by_all_its_runs_of_five() -> None:
    words = ("a", "b", "c", "d", "e", "f")
    in_names = OfSpeaker(And((terms("Na b c d e"), Beginning(b"Nb c d e f"))))
    assert asked_by('q="a b c d e f*"') == And((Or((SideBySide(words, open_end=True), in_names)), NOT_RETRACTED))


def test_lists_by_value_are_sorted_by_the_figures_that_are_asked_for() -> None:
    asked = joined(conditions_of(ClaimQuery.model_validate({"figure__unit": "km", "figure__kind": ["actual"]})))
    assert figures_sorted_by(asked, ASKING) == And((terms("=figure__unit length"), terms("=figure__kind actual")))


def test_what_is_asked_within_a_some_stays_with_one_element() -> None:
    leaf = {"field": "role__status", "value": "former"}
    tree = read_where({"some": "role", "where": {"not": {"or": [leaf, {"field": "role__basis", "value": "tenure"}]}}})
    inner: Formula = Not(Or((terms("=role__status former"), terms("=role__basis tenure"))))
    assert formula_of(tree, ASKING) == And((OfElement("role", inner), NOT_RETRACTED))


NEEDS_LOOKUP = {name for name, one in PARAMETERS.items() if "SameRecord" in repr(one.operator.meaning)}


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in NEEDS_LOOKUP])
def test_the_example_of_each_filter_asks_for_something(name: str) -> None:
    operator = PARAMETERS[name].operator
    query = f"{name}={operator.example}&{operator.beside}".rstrip("&")
    assert asked_by(query) not in (NOTHING, NOT_RETRACTED) or name == "status"
