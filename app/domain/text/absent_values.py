"""Words that programs and people write where a value or a name is absent: in a table that stands for an empty cell."""

from __future__ import annotations

from typing import Final

OF_PANDAS: Final = ("nan", "NaN", "NaT", "<NA>")  # which are no names of anybody
_OF_PANDAS: Final = frozenset(map(str.casefold, OF_PANDAS))
_NO_VALUE: Final = ("none", "null", "n/a", "#n/a")
_ABSENT: Final = frozenset((*_OF_PANDAS, ".nan", *_NO_VALUE))
_UNKNOWN: Final = ("-", "--", "---", "\u2013", "\u2014", "?", "??", "???", "n.a.", "na", "unknown")
WORDS_FOR_NOTHING: Final = frozenset((*_ABSENT, *_UNKNOWN, "empty"))  # in columns of a table, in small letters
NAMES_OF_NOBODY: Final = frozenset((
    "n.n.", "n. n.", "nn", *_NO_VALUE, *_UNKNOWN,
    "unnamed", "anonymous", "anon", "not known", "not named", "no name", "nobody", "tbd",
    "unbekannt", "anonym", "ohne namen", "k.a.", "k. a.", "keine angabe", "inconnu", "anonyme", "desconocido",
    "an\u00f3nimo", "sconosciuto", "anonimo", "onbekend",
))  # fmt: skip  # in small letters
NOBODY_TOLD: Final = (
    "where the source names nobody, leave it empty (in JSON, null), or describe the speaker in words, with kind unnamed"
)


def absent_told(text: str) -> str | None:
    """The meaning of a word for an absent value, and what to write; None for all other texts."""
    word = text.strip()
    if word.casefold() not in _ABSENT:
        return None
    if word.casefold() in _OF_PANDAS:
        return f"pandas writes {word} for an empty value: leave the cell empty, as fillna('') does; in JSON, null"
    return f"{word} stands for an empty value: leave the cell empty; in JSON, write null"
