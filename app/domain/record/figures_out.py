"""Output models of answers about figures: rows of one figure each."""

from __future__ import annotations

from pydantic import Field

from app.domain.record import records_in
from app.domain.record.answers_out import Links, Meta, PageInfo
from app.domain.record.records_out import (
    DateOut,
    Document,
    Exact,
    MetricShown,
    OrganizationShown,
    SourceShown,
    SpeakerShown,
)


class ClaimShown(Document):
    """A claim, as its figures show it."""

    id: str = Field(examples=["clm_14"])
    key: str
    status: records_in.Status


class RoleShown(Document):
    """The first role of a claim's speaker, as its figures show it."""

    title: str | None
    organization: OrganizationShown | None
    status: records_in.RoleStatus


class FigureRow(Document):
    """One figure with what its claim says of it."""

    claim: ClaimShown
    position: int = Field(description="The place of the figure in the claim's `figures`, from 0 on.")
    speaker: SpeakerShown | None
    role: RoleShown | None = Field(description="The first of the claim's `roles`.")
    said_on: DateOut | None
    metric: MetricShown
    value: Exact | None
    low: Exact | None = Field(description="null where unbounded.")
    high: Exact | None = Field(description="null where unbounded.")
    comparator: records_in.Comparator
    unit: str
    kind: records_in.FigureKind
    change: records_in.Change | None
    period: DateOut | None
    as_stated: str | None
    source: SourceShown = Field(description="The document that the claim cites first.")
    verification: records_in.Verification = Field(description="Of the citation of that document.")


class ConvertedRow(FigureRow):
    """The same with its numbers in another unit."""

    converted_value: Exact | None
    converted_low: Exact | None
    converted_high: Exact | None
    converted_unit: str | None = Field(description="null where the figure does not convert.")
    not_converted: str | None = Field(description="Why the figure does not convert; null where it does.")


class FigureMeta(Meta):
    """The same as of other lists; not_converted: where `convert_to` is asked for."""

    not_converted: int = Field(
        default=0,
        description="How many of all that are found do not convert to `convert_to`; absent without that.",
    )


class FigurePage(Document):
    """A page of figures."""

    data: list[FigureRow | ConvertedRow]
    page: PageInfo
    meta: FigureMeta
    links: Links


class FigureSearchPage(Document):
    """A page of figures that a search found."""

    data: list[FigureRow | ConvertedRow]
    page: PageInfo
    meta: FigureMeta
