"""Whether a quote stands in a source's text, and where.

A text is read in three ways, strictest first; only the first that holds the quote counts:

    exactly    every code point equal                                                   verbatim
    plainly    one spelling of quotation marks, dashes, blanks, ligatures and accents;  normalized
               white space counts only where it parts two words
    joined     plainly, and a word hyphenated at the end of a line may be whole         normalized

A quote that none holds may be fragments with … between them: elided. A passage starts and ends where a
word, a number or a contraction does; its first letter may change case; and where it ends a quotation, the stop or comma
there may be another or none. Nothing else is forgiven.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from app.domain.readings import BREAK, MAX_TRIES, Reading, Span, Tries, bare, join, read_exactly, read_plainly

STATUSES: Final = ("verbatim", "normalized", "elided", "ambiguous", "not_found", "unchecked")

# A few sentences: what is farther apart was not said in one breath. In characters of the plain reading.
MAX_GAP: Final = 300
# Bounds of the work for one quote; none is near what a real quote needs.
MAX_FRAGMENTS: Final = 100
MAX_PLACES: Final = 5_000  # places weighed by prefix and suffix
MAX_FITTED: Final = 20_000  # MAX_TRIES for a quote of fragments, all together
COMMON: Final = 100  # places of the longest fragment above which the others are worth a look of their own
CONTEXT: Final = 100  # letters and signs of prefix and suffix that are compared

_WORD = re.compile(r"[^\W_]")
_DOTS = r"(?:…[.…]*|\.(?:\s?\.){2,}[.…]*)"
_ELISION = re.compile(rf"\[\s*+{_DOTS}\s*+\]|\(\s*+{_DOTS}\s*+\)|{_DOTS}")
_STOPS = ".,、。，．､｡"
_STOP = re.compile(rf"(?<=[^\s.…])\s*+[{_STOPS}]\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: offsets in code points of the text, `end` exclusive; None unless found.

    gaps: what an elided quote leaves out between its fragments, as it stands there, blanks included.
    """

    status: str
    start: int | None = None
    end: int | None = None
    gaps: tuple[str, ...] = ()


NOT_FOUND: Final = Place("not_found")
AMBIGUOUS: Final = Place("ambiguous")


@dataclass(frozen=True, slots=True)
class _Link:
    """The place of a fragment in a reading, and the chain of fragments that leads to it."""

    start: int
    end: int
    origin: int  # where the first fragment of the chain starts
    before: _Link | None

    def spans(self, reading: Reading) -> list[Span]:
        """Where the fragments stand in the source, in order."""
        places: list[Span] = []
        link: _Link | None = self
        while link:
            places.insert(0, reading.span(link.start, link.end))
            link = link.before
        return places


def _extend(links: Sequence[_Link], places: Sequence[Span]) -> list[_Link]:
    """The chains grown by a fragment, each place joined to the nearest chain that ends before it."""
    grown: list[_Link] = []
    nearest = -1
    for start, end in places:
        while nearest + 1 < len(links) and links[nearest + 1].end <= start:
            nearest += 1
        if nearest >= 0 and start - links[nearest].end <= MAX_GAP:
            grown.append(_Link(start, end, links[nearest].origin, links[nearest]))
    return grown


def _regions(reading: Reading, fragments: Sequence[Reading], tries: Tries) -> list[Span]:
    """Stretches of the reading within reach of the longest fragment, the rarest as a rule; none overlap."""
    sizes = [len(fragment.text) + MAX_GAP for fragment in fragments]
    anchor = sizes.index(max(sizes))
    before, after = sum(sizes[:anchor]), sum(sizes[anchor + 1 :])
    places = reading.find(fragments[anchor], tries, 0, len(reading.text))
    if len(places) > COMMON and not all(map(reading.mentions, {each.text: each for each in fragments}.values())):
        return []
    regions: list[Span] = []
    for start, end in places:
        low = max(start - before, 0)
        if regions and low <= regions[-1][1]:
            low = regions.pop()[0]
        regions.append((low, end + after))
    return regions


