"""Comparing the index with what it is made from: facts of versions, and the rows that tell when versions end.

Everything is read as it is stored, past all caches; each difference is told in a line.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, select

from app.store.database.bulk_insert import Progress
from app.store.database.derived_versions import DOCUMENTS_COUNTED, content_since
from app.store.database.fetching import fetch_rows
from app.store.database.processes import processes_here
from app.store.database.tables import Claim, Speaker
from app.store.index.bitmaps import unpack
from app.store.index.facts import ClaimFacts, SpeakerFacts, Value, bucket_term, pair_term
from app.store.index.families import CLAIM, ELEMENTS, FAMILIES, SPEAKER, Family, key_of
from app.store.index.parts import Ranges, decode_part
from app.store.index.reader import Index, View
from app.store.index.revisions import covered, rows_until
from app.store.upgrade.index_anew import decode_facts, derived_facts, facts_of_speakers

AT_A_TIME: Final = 50_000  # versions that are compared at once: all postings of theirs are in memory
ROWS: Final = 10_000  # of postings that are read at once

_SEGMENTS: Final = "SELECT segment, ranges FROM index_segments"
_POSTINGS: Final = "SELECT term, numbers FROM index_postings WHERE segment = ? AND term > ? ORDER BY term LIMIT ?"
_RECENTS: Final = "SELECT part FROM index_recent"
_TOKENS: Final = "SELECT number, tokens FROM index_tokens WHERE number BETWEEN ? AND ?"
_CLOSINGS: Final = "SELECT place, revision, claims, speakers FROM index_revisions ORDER BY place"
_FAMILIES: Final = {family.letter: family for family in FAMILIES}
_PAIRS: Final = (key_of(CLAIM, b"+"), key_of(CLAIM, b"-"))

Facts: TypeAlias = ClaimFacts | SpeakerFacts
Postings: TypeAlias = dict[bytes, BitMap]


def index_differences(connection: Connection, progress: Progress, processes: int | None = None) -> Iterator[str]:
    """Each difference between the index and what is stored of claims and speakers, in a line."""
    counted = content_since(connection, DOCUMENTS_COUNTED) or 0
    derived = derived_facts(connection, progress, counted, processes_here(processes))
    claims = (
        (number, facts)
        for mark, some in derived
        for (number, _, _), facts in zip(mark, decode_facts(some.facts), strict=True)
    )
    yield from fact_differences(connection, CLAIM, claims)
    speakers = ((number, facts) for number, _, facts in facts_of_speakers(connection))
    yield from fact_differences(connection, SPEAKER, speakers)
    yield from closing_differences(connection)


def fact_differences(
    connection: Connection, family: Family, versions: Iterable[tuple[int, Facts]], at_a_time: int = AT_A_TIME
) -> Iterator[str]:
    """Where the index has something else than the facts of all versions of claims, or of speakers, in their order."""
    view = Index().at(connection)
    rest = iter(versions)
    while some := list(islice(rest, at_a_time)):
        yield from _Compared(connection, view, family, some).differences()


class _Compared:
    """Some versions, and what the index is to have of them.

    values: of each family, the numbers and their values. pairs: versions by the digest of two words.
    """

    def __init__(self, connection: Connection, view: View, family: Family, versions: list[tuple[int, Facts]]) -> None:
        self._connection = connection
        self._view = view
        self._family = family
        self._range = versions[0][0], versions[-1][0]
        self._postings: dict[bytes, array[int]] = defaultdict(lambda: array("I"))
        self._pairs: dict[int, array[int]] = defaultdict(lambda: array("I"))
        self._values: dict[Family, dict[int, list[Value]]] = {each: {} for each in FAMILIES}
        self._tokens: dict[int, str] = {}
        self._miscounted: list[str] = []
        for number, facts in versions:
            if isinstance(facts, ClaimFacts):
                self._add_claim(number, facts)
            else:
                self._add(SPEAKER, number, facts.terms, [facts.speaker])

    def _add_claim(self, number: int, facts: ClaimFacts) -> None:
        self._add(CLAIM, number, facts.terms, facts.values)
        self._tokens[number] = facts.tokens
        for pair in facts.pairs:
            self._pairs[pair].append(number)
        for family, elements in zip(ELEMENTS, facts.elements, strict=True):
            owners = self._view.column(family, "version")
            first, end = np.searchsorted(owners[1:], [number, number + 1]) + 1
            if end - first != len(elements):
                told = f"claim {number}: {end - first} elements {family.name} are stored, and {len(elements)} are right"
                self._miscounted.append(told)
            for element, one in zip(elements, range(int(first), int(end)), strict=False):
                self._add(family, one, element.terms, [number, *element.values])

    def _add(self, family: Family, number: int, terms: list[bytes], values: list[Value]) -> None:
        self._values[family][number] = values
        for term in terms:
            self._postings[key_of(family, term)].append(number)

    def differences(self) -> Iterator[str]:
        """Each difference in a line."""
        yield from self._miscounted
        stored = self._stored()
        for key in sorted(self._postings.keys() | {key for key in stored if not key.startswith(_PAIRS)}):
            yield from _told(key, stored.get(key, BitMap()), BitMap(self._postings.get(key, ())))
        yield from self._pair_differences(stored)
        yield from self._column_differences()
        if self._family is CLAIM:
            tokens: dict[int, str] = dict(fetch_rows(self._connection, _TOKENS, *self._range))
            yield from (f"claim {one}: other tokens" for one in self._tokens if tokens.get(one) != self._tokens[one])

    def _stored(self) -> Postings:
        """The postings that are stored of these versions and their elements."""
        present = {family: BitMap(array("I", values)) for family, values in self._values.items()}
        found: Postings = {}
        for key, numbers in self._rows():
            bitmap = unpack(numbers) & present[_FAMILIES[key[:1]]]
            if bitmap:
                found[key] = found[key] | bitmap if key in found else bitmap
        return found

    def _rows(self) -> Iterator[tuple[bytes, bytes]]:
        for segment, stored in fetch_rows(self._connection, _SEGMENTS):
            first, last = msgspec.json.decode(stored, type=Ranges).get(self._family.name, (1, 0))
            if first <= self._range[1] and last >= self._range[0]:
                rows = fetch_rows(self._connection, _POSTINGS, segment, b"", ROWS)
                while rows:
                    yield from rows
                    rows = fetch_rows(self._connection, _POSTINGS, segment, rows[-1][0], ROWS)
        for (part,) in fetch_rows(self._connection, _RECENTS):
            yield from decode_part(part).rows

    def _pair_differences(self, stored: Postings) -> Iterator[str]:
        """A pair is found by its own term, or by the one that rare ones share."""
        sharing: Postings = defaultdict(BitMap)
        for pair, given in self._pairs.items():
            exact, shared, right = key_of(CLAIM, pair_term(pair)), key_of(CLAIM, bucket_term(pair)), BitMap(given)
            sharing[shared] |= right
            sure = stored.get(exact, BitMap())
            yield from _told(exact, sure, right - (stored.get(shared, BitMap()) - sure))
        known = {key_of(CLAIM, pair_term(pair)) for pair in self._pairs}
        for key, numbers in stored.items():
            if key.startswith(_PAIRS[0]) and key not in known:
                yield from _told(key, numbers, BitMap())
            elif key.startswith(_PAIRS[1]):
                yield from _told(key, numbers, numbers & sharing[key])

    def _column_differences(self) -> Iterator[str]:
        for family, values in self._values.items():
            if not values:
                continue
            numbers = np.fromiter(values, np.int64)
            for (name, kind), own in zip(family.columns.items(), zip(*values.values(), strict=True), strict=True):
                wrong = numbers[self._view.column(family, name)[numbers] != np.array(own, kind)]
                yield from (f"{family.name} {number}: another {name}" for number in wrong.tolist())


def _told(key: bytes, stored: BitMap, right: BitMap) -> Iterator[str]:
    """Each number that is missing under a key, or is too many."""
    family = _FAMILIES[key[:1]].name
    yield from (f"{family} {number}: the term {key[1:]!r} is missing" for number in right - stored)
    yield from (f"{family} {number}: the term {key[1:]!r} is wrong" for number in stored - right)


def closing_differences(connection: Connection) -> Iterator[str]:
    """Where the index takes another version of a claim or speaker for current at some revision than the rows do."""
    tables: dict[Family, Any] = {CLAIM: Claim, SPEAKER: Speaker}
    known = {family: BitMap(connection.execute(select(table.number)).scalars()) for family, table in tables.items()}
    right = {family: _ended(connection, table) for family, table in tables.items()}
    rows: dict[Family, dict[int, BitMap]] = {family: {} for family in tables}  # as later rows need them
    for place, revision, *stored in fetch_rows(connection, _CLOSINGS):
        for family, closed in zip(tables, stored, strict=True):
            before = [rows[family].pop(one) for one in rows_until(place - 1, place - covered(place))]
            rows[family][place] = BitMap.union(right[family].pop(revision, BitMap()), *before)
            found = unpack(closed) & known[family]
            wrong = found ^ rows[family][place]
            yield from (f"{family.name} {one}: another end than in its row, told at {revision}" for one in wrong)
    for family, rest in right.items():
        yield from (f"{family.name} {one}: its end is not in the index" for ended in rest.values() for one in ended)


def _ended(connection: Connection, table: Any) -> dict[int, BitMap]:
    """The versions that end with each revision, by their rows."""
    found: dict[int, BitMap] = defaultdict(BitMap)
    for number, until in connection.execute(select(table.number, table.until).where(table.until.is_not(None))):
        found[until].add(number)
    return found
