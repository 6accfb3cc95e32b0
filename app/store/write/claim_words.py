"""Derived content that follows from the words of a claim alone: it is made where rows are checked, before the lock."""

from __future__ import annotations

import msgspec

from app.store.index.terms import words_language
from app.store.index.word_terms import Context, TextTerms, context_of, text_terms
from app.store.records.document import Doc
from app.store.records.rows import words_hash


class ClaimWords(msgspec.Struct, array_like=True, frozen=True):
    """The index terms of a claim's quote, paraphrase and context, and the hash by which claims of the same words are
    found. language: that they are stemmed by.
    """

    language: str | None
    texts: TextTerms
    context: Context
    hashed: int


def words_of(doc: Doc) -> ClaimWords:
    """The words of a claim's document that is not resolved: then its organizations may have other names, and its source
    a language that the reference to it does not tell.
    """
    language = words_language(doc, {"language": None} | doc["citations"][0]["source"])
    texts = text_terms(doc["quote"], doc["paraphrase"], language)
    return ClaimWords(language, texts, context_of(doc, language), words_hash(doc))
