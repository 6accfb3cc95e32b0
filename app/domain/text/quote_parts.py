"""The parts of a quote: what the source is to have, and between it what an editor left out, put in or put instead.

    “[T]he minister … said [Ann] had hyred [sic] them”
     ───        ───       ─────          ─────
     a joint before, one that is elided, one in brackets, an aside

The source's text in the place of a joint in brackets is the same where it reads alike (the source's own brackets, a
letter in the other case, nothing for [sic]); else an editor changed something, and it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from app.domain.text.marks import MARKS
from app.domain.text.readings import Reading, Span, read_plainly
from app.domain.text.tokenizer import SPACED, recase, splits_word

MAX_REPLACED: Final = 100  # characters that brackets may stand for: some words, never more than a sentence
_MAX_PASSAGE: Final = 1_000  # the same, blanks of all kinds included
_MAX_WORD: Final = 30  # characters that brackets inside a word may stand for

WORD = re.compile(r"[^\W_]|[\u2e80-\u2fd5]")
_DOTS = r"(?:…[.…]*|\.(?:\s?\.){2,}[.…]*)"
_ELISION = re.compile(rf"\[\s*+{_DOTS}\s*+\]|\(\s*+{_DOTS}\s*+\)|{_DOTS}")
_BRACKETS = re.compile(r"[\[［〔]([^\[\]［］〔〕]{1,200})[\]］〕]")
_JOINT = re.compile(f"{_ELISION.pattern}|{_BRACKETS.pattern}")
# Editors' remarks that say nothing of their own: [sic], [!], [emphasis added].
_ASIDE = re.compile(
    r"[\W_]*(?:sic|(?:my |our )?(?:emphasis|italics)(?: (?:added|mine|ours|in (?:the )?original))?)?[\W_]*",
    re.IGNORECASE,
)
_OUTSIDE: Final = " \t\r\n\"'“”„‟‘’‚«»‹›「」『』.,、。，．､｡"  # at the ends of a quote, beside brackets
_BLANK = re.compile(r"\s")
_GLUE = re.compile(rf"{SPACED}|[{MARKS}]")
# Where a sentence ends: a stop before a capital letter, but not that of an initial or a title.
_SENTENCE_END = re.compile(
    r"[!?！？。｡؟।]|\n\s*\n|(?<!\b[^\W\d_])(?<!\b(?:Mr|Ms|Dr|St|Lt|Jr|Sr|No))(?<!\b(?:Mrs|Gen|Sen|Rep|Gov|Col|Hon|Rev))"
    r"(?<!\bProf)\.[\"'”’»]?\s+(?![a-zà-ÿа-я\d])"
)
_CLAUSE = r"[^.,;:!?…()\[\]\"“”„«»「」、。，．､｡！？；：\f]"
_BEFORE = re.compile(rf"{_CLAUSE}*\Z")
_AFTER = re.compile(rf"{_CLAUSE}*")


@dataclass(frozen=True, slots=True)
class Joint:
    """The part of a quote between two fragments, or before the first or after the last.

    elided: it has an ellipsis. said: what its brackets say, without them and without asides; None where it has none.
    glued: whether it goes on with the word before it, and with the one after it.
    """

    written: str
    elided: bool
    said: str | None
    glued: tuple[bool, bool] = (False, False)

    def judge(self, passage: str) -> bool | None:
        """Whether what stands in its place is the same, or another, which is to be shown; None where it must not be."""
        if self.said is None:
            return False
        if len(passage) > _MAX_PASSAGE:
            return False if self.elided else None
        words = passage.strip()
        if not self._fits_glue(passage, words):
            return None
        if self.is_same(words):
            return True
        if self.elided:
            return False
        if not self.says_anything:
            return None
        if any(self.glued):
            return None if len(words) > _MAX_WORD or _BLANK.search(words) else False
        return None if len(words) > MAX_REPLACED or _SENTENCE_END.search(passage) else False

    def _fits_glue(self, passage: str, words: str) -> bool:
        """Whether the passage goes on with the words that the brackets go on with."""
        if not words:
            return not (all(self.glued) and passage)
        return not (self.glued[0] and passage[0].isspace()) and not (self.glued[1] and passage[-1].isspace())

    def is_same(self, words: str) -> bool:
        """True if these words of the source read as the words in brackets, or with them."""
        read = _read(words)
        return read in self.spellings() or (not read and not self.says_anything)

    @property
    def says_anything(self) -> bool:
        """True if its brackets hold more than asides."""
        return bool(_read(self.said or ""))

    def spellings(self) -> set[str]:
        """The ways in which a text may have the very words, read plainly."""
        said = _read(self.said or "")
        return {said, recase(said), _read(self.written)} - {""}


@dataclass(frozen=True, slots=True)
class QuoteParts:
    """A way to take a quote apart. joints: between its fragments; None outside them: nothing is put there.

    exact: only joints that are the same will do. recased: what an editor's words lead to may begin in the other case.
    """

    fragments: tuple[str, ...]
    joints: tuple[Joint, ...] = ()
    before: Joint | None = None
    after: Joint | None = None
    exact: bool = False
    recased: bool = False

    @property
    def is_whole(self) -> bool:
        """True if the quote is one fragment without joints."""
        return len(self.fragments) == 1 and not self.before and not self.after

    def read(self, read: Callable[[str], Reading], closed: bool) -> list[Reading]:
        """The fragments as they are looked for. closed: the last stands only where a quotation ends."""
        around = (self.before, *self.joints, self.after)
        return [
            replace(
                read(fragment),
                closed=closed and number == len(self.fragments) - 1,
                glued=(before is not None and before.glued[1], after is not None and after.glued[0]),
                same_case=self._keeps_case(before, first=not number),
            )
            for number, (fragment, before, after) in enumerate(zip(self.fragments, around, around[1:], strict=False))
        ]

    def _keeps_case(self, before: Joint | None, first: bool) -> bool:
        """Whether the first letter of a fragment must be in the text's case."""
        if before is None or before.said is None:
            return False
        if not before.says_anything:
            return not first or before.glued[1]
        return not self.recased or before.glued[1]

    @property
    def can_recase(self) -> bool:
        """Whether words of an editor lead to a word of the quote."""
        return any(joint and joint.says_anything and not joint.glued[1] for joint in (self.before, *self.joints))


