"""Short forms of a claim: `role` is the first of `roles`; `source`, `locator`, `via` are parts of the first citation.

A row of a table gives them as cells, an object that is merged into a stored claim as members.
"""

from __future__ import annotations

from typing import Any

from app.domain.record.records_in import SHORT_FORMS, Locator
from app.domain.record.removals import whole_of
from app.domain.record.sent import SAME, STAMPS, as_sent
from app.errors import BadValue

Doc = dict[str, Any]


def long_forms(cells: Doc) -> Doc:
    """Cells with `role` as the first of `roles`, and `source`, `locator`, `via` as parts of the first citation.

    Raises BadValue where a row gives both forms.
    """
    found = {name: cell for name, cell in cells.items() if name not in SHORT_FORMS}
    _move(found, "roles", cells.get("role", SAME), "role")
    first = {name: cells[name] for name in SHORT_FORMS[1:] if name in cells}
    _move(found, "citations", first or SAME, ", ".join(first))
    return found


def _move(cells: Doc, name: str, first: Any, short: str) -> None:
    if first is SAME:
        return
    long, given = whole_of(cells.get(name)), whole_of(first)
    if long and given:
        raise BadValue(f"give {short} or {name}, not both")
    if not long and (given or name not in cells):
        cells[name] = [[0, first]]


def set_members(doc: Doc, members: Doc) -> Doc:
    """The fields that the members of an object name, as ClaimIn reads them, for a stored claim.

    Lists, references and dates are set whole; a retraction and a locator are merged, as RFC 7396 has it. Short forms
    are of the first role or citation; a role that is null leaves none.
    """
    fields = {name: value for name, value in members.items() if name not in (*STAMPS, *SHORT_FORMS)}
    sent = as_sent(doc)
    if isinstance(fields.get("retraction"), dict):
        fields["retraction"] = (sent["retraction"] or {}) | fields["retraction"]
    if "role" in members:
        role = members["role"]  # none at all where null: to take the first alone would take another each time
        _set_list(fields, "roles", [] if role is None else [role, *sent["roles"][1:]], "role")
    named = {name: members[name] for name in SHORT_FORMS[1:] if name in members}
    if "source" in named and named["source"] is None:
        raise BadValue(
            "source: null names no source, and each citation has one: name another, or give `citations` without this"
            " one; the last is not taken away: retract the claim instead (retraction.kind)"
        )
    if named:
        citation = sent["citations"][0]
        if isinstance(named.get("locator"), dict):
            named["locator"] = (citation["locator"] or {}) | named["locator"]
        _set_list(fields, "citations", [citation | named, *sent["citations"][1:]], ", ".join(named))
    return fields


def located(named: Doc) -> dict[int, set[str]]:
    """The citations of which a row names the source, by position, with the parts that it gives of their locators.
    named: the members of an object, or the cells of a row. A list that an object gives is whole, and needs none.
    """
    cells = named.get("citations")
    pairs = (one for one in cells if isinstance(one, list | tuple)) if isinstance(cells, list) else ()
    said = {n: cell for n, cell in pairs if isinstance(cell, dict)}
    first = {name: named[name] for name in SHORT_FORMS[1:] if name in named}
    if first:
        said[0] = said.get(0, {}) | first
    return {n: _given_of(one.get("locator", {})) for n, one in said.items() if one.get("source") is not None}


def _given_of(locator: Any) -> set[str]:
    return set(locator if isinstance(locator, dict) else Locator.model_fields)


def _set_list(fields: Doc, name: str, value: list[Any], short: str) -> None:
    if fields.get(name):
        raise BadValue(f"give {short} or {name}, not both")
    fields[name] = value
