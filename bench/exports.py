"""Imports, starts and exports: what is timed once and not under load."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from statistics import median

from bench.engines import Bench, Filled, watched
from bench.report import table
from bench.served import Served, served

FORMATS = ("ndjson", "csv")
STARTS = 3
MB = 1_000_000


@dataclass(frozen=True)
class Exported:
    """Measured export. memory: the most bytes that the server had resident meanwhile."""

    rows: int
    bytes: int
    seconds: float
    memory: int | None


def export(server: Served, form: str) -> Exported | str:
    """Read all claims in a format; why not, where the service refuses."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    started = time.perf_counter()
    with watched(server.pid) as seen:
        connection.request("GET", f"/v1/claims/export?format={form}")
        answer = connection.getresponse()
        if answer.status != 200:
            answer.read()
            connection.close()
            return f"not measured, `/v1/claims/export?format={form}` answers {answer.status}"
        rows = size = 0
        while chunk := answer.read1(1 << 18):
            rows += chunk.count(b"\n")
            size += len(chunk)
    seconds = time.perf_counter() - started
    connection.close()
    heads = 1 if form == "csv" else 0
    return Exported(rows - heads, size, seconds, max(seen) if seen else None)


def measure(bench: Bench) -> tuple[float, dict[str, Exported | str]]:
    """Seconds from `onrecord serve` to its first page of claims, the middle one of some starts; and the exports."""
    times, exported = [], dict[str, Exported | str]()
    for left in reversed(range(STARTS)):
        started = time.perf_counter()
        with served(bench.url, plain=True) as server:
            times.append(time.perf_counter() - started)
            exported = {} if left else {form: export(server, form) for form in FORMATS}
    return median(times), exported


def import_section(bench: Bench, filled: Filled, size: int) -> str:
    """Results of imports."""
    rows = [(f"{bench.claims:,} into an empty database", bench.claims / filled.seconds, filled.seconds,
             _megabytes(filled.memory), _megabytes(size))]  # fmt: skip
    heads = ("claims", "claims/s", "seconds", "peak MB resident", "MB on disk after")
    said = "`onrecord import`, a process of its own; memory with its children, without PostgreSQL's."
    return f"{said}\n\n{table(heads, rows)}"


def export_section(start: float, exported: dict[str, Exported | str]) -> str:
    """Times of exports and starts."""
    rows = []
    notes = [f"Start to first answer (`onrecord serve` to a 200 of `/v1/claims?limit=1`): {start:.2f} s."]
    for form, one in exported.items():
        if isinstance(one, str):
            notes.append(f"Export as {form}: {one}.")
        else:
            rate = one.rows / one.seconds
            rows.append((form, rate, one.seconds, one.rows, _megabytes(one.bytes), _megabytes(one.memory)))
    heads = ("format", "rows/s", "seconds", "rows", "MB", "peak MB resident of the server")
    return "\n\n".join([*notes, *([table(heads, rows)] if rows else [])])


def _megabytes(size: int | None) -> object:
    return "not seen" if size is None else size / MB
