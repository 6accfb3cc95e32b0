"""Output models: the shape of the documents that are stored and served, for the API's description.

Documents are not built from these models (see store/records/document.py); tests hold the two together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.domain.record import records_in
from app.domain.record.actions import Action

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


class TotalOut(Document):
    """How many there are: exactly (`eq`), or at least (`gte`)."""

    value: int = Field(examples=[38])
    relation: Literal["eq", "gte"]


class PageInfo(Document):
    """How to go on: the cursor of the next page; null on the last."""

    next_cursor: str | None
    has_more: bool


class Meta(Document):
    """The total, null where it was not to be counted, and the revision that the answer was read at."""

    total: TotalOut | None
    revision: int
    notes: list[str] = Field(
        default=[],
        description="Where nothing is found: what was asked for that no claim has, with near names, and whether it is"
        " `status` alone that hides something; or that the database is to be migrated. Absent where there is nothing"
        " to say.",
        examples=[["topic 'cyber defense' is on no claim; near: 'cyber defence'"]],
    )


class Links(Document):
    """Paths of this page and the next."""

    self: str
    next: str | None


T = TypeVar("T", bound=Document)


class PageOut(Document, Generic[T]):
    """A page of a list."""

    data: list[T]
    page: PageInfo
    meta: Meta
    links: Links


class ClaimPage(PageOut[ClaimOut]):
    """A page of claims."""


class SearchPage(Document):
    """A page of claims that a search found."""

    data: list[ClaimOut]
    page: PageInfo
    meta: Meta


class SpeakerPage(PageOut[SpeakerOut]):
    """A page of speakers."""


class SourcePage(PageOut[SourceOut]):
    """A page of sources."""


class MetricPage(PageOut[MetricOut]):
    """A page of metrics."""


class VersionOut(Document):
    """A change of a record: by whom, when, and which fields, {field: [old, new]}.

    action: `revived` is the next version of a record that had ended, `rendered` one that another record made
    necessary. into: what it was merged into.
    """

    version: int | None = Field(description="Null for a purge, which has taken versions away.")
    revision: int
    at: datetime
    actor: str
    comment: str | None
    action: Action
    into: str | None
    changes: dict[str, list[Any]] = Field(examples=[{"quote": ["we hired 1,500", "we hired 1,600"]}])


class HistoryPage(PageOut[VersionOut]):
    """A page of the changes of a record, newest first."""


class RevisionSummary(Document):
    """One committed change of the database. undoes: the revision that it takes back."""

    number: int
    recorded_at: datetime
    actor: str
    comment: str | None
    counts: dict[str, int] = Field(examples=[{"created": 38}])
    undoes: int | None


class ChangeOut(Document):
    """One change of one record, by the words that its history has."""

    revision: int
    type: Action = Field(
        description="`rendered`: what it shows of other records is another, and its version the same. `revived`: a"
        " record that had ended, or was merged, has a version again."
    )
    record: Literal["claim", "speaker", "source", "metric"]
    id: str = Field(examples=["clm_1"])
    key: str | None = Field(description="Null where it was purged.")
    into: str | None = Field(description="Of a record that was `merged`, the one that it is part of.")
    document: ClaimOut | SpeakerOut | SourceOut | MetricOut | None = Field(
        description="The record as it was stored then; null where it ended."
    )


class DatasetDescription(Document):
    """A collection that claims came with."""

    name: str = Field(description="The value of `dataset` in its claims.", examples=["factck-br"])
    title: str | None
    licence: str | None
    url: str | None
    citation: str | None


class DatasetOut(DatasetDescription):
    """The same with the number of its claims. revision: since which it is described so."""

    claims: int = Field(description="The number that is not retracted; `dataset=` lists them.")
    retracted: int
    revision: int


class DatasetPage(PageOut[DatasetOut]):
    """A page of datasets."""


class RetractedDataset(Document):
    """The result of a retraction. revision: the new one; null for a dry run."""

    dataset: str = Field(examples=["factck-br"])
    revision: int | None
    counts: dict[str, int] = Field(examples=[{"retracted": 1300}])


class ChangedDataset(DatasetDescription):
    """A dataset as a revision described it. ended: whether the revision took back what made it."""

    ended: bool


class ChangesRevision(RevisionSummary):
    """A revision; merges: how many records had been merged until then. datasets: those that it described, or ended."""

    merges: int
    datasets: list[ChangedDataset]


class ChangesMeta(Document):
    """The newest revision, whether there is more at the moment, and the version of the shape of documents."""

    revision: int
    has_more: bool
    documents: int


class ChangesOut(Document):
    """Changes in the order of revisions; within one sources, metrics, speakers, claims, merges, ends."""

    data: list[ChangeOut]
    revisions: list[ChangesRevision] = Field(description="The page's revisions, also any that changed no record.")
    next: str = Field(description="The place to go on from, as `since`. Opaque.", examples=["1.9f86d081"])
    revision_complete: bool = Field(description="Whether the page ends with a whole revision.")
    meta: ChangesMeta


class RevisionPage(PageOut[RevisionSummary]):
    """A page of revisions, newest first."""


class KeptOut(Document):
    """A record that the undone revision made, and that stays, for something shows it; or one that goes on to name the
    survivor of a merge that is undone, for a later edit set that.
    """

    id: str
    key: str
    reason: str = Field(examples=["it is shown by what came later", "its speaker was set anew by revision 52"])


class UndoneOut(Document):
    """The result of an undo. revision: the new one; null for a dry run. kept: at most 1,000 of kept_in_all."""

    undoes: int
    revision: int | None
    recorded_at: datetime
    actor: str
    comment: str | None
    counts: dict[str, int] = Field(examples=[{"updated": 3, "undone": 1}])
    kept: list[KeptOut]
    kept_in_all: int


class TouchedOut(Document):
    """A record, and what the revision did to it."""

    type: Literal["clm", "spk", "src", "met"]
    id: str
    key: str | None = Field(description="Null where it was purged.")
    action: Action


class RevisionOut(RevisionSummary, PageOut[TouchedOut]):
    """A revision, with a page of the records that it touched."""


FieldType = Literal[
    "boolean", "choice", "count", "date", "first moment", "id", "identifier", "key", "language", "language range",
    "last moment", "name", "number", "text", "unit", "url", "words",
]  # fmt: skip


class OperatorOut(Document):
    """One way to ask for a field: a query parameter of `/v1/claims`."""

    parameter: str = Field(description="The name in a query string.", examples=["said_on__gte"])
    operator: str = Field(description="`eq` is the bare field.", examples=["gte"])
    type: FieldType = Field(description="Of the value that is asked for. Dates are EDTF; names are whole names.")
    description: str
    choices: list[str] | None = Field(description="The values that there are, where they are few.")
    repeatable: bool = Field(description="Whether it may be repeated, for any of several values.")
    example: str


class ClaimFieldOut(Document):
    """A field that claims can be asked for."""

    name: str = Field(examples=["said_on"])
    element: Literal["claim", "role", "figure", "citation", "assessment", "relation"] = Field(
        description="Filters of one element other than `claim` constrain one and the same element of that list."
    )
    type: FieldType = Field(description="Of its first operator.")
    sortable: bool
    groupable: bool = Field(description="For aggregates, which are still to come.")
    example: str
    operators: list[OperatorOut]


class ClaimFieldsOut(Document):
    """Claim fields and filters."""

    data: list[ClaimFieldOut]
    sorts: list[str] = Field(description="The values of `sort`; a minus is descending.", examples=[["-said_on"]])
    formats: list[str] = Field(description="json is for lists, the others are for exports.", examples=[["json"]])


class SuggestionOut(Document):
    """A speaker whose name fits what is typed. alias: the other name that was found; null where it is `name`."""

    id: str = Field(examples=["spk_6"])
    key: str
    name: str
    kind: records_in.Kind | None
    alias: str | None


class SuggestionsMeta(Document):
    """The revision that the answer was read at."""

    revision: int


class SuggestionsOut(Document):
    """Speakers, best first."""

    data: list[SuggestionOut]
    meta: SuggestionsMeta


class ProblemItem(Document):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    in_: str = Field(alias="in", examples=["query"])
    name: str = Field(examples=["figure__unit"])
    code: str = Field(examples=["bad-value"])
    detail: str
    did_you_mean: list[str]


class ChangedSince(Document):
    """A record, and the revision that changed it."""

    id: str
    key: str
    revision: int


class NamedOut(Document):
    """A record by its names."""

    id: str
    key: str


class ShownStill(Document):
    """A record that stays, for others show it."""

    id: str
    key: str
    by: list[NamedOut] = Field(description="The first of the records that show it.")
    by_in_all: int = Field(description="How many records show it.")


class SurvivorOut(Document):
    """The record that another is part of."""

    id: str
    key: str
    url: str = Field(description="The path of it.", examples=["/v1/claims/clm_1"])


class ProblemOut(Document):
    """Why there is no answer: RFC 9457."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str
    code: str = Field(description="For programs.", examples=["bad-request"])
    request_id: str
    errors: list[ProblemItem]
    records: list[ChangedSince] = Field(
        default=[], description="Of a conflict, the records that were changed since; absent elsewhere."
    )
    shown: list[ShownStill] = Field(
        default=[],
        description="Of an undo that has nothing to undo, the records that stay, for others show them; of a conflict"
        " else empty, absent elsewhere.",
    )
    merged_into: SurvivorOut | None = Field(
        default=None,
        description="Of a change of a record that was merged (`merged`), the record that it is part of; absent"
        " elsewhere.",
    )


class Health(Document):
    """The service answers."""

    status: Literal["ok"]
