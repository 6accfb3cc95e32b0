"""RESULTS.md: a section for each thing measured; measuring it again replaces its section, and no other."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.data import ROOT

RESULTS = ROOT / "bench" / "RESULTS.md"
LIBRARIES = ("fastapi", "starlette", "uvicorn", "pydantic", "sqlalchemy", "psycopg", "msgspec")
HEAD = """\
# What was measured

Written by `make bench`. Each section tells when and on what it was measured. Compare figures within a section: another
hour, or another machine, gives others.
"""

Row = Sequence[object]


def table(heads: Sequence[str], rows: Iterable[Row]) -> str:
    """A table; columns but the first are set right."""
    line = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(_cell(one) for one in row) + " |" for row in (heads, line, *rows))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")


def measured_on(engine_version: str) -> str:
    """When and on what."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    known = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"*{now} UTC, commit {_commit()}, {os.cpu_count()} CPUs, {platform.machine()},"
        f" Python {platform.python_version()}, {engine_version}, {known}.*"
    )


def _commit() -> str:
    try:
        command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  # our own
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def write_section(title: str, body: str, file: Path = RESULTS) -> None:
    """Put a section in the place of the one with its title, or in its place by size, engine and topic."""
    sections = _sections(file.read_text()) if file.exists() else {}
    sections[title] = body.strip() + "\n"
    text = "\n".join(f"## {name}\n\n{sections[name]}" for name in sorted(sections, key=_order))
    file.write_text(f"{HEAD}\n{text}")


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.*)\n+", text, flags=re.MULTILINE)
    return {title: body.strip() + "\n" for title, body in zip(parts[1::2], parts[2::2], strict=True)}


TOPICS = ("import", "pages", "export", "postgrest", "profile")


def _order(title: str) -> tuple[int, str, int, str]:
    """Small before large, then by engine (what is of both last), then by topic."""
    digits = re.match(r"[\d,]+", title)
    topic = next((n for n, topic in enumerate(TOPICS) if title.endswith(topic)), len(TOPICS))
    engine = "a" if "SQLite" in title else "b" if "PostgreSQL" in title else "c"
    return int(digits[0].replace(",", "")) if digits else 0, engine, topic, title
