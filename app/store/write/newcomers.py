"""The speakers that an import makes, and which of them may be one with another, new or stored: told, never merged.

They are compared when all is written, outside the writer lock. Measured on names of two or three words: 100,000 new
ones among each other in 4 s of one core and 160 MB; one new among 100,000 stored in 0.7 s, reading them included. A
single write looks at some hundred of the stored ones (see near_speakers.py), in its own transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, text

from app.domain.record.identifiers import Identifiers, telling_apart
from app.domain.record.records_in import parse_id
from app.domain.text.namesakes import Named, Namesakes, groups_of, names_to_compare
from app.errors import NamedRecord, Problem
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import Rows, fetch_rows
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode
from app.store.records.kinds import INSIDE_IN_SQL, SHOWN_ONLY_INSIDE
from app.store.records.names import folded
from app.store.write.near_speakers import near_speakers

_STORED_AS: Final = (
    "SELECT folded, speaker_id FROM speaker_names WHERE folded IN ?? AND until IS NULL AND speaker_id <= ?"
)
# Names that a speaker from before had and has no longer, with the last revision that took them.
_LEFT: Final = (
    "SELECT folded, speaker_id, max(until) FROM speaker_names WHERE folded IN ?? AND speaker_id <= ?"
    " GROUP BY folded, speaker_id HAVING count(*) = count(until) ORDER BY speaker_id, folded"
)
_NAMES: Final = (  # of speakers that are known in all sources (see SHOWN_ONLY_INSIDE)
    "SELECT names.speaker_id, names.name, speakers.kind FROM speaker_names AS names"  # noqa: S608  # a constant
    " JOIN speakers ON speakers.id = names.speaker_id AND speakers.until IS NULL"
    f" WHERE names.until IS NULL AND (speakers.kind IS NULL OR speakers.kind NOT IN {INSIDE_IN_SQL})"
)
_ORDER: Final = " ORDER BY names.speaker_id"
_HAD: Final = (  # the names that speakers had before a revision
    "SELECT speaker_id, folded FROM speaker_names WHERE speaker_id IN ?? AND since < ?"
    " AND (until IS NULL OR until >= ?)"
)
_CURRENT: Final = "SELECT id, doc FROM speakers WHERE until IS NULL AND id IN ??"
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
        self._changed: dict[int, Known] = {}  # older ones, as they are by now
        self._full = False

    def note(self, doc: Doc) -> None:
        """Take a speaker's document as it is written. Groups and unnamed ones are alike in every source."""
        number = parse_id(doc["id"], "spk") or 0
        if number <= self._last_before or doc["kind"] in SHOWN_ONLY_INSIDE:
            self._new.pop(number, None)
            into = self._inside if number > self._last_before else self._changed
            if len(into) < MOST and (into is self._inside or doc["kind"] not in SHOWN_ONLY_INSIDE):
                into[number] = _known(doc)
        elif number in self._new or len(self._new) < MOST:
            self._new[number] = _known(doc)
        else:
            self._full = True

    def told_at_once(self, connection: Connection) -> Iterator[Problem]:
        """The warnings of a single write, within its transaction. Of the stored speakers some are looked at alone."""
        for tell in (partial(self.alike, bounded=True), self.sharing, self.same_named, self.renamed):
            yield from (problem for _, problem in tell(connection, stored=True))

    def alike(
        self, connection: Connection, *, stored: bool, bounded: bool = False
    ) -> Iterator[tuple[int | None, Problem]]:
        """Warnings of groups that may be one speaker, each with the row that made one of them. Two of one name are told
        by that (see same_named), and stand in a group only beside a third that is like them. stored: whether the new
        ones are. bounded: whether only some hundred of those that were stored before are looked at.
        """
        if not self._new:
            return
        new = (one for number, known in self._new.items() for one in names_to_compare(number, known.names, known.kind))
        namesakes = Namesakes(new)
        known_names = [name for known in self._new.values() for name in known.names]
        among = near_speakers(connection, known_names, self._last_before) if bounded else None
        for some in [None] if among is None else chunks(among):
            namesakes.add_stored(self._stored_names(connection, some))
        pairs = namesakes.pairs()
        known = self._new | _documents(connection, {one for pair in pairs for one in pair} - self._new.keys())

        def apart(one: int, other: int) -> bool:
            names = known[other].names
            is_told = any(_is_of(name, known[one]) for name in names)
            return is_told or bool(telling_apart(known[one].identifiers, known[other].identifiers))

        for group in groups_of(pair for pair in pairs if not apart(*pair)):
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
            for name, number in self._stored_as(connection, some):
                named[name].add(number)
        shared = {name: numbers for name, numbers in named.items() if len(numbers) > 1}
        known |= _documents(connection, {one for numbers in shared.values() for one in numbers} - known.keys())
        told = dict.fromkeys(tuple(group) for numbers in shared.values() for group in _of_kinds(sorted(numbers), known))
        for group in told:
            if row := [one for one in group if one > self._last_before]:
                yield self._shared(group, known, stored, self.revision.row_of(f"spk_{row[-1]}"))

    def same_named(self, connection: Connection, *, stored: bool) -> Iterator[tuple[int | None, Problem]]:
        """Warnings of names that a new speaker has, or a stored one was given, and another has: alone they mean neither
        from then on. stored: as above.
        """
        here = self._changed | self._new
        gained = {number: set(map(folded, one.names)) for number, one in here.items()}
        named: dict[str, set[int]] = defaultdict(set)
        for some in chunks(sorted(self._changed)):
            for number, name in fetch_rows(connection, _HAD, some, self.revision.number, self.revision.number):
                gained[number].discard(name)
        for number, names in gained.items():
            for name in names:
                named[name].add(number)
        for some_names in chunks(sorted(named)):
            for name, number in self._stored_as(connection, some_names):
                named[name] |= {number} if number not in self._changed else set()
        for number, one in here.items():
            for name in set(map(folded, one.names)) & named.keys():
                named[name].add(number)
        shared = {name: sorted(numbers) for name, numbers in named.items() if len(numbers) > 1}
        known = here | _documents(connection, {one for some in shared.values() for one in some} - here.keys())
        new = {name: some for name, some in sorted(shared.items()) if any(name in gained.get(one, ()) for one in some)}
        groups = {tuple(some): name for name, some in new.items()}
        for group, name in sorted(groups.items()):
            yield from self._same_named(group, name, known, stored)

    def renamed(self, connection: Connection, *, stored: bool) -> Iterator[tuple[int | None, Problem]]:
        """Warnings of new speakers whose name was another's, who goes by it no longer, each with the row that made the
        new one: an old file may name by it who has another name by now. stored: as above.
        """
        new = {folded(name): (number, name) for number, one in self._new.items() for name in one.names}
        for some in chunks(list(new)):
            rows = fetch_rows(connection, _LEFT, some, self._last_before)
            known = _documents(connection, {own for _, own, _ in rows})
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

    def _same_named(
        self, group: tuple[int, ...], shared: str, known: dict[int, Known], stored: bool
    ) -> Iterator[tuple[int | None, Problem]]:
        outside = [one for one in group if known[one].kind not in SHOWN_ONLY_INSIDE]
        kinds = {known[one].kind for one in outside}
        is_pair = len(outside) == 2 and kinds == {"person", "organization"}
        is_told = is_pair and not self._changed.keys() & outside  # by sharing
        if len(outside) < 2 or is_told:
            return
        name = next((one for one in known[outside[-1]].names if folded(one) == shared), shared)
        told = " and of ".join(self._told(one, known[one], stored or one not in self._new) for one in outside[:SHOWN])
        advice = "alone it is refused from now on: give their keys, or merge them"
        problem = Problem((), "same-name", f"the name {name!r} is of {told}: {advice}")
        yield self.revision.row_of(f"spk_{outside[-1]}"), problem

    def _stored_as(self, connection: Connection, names: list[str]) -> Rows:
        return fetch_rows(connection, _STORED_AS, names, self._last_before)

    def _shared(
        self, group: Iterable[int], known: dict[int, Known], stored: bool, row: int | None
    ) -> tuple[int | None, Problem]:
        first, *others = group
        name = next((one for one in known[first].names if _is_of(one, known[others[0]])), known[first].names[0])
        told = " and ".join(f"{self._told(one, known[one], stored)}, {known[one].kind}" for one in (first, *others))
        return row, Problem((), "shared-name", f"the name {name!r} fits {told}: give the key of the one that is meant")

    def _stored_names(self, connection: Connection, among: list[int] | None) -> Iterator[Named]:
        if among is not None:
            yield from _named(fetch_rows(connection, f"{_NAMES} AND names.speaker_id IN ??{_ORDER}", among))
            return
        every = text(f"{_NAMES} AND names.speaker_id <= :last{_ORDER}")
        streamed = {"stream_results": True}
        with connection.execute(every, {"last": self._last_before}, execution_options=streamed) as rows:
            yield from _named(rows)

    def _problem(self, group: list[int], known: dict[int, Known], stored: bool) -> tuple[int | None, Problem]:
        told = [f"{known[one].names[0]!r}, {self._told(one, known[one], stored)}" for one in group[:SHOWN]]
        more = f"; and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
        row = self.revision.row_of(f"spk_{next(one for one in group if one in self._new)}")
        return row, Problem((), "possible-namesakes", f"may be one speaker: {'; '.join(told)}{more}")

    def _told(self, number: int, one: Known, stored: bool) -> str:
        record_id = f"spk_{number}"
        return str(NamedRecord(record_id, one.key)) if stored else self.revision.told(record_id, one.key)


def _named(rows: Iterable[Any]) -> Iterator[Named]:
    """The names as they are compared, of rows of _NAMES in the order of the speakers."""
    for (number, kind), own in groupby(rows, itemgetter(0, 2)):
        yield from names_to_compare(number, [name for _, name, _ in own], kind)


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
        found |= {number: _known(decode(doc)) for number, doc in fetch_rows(connection, _CURRENT, some)}
    return found
