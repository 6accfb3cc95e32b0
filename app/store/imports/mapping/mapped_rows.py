"""Records of a foreign file → rows, as a mapping tells: a row for each claim and definition that a record gives.

Everything that is wrong with a record is told at once, by its line, its targets and their columns.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import weakref
from collections.abc import Iterator
from typing import Any

from app.errors import FieldPath
from app.store.database.notices import full_disk_told
from app.store.imports.mapping.columns_seen import ColumnsSeen
from app.store.imports.mapping.file_kind import FileKind
from app.store.imports.mapping.foreign_rows import ForeignRow, ForeignRows
from app.store.imports.mapping.members import Run, Variables
from app.store.imports.mapping.row_steps import take_steps
from app.store.imports.readers.files import RawRow, Reading, SourceFile

NO_RECORD = "no condition of a record holds"  # reasons of rows that give no claim
NO_ELEMENT = "there is nothing to explode"


class MadeDefinitions:
    """The definitions that were made so far, each once: rows of one speaker often define it alike."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript("PRAGMA journal_mode = OFF; CREATE TABLE made (hash BLOB PRIMARY KEY); BEGIN")
        weakref.finalize(self, self._database.close)

    def is_new(self, section: str, value: Any) -> bool:
        """Whether a definition was not made before. It is noted."""
        text = json.dumps([section, value], sort_keys=True, default=repr)
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        with full_disk_told("definitions"):
            return self._database.execute("INSERT OR IGNORE INTO made VALUES (?)", (digest,)).rowcount > 0


class MappedRows:
    """The rows of one file. path: as templates have it."""

    def __init__(
        self,
        kind: FileKind,
        file: SourceFile,
        path: str,
        seen: ColumnsSeen,
        definitions: MadeDefinitions,
        reading: Reading,
    ) -> None:
        self._kind = kind
        self._file = file
        self._path = path
        self._seen = seen
        self._definitions = definitions
        self._reading = reading
        self._foreign = ForeignRows(kind, file, path, seen, reading)
        self._makes_claims = any(record.section == "claims" for record in kind.records)

    def rows(self) -> Iterator[RawRow]:
        """The rows; faults, and the number of rows that are left out, go to `reading`."""
        for foreign in self._foreign.rows():
            yield from self._made(foreign)

    def gather(self) -> None:
        """Count the spellings of names. Nothing is told: that is done when rows are made."""
        seen = ColumnsSeen(self._kind.used, self._seen.faults)
        silent = ForeignRows(self._kind, self._file, self._path, seen, Reading(most=self._reading.most))
        for foreign in silent.rows():
            if take_steps(self._kind.steps, foreign.variables, foreign.run) is None:
                for inner in self._kind.rounds(foreign.variables, foreign.run):
                    for gathered in self._kind.gathered:
                        gathered.add(inner)

    def _made(self, foreign: ForeignRow) -> Iterator[RawRow]:
        """The rows of one foreign row."""
        variables, run = foreign.variables, foreign.run
        reason = take_steps(self._kind.steps, variables, run)
        if reason is not None and not run.faults:
            self._reading.skip(self._file, foreign.line, reason)
            return
        if run.faults:
            self._try_all(variables, run)
            self._refused(foreign, run)
            return
        claims, rounds, refused = 0, 0, self._reading.refused
        yield from self._of_round(foreign, variables, is_exploded=False)
        for inner in self._kind.rounds(variables, run):
            rounds += 1
            for row in self._of_round(foreign, inner, is_exploded=True):
                claims += row.section == "claims"
                yield row
        if not self._refused(foreign, run) and self._makes_claims and not claims and refused == self._reading.refused:
            self._reading.skip(self._file, foreign.line, NO_RECORD if rounds else NO_ELEMENT)

    def _try_all(self, variables: Variables, run: Run) -> None:
        """Note what else is wrong with a row."""
        for inner in self._kind.rounds(variables, run):
            for mapping in self._kind.records:
                for each in mapping.loop.rounds(inner, run):
                    mapping.fields.make(each, run)

    def _of_round(self, foreign: ForeignRow, variables: Variables, *, is_exploded: bool) -> Iterator[RawRow]:
        """The rows of the records that are made for each element, or of the others."""
        for number, mapping in enumerate(self._kind.records):
            if mapping.is_exploded != is_exploded:
                continue
            run = Run()
            for inner in mapping.loop.rounds(variables, run):
                row = self._row(number, foreign, inner)
                if row is not None:
                    yield row
            self._refused(foreign, run)

    def _row(self, number: int, foreign: ForeignRow, variables: Variables) -> RawRow | None:
        mapping, run = self._kind.records[number], Run()
        value = mapping.fields.make(variables, run).value or {}
        key = value.get("key")
        if self._refused(foreign, run, key if isinstance(key, str) else None):
            return None
        for gathered in self._kind.gathered:
            gathered.apply(mapping.section, value, variables)
        if mapping.section != "claims" and not self._definitions.is_new(mapping.section, value):
            return None
        is_patch = self._reading.patches and mapping.section == "claims"

        def place_of(path: FieldPath) -> tuple[str, int]:
            label, line = self._kind.place(number, path, variables)
            return label, line or foreign.line

        patch = {"members": value} if is_patch else None
        return RawRow(mapping.section, number, foreign.line, value, None, patch, (), foreign.given, place_of)

    def _refused(self, foreign: ForeignRow, run: Run, key: str | None = None) -> bool:
        """Whether anything is wrong with a row, which is told and makes it a rejected one."""
        notices = self._foreign.notices_of(foreign.line, run, key)
        if notices:
            self._reading.refuse_rows(self._file, foreign.line, notices, foreign.given)
        return bool(notices)
