"""The words of a text where some can be written joined or apart: `don't` is `don` and `t`, and also `dont`.

A text is a row of parts (what `tokens` gives), numbered by position. Between two parts stands a blank, or a joint: then
they are also one word that spans both positions. Joints are

    an apostrophe or a hyphen     don't dont, F-35 f35, l'homme lhomme; not between two digits, and no dash
    a dot between single letters  U.S. us; also the marks inside of Hebrew acronyms
    what groups digits            1,500 1500, 1 500, 1'500, 1.500.000; 1.500 in languages with a decimal comma

At joints of the first kind two or three neighbouring parts are joined, and all parts of a run; at the others all parts
of a run alone. A phrase is found along any path through the words. The rules: docs/decisions/0009-words.md.

An encoded text has its parts with a blank around each, in place of which joints are a hyphen, with a stop where all
parts of a run are joined: ` we don-t know the u-.s `. Several of them with a BREAK between are one encoded text, in
which no phrase runs from one into the next: ` a b | c `.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, groupby, pairwise, product
from math import prod
from typing import Final, NamedTuple

from app.domain.text.decimal_marks import writes_decimal_comma
from app.domain.text.marks import MARKS
from app.domain.text.text_cache import text_cache
from app.domain.text.tokenizer import MAX_TOKEN, SPACED, UNSPACED, Splitter, fold

BREAK: Final = "|"
JOINT: Final = "-"  # between parts of joined words, always
GROUP: Final = "-."  # where all of them are joined
MOST_PARTS: Final = 3  # of a joined word that is not the whole run
MOST_SPELLINGS: Final = 8  # of a phrase

Spelling = tuple[str, ...]  # the words of a phrase in one way to write it


class Token(NamedTuple):
    """A word of a text, and the positions of its first and last part."""

    word: str
    first: int
    last: int


class _Run(NamedTuple):
    """The words and neighbours of parts with joints between them. Positions count from the first part, which is 0."""

    tokens: tuple[Token, ...]
    pairs: tuple[tuple[str, str], ...]
    starts: tuple[str, ...]  # words that begin with the first part
    ends: tuple[str, ...]  # words that end with the last part


# Encoding

_DASHES: Final = dict.fromkeys(map(ord, "—―﹘︱"), " ")  # folded to hyphens, yet they part words
_DASH = re.compile("[—―﹘︱]")
_JOINT, _GROUP = "\x01", "\x02"  # signs of joints in a folded text, while it is being encoded

# Patterns begin with the sign that they look for, and then look at both sides of it: so it is found fast.
# Apostrophes and hyphens, and dots between single letters; in ASCII, and in any script.
_JOINTS_PLAIN = re.compile(r"['-](?<=[a-z0-9].)(?=[a-z0-9])(?!(?<=[0-9].)[0-9])")
_DOTS_PLAIN = re.compile(r"\.(?<=[a-z].)(?<![a-z0-9][a-z].)(?=[a-z](?![a-z0-9]))")
_LETTER = rf"[^\W\d_{UNSPACED}]"


@cache
def _joints_and_dots() -> tuple[re.Pattern[str], re.Pattern[str]]:
    between = rf"(?:(?<={SPACED}.)|(?<=[{MARKS}].))(?={SPACED})(?!(?<=\d.)\d)"
    alone = rf"(?<={_LETTER}.)(?<!{SPACED}{SPACED}.)(?<![{MARKS}]{SPACED}.)(?={_LETTER}(?!{SPACED}|[{MARKS}]))"
    return re.compile(rf"['\-׳־֊]{between}|[\"״](?<=[א-ת].)(?=[א-ת])"), re.compile(rf"\.{alone}")


# Digits, with a comma or an apostrophe, a blank, a dot before a decimal comma, or dots alone.
_GROUPED = (
    rf"[1-9](?<!{SPACED}.)(?<!{SPACED}[-'].)(?<!\d[.,٬].)[0-9]{{0,2}}"
    r"(?:([,'٬])[0-9]{3}(?:\1[0-9]{3})*+(?![0-9]|\1[0-9])"
    r"|(?: [0-9]{3}(?![0-9]))++"
    r"|(?:\.[0-9]{3})++(?=,[0-9]++(?![.,]?[0-9]))"
    r"|(?:\.[0-9]{3}){%s}+(?![0-9]|\.[0-9]))"
)
_GROUPS = re.compile(_GROUPED % "2,")
_GROUPS_BY_DOT = re.compile(_GROUPED % "1,")
_SEPARATORS: Final = str.maketrans(dict.fromkeys(",.'٬ ", _GROUP))
_words_of = Splitter().words
_words_and_signs_of = Splitter(_JOINT + _GROUP).words


def encode_lattice(text: str, language: str | None = None) -> str:
    """The encoded text; empty where it has no word. language: the BCP 47 tag of what it is written in."""
    return _encode(text, writes_decimal_comma(language))


def _encode(text: str, dot_groups: bool) -> str:
    if not text.isascii() and _DASH.search(text):
        text = text.translate(_DASHES)
    folded = fold(text)
    joined = _with_joints(folded, dot_groups)
    if joined is folded:
        words = _words_of(folded)
        return f" {' '.join(words)} " if words else ""
    words = _words_and_signs_of(joined)
    return f" {' '.join(words)} ".replace(f" {_JOINT} ", JOINT).replace(f" {_GROUP} ", GROUP)


def _with_joints(folded: str, dot_groups: bool) -> str:
    """The folded text with a sign for each joint; the same object where it has none. dot_groups: 1.500 is 1500."""
    clean = folded.replace(_JOINT, " ").replace(_GROUP, " ")
    joints, dots = (_JOINTS_PLAIN, _DOTS_PLAIN) if folded.isascii() else _joints_and_dots()
    joined = (_GROUPS_BY_DOT if dot_groups else _GROUPS).sub(lambda found: found[0].translate(_SEPARATORS), clean)
    joined = dots.sub(_GROUP, joints.sub(_JOINT, joined))
    return folded if joined == clean else joined


# Reading

_BETWEEN = re.compile(r"-\.?")


def lattice(text: str, language: str | None = None) -> list[Token]:
    """The words of a text by their first position, then their last. language: as for encode_lattice."""
    return tokens_of(encode_lattice(text, language))


def tokens_of(encoded: str) -> list[Token]:
    """The words of an encoded text. A BREAK is a position without a word."""
    found: list[Token] = []
    position = 0
    for item in encoded.replace(BREAK, f" {BREAK} ").split():
        if item == BREAK:
            position += 1
        elif JOINT not in item:
            found.append(Token(item, position, position))
            position += 1
        else:
            run = _run(item)
            found += [Token(word, first + position, last + position) for word, first, last in run.tokens]
            position += run.tokens[-1].last + 1
    return found


def pairs(lattice: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Each two neighbours along any path."""
    starting = _by_first(lattice)
    for token in lattice:
        for after in starting.get(token.last + 1, ()):
            yield token.word, after.word


