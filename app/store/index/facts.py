"""Facts: what the index has of one version of a claim or speaker. They are made once, and never change.

Terms stand without the letter of their family:
    =NAME\x1fVALUE   a fact that an equality filter asks for (VALUE empty: there is none)
    q… p… c…         a word of the quote, the paraphrase, the context (role titles, organizations, venue)
    ~qen… ~pen… ~cen…  the stem of such a word, in a language
    v… t… n…         a word of the venue (claim), of a title (role; citation: its source's), of a name (speaker)
    N…               two to five neighbouring words of a name, with a blank between (speaker)
    ~nen…            the stem of a word of a name, in a language in which it is another word (speaker)
    +DIGEST -BUCKET  two neighbouring words of a text (see gathering.py)
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

Value: TypeAlias = int | float


class ElementFacts(msgspec.Struct, array_like=True):
    """Facts of one element of a list. values: its columns but `version`, in their order."""

    terms: list[bytes]
    values: list[Value] = []


BUCKET: Final = 2  # bytes at the end of a pair's term that are those of its bucket's


class ClaimFacts(msgspec.Struct, array_like=True):
    """Facts of one version of a claim.

    values: the columns of the family, in their order. pairs: digests of neighbouring words of a text. elements: for
    each family of ELEMENTS its elements, in the order of the document. tokens: what phrases are checked on.
    """

    terms: list[bytes]
    values: list[Value]
    pairs: list[int]
    elements: list[list[ElementFacts]]
    tokens: str


class SpeakerFacts(msgspec.Struct, array_like=True):
    """Facts of one version of a speaker: words of its names, and its number."""

    terms: list[bytes]
    speaker: int


def fact(name: str, value: object) -> bytes:
    """The term of a fact that an equality filter asks for. value: text, a number, True, or None for none."""
    return f"={name}\x1f{'' if value is None else value}".encode()


def pair_term(digest: int) -> bytes:
    """The term of two neighbouring words, where versions enough have them. digest: of 48 bits."""
    return b"+" + digest.to_bytes(6)


def bucket_term(digest: int) -> bytes:
    """The term that rare pairs of neighbouring words share: the versions that have it are to be checked."""
    return b"-" + (digest & 0xFFFF).to_bytes(BUCKET)
