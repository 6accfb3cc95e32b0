"""Queries to ask the stock for: query strings and trees, all of them valid; some find nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from app.domain.dates.edtf import parse_edtf
from app.domain.quantities.units import parse_unit
from app.domain.query.registry import ELEMENTS
from app.domain.text.tokenizer import fold_name
from tests.stock import DATES, METRICS, NUMBERS, SOURCES, SPEAKERS, UNITS, VOCABULARY, key_of
from tests.tree import PARAMETERS, Filters, Tree, leaf_of

T = TypeVar("T")

MAX_DEPTH: Final = 4
MAX_LEAVES: Final = 12


_SHARE: Final = settings.default.max_examples if settings.default else 100  # per cent
IS_LONG: Final = _SHARE > 100  # --hypothesis-profile=long


def cases(number: int) -> settings:
    """Two thirds of so many cases; under `--hypothesis-profile=long` ten times as many, drawn anew each time."""
    most = number * _SHARE // 100 if IS_LONG else max(1, 2 * number // 3)
    return settings(max_examples=most, deadline=None, derandomize=not IS_LONG)


def some_of(values: Sequence[T], number: int) -> Sequence[T]:
    """About so many of the values, from all over; under `--hypothesis-profile=long` all of them."""
    return values[:: max(len(values) // number, 1)] if _SHARE <= 100 else values


def share_of(values: Sequence[T], number: int, among: int) -> Sequence[T]:
    """The share of the values that one of so many tests has, by its number; in the long profile all of them."""
    return values[number % among :: among] if _SHARE <= 100 else values


# Values

ASKED_DATES = [when for when in DATES if when and not parse_edtf(when).is_unknown]
ASKED_DATES += ["2022-06-30", "2022-07-02", "2019", "2023-01-02", "2024/..", "../1900", "2021-07-01", "2022-01-01"]
MOMENTS = (
    "2025-06-30", "2025-07-01", "2025-07-01T00:00:00Z", "2025-06-30T23:59:59Z", "2025-07-01T18:30Z", "2025-12-31",
    "2025-07-01T20:30:00+02:00", "2025-07-01T18:30:00.000001Z", "2026-01-01", "2026-01-01T12:00:00Z", "0001-01-01",
    "9999-12-31", "2025-07-01T18:29:59.999999Z",
)  # fmt: skip
VALUES: dict[str, tuple[str, ...]] = {
    "key": (*(key_of(n) for n in (0, 1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 40)), "c-2", "C-0", "c-13", "c-%37"),
    "language": ("en", "EN", "en-GB", "en-US", "de", "de-ch", "DE-CH", "PT-br", "pt", "zh", "zh-hant", "zh-TW",
                 "zh-Hant-TW", "zh-han", "*", "fr"),
    "language__exact": ("en", "EN-GB", "de", "de-ch", "PT-br", "pt", "zh", "zh-hant-tw", "fr"),
    "speaker__key": (*(one["key"] for one in SPEAKERS), "JOSE", "jose/é ?&", "nobody"),
    "speaker__identifier": ("wikidata:Q1", "wikidata:q1", "isni:0000:1", "wikidata:Q2", "Wikidata:Q2", "isni:0000",
                            "isni:0000:2"),
    "speaker__name": ("jose nunez", "JOSÉ NÚÑEZ", "pepe of  japan", "山田太郎", "taro yamada", "mod", "Silent One",
                      "nunez", "Jose", "RUNNER", "dasher", "the dash of japan", "coureur", "AN envoy", "cod"),
    "speaker__name__contains": ("jap pep", "nun", "NÚÑEZ josé", "太", "郎 yam", "forum", "the sec", "o", "run man",
                                "running", "panic", "!", "of of", "dé", "dash jap",
                                "coureur runn", "envoy", "council"),
    "organization__name": ("security forum", "THE FORUM", "ministry of defense", "MOD", "山田太郎", "Forum",
                           "council of defense", "COD"),
    "organization__key": ("forum", "ministry", "council", "FORUM", "jose"),
    "related_to__key": (*(key_of(n) for n in (0, 1, 2, 4, 7, 12, 20, 33, 54, 88, 143)), "C-0", "nothing"),
    "figure__metric__key": (*(one["key"] for one in METRICS), "nothing", "STAFF"),
    "figure__metric__name": ("staff", "PAY", "share", "length", "heat", "rate", "free", "nothing", "crew", "SPÅN"),
    "topic": ("cyber defence", "Cyber Défence", "PAY", "国防", "aere", "cyber", "!", "Pay "),
    "topic__all": ("cyber defence", "Cyber Défence", "PAY", "国防", "aere", "cyber"),
    "topic__not": ("cyber defence", "Cyber Défence", "PAY", "国防", "aere", "cyber"),
    "dataset": ("wire", "fact.checks_2", "fact-checks", "WIRE", "fact", "none"),
    "source__publisher": ("reuters", "arzte zeitung", "ÄRZTE  Zeitung", "AP"),
    "source__key": (*(one["key"] for one in SOURCES), "ONE", "nothing"),
    "source__url": (*(one["url"] for one in SOURCES if "url" in one), "https://a.example/ONE?x=1&y=2",
                    "https://a.example/", "http://A.example:80/f%c3%bcnf", "https://a.example/x/../%37", "urn:a1:b"),
    "source__count__gte": ("0", "1", "2", "3", "4", "999999999"),
    "assessment__publisher": ("politifact", "PolitiFact", "FACT check", "fact", "Snopes"),
    "assessment__rating": ("mostly false", "Mostly  FALSE", "pants on fire!", "pants on fire", "真", "true"),
    "role__title": ("minister", "PRASIDENT", "vice minister of  defence", "防衛大臣", "envoy of japan", "vice"),
    "role__title__contains": ("minister", "min def", "DEFENCE", "prasid", "vice minister of defence", "大", "防衛",
                              "of", "x", "analyst vice", "env", "—"),
    "venue__contains": ("lonu", "x-2", "4000", "4,000 tim", "diet", "DIET jap", "onu", "l'o", "haus", "häus",
                        "4", "00", "国", "会 国", "run", "running", "'"),
}  # fmt: skip
WORDS = (
    "japan", "défense", "defense", "不安定", "定不", "安", "nunez", "minister", "ministers", "forum", "diet", "strasse",
    "full", "it's", "4,000", "Japan's", "x2s", "2 x", "4000x", "Ore-x2’s", "minister's", "カタ", "l'onu",
    "nothing", "mod", "expert", "ete", "ore", "run", "runs", "running",
    "Häuser", "haus", "hauses", "ministros", "envoy", "the", "of", "走る", "走っ", "state-of-the-art", "x2", "kana",
    "its", "4000", "4 000", "4’000", "4.000", "us", "u.s", "stateoftheart", "of-the", "thea", "orex2", "X-2",
    "lonu", "4", "000",
)  # fmt: skip
TEXTS = (
    *WORDS, '"日本の"', '"pepe of japan"', '"the forum"', '"the diet"', "kana the", '"kana the"', '"of security"',
    "art -of", "!", '"security forum"', "engine japan", "-japan", "-run -minister", "run OR haus", "-run OR japan",
    "minist*", "4*", "日*", '"told the di*"', '"told the di"*', '"run"', '"Haus"', "japan OR minister -diet OR run",
    "OR", "*", "-", '""', "“of Japan”", "不*", "the OR of -the", "-nothing", "man's",
    '"state of theart"', '"the-art its"', '"u s"', '"the us"', "US 4 000", '"4 000"', '"state*"', '"stateof the a"*',
)  # fmt: skip

METRIC = ("figure__metric", "figure__metric__key", "figure__metric__name")  # which give values the unit of one metric


@cache
def values_for(name: str) -> tuple[str, ...]:
    """Values to ask a parameter for."""
    parameter = PARAMETERS[name]
    if parameter.operator.choices:
        return parameter.operator.choices
    match parameter.operator.type:
        case "boolean":
            return ("true", "false")
        case "date":
            return tuple(ASKED_DATES)
        case "first moment" | "last moment":
            return MOMENTS
        case "number":
            return (*NUMBERS, "2", "-40", "1000000", "4.5", "12", "999.99", "1000.0")
        case "unit":
            return tuple(sorted({unit for units in UNITS.values() for unit in units}))
        case "clm":
            return tuple(f"clm_{n}" for n in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 999))
        case "spk" | "met" | "src" as prefix:
            return tuple(f"{prefix}_{n}" for n in (*range(1, {"spk": 13, "met": 10, "src": 9}[prefix]), 99))
        case "text":
            return TEXTS
    assert name in VALUES, f"{name} has no values to be asked for: add some of the stock's to VALUES in tests/asked.py"
    return VALUES[name]


@st.composite
def search_texts(draw: st.DrawFn) -> str:
    """Search texts of every form."""
    form = st.sampled_from(
        ("{}", "{}", "{}", "-{}", "{}*", '"{}"', '"{} {}"', '"{} {}*"', '-"{} {}"', "{} OR {}", "-{} OR {}")
    )
    word = st.sampled_from((*WORDS, *VOCABULARY))
    parts = draw(st.lists(form, min_size=1, max_size=3))
    return " ".join(part.format(draw(word), draw(word)) for part in parts)


# Query strings


@st.composite
def queries(draw: st.DrawFn, names: tuple[str, ...] = tuple(PARAMETERS), always: tuple[str, ...] = ()) -> Filters:
    """One to four filters, made whole: values have a unit, matching has a value. always: some that are among them."""
    drawn = draw(st.lists(st.sampled_from(names), min_size=0 if always else 1, max_size=4, unique=True))
    return tuple(with_values(draw, whole(draw, list(dict.fromkeys((*always, *drawn))))))


def whole(draw: st.DrawFn, names: list[str]) -> list[str]:
    """Filters with what they are refused without, and without what they are refused with."""
    if "figure__match" in names and not asks_value(names):
        names = [*names, "figure__value__gte"]
    metrics = [name for name in names if name.startswith("figure__metric")]
    if asks_value(names) and "figure__unit" not in names and not metrics:
        names = [*names, draw(st.sampled_from(["figure__unit", *METRIC]))]
    if len(metrics) > 1 and (asks_value(names) or "figure__unit" in names):
        names = [name for name in names if name != metrics[1]]
    return names


def asks_value(names: list[str]) -> bool:
    """Whether a figure's value is asked for."""
    return any(name.startswith("figure__value") for name in names)


