"""A claim's document → linked data (JSON-LD 1.1): Claim, Quotation and ClaimReview of schema.org.

The shape is that which search engines ask of fact checks, and which `claim_review` reads: the review with the claim as
its `itemReviewed`. For what schema.org has no word there are terms of our own (`onrecord:verification`), with the names
that documents have. Dates are EDTF as written, and their first and last days stand beside as `xsd:date`, for programs
order years after all days. Amounts are texts typed as `xsd:decimal`, for JSON numbers are doubles there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from app.domain.record.claim_review import OURS, RETRACTED, TYPE, in_marks

Doc: TypeAlias = Mapping[str, Any]
Node: TypeAlias = dict[str, Any]

_DECIMALS: Final = ("value", "minValue", "maxValue", "ratingValue", "bestRating", "worstRating")
_ADDRESSES: Final = ("sameAs", "url")
_DAYS: Final = ("earliest", "latest")
CONTEXT: Final[Node] = {
    "@vocab": "https://schema.org/",
    OURS: "urn:onrecord:",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: {"@type": "xsd:decimal"} for name in _DECIMALS},
    **{name: {"@type": "@id"} for name in _ADDRESSES},
    **{f"{OURS}:{name}": {"@id": f"urn:onrecord:{name}", "@type": "xsd:date"} for name in _DAYS},
}
_KINDS: Final = {"person": "Person", "organization": "Organization"}  # of others nothing is said


def context_at(base: str) -> Node:
    """The context of linked claims, for whose ids addresses are relative to a base."""
    return {"@base": base, **CONTEXT} if base else CONTEXT


def linked_nodes(doc: Doc) -> list[Node]:
    """The nodes that tell a claim: a ClaimReview for each review that gives assessments, with the claim inside of the
    first; or the claim alone. doc: decoded with exact decimals.
    """
    claim = _claim(doc)
    return list(_reviews(doc, claim)) or [claim]


def _claim(doc: Doc) -> Node:
    words = {"text": doc["quote"] or doc["paraphrase"], "abstract": doc["paraphrase"] if doc["quote"] else None}
    first, others = _appearances(doc["citations"])
    translated, venue, dataset = doc["translated_from"], doc["venue"], doc["dataset"]
    return _node(
        ["Claim", "Quotation"] if doc["quote"] else "Claim",
        f"claims/{doc['id']}",
        **words,
        identifier=doc["key"],
        version=doc["version"],
        inLanguage=doc["language"],
        translationOfWork=translated and _node("CreativeWork", inLanguage=translated),
        author=_speaker(doc),
        **_dated("datePublished", "said_on", doc["said_on"]),
        recordedAt=venue and _node("Event", name=venue),
        about=[_node("Thing", name=topic) for topic in doc["topics"]],
        mentions=[_figure(figure) for figure in doc["figures"]],
        firstAppearance=first and _source(first),
        appearance=[_source(source) for source in others],
        isPartOf=dataset and _node("Dataset", f"datasets/{quote(dataset, safe='')}", name=dataset),
        **_relations(doc["relations"]),
        creativeWorkStatus=RETRACTED if doc["status"] == RETRACTED else None,
        **{f"{OURS}:retraction": _retraction(doc["retraction"]), f"{OURS}:revision": doc["revision"]},
    )


def _node(kind: str | list[str] | None, node_id: str | None = None, /, **properties: Any) -> Node:
    """A node without the properties of which nothing is known."""
    named = {"@type": kind, "@id": node_id} | properties
    return {name: value for name, value in named.items() if value not in (None, [], {})}


def _dated(name: str, ours: str, given: Doc | None) -> Node:
    """A date as properties: the text for schema.org, and all of it for us."""
    return {} if given is None else {name: given["edtf"], f"{OURS}:{ours}": _ours(given)}


def _ours(part: Doc) -> Node:
    """A part of a document by terms of our own."""
    told = {f"{OURS}:{name}": value for name, value in part.items() if not isinstance(value, dict)}
    return _node(None, **told)


# Speakers


def _speaker(doc: Doc) -> Node | None:
    """The author. It is a node of the claim's own: what a speaker was when saying it is not so for ever."""
    speaker = doc["speaker"] or {}
    stated = [role for role in doc["roles"] if role["basis"] == "stated"]
    kind = speaker.get("kind")
    told = _node(
        _KINDS.get(kind or ""),
        name=speaker.get("name"),
        sameAs=speaker and f"speakers/{speaker['id']}",
        jobTitle=[title for role in stated if (title := _title(role))],
        affiliation=[_organization(role["organization"]) for role in stated if role["organization"]],
        **{f"{OURS}:kind": kind if kind not in _KINDS else None},
    )
    return told or None


def _title(role: Doc) -> str | None:
    """A title with its status: `former minister`."""
    title: str | None = role["title"]
    return title if title is None or role["status"] == "current" else f"{role['status']} {title}"


