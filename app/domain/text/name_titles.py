"""Titles before a name and degrees behind it, which one source prints and another leaves out."""

from __future__ import annotations

from typing import Final

from app.domain.text.tokenizer import tokens

_TITLES: Final = frozenset((
    "dr", "doctor", "prof", "professor", "professeur", "profesor", "doktor", "docteur", "dott", "dottoressa", "drs",
    "ir", "ing", "dipl", "mag", "rndr", "judr", "mudr", "phdr", "mr", "mrs", "ms", "miss", "mx", "sir", "dame",
    "lord", "lady", "herr", "frau", "monsieur", "madame", "mme", "mlle", "signor", "signora", "senor", "senora",
    "hon", "honorable", "honourable", "rt", "right", "rev", "reverend", "rabbi", "imam", "bishop", "archbishop",
    "cardinal", "president", "chancellor", "minister", "senator", "sen", "rep", "representative", "congressman",
    "congresswoman", "governor", "gov", "mayor", "ambassador", "judge", "justice", "general", "gen", "colonel",
    "col", "major", "maj", "captain", "capt", "lieutenant", "lt", "sergeant", "sgt", "admiral", "adm", "доктор",
    "проф", "профессор",
))  # fmt: skip
# Parts of degrees, which stand behind a title: Dr. med., Dr. h. c., Dipl.-Ing., Mag. rer. nat.
_BEHIND: Final = frozenset((
    "h", "c", "hc", "med", "phil", "ing", "rer", "nat", "pol", "jur", "iur", "oec", "dent", "vet", "theol", "habil",
    "mult",
))  # fmt: skip
_DEGREES: Final = frozenset((
    "phd", "ph", "d", "md", "m", "dphil", "msc", "bsc", "mba", "llm", "esq", "qc", "kc", "frs",
))  # fmt: skip


def without_titles(name: str) -> tuple[str, ...]:
    """The words of a folded name without the titles and degrees around it, in order; none where fewer than two would be
    left, for `Dr. Fischer` may be any Fischer.
    """
    found: list[str] = []
    for number, part in enumerate(name.split(",")):
        words = tokens(part)
        found += [] if number and _are_degrees(words) else _untitled(words, len(found))
    while len(found) > 2 and found[-1] in _DEGREES and len(found[-1]) > 1:
        found.pop()
    return tuple(found) if len(found) > 1 else ()


def _untitled(words: list[str], before: int) -> list[str]:
    """The words behind titles. before: how many words the name has before these."""
    at = 0
    while at < len(words) and (
        words[at] in _TITLES or (at and words[at] in _BEHIND and before + len(words) - at > 2)  # Prof. Phil Lee
    ):
        at += 1
    return words[at:]


def _are_degrees(words: list[str]) -> bool:
    return all(word in _DEGREES for word in words) and len("".join(words)) > 1
