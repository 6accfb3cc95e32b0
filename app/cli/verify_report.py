"""The report of `onrecord verify`: a table of how citations are found, by source, and the citations that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TextIO

from app.domain.text.controls import shown
from app.domain.text.quote_matcher import STATUSES
from app.errors import Problem
from app.store.database.bulk_insert import Progress
from app.store.database.engine import Database
from app.store.database.notices import Notice, Notices
from app.store.imports.report import encode, lines_of
from app.store.records.document import Doc
from app.store.write.citation_check import CitationCheck, CitedSource

MOST_SOURCES: Final = 20  # lines of the table
SHORT: Final = 200  # characters of words, gaps and passages
OTHERWISE: Final = "stored-otherwise"


class VerifyReport:
    """The findings of a check. docs: what CitationCheck.citations gave, each as JSON in a notice."""

    def __init__(self, check: CitationCheck) -> None:
        self.found, self.otherwise = Notices(), 0
        self._docs = Notices()  # as a list on disk, for there may be millions
        for doc in check.citations():
            problem = Problem((), f"quote-{doc['verification'].replace('_', '-')}", _told(doc))
            if doc["stored"]:
                self.otherwise += 1
                was = f"stored as {doc['stored']['verification']} {_span(doc['stored'])}".strip()
                problem = Problem((), OTHERWISE, f"{_told(doc)}; {was}")
            self.found.add(Notice(doc["source"]["key"], 0, problem, doc["key"]))
            self._docs.add(Notice("", 0, Problem((), "", encode(doc))))
        self.revision = check.revision
        self.sources = sorted(check.sources, key=lambda source: (-source.citations, source.key))
        self.without_text = check.without_text()
        self.total = sum((source.counts for source in self.sources), Counter[str]())
        self.total["unchecked"] += self.without_text[0]

    def lines(self) -> Iterator[str]:
        """The report for people, bounded: the largest sources, and of each kind of finding three."""
        yield from self._table(self.sources[:MOST_SOURCES])
        yield from lines_of(self.found)

    def all_lines(self) -> Iterator[str]:
        """The same, all of it, with escapes for control characters."""
        yield from map(shown, self._table(self.sources))
        yield from (shown(str(notice)) for notice in self.found)

    def write_json(self, out: TextIO, stored: str | None) -> None:
        """Write all of it as one JSON object. stored: the report of the import of texts, as JSON."""
        citations, sources = self.without_text
        said = {
            "revision": self.revision,
            "citations": _counts(self.total),
            "sources": [_row(source) for source in self.sources],
            "without_text": {"sources": sources, "citations": citations},
            "stored_otherwise": self.otherwise,
        }
        out.write(encode(said)[:-1] + (f',\n"texts":{stored.strip()}' if stored else "") + ',\n"found":[')
        for n, notice in enumerate(self._docs):
            out.write((",\n" if n else "\n") + notice.problem.detail)
        out.write("]}\n")
        out.flush()

    def _table(self, sources: Sequence[CitedSource]) -> Iterator[str]:
        yield "".join(f"{status:>{len(status) + 2}}" for status in STATUSES) + "  source"
        for source in sources:
            yield _line(source.counts) + source.key + ("" if source.is_held else " (its text is not held here)")
        if left := self.sources[len(sources) :]:
            counts = sum((source.counts for source in left), Counter[str]())
            yield _line(counts) + f"… {len(left):,} other sources: --report FILE writes them all"
        citations, without = self.without_text
        if without:
            yield (
                _line(Counter(unchecked=citations))
                + f"({without:,} {'source' if without == 1 else 'sources'} without a text)"
            )
        yield _line(self.total) + f"in all, at revision {self.revision}"


def verify_report(database: Database, keys: Sequence[str], tell: Progress) -> VerifyReport:
    """Look up the citations of stored claims, at one moment. Raises NotFound, Merged and Gone for a key of none."""
    with database.read_through() as connection:
        return VerifyReport(CitationCheck(connection, keys, tell))


def _line(counts: Counter[str]) -> str:
    return "".join(f"{counts[status]:>{len(status) + 2},}" for status in STATUSES) + "  "


def _counts(counts: Counter[str]) -> dict[str, int]:
    return {status: counts[status] for status in STATUSES}


def _row(source: CitedSource) -> Doc:
    has = "none" if source.digest is None else "held" if source.is_held else "elsewhere"
    return {"id": source.id, "key": source.key, "text": has, "citations": _counts(source.counts)}


def _told(doc: Doc) -> str:
    """A citation for people: where it stands, in what it differs, and what it leaves out."""
    said = [f"{doc['key']}: {doc['verification']} {_span(doc)}".rstrip()]
    said += [f"{_short(one['quote'])} is {_short(one['text'])} in the text" for one in doc["differences"] or ()]
    said += [f"left out: {_short(gap.strip())}" for gap in doc["gaps"] or ()]
    if doc["verification"] in ("not_found", "ambiguous"):
        said.append(_short(doc["words"]))
    if doc["nearest"]:
        said.append(f"perhaps meant: {_short(doc['nearest'])}")
    return "; ".join(said)


def _span(place: Doc) -> str:
    return "" if place["start"] is None else f"at {place['start']}–{place['end']}"


def _short(text: str) -> str:
    return repr(text if len(text) <= SHORT else text[: SHORT - 1] + "…")
