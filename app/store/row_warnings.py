"""Warnings of rows that are right and may not say what is meant: dates that are seasons, where years may be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.domain.date_readings import season_warning
from app.errors import Problem
from app.store.render import decode

_SEASON = re.compile(r'"edtf":"[^"]*[0-9]{4}-2[1-4](?![0-9-])')  # most rows have none, and are not read again

Path = tuple[str | int, ...]


def warnings_of(frame: str) -> tuple[Problem, ...]:
    """The warnings of a checked record. frame: the record as JSON."""
    if not _SEASON.search(frame):
        return ()
    told = ((path, season_warning(edtf)) for path, edtf in _dates(decode(frame), ()))
    return tuple(Problem(path, "season-or-years", warning) for path, warning in told if warning)


def _dates(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The EDTF strings in a record, each with the way to its date."""
    if isinstance(value, dict):
        if isinstance(edtf := value.get("edtf"), str):
            yield path, edtf
        for name, inner in value.items():
            yield from _dates(inner, (*path, name))
    if isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _dates(inner, (*path, at))
