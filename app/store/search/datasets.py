"""Datasets as they are read: the descriptions at a moment, each with how many claims carry its name then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from app.domain.query.registry import PARAMETERS
from app.domain.record.datasets import FIELDS, check_dataset
from app.errors import BadValue, NotFound, near
from app.store.database.fetching import Rows, fetch_rows
from app.store.index.facts import fact
from app.store.index.families import CLAIM
from app.store.records.document import Doc, encode
from app.store.search.conditions import NOT_RETRACTED
from app.store.search.evaluation import Evaluation
from app.store.search.lookups import Asking
from app.store.search.results import Page, Place, Total

MOST_NAMES: Final = 10_000  # among which near ones are looked for

_SHOWN: Final = "since <= ? AND (until IS NULL OR until > ?)"
_SELECT: Final = f"SELECT id, since, name, {', '.join(FIELDS)} FROM datasets WHERE {_SHOWN}"  # noqa: S608  # our own
_PAGE: Final = f"{_SELECT} AND id > ? ORDER BY id LIMIT ?"
_ONE: Final = f"{_SELECT} AND name = ?"
_COUNT: Final = f"SELECT count(*) FROM datasets WHERE {_SHOWN}"  # noqa: S608  # as above
_NAMES: Final = f"SELECT name FROM datasets WHERE {_SHOWN} ORDER BY id LIMIT ?"  # noqa: S608  # as above


def find_datasets(asking: Asking, *, limit: int, after: Place | None = None) -> Page:
    """A page of datasets in the order in which their names were first seen. after: where the page before it ended."""
    connection, moment = asking.connection, asking.moment
    now = (moment.revision, moment.revision)
    rows = fetch_rows(connection, _PAGE, *now, after.number if after else 0, limit + 1)
    ((count,),) = fetch_rows(connection, _COUNT, *now)
    end = Place(rows[limit - 1][0]) if len(rows) > limit else None
    documents = ",\n".join(map(encode, _shown(rows[:limit], asking))).encode()
    return Page(documents, end, Total(count, "eq"), moment.revision, moment.mark)


def read_dataset(asking: Asking, name: str) -> Doc:
    """A dataset at a moment. Raises NotFound, with names that are spelt nearly so."""
    now = (asking.moment.revision, asking.moment.revision)
    try:
        check_dataset(name)
    except BadValue as error:
        raise NotFound(f"there is no such dataset: {error}") from None
    for doc in _shown(fetch_rows(asking.connection, _ONE, *now, name), asking):
        return doc
    known = [other for (other,) in fetch_rows(asking.connection, _NAMES, *now, MOST_NAMES)]
    alike = near(name, known)
    told = f"; near: {', '.join(alike)}" if alike else "; /v1/datasets lists them"
    raise NotFound(f"there is no dataset {name[:80]!r} as of revision {asking.moment.revision}{told}")


def _shown(rows: Rows, asking: Asking) -> Iterable[Doc]:
    view = asking.view
    visible = view.visible(CLAIM)
    active = Evaluation(view).find(NOT_RETRACTED, CLAIM, visible) & visible
    each = view.each_postings((CLAIM, dataset_fact(row[2])) for row in rows)
    for (_, since, name, *description), numbers in zip(rows, each, strict=True):
        doc: dict[str, Any] = {"name": name} | dict(zip(FIELDS, description, strict=True))
        claims = numbers & active
        yield doc | {"claims": len(claims), "retracted": len((numbers & visible) - claims), "revision": since}


def dataset_fact(name: str) -> bytes:
    """The index's term of the claims of a dataset."""
    return fact(PARAMETERS["dataset"].fact, name)
