"""Null inside of expressions, and the way back to plain values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jinja2 import ChainableUndefined, UndefinedError
from jinja2.runtime import Undefined

from app.store.imports.mapping.values.scalars import text_of


class Nothing(ChainableUndefined):
    """Null, or what is not there: false, equal to null, and an error to reckon with. told: that error's message."""

    __slots__ = ("told",)

    def __init__(
        self, hint: str | None = None, obj: Any = None, name: str | None = None, exc: Any = UndefinedError
    ) -> None:
        self.told = hint or f"{name} is empty; say what to do then, as in {name} | default(0)"
        super().__init__(self.told, obj, name, exc)

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Nothing)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(None)


class RowOfGroup(dict[str, Any]):
    """A row of those that make one record together, as its file has it. line: at which it begins."""

    def __init__(self, values: Mapping[str, Any], line: int) -> None:
        super().__init__(values)
        self.line = line


def plain(value: Any) -> Any:
    """The value without what only Jinja2 knows: null for nothing, lists for tuples."""
    if isinstance(value, (str, int, Decimal, RowOfGroup)):
        return value
    if isinstance(value, Undefined):
        return None
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {text_of(plain(key)): plain(member) for key, member in value.items()}
    return value
