"""Documents → facts: what the index has of a claim's or a speaker's version.

The facts that filters compare follow from the rows of the registry. Beside them stand the words of the texts, their
stems and neighbours, and the columns: days, moments, values of figures. Writing a claim costs little more than this, so
what many claims share is remembered; text_terms, the larger part, needs nothing but the words, and other processes can
do it before ids are known.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from app.domain.quantities.units import parse_unit
from app.domain.query.registry import FACTS, MOMENTS, FactRow, Parameter
from app.domain.query.value_types import PREFIXES
from app.domain.text.lattice import BREAK, Token, encode_lattice, lattice, words_and_pairs
from app.domain.text.stems import STEMMED, stem, stem_language
from app.domain.text.text_cache import text_cache
from app.store.index.facts import ClaimFacts, ElementFacts, SpeakerFacts, Value, fact
from app.store.records.days import bounds_in_days
from app.store.records.document import Doc, encode
from app.store.records.intervals import interval_in_base, sort_key_of
from app.store.records.names import folded
from app.store.records.source_identity import count_documents

WORDS_LANGUAGE: Final = "words_language"  # a fact: by which language a claim's words are stemmed
TEXTS: Final = "qpc"  # quote, paraphrase, context: the letters of their words
_APART: Final = "\x1e"  # in no word
TEXT_END: Final = "\x1f"  # between the texts in what phrases are checked on
MAX_RUN: Final = 5  # words of a name that are found as a phrase by one term
MAX_RUNS: Final = 1000  # of each length, in all that a name makes
MOST_CITED: Final = 4_000  # citations whose facts are remembered
UNKNOWN: Final = (0, -1)  # the days of a date that is wholly unknown

_LISTS: Final = (
    ("role", "roles"), ("figure", "figures"), ("citation", "citations"), ("assessment", "assessments"),
    ("relation", "relations"),
)  # fmt: skip  # in the order of ELEMENTS


def claim_facts(
    doc: Doc,
    records: Mapping[str, Doc],
    texts: TextTerms | None = None,
    made: Context | None = None,
    citations: CitationFacts | None = None,
) -> ClaimFacts:
    """The facts of a claim's document. records: its sources, by id. texts, made: its text_terms and its context, where
    they are made in the language of its words, be it of other names of its organizations. citations: those of other
    claims with these records.
    """
    language = words_language(doc, first_source(doc, records))
    if texts is None:
        texts = text_terms(doc["quote"], doc["paraphrase"], language)
    cited = [(citations or CitationFacts()).of(one, records[one["source"]["id"]]) for one in doc["citations"]]
    whole = doc | {"citations": [one.whole for one in cited], "documents": _documents(doc, records)}
    parts = _context(doc)
    context = made.terms if made and made.parts == parts else _context_terms(parts, language)
    terms = [*_facts("claim", whole), *texts.terms, *context.terms, *_marks("v", doc["venue"])]
    if language is not None:
        terms.append(fact(WORDS_LANGUAGE, language.lower()))
    if doc["retraction"] and doc["retraction"]["source"]:  # writing finds by it the claims that show a source
        terms.append(fact("retraction_source", doc["retraction"]["source"]["id"]))
    elements = [
        [one.facts for one in cited] if name == "citation" else [_element_facts(name, one) for one in doc[listed]]
        for name, listed in _LISTS
    ]
    pairs = [*texts.pairs, *context.pairs]
    return ClaimFacts(terms, _claim_values(doc), pairs, elements, f"{texts.tokens}{TEXT_END}{context.tokens}")


def words_language(doc: Doc, source: Doc) -> str | None:
    """The language, as a BCP 47 tag, that a claim's words are taken to be in: where it states none, that of its first
    source, unless they are a translation.
    """
    language: str | None = (source if goes_by_source(doc) else doc)["language"]
    return language


def goes_by_source(doc: Doc) -> bool:
    """Whether a claim's words are taken to be in the language of its first source."""
    return doc["language"] is None and doc["translated_from"] is None


def first_source(doc: Doc, records: Mapping[str, Doc]) -> Doc:
    """The document of the source that a claim cites first."""
    return records[doc["citations"][0]["source"]["id"]]


def speaker_facts(doc: Doc) -> SpeakerFacts:
    """The facts of a speaker's document: words of its names, and their neighbours."""
    found: dict[bytes, None] = {}
    for name in (doc["name"], *doc["aliases"]):
        tokens = lattice(name)
        words = dict.fromkeys(token.word for token in tokens)
        found |= dict.fromkeys(f"n{word}".encode() for word in words)
        found |= dict.fromkeys(f"N{' '.join(run)}".encode() for run in runs_in(tokens))
        found |= dict.fromkeys(stemmed for word in words for stemmed in _stems_of_name(word))
    return SpeakerFacts(list(found), _number(doc["id"]))


