"""A claim's document against the stored one: what writing it would do."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Iterator
from itertools import chain
from typing import Any, Final

from app.domain.record.derived import BOUNDS, ENDS, bounds_follow
from app.domain.record.sent import FOUND
from app.store.records.document import Doc, encode, stated_roles
from app.store.write.returning import came_back

TURNS = {"retracted": "retracted", "active": "restored"}  # what makes a claim's status this one
STAMPS = ("id", "version", "recorded_at", "updated_at", "revision")


def _by_key(doc: Doc) -> Doc:
    """A claim's document without stamps, with references by key alone, and of places what is not null."""
    said = {name: value for name, value in doc.items() if name not in STAMPS}
    said["speaker"] = _key_of(doc["speaker"])
    said["roles"] = _roles_by_key(doc["roles"])
    said["figures"] = [{**figure, "metric": _key_of(figure["metric"])} for figure in doc["figures"]]
    said["citations"] = [
        {**citation, "source": _key_of(citation["source"]), "locator": _place(citation["locator"], ())}
        for citation in doc["citations"]
    ]
    if doc["retraction"]:
        said["retraction"] = {**doc["retraction"], "source": _key_of(doc["retraction"]["source"])}
    return said


def _said(doc: Doc, located: set[int]) -> Doc:
    """The same without what the database adds: roles by tenure, and what was found in texts.

    located: the citations whose place in the text was looked for.
    """
    said = _by_key(doc)
    said["roles"] = stated_roles(said)
    said["citations"] = [
        {name: value for name, value in citation.items() if name != "verification"}
        | {"locator": _place(citation["locator"], FOUND if n in located else ())}
        for n, citation in enumerate(said["citations"])
    ]
    return said


def _key_of(shown: Doc | None) -> str | None:
    return shown["key"] if shown else None


def _roles_by_key(roles: list[Doc]) -> list[Doc]:
    return [{**role, "organization": _key_of(role["organization"])} for role in roles]


def _place(locator: Doc | None, without: Container[str]) -> Doc | None:
    some = {name: value for name, value in (locator or {}).items() if value is not None and name not in without}
    return some or None


def _located(doc: Doc) -> set[int]:
    return {n for n, citation in enumerate(doc["citations"]) if citation["verification"] != "unchecked"}


def changed_fields(old: Doc, new: Doc) -> Doc:
    """The top-level fields in which two documents of a claim differ by what was sent: {field: [old, new]}."""
    located = _located(new)
    return _differing(_said(old, located), _said(new, located))


def changed_documents(old: Doc, new: Doc) -> Doc:
    """The same, by all that is stored: roles by tenure, and what was found in texts."""
    return _differing(_by_key(old), _by_key(new))


def _differing(before: Doc, after: Doc) -> Doc:
    return {
        name: [before[name], after[name]]
        for name in after
        if encode({name: before[name]}) != encode({name: after[name]})
    }


def taken_back(old: Doc, new: Doc, earlier: list[Doc]) -> list[str]:
    """The fields of those that were sent with which an earlier version of a claim comes back. old, new: its documents
    before and after.
    """
    return came_back(changed_fields(old, new), (_said(doc, _located(doc)) for doc in earlier))


def emptied(changes: Doc, *, is_of_group: bool = False) -> list[str]:
    """The fields that a change takes from a claim: `venue`, `said_on.as_stated`, `some of figures`, `stated roles`.

    is_of_group: whether several rows make a claim, so that other elements in a list may be those of other rows.
    """
    found = (
        path
        for name, (old, new) in changes.items()
        for path in (_emptied_roles(old, new) if name == "roles" else _emptied(name, old, new))
    )
    replaced = (
        f"some of {name}" for name, (old, new) in changes.items() if is_of_group and _is_replaced(name, old, new)
    )
    return list(dict.fromkeys(chain(found, replaced)))


def _is_replaced(name: str, old: Any, new: Any) -> bool:
    """Whether elements of a list give way to those of other records."""
    if name == "roles" or not (isinstance(old, list) and isinstance(new, list) and new):
        return False
    return bool(Counter(map(_named_by, old)) - Counter(map(_named_by, new)))


def _emptied_roles(old: list[Doc], new: list[Doc]) -> list[str]:
    """The same of roles. Roles that follow from tenures give way to stated ones, and are not lost by that."""
    before, after = ([role for role in roles if role["basis"] == "stated"] for roles in (old, new))
    if before and after:
        return _emptied("roles", before, after)
    if before and new:
        return ["stated roles"]
    return [] if after else _fewer("roles", old, new)


def _fewer(name: str, old: list[Any], new: list[Any]) -> list[str]:
    return [] if len(new) >= len(old) else [f"some of {name}" if new else name]


def _emptied(name: str, old: Any, new: Any) -> list[str]:
    if new in (None, [], {}):
        return [] if old in (None, [], {}) else [name]
    if isinstance(old, dict) and isinstance(new, dict):
        left = (*ENDS, *(BOUNDS if bounds_follow(old) else ()))  # which follow from others
        return [
            path for part in old if part not in left for path in _emptied(f"{name}.{part}", old[part], new.get(part))
        ]
    if isinstance(old, list) and isinstance(new, list):
        if fewer := _fewer(name, old, new):
            return fewer
        return [path for one, other in _pairs(old, new) for path in _emptied(name, one, other)]
    return []


_NAMING: Final = ("metric", "source", "publisher", "organization", "claim")  # fields that say what an element is of


def _pairs(old: list[Any], new: list[Any]) -> Iterator[tuple[Any, Any]]:
    """The elements of a list, each with what became of it: itself, wherever it stands by now, else one of the same
    record, else that at its place among those that are left.
    """
    for same in (encode, _named_by, lambda _: ""):
        left: dict[str, deque[Any]] = {}
        for element in new:
            left.setdefault(same(element), deque()).append(element)
        rest = []
        for element in old:
            if found := left.get(same(element)):
                yield element, found.popleft()
            else:
                rest.append(element)
        old, new = rest, [element for some in left.values() for element in some]


def _named_by(element: Any) -> str:
    return encode([element.get(name) for name in _NAMING] if isinstance(element, dict) else element)


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
    """Compare `new` with `stored`: (created, updated, retracted, restored or unchanged; the fields that change). Roles
    are those that are stored: where the stated ones go, or the date, those by tenure change.
    """
    if stored is None:
        return ("retracted" if new["retraction"] else "created"), {}
    changes = changed_fields(stored, new)
    if not changes:
        return "unchanged", {}
    roles = [_roles_by_key(doc["roles"]) for doc in (stored, new)]
    if roles[0] != roles[1]:
        changes["roles"] = roles
    action = "updated" if stored["status"] == new["status"] else TURNS[new["status"]]
    return action, changes
