"""Records of a foreign file → the rows that records are made of: corrected, without those that are left out early, and
those of a group together.

A group is rejected as a whole with any of its rows: a claim that lacks one of its rows would look like a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, Final

from app.errors import Problem
from app.store.database.notices import Notice
from app.store.imports.mapping.columns_seen import ColumnsSeen
from app.store.imports.mapping.file_kind import FileKind, labelled
from app.store.imports.mapping.group_places import LINES
from app.store.imports.mapping.groups import GroupedRow, grouped
from app.store.imports.mapping.members import Run, Variables
from app.store.imports.mapping.row_steps import take_steps
from app.store.imports.mapping.values.nothing import RowOfGroup
from app.store.imports.mapping.values.scalars import text_of_key
from app.store.imports.readers.files import Reading, SourceFile
from app.store.imports.readers.located import BadFile, Origin, Record
from app.store.imports.readers.records import read_records
from app.store.imports.readers.rejected import UNREADABLE, GivenRow, is_rejected, name_without_ending
from app.store.imports.readers.table_lines import WIDTH

TABLES: Final = ("csv", "tsv", "xlsx")  # formats whose records all have the same columns
PLACES: Final = {"path", "file", "line"}  # variables that tell where a row stands
MOST_LINES: Final = 20  # that one message names


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """A record of a file, or a group of them. line: at which the first begins. run: of the steps that it has taken."""

    line: int
    variables: dict[str, Any]
    run: Run
    given: GivenRow | list[GivenRow]


@dataclass
class _Lines:
    """The lines of rows: the first ones, and how many there are."""

    first: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.first) < MOST_LINES:
            self.first.append(line)

    def __str__(self) -> str:
        more = f" and {self.count - MOST_LINES:,} more" if self.count > MOST_LINES else ""
        return f"{'line' if self.count == 1 else 'lines'} {', '.join(map(str, sorted(self.first)))}{more}"


class ForeignRows:
    """The rows of one file. path: as templates have it."""

    def __init__(self, kind: FileKind, file: SourceFile, path: str, seen: ColumnsSeen, reading: Reading) -> None:
        self._kind = kind
        self._file = file
        self._path = path
        self._of_file = _of_path(path)
        self._seen = seen
        self._reading = reading
        self._is_table = kind.form.format_of(file.path) in TABLES
        self._is_rejected = is_rejected(file.path)
        self._is_of_table = kind.form.format_of(Path(name_without_ending(file.path.name))) in TABLES
        self._lost = _Lines()  # of rows whose group is not known

    def rows(self) -> Iterator[ForeignRow]:
        """The rows; faults, and the number of rows that are left out, go to `reading`."""
        if self._kind.group_by is not None:
            yield from self._groups()
            return
        for record, notices in self._records():
            if isinstance(record, BadFile):
                self._refuse_unread(record)
                continue
            row = ForeignRow(record.line, self._variables(record), Run(), self._given(record, record.origin))
            if notices:
                self._reading.refuse_rows(self._file, record.line, notices, row.given)
            elif (reason := take_steps(self._kind.early, row.variables, row.run)) is not None:
                self._reading.skip(self._file, record.line, reason)
            else:
                yield row

    def notices_of(self, line: int, run: Run, key: str | None = None) -> list[Notice]:
        """The faults of a run, as reports have them, those of one target once. line: of the row. key: of its record."""
        told: dict[tuple[int, str], Notice] = {}
        for fault in run.faults:
            place = fault.line or line, labelled(fault.target, fault.columns)
            problem = Problem((place[1],), "bad-value", str(fault.error), fault.error.suggestions)
            told.setdefault(place, Notice(self._file.name, place[0], problem, key))
        return list(told.values())

    # Records

    def _records(self) -> Iterator[tuple[Record | BadFile, list[Notice]]]:
        """The records of the file, corrected, with what is wrong with each; those of a table that lacks columns are
        refused.
        """
        lacking: list[Notice] | None = None  # columns, of a table
        for record in islice(read_records(self._file.path, self._kind.form), self._reading.most):
            if isinstance(record, BadFile):
                yield record, [Notice(self._file.name, record.line, record.problem)]
                continue
            self._seen.see(record.values)
            self._reading.see(self._file, record.line, record.values)
            if lacking is None:
                lacking = self._seen.lacking(record.values, self._file.name) if self._is_table else []
                for notice in lacking:
                    self._reading.faults.add(notice)
            run = Run()
            fixed = self._fixed(record, run)
            if lacking:
                self._reading.refused += 1
                self._reading.reject(record.line, lacking, self._given(fixed, record.origin))
                continue
            if self._is_rejected:
                self._tell_doubts(record)
            yield fixed, self.notices_of(record.line, run)

    def _fixed(self, record: Record, run: Run) -> Record:
        """The record as `fix` has it. One of a file of rejected rows has been fixed, and mended, before."""
        if self._kind.fixes is None or self._is_rejected:
            return record
        fixed = self._kind.fixes.of(self._variables(record), run)
        return record._replace(values={**record.values, **fixed}) if fixed else record

    def _tell_doubts(self, record: Record) -> None:
        """Warn of what may be a slip of the person who mended a row."""
        doubts = [*self._seen.doubts_of_row(record.values, is_of_table=self._is_of_table)]
        fixes = self._kind.fixes
        if fixes and (record.origin or PLACES.isdisjoint(fixes.by.template.names)):
            doubts += fixes.not_taken(self._variables(record))
        for problem in doubts:
            self._reading.warnings.add(Notice(self._file.name, record.line, problem))

    def _variables(self, record: Record | GroupedRow) -> dict[str, Any]:
        """The variables of a record. One that was rejected before stands where it stood then."""
        origin, values = record.origin, record.values if isinstance(record.values, dict) else {}
        of_file = _of_path(origin.path) if origin else self._of_file
        return {**values, **of_file, "line": origin.line if origin else record.line, "row": values}

    def _given(self, record: Record | GroupedRow, origin: Origin | None, rows: int | None = None) -> GivenRow:
        """A record as it is written where it is rejected. rows: as in Origin."""
        return GivenRow(record.values, origin or Origin(self._path, record.line, rows))

    def _refuse_unread(self, error: BadFile, rows: int | None = None) -> None:
        """Note a row that cannot be read. rows: as in Origin."""
        given = GivenRow(error.text or UNREADABLE, error.origin or Origin(self._path, error.start, rows))
        self._reading.refuse(self._file, error, int(error.is_row), given)

    # Groups

    def _groups(self) -> Iterator[ForeignRow]:
        for rows in grouped(self._with_groups()):
            line, wrong = rows[0].line, [row for row in rows if row.notices]
            size = len(rows) if any(row.is_sure for row in rows) else 0
            given = [self._given(row, row.origin, size) for row in rows]
            for row in wrong:
                if not row.is_sure:
                    self._lost.add(row.line)
            notices = [notice for row in wrong for notice in row.notices] or self._incomplete(rows)
            if notices:
                self._reading.refuse_rows(self._file, line, notices, given)
                self._tell_followers(rows, wrong)
                continue
            variables = self._variables(rows[0])
            variables["rows"] = [RowOfGroup(row.values, row.line) for row in rows if isinstance(row.values, dict)]
            variables[LINES] = {}
            yield ForeignRow(line, variables, Run(), given)
        self._tell_lost()

    def _with_groups(self) -> Iterator[tuple[str | None, GroupedRow]]:
        """The rows with the values of their groups; those whose group cannot be known are refused."""
        for record, notices in self._records():
            if isinstance(record, BadFile):
                yield from self._unread_in_group(record, notices)
                continue
            run, variables = Run(), self._variables(record)
            reason = None if notices else take_steps(self._kind.early, variables, run)
            if reason is not None:
                self._reading.skip(self._file, record.line, reason)
                continue
            of_group = Run()
            name = self._group_of(variables, of_group)
            notices += [*self.notices_of(record.line, run), *self.notices_of(record.line, of_group)]
            if of_group.faults:
                self._lost.add(record.line)
                self._reading.refuse_rows(self._file, record.line, notices, self._given(record, record.origin, 0))
                continue
            yield name, GroupedRow(record.line, record.values, record.origin, tuple(notices))

    def _unread_in_group(self, error: BadFile, notices: Sequence[Notice]) -> Iterator[tuple[str | None, GroupedRow]]:
        """A row that cannot be read, where the columns that tell its group can."""
        run, by = Run(), self._kind.group_by
        is_told = by is not None and error.is_row and bool(by.columns) and error.values.keys() >= set(by.columns)
        row = GroupedRow(error.start, error.text, error.origin, tuple(notices), error.code != WIDTH)
        name = self._group_of(self._variables(row._replace(values=error.values)), run) if is_told else None
        if not is_told or run.faults:
            self._refuse_unread(error, 0)
            if error.is_row:
                self._lost.add(error.start)
            return
        self._reading.see(self._file, error.line, error.values)
        yield name, row

    def _group_of(self, variables: Variables, run: Run) -> str | None:
        """The value of `group_by`; None for a row that is a group by itself."""
        group = self._kind.group_by and run.value(self._kind.group_by, variables, ("group_by",))
        return None if group is None else text_of_key(group)

    def _incomplete(self, rows: Sequence[GroupedRow]) -> list[Notice]:
        """The fault of a group in a file of rejected rows that lacks rows: it would take away what these have given."""
        stated = [row.origin.rows for row in rows if row.origin and row.origin.rows is not None]
        if not stated or (0 not in stated and max(stated) <= len(rows)):
            return []
        path = next(row.origin.path for row in rows if row.origin)
        if 0 in stated:
            told = f"{path} may have other rows of this group, which are not here"
        else:
            here = "1 of them is" if len(rows) == 1 else f"{len(rows)} of them are"
            told = f"{path} has {max(stated)} rows of this group, and {here} here"
        told = f"{told}: the claim would lose what those give; mend the row in that file, and import it"
        label = labelled(("group_by",), self._kind.group_by.columns if self._kind.group_by else ())
        return [Notice(self._file.name, rows[0].line, Problem((label,), "incomplete-group", told))]

    def _tell_followers(self, rows: Sequence[GroupedRow], wrong: Sequence[GroupedRow]) -> None:
        """Warn of the rows that are rejected with a wrong one of their group."""
        others = _Lines()
        for row in rows:
            if not row.notices:
                others.add(row.line)
        if wrong and others.count:
            told = f"the rest of its group is rejected with it: {others}"
            self._reading.warnings.add(Notice(self._file.name, wrong[0].line, Problem((), "follows", told)))

    def _tell_lost(self) -> None:
        """Warn of the rows of which it is not known to which groups they belong, where the others are stored."""
        lost = self._lost
        if not lost.count or not self._reading.keeps_going:
            return
        rows = "this row" if lost.count == 1 else f"each of {lost.count:,} rows ({lost})"
        told = (
            f"{rows} may be one of a group that is stored without it: mend it in the file, and import all of that again"
        )
        self._reading.warnings.add(Notice(self._file.name, min(lost.first), Problem((), "incomplete-group", told)))


def _of_path(path: str) -> dict[str, Any]:
    """The variables that a file's path gives."""
    pure = PurePath(path)
    of_file = {"name": pure.name, "stem": pure.name.split(".")[0], "folder": pure.parent.as_posix()}
    return {"path": path, "file": of_file}
