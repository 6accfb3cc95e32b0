"""Prepared claims: what follows from a checked claim alone. It is made where rows are checked, before the lock."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from app.domain.record.records_in import ClaimIn
from app.store.records.document import Doc, held_roles
from app.store.write.claim_words import ClaimWords, words_of
from app.store.write.links import encoded_references
from app.store.write.places import NearTexts, Place


class Prepared(msgspec.Struct, array_like=True, frozen=True):
    """Everything that is known of a claim before its references are resolved.

    references: see encoded_references. places: of its citations, where a row before had the text of their source.
    held: see held_roles.
    """

    words: ClaimWords
    references: list[str]
    places: list[Place | None]
    held: list[tuple[int, dict[str, Any]]]


_encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final = msgspec.msgpack.Decoder(Prepared)


def encode_prepared(claim: ClaimIn, doc: Doc, near: NearTexts) -> bytes:
    """The parts of a claim that is prepared, to be handed to another process. doc: as `render_claim` gives it.
    near: the texts of rows before.
    """
    return _encode(Prepared(words_of(doc), encoded_references(doc), near.places(doc), held_roles(claim)))


def decode_prepared(encoded: bytes) -> Prepared:
    """The inverse of encode_prepared."""
    return _decoder.decode(encoded)
