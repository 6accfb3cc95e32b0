"""One attempt to store the rows of an import that are right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice

from app.errors import near
from app.store.database.notices import Notice
from app.store.history.revision import Revision
from app.store.imports.changes import changes_of
from app.store.imports.checked_files import RANKS
from app.store.imports.defined import DefinedRecords
from app.store.imports.import_options import ImportOptions
from app.store.imports.patch_rows import decode_notices, told_of_lacks
from app.store.imports.related_rows import reject_related
from app.store.imports.row_notices import RowNotices
from app.store.imports.staging import Row, given_by
from app.store.imports.text_folder import TextFolder
from app.store.imports.watcher import Watcher
from app.store.records.document import decode, encode
from app.store.write.compare import emptied, told_of_emptied
from app.store.write.earlier_versions import MOST
from app.store.write.newcomers import Newcomers
from app.store.write.outcomes import warnings_of
from app.store.write.resolver import Resolver
from app.store.write.writer import BATCH, Writer


class Attempt:
    """One attempt to store the rows that are right, in a transaction that is kept or rolled back.

    It may show that some of them are wrong: then it is to be repeated without these, as another attempt, and nothing is
    told of this one but the reasons of theirs. newcomers: the new speakers, unless all is refused. unread: how many
    rows are told by their files alone.
    """

    def __init__(
        self,
        notices: RowNotices,
        options: ImportOptions,
        watcher: Watcher,
        texts: TextFolder | None,
        unread: int,
    ) -> None:
        self.is_to_be_repeated = False
        self.newcomers: Newcomers | None = None
        self._notices = notices
        self._spool = notices.spool
        self._report = notices.report
        self._options = options
        self._watcher = watcher
        self._label = options.label()
        self._texts = texts
        self._unread = unread
        self._is_noted = False  # whether there is something to keep beside the record, be there a revision or not
        self._rejected_keys: list[str] = []  # of claims that it has shown to be wrong
        self._emptied: Counter[str] = Counter()  # updates that take a field from a claim
        self._moved: Counter[tuple[str, str]] = Counter()  # claims, by the datasets from which and to which they go
        self._spool.forget_outcomes()  # of the one before

    @property
    def is_to_be_kept(self) -> bool:
        """Whether what is written is to be committed, once all is."""
        return not self._report.is_refused and (self._report.revision is not None or self._is_noted)

    @property
    def is_right(self) -> bool:
        """Whether nothing that was written is wrong, and all would be committed."""
        return not (self.is_to_be_repeated or self._report.is_refused or self._report.dry_run)

    def store(self, revision: Revision) -> None:
        """Write the rows that are right, so that what only the database knows is told of them all."""
        writer, rejected = self._writer(revision), self._spool.rejected()
        if self._label and self._label.description:
            writer.datasets.describe(*self._label)
        for row in self._spool.datasets():
            description = decode(row.frame or "")
            writer.datasets.describe(description.pop("name"), description)
        DefinedRecords(self._notices).store(writer.resolver)
        self._write_claims(writer)
        self._give_texts(writer.resolver)
        is_refused = self._report.is_refused or self._spool.rejected() > rejected
        is_made = writer.finish(dry_run=self._report.dry_run or is_refused)
        self._take(writer, {})  # faults that only the end shows, among them
        self.is_to_be_repeated = self._spool.rejected() > rejected
        if self.is_to_be_repeated:
            reject_related(self._notices, revision, self._rejected_keys)
        else:
            self._tell(writer, is_made=is_made)

    def _writer(self, revision: Revision) -> Writer:
        writer = Writer(revision, force=self._options.force)
        self._notices.place_of = writer.place_of
        revision.place_of = lambda n: self._notices.place(self._spool.row(n))
        writer.resolver.texts.outside = self._texts
        writer.told = lambda: self._take(writer, {})
        return writer

    def _write_claims(self, writer: Writer) -> None:
        rows, done, every = self._spool.claims(), 0, self._spool.right_claims()
        while some := list(islice(rows, BATCH)):
            writer.put_rows([given_by(row, restores=self._options.restore) for row in some])
            self._take(writer, {row.n: row for row in some})
            done += len(some)
            self._watcher.progress("prepared", done, every)  # stored by the commit, all at once

    def _give_texts(self, resolver: Resolver) -> None:
        """Give stored sources that no row names their texts, and report which texts found a source."""
        if self._texts is None:
            return
        resolver.revision.row = None
        for place, problem in resolver.texts.take_stored():
            notice = Notice(place, 0, problem)
            if not self._report.faults.has(notice):  # it may be stored anew
                self._report.faults.add(notice)
        self._report.texts, self._report.unused_texts = self._texts.found, self._texts.left
        for notice in self._texts.unused() if not self._report.has_refused_rows else ():
            self._report.warnings.add(notice)

    # Outcomes of rows

    def _take(self, writer: Writer, rows: dict[int, Row]) -> None:
        """Report what became of rows. rows: those that are at hand, by their numbers."""
        self._take_problems(writer, rows)
        for number, warning in writer.revision.take_warnings():
            self._notices.warn(None if number is None else rows.get(number) or self._spool.row(number), warning)
        self._take_outcomes(writer, rows)
        self._report.verifications.update(writer.verified.take())

    def _take_problems(self, writer: Writer, rows: dict[int, Row]) -> None:
        for n, problems in writer.take_problems().items():
            row = rows.get(n) or self._spool.row(n)
            for notice in self._lacks(row, writer) if row.lacks and not problems else ():
                self._notices.reject(row, notice)
                self._report.faults.add(notice)
            self._notices.refuse(row, problems)
            if row.key is not None:
                self._spool.add_wrong([("clm", row.key, n)])
                self._rejected_keys += [row.key] if self._report.keeps_going else []

    def _take_outcomes(self, writer: Writer, rows: dict[int, Row]) -> None:
        outcomes = writer.outcomes.take()
        if self._watcher.tell is not None and not self._report.is_refused:
            self._spool.add_outcomes((n, encode(vars(replace(outcome, changes={})))) for n, outcome in outcomes.items())
        for n, outcome in outcomes.items():
            row = rows.get(n) or self._spool.row(n)
            self._report.did[outcome.action] += 1
            self._report.verifications.update(outcome.verifications)
            restored = ("retraction",) if outcome.action == "restored" else ()  # which was asked for
            lost = emptied(outcome.changes, is_of_group=self._notices.files[row.file].is_grouped)
            self._emptied.update(name for name in lost if name not in restored)
            self._moved.update([tuple(outcome.changes["dataset"])] if "dataset" in outcome.changes else ())
            for warning in warnings_of(outcome):
                self._notices.warn(row, warning)

    def _lacks(self, row: Row, writer: Writer) -> list[Notice]:
        """Notices of what a row lacks as a claim, when its key is of none."""
        near_by = near(row.key, writer.revision.keys_beside("clm", row.key)) if row.key else ()
        return told_of_lacks(row.key, near_by, decode_notices(row.lacks or "[]"), decode(row.patch or "{}"))

    # When all is written

    def _tell(self, writer: Writer, *, is_made: bool) -> None:
        """Report what is stored. is_made: whether there is a revision."""
        report = self._report
        self._is_noted = writer.resolver.definitions.is_changed and not (report.dry_run or report.is_refused)
        self._tell_changes(writer)
        report.verifications = +report.verifications  # without those that none has any more
        self._notices.tell_followers()
        self._emptied.update(writer.verified.emptied)
        self._tell_emptied()
        self._tell_moved()
        self._tell_not_compared(writer)
        report.revision = writer.revision.number if is_made else None
        report.changes = dict(writer.revision.counts)
        self._count_rejected()
        if report.is_refused:  # nothing of it is stored, nor would be
            report.changes, report.verifications, report.definitions = {}, Counter(), Counter()
        self.newcomers = None if report.is_refused else writer.resolver.newcomers

    def _count_rejected(self) -> None:
        if self._report.keeps_going:
            self._report.rejected = self._spool.rejected(["claims"]) + self._unread
            defined = self._spool.rejected(one for one in RANKS if one != "claims")
            self._report.definitions += Counter({"rejected": defined})  # which leaves out none

    def _tell_emptied(self) -> None:
        """Tell how many claims lose which field: what a whole claim leaves out becomes null."""
        if self._emptied and not self._report.is_refused:
            self._report.warn(told_of_emptied(self._emptied), "emptied")

    def _tell_moved(self) -> None:
        """Tell how many claims go from one dataset to another."""
        for (old, new), number in self._moved.items() if not self._report.is_refused else ():
            if old and new:
                claims = "1 claim goes" if number == 1 else f"{number:,} claims go"
                self._report.warn(f"{claims} from the dataset {old} to {new}", "other-dataset")

    def _tell_not_compared(self, writer: Writer) -> None:
        """Warn where there were more earlier versions than an import looks at."""
        for looked_at_all, what, code in (
            (writer.outcomes.looked_at_all, "edited claims", "taken-back"),
            (writer.resolver.changes.looked_at_all, "edited records", "record-back"),
        ):
            if not looked_at_all:
                told = f"so many {what} were changed that only {MOST:,} earlier versions were compared with them"
                self._report.warn(told, code)

    def _tell_changes(self, writer: Writer) -> None:
        """Tell of each change by what is stored before and after it: later rows change what earlier ones have made."""
        if self._watcher.tell is not None and not self._report.is_refused:
            for n, outcome in changes_of(writer, self._spool):
                self._watcher.tell("" if n is None else self._notices.place(self._spool.row(n)), outcome)
