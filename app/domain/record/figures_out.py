"""Output models of answers about figures: rows of one figure each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.domain.record import records_in
from app.domain.record.answers_out import Links, Meta, PageInfo, TotalOut
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


class StatedOut(Document):
    """The numbers of a figure as they were stated."""

    value: Exact | None
    low: Exact | None
    high: Exact | None
    unit: str
    as_stated: str | None


class PointOut(Document):
    """A figure at a time. value, low, high: in the unit of the series; low and high null where unbounded."""

    on: DateOut = Field(description="The period, or the date of saying it, as `by` asks for.")
    value: Exact | None
    low: Exact | None
    high: Exact | None
    stated: StatedOut
    comparator: records_in.Comparator
    kind: records_in.FigureKind
    change: records_in.Change | None
    speaker: SpeakerShown | None
    claim: ClaimShown
    position: int = Field(description="The place of the figure in the claim's `figures`, from 0 on.")
    said_on: DateOut | None
    period: DateOut | None
    source: SourceShown
    verification: records_in.Verification


class SeriesOut(Document):
    """Points in the order of time. kind and speaker are null where the series are not split by them as well."""

    kind: records_in.FigureKind | None
    speaker: SpeakerShown | None
    change: records_in.Change | None = Field(description="null: amounts.")
    points: list[PointOut]


class LeftOutFigure(Document):
    """A figure that is left out, as it was stated."""

    claim: ClaimShown
    position: int
    value: Exact | None
    low: Exact | None
    high: Exact | None
    unit: str
    change: records_in.Change | None
    as_stated: str | None


class LeftOut(Document):
    """Figures that are left out for one reason: how many, and the first of them."""

    count: int
    figures: list[LeftOutFigure]


class LeftOutOut(Document):
    """Figures of the metric that are left out, by the first reason that holds."""

    changes: LeftOut = Field(description="Differences and ratios, unless they are asked for.")
    not_converted: LeftOut = Field(description="Figures of another dimension than the unit.")
    no_date: LeftOut = Field(description="Figures without a known date of the kind that is asked for.")


class MetricMeasured(MetricShown):
    """A metric with its unit."""

    unit: str | None


class SeriesMeta(Document):
    """The metric and unit of series, and how many points they have."""

    metric: MetricMeasured
    unit: str = Field(description="The unit of the points.")
    by: Literal["period", "said_on"]
    split: list[Literal["kind", "speaker"]]
    total: TotalOut = Field(
        description="How many points there are; where that is more than `limit`, the newest are here."
    )
    left_out: LeftOutOut
    revision: int


class SeriesPage(Document):
    """A metric over time."""

    data: list[SeriesOut]
    meta: SeriesMeta


class CitedOut(Document):
    """A document that has the claim, and by way of whom."""

    source: SourceShown
    via: str | None = Field(description="By way of whom the source has it: an agency, a spokesman.")
    verification: records_in.Verification


class SupportOut(Document):
    """The claims with the same interval, kind and period as a figure, and what proves them.

    independent: documents, of which those are one that have it by way of the same agency or person, or from each other.
    """

    claims: int = Field(description="How many claims have this value.")
    documents: int = Field(description="How many documents prove them: several addresses of one document are one.")
    independent: int
    counted_claims: int = Field(description="Of how many of these claims the documents were counted.")


class SideOut(ConvertedRow):
    """One of two figures, and what its value rests on."""

    citations: list[CitedOut]
    support: SupportOut


class ReasonOut(Document):
    """A reason for which two figures may differ."""

    code: Literal[
        "kind", "period", "comparator", "rounding", "unit", "said_later", "same_speaker", "relation", "same_source",
        "via",
    ]  # fmt: skip
    detail: str = Field(examples=["clm_19 updates clm_14"])


class DisagreementOut(Document):
    """Two figures of different claims whose intervals have no number in common."""

    lower: SideOut
    higher: SideOut
    gap: Exact = Field(description="From the upper end of the lower to the lower end of the higher one, in the unit.")
    periods: Literal["equal", "overlapping", "apart", "unknown"]
    why: list[ReasonOut] = Field(description="Why they may differ; empty where their claims tell of nothing.")


class DisagreementMeta(Document):
    """The metric and unit of disagreements, and how many there are."""

    metric: MetricMeasured
    unit: str
    periods: Literal["overlapping", "equal", "any"]
    total: TotalOut = Field(description="How many pairs there are: exactly, or at least, where not all are compared.")
    compared: int = Field(description="How many figures were compared: of very many the ones said last.")
    left_out: LeftOutOut
    revision: int


class DisagreementPage(Document):
    """The values of a metric that contradict each other."""

    data: list[DisagreementOut]
    meta: DisagreementMeta


class SinceBefore(Document):
    """How a statement compares with the one before it, of the same kind."""

    claim: ClaimShown
    position: int
    meets: bool = Field(description="Whether a number lies in both intervals: what was said before may still hold.")
    difference: Exact | None = Field(description="The value less the one before; null where one of them has none.")


class StatementOut(PointOut):
    """A point with how it compares with the one before; null for the first."""

    since_before: SinceBefore | None


class StatementsOut(Document):
    """The statements of a speaker that are of one kind, the oldest first."""

    kind: records_in.FigureKind
    change: records_in.Change | None = Field(description="null: amounts.")
    points: list[StatementOut]


class StatementsMeta(Document):
    """The speaker, metric and unit of statements, and how many there are."""

    speaker: SpeakerShown
    metric: MetricMeasured
    unit: str = Field(description="The unit of the points.")
    total: TotalOut = Field(description="How many statements there are; of more than `limit`, the newest are here.")
    left_out: LeftOutOut
    revision: int


class StatementsPage(Document):
    """A speaker's figures of a metric over time."""

    data: list[StatementsOut]
    meta: StatementsMeta
