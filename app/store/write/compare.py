"""A claim's document against the stored one: what writing it would do."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.domain.record.patches import FOUND
from app.store.records.document import Doc, encode, stated_roles

STAMPS = ("id", "version", "recorded_at", "updated_at", "revision")


def _said(doc: Doc, located: set[int]) -> Doc:
    """A claim's document without what the database adds: references by key alone, no stamps, and no roles by tenure.

    located: the citations whose place in the text was looked for.
    """
    said = {name: value for name, value in doc.items() if name not in STAMPS}
    said["speaker"] = _key_of(doc["speaker"])
    said["roles"] = [{**role, "organization": _key_of(role["organization"])} for role in stated_roles(doc)]
    said["figures"] = [{**figure, "metric": _key_of(figure["metric"])} for figure in doc["figures"]]
    said["citations"] = [
        {
            "source": _key_of(citation["source"]),
            "via": citation["via"],
            "locator": _given(citation["locator"], n in located),
        }
        for n, citation in enumerate(doc["citations"])
    ]
    if doc["retraction"]:
        said["retraction"] = {**doc["retraction"], "source": _key_of(doc["retraction"]["source"])}
    return said


def _key_of(shown: Doc | None) -> str | None:
    return shown["key"] if shown else None


def _given(locator: Doc | None, located: bool) -> Doc | None:
    some = {name: value for name, value in (locator or {}).items() if not (located and name in FOUND)}
    return some if any(value is not None for value in some.values()) else None


def _located(doc: Doc) -> set[int]:
    return {n for n, citation in enumerate(doc["citations"]) if citation["verification"] != "unchecked"}


def changed_fields(old: Doc, new: Doc) -> Doc:
    """The top-level fields in which two documents of a claim differ by what was sent: {field: [old, new]}."""
    located = _located(new)
    before, after = _said(old, located), _said(new, located)
    return {
        name: [before[name], after[name]]
        for name in after
        if encode({name: before[name]}) != encode({name: after[name]})
    }


def taken_back(changes: Doc, earlier: list[Doc]) -> list[str]:
    """The changed fields that are as an earlier version had them. changes: as `changed_fields` gives them."""
    said = [_said(doc, _located(doc)) for doc in earlier] if changes else []
    return [name for name, (_, new) in changes.items() if any(encode(one[name]) == encode(new) for one in said)]


def emptied(changes: Doc) -> list[str]:
    """The fields that a change takes from a claim: `venue`, `said_on.as_stated`, `some of figures`."""
    found = (path for name, (old, new) in changes.items() for path in _emptied(name, old, new))
    return list(dict.fromkeys(found))


def _emptied(name: str, old: Any, new: Any) -> list[str]:
    if new in (None, [], {}):
        return [] if old in (None, [], {}) else [name]
    if isinstance(old, dict) and isinstance(new, dict):
        return [path for part in old for path in _emptied(f"{name}.{part}", old[part], new.get(part))]
    if isinstance(old, list) and isinstance(new, list):
        if len(new) < len(old):
            return [f"some of {name}"]
        return [path for one, other in zip(old, new, strict=False) for path in _emptied(name, one, other)]
    return []


def told_of_emptied(counts: Counter[str]) -> str:
    """How many claims lose which field: `20 claims lose their speaker, 3 some of their topics`."""
    (first, number), *others = counts.most_common()
    begin = f"1 claim loses {_owned(first, 1)}" if number == 1 else f"{number:,} claims lose {_owned(first, number)}"
    return ", ".join([begin, *(f"{count:,} {_owned(name, count)}" for name, count in others)])


def _owned(name: str, number: int) -> str:
    """A field of so many claims: `its venue`, `some of their topics`."""
    part = name.removeprefix("some of ")
    return f"{name.removesuffix(part)}{'its' if number == 1 else 'their'} {part}"


def compare(stored: Doc | None, new: Doc) -> tuple[str, Doc]:
    """Compare `new` with `stored`: (created, updated, retracted or unchanged; the fields that change)."""
    if stored is None:
        return ("retracted" if new["retraction"] else "created"), {}
    changes = changed_fields(stored, new)
    if not changes:
        return "unchanged", {}
    retracts = stored["status"] == "active" and new["status"] == "retracted"
    return ("retracted" if retracts else "updated"), changes