def words_and_pairs(encoded: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The words of an encoded text, and each two neighbours along any path; some of them more than once.

    The same as by `tokens_of` and `pairs`, and several times as fast.
    """
    words: list[str] = []
    neighbours: list[tuple[str, str]] = []
    for text in encoded.split(BREAK):
        items = text.split()
        if JOINT not in text:
            words += items
            neighbours += pairwise(items)
            continue
        ends: Sequence[str] = ()
        for item in items:
            if JOINT in item:
                run = _run(item)
                words += [token.word for token in run.tokens]
                neighbours += run.pairs
                neighbours += [(end, start) for end in ends for start in run.starts]
                ends = run.ends
            else:
                words.append(item)
                neighbours += [(end, item) for end in ends]
                ends = (item,)
    return words, neighbours


@text_cache(1 << 14)
def _run(item: str) -> _Run:
    found = sorted(_tokens(item), key=lambda token: token[1:])
    last = found[-1].last
    return _Run(
        tuple(found),
        tuple(pairs(found)),
        tuple(token.word for token in found if token.first == 0),
        tuple(token.word for token in found if token.last == last),
    )


def _tokens(item: str) -> Iterator[Token]:
    parts = _BETWEEN.split(item)
    yield from (Token(part, at, at) for at, part in enumerate(parts))
    end = 0
    for kind, joints in groupby(_BETWEEN.findall(item)):
        first, end = end, end + len(list(joints))
        for start, last in _spans(first, end, whole=kind == GROUP):
            word = "".join(parts[start : last + 1])
            if _is_word(word):
                yield Token(word, start, last)


def _spans(first: int, last: int, whole: bool) -> Iterator[tuple[int, int]]:
    """The first and last parts of joined words, in a run of parts. whole: all of it alone."""
    if not whole:
        for size in range(1, min(MOST_PARTS, last - first)):
            yield from ((at, at + size) for at in range(first, last - size + 1))
    yield first, last


def _is_word(joined: str) -> bool:
    """True if a joined word is one token."""
    if len(joined) > MAX_TOKEN:
        return False
    return joined.isascii() or (_words_of(joined) == [joined] and unicodedata.is_normalized("NFC", joined))


# Phrases

_LETTERS_ALONE: Final = str.maketrans("", "", " -.")


def stands_in(encoded: str, words: Sequence[str], open_end: bool = False) -> bool:
    """Whether the words stand side by side along any path of an encoded text. open_end: the last one only begins so."""
    together, letters = _looked_for(tuple(words), open_end)
    if together in encoded:
        return True
    if JOINT not in encoded or letters not in encoded.translate(_LETTERS_ALONE):
        return False  # each path has the letters of the text
    return next(places_of(tokens_of(encoded), words, open_end), None) is not None


def places_of(lattice: Sequence[Token], words: Sequence[str], open_end: bool = False) -> Iterator[tuple[int, int]]:
    """The first and last positions of each place where the words stand side by side."""
    starting = _by_first(lattice)
    for token in lattice:
        lasts = [token.last] if _fits(token, words, 0, open_end) else []
        for number in range(1, len(words)):
            if not lasts:
                break
            following = (after for last in lasts for after in starting.get(last + 1, ()))
            lasts = [after.last for after in following if _fits(after, words, number, open_end)]
        yield from ((token.first, last) for last in lasts)


def _fits(token: Token, words: Sequence[str], number: int, open_end: bool) -> bool:
    if open_end and number == len(words) - 1:
        return token.word.startswith(words[number])
    return token.word == words[number]


def _by_first(lattice: Iterable[Token]) -> dict[int, list[Token]]:
    starting: dict[int, list[Token]] = {}
    for token in lattice:
        starting.setdefault(token.first, []).append(token)
    return starting


@lru_cache(64)
def _looked_for(words: Spelling, open_end: bool) -> tuple[str, str]:
    return f" {' '.join(words)}{'' if open_end else ' '}", "".join(words)


def spellings(text: str) -> list[Spelling]:
    """The ways to write the words of a text, joined or apart, all in parts first; none where there is no word.

    They are at most MOST_SPELLINGS; where there are more, all in parts, and all joined. The language is unknown, so
    1.500 may be 1500.
    """
    items = [_spellings(item) for item in _encode(text, dot_groups=True).split()]
    if prod(map(len, items)) > MOST_SPELLINGS:
        items = [ways[:2] for ways in items]
        return [tuple(chain.from_iterable(ways[way] for ways in items)) for way in (0, -1)]
    return [tuple(chain.from_iterable(ways)) for ways in product(*items)] if items else []


def _spellings(item: str) -> tuple[Spelling, ...]:
    """The ways to write an item of an encoded text: in parts, in as few words as possible, then others where few."""
    if JOINT not in item:
        return ((item,),)
    starting = _by_first(_run(item).tokens)
    parts = tuple(some[0].word for some in starting.values())
    every = _every_spelling(starting, len(parts)) if len(parts) <= MOST_SPELLINGS else ()
    return tuple(dict.fromkeys((parts, _fewest_words(starting, len(parts)), *every)))


def _every_spelling(starting: dict[int, list[Token]], end: int) -> list[Spelling]:
    """All ways; none where they are more than MOST_SPELLINGS."""
    until: dict[int, list[Spelling]] = {0: [()]}
    for at in range(end):
        if len(until[at]) > MOST_SPELLINGS:
            return []
        for word, _, last in starting[at]:
            until.setdefault(last + 1, []).extend((*path, word) for path in until[at])
    return until[end] if len(until[end]) <= MOST_SPELLINGS else []


def _fewest_words(starting: dict[int, list[Token]], end: int) -> Spelling:
    words: list[str] = []
    at = 0
    while at < end:
        word, _, last = starting[at][-1]
        words.append(word)
        at = last + 1
    return tuple(words)
