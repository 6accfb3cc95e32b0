"""A trial of a mapping: what it makes of the first records of files, without a database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.errors import Problem
from app.store.database.notices import Notice, Notices
from app.store.imports.check_rows import check_row
from app.store.imports.mapping.mapped_files import Mapping
from app.store.imports.readers.files import KINDS, RawRow, Reading, SourceFile, read_rows
from app.store.imports.readers.located import BadFile

MOST: Final = 1000  # records that are tried


class MadeRecord(NamedTuple):
    """A record that a mapping made. value: as it would be stored, where it is right. told: problems and warnings."""

    kind: str
    value: Any
    is_right: bool
    told: list[Notice]


@dataclass
class TriedRow:
    """A foreign record with what became of it: records, a reason for which it is skipped, problems."""

    file: str
    line: int
    values: dict[str, Any]
    made: list[MadeRecord] = field(default_factory=list)
    skipped: str = ""
    faults: list[Notice] = field(default_factory=list)


@dataclass
class Trial:
    """The result. rows: the first ones. read: foreign records. made, wrong: records by their kind. refused: foreign
    records, or groups of them, of which none can be made. is_all: whether there are no others.
    """

    rows: list[TriedRow] = field(default_factory=list)
    read: int = 0
    skipped: int = 0
    refused: int = 0
    made: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    is_all: bool = True
    faults: Notices = field(default_factory=Notices)
    warnings: Notices = field(default_factory=Notices)

    @property
    def rejected(self) -> int:
        """How many claims an import would reject; a record or group that gives none counts as one."""
        return self.refused + self.wrong["claim"]

    @property
    def claims(self) -> int:
        """How many claims an import would read: those made, skipped and rejected."""
        return self.made["claim"] + self.skipped + self.rejected


class _Noting(Reading):
    """Notes what becomes of the rows that are shown."""

    shown: int = 0

    def begin(self, trial: Trial, shown: int) -> None:
        """Note it in a trial."""
        self.trial, self.shown = trial, shown
        self._last: TriedRow | None = None  # the record that was read last, shown or not

    def row(self, file: SourceFile, line: int, given: Any = None) -> TriedRow | None:
        """The row of a line, if it is shown. given: as in RawRow; a line may hold several rows."""
        values = [one.values for one in (given if isinstance(given, list) else [given] if given else ())]
        there = [row for row in self.trial.rows if (row.file, row.line) == (file.name, line)]
        if exact := next((row for row in there if any(row.values is one for one in values)), None):
            return exact
        if self._last and (self._last.file, self._last.line) == (file.name, line):
            return self._last
        return next(iter(there), None)

    def see(self, file: SourceFile, line: int, values: dict[str, Any]) -> None:
        """As in Reading."""
        self.trial.read += 1
        self._last = TriedRow(file.name, line, values)
        if len(self.trial.rows) < self.shown:
            self.trial.rows.append(self._last)

    def skip(self, file: SourceFile, line: int, reason: str) -> None:
        """As in Reading."""
        super().skip(file, line, reason)
        if row := self.row(file, line):
            row.skipped = reason

    def refuse_rows(self, file: SourceFile, line: int, notices: Sequence[Notice], given: Any) -> None:
        """As in Reading. Each fault is shown at its row."""
        super().refuse_rows(file, line, notices, given)
        for notice in notices:
            if row := self.row(file, notice.line, given):
                row.faults.append(notice)

    def refuse(self, file: SourceFile, error: BadFile, rows: int = 0, given: Any = None) -> None:
        """As in Reading; the record that cannot be read was not seen."""
        super().refuse(file, error, rows, given)
        self.trial.read += rows


@dataclass
class _Keyed:
    """The first record with a key."""

    line: int
    frame: str
    is_doubled: bool = False


def try_mapping(mapping: Mapping, paths: Sequence[Path], shown: int) -> Trial:
    """Try a mapping with the first records of files. shown: how many of them are kept.

    Raises BadImport where a path is none of the mapping's.
    """
    trial = Trial()
    reading = _Noting(faults=trial.faults, mapping=mapping)
    reading.begin(trial, shown)
    keys: dict[tuple[str, str], _Keyed] = {}
    for path in mapping.files_in(paths):
        reading.most = MOST - trial.read
        if reading.most <= 0:
            break
        file = SourceFile(str(path), path)
        for _, rows in groupby(read_rows(file, reading), key=lambda row: row.line):
            for row in rows:
                _take(row, file, trial, reading, keys)
    trial.is_all = trial.read < MOST
    trial.skipped, trial.refused = reading.skipped, reading.refused
    _finish(mapping, trial, reading)
    return trial


def _take(row: RawRow, file: SourceFile, trial: Trial, reading: _Noting, keys: dict[tuple[str, str], _Keyed]) -> None:
    """Check a record, and note what is told of it."""
    checked = check_row(row.section, row.value)
    faults = [file.notice(problem, row, checked.long, checked.key) for problem in checked.problems]
    warnings = [file.notice(problem, row, checked.long, checked.key) for problem in checked.warnings]
    kind, doubled = KINDS[row.section], 0
    if checked.key is not None and checked.frame is not None:
        first = keys.setdefault((row.section, checked.key), _Keyed(row.line, checked.frame))
        if first.frame != checked.frame:
            told = f"line {first.line} has {checked.key!r:.80} too, with other content"
            faults.append(file.notice(Problem(("key",), "duplicate", told), row, checked.long, checked.key))
            doubled, first.is_doubled = int(not first.is_doubled), True  # an import rejects the first as well
        faults += [file.notice(one, row, checked.long, checked.key) for one in _to_itself(checked.key, checked.frame)]
    for notices, found in ((trial.faults, faults), (trial.warnings, warnings)):
        for notice in found:
            notices.add(notice)
    trial.made[kind] += int(not faults) - doubled
    trial.wrong[kind] += bool(faults) + doubled
    if shown := reading.row(file, row.line, row.given):
        value = json.loads(checked.frame) if checked.frame else row.value
        shown.made.append(MadeRecord(kind, value, not faults, [*faults, *warnings]))


def _to_itself(key: str, frame: str) -> list[Problem]:
    """The faults of relations that a claim has to itself, which imports tell when they store it."""
    relations = json.loads(frame).get("relations") or []
    told = "a claim has no relation to itself"
    return [Problem(("relations", n), "bad-value", told) for n, one in enumerate(relations) if one["key"] == key]


def _finish(mapping: Mapping, trial: Trial, reading: Reading) -> None:
    """Tell what only the end shows; where that was not reached, it is no fault yet."""
    end = Reading(name_of=reading.name_of)
    mapping.finish(end)
    reading.tell_skipped()
    for notice in end.faults:
        (trial.faults if trial.is_all else trial.warnings).add(_of_the_first(notice, trial))
    for notice in (*end.warnings, *reading.warnings):
        trial.warnings.add(notice)


def _of_the_first(notice: Notice, trial: Trial) -> Notice:
    if trial.is_all:
        return notice
    problem = notice.problem
    detail = f"{problem.detail} (of the first {trial.read:,})"
    return Notice(notice.file, notice.line, Problem(problem.path, problem.code, detail, problem.did_you_mean))


def leaves_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The values in a record by their dotted names, without what is null, empty or follows from others."""
    if isinstance(value, dict):
        if "edtf" in value:
            value = {"": value["edtf"], "as_stated": value.get("as_stated")}
        for name, inner in value.items():
            if not _follows(name, inner, value):
                yield from leaves_of(inner, (*path, name) if name else path)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves_of(inner, (*path, n))
    else:
        yield ".".join(map(str, path)), value


_DEFAULTS: Final = {"status": ("active", "current"), "comparator": ("exactly",), "verification": ("unchecked",)}


def _follows(name: str, value: Any, beside: dict[str, Any]) -> bool:
    if value is None or value in ([], {}) or name == "basis":
        return True
    if name in ("low", "high") and beside.get("value") == value:
        return True
    return value in _DEFAULTS.get(name, ()) or (name == "kind" and value == "actual")
