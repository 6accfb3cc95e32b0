"""One filter of mappings' templates, as a row of their table, and what filters may ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar, get_type_hints

from app.errors import BadValue, near, shown_value
from app.store.imports.mapping.lookup_table import LookupTable
from app.store.imports.mapping.values.scalars import kind_of, text_of

_Thing = TypeVar("_Thing")
Apply = Callable[[Any], Any]  # what a filter with its parameters does to a value


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    make: takes the parameters, and gives what is done to a value; raises BadValue for parameters that do not fit.
    takes: `text` (a number is its digits, null stays null), `filled` (a text without blanks around it; an empty one is
    null), `list` (null is an empty one) or `any`.
    example, result: a template, and its value as JSON writes it.
    surrounded: whether `make` takes Surroundings first.
    """

    name: str
    takes: Literal["text", "filled", "list", "any"]
    make: Callable[..., Apply]
    meaning: str
    example: str
    result: str
    surrounded: bool = False

    @property
    def parameters(self) -> str:
        """The parameters as templates write them: `(separator=',')`."""
        return _signature(self.make, self.surrounded)[0]

    def check(self, count: int, keywords: Sequence[str]) -> None:
        """Raises BadValue where no value is `made` with so many parameters in order, and these by name."""
        told, signature, _ = _signature(self.make, self.surrounded)
        for word in keywords:
            if word not in signature.parameters:
                raise BadValue(
                    f"the filter {self.name} has no parameter {word}; it is {self.name}{told}",
                    near(word, signature.parameters),
                )
        try:
            signature.bind(*[None] * count, **dict.fromkeys(keywords))
        except TypeError as fault:
            raise BadValue(f"{self.name}{told}: {fault}") from None

    def made(self, surroundings: Surroundings, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Apply:
        """The filter with these parameters, as a function. Raises BadValue for those that do not fit."""
        self.check(len(args), list(kwargs))
        _, signature, hints = _signature(self.make, self.surrounded)
        bound = signature.bind(*args, **kwargs)
        for name, value in bound.arguments.items():
            kind = signature.parameters[name].kind
            for each in value if kind is inspect.Parameter.VAR_POSITIONAL else (value,):
                _check_kind(self.name, name, each, hints.get(name, Any))
        make = self.make(surroundings, *args, **kwargs) if self.surrounded else self.make(*args, **kwargs)
        return self._on_plain(make)

    def _on_plain(self, do: Apply) -> Apply:
        """The same, on values of any kind: those that the filter does not take are told."""
        match self.takes:
            case "text":
                return lambda value: None if value is None else do(self._text(value))
            case "filled":
                return lambda value: do(text) if (text := "" if value is None else self._text(value).strip()) else None
            case "list":
                return lambda value: do([] if value is None else self._list(value))
        return do

    def _text(self, value: Any) -> str:
        if isinstance(value, (list, dict)):
            right = f"write | map('{self.name}')" if isinstance(value, list) else "name one of its members"
            raise BadValue(f"{self.name} takes a text, not {kind_of(value)}: {shown_value(value)}; {right}")
        return text_of(value)

    def _list(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            right = "split it first, as in | split(',')" if isinstance(value, str) else "write | list first"
            raise BadValue(f"{self.name} takes a list, not {kind_of(value)}: {shown_value(value)}; {right}")
        return value


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Things that filters may ask for besides their value: the tables of the mapping, other filters, tests.

    watched: members that a template takes of objects, until one has them; each with those of an object that has not.
    """

    tables: Mapping[str, LookupTable]
    filters: Mapping[str, Filter]
    tests: Mapping[str, Callable[..., Any]]
    watched: dict[str, list[str]] = field(default_factory=dict)

    def watch(self, value: Any, member: str) -> None:
        """Note whether an object has a member that is watched."""
        if member in self.watched and isinstance(value, dict):
            if member in value:
                del self.watched[member]
            elif value and not self.watched[member]:
                self.watched[member] = list(value)

    def table_named(self, name: str) -> LookupTable:
        """The table. Raises BadValue where the mapping has none of the name."""
        return _named(self.tables, name, "the mapping has no table", "its tables are")

    def filter_named(self, name: str, args: Sequence[Any] = ()) -> Apply:
        """The filter as a function. Raises BadValue where there is none."""
        return self.row_named(name).made(self, args, {})

    def row_named(self, name: str) -> Filter:
        """The row of a filter. Raises BadValue where there is none."""
        return _named(self.filters, name, "there is no filter", "the filters are")

    def test_named(self, name: str) -> Callable[..., Any]:
        """The function of a test. Raises BadValue where there is none."""
        return _named(self.tests, name, "there is no test", "the tests are")


def _named(things: Mapping[str, _Thing], name: str, missing: str, listed: str) -> _Thing:
    if name not in things:
        known = ", ".join(sorted(things)) or "none"
        raise BadValue(f"{missing} {name}; {listed} {known}", near(name, things))
    return things[name]


_KINDS: Final = ((str, "a text"), (bool, "true or false"), (int, "a whole number"), (type(None), "null"))


def _check_kind(name: str, parameter: str, value: Any, hint: Any) -> None:
    if hint is Any:
        return
    allowed = getattr(hint, "__args__", (hint,))
    if not any(type(value) is kind for kind in allowed):
        right = " or ".join(told for kind, told in _KINDS if kind in allowed and kind is not type(None))
        raise BadValue(f"{parameter} of the filter {name} is {right}, not {shown_value(value)}")


@lru_cache(maxsize=256)
def _signature(make: Callable[..., Apply], surrounded: bool) -> tuple[str, inspect.Signature, dict[str, Any]]:
    """The parameters as templates write them, as Python checks them, and the types that they have."""
    whole = inspect.signature(make)
    parameters = [*whole.parameters.values()][1 if surrounded else 0 :]
    told = ", ".join(_told(parameter) for parameter in parameters)
    return f"({told})", whole.replace(parameters=parameters), get_type_hints(make)


def _told(parameter: inspect.Parameter) -> str:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return f"{parameter.name}…"
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    value = parameter.default
    if isinstance(value, bool):
        return f"{parameter.name}={str(value).lower()}"
    return f"{parameter.name}={value!r}" if isinstance(value, str) and value else f"{parameter.name}="
