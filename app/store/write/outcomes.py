"""Outcomes: what became of the rows of an import, for its report."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from app.errors import Problem
from app.store.database.fetching import fetch_rows
from app.store.records.document import Doc, encode
from app.store.records.rows import number_of
from app.store.write.claim_words import ClaimWords
from app.store.write.compare import taken_back
from app.store.write.earlier_versions import Earlier

_ALIKE: Final = (
    "SELECT speaker_id, words_hash, min(id), max(id) FROM claims WHERE until IS NULL AND words_hash IN ??"
    " AND (speaker_id IS NULL OR speaker_id IN ??) GROUP BY speaker_id, words_hash"
)
_KEYS: Final = "SELECT id, key FROM record_keys WHERE type = 'clm' AND id IN ??"
RETRACTION: Final = ("retraction", "status")  # the fields that a retraction sets, and taking it back


@dataclass
class Outcome:
    """The outcome of a claim: created, revived (it had ended), updated, unchanged, retracted, restored, or rendered,
    where only what follows from other records is another; or of a stored speaker, source or metric, which is updated.

    changes: {field: [old, new]} where it was stored before. taken_back: the changes with which an earlier version
    returns. alike: keys of claims with the same speaker and folded words. verifications: of its citations. unfound:
    warnings of words that do not stand in the texts of sources. merged: the claim that the row is of, where that is
    part of this one by now.
    """

    action: str
    id: str
    key: str
    changes: Doc = field(default_factory=dict)
    taken_back: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    verifications: list[str] = field(default_factory=list)
    unfound: list[Problem] = field(default_factory=list)
    what: str = "claim"  # or speaker, source, metric
    merged: str = ""


class Outcomes:
    """The outcomes of rows, by row number, and what the database adds to them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._earlier = Earlier(connection)
        self._told: dict[int, Outcome] = {}

    def add(self, row: int, outcome: Outcome) -> None:
        """Note the outcome of a row."""
        self._told[row] = outcome

    def take(self) -> dict[int, Outcome]:
        """The outcomes so far; each is given once."""
        told, self._told = self._told, {}
        return told

    @property
    def looked_at_all(self) -> bool:
        """Whether all earlier versions were looked at that are to be."""
        return not self._earlier.is_spent

    def tell_alike(self, new: dict[int, tuple[Doc, ClaimWords]]) -> None:
        """Note a claim that a new one may duplicate: same speaker, same folded words. new: documents, words by row."""
        if not new:
            return
        said = {row: (_speaker_of(doc), words.hashed) for row, (doc, words) in new.items()}
        speakers = [speaker for speaker in {speaker for speaker, _ in said.values()} if speaker is not None]
        hashes = list({hashed for _, hashed in said.values()})
        found = fetch_rows(self._connection, _ALIKE, hashes, speakers)
        ends = {(who, hashed): (low, high) for who, hashed, low, high in found}
        keys = self._keys_of({number for some in ends.values() for number in some})
        for row, (doc, _) in new.items():
            others = dict.fromkeys(keys[number] for number in ends.get(said[row], ()))
            self._told[row].alike = [key for key in others if key != doc["key"]]

    def _keys_of(self, numbers: set[int]) -> dict[int, str]:
        """The keys of claims by the numbers in their ids."""
        return dict(fetch_rows(self._connection, _KEYS, sorted(numbers))) if numbers else {}

    def tell_taken_back(self, changed: dict[int, tuple[Doc, Doc]], restoring: Collection[int]) -> None:
        """Note the fields with which an earlier version of a claim comes back. changed: what was stored, and is, by
        row. restoring: rows that are to take retractions back, of which that is no news.
        """
        edited = {row: (old, new) for row, (old, new) in changed.items() if old["version"] > 1}
        earlier = self._earlier.documents([old["id"] for old, _ in edited.values()])
        for row, (old, new) in edited.items():
            if past := earlier.get(old["id"]):
                back = taken_back(old, new, past)
                is_restored = row in restoring and new["retraction"] is None
                self._told[row].taken_back = [one for one in back if not (is_restored and one in RETRACTION)]


def _speaker_of(doc: Doc) -> int | None:
    return number_of(doc["speaker"]["id"]) if doc["speaker"] else None


def warnings_of(outcome: Outcome) -> Iterator[Problem]:
    """Warnings of a stored claim, for people to check."""
    yield from outcome.unfound
    if outcome.alike:
        yield Problem((), "possible-duplicate", f"{outcome.key} may be a duplicate of {', '.join(outcome.alike)}")
    if outcome.taken_back:
        told = ((name, map(encode, outcome.changes[name])) for name in outcome.taken_back)
        edits = "; ".join(f"{name}: {' → '.join(values)}" for name, values in told)
        yield Problem((), "taken-back", f"{outcome.key}: an earlier version comes back over a later edit: {edits}")
