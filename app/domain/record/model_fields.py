"""The fields of the models of records: their bare types, and the order in which documents have them."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from app.domain.record.records_out import Stamps


def bare_type(annotation: Any) -> Any:
    """A field's type without None and without annotations: list[…], dict[…], a model, or a scalar."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return bare_type(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return bare_type(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def is_model(kind: Any) -> bool:
    """True for a model of a record or of a part of one."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def fields_in_order(model: type[BaseModel]) -> list[str]:
    """The fields as documents have them: the stamps, which are inherited, stand last."""
    stamps = Stamps.model_fields if issubclass(model, Stamps) else {}
    return [name for name in model.model_fields if name not in stamps] + list(stamps)