def _chains(reading: Reading, fragments: Sequence[Reading], most: int) -> tuple[list[_Link], bool]:
    """The last links of the closest placements, one from each start; whether these are all, up to `most`."""
    closest: dict[int, _Link] = {}
    whole = len(fragments) == 1
    anchors, *tries = (Tries(MAX_TRIES if whole else MAX_FITTED // len(fragments)) for _ in range(len(fragments) + 1))
    regions = [(0, len(reading.text))] if whole else _regions(reading, fragments, anchors)
    for low, high in regions:
        places = reading.find(fragments[0], tries[0], low, high, most + 1 if whole else MAX_TRIES)
        links = [_Link(start, end, start, None) for start, end in places]
        for fragment, left in zip(fragments[1:], tries[1:], strict=True):
            if not links:
                break
            reach = links[-1].end + MAX_GAP + len(fragment.text)
            links = _extend(links, reading.find(fragment, left, links[0].end, min(reach, high)))
        for link in links:
            closest.setdefault(link.origin, link)
        if len(closest) > most:
            break
    unseen = min(anchors.left, *(each.left for each in tries)) <= 0
    return list(closest.values()), not unseen and len(closest) <= most


class SourceText:
    """A source's text, prepared once for many quotes, in two or three times the memory of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._exact = read_exactly(text)
        self._plain = read_plainly(text)
        self._breaks_lines = BREAK.search(text) is not None
        self._joined: Reading | None = None

    def locate(self, quote: str, *, prefix: str | None = None, suffix: str | None = None) -> Place:
        """Where the quote stands in the text, as verbatim, normalized, elided, ambiguous or not_found.

        prefix and suffix settle between several places: what stands directly before and after, white
        space, hyphens and quotation marks aside. Ellipses at the quote's ends are ignored if the text
        has none there. Work is bounded: beyond MAX_PLACES or MAX_TRIES the answer is the cautious one.
        """
        quote = quote.strip()
        context = bare(prefix or "")[-CONTEXT:], bare(suffix or "")[:CONTEXT]
        if not _WORD.search(quote):
            return NOT_FOUND
        fragments = _fragments(quote)
        ways = [[quote], fragments] if fragments != [quote] else [[quote]]
        for way in ways:
            if len(way) > MAX_FRAGMENTS or not all(map(_WORD.search, way)):
                return NOT_FOUND
            if place := self._locate(way, context) or self._locate_without_stop(way, context):
                return place
        return NOT_FOUND

    def _locate_without_stop(self, fragments: Sequence[str], context: tuple[str, str]) -> Place | None:
        """A stop or comma at the quote's end may be another or none where the text ends the quotation as well."""
        last = _STOP.sub("", fragments[-1])
        if last == fragments[-1]:
            return None
        return self._locate([*fragments[:-1], last], context, closed=True)

    def _readings(self, fragments: Sequence[str], closed: bool) -> Iterator[tuple[Reading, Callable[[str], Reading]]]:
        """The readings worth trying, strictest first, each with the function that reads a quote likewise."""
        if len(fragments) == 1 and not closed:
            yield self._exact, read_exactly
        yield self._plain, read_plainly
        if self._breaks_lines or any(map(BREAK.search, fragments)):
            self._joined = self._joined or join(self._plain)
            yield self._joined, lambda quote: join(read_plainly(quote))

    def _locate(self, fragments: Sequence[str], context: tuple[str, str], closed: bool = False) -> Place | None:
        most = MAX_PLACES if any(context) else 1
        for reading, read in self._readings(fragments, closed):
            wanted = [read(fragment) for fragment in fragments]
            wanted[-1] = replace(wanted[-1], closed=closed)
            links, complete = _chains(reading, wanted, most)
            if links and not complete:
                return AMBIGUOUS
            places = [self._place(reading, link) for link in links]
            if len(places) > 1:
                places = [place for place in places if self._has_context(place, *context, closed)]
            if links:
                return places[0] if len(places) == 1 else AMBIGUOUS
        return None

    def _place(self, reading: Reading, link: _Link) -> Place:
        spans = link.spans(reading)
        gaps = tuple(self._text[end:start] for (_, end), (start, _) in pairwise(spans))
        status = "elided" if gaps else "verbatim" if reading is self._exact else "normalized"
        return Place(status, spans[0][0], spans[-1][1], gaps)

    def _has_context(self, place: Place, prefix: str, suffix: str, closed: bool) -> bool:
        start, end = place.start or 0, place.end or 0
        before = bare(self._text[max(start - 5 * CONTEXT, 0) : start])
        after = bare(self._text[end : end + 5 * CONTEXT])
        if closed:  # the stop there may be in the quote
            after, suffix = after.lstrip(_STOPS), suffix.lstrip(_STOPS)
        return before.endswith(prefix) and after.startswith(suffix)


def _fragments(quote: str) -> list[str]:
    """What stands between a quote's ellipses; empty ends fall away."""
    fragments = [fragment.strip() for fragment in _ELISION.split(quote)]
    return fragments[not fragments[0] : len(fragments) - (not fragments[-1])]
