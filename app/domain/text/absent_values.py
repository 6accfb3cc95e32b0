"""Words that programs write where a value is absent: in a table that stands for an empty cell."""

from __future__ import annotations

from typing import Final

_ABSENT: Final = frozenset(("nan", "nat", "<na>", "none", "null", "n/a", "#n/a", ".nan"))
OF_PANDAS: Final = ("nan", "NaN", "NaT", "<NA>")  # which are no names of anybody


def absent_told(text: str) -> str | None:
    """The meaning of a word for an absent value, and what to write; None for all other texts."""
    word = text.strip()
    if word.casefold() not in _ABSENT:
        return None
    if word.casefold() in ("nan", "nat", "<na>"):
        return f"pandas writes {word} for an empty value: leave the cell empty, as fillna('') does; in JSON, null"
    return f"{word} stands for an empty value: leave the cell empty; in JSON, write null"
