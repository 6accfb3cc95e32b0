"""Citations of stored claims, looked up once more in the texts of their sources. Nothing is written.

Claims are current and active ones, as of one moment. A text is read once, for all that cite its source.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyroaring import BitMap
from sqlalchemy import Connection, select

from app.domain.record.records_in import parse_id
from app.domain.text.quote_matcher import SourceText
from app.store.database import tables
from app.store.database.bulk_insert import Progress, chunks, read_batches
from app.store.database.fetching import fetch_rows
from app.store.history.moment import newest_revision
from app.store.index.bitmaps import numbers_in
from app.store.index.facts import fact
from app.store.index.families import CITATION, CLAIM
from app.store.index.reader import View, index_of
from app.store.records.document import Doc, decode
from app.store.search.records import read_record, read_record_by_key
from app.store.write.amending import current_versions
from app.store.write.places import located, put_place, words_of_citation

BATCH: Final = 1_000  # documents, of sources or of claims, in memory
MOST_HINTS: Final = 1_000  # quotes for which the nearest passage is looked for: one takes as long as some quotes

_TEXT: Final = "SELECT text FROM source_texts WHERE sha256 = ?"
_CITED: Final = (
    "SELECT count(*), count(DISTINCT source_id) FROM citations JOIN claims USING (number)"
    " WHERE until IS NULL AND status = 'active'"
)


@dataclass
class CitedSource:
    """A source that claims cite. digest: of its text; None where it has none. counts: its citations, by verification.

    is_held: whether the text is here. A copy that follows a server has none: its citations count as they are stored.
    """

    id: str
    key: str
    digest: str | None
    counts: Counter[str] = field(default_factory=Counter)
    is_held: bool = True

    @property
    def citations(self) -> int:
        """How many citations there are of it."""
        return self.counts.total()


class CitationCheck:
    """Looks up the citations of all sources that have a text; or of some sources, be there a text or not.

    keys: keys or ids of those; all for none. Raises NotFound, Merged and Gone as read_record does.
    """

    def __init__(self, connection: Connection, keys: Sequence[str], progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self._view: View = index_of(connection).at(connection)
        self._alive = self._view.visible(CLAIM)
        self._hints = MOST_HINTS
        self.revision = newest_revision(connection)
        self._is_whole = not keys
        found = [_named(connection, key) for key in dict.fromkeys(keys)]
        self.sources = list({one.id: one for one in found}.values()) if keys else list(self._with_texts())

    def citations(self) -> Iterator[Doc]:
        """The citations whose words do not stand as they are in the text, or are stored otherwise than they are found.

        {claim, key, citation, source: {id, key}, words, verification, start, end, gaps, differences, nearest, stored}.
        nearest: a passage with words of a quote that is not found; null otherwise. stored: null, or the verification,
        start and end that are stored, where anything is otherwise. `sources` has its counts when all are given.
        """
        done = 0
        for source in self.sources:
            text = self._text_of(source)
            for numbers in chunks(self._citing(source), BATCH):
                docs = [one.doc for one in current_versions(self._connection, numbers)]
                for claim in docs:
                    if claim["status"] == "active":
                        yield from self._of_claim(claim, source, text)
                done += len(docs)
                self._progress("claims looked up", done, None)

    def without_text(self) -> tuple[int, int]:
        """How many citations there are of sources without a text, and how many such sources. None count where some
        sources are asked for. To be asked when all citations are given.
        """
        if not self._is_whole:
            return 0, 0
        ((citations, sources),) = fetch_rows(self._connection, _CITED)
        seen = [source.citations for source in self.sources if source.citations]
        return citations - sum(seen), sources - len(seen)

    def _with_texts(self) -> Iterator[CitedSource]:
        source: Any = tables.Source
        stored: Any = select(source.id, source.doc).where(source.until.is_(None))
        for batch in read_batches(self._connection, stored, (source.id,), BATCH):
            found = (_cited(row.doc) for row in batch)
            yield from (one for one in found if one.digest)

    def _citing(self, source: CitedSource) -> list[int]:
        (elements,) = self._view.each_postings([(CITATION, fact("source", source.id))])
        owners = self._view.column(CITATION, "version")[numbers_in(elements)] if elements else ()
        return sorted(BitMap(list(map(int, owners))) & self._alive)

    def _text_of(self, source: CitedSource) -> SourceText | None:
        rows = fetch_rows(self._connection, _TEXT, source.digest) if source.digest else []
        source.is_held = bool(rows) or source.digest is None
        return SourceText(rows[0][0]) if rows else None

    def _of_claim(self, claim: Doc, source: CitedSource, text: SourceText | None) -> Iterator[Doc]:
        for n, stored in enumerate(claim["citations"]):
            if stored["source"]["id"] != source.id:
                continue
            words = words_of_citation(claim, stored)
            citation = copy.deepcopy(stored)
            if text is not None and words:
                put_place(citation, located(words, citation, text))
            elif source.is_held:
                citation["verification"] = "unchecked"
            source.counts[citation["verification"]] += 1
            is_stored = citation == stored
            if not is_stored or citation["verification"] not in ("verbatim", "unchecked"):
                said = {"claim": claim["id"], "key": claim["key"], "citation": n, "words": words}
                said["source"] = {"id": source.id, "key": source.key}
                yield (
                    said
                    | _place_of(citation)
                    | {
                        "nearest": self._hint(citation, words, text),
                        "stored": None if is_stored else _stored_as(stored),
                    }
                )

    def _hint(self, citation: Doc, words: str | None, text: SourceText | None) -> str | None:
        if citation["verification"] != "not_found" or not words or text is None or not self._hints:
            return None
        self._hints -= 1
        return text.nearest(words)


def _named(connection: Connection, key: str) -> CitedSource:
    read = read_record if parse_id(key, "src") else read_record_by_key
    return _cited(read(connection, "src", key).document)


def _cited(text: str) -> CitedSource:
    doc = decode(text)
    return CitedSource(doc["id"], doc["key"], doc["text_sha256"])


def _place_of(citation: Doc) -> Doc:
    locator = citation["locator"] or {}
    place = {name: locator.get(name) for name in ("start", "end", "gaps", "differences")}
    return {"verification": citation["verification"], **place}


def _stored_as(citation: Doc) -> Doc:
    return {name: value for name, value in _place_of(citation).items() if name in ("verification", "start", "end")}
