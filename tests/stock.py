"""A stock of odd claims: of every shape that records may have, drawn once from a fixed seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

Doc = dict[str, Any]

CLAIMS = 180
DATES = [
    None, "2022", "2022-07", "2022-07-01", "2022-12-31", "2023-01-01", "2021/2022", "2022-06/2022-08", "2022~",
    "2022-23", "2022-24", "202X", "20XX", "2XXX", "../2022", "../2022-07-01", "2022/..", "2022-07-01/", "/2023",
    "XXXX", "../..", "0001", "0001-01-01", "../0001-06", "9999", "9999-12-31", "9999-12-31/..", "1900/2100",
    "2022-01-01/2023-01-01", "2022-01-01/2023-01-02", "2020-02-29", "2022-XX", "2022-07-XX", "1066?",
]  # fmt: skip
RECORDED = [
    datetime(2025, 6, 30, 23, 59, 59, tzinfo=UTC),
    datetime(2025, 7, 1, tzinfo=UTC),
    datetime(2025, 7, 1, 18, 30, tzinfo=UTC),
    datetime(2026, 1, 1, 12, tzinfo=UTC),
]  # one import at each moment
VOCABULARY = [
    "Japan", "engine", "défense", "DEFENCE", "naïve", "Øre", "不安定", "日本の防衛", "it's", "state-of-the-art",
    "4,000", "x2", "Straße", "ｆｕｌｌ", "été", "kana", "カタカナ", "the", "of", "security",
    "running", "runs", "Run", "Häuser", "Haus", "minister", "Ministers", "ministro", "ministros", "走る",
    "its", "4000", "4 000", "4.000", "U.S.", "US", "state-of-the", "art", "Øre-x2",
]  # fmt: skip
LANGUAGES = ["en", "EN-gb", "de", "de-CH", "pt-BR", "zh-Hant-TW", None]
VENUES = [None, None, "told the Diet of Japan", "à l'ONU", "at a run of Häuser", "on X2, 4,000 times", "国会"]
DATASETS = [None, "wire", None, "fact.checks_2", "fact-checks"]
SPEAKERS: list[Doc] = [
    {"key": "jose", "name": "José Núñez", "kind": "person", "aliases": ["Pepe of Japan", "Núñez"],
     "identifiers": {"wikidata": "Q1"}},
    {"key": "jose-2", "name": "JOSE NUNEZ", "kind": "group", "aliases": []},
    {"key": "Jose/é ?&", "name": "山田太郎", "kind": "person", "aliases": ["Tarō Yamada"],
     "identifiers": {"wikidata": "q1", "isni": ["0000:1", "0000:3"]}},
    {"key": "ministry", "name": "Ministry of Défense", "kind": "organization", "aliases": ["MoD"],
     "identifiers": {"wikidata": "Q2"}},
    {"key": "forum", "name": "Security  Forum", "kind": "organization", "aliases": ["the Forum"]},
    {"key": "runner", "name": "Runner", "aliases": ["running man"],
     "tenures": [{"title": "Envoy of Japan", "organization": {"key": "forum"},
                  "since": "2021-12-31", "until": "2024-01-01"}]},
    {"key": "runner-2", "name": "Dasher", "kind": "person", "aliases": ["the Dash of Japan"],
     "identifiers": {"isni": "0000:2"},
     "tenures": [{"title": "Speaker of Rå", "organization": {"key": "council"}, "since": "2019-12-31", "until": ".."}]},
    {"key": "runner-3", "name": "Coureur", "aliases": []},
    {"key": "envoy", "name": "an envoy", "kind": "unnamed", "aliases": []},
    {"key": "council", "name": "Council of Défense", "kind": "organization", "aliases": ["CoD"]},
    {"key": "spokesman", "name": "a spokesman", "kind": "unnamed", "aliases": []},
    {"key": "silent", "name": "Silent One", "kind": "person", "aliases": []},
]  # fmt: skip
METRICS: list[Doc] = [
    {"key": "staff", "name": "Staff", "unit": "count"},
    {"key": "pay", "name": "Pay", "unit": "JPY"},
    {"key": "share", "name": "Sharé", "unit": "ratio"},
    {"key": "length", "name": "Length", "unit": "km"},
    {"key": "heat", "name": "Heat", "unit": "°C"},
    {"key": "rate", "name": "Rate", "unit": "count/day"},
    {"key": "free", "name": "Free", "unit": None},
    {"key": "crew", "name": "Crew", "unit": "count"},
    {"key": "span", "name": "Spån", "unit": "m"},
]
UNITS = {
    "staff": ["count"],
    "pay": ["JPY"],
    "share": ["ratio", "percent"],
    "length": ["m", "km", "mile"],
    "heat": ["°C", "°F", "K"],
    "rate": ["count/day", "count/h"],
    "free": ["count", "USD", "km", "percent"],
    "crew": ["count"],
    "span": ["m", "km"],
}
NUMBERS = [
    "0", "1", "4", "5", "10", "24", "100", "0.5", "-1", "1609.344", "1.609344", "5.0", "1e3", "273.15", "32",
    "1000", "1001", "1000.5", "-1000", "1e9", "1e-3", "0.1", "100.000", "9007199254740992", "9007199254740993", "1e30",
]  # fmt: skip
COMPARATORS = ["exactly", "about", "at_least", "more_than", "at_most", "less_than", "between"]
FIGURE_KINDS = ["actual", "target", "estimate", "forecast", "limit"]
ROLES: list[Doc] = [
    {"title": "Vice Minister of Defence", "status": "former"},
    {"title": "Präsident", "status": "current", "organization": {"key": "forum"}},
    {"title": "defence analyst", "status": "acting", "organization": {"key": "ministry"},
     "as_stated": "an expert of the engine"},
    {"organization": {"key": "forum"}, "status": "former"},
    {"title": "防衛大臣", "status": "current", "organization": {"key": "ministry"}},
    {"title": "MINISTER", "status": "current"},
    {"title": "Minister", "status": "acting", "organization": {"key": "forum"}},
    {"title": "Envoy", "status": "former", "organization": {"key": "council"}},
]  # fmt: skip
TOPICS = ["Cyber Defence", "cyber  defence", "CYBER DÉFENCE", "pay", "国防", "Ære", "  !  "]
SOURCES: list[Doc] = [
    {"key": "one", "title": "One", "publisher": "Reuters", "text": " ".join(VOCABULARY), "kind": "article",
     "url": "https://a.example/One?x=1&y=2", "published_on": "2022-07-01"},
    {"key": "two", "title": "Two", "publisher": "REUTERS", "kind": "report", "published_on": "2022"},
    {"key": "three", "title": "Three", "publisher": "Ärzte Zeitung", "kind": "post",
     "url": "https://a.example/one?x=1&y=2", "published_on": "../2022-12"},
    {"key": "four", "title": "Four"},
    {"key": "five", "url": "https://a.example/fünf", "kind": "report", "published_on": "2022-12-31/.."},
    {"key": "six", "title": "Six", "publisher": "reuters", "kind": "article", "published_on": "XXXX",
     "url": "http://www.a.example/7/?utm_source=six"},
    {"key": "seven", "title": "Seven", "kind": "speech", "url": "https://a.example/7", "published_on": "202X",
     "publisher": "The  Wire", "authors": ["One Author"], "archive_url": "https://archive.example/7",
     "accessed_on": "2023-01-01", "language": "de-CH", "note": "seven"},
    {"key": "eight", "title": "Eight", "publisher": "AP", "kind": "post", "url": "https://a.example/8",
     "published_on": "2021", "authors": ["Another Author"], "archive_url": "https://archive.example/8",
     "accessed_on": "2023-01-02", "language": "EN-gb", "note": "eight"},
]  # fmt: skip
ASSESSMENTS: list[Doc] = [
    {"publisher": "PolitiFact", "rating": "Mostly False"},
    {"publisher": "POLITIFACT", "rating": "Pants on Fire!"},
    {"publisher": "Fáct  Check", "rating": "mostly  FALSE"},
    {"publisher": "Fáct  Check", "rating": "真"},
    {"publisher": "Snopes", "rating_value": "2", "best": "5", "worst": "1"},
    {"publisher": "politifact", "note": "only a text"},
]
RELATIONS = ["supports", "contradicts", "updates", "restates", "answers", "jointly"]
EDITED_SOURCES: dict[str, Doc] = {  # from the third moment on
    "two": {"kind": "post", "authors": ["One Author"], "archive_url": "https://archive.example/2", "publisher": "AP",
            "published_on": "2021", "accessed_on": "2023-01-03", "language": "pt-BR", "note": "edited"},
}  # fmt: skip
KEYS = {
    2: "C-1", 3: "c-3/é b", 5: "c-5?x=1&y=2", 7: "c-7%20", 11: "'c-11\"", 13: "c-13 ", 17: "c-１７", 19: "c-19#a;b",
    23: "c-23\\_%", 29: "国防", 31: "clm_31",
}  # fmt: skip


def key_of(number: int) -> str:
    """The key of a claim by its number in the stock."""
    return KEYS.get(number, f"c-{number}")


MERGES = [
    [("speakers", "runner-3", "runner-2")],
    [("speakers", "runner-2", "runner"), ("speakers", "envoy", "runner"), ("speakers", "council", "forum"),
     ("metrics", "crew", "staff"), ("metrics", "span", "length"), ("sources", "eight", "seven"),
     ("claims", key_of(20), key_of(12)), ("claims", key_of(33), key_of(1))],
    [], [],
]  # fmt: skip  # what is merged after each import, by key; claims of later ones still name what is merged
EDITED = {3: 1, 8: 2, 17: 2, 47: 2, 100: 3}  # claims, by number, and the moments at which they are edited


def make_stock() -> list[list[Doc]]:
    """The files of the stock, for each of the moments RECORDED: one for each source, the first with the definitions."""
    draw = random.Random(20240401)  # noqa: S311  # repeatable, not secret
    batches: list[list[Doc]] = [
        [{"source": source | EDITED_SOURCES.get(source["key"], {}) if moment > 1 else source, "claims": []}
         for source in SOURCES]
        for moment in range(len(RECORDED))
    ]  # fmt: skip
    batches[0][0] |= {"speakers": SPEAKERS, "metrics": METRICS}
    size = CLAIMS // len(RECORDED)
    for number in range(CLAIMS):
        home = number % size * len(SOURCES) // size
        batches[number // size][home]["claims"].append(make_claim(draw, number, home))
        if number in EDITED:
            claim = batches[number // size][home]["claims"][-1]
            batches[EDITED[number]][home]["claims"].append(claim | {"venue": "said again"})
    return batches


def make_claim(draw: random.Random, number: int, home: int) -> Doc:
    """One claim of whatever shape; it may refer to those before it, and be cited by more sources than its own."""
    words = [" ".join(draw.sample(VOCABULARY, draw.randint(1, 5))) for _ in range(2)]
    start = draw.randint(0, len(VOCABULARY) - 3)
    words = [draw.choice([words[0], " ".join(VOCABULARY[start : start + 3])]), words[1]]
    texts: list[str | None] = draw.choice([[*words], [words[0], None], [None, words[1]]])
    speaker: Doc | None = draw.choice([*SPEAKERS[:-1], None])
    related = sorted(draw.sample(range(number), min(number, draw.choice([0, 0, 1, 2]))))
    claim: Doc = {
        "key": key_of(number),
        "speaker": speaker and {"key": speaker["key"]},
        "quote": texts[0],
        "paraphrase": texts[1],
        "language": draw.choice(LANGUAGES),
        "said_on": draw.choice(DATES),
        "venue": draw.choice(VENUES),
        "dataset": DATASETS[number % len(DATASETS)],
        "roles": draw.sample(ROLES, draw.choice([0, 1, 1, 2])),
        "topics": draw.sample(TOPICS, draw.choice([0, 1, 2, 3])),
        "figures": [make_figure(draw) for _ in range(draw.choice([0, 0, 1, 1, 2, 3]))],
        "assessments": draw.sample(ASSESSMENTS, draw.choice([0, 0, 1, 2])),
        "relations": [{"type": draw.choice(RELATIONS), "key": key_of(other)} for other in related],
        "citations": [{"source": {"key": SOURCES[home]["key"]}}],
    }
    if home and draw.random() < 0.4:
        others = draw.sample(SOURCES[:home], min(home, draw.choice([1, 2])))
        claim["citations"] += [{"source": {"key": one["key"]}} for one in others]
    if draw.random() < 0.15:  # the same document twice is one document
        claim["citations"].append({**claim["citations"][0], "locator": {"page": "2"}})
    if draw.random() < 0.1:
        claim["retraction"] = {"kind": "record_error"} | draw.choice([{}, {"source": {"key": SOURCES[home]["key"]}}])
    return claim


def make_figure(draw: random.Random) -> Doc:
    """One figure, of any comparator; some are changes."""
    metric = draw.choice(sorted(UNITS))
    unit, change = draw.choice(UNITS[metric]), draw.choice([None, None, None, "difference", "ratio"])
    comparator = draw.choice(COMPARATORS)
    low, value, high = sorted(draw.choices(NUMBERS, k=3), key=Fraction)
    bounds = {"low": low, "high": high}
    shape = draw.choice([bounds, bounds | {"value": value}]) if comparator == "between" else {"value": low}
    if comparator == "about" and draw.random() < 0.3:  # an estimate with its interval
        shape = bounds | {"value": value}
    return {
        "metric": {"key": metric},
        "unit": draw.choice(["ratio", "percent"]) if change == "ratio" else unit,
        "comparator": comparator,
        **shape,
        "kind": draw.choice(FIGURE_KINDS),
        "change": change,
        "period": draw.choice([None, None, *DATES]),
    }
