"""The roles of a claim that states none: those that follow from the tenures of its speaker."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.record.tenures import must_cover
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


def _edtf(when: Doc | None) -> str | None:
    return when["edtf"] if when else None
