"""A claim's document as it would be sent to be stored so: without what follows from it, references by key."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, get_args, get_origin

from app.domain.record.derived import BOUNDS, ENDS, bounds_follow
from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.records_in import CitationIn, ClaimIn, DateIn, FigureIn, Locator, Reference, RelationIn, RoleIn

Doc = dict[str, Any]

SAME: Final[Any] = object()  # nothing differs from what is stored
STAMPS: Final = ("id", "version", "key", "recorded_at", "updated_at", "revision")  # no fields to set
READ_ONLY: Final = ("verification", "gaps", "differences")
PLACE: Final = ("start", "end")
FOUND: Final = (*PLACE, "gaps", "differences")  # locator fields set by verification


def as_sent(doc: Doc) -> Doc:
    """A claim's document as it would be sent to be stored so: without what follows from it, references by key."""
    sent: Doc = sent_of(ClaimIn, doc)
    sent["roles"] = [role for role, shown in zip(sent["roles"], doc["roles"], strict=True) if not is_held(shown)]
    return {name: value for name, value in sent.items() if name not in (*STAMPS, "status")}


def sent_of(kind: Any, shown: Any) -> Any:
    """A part of a document as it would be sent."""
    if shown is None:
        return None
    if get_origin(kind) is list:
        return [sent_of(bare_type(get_args(kind)[0]), element) for element in shown]
    if not is_model(kind):
        return shown
    if issubclass(kind, Reference):
        return {"key": shown["key"]}
    left = _follows(kind, shown)
    sent = {name: sent_of(field, shown.get(name)) for name, field in fields_of(kind).items() if name not in left}
    if kind is CitationIn and sent["locator"] and shown["verification"] != "unchecked":
        sent["locator"] = {name: value for name, value in sent["locator"].items() if name not in FOUND}
    return sent


def _follows(kind: Any, shown: Doc) -> tuple[str, ...]:
    """The parts of an object that follow from its others."""
    if kind is RelationIn:
        return ("claim",)
    if kind is FigureIn:
        return BOUNDS if bounds_follow(shown) else ()
    return (*READ_ONLY, *ENDS, "basis") if kind in (DateIn, CitationIn, RoleIn, Locator) else ()


@cache
def fields_of(kind: Any) -> dict[str, Any]:
    """The fields of a model, with their types without None."""
    return {name: bare_type(field.annotation) for name, field in kind.model_fields.items()}


def is_held(shown: Any) -> bool:
    """Whether an element is a role by tenure, which is derived anew."""
    return isinstance(shown, dict) and shown.get("basis") == "tenure"
