"""Axes: which value of a grouping each of some claims has, or of their elements, as a code.

Codes are in the order of groups, the one of an unknown value behind all others. Speakers and dates are read from
columns, all else from the terms of the fact; of few claims from their documents, which costs the same in any database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from app.domain.query.groupings import Grouping
from app.store.database.stored_documents import read_documents
from app.store.index.bitmaps import Numbers, bitmap_of, numbers_in, raw_within
from app.store.index.fact_terms import values_by_term
from app.store.index.facts import fact
from app.store.index.families import BY_NAME, CLAIM, Family
from app.store.index.reader import View
from app.store.index.terms import LISTS
from app.store.records.document import Doc, decode_lines
from app.store.search.dated import in_steps, written
from app.store.search.evaluation import Evaluation, places_of
from app.store.search.formula import Formula

FEW: Final = 100  # claims whose documents are read, in place of all terms of a fact
AT_A_TIME: Final = 1_000  # terms between two looks at the deadline

Ints = NDArray[np.signedinteger[Any]]
Value = str | bytes | None  # a date as EDTF, the term of another fact, or unknown


@dataclass(frozen=True)
class Axis:
    """Codes of rows, 0 to size - 1. unknown: the code of an unknown value. value: gives the value of a code. spanning:
    the code of dates that lie in several groups, and so in none.
    """

    codes: Ints
    size: int
    unknown: int
    value: Callable[[int], Value]
    spanning: int | None = None


@dataclass(frozen=True)
class Elements:
    """Elements of claims, in the order of their numbers. positions: of their claims, among these. versions: the column
    that has the version of each element there is.
    """

    family: Family
    numbers: Numbers
    positions: Ints
    versions: NDArray[Any]

    @property
    def places(self) -> Numbers:
        """Their places in the lists of their claims, from 0 on."""
        return places_of(self.numbers, self.versions)


class Claims:
    """Claims at a view's revision, by the numbers of their versions, ascending."""

    def __init__(self, view: View, found: BitMap) -> None:
        self.view = view
        self.bitmap = found
        self.numbers = numbers_in(found)

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def positions(self) -> Ints:
        """The position of each version among these; -1 of any other."""
        return _inverse(self.numbers, self.view.last(CLAIM) + 1)

    @cached_property
    def documents(self) -> list[Doc]:
        """Their documents."""
        return read_versions(self.view, self.numbers.tolist())

    def column(self, name: str) -> NDArray[Any]:
        """Their values in a column."""
        values: NDArray[Any] = self.view.column(CLAIM, name)[self.numbers]
        return values

    def elements(self, family: Family, asked: Formula) -> Elements:
        """Their elements that meet a formula."""
        _, numbers = Evaluation(self.view).elements(family, asked, self.bitmap)
        versions = self.view.column(family, "version")
        positions = self.positions[versions[numbers]]
        kept = positions >= 0
        return Elements(family, numbers[kept], positions[kept], versions)


def read_versions(view: View, numbers: list[int]) -> list[Doc]:
    """The documents of some versions of claims, in this order."""
    return decode_lines(read_documents(view.connection, numbers, b"\n"))


def _inverse(numbers: Numbers, length: int) -> Ints:
    places = np.full(length, -1, np.int32)
    places[numbers] = np.arange(len(numbers), dtype=np.int32)
    return places


# Of claims, from columns


def speaker_axis(claims: Claims) -> Axis:
    """Speakers, in the order of their ids."""
    codes = claims.column("speaker").astype(np.int32)
    unknown = int(codes.max(initial=0)) + 1
    np.copyto(codes, unknown, where=codes == 0)
    return Axis(codes, unknown + 1, unknown, lambda code: None if code == unknown else fact("speaker", f"spk_{code}"))


def date_axis(claims: Claims, step: str) -> Axis:
    """Dates, in the order of time."""
    dated = in_steps(claims.column("first_day"), claims.column("last_day"), step)

    def value(code: int) -> Value:
        return None if code == dated.unknown else written(step, dated.first + code)

    return Axis(dated.codes, dated.spanning + 1, dated.unknown, value, dated.spanning)


# From terms


