"""Pages of 50 of each query, beside bare routes that send the same headers and bytes from memory."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import reduce

import msgspec

from bench.data import Facts
from bench.engines import Bench
from bench.load import Client, Load, Task
from bench.measurements import Measurements, Tell, Values
from bench.processes import own_processor_seconds
from bench.queries import Asked, varied
from bench.served import Answer, Served, memory, put_answers, served

ROUNDS = 2  # of memory and page in turn, so that a slow moment of the machine falls on both
ADDRESSES = 48  # of each query, with other values and cursors: none is asked again before the others were
GATHER = 5.0  # seconds after which no more of a slow query's pages are fetched
LEAST = 200  # requests for a 99th percentile
UNKNOWN = 422  # status of a filter that a build does not have
MICRO = 1_000_000
DEEP = 10_000  # the page that a cursor is taken to, or half of the way through fewer claims


Beside = tuple[Served, Served]  # the yardstick by the server of the service, and by a plain one


def measure(
    benches: Sequence[Bench], client: Client, facts: Facts, seconds: float, log: Measurements, tell: Tell
) -> None:
    """Ask every query of all builds, one query after the other, for so many seconds, and memory as long."""
    with ExitStack() as running:
        servers = [(bench, running.enter_context(served(bench.build, bench.url))) for bench in benches]
        measure_served(servers, client, facts, seconds, log, tell)


def measure_served(
    servers: Sequence[tuple[Bench, Served]],
    client: Client,
    facts: Facts,
    seconds: float,
    log: Measurements,
    tell: Tell,
) -> None:
    """The same, of servers that run."""
    with memory() as bare, memory("plain") as plain:
        beside = (bare, plain)
        asked = [varied(facts, server.id_of) for _, server in servers]
        for n, queries in enumerate(zip(*asked, strict=True), 1):
            for (bench, server), same in zip(servers, queries, strict=True):
                key = bench.key("pages", same[0].name)
                if log.known(key):
                    continue
                result = log.put(key, **_measured(server, beside, client, same, seconds))
                tell(f"[{n}/{len(asked[0])}] {bench.title}: {same[0].shown[:60]}  {_told(result)}")
        for bench, server in servers:
            key = bench.key("unchanged")
            if not log.known(key):
                log.put(key, **unchanged(server, beside, client, seconds))


def _measured(server: Served, beside: Beside, client: Client, same: Sequence[Asked], seconds: float) -> Values:
    """A query's measurement, or why there is none."""
    known = {"filter": same[0].filter, "shown": same[0].shown, "path": same[0].path}
    if server.ask(same[0].path).status == UNKNOWN:
        return {**known, "why": "this build does not know it"}
    try:
        return known | measured(server, beside, client, same, seconds)
    except RuntimeError as error:
        return {**known, "why": str(error)[:500]}


def measured(server: Served, beside: Beside, client: Client, same: Sequence[Asked], seconds: float) -> Values:
    """Rates of a query and of memory by four connections, and the times of one connection alone. cpu: microseconds of a
    processor that the server takes for a page, which other work on the machine changes little.
    """
    answers = gathered(server, same)
    for one in beside:
        put_answers(one, answers)
    paths, part = list(answers), seconds / ROUNDS
    loads: dict[Served, list[Load]] = {one: [] for one in (*beside, server)}
    cpu = dict.fromkeys(loads, 0.0)
    for one in [*loads] * ROUNDS:
        before = own_processor_seconds(one.pid)
        loads[one].append(client.run(Task(one.port, paths, part)))
        cpu[one] += own_processor_seconds(one.pid) - before
    alone = client.run(Task(server.port, paths, seconds, connections=1, least=LEAST))
    bare, plain, page = (reduce(Load.joined, some) for some in loads.values())
    return {
        "rate": page.rate,
        "memory": bare.rate,
        "share": page.rate / bare.rate,
        "plain": plain.rate,
        "plain_share": page.rate / plain.rate,
        "cpu": cpu[server] * MICRO / len(page.times),
        "memory_cpu": cpu[beside[0]] * MICRO / len(bare.times),
        "p50": alone.percentile(0.5),
        "p99": alone.percentile(0.99),
        "client": max(one.busy / one.seconds for one in (page, bare)),
        "addresses": len(paths),
        "bytes": sum(len(one.body) for one in answers.values()) // len(answers),
        "found": _total(answers[paths[0]]),
    }


def gathered(server: Served, same: Iterable[Asked]) -> dict[str, Answer]:
    """Answers by path: pages of each query, one after the other, until there are enough."""
    same, answers = list(same), dict[str, Answer]()
    end, each = time.monotonic() + GATHER, -(-ADDRESSES // len(same))
    for asked in same:
        next_page: Asked | None = asked
        for _ in range(each):
            if next_page is None or (answers and time.monotonic() > end):
                break
            answer = answers[next_page.path] = server.answer(next_page.path)
            next_page = following(asked, answer)
    return answers


def following(asked: Asked, answer: Answer) -> Asked | None:
    """The query for the page after an answer."""
    cursor = msgspec.json.decode(answer.body)["page"]["next_cursor"]
    return replace(asked, values=asked.values | {"cursor": cursor}) if cursor else None


def deep(server: Served, asked: Asked, claims: int) -> Asked | None:
    """The query for a page far down, by the cursor that leads there; None where the claims end before."""
    rows = min(DEEP * 50, claims // 2)
    each = min(500, rows)
    at: Asked | None = replace(asked, values=asked.values | {"limit": str(each)})
    for _ in range(rows // each):
        at = following(at, server.answer(at.path)) if at else None
    if at is None:
        return None
    return replace(asked, values=asked.values | {"cursor": at.values["cursor"]})


def unchanged(server: Served, beside: Beside, client: Client, seconds: float) -> Values:
    """The rate of If-None-Match hits, beside memory."""
    path = "/v1/claims"
    answer = server.answer(path)
    put_answers(beside[0], {path: answer})
    bare = client.run(Task(beside[0].port, [path], seconds))
    tag = {"If-None-Match": answer.headers["etag"]}
    hits = client.run(Task(server.port, [path], seconds, status=304, headers=tag))
    return {"rate": hits.rate, "memory": bare.rate, "share": hits.rate / bare.rate}


def _total(answer: Answer) -> str:
    total = msgspec.json.decode(answer.body)["meta"]["total"]
    return f"{'≥ ' if total['relation'] == 'gte' else ''}{total['value']:,}"


def _told(result: Values) -> str:
    if "why" in result:
        return str(result["why"])
    return f"{result['rate']:,.0f}/s = {result['share']:.2f}, p99 {result['p99']:.1f} ms"
