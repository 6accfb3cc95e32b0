"""Regular expressions of mappings, which no value can keep busy for ever.

Python's own cannot be interrupted: `(a+)+b` on forty letters runs for days, and no check of a pattern finds all such.
The package regex reads the same language and stops after a time; what it counts is time of the processor.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

from app.domain.record.records_in import MAX_TEXT
from app.errors import BadValue, shown_value
from app.store.imports.mapping.values.pattern_size import check_size
from app.store.imports.mapping.values.scalars import check_length

_SECONDS: Final = 1.0  # for one value; patterns of mappings take microseconds, and as much for each match in a long one
_SECONDS_EACH: Final = 5e-6  # more for each character
MAX_PATTERN: Final = 2000  # characters

_Result = TypeVar("_Result")


class Pattern:
    """A compiled pattern. Each use raises BadValue where it takes over a second, and some more in long texts."""

    def __init__(self, text: str) -> None:
        """Raises BadValue where the text is no pattern, with the column."""
        import regex  # few mappings have patterns

        self.text = text
        if len(text) > MAX_PATTERN:
            raise BadValue(f"a pattern of {len(text):,} characters; at most {MAX_PATTERN:,} are taken")
        check_size(text)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of sets that look like those of another version
                self._compiled = regex.compile(text, regex.VERSION0)
        except (regex.error, OverflowError, RecursionError, ValueError) as fault:
            raise BadValue(f"{shown_value(text)} is not a pattern: {fault}") from None
        self._error: type[Exception] = regex.error
        self.groups: int = self._compiled.groups
        self.group_names = frozenset(map(str, self._compiled.groupindex))

    def search(self, text: str) -> Any:
        """The first match in the text, or None."""
        return self._timed(text, lambda seconds: self._compiled.search(text, timeout=seconds))

    def split(self, text: str) -> list[str]:
        """The pieces of the text between the matches."""

        def pieces(seconds: float) -> list[str]:
            start, found = 0, []
            for match in self._compiled.finditer(text, timeout=seconds):
                found.append(text[start : match.start()])
                start = match.end()
            return [*found, text[start:]]

        return self._timed(text, pieces)

    def replace(self, text: str, replacement: str) -> str:
        r"""The text with `replacement` for every match; `\1` and `\g<name>` in it are groups.

        Raises BadValue for groups that there are not, and where the result is longer than a text may be.
        """
        # Without groups the result cannot be longer than this, and nothing needs to be counted.
        known = "\\" not in replacement and (len(text) + 1) * (len(replacement) + 1) <= MAX_TEXT
        length = len(text)

        def expand(match: Any) -> str:
            nonlocal length
            written: str = match.expand(replacement)
            length += len(written)
            check_length(length)
            return written

        try:
            by = replacement if known else expand
            return self._timed(text, lambda seconds: str(self._compiled.sub(by, text, timeout=seconds)))
        except (self._error, IndexError) as fault:
            raise BadValue(f"the replacement {shown_value(replacement)} does not fit the pattern: {fault}") from None

    def _timed(self, text: str, work: Callable[[float], _Result]) -> _Result:
        try:
            return work(_SECONDS + _SECONDS_EACH * len(text))
        except (TimeoutError, MemoryError):
            raise BadValue(
                f"the pattern {shown_value(self.text)} takes too long on {shown_value(text)}; "
                "write it without a repetition inside another, as in (a+)+"
            ) from None


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """The pattern of a text. Raises BadValue where it is none."""
    return Pattern(text)


def in_slashes(text: str) -> Pattern | None:
    """The pattern of a text in slashes, as `/^Ind/`; None for other texts. Raises BadValue."""
    return compile_pattern(text[1:-1]) if len(text) > 2 and text[0] == text[-1] == "/" else None
