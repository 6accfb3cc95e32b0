"""The grammar of the search text `q`.

    cyber defence      both words
    "cyber defence"    the words side by side, exactly; “…”, „…“ and «…» as well
    gov*               words that start so; "cyber def*" and "cyber def"* likewise for a phrase's last word
    a b OR c d         a, and b or c, and d: OR binds tighter than the blank
    -x                 without: before a word, a phrase or a beginning

Every input is valid, at worst it finds nothing. Misplaced or unknown signs are text: a dash inside of a word or
before a blank, an OR that lacks a partner (then it is the word "or"), other signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from app.domain.query.logic import And, Not, Or
from app.domain.text.tokenizer import tokens


@dataclass(frozen=True, slots=True)
class Word:
    """One token to be found, itself or another of the same stem."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens to be found side by side in this order, never by stem; one at least.

    open_end: the last one is only the beginning of a word.
    """

    words: tuple[str, ...]
    open_end: bool = False


Leaf: TypeAlias = Word | Phrase
SearchText: TypeAlias = Word | Phrase | And[Leaf] | Or[Leaf] | Not[Leaf]

_SIGN = '["“”„‟«»＂]'
_MARK = rf"(?:(?<![א-ת]){_SIGN}|{_SIGN}(?![א-ת]))"  # between Hebrew letters it marks an acronym
_DASH, _STAR = "[-－]", "[*＊]"  # the full-width ones of East Asian keyboards
_PART = re.compile(
    rf"(?P<without>(?<!\S){_DASH}+)?"
    rf"(?:{_MARK}(?P<phrase>(?:(?!{_MARK}).)*+)(?:{_MARK}(?P<star>(?:{_STAR}(?!\w))?)|\Z)|(?P<chunk>(?:(?!{_MARK})\S)++))",
    re.DOTALL,
)
_LAST_STAR = re.compile(rf"(?<=\S){_STAR}([^*＊]*+)\Z")
_OR: Final = "OR"

_Part: TypeAlias = Word | Phrase | Not[Leaf]
_Group: TypeAlias = _Part | Or[Leaf]


def parse_query(q: str) -> SearchText | None:
    """The query of a search text; None where it has no word, which finds nothing.

    Parts are in order and without repeats. A quoted word is a phrase of one; what stands between blanks and is several
    tokens ("it's", a run of CJK) is a phrase. An unclosed quotation mark runs to the end. The tree is at most an And
    of Ors of Nots; whatever would have one part is that part.
    """
    parts = [part for part in map(_part, _PART.finditer(q)) if part]
    return _all([_any(group) for group in _grouped(parts)]) if parts else None


def leaves(text: SearchText) -> tuple[Leaf, ...]:
    """The words and phrases of a search text, in order, each once."""
    return tuple(dict.fromkeys(_leaves(text, negative=True)))


def positive(text: SearchText) -> tuple[Leaf, ...]:
    """The words and phrases that are to be there, not those to be without; in order, each once."""
    return tuple(dict.fromkeys(_leaves(text, negative=False)))


def _part(found: re.Match[str]) -> _Part | Literal["OR"] | None:
    if found[0] == _OR:
        return _OR
    quoted = found["phrase"] is not None
    said = found["phrase"] if quoted else found["chunk"]
    words = tuple(tokens(said))
    if not words:
        return None
    open_end = bool(found["star"]) or _ends_open(said)
    leaf = Word(words[0]) if len(words) == 1 and not quoted and not open_end else Phrase(words, open_end)
    return Not(leaf) if found["without"] else leaf


def _ends_open(said: str) -> bool:
    """Whether a star stands behind the last word, and not as a word of its own."""
    star = _LAST_STAR.search(said)
    return star is not None and not tokens(star[1])


def _grouped(parts: Sequence[_Part | Literal["OR"]]) -> list[list[_Part]]:
    """The parts, those that OR joins together; an OR joins nothing where another one or an end is next to it."""
    groups: list[list[_Part]] = []
    joined = False
    for before, part, after in zip((_OR, *parts[:-1]), parts, (*parts[1:], _OR), strict=True):
        if part == _OR and _OR not in (before, after):
            joined = True
            continue
        if not joined:
            groups.append([])
        groups[-1].append(Word("or") if part == _OR else part)
        joined = False
    return groups


def _any(parts: Sequence[_Part]) -> _Group:
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else Or(unique)


def _all(parts: Sequence[_Group]) -> SearchText:
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else And(unique)


def _leaves(text: SearchText, *, negative: bool) -> Iterator[Leaf]:
    match text:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part, negative=negative)
        case Not(part):
            if negative:
                yield from _leaves(part, negative=negative)
        case _:
            yield text
