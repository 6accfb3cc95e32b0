"""Retracting a whole dataset: all of its claims that are not retracted, as one revision, for one reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from app.errors import Conflict
from app.store.database.bulk_insert import Progress, chunks
from app.store.database.fetching import fetch_rows
from app.store.history.moment import moment_of
from app.store.history.revision import Revision
from app.store.index.bitmaps import numbers_in
from app.store.index.families import CLAIM
from app.store.search.conditions import NOT_RETRACTED
from app.store.search.datasets import dataset_fact, read_dataset
from app.store.search.evaluation import evaluate
from app.store.search.lookups import Asking
from app.store.write.amending import Given
from app.store.write.edits import Author
from app.store.write.writer import BATCH, Writer

_IDS = "SELECT id FROM claims WHERE number IN ?? ORDER BY id"


@dataclass
class Retracted:
    """The result of a retraction, or of a trial. revision: None for a trial. counts: as revisions have them."""

    dataset: str
    revision: int | None
    counts: dict[str, int] = field(default_factory=dict)


def retract_dataset(
    connection: Connection,
    name: str,
    retraction: dict[str, Any],
    author: Author,
    *,
    progress: Progress = lambda _what, _done, _all: None,
) -> Retracted:
    """Retract the claims of a dataset, within the writing transaction. retraction: as a claim has it.

    Raises NotFound for a dataset that there is not, Conflict where none of its claims is left to be retracted, and
    BadRecord where the retraction is wrong, by its places in a claim.
    """
    claims = _active_claims(connection, name)
    writer = Writer(Revision(connection, actor=author.actor, comment=author.comment, at=author.at), force=True)
    done = 0
    for some in chunks(claims, BATCH):
        members = {"retraction": retraction}
        writer.put_rows([Given(n, None, {"members": {"id": one} | members}) for n, one in enumerate(some, done)])
        writer.require_right()
        writer.outcomes.take()
        writer.revision.take_warnings()
        done += len(some)
        progress("claims retracted", done, len(claims))
    writer.finish()
    writer.require_right()
    return Retracted(name, writer.revision.number, dict(sorted(writer.revision.counts.items())))


def _active_claims(connection: Connection, name: str) -> list[str]:
    """The ids of the claims of a dataset that are current, and not retracted."""
    asking = Asking(connection, moment_of(connection))
    read_dataset(asking, name)
    numbers = asking.view.postings(CLAIM, dataset_fact(name)) & evaluate(NOT_RETRACTED, asking.view)
    found = [f"clm_{one}" for some in chunks(numbers_in(numbers).tolist()) for one in _ids(connection, some)]
    if not found:
        raise Conflict(f"no claim of the dataset {name} is left to be retracted", code="nothing-to-retract")
    return found


def _ids(connection: Connection, numbers: list[int]) -> Iterator[int]:
    yield from (own for (own,) in fetch_rows(connection, _IDS, numbers))
