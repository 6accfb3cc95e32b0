"""Documents → facts: what the index has of a claim's or a speaker's version.

The facts that filters compare follow from the rows of the registry. Beside them stand the words of the texts, their
stems and neighbours (word_terms.py), and the columns: days, moments, values of figures. Writing a claim costs little
more than this, so what many claims share is remembered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from app.domain.query.registry import MOMENTS
from app.domain.text.lattice import lattice
from app.store.index.fact_terms import terms_of
from app.store.index.facts import ClaimFacts, ElementFacts, SpeakerFacts, Value, fact
from app.store.index.word_terms import (
    TEXT_END,
    Context,
    TextTerms,
    context_parts,
    context_terms,
    marks,
    runs_in,
    stems_of_name,
    text_terms,
)
from app.store.records.days import bounds_in_days
from app.store.records.document import Doc
from app.store.records.intervals import interval_in_base, sort_key_of
from app.store.records.source_identity import count_documents

WORDS_LANGUAGE: Final = "words_language"  # a fact: by which language a claim's words are stemmed
MOST_CITED: Final = 4_000  # citations whose facts are remembered
UNKNOWN: Final = (0, -1)  # the days of a date that is wholly unknown

LISTS: Final = (
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
    parts = context_parts(doc)
    context = made.terms if made and made.parts == parts else context_terms(parts, language)
    terms = [*terms_of("claim", whole), *texts.terms, *context.terms, *marks("v", doc["venue"])]
    if language is not None:
        terms.append(fact(WORDS_LANGUAGE, language.lower()))
    if doc["retraction"] and doc["retraction"]["source"]:  # writing finds by it the claims that show a source
        terms.append(fact("retraction_source", doc["retraction"]["source"]["id"]))
    elements = [
        [one.facts for one in cited] if name == "citation" else [_element_facts(name, one) for one in doc[listed]]
        for name, listed in LISTS
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
        found |= dict.fromkeys(stemmed for word in words for stemmed in stems_of_name(word))
    return SpeakerFacts(list(found), _number(doc["id"]))


def facts_hash(facts: ClaimFacts) -> int:
    """A number of 63 bits by which the facts of a version are told from others."""
    encoded = msgspec.msgpack.encode((facts.terms, facts.pairs, facts.elements, facts.tokens))
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest()) >> 1


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
        self._known: dict[tuple[str | None, ...], tuple[Doc, Cited]] = {}  # each beside the document of its source

    def of(self, citation: Doc, source: Doc) -> Cited:
        """The facts of a citation. source: its document."""
        if citation["locator"] is not None:  # few others are alike
            return _cited(citation, source)
        key = source["id"], *[value for name, value in citation.items() if name != "source"]
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
    terms = terms_of(element, one)
    match element:
        case "figure":
            interval = interval_in_base(one)
            return ElementFacts(terms, [*_days(one["period"]), interval.low, interval.high, sort_key_of(one)])
        case "citation":
            terms += marks("t", one["source"]["title"])
            return ElementFacts(terms, [*_days(one["source"]["published_on"])])
        case "role":
            terms += marks("t", one["title"])
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
