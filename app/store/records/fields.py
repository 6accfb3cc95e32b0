"""The fields of documents, as the models in records_out.py have them, so that each is written down once."""

from __future__ import annotations

from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from app.domain.record.model_fields import fields_in_order
from app.domain.record.records_out import (
    ClaimOut,
    MetricOut,
    MetricShown,
    OrganizationShown,
    SourceOut,
    SourceShown,
    SpeakerOut,
    SpeakerShown,
    Stamps,
)

MODELS: Final[dict[str, type[BaseModel]]] = {"clm": ClaimOut, "spk": SpeakerOut, "src": SourceOut, "met": MetricOut}
CLAIM_FIELDS: Final = tuple(fields_in_order(ClaimOut))
STAMPS: Final = tuple(Stamps.model_fields)
SHOWN: Final = {  # what claims show of a record, by what it is to them
    "speaker": tuple(SpeakerShown.model_fields),
    "organization": tuple(OrganizationShown.model_fields),
    "metric": tuple(MetricShown.model_fields),
    "source": tuple(SourceShown.model_fields),
}


def blank_value(model: type[BaseModel], name: str) -> Any:
    """The value of a field of which nothing is known: an empty list or object, or None."""
    annotation = model.model_fields[name].annotation
    if type(None) in get_args(annotation):
        return None
    origin = get_origin(annotation)
    return origin() if origin in (list, dict) else None


def _blank(prefix: str) -> dict[str, Any]:
    model = MODELS[prefix]
    return {name: blank_value(model, name) for name in fields_in_order(model) if name not in STAMPS} | {"version": 1}


BLANK: Final = {prefix: _blank(prefix) for prefix in ("spk", "src", "met")}  # new records before anything is given
GIVEN: Final = {  # the fields of records that definitions and references give, as documents have them
    prefix: tuple(name for name in blank if name not in ("id", "version", "key")) for prefix, blank in BLANK.items()
}
