"""One change of one record: created, put, patched, merged. Single records are changed by these alone, within the
writing transaction (see writing.py); files go to the same Writer and Resolver.

A client that edits a record has read it. So the lists of a speaker are set whole here, where a file's definition takes
away what the last one gave alone; and a retraction is taken back where a change says so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from sqlalchemy import Connection

from app.domain.record.patches import STAYS
from app.domain.record.records_in import MAX_LIST, parse_id
from app.errors import BadRecord, Duplicate, Gone, Merged, NamedRecord, NotFound, OnRecordError, PartOfAnother, Problem
from app.store.history.doors import REQUESTS
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode, named
from app.store.records.fields import GIVEN
from app.store.search.records import RESOURCES, noun_of, read_record
from app.store.write.amending import Given, current_claims
from app.store.write.compare_records import changed_in
from app.store.write.definitions import LISTS
from app.store.write.expected import Expected, require_expected, require_none_expected
from app.store.write.merge import merge_into
from app.store.write.outcomes import RETRACTION, Outcome, warnings_of
from app.store.write.writer import Writer
from app.store.write.written_warnings import written_warnings

ROW: Final = 0  # the number of the one row
OWN: Final = {  # by the type of a record, what tells another one from it
    "clm": "a key of its own",
    "spk": "a key of its own",
    "src": "a key and an address of its own",
    "met": "a key and a name of its own",
}
WORDS: Final = frozenset(("quote", "paraphrase"))  # the fields that a claim without a key of its own is known by
NOT_SENT: Final = ("source", "text_sha256")  # fields of definitions that follow from others


class Author(NamedTuple):
    """The maker of a revision, with a note for its history. at: its time, now by default."""

    actor: str
    comment: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The result of a change: the record's id; created, revived, updated, unchanged, retracted, restored or merged; the
    fields that it changed, {field: [old, new]}; and what people should look at.
    """

    id: str
    action: str
    changes: Doc = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether the record was made: a claim may be retracted from the beginning."""
        return self.action in ("created", "revived") or (self.action == "retracted" and not self.changes)


class Edit(ABC):
    """A change of a record of one type. Errors: NotFound; Duplicate where a record that is to be made is there;
    PartOfAnother where one that is to be changed was merged; IfMatchNeeded and Stale as require_expected; BadRecord
    with everything that is wrong, by its place in the record.
    """

    def __init__(self, connection: Connection, prefix: str, author: Author) -> None:
        self.prefix = prefix
        self.connection = connection
        self.revision = Revision(connection, actor=author.actor, comment=author.comment, at=author.at)
        self.revision.door = REQUESTS
        self.writer = Writer(self.revision, force=True)
        self._stored: Doc | None = None  # the record that is changed
        self._asked: set[str] = set()  # the fields that a patch names: that one of them is as it was before is no news
        self._is_whole = False  # whether what is given replaces all of it

    def create(self, given: Given, named_id: str | None = None) -> Edited:
        """Make a record. named_id: the id that it was sent with. Without a key that may be meant for a stored one."""
        key = (given.doc or {}).get("key")
        found = self._of_key(key) if key else self._of_id(named_id)
        if found:
            raise self._exists(found)
        done = self._make(given)
        if not done.is_new:
            is_same = bool(key) or WORDS.isdisjoint(done.changes)
            raise self._exists(done.id, "" if is_same else "it was recorded with these words, and has others by now; ")
        return done

    def put(self, key: str, given: Given, expected: Expected | None) -> Edited:
        """Make the record with a key, or replace it whole."""
        found = self._of_key(key)
        if found is None:
            require_none_expected(expected, f"the {noun_of(self.prefix)} with the key {key}")
            return self._make(given)
        doc = self._current(found)
        if doc is None:
            raise self._taken(found)
        require_expected(self.connection, doc, expected, given.expects)
        self._stored, self._is_whole = doc, True
        return self._make(given)

    def patch(self, record_id: str, given: Given, expected: Expected | None) -> Edited:
        """Set the fields of a record that are given; the rest stays."""
        doc = self._known(record_id)
        require_expected(self.connection, doc, expected, given.expects)
        self._stored, self._asked = doc, {*given.named, *(given.doc or ())}
        if not self._asked.isdisjoint(RETRACTION):
            self._asked.update(RETRACTION)
        self.writer.resolver.changes.asked[record_id] = self._asked
        return self._make(given)

    def merge(self, record_id: str, into_id: str, expected: Expected | None) -> Edited:
        """Make a record part of another. A merge may say what it was made from."""
        self._require_different(record_id, into_id)
        doc = self._known(record_id)
        if expected is not None:
            expected.require(self.connection, doc)
        try:
            read_record(self.connection, self.prefix, into_id)
        except Merged:
            raise self._part(into_id, "name {} in `into` if that one is meant") from None
        except Gone as error:
            raise self._ended(into_id, error) from None
        except NotFound as error:
            raise BadRecord(error.detail, [Problem(("into",), "unknown-id", error.detail)], code="unknown-id") from None
        merge_into(self.writer, record_id, into_id)
        return self._finish(Outcome("merged", into_id, ""))

    def key_of(self, record_id: str) -> str:
        """The key of a record."""
        key: str = self._known(record_id)["key"]
        return key

    def _require_different(self, record_id: str, into_id: str) -> None:
        """Raise PartOfAnother for two that are one by an earlier merge: a request that is sent again, or turned."""
        survivor = self.writer.resolver.merges.survivor
        for one in (record_id, into_id):
            if self._into(one) and survivor(record_id) == survivor(into_id):
                raise self._part(one, "there is nothing left to merge")

    def _known(self, record_id: str) -> Doc:
        """The current document of a record. Raises NotFound where there is none, and PartOfAnother for one that was
        merged.
        """
        doc = self._current(record_id)
        try:
            return doc or decode(read_record(self.connection, self.prefix, record_id).document)
        except Merged:
            raise self._part(record_id) from None
        except Gone as error:
            raise self._ended(record_id, error) from None

    def _ended(self, record_id: str, error: Gone) -> Gone:
        """The error of a change of a record that has ended, with the ways back."""
        if error.code != "undone":
            return error
        undo = f"POST /v1/revisions/{self.revision.end_of(record_id)}/undo takes that back"
        key = f"PUT /v1/{RESOURCES[self.prefix]}/by-key/{quote(self.revision.key_of(record_id))}"
        return Gone(f"{error.detail}, and is not changed: {undo}, and {key} records it again", code=error.code)

    # Different for claims and what they refer to

    @abstractmethod
    def _current(self, record_id: str) -> Doc | None:
        """The current document of a record; None for one that was merged."""

    @abstractmethod
    def _make(self, given: Given) -> Edited:
        """Write what is given."""

    # Shared

    def _of_key(self, key: str) -> str | None:
        """The id of the record with a key, be it merged into another."""
        found = self.revision.id_of(self.prefix, key)
        return found if found and (self._current(found) or self._into(found)) else None

    def _of_id(self, record_id: str | None) -> str | None:
        """The same id, where it is that of a record, be it merged into another."""
        is_id = record_id is not None and parse_id(record_id, self.prefix)
        return record_id if record_id and is_id and (self._current(record_id) or self._into(record_id)) else None

    def _into(self, record_id: str) -> str | None:
        return self.writer.resolver.merges.into(record_id)

    def _part(self, record_id: str, right: str = "") -> PartOfAnother:
        """The error where a record is part of another that was to be changed. right: what to do, with {} for the
        survivor; to send the request for that, by default.
        """
        part, into = (
            NamedRecord(one, self.revision.key_of(one))
            for one in (record_id, self.writer.resolver.merges.survivor(record_id))
        )
        right = (right or "send the request for {} if that one is meant").format(into.id)
        told = f"{part} was merged into {into}, and is changed no more: {right}"
        return PartOfAnother(told, RESOURCES[self.prefix], into.id, into.key)

    def _taken(self, record_id: str) -> PartOfAnother:
        """The same where a record was to be made: it may be meant for another."""
        return self._part(record_id, f"change {{}} if that one is meant; {OWN[self.prefix]} makes another")

    def _exists(self, record_id: str, why: str = "") -> OnRecordError:
        """The error where a record is there that was to be made. why: it is that one, where one cannot see it."""
        doc = self._current(record_id)
        if doc is None and self._into(record_id):
            return self._taken(record_id)
        told = named(doc) if doc else record_id
        change = f"PATCH /v1/{RESOURCES[self.prefix]}/{record_id} changes it"
        return Duplicate(
            f"this {noun_of(self.prefix)} is there: {told}; {why}{change}, {OWN[self.prefix]} makes another"
        )

    def _finish(self, outcome: Outcome | None) -> Edited:
        """Write the rest, and give the result. Raises BadRecord where anything is wrong."""
        self.writer.finish()
        self.writer.require_right()
        outcome = outcome or self.writer.outcomes.take()[ROW]
        if outcome.merged:
            raise self._taken(outcome.merged)
        is_back = outcome.action == "created" and self.revision.is_older(outcome.id)
        action = "revived" if is_back else outcome.action
        return Edited(outcome.id, action, outcome.changes, tuple(self._warnings(outcome)))

    def _warnings(self, outcome: Outcome) -> Iterator[Problem]:
        back = [name for name in outcome.taken_back if name not in self._asked]
        yield from warnings_of(replace(outcome, taken_back=back))
        yield from written_warnings(self.writer)


class ClaimEdit(Edit):
    """A change of a claim. given: the claim, or what a patch names of it."""

    def __init__(self, connection: Connection, author: Author) -> None:
        super().__init__(connection, "clm", author)

    def _current(self, record_id: str) -> Doc | None:
        found = current_claims(self.connection, [record_id])
        return found[record_id].doc if record_id in found else None

    def _make(self, given: Given) -> Edited:
        self.writer.put_rows([given])
        return self._finish(None)


class DefinitionEdit(Edit):
    """A change of a speaker, source or metric. given: the fields of its definition, in `doc`."""

    def __init__(self, connection: Connection, prefix: str, author: Author) -> None:
        super().__init__(connection, prefix, author)
        self._shelf = next(one for one, _ in self.writer.resolver.shelves() if one.prefix == prefix)

    def _current(self, record_id: str) -> Doc | None:
        return None if self._into(record_id) else self._shelf.get(record_id)

    def _make(self, given: Given) -> Edited:
        old, doc = self._stored, given.doc or {}
        if self._is_whole:
            doc = dict.fromkeys(name for name in GIVEN[self.prefix] if name not in NOT_SENT) | doc
        elif old is not None and doc.get("identifiers") is not None:
            doc = doc | {"identifiers": _merged(old["identifiers"], doc["identifiers"], given)}
        resolver = self.writer.resolver
        self.revision.row = ROW
        if old and old.get("text_sha256") and given.named.get("text", "") is None:
            told = f"{named(old)} keeps its text: no edit takes one away; onrecord purge does, with the source"
            self.revision.warn(Problem(("text",), STAYS, told))
        for one in given.unread:
            if not one.is_shown(old):
                self.revision.warn(one.problem)
        if old is not None and self.prefix == "spk":  # the lists that are given are set whole
            own = {name: old[name] for name in LISTS if name in doc}
            resolver.definitions.note(old["id"], resolver.definitions.lists_in(own))
        define = {"spk": resolver.define_speaker, "src": resolver.define_source, "met": resolver.define_metric}
        record_id, did = define[self.prefix](doc)
        resolver.settle_former_names()
        if wrong := [problem for one, problem in resolver.taken() if one == record_id]:
            raise BadRecord.of(wrong)
        new = self._shelf.get(record_id)  # none of one that was merged
        changes = changed_in(self.prefix, old, new) if old and new else {}
        part_of_it = resolver.merged_definition
        return self._finish(Outcome(did, record_id, (new or {}).get("key", ""), changes, merged=part_of_it))


def _merged(stored: Doc, named: Doc, given: Given) -> Doc:
    """Identifiers with those of a patch (RFC 7396), without those that it has null. Raises BadRecord."""
    gone = given.named.get("identifiers", {})
    merged = {name: value for name, value in (stored | named).items() if name not in gone}
    if len(merged) > MAX_LIST:
        told = f"{len(merged)} schemes with those that are stored; at most {MAX_LIST} are kept: null takes one away"
        raise BadRecord(told, [Problem(("identifiers",), "too-long", told)], code="too-long")
    return merged


Change = Callable[[Edit], Edited]  # what a request does with an Edit
