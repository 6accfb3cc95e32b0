"""Output models: the shape of the documents of records that are stored and served, for the API's description.

Documents are not built from these models (see store/records/document.py); tests hold the two together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.domain.record import records_in

Exact = Annotated[float, WithJsonSchema({"type": "number", "description": "An exact decimal, up to 38 digits."})]


class Document(BaseModel):
    """Every field is there; what is unknown is null."""

    model_config = ConfigDict(extra="forbid")


class DateOut(Document):
    """An EDTF date as written, with its first and last day: null where open or unknown."""

    edtf: str = Field(examples=["2024-04"])
    earliest: date | None
    latest: date | None
    as_stated: str | None


class OrganizationShown(Document):
    """An organization, as claims show it."""

    id: str
    key: str
    name: str


class SpeakerShown(OrganizationShown):
    """A speaker, as claims show it."""

    kind: records_in.Kind | None = Field(description="null until it is stated.")


class RoleOut(Document):
    """The speaker's role at that time. basis: stated by the source, or filled in from a tenure."""

    title: str | None
    organization: OrganizationShown | None
    status: records_in.RoleStatus
    as_stated: str | None
    basis: records_in.Basis


class MetricShown(Document):
    """A metric, as claims show it."""

    id: str
    key: str
    name: str


class EquivalentOut(Document):
    """The same amount in another unit, as printed."""

    value: Exact
    unit: str
    as_stated: str | None


class FigureOut(Document):
    """A number in the claim. low and high follow from comparator and value, or are an estimate's own; null where
    unbounded.
    """

    metric: MetricShown
    value: Exact | None
    low: Exact | None
    high: Exact | None
    comparator: records_in.Comparator
    unit: str
    kind: records_in.FigureKind
    change: records_in.Change | None
    period: DateOut | None
    equivalents: list[EquivalentOut]
    as_stated: str | None


class SourceShown(Document):
    """A source, as claims show it."""

    id: str
    key: str
    title: str | None
    publisher: str | None
    url: str | None
    published_on: DateOut | None


class DifferenceOut(Document):
    """A difference between a quote and its source: both texts; "" for nothing."""

    quote: str = Field(examples=["[the minister]"])
    text: str = Field(examples=["he"])


class LocatorOut(Document):
    """A place in the source. start and end are offsets in characters, start_time and end_time seconds; gaps: what an
    elided quote leaves out.

    differences: what else a normalized or elided quote has otherwise (marks, letters, hyphens, an editor's brackets),
    each once, at most 20. Text replaced by brackets at a quote's ends is shown from where the clause begins or ends.
    """

    exact: str | None
    prefix: str | None
    suffix: str | None
    start: int | None
    end: int | None
    page: str | None
    lines: str | None
    start_time: Exact | None
    end_time: Exact | None
    time: str | None
    gaps: list[str] | None
    differences: list[DifferenceOut] | None


class CitationOut(Document):
    """A source that has the claim, and whether its words were found there."""

    source: SourceShown
    via: str | None
    locator: LocatorOut | None
    verification: records_in.Verification


class AssessmentOut(Document):
    """A verdict that somebody published on the claim. best, worst: the ends of the scale of rating_value."""

    publisher: str
    url: str | None
    rating: str | None
    rating_value: Exact | None
    best: Exact | None
    worst: Exact | None
    rated_on: DateOut | None
    note: str | None


class RelationOut(Document):
    """How the claim bears on another."""

    type: records_in.RelationType
    claim: str
    key: str | None = Field(description="Null in an earlier version, where that claim was purged since.")


class RetractionOut(Document):
    """Retraction of a claim, and its reason."""

    kind: records_in.RetractionKind
    reason: str | None
    retracted_on: DateOut | None
    issuer: str | None
    source: SourceShown | None


class Stamps(Document):
    """When the record was first recorded, its last own change, and the revision that rendered it."""

    recorded_at: datetime
    updated_at: datetime
    revision: int


class ClaimOut(Stamps):
    """One thing that somebody said, with what proves it."""

    id: str = Field(examples=["clm_1"])
    version: int = Field(description="Counts the claim's own edits.")
    key: str
    status: records_in.Status
    speaker: SpeakerShown | None = Field(description="null: the source names nobody.")
    roles: list[RoleOut]
    quote: str | None
    paraphrase: str | None
    language: str | None
    translated_from: str | None
    said_on: DateOut | None
    venue: str | None
    figures: list[FigureOut]
    topics: list[str]
    citations: list[CitationOut]
    assessments: list[AssessmentOut]
    relations: list[RelationOut]
    retraction: RetractionOut | None
    dataset: str | None = Field(description="The collection that it came with; `/v1/datasets` has them.")


class RelatedClaim(Document):
    """The other claim of a relation."""

    type: records_in.RelationType
    claim: str = Field(examples=["clm_2"])
    key: str


class RelatedOut(Document):
    """The relations of a claim from both ends: those that it has, and the claims that name it in theirs."""

    id: str = Field(examples=["clm_1"])
    key: str
    relations: list[RelatedClaim] = Field(description="The claims that this one bears on.")
    related_from: list[RelatedClaim] = Field(description="Active claims that bear on this one: the first 100.")
    related_from_total: int = Field(description="How many such claims there are; `related_to=` lists them all.")
    revision: int = Field(description="The revision that this was read at.")


class WhyOut(Document):
    """The things that a claim and a text have in common, the weightiest first."""

    terms: list[str] = Field(
        description="Words of the claim, its speaker's name and the titles of its sources: at most 20."
    )
    figures: list[str] = Field(description="Amounts, in however different notations.")


class MatchOut(Document):
    """A claim that is like a text. score: the more is in common, the higher; it compares claims of one answer."""

    claim: ClaimOut
    score: float = Field(examples=[12.3])
    why: WhyOut


class MatchesMeta(Document):
    """The revision that an answer was read at."""

    revision: int
    notes: list[str] = Field(default=[], description="Where the text is so long that not all of it is compared.")


class MatchesOut(Document):
    """The claims that are most like a text, in order; none where nothing is in common."""

    data: list[MatchOut]
    meta: MatchesMeta


class TenureOut(Document):
    """A title that a speaker held."""

    title: str
    organization: OrganizationShown | None
    since: DateOut | None
    until: DateOut | None


class SpeakerOut(Stamps):
    """A person, an organization, a group, or somebody unnamed. source: where the last two belong."""

    id: str = Field(examples=["spk_1"])
    version: int
    key: str
    name: str
    kind: records_in.Kind | None = Field(description="null until it is stated.")
    aliases: list[str]
    identifiers: dict[str, str | list[str]] = Field(
        description="Identifiers elsewhere by scheme; a list where a scheme has several values for one speaker."
    )
    tenures: list[TenureOut]
    note: str | None
    source: str | None


class SourceOut(Stamps):
    """A document that proves claims. text_sha256: the digest of its text, where that is held."""

    id: str = Field(examples=["src_1"])
    version: int
    key: str
    title: str | None
    kind: records_in.SourceKind | None
    authors: list[str]
    publisher: str | None
    url: str | None
    archive_url: str | None
    published_on: DateOut | None
    accessed_on: DateOut | None
    language: str | None
    note: str | None
    text_sha256: str | None


class MetricOut(Stamps):
    """A measured quantity."""

    id: str = Field(examples=["met_1"])
    version: int
    key: str
    name: str
    definition: str | None
    unit: str | None
