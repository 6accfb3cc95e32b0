"""Which claims show a speaker, source or metric, or name another claim: found by the index, and in what this very
revision wrote by rows. And which speakers hold to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection

from app.domain.record.records_in import parse_id
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import fetch_rows
from app.store.index.bitmaps import bitmap_of, numbers_in
from app.store.index.facts import fact
from app.store.index.families import CITATION, CLAIM, FIGURE, RELATION, ROLE, Family
from app.store.index.reader import View, index_of
from app.store.index.writing import IndexWriter

# By the prefix of a record's id: the facts of versions that show it, and the columns that name it.
FACTS: Final[dict[str, tuple[tuple[Family, str], ...]]] = {
    "spk": ((CLAIM, "speaker"), (ROLE, "organization")),
    "src": ((CITATION, "source"), (CLAIM, "retraction_source")),
    "met": ((FIGURE, "figure__metric"),),
    "clm": ((RELATION, "related_to"),),
}
COLUMNS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "spk": (("claims", "speaker_id"), ("roles", "organization_id")),
    "src": (("citations", "source_id"),),
    "met": (("figures", "metric_id"),),
    "clm": (("relations", "claim_id"),),
}
IN_ROWS: Final = frozenset(
    ("speaker", "organization", "source", "figure__metric", "related_to")
)  # facts that those columns have
_HOLDERS: Final = {
    "spk": (
        "SELECT DISTINCT speaker_id, organization_id FROM tenures WHERE organization_id IN ?? AND until IS NULL"
        " ORDER BY organization_id, speaker_id"
    ),
    "src": "SELECT id, source_id FROM speakers WHERE source_id IN ?? AND until IS NULL ORDER BY source_id, id",
}
_UNITS: Final = (
    "SELECT DISTINCT unit, change FROM figures JOIN claims USING (number)"
    " WHERE until IS NULL AND metric_id = ? AND number IN ??"
)
_IN_UNIT: Final = (
    "SELECT count(*) FROM figures JOIN claims USING (number)"
    " WHERE until IS NULL AND metric_id = ? AND unit = ? AND number IN ??"
)
_WRITTEN: Final = (
    "SELECT DISTINCT {1} FROM {0} WHERE number > ? AND {1} IN ??"
    " AND number IN (SELECT number FROM claims WHERE until IS NULL)"
)


class Showing:
    """Finds versions of claims under the writer lock. index: that writes this revision."""

    def __init__(self, connection: Connection, index: IndexWriter) -> None:
        self._connection = connection
        self._index = index

    @cached_property
    def _view(self) -> View:
        """The index as of the revision before this one. It is not the process's own: this one may be rolled back."""
        return index_of(self._connection).at(self._connection)

    def claims(self, prefix: str, ids: Iterable[str]) -> set[int]:
        """The numbers of the versions that show any of these records; of ended ones, too."""
        ids = list(ids)
        if not ids:
            return set()
        found = BitMap()
        for family, name in FACTS[prefix]:
            terms = [fact(name, record_id) for record_id in ids]
            each = self._view.each_postings((family, term) for term in terms)
            found |= self.versions(family, BitMap.union(*each))
            if name not in IN_ROWS:
                found |= self._index.postings(family, terms)
        return set(found) | self._written(prefix, ids)

    def versions(self, family: Family, numbers: BitMap) -> BitMap:
        """The versions of claims whose elements these are; of claims, themselves."""
        if family is CLAIM or not numbers:
            return numbers
        owners = self._view.column(family, "version")
        return bitmap_of(owners[numbers_in(numbers)], self._view.last(CLAIM) + 1)

    def _written(self, prefix: str, ids: list[str]) -> set[int]:
        """The same of what this revision wrote, by rows: their elements are in no index yet."""
        numbers = [number for one in ids if (number := parse_id(one, prefix))]
        last, found = self._view.last(CLAIM), set[int]()
        for table, column in COLUMNS[prefix]:
            statement = f"SELECT number FROM {table} WHERE number > ? AND {column} IN ??"  # noqa: S608  # named above
            found.update(number for (number,) in fetch_rows(self._connection, statement, last, numbers))
        return found

    def alive(self, ending: BitMap | None = None) -> BitMap:
        """The versions of claims of before this revision that stay current. ending: of which some are to end yet."""
        return self._view.visible(CLAIM) - self._index.closed(CLAIM) - (ending or BitMap())

    def current_claims(self, prefix: str, record_id: str) -> BitMap:
        """The versions of claims of before this revision that show a record; of ended ones, too."""
        found = BitMap()
        for family, name in FACTS[prefix]:
            for numbers in self._view.each_postings([(family, fact(name, record_id))]):
                found |= self.versions(family, BitMap(numbers))
        return found

    def having(self, term: bytes) -> BitMap:
        """The versions of claims of before this revision that have a term of the index; of ended ones, too."""
        return self._view.postings(CLAIM, term)

    def holders(self, prefix: str, numbers: Sequence[int]) -> list[tuple[str, str]]:
        """The stored speakers whose tenures are held at organizations, or that belong to sources, with these numbers in
        their ids: each with the id of that one. Nobody holds a metric or a claim.
        """
        found: list[tuple[str, str]] = []
        for some in chunks(list(numbers) if prefix in _HOLDERS else []):
            rows = fetch_rows(self._connection, _HOLDERS[prefix], some)
            found += [(f"spk_{holder}", f"{prefix}_{number}") for holder, number in rows]
        return found

    def shown(self, prefix: str, ids: list[str], alive: BitMap) -> set[str]:
        """The records among these that a current claim shows, or that one bears on: one of these versions, or one that
        this revision wrote.
        """
        found = set[str]()
        for family, name in FACTS[prefix]:
            each = self._view.each_postings((family, fact(name, one)) for one in ids)
            shown = zip(ids, each, strict=True)
            found |= {one for one, numbers in shown if numbers and not self._owners(family, numbers).isdisjoint(alive)}
            if name not in IN_ROWS:
                found |= {one for one in ids if self._index.postings(family, [fact(name, one)])}
        for table, column in COLUMNS[prefix]:
            numbers = [number for one in ids if (number := parse_id(one, prefix))]
            rows = fetch_rows(self._connection, _WRITTEN.format(table, column), self._view.last(CLAIM), numbers)
            found |= {f"{prefix}_{number}" for (number,) in rows}
        return found

    def _owners(self, family: Family, numbers: BitMap) -> BitMap:
        """As `versions`, of few elements: it costs nothing by the number of claims."""
        if family is CLAIM:
            return numbers
        return BitMap(self._view.column(family, "version")[numbers_in(numbers)].tolist())

    def figure_units(self, metric_id: str) -> set[tuple[str, str | None]]:
        """The units of a metric's figures in current claims, each with what it is a change of, if anything."""
        numbers = sorted(self.claims("met", [metric_id]))
        found = fetch_rows(self._connection, _UNITS, parse_id(metric_id, "met"), numbers)
        return {(unit, change) for unit, change in found}

    def figures_in(self, metric_id: str, unit: str) -> int:
        """How many of a metric's figures in current claims are in a unit, spelt so."""
        numbers = sorted(self.claims("met", [metric_id]))
        found = fetch_rows(self._connection, _IN_UNIT, parse_id(metric_id, "met"), unit, numbers)
        return sum(number for (number,) in found)