def _organization(shown: Doc) -> Node:
    return _node("Organization", f"speakers/{shown['id']}", name=shown["name"])


# Figures


def _figure(figure: Doc) -> Node:
    ours = {f"{OURS}:{name}": figure[name] for name in ("comparator", "kind", "change", "as_stated")}
    metric = figure["metric"]
    return _node(
        ["Observation", "QuantitativeValue"],
        variableMeasured=_node("StatisticalVariable", f"metrics/{metric['id']}", name=metric["name"]),
        value=_plain(figure["value"]),
        minValue=_plain(figure["low"]),
        maxValue=_plain(figure["high"]),
        unitText=figure["unit"],
        **_dated("observationDate", "period", figure["period"]),
        **ours,
        **{f"{OURS}:equivalents": [_equivalent(one) for one in figure["equivalents"]]},
    )


def _equivalent(one: Doc) -> Node:
    as_stated = {f"{OURS}:as_stated": one["as_stated"]}
    return _node("QuantitativeValue", value=_plain(one["value"]), unitText=one["unit"], **as_stated)


def _plain(value: Decimal | int | None) -> str | None:
    """An exact decimal as XML Schema writes it: without an exponent."""
    return None if value is None else format(Decimal(value), "f")


# Documents


def _appearances(citations: Iterable[Doc]) -> tuple[Doc | None, list[Doc]]:
    """The source that was published before all others, where their dates show that; and the others."""
    sources = [citation["source"] for citation in citations]
    if len(sources) < 2:
        return None, sources
    first = min(sources, key=lambda source: _day(source, "latest") or date.max)
    others = [source for source in sources if source is not first]
    end = _day(first, "latest")
    if end is None or any((_day(source, "earliest") or date.min) <= end for source in others):
        return None, sources
    return first, others


def _day(source: Doc, bound: str) -> date | None:
    published = source["published_on"]
    return date.fromisoformat(published[bound]) if published and published[bound] else None


def _source(source: Doc) -> Node:
    return _node(
        "CreativeWork",
        f"sources/{source['id']}",
        name=source["title"],
        url=source["url"],
        publisher=source["publisher"] and _node("Organization", name=source["publisher"]),
        **_dated("datePublished", "published_on", source["published_on"]),
    )


# Assessments


def _reviews(doc: Doc, claim: Node) -> Iterator[Node]:
    """A ClaimReview for each publisher, address and date of assessments: several ratings of one are its ratings."""
    by_review = groupby(sorted(doc["assessments"], key=_review_of), key=_review_of)
    for n, (_, some) in enumerate(by_review, 1):
        assessments = list(some)
        one = assessments[0]
        yield _node(
            TYPE,
            f"claims/{doc['id']}#review-{n}",
            claimReviewed=in_marks(doc["quote"]) if doc["quote"] else doc["paraphrase"],
            itemReviewed=claim if n == 1 else {"@id": claim["@id"]},
            author=_node("Organization", name=one["publisher"]),
            url=one["url"],
            **_dated("datePublished", "rated_on", one["rated_on"]),
            reviewRating=_one_or_all([_rating(given) for given in assessments if _is_rated(given)]),
            reviewBody=next((given["note"] for given in assessments if not _is_rated(given)), None),
        )


def _review_of(assessment: Doc) -> tuple[str, str, str]:
    rated_on = assessment["rated_on"]
    return assessment["publisher"], assessment["url"] or "", rated_on["edtf"] if rated_on else ""


def _is_rated(assessment: Doc) -> bool:
    return any(assessment[name] is not None for name in ("rating", "rating_value"))


def _rating(assessment: Doc) -> Node:
    return _node(
        "Rating",
        alternateName=assessment["rating"],
        ratingValue=_plain(assessment["rating_value"]),
        bestRating=_plain(assessment["best"]),
        worstRating=_plain(assessment["worst"]),
        ratingExplanation=assessment["note"],
    )


def _one_or_all(nodes: list[Node]) -> Any:
    return nodes[0] if len(nodes) == 1 else nodes


# The rest of a claim


def _relations(relations: Iterable[Doc]) -> dict[str, list[Node]]:
    """The claims that this one bears on, by how it does."""
    found: dict[str, list[Node]] = {}
    for relation in relations:
        found.setdefault(f"{OURS}:{relation['type']}", []).append({"@id": f"claims/{relation['claim']}"})
    return found


def _retraction(retraction: Doc | None) -> Node | None:
    if retraction is None:
        return None
    source = retraction["source"]
    ours = {f"{OURS}:retracted_on": _ours(retraction["retracted_on"])} if retraction["retracted_on"] else {}
    return _ours(retraction) | ours | ({f"{OURS}:source": _source(source)} if source else {})
