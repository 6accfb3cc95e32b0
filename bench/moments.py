"""Pages of the past, pages far down and exact counts, beside the newest first page of the same query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

from bench.data import Facts
from bench.engines import Bench
from bench.load import Client, Task
from bench.measurements import Measurements, Tell
from bench.pages import deep, gathered
from bench.queries import Asked
from bench.served import Served, served

ROUNDS = 4  # of both in turn
TURNS = 16  # values that each is asked with


def bases(facts: Facts) -> Iterator[list[Asked]]:
    """Queries, each a list of those that ask the same of other values: common ones, and by a rare speaker."""
    turns = [facts.at(turn) for turn in range(TURNS)]
    yield [Asked("all", {})]
    yield [Asked("speaker", {"speaker__name": one.common("speaker")}) for one in turns]
    yield [Asked("rare speaker", {"speaker__name": one.rare("speaker")}) for one in turns]
    yield [Asked("topic", {"topic": one.common("topic")}) for one in turns]
    yield [Asked("words", {"q": one.common("word"), "sort": "-said_on"}) for one in turns]


def kinds(server: Served, same: Sequence[Asked], claims: int) -> Iterator[tuple[str, list[Asked]]]:
    """The same queries of the past, of a page far down, and with an exact count."""
    yield "as of revision 1", [_and(one, as_of="1") for one in same]
    yield "exact count", [_and(one, count="exact") for one in same]
    if same[0].filter == "all":
        far = deep(server, same[0], claims)
        yield "page far down", [far] if far else []


def _and(asked: Asked, **values: str) -> Asked:
    return replace(asked, values=asked.values | values)


def measure(
    benches: Sequence[Bench], client: Client, facts: Facts, seconds: float, log: Measurements, tell: Tell
) -> None:
    """Ask each pair of all builds, by one connection."""
    for bench in benches:
        with ExitStack() as running:
            server = running.enter_context(served(bench.build, bench.url))
            for same in bases(facts):
                _measure(server, bench, same, client, seconds, log, tell)


def _measure(
    server: Served, bench: Bench, same: list[Asked], client: Client, seconds: float, log: Measurements, tell: Tell
) -> None:
    first = list(gathered(server, same))
    for kind, asked in kinds(server, same, bench.claims):
        key = bench.key("moments", f"{same[0].filter}, {kind}")
        if log.known(key) or not asked:
            continue
        paths = list(gathered(server, asked))
        times: dict[str, list[float]] = {"newest": [], kind: []}
        for _ in range(ROUNDS):
            for name, these in (("newest", first), (kind, paths)):
                times[name] += client.run(Task(server.port, these, seconds / ROUNDS, connections=1)).times
        newest, other = (median(one) * 1000 for one in times.values())
        result = log.put(key, newest=newest, other=other, ratio=other / newest)
        tell(f"{bench.title}: {same[0].filter}, {kind}: {result['ratio']:.2f} of the newest first page")
