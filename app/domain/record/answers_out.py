"""Output models: answers that are made of records or tell of them, such as pages, versions, revisions and changes.

Over 350 lines, for it is one table of what answers hold, and has no work in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import Field

from app.domain.record import records_in
from app.domain.record.actions import Action
from app.domain.record.records_out import ClaimOut, Document, MetricOut, SourceOut, SpeakerOut


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


class BucketOut(Document):
    """A value of a facet, and how many claims have it."""

    value: Any = Field(description="A text, a record by id, key and name (or title), or null where it is unknown.")
    count: int


class FacetOut(Document):
    """The largest groups of all that is found, without the filters on the facet's own field."""

    groups: list[BucketOut]
    groups_total: int
    other_count: int = Field(description="The counts of the other groups together.")
    spanning: int | None = Field(
        description="Claims whose date lies in several groups, and so in none; null elsewhere."
    )


_FACETS: Any = Field(default={}, description="By their names, where `facets` asks for any; absent elsewhere.")


class ClaimPage(PageOut[ClaimOut]):
    """A page of claims."""

    facets: dict[str, FacetOut] = _FACETS


class SearchPage(Document):
    """A page of claims that a search found."""

    data: list[ClaimOut]
    page: PageInfo
    facets: dict[str, FacetOut] = _FACETS
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
    groupable: bool = Field(description="Whether aggregates and facets count by it.")
    group_by: list[str] = Field(description="The names by which they do.", examples=[["said_on:year"]])
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


class ValueOut(Document):
    """A value of a field, as a claim spells it."""

    name: str = Field(examples=["recruitment"])
    claims: int = Field(description="The number of claims that have it, and are not retracted.")


class ValuesMeta(Document):
    """How many values fit, and the revision that the answer was read at."""

    total: int
    revision: int


class ValuesOut(Document):
    """Values, those first that most claims have, then in the order of their letters."""

    data: list[ValueOut]
    meta: ValuesMeta


class UnitOut(Document):
    """A unit. An amount in it, times `factor` and plus `offset`, is one in the base unit of its dimension, exactly."""

    symbol: str = Field(description="As it is printed; it can be sent as a unit.", examples=["km"])
    name: str = Field(examples=["kilometer"])
    plural: str = Field(examples=["kilometers"])
    dimension: str = Field(description="Only units of one dimension convert.", examples=["length"])
    factor: str = Field(description="A whole number, or a fraction.", examples=["1000"])
    offset: str = Field(description="0 but for some units of temperature.", examples=["0"])
    names: list[str] = Field(description="All spellings that are read as this unit.")


class UnitsMeta(Document):
    """How many units fit."""

    total: int


class UnitsOut(Document):
    """Units, those of counting and of time first, currencies last."""

    data: list[UnitOut]
    meta: UnitsMeta


class Health(Document):
    """The service answers."""

    status: Literal["ok"]
