"""Many connections at once, some of which ask the slowest queries there are."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from bench.data import Facts
from bench.engines import Bench
from bench.load import Client, Load, Task
from bench.measurements import Measurements, Tell
from bench.processes import resident, watched
from bench.queries import Asked, varied
from bench.served import Served, served

CONNECTIONS = (64, 256)
SECONDS = 30.0
SLOW = 0.08  # share of requests that ask a slow query
SLOWEST = 10  # queries that count as slow
MIXED = 5_000  # requests until the same order begins anew
PAUSE = 0.02  # seconds between two questions after health
THIRDS = 3  # of the time, whose most memory is compared: it is to be level


def measure(
    benches: Sequence[Bench], client: Client, facts: Facts, share: float, log: Measurements, tell: Tell
) -> None:
    """Ask each build by so many connections. share: of the 30 seconds, for a quick run."""
    for bench in benches:
        wanted = [n for n in CONNECTIONS if not log.known(bench.key("load", str(n)))]
        if not wanted:
            continue
        with served(bench.build, bench.url) as server:
            slow, usual = slowest(server, facts)
            tell(f"{bench.title}: the slowest queries are {', '.join(one.shown for one in slow)}")
            for connections in wanted:
                task = Task(server.port, mixed(slow, usual), SECONDS * share, connections, tolerant=True)
                before = resident(server.pid)
                with watched(server.pid) as memory, _asked_after_health(server) as health:
                    load = client.run(task)
                result = log.put(
                    bench.key("load", str(connections)),
                    rate=load.rate,
                    p50=load.percentile(0.5),
                    p99=load.percentile(0.99),
                    refused={str(status): times for status, times in load.others.items()},
                    health=Load(1.0, health, 0.0).percentile(0.99),
                    memory=[before, *_thirds(memory)],
                    slow=[one.shown for one in slow],
                )
                tell(f"{bench.title}, {connections} connections: {result}")


def slowest(server: Served, facts: Facts) -> tuple[list[Asked], list[Asked]]:
    """The queries that took longest when each was asked twice, and all others that the build knows."""
    times: list[tuple[float, int]] = []
    asked = [same[0] for same in varied(facts, server.id_of)]
    for n, one in enumerate(asked):
        server.ask(one.path)
        started = time.perf_counter()
        if server.ask(one.path).status == 200:
            times.append((time.perf_counter() - started, n))
    order = [asked[n] for _, n in sorted(times, reverse=True)]
    return order[:SLOWEST], order[SLOWEST:]


def mixed(slow: Sequence[Asked], usual: Sequence[Asked]) -> list[str]:
    """Paths in an order that is the same each time."""
    chance = Random(1)
    return [chance.choice(slow if chance.random() < SLOW else usual).path for _ in range(MIXED)]


def _thirds(memory: Sequence[int]) -> list[int]:
    """The most memory in each third of the time."""
    size = -(-len(memory) // THIRDS) or 1
    return [max(memory[start : start + size]) for start in range(0, len(memory), size)]


@contextmanager
def _asked_after_health(server: Served) -> Iterator[list[float]]:
    """Seconds that `/healthz` takes meanwhile, on a connection of its own."""
    times: list[float] = []
    over = threading.Event()

    def look() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        while not over.wait(PAUSE):
            started = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            times.append(time.perf_counter() - started)
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()
