"""Whether a quote stands in a source's text, and where.

A text is read in three ways, strictest first; only the first that holds the quote counts. Places that a wider one has
beside count as well where they differ in nothing but white space, or in where a line breaks:

    exactly    every code point equal                                                   verbatim
    plainly    one spelling of quotation marks, dashes, blanks, accents and             normalized
               compatibility forms of letters; white space counts only where it parts
               two words
    joined     plainly, and a word hyphenated at the end of a line may be whole         normalized

A quote that none holds may be fragments with … between them, or with what an editor put in brackets: a remark such as
[sic] or a letter in the other case is normalized; words left out, put in or put instead are elided. A passage starts
and ends where a word, a number or a contraction does; its first letter may change case; and where it ends a quotation,
the stop or comma there may be another or none. Nothing else is forgiven, and whatever differs is listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from app.domain.text.differences import Difference, differences, listed
from app.domain.text.nearest_passage import nearest_passage
from app.domain.text.quote_parts import WORD, Edge, Joint, QuoteParts, edge_after, edge_before, ways
from app.domain.text.readings import (
    BREAK,
    MAX_TRIES,
    Reading,
    Span,
    Tries,
    bare,
    join,
    read_exactly,
    read_plainly,
    without_breaks,
)  # fmt: skip

STATUSES: Final = ("verbatim", "normalized", "elided", "ambiguous", "not_found", "unchecked")

# A few sentences: what is farther apart was not said in one breath. In characters of the plain reading.
MAX_GAP: Final = 300
# Bounds of the work for one quote; none is near what a real quote needs.
MAX_FRAGMENTS: Final = 100
MAX_PLACES: Final = 5_000  # places weighed by prefix and suffix
MAX_FITTED: Final = 20_000  # MAX_TRIES for a quote of fragments, all together
MAX_EDGES: Final = 2_000  # places weighed by what stands for the brackets at the quote's ends
COMMON: Final = 100  # places of the longest fragment above which the others are worth a look of their own
CONTEXT: Final = 100  # letters and signs of prefix and suffix that are compared

_STOPS = ".,、。，．､｡"
_STOP = re.compile(rf"(?<=[^\s.…])\s*+[{_STOPS}]\Z")


@dataclass(frozen=True, slots=True)
class Verification:
    """The place of a quote in a text: offsets in code points, `end` exclusive; None unless found.

    gaps: what an elided quote leaves out between its fragments, as it stands there, blanks included.
    differences: what else the quote has otherwise, and what the text has there.
    """

    status: str
    start: int | None = None
    end: int | None = None
    gaps: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = field(default=(), compare=False)  # they follow from the place


NOT_FOUND: Final = Verification("not_found")
AMBIGUOUS: Final = Verification("ambiguous")


@dataclass(frozen=True, slots=True)
class _Link:
    """The place of a fragment in a reading, and the chain of fragments that leads to it."""

    start: int
    end: int
    origin: int  # where the first fragment of the chain starts
    before: _Link | None

    def chain(self) -> list[Span]:
        """The places of the fragments in the reading, in order."""
        places: list[Span] = []
        link: _Link | None = self
        while link:
            places.append((link.start, link.end))
            link = link.before
        return places[::-1]


@dataclass(frozen=True)
class _Wanted:
    """A quote's parts, as they are looked for in a reading of the text."""

    parts: QuoteParts
    reading: Reading
    fragments: Sequence[Reading]

    @property
    def is_whole(self) -> bool:
        """Whether there is one fragment, which can stand anywhere."""
        return len(self.fragments) == 1 and not self.parts.before and not self.parts.after

    def gap(self, before: Span, after: Span) -> str:
        """The text between two places of the reading."""
        return self.reading.source[self.reading.span(*before)[1] : self.reading.span(*after)[0]]

    def edges(self, start: int, end: int) -> tuple[Edge, Edge]:
        """The source text for the outermost joints of a place."""
        parts, text = self.parts, self.reading.source
        before = edge_before(parts.before, text, start) if parts.before else Edge(start, "", True)
        return before, edge_after(parts.after, text, end) if parts.after else Edge(end, "", True)

    def may_join(self, joint: Joint, before: Span, after: Span, fragment: Reading) -> bool:
        """Whether what the text has between two places may stand for the joint, the second being of a fragment."""
        if joint.said is None:
            return True
        same = joint.judge(self.gap(before, after))
        if self.parts.exact:
            return bool(same)
        return same is False or (same is True and self.is_in_case(fragment, after[0]))

    def is_in_case(self, fragment: Reading, start: int) -> bool:
        """Whether the first letter of a fragment is in the text's case where it stands."""
        return self.reading.text.startswith(fragment.text, start)

    def may_stand(self, link: _Link, tries: Tries) -> bool:
        """Whether the outermost joints allow this place."""
        parts, led = self.parts, self.parts.before is not None and self.parts.before.says_anything
        recased = led and not self.is_in_case(self.fragments[0], link.origin)
        if not (recased or parts.exact) or not (parts.before or parts.after):
            return True
        tries.left -= 1
        if tries.left <= 0:
            return False
        chain = link.chain()
        first, last = self.edges(self.reading.span(*chain[0])[0], self.reading.span(*chain[-1])[1])
        return first.same and last.same if parts.exact else not first.same

    def extend(self, links: Sequence[_Link], places: Sequence[Span], joint: Joint, fragment: Reading) -> list[_Link]:
        """The chains grown by a fragment, each place joined to the nearest chain that ends before it."""
        grown: list[_Link] = []
        nearest = -1
        for start, end in places:
            while nearest + 1 < len(links) and links[nearest + 1].end <= start:
                nearest += 1
            if nearest < 0 or start - links[nearest].end > MAX_GAP:
                continue
            if self.may_join(joint, (links[nearest].start, links[nearest].end), (start, end), fragment):
                grown.append(_Link(start, end, links[nearest].origin, links[nearest]))
        return grown

    def regions(self, tries: Tries) -> list[Span]:
        """Stretches of the reading within reach of the longest fragment, the rarest as a rule; none overlap."""
        reading, fragments = self.reading, self.fragments
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

    def chains(self, most: int) -> tuple[list[_Link], bool]:
        """The last links of the closest placements, one from each start; whether these are all, up to `most`."""
        closest: dict[int, _Link] = {}
        number = len(self.fragments)
        edges = Tries(MAX_EDGES)
        anchors, *tries = (Tries(MAX_TRIES if self.is_whole else MAX_FITTED // number) for _ in range(number + 1))
        for low, high in [(0, len(self.reading.text))] if self.is_whole else self.regions(anchors):
            for link in self._chains_in(low, high, tries, most + 1 if self.is_whole else MAX_TRIES):
                if self.may_stand(link, edges):
                    closest.setdefault(link.origin, link)
            if len(closest) > most:
                break
        unseen = min(anchors.left, edges.left, *(each.left for each in tries)) <= 0
        return list(closest.values()), not unseen and len(closest) <= most

    def _chains_in(self, low: int, high: int, tries: Sequence[Tries], most: int) -> list[_Link]:
        places = self.reading.find(self.fragments[0], tries[0], low, high, most)
        links = [_Link(start, end, start, None) for start, end in places]
        for fragment, left, joint in zip(self.fragments[1:], tries[1:], self.parts.joints, strict=True):
            if not links:
                break
            reach = links[-1].end + MAX_GAP + len(fragment.text)
            places = self.reading.find(fragment, left, links[0].end, min(reach, high))
            links = self.extend(links, places, joint, fragment)
        return links

    def place(self, link: _Link, is_exact: bool) -> Verification:
        """The place that a chain is in the text, without its differences."""
        chain = link.chain()
        spans = [self.reading.span(*place) for place in chain]
        first, last = self.edges(spans[0][0], spans[-1][1])
        joined = list(zip(self.parts.joints, (self.gap(*pair) for pair in pairwise(chain)), strict=True))
        gaps = tuple(gap for joint, gap in joined if joint.elided)
        same = first.same and last.same and all(joint.judge(gap) for joint, gap in joined if joint.said is not None)
        status = "elided" if gaps or not same else "verbatim" if is_exact else "normalized"
        return Verification(status, first.at, last.at, gaps)

    def differences(self, link: _Link) -> Iterator[Difference]:
        """In what the quote differs from a chain's place, in order."""
        chain = link.chain()
        parts = self.parts
        first, last = self.edges(self.reading.span(*chain[0])[0], self.reading.span(*chain[-1])[1])
        if parts.before and parts.before.written != first.passage:
            yield parts.before.written, first.passage
        for number, (fragment, place) in enumerate(zip(self.fragments, chain, strict=True)):
            if number and (joint := parts.joints[number - 1]).said is not None:
                gap = self.gap(chain[number - 1], place).strip()
                if gap != joint.written:
                    yield joint.written, gap
            yield from differences(fragment, self.reading, place[0])
        if parts.after and parts.after.written != last.passage:
            yield parts.after.written, last.passage


@dataclass(frozen=True, slots=True)
class _Found:
    """A place where a quote stands, and the way there."""

    wanted: _Wanted
    link: _Link
    place: Verification

    def with_differences(self) -> Verification:
        """The place with all in which the quote differs there."""
        return replace(self.place, differences=listed(self.wanted.differences(self.link)))


def _broken_otherwise(
    found: Sequence[_Found],
    readings: Iterable[tuple[Reading, Callable[[str], Reading]]],
    closed: bool,
    same: frozenset[str] | None,
) -> list[_Found] | None:
    """The places that wider readings have beside, for a line breaks there otherwise; None where not all can be seen.

    same: the quote without breaks, where nothing else may differ.
    """
    spans = {(match.place.start, match.place.end) for match in found}
    others: list[_Found] = []
    for reading, read in readings:
        parts = found[0].wanted.parts
        wanted = _Wanted(parts, reading, parts.read(read, closed))
        links, complete = wanted.chains(MAX_PLACES)
        if not complete:
            return None
        for match in (_Found(wanted, link, wanted.place(link, False)) for link in links):
            span = start, end = match.place.start, match.place.end
            if span not in spans and (same is None or same & without_breaks(reading.source[start:end])):
                spans.add(span)
                others.append(match)
    return others


class SourceText:
    """A source's text, prepared once for many quotes, in two or three times the memory of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._exact = read_exactly(text)
        self._plain = read_plainly(text)
        self._breaks_lines = BREAK.search(text) is not None
        self._joined: Reading | None = None

    def locate(self, quote: str, *, prefix: str | None = None, suffix: str | None = None) -> Verification:
        """Find the quote in the text: verbatim, normalized, elided, ambiguous or not_found.

        prefix and suffix settle between several places: what stands directly before and after, white
        space, hyphens and quotation marks aside. Ellipses at the quote's ends are ignored if the text
        has none there. Work is bounded: beyond MAX_PLACES or MAX_TRIES the answer is the cautious one.
        """
        quote = quote.strip()
        context = bare(prefix or "")[-CONTEXT:], bare(suffix or "")[:CONTEXT]
        if not WORD.search(quote):
            return NOT_FOUND
        for parts in ways(quote):
            if not 0 < len(parts.fragments) <= MAX_FRAGMENTS or not all(map(WORD.search, parts.fragments)):
                continue
            if place := self._locate(parts, context) or self._locate_without_stop(parts, context):
                return place
        return NOT_FOUND

    def nearest(self, quote: str) -> str | None:
        """The passage that has most of a quote's words in a row: a hint for people where the quote is not found."""
        return nearest_passage(self._plain, read_plainly(quote.strip()))

    def _locate_without_stop(self, parts: QuoteParts, context: tuple[str, str]) -> Verification | None:
        """A stop or comma at the quote's end may be another or none where the text ends the quotation as well."""
        *others, end = parts.fragments
        last = _STOP.sub("", end)
        if last == end or parts.after:
            return None
        place = self._locate(replace(parts, fragments=(*others, last)), context, closed=True)
        if place is None or place.start is None:
            return place
        return replace(place, differences=listed([*place.differences, (end[len(last) :].strip(), "")]))

    def _readings(self, parts: QuoteParts, closed: bool) -> Iterator[tuple[Reading, Callable[[str], Reading]]]:
        """The readings worth trying, strictest first, each with the function that reads a quote likewise."""
        if parts.is_whole and not closed:
            yield self._exact, read_exactly
        yield self._plain, read_plainly
        if self._breaks_lines or any(map(BREAK.search, parts.fragments)):
            self._joined = self._joined or join(self._plain)
            yield self._joined, lambda quote: join(read_plainly(quote))

    def _locate(self, parts: QuoteParts, context: tuple[str, str], closed: bool = False) -> Verification | None:
        most = MAX_PLACES if any(context) else 1
        readings = self._readings(parts, closed)
        for reading, read in readings:
            wanted = _Wanted(parts, reading, parts.read(read, closed))
            links, complete = wanted.chains(most)
            if not links:
                continue
            found = [_Found(wanted, link, wanted.place(link, reading is self._exact)) for link in links]
            same = without_breaks(parts.fragments[0]) if reading is self._exact else None
            others = _broken_otherwise(found, readings, closed, same) if complete else None
            if others is None:
                return AMBIGUOUS
            found += others
            if len(found) > 1:
                found = [each for each in found if self._has_context(each.place, *context, closed)]
            return found[0].with_differences() if len(found) == 1 else AMBIGUOUS
        return None

    def _has_context(self, place: Verification, prefix: str, suffix: str, closed: bool) -> bool:
        start, end = place.start or 0, place.end or 0
        before = bare(self._text[max(start - 5 * CONTEXT, 0) : start])
        after = bare(self._text[end : end + 5 * CONTEXT])
        if closed:  # the stop there may be in the quote
            after, suffix = after.lstrip(_STOPS), suffix.lstrip(_STOPS)
        return before.endswith(prefix) and after.startswith(suffix)
