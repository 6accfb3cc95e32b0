"""Documents → facts: what the index has of a claim's or a speaker's version.

The facts that filters compare follow from the rows of the registry. Beside them stand the words of the texts, their
stems and neighbours, and the columns: days, moments, values of figures. Writing a claim costs little more than this, so
what many claims share is remembered; text_terms, the larger part, needs nothing but the words, and other processes can
do it before ids are known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import msgspec

from app.domain.quantities.units import parse_unit
from app.domain.query.registry import FACTS, MOMENTS, Parameter
from app.domain.query.value_types import PREFIXES
from app.domain.text.stems import STEMMED, stem, stem_language
from app.domain.text.text_cache import text_cache
from app.domain.text.tokenizer import tokens
from app.store.index.facts import ClaimFacts, ElementFacts, SpeakerFacts, Value, fact
from app.store.records.days import bounds_in_days
from app.store.records.document import Doc
from app.store.records.intervals import interval_in_base, sort_key_of
from app.store.records.names import folded
from app.store.records.source_identity import count_documents

TEXTS: Final = "qpc"  # quote, paraphrase, context: the letters of their words
TEXT_END, PART_END = "\x1f", "\x1e"  # between texts, and between the parts of a context, in what phrases are checked on
MAX_RUN: Final = 5  # words of a name that are found as a phrase by one term
UNKNOWN: Final = (0, -1)  # the days of a date that is wholly unknown

_LISTS: Final = (
    ("role", "roles"), ("figure", "figures"), ("citation", "citations"), ("assessment", "assessments"),
    ("relation", "relations"),
)  # fmt: skip  # in the order of ELEMENTS


def claim_facts(doc: Doc, records: Mapping[str, Doc], texts: TextTerms | None = None) -> ClaimFacts:
    """The facts of a claim's document. records: its sources, by id. texts: its text_terms, where they are made."""
    if texts is None:
        texts = text_terms(doc["quote"], doc["paraphrase"], doc["language"])
    whole = _with_sources(doc, records)
    context = _context_terms(doc, stem_language(doc["language"]))
    terms = [*_facts("claim", whole), *texts.terms, *context.terms]
    terms += [f"v{word}".encode() for word in dict.fromkeys(tokens(doc["venue"] or ""))]
    elements = [[_element_facts(name, one) for one in whole[listed]] for name, listed in _LISTS]
    pairs = [*texts.pairs, *context.pairs]
    return ClaimFacts(terms, _claim_values(doc), pairs, elements, f"{texts.tokens}{TEXT_END}{context.tokens}")


def speaker_facts(doc: Doc) -> SpeakerFacts:
    """The facts of a speaker's document: words of its names, and their neighbours."""
    found: dict[str, None] = {}
    for name in dict.fromkeys((doc["name"], *doc["aliases"])):
        words = tokens(name)
        found |= dict.fromkeys(f"n{word}" for word in words)
        found |= dict.fromkeys(f"N{' '.join(run)}" for run in runs_in(words))
        found |= dict.fromkeys(stemmed for word in words for stemmed in _stems_of_name(word))
    return SpeakerFacts([term.encode() for term in found], _number(doc["id"]))


def facts_hash(facts: ClaimFacts) -> int:
    """A number of 63 bits by which the facts of a version are told from others."""
    encoded = msgspec.msgpack.encode((facts.terms, facts.pairs, facts.elements, facts.tokens))
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest()) >> 1


# Facts that filters compare


def asked_term(parameter: Parameter, value: Any) -> bytes:
    """The term of a value that a filter asks for; of a record, by its number."""
    return fact(parameter.fact, _asked(parameter.operator.type, value))


def _asked(kind: str, value: Any) -> object:
    if kind in PREFIXES:
        return f"{kind}_{value}"
    return value.dimension if kind == "unit" else _compared(kind, value)


def _compared(kind: str, value: Any) -> object:
    """A value as it is compared with others of its type."""
    if kind == "name":
        return folded(value)
    return value.lower() if kind in ("language", "language range") else value


def _facts(element: str, doc: Doc) -> Iterator[bytes]:
    for row in FACTS[element]:
        value = row.value(doc)
        if isinstance(value, (list, tuple, range)):
            yield from dict.fromkeys(_stored_term(row.name, row.type, one) for one in value)
        else:
            yield _stored_term(row.name, row.type, value)


@lru_cache(maxsize=1 << 14, typed=True)
def _stored_term(name: str, kind: str, value: Any) -> bytes:
    if value is None:
        return fact(name, None)
    return fact(name, parse_unit(value).dimension if kind == "unit" else _compared(kind, value))


def _with_sources(doc: Doc, records: Mapping[str, Doc]) -> Doc:
    """A claim as facts read it: with whole sources, and the number of different documents that prove it."""
    citations = [one | {"source": records[one["source"]["id"]] | one["source"]} for one in doc["citations"]]
    cited = {one["source"]["id"] for one in citations}
    different = 1 if len(cited) == 1 else count_documents(records[one] for one in sorted(cited))
    return doc | {"citations": citations, "documents": different}


