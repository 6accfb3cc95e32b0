"""The ways in which a text is read to find a quote in it, and the way back from each to the text's own offsets.

exactly    every code point as it is
plainly    one spelling of quotation marks, dashes, blanks, accents and compatibility forms of letters; white
           space only where it parts two words
joined     plainly, without the hyphens inside words, for those that stand at the end of a line only
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.domain.text import compatibility
from app.domain.text.haystack import Haystack
from app.domain.text.marks import MARKS, character_class
from app.domain.text.tokenizer import HIDDEN, LETTER, SPACED, UNSPACED, recase, splits_word

Span = tuple[int, int]  # start, end
MAX_TRIES: Final = 100_000  # finds of one quote in one reading, most of them inside other words

_LINE_END = r"\n\r\f\v\x85\u2028\u2029"
_AFTER_WORD = rf"(?:(?<={SPACED})|(?<=[{MARKS}]))"
_SPELT = rf"[^\W\d_{UNSPACED}]"  # a letter of a script whose words are broken at line ends
_NOT_AFTER_WORD = rf"(?<!{SPACED})(?<![{MARKS}])"
# A soft hyphen, and the sign that OCR has for one, may be a hyphen: inside a word, or where a line ended there.
SOFT: Final = "\u00ad¬"
_AFTER_SOFT = rf"(?:[{HIDDEN}]{{0,8}}\s++)?[{HIDDEN}]{{0,8}}"
_HIDDEN = re.compile(  # begins with a class, which is looked for fast
    rf"[{HIDDEN}¬](?:(?P<soft>(?:(?<={_SPELT}[{SOFT}])|(?<=[{MARKS}][{SOFT}])){_AFTER_SOFT}(?={_SPELT}))"
    rf"|(?<!¬)[{HIDDEN}]*+)"
)
_HYPHENS = "‐‑\u058a\u05be\u1400⸗⹀﹣－"
_DASHES = f"{_HYPHENS}‒–—―−⁃﹘⸺⸻"
_UNEVEN = re.compile(
    rf"(?=[\s.…\-{_DASHES}'‘’`´])(?:"  # for speed: most characters are none of these
    r"(?P<dots>\.(?:\s?\.){2,}[.…]*|…[.…]+)"
    rf"|(?P<dash>[-{_DASHES}]{{2,}})"
    r"|(?P<marks>''|’’|‘‘|``|´´)"  # two single marks for a double one
    # White space goes unless it parts two words, or a stop from a number ("in 2020, 500 came").
    rf"|(?P<gap>{_AFTER_WORD}\s++(?!{SPACED})|(?<=[.,:])\s++(?!\d)|{_NOT_AFTER_WORD}(?<![.,:])\s++)"
    r"|(?P<blanks>\s{2,}+))"
)
_PLAIN: Final[dict[int, int | str]] = {
    **dict.fromkeys(map(ord, "‘’‚‛′‵‹›`´ʹʻʼ『』﹃﹄❛❜❮❯׳"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″‶«»「」｢｣﹁﹂〝〞〟❝❞⹂״"), '"'),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys((code for code in range(0x3001) if chr(code).isspace()), " "),
    ord("〜"): "~",  # which one, depends on who converted the text from Shift JIS
}
_HYPHEN = re.compile(rf"-(?:(?<={LETTER}-)|(?<=[{MARKS}]-))(?={LETTER})")
_END = rf"[{HIDDEN}]{{0,8}}[^\S{_LINE_END}]*+[{_LINE_END}]\s*+[{HIDDEN}]{{0,8}}"
BREAK = re.compile(rf"[-{_HYPHENS}{SOFT}](?:(?<=[{SOFT}]){_AFTER_SOFT}|(?<![{SOFT}]){_END}){_SPELT}")
# Every text with such a break has this in its JSON, where a line end may be an escape.
BREAK_IN_JSON: Final = rf"[-{_HYPHENS}][\s{HIDDEN}]*[\\{_LINE_END}]|[{SOFT}]"
_BREAK_HERE = re.compile(rf"[{HIDDEN}]{{0,8}}?(?:{BREAK.pattern})")
_BROKEN_BEFORE = re.compile(
    rf"(?:(?<={_SPELT})|(?<=[{MARKS}]))(?:[-{_HYPHENS}][{HIDDEN}]{{0,8}}[^\S{_LINE_END}]*+[{_LINE_END}]|[{SOFT}])[\s{HIDDEN}]*\Z"
)
_BREAKS: Final = frozenset(f"-{_HYPHENS}{SOFT}")
_BLANKS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\u200b\u2060\ufeff"
_LINE_HYPHEN = re.compile(rf"[-{_HYPHENS}{SOFT}]{_END}")
_UNSEEN = re.compile(rf"[\s{HIDDEN}]+")
_OF_WORD = re.compile(rf"{_SPELT}|[{MARKS}]")

_IN_RUN = re.compile(rf"(?<={SPACED}){SPACED}")
_CLOSED = re.compile(r"[.,、。､｡][\"']|['\"][.,、。､｡]|(?<!\d)\"")  # read plainly
_UNCOMPARED = str.maketrans("", "", " \"'-")


class Rewrite:
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

    def parts(self, at: int) -> bool:
        """Whether this offset of the new text lies inside a replacement."""
        last = bisect_left(self.starts, at) - 1
        return last >= 0 and at < self.ends[last]

    def span_before(self, start: int, end: int) -> Span:
        """The stretch of old text that became this new one; replacements count as a whole."""
        if (first := bisect_right(self.starts, start) - 1) >= 0:
            within = start < self.ends[first]
            start = self._old_starts[first] if within else self._old_ends[first] + start - self.ends[first]
        if (last := bisect_right(self.starts, end - 1) - 1) >= 0:
            end = self._old_ends[last] + max(end - self.ends[last], 0)
        return start, end


@dataclass(slots=True)
class Tries:
    """The work left for one quote."""

    left: int  # how much looking may still be done


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text (a source or a quote): its spelling, and the way back to its offsets."""

    source: str
    haystack: Haystack
    steps: Sequence[Rewrite]
    hyphens: array[int]  # offsets in text where a hyphen inside a word was taken out
    closed: bool = False  # of a quote: it stands only where a quotation ends
    glued: tuple[bool, bool] = (False, False)  # of a quote: it may start or end inside a word
    same_case: bool = False  # of a quote: of its first letter too

    @property
    def text(self) -> str:
        """The source as it is read."""
        return self.haystack.text

    def span(self, start: int, end: int) -> Span:
        """The stretch of the source that reads as text[start:end]."""
        for step in reversed(self.steps):
            start, end = step.span_before(start, end)
        return start, end

    def parts(self, at: int) -> bool:
        """Whether an offset lies inside what one character of the source, or several together, read as."""
        for step in reversed(self.steps):
            if step.parts(at):
                return True
            at = step.span_before(at, at + 1)[0]
        return False

    def whole_span(self, start: int, end: int) -> Span | None:
        """The same; None where an end lies inside what one character, or several together, read as."""
        for step in reversed(self.steps):
            if step.parts(start) or step.parts(end):
                return None
            start, end = step.span_before(start, end)
        return start, end

    def find(self, quote: Reading, tries: Tries, low: int, high: int, most: int = MAX_TRIES) -> list[Span]:
        """The first places in text[low:high] where the quote stands, ascending, at most `most`."""
        places: list[Span] = []
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

    def mentions(self, quote: Reading) -> bool:
        """Whether the letters of the quote stand anywhere, be it inside other words."""
        whole = 0, len(self.text)
        return any(True for spelling in quote.spellings() for _ in self.haystack.starts(spelling, *whole))

    def spellings(self) -> tuple[str, ...]:
        """The text; unless it must stand as it is, also with its first letter in the other case."""
        return (self.text,) if self.same_case or not self.steps else tuple({self.text, recase(self.text)})

    def _holds(self, quote: Reading, start: int, end: int) -> bool:
        glued_start, glued_end = quote.glued
        if not self.hyphens and (
            (not glued_start and _IN_RUN.match(self.text, start)) or (not glued_end and _IN_RUN.match(self.text, end))
        ):
            return False  # settles most misses without the way back to the source
        if quote.closed and not _CLOSED.match(self.text, end):
            return False
        span = self.whole_span(start, end)
        if span is None or (not glued_start and cuts_word(self.source, span[0])):
            return False
        if not glued_end and cuts_word(self.source, span[1]):
            return False
        return self._hyphens_agree(quote, start, end)

    def _hyphens_agree(self, quote: Reading, start: int, end: int) -> bool:
        """Whether each hyphen taken out has its like in the other, but for those at the end of a line."""
        first, last = bisect_right(self.hyphens, start), bisect_left(self.hyphens, end)
        here = {at - start for at in self.hyphens[first:last]}
        there = set(quote.hyphens)
        optional = all(self._breaks_line(start + at) for at in here - there)
        return optional and all(quote._breaks_line(at) for at in there - here)

    def _breaks_line(self, hyphen: int) -> bool:
        # The character before the hyphen ends where the hyphen starts; only hidden ones lie between.
        return _BREAK_HERE.match(self.source, self.span(hyphen - 1, hyphen)[1]) is not None


