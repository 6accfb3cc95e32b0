"""Datasets as one revision writes them: a name is one once a claim carries it, or it is described.

Nothing shows a description but the dataset itself, so a new one renders no claim anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from app.domain.record.datasets import FIELDS, Description
from app.errors import Problem, near
from app.store.database.bulk_insert import insert_values
from app.store.database.fetching import execute, fetch_rows
from app.store.history.revision import Revision
from app.store.write.versions import Version

MOST: Final = 1_000  # datasets that one revision names: `/v1/changes` tells of all of them with it
MOST_NAMES: Final = 10_000  # among which near ones are looked for
MAX_HINTS: Final = 20  # new names that near ones are looked for

_COLUMNS: Final = ("id", "since", "until", "name", *FIELDS)
_CURRENT: Final = f"SELECT id, since, name, {', '.join(FIELDS)} FROM datasets WHERE until IS NULL AND name IN ??"  # noqa: S608  # ours
_IDS: Final = "SELECT name, max(id) FROM datasets WHERE name IN ?? GROUP BY name"
_LAST: Final = "SELECT coalesce(max(id), 0) FROM datasets"
_NAMES: Final = "SELECT name FROM datasets WHERE until IS NULL ORDER BY id LIMIT ?"
_END: Final = "UPDATE datasets SET until = ? WHERE until IS NULL AND name IN ??"
_FORGET: Final = "DELETE FROM datasets WHERE since = ? AND name IN ??"


class Stored(NamedTuple):
    """A current description. since: the revision that wrote it."""

    id: int
    since: int
    description: Description


class Datasets:
    """The datasets that one revision names and describes; `flush` writes them. refuse: is told of the row that names
    one too many.
    """

    def __init__(
        self, revision: Revision, refuse: Callable[[int, list[Problem]], None] = lambda _row, _told: None
    ) -> None:
        self._revision = revision
        self._refuse = refuse
        self._connection = revision.connection
        self._rows: dict[str, int | None] = {}  # the row that named each first
        self._given: dict[str, Description] = {}

    @property
    def names(self) -> set[str]:
        """The datasets that are named so far."""
        return {*self._rows}

    def need(self, name: str | None) -> None:
        """Note the dataset of a claim that is written."""
        if name is not None and name not in self._rows and len(self._rows) <= MOST:
            self._rows[name] = self._revision.row

    def noting(self, versions: Iterable[Version]) -> Iterator[Version]:
        """The versions, each once its dataset is noted."""
        for version in versions:
            self.need(version.doc["dataset"])
            yield version

    def describe(self, name: str, description: Description) -> None:
        """Set the fields of a description that are given, and make the dataset where it is new."""
        self._rows.setdefault(name, None)
        self._given[name] = self._given.get(name, {}) | description

    def flush(self) -> None:
        """Write what is new or another."""
        names = [*self._rows]
        if len(names) > MOST:
            told = f"more than {MOST:,} datasets at once: a dataset is a collection that many claims come from"
            self._refuse(self._rows[names[-1]] or 0, [Problem(("dataset",), "too-many", told)])
            return
        stored = self.stored(names)
        new = [name for name in names if name not in stored]
        self._tell_near(new)
        changed = {name: whole for name in stored if (whole := self._whole(stored[name], name))}
        self.replace({name: self._given.get(name, {}) for name in new} | changed)
        for did, some in (("created", new), ("updated", changed)):
            if some:
                self._revision.counts[f"datasets_{did}"] += len(some)

    def _whole(self, stored: Stored, name: str) -> Description | None:
        """The description with the fields that are given; None where those are the stored ones."""
        after = stored.description | self._given.get(name, {})
        return after if after != stored.description else None

    def stored(self, names: Iterable[str]) -> dict[str, Stored]:
        """The current descriptions of datasets."""
        rows = fetch_rows(self._connection, _CURRENT, [*names])
        return {name: Stored(number, since, dict(zip(FIELDS, own, strict=True))) for number, since, name, *own in rows}

    def replace(self, descriptions: Mapping[str, Description]) -> None:
        """Write descriptions, be it of new datasets, in this order, and end the current ones. It counts nothing."""
        if not descriptions:
            return
        self.end_named(descriptions)
        ids = self._ids(descriptions)
        now = self._revision.number
        rows = ((ids[name], now, None, name, *map(one.get, FIELDS)) for name, one in descriptions.items())
        insert_values(self._connection, "datasets", _COLUMNS, rows)

    def end_named(self, names: Iterable[str]) -> None:
        """End the current descriptions of datasets; those that this very revision wrote never were."""
        now, some = self._revision.number, [*names]
        execute(self._connection, _FORGET, now, some)
        execute(self._connection, _END, now, some)

    def _ids(self, names: Iterable[str]) -> dict[str, int]:
        """The ids of datasets; new ones are given here."""
        known: dict[str, int] = dict(fetch_rows(self._connection, _IDS, [*names]))
        ((last,),) = fetch_rows(self._connection, _LAST)
        new = [name for name in names if name not in known]
        return known | {name: last + n for n, name in enumerate(new, 1)}

    def _tell_near(self, new: list[str]) -> None:
        """Warn of new names that are spelt nearly like known ones."""
        known = {name for (name,) in fetch_rows(self._connection, _NAMES, MOST_NAMES)} if new else set()
        for name in new[:MAX_HINTS]:
            if alike := near(name, known):
                self._revision.row = self._rows[name]
                told = f"the dataset {name!r} is new; near: {', '.join(alike)}"
                self._revision.warn(Problem(("dataset",), "new-dataset", told))
