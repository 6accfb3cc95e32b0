"""Imports as the API tells of them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from app.domain.record.records_out import Document


class ImportProgress(Document):
    """How far an import is. what: `checked`, then `prepared`, for all is stored at once, at the end. all: null where
    that is not known yet.
    """

    what: str = Field(examples=["checked"])
    done: int
    all: int | None


class ImportFailure(Document):
    """Why nothing is stored."""

    code: str = Field(examples=["bad-rows"])
    detail: str


class ImportCounts(Document):
    """How many claims were read, and what became of each: read is the sum of the others without `wrong`."""

    read: int
    created: int
    revived: int = Field(description="Recorded again after they had ended, by an undo.")
    updated: int
    retracted: int
    unchanged: int
    restored: int
    skipped: int = Field(description="Left out by the mapping of a foreign file.")
    rejected: int
    wrong: int = Field(description="Rejected claims that have a fault of their own.")


class ImportNotice(Document):
    """One problem or warning. line: from 1; null, as the others, where there is none."""

    file: str | None
    line: int | None
    key: str | None = Field(description="Of the record.")
    field: str | None
    code: str = Field(examples=["bad-value"])
    detail: str
    did_you_mean: list[str]


class ImportNoticeKind(Document):
    """The notices with one code in one field. examples: the first of them."""

    code: str
    field: str | None
    title: str
    count: int
    examples: list[ImportNotice]


class ImportNotices(Document):
    """Problems or warnings: how many, their kinds, and each by file and line."""

    count: int
    kinds: list[ImportNoticeKind]
    all: list[ImportNotice]


class PlannedRow(Document):
    """The outcome of a row in a dry run. changes: of each field that differs, the value before and after."""

    file: str | None
    line: int | None
    type: str = Field(examples=["claim"])
    action: str = Field(examples=["created"])
    key: str
    changes: dict[str, tuple[Any, Any]]


class ImportRejectedFile(Document):
    """A file of rejected rows. file: that they come from; place: where they are written; rows: how many."""

    file: str
    place: str
    rows: int


class ImportReport(Document):
    """The report of an import, as `onrecord import --json` prints it. Where anything is wrong, nothing is stored,
    unless it keeps going.
    """

    dry_run: bool
    keep_going: bool = Field(description="Whether rows that are right are stored beside others that are wrong.")
    revision: int | None
    claims: ImportCounts
    definitions: dict[str, int] = Field(description="How many speakers, sources and metrics were created, updated, …")
    citations: dict[str, int] = Field(description="How many citations have which verification.")
    changes: dict[str, int] = Field(description="The counts of the revision.")
    rejected_files: list[ImportRejectedFile]
    problems: ImportNotices
    warnings: ImportNotices
    texts: ImportNotices = Field(ImportNotices(count=0, kinds=[], all=[]), description="Texts that found their source.")
    unused_texts: int = Field(0, description="How many texts found none.")
    rows: list[PlannedRow] = Field([], description="Of a dry run: what becomes of each claim and changed record.")


class ImportSaid(Document):
    """An import, without its report."""

    id: str = Field(examples=["imp_1"])
    state: Literal["waiting", "checking", "writing", "done", "failed", "cancelled"]
    name: str = Field(description="Of the file.", examples=["claims.ndjson"])
    dry_run: bool
    actor: str = Field(description="The name of the key that it was sent with.")
    comment: str | None
    created_at: str
    ended_at: str | None
    progress: ImportProgress | None
    revision: int | None = Field(description="The revision that it is stored as; null where it changed nothing.")
    error: ImportFailure | None
    idempotency_key: str | None = Field(description="The Idempotency-Key that it was sent with.")


class ImportOut(ImportSaid):
    """An import. report: once it is done or failed."""

    report: ImportReport | None = None


class ImportsOut(Document):
    """The latest imports, newest first."""

    data: list[ImportSaid]
