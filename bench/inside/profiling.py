"""Profile a page or an import in one thread of one process, on the modules of any build.

    ONRECORD_DATABASE_URL=… PYTHONPATH=TREE python bench/inside/profiling.py STATS page PATH SECONDS
    ONRECORD_DATABASE_URL=… PYTHONPATH=TREE python bench/inside/profiling.py STATS import FILE

Prints how many pages were made, and writes the profile to the file STATS.
"""

from __future__ import annotations

import asyncio
import cProfile
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio.to_thread

HOMES = (("app.store.database.engine", "app.store.imports.importer"), ("app.store.db", "app.store.load"))


async def in_this_thread(function: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    """Call a function that the app would have a thread call."""
    return function(*arguments)


def profile_page(profiler: cProfile.Profile, path: str, seconds: float) -> None:
    """Ask the whole app, without a server."""
    anyio.to_thread.run_sync = in_this_thread  # type: ignore[assignment]  # before the app takes it from there
    app = import_module("app.main").create_app()

    async def ask_for_a_while() -> int:
        async with app.router.lifespan_context(app):
            await ask(app, path)  # fills the caches
            times, end = 0, time.perf_counter() + seconds
            profiler.enable()
            while time.perf_counter() < end:
                await ask(app, path)
                times += 1
            profiler.disable()
        return times

    sys.stdout.write(f"{asyncio.run(ask_for_a_while())}\n")


async def ask(app: Any, path: str) -> None:
    """One request."""
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


def profile_import(profiler: cProfile.Profile, file: str) -> None:
    """Import a file, with the checks in the same process."""
    for names in HOMES:
        try:
            engine, importer = map(import_module, names)
            break
        except ModuleNotFoundError:
            continue
    database = engine.Database(os.environ["ONRECORD_DATABASE_URL"])
    profiler.enable()
    report = importer.import_paths(database, [Path(file)], processes=1)
    profiler.disable()
    database.close()
    if report.faults:
        raise RuntimeError(f"{file} was not imported")


def main(stats: str, what: str, *arguments: str) -> None:
    """Profile one of the two."""
    profiler = cProfile.Profile()
    if what == "page":
        profile_page(profiler, arguments[0], float(arguments[1]))
    else:
        profile_import(profiler, arguments[0])
    profiler.dump_stats(stats)


if __name__ == "__main__":
    main(*sys.argv[1:])
