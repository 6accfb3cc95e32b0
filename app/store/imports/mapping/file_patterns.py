"""Patterns of paths: `people/*.json`, `**/claims.ndjson`."""

from __future__ import annotations

import re
from functools import cached_property

from app.errors import BadValue


def check_pattern(text: str) -> None:
    """Raise BadValue for a pattern that is none, or that no path can fit."""
    if sign := re.search(r"[\[\]{}]", text):
        told = f"{sign[0]!r} has no meaning in a pattern; there are *, ?, which stands for one letter, and **/"
        raise BadValue(f"{told}. For several patterns, write a kind for each, or one pattern with *")
    if re.search(r"\*\*(?!/)|[^/]\*\*/", text):
        raise BadValue("** stands for folders, and between slashes: people/**/*.json")
    if "\\" in text:
        raise BadValue("/ parts the steps of a path, on each system: people/*.json")
    if text.endswith("/"):
        raise BadValue(f"{text} is a folder, and patterns are of files: {text}*, or {text}**/* at any depth")
    if {".", ".."} & set(text.split("/")):
        raise BadValue("a pattern fits the end of a path: leave out ./ and ../, as in people/*.json")


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
