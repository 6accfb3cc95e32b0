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


class ImportOut(ImportSaid):
    """An import. report: as `onrecord import --json` prints it, once it is done or failed."""

    report: dict[str, Any] | None = None


class ImportsOut(Document):
    """The latest imports, newest first."""

    data: list[ImportSaid]
