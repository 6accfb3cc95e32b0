"""What filters mean: both engines against a plain reading of the design, over claims of every shape."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import inf
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.dates import parse_edtf
from app.domain.fields import parameters
from app.domain.search_text import Word, parse_query
from app.domain.units import parse_unit
from app.domain.words import fold_name, tokens
from app.main import create_app
from app.store import pages
from app.store.db import Database
from app.store.load import import_paths

Doc = dict[str, Any]
Filters = tuple[tuple[str, tuple[str, ...]], ...]  # parameters with their values

# The stock: claims of every shape, drawn once from a fixed seed

CLAIMS = 160
DATES = [
    None, "2022", "2022-07", "2022-07-01", "2022-12-31", "2023-01-01", "2021/2022", "2022-06/2022-08", "2022~",
    "2022-23", "2022-24", "202X", "20XX", "2XXX", "../2022", "../2022-07-01", "2022/..", "2022-07-01/", "/2023",
    "XXXX", "../..", "0001", "0001-01-01", "../0001-06", "9999", "9999-12-31", "9999-12-31/..", "1900/2100",
    "2022-01-01/2023-01-01", "2022-01-01/2023-01-02", "2020-02-29", "2022-XX", "2022-07-XX", "1066?",
]  # fmt: skip
VOCABULARY = [
    "Japan", "engine", "défense", "DEFENCE", "naïve", "Øre", "不安定", "日本の防衛", "it's", "state-of-the-art",
    "4,000", "x2", "Straße", "ｆｕｌｌ", "été", "kana", "カタカナ", "the", "of", "security",
]  # fmt: skip
SPEAKERS: list[Doc] = [
    {"key": "jose", "name": "José Núñez", "kind": "person", "aliases": ["Pepe of Japan", "Núñez"]},
    {"key": "jose-2", "name": "JOSE NUNEZ", "kind": "group", "aliases": []},
    {"key": "yamada", "name": "山田太郎", "kind": "person", "aliases": ["Tarō Yamada"]},
    {"key": "ministry", "name": "Ministry of Défense", "kind": "organization", "aliases": ["MoD"]},
    {"key": "forum", "name": "Security  Forum", "kind": "organization", "aliases": ["the Forum"]},
    {"key": "spokesman", "name": "a spokesman", "kind": "unnamed", "aliases": []},
    {"key": "silent", "name": "Silent One", "kind": "person", "aliases": []},
]
METRICS = [
    {"key": "staff", "name": "Staff", "unit": "count"},
    {"key": "pay", "name": "Pay", "unit": "JPY"},
    {"key": "share", "name": "Sharé", "unit": "ratio"},
    {"key": "length", "name": "Length", "unit": "km"},
    {"key": "heat", "name": "Heat", "unit": "°C"},
    {"key": "rate", "name": "Rate", "unit": "count/day"},
    {"key": "free", "name": "Free", "unit": None},
]
UNITS = {
    "staff": ["count"],
    "pay": ["JPY"],
    "share": ["ratio", "percent"],
    "length": ["m", "km", "mile"],
    "heat": ["°C", "°F", "K"],
    "rate": ["count/day", "count/h"],
    "free": ["count", "USD", "km", "percent"],
}
NUMBERS = ["0", "1", "4", "5", "10", "24", "100", "0.5", "-1", "1609.344", "1.609344", "5.0", "1e3", "273.15", "32"]
COMPARATORS = ["exactly", "about", "at_least", "more_than", "at_most", "less_than", "between"]
FIGURE_KINDS = ["actual", "target", "estimate", "forecast", "limit"]
ROLES: list[Doc] = [
    {"title": "Vice Minister of Defence", "status": "former"},
    {"title": "Präsident", "status": "current", "organization": {"key": "forum"}},
    {"title": "defence analyst", "status": "acting", "organization": {"key": "ministry"},
    "as_stated": "an expert of the engine"},
    {"organization": {"key": "forum"}, "status": "former"},
    {"title": "防衛大臣", "status": "current", "organization": {"key": "ministry"}},
    {"title": "Minister", "status": "current"},
]  # fmt: skip
TOPICS = ["Cyber Defence", "cyber  defence", "CYBER DÉFENCE", "pay", "国防", "Ære"]
SOURCES: list[Doc] = [
    {"key": "one", "title": "One", "publisher": "Reuters", "text": " ".join(VOCABULARY)},
    {"key": "two", "title": "Two", "publisher": "REUTERS"},
    {"key": "three", "title": "Three", "publisher": "Ärzte Zeitung"},
    {"key": "four", "title": "Four"},
]
RELATIONS = ["supports", "contradicts", "updates", "restates", "answers", "jointly"]


def make_stock() -> list[Doc]:
    """The files of the stock: one for each source, the first with the definitions."""
    draw = random.Random(20240401)  # noqa: S311  # repeatable, not secret
    files: list[Doc] = [{"source": source, "claims": []} for source in SOURCES]
    files[0] |= {"speakers": SPEAKERS, "metrics": METRICS}
    for number in range(CLAIMS):
        home = number * len(SOURCES) // CLAIMS
        files[home]["claims"].append(make_claim(draw, number, home))
    return files


def make_claim(draw: random.Random, number: int, home: int) -> Doc:
    """One claim of whatever shape; it may refer to those before it,
    and be cited by a second source before its own."""
    words = [" ".join(draw.sample(VOCABULARY, draw.randint(1, 5))) for _ in range(2)]
    start = draw.randint(0, len(VOCABULARY) - 3)
    words = [draw.choice([words[0], " ".join(VOCABULARY[start : start + 3])]), words[1]]
    texts: list[str | None] = draw.choice([[*words], [words[0], None], [None, words[1]]])
    speaker: Doc | None = draw.choice([*SPEAKERS[:-1], None])
    related = sorted(draw.sample(range(number), min(number, draw.choice([0, 0, 1, 2]))))
    claim: Doc = {
        "key": f"c-{number}",
        "speaker": speaker and {"key": speaker["key"]},
        "quote": texts[0],
        "paraphrase": texts[1],
        "said_on": draw.choice(DATES),
        "venue": draw.choice([None, None, "told the Diet of Japan", "à l'ONU"]),
        "roles": draw.sample(ROLES, draw.choice([0, 1, 1, 2])),
        "topics": draw.sample(TOPICS, draw.choice([0, 1, 2])),
        "figures": [make_figure(draw) for _ in range(draw.choice([0, 0, 1, 1, 2, 3]))],
        "relations": [{"type": draw.choice(RELATIONS), "key": f"c-{other}"} for other in related],
        "citations": [{"source": {"key": SOURCES[home]["key"]}}],
    }
    if home and draw.random() < 0.4:
        claim["citations"].append({"source": {"key": SOURCES[draw.randrange(home)]["key"]}})
    if draw.random() < 0.1:
        claim["retraction"] = {"kind": "record_error"}
    return claim


def make_figure(draw: random.Random) -> Doc:
    """One figure, of any comparator; some are changes."""
    metric = draw.choice(sorted(UNITS))
    unit, change = draw.choice(UNITS[metric]), draw.choice([None, None, None, "difference", "ratio"])
    comparator = draw.choice(COMPARATORS)
    low, high = sorted(draw.choices(NUMBERS, k=2), key=Fraction)
    return {
        "metric": {"key": metric},
        "unit": draw.choice(["ratio", "percent"]) if change == "ratio" else unit,
        "comparator": comparator,
        **({"low": low, "high": high} if comparator == "between" else {"value": low}),
        "kind": draw.choice(FIGURE_KINDS),
        "change": change,
        "period": draw.choice([None, None, *DATES]),
    }


@dataclass
class Stock:
    """The stock on both engines, and its documents as the API gives them."""

    clients: dict[str, TestClient]
    claims: list[Doc]  # in the order of arrival
    speakers: dict[str, Doc]  # by id
    metrics: dict[str, Doc]

    def __repr__(self) -> str:
        return "the stock"

    def ask(self, engine: str, filters: Filters, **more: str) -> Doc:
        """The answer of an engine."""
        asked = [(name, value) for name, values in filters for value in values]
        answer = self.clients[engine].get("/v1/claims", params=[*asked, *more.items(), ("limit", "500")])
        assert answer.status_code == 200, (filters, answer.text)
        found: Doc = answer.json()
        return found


@pytest.fixture(scope="module")
def stock(new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """The stock, imported once into each engine."""
    folder = tmp_path_factory.mktemp("stock")
    for number, file in enumerate(make_stock()):
        (folder / f"{number}.yaml").write_text(json.dumps(file, ensure_ascii=False))
    with ExitStack() as opened:
        clients = {}
        for engine in ("sqlite", "postgresql"):
            database = new_database(engine)
            report = import_paths(database, [folder])
            assert not report.faults, [str(fault) for fault in report.faults]
            clients[engine] = opened.enter_context(TestClient(create_app(database), raise_server_exceptions=False))
        stock = Stock(clients, [], {}, {})
        stock.claims = sorted(stock.ask("sqlite", (("status", ("any",)),))["data"], key=number_of)
        assert len(stock.claims) == CLAIMS
        for name, records in (("speakers", stock.speakers), ("metrics", stock.metrics)):
            records |= {one["id"]: one for one in clients["sqlite"].get(f"/v1/{name}?limit=500").json()["data"]}
        yield stock


def number_of(record: Doc) -> int:
    return int(record["id"].split("_")[1])


# The plain reading


def days(earliest: date | None, latest: date | None) -> tuple[float, float] | None:
    """The days of a date, unbounded where open; None where it is wholly unknown."""
    if earliest is None and latest is None:
        return None
    return earliest.toordinal() if earliest else -inf, latest.toordinal() if latest else inf


def days_said(when: Doc | None) -> tuple[float, float] | None:
    if when is None:
        return None
    first, last = (when[end] and date.fromisoformat(when[end]) for end in ("earliest", "latest"))
    return days(first, last)


def date_holds(operator: str, when: Doc | None, asked: str) -> bool:
    own, parsed = days_said(when), parse_edtf(asked)
    wanted = days(parsed.earliest, parsed.latest)
    if own is None or wanted is None:
        return False
    match operator:
        case "within":
            return wanted[0] <= own[0] and own[1] <= wanted[1]
        case "gte":
            return own[1] >= wanted[0]
        case "lte":
            return own[0] <= wanted[1]
    return own[0] <= wanted[1] and wanted[0] <= own[1]


@dataclass(frozen=True)
class Range:
    """Numbers between two bounds, each in it or not."""

    low: float
    high: float
    low_in: bool = True
    high_in: bool = True

    def cut(self, other: Range) -> Range:
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Range(
            low,
            high,
            self.holds_low(low) and other.holds_low(low),
            self.holds_high(high) and other.holds_high(high),
        )

    def holds_low(self, low: float) -> bool:
        return low > self.low or self.low_in

    def holds_high(self, high: float) -> bool:
        return high < self.high or self.high_in

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))


def in_base(value: Any, unit: str, *, difference: bool) -> float:
    read = parse_unit(unit)
    return float(Fraction(str(value)) * read.factor + (0 if difference else read.offset))


def range_of(figure: Doc) -> Range:
    difference = figure["change"] is not None
    low, high = (
        beyond if figure[end] is None else in_base(figure[end], figure["unit"], difference=difference)
        for end, beyond in (("low", -inf), ("high", inf))
    )
    return Range(low, high, figure["comparator"] != "more_than", figure["comparator"] != "less_than")


def asked_range(values: dict[str, str], unit: str, *, difference: bool) -> Range:
    wanted = Range(-inf, inf)
    for name, value in values.items():
        base = in_base(value, unit, difference=difference)
        one = {
            "": Range(base, base),
            "gt": Range(base, inf, low_in=False),
            "gte": Range(base, inf),
            "lt": Range(-inf, base, high_in=False),
            "lte": Range(-inf, base),
        }[name]
        wanted = wanted.cut(one)
    return wanted


def figure_meets(figure: Doc, asked: dict[str, tuple[str, ...]], stock: Stock) -> bool:
    """Whether one figure meets all that is asked of figures."""
    metric = stock.metrics[figure["metric"]["id"]]
    for name, values in asked.items():
        match name:
            case "figure__metric" if metric["id"] not in values:
                return False
            case "figure__metric__name" if fold_name(metric["name"]) not in map(fold_name, values):
                return False
            case "figure__kind" | "figure__change" if figure[name.split("__")[1]] not in values:
                return False
            case "figure__period" if not date_holds("", figure["period"], values[0]):
                return False
            case "figure__period__within" if not date_holds("within", figure["period"], values[0]):
                return False
    return values_meet(figure, asked, stock)


def values_meet(figure: Doc, asked: dict[str, tuple[str, ...]], stock: Stock) -> bool:
    values = {
        n.removeprefix("figure__value").strip("_"): v[0] for n, v in asked.items() if n.startswith("figure__value")
    }
    unit = asked["figure__unit"][0] if "figure__unit" in asked else unit_of_metric(asked, stock) if values else None
    if unit is None:
        return True
    if parse_unit(figure["unit"]).dimension != parse_unit(unit).dimension:
        return False
    if not values:
        return True
    own, wanted = range_of(figure), asked_range(values, unit, difference=figure["change"] is not None)
    both = own.cut(wanted)
    return not both.empty and (asked.get("figure__match") != ("certain",) or both == own)


def unit_of_metric(asked: dict[str, tuple[str, ...]], stock: Stock) -> str:
    ids, names = asked.get("figure__metric", ()), [fold_name(name) for name in asked.get("figure__metric__name", ())]
    known = [one["unit"] for one in stock.metrics.values() if one["id"] in ids or fold_name(one["name"]) in names]
    return str(known[0]) if known else "count"


def goes_by(speaker: Doc | None, names: Iterable[str], stock: Stock) -> bool:
    if speaker is None:
        return False
    record = stock.speakers[speaker["id"]]
    return any(fold_name(one) == fold_name(name) for one in (record["name"], *record["aliases"]) for name in names)


def role_meets(role: Doc, asked: dict[str, tuple[str, ...]], stock: Stock) -> bool:
    for name, values in asked.items():
        match name:
            case "role__status" if role["status"] not in values:
                return False
            case "organization__name" if not goes_by(role["organization"], values, stock):
                return False
            case "role__title__contains":
                words, wanted = tokens(role["title"] or ""), tokens(values[0])
                if not wanted or not all(any(word.startswith(one) for word in words) for one in wanted):
                    return False
    return True


def citation_meets(citation: Doc, asked: dict[str, tuple[str, ...]], _stock: Stock) -> bool:
    source = citation["source"]
    for name, values in asked.items():
        match name:
            case "source" if source["id"] not in values:
                return False
            case "source__publisher":
                if source["publisher"] is None or fold_name(source["publisher"]) not in map(fold_name, values):
                    return False
            case "verification" if citation["verification"] not in values:
                return False
    return True


def texts_of(claim: Doc, stock: Stock) -> list[list[str]]:
    """The words of each text that `q` looks in, apart from each other."""
    texts = [claim["quote"], claim["paraphrase"], claim["venue"]]
    if claim["speaker"]:
        speaker = stock.speakers[claim["speaker"]["id"]]
        texts += [speaker["name"], *speaker["aliases"]]
    for role in claim["roles"]:
        texts += [role["title"], role["as_stated"], role["organization"] and role["organization"]["name"]]
    return [tokens(text) for text in texts if text]


def found_by_words(claim: Doc, q: str, stock: Stock) -> bool:
    texts, wanted = texts_of(claim, stock), parse_query(q)
    for one in wanted:
        words = (one.text,) if isinstance(one, Word) else one.words
        if not any(tuple(text[at : at + len(words)]) == words for text in texts for at in range(len(text))):
            return False
    return bool(wanted)


ELEMENTS: dict[str, tuple[str, Callable[[Doc, dict[str, tuple[str, ...]], Stock], bool]]] = {
    "figure": ("figures", figure_meets),
    "role": ("roles", role_meets),
    "citation": ("citations", citation_meets),
}
ELEMENT_OF = {parameter.name: parameter.field.element for parameter in parameters()}


def claim_meets(claim: Doc, name: str, values: tuple[str, ...], stock: Stock) -> bool:
    """Whether a claim meets one filter on the claim as a whole."""
    match name:
        case "q":
            return found_by_words(claim, values[0], stock)
        case "speaker":
            return claim["speaker"] is not None and claim["speaker"]["id"] in values
        case "speaker__kind":
            return claim["speaker"] is not None and claim["speaker"]["kind"] in values
        case "speaker__name":
            return goes_by(claim["speaker"], values, stock)
        case "topic":
            return bool({fold_name(topic) for topic in claim["topics"]} & {fold_name(value) for value in values})
        case "relation__type":
            return any(relation["type"] in values for relation in claim["relations"])
        case "figure__isnull":
            return not claim["figures"] if values[0] == "true" else bool(claim["figures"])
        case "said_on__isnull":
            return (days_said(claim["said_on"]) is None) == (values[0] == "true")
        case "status":
            return values[0] in ("any", claim["status"])
    assert name.startswith("said_on"), name
    return date_holds(name.removeprefix("said_on").strip("_"), claim["said_on"], values[0])


def expected(stock: Stock, filters: Filters) -> list[str]:
    """The keys of the claims that meet all filters: newest earliest day first, then in the order of arrival."""
    asked = dict(filters)
    asked.setdefault("status", ("active",))
    found = []
    for claim in stock.claims:
        own = {name: values for name, values in asked.items() if ELEMENT_OF[name] == "claim"}
        if not all(claim_meets(claim, name, values, stock) for name, values in own.items()):
            continue
        for element, (listed, meets) in ELEMENTS.items():
            wanted = {name: values for name, values in asked.items() if ELEMENT_OF[name] == element}
            if wanted and not any(meets(one, wanted, stock) for one in claim[listed]):
                break
        else:
            found.append(claim)
    found.sort(key=lambda claim: (claim["said_on"] or {}).get("earliest") or "", reverse=True)
    return [claim["key"] for claim in found]


# Queries

ASKED_DATES = [when for when in DATES if when and not parse_edtf(when).is_unknown]
ASKED_DATES += ["2022-06-30", "2022-07-02", "2019", "2023-01-02", "2024/..", "../1900", "2021-07-01", "2022-01-01"]
SEVERAL = {parameter.name: parameter.operator.many for parameter in parameters()}


@cache
def values_for(name: str) -> tuple[str, ...]:
    """Values to ask a parameter for; some of them find nothing."""
    parameter = next(one for one in parameters() if one.name == name)
    if parameter.operator.choices:
        return parameter.operator.choices
    match parameter.operator.type:
        case "boolean":
            return ("true", "false")
        case "date":
            return tuple(ASKED_DATES)
        case "number":
            return (*NUMBERS, "2", "-40", "1000000", "4.5", "12")
        case "unit":
            return tuple(sorted({unit for units in UNITS.values() for unit in units}))
        case "spk" | "met" | "src" as prefix:
            return tuple(f"{prefix}_{n}" for n in (1, 2, 3, 4, 5, 6, 7, 99))
    return NAMES[name]


NAMES = {
    "speaker__name": ("jose nunez", "JOSÉ NÚÑEZ", "pepe of  japan", "山田太郎", "taro yamada", "mod", "Silent One",
                      "nunez", "Jose"),
    "organization__name": ("security forum", "THE FORUM", "ministry of defense", "MOD", "山田太郎", "Forum"),
    "figure__metric__name": ("staff", "PAY", "share", "length", "heat", "rate", "nothing"),
    "topic": ("cyber defence", "Cyber Défence", "PAY", "国防", "aere", "cyber"),
    "source__publisher": ("reuters", "arzte zeitung", "ÄRZTE  Zeitung", "AP"),
    "role__title__contains": ("minister", "min def", "DEFENCE", "prasid", "vice minister of defence", "大", "防衛",
                              "of", "x", "analyst vice"),
    "q": ("japan", "défense", "defense", "不安定", "定不", "安", '"日本の"', "nunez", '"pepe of japan"', "minister",
          "forum", '"the forum"', "diet",
          "strasse", "full", "it's", "4,000", '"the diet"', "kana the", '"kana the"', '"of security"', "カタ",
          "l'onu", "art -of", "nothing", "!",
          "mod", "expert", '"security forum"', "engine japan", "ete", "ore"),
}  # fmt: skip


@st.composite
def queries(draw: st.DrawFn) -> Filters:
    """One to three filters; those that the API refuses are made whole: values get a unit, matching gets a value."""
    names = draw(st.lists(st.sampled_from([one.name for one in parameters()]), min_size=1, max_size=3, unique=True))
    valued = [name for name in names if name.startswith("figure__value")]
    if "figure__match" in names and not valued:
        names.append("figure__value__gte")
        valued.append("figure__value__gte")
    if valued and "figure__unit" not in names and "figure__metric__name" not in names:
        names.append(draw(st.sampled_from(["figure__unit", "figure__metric__name"])))
    if valued and "figure__metric" in names and "figure__unit" not in names:
        names.append("figure__unit")
    filters = []
    for name in names:
        several = SEVERAL[name] and not (valued and name == "figure__metric__name")
        value = st.sampled_from(values_for(name))
        filters.append((name, tuple(draw(st.lists(value, min_size=1, max_size=2 if several else 1, unique=True)))))
    return tuple(filters)


def check(stock: Stock, filters: Filters, cap: int = 10_000) -> None:
    """Both engines give what the plain reading gives, in its order, and tell how many that are."""
    wanted = expected(stock, filters)
    total = {"value": min(len(wanted), cap), "relation": "gte" if len(wanted) > cap else "eq"}
    for engine in stock.clients:
        found = stock.ask(engine, filters)
        assert [claim["key"] for claim in found["data"]] == wanted, engine
        assert found["meta"]["total"] == total, engine
        mirrored = stock.ask(engine, filters, sort="said_on")
        assert [claim["key"] for claim in mirrored["data"]] == wanted[::-1], engine


@settings(max_examples=120, deadline=None, derandomize=True)
@given(queries())
@example((("said_on", ("2022",)), ("q", ("japan",))))
@example((("said_on__gte", ("2022",)), ("figure__value", ("5",)), ("figure__unit", ("km",))))
def test_both_engines_find_what_the_filters_mean(stock: Stock, filters: Filters) -> None:
    check(stock, filters)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(queries())
def test_many_matches_are_found_by_another_plan_and_are_the_same(stock: Stock, filters: Filters) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "CAP", 3)
        check(stock, filters, cap=3)


@pytest.mark.parametrize("cap", [3, 10_000])
@pytest.mark.parametrize("name", [parameter.name for parameter in parameters() if parameter.name != "figure__match"])
def test_each_value_of_each_filter_alone(stock: Stock, name: str, cap: int) -> None:
    found = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "CAP", cap)
        values = values_for(name)
        for value in values[:: 1 + len(values) // 35]:
            filters: Filters = ((name, (value,)),)
            if name.startswith("figure__value"):
                filters = (*filters, ("figure__unit", ("km",)))
            check(stock, filters, cap)
            found += len(expected(stock, filters))
    assert found


# Facts, each on claims made for it


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def facts(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The API on the claims of FACTS, each under what it says as its key."""
    file = tmp_path_factory.mktemp("facts") / "facts.yaml"
    claims = [f"  - {{key: {json.dumps(said)}, quote: words, {said}}}" for said in FACTS]
    file.write_text("\n".join(["source: {key: paper, title: Paper, publisher: Gazette}", "claims:", *claims]))
    database = new_database(request.param)
    report = import_paths(database, [file])
    assert not report.faults, [str(fault) for fault in report.faults]
    with TestClient(create_app(database), raise_server_exceptions=False) as client:
        yield client


