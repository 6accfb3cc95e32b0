"""Pages of 50 under each filter, beside an endpoint of the same app that answers the same bytes from memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import msgspec

from bench.data import Facts
from bench.engines import Bench
from bench.load import Client, Load, Task
from bench.queries import Asked, queries, shapes
from bench.report import table
from bench.served import MEMORY, Served

ROUNDS = 2  # of memory and page in turn, so that a slow moment of the machine falls on both
DEEP = 10_000  # the page that a cursor is taken to, or half of the way through fewer claims
TARGET = {"sqlite": 0.3, "postgresql": 0.2}

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """A measured query."""

    asked: Asked
    memory: Load
    page: Load
    bytes: int
    total: str

    @property
    def ratio(self) -> float:
        """Its requests a second, to those of the memory."""
        return self.page.rate / self.memory.rate

    @property
    def row(self) -> tuple[object, ...]:
        """As the table has it."""
        load, asked = self.page, self.asked
        query = f"{asked.filter}: `{asked.shown}`" if asked.filter == "deep page" else f"`{asked.shown}`"
        rates = (self.memory.rate, load.rate, f"{self.ratio:.3f}")
        return (query, *rates, load.percentile(0.5), load.percentile(0.99), self.total, self.bytes)


def measure(bench: Bench, server: Served, client: Client, facts: Facts, seconds: float, tell: Tell) -> list[Result]:
    """Ask every query for so many seconds, and memory as long."""
    asked = [*queries(facts, server.id_of), *shapes(facts), deep_page(server, bench.claims)]
    results = []
    for n, one in enumerate(asked, 1):
        result = _measured(server, client, one, seconds)
        tell(f"[{n}/{len(asked)}] {bench.title}: {one.shown[:70]}  {result.page.rate:,.0f}/s = {result.ratio:.2f}")
        results.append(result)
    return results


def deep_page(server: Served, claims: int) -> Asked:
    """The page far down, by the cursor that leads there."""
    pages, cursor = min(DEEP, claims // 100), None
    left = pages * 50
    while left > 0:
        values = {"limit": str(min(500, left))} | ({"cursor": cursor} if cursor else {})
        cursor = msgspec.json.decode(server.page(Asked("deep page", values).path))["page"]["next_cursor"]
        if cursor is None:
            raise RuntimeError(f"the claims end before page {pages}")
        left -= 500
    return Asked("deep page", {"cursor": cursor or ""})


def _measured(server: Served, client: Client, asked: Asked, seconds: float) -> Result:
    body = server.page(asked.path)
    server.ask(MEMORY, "PUT", body)
    pages, memories = [], []
    for _ in range(ROUNDS):
        memories.append(client.run(Task(server.port, MEMORY, seconds / ROUNDS)))
        pages.append(client.run(Task(server.port, asked.path, seconds / ROUNDS)))
    total = msgspec.json.decode(body)["meta"]["total"]
    shown = f"{'≥ ' if total['relation'] == 'gte' else ''}{total['value']:,}"
    return Result(asked, _joined(memories), _joined(pages), len(body), shown)


def _joined(loads: list[Load]) -> Load:
    first, *others = loads
    for load in others:
        first = first.joined(load)
    return first


def unchanged(server: Served, client: Client, seconds: float) -> str:
    """The rate of If-None-Match hits, beside memory; or a note that there is no ETag."""
    path = "/v1/claims"
    answer = server.ask(path)
    etag = answer.headers.get("etag")
    if etag is None:
        return "`If-None-Match`: not measured, pages have no `ETag`."
    server.ask(MEMORY, "PUT", answer.body)
    memory = client.run(Task(server.port, MEMORY, seconds))
    hits = client.run(Task(server.port, path, seconds, 304, {"If-None-Match": etag}))
    share = hits.rate / memory.rate
    return f"`If-None-Match` that hits: {hits.rate:,.0f} requests/s, {share:.2f} of memory ({memory.rate:,.0f}/s)."


def section(bench: Bench, results: list[Result], note: str) -> str:
    """A summary and table of the results."""
    ratios, target = [one.ratio for one in results], TARGET[bench.engine]
    reached = sum(ratio >= target for ratio in ratios)
    worst = min(results, key=lambda one: one.ratio)
    busiest = max(load.busy / load.seconds for one in results for load in (one.memory, one.page))
    said = (
        "One worker process, four connections that ask as soon as they have their answer. Ratio: requests/s to those of"
        " the same app answering the same bytes from memory (an `async` endpoint), in the same seconds."
        f" {reached} of {len(results)} reach {target:.0%}; median {median(ratios):.2f}, lowest {worst.ratio:.3f}"
        f" (`{worst.asked.shown}`). The client took at most {busiest:.0%} of a CPU."
    )
    heads = ("query", "memory/s", "page/s", "ratio", "p50 ms", "p99 ms", "found", "bytes")
    return f"{said}\n\n{note}\n\n{table(heads, [one.row for one in results])}"


def differences(benches: list[tuple[Served, Bench]], facts: Facts) -> list[str]:
    """The queries to which the engines do not give the same claims in the same order and the same total."""
    (first, _), (second, bench) = benches
    asked = [(one, one) for one in (*queries(facts, first.id_of), *shapes(facts))]
    asked.append((deep_page(first, bench.claims), deep_page(second, bench.claims)))  # a cursor is of one database
    return [one.shown for one, other in asked if _said(first, one) != _said(second, other)]


def _said(server: Served, asked: Asked) -> tuple[Any, ...]:
    page = msgspec.json.decode(server.page(asked.path))
    return [claim["key"] for claim in page["data"]], page["meta"]["total"], page["page"]["has_more"]
