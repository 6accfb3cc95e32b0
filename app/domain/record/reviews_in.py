"""The ClaimReviews among nodes of linked data, at any depth, and the page that each stands on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from app.domain.record.claim_review import TYPE, in_marks
from app.domain.record.linked_data import Node
from app.domain.record.review_parts import address_id

_PAGES: Final = ("Article", "Page", "Posting", "Report")  # ends of types that a review stands on, and is not about
_REVIEWS: Final = ("review", "reviews")


class Found(NamedTuple):
    """A review. page: the address of the nearest article or page around it."""

    review: Node
    page: str | None


def reviews_in(values: Iterable[Any], page: str | None = None) -> Iterator[Found]:
    """The reviews in nodes. One inside of a claim, as its `review`, is about that claim; one inside of an article is
    not about the article.
    """
    for node in values:
        if not isinstance(node, dict):
            continue
        if _is_review(node):
            yield Found(node, page)
        is_page = any(one.endswith(_PAGES) for one in node["@type"])
        around = (_address_of(node) or page) if is_page else page
        for name, inner in node.items():
            if name == "@reverse":
                for their, others in inner:
                    yield from reviews_in(_about(node, their, others), around)
            elif name in _REVIEWS and not is_page:
                yield from reviews_in(_about(node, "itemReviewed", inner), around)
            elif name not in ("@id", "@type"):
                yield from reviews_in(inner, around)


def claims_in(values: Iterable[Any], reviewed: set[str], page: str | None = None) -> Iterator[Found]:
    """The claims among outermost nodes that no review is about, each as a review that gives no rating. reviewed: ids of
    those that reviews name.
    """
    for node in values:
        if not isinstance(node, dict):
            continue
        yield from claims_in([*node.get("@graph", ()), *node.get("@included", ())], reviewed, page)
        texts = [text for text in node.get("text", ()) if isinstance(text, str)]
        if "Claim" not in node["@type"] or node["@id"] in reviewed or set(_REVIEWS) & node.keys() or not texts:
            continue
        words = in_marks(texts[0]) if "Quotation" in node["@type"] else texts[0]
        bare = {name: value for name, value in node.items() if name != "text"}
        yield Found({"@id": node["@id"], "@type": [TYPE], "claimReviewed": [words], "itemReviewed": [bare]}, page)


def _about(node: Node, name: str, others: Iterable[Any]) -> Iterator[Any]:
    """Nodes with the one that they are given at as their property, where they have none."""
    bare = {inner: value for inner, value in node.items() if inner not in ("@reverse", *_REVIEWS)}
    for other in others:
        yield {**other, name: other.get(name) or [bare]} if isinstance(other, dict) and _is_review(other) else other


def _is_review(node: Node) -> bool:
    """Whether a node describes a review; one that is only named is described elsewhere."""
    return TYPE in node["@type"] and (len(node) > 2 or not node["@id"])


def _address_of(node: Node) -> str | None:
    urls = [url for url in node.get("url", ()) if isinstance(url, str)]
    return urls[0] if urls else address_id(node)


def types_in(values: Iterable[Any]) -> list[str]:
    """The types of the outermost nodes, each once, for messages."""
    return list(dict.fromkeys(one for node in values if isinstance(node, dict) for one in node["@type"]))
