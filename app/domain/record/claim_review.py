"""ClaimReview of schema.org → claims. Nothing is guessed: what a review does not say is null.

Read are the forms that are in use: the claim as `itemReviewed` of type Claim with its `appearance`s, the older ones in
which that is the work that holds the claim, and what search engines ask for. Decision 51 has the whole of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from app.domain.record.linked_data import Graph, Node
from app.domain.record.review_documents import Check, citations_of
from app.domain.record.review_parts import ADDRESS, NUMBER, Part, Said, address_id, kind_of, language_of
from app.errors import FieldPath, Problem

TYPE: Final = "ClaimReview"
OURS: Final = "onrecord"  # the prefix of terms that schema.org has not
RETRACTED: Final = "retracted"
MAX_NOTE: Final = 20_000  # characters

_WIKIDATA: Final = re.compile(r"https?://(?:www\.|m\.)?wikidata\.org/(?:wiki|entity)/(Q[1-9][0-9]*)/?", re.IGNORECASE)
_QUALIFIED: Final = re.compile(r"(former|ex|acting)(?: |-(?=\w))(?!officio\b)(.+)", re.IGNORECASE | re.DOTALL)
_MARKS: Final = ('""', "“”", "„“", "„”", "«»", "»«", "「」", "『』", "‘’", "‹›")
_PROPERTIES: Final[dict[tuple[str, ...], str]] = {
    ("quote",): "claimReviewed",
    ("paraphrase",): "claimReviewed",
    ("said_on",): "itemReviewed.datePublished",
    ("language",): "inLanguage",
    ("topics",): "keywords",
    ("speaker",): "itemReviewed.author",
    ("roles",): "itemReviewed.author.jobTitle",
    ("assessments", "publisher"): "author.name",
    ("assessments", "url"): "url",
    ("assessments", "rating"): "reviewRating.alternateName",
    ("assessments", "rating_value"): "reviewRating.ratingValue",
    ("assessments", "best"): "reviewRating.bestRating",
    ("assessments", "worst"): "reviewRating.worstRating",
    ("assessments", "rated_on"): "datePublished",
    ("assessments", "note"): "reviewBody",
}


def property_of(path: FieldPath) -> str | None:
    """The property of a review that a place in its claim was read from; None where several may be meant."""
    names = tuple(step for step in path if isinstance(step, str))
    return next((_PROPERTIES[names[:n]] for n in (2, 1) if names[:n] in _PROPERTIES), None)


class ReadReview(NamedTuple):
    """The result of reading a review.

    claims: for each text a list of claims as ClaimIn reads them, without their keys, one for each of several speakers.
    problems: why they are none, but parts of some. left: paths of properties that a claim has no place for.
    """

    claims: list[list[dict[str, Any]]]
    problems: list[Problem]
    warnings: list[Problem]
    left: list[str]


def identity_of(review: Node, page: str | None = None) -> str | None:
    """The address by which a review is known: its id, else its own address, else that of the page that it stands on."""
    return address_id(review) or Said(Graph(), True).part(review).url("url", "mainEntityOfPage") or page


def read_review(review: Node, graph: Graph, page: str | None = None, *, is_printed: bool = True) -> ReadReview:
    """The claims of a ClaimReview.

    graph: the nodes that it may name. page: the address of the page that it stands on, for a review that has none.
    is_printed: whether its texts are the document's, character by character, so that one of them can be a quote.
    """
    said = Said(graph, is_printed)
    top = said.part(review)
    texts = top.texts("claimReviewed")
    if not texts:
        said.problems.append(
            Problem(("claimReviewed",), "missing", "is missing: a review is to say which claim it is about")
        )
    item = _item_of(top, said)
    speakers = list(_speakers_of(item, said)) or [{}]
    checked = Check.of(top, page)
    citations = citations_of(top, item, checked)
    if not citations:
        told = "is missing, and no appearance of the claim is given: which document proves it?"
        said.problems.append(Problem(("url",), "missing", told))
    is_claim = "Claim" in item.node["@type"]
    shared = {
        "said_on": item.day("datePublished"),
        "language": top.language_of("claimReviewed") or (language_of(item) if is_claim else None) or checked.language,
        **(_told_of_claim(item, said) if is_claim else {}),
        "topics": _topics_of(top, item),
        "citations": citations,
        "assessments": _assessments_of(top, checked),
    }
    filled = {name: value for name, value in shared.items() if value not in (None, [])}
    words = [_restated(_words_of(text, is_printed), item) for text in texts] or [{}]
    top.tell_left()
    item.tell_left()
    claims = [[{**speaker, **one, **filled} for speaker in speakers] for one in words]
    return ReadReview(claims, said.problems, said.warnings, said.left)


def _item_of(top: Part, said: Said) -> Part:
    """The item of the review: the claim, or the work that holds it."""
    items = top.all("itemReviewed")
    nodes = [item for item in items if isinstance(item, dict)]
    if len(items) > 1 or len(nodes) < len(items):
        top.leave("itemReviewed")
    return said.part(nodes[0] if nodes else None, "itemReviewed")


def _told_of_claim(item: Part, said: Said) -> dict[str, Any]:
    """Further properties of a node that is a claim: those in which `linked_claims` tells one."""
    translated = [said.part(node, "itemReviewed.translationOfWork") for node in item.all("translationOfWork")]
    status, gone = item.text("creativeWorkStatus"), [said.part(node) for node in item.all(f"{OURS}:retraction")]
    told = {f"{OURS}:{name}": name for name in ("kind", "reason", "issuer")}
    return {
        "venue": item.text("recordedAt"),
        "translated_from": language_of(translated[0]) if translated else None,
        "retraction": {ours: text for name, ours in told.items() if (text := gone[0].text(name))}
        if gone and status == RETRACTED
        else None,
    }


def _restated(words: dict[str, str], item: Part) -> dict[str, str]:
    """The words with the restatement that stands beside a quote."""
    restated = item.text("abstract") if "quote" in words and "Claim" in item.node["@type"] else None
    return words | ({"paraphrase": restated} if restated else {})


def _words_of(text: str, is_printed: bool) -> dict[str, str]:
    """A restatement; a quote where quotation marks enclose the whole of it."""
    first, last, inside = text[:1], text[-1:], text[1:-1].strip()
    quoted = any(first == begin and last == end and not {begin, end} & set(inside) for begin, end in _MARKS)
    return {"quote": inside} if is_printed and quoted and inside else {"paraphrase": text}


def in_marks(quote: str) -> str:
    """A quote as `claimReviewed` tells that it is one: in quotation marks that do not stand in it."""
    marks = next((pair for pair in _MARKS if not set(pair) & set(quote)), _MARKS[0])
    return f"{marks[0]}{quote}{marks[1]}"


def _topics_of(top: Part, item: Part) -> list[str]:
    """Topics of the review and the claim: keywords, of which commas separate several, and names."""
    keywords = [word.strip() for part in (top, item) for text in part.texts("keywords") for word in text.split(",")]
    named = [text for part in (top, item) for text in part.texts("about")]
    return list(dict.fromkeys(word for word in (*keywords, *named) if word))


# Speakers


def _speakers_of(item: Part, said: Said) -> Iterator[dict[str, Any]]:
    """Speaker and roles by each author of the claim; an author without a name or identifier is nobody."""
    for author in item.all("author") or item.all("creator"):
        path = "itemReviewed.author"
        if isinstance(author, str) and not ADDRESS.match(author):
            yield {"speaker": {"name": str(author)}}
            continue
        if isinstance(author, str):
            item.leave("author")
        part = said.part(author, path)
        speaker = {"name": part.text("name"), "kind": kind_of(part.node["@type"]), "identifiers": _identifiers_of(part)}
        roles = list(_roles_of(part))
        part.tell_left()
        if speaker["name"] or speaker["identifiers"]:
            told = {name: value for name, value in speaker.items() if value}
            yield {"speaker": told} | ({"roles": roles} if roles else {})
        elif roles:
            yield {"roles": roles}


def _identifiers_of(part: Part) -> dict[str, Any]:
    """The entry in Wikidata that a node is said to be. Other addresses may be of anything, and identify nobody."""
    places = [*part.all("sameAs", "identifier"), *([part.node["@id"]] if part.node["@id"] else [])]
    texts = [place["@id"] if isinstance(place, dict) else place for place in places]
    entries = [_WIKIDATA.fullmatch(text) if isinstance(text, str) else None for text in texts]
    if any(entry is None for entry in entries[: len(part.node.get("sameAs", ()))]):
        part.leave("sameAs")
    if part.node.get("identifier"):
        part.leave("identifier")
    found = list(dict.fromkeys(entry[1].upper() for entry in entries if entry))
    return {"wikidata": found if len(found) > 1 else found[0]} if found else {}


def _roles_of(part: Part) -> Iterator[dict[str, Any]]:
    """Titles and organizations as they are stated; a title and an organization that stand alone are one role."""
    titles, organizations = part.texts("jobTitle"), part.texts("affiliation", "worksFor")
    if len(titles) == len(organizations) == 1:
        yield {**_titled(titles[0]), "organization": {"name": organizations[0]}}
        return
    yield from map(_titled, titles)
    yield from ({"organization": {"name": name}} for name in organizations)


def _titled(text: str) -> dict[str, str]:
    found = _QUALIFIED.fullmatch(text)
    if not found:
        return {"title": text}
    status = "acting" if found[1].lower() == "acting" else "former"
    return {"title": found[2], "status": status, "as_stated": text}


# Assessments


def _assessments_of(top: Part, check: Check) -> list[dict[str, Any]]:
    """The assessments of the claim, one for each rating."""
    ratings = top.all("reviewRating")
    body = top.text("reviewBody")
    if body and len(body) > MAX_NOTE:
        top.leave("reviewBody")
        body = None
    found, publisher = [], check.publisher or check.site
    for rating in ratings or [None]:
        verdict = _verdict(rating, top.said) if rating is not None else {}
        told = {"url": check.url, **verdict, "rated_on": check.published_on, "note": verdict.get("note") or body}
        found.append({"publisher": publisher} | {name: value for name, value in told.items() if value is not None})
    if publisher is None and not any(one.keys() - {"publisher"} for one in found):
        return []
    if publisher is not None:
        return [one for one in found if one.keys() & {"rating", "rating_value", "note", "url"}]
    top.said.warnings.append(
        Problem(("author",), "nameless-review", "is missing, and no address tells who rates: the rating is left out")
    )
    return []


def _verdict(rating: Any, said: Said) -> dict[str, Any]:
    if not isinstance(rating, dict):
        return _as_number_or_words(str(rating))
    part = said.part(rating, "reviewRating")
    words = part.text("alternateName", "name")
    value = part.text("ratingValue")
    found: dict[str, Any] = _as_number_or_words(value) if value else {}
    if words:
        if found.get("rating") not in (None, words):
            part.leave("ratingValue")
        found["rating"] = words
    for name, theirs in (("best", "bestRating"), ("worst", "worstRating")):
        end = part.text(theirs)
        if end and NUMBER.fullmatch(end):
            found[name] = end
        elif end:
            part.leave(theirs)
    note = part.text("ratingExplanation", "description")
    part.tell_left()
    return _on_scale(found, said) | ({"note": note} if note else {})


def _as_number_or_words(text: str) -> dict[str, Any]:
    return {"rating_value": text} if NUMBER.fullmatch(text) else {"rating": text}


def _on_scale(found: dict[str, Any], said: Said) -> dict[str, Any]:
    """The verdict without numbers that are on no scale: -1 of -1 to -1, 0 of 1 to 5 are written for "unrated"."""
    value, best, worst = (Decimal(found[name]) if name in found else None for name in ("rating_value", "best", "worst"))
    wrong = None
    if best is not None and worst is not None:
        if best == worst:
            wrong = f"bestRating and worstRating are both {best}"
        elif value is not None and not min(best, worst) <= value <= max(best, worst):
            wrong = f"ratingValue {value} is not on the scale from {worst} to {best}"
    if wrong is None:
        return found
    told = f"{wrong}: the numbers are left out"
    said.warnings.append(Problem(("reviewRating", "ratingValue"), "no-scale", told))
    return {"rating": found["rating"]} if "rating" in found else {}
