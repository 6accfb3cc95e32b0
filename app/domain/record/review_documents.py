"""The documents of a ClaimReview: the works in which the claim appears, and the review itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from app.domain.record.review_parts import ADDRESS, NUMBER, Part, Said, kind_of, language_of

MAKERS: Final = ("author", "creator", "publisher")  # properties of a review
_KINDS: Final = (
    ("Article", "article"), ("Posting", "post"), ("BlogPost", "post"), ("Comment", "post"), ("Report", "report"),
    ("Dataset", "dataset"), ("VideoObject", "video"), ("Clip", "video"), ("TVEpisode", "video"), ("Movie", "video"),
    ("AudioObject", "audio"), ("PodcastEpisode", "audio"), ("RadioEpisode", "audio"),
)  # fmt: skip  # the ends of types, and the kinds of sources


class _Maker(NamedTuple):
    """An author or publisher of a review. site: the host of the address of one that may have no name."""

    name: str | None
    is_person: bool
    site: str | None

    @classmethod
    def of(cls, value: Any, said: Said, path: str) -> _Maker:
        """The author or publisher that is the value of a property."""
        if isinstance(value, str):
            return cls(None, False, _site_of(value)) if ADDRESS.match(value) else cls(value, False, None)
        part = said.part(value, path)
        made = cls(
            part.text("name"), path != "publisher" and kind_of(part.node["@type"]) == "person", _site_of(part.url())
        )
        part.tell_left()
        return made


@dataclass(frozen=True)
class Check:
    """The review as a document. publisher: the name of who published it. site: the host of the publisher's address, or
    of the review's. authors: the persons who wrote it.
    """

    url: str | None
    title: str | None
    published_on: str | None
    language: str | None
    publisher: str | None
    site: str | None
    authors: tuple[str, ...]

    @classmethod
    def of(cls, top: Part, page: str | None) -> Check:
        """The review by its own properties. Its publisher is the organization behind it, else its author."""
        makers = [_Maker.of(value, top.said, name) for name in MAKERS for value in top.all(name)]
        persons = tuple(one.name for one in makers if one.name and one.is_person)
        organizations = [one.name for one in makers if one.name and not one.is_person]
        url = top.url("url", "mainEntityOfPage") or page
        sites = [site for site in (*(one.site for one in makers), _site_of(url)) if site]
        names, title = [*organizations, *persons], top.text("name", "headline")
        published_on, language = top.day("datePublished"), language_of(top)
        return cls(url, title, published_on, language, names[0] if names else None, next(iter(sites), None), persons)

    @property
    def source(self) -> dict[str, Any]:
        """The review as the source of a claim."""
        authors = [name for name in self.authors if name != self.publisher]
        return {"url": self.url, "title": self.title, "publisher": self.publisher, "published_on": self.published_on,
                "language": self.language, "authors": authors}  # fmt: skip


def _site_of(url: str | None) -> str | None:
    """The host of an address, without `www.`: what is known of a publisher that has an address and no name."""
    try:
        host = urlsplit(url).hostname if url else None
    except ValueError:
        return None
    return str(host).removeprefix("www.") if host else None


def citations_of(top: Part, item: Part, check: Check) -> list[dict[str, Any]]:
    """The documents that hold the claim; the review itself where none of them has an address."""
    found = [_appearance(value, top.said) for value in item.all("firstAppearance", "appearance")]
    if _is_work(item.node["@type"]):
        found.append(_work(item, top.texts("claimReviewed")))
    elif (place := item.url()) and place != check.url and kind_of(item.node["@type"]) is None:
        found.append({"source": {"url": place}})
    cited = {str(one["source"]): one for one in found if one["source"].keys() & {"url", "title"}}
    addresses = [one["source"]["url"] for one in cited.values() if "url" in one["source"]]
    if not addresses and (check.url or (check.title and not cited)):
        own = {name: value for name, value in check.source.items() if value}
        cited[str(own)] = {"source": own}
    return list(cited.values())


def _appearance(value: Any, said: Said) -> dict[str, Any]:
    """The citation of a work in which the claim appears."""
    if not isinstance(value, dict):
        text = str(value)
        return {"source": {"url" if ADDRESS.match(text) else "title": text}}
    part = said.part(value, "itemReviewed.appearance")
    source = _source_of(part) | {"authors": part.texts("author", "creator"), "published_on": part.day("datePublished")}
    part.tell_left()
    return {"source": {name: given for name, given in source.items() if given}}


def _source_of(part: Part) -> dict[str, Any]:
    publisher = part.texts("publisher")
    return {
        "url": part.url(),
        "title": part.text("headline", "name"),
        "kind": _kind_of_source(part.node["@type"]),
        "publisher": publisher[0] if publisher else None,
        "archive_url": part.address("archivedAt"),
        "language": language_of(part),
    }


def _is_work(types: Sequence[str]) -> bool:
    """Whether what is reviewed is a document: it is said to be something, and neither a claim nor who made it."""
    return bool(types) and kind_of(types) is None and not {"Claim", "Thing"} & set(types)


def _work(item: Part, texts: Sequence[str]) -> dict[str, Any]:
    """The citation of the work that the review is about, which holds the claim. Its date is that of the claim alone. A
    part of a work that has no address is at that of the whole. texts: of the claim, which are no title.
    """
    source = _source_of(item)
    source["title"] = None if source["title"] in texts else source["title"]
    for whole in item.all("isPartOf"):
        part = item.said.part(whole, "itemReviewed.isPartOf")
        source["url"] = source["url"] or part.url()
        source["title"] = source["title"] or part.text("name", "headline")
        part.tell_left()
    locator = {"start_time": _seconds(item, "startOffset"), "end_time": _seconds(item, "endOffset")}
    citation: dict[str, Any] = {"source": {name: given for name, given in source.items() if given}}
    placed = {name: given for name, given in locator.items() if given}
    return citation | ({"locator": placed} if placed else {})


def _seconds(item: Part, name: str) -> str | None:
    text = item.text(name)
    if text and not NUMBER.fullmatch(text):
        item.leave(name)
        return None
    return text


def _kind_of_source(types: Sequence[str]) -> str | None:
    return next((kind for one in types for end, kind in _KINDS if one.endswith(end)), None)