# What a claim has beside words and source: queries, and whether they find it.
FACTS: dict[str, dict[str, bool]] = {
    # one figure meets all that is asked of figures
    "figures: [{metric: a, value: 1, unit: km, kind: target}, {metric: b, value: 9, unit: km}]": {
        "figure__metric__name=a&figure__unit=km&figure__value=9": False,
        "figure__metric__name=b&figure__unit=km&figure__value=9": True,
        "figure__kind=target&figure__unit=m&figure__value__gt=5000": False,
        "figure__value__gt=1&figure__value__lt=9&figure__unit=km": False,
    },
    "figures: [{metric: a, value: 1, unit: km, kind: target}, {metric: b, value: 9, unit: kg}]": {
        "figure__kind=target&figure__unit=kg": False,
    },
    "figures: [{metric: a, value: 1, unit: km, period: 2022}, {metric: b, value: 9, unit: kg}]": {
        "figure__period=2022&figure__metric__name=b": False,
    },
    # one role, one citation
    "roles: [{title: minister, status: former}, {title: author}]": {
        "role__status=former&role__title__contains=author": False,
        "role__status=current&role__title__contains=author": True,
    },
    "roles: [{title: minister, organization: X}, {title: author, organization: Y}]": {
        "organization__name=Y&role__title__contains=minister": False,
    },
    "citations: [{source: {key: s, title: S, publisher: One, text: words}}, {source: {title: T, publisher: Two}}]": {
        "source__publisher=One&verification=unchecked": False,
        "source__publisher=One&verification=verbatim": True,
        "source__publisher=Two&verification=unchecked": True,
    },
    # possible and certain, with bounds that are open or are not in it
    "figures: [{metric: a, value: 5, comparator: at_least, unit: km}]": {
        "figure__unit=km&figure__value__gte=9": True,
        "figure__unit=km&figure__value__gte=9&figure__match=certain": False,
        "figure__unit=km&figure__value__gte=5&figure__match=certain": True,
        "figure__unit=km&figure__value__gt=5&figure__match=certain": False,
    },
    "figures: [{metric: a, value: 5, comparator: more_than, unit: km}]": {
        "figure__unit=km&figure__value__gt=5&figure__match=certain": True,
        "figure__unit=km&figure__value__lte=5": False,
        "figure__unit=m&figure__value=5000": False,
    },
    "figures: [{metric: a, value: 5, comparator: less_than, unit: km}]": {
        "figure__unit=m&figure__value__gte=5000": False,
    },
    "figures: [{metric: a, value: 5, comparator: at_most, unit: km}]": {
        "figure__unit=m&figure__value__gte=5000": True,
        "figure__unit=m&figure__value__lt=0&figure__match=certain": False,
    },
    "figures: [{metric: a, low: 3, high: 5, unit: km}]": {
        "figure__unit=km&figure__value=4": True,
        "figure__unit=km&figure__value=4&figure__match=certain": False,
        "figure__unit=km&figure__value__gte=3&figure__value__lte=5&figure__match=certain": True,
    },
    "figures: [{metric: a, value: 5, unit: km}]": {
        "figure__unit=km&figure__value__gt=5&figure__value__lt=5": False,
        "figure__unit=km&figure__value__gte=6&figure__value__lte=4": False,
    },
    "figures: [{metric: a, value: 4000, comparator: about, unit: count}]": {
        "figure__unit=count&figure__value=4000&figure__match=certain": True,
        "figure__unit=count&figure__value=4001": False,
    },
    # units convert exactly, within their dimension
    "figures: [{metric: a, value: 1, unit: mile}]": {
        "figure__unit=m&figure__value=1609.344": True,
    },
    "figures: [{metric: a, value: 0.1, unit: km}]": {
        "figure__unit=m&figure__value=100": True,
    },
    "figures: [{metric: a, value: 30, unit: percent}]": {
        "figure__unit=ratio&figure__value=0.3": True,
    },
    "figures: [{metric: a, value: 25, unit: °C}]": {
        "figure__unit=%C2%B0F&figure__value=77": True,
    },
    "figures: [{metric: a, value: 25, unit: °C, change: difference}]": {
        "figure__unit=%C2%B0F&figure__value=45": True,
        "figure__unit=%C2%B0F&figure__value=77": False,
    },
    "figures: [{metric: a, value: 5, unit: USD}]": {
        "figure__unit=EUR": False,
    },
    # a currency of the past is one like the others, and no exchange rate leads to it
    "figures: [{metric: a, value: 30, unit: DEM/day}]": {
        "figure__unit=DEM/h&figure__value=1.25": True,
        "figure__unit=EUR/day": False,
    },
    "figures: [{metric: a, value: 5, unit: count}]": {
        "figure__unit=ratio": False,
        "figure__isnull=true": False,
    },
    "figures: []": {
        "figure__isnull=true": True,
    },
    # dates
    "said_on: ../..": {
        "said_on__isnull=false": False,
    },
    "said_on: XXXX": {
        "said_on__isnull=true": True,
        "said_on=0001/9999": False,
        "said_on__gte=0001": False,
        "said_on__within=0001/9999": False,
    },
    "said_on: null": {
        "said_on__lte=9999": False,
    },
    "said_on: 2022/..": {
        "said_on=9999": True,
        "said_on__within=2022/..": True,
        "said_on__within=2022/9999": False,
    },
    "said_on: ../2022": {
        "said_on=0001": True,
        "said_on__within=../2022": True,
        "said_on__within=0001/2022": False,
        "said_on__gte=2023": False,
        "said_on__isnull=false": True,
    },
    "said_on: 2022": {
        "said_on=2022-07-01": True,
        "said_on__within=2022-07": False,
    },
    "said_on: 2022-24": {
        "said_on=2023-02-28": True,
    },
    "said_on: 202X": {
        "said_on__gte=2029-12-31": True,
    },
    "said_on: 1900/2100": {
        "said_on=2000-01-01": True,
    },
    # names: case, accents and blanks do not matter, nor which of the names
    "speaker: {name: José  Núñez, aliases: [Pepe]}": {
        "speaker__name=JOSE%20NUNEZ": True,
        "speaker__name=p%C3%A9p%C3%A9": True,
        "speaker__name=Nunez": False,
        "speaker__name=nobody&speaker__name=Pepe": True,
    },
    "speaker: null": {
        "speaker__kind=person": False,
    },
    "topics: [Café]": {
        "topic=CAFE": True,
        "topic=tea&topic=cafe": True,
        "topic=caf": False,
    },
    "source: {title: T, publisher: Ärzte Zeitung}": {
        "source__publisher=arzte%20zeitung": True,
    },
    # words
    "paraphrase: said otherwise": {
        "q=otherwise%20words": True,
        "q=%22words%20said%22": False,
        "q=%22said%20otherwise%22": True,
    },
    "speaker: {name: Ada Byron, aliases: [Countess Lovelace]}": {
        "q=byron": True,
        "q=lovelace": True,
        "q=%22byron%20countess%22": False,
    },
    "role: {title: prime minister, organization: {name: Royal Society, kind: organization}}": {
        "q=minister": True,
        "q=%22royal%20society%22": True,
        "q=%22minister%20royal%22": False,
    },
    "venue: told the Diet": {
        "q=DIET": True,
    },
    "venue: told the Diet, role: {title: minister}": {
        "q=%22minister%20told%22": False,
    },
    "paraphrase: 日本の防衛": {
        "q=%E9%98%B2%E8%A1%9B": True,
        "q=%E8%A1%9B%E9%98%B2": False,
    },
    "paraphrase: minister": {
        "q=minist": False,
    },
    # words and their beginnings, in the title of one role
    "role: {title: Vice Minister of Défense}": {
        "role__title__contains=min%20DEF": True,
        "role__title__contains=inister": False,
        "role__title__contains=minister%20finance": False,
    },
    "role: {title: Vice Minister}, venue: the defence council": {
        "role__title__contains=defence": False,
    },
    "roles: [{title: minister}, {title: author}]": {
        "role__title__contains=minister%20author": False,
    },
}


