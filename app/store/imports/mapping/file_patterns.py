"""Patterns of paths: `people/*.json`, `**/claims.ndjson`."""

from __future__ import annotations

import re
from functools import cached_property


class FilePattern:
    """A pattern of paths. `*` and `?` stand for letters of one name, `**/` for any folders; it fits the end of a path.

    text: as it is written.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        parts = re.split(r"(\*\*/|\*|\?)", self.text)
        signs = {"**/": r"(?:[^/]+/)*", "*": r"[^/]*", "?": r"[^/]"}
        return re.compile(r"(?:.*/)?" + "".join(signs.get(part) or re.escape(part) for part in parts), re.DOTALL)

    def fits(self, path: str) -> bool:
        """Whether it fits a path, whose steps are parted by /."""
        return self._expression.fullmatch(path) is not None
