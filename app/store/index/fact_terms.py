"""The terms of facts that filters compare: those of a document, and of what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from app.domain.quantities.units import parse_unit
from app.domain.query.registry import FACTS, FactRow, Parameter
from app.domain.query.value_types import PREFIXES
from app.store.index.facts import fact
from app.store.records.document import Doc
from app.store.records.names import folded


def asked_term(parameter: Parameter, value: Any) -> bytes:
    """The term of a value that a filter asks for; of a record, by its number."""
    kind = parameter.operator.type
    if kind in PREFIXES:
        return fact(parameter.fact, f"{kind}_{value}")
    return fact(parameter.fact, value.dimension if kind == "unit" else _compared(kind, value))


def _compared(kind: str, value: Any) -> object:
    """A value as it is compared with others of its type."""
    if kind == "name":
        return folded(value)
    return value.lower() if kind in ("language", "language range") else value


def terms_of(element: str, doc: Doc) -> list[bytes]:
    """The terms of all facts of a claim's document, or of one element of it."""
    found: list[bytes] = []
    for value_of, stored in _ROWS[element]:
        value = value_of(doc)
        if isinstance(value, (list, tuple, range)):
            found += dict.fromkeys(map(stored, value))
        else:
            found.append(stored(value))
    return found


def values_by_term(element: str, name: str, doc: Doc) -> dict[bytes, Any]:
    """The terms of one fact of a claim's document, or of an element's, each with the value that it is of. Of several
    that are compared alike it has the first.
    """
    value_of, stored = _BY_NAME[element, name]
    value = value_of(doc)
    found: dict[bytes, Any] = {}
    for one in value if isinstance(value, list) else (value,):
        found.setdefault(stored(one), one)
    return found


def _stored(row: FactRow) -> Callable[[Any], bytes]:
    @lru_cache(maxsize=1 << 13)  # claims of an import share their values; of one row they are of one type
    def term(value: Any) -> bytes:
        if value is None:
            return fact(row.name, None)
        return fact(row.name, parse_unit(value).dimension if row.type == "unit" else _compared(row.type, value))

    return term


_ROWS: Final = {element: [(row.value, _stored(row)) for row in rows] for element, rows in FACTS.items()}
_BY_NAME: Final = {
    (element, row.name): own for element, rows in FACTS.items() for row, own in zip(rows, _ROWS[element], strict=True)
}
