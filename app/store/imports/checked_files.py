"""Files → checked rows on disk, outside the writer lock: what is wrong in itself is told before anybody waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from app.errors import Problem
from app.store.database.bulk_insert import Progress
from app.store.database.notices import Notice
from app.store.imports.check_rows import TYPES, Checked, check_rows
from app.store.imports.dataset_label import labelled
from app.store.imports.patch_rows import encode_notices, encode_patch, encode_unread, may_be_stored, names_claim
from app.store.imports.readers.files import RawRow, Reading, SourceFile, given_of, read_rows
from app.store.imports.readers.located import DAMAGED
from app.store.imports.readers.rejected import UNREADABLE
from app.store.imports.rejected_reasons import encode_given, encode_reason
from app.store.imports.row_notices import RowNotices
from app.store.imports.row_warnings import UNUSED_ID
from app.store.imports.staging import UNREAD, Row

RANKS: Final = {
    "source": 0, "sources": 0, "speakers": 1, "metrics": 3, "datasets": 3, "claims": 4,
    "merged_sources": 5, "merged_speakers": 5, "merged_metrics": 5, "merged_claims": 5,
}  # fmt: skip  # speakers with tenures: 2
BATCH: Final = 2_000  # rows that are kept at once


class CheckedFiles:
    """Reads and checks files; the rows that are right go to the spool of the notices."""

    def __init__(self, notices: RowNotices, progress: Progress) -> None:
        self._notices = notices
        self._report = notices.report
        self._spool = notices.spool
        self._progress = progress
        self._rows = 0
        self._keyless: Counter[str] = Counter()  # rows without a key, by file

    def check(self, paths: list[Path], reading: Reading, processes: int | None) -> None:
        """Read and check the files; what is right is spooled."""
        reading.keeps_going = self._report.keeps_going
        if reading.keeps_going:
            reading.reject = self._reject
        checked = check_rows(self._read(paths, reading), processes)
        while some := list(islice(checked, BATCH)):
            every = [(file, raw, _with_faults(raw, said)) for (file, raw), said in some]
            rows = [(self._row(file, raw, said), said) for file, raw, said in every]
            self._spool.add([row for row, _ in rows])
            wrong = ((row, said.names) for row, said in rows if row.lacks is None)
            self._spool.add_wrong((kind, key, row.n) for row, names in wrong for kind, key in names)
            self._progress("checked", self._rows, None)
        self._report.read += reading.refused + reading.skipped
        self._report.skipped += reading.skipped
        reading.tell_skipped()
        self._reject_damaged(reading.damaged)
        self._report.wrong += reading.refused
        self._tell_doubled_keys()
        self._tell_keyless()

    def _read(self, paths: list[Path], reading: Reading) -> Iterator[tuple[tuple[int, RawRow], tuple[str, object]]]:
        for n, path in enumerate(paths):
            self._notices.files.append(SourceFile(reading.name_of(path), path))
            for read in read_rows(self._notices.files[n], reading):
                raw = labelled(read, reading.dataset)
                if self._report.keeps_going and raw.given is None:
                    raw = raw._replace(given=given_of(raw.section, raw.value))
                yield (n, raw._replace(value=None)), (raw.section, raw.value)
        if reading.mapping is not None:
            reading.mapping.finish(reading)

    def _reject_damaged(self, names: set[str]) -> None:
        """Reject all rows of files whose check sums show, at their end, that what was read of them is not right."""
        for n, file in enumerate(self._notices.files):
            if file.name in names and self._report.keeps_going:
                problem = Problem((), DAMAGED, "the archive is damaged: whatever was read of it may be wrong")
                self._spool.reject_file(n, encode_reason(Notice(file.name, 0, problem)))

    def _reject(self, line: int, notices: Sequence[Notice], given: Any) -> None:
        """Keep a row that cannot be read, or of which no record can be made."""
        n, self._rows = self._rows, self._rows + 1
        file = len(self._notices.files) - 1
        self._spool.add([Row(n, file, UNREAD, -1, line, 0, "", None, None, given=encode_given(given or UNREADABLE))])
        for notice in notices:
            self._spool.reject(n, encode_reason(notice))

    def _row(self, file: int, raw: RawRow, said: Checked) -> Row:
        self._report.read += raw.section == "claims"
        rank = 2 if said.tenures and raw.section == "speakers" else RANKS[raw.section]
        n, self._rows = self._rows, self._rows + 1
        row = Row(n, file, raw.section, raw.step, raw.line, rank, said.long, said.key, said.frame, said.prepared)
        row = row._replace(home=raw.home, into=raw.into)
        row = self._with_patch(row._replace(grouped=" ".join(said.grouped)), raw, said.problems)
        if self._report.keeps_going:
            row = row._replace(given=encode_given(raw.given))
        if said.problems and row.lacks is None:
            self._notices.refuse(row, said.problems, raw)
        elif raw.section == "claims" and not names_claim(said.key, raw.patch):
            self._keyless[self._notices.files[file].name] += 1
        for warning in said.warnings:
            if warning.code != UNUSED_ID or raw.patch is None:  # which takes the id
                self._notices.warn(row, warning, raw)
        # The stored record says whether there is something to tell.
        return row._replace(unread=encode_unread(said.unread)) if said.unread else row

    def _with_patch(self, row: Row, raw: RawRow, problems: Sequence[Problem]) -> Row:
        """The row with what it names, if the rest of a stored claim is to stay, and with what it lacks without that."""
        if raw.patch is None or (problems and not may_be_stored(raw.patch, problems)):
            return row
        patch = encode_patch(raw.patch)
        if patch is None or not problems:
            return row._replace(patch=patch)
        lacks = encode_notices([self._notices.notice(row, problem, raw) for problem in problems])
        return row._replace(patch=patch, lacks=lacks)

    def _tell_keyless(self) -> None:
        for file, number in self._keyless.items():
            rows = "1 claim has" if number == 1 else f"{number:,} claims have"
            told = f"{rows} no key: with other words it would be another claim, so it cannot be corrected later"
            self._report.warnings.add(Notice(file, 0, Problem((), "keyless", told)))

    def _tell_doubled_keys(self) -> None:
        """A key that stands twice in an import with different content: all its rows are wrong."""
        last: Row | None = None
        first: Row | None = None
        for row in self._spool.doubled():
            if last is None or first is None or (last.section[:6], last.key) != (row.section[:6], row.key):
                first = last = row
                continue
            if last is first:
                self._notices.fault(first, _doubled(row, self._notices.place(row)))
            self._notices.fault(row, _doubled(row, self._notices.place(first)))
            last = row
            self._spool.add_wrong([(TYPES[row.section], row.key or "", row.n)])


def _with_faults(raw: RawRow, said: Checked) -> Checked:
    """The check of a row, with the faults that were found when it was read."""
    if not raw.faults:
        return said
    names = said.names or (((TYPES[raw.section], said.key),) if said.key and raw.section in TYPES else ())
    return said._replace(frame=None, prepared=None, problems=(*raw.faults, *said.problems), names=names)


def _doubled(row: Row, place: str) -> Problem:
    return Problem(("key",), "duplicate", f"{row.key} stands at {place} too, with different content")
