"""Conditions on claims, as JSON: trees as `POST /v1/claims/search` takes them, and query strings as such trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.domain.query.registry import parameters

Doc = dict[str, Any]
Tree = dict[str, Any]
Filters = tuple[tuple[str, tuple[str, ...]], ...]  # parameters with their values

PARAMETERS = {parameter.name: parameter for parameter in parameters()}
LISTS = {
    "figure": "figures", "role": "roles", "citation": "citations", "assessment": "assessments", "relation": "relations"
}  # fmt: skip


@dataclass
class World:
    """The claims in the order of arrival, and the records that they refer to, by id; parts: the last documents of what
    was merged into a record.
    """

    claims: list[Doc] = field(default_factory=list)
    speakers: dict[str, Doc] = field(default_factory=dict)
    metrics: dict[str, Doc] = field(default_factory=dict)
    sources: dict[str, Doc] = field(default_factory=dict)
    parts: dict[str, list[Doc]] = field(default_factory=dict)

    def merge(self, doc: Doc, into: str) -> None:
        """Note that a record, and what was merged into it, is part of another from now on."""
        self.parts[into] = [*self.parts.get(into, ()), doc, *self.parts.pop(doc["id"], ())]

    def meant(self, ids: Iterable[str]) -> set[str]:
        """The records that ids mean."""
        survivors = {part["id"]: into for into, parts in self.parts.items() for part in parts}
        return {survivors.get(one, one) for one in ids}

    def whole(self, record: Doc) -> list[Doc]:
        """A record with what was merged into it."""
        return [record, *self.parts.get(record["id"], ())]

    def has_key(self, record: Doc | None, keys: Iterable[str]) -> bool:
        """Whether a record, or what was merged into it, has one of some keys."""
        return record is not None and not {one["key"] for one in self.whole(record)}.isdisjoint(keys)


def leaf_of(name: str, values: Iterable[str]) -> Tree:
    """A parameter with its values as a leaf."""
    parameter, given = PARAMETERS[name], list(values)
    value = given if parameter.operator.many else given[0]
    return {"field": parameter.field.name, "op": parameter.operator.name or "eq", "value": value}


def name_of(leaf: Tree) -> str:
    """The parameter that a leaf names."""
    operator = leaf.get("op", "eq")
    return str(leaf["field"]) if operator == "eq" else f"{leaf['field']}__{operator}"


def values_of(leaf: Tree) -> tuple[str, ...]:
    """The values of a leaf as a query string would have them."""
    value = leaf["value"]
    listed = value if isinstance(value, list) else [value]
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in listed)


def element_of(leaf: Tree) -> str:
    """The list of which a leaf constrains an element, or `claim`."""
    return PARAMETERS[name_of(leaf)].field.element


def leaves_in(tree: Tree) -> Iterator[Tree]:
    """All leaves of a tree."""
    if "field" in tree:
        yield tree
    for part in (*tree.get("and", ()), *tree.get("or", ()), *(tree[name] for name in ("not", "where") if name in tree)):
        yield from leaves_in(part)


def as_tree(filters: Filters) -> Tree:
    """The tree of a query string: all filters, those of one element of the same one."""
    leaves = [leaf_of(name, values) for name, values in filters]
    parts = [leaf for leaf in leaves if element_of(leaf) == "claim"]
    for element in LISTS:
        bound = [leaf for leaf in leaves if element_of(leaf) == element]
        if bound:
            parts.append({"some": element, "where": {"and": bound}})
    return {"and": parts}
