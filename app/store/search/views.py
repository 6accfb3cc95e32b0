"""The parts of documents in an answer: all, or some fields alone; and where search words stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.query.highlights import highlight
from app.domain.query.logic import And, Or
from app.domain.query.query_text import SearchText, parse_query
from app.domain.query.registry import Condition
from app.domain.query.tree import Some, Where
from app.domain.record.projection import Tree, project
from app.store.records.document import Doc, decode, encode


@dataclass(frozen=True)
class View:
    """fields: those that are shown; all of them where empty. words: what to show the places of."""

    fields: Tree
    words: tuple[SearchText, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.words)

    def of(self, documents: bytes) -> bytes:
        """The same documents as this view shows them; joined by a comma and a new line."""
        if not self or not documents:
            return documents
        # No document has a new line in it: JSON escapes them.
        return b",\n".join(self.of_one(document) for document in documents.split(b",\n"))

    def of_one(self, document: bytes) -> bytes:
        """One document."""
        doc = decode(document)
        shown: Doc = project(doc, self.fields)
        return encode(shown | {"highlights": places_in(doc, self.words)} if self.words else shown).encode()


def places_in(doc: Doc, words: tuple[SearchText, ...]) -> dict[str, list[tuple[int, int]]]:
    """Where the words stand: ranges of characters, by the dotted path of the text; of texts in which there are none
    nothing.
    """
    found = {path: _ranges(text, words, doc["language"]) for path, text in _texts(doc) if text}
    return {path: ranges for path, ranges in found.items() if ranges}


def _ranges(text: str, words: tuple[SearchText, ...], language: str | None) -> list[tuple[int, int]]:
    joined: SearchText = words[0] if len(words) == 1 else And(words)
    return highlight(text, joined, language)


def _texts(doc: Doc) -> Iterator[tuple[str, str | None]]:
    """The texts that search words are looked for in, as far as a claim shows them."""
    yield from ((name, doc[name]) for name in ("quote", "paraphrase", "venue"))
    yield "speaker.name", doc["speaker"] and doc["speaker"]["name"]
    for n, role in enumerate(doc["roles"]):
        yield f"roles.{n}.title", role["title"]
        yield f"roles.{n}.as_stated", role["as_stated"]
        yield f"roles.{n}.organization.name", role["organization"] and role["organization"]["name"]


def words_of(where: Where) -> tuple[SearchText, ...]:
    """The search texts that a query asks for, not those that it asks to be without."""
    return tuple(found for one in _asked(where) if (found := parse_query(one.values[0])))


def _asked(where: Where) -> Iterator[Condition]:
    match where:
        case Condition() if where.name == "q":
            yield where
        case And(parts) | Or(parts):
            for part in parts:
                yield from _asked(part)
        case Some():
            return
