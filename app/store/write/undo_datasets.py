"""Undoing datasets: descriptions as they were before a revision; one that it made ends, unless a claim carries it."""

from __future__ import annotations

from typing import Final

from app.domain.record.datasets import FIELDS, Description
from app.errors import Conflict
from app.store.database.fetching import fetch_rows
from app.store.search.datasets import dataset_fact
from app.store.write.undo_target import Target
from app.store.write.writer import Writer

_TOUCHED: Final = "SELECT DISTINCT name FROM datasets WHERE since = ? OR until = ? ORDER BY name"
_THEN: Final = (
    f"SELECT name, {', '.join(FIELDS)} FROM datasets"  # noqa: S608  # our own
    " WHERE since <= ? AND (until IS NULL OR until > ?) AND name IN ??"
)
_EVER: Final = f"SELECT name, {', '.join(FIELDS)} FROM datasets WHERE name IN ?? ORDER BY since"  # noqa: S608  # our own


class DatasetsBack:
    """Takes back what a revision did to datasets."""

    def __init__(self, writer: Writer, target: Target) -> None:
        self._writer = writer
        self._connection = writer.connection
        self._number = target.number
        touched = fetch_rows(self._connection, _TOUCHED, target.number, target.number)
        self._names = [name for (name,) in touched]

    def go_back(self) -> None:
        """Write the descriptions as before the revision, once the claims are as they are to be. Raises Conflict
        where one was described anew since.
        """
        if self._names:
            self._go_back()
        self._come_back()

    def _go_back(self) -> None:
        before, after = self._at(self._number - 1), self._at(self._number)
        now = {name: one.description for name, one in self._writer.datasets.stored(self._names).items()}
        carried = {name for name in self._names if name in now and name not in before and self._is_carried(name)}
        changed = [name for name in self._names if before.get(name) != now.get(name) and name not in carried]
        self._require_unchanged([name for name in changed if now.get(name) != after.get(name)])
        gone = [name for name in changed if name not in before]
        back = {name: before[name] for name in changed if name in before}
        self._writer.datasets.end_named(gone)
        self._writer.datasets.replace(back)
        counts = {"undone": gone, "updated": back.keys() & now.keys(), "revived": back.keys() - now.keys()}
        self._writer.revision.counts.update({f"datasets_{did}": len(some) for did, some in counts.items() if some})

    def _come_back(self) -> None:
        """Give the datasets that claims carry again, and that have ended since, their last descriptions."""
        named = self._writer.datasets.names
        ended = named - self._writer.datasets.stored(named).keys() if named else named
        if ended:
            rows = fetch_rows(self._connection, _EVER, sorted(ended))
            self._writer.datasets.replace({name: dict(zip(FIELDS, own, strict=True)) for name, *own in rows})
            self._writer.revision.counts["datasets_revived"] += len(ended)

    def _at(self, revision: int) -> dict[str, Description]:
        rows = fetch_rows(self._connection, _THEN, revision, revision, self._names)
        return {name: dict(zip(FIELDS, own, strict=True)) for name, *own in rows}

    def _is_carried(self, name: str) -> bool:
        """Whether a claim that stays carries the name. None that goes back to before the revision does: its content was
        written where there was no such dataset.
        """
        showing = self._writer.resolver.showing
        return not showing.having(dataset_fact(name)).isdisjoint(showing.alive())

    def _require_unchanged(self, names: list[str]) -> None:
        if not names:
            return
        stored = self._writer.datasets.stored(names)
        listed = ", ".join(f"{name} by revision {stored[name].since}" if name in stored else name for name in names)
        raise Conflict(f"datasets that revision {self._number} described were changed since: {listed}", "edited-since")
