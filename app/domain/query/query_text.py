"""The grammar of the search text `q`.

    cyber defence      both words
    "cyber defence"    the words side by side, exactly; “…”, „…“ and «…» as well
    gov*               words that start so; "cyber def*" and "cyber def"* likewise for a phrase's last word
    a b OR c d         a, and b or c, and d: OR binds tighter than the blank
    -x                 without: before a word, a phrase or a beginning

Every input is valid, at worst it finds nothing. Misplaced or unknown signs are text: a dash inside of a word or
before a blank, an OR that lacks a partner (then it is the word "or"), other signs.

Words that can be written joined or apart (`don't`, `F-35`, see lattice.py; `1 500`, `10 km`, see written_numbers.py)
are looked for in each of these ways: in parts side by side, exactly; joined as any other word, by its stem as well. A
possessive (`Congress's`) asks for the word that it is of, too, save that of a number. In quotes all is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from app.domain.query.logic import And, Not, Or
from app.domain.query.value_types import MAX_Q
from app.domain.query.written_numbers import Written, is_number, numbers_in, ways_of_number, with_units
from app.domain.text.lattice import Spelling, spellings
from app.domain.text.text_cache import text_cache
from app.domain.text.tokenizer import APOSTROPHES, tokens


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


SearchTerm: TypeAlias = Word | Phrase
SearchText: TypeAlias = Word | Phrase | And[SearchTerm] | Or[SearchTerm] | Not[SearchTerm]

_SIGN = '["“”„‟«»＂]'
_MARK = rf"(?:(?<![א-ת]){_SIGN}|{_SIGN}(?![א-ת]))"  # between Hebrew letters it marks an acronym
_DASH, _STAR = "[-－]", "[*＊]"  # the full-width ones of East Asian keyboards
_PART = re.compile(
    rf"(?P<without>(?<!\S){_DASH}+)?"
    rf"(?:{_MARK}(?P<phrase>(?:(?!{_MARK}).)*+)(?:{_MARK}(?P<star>(?:{_STAR}(?!\w))?)|\Z)|(?P<chunk>(?:(?!{_MARK})\S)++))",
    re.DOTALL,
)
_LAST_STAR = re.compile(rf"(?<=\S){_STAR}([^*＊]*+)\Z")
_POSSESSIVE = re.compile(rf"(?<=\S)['＇{APOSTROPHES}][sS][\W_]*\Z")
_OR: Final = "OR"
_IN_QUOTES_OR_OPEN = re.compile(rf"{_MARK}|{_STAR}")


class _TypedPart(NamedTuple):
    """A part of a search text, and how it was typed. meant: none of OR."""

    meant: SearchText | None
    typed: str

    @property
    def written(self) -> Written:
        """How it is written, as far as it may be a number or a unit."""
        each = self.meant.parts if isinstance(self.meant, Or) else (self.meant,)
        ways = [way for way in each if isinstance(way, Word | Phrase)]
        word = next((way.text for way in ways[:1] if isinstance(way, Word)), "")
        spelt = [(way.text,) if isinstance(way, Word) else way.words for way in ways]
        is_exact = _IN_QUOTES_OR_OPEN.search(self.typed) is not None
        return Written(word, word if self.typed.isdecimal() else "", () if is_exact else ways_of_number(spelt))


@text_cache(64, longest=MAX_Q)
def parse_query(q: str) -> SearchText | None:
    """The query of a search text; None where it has no word, which finds nothing.

    Parts are in order and without repeats. A quoted word is a phrase of one; several tokens without a blank between
    them (a run of CJK) are a phrase. Several ways to write a word ("it's") are an Or of them, each a phrase or a
    word. An unclosed quotation mark runs to the end. The tree is at most an And of Ors of Nots, or of a Not of an Or;
    whatever would have one part is that part.
    """
    parts = _parts(q)
    return _all([_any(group) for group in _with_numbers(_grouped(parts))]) if parts else None


def wanted_parts(q: str) -> tuple[tuple[str, ...], ...]:
    """The words and phrases of a search text that are to be there, as they were typed, each once; together those that
    may be one number, or a number and its unit.
    """
    typed: dict[tuple[SearchText | None, ...], tuple[str, ...]] = {}
    groups = _grouped(_parts(q))
    ends = {first: end for first, end, _ in _numbers(groups)}
    first = 0
    while first < len(groups):
        end = ends.get(first, first + 1)
        wanted = [part for group in groups[first:end] for part in group if not isinstance(part.meant, Not)]
        for some in [wanted] if first in ends else [[part] for part in wanted]:
            typed.setdefault(tuple(part.meant for part in some), tuple(part.typed for part in some))
        first = end
    return tuple(typed.values())


def words_for_operators(q: str) -> frozenset[str]:
    """AND, NOT and OR where they stand beside other parts, as operators do elsewhere, and are words here: OR where it
    joins nothing.
    """
    parts = _parts(q)
    if len(parts) < 2:
        return frozenset()
    words = {part.typed for group in _grouped(parts) for part in group}
    return frozenset(words & {"AND", "NOT", _OR})


def leaves(text: SearchText) -> tuple[SearchTerm, ...]:
    """The words and phrases of a search text, in order, each once."""
    return tuple(dict.fromkeys(_leaves(text, negative=True)))


def positive(text: SearchText) -> tuple[SearchTerm, ...]:
    """The words and phrases that are to be there, not those to be without; in order, each once."""
    return tuple(dict.fromkeys(_leaves(text, negative=False)))


def _parts(q: str) -> list[_TypedPart]:
    """The parts that have words."""
    each = [_TypedPart(None if found[0] == _OR else _meant(found), found[0]) for found in _PART.finditer(q)]
    return [part for part in each if part.meant or part.typed == _OR]


def _meant(found: re.Match[str]) -> SearchText | None:
    quoted = found["phrase"] is not None
    said = " ".join(found["phrase"].split()) if quoted else found["chunk"]
    ways = spellings(said)
    if not ways:
        return None
    open_end = bool(found["star"]) or _ends_open(said)
    if quoted or open_end:
        meant = _any([Phrase(way, open_end) for way in with_units(ways, open_end)])
    else:
        every = with_units(ways)
        if possessive := _POSSESSIVE.search(said):
            owner = spellings(said[: possessive.start()])
            if not is_number(owner[0] if owner else ()):  # 1960's are the 1960s, and not 1960
                every += with_units(owner)
        meant = _any(map(_term, every))
    return Not(meant) if found["without"] else meant


def _ends_open(said: str) -> bool:
    """True if a star follows the last word without a blank before it."""
    star = _LAST_STAR.search(said)
    return star is not None and not tokens(star[1])


def _grouped(parts: Sequence[_TypedPart]) -> list[list[_TypedPart]]:
    """The parts, those that OR joins together; an OR joins nothing where another one or an end is next to it."""
    groups: list[list[_TypedPart]] = []
    joined = False
    nothing = _TypedPart(None, _OR)
    for before, part, after in zip((nothing, *parts), parts, (*parts[1:], nothing), strict=False):
        if not part.meant and before.meant and after.meant:
            joined = True
            continue
        if not joined:
            groups.append([])
        groups[-1].append(part if part.meant else _TypedPart(Word("or"), part.typed))
        joined = False
    return groups


def _with_numbers(groups: list[list[_TypedPart]]) -> list[list[SearchText]]:
    """The meaning of each group; those of neighbours that may be one number, or a number and its unit, may also be
    that.
    """
    meant = [[part.meant for part in group if part.meant] for group in groups]
    for first, end, together in _numbers(groups):
        for group in meant[first:end]:
            group += map(_term, together)
    return meant


def _numbers(groups: list[list[_TypedPart]]) -> Iterator[tuple[int, int, list[Spelling]]]:
    return numbers_in([group[0].written if len(group) == 1 else Written() for group in groups])


def _term(words: Spelling) -> SearchTerm:
    return Word(words[0]) if len(words) == 1 else Phrase(words)


def _any(parts: Iterable[SearchText]) -> SearchText:
    flat = chain.from_iterable(part.parts if isinstance(part, Or) else (part,) for part in parts)
    unique = tuple(dict.fromkeys(flat))
    return Or(unique) if len(unique) > 1 else unique[0]


def _all(parts: Iterable[SearchText]) -> SearchText:
    unique = tuple(dict.fromkeys(parts))
    return And(unique) if len(unique) > 1 else unique[0]


def _leaves(text: SearchText, *, negative: bool) -> Iterator[SearchTerm]:
    match text:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part, negative=negative)
        case Not(part):
            if negative:
                yield from _leaves(part, negative=negative)
        case _:
            yield text
