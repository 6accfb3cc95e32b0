"""Facts: what the index has of a document follows from the registry and the words, exactly."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.query.registry import FACTS
from app.domain.text.lattice import stands_in, tokens_of
from app.store.index.facts import ClaimFacts, ElementFacts, SpeakerFacts
from app.store.index.families import CLAIM, ELEMENTS, Family
from app.store.index.terms import CitationFacts, claim_facts, facts_hash, speaker_facts
from app.store.index.word_terms import (
    MAX_RUN,
    TEXT_END,
    TEXTS,
    context_of,
    pair_digest,
    text_terms,
)
from app.store.records.document import decode
from tests.asked import cases
from tests.stock import LANGUAGES, VOCABULARY

Doc = dict[str, Any]
LONGEST_KEY = 2704  # bytes of an entry of a PostgreSQL B-tree

SOURCE: Doc = {
    "id": "src_3", "version": 1, "key": "s", "title": "T", "kind": "report", "authors": [],
    "publisher": "Ärzte  Zeitung", "url": None, "archive_url": None, "published_on": None, "accessed_on": None,
    "language": None, "note": None, "text_sha256": None,
}  # fmt: skip
SHOWN = {name: SOURCE[name] for name in ("id", "key", "title", "publisher", "url", "published_on")}
CLAIM_DOC: Doc = {
    "id": "clm_12",
    "version": 1,
    "key": "k",
    "status": "active",
    "speaker": {"id": "spk_7", "key": "ann", "name": "Ann", "kind": None},
    "roles": [
        {"title": "Vice  Minister", "organization": {"id": "spk_9", "key": "m", "name": "MoD"}, "status": "former",
         "as_stated": None, "basis": "stated"},
    ],
    "quote": "We don't know",
    "paraphrase": None,
    "language": "en-GB",
    "translated_from": None,
    "said_on": {"edtf": "../2022", "earliest": None, "latest": "2022-12-31", "as_stated": None},
    "venue": "in the Diet",
    "figures": [
        {"metric": {"id": "met_2", "key": "k", "name": "K"}, "value": 20, "low": 20, "high": 20,
         "comparator": "exactly", "unit": "percent", "kind": "actual", "change": None, "period": None,
         "equivalents": [], "as_stated": None},
    ],
    "topics": ["Cyber", "pay"],
    "citations": [{"source": SHOWN, "via": None, "locator": None, "verification": "verbatim"}],
    "assessments": [
        {"publisher": "Fact", "url": None, "rating": None, "rating_value": 2, "best": 5, "worst": 1, "rated_on": None,
         "note": None},
    ],
    "relations": [{"type": "updates", "claim": "clm_4", "key": "c4"}],
    "retraction": None,
    "dataset": "wire",
    "recorded_at": "1970-01-02T00:00:00.000001Z",
    "updated_at": "1970-01-01T00:00:01Z",
    "revision": 1,
}  # fmt: skip
RECORDS = {"src_3": SOURCE}


def facts_of(**changed: Any) -> ClaimFacts:
    return claim_facts(CLAIM_DOC | changed, RECORDS)


def named(terms: list[bytes], letter: str = "=") -> set[str]:
    return {term.decode().replace("\x1f", " ") for term in terms if term.decode().startswith(letter)}


def elements_of(facts: ClaimFacts, name: str) -> list[ElementFacts]:
    return facts.elements[[family.name for family in ELEMENTS].index(name)]


def columns_of(family: Family, values: list[Any]) -> Doc:
    return dict(zip([name for name in family.columns if name != "version"], values, strict=True))


def test_a_claim_has_the_facts_of_its_rows() -> None:
    assert named(facts_of().terms) >= {
        "=language en", "=language en-gb", "=language__exact en-gb", "=status active", "=topic cyber", "=topic pay",
        "=speaker spk_7", "=speaker__kind ", "=said_on__precision interval", "=source__count 1",
        "=dataset wire",
    }  # fmt: skip


def test_what_is_absent_is_a_fact() -> None:
    bare = facts_of(
        speaker=None,
        topics=[],
        language=None,
        said_on=None,
        quote=None,
        paraphrase="x",
        roles=[],
        figures=[],
        dataset=None,
    )
    assert named(bare.terms) >= {
        "=language ", "=language__exact ", "=status active", "=quote ", "=topic ", "=speaker ", "=speaker__kind ",
        "=role ", "=said_on ", "=said_on__precision ", "=figure ", "=source__count 1",
        "=dataset ",
    }  # fmt: skip


def test_a_retraction_names_its_source_in_a_fact() -> None:
    retracted = facts_of(retraction={"kind": "source_correction", "source": SHOWN})
    assert "=retraction_source src_3" in named(retracted.terms)


ELEMENT_FACTS = {
    "role": {"=role__status former", "=role__basis stated", "=role__title vice minister", "=organization spk_9"},
    "figure": {"=figure__metric met_2", "=figure__unit ratio", "=figure__kind actual", "=figure__change "},
    "citation": {"=source src_3", "=source__publisher arzte zeitung", "=source__kind report", "=verification verbatim"},
    "assessment": {"=assessment__publisher fact", "=assessment__rating "},
    "relation": {"=related_to clm_4", "=relation__type updates"},
}


@pytest.mark.parametrize("name", ELEMENT_FACTS)
def test_an_element_has_the_facts_of_its_rows(name: str) -> None:
    (one,) = elements_of(facts_of(), name)
    assert named(one.terms) >= ELEMENT_FACTS[name]


def test_each_row_of_the_registry_makes_a_fact() -> None:
    nothing = dict.fromkeys(("speaker", "quote", "said_on", "dataset")) | {
        "roles": [],
        "figures": [],
        "assessments": [],
    }
    facts, bare = facts_of(), facts_of(**nothing)
    every = {*facts.terms, *bare.terms, *(term for some in facts.elements for one in some for term in one.terms)}
    names = {term.partition("\x1f")[0] for term in map(bytes.decode, every)}
    assert {f"={row.name}" for rows in FACTS.values() for row in rows} <= names


def test_a_claim_has_the_values_of_its_columns() -> None:
    assert columns_of(CLAIM, facts_of().values) == {
        "first_day": 0,
        "last_day": date(2022, 12, 31).toordinal(),
        "claim": 12,
        "speaker": 7,
        "recorded_at": 86_400_000_001,
        "updated_at": 1_000_000,
    }


@pytest.mark.parametrize("said_on", [None, {"edtf": "XXXX", "earliest": None, "latest": None, "as_stated": None}])
def test_a_date_that_is_wholly_unknown_ends_before_all_days(said_on: Doc | None) -> None:
    found = columns_of(CLAIM, facts_of(said_on=said_on, speaker=None).values)
    assert (found["first_day"], found["last_day"], found["speaker"]) == (0, -1, 0)


@pytest.mark.parametrize("written", ["0.020", "0.02", "2e-2"])
def test_equal_amounts_are_equal_values_however_they_are_written(written: str) -> None:
    value = Decimal(written)
    figure = CLAIM_DOC["figures"][0] | {"value": value, "low": value, "high": value, "unit": "km"}
    (one,) = elements_of(facts_of(figures=[figure]), "figure")
    assert one.values == [0, -1, 20.0, 20.0, 20.0]
    assert str(figure["value"]) == str(Decimal(written))


def test_words_are_terms_of_their_text_with_stems_and_neighbours() -> None:
    facts = facts_of(paraphrase="They ran")
    assert named(facts.terms, "q") == {"qwe", "qdon", "qt", "qdont", "qknow"}
    assert named(facts.terms, "p") == {"pthey", "pran"}
    assert named(facts.terms, "c") == {"cvice", "cminister", "cmod", "cin", "cthe", "cdiet"}
    assert named(facts.terms, "v") == {"vin", "vthe", "vdiet"}
    assert named(elements_of(facts, "role")[0].terms, "t") == {"tvice", "tminister"}
    assert {"~qenknow", "~pentheyi"} & named(facts.terms, "~") == {"~qenknow"}
    near = [("we", "don", "q"), ("we", "dont", "q"), ("don", "t", "q"), ("dont", "know", "q"), ("they", "ran", "p"),
            ("vice", "minister", "c")]  # fmt: skip
    wanted = {pair_digest(one, other, text) for one, other, text in near}
    assert wanted <= set(facts.pairs)
    strangers = [("minister", "mod", "qpc"), ("we", "know", "qpc"), ("vice", "minister", "qp")]
    apart = [pair_digest(one, other, text) for one, other, texts in strangers for text in texts]
    assert not set(apart) & set(facts.pairs)


WORDS = st.sampled_from((*VOCABULARY, "don't", "F-35", "1,500", "U.S.", "l'été", "—", "|", "a"))
SAID = st.lists(WORDS, max_size=12).map(" ".join)


@cases(60)
@given(SAID, SAID, st.sampled_from(LANGUAGES))
def test_texts_can_be_made_apart(quote: str, paraphrase: str, language: str | None) -> None:
    doc = CLAIM_DOC | {"quote": quote, "paraphrase": paraphrase or None, "language": language}
    apart = claim_facts(doc, RECORDS, text_terms(quote, paraphrase or None, language), context_of(doc, language))
    assert apart == claim_facts(doc, RECORDS)
    assert len(set(apart.terms)) == len(apart.terms)
    assert len(apart.tokens.split(TEXT_END)) == len(TEXTS)


def test_a_context_that_names_organizations_otherwise_is_made_anew() -> None:
    for name in (None, "Ministry", "MoD"):
        given = decode(json.dumps(CLAIM_DOC))
        given["roles"][0]["organization"] = {"key": "m"} | ({"name": name} if name else {})
        assert claim_facts(CLAIM_DOC, RECORDS, made=context_of(given, given["language"])) == claim_facts(
            CLAIM_DOC, RECORDS
        )


def test_facts_of_citations_are_those_of_their_sources_as_they_are() -> None:
    remembered = CitationFacts()
    [citation] = CLAIM_DOC["citations"]
    docs = [CLAIM_DOC | {"citations": [citation | {"verification": found}]} for found in ("verbatim", "not_found")]
    seen = []
    for records in (RECORDS, {"src_3": SOURCE | {"kind": "speech"}}, RECORDS):
        for doc in docs:
            seen.append(claim_facts(doc, records, citations=remembered))
            assert seen[-1] == claim_facts(doc, records)
    assert len({facts_hash(facts) for facts in seen}) == 4


@cases(60)
@given(SAID)
def test_two_neighbours_are_decided_by_their_digest(quote: str) -> None:
    facts = facts_of(quote=quote)
    encoded = facts.tokens.split(TEXT_END)[0]
    words = list(dict.fromkeys(token.word for token in tokens_of(encoded)))
    for one, other in product(words, repeat=2):
        assert (pair_digest(one, other, "q") in facts.pairs) == stands_in(encoded, (one, other))


# Speakers


def names(*known: str) -> SpeakerFacts:
    return speaker_facts({"id": "spk_5", "name": known[0], "aliases": [*known[1:]]})


def test_a_name_is_found_by_each_word_and_by_each_run_of_them() -> None:
    facts = names("Ministry of Défense", "MoD")
    assert facts.speaker == 5
    assert named(facts.terms, "n") == {"nministry", "nof", "ndefense", "nmod"}
    assert named(facts.terms, "N") == {"Nministry of", "Nof defense", "Nministry of defense"}
    assert "~nenministri" in named(facts.terms, "~")
    assert "~nenof" not in named(facts.terms, "~")


@cases(60)
@given(st.lists(SAID.filter(str.strip), min_size=1, max_size=3), st.data())
def test_phrases_of_a_few_words_are_decided_by_a_term_of_the_name(known: list[str], data: st.DataObject) -> None:
    terms = set(names(*known).terms)
    encoded = [text_terms(name, None, None).tokens.split(TEXT_END)[0] for name in known]
    words = [token.word for text in encoded for token in tokens_of(text)] or ["a"]
    phrase = data.draw(st.lists(st.sampled_from(words), min_size=2, max_size=MAX_RUN))
    assert (f"N{' '.join(phrase)}".encode() in terms) == any(stands_in(text, phrase) for text in encoded)


# Bounds


LONG = {
    "expanding": "ﷺ " * 100 + "ﷺ" * 40,
    "one word": "x" * 2000,
    "joints": "don't-" * 300,
    "ideographs": "𠀀" * 128,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_no_term_is_longer_than_a_key_may_be(text: str) -> None:
    role = CLAIM_DOC["roles"][0] | {"title": text}
    facts = facts_of(
        quote=text, venue=text, roles=[role], topics=[text], assessments=[{"publisher": text, "rating": text}]
    )
    terms = [*facts.terms, *names(text).terms, *(t for some in facts.elements for one in some for t in one.terms)]
    assert max(map(len, terms)) < LONGEST_KEY - 100
    assert len(names(text).terms) < 10_000


# Hashes


@pytest.mark.parametrize(
    "changed",
    [{"quote": "We know"}, {"topics": ["pay"]}, {"status": "retracted"}, {"figures": []}, {"venue": None}],
    ids=str,
)
def test_other_facts_have_another_hash(changed: Doc) -> None:
    assert facts_hash(facts_of(**changed)) != facts_hash(facts_of())


def test_equal_documents_have_equal_hashes_wherever_they_are_made() -> None:
    assert facts_hash(facts_of()) == facts_hash(claim_facts(decode(json.dumps(CLAIM_DOC)), RECORDS)) < 1 << 63


def test_a_hash_is_of_what_the_index_has_not_of_when_it_was_recorded() -> None:
    assert facts_hash(facts_of(recorded_at="2020-01-01T00:00:00Z")) == facts_hash(facts_of())


def test_neighbours_in_other_order_or_text_have_other_digests() -> None:
    every = [pair_digest(*words, text) for words in (("a", "b"), ("b", "a")) for text in TEXTS]
    assert len(set(every)) == 2 * len(TEXTS)
    assert all(0 <= one < 1 << 48 for one in every)
