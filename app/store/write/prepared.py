"""Prepared claims: what follows from a checked claim alone. It is made where rows are checked, before the lock."""

from __future__ import annotations

from typing import Final

import msgspec

from app.store.records.document import Doc
from app.store.write.claim_words import ClaimWords, words_of
from app.store.write.links import encoded_references
from app.store.write.places import NearTexts, Place


class Prepared(msgspec.Struct, array_like=True, frozen=True):
    """Everything that is known of a claim before its references are resolved.

    references: see encoded_references. places: of its citations, where a row before had the text of their source.
    """

    words: ClaimWords
    references: list[str]
    places: list[Place | None]


_encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final = msgspec.msgpack.Decoder(Prepared)


def encode_prepared(doc: Doc, near: NearTexts) -> bytes:
    """The parts of a claim that is prepared, to be handed to another process. near: the texts of rows before."""
    return _encode(Prepared(words_of(doc), encoded_references(doc), near.places(doc)))


def decode_prepared(encoded: bytes) -> Prepared:
    """The inverse of encode_prepared."""
    return _decoder.decode(encoded)
