"""RESULTS.md, made of what was measured: first what it must reach, then a section for each topic."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles

from bench.answers import OTHER, summed
from bench.builds import TODAY
from bench.data import ROOT
from bench.measurements import Measurements, Values
from bench.tables import Row, table
from bench.targets import TARGETS, Targets

RESULTS = ROOT / "bench" / "RESULTS.md"
LIBRARIES = ("fastapi", "starlette", "uvicorn", "pydantic", "sqlalchemy", "psycopg", "msgspec", "pyroaring", "numpy")
HEAD = """\
# Measurements

Written by `make bench`, but for the last section. Compare figures within a table: another hour, or another machine,
gives others.
"""
BY_HAND = "Written by hand"  # the section that people write
ENGINE = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MB = 1_000_000
LARGE = 100_000  # claims; what was measured of fewer is not told beside what was measured of so many
SLOWEST = 8  # queries that are named
NAMED = 20  # queries with other answers that are named

Section = Callable[[Measurements], Iterator[str]]


def write_results(log: Measurements, file: Path = RESULTS) -> None:
    """Write the file anew; the section that people wrote stays."""
    text = file.read_text() if file.exists() else ""
    log = log.of_large(LARGE)
    _, found, earlier = text.partition(f"\n## {BY_HAND}\n")
    parts = [HEAD, measured_on()]
    for title, section in SECTIONS.items():
        if body := list(section(log)):
            parts += [f"## {title}", *_about(log, title), *body]
    if found:
        parts.append(f"## {BY_HAND}\n{earlier.rstrip()}")
    file.write_text("\n\n".join(part.strip() for part in parts) + "\n")


def measured_on() -> str:
    """The machine and the libraries."""
    known = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"*{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}, {known}.*"


def _about(log: Measurements, title: str) -> Iterator[str]:
    """When and on what a section was measured."""
    topic = TOPIC.get(title)
    told = [
        f"{int(claims):,} claims on {one['engine']}: {one['when']} UTC, commit {one['commit']}"
        for (claims, _, _, name), one in sorted(log.under("about").items(), key=_order)
        if name == topic
    ]
    if told:
        yield f"*{'; '.join(told)}.*"


def _order(item: tuple[tuple[str, ...], Values]) -> tuple[object, ...]:
    """Small before large, SQLite before PostgreSQL, this build before earlier ones."""
    claims, engine, build, *rest = item[0]
    return int(claims), engine != "sqlite", build != TODAY.name, build, *rest


def _rows(log: Measurements, topic: str) -> list[tuple[tuple[str, ...], Values]]:
    return sorted(log.under(topic).items(), key=_order)


def _places(log: Measurements, topic: str) -> dict[tuple[str, str, str], list[Values]]:
    """The measurements of a topic, by claims, engine and build."""
    found: dict[tuple[str, str, str], list[Values]] = {}
    for (claims, engine, build, _), values in _rows(log, topic):
        if "why" not in values:
            found.setdefault((claims, engine, build), []).append(values)
    return found


def _place(claims: str, engine: str, build: str) -> str:
    return f"{int(claims):,}, {ENGINE[engine]}, {build}"


def targets(log: Measurements) -> Iterator[str]:
    """The targets, and which are reached."""
    engines = [Targets(log, engine) for engine in ENGINE]
    rows = [(what, target, *(one.told(what) for one in engines)) for what, (target, _) in TARGETS.items()]
    if any(cell != "–" for row in rows for cell in row[2:]):
        yield table(("what", "target", *ENGINE.values()), rows)


def imports(log: Measurements) -> Iterator[str]:
    """Imports into an empty database."""
    rows: list[Row] = []
    for (claims, engine, build, _), one in _rows(log, "import"):
        number, micro = int(claims), 1_000_000 / int(claims)
        rows.append(
            (
                _place(claims, engine, build),
                number / one["seconds"],
                one["cpu"] * micro,
                one["server_cpu"] * micro,
                one["locked_cpu"] * micro,
                one["memory"] / MB,
                one["size"] // number,
            )
        )
    for (claims, *_), one in sorted(log.under("peer").items()):
        if "why" in one:
            yield f"The peer was not measured: {one['why']}."
        else:
            cells = (one["rate"], "", "", "", "", one["size"] // int(claims))
            rows.append((f"{int(claims):,}, `sqlite-utils insert` with FTS", *cells))
    if rows:
        yield (
            "`onrecord import`, a process of its own; µs are of a processor, a claim: of all its processes, of"
            " PostgreSQL, and of its main process while it holds the writer lock."
        )
        heads = ("claims", "claims/s", "CPU µs", "PostgreSQL's", "under the lock", "peak MB", "bytes on disk a claim")
        yield table(heads, rows)


def pages(log: Measurements) -> Iterator[str]:
    """Pages of all queries: what they have in common, and the slowest."""
    rows, slowest = [], []
    for place, found in _places(log, "pages").items():
        shares = sorted(one["share"] for one in found)
        worst = max(found, key=lambda one: float(one["p99"]))
        memory, rate = (median(one[name] for one in found) for name in ("memory", "rate"))
        tenth = quantiles(shares, n=10, method="inclusive")[0] if len(shares) > 1 else shares[0]
        unchanged = log.under("unchanged", *place).get(("",), {}).get("share", 0.0)
        cpu = median(one["cpu"] for one in found)
        by_cpu = median(one["memory_cpu"] / one["cpu"] for one in found if one["cpu"])
        plain, of_plain = (median(one[name] for one in found) for name in ("plain", "plain_share"))
        shown = (len(found), rate, memory, median(shares), tenth, shares[0], plain, of_plain)
        rows.append((_place(*place), *shown, cpu, by_cpu, worst["p99"], unchanged))
        if place[2] == TODAY.name:
            by_share = sorted(found, key=lambda one: float(one["share"]))[:SLOWEST]
            slowest += [
                (f"{_place(*place)}: `{one['shown']}`", one["rate"], one["share"], one["p50"], one["p99"], one["found"])
                for one in by_share
            ]
    if rows:
        yield (
            "Pages of 50. Each request has another value or cursor than the last ones (up to 48 addresses a query)."
            " Memory: a bare Starlette route that sends the same headers and bytes from memory, by the server that the"
            " service has; plain: by uvicorn's h11 and asyncio, as earlier builds were served. Rates and shares: of"
            " four connections, one worker process. CPU: of the server's process for a page, median; and what memory"
            " takes of it. p99: of one connection, ms; the highest of all. 304: share where `If-None-Match` hits."
        )
        heads = ("claims", "queries", "page/s", "memory/s", "median share", "nine in ten above", "lowest", "plain/s",
                 "median share", "CPU µs", "share by CPU", "p99", "304")  # fmt: skip
        yield table(heads, rows)
        yield "The slowest beside memory:"
        yield table(("query", "page/s", "share", "p50 ms", "p99 ms", "found"), slowest)
        yield "By kind of query:"
        yield table(("queries", *_by_kind_heads(log)), _by_kind(log))


def _by_kind_heads(log: Measurements) -> list[str]:
    return [f"{_place(*place)}: share, p99 ms" for place in _places(log, "pages") if place[2] == TODAY.name]


def _by_kind(log: Measurements) -> list[Row]:
    """The median share and the highest 99th percentile of each kind of query."""
    places = [found for place, found in _places(log, "pages").items() if place[2] == TODAY.name]
    kinds = list(dict.fromkeys(kind_of(one["filter"]) for found in places for one in found))
    rows: list[Row] = []
    for kind in kinds:
        these = [[one for one in found if kind_of(one["filter"]) == kind] for found in places]
        rows.append((kind, *(_share_and_p99(same) for same in these)))
    return rows


def _share_and_p99(same: Sequence[Values]) -> str:
    return f"{median(one['share'] for one in same):.2f}, {max(one['p99'] for one in same):.1f}" if same else "–"


def kind_of(name: str) -> str:
    """The field that a filter asks for: `figure` for `figure__value__gt`."""
    return "two filters" if "×" in name else re.split("__", name)[0]


def moments(log: Measurements) -> Iterator[str]:
    """Pages of the past, deep ones and exact counts."""
    found = _rows(log, "moments")
    places = list(dict.fromkeys(key[:3] for key, _ in found))
    by_name: dict[str, dict[tuple[str, ...], Values]] = {}
    for key, values in found:
        by_name.setdefault(key[3], {})[key[:3]] = values
    if found:
        yield "How many times what the newest first page of the same query takes, by one connection; medians."
        rows = [
            (name, *(f"{one[place]['ratio']:.2f}" if place in one else "–" for place in places))
            for name, one in by_name.items()
        ]
        yield table(("page", *(_place(*place) for place in places)), rows)


def load(log: Measurements) -> Iterator[str]:
    """Many connections."""
    rows = [
        (
            f"{_place(claims, engine, build)}, {connections} connections", one["rate"], one["p50"], one["p99"],
            ", ".join(f"{times} × {status}" for status, times in one["refused"].items()) or "none", one["health"],
            " ".join(f"{size / MB:.0f}" for size in one["memory"]),
        )
        for (claims, engine, build, connections), one in _rows(log, "load")
    ]  # fmt: skip
    if rows:
        yield (
            "8 % of the requests ask one of the ten slowest queries there are. MB resident: before, and the most in"
            " each third of the time."
        )
        heads = ("claims", "pages/s", "p50 ms", "p99 ms", "refused", "`/healthz` p99 ms", "MB resident")
        yield table(heads, rows)


def _plain(said: str, names: dict[str, str]) -> Callable[[Measurements, str], Iterator[str]]:
    """A section of one table, a row for each measurement."""

    def section(log: Measurements, topic: str) -> Iterator[str]:
        rows = [
            (", ".join(filter(None, [_place(*key[:3]), key[3]])), *(one.get(name, "") for name in names))
            for key, one in _rows(log, topic)
            if "why" not in one
        ]
        if said and rows:
            yield said
        if rows:
            yield table(("claims", *names.values()), rows)
        yield from (f"Not measured: {one['why']}." for _, one in _rows(log, topic) if "why" in one and not rows)

    return section


def writes(log: Measurements) -> Iterator[str]:
    """Single writes."""
    said = "Claims imported one by one, each a revision, one in four an edit; segments of the index merge meanwhile."
    return _plain(said, {"writes": "writes", "p50": "p50 ms", "p99": "p99 ms", "most": "longest ms"})(log, "writes")


def one_write(log: Measurements) -> Iterator[str]:
    """One claim over HTTP."""
    said = (
        "New claims, each a durable revision: over HTTP on a connection that stays open, by import of a file of one,"
        " and a commit of the same bytes by bare sqlite3 with `synchronous = FULL` on the same disk, by turns; medians."
    )
    names = {
        "http": "HTTP ms",
        "file": "file ms",
        "ratio": "HTTP / file",
        "bare": "bare commit ms",
        "share": "bare / HTTP",
    }
    return _plain(said, names)(log, "one write")


def export(log: Measurements) -> Iterator[str]:
    """Starts and exports."""
    names = {"start": "start to first answer, s", "rate": "rows/s", "bytes": "bytes", "memory": "peak bytes resident"}
    return _plain("", names)(log, "export")


def aggregates(log: Measurements) -> Iterator[str]:
    """Aggregates beside GROUP BY."""
    said = (
        "All claims counted by speaker and by year: over HTTP, with names, unknown ones and dates that span years told"
        " apart; by a plain statement of the same database; and by DuckDB on a Parquet file, which know only the"
        " dates as written, or their first days. By turns, on one connection each; medians."
    )
    names = {"ours": "ms", "cold": "first answer, ms", "sql": "SQL, ms", "duckdb": "DuckDB, ms", "largest": "claims"}
    return _plain(said, names)(log, "aggregates")


def quotes(log: Measurements) -> Iterator[str]:
    """Quotes of one long text, found at an import and by `onrecord verify`."""
    said = "Seconds of both commands, each a process of its own; CPU: of all processes of the import."
    names = {"quotes": "quotes", "characters": "characters", "import": "import, s", "cpu": "CPU", "verify": "verify, s"}
    return _plain(said, names)(log, "quotes")


def mapped(log: Measurements) -> Iterator[str]:
    """Imports by mappings."""
    said = "The same claims in each form, into an empty database; CPU: of all processes of the import."
    names = {
        "rows": "rows",
        "seconds": "s",
        "each": "CPU µs a row",
        "locked_cpu": "CPU under the lock, s",
        "memory": "peak bytes resident",
    }
    return _plain(said, names)(log, "mapped")


def peer(log: Measurements) -> Iterator[str]:
    """PostgREST."""
    said = (
        "PostgREST 12 on the same server with tables of current active claims only, in the order of pages, with keys"
        " and indexes of what is asked, a pool of 10 connections and as many threads as it likes; it tells no total."
        " The same claims in the same order with the same values, checked. Ours: one worker process. A filter by a"
        " relation is asked of PostgREST by embedding and of a function; the faster counts."
    )
    names = {"by": "asked by", "rate": "ours/s", "peer": "PostgREST/s", "ratio": "ratio", "p50": "our p50 ms",
             "peer_p50": "its p50 ms", "claims": "claims", "bytes": "our bytes", "peer_bytes": "its bytes"}  # fmt: skip
    return _plain(said, names)(log, "postgrest")


def answers(log: Measurements) -> Iterator[str]:
    """How the answers of builds and engines differ."""
    groups: dict[tuple[str, ...], dict[tuple[str, ...], Values]] = {}
    for (*place, name), one in _rows(log, "answers"):
        other, _, asked = name.partition(": ")
        groups.setdefault((*place, other), {})[(asked,)] = one
    for (claims, engine, build, other), found in groups.items():
        counts = ", ".join(f"{number} {verdict}" for verdict, number in summed(found).items())
        yield f"{_place(claims, engine, build)}, beside {other}: {counts}."
        wrong = [f"- `{one['shown']}`: {one['detail']}" for one in found.values() if one["verdict"] == OTHER]
        if wrong:
            more = [f"- and {len(wrong) - NAMED} more"] if len(wrong) > NAMED else []
            yield "\n".join([*wrong[:NAMED], *more])


def profile(log: Measurements) -> Iterator[str]:
    """Where the time of imports and of the slowest pages goes."""
    for (claims, engine, build, name), one in _rows(log, "profile"):
        what = "a small import" if name == "import" else f"`{one['shown']}`, {one['share']:.3f} of memory"
        yield f"### {_place(claims, engine, build)}: {what}\n\n{one['text']}"


def many(log: Measurements) -> Iterator[str]:
    """Ten million claims."""
    return (str(one["text"]) for _, one in sorted(log.under("ten million").items()))


SECTIONS: dict[str, Section] = {
    "Targets": targets,
    "Imports": imports,
    "Pages": pages,
    "The past, pages far down, exact counts": moments,
    "Under load": load,
    "Single writes": writes,
    "One claim over HTTP": one_write,
    "Starts and exports": export,
    "Aggregates": aggregates,
    "Quotes of one text": quotes,
    "Imports by mappings": mapped,
    "Beside PostgREST": peer,
    "Ten million claims": many,
    "Answers compared": answers,
    "Profiles": profile,
}
TOPIC = {
    "Imports": "import",
    "Pages": "pages",
    "The past, pages far down, exact counts": "moments",
    "Under load": "load",
    "Single writes": "writes",
    "One claim over HTTP": "one write",
    "Starts and exports": "export",
    "Aggregates": "aggregates",
    "Quotes of one text": "quotes",
    "Imports by mappings": "mapped",
    "Beside PostgREST": "postgrest",
    "Answers compared": "answers",
    "Profiles": "profile",
}
