"""Rows that name some fields of a claim → the whole claim as it is to be stored, under the writer lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from app.domain.record.derived import Unread, read_record
from app.domain.record.patches import STAYS, Amendment
from app.domain.record.records_in import ClaimIn, parse_id
from app.domain.record.sent import FOUND, SAME, as_sent
from app.domain.record.short_forms import set_members
from app.errors import BadValue, FieldPath, Problem
from app.store.database.fetching import fetch_rows
from app.store.history.doors import Door
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode, encode, held_roles, render_claim
from app.store.records.fields import CLAIM_FIELDS, STAMPS
from app.store.write.flags import Flags
from app.store.write.grouped_thousands import without_places
from app.store.write.links import name_by_key
from app.store.write.moved_citations import Located, located_in
from app.store.write.prepared import Prepared

LAST_CITATION = (
    "this is the last citation, and a claim has one at least: name another source in its place (its key, url or title),"
    " or retract the claim (retraction.kind)"
)

_CURRENT: Final = (
    "SELECT number, facts_hash, doc FROM claims JOIN documents USING (number) WHERE until IS NULL AND {} IN ??"
)
_LAST: Final = (
    "SELECT doc FROM claims c JOIN documents USING (number)"
    " WHERE c.id IN ?? AND c.since = (SELECT max(since) FROM claims WHERE id = c.id)"
)


@dataclass(slots=True)
class Stored:
    """A claim's current version. facts_hash: of what the index has of it."""

    number: int
    facts_hash: int
    doc: Doc


def current_claims(connection: Connection, ids: Iterable[str]) -> dict[str, Stored]:
    """The current versions of claims, by id."""
    numbers = [number for one in ids if (number := parse_id(one, "clm"))]
    rows = fetch_rows(connection, _CURRENT.format("id"), numbers) if numbers else []
    versions = (Stored(number, facts_hash, decode(doc)) for number, facts_hash, doc in rows)
    return {version.doc["id"]: version for version in versions}


def last_claims(connection: Connection, ids: Iterable[str]) -> dict[str, Doc]:
    """The documents of the last versions of claims that have no current one, by id."""
    numbers = [number for one in ids if (number := parse_id(one, "clm"))]
    docs = [decode(doc) for (doc,) in fetch_rows(connection, _LAST, numbers)] if numbers else []
    return {doc["id"]: doc for doc in docs}


def current_versions(connection: Connection, numbers: list[int]) -> list[Stored]:
    """The current ones of these versions, in the order of their numbers."""
    rows = fetch_rows(connection, _CURRENT.format("number") + " ORDER BY number", numbers)
    return [Stored(number, facts_hash, decode(doc)) for number, facts_hash, doc in rows]


class Given(msgspec.Struct, frozen=True):  # made in a sixth of the time that a frozen dataclass takes
    """A row for the writer, with the caller's number. doc: the claim that it tells by itself, as `render_claim` gives
    it; None where it is too little for one. patch: what it names, where the rest is to stay: the `cells` of a table or
    the `members` of an object (see domain/patches.py). expects: the version that it was made from, if it says so.
    prepared: what follows from `doc` alone, where it is known. held: roles by tenure that it was given with.
    restores: whether it may take a retraction back.
    tenured: where the roles of `doc` may follow from tenures, the parts that the row names of each. moved: citations
    of a stored claim whose source the row names, as located_in gives them. unread: values that are not read, and
    are told unless the stored claim has them. grouped: see grouped_in.
    """

    row: int
    doc: Doc | None
    patch: Doc | None = None
    expects: int | None = None
    prepared: Prepared | None = None
    held: Sequence[tuple[int, Doc]] = ()
    restores: bool = False
    tenured: Sequence[Sequence[str]] = ()
    moved: Sequence[Located] = ()
    unread: Sequence[Unread] = ()
    grouped: Sequence[str] = ()

    @property
    def named(self) -> Doc:
        """The patch's fields."""
        patch: Doc = self.patch or {}
        named: Doc = patch.get("cells") or patch.get("members") or {}
        return named

    @property
    def key(self) -> str | None:
        """The key of the claim that it names."""
        return self.named.get("key")

    @property
    def id(self) -> str | None:
        """The id of the claim that it names; a key that stands beside it decides."""
        return None if self.key else self.named.get("id")


