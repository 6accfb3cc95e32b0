"""Derived content that follows from the words of a claim alone: it is made where rows are checked, before the lock."""

from __future__ import annotations

from typing import Final

import msgspec

from app.store.index.terms import TextTerms, text_terms
from app.store.records.document import Doc
from app.store.records.rows import words_hash


class ClaimWords(msgspec.Struct, array_like=True, frozen=True):
    """The index terms of a claim's quote and paraphrase, and the hash by which claims of the same words are found."""

    texts: TextTerms
    hashed: int


_encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final = msgspec.msgpack.Decoder(ClaimWords)


def words_of(doc: Doc) -> ClaimWords:
    """The words of a claim's document."""
    return ClaimWords(text_terms(doc["quote"], doc["paraphrase"], doc["language"]), words_hash(doc))


def encode_words(doc: Doc) -> bytes:
    """The same, to be handed to another process."""
    return _encode(words_of(doc))


def decode_words(encoded: bytes) -> ClaimWords:
    """The words that encode_words gave."""
    return _decoder.decode(encoded)
