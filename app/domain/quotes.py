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
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Final

from app.domain.haystack import Haystack
from app.domain.words import HIDDEN, LETTER, MARKS, SPACED, character_class, recase, splits_word

_Span = tuple[int, int]  # start, end
STATUSES: Final = ("verbatim", "normalized", "elided", "ambiguous", "not_found", "unchecked")

# A few sentences: what is farther apart was not said in one breath. In characters of the plain reading.
MAX_GAP: Final = 300
# Bounds of the work for one quote; none is near what a real quote needs.
MAX_FRAGMENTS: Final = 100
MAX_PLACES: Final = 5_000  # places weighed by prefix and suffix
MAX_TRIES: Final = 100_000  # finds in one reading, most of them inside other words
CONTEXT: Final = 100  # letters and signs of prefix and suffix that are compared

_LINE_END = r"\n\r\f\v\x85\u2028\u2029"
_AFTER_WORD = rf"(?:(?<={SPACED})|(?<=[{MARKS}]))"
_NOT_AFTER_WORD = rf"(?<!{SPACED})(?<![{MARKS}])"
_HIDDEN = re.compile(rf"\u00ad[^\S{_LINE_END}]*+[{_LINE_END}]\s*+(?={LETTER})|[{HIDDEN}]+")
_DASHES = "‐‑‒–—―−⁃﹘﹣－⸺⸻"
_UNEVEN = re.compile(
    rf"(?=[\s.…\-{_DASHES}ﬀ-ﬆ'‘’`´])(?:"  # for speed: most characters are none of these
    r"(?P<dots>\.(?:\s?\.){2,}[.…]*|…[.…]+)"
    rf"|(?P<dash>[-{_DASHES}]{{2,}})"
    r"|(?P<marks>''|’’|‘‘|``|´´)"  # two single marks for a double one
    r"|(?P<ligature>[ﬀ-ﬆ])"
    # White space goes unless it parts two words, or a stop from a number ("in 2020, 500 came").
    rf"|(?P<gap>{_AFTER_WORD}\s++(?!{SPACED})|(?<=[.,:])\s++(?!\d)|{_NOT_AFTER_WORD}(?<![.,:])\s++)"
    r"|(?P<blanks>\s{2,}+))"
)
_PLAIN: Final[dict[int, int | str]] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},  # full-width forms
    **dict.fromkeys(map(ord, "‘’‚‛′‵‹›`´ʹʻʼ『』﹃﹄❛❜❮❯׳"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″‶«»「」｢｣﹁﹂〝〞〟❝❞⹂״"), '"'),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys((code for code in range(0x3001) if chr(code).isspace()), " "),
}
_HYPHEN = re.compile(rf"(?<={LETTER})-(?={LETTER})")
_BREAK = re.compile(rf"[-‐‑][^\S{_LINE_END}]*+[{_LINE_END}]\s*+{LETTER}")

_IN_RUN = re.compile(rf"(?<={SPACED}){SPACED}")
_WORD = re.compile(r"[^\W_]")
_DOTS = r"(?:…[.…]*|\.(?:\s?\.){2,}[.…]*)"
_ELISION = re.compile(rf"\[\s*+{_DOTS}\s*+\]|\(\s*+{_DOTS}\s*+\)|{_DOTS}")
_STOP = re.compile(r"(?<=[^\s.…])\s*+[.,、。，．､｡]\Z")
_CLOSED = re.compile(r"[.,、。､｡][\"']|['\"][.,、。､｡]|(?<!\d)\"")  # read plainly
_UNCOMPARED = str.maketrans("", "", " \"'-")


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


class _Rewrite:
    """A text made from another by replacing stretches of it; leads offsets back to that other."""

    def __init__(self, text: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> None:
        self.starts, self.ends = array("I"), array("I")  # of the replacements, ascending
        self._old_starts, self._old_ends = array("I"), array("I")  # of what they replaced
        moved = 0

        def replace(found: re.Match[str]) -> str:
            nonlocal moved
            replacement = new(found)
            start, end = found.span()
            self.starts.append(start + moved)
            self._old_starts.append(start)
            self._old_ends.append(end)
            moved += len(replacement) - (end - start)
            self.ends.append(end + moved)
            return replacement

        self.text = pattern.sub(replace, text)

    def span_before(self, start: int, end: int) -> _Span:
        """What stretch of the old text became this one of the new; replacements count as a whole."""
        if (first := bisect_right(self.starts, start) - 1) >= 0:
            within = start < self.ends[first]
            start = self._old_starts[first] if within else self._old_ends[first] + start - self.ends[first]
        if (last := bisect_right(self.starts, end - 1) - 1) >= 0:
            end = self._old_ends[last] + max(end - self.ends[last], 0)
        return start, end


@dataclass(slots=True)
class _Tries:
    left: int  # how much looking may still be done


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a text (a source or a quote): its spelling, and the way back to its offsets."""

    source: str
    haystack: Haystack
    steps: Sequence[_Rewrite]
    hyphens: array[int]  # offsets in text where a hyphen inside a word was taken out
    closed: bool = False  # of a quote: it stands only where a quotation ends

    @property
    def text(self) -> str:
        """The source as it is read."""
        return self.haystack.text

    def span(self, start: int, end: int) -> _Span:
        """The stretch of the source that reads as text[start:end]."""
        for step in reversed(self.steps):
            start, end = step.span_before(start, end)
        return start, end

    def find(self, quote: _Reading, tries: _Tries, low: int, high: int, most: int = MAX_TRIES) -> list[_Span]:
        """The first places in text[low:high] where the quote stands, ascending, at most `most`."""
        places: list[_Span] = []
        size = len(quote.text)
        for spelling in quote.spellings():
            wanted = len(places) + most
            for start in self.haystack.starts(spelling, low, min(high, len(self.text))):
                if tries.left <= 0:
                    break
                tries.left -= 1 + size // 100  # str.find takes its time to prepare a long string
                if self._holds(quote, start, start + size):
                    places.append((start, start + size))
                    if len(places) == wanted:
                        break
        return sorted(places)[:most]

    def spellings(self) -> tuple[str, ...]:
        """The text; unless it must stand as it is, also with its first letter in the other case."""
        return tuple({self.text, recase(self.text)}) if self.steps else (self.text,)

    def _holds(self, quote: _Reading, start: int, end: int) -> bool:
        if not self.hyphens and (_IN_RUN.match(self.text, start) or _IN_RUN.match(self.text, end)):
            return False  # settles most misses without the way back to the source
        if quote.closed and not _CLOSED.match(self.text, end):
            return False
        parted = not any(splits_word(self.source, at) for at in self.span(start, end))
        return parted and self._hyphens_agree(quote, start, end)

    def _hyphens_agree(self, quote: _Reading, start: int, end: int) -> bool:
        """Whether each hyphen taken out has its like in the other, but for those at the end of a line."""
        first, last = bisect_right(self.hyphens, start), bisect_left(self.hyphens, end)
        here = {at - start for at in self.hyphens[first:last]}
        there = set(quote.hyphens)
        optional = all(self._breaks_line(start + at) for at in here - there)
        return optional and all(quote._breaks_line(at) for at in there - here)

    def _breaks_line(self, hyphen: int) -> bool:
        # The character before the hyphen ends where the hyphen starts; only hidden ones lie between.
        return _BREAK.match(self.source, self.span(hyphen - 1, hyphen)[1]) is not None


@cache
def _uncomposed() -> re.Pattern[str]:
    """Stretches that canonical composition (NFC) may change: letters with marks, Hangul parts, singletons."""
    changing = character_class(
        code for code in range(0x340, 0x2FA20) if unicodedata.normalize("NFC", chr(code)) != chr(code)
    )
    jamo = r"[\u1100-\u1112\uac00-\ud7a3][\u1161-\u1175\u11a8-\u11c2]+"
    return re.compile(rf"{jamo}|[{changing}][{MARKS}]*|.[{MARKS}]+", re.DOTALL)


def _even(found: re.Match[str]) -> str:
    if found.lastgroup == "ligature":
        return unicodedata.normalize("NFKC", found[0])
    return {"dots": "…", "dash": "-", "marks": '"', "blanks": " "}.get(found.lastgroup or "", "")


def _read_exactly(source: str) -> _Reading:
    return _Reading(source, Haystack(source), (), array("I"))


def _read_plainly(source: str) -> _Reading:
    steps: list[_Rewrite] = []
    text = source
    if not text.isascii() and _HIDDEN.search(text):
        steps.append(_Rewrite(text, _HIDDEN, lambda _: ""))
        text = steps[-1].text
    if not unicodedata.is_normalized("NFC", text):
        steps.append(_Rewrite(text, _uncomposed(), lambda found: unicodedata.normalize("NFC", found[0])))
        text = steps[-1].text
    steps.append(_Rewrite(text, _UNEVEN, _even))
    return _Reading(source, Haystack(steps[-1].text.translate(_PLAIN)), steps, array("I"))


def _join(plain: _Reading) -> _Reading:
    step = _Rewrite(plain.text, _HYPHEN, lambda _: "")
    return _Reading(plain.source, Haystack(step.text), (*plain.steps, step), step.starts)


def _bare(text: str) -> str:
    return _read_plainly(text).text.translate(_UNCOMPARED)


@dataclass(frozen=True, slots=True)
class _Link:
    """The place of a fragment in a reading, and the chain of fragments that leads to it."""

    start: int
    end: int
    origin: int  # where the first fragment of the chain starts
    before: _Link | None

    def spans(self, reading: _Reading) -> list[_Span]:
        """Where the fragments stand in the source, in order."""
        places: list[_Span] = []
        link: _Link | None = self
        while link:
            places.insert(0, reading.span(link.start, link.end))
            link = link.before
        return places


def _extend(links: Sequence[_Link], places: Sequence[_Span]) -> list[_Link]:
    """The chains grown by a fragment, each place joined to the nearest chain that ends before it."""
    grown: list[_Link] = []
    nearest = -1
    for start, end in places:
        while nearest + 1 < len(links) and links[nearest + 1].end <= start:
            nearest += 1
        if nearest >= 0 and start - links[nearest].end <= MAX_GAP:
            grown.append(_Link(start, end, links[nearest].origin, links[nearest]))
    return grown


def _regions(reading: _Reading, fragments: Sequence[_Reading], tries: _Tries) -> list[_Span]:
    """Stretches of the reading within reach of the longest fragment, the rarest as a rule; none overlap."""
    sizes = [len(fragment.text) + MAX_GAP for fragment in fragments]
    anchor = sizes.index(max(sizes))
    before, after = sum(sizes[:anchor]), sum(sizes[anchor + 1 :])
    regions: list[_Span] = []
    for start, end in reading.find(fragments[anchor], tries, 0, len(reading.text)):
        low = max(start - before, 0)
        if regions and low <= regions[-1][1]:
            low = regions.pop()[0]
        regions.append((low, end + after))
    return regions


def _chains(reading: _Reading, fragments: Sequence[_Reading], most: int) -> tuple[list[_Link], bool]:
    """The last links of the closest placements, one from each start; whether these are all, up to `most`."""
    closest: dict[int, _Link] = {}
    anchors, *tries = (_Tries(MAX_TRIES // len(fragments)) for _ in range(len(fragments) + 1))
    whole = len(fragments) == 1
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
        self._exact = _read_exactly(text)
        self._plain = _read_plainly(text)
        self._breaks_lines = _BREAK.search(text) is not None
        self._joined: _Reading | None = None

    def locate(self, quote: str, *, prefix: str | None = None, suffix: str | None = None) -> Place:
        """Where the quote stands in the text, as verbatim, normalized, elided, ambiguous or not_found.

        prefix and suffix settle between several places: what stands directly before and after, white
        space, hyphens and quotation marks aside. Ellipses at the quote's ends are ignored if the text
        has none there. Work is bounded: beyond MAX_PLACES or MAX_TRIES the answer is the cautious one.
        """
        quote = quote.strip()
        context = _bare(prefix or "")[-CONTEXT:], _bare(suffix or "")[:CONTEXT]
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

    def _readings(self, fragments: Sequence[str], closed: bool) -> Iterator[tuple[_Reading, Callable[[str], _Reading]]]:
        """The readings worth trying, strictest first, each with the function that reads a quote likewise."""
        if len(fragments) == 1 and not closed:
            yield self._exact, _read_exactly
        yield self._plain, _read_plainly
        if self._breaks_lines or any(map(_BREAK.search, fragments)):
            self._joined = self._joined or _join(self._plain)
            yield self._joined, lambda quote: _join(_read_plainly(quote))

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
                places = [place for place in places if self._has_context(place, *context)]
            if links:
                return places[0] if len(places) == 1 else AMBIGUOUS
        return None

    def _place(self, reading: _Reading, link: _Link) -> Place:
        spans = link.spans(reading)
        gaps = tuple(self._text[end:start] for (_, end), (start, _) in pairwise(spans))
        status = "elided" if gaps else "verbatim" if reading is self._exact else "normalized"
        return Place(status, spans[0][0], spans[-1][1], gaps)

    def _has_context(self, place: Place, prefix: str, suffix: str) -> bool:
        start, end = place.start or 0, place.end or 0
        before, after = self._text[max(start - 5 * CONTEXT, 0) : start], self._text[end : end + 5 * CONTEXT]
        return _bare(before).endswith(prefix) and _bare(after).startswith(suffix)


def _fragments(quote: str) -> list[str]:
    """What stands between a quote's ellipses; empty ends fall away."""
    fragments = [fragment.strip() for fragment in _ELISION.split(quote)]
    return fragments[not fragments[0] : len(fragments) - (not fragments[-1])]
