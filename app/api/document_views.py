"""The parts of documents in an answer: all, or some fields alone; and where search words stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.query.highlights import Highlighter
from app.domain.query.logic import And, Or
from app.domain.query.query_text import parse_query
from app.domain.query.registry import Condition
from app.domain.query.tree import Some, Where
from app.domain.record.projection import FieldTree, project
from app.store.records.document import Doc, decode, encode


@dataclass(frozen=True)
class DocumentView:
    """fields: those that are shown; all of them where empty. highlighter: of the words to show the places of."""

    fields: FieldTree
    highlighter: Highlighter | None = None

    def __bool__(self) -> bool:
        return bool(self.fields or self.highlighter)

    def of(self, documents: bytes, languages: Sequence[str | None]) -> bytes:
        """The same documents as this view shows them; joined by a comma and a new line. languages: that the words of
        each are searched by, where there is a highlighter.
        """
        if not self or not documents:
            return documents
        # No document has a new line in it: JSON escapes them.
        each = documents.split(b",\n")
        by_each = languages if self.highlighter else [None] * len(each)
        return b",\n".join(self.of_one(one, language) for one, language in zip(each, by_each, strict=True))

    def of_one(self, document: bytes, language: str | None) -> bytes:
        """One document. language: that its words are searched by, where there is a highlighter."""
        doc = decode(document)
        shown: Doc = project(doc, self.fields)
        if self.highlighter:
            shown = shown | {"highlights": _places_in(doc, self.highlighter, language)}
        return encode(shown).encode()


def _places_in(doc: Doc, highlighter: Highlighter, language: str | None) -> dict[str, list[tuple[int, int]]]:
    """Where the words stand: ranges of characters, by the dotted path of the text; nothing of texts without any."""
    found = {path: highlighter.ranges(text, language) for path, text in _texts(doc) if text}
    return {path: ranges for path, ranges in found.items() if ranges}


def _texts(doc: Doc) -> Iterator[tuple[str, str | None]]:
    """The texts that search words are looked for in, as far as a claim shows them."""
    yield from ((name, doc[name]) for name in ("quote", "paraphrase", "venue"))
    yield "speaker.name", doc["speaker"] and doc["speaker"]["name"]
    for n, role in enumerate(doc["roles"]):
        yield f"roles.{n}.title", role["title"]
        yield f"roles.{n}.as_stated", role["as_stated"]
        yield f"roles.{n}.organization.name", role["organization"] and role["organization"]["name"]


def highlighter_of(where: Where) -> Highlighter | None:
    """Of the search texts that a query asks for, not those that it asks to be without; None where there are none."""
    words = tuple(found for one in _asked(where) if (found := parse_query(one.values[0])))
    return Highlighter(And(words)) if words else None


def _asked(where: Where) -> Iterator[Condition]:
    match where:
        case Condition() if where.name == "q":
            yield where
        case And(parts) | Or(parts):
            for part in parts:
                yield from _asked(part)
        case Some():
            return