def term_axis(claims: Claims, grouping: Grouping) -> tuple[Ints, Axis]:
    """The values of a fact of claims: positions, ascending, each with one of its values; a claim may have several."""
    if len(claims) <= FEW:
        found = ((at, doc) for at, doc in enumerate(claims.documents))
        positions, terms, codes = _in_documents(found, grouping)
    else:
        positions, terms, codes = _in_postings(claims.view, CLAIM, grouping, claims.bitmap, claims.positions)
    if len(positions) == len(claims):  # each has one
        own = np.empty(len(positions), codes.dtype)
        own[positions] = codes
        return np.arange(len(positions)), _in_order(own, terms, grouping)
    order = np.argsort(positions, kind="stable")
    return positions[order], _in_order(codes[order], terms, grouping)


def element_axis(claims: Claims, elements: Elements, grouping: Grouping) -> Axis:
    """The value of a fact that each of some elements has."""
    if len(claims) <= FEW:
        listed = dict(LISTS)[elements.family.name]
        each = zip(elements.positions.tolist(), elements.places.tolist(), strict=True)
        docs = ((at, claims.documents[position][listed][place]) for at, (position, place) in enumerate(each))
        rows, terms, codes = _in_documents(docs, grouping)
    else:
        length = claims.view.last(elements.family) + 1
        wanted, places = bitmap_of(elements.numbers, length), _inverse(elements.numbers, length)
        rows, terms, codes = _in_postings(claims.view, elements.family, grouping, wanted, places)
    own = np.empty(len(rows), codes.dtype)
    own[rows] = codes
    return _in_order(own, terms, grouping)


Coded = tuple[Ints, list[bytes], Ints]  # rows; terms; for each row the place of its term


def _in_documents(docs: Iterable[tuple[int, Doc]], grouping: Grouping) -> Coded:
    """The values of a fact in numbered documents of claims or elements."""
    terms: dict[bytes, int] = {}
    found = [
        (at, terms.setdefault(term, len(terms)))
        for at, doc in docs
        for term in values_by_term(grouping.field.element, grouping.fact.name, doc)
    ]
    rows, codes = np.array(found, np.int64).reshape(-1, 2).T
    return rows, list(terms), codes


def _in_postings(view: View, family: Family, grouping: Grouping, wanted: BitMap, places: Ints) -> Coded:
    """The values of a fact that the wanted numbers have. places: the row of each number, or -1."""
    terms, stored = [], []
    for n, (term, parts) in enumerate(view.stored_beginning(family, fact(grouping.fact.name, None)).items()):
        if n % AT_A_TIME == 0:
            view.check_deadline()
        terms.append(term)
        stored.append(raw_within(parts, wanted))
    numbers = np.frombuffer(b"".join(stored), np.uint32)
    codes = np.repeat(np.arange(len(terms), dtype=np.int32), [len(one) // 4 for one in stored])
    view.check_deadline()
    is_early = numbers < len(places)  # later ones are of later revisions
    if not is_early.all():
        numbers, codes = numbers[is_early], codes[is_early]
    rows = places[numbers]
    kept = rows >= 0
    return (rows, terms, codes) if kept.all() else (rows[kept], terms, codes[kept])


def _in_order(codes: Ints, terms: list[bytes], grouping: Grouping) -> Axis:
    """The axis of codes that stand for terms, without those that no row has: records in the order of their ids, texts
    in that of their letters, an unknown value last.
    """
    used = np.flatnonzero(np.bincount(codes, minlength=len(terms)))
    known = [(own, code) for code in used.tolist() if (own := terms[code].partition(b"\x1f")[2])]
    ordered = sorted(known, key=lambda one: int(one[0][4:])) if grouping.shown else sorted(known)
    values: list[Value] = [terms[code] for _, code in ordered]
    places = np.full(len(terms), len(values), np.int32)
    places[[code for _, code in ordered]] = np.arange(len(ordered))
    values.append(None)
    return Axis(places[codes], len(values), len(values) - 1, values.__getitem__)


def family_of(grouping: Grouping) -> Family:
    """The family of the elements whose fact it is; or of claims."""
    return BY_NAME[grouping.field.element]
