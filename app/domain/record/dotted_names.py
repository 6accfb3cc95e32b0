"""Names with dots, as tables, filters and messages have them, that stand where objects hold each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

from app.domain.record.synonyms import meant_by
from app.errors import FieldPath, Problem, near

MOST_PARTS: Final = 9  # deeper than any field
MOST_TOGETHER: Final = 9  # names that are told as one object
_SHOWN: Final = 40  # characters of a text
_ALIKE: Final = 0.75  # a part and the field that it is misspelt from: nmae and name, but not notes and roles
_PARTS: Final = re.compile(r"[./\[\]]+|__")

FieldsAt = Callable[[FieldPath], tuple[str, ...]]


class Meant(NamedTuple):
    """The place that a name with dots means. is_guess: whether that follows from spelling alone."""

    path: FieldPath
    is_guess: bool


def told_as_objects(problems: list[Problem], record: Any, fields_at: FieldsAt) -> list[Problem]:
    """The problems; those of unknown fields whose names are paths with dots tell the objects to write instead, one for
    all that belong to it. Where a part is misspelt they suggest them. record: as it was given. fields_at: the names of
    the fields at a path in it.
    """
    told = list(problems)
    together: dict[FieldPath, list[tuple[int, tuple[FieldPath, Any]]]] = {}  # by the field that holds them
    for n, problem in enumerate(problems):
        if problem.code != "unknown-field":
            continue
        *above, name = problem.path
        meant = place_meant(str(name), partial(_fields_below, fields_at, above))
        if meant is None:
            continue
        value = (meant.path, value_at(record, problem.path))
        if meant.is_guess:
            told[n] = replace(problem, did_you_mean=(as_objects([value]),))
        else:
            together.setdefault((*above, meant.path[0]), []).append((n, value))
    for some in together.values():
        for at in range(0, len(some), MOST_TOGETHER):
            part = some[at : at + MOST_TOGETHER]
            objects = as_objects(value for _, value in part)
            for n, _ in part:
                detail = f"{problems[n].detail}, for objects hold each other here: write {objects}"
                told[n] = replace(problems[n], detail=detail, did_you_mean=())
    return told


def _fields_below(fields_at: FieldsAt, above: Sequence[str | int], path: FieldPath) -> tuple[str, ...]:
    return fields_at((*above, *path))


def place_meant(name: str, fields_at: FieldsAt) -> Meant | None:
    """The place that `speaker.name` or `figures[0].value` means; None where it is no field's. fields_at: the names of
    the fields at a path.
    """
    parts = list(filter(None, _PARTS.split(name, maxsplit=MOST_PARTS)))
    if not 1 < len(parts) < MOST_PARTS or parts[0].isdecimal():
        return None
    path: list[str | int] = []
    is_guess = False
    for part in parts:
        if part.isdecimal():
            path.append(int(part) if len(part) < 4 else 0)
            continue
        known = fields_at(tuple(path))
        exact = [part] if part in known or path[-1:] == ["identifiers"] else meant_by(part, known)
        alike = exact or near(part, known, cutoff=_ALIKE)
        if not alike:
            return None
        is_guess |= len(exact) != 1
        path += [0] if path and path[-1] != "identifiers" and str(path[-1]).endswith("s") else []  # without a number
        path.append(alike[0])
    return Meant(tuple(path), is_guess)


def as_objects(values: Iterable[tuple[FieldPath, object]]) -> str:
    """The objects and lists in which values stand at their places, as JSON."""
    tree: dict[str | int, Any] = {}
    for path, given in values:
        at = tree
        for step in path[:-1]:
            inner = at.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            at = inner
        else:
            at.setdefault(path[-1], _value(given))
    return _shown(tree)


def _value(given: object) -> str:
    """A short value as JSON, else …."""
    is_short = isinstance(given, bool | int) or (isinstance(given, str) and len(given) <= _SHOWN)
    return json.dumps(given, ensure_ascii=False) if is_short else "…"


def _shown(tree: dict[str | int, Any] | str) -> str:
    """Objects by their names, and lists by positions, with … for elements that are not told."""
    if isinstance(tree, str):
        return tree
    if not any(isinstance(step, int) for step in tree):
        return f"{{{', '.join(f'{json.dumps(step)}: {_shown(inner)}' for step, inner in tree.items())}}}"
    elements: list[str] = []
    next_one = 0
    for step in sorted(step for step in tree if isinstance(step, int)):
        elements += ["…"] if step > next_one else []
        elements.append(_shown(tree[step]))
        next_one = step + 1
    return f"[{', '.join(elements)}]"


def value_at(value: Any, path: Iterable[str | int]) -> Any:
    """The value at a path in a record; None where it has none."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else value[step] if _has(value, step) else None
    return value


def _has(value: Any, step: str | int) -> bool:
    return isinstance(value, list) and isinstance(step, int) and step < len(value)
