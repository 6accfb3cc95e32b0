"""The speakers that an import makes, and which of them may be one with another, new or stored: told, never merged.

They are compared when all is written, outside the writer lock. Measured on names of two or three words: 100,000 new
ones among each other in 4 s of one core and 160 MB; one new among 100,000 stored in 0.7 s, reading them included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, or_, select

from app.domain.record.identifiers import Identifiers, telling_apart
from app.domain.record.records_in import parse_id
from app.domain.text.namesakes import Named, Namesakes, groups_of, named
from app.errors import Problem
from app.store.database.bulk_insert import chunks
from app.store.database.tables import Speaker, SpeakerName
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode
from app.store.records.kinds import SHOWN_ONLY_INSIDE
from app.store.records.names import folded

MOST = 100_000  # new speakers that are compared
SHOWN = 5  # of a group


class Known(NamedTuple):
    """A speaker, as known. names: the usual one first."""

    key: str
    names: tuple[str, ...]
    kind: str | None
    identifiers: Identifiers


class Newcomers:
    """The new speakers of one revision."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self._last_before = revision.last_number("spk")
        self._new: dict[int, Known] = {}
        self._inside: dict[int, Known] = {}  # those of one source
        self._full = False

    def note(self, doc: Doc) -> None:
        """Take a speaker's document as it is written. Groups and unnamed ones are alike in every source."""
        number = parse_id(doc["id"], "spk") or 0
        if number <= self._last_before or doc["kind"] in SHOWN_ONLY_INSIDE:
            self._new.pop(number, None)
            if number > self._last_before and len(self._inside) < MOST:
                self._inside[number] = _known(doc)
        elif number in self._new or len(self._new) < MOST:
            self._new[number] = _known(doc)
        else:
            self._full = True

    def alike(self, connection: Connection, *, stored: bool) -> Iterator[tuple[int | None, Problem]]:
        """Warnings of groups that may be one speaker, each with the row that made one of them. stored: whether the new
        ones are.
        """
        if not self._new:
            return
        new = (one for number, known in self._new.items() for one in named(number, known.names, known.kind))
        namesakes = Namesakes(new)
        namesakes.add_stored(self._stored_names(connection))
        pairs = namesakes.pairs()
        known = self._new | _documents(connection, {one for pair in pairs for one in pair} - self._new.keys())

        def apart(one: int, other: int) -> bool:
            return bool(telling_apart(known[one].identifiers, known[other].identifiers))

        for group in groups_of(pairs, apart):
            yield self._problem(group, known, stored)
        if self._full or namesakes.cut:
            told = f"not all new speakers were compared: at most {MOST:,} of them, and so many that are alike"
            yield None, Problem((), "possible-namesakes", told)

    def sharing(self, connection: Connection, *, stored: bool) -> Iterator[tuple[int | None, Problem]]:
        """Warnings of names that speakers of different kinds have, each with the row that made one of them.

        Where such a name stands alone, nothing tells which is meant. stored: as above.
        """
        known = self._inside | self._new
        named: dict[str, set[int]] = defaultdict(set)
        for number, one in known.items():
            for name in one.names:
                named[folded(name)].add(number)
        for some in chunks(list(named)):
            for name, number in connection.execute(self._stored_as(some)):
                named[name].add(number)
        shared = {name: numbers for name, numbers in named.items() if len(numbers) > 1}
        known |= _documents(connection, {one for numbers in shared.values() for one in numbers} - known.keys())
        told = dict.fromkeys(tuple(group) for numbers in shared.values() for group in _of_kinds(sorted(numbers), known))
        for group in told:
            if row := [one for one in group if one > self._last_before]:
                yield self._shared(group, known, stored, self.revision.row_of(f"spk_{row[-1]}"))

    def renamed(self, connection: Connection, *, stored: bool) -> Iterator[tuple[int | None, Problem]]:
        """Warnings of new speakers whose name was another's, who goes by it no longer, each with the row that made the
        new one: an old file may name by it who has another name by now. stored: as above.
        """
        new = {folded(name): (number, name) for number, one in self._new.items() for name in one.names}
        for some in chunks(list(new)):
            rows = connection.execute(self._left(some)).all()
            known = _documents(connection, {row.speaker_id for row in rows})
            for name, own, until in rows:
                revision = until or 0
                taken_now = revision >= self.revision.number  # by this import, whose file says both
                if taken_now or own not in known or known[own].kind in SHOWN_ONLY_INSIDE:
                    continue
                number, spelt = new[name]
                told = f"{spelt!r} was a name of {known[own].names[0]!r}, {self._told(own, known[own], True)}"
                made = f"{self._told(number, self._new[number], stored)} is a new speaker"
                advice = "if they are one, give the key, or merge them"
                problem = Problem((), "former-name", f"{told}, until revision {revision}: {made}; {advice}")
                yield self.revision.row_of(f"spk_{number}"), problem

    def _left(self, names: list[str]) -> Select[str, int, int | None]:
        """Names that a speaker from before had and has no longer, with the last revision that took them."""
        name = SpeakerName
        return (
            select(name.folded, name.speaker_id, func.max(name.until))
            .where(name.folded.in_(names), name.speaker_id <= self._last_before)
            .group_by(name.folded, name.speaker_id)
            .having(func.count() == func.count(name.until))
            .order_by(name.speaker_id, name.folded)
        )

    def _stored_as(self, names: list[str]) -> Select[str, int]:
        name = SpeakerName
        return select(name.folded, name.speaker_id).where(
            name.folded.in_(names), name.until.is_(None), name.speaker_id <= self._last_before
        )

    def _shared(
        self, group: Iterable[int], known: dict[int, Known], stored: bool, row: int | None
    ) -> tuple[int | None, Problem]:
        first, *others = group
        name = next((one for one in known[first].names if _is_of(one, known[others[0]])), known[first].names[0])
        told = " and ".join(f"{self._told(one, known[one], stored)}, {known[one].kind}" for one in (first, *others))
        return row, Problem((), "shared-name", f"the name {name!r} fits {told}: give the key of the one that is meant")

    def _stored_names(self, connection: Connection) -> Iterator[Named]:
        name = SpeakerName
        found = (
            select(name.speaker_id, name.name, Speaker.kind)
            .join(Speaker, (Speaker.id == name.speaker_id) & Speaker.until.is_(None))
            .where(name.until.is_(None), name.speaker_id <= self._last_before)
            .where(or_(Speaker.kind.is_(None), Speaker.kind.not_in(SHOWN_ONLY_INSIDE)))
            .order_by(name.speaker_id)
        )
        with connection.execute(found, execution_options={"stream_results": True}) as rows:
            for (number, kind), own in groupby(rows, lambda row: (row.speaker_id, row.kind)):
                yield from named(number, [row.name for row in own], kind)

    def _problem(self, group: list[int], known: dict[int, Known], stored: bool) -> tuple[int | None, Problem]:
        told = [f"{known[one].names[0]!r}, {self._told(one, known[one], stored)}" for one in group[:SHOWN]]
        more = f"; and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
        row = self.revision.row_of(f"spk_{next(one for one in group if one in self._new)}")
        return row, Problem((), "possible-namesakes", f"may be one speaker: {'; '.join(told)}{more}")

    def _told(self, number: int, one: Known, stored: bool) -> str:
        record_id = f"spk_{number}"
        return f"{record_id} (key {one.key})" if stored else self.revision.told(record_id, one.key)


def _known(doc: Doc) -> Known:
    return Known(doc["key"], (doc["name"], *doc["aliases"]), doc["kind"], doc["identifiers"])


def _is_of(name: str, known: Known) -> bool:
    return folded(name) in map(folded, known.names)


def _of_kinds(numbers: list[int], known: dict[int, Known]) -> Iterator[list[int]]:
    """The speakers of one name that are of different kinds, and are not told apart by where they are named: persons and
    organizations; groups and unnamed ones beside older speakers of a stated kind that are known in all sources.
    """
    stated = {kind: [one for one in numbers if known[one].kind == kind] for kind in ("person", "organization")}
    if all(stated.values()):
        yield [some[0] for some in stated.values()]
    outside = [one for some in stated.values() for one in some]
    for one in numbers:
        if known[one].kind in SHOWN_ONLY_INSIDE and outside and min(outside) < one:
            yield [min(outside), one]


def _documents(connection: Connection, numbers: set[int]) -> dict[int, Known]:
    found: dict[int, Known] = {}
    for some in chunks(sorted(numbers)):
        current = select(Speaker.id, Speaker.doc).where(Speaker.id.in_(some), Speaker.until.is_(None))
        found |= {number: _known(decode(text)) for number, text in connection.execute(current)}
    return found
