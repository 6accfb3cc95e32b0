"""Words of texts → terms, pairs and tokens of the index.

Nothing but the words is needed, so other processes can do this, the larger part of a claim's facts, before ids are
known. Texts that many claims share are remembered.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from app.domain.text.lattice import BREAK, Token, encode_lattice, lattice, words_and_pairs
from app.domain.text.stems import other_stems, stem, stem_language
from app.domain.text.text_cache import text_cache
from app.store.records.document import Doc

TEXTS: Final = "qpc"  # quote, paraphrase, context: the letters of their words
_APART: Final = "\x1e"  # in no word
TEXT_END: Final = "\x1f"  # between the texts in what phrases are checked on
MAX_RUN: Final = 5  # words of a name that are found as a phrase by one term
MAX_RUNS: Final = 1000  # of each length, in all that a name makes


class TextTerms(msgspec.Struct, array_like=True, frozen=True):
    """Terms, pairs and tokens of some texts of a claim, as ClaimFacts has them."""

    terms: list[bytes]
    pairs: list[int]
    tokens: str


def text_terms(quote: str | None, paraphrase: str | None, language: str | None) -> TextTerms:
    """The index's facts of the words of a claim's quote and paraphrase. language: a BCP 47 tag."""
    code = stem_language(language)
    own = _text_terms("q", encode_lattice(quote or "", language), code)
    other = _text_terms("p", encode_lattice(paraphrase or "", language), code)
    return TextTerms([*own.terms, *other.terms], [*own.pairs, *other.pairs], f"{own.tokens}{TEXT_END}{other.tokens}")


class Context(msgspec.Struct, array_like=True, frozen=True):
    """The texts that are a claim's context, and what the index has of them."""

    parts: list[str]
    terms: TextTerms


def context_of(doc: Doc, language: str | None) -> Context:
    """The context of a claim's document; of one that is not resolved, with the names that organizations are given.

    language: of its words.
    """
    parts = context_parts(doc)
    return Context(parts, context_terms(parts, language))


def context_terms(parts: list[str], language: str | None) -> TextTerms:
    """The index's facts of the texts of a context. language: of its words."""
    encoded = BREAK.join(filter(None, [encode_lattice(text, language) for text in parts]))
    return _shared_context_terms(encoded, stem_language(language))


@text_cache(1 << 13, longest=500)  # roles and venues are shared by many claims
def _shared_context_terms(encoded: str, code: str | None) -> TextTerms:
    return _text_terms("c", encoded, code)


def context_parts(doc: Doc) -> list[str]:
    """The texts that are a claim's context: what its roles are called, with their organizations, and its venue."""
    parts: list[str | None] = []
    for role in doc["roles"]:
        parts += (role["title"], role["as_stated"], role["organization"] and role["organization"].get("name"))
    return [text for text in (*parts, doc["venue"]) if text]


def _text_terms(letter: str, encoded: str, code: str | None) -> TextTerms:
    """The terms of the words of an encoded text, and the digests of its neighbours, each once."""
    words, neighbours = words_and_pairs(encoded)
    digests = {word: _digest(word) for word in words}
    terms: list[bytes] = []
    if digests:  # encoded all at once
        terms += (letter + f"{_APART}{letter}".join(digests)).encode().split(_APART.encode())
    if code:
        terms += dict.fromkeys([term for word in digests if (term := _stem_term(letter, code, word))])
    added = _OF_TEXT[letter]
    pairs = dict.fromkeys([(digests[one] * _FACTOR + digests[two] + added) & _MASK for one, two in neighbours])
    return TextTerms(terms, list(pairs), encoded)


@lru_cache(maxsize=1 << 16)
def _stem_term(letter: str, code: str, word: str) -> bytes | None:
    own = stem(code, word)
    return f"~{letter}{code}{own}".encode() if own else None


@text_cache(1 << 13)
def marks(letter: str, text: str | None) -> tuple[bytes, ...]:
    """The words of a text that is asked for apart."""
    return tuple(dict.fromkeys(f"{letter}{token.word}".encode() for token in lattice(text or "")))


# Neighbours

_FACTOR, _MASK = 0x9E37, (1 << 48) - 1
_OF_TEXT = {letter: number * 0x5BD1E995A7C3 for number, letter in enumerate(TEXTS)}


def pair_digest(first: str, second: str, text: str) -> int:
    """The digest, of 48 bits, of two neighbouring words in a text."""
    return (_digest(first) * _FACTOR + _digest(second) + _OF_TEXT[text]) & _MASK


@lru_cache(maxsize=1 << 16)
def _digest(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=6).digest())


def runs_in(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    """Each run of two to MAX_RUN neighbouring words along any path; in a name of many joined words not all."""
    starting = defaultdict(list)
    for token in tokens:
        starting[token.first].append(token)
    found: dict[tuple[str, ...], None] = {}
    runs: list[tuple[tuple[str, ...], int]] = [((token.word,), token.last) for token in tokens]
    for _ in range(1, MAX_RUN):
        runs = [((*run, token.word), token.last) for run, last in runs for token in starting[last + 1]][:MAX_RUNS]
        found |= dict.fromkeys(run for run, _ in runs)
    return list(found)


@lru_cache(maxsize=1 << 14)
def stems_of_name(word: str) -> tuple[bytes, ...]:
    """The stems of a word of a name, whose claims may be in any language, where they differ from it."""
    return tuple(f"~n{code}{own}".encode() for code, own in other_stems(word))