@lru_cache(64)
def _read(text: str) -> str:
    return read_plainly(text).text.strip()


def ways(quote: str) -> Iterator[QuoteParts]:
    """The ways to take a quote apart, strictest first: not at all, at its ellipses, and at its brackets as well."""
    yield QuoteParts((quote,))
    if _ELISION.search(quote):
        yield _at_ellipses(quote)
    if _BRACKETS.search(quote):
        parts = _at_joints(quote)
        yield replace(parts, exact=True)
        yield parts
        if parts.can_recase:
            yield replace(parts, recased=True)


def _at_ellipses(quote: str) -> QuoteParts:
    """Empty ends fall away."""
    fragments = [fragment.strip() for fragment in _ELISION.split(quote)]
    kept = fragments[not fragments[0] : len(fragments) - (not fragments[-1])]
    return QuoteParts(tuple(kept), tuple(Joint("…", True, None) for _ in kept[1:]))


def _at_joints(quote: str) -> QuoteParts:
    """Signs alone between two joints make one of them, and those at the ends fall away."""
    fragments: list[Span] = []
    at = 0
    for found in (*_JOINT.finditer(quote), None):
        start, end = found.span() if found else (len(quote), len(quote))
        if WORD.search(quote, at, start):
            fragments.append((at, start))
        at = end
    if not fragments:
        return QuoteParts(())
    edges = [0, *(edge for span in fragments for edge in span), len(quote)]
    joints = [_joint(quote, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    before, *between, after = (joint if joint.written else None for joint in joints)
    return QuoteParts(
        tuple(quote[start:end].strip() for start, end in fragments), tuple(filter(None, between)), before, after
    )


def _joint(quote: str, start: int, end: int) -> Joint:
    written = quote[start:end].strip()
    if not start or end == len(quote):
        written = written.strip(_OUTSIDE)
    brackets = [found for found in _JOINT.finditer(written) if found[1] is not None]
    elided = any(found[1] is None for found in _JOINT.finditer(written))
    if not brackets:
        return Joint("" if not start or end == len(quote) else written, elided, None)
    said = _JOINT.sub(lambda found: "" if found[1] is None or _ASIDE.fullmatch(found[1]) else found[1], written)
    first, last = quote[start : start + 1] in "[［〔", quote[end - 1 : end] in "]］〕"
    before = bool(start and first and _GLUE.match(quote, start - 1))
    after = bool(end < len(quote) and last and _GLUE.match(quote, end))
    return Joint(written, elided, said, (before, after))


@dataclass(frozen=True, slots=True)
class Edge:
    """The source text for a quote's outermost joint. at: where the place starts, or ends, with it."""

    at: int
    passage: str
    same: bool


def edge_before(joint: Joint, text: str, start: int) -> Edge:
    """The source text for a joint before the first fragment, which starts at `start`.

    Words that read as the joint belong to the place. Of others nobody can tell where they would begin: they are shown
    from where the clause does, and stay outside.
    """
    if joint.glued[1]:
        at = start
        while at and start - at < _MAX_WORD and splits_word(text, at):
            at -= 1
        return Edge(at, text[at:start], joint.is_same(text[at:start]))
    low = max(start - 3 * MAX_REPLACED, 0)
    read = read_plainly(text[low:start])
    size = len(read.text.rstrip())
    for spelling in joint.spellings():
        span = read.text.endswith(spelling, 0, size) and read.whole_span(size - len(spelling), size)
        if span and not splits_word(text, low + span[0]):
            return Edge(low + span[0], text[low + span[0] : low + span[1]], True)
    if not joint.says_anything:
        return Edge(start, "", True)
    low = max(start - MAX_REPLACED, 0)
    while low < start and splits_word(text, low):
        low += 1
    clause = _BEFORE.search(text[low:start])
    return Edge(start, clause[0].strip() if clause else "", False)


def edge_after(joint: Joint, text: str, end: int) -> Edge:
    """The same of a joint after the last fragment."""
    if joint.glued[0]:
        at = end
        while at < len(text) and at - end < _MAX_WORD and splits_word(text, at):
            at += 1
        return Edge(at, text[end:at], joint.is_same(text[end:at]))
    read = read_plainly(text[end : end + 3 * MAX_REPLACED])
    first = len(read.text) - len(read.text.lstrip())
    for spelling in joint.spellings():
        span = read.text.startswith(spelling, first) and read.whole_span(first, first + len(spelling))
        if span and not splits_word(text, end + span[1]):
            return Edge(end + span[1], text[end + span[0] : end + span[1]], True)
    if not joint.says_anything:
        return Edge(end, "", True)
    high = min(end + MAX_REPLACED, len(text))
    while high > end and splits_word(text, high):
        high -= 1
    clause = _AFTER.match(text[end:high])
    return Edge(end, clause[0].strip() if clause else "", False)
