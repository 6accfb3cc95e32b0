"""Records of a foreign file → rows, as a mapping tells: a row for each claim and definition that a record gives.

Everything that is wrong with a record is told at once, by its line, its targets and their columns.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import weakref
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from app.errors import FieldPath, Problem
from app.store.database.notices import Notice, full_disk_told
from app.store.imports.mapping.columns_seen import ColumnsSeen
from app.store.imports.mapping.file_kind import FileKind, labelled
from app.store.imports.mapping.groups import grouped
from app.store.imports.mapping.members import Run, Variables
from app.store.imports.mapping.row_steps import take_steps
from app.store.imports.mapping.side_files import text_of_key
from app.store.imports.readers.files import RawRow, Reading, SourceFile
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.records import read_records
from app.store.imports.readers.rejected import is_rejected, name_without_ending

TABLES = ("csv", "tsv", "xlsx")  # formats whose records all have the same columns
NO_RECORD = "no condition of a record holds"  # reasons of rows that give no claim
NO_ELEMENT = "there is nothing to explode"


class Definitions:
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
        self, kind: FileKind, file: SourceFile, path: str, seen: ColumnsSeen, definitions: Definitions, reading: Reading
    ) -> None:
        self._kind = kind
        self._file = file
        self._seen = seen
        self._definitions = definitions
        self._reading = reading
        pure = PurePath(path)
        of_file = {"name": pure.name, "stem": pure.name.split(".")[0], "folder": pure.parent.as_posix()}
        self._of_file = {"path": path, "file": of_file}
        self._is_table = kind.form.format_of(file.path) in TABLES
        self._is_rejected = is_rejected(file.path)
        self._is_of_table = kind.form.format_of(Path(name_without_ending(file.path.name))) in TABLES
        self._makes_claims = any(record.section == "claims" for record in kind.records)

    def rows(self) -> Iterator[RawRow]:
        """The rows; faults, and the number of rows that are left out, go to `reading`."""
        for line, variables, steps in self._foreign_rows():
            yield from self._made(line, variables, steps)

    def gather(self) -> None:
        """Count the spellings of names. Nothing is told: that is done when rows are made."""
        seen = ColumnsSeen(self._kind.used, self._seen.faults)
        path = str(self._of_file["path"])
        silent = MappedRows(self._kind, self._file, path, seen, self._definitions, Reading(most=self._reading.most))
        for line, variables, run in silent._foreign_rows():
            del line
            if take_steps(self._kind.steps, variables, run) is None:
                for inner in self._kind.rounds(variables, run):
                    for gathered in self._kind.gathered:
                        gathered.add(inner)

    # From records to what rows are made of

    def _foreign_rows(self) -> Iterator[tuple[int, dict[str, Any], Run]]:
        """The line and variables of each row that is not left out early; of groups, where they are grouped."""
        if self._kind.group_by is None:
            for record in self._records():
                run = Run()
                variables = self._variables(record)
                if (reason := take_steps(self._kind.early, variables, run)) is not None:
                    self._reading.skip(self._file, record.line, reason)
                else:
                    yield record.line, variables, run
            return
        for records in grouped(self._with_groups()):
            variables = self._variables(records[0])
            variables["rows"] = [record.values for record in records]
            yield records[0].line, variables, Run()

    def _with_groups(self) -> Iterator[tuple[str | None, Record]]:
        for record in self._records():
            run = Run()
            variables = self._variables(record)
            if (reason := take_steps(self._kind.early, variables, run)) is not None:
                self._reading.skip(self._file, record.line, reason)
                continue
            group = self._kind.group_by and run.value(self._kind.group_by, variables, ("group_by",))
            if self._refused(variables, run):
                continue
            yield (None if group is None else text_of_key(group)), record

    def _records(self) -> Iterator[Record]:
        """The records of the file, corrected; those that cannot be read, and all of a table that lacks columns, are
        noted.
        """
        lacking: list[Notice] | None = None  # columns, of a table
        for record in islice(read_records(self._file.path, self._kind.form), self._reading.most):
            if isinstance(record, BadFile):
                self._reading.refuse(self._file, record, rows=int(record.is_row))
                continue
            self._seen.see(record.values)
            self._reading.see(self._file, record.line, record.values)
            if lacking is None:
                lacking = self._seen.lacking(record.values, self._file.name) if self._is_table else []
                for notice in lacking:
                    self._reading.faults.add(notice)
            if lacking:
                self._reading.refused += 1
                self._reading.reject(record.line, lacking, self._fixed(record, Run()).values)
                continue
            if self._is_rejected:
                self._tell_doubts(record)
            yield from self._corrected(record)

    def _corrected(self, record: Record) -> Iterator[Record]:
        run = Run()
        fixed = self._fixed(record, run)
        if not self._refused(self._variables(record), run):
            yield fixed

    def _fixed(self, record: Record, run: Run) -> Record:
        """The record as `fix` has it. One of a file of rejected rows has been fixed, and mended, before."""
        if self._kind.fixes is None or self._is_rejected:
            return record
        fixed = self._kind.fixes.of(self._variables(record), run)
        return Record(record.line, {**record.values, **fixed}) if fixed else record

    def _tell_doubts(self, record: Record) -> None:
        """Warn of what may be a slip of the person who mended a row."""
        doubts = [*self._seen.doubts_of_row(record.values, is_of_table=self._is_of_table)]
        if self._kind.fixes:
            doubts += self._kind.fixes.not_taken(self._variables(record))
        for problem in doubts:
            self._reading.warnings.add(Notice(self._file.name, record.line, problem))

    def _variables(self, record: Record) -> dict[str, Any]:
        return {**record.values, **self._of_file, "line": record.line, "row": record.values}

    # From there to rows

    def _made(self, line: int, variables: dict[str, Any], run: Run) -> Iterator[RawRow]:
        """The rows of one foreign row."""
        reason = take_steps(self._kind.steps, variables, run)
        if reason is not None and not run.faults:
            self._reading.skip(self._file, line, reason)
            return
        if run.faults:
            self._try_all(variables, run)
            self._refused(variables, run)
            return
        claims, rounds, refused = 0, 0, self._reading.refused
        yield from self._of_round(line, variables, is_exploded=False)
        for inner in self._kind.rounds(variables, run):
            rounds += 1
            for row in self._of_round(line, inner, is_exploded=True):
                claims += row.section == "claims"
                yield row
        if not self._refused(variables, run) and self._makes_claims and not claims and refused == self._reading.refused:
            self._reading.skip(self._file, line, NO_RECORD if rounds else NO_ELEMENT)

    def _try_all(self, variables: Variables, run: Run) -> None:
        """Note what else is wrong with a row."""
        for inner in self._kind.rounds(variables, run):
            for mapping in self._kind.records:
                for each in mapping.loop.rounds(inner, run):
                    mapping.fields.make(each, run)

    def _of_round(self, line: int, variables: Variables, *, is_exploded: bool) -> Iterator[RawRow]:
        """The rows of the records that are made for each element, or of the others."""
        for number, mapping in enumerate(self._kind.records):
            if mapping.is_exploded != is_exploded:
                continue
            run = Run()
            for inner in mapping.loop.rounds(variables, run):
                row = self._row(number, line, inner)
                if row is not None:
                    yield row
            self._refused(variables, run)

    def _row(self, number: int, line: int, variables: Variables) -> RawRow | None:
        mapping, run = self._kind.records[number], Run()
        value = mapping.fields.make(variables, run).value or {}
        key = value.get("key")
        if self._refused(variables, run, key if isinstance(key, str) else None):
            return None
        for gathered in self._kind.gathered:
            gathered.apply(mapping.section, value, variables)
        if mapping.section != "claims" and not self._definitions.is_new(mapping.section, value):
            return None
        is_patch = self._reading.patches and mapping.section == "claims"

        def column_of(path: FieldPath) -> str:
            return self._kind.label(number, path, variables)

        patch = {"members": value} if is_patch else None
        return RawRow(mapping.section, number, line, value, column_of, patch, (), _given(variables))

    def _refused(self, variables: Variables, run: Run, key: str | None = None) -> bool:
        """Whether anything is wrong with a row, which is told and makes it a rejected one."""
        if not run.faults:
            return False
        told: dict[str, Problem] = {}
        for target, columns, error in run.faults:
            label = labelled(target, columns)
            told.setdefault(label, Problem((label,), "bad-value", str(error), error.suggestions))
        problems = list(told.values())
        self._reading.refuse_row(self._file, variables["line"], problems, key, _given(variables))
        return True


def _given(variables: Variables) -> Any:
    """The record that a row is made of, or the list of them, as it stands in its file."""
    return variables.get("rows") or variables["row"]
