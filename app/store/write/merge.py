"""Merging: a claim, speaker, source or metric becomes part of another, in one revision.

The survivor gains what it lacks, and all that shows the merged record shows the survivor. Names and keys of the merged
one lead to it (see merges.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.domain.quantities.units import parse_unit
from app.domain.record.identifiers import values_of
from app.domain.record.records_in import MAX_LIST, parse_id
from app.errors import BadRecord, NotFound, with_article
from app.store.database.engine import Database
from app.store.database.notices import Notice, Notices
from app.store.database.tables import RecordKey, Speaker
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode, named
from app.store.records.fields import GIVEN
from app.store.records.kinds import NOUNS, SHOWN_ONLY_INSIDE
from app.store.records.names import folded
from app.store.search.records import RESOURCES, noun_of
from app.store.write.finding_speakers import PERSONS
from app.store.write.gains import with_gains
from app.store.write.merge_claims import merge_claims
from app.store.write.not_taken import not_taken_of_record
from app.store.write.resolver import Resolver
from app.store.write.stored_records import Shelf
from app.store.write.writer import Writer
from app.store.write.writing import write_once
from app.store.write.written_warnings import written_warnings


@dataclass(frozen=True)
class Merged:
    """The result of a merge. merged, into: the records, as reported. revision: None of a dry run. changes: counts, as
    revisions have them. warnings: as of any single write, such as of what the survivor keeps of its own, which
    contradicts the other's.
    """

    merged: str
    into: str
    revision: int | None
    changes: dict[str, int]
    warnings: Notices


def merge_records(
    database: Database,
    merged_id: str,
    into_id: str,
    *,
    actor: str = "merge",
    comment: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> Merged:
    """Merge the record `merged_id` into `into_id`, as one revision. at: its time, now by default. dry_run:
    nothing of it is kept.

    Raises NotFound for what is no id of a record; BadRecord where the two cannot be one; Busy and
    NotReady as Database.write does.
    """

    def work(connection: Connection) -> Merged:
        revision = Revision(connection, actor=actor, comment=comment, at=at)
        writer = Writer(revision)
        old, new = merge_into(writer, merged_id, into_id)
        writer.finish()
        writer.require_right()
        warnings = Notices()
        for problem in written_warnings(writer):
            warnings.add(Notice("", 0, problem))
        number = None if dry_run else revision.number
        return Merged(named(old), named(new), number, dict(revision.counts), warnings)

    return write_once(database, work, dry_run=dry_run)


def merge_into(writer: Writer, merged_id: str, into_id: str) -> tuple[Doc, Doc]:
    """Merge a record into another in a revision that is being written; the documents of both before it.

    Raises as merge_records does; the caller finishes the writer.
    """
    resolver = writer.resolver
    prefix = _kind_of(resolver.revision.connection, merged_id, into_id)
    if prefix == "clm":
        return merge_claims(writer, merged_id, into_id)
    shelf = next(one for one, _ in resolver.shelves() if one.prefix == prefix)
    old, new = (_current(shelf, one) for one in (merged_id, into_id))
    if old["id"] == new["id"]:
        raise BadRecord(f"{named(old)} cannot be merged into itself", code="same-record")
    gained = GAINS[prefix](resolver, old, new)
    shelf.merge(merged_id, into_id)
    shelf.change(into_id, gained)
    for problem in not_taken_of_record(prefix, old, new | gained):
        writer.revision.warn(problem)
    for record_id, problem in resolver.taken():
        raise BadRecord(f"{record_id}: {problem}", code=problem.code)
    return old, new


def _kind_of(connection: Connection, *ids: str) -> str:
    """The prefix of both ids."""
    for one in ids:
        if one[:3] not in RESOURCES or parse_id(one, one[:3]) is None:
            told = f"{one[:80]!r} is not the id of a claim, speaker, source or metric; it looks like spk_12"
            raise NotFound(told + _of_key(connection, one))
    kinds = {one[:3]: noun_of(one[:3]) for one in ids}
    if len(kinds) > 1:
        told = " and a ".join(kinds.values())
        raise BadRecord(f"a {told} cannot be one: only records of the same kind are merged", code="wrong-kind")
    return ids[0][:3]


def _of_key(connection: Connection, key: str) -> str:
    """The records that a key is of, where it was given in place of an id."""
    kept = RecordKey
    of_key = select(kept.type, kept.id).where(kept.key == key, kept.type.in_(RESOURCES)).order_by(kept.type, kept.id)
    found = [f"{row.type}_{row.id}" for row in connection.execute(of_key)] if key.isprintable() else []
    return f"; the key is that of {' and '.join(found)}" if found else ""


def _current(shelf: Shelf, record_id: str) -> Doc:
    doc = shelf.get(record_id)
    if doc is not None:
        return doc
    shelf.merges.require_none(record_id)
    raise NotFound(f"there is no {NOUNS[shelf.prefix][:-1]} {record_id}")


# The survivor's gains, as a definition has them. Raises BadRecord where the two cannot be one.


def _blanks(prefix: str, old: Doc, new: Doc, apart: Iterable[str] = ()) -> Doc:
    names = [name for name in GIVEN[prefix] if name not in apart]
    return {name: old[name] for name in names if new[name] in (None, [], {}) and old[name] not in (None, [], {})}


def _of_speaker(_resolver: Resolver, old: Doc, new: Doc) -> Doc:
    _require_kinds(old, new)
    gained = with_gains(new, old)
    for name, size in _sizes(gained).items():
        if size > MAX_LIST:
            raise BadRecord(f"{named(new)} would have {size} {name}; at most {MAX_LIST} are kept", code="too-long")
    # Groups and unnamed speakers belong to one source, and who is known in all of them is none.
    kind = ("kind",) if old["kind"] in SHOWN_ONLY_INSIDE else ()
    return gained | _blanks("spk", old, new, (*gained, *kind, "source"))


def _sizes(gained: Doc) -> dict[str, int]:
    schemes = gained["identifiers"]
    values = {f"identifiers of {scheme}": len(values_of(schemes, scheme)) for scheme in schemes}
    return {name: len(value) for name, value in gained.items()} | values


def _require_kinds(old: Doc, new: Doc) -> None:
    """Persons have no roles for others; and groups and unnamed speakers are known in one source alone."""
    turned = "merge the other way"
    if new["kind"] in PERSONS and old["kind"] not in (*PERSONS, None):
        raise BadRecord(
            f"{named(new)} is {with_article(new['kind'])}, {named(old)} {with_article(old['kind'])}: {turned}",
            code="contradiction",
        )
    if new["kind"] in SHOWN_ONLY_INSIDE and old["kind"] not in SHOWN_ONLY_INSIDE:
        raise BadRecord(
            f"{named(new)} is known in one source only, {named(old)} in all: {turned}", code="contradiction"
        )


def _of_source(resolver: Resolver, old: Doc, new: Doc) -> Doc:
    _require_no_namesakes(resolver, old, new)
    return _blanks("src", old, new)


def _require_no_namesakes(resolver: Resolver, old: Doc, new: Doc) -> None:
    """Groups and unnamed speakers of one name and kind in both sources would be told apart by nothing."""
    known: dict[tuple[str, str], Doc] = {}
    for one in _speakers_in(resolver, new):
        known |= {(one["kind"], folded(name)): one for name in (one["name"], *one["aliases"])}
    for one in _speakers_in(resolver, old):
        for name in (one["name"], *one["aliases"]):
            if same := known.get((one["kind"], folded(name))):
                told = f"both have {with_article(one['kind'])} of the name {name}"
                told = f"{told}: merge {one['id']} into {same['id']} first"
                raise BadRecord(f"{named(old)} and {named(new)}: {told}", code="contradiction")


def _speakers_in(resolver: Resolver, source: Doc) -> list[Doc]:
    """The current speakers that are known in a source alone."""
    inside = select(Speaker.doc).where(Speaker.source_id == parse_id(source["id"], "src"), Speaker.until.is_(None))
    return [decode(text) for text in resolver.revision.connection.execute(inside).scalars()]


def _of_metric(resolver: Resolver, old: Doc, new: Doc) -> Doc:
    unit: str | None = new["unit"] or old["unit"]
    for metric in (old, new):
        other = unit and (metric["unit"] or resolver.other_unit(metric["id"], unit))
        if unit and other and parse_unit(other).dimension != parse_unit(unit).dimension:
            told = f"{named(metric)} has figures in {parse_unit(other)}, and {parse_unit(unit)} is of another dimension"
            raise BadRecord(told, code="wrong-dimension")
    resolver.units.tell_merged(old, new)
    return _blanks("met", old, new)


GAINS: dict[str, Any] = {"spk": _of_speaker, "src": _of_source, "met": _of_metric}
