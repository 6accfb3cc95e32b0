"""Names with dots, as tables, filters and messages have them, that stand where objects hold each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Final

from app.errors import FieldPath, near

MOST_PARTS: Final = 9  # deeper than any field
_SHOWN: Final = 40  # characters of a text
_PARTS: Final = re.compile(r"[./\[\]]+|__")


def as_objects(name: str, given: object, fields_at: Callable[[FieldPath], Sequence[str]]) -> str | None:
    """The objects and lists in which `speaker.name` or `figures[0].value` stands with the given value, as JSON; None
    where no field is meant. fields_at: the names of the fields at a path.
    """
    parts = list(filter(None, _PARTS.split(name, maxsplit=MOST_PARTS)))
    if not 1 < len(parts) < MOST_PARTS or parts[0].isdecimal():
        return None
    path: list[str | int] = []
    for part in parts:
        known = fields_at(tuple(path))
        if part.isdecimal():
            path.append(int(part) if len(part) < 4 else 0)
        elif meant := part if part in known or path[-1:] == ["identifiers"] else next(iter(near(part, known)), None):
            path.append(meant)
        else:
            return None
    return _nested(path, _value(given))


def _value(given: object) -> str:
    """A short value as JSON, else …."""
    is_short = isinstance(given, bool | int) or (isinstance(given, str) and len(given) <= _SHOWN)
    return json.dumps(given, ensure_ascii=False) if is_short else "…"


def _nested(path: Sequence[str | int], value: str) -> str:
    if not path:
        return value
    step, inner = path[0], _nested(path[1:], value)
    if isinstance(step, int):
        return f"[{'…, ' if step else ''}{inner}]"
    if len(path) > 1 and isinstance(path[1], str) and step.endswith("s") and step != "identifiers":
        inner = f"[{inner}]"  # a list of objects, named without a number
    return f"{{{json.dumps(step)}: {inner}}}"
