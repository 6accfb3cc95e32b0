"""Filters on lists. Each function takes a filter's parameters and gives what is done to a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.errors import BadValue
from app.store.imports.mapping.values.filter_row import Surroundings
from app.store.imports.mapping.values.scalars import check_length, is_blank, kind_of, text_of


def join(separator: str = ", ") -> Callable[[list[Any]], Any]:
    """The elements as one text; empty ones are left out."""

    def joined(elements: list[Any]) -> str:
        texts = [text_of(element) for element in elements if not is_blank(element)]
        check_length(sum(map(len, texts)) + len(separator) * len(texts))
        return separator.join(texts)

    return joined


def first() -> Callable[[list[Any]], Any]:
    """The first element; null of an empty list."""
    return lambda elements: elements[0] if elements else None


def last() -> Callable[[list[Any]], Any]:
    """The last element; null of an empty list."""
    return lambda elements: elements[-1] if elements else None


def length() -> Callable[[Any], Any]:
    """The number of elements of a list or object, or of characters of a text; 0 for null."""

    def count(value: Any) -> int:
        return 0 if value is None else len(value if isinstance(value, (list, dict)) else text_of(value))

    return count


def as_list() -> Callable[[Any], Any]:
    """A list as it is; a list of one for any other value, and an empty one for null."""
    return lambda value: value if isinstance(value, list) else [] if value is None else [value]


def unique() -> Callable[[list[Any]], Any]:
    """Each element once, at its first place."""

    def once(elements: list[Any]) -> list[Any]:
        found: dict[Any, Any] = {}
        for element in elements:
            found.setdefault(_identity(element), element)
        return list(found.values())

    return once


def _identity(value: Any) -> Any:
    """A key that equal values share, and no others: true is no 1, and a list equals a list."""
    if isinstance(value, dict):
        return (dict, tuple((key, _identity(member)) for key, member in sorted(value.items())))
    if isinstance(value, list):
        return (list, tuple(map(_identity, value)))
    return (isinstance(value, bool), value)


def sort(attribute: str | None = None, reverse: bool = False) -> Callable[[list[Any]], Any]:
    """The elements in order, or in that of a member of theirs; null comes last."""

    def ordered(elements: list[Any]) -> list[Any]:
        keyed = [(member_of(element, attribute), element) for element in elements]
        known = [pair for pair in keyed if pair[0] is not None]
        try:
            known.sort(key=lambda pair: pair[0], reverse=reverse)
        except TypeError:
            kinds = sorted({kind_of(key) for key, _ in known})
            raise BadValue(f"sort needs texts alone or numbers alone, not {' and '.join(kinds)}") from None
        return [element for _, element in known] + [element for key, element in keyed if key is None]

    return ordered


def member_of(value: Any, path: str | None) -> Any:
    """The member of an object that a path with dots leads to; null where there is none. No path: the value itself."""
    for step in path.split(".") if path else ():
        value = value.get(step) if isinstance(value, dict) else None
    return value


def map_each(
    surroundings: Surroundings, name: str | None = None, *args: Any, attribute: str | None = None
) -> Callable[[list[Any]], Any]:
    """The result of a filter for each element, or a member of each."""
    if (name is None) == (attribute is None):
        raise BadValue("map takes the name of a filter or an attribute: map('lower'), map(attribute='text')")
    if name is None:
        return lambda elements: [_watched(element, attribute, surroundings) for element in elements]
    filtered = surroundings.filter_named(name, args)
    return lambda elements: [filtered(element) for element in elements]


def _watched(value: Any, attribute: str | None, surroundings: Surroundings) -> Any:
    surroundings.watch(value, (attribute or "").partition(".")[0])
    return member_of(value, attribute)


def select(surroundings: Surroundings, test: str | None = None, *args: Any) -> Callable[[list[Any]], Any]:
    """The elements that a test holds for; without a test, those that are not empty."""
    holds = _test(surroundings, test, args)
    return lambda elements: _those(elements, holds)


def reject(surroundings: Surroundings, test: str | None = None, *args: Any) -> Callable[[list[Any]], Any]:
    """The elements that a test does not hold for; without a test, the empty ones."""
    holds = _test(surroundings, test, args)
    return lambda elements: _those(elements, lambda element: not holds(element))


def _test(surroundings: Surroundings, test: str | None, args: tuple[Any, ...]) -> Callable[[Any], bool]:
    if test is None:
        return lambda element: not is_blank(element)
    asked = surroundings.test_named(test)
    return lambda element: bool(asked(element, *args))


def _those(elements: Iterable[Any], holds: Callable[[Any], bool]) -> list[Any]:
    return [element for element in elements if holds(element)]


def lookup(surroundings: Surroundings, table: str, default: Any = ...) -> Callable[[str], Any]:
    """The value of a key in a table, or the default where it has no such key. An empty text that is no key is null."""
    found_in = surroundings.table_named(table)

    def found(key: str) -> Any:
        try:
            return found_in.find(key)
        except BadValue:
            if is_blank(key) or default is not ...:
                return None if is_blank(key) else default
            raise

    return found