def with_values(draw: st.DrawFn, names: list[str], around: _Around | None = None) -> Filters:
    """Filters with values; a unit is one that the asked metrics may have."""
    given: dict[str, tuple[str, ...]] = {}
    for name in sorted(names, key=lambda name: name == "figure__unit"):
        values, several = values_for(name), PARAMETERS[name].operator.many
        has_unit = "figure__unit" in names or (around is not None and around.unit is not None)
        if name.startswith("figure__metric") and asks_value(names) and not has_unit:
            values, several = tuple(one for one in values if units_of_metrics((one,)) != {None}), False
        if name == "figure__unit":
            asked = tuple(value for other in given if other.startswith("figure__metric") for value in given[other])
            both = (asked, around.metrics if around else ())
            values = tuple(unit for unit in values if all(fits(unit, metrics) for metrics in both))
        one = search_texts() | st.sampled_from(values) if name == "q" else st.sampled_from(values)
        given[name] = tuple(draw(st.lists(one, min_size=1, max_size=3 if several else 1, unique=True)))
    return tuple((name, given[name]) for name in names)


def units_of_metrics(asked: tuple[str, ...]) -> set[str | None]:
    """The units of the metrics of these ids, keys or names."""
    return {
        one["unit"]
        for number, one in enumerate(METRICS, 1)
        if f"met_{number}" in asked or one["key"] in asked or fold_name(one["name"]) in map(fold_name, asked)
    }


