"""The columns of a table of records → a Table Schema (Frictionless), so that readers need not guess their types."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from app.domain.record.model_fields import bare_type, is_model

_TYPES: Final[dict[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean", "trueValues": ["true"], "falseValues": ["false"]},
    date: {"type": "date", "format": "default"},
    datetime: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"},
}
_OWN: Final = ("id", "key")  # each row has its own


def table_schema(model: type[BaseModel], columns: Iterable[str]) -> dict[str, Any]:
    """The schema of a table with these columns of a model: type, description, and what its values may be."""
    fields = [_field(model, name) for name in columns]
    named = {field["name"] for field in fields}
    own = {"primaryKey": "id"} if "id" in named else {}
    return {"fields": fields, "missingValues": [""], **own}


def _field(model: type[BaseModel], column: str) -> dict[str, Any]:
    kind: Any = model
    description, is_needed = None, True
    for step in column.split("."):
        if get_origin(kind) is list:
            kind, is_needed = bare_type(get_args(kind)[0]), False
        elif is_model(kind):
            info = kind.model_fields[step]
            kind, description = bare_type(info.annotation), info.description
            is_needed &= type(None) not in get_args(info.annotation)
    told: dict[str, Any] = {"name": column}
    constraints: dict[str, Any] = {"required": True} if is_needed else {}
    if is_needed and column in _OWN:
        constraints["unique"] = True
    if get_origin(kind) is Literal:
        told |= _TYPES[str]
        constraints["enum"] = list(get_args(kind))
    else:
        told |= _TYPES[kind]
    told |= {"description": description} if description else {}
    return told | ({"constraints": constraints} if constraints else {})
