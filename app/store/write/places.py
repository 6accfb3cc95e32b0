"""Places of quotes in the texts of sources. They follow from the text and the words alone, so the checks of rows can
look for them where the row of a text stands before those that quote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import msgspec

from app.domain.record.derived import CODE, told_of_place
from app.domain.record.records_in import Locator
from app.domain.record.sent import PLACE
from app.domain.text.quote_matcher import SourceText, Verification
from app.errors import Problem
from app.store.records.document import Doc
from app.store.write.source_texts import Asked, SourceTexts, locate, sha256

MOST_NEAR: Final = 1_000_000  # characters of texts of rows before


class Place(msgspec.Struct, array_like=True, frozen=True):
    """The place of a citation's words in a text, which is named by its SHA-256."""

    text: str
    found: Verification


class NearTexts:
    """The texts of sources in the rows that were checked last, by the key or address of the source."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}
        self._held = 0  # characters of those

    def places(self, doc: Doc) -> list[Place | None]:
        """The place for each citation of a checked claim; None for one without words or text. Often there are none."""
        texts = [self._text_of(citation["source"]) for citation in doc["citations"]]
        if not any(texts):
            return []
        return [_place(doc, *pair) for pair in zip(doc["citations"], texts, strict=True)]

    def _text_of(self, source: Doc) -> _Text | None:
        name, text = source.get("key") or source.get("url"), source.get("text")
        if name is None or not text:
            return self._texts.get(name or "")
        if (known := self._texts.get(name)) and known.is_text(text):
            return known  # rows often repeat the text of their source
        self._held += len(text)
        if self._held > MOST_NEAR:
            self._texts, self._held = {}, len(text)
        self._texts[name] = _Text(text)
        return self._texts[name]


class _Text:
    """A text, which is read for quotes once one is looked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def is_text(self, text: str) -> bool:
        """Whether it is this text."""
        return self._text == text

    @cached_property
    def digest(self) -> str:
        return sha256(self._text)

    @cached_property
    def read(self) -> SourceText:
        return SourceText(self._text)


def _place(doc: Doc, citation: Doc, text: _Text | None) -> Place | None:
    words = words_of_citation(doc, citation)
    return Place(text.digest, located(words, citation, text.read)) if text and words else None


def words_of_citation(doc: Doc, citation: Doc) -> str | None:
    """The words that a citation's source should have: the quote, else the locator's exact words."""
    words: str | None = doc["quote"] or (citation["locator"] or {}).get("exact")
    return words


def located(words: str, citation: Doc, text: SourceText) -> Verification:
    """The place of a citation's words in a text, as its prefix and suffix settle it."""
    return locate(text, _asked(words, citation))


def _asked(words: str, citation: Doc) -> Asked:
    locator = citation["locator"] or {}
    return words, locator.get("prefix"), locator.get("suffix")


def verify(doc: Doc, citation: Doc, texts: SourceTexts, place: Place | None = None) -> None:
    """Say whether the words of a citation stand in its source's text, and where. place: of a text that may be this."""
    words = words_of_citation(doc, citation)
    digest = texts.digest_of(citation["source"]["id"]) if words else None
    if digest is None or words is None:
        citation["verification"] = "unchecked"
        return
    found = place.found if place and place.text == digest else texts.found(digest, _asked(words, citation))
    put_place(citation, found)


def look_up_together(docs: Iterable[Doc], texts: SourceTexts) -> None:
    """Look up the words of claims that are verified next, text by text: texts that are long, or many, are not all held
    ready, and to make one ready takes as long as to find a thousand quotes.
    """
    asked: dict[str, set[Asked]] = {}
    for doc in docs:
        for citation in doc["citations"]:
            words = words_of_citation(doc, citation)
            digest = texts.digest_if_current(citation["source"]["id"]) if words else None
            if words and digest:
                asked.setdefault(digest, set()).add(_asked(words, citation))
    texts.look_up(asked)


def put_place(citation: Doc, found: Verification) -> None:
    """Set what is said of a citation's words and of where they stand."""
    citation["verification"] = found.status
    differences = [{"quote": quote, "text": text} for quote, text in found.differences] or None
    stands = {"start": found.start, "end": found.end, "gaps": list(found.gaps) or None, "differences": differences}
    locator = citation["locator"] or {}
    if found.start is not None or locator:
        citation["locator"] = dict.fromkeys(Locator.model_fields) | locator | stands


def unread_places(given: list[Doc | None], citations: list[Doc], stored: Iterable[Doc]) -> Iterator[Problem]:
    """Problems of places that are given and at which the words do not stand, though they are found. given: the locators
    of the citations before they were verified. stored: the citations that the claim had, whose places an export has.
    """
    known = [citation["locator"] for citation in stored if citation["locator"]]
    for n, (locator, citation) in enumerate(zip(given, citations, strict=True)):
        if locator is None or citation["verification"] == "unchecked" or citation["locator"]["start"] is None:
            continue
        stale = [name for name in PLACE if locator[name] not in (None, citation["locator"][name])]
        if stale and not any(all(locator[name] == one[name] for name in stale) for one in known):
            yield Problem(("citations", n, "locator"), CODE, told_of_place(stale, locator))