def cuts_word(source: str, at: int) -> bool:
    """Whether a cut here goes through a word, be it one that is broken at the end of a line."""
    if splits_word(source, at):
        return True
    if source[at : at + 1] in _BREAKS and _OF_WORD.match(source, at - 1) and _BREAK_HERE.match(source, at):
        return True
    last = source[max(at - 32, 0) : at].rstrip(_BLANKS)[-1:]
    if last not in _BREAKS or not _OF_WORD.match(source, at):
        return False
    return _BROKEN_BEFORE.search(source, max(at - 40, 0), at) is not None


@cache
def _uncomposed() -> re.Pattern[str]:
    """Stretches that canonical composition (NFC) may change: letters with marks, Hangul parts, singletons."""
    changing = character_class(
        code for code in range(0x340, 0x2FA20) if unicodedata.normalize("NFC", chr(code)) != chr(code)
    )
    jamo = r"[\u1100-\u1112\uac00-\ud7a3][\u1161-\u1175\u11a8-\u11c2]+"
    return re.compile(rf"{jamo}|[{changing}][{MARKS}]*|.[{MARKS}]+", re.DOTALL)


def _even(found: re.Match[str]) -> str:
    return {"dots": "…", "dash": "-", "marks": '"', "blanks": " "}.get(found.lastgroup or "", "")


