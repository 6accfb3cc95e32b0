"""Claims as linked data: what a library of RDF reads of it, and the shape that search engines ask of fact checks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import XSD

from app.domain.record.linked_claims import CONTEXT, context_at, linked_nodes
from app.store.records.document import decode

# The parser of rdflib uses what rdflib deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

S, OURS = Namespace("https://schema.org/"), Namespace("urn:onrecord:")
BASE = "https://a.example/v1/"
ME = URIRef(f"{BASE}claims/clm_7")


def day(edtf: str, earliest: str | None, latest: str | None) -> dict[str, Any]:
    return {"edtf": edtf, "earliest": earliest, "latest": latest, "as_stated": None}


def source(n: int, published_on: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    shown = {"id": f"src_{n}", "key": f"s/{n}", "title": f"Report {n}", "publisher": "Reuters", "url": None}
    return {"source": shown | {"published_on": published_on} | more, "via": None, "locator": None}


def assessment(publisher: str, **more: Any) -> dict[str, Any]:
    names = ("url", "rating", "rating_value", "best", "worst", "rated_on", "note")
    return {"publisher": publisher} | dict.fromkeys(names) | more


CLAIM: dict[str, Any] = {
    "id": "clm_7", "version": 2, "key": "dams/1", "status": "active", "revision": 12, "dataset": "dams",
    "speaker": {"id": "spk_3", "key": "lee", "name": "Ann Lee", "kind": "person"},
    "roles": [
        {"title": "minister", "organization": None, "status": "former", "as_stated": None, "basis": "stated"},
        {"title": "head", "organization": None, "status": "current", "as_stated": None, "basis": "tenure"},
    ],
    "quote": "We hired \"4,000\"", "paraphrase": "They hired.", "language": "en", "translated_from": "ja",
    "said_on": day("2024-04", "2024-04-01", "2024-04-30"), "venue": "told Reuters",
    "figures": [{
        "metric": {"id": "met_2", "key": "m", "name": "staff"}, "value": Decimal("4E+3"), "low": Decimal("0.10"),
        "high": 99999999999999999999, "comparator": "about", "unit": "count", "kind": "target", "change": None,
        "period": day("2023", "2023-01-01", "2023-12-31"), "equivalents": [], "as_stated": "some 4,000",
    }],
    "topics": ["dams, old", "staff"],
    "citations": [
        source(1, day("2024-04", "2024-04-01", "2024-04-30")), source(2, day("2023", "2023-01-01", "2023-12-31")),
    ],
    "assessments": [],
    "relations": [{"type": "contradicts", "claim": "clm_8", "key": "dams/2"}], "retraction": None,
}  # fmt: skip
CHECKED = CLAIM | {
    "assessments": [
        assessment(
            "Check", url="https://check.example/1", rating="Mostly False", rating_value=2, best=5, worst=1,
            rated_on=day("2024-05-02", "2024-05-02", "2024-05-02"), note="No.",
        ),
        assessment("Another", note="unrated"),
    ]
}  # fmt: skip


def graph_of(doc: dict[str, Any]) -> Graph:
    text = json.dumps({"@context": context_at(BASE), "@graph": linked_nodes(doc)})
    return Graph().parse(data=text, format="json-ld")


def values(graph: Graph, subject: Any, *path: URIRef) -> Iterator[Any]:
    if not path:
        yield subject
    for inner in graph.objects(subject, path[0]) if path else ():
        yield from values(graph, inner, *path[1:])


def test_a_quote_is_a_claim_and_a_quotation() -> None:
    graph = graph_of(CLAIM)
    assert set(graph.objects(ME, RDF.type)) == {S.Claim, S.Quotation}
    assert list(values(graph, ME, S.text)) == [Literal('We hired "4,000"')]
    assert list(values(graph, ME, S.abstract)) == [Literal("They hired.")]
    restated = graph_of(CLAIM | {"quote": None})
    assert set(restated.objects(ME, RDF.type)) == {S.Claim}
    assert list(values(restated, ME, S.text)) == [Literal("They hired.")]


def test_amounts_are_exact_decimals() -> None:
    graph = graph_of(CLAIM)
    for name, text in (("value", "4000"), ("minValue", "0.10"), ("maxValue", "99999999999999999999")):
        (found,) = values(graph, ME, S.mentions, S[name])
        assert (str(found), found.datatype, found.toPython()) == (text, XSD.decimal, Decimal(text))


def test_bounds_of_dates_are_days_that_can_be_compared() -> None:
    graph = graph_of(CLAIM)
    assert list(values(graph, ME, S.datePublished)) == [Literal("2024-04")]
    for path in ((OURS.said_on,), (S.mentions, OURS.period), (S.firstAppearance, OURS.published_on)):
        (first,), (last,) = values(graph, ME, *path, OURS.earliest), values(graph, ME, *path, OURS.latest)
        assert first.datatype == last.datatype == XSD.date
        assert isinstance(first.toPython(), date)
        assert first < last
    asked = "SELECT ?c {?c <urn:onrecord:said_on>/<urn:onrecord:latest> ?d FILTER(?d < '%s'^^xsd:date)}"
    assert [[str(row) for row in graph.query(asked % day)] for day in ("2024-05-01", "2024-04-30")] != [[], []]
    assert list(graph.query(asked % "2024-04-30")) == []


def test_the_source_that_is_known_to_be_the_first_is_the_first_appearance() -> None:
    graph = graph_of(CLAIM)
    assert list(values(graph, ME, S.firstAppearance)) == [URIRef(f"{BASE}sources/src_2")]
    assert list(values(graph, ME, S.appearance)) == [URIRef(f"{BASE}sources/src_1")]


@pytest.mark.parametrize(
    "citations",
    [
        [source(1, day("2024", "2024-01-01", "2024-12-31"))],
        [source(1, day("2024", "2024-01-01", "2024-12-31")), source(2, day("2024-04", "2024-04-01", "2024-04-30"))],
        [source(1, day("2024", "2024-01-01", "2024-12-31")), source(2, None)],
        [source(1, None), source(2, None)],
    ],
)
def test_no_source_is_the_first_where_that_is_not_known(citations: list[dict[str, Any]]) -> None:
    graph = graph_of(CLAIM | {"citations": citations})
    assert not list(values(graph, ME, S.firstAppearance))
    assert len(list(values(graph, ME, S.appearance))) == len(citations)


def test_what_a_speaker_was_is_no_property_of_the_speaker_for_ever() -> None:
    graph = graph_of(CLAIM)
    (author,) = values(graph, ME, S.author)
    assert not isinstance(author, URIRef)
    assert list(values(graph, author, S.sameAs)) == [URIRef(f"{BASE}speakers/spk_3")]
    assert list(values(graph, author, S.jobTitle)) == [Literal("former minister")], "a role by tenure is not stated"
    assert list(values(graph, author, RDF.type)) == [S.Person]


@pytest.mark.parametrize("kind", ["group", "unnamed", None])
def test_who_is_neither_person_nor_organization_is_said_to_be_neither(kind: str | None) -> None:
    graph = graph_of(CLAIM | {"speaker": CLAIM["speaker"] | {"kind": kind}})
    assert list(values(graph, ME, S.author, RDF.type)) == []
    assert list(values(graph, ME, S.author, OURS.kind)) == ([Literal(kind)] if kind else [])


def test_relations_and_collections_lead_to_what_they_name() -> None:
    graph = graph_of(CLAIM)
    assert list(values(graph, ME, OURS.contradicts)) == [URIRef(f"{BASE}claims/clm_8")]
    assert list(values(graph, ME, S.isPartOf)) == [URIRef(f"{BASE}datasets/dams")]


def test_a_fact_check_has_the_shape_that_search_engines_ask_for() -> None:
    first, second = linked_nodes(CHECKED)
    review = second if second["author"]["name"] == "Check" else first
    assert review.keys() >= {"@type", "claimReviewed", "itemReviewed", "author", "url", "datePublished", "reviewRating"}
    assert (review["@type"], review["url"]) == ("ClaimReview", "https://check.example/1")
    assert review["claimReviewed"] == '“We hired "4,000"”'
    assert review["reviewRating"] == {
        "@type": "Rating", "ratingValue": "2", "bestRating": "5", "worstRating": "1", "alternateName": "Mostly False",
        "ratingExplanation": "No.",
    }  # fmt: skip
    claim = first["itemReviewed"]
    assert claim.keys() >= {"author", "datePublished", "appearance", "firstAppearance"}
    assert second["itemReviewed"] == {"@id": claim["@id"]}
    graph = graph_of(CHECKED)
    reviews = set(graph.subjects(RDF.type, S.ClaimReview))
    assert {str(one) for one in reviews} == {f"{ME}#review-1", f"{ME}#review-2"}
    assert {inner for one in reviews for inner in graph.objects(one, S.itemReviewed)} == {ME}


def test_ratings_of_one_review_are_its_ratings() -> None:
    two = [assessment("Check", url="https://c.example/1", rating=rating) for rating in ("False", "Old")]
    (review,) = linked_nodes(CLAIM | {"assessments": two})
    assert [one["alternateName"] for one in review["reviewRating"]] == ["False", "Old"]


def test_a_retracted_claim_says_so() -> None:
    retraction = {
        "kind": "record_error", "reason": "typo", "issuer": None, "source": None,
        "retracted_on": day("2024-06", "2024-06-01", "2024-06-30"),
    }  # fmt: skip
    graph = graph_of(CLAIM | {"status": "retracted", "retraction": retraction})
    assert list(values(graph, ME, S.creativeWorkStatus)) == [Literal("retracted")]
    assert list(values(graph, ME, OURS.retraction, OURS.reason)) == [Literal("typo")]
    (last,) = values(graph, ME, OURS.retraction, OURS.retracted_on, OURS.latest)
    assert last.toPython() == date(2024, 6, 30)


def test_every_property_is_of_schema_org_or_ours_and_no_context_is_fetched() -> None:
    assert not [one for one in CONTEXT.values() if isinstance(one, str) and one.endswith((".jsonld", "schema.org"))]
    graph = graph_of(CHECKED)
    spaces = {str(one).partition("#")[0].rpartition("/")[0] or str(one)[:13] for one in graph.predicates()}
    assert spaces == {"https://schema.org", "urn:onrecord:", "http://www.w3.org/1999/02"}


def test_a_document_that_is_stored_is_read_with_its_digits() -> None:
    stored = json.dumps(CLAIM | {"figures": []}, default=str).replace('"figures": []', '"figures": [%s]')
    figure = json.dumps(CLAIM["figures"][0], default=str).replace('"4E+3"', "4.10")
    (node,) = linked_nodes(decode(stored % figure))
    assert node["mentions"][0]["value"] == "4.10"
