"""Warnings of a merge: what the merged record says otherwise than the survivor, which keeps its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from app.domain.record.sent import as_sent
from app.errors import Problem
from app.store.records.document import Doc, encode, named
from app.store.records.fields import CLAIM_FIELDS, GIVEN, STAMPS
from app.store.records.kinds import SHOWN_ONLY_INSIDE
from app.store.records.names import folded
from app.store.write.compare_records import EMPTY, said
from app.store.write.contradictions import agrees

CODE: Final = "not-taken"
GAINED: Final = ("topics", "citations", "assessments", "relations")  # of both claims
# A claim has these for itself: all fields but the lists that a merge joins, and those of the record. The status follows
# from the retraction.
OWN: Final = tuple(name for name in CLAIM_FIELDS if name not in (*GAINED, *STAMPS, "id", "version", "key", "status"))
LEAD_ON: Final = (
    "name",
    "aliases",
    "identifiers",
    "source",
)  # to the survivor; groups and unnamed speakers have sources
MOST: Final = 200  # characters of a value


def not_taken_of_claim(old: Doc, new: Doc) -> Iterator[Problem]:
    """The warnings of the content of a claim that is merged into another."""
    sent = as_sent(old), as_sent(new)
    for name in OWN:
        lost, kept = (doc.get(name) for doc in sent)
        if lost not in EMPTY and encode(lost) != encode(kept):
            yield _kept(name, old, new, lost, kept)


def not_taken_of_record(prefix: str, old: Doc, new: Doc) -> Iterator[Problem]:
    """The same of a speaker, source or metric. new: the survivor with what it gained."""
    lost, kept = said(prefix, old), said(prefix, new)
    for name in GIVEN[prefix]:
        if name in LEAD_ON or old[name] in EMPTY or _agrees(name, old, new):
            continue
        if name == "text_sha256":
            told = f"{named(new)} keeps its own text; that of {named(old)} is in its history"
            yield Problem(("text",), CODE, f"{told}, and its words are found there no more")
            continue
        other = [one for one in lost[name] if one not in kept[name]] if name == "tenures" else lost[name]
        if other:
            yield _kept(name, old, new, other, kept[name])


def _agrees(name: str, old: Doc, new: Doc) -> bool:
    """Whether the survivor says the same in a field. Groups and unnamed speakers are somebody known by then."""
    if name == "kind" and old["kind"] in SHOWN_ONLY_INSIDE:
        return True
    if name in ("unit", "tenures"):
        return bool(encode(old[name]) == encode(new[name]))
    return agrees(new, name, old[name], lambda doc, title: folded(doc["title"]) == folded(title))


def _kept(name: str, old: Doc, new: Doc, lost: Any, kept: Any) -> Problem:
    told = f"{named(new)} keeps its own {name}, {_short(kept)}; {_short(lost)} of {named(old)} is in its history"
    return Problem((name,), CODE, told)


def _short(value: Any) -> str:
    text = encode(_without_nulls(value))
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one not in (None, [])}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value
