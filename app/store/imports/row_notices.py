"""Notices of rows, with their places in the files: what is wrong, and what is to be looked at by people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from app.domain.record.derived import CODE
from app.errors import FieldPath, Problem
from app.store.database.notices import Notice
from app.store.imports.patch_rows import value_of
from app.store.imports.readers.files import RawRow, SourceFile
from app.store.imports.rejected_reasons import encode_reason
from app.store.imports.report import Report
from app.store.imports.staging import Row, Spool
from app.store.records.document import decode
from app.store.write.flags import Flags

UNKNOWN: Final = {"unknown-claim": "clm", "unknown-source": "src", "unknown-speaker": "spk", "unknown-metric": "met"}


class RowNotices:
    """Adds notices to the report of an import.

    files: those that are read so far, by number. place_of: leads from a place in a whole claim to that in its row, once
    rows are written; see Writer.place_of.
    """

    def __init__(self, spool: Spool, report: Report) -> None:
        self.spool = spool
        self.report = report
        self.files: list[SourceFile] = []
        self.place_of: Callable[[int, FieldPath], FieldPath | None] = lambda _row, _path: None
        self._wrong = Flags()  # claims that are wrong in themselves
        self._wrong_sources: dict[int, int] = {}  # the rows of the files' own sources that are wrong, by file
        self._followers: Counter[int] = Counter()  # how many claims are rejected for a wrong row

    def fault(self, row: Row, problem: Problem) -> None:
        """Report a problem of a row, once."""
        self._count_wrong(row)
        notice = self.notice(row, problem)
        self.reject(row, notice)
        if not self.report.faults.has(notice):
            self.report.faults.add(notice)

    def reject(self, row: Row, notice: Notice) -> None:
        """Leave a row out for a problem, where the others are to be stored."""
        if self.report.keeps_going:
            self.spool.reject(row.n, encode_reason(notice))

    def _count_wrong(self, row: Row) -> None:
        if row.section == "claims" and row.n not in self._wrong:
            self._wrong.add(row.n)
            self.report.wrong += 1

    def warn(self, row: Row | None, problem: Problem, raw: RawRow | None = None) -> None:
        """Report a warning of a row, or of the import as a whole. raw: the row as it was read, while it is at hand."""
        notice = self.notice(row, problem, raw) if row else Notice("", 0, problem)
        if problem.code == CODE and self.report.warnings.has(notice):  # told when the row was checked
            return
        self.report.warnings.add(notice if problem.path else replace(notice, problem=problem))

    def notice(self, row: Row, problem: Problem, raw: RawRow | None = None) -> Notice:
        """A problem of a row with its place in the file. raw: as in warn."""
        file = self.files[row.file]
        if raw is None:
            raw = RawRow(row.section, row.step, row.line, None)
            place = self.place_of(row.n, problem.path)
            if place is not None:
                problem = replace(problem, path=place)
                raw = raw._replace(column_of=file.header.column_at if file.header else None)
        return file.notice(problem, raw, row.long, row.key)

    def refuse(self, row: Row, problems: Sequence[Problem], raw: RawRow | None = None) -> None:
        """Report the problems of a row. A problem caused only by another wrong row is counted there."""
        causes: list[int] = []  # one of each problem that has one
        for problem in problems:
            cause = self._cause(row, problem, raw)
            if cause is not None:
                causes.append(cause)
                self._reject_follower(row, self.notice(row, problem, raw), cause)
            elif raw is not None:
                notice = self.notice(row, problem, raw)
                self.reject(row, notice)
                self.report.faults.add(notice)
            else:
                self.fault(row, problem)
        self._followers.update(set(causes))
        if len(causes) < len(problems) or not problems:  # what it lacks is told apart
            self._count_wrong(row)
        if row.section == "source":
            self._wrong_sources.setdefault(row.file, row.n)

    def _reject_follower(self, row: Row, notice: Notice, cause: int) -> None:
        if self.report.keeps_going:
            told = f"{notice.problem.detail}; it is rejected for the fault at {self.place(self.spool.row(cause))} alone"
            self.reject(row, replace(notice, problem=replace(notice.problem, code="follows", detail=told)))

    def _cause(self, row: Row, problem: Problem, raw: RawRow | None) -> int | None:
        """The wrong row without which a row would not have a problem."""
        if row.file in self._wrong_sources:
            held = raw or RawRow(row.section, row.step, row.line, None)
            if self.files[row.file].is_copied(problem, held, row.long):
                return self._wrong_sources[row.file]
        kind = UNKNOWN.get(problem.code)
        patch = decode(row.patch) if row.patch else None
        key = _key_at(value_of(patch) if patch else decode(row.frame or "null"), problem.path) if kind else None
        return self.spool.wrong(kind, key) if kind and key else None

    def tell_followers(self) -> None:
        """Warn of each wrong row how many others are rejected with it."""
        for n, count in self._followers.items():
            row = self.spool.row(n)
            told = "1 record that names it is" if count == 1 else f"{count} records that name it are"
            what = f"{row.key}: " if row.key else ""
            problem = Problem((), "follows", f"{what}{told} rejected with it, and not told one by one")
            self.warn(row, problem)

    def place(self, row: Row) -> str:
        """The file and line of a row."""
        return f"{self.files[row.file].name}:{row.line}"


def _key_at(value: Any, path: FieldPath) -> str | None:
    """The key that a checked record has at a path, or in the object that stands there."""
    for step in path:
        if isinstance(value, dict) and isinstance(value.get(str(step)), dict | list | str):
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
    key = value.get("key") if isinstance(value, dict) else value
    return key if isinstance(key, str) else None