# Columns


def _claim_values(doc: Doc) -> list[Value]:
    claim, speaker = _number(doc["id"]), doc["speaker"]
    moments = [_microseconds(doc[name]) for name in MOMENTS]
    return [*_days(doc["said_on"]), claim, _number(speaker["id"]) if speaker else 0, *moments]


def _element_facts(element: str, one: Doc) -> ElementFacts:
    terms = list(_facts(element, one))
    match element:
        case "figure":
            interval = interval_in_base(one)
            return ElementFacts(terms, [*_days(one["period"]), interval.low, interval.high, sort_key_of(one)])
        case "citation":
            return ElementFacts(terms, [*_days(one["source"]["published_on"])])
        case "role":
            terms += [f"t{word}".encode() for word in dict.fromkeys(tokens(one["title"] or ""))]
    return ElementFacts(terms)


def _number(record_id: str) -> int:
    return int(record_id[4:])


def _days(when: Doc | None) -> tuple[int, int]:
    first, last = bounds_in_days(when)
    return UNKNOWN if first is None or last is None else (first, last)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds_of(moment: datetime) -> int:
    """The microseconds since 1970, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=1000)  # the claims of an import share theirs
def _microseconds(moment: str) -> int:
    return microseconds_of(datetime.fromisoformat(moment))


# Words


class TextTerms(msgspec.Struct, array_like=True, frozen=True):
    """Terms, pairs and tokens of some texts of a claim, as ClaimFacts has them."""

    terms: list[bytes]
    pairs: list[int]
    tokens: str


def text_terms(quote: str | None, paraphrase: str | None, language: str | None) -> TextTerms:
    """What the index has of the words of a claim's quote and paraphrase. language: a BCP 47 tag."""
    code = stem_language(language)
    texts = [(letter, tokens(text or "")) for letter, text in (("q", quote), ("p", paraphrase))]
    terms = [term for letter, words in texts for term in _word_terms(letter, words, code)]
    pairs = [pair for letter, words in texts for pair in _pairs(letter, words)]
    return TextTerms(terms, pairs, TEXT_END.join(_spaced(words) for _, words in texts))


def _context_terms(doc: Doc, code: str | None) -> TextTerms:
    """The same of a claim's context."""
    parts = [tokens(text) for text in _context(doc) if text]
    terms = _word_terms("c", [word for words in parts for word in words], code)
    pairs = dict.fromkeys(pair for words in parts for pair in _pairs("c", words))
    return TextTerms(terms, list(pairs), PART_END.join(map(_spaced, parts)))


def _context(doc: Doc) -> Iterator[str | None]:
    for role in doc["roles"]:
        yield role["title"]
        yield role["as_stated"]
        yield role["organization"] and role["organization"]["name"]
    yield doc["venue"]


def _word_terms(letter: str, words: Iterable[str], code: str | None) -> list[bytes]:
    different = dict.fromkeys(words)
    found = [f"{letter}{word}".encode() for word in different]
    if code:
        stems = dict.fromkeys(own for word in different if (own := stem(code, word)))
        found += [f"~{letter}{code}{own}".encode() for own in stems]
    return found


def _spaced(words: Sequence[str]) -> str:
    """Words in one string with a blank around each, so that a phrase in it is found as ` a b `."""
    return f" {' '.join(words)} "


# Neighbours

_MASK = (1 << 48) - 1
_OF_TEXT = {letter: number * 0x5BD1E995A7C3 for number, letter in enumerate(TEXTS)}


def pair_digests(first: str, second: str, texts: str = TEXTS) -> list[int]:
    """The digests, of 48 bits, of two neighbouring words in each of these texts."""
    both = _digest(first) * 0x9E37 + _digest(second)
    return [(both + _OF_TEXT[letter]) & _MASK for letter in texts]


def _pairs(letter: str, words: Sequence[str]) -> list[int]:
    added = _OF_TEXT[letter]
    digests = pairwise(map(_digest, words))
    return list(dict.fromkeys([(first * 0x9E37 + second + added) & _MASK for first, second in digests]))


@text_cache(1 << 16)
def _digest(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=6).digest())


def runs_in(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Each run of two to MAX_RUN neighbouring words."""
    for length in range(2, min(len(words), MAX_RUN) + 1):
        yield from (words[start : start + length] for start in range(len(words) - length + 1))


@text_cache(1 << 14)
def _stems_of_name(word: str) -> tuple[str, ...]:
    """The stems of a word of a name, whose claims may be in any language, where they differ from it."""
    each = ((code, stem(code, word)) for code in STEMMED)
    return tuple(f"~n{code}{own}" for code, own in each if own and own != word)
