"""Files → records → one revision, and the report of it.

Files are read and checked before the writer lock is taken, and what is right is kept on disk until it is written, so
that the size of an import is no matter of memory. By default all is stored or nothing: every problem of every row is
reported, with its file and line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from app.domain.record.removals import whole_of
from app.errors import BadRecord, FieldPath, OnRecordError, Problem, near
from app.store.database.bulk_insert import Progress
from app.store.database.engine import Database
from app.store.database.garbage import collecting_rarely
from app.store.database.notices import Notice, Notices
from app.store.database.writer_turn import Patience
from app.store.history.moment import newest_revision
from app.store.history.revision import Revision
from app.store.imports.check_rows import TYPES, Checked, check_rows
from app.store.imports.defined import outcomes_of
from app.store.imports.patch_rows import (
    decode_notices,
    encode_notices,
    encode_patch,
    may_be_stored,
    names_claim,
    told_of_lacks,
)  # fmt: skip
from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.files import RawRow, Reading, SourceFile, files_in, passed_over, read_rows
from app.store.imports.staging import Row, Spool
from app.store.imports.text_folder import TextFolder
from app.store.records.document import Doc, decode, encode
from app.store.write.amending import Given
from app.store.write.claim_words import decode_words
from app.store.write.compare import emptied, told_of_emptied
from app.store.write.earlier_versions import MOST, Earlier
from app.store.write.newcomers import Newcomers
from app.store.write.outcomes import Outcome
from app.store.write.prefetch import hold
from app.store.write.resolver import Resolver
from app.store.write.verified import quote_warnings
from app.store.write.writer import BATCH, Writer
from app.store.write.writing import writing

RANKS = {"source": 0, "sources": 0, "speakers": 1, "metrics": 3, "claims": 4}  # speakers with tenures: 2
UNKNOWN = {"unknown-claim": "clm", "unknown-source": "src", "unknown-speaker": "spk", "unknown-metric": "met"}

Tell = Callable[[str, Outcome], None]  # where a claim or a definition stands (file:line), and what became of it


@dataclass
class Report:
    """The result of an import or dry run. rows read = created + updated + unchanged + retracted + rejected.

    is_skipped: whether nothing was to be done, for the database has revisions.
    """

    dry_run: bool = False
    is_skipped: bool = False
    read: int = 0
    did: Counter[str] = field(default_factory=Counter)
    faults: Notices = field(default_factory=Notices)
    warnings: Notices = field(default_factory=Notices)
    texts: Notices | None = None  # the files of `texts` that found a source
    unused_texts: int = 0  # those that found none; where anything is wrong they may yet, for wrong rows look for none
    definitions: Counter[str] = field(default_factory=Counter)
    verifications: Counter[str] = field(default_factory=Counter)  # how many citations have which
    revision: int | None = None
    changes: dict[str, int] = field(default_factory=dict)  # the revision's counts, other records included

    def warn(self, detail: str, code: str = "afterwards") -> None:
        """Add a warning of the import as a whole; by default of what came after it was stored."""
        self.warnings.add(Notice("", 0, Problem((), code, detail)))

    @property
    def counts(self) -> dict[str, int]:
        """How many claims were read, and what became of them. Where anything is wrong, all are rejected."""
        did = Counter[str]() if self.faults else self.did
        actions = {action: did[action] for action in ("created", "updated", "retracted", "unchanged")}
        return {"read": self.read, **actions, "rejected": self.read if self.faults else 0}


def import_paths(
    database: Database,
    paths: list[Path],
    *,
    texts: Path | None = None,
    dialect: Dialect | None = None,
    patches: bool = False,
    force: bool = False,
    only_first: bool = False,
    dry_run: bool = False,
    actor: str = "import",
    comment: str | None = None,
    at: datetime | None = None,
    processes: int | None = None,
    patience: Patience | None = None,
    progress: Progress = lambda _what, _done, _all: None,
    tell: Tell = lambda _place, _outcome: None,
) -> Report:
    """Import files and folders of them as one revision.

    texts: a folder with texts of sources; see TextFolder. dialect: how the tables are written.
    patches: claims of YAML, JSON and NDJSON set what they name alone. force: rows made from an older version of their
    claim are carried out too. only_first: nothing is done where the database has a revision. at: the time of the
    revision, now by default. processes: how many check rows, one for each core by default. patience: how long it
    waits for another writer, once the rows are checked. tell: is told of each claim
    that could be written, and of each record that definitions change.
    Raises BadImport for a path that is not there, Busy and NotReady as Database.write does.
    """
    if only_first and _has_revision(database):
        return Report(dry_run, is_skipped=True)
    database.require_writes()
    with Spool() as spool, collecting_rarely():
        load = Load(spool, Report(dry_run), progress, tell)
        load.texts = TextFolder(texts) if texts else None
        reading = Reading(dialect or Dialect(), load.report.faults, load.report.warnings, patches)
        files = files_in(paths)
        load.check(files, reading, processes)
        load.tell_passed_over(paths, reading.texts.union(path.resolve() for path in files))
        try:
            with writing(database, warn=load.report.warn, patience=patience) as connection:
                if only_first and newest_revision(connection):
                    load.report.is_skipped = True
                    raise _RollBackError
                load.store(Revision(connection, actor=actor, comment=comment, at=at), force)
                if load.report.revision is None and not load.is_noted:
                    raise _RollBackError
        except _RollBackError:
            pass
        load.compare_speakers(database)
    return load.report


def _has_revision(database: Database) -> bool:
    with database.read() as connection:
        return newest_revision(connection) > 0


class _RollBackError(Exception):
    """Ends a transaction that is not to be kept."""


class Load:
    """One import: `check` reads the files, `store` writes what they hold."""

    def __init__(self, spool: Spool, report: Report, progress: Progress, tell: Tell) -> None:
        self.spool = spool
        self.report = report
        self.progress = progress
        self.tell = tell
        self.texts: TextFolder | None = None
        self._files: list[SourceFile] = []
        self._rows = 0
        self._newcomers: Newcomers | None = None
        self._wrong_sources: dict[int, int] = {}  # the rows of the files' own sources that are wrong, by file
        self._followers: Counter[int] = Counter()  # how many claims are rejected for a wrong row
        self.is_noted = False  # whether there is something to keep beside the record, be there a revision or not
        self._writer: Writer | None = None
        self._keyless: Counter[str] = Counter()  # rows without a key, by file
        self._emptied: Counter[str] = Counter()  # updates that take a field from a claim

    # Outside the lock

    def check(self, paths: list[Path], reading: Reading, processes: int | None) -> None:
        """Read and check the files; what is right is spooled."""
        checked = check_rows(self._read(paths, reading), processes)
        while some := list(islice(checked, BATCH)):
            rows = [(self._row(file, raw, said), said) for (file, raw), said in some]
            self.spool.add([row for row, _ in rows])
            wrong = ((row, said.names) for row, said in rows if row.lacks is None)
            self.spool.add_wrong((kind, key, row.n) for row, names in wrong for kind, key in names)
            self.progress("checked", self._rows, None)
        self.report.read += reading.refused
        self._tell_doubled_keys()
        self._tell_keyless()

    def _read(self, paths: list[Path], reading: Reading) -> Iterator[tuple[tuple[int, RawRow], tuple[str, object]]]:
        for n, path in enumerate(paths):
            name = str(path).encode(errors="backslashreplace").decode()  # of bytes that are not UTF-8
            self._files.append(SourceFile(name, path))
            for raw in read_rows(self._files[n], reading):
                yield (n, raw._replace(value=None)), (raw.section, raw.value)

    def _row(self, file: int, raw: RawRow, said: Checked) -> Row:
        self.report.read += raw.section == "claims"
        rank = 2 if said.tenures and raw.section == "speakers" else RANKS[raw.section]
        n, self._rows = self._rows, self._rows + 1
        row = Row(n, file, raw.section, raw.step, raw.line, rank, said.long, said.key, said.frame, said.words)
        row = self._with_patch(row, raw, said.problems)
        if said.problems and row.lacks is None:
            self._refuse(row, said.problems, raw)
        elif raw.section == "claims" and not names_claim(said.key, raw.patch):
            self._keyless[self._files[file].name] += 1
        for warning in said.warnings:
            self._warn(row, warning, raw)
        return row

    def _with_patch(self, row: Row, raw: RawRow, problems: Sequence[Problem]) -> Row:
        """The row with what it names, if the rest of a stored claim is to stay, and with what it lacks without that."""
        if raw.patch is None or (problems and not may_be_stored(raw.patch, problems)):
            return row
        patch = encode_patch(raw.patch)
        if patch is None or not problems:
            return row._replace(patch=patch)
        lacks = encode_notices([self._notice(row, problem, raw) for problem in problems])
        return row._replace(patch=patch, lacks=lacks)

    def _tell_keyless(self) -> None:
        for file, number in self._keyless.items():
            rows = "1 claim has" if number == 1 else f"{number:,} claims have"
            told = f"{rows} no key: with other words it would be another claim, so it cannot be corrected later"
            self.report.warnings.add(Notice(file, 0, Problem((), "keyless", told)))

    def _tell_doubled_keys(self) -> None:
        """A key that stands twice in an import with different content: all its rows are wrong."""
        last: Row | None = None
        first: Row | None = None
        for row in self.spool.doubled():
            if last is None or first is None or (last.section[:6], last.key) != (row.section[:6], row.key):
                first = last = row
                continue
            if last is first:
                self._fault(first, _doubled(row, self._place(row)))
            self._fault(row, _doubled(row, self._place(first)))
            last = row

    # Under the lock

    def store(self, revision: Revision, force: bool = False) -> None:
        """Write the rows that are right, so that what only the database knows is told of them all."""
        writer, report = Writer(revision, force=force), self.report
        self._writer = writer
        revision.place_of = lambda n: self._place(self.spool.row(n))
        writer.resolver.texts.outside = self.texts
        writer.told = lambda: self._take(writer, {})
        self._define_all(writer.resolver)
        rows, done, every = self.spool.claims(), 0, self.spool.right_claims()
        while some := list(islice(rows, BATCH)):
            writer.put_rows([_given(row) for row in some])
            self._take(writer, {row.n: row for row in some})
            done += len(some)
            self.progress("stored", done, every)
        self._give_texts(writer.resolver)
        made = writer.finish(dry_run=report.dry_run or bool(report.faults))
        self._take(writer, {})  # faults that only the end shows, among them
        self.is_noted = writer.resolver.definitions.is_changed and not (report.dry_run or report.faults)
        report.verifications = +report.verifications  # without those that none has any more
        self._tell_followers()
        self._emptied.update(writer.verified.emptied)
        self._tell_emptied()
        if not writer.outcomes.looked_at_all:
            told = f"so many edited claims were changed that only {MOST:,} earlier versions were compared with them"
            report.warn(told, "taken-back")
        report.revision = revision.number if made else None
        report.changes = dict(revision.counts)
        if report.faults:  # nothing of it is stored, nor would be
            report.changes, report.verifications, report.definitions = {}, Counter(), Counter()
        self._newcomers = None if report.faults else writer.resolver.newcomers

    def tell_passed_over(self, paths: list[Path], read: set[Path]) -> None:
        """Warn of files in the folders that are not read. read: those that are, as records or texts."""
        if self.texts is not None:
            read = read | self.texts.files
        notices = list(passed_over(paths, read))
        if self.texts is not None:
            notices += self.texts.passed_over({*read, *(Path(notice.file).resolve() for notice in notices)})
        for notice in notices:
            self.report.warnings.add(notice)

    def _give_texts(self, resolver: Resolver) -> None:
        """Give stored sources that no row names their texts, and report which texts found a source."""
        if self.texts is None:
            return
        resolver.revision.row = None
        for problem in resolver.texts.take_stored():
            self.report.faults.add(Notice(str(self.texts.folder), 0, problem))
        self.report.texts, self.report.unused_texts = self.texts.found, self.texts.left
        for notice in self.texts.unused() if not self.report.faults else ():
            self.report.warnings.add(notice)

    # When all is written

    def compare_speakers(self, database: Database) -> None:
        """Warn of new speakers that may be one with others, and of names that fit several."""
        new, stored = self._newcomers, self.report.revision is not None
        if new is None:
            return
        try:
            with database.read_through() as connection:
                told = chain(new.alike(connection, stored=stored), new.sharing(connection, stored=stored))
                for n, problem in told:
                    self._warn(None if n is None else self.spool.row(n), problem)
        except OnRecordError as error:  # all is stored
            self.report.warn(f"new speakers were not compared with others: {error.detail}")
        except KeyboardInterrupt:
            if self.report.revision is None:
                raise
            self.report.warn("new speakers were not compared with others: interrupted")

    # Outcomes of rows

    def _take(self, writer: Writer, rows: dict[int, Row]) -> None:
        """Report what became of rows."""
        for n, problems in writer.take_problems().items():
            row = rows.get(n) or self.spool.row(n)
            for notice in self._lacks(row, writer) if row.lacks and not problems else ():
                self.report.faults.add(notice)
            self._refuse(row, problems)
            if row.key is not None:
                self.spool.add_wrong([("clm", row.key, n)])
        for number, warning in writer.revision.take_warnings():
            self._warn(None if number is None else rows.get(number) or self.spool.row(number), warning)
        for n, outcome in writer.outcomes.take().items():
            row = rows.get(n) or self.spool.row(n)
            self.report.did[outcome.action] += 1
            self.report.verifications.update(outcome.verifications)
            self._emptied.update(emptied(outcome.changes) if outcome.action == "updated" else ())
            for warning in _warnings_of(outcome):
                self._warn(row, warning)
            self.tell(self._place(row), outcome)
        self.report.verifications.update(writer.verified.take())

    def _lacks(self, row: Row, writer: Writer) -> list[Notice]:
        """Notices of what a row lacks as a claim, when its key is of none."""
        near_by = near(row.key, writer.revision.keys_beside("clm", row.key)) if row.key else ()
        return told_of_lacks(row.key, near_by, decode_notices(row.lacks or "[]"), decode(row.patch or "{}"))

    def _tell_emptied(self) -> None:
        """Tell how many claims lose which field: what a whole claim leaves out becomes null."""
        if self._emptied and not self.report.faults:
            self.report.warn(told_of_emptied(self._emptied), "emptied")

    def _define_all(self, resolver: Resolver) -> None:
        """Make or change the records that files define. Names may change places: doubled ones are told at the end."""
        rows: dict[str, Row] = {}
        changed: dict[str, None] = {}
        homes: dict[int, str] = {}  # the source of each file: groups and unnamed speakers belong to it
        for row, given in self._held_definitions(resolver):
            resolver.revision.row = row.n
            try:
                record_id, did = _define(row.section, given, resolver, homes.get(row.file))
            except BadRecord as error:
                self._refuse(row, error.problems)
                if row.key is not None:
                    self.spool.add_wrong([(TYPES[row.section], row.key, row.n)])
            else:
                self.report.definitions[did] += 1
                if did == "updated" and record_id in rows:
                    named = resolver.revision.told(record_id, resolver.records[record_id]["key"])
                    told = f"{named} is defined at {self._place(rows[record_id])} too, otherwise: the last one counts"
                    self._warn(row, Problem((), "defined-twice", told))
                rows[record_id] = row._replace(frame=None)
                changed |= {record_id: None} if did == "updated" else {}
                if row.section == "source":
                    homes[row.file] = record_id
        resolver.settle_former_names()
        for record_id, problem in resolver.taken():
            if record_id in rows:
                self._fault(rows[record_id], problem)
        self._tell_defined(resolver, changed, rows)

    def _tell_defined(self, resolver: Resolver, changed: Collection[str], rows: dict[str, Row]) -> None:
        earlier = Earlier(resolver.revision.connection)
        for record_id, outcome, problems in outcomes_of(resolver, changed, earlier):
            for problem in problems:
                self._warn(rows[record_id], problem)
            self.tell(self._place(rows[record_id]), outcome)
        if earlier.is_spent:
            told = f"so many records were changed by definitions that only {MOST:,} earlier versions were compared"
            self.report.warn(told, "definition-back")

    def _held_definitions(self, resolver: Resolver) -> Iterator[tuple[Row, Doc]]:
        """The definitions; what they may be found by is looked up for many at once."""
        rows = self.spool.definitions()
        while some := [(row, decode(row.frame or "")) for row in islice(rows, BATCH)]:
            for shelf, sections in resolver.shelves():
                hold(shelf, [given for row, given in some if row.section in sections])
            yield from some

    # Notices and their places

    def _fault(self, row: Row, problem: Problem) -> None:
        notice = self._notice(row, problem)
        if not self.report.faults.has(notice):
            self.report.faults.add(notice)

    def _warn(self, row: Row | None, problem: Problem, raw: RawRow | None = None) -> None:
        notice = self._notice(row, problem, raw) if row else Notice("", 0, problem)
        self.report.warnings.add(notice if problem.path else replace(notice, problem=problem))

    def _notice(self, row: Row, problem: Problem, raw: RawRow | None = None) -> Notice:
        file = self._files[row.file]
        if raw is None:
            raw = RawRow(row.section, row.step, row.line, None)
            place = self._writer.place_of(row.n, problem.path) if self._writer else None
            if place is not None:
                problem = replace(problem, path=place)
                raw = raw._replace(column_of=file.header.column_at if file.header else None)
        return file.notice(problem, raw, row.long, row.key)

    def _refuse(self, row: Row, problems: Iterable[Problem], raw: RawRow | None = None) -> None:
        """Report the problems of a row. A problem caused only by another wrong row is counted there."""
        causes: set[int] = set()
        for problem in problems:
            cause = self._cause(row, problem, raw)
            if cause is not None:
                causes.add(cause)
            elif raw is not None:
                self.report.faults.add(self._notice(row, problem, raw))
            else:
                self._fault(row, problem)
        self._followers.update(causes)
        if row.section == "source":
            self._wrong_sources.setdefault(row.file, row.n)

    def _cause(self, row: Row, problem: Problem, raw: RawRow | None) -> int | None:
        """The wrong row without which a row would not have a problem."""
        if row.file in self._wrong_sources:
            held = raw or RawRow(row.section, row.step, row.line, None)
            if self._files[row.file].is_copied(problem, held, row.long):
                return self._wrong_sources[row.file]
        kind = UNKNOWN.get(problem.code)
        key = _key_at(whole_of(_given(row).named) or decode(row.frame or "null"), problem.path) if kind else None
        return self.spool.wrong(kind, key) if kind and key else None

    def _tell_followers(self) -> None:
        for n, count in self._followers.items():
            row = self.spool.row(n)
            told = "1 record that names it is" if count == 1 else f"{count} records that name it are"
            what = f"{row.key}: " if row.key else ""
            problem = Problem((), "follows", f"{what}{told} rejected with it, and not told one by one")
            self._warn(row, problem)

    def _place(self, row: Row) -> str:
        return f"{self._files[row.file].name}:{row.line}"


def _define(section: str, given: Doc, resolver: Resolver, home: str | None) -> tuple[str, str]:
    match section:
        case "source" | "sources":
            return resolver.define_source(given)
        case "speakers":
            return resolver.define_speaker(given, home)
    return resolver.define_metric(given)


def _given(row: Row) -> Given:
    doc, patch = (decode(text) if text else None for text in (row.frame, row.patch))
    return Given(row.n, doc, patch, words=decode_words(row.words) if row.words else None)


def _doubled(row: Row, place: str) -> Problem:
    return Problem(("key",), "duplicate", f"{row.key} stands at {place} too, with different content")


def _key_at(value: Any, path: FieldPath) -> str | None:
    """The key that a checked record has at a path, or in the object that stands there."""
    for step in path:
        if isinstance(value, dict) and isinstance(value.get(str(step)), dict | list | str):
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
    key = value.get("key") if isinstance(value, dict) else value
    return key if isinstance(key, str) else None


def _warnings_of(outcome: Outcome) -> Iterator[Problem]:
    """Warnings of a stored claim, for people to check."""
    yield from quote_warnings(outcome.key, outcome.verifications)
    if outcome.alike:
        yield Problem((), "possible-duplicate", f"{outcome.key} may be a duplicate of {', '.join(outcome.alike)}")
    if outcome.taken_back:
        told = ((name, map(encode, outcome.changes[name])) for name in outcome.taken_back)
        edits = "; ".join(f"{name}: {' → '.join(values)}" for name, values in told)
        yield Problem((), "taken-back", f"{outcome.key}: an earlier version comes back over a later edit: {edits}")
