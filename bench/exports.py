"""Starts and exports: what is timed once and not under load."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from statistics import median

from bench.engines import Bench
from bench.measurements import Measurements, Tell, Values
from bench.processes import watched
from bench.served import Served, exports_at, served

FORMATS = ("ndjson", "csv")
STARTS = 3


def measure(benches: Sequence[Bench], log: Measurements, tell: Tell) -> None:
    """Seconds from `onrecord serve` to the first page of claims, the middle one of some starts; and the exports."""
    for bench in benches:
        if log.known(bench.key("export", FORMATS[-1])):
            continue
        times = []
        for left in reversed(range(STARTS)):
            started = time.perf_counter()
            with served(bench.build, bench.url) as server:
                times.append(time.perf_counter() - started)
                for form in () if left else FORMATS:
                    log.put(bench.key("export", form), start=median(times), **export(server, form))
                    tell(f"{bench.title}: exported as {form}")


def export(server: Served, form: str) -> Values:
    """Read all claims in a format. memory: the most bytes that the server had resident meanwhile."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    started = time.perf_counter()
    with watched(server.pid) as seen:
        connection.request("GET", f"{exports_at(server)}?format={form}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the export as {form} answers {answer.status}")
        rows = size = 0
        while chunk := answer.read1(1 << 18):
            rows += chunk.count(b"\n")
            size += len(chunk)
    seconds = time.perf_counter() - started
    connection.close()
    heads = 1 if form == "csv" else 0
    return {"rows": rows - heads, "rate": rows / seconds, "bytes": size, "memory": max(seen, default=0)}
