"""The stored speakers, sources or metrics, as one revision finds and changes them.

Over 350 lines: finding and changing share what is held of the stored records, which nothing else may see half changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import insert, select

from app.domain.record.identifiers import joined, pairs_of
from app.domain.record.records_in import parse_id
from app.errors import BadRecord, Problem
from app.store.database import tables
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import fetch_rows
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc, decode, encode
from app.store.records.fields import BLANK, GIVEN
from app.store.records.identity import find_handles, handles_of, may_share, own_handles
from app.store.records.kinds import NOUNS, TABLES
from app.store.records.rows import number_of
from app.store.write.contradictions import agrees, contradiction
from app.store.write.ends import note_ended
from app.store.write.followed_fields import followed_fields
from app.store.write.merges import Merges
from app.store.write.record_fields import or_blank, require_kept
from app.store.write.record_versions import RecordVersions

MOST_HELD = 10_000  # records and names in memory, of each type
MOST_ROWS = 200_000  # changed records whose rows are remembered


@dataclass
class Held:
    """A record in memory. stored: the document as the database has it; None for a new one. ended: the last one of a
    record that had ended, and comes back. Parts of documents are replaced, never changed, so that they may share them.
    """

    doc: Doc
    stored: Doc | None = None
    ended: Doc | None = None


class Shelf:
    """The current records of one type (`spk`, `src`, `met`), found by id or name, and written back by `flush`."""

    def __init__(self, revision: Revision, prefix: str, merges: Merges, index: IndexWriter) -> None:
        self.revision = revision
        self._versions = RecordVersions(revision.connection, index, prefix)
        self.merges = merges
        self.prefix = prefix
        self.table = TABLES[prefix]
        self._followed = followed_fields(prefix)
        self.texts: dict[str, str] = {}  # of sources, by SHA-256, to be stored
        self.changed: set[str] = set()  # ids of stored records of which what claims show changed, or that were merged
        self.written: Callable[[Doc], None] = lambda _doc: None  # is given each document that is written
        self.changing: Callable[[list[Doc]], None] = lambda _docs: None  # and before, those that replace stored ones
        self.rows: dict[str, int] = {}  # the rows that changed stored records, by id: of definitions, else the first
        self.with_new_text: set[str] = set()  # ids of sources that were given another text in this revision
        self._held: dict[str, Held] = {}
        self._named: dict[str, list[str]] = {}
        self._dirty: dict[str, None] = {}
        self._edited: set[str] = set()  # ids of records of which more changed than what they show of others
        self._doomed: set[str] = set()  # ids of records that cannot be written: all is rolled back at the end

    def get(self, record_id: str) -> Doc | None:
        """The current document of a record."""
        try:
            return self.doc(record_id)
        except KeyError:
            return None

    def last(self, record_id: str) -> Doc | None:
        """The same, and of a merged record its last."""
        return self.merges.last(record_id) or self.get(record_id)

    def name(self, record_id: str) -> str:
        """A record as messages name it."""
        return self.revision.told(record_id, (self.last(record_id) or {}).get("key") or "")

    def doc(self, record_id: str) -> Doc:
        """The same of a record that there is. Raises KeyError for another."""
        if record_id not in self._held:
            self._read({record_id})
        return self._held[record_id].doc

    def named(self, *handles: str, most: int | None = None) -> list[str]:
        """The ids of the records that go by handles (see `handles_of`), `most` of each, and of the merged that did."""
        found: list[str] = []
        for handle in handles:
            found += self._current(handle)[:most]
        for handle in handles:
            found += self.merges.named(self.prefix, handle)
        return found

    def note_new(self, handle: str) -> None:
        """Note that no stored record goes by a handle, which then is not looked up."""
        self._named.setdefault(handle, [])

    def is_unwritten(self, record_id: str) -> bool:
        """Whether a record is new, and not written so far."""
        held = self._held.get(record_id)
        return held is not None and held.stored is None

    def _current(self, handle: str) -> list[str]:
        if handle not in self._named:
            self.hold(set(), [handle])
        return self._named[handle]

    def hold(self, ids: set[str], handles: Iterable[str]) -> None:
        """Look up many records at once, by id and by handle, for `get` and `named`."""
        unknown = [handle for handle in handles if handle not in self._named]
        found: dict[str, set[int]] = {handle: set() for handle in unknown}
        for handle, number in find_handles(self.revision.connection, self.prefix, unknown):
            found[handle].add(number)
        named = {handle: [f"{self.prefix}_{number}" for number in sorted(numbers)] for handle, numbers in found.items()}
        self._read({one for one in (*ids, *(one for some in named.values() for one in some)) if one not in self._held})
        for handle, some in named.items():  # a changed record may have another name
            self._named[handle] = [one for one in some if handle in handles_of(self.prefix, self.get(one) or {})]

    def _read(self, ids: set[str]) -> None:
        numbers = [number for one in ids if (number := parse_id(one, self.prefix))]
        statement = f"SELECT doc FROM {self.table.__tablename__} WHERE until IS NULL AND id IN ??"  # noqa: S608  # one of three
        for (text,) in fetch_rows(self.revision.connection, statement, numbers) if numbers else ():
            stored = decode(text)
            self._held[stored["id"]] = Held(dict(stored), stored)

    def stored(self, record_id: str) -> Doc | None:
        """The document of a record in memory as it was last written; None for a new one."""
        return self._held[record_id].stored

    def held(self) -> Iterable[str]:
        """The ids of the records in memory."""
        return self._held.keys()

    def forget(self) -> None:
        """Let go of what is held, where that is much; it is all written, and can be read again."""
        if len(self._held) + len(self._named) > MOST_HELD and not (self._dirty or self._doomed):
            self._held, self._named = {}, {}

    def some_names(self, limit: int = 2000) -> set[str]:
        """Names of records of this type, for suggestions."""
        table = self.table
        if table is tables.Source:
            return set()
        names = select(table.name).where(table.until.is_(None)).limit(limit)  # type: ignore[union-attr]  # by the test
        held = {held.doc["name"] for held in self._held.values()}
        return held | set(self.revision.connection.execute(names).scalars())

    def add(self, key: str, fields: Doc) -> str:
        """Make a record with this key, or the next version of one that had it and ended; its id."""
        record_id = self.revision.new_id(self.prefix, key)
        ended = self._last_stored(record_id) if self.revision.is_older(record_id) else None
        known = {name: value for name, value in fields.items() if value is not None}
        self._begin(Held(BLANK[self.prefix] | known | {"id": record_id, "key": key}, ended=ended))
        self.revision.counts[f"{NOUNS[self.prefix]}_{'revived' if ended else 'created'}"] += 1
        return record_id

    def add_merged(self, key: str, fields: Doc) -> str:
        """Make a record that is merged at once, and may go by what is its survivor's by now; its id."""
        record_id = self.revision.new_id(self.prefix, key)
        known = {name: value for name, value in fields.items() if value is not None}
        stamps = {"recorded_at": self.revision.at, "updated_at": self.revision.at, "revision": self.revision.number}
        self._versions.write([BLANK[self.prefix] | known | {"id": record_id, "key": key} | stamps])
        self.revision.counts[f"{NOUNS[self.prefix]}_created"] += 1
        return record_id

    def come_back(self, record_id: str, content: Doc) -> None:
        """Make the next version of a record that has ended, or was merged, with the content of an earlier one."""
        last = self._last_stored(record_id)
        self.revision.note_revived(self.prefix, [number_of(record_id)])
        self._begin(Held(last | {name: content[name] for name in GIVEN[self.prefix]}, ended=last))
        self.revision.counts[f"{NOUNS[self.prefix]}_revived"] += 1

    def end(self, ids: list[str]) -> None:
        """End stored records whose creation is undone."""
        self.hold(set(ids), ())
        for record_id in ids:
            for handle in handles_of(self.prefix, self._held.pop(record_id).doc) & self._named.keys():
                self._named[handle].remove(record_id)
            self._dirty.pop(record_id, None)
        self._versions.end([number_of(one) for one in ids])
        note_ended(self.revision.connection, self.prefix, map(number_of, ids), self.revision.number)
        self.revision.counts[f"{NOUNS[self.prefix]}_undone"] += len(ids)

    def unwritten(self) -> list[str]:
        """The ids of the records that are to be written."""
        return list(self._dirty)

    def _begin(self, held: Held) -> None:
        """Hold a record that has no current version."""
        doc = held.doc
        for handle in handles_of(self.prefix, doc):
            self._current(handle).append(doc["id"])
        if held.ended:
            doc["version"] = held.ended["version"] + 1
        self._held[doc["id"]] = held
        self._dirty[doc["id"]] = None

    def was_known_by(self, record_id: str, fields: Doc) -> bool:
        """Whether a record that has ended was known by a name, identifier or address that these fields give."""
        known = {name: value for name, value in fields.items() if value is not None}
        given = handles_of(self.prefix, BLANK[self.prefix] | known | {"key": ""})
        return not given.isdisjoint(handles_of(self.prefix, self._last_stored(record_id)))

    def _last_stored(self, record_id: str) -> Doc:
        """The document of the last version of a record, whether or not it has ended."""
        statement = f"SELECT doc FROM {self.table.__tablename__} WHERE id = ? ORDER BY since DESC LIMIT 1"  # noqa: S608
        ((text,),) = fetch_rows(self.revision.connection, statement, parse_id(record_id, self.prefix))
        return decode(text)

    def define(self, record_id: str, fields: Doc) -> str:
        """Set fields of a record as a definition gives them; `updated` or `unchanged`."""
        did = self.change(record_id, fields)
        if did == "updated" and self.revision.row is not None:
            self.rows[record_id] = self.revision.row
        return did

    def change(self, record_id: str, fields: Doc) -> str:
        """Set fields of a record; `updated` or `unchanged`."""
        doc = self.doc(record_id)
        wanted = doc | {name: or_blank(self.prefix, name, value) for name, value in fields.items()}
        require_kept(self.prefix, wanted)
        if encode(self._told(wanted)) == encode(self._told(doc)):
            return "unchanged"
        self._edited.add(record_id)
        self._replace(record_id, doc, wanted)
        return "updated"

    def taken(self) -> list[tuple[str, Problem]]:
        """The changed records that have what may only be one's own, and another has too (see `own_handles`)."""
        return [(record_id, problem) for record_id in self._dirty for problem in self._taken(record_id)]

    def _taken(self, record_id: str) -> list[Problem]:
        problems = []
        for handle, name in own_handles(self.prefix, self._held[record_id].doc).items():
            others = [other for one in self.named(handle) if (other := self.merges.survivor(one)) != record_id]
            others = [
                other for other in others if not may_share(self.prefix, self._held[record_id].doc, self.doc(other))
            ]
            if others:
                problems.append(
                    Problem((name,), "duplicate", f"{_told_handle(handle)} is of {self.name(others[0])} already")
                )
        return problems

    def show_anew(self, record_id: str, doc: Doc) -> None:
        """Replace a document that shows another record which changed; its version stays."""
        self._replace(record_id, self._held[record_id].doc, doc)

    def merge(self, record_id: str, into_id: str) -> None:
        """End a stored record: it is part of another from now on."""
        doc = self._held[record_id].doc
        for handle in handles_of(self.prefix, doc):
            self._current(handle).remove(record_id)
        self._versions.end([number_of(record_id)])
        del self._held[record_id]
        self.changed.add(record_id)
        self.merges.add(record_id, into_id, doc)
        self.revision.counts[f"{NOUNS[self.prefix]}_merged"] += 1

    def fill(self, record_id: str, fields: Doc, same_name: Callable[[Doc, str], bool]) -> None:
        """Set what is blank. Raises BadRecord where a field contradicts what is stored."""
        doc = self.doc(record_id)
        given = {name: value for name, value in fields.items() if value not in (None, [], {})}
        problems = [
            Problem((name,), "contradiction", contradiction(name, value, doc, self.name(record_id), self.revision))
            for name, value in given.items()
            if not agrees(doc, name, value, same_name)
        ]
        if problems:
            raise BadRecord.of(problems)
        blanks = {name: value for name, value in given.items() if doc[name] in (None, [], {})}
        own = list(pairs_of(doc.get("identifiers")))
        if new := [pair for pair in pairs_of(given.get("identifiers")) if pair not in own]:
            blanks["identifiers"] = joined([*own, *new])
        if blanks:
            self._edited.add(record_id)
            self._replace(record_id, doc, doc | blanks)
            taken = self._taken(record_id)
            if taken:
                raise BadRecord.of(taken)

    def flush(self) -> None:
        """Write one version of each record that changed."""
        if self.texts:
            self._store_texts()
        self._doomed |= {record_id for record_id, _ in self.taken()}  # their definers were told
        dirty = [self._held[record_id] for record_id in self._dirty if record_id not in self._doomed]
        changed = [held for held in dirty if self._stamp(held)]
        self.changing([held.doc for held in changed if held.stored is not None])
        # All old versions end before any new one begins: names and addresses may change places.
        for ids in chunks([number_of(held.doc["id"]) for held in changed if held.stored is not None]):
            self._versions.end(ids)
        for some in chunks(changed):
            self._write(some)
        self._dirty, self._edited = {}, set()

    def _stamp(self, held: Held) -> bool:
        """Give a changed record its version and times; False where it came back to what is stored."""
        doc, stored, now = held.doc, held.stored, self.revision
        is_edited = doc["id"] in self._edited
        own = stored is None or (is_edited and encode(self._told(doc)) != encode(self._told(stored)))
        if stored is not None and not own and all(doc.get(name) == stored.get(name) for name in ("tenures", "source")):
            held.doc = dict(stored)
            return False
        first = stored is not None and stored["revision"] < now.number  # of its changes in this revision
        if stored is not None:
            if any(doc.get(name) != stored.get(name) for name in self._followed):
                self.changed.add(doc["id"])
            doc["version"] = stored["version"] + (1 if own and first else 0)
            if own and first:
                now.counts[f"{NOUNS[self.prefix]}_updated"] += 1
        known = stored or held.ended
        doc["recorded_at"] = known["recorded_at"] if known else now.at
        doc["updated_at"] = now.at if own else doc["updated_at"]
        doc["revision"] = now.number
        return True

    def _told(self, doc: Doc) -> Doc:
        """The fields of a document that definitions give, with references by id alone, which is the survivor's."""
        said = {name: doc[name] for name in BLANK[self.prefix]}
        survivor = self.merges.survivor
        if self.prefix == "spk":
            said["source"] = doc["source"] and survivor(doc["source"])
            said["tenures"] = [
                {**tenure, "organization": tenure["organization"] and survivor(tenure["organization"]["id"])}
                for tenure in said["tenures"]
            ]
        return said

    def _replace(self, record_id: str, old: Doc, new: Doc) -> None:
        for handle in handles_of(self.prefix, old) - handles_of(self.prefix, new):
            self._current(handle).remove(record_id)
        for handle in handles_of(self.prefix, new) - handles_of(self.prefix, old):
            self._current(handle).append(record_id)
        if new.get("text_sha256") != old.get("text_sha256"):
            self.with_new_text.add(record_id)
        self._held[record_id].doc = new
        self._dirty[record_id] = None
        if self.revision.row is not None and len(self.rows) < MOST_ROWS:
            self.rows.setdefault(record_id, self.revision.row)

    def _store_texts(self) -> None:
        kept = tables.SourceText
        for some in chunks(list(self.texts)):
            known = set(self.revision.connection.execute(select(kept.sha256).where(kept.sha256.in_(some))).scalars())
            new = [{"sha256": digest, "text": self.texts[digest]} for digest in some if digest not in known]
            if new:
                self.revision.connection.execute(insert(kept), new)
        self.texts = {}

    def _write(self, changed: list[Held]) -> None:
        self._versions.write(held.doc for held in changed)
        for held in changed:
            held.stored = dict(held.doc)
            self.written(held.doc)


def _told_handle(handle: str) -> str:
    return handle.removeprefix("url\x1f").replace("\x1f", ":")