class Amender:
    """Puts stored claims under the rows that name some of their fields.

    refuse: is told what is wrong with a row; nothing, where it is too little for a claim of its own and none is stored.
    """

    def __init__(self, revision: Revision, refuse: Callable[[int, list[Problem]], None]) -> None:
        self._refuse = refuse
        self._revision = revision
        self._amended = Flags()  # rows that a stored claim is put under
        self._amendments: dict[int, Amendment] = {}  # of the rows whose lists shrank or grew

    def amend(self, given: list[Given]) -> list[Given]:
        """The rows, each with the whole claim: those that name a stored one, by key or id, with that under them."""
        patches = [one for one in given if one.patch is not None]
        if not patches:
            return given
        self._revision.find_keys("clm", [one.key for one in patches if one.key])
        ids = {one.row: found for one in patches if (found := self._id_of(one))}
        stored = current_claims(self._revision.connection, ids.values())
        whole = (self._whole(one, stored.get(ids.get(one.row, ""))) for one in given)
        return [one for one in whole if one is not None]

    def amend_found(self, rows: dict[int, Given], ids: dict[int, str]) -> dict[int, Given]:
        """The rows that name no claim, and were found to tell stored ones, with the whole claims. ids: of the stored
        ones, by row.
        """
        stored = current_claims(self._revision.connection, ids.values())
        whole = {row: self._onto(rows[row], stored[one].doc) for row, one in ids.items() if one in stored}
        return {row: one for row, one in whole.items() if one}

    def place_of(self, row: int, path: FieldPath) -> FieldPath | None:
        """The place in a row of a place in its whole claim; None for a row that tells a claim by itself."""
        if row not in self._amended:
            return None
        amendment = self._amendments.get(row)
        return amendment.place_of(path) if amendment else path

    def _id_of(self, given: Given) -> str | None:
        return self._revision.id_of("clm", given.key) if given.key else given.id

    def _whole(self, given: Given, stored: Stored | None) -> Given | None:
        if stored and given.patch is not None:
            return self._onto(given, stored.doc)
        if given.id is not None:
            detail = f"there is no claim {given.id[:80]}; give its key, or leave the id out for a new one"
            self._refuse(given.row, [Problem(("id",), "unknown-id", detail)])
            return None
        if given.doc is None:
            self._refuse(given.row, [])
            return None
        return given

    def _onto(self, given: Given, doc: Doc) -> Given | None:
        self._amended.add(given.row)
        self._revision.row = given.row
        try:
            fields, tenured = self._fields(given, doc)
        except BadValue as error:
            self._refuse(given.row, [Problem((), "bad-value", str(error))])
            return None
        fields = _restoring(fields, given.named, doc) if given.restores else self._without_restoring(fields, doc)
        if fields.get("citations", SAME) in ([], None):
            place = ("citations", 0, "source") if "cells" in (given.patch or {}) else ("citations",)
            self._refuse(given.row, [Problem(place, "missing", LAST_CITATION)])
            return None
        expects = {name: value for name, value in given.named.items() if name == "version" and value is not None}
        if not fields and not expects:
            return replace(given, doc=as_rendered(doc), prepared=None, held=(), unread=())
        claim, problems, unread = read_record(ClaimIn, as_sent(doc) | fields | expects)
        self._warn([one.problem for one in unread if not one.is_shown(doc)])
        if claim is None:
            self._refuse(given.row, problems)
            return None
        whole: Doc = decode(encode(render_claim(claim)))
        kept = {name: value for name, value in as_rendered(doc).items() if name not in (*fields, "status")}
        held = held_roles(claim)
        moved = located_in(given.named, len(whole["citations"]), lambda path: self.place_of(given.row, path) or path)
        whole |= kept
        given = replace(given, doc=whole, expects=claim.version, prepared=None, unread=())
        if "cells" in (given.patch or {}):
            given = replace(given, grouped=without_places(given.grouped))
        return replace(given, held=held, tenured=tenured, moved=moved)

    def _without_restoring(self, fields: Doc, doc: Doc) -> Doc:
        """The fields without what would bring a retracted claim back, of which is warned."""
        restoring = {
            name
            for name, values in (("retraction", (None,)), ("status", ("active", None)))
            if fields.get(name, SAME) in values
        }
        if doc["retraction"] is None or not restoring:
            return fields
        self._revision.warn(stays_retracted(doc["key"], self._revision.door))
        return {name: value for name, value in fields.items() if name not in restoring}

    def _fields(self, given: Given, doc: Doc) -> tuple[Doc, list[list[str]]]:
        """The fields that a row sets in a stored claim, and the parts that it names of roles by tenure."""
        if given.id and given.named.get("key", "") is None:
            self._warn([Problem(("key",), STAYS, f"{doc['key']} keeps its key: a key is its claim's for ever")])
        if given.patch is None or "cells" not in given.patch:
            return set_members(doc, given.named), []
        amendment = Amendment(doc, given.named)
        if amendment.places:
            self._amendments[given.row] = amendment
        self._warn(amendment.notes)
        roles = {"roles": [role for role, _ in amendment.tenured]} if amendment.tenured else {}
        return amendment.fields | roles, [parts for _, parts in amendment.tenured]

    def _warn(self, notes: list[Problem]) -> None:
        for note in notes:
            self._revision.warn(note)


def _restoring(fields: Doc, named: Doc, doc: Doc) -> Doc:
    """The fields, which take away the retraction of a stored claim where the row says that the claim is active."""
    if named.get("status") != "active":
        return fields
    rest = {name: value for name, value in fields.items() if name != "retraction"}
    return rest | ({"retraction": None} if doc["retraction"] else {})


def stays_retracted(key: str, door: Door) -> Problem:
    """The warning of a row that says nothing of the retraction of its claim, or would take it back."""
    return Problem(("retraction",), "stays-retracted", f"{key} stays retracted: {door.restore}")


def as_rendered(doc: Doc) -> Doc:
    """A stored claim's document as `render_claim` gave it: references by key, no stamps, no places that were found."""
    own = decode(encode(doc))  # a copy, faster than copy.deepcopy makes it
    name_by_key(own)
    for citation in own["citations"]:
        locator: dict[str, Any] | None = citation["locator"]
        if locator and citation["verification"] != "unchecked":
            locator |= dict.fromkeys(FOUND)
        if not any(value is not None for value in (locator or {}).values()):
            citation["locator"] = None
    kept = ("key", *(name for name in CLAIM_FIELDS if name not in ("id", "version", *STAMPS)))
    return dict.fromkeys(CLAIM_FIELDS) | {name: own[name] for name in kept}
