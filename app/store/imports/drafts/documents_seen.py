"""The list of records in a document of JSON or YAML, of which the beginning alone may be there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from app.store.imports.readers.json_records import EACH

DEEPEST: Final = 5  # steps to a list of records
_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_CLOSING: Final = {"{": "}", "[": "]"}


class RecordsSeen(NamedTuple):
    """The records in a document. path: to their list, as FileForm has it; None where the document is the list, or
    the one record. others: paths of other lists, with how many records each has.
    """

    path: str | None
    records: list[dict[str, Any]]
    others: list[tuple[str, int]]


def value_of(text: str, *, is_whole: bool) -> Any:
    """The value of a JSON text; of a beginning, as much of it as is whole. Raises ValueError for what is no JSON."""
    return json.loads(text if is_whole else _closed(text), parse_float=Decimal)


def _closed(text: str) -> str:
    """The text up to the last comma that is followed by something else whole, with all brackets closed."""
    stack: list[str] = []
    end, open_there = 0, ""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in _CLOSING:
            stack.append(_CLOSING[mark])
        elif mark in ("]", "}") and stack:
            stack.pop()
        elif mark == ",":
            end, open_there = token.start(), "".join(reversed(stack))
    return text[:end] + open_there


def records_in(value: Any, *, is_whole: bool) -> RecordsSeen:
    """The longest list of objects in a document; where there is none, the document is one record."""
    found = sorted(_lists(value, ()), key=lambda one: -len(one[1]))
    if not found:
        return RecordsSeen(None, [value] if isinstance(value, dict) else [], [])
    steps, records = found[0]
    if not is_whole and len(records) > 1:
        records = records[:-1]  # which may have lost members
    return RecordsSeen(_path(steps) or None, records, [(_path(path) or ".", len(one)) for path, one in found[1:]])


def _lists(value: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """The lists of objects in a value, and objects that hold nothing but objects, of several members alike."""
    if isinstance(value, list):
        records = [one for one in value if isinstance(one, dict)]
        if records and len(records) * 2 > len(value):
            yield steps, records
    elif isinstance(value, dict) and len(steps) < DEEPEST:
        if keyed := _keyed(value):
            yield (*steps, EACH), keyed
            return
        for name, inner in value.items():
            yield from _lists(inner, (*steps, name))


def _keyed(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of an object that has them by their ids, or lists of them by names; none of another object.

    There are at least three, with the same members for the most part.
    """
    lists = [one if isinstance(one, list) else [one] for one in value.values()]
    if len(lists) < 3 or not all(isinstance(record, dict) and record for one in lists for record in one):
        return []
    records = [{EACH: name, **record} for name, one in zip(value, lists, strict=True) for record in one]
    shared = set(records[0]).intersection(*records[:50]) if records else set()
    return records if len(shared) * 2 > len(records[0] if records else ()) else []


def _path(steps: tuple[str, ...]) -> str:
    if any("." in step or "/" in step or not step for step in steps):
        return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return ".".join(steps)
