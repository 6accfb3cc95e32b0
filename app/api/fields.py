"""The registry of fields as clients are told of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from app.api.formats import EXPORT_NAMES
from app.domain.query.groupings import names_of
from app.domain.query.registry import FIELDS, SORTS, ClaimField, Operator, Parameter
from app.domain.query.value_types import PREFIXES


@cache
def fields_document() -> bytes:
    """The JSON of every field with the parameters that it makes, and the sorts and formats that there are."""
    formats = ["json", *EXPORT_NAMES]
    return msgspec.json.encode({"data": [_field(field) for field in FIELDS], "sorts": SORTS, "formats": formats})


def _field(field: ClaimField) -> dict[str, Any]:
    first = field.operators[0]
    return {
        "name": field.name,
        "element": field.element,
        "type": _type(first),
        "sortable": field.sortable,
        "groupable": field.groupable,
        "group_by": names_of(field),
        "example": first.example,
        "operators": [_operator(Parameter(field, operator)) for operator in field.operators],
    }


def _operator(parameter: Parameter) -> dict[str, Any]:
    operator = parameter.operator
    return {
        "parameter": parameter.name,
        "operator": operator.name or "eq",
        "type": _type(operator),
        "description": operator.description,
        "choices": operator.choices or None,
        "repeatable": operator.many,
        "example": operator.example,
    }


def _type(operator: Operator) -> str:
    return "id" if operator.type in PREFIXES else operator.type
