"""Tables of a mapping that say what a value of a file stands for: `D` is the Democratic Party."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import BadValue, near, shown_value

_LISTED = 10  # keys that an error message lists


class LookupTable:
    """Keys and the values that they stand for. name: as errors name the table.

    A key in slashes, as `/^Ind/`, is a pattern; patterns are tried in their order, after all exact keys.
    """

    def __init__(self, name: str, pairs: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        self.name = name
        self._exact: dict[str, Any] = {}
        self._patterns: list[tuple[re.Pattern[str], Any]] = []
        for key, value in pairs.items() if isinstance(pairs, Mapping) else pairs:
            self._add(key, value)

    def _add(self, key: str, value: Any) -> None:
        if len(key) > 2 and key.startswith("/") and key.endswith("/"):
            self._patterns.append((re.compile(key[1:-1]), value))
        elif key in self._exact:
            raise BadValue(f"the table {self.name} has the key {shown_value(key)} twice; leave one of them out")
        else:
            self._exact[key] = value

    def find(self, key: str) -> Any:
        """The value of the key. Raises BadValue where the table has no such key, with near ones."""
        if key in self._exact:
            return self._exact[key]
        for pattern, value in self._patterns:
            if pattern.search(key):
                return value
        raise BadValue(f"the table {self.name} has no key {shown_value(key)}", near(key, self._exact))
