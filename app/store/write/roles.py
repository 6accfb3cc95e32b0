"""The roles of a claim that states none: those that follow from the tenures of its speaker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.domain.record.derived import CODE
from app.domain.record.patches import HELD
from app.domain.record.tenures import must_cover
from app.errors import Problem
from app.store.records.document import Doc, stated_roles
from app.store.records.names import folded


def fill_roles(doc: Doc, records: Mapping[str, Doc]) -> None:
    """Where no role is stated, the roles are those of the speaker's tenures that must have covered all of said_on.

    Roles with basis `tenure` are made anew each time: what a document had of them counts for nothing.
    """
    stated = stated_roles(doc)
    speaker = records[doc["speaker"]["id"]] if doc["speaker"] else None
    doc["roles"] = stated or (roles_by_tenure(speaker, doc["said_on"]) if speaker else [])


def roles_by_tenure(speaker: Doc, said_on: Doc | None) -> list[Doc]:
    """The roles that a speaker must have had on every day of a date, in the order of the tenures, each once."""
    roles: dict[tuple[str, str | None], Doc] = {}
    for tenure in speaker["tenures"]:
        if must_cover(_edtf(tenure["since"]), _edtf(tenure["until"]), _edtf(said_on)):
            organization = tenure["organization"]
            role = {"title": tenure["title"], "organization": organization, "status": "current"}
            office = folded(tenure["title"]), organization and organization["id"]
            roles.setdefault(office, role | {"as_stated": None, "basis": "tenure"})
    return list(roles.values())


def leave_to_tenures(doc: Doc, named: Sequence[Sequence[str]], records: Mapping[str, Doc]) -> Iterator[Problem]:
    """Take the roles from a claim that a row names without a basis, and were by tenure, where they all follow still;
    problems of those that do not, and are stated by that. named: the parts that the row names of each.

    So a row gives the same, however often it is imported: what it names it finds again, by tenure or stated.
    """
    if not named:
        return
    speaker = records[doc["speaker"]["id"]] if doc["speaker"] else None
    follow = roles_by_tenure(speaker, doc["said_on"]) if speaker else []
    lost = [
        (n, role)
        for n, (role, parts) in enumerate(zip(doc["roles"], named, strict=True))
        if not any(_agree(role, other, parts) for other in follow)
    ]
    if not lost:
        doc["roles"] = []
    for n, role in lost:
        told = f"the role {role['title']} is stated from now on, for it follows no more from what the speaker held"
        yield Problem(("roles", n), "role-stated", f"{told}: give the roles without it to have none")


def _agree(role: Doc, other: Doc, parts: Sequence[str]) -> bool:
    """Whether two roles have the same title, and the same organization, as far as these are among the parts."""
    same_title = "title" not in parts or role["title"] == other["title"]
    own, others = (one["organization"] and one["organization"]["id"] for one in (role, other))
    return same_title and ("organization" not in parts or own == others)


def unread_roles(given: Iterable[tuple[int, Doc]], speaker: Doc | None) -> Iterator[Problem]:
    """Problems of roles by tenure that a claim is given with, by their positions, and that follow from no tenure of its
    speaker at any time. Roles by a tenure of another time are passed over: they are of before an edit of the date.
    """
    for n, role in given:
        follows = role["status"] == "current" and role["as_stated"] is None
        if not follows or not any(_is_of(role, tenure) for tenure in (speaker["tenures"] if speaker else ())):
            yield Problem(("roles", n), CODE, HELD)


def _is_of(role: Doc, tenure: Doc) -> bool:
    """Whether a role, as it is given, has the title and organization of a tenure."""
    given, held = role["organization"], tenure["organization"]
    if folded(role["title"] or "") != folded(tenure["title"]) or not (given and held):
        return folded(role["title"] or "") == folded(tenure["title"]) and given == held
    known_by = next(name for name in ("key", "id", "name") if given.get(name) is not None)
    return folded(str(given[known_by])) == folded(held[known_by])


def _edtf(when: Doc | None) -> str | None:
    return when["edtf"] if when else None