def read_exactly(source: str) -> Reading:
    """The text as it is."""
    return Reading(source, Haystack(source), (), array("I"))


def read_plainly(source: str) -> Reading:
    """The text in one spelling of what typography varies in."""
    steps: list[Rewrite] = []
    text = source
    if not text.isascii() and _HIDDEN.search(text):
        steps.append(Rewrite(text, _HIDDEN, lambda found: "-" if found.lastgroup else ""))
        text = steps[-1].text
    if not text.isascii() and compatibility.has_forms(text):
        steps.append(Rewrite(compatibility.level(text), compatibility.several(), compatibility.spell))
        text = steps[-1].text
    if not unicodedata.is_normalized("NFC", text):
        steps.append(Rewrite(text, _uncomposed(), lambda found: unicodedata.normalize("NFC", found[0])))
        text = steps[-1].text
    steps.append(Rewrite(text, _UNEVEN, _even))
    return Reading(source, Haystack(steps[-1].text.translate(_PLAIN)), steps, array("I"))


def join(plain: Reading) -> Reading:
    """The plain reading without the hyphens inside words."""
    step = Rewrite(plain.text, _HYPHEN, lambda _: "")
    return Reading(plain.source, Haystack(step.text), (*plain.steps, step), step.starts)


def without_breaks(text: str) -> frozenset[str]:
    """The text without white space and what a reader does not see: with its hyphens at line ends, and without them."""
    return frozenset(_UNSEEN.sub("", spelling) for spelling in (text, _LINE_HYPHEN.sub("", text)))


def bare(text: str) -> str:
    """The text read plainly, without blanks, quotation marks and hyphens: for the comparison of contexts."""
    return read_plainly(text).text.translate(_UNCOMPARED)
