"""The queries: every filter of the registry, with a common and a rare value from the generated claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from urllib.parse import quote, urlencode

from app.domain.query.registry import parameters
from bench.data import Facts

IdOf = Callable[[str, str, str], str]  # kind of record, a field, its value → the id

COUNT = {"figure__unit": "count"}  # values need a unit


@dataclass(frozen=True)
class Asked:
    """A query: which filter it is there for, and its parameters."""

    filter: str
    values: dict[str, str]

    @property
    def path(self) -> str:
        """The path and query to ask."""
        return "/v1/claims" + (f"?{urlencode(self.values, quote_via=quote)}" if self.values else "")

    @property
    def shown(self) -> str:
        """The query as tables show it."""
        return "&".join(f"{name}={value}" for name, value in self.values.items() if name != "cursor") or "all claims"


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
    kinds: dict[str, tuple[dict[str, str], ...]] = {
        "speaker": tuple({"speaker__name": one} for one in _both(facts, "speaker")),
        "topic": tuple({"topic": one} for one in _both(facts, "topic")),
        "publisher": tuple({"source__publisher": one} for one in _both(facts, "publisher")),
        "metric": tuple({"figure__metric__name": one} for one in _both(facts, "metric")),
        "title": tuple({"role__title__contains": one} for one in _both(facts, "title")),
        "year": ({"said_on": "2010"}, {"said_on__within": "1996-02-03"}),
        "words": tuple({"q": one, "sort": "-said_on"} for one in _both(facts, "word")),
        "values": (COUNT | {"figure__value__gte": "10"}, COUNT | {"figure__value": "4321"}),
    }
    for one, other in combinations(kinds, 2):
        for first, second in product(kinds[one], kinds[other]):
            both = first | second
            if "figure__metric__name" in both:  # whose unit the values are in
                both.pop("figure__unit", None)
            yield Asked(f"{one} × {other}", both)
    word, other_language = facts.common("word"), facts.counts["language"].most_common(2)[1][0]
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


def _both(facts: Facts, what: str) -> tuple[str, str]:
    return facts.common(what), facts.rare(what)


_BESIDE: dict[str, dict[str, str]] = {
    **{f"figure__value{operator}": COUNT for operator in ("", "__gt", "__gte", "__lt", "__lte")},
    "figure__match": COUNT | {"figure__value__gte": "1000"},
}  # parameters that a filter needs


def _values(facts: Facts, id_of: IdOf) -> dict[str, tuple[str, ...]]:
    """The values of each filter, the common one first."""

    def both(what: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((facts.common(what), facts.rare(what))))

    word, metrics = facts.common("word"), both("metric")
    return {
        "id": ("clm_77", "clm_7"),
        "key": (facts.common("key"),),
        "language": both("language"),
        "language__exact": both("language"),
        "quote__isnull": ("false", "true"),
        "venue__contains": both("venue"),
        "topic__all": both("topic"),
        "topic__not": both("topic"),
        "topic__isnull": ("false", "true"),
        "recorded_at__gte": ("2020-01-01", "2024-01-01"),
        "recorded_at__lte": ("2099-12-31", "2020-01-01"),
        "speaker__not": tuple(id_of("speakers", "name", name) for name in both("speaker")),
        "speaker__isnull": ("false", "true"),
        "speaker__key": ("spk-none",),
        "speaker__identifier": ("wikidata:Q42",),
        "speaker__name__contains": tuple(name.split()[0][:4] for name in both("speaker")),
        "role__isnull": ("false", "true"),
        "role__title": both("whole title"),
        "organization": tuple(id_of("speakers", "name", name) for name in both("organization")),
        "said_on__precision": ("day", "decade"),
        "source__url": both("url"),
        "source__kind": ("article", "speech"),
        "source__published_on": ("2010", "1996-02-03"),
        "source__published_on__within": ("2010", "1996-02-03"),
        "source__published_on__gte": ("2005", "2024-12-24"),
        "source__published_on__lte": ("2015", "1995-03"),
        "source__count__gte": ("1", "2"),
        "assessment__isnull": ("true", "false"),
        "assessment__publisher": both("assessor"),
        "assessment__rating": both("rating"),
        "related_to": ("clm_77",),
        "q": (*both("word"), f'"{word} government"', f"{word} {facts.counts['word'].most_common(2)[1][0]}"),
        "speaker": tuple(id_of("speakers", "name", name) for name in both("speaker")),
        "speaker__name": both("speaker"),
        "speaker__kind": ("person", "unnamed"),
        "speaker__kind__isnull": ("false", "true"),
        "role__basis": ("stated", "tenure"),
        "role__status": ("current", "acting"),
        "role__title__contains": both("title"),
        "organization__name": both("organization"),
        "said_on": ("2010", "1996-02-03"),
        "said_on__within": ("2010", "1996-02-03"),
        "said_on__gte": ("2005", "2024-12-24"),
        "said_on__lte": ("2015", "1995-03"),
        "said_on__isnull": ("false", "true"),
        "figure__metric": tuple(id_of("metrics", "name", name) for name in metrics),
        "figure__metric__name": metrics,
        "figure__value": ("4", "4321"),
        "figure__value__gt": ("10", "9000000"),
        "figure__value__gte": ("10", "9000000"),
        "figure__value__lt": ("100000", "2"),
        "figure__value__lte": ("100000", "1"),
        "figure__unit": ("count", "GB"),
        "figure__kind": ("actual", "limit"),
        "figure__change": ("difference", "ratio"),
        "figure__period": ("2010", "1996-02"),
        "figure__period__within": ("2010", "1996-02"),
        "figure__match": ("possible", "certain"),
        "figure__isnull": ("true", "false"),
        "topic": both("topic"),
        "source": tuple(id_of("sources", "key", key) for key in both("source")),
        "source__publisher": both("publisher"),
        "verification": ("unchecked", "verbatim", "ambiguous"),
        "relation__type": ("supports", "jointly"),
        "status": ("any", "retracted"),
    }
