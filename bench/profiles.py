"""Where the time of pages and of an import goes: shares by floor and library, and the functions that take most."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from app.store.upgrade.upgrade import migrate
from bench.engines import Bench
from bench.report import table

MOST = 12  # functions that a table names
SECONDS = 2.0  # of requests for a page
REST = "Python's own library, and the rest"

_PLACES = (  # owners of a file or built-in function, the first that fits
    ("the engine, by its driver", ("sqlite3.", "psycopg")),
    ("SQLAlchemy", ("sqlalchemy",)),
    ("app/domain", ("app/domain",)),
    ("app/store", ("app/store",)),
    ("app/api", ("app/api", "app/main", "app/errors")),
    ("pydantic, msgspec, YAML", ("pydantic", "msgspec", "yaml")),
    ("FastAPI, Starlette", ("fastapi", "starlette", "asyncio", "anyio", "contextlib")),
)


def profile_page(database: Database, path: str) -> str:
    """Where a page's time goes: the whole app, in one thread, without a server."""
    app, profiler = create_app(database), cProfile.Profile()

    async def in_this_thread(
        function: Callable[..., Any], /, *arguments: Any, limiter: Any = None, **named: Any
    ) -> Any:
        del limiter  # of threads
        return function(*arguments, **named)

    async def ask_for_a_while() -> int:
        await _ask(app, path)  # fills the caches
        times, end = 0, time.perf_counter() + SECONDS
        profiler.enable()
        while time.perf_counter() < end:
            await _ask(app, path)
            times += 1
        profiler.disable()
        return times

    with (
        mock.patch("fastapi.routing.run_in_threadpool", in_this_thread),
        mock.patch("app.api.lanes.run_sync", in_this_thread),
    ):
        times = asyncio.run(ask_for_a_while())
    return _told(profiler, times, "request")


async def _ask(app: Any, path: str) -> None:
    where, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": where, "raw_path": where.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"bench")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    sent: list[dict[str, Any]] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not sent:
            await asyncio.Future()  # nothing more comes of a client that waits
        return sent.pop()

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(f"{path} answers {message['status']}")

    await app(scope, receive, send)


def profile_import(bench: Bench, file: Path) -> str:
    """Where an import's time goes, into an empty database, in one process."""
    profiler = cProfile.Profile()
    with bench.database() as database:
        migrate(database)
        profiler.enable()
        report = import_paths(database, [file], processes=1)
        profiler.disable()
    if report.faults:
        raise RuntimeError(f"{file} was not imported")
    return _told(profiler, bench.claims, "claim")


def _told(profiler: cProfile.Profile, times: int, what: str) -> str:
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]  # the typeshed leaves it out
    whole = sum(row[2] for row in stats.values()) or 1.0
    shares = _shares(stats)
    per = 1_000_000 / times
    floors = [(name, seconds * per, f"{seconds / whole:.0%}") for name, seconds in shares.most_common()]
    named = sorted(stats.items(), key=lambda one: -one[1][2])[:MOST]
    functions = [(_name(place), row[1] / times, row[2] * per, row[3] * per) for place, row in named]
    unit = f"µs per {what}"
    return "\n\n".join(
        [
            f"{times:,} times, {whole * per:,.0f} {unit} under the profiler, which makes small functions look slower.",
            table(("where", unit, "share"), floors),
            table(("function", f"calls per {what}", f"own {unit}", f"with what it calls, {unit}"), functions),
        ]
    )


def _shares(stats: dict[Any, Any]) -> Counter[str]:
    """Seconds by floor and library; what is built into Python counts where it is called."""
    shares: Counter[str] = Counter()
    for place, (_, _, own, _, callers) in stats.items():
        where = _belongs_to(place)
        if place[0] != "~" or where != REST or not callers:
            shares[where] += own
            continue
        for caller, (_, _, from_there, _) in callers.items():
            shares[_belongs_to(caller)] += from_there
    return shares


def _belongs_to(place: tuple[str, int, str]) -> str:
    text = place[2] if place[0] == "~" else place[0]
    return next((name for name, marks in _PLACES if any(mark in text for mark in marks)), REST)


def _name(place: tuple[str, int, str]) -> str:
    file, _, function = place
    if file == "~":
        return f"`{function.strip('{}')}`"
    return f"`{'/'.join(Path(file).parts[-2:])}: {function}`"
