"""Where the time of pages and of an import goes: shares by floor and library, and the functions that take most."""

from __future__ import annotations

import pstats
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from bench import data
from bench.engines import Bench
from bench.tables import table

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


def profile_page(bench: Bench, path: str) -> str:
    """Where a page's time goes: the whole app, in one thread, without a server."""
    stats, said = _profiled(bench, "page", path, str(SECONDS))
    return _told(stats, int(said), "request")


def profile_import(bench: Bench, file: Path) -> str:
    """Where an import's time goes, into an empty database, in one process."""
    bench.migrate()
    stats, _ = _profiled(bench, "import", str(file))
    return _told(stats, bench.claims, "claim")


def _profiled(bench: Bench, *what: str) -> tuple[pstats.Stats, str]:
    """A profile of the build, and what it printed."""
    file = data.FOLDER / "profile.stats"
    process = bench.build.inside(bench.url, "profiling", str(file), *what, stdout=subprocess.PIPE)
    said = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"{bench.title}: no profile of {what[1]}")
    return pstats.Stats(str(file)), said.decode()


def _told(profile: pstats.Stats, times: int, what: str) -> str:
    stats = profile.stats  # type: ignore[attr-defined]  # the typeshed leaves it out
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
