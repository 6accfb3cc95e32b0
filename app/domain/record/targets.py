"""The fields that can be set in records, as tables and mappings name them: each with its type, meaning and an example.

All of it follows from the input models.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.domain.record import records_in
from app.domain.record.field_paths import MODELS, Place, Places, RecordKind, all_places, dotted, takes_text
from app.domain.record.model_fields import bare_type
from app.domain.record.records_in import DateIn, MetricIn, OrganizationRef, Reference, RoleIn
from app.errors import BadValue, FieldPath

# The types of fields in words: by the names of annotations in records_in, and by bare types
_ANNOTATED: Final[Mapping[str, str]] = {
    "Id": "id",
    "Key": "key",
    "Url": "address (URL)",
    "Language": "language (BCP 47)",
    "UnitName": "unit",
    "Seconds": "seconds",
    "Values": "text, or list of texts",
}
_BARE: Final[Mapping[type, str]] = {
    str: "text",
    int: "whole number",
    Decimal: "number",
    DateIn: "date (EDTF)",
    RoleIn: "title, or object",
    OrganizationRef: "name, or object",
    MetricIn: "name, or object",
    Reference: "id, or object",
}


class Target(NamedTuple):
    """A field that can be set. type: in words. example: a value that it takes. choices: all that it takes, if few."""

    name: str
    type: str
    meaning: str
    example: Any
    choices: tuple[str, ...]


@cache
def targets_of(record: RecordKind) -> tuple[Target, ...]:
    """The fields of a record that can be set, with one element in each list, in the order of the models."""
    fixed = _read_only(record)
    return tuple(
        _target(place)
        for place in all_places(record)
        if place.name not in fixed and not (_is_element(place) and not takes_text(place.kind))
    )


def check_target(record: RecordKind, name: str) -> FieldPath:
    """The path that a dotted name stands for: of a field, an object or list, an element, or a short form.

    Raises BadValue, with near names, where the record has none such, or where it follows from other fields.
    """
    path = _PLACES[record].path_of(name)
    fixed = _read_only(record)
    for length in range(1, len(path) + 1):
        part = dotted([0 if isinstance(step, int) else step for step in path[:length]])
        if part in fixed:
            raise BadValue(f"this is read only: {fixed[part][:1].lower()}{fixed[part][1:].rstrip('.')}")
    return path


_PLACES: Final[Mapping[RecordKind, Places]] = {
    record: Places(record, f"field of a {record}", of_texts=False) for record in MODELS
}


@cache
def _read_only(record: RecordKind) -> Mapping[str, str]:
    """The places that are accepted and cannot be set, with their meanings; parts of such are among them."""
    found: dict[str, str] = {}
    for place in all_places(record):
        if _field(place).json_schema_extra or place.name.rpartition(".")[0] in found:
            found[place.name] = _field(place).description or ""
    return found


def _field(place: Place) -> FieldInfo:
    return place.model.model_fields[place.field]


def _target(place: Place) -> Target:
    field = _field(place)
    annotation = _annotation(place)
    example = field.examples[0] if field.examples else None
    if _is_element(place):
        example = example[0] if isinstance(example, list) else next(iter((example or {"": None}).values()))
    told = _BARE[DateIn] if place.field == "edtf" else _type_of(annotation)
    choices = get_args(bare_type(annotation)) if get_origin(bare_type(annotation)) is Literal else ()
    return Target(place.name, told, field.description or "", example, choices)


def _is_element(place: Place) -> bool:
    """Whether a place is an element of a list, or a value in an object whose names are free."""
    origin = get_origin(bare_type(_hints(place.model)[place.field]))
    return origin in (list, dict) and get_origin(place.kind) is not origin


def _annotation(place: Place) -> Any:
    """The type of a place, without None, with the annotation that says what it is."""
    annotation = _not_none(_hints(place.model)[place.field])
    return get_args(bare_type(annotation))[-1] if _is_element(place) else annotation


@cache
def _hints(model: type[BaseModel]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


def _not_none(annotation: Any) -> Any:
    is_union = get_origin(annotation) in (Union, UnionType)
    return next(part for part in get_args(annotation) if part is not type(None)) if is_union else annotation


def _type_of(annotation: Any) -> str:
    for name, told in _ANNOTATED.items():
        if annotation == getattr(records_in, name):
            return told
    kind = bare_type(annotation)
    if get_origin(kind) is list:
        inner = _type_of(get_args(kind)[0])
        return f"list of {inner}s" if inner in ("text", "object") else "list of objects"
    if get_origin(kind) is Literal:
        return "choice"
    bases = kind.__mro__ if isinstance(kind, type) else ()
    return next((_BARE[base] for base in bases if base in _BARE), "object")
