"""Documents of aggregates, as OpenAPI describes them."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from app.domain.record.answers_out import Meta
from app.domain.record.records_out import Document


class GroupOut(Document):
    """A group, how many claims it has, and what is measured of how many figures: `figure.value:mean` and others."""

    model_config = ConfigDict(extra="allow")
    group: dict[str, Any] = Field(
        description="By the names of `group_by`: a text, a record by id, key and name (or title), or null where it is"
        " unknown.",
        examples=[{"said_on:year": "2024"}],
    )
    count: int
    figures: int = Field(default=0, description="Absent where nothing is measured.")


class NotMeasured(Document):
    """How many figures of the claims in groups are left out of measures, by the reason."""

    change: int = Field(description="Changes, where `figure__change` does not ask for them.")
    other_dimension: int = Field(description="Figures that do not convert to the unit.")
    no_value: int = Field(description="Figures that have bounds alone.")


class AggregateMeta(Meta):
    """The totals of an aggregate."""

    groups_total: int = Field(description="How many groups meet `having`.")
    other_count: int = Field(description="The counts of all groups that are not here.")
    spanning: int | None = Field(description="Claims whose date lies in several groups; null without a date.")
    unit: str | None = Field(description="The unit of what is measured.", examples=["count/day"])
    not_measured: NotMeasured | None


class SelfLink(Document):
    """The path of what was asked for."""

    self: str


class AggregateOut(Document):
    """Groups of claims."""

    data: list[GroupOut]
    meta: AggregateMeta
    links: SelfLink | None = Field(default=None, description="Absent of a tree of conditions.")
