"""Tables of a mapping that say what a value of a file stands for: `D` is the Democratic Party."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.errors import BadValue, near, shown_value
from app.store.imports.mapping.values.patterns import Pattern, in_slashes
from app.store.imports.mapping.values.scalars import text_of

_LISTED: Final = 10  # keys that an error message lists


class LookupTable:
    """Keys and the values that they stand for. name: as errors name the table.

    A key in slashes, as `/^Ind/`, is a pattern that is searched for; patterns are tried in their order, after all exact
    keys. Nothing is folded: `us` is no `US`, unless a pattern says so, as `/(?i)^us$/` does.
    """

    def __init__(self, name: str, pairs: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Raises BadValue for a key that is there twice, or is no pattern between its slashes."""
        self.name = name
        self._exact: dict[str, Any] = {}
        self._patterns: list[tuple[Pattern, Any]] = []
        for key, value in pairs.items() if isinstance(pairs, Mapping) else pairs:
            self._add(text_of(key), value)

    def __len__(self) -> int:
        return len(self._exact) + len(self._patterns)

    def _add(self, key: str, value: Any) -> None:
        try:
            pattern = in_slashes(key)
        except BadValue as fault:
            raise BadValue(f"the table {self.name}: {fault}") from None
        if pattern:
            self._patterns.append((pattern, value))
        elif self._exact.setdefault(key.strip(), value) is not value:
            raise BadValue(f"the table {self.name} has the key {shown_value(key)} twice; leave one of them out")

    def find(self, key: str) -> Any:
        """The value of the key, blanks around it aside. Raises BadValue where there is none, with near keys."""
        key = key.strip()
        if key in self._exact:
            return self._exact[key]
        for pattern, value in self._patterns:
            if pattern.search(key):
                return value
        raise self._unknown(key)

    def _unknown(self, key: str) -> BadValue:
        folded = {known.casefold(): known for known in self._exact}
        meant = tuple(folded[word] for word in near(key.casefold(), folded))
        listed = ", ".join([*self._exact][:_LISTED]) + (", …" if len(self._exact) > _LISTED else "")
        known = f"its keys are {listed}" if listed and not meant else "add it, or give a default: lookup('…', 'other')"
        return BadValue(f"the table {self.name} has no key {shown_value(key)}; {known}", meant)
