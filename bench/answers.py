"""Whether two servers give the same answers: the result of every query, in order, with all documents.

Of more than 50,000 claims, the first are compared.

Each server's first page and total are held against its own whole result, and the whole results against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from app.store.records.intervals import sort_key_of
from bench.data import Facts
from bench.engines import Bench
from bench.measurements import Measurements, Tell, Values
from bench.pages import UNKNOWN
from bench.queries import Asked, everything
from bench.served import Served, exports_at, served

MOST = 50_000  # claims of a result that are compared
RANKED = 10_000  # newest matches among which earlier builds looked for the most relevant
SAME, TIES, MOST_RELEVANT, SKIPPED, OTHER = (
    "the same",
    "the same but for the order of claims of one day",
    "the same claims; relevance of all of them, where it was of the newest 10,000",
    "not known to one build",
    "OTHER",
)
_TIMES = re.compile(rb'"(recorded|updated)_at":"[^"]*"')  # of the import, which differ

Doc = dict[str, Any]


def compare(benches: Sequence[Bench], facts: Facts, log: Measurements, tell: Tell) -> bool:
    """Ask two builds or engines the same; whether nothing differs that is not explained."""
    with ExitStack() as running:
        servers = [running.enter_context(served(bench.build, bench.url)) for bench in benches]
        asked = [list(everything(facts, server.id_of)) for server in servers]
        other = benches[1].build.name if benches[1].build != benches[0].build else benches[1].engine
        verdicts = []
        for n, (one, another) in enumerate(zip(*asked, strict=True), 1):
            key = benches[0].key("answers", f"{other}: {one.name}")
            result = log.known(key) or log.put(key, shown=one.shown, **_verdict(servers, (one, another)))
            verdicts.append(result["verdict"])
            if result["verdict"] == OTHER or n % 20 == 0:
                tell(f"[{n}/{len(asked[0])}] beside {other}: {one.shown[:60]}: {result['verdict']} {result['detail']}")
    return OTHER not in verdicts


def _verdict(servers: Sequence[Served], asked: Sequence[Asked]) -> Values:
    """The same, where a server may fail."""
    try:
        return compared(servers, asked)
    except RuntimeError as error:
        return {"verdict": OTHER, "detail": str(error)[:300]}


def compared(servers: Sequence[Served], asked: Sequence[Asked]) -> Values:
    """How the answers to one query differ."""
    if any(server.ask(one.path).status == UNKNOWN for server, one in zip(servers, asked, strict=True)):
        return {"verdict": SKIPPED, "detail": ""}
    wholes = [_whole(server, one) for server, one in zip(servers, asked, strict=True)]
    wrong = [_own(server, one, whole) for server, one, whole in zip(servers, asked, wholes, strict=True)]
    if any(wrong):
        return {"verdict": OTHER, "detail": "; ".join(filter(None, wrong))}
    if _TIMES.sub(b"", wholes[0]) == _TIMES.sub(b"", wholes[1]):
        return {"verdict": SAME, "detail": ""}
    verdict, detail = difference(_docs(wholes[0]), _docs(wholes[1]), asked[0].values)
    return {"verdict": verdict, "detail": detail}


def _whole(server: Served, asked: Asked) -> bytes:
    values = asked.values | {"format": "ndjson", "limit": str(MOST)}
    return server.page(f"{exports_at(server)}?{urlencode(values, quote_via=quote)}")


def _docs(whole: bytes) -> list[Doc]:
    return [msgspec.json.decode(line) for line in whole.splitlines()]


def _own(server: Served, asked: Asked, whole: bytes) -> str:
    """How the first page and total of a server differ from its own whole result."""
    page = msgspec.json.decode(server.page(asked.path))
    total, found = page["meta"]["total"], whole.count(b"\n")
    if found < min(total["value"], MOST) or (total["relation"] == "eq" and found > total["value"]):
        return f"the total is {total['relation']} {total['value']}, the whole result has {found}"
    first = [msgspec.json.decode(line)["id"] for line in whole.split(b"\n", 50)[:50] if line]
    return "" if [claim["id"] for claim in page["data"]] == first else "the first page is no beginning of the result"


def difference(ours: list[Doc], theirs: list[Doc], values: dict[str, str]) -> tuple[str, str]:
    """The verdict on two whole results that are not the same bytes. Ours has claims of one day in the order of ids."""
    sort = values.get("sort", "" if "q" in values else "-said_on")
    metric = values.get("figure__metric__name", "")
    if len(ours) == len(theirs) == MOST:
        if not sort:
            return MOST_RELEVANT, f"not compared, as there are more than {MOST:,}"
        ours, theirs = (docs[: -len(_groups(docs, sort, metric)[-1])] for docs in (ours, theirs))
    mine, its = ({doc["id"]: doc for doc in docs} for docs in (ours, theirs))
    if mine.keys() != its.keys():
        more, fewer = mine.keys() - its.keys(), its.keys() - mine.keys()
        examples = ", ".join(sorted(more | fewer)[:3])
        return OTHER, f"{len(more):,} more, {len(fewer):,} fewer of {len(its):,}: {examples}"
    changed = {place for record_id in mine for place in _changed(mine[record_id], its[record_id])}
    if changed:
        return OTHER, f"documents differ in {', '.join(sorted(changed))}"
    groups, others = _groups(ours, sort, metric), _groups(theirs, sort, metric)
    if not all(map(_is_ordered, groups)):
        return OTHER, "claims of one day are not in the order of their ids"
    if [sorted(same) for same in groups] == [sorted(same) for same in others]:
        return TIES, ""
    if not sort and len(ours) > RANKED:
        return MOST_RELEVANT, ""
    return OTHER, "the order differs"


def _changed(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    """The places in two documents where they differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in (ours.keys() | theirs.keys()) - {"recorded_at", "updated_at"}:
            yield from _changed(ours.get(name), theirs.get(name), f"{place}.{name}" if place else name)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, another in zip(ours, theirs, strict=True):
            yield from _changed(one, another, place)
    elif ours != theirs:
        yield place


Rank = tuple[str, int]  # how a claim is ranked among those of the same key: the day, the number of its id


def _groups(docs: list[Doc], sort: str, metric: str) -> list[list[Rank]]:
    """Claims that follow one another on the same day, with the same time of recording, or with the same value of a
    metric, by which they are sorted.
    """

    def day(doc: Doc) -> str:
        return str((doc["said_on"] or {}).get("earliest") or "")

    def key(doc: Doc) -> tuple[object, ...]:
        if sort.endswith("recorded_at"):
            return (doc["recorded_at"],)
        if sort.endswith("figure__value") and metric:
            return day(doc), _value(doc, metric, max if sort.startswith("-") else min)
        return (day(doc),)

    return [[(day(doc), int(doc["id"].partition("_")[2])) for doc in same] for _, same in groupby(docs, key)]


def _value(doc: Doc, metric: str, choose: Callable[[Iterable[float]], float]) -> float:
    """The value, in base units, by which a claim is sorted: of its figures of the metric the greatest or the least."""
    return choose(sort_key_of(one) for one in doc["figures"] if one["metric"]["name"] == metric and one["unit"])


def _is_ordered(same: list[Rank]) -> bool:
    """Whether days descend, and ids ascend within each; or the mirror of that."""
    order = sorted(sorted(same, key=itemgetter(1)), key=itemgetter(0), reverse=True)
    return same in (order, order[::-1])


def summed(found: dict[tuple[str, ...], Values]) -> dict[str, int]:
    """How many queries have which verdict."""
    verdicts = [one["verdict"] for one in found.values()]
    return {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)}
