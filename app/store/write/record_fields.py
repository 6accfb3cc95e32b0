"""The fields of speakers, sources and metrics that a definition takes away: to what, and which it cannot."""

from __future__ import annotations

from typing import Any

from app.errors import BadRecord, Problem
from app.store.records.document import Doc
from app.store.records.fields import BLANK

KEPT = {"spk": (("name",),), "src": (("title", "url"),), "met": (("name",),)}


def require_kept(prefix: str, doc: Doc) -> None:
    """Raise BadRecord where a definition takes away what a record cannot be without."""
    gone = [names for names in KEPT[prefix] if all(doc[name] is None for name in names)]
    if gone:
        problems = [
            Problem((names[0],), "missing", f"cannot be null: a record needs {' or '.join(names)}") for names in gone
        ]
        raise BadRecord.of(problems)


def or_blank(prefix: str, name: str, value: Any) -> Any:
    """A value, or that of a field of which nothing is known."""
    return BLANK[prefix].get(name) if value is None else value