@pytest.mark.parametrize("said", FACTS)
def test_a_claim_is_found_by_what_it_says_and_by_nothing_else(facts: TestClient, said: str) -> None:
    for query, found in FACTS[said].items():
        answer = facts.get(f"/v1/claims?{query}&limit=500")
        assert answer.status_code == 200, answer.text
        assert (said in [claim["key"] for claim in answer.json()["data"]]) == found, query


@pytest.mark.parametrize("cap", [0])
def test_both_engines_answer_every_pair_of_filters_alike(
    seeded_databases: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch, cap: int
) -> None:
    monkeypatch.setattr(pages, "CAP", cap)
    shown = [f"{one.name}={quote(one.operator.example)}" for one in parameters()]
    beside = {one: "&figure__unit=count" for one in shown if one.startswith("figure__value")}
    with ExitStack() as opened:
        clients = [
            opened.enter_context(TestClient(create_app(seeded_databases(engine)), raise_server_exceptions=False))
            for engine in ("sqlite", "postgresql")
        ]
        for one, other in combinations(shown, 2):
            unit = "" if "figure__unit" in one + other else beside.get(one) or beside.get(other) or ""
            path = f"/v1/claims?limit=5&{one}&{other}{unit}"
            answers = [client.get(path) for client in clients]
            assert answers[0].status_code in (200, 422), path
            assert answers[0].status_code == answers[1].status_code, path
            if answers[0].status_code == 200:
                assert answers[0].json()["data"] == answers[1].json()["data"], path