def fits(unit: str, metrics: tuple[str, ...]) -> bool:
    """Whether figures of one of these metrics, or a change of them by a ratio, may have a unit."""
    dimension = parse_unit(unit).dimension
    known = {parse_unit(own).dimension for own in units_of_metrics(metrics) if own is not None}
    return not known or dimension in known or dimension == "ratio"


# Trees

OF_ELEMENT = {
    element: [name for name, one in PARAMETERS.items() if one.field.element == element]
    for element in ("claim", *ELEMENTS)
}
BOUND = [name for name in OF_ELEMENT["figure"] if name.startswith("figure__value") or name == "figure__match"]
VALUE = st.sampled_from([name for name in BOUND if name != "figure__match"])
ALONE = [name for name in PARAMETERS if name not in BOUND]  # what may stand by itself


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Trees of up to four levels and twelve leaves."""
    return _Grower(draw).tree(MAX_DEPTH)


@dataclass(frozen=True)
class _Around:
    """Conditions on a figure by an `and` around: its unit and metrics. joined: whether that `and` is the nearest
    around."""

    unit: str | None = None
    metrics: tuple[str, ...] = ()
    joined: bool = False


class _Grower:
    """Grows one tree."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._left = MAX_LEAVES

    def tree(self, depth: int) -> Tree:
        kinds = ("and", "or", "not", "some", "some", "leaf") if depth > 1 and self._left > 4 else ("leaf",)
        kind = self._one(kinds)
        match kind:
            case "and" | "or":
                return {kind: [self.tree(depth - 1) for _ in range(self._one((1, 2, 2, 3)))]}
            case "not":
                return {"not": self.tree(depth - 1)}
            case "some":
                element = self._one(("figure", *ELEMENTS))
                return {"some": element, "where": self._inner(element, depth - 1, _Around())}
        return self._leaf(self._one(ALONE))

    def _inner(self, element: str, depth: int, around: _Around) -> Tree:
        """Conditions on one element."""
        kinds = ["leaf"]
        if around.unit and not around.joined:
            kinds += ["value", "value"]
        if depth > 1 and self._left > 4:
            kinds += ["and", "or", "not", *(["interval"] * 3 if element == "figure" else ())]
        kind = self._one(kinds)
        match kind:
            case "value":
                return self._leaf(self._draw(VALUE))
            case "interval":
                return self._interval(depth, around)
            case "and" | "or":
                inner = replace(around, joined=kind == "and")
                parts = [self._inner(element, depth - 1, inner) for _ in range(self._one((1, 2, 2, 3)))]
                if kind == "and" and around.unit:
                    parts += [self._leaf(name) for name in self._draw(st.lists(VALUE, max_size=2, unique=True))]
                return {kind: parts}
            case "not":
                return {"not": self._inner(element, depth - 1, replace(around, joined=False))}
        plain = [name for name in OF_ELEMENT[element] if name not in BOUND]
        if around != _Around():  # units and metrics that meet in one `and` are those of an interval
            plain = [name for name in plain if not name.startswith(("figure__unit", "figure__metric"))]
        return self._leaf(self._one(plain))

    def _interval(self, depth: int, around: _Around) -> Tree:
        """Conditions on a figure's value, with its unit, in one `and`; the unit holds for conditions below."""
        names = self._draw(st.lists(st.sampled_from(BOUND), min_size=1, max_size=3, unique=True))
        other = st.sampled_from(["figure__unit", "figure__kind", "figure__change", "figure__period"])
        names += self._draw(st.lists(other, max_size=2, unique=True))
        if around.unit is None or "figure__unit" in names:
            names += [self._one(("figure__unit", *METRIC))]
        if "figure__match" in names and not asks_value(names):
            names += ["figure__value__lte"]
        given = with_values(self._draw, whole(self._draw, list(dict.fromkeys(names))), around)
        self._left -= len(given)
        units = [values[0] for name, values in given if name == "figure__unit"]
        metrics = tuple(value for name, values in given if name.startswith("figure__metric") for value in values)
        inner = _Around(units[0] if units else around.unit, (*around.metrics, *metrics), joined=True)
        parts = [self._shaped(leaf_of(*one)) for one in given]
        parts += [self._inner("figure", depth - 1, inner) for _ in range(self._one((0, 0, 1, 2)))]
        return {"and": self._draw(st.permutations(parts))}

    def _leaf(self, name: str) -> Tree:
        self._left -= 1
        return self._shaped(leaf_of(*with_values(self._draw, [name])[0]))

    def _shaped(self, leaf: Tree) -> Tree:
        """A leaf in one of its spellings: without `eq`, one value outside of a list, numbers and truths as such."""
        value = leaf["value"]
        if isinstance(value, list) and len(value) == 1 and self._one((True, False)):
            leaf = {**leaf, "value": value[0]}
        elif not isinstance(value, list):
            leaf = {**leaf, "value": self._one((value, _as_json(leaf, value)))}
        if leaf["op"] == "eq" and self._one((True, False)):
            leaf = {name: part for name, part in leaf.items() if name != "op"}
        return leaf

    def _one(self, choices: Any) -> Any:
        return self._draw(st.sampled_from(choices))


def _as_json(leaf: Tree, value: str) -> object:
    """A number or a truth as JSON has it, where that says the same."""
    if leaf["op"] == "isnull":
        return value == "true"
    if leaf["field"] == "source__count":
        return int(value)
    if leaf["field"] == "figure__value" and Fraction(str(float(value))) == Fraction(value):
        return float(value)
    return value