def facts_hash(facts: ClaimFacts) -> int:
    """A number of 63 bits by which the facts of a version are told from others."""
    encoded = msgspec.msgpack.encode((facts.terms, facts.pairs, facts.elements, facts.tokens))
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest()) >> 1


# Facts that filters compare


def asked_term(parameter: Parameter, value: Any) -> bytes:
    """The term of a value that a filter asks for; of a record, by its number."""
    kind = parameter.operator.type
    if kind in PREFIXES:
        return fact(parameter.fact, f"{kind}_{value}")
    return fact(parameter.fact, value.dimension if kind == "unit" else _compared(kind, value))


def _compared(kind: str, value: Any) -> object:
    """A value as it is compared with others of its type."""
    if kind == "name":
        return folded(value)
    return value.lower() if kind in ("language", "language range") else value


def _facts(element: str, doc: Doc) -> list[bytes]:
    found: list[bytes] = []
    for value_of, stored in _ROWS[element]:
        value = value_of(doc)
        if isinstance(value, (list, tuple, range)):
            found += dict.fromkeys(map(stored, value))
        else:
            found.append(stored(value))
    return found


def _stored(row: FactRow) -> Callable[[Any], bytes]:
    @lru_cache(maxsize=1 << 13)  # claims of an import share their values; of one row they are of one type
    def term(value: Any) -> bytes:
        if value is None:
            return fact(row.name, None)
        return fact(row.name, parse_unit(value).dimension if row.type == "unit" else _compared(row.type, value))

    return term


_ROWS: Final = {element: [(row.value, _stored(row)) for row in rows] for element, rows in FACTS.items()}


def _documents(doc: Doc, records: Mapping[str, Doc]) -> int:
    """The number of different documents that prove a claim."""
    cited = {one["source"]["id"] for one in doc["citations"]}
    return 1 if len(cited) == 1 else count_documents(records[one] for one in sorted(cited))


class Cited(NamedTuple):
    """A citation with its whole source, and its facts."""

    whole: Doc
    facts: ElementFacts


class CitationFacts:
    """The facts of citations. Claims of an import share them, as long as the documents of the sources are the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[Doc, Cited]] = {}  # each beside the document of its source

    def of(self, citation: Doc, source: Doc) -> Cited:
        """The facts of a citation. source: its document."""
        if citation["locator"] is not None:  # few others are alike
            return _cited(citation, source)
        key = source["id"], encode({name: value for name, value in citation.items() if name != "source"})
        known = self._known.get(key)
        if known is None or known[0] is not source:
            if len(self._known) > MOST_CITED:
                self._known = {}
            known = self._known[key] = source, _cited(citation, source)
        return known[1]


def _cited(citation: Doc, source: Doc) -> Cited:
    whole = citation | {"source": source | citation["source"]}
    return Cited(whole, _element_facts("citation", whole))


# Columns


def _claim_values(doc: Doc) -> list[Value]:
    claim, speaker = _number(doc["id"]), doc["speaker"]
    moments = [_microseconds(doc[name]) for name in MOMENTS]
    return [*_days(doc["said_on"]), claim, _number(speaker["id"]) if speaker else 0, *moments]


def _element_facts(element: str, one: Doc) -> ElementFacts:
    terms = _facts(element, one)
    match element:
        case "figure":
            interval = interval_in_base(one)
            return ElementFacts(terms, [*_days(one["period"]), interval.low, interval.high, sort_key_of(one)])
        case "citation":
            return ElementFacts(terms, [*_days(one["source"]["published_on"])])
        case "role":
            terms += _marks("t", one["title"])
    return ElementFacts(terms)


def _number(record_id: str) -> int:
    return int(record_id[4:])


def _days(when: Doc | None) -> tuple[int, int]:
    return UNKNOWN if when is None else _between(when["earliest"], when["latest"])


@lru_cache(maxsize=1 << 14)
def _between(earliest: str | None, latest: str | None) -> tuple[int, int]:
    first, last = bounds_in_days({"earliest": earliest, "latest": latest})
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
    parts = _context(doc)
    return Context(parts, _context_terms(parts, language))


def _context_terms(parts: list[str], language: str | None) -> TextTerms:
    encoded = BREAK.join(filter(None, [encode_lattice(text, language) for text in parts]))
    return _terms_of_context(encoded, stem_language(language))


@text_cache(1 << 13, longest=500)  # roles and venues are shared by many claims
def _terms_of_context(encoded: str, code: str | None) -> TextTerms:
    return _text_terms("c", encoded, code)


def _context(doc: Doc) -> list[str]:
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
def _marks(letter: str, text: str | None) -> tuple[bytes, ...]:
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
def _stems_of_name(word: str) -> tuple[bytes, ...]:
    """The stems of a word of a name, whose claims may be in any language, where they differ from it."""
    each = ((code, stem(code, word)) for code in STEMMED)
    return tuple(f"~n{code}{own}".encode() for code, own in each if own and own != word)
