"""Values that come back: the changed fields of a record or claim that are as an earlier version of it had them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.store.records.document import Doc, encode


def came_back(changes: Doc, earlier: Iterable[Doc]) -> list[str]:
    """The fields that are as an earlier version had them, or gain an element that one had.

    A list as a whole may never have been so: others have added to it since. changes: {field: [old, new]}. earlier: the
    fields of earlier versions in the same form.
    """
    past = list(earlier) if changes else []
    return [name for name, (old, new) in changes.items() if _is_back(old, new, [one.get(name) for one in past])]


def _is_back(old: Any, new: Any, earlier: list[Any]) -> bool:
    if encode(new) in map(encode, earlier):
        return True
    gained = _elements(new) - _elements(old)
    return any(not gained.isdisjoint(_elements(one)) for one in earlier) if gained else False


def _elements(value: Any) -> set[str]:
    return set(map(encode, value)) if isinstance(value, list) else set()
