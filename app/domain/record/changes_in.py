"""Changes and revisions as a server tells them (`GET /v1/changes`), read back. Documents stay as they came."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from app.domain.record.actions import Action
from app.domain.record.datasets import FIELDS, Description

PREFIXES: Final = {"source": "src", "metric": "met", "speaker": "spk", "claim": "clm"}  # of ids, in the feed's order

Number = Annotated[int, msgspec.Meta(ge=1, lt=1 << 53)]


class ChangeIn(msgspec.Struct):
    """One change of one record. document: JSON; `null` where the record ended."""

    revision: Number
    type: Action
    record: Literal["claim", "speaker", "source", "metric"]
    id: Annotated[str, msgspec.Meta(pattern=r"^(clm|spk|src|met)_[1-9][0-9]{0,14}$")]
    key: str | None
    into: str | None
    document: msgspec.Raw

    @property
    def prefix(self) -> str:
        """How the id begins."""
        return PREFIXES[self.record]

    @property
    def number(self) -> int:
        """The number in the id."""
        return int(self.id[4:])

    @property
    def ends(self) -> bool:
        """Whether the record has no version of its own any more."""
        return self.type in ("merged", "undone", "purged")


class DatasetIn(msgspec.Struct):
    """A dataset as a revision described it, or that it ended."""

    name: str
    ended: bool
    title: str | None
    licence: str | None
    url: str | None
    citation: str | None

    @property
    def description(self) -> Description:
        """Its fields."""
        return {name: getattr(self, name) for name in FIELDS}


class RevisionIn(msgspec.Struct):
    """A revision's own row, with what it did to datasets."""

    number: Number
    recorded_at: str
    actor: str
    comment: str | None
    counts: dict[str, int]
    merges: int
    undoes: int | None
    datasets: list[DatasetIn] = []  # an earlier release tells none: its documents are of another version


class ChangesMetaIn(msgspec.Struct):
    """The newest revision, whether there is more, and the version of the shape of documents."""

    revision: int
    has_more: bool
    documents: int


class ChangesIn(msgspec.Struct):
    """A page of the changes."""

    data: list[ChangeIn]
    revisions: list[RevisionIn]
    next: str
    revision_complete: bool
    meta: ChangesMetaIn
