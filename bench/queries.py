"""The queries: every filter of the registry, with a common and a rare value from the generated claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations, product
from urllib.parse import quote, urlencode

from app.domain.query.registry import parameters
from app.domain.record.keys import slug
from bench.data import PHRASES, SEED, Facts

IdOf = Callable[[str, str, str], str]  # kind of record, a field, its value → the id

COUNT = {"figure__unit": "count"}  # values need a unit
TURNS = 32  # values that a query is asked with, where there are so many


@dataclass(frozen=True)
class Asked:
    """A query: which filter it is there for, its parameters, and its name, which it shares with those that ask the same
    of other values.
    """

    filter: str
    values: dict[str, str]
    name: str = ""

    @property
    def path(self) -> str:
        """The path and query to ask."""
        return "/v1/claims" + (f"?{urlencode(self.values, quote_via=quote)}" if self.values else "")

    @property
    def shown(self) -> str:
        """The query as tables show it."""
        return "&".join(f"{name}={value}" for name, value in self.values.items() if name != "cursor") or "all claims"


def varied(facts: Facts, id_of: IdOf) -> list[list[Asked]]:
    """All queries; each a list of those that ask the same of other values, the first of which names it."""
    found: dict[str, list[Asked]] = {}
    for turn in range(TURNS):
        for asked in everything(facts.at(turn), id_of):
            if turn == 0 or asked.name in found:
                found.setdefault(asked.name, []).append(asked)
    return [list({one.path: one for one in same}.values()) for same in found.values()]


def everything(facts: Facts, id_of: IdOf) -> Iterator[Asked]:
    """The queries of every filter, the shapes of several, and the long phrases, each with its name."""
    numbers = Counter[str]()
    for asked in chain(queries(facts, id_of), shapes(facts), phrases(facts)):
        numbers[asked.filter] += 1
        yield replace(asked, name=f"{asked.filter} {numbers[asked.filter]}")


def queries(facts: Facts, id_of: IdOf) -> Iterator[Asked]:
    """A query without filter, one in the other order, and those of every filter.

    id_of: finds the id of a record. Raises LookupError for a filter that nobody has given values for here.
    """
    yield Asked("none", {})
    yield Asked("sort", {"sort": "said_on"})
    known = _values(facts, id_of)
    for parameter in parameters():
        if parameter.name not in known:
            raise LookupError(f"the filter {parameter.name} has no values in bench/queries.py: give it some there")
        for value in known[parameter.name]:
            beside = {name: one for name, one in _BESIDE.get(parameter.name, {}).items() if name != parameter.name}
            yield Asked(parameter.name, {parameter.name: value} | beside)


def shapes(facts: Facts) -> Iterator[Asked]:
    """Queries of several filters: pairs of common and rare values of the common kinds, some that are common apart and
    nearly never together, and search words in each order.
    """
    turn = facts.turn
    kinds: dict[str, tuple[dict[str, str], ...]] = {
        "speaker": tuple({"speaker__name": one} for one in _both(facts, "speaker")),
        "topic": tuple({"topic": one} for one in _both(facts, "topic")),
        "publisher": tuple({"source__publisher": one} for one in _both(facts, "publisher")),
        "metric": tuple({"figure__metric__name": one} for one in _both(facts, "metric")),
        "title": tuple({"role__title__contains": one} for one in _both(facts, "title")),
        "year": ({"said_on": str(2010 - turn % 12)}, {"said_on__within": f"1996-02-{3 + turn % 20:02}"}),
        "words": tuple({"q": one, "sort": "-said_on"} for one in _both(facts, "word")),
        "values": (
            COUNT | {"figure__value__gte": str(10 + turn)},
            COUNT | {"figure__value": str(4321 + turn)},
        ),
    }
    for one, other in combinations(kinds, 2):
        for first, second in product(kinds[one], kinds[other]):
            both = first | second
            if "figure__metric__name" in both:  # whose unit the values are in
                both.pop("figure__unit", None)
            yield Asked(f"{one} × {other}", both)
    word, other_language = facts.common("word"), facts.at(turn + 1).common("language")
    yield Asked("apart", {"language": other_language, "q": word, "sort": "-said_on"})
    yield Asked("apart", {"speaker__kind": "organization", "role__status": "current"})
    yield Asked("apart", {"figure__kind": "limit", "figure__change": "ratio"})
    yield Asked("apart", {"topic__isnull": "true", "figure__isnull": "false"})
    for past in (
        {},
        {"q": word, "sort": "-said_on"},
        {"speaker__name": facts.rare("speaker")},
        {"sort": "recorded_at"},
    ):
        yield Asked("as it was", {"as_of": "1"} | past)
    for order in ("-recorded_at", "recorded_at"):
        yield Asked("sort", {"sort": order})
    for order in ("-figure__value", "figure__value"):
        yield Asked("sort", {"sort": order, "figure__metric__name": facts.common("metric")})
    for words in (word, facts.rare("word"), f'"{word} government"', f'"{word} of"', f"{word} -government", "gov*"):
        yield Asked("words", {"q": words, "sort": "-said_on"})
        yield Asked("words", {"q": words})


def phrases(facts: Facts) -> Iterator[Asked]:
    """Phrases of three words and more, common and rare ones, in each order."""
    for length in PHRASES:
        for words in _both(facts, f"phrase of {length}"):
            yield Asked("long phrase", {"q": f'"{words}"', "sort": "-said_on"})
            yield Asked("long phrase", {"q": f'"{words}"'})


def _both(facts: Facts, what: str) -> tuple[str, str]:
    return facts.common(what), facts.rare(what)


_BESIDE: dict[str, dict[str, str]] = {
    **{f"figure__value{operator}": COUNT for operator in ("", "__gt", "__gte", "__lt", "__lte")},
    "figure__match": COUNT | {"figure__value__gte": "1000"},
}  # parameters that a filter needs


def _values(facts: Facts, id_of: IdOf) -> dict[str, tuple[str, ...]]:
    """The values of each filter, the common one first."""

    def both(what: str) -> tuple[str, ...]:
        return _both(facts, what)

    def found(kind: str, field: str, values: Iterable[str]) -> tuple[str, ...]:
        return tuple(id_of(kind, field, value) for value in values)

    word, metrics, turn = facts.common("word"), both("metric"), facts.turn
    year, day, month = str(2010 - turn % 12), f"1996-02-{3 + turn % 20:02}", f"1996-{1 + turn % 12:02}"
    date = f"{1 + turn % 28:02}"
    since, last = str(2005 - turn % 8), f"2024-12-{24 - turn % 20:02}"
    until, first = str(2015 - turn % 16), f"1995-{3 + turn % 6:02}"
    return {
        "id": (f"clm_{77 + 7 * turn}", f"clm_{7 + 10 * turn}"),
        "key": (f"generated-{SEED}/{turn}",),
        "dataset": (f"none-{turn}",),  # generated claims are of none
        "dataset__isnull": ("true", "false"),
        "language": both("language"),
        "language__exact": both("language"),
        "quote__isnull": ("false", "true"),
        "venue__contains": both("venue"),
        "topic__all": both("topic"),
        "topic__not": both("topic"),
        "topic__isnull": ("false", "true"),
        **{f"{name}_at__gte": (f"2020-01-{date}", f"2024-01-{date}") for name in ("recorded", "updated")},
        **{f"{name}_at__lte": (f"2099-12-{date}", f"2020-01-{date}") for name in ("recorded", "updated")},
        "speaker__not": found("speakers", "name", both("speaker")),
        "speaker__isnull": ("false", "true"),
        "speaker__key": (f"spk-none-{turn}",),
        "speaker__identifier": (f"wikidata:Q{42 + turn}",),
        "speaker__name__contains": tuple(name.split()[0][:4] for name in both("speaker")),
        "role__isnull": ("false", "true"),
        "role__title": both("whole title"),
        "organization": found("speakers", "name", both("organization")),
        "said_on__precision": ("day", "decade"),
        "source__key": both("source"),
        "source__url": both("url"),
        "source__kind": ("article", "speech"),
        "source__published_on": (year, day),
        "source__published_on__within": (year, day),
        "source__published_on__gte": (since, last),
        "source__published_on__lte": (until, first),
        "source__count__gte": ("1", "2"),
        "assessment__isnull": ("true", "false"),
        "assessment__publisher": both("assessor"),
        "assessment__rating": both("rating"),
        "related_to": (f"clm_{77 + 7 * turn}",),
        "related_to__key": (f"generated-{SEED}/{77 + 7 * turn}", f"generated-{SEED}/{turn}"),
        "q": (*both("word"), f'"{word} government"', f"{word} {facts.at(turn + 1).common('word')}"),
        "speaker": found("speakers", "name", both("speaker")),
        "speaker__name": both("speaker"),
        "speaker__kind": ("person", "unnamed"),
        "speaker__kind__isnull": ("false", "true"),
        "role__basis": ("stated", "tenure"),
        "role__status": ("current", "acting"),
        "role__title__contains": both("title"),
        "organization__key": tuple(map(slug, both("organization"))),
        "organization__name": both("organization"),
        "said_on": (year, day),
        "said_on__within": (year, day),
        "said_on__gte": (since, last),
        "said_on__lte": (until, first),
        "said_on__isnull": ("false", "true"),
        "figure__metric": found("metrics", "name", metrics),
        "figure__metric__key": tuple(map(slug, metrics)),
        "figure__metric__name": metrics,
        "figure__value": (str(4 + turn), str(4321 + turn)),
        "figure__value__gt": (str(10 + turn), str(9_000_000 - turn)),
        "figure__value__gte": (str(10 + turn), str(9_000_000 - turn)),
        "figure__value__lt": (str(100_000 + turn), str(2 + turn)),
        "figure__value__lte": (str(100_000 + turn), str(1 + turn)),
        "figure__unit": ("count", "GB"),
        "figure__kind": ("actual", "limit"),
        "figure__change": ("difference", "ratio"),
        "figure__period": (year, month),
        "figure__period__within": (year, month),
        "figure__match": ("possible", "certain"),
        "figure__isnull": ("true", "false"),
        "topic": both("topic"),
        "source": found("sources", "key", both("source")),
        "source__publisher": both("publisher"),
        "verification": ("unchecked", "verbatim", "ambiguous"),
        "relation__type": ("supports", "jointly"),
        "status": ("any", "retracted"),
    }
