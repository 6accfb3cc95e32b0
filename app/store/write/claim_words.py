"""Derived content that follows from the words of a claim alone: it is made where rows are checked, before the lock."""

from __future__ import annotations

import msgspec

from app.store.index.terms import Context, TextTerms, context_of, text_terms
from app.store.records.document import Doc
from app.store.records.rows import words_hash


class ClaimWords(msgspec.Struct, array_like=True, frozen=True):
    """The index terms of a claim's quote, paraphrase and context, and the hash by which claims of the same words are
    found.
    """

    texts: TextTerms
    context: Context
    hashed: int


def words_of(doc: Doc) -> ClaimWords:
    """The words of a claim's document. Its organizations may have other names once they are resolved."""
    return ClaimWords(text_terms(doc["quote"], doc["paraphrase"], doc["language"]), context_of(doc), words_hash(doc))
