"""Output models: problems, as RFC 9457 has them."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from app.domain.record.records_out import Document


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
