"""Identifiers of a speaker elsewhere, by scheme: `{"wikidata": "Q42", "fec": ["S8IL00136", "P80003338"]}`.

A scheme has one value, which is a text, or several, which are a list; a record that was split elsewhere, or was merged
here, has several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

Identifiers = Mapping[str, str | list[str]]


def values_of(identifiers: Identifiers, scheme: str) -> list[str]:
    """The values of a scheme; none where it is absent."""
    values = identifiers.get(scheme, [])
    return [values] if isinstance(values, str) else values


def pairs_of(identifiers: Identifiers | None) -> Iterator[tuple[str, str]]:
    """Each identifier by itself: (scheme, value)."""
    for scheme in identifiers or {}:
        yield from ((scheme, value) for value in values_of(identifiers or {}, scheme))


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Identifiers by scheme, each once, in the order given."""
    found: dict[str, list[str]] = {}
    for scheme, value in dict.fromkeys(pairs):
        found.setdefault(scheme, []).append(value)
    return {scheme: values if len(values) > 1 else values[0] for scheme, values in found.items()}


def telling_apart(one: Identifiers, other: Identifiers) -> list[str]:
    """The schemes that both records have values of, and none in common."""
    both = [scheme for scheme in one if scheme in other]
    return [scheme for scheme in both if set(values_of(one, scheme)).isdisjoint(values_of(other, scheme))]
