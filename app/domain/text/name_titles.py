"""Titles before a name and degrees behind it, which one source prints and another leaves out.

Offices are none of them: there are a Governor and a Mayor of New York, and a General Electric Company. Their short
forms with a point stand before persons alone.
"""

from __future__ import annotations

import re
from typing import Final

from app.domain.text.tokenizer import tokens

_MALE: Final = frozenset(("mr", "sir", "herr", "monsieur", "signor", "senor"))
_FEMALE: Final = frozenset((
    "mrs", "ms", "miss", "dame", "frau", "madame", "mme", "mlle", "signora", "senora", "dottoressa",
))  # fmt: skip
_TITLES: Final = _MALE | _FEMALE | frozenset((
    "dr", "doctor", "prof", "professor", "professeur", "profesor", "doktor", "docteur", "dott", "dipl", "rndr", "judr",
    "mudr", "phdr", "mx", "доктор", "проф", "профессор",
))  # fmt: skip
# Titles with a point behind them only: ING is a bank, and MAJ an airline.
_SHORT: Final = frozenset((
    "drs", "ir", "ing", "mag", "hon", "rt", "rev", "sen", "rep", "gov", "gen", "col", "maj", "capt", "lt", "sgt", "adm",
))  # fmt: skip
# Parts of degrees, which stand behind a title: Dr. med., Dr. h. c., Dipl.-Ing., Mag. rer. nat.
_BEHIND: Final = frozenset((
    "h", "c", "hc", "med", "phil", "ing", "rer", "nat", "pol", "jur", "iur", "oec", "dent", "vet", "theol", "habil",
    "mult",
))  # fmt: skip
_DEGREES: Final = frozenset((
    "phd", "ph", "d", "md", "m", "dphil", "msc", "bsc", "mba", "llm", "esq", "qc", "kc", "frs",
))  # fmt: skip
# No name without its title begins so: Professor of Law, Madame la Présidente, Frau von der Leyen, who may be any.
_NO_FIRST: Final = frozenset((
    "of", "for", "from", "to", "the", "in", "at", "on", "and", "de", "du", "des", "del", "della", "di", "la", "le",
    "les", "en", "et", "y", "der", "die", "das", "den", "von", "vom", "van", "fur", "zu", "zur", "zum", "und",
))  # fmt: skip


def without_titles(name: str) -> tuple[str, ...]:
    """The words of a folded name without the titles and degrees around it, in order; none where fewer than two would be
    left, for `Dr. Fischer` may be any Fischer, nor where a preposition or an article would be the first.
    """
    found: list[str] = []
    for number, part in enumerate(name.split(",")):
        words = tokens(part)
        found += [] if number and _are_degrees(words) else words[_titles_before(part, words, len(found)) :]
    while len(found) > 2 and found[-1] in _DEGREES and len(found[-1]) > 1:
        found.pop()
    return tuple(found) if len(found) > 1 and found[0] not in _NO_FIRST else ()


def sex_in_title(name: str) -> str | None:
    """`f` or `m`, as the titles of a folded name tell it (Mrs, Herr); None where none does."""
    for part in name.split(","):
        words = tokens(part)
        for title in words[: _titles_before(part, words, 0)]:
            if title in _FEMALE or title in _MALE:
                return "f" if title in _FEMALE else "m"
    return None


def _titles_before(part: str, words: list[str], before: int) -> int:
    """How many words of a part of a name are titles at its beginning. before: how many words the name has before it."""
    at = 0
    while at < len(words) and (
        words[at] in _TITLES
        or (words[at] in _SHORT and re.search(rf"\b{words[at]}\.", part))
        or (at and words[at] in _BEHIND and before + len(words) - at > 2)  # Prof. Phil Lee
    ):
        at += 1
    return at


def _are_degrees(words: list[str]) -> bool:
    return all(word in _DEGREES for word in words) and len("".join(words)) > 1
