"""JSON-LD of schema.org → plain nodes, as far as ClaimReview in the wild needs it: names without prefixes, each value a
list, nodes that are named by their `@id` alone led to where they are described.

Nothing is fetched: of a `@context` that is an address nothing is known but that schema.org is meant. A full JSON-LD
processor would need the network, and changes values (numbers, language tags).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Node: TypeAlias = dict[str, Any]  # "@id": text or None, "@type": list of names, and each property with a list of values
Context: TypeAlias = Mapping[str, str]  # a term → the name it stands for, "" for a prefix of schema.org

_SCHEMA: Final = re.compile(r"https?://(?:www\.)?schema\.org/(?:version/[^/]+/)?", re.IGNORECASE)
USUAL: Final[Context] = {"schema": "", "sdo": "", "schemaorg": ""}
LANGUAGE: Final = "@language"
GRAPHS: Final = ("@graph", "@included", "@reverse")


class Tagged(str):
    """A text with its language."""

    language: str

    def __new__(cls, text: str, language: str) -> Tagged:
        """The text, in that language."""
        made = super().__new__(cls, text)
        made.language = language
        return made


def nodes_of(value: object, context: Context = USUAL) -> list[Any]:
    """The values of a property, or of a whole document: nodes, texts, numbers. Empty ones are left out."""
    if isinstance(value, list):
        return [node for element in value for node in nodes_of(element, context)]
    if isinstance(value, str):
        text = value.strip()
        return [Tagged(text, context[LANGUAGE]) if context.get(LANGUAGE) else text] if text else []
    if not isinstance(value, dict):
        return [] if value is None else [value]
    if "@value" in value:
        language = value.get("@language")
        return nodes_of(value["@value"], {LANGUAGE: language} if isinstance(language, str) else {})
    for name in ("@list", "@set"):
        if name in value:
            return nodes_of(value[name], context)
    node = _node(value, context_of(value.get("@context"), context))
    return [node] if len(node) > 2 or node["@id"] or node["@type"] else []


def _node(given: dict[str, Any], context: Context) -> Node:
    keywords = {name: given.get(f"@{name}", given.get(name)) for name in ("id", "type")}
    types = nodes_of(keywords["type"])
    node: Node = {
        "@id": keywords["id"].strip() or None if isinstance(keywords["id"], str) else None,
        "@type": [_name(one, context) for one in types if isinstance(one, str)],
    }
    for name, value in given.items():
        if name in ("@context", "@id", "@type", "id", "type", "@index", "@nest"):
            continue
        if name == "@reverse":
            pairs = value.items() if isinstance(value, dict) else ()
            named = ((_name(inner, context), others) for inner, others in pairs if not inner.startswith("@"))
            node[name] = [(inner, nodes_of(others, context)) for inner, others in named]
        elif values := nodes_of(value, context):
            node.setdefault(_name(name, context), []).extend(values)
    return node


def _name(term: str, context: Context) -> str:
    """The name in schema.org that a term or an address stands for; the term where it is none of it."""
    if found := _SCHEMA.match(term):
        return term[found.end() :]
    if context.get(term):
        return context[term]
    prefix, colon, rest = term.partition(":")
    return rest if colon and context.get(prefix) == "" else term


def context_of(given: object, around: Context = USUAL) -> Context:
    """The terms that a `@context` inside of another defines for names of schema.org."""
    context = around
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict):
            context = {**context, **dict(_terms_of(one))}
    return context


def _terms_of(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for term, meant in given.items():
        if term == LANGUAGE:
            yield term, meant if isinstance(meant, str) else ""
            continue
        address = meant.get("@id") if isinstance(meant, dict) else meant
        if isinstance(address, str) and not term.startswith("@") and (found := _SCHEMA.match(address)):
            yield term, address[found.end() :]


def references_in(value: object) -> Iterator[str]:
    """The ids of nodes that are only named somewhere in a JSON value."""
    if isinstance(value, list):
        for element in value:
            yield from references_in(element)
    elif isinstance(value, dict):
        name = value.get("@id", value.get("id"))
        if len(value) == 1 and isinstance(name, str):
            yield name.strip()
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from references_in(inner)


def reviewed_in(value: object) -> Iterator[str]:
    """The ids of what reviews in a JSON value are about, where they only name it."""
    if isinstance(value, list):
        for element in value:
            yield from reviewed_in(element)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name.endswith("itemReviewed"):
                yield from references_in(inner)
            elif isinstance(inner, dict | list):
                yield from reviewed_in(inner)


def described_in(nodes: Iterable[Any], wanted: set[str]) -> Iterator[Node]:
    """The nodes, at any depth, that describe one of those that are wanted."""
    for node in nodes:
        if isinstance(node, dict):
            if node["@id"] in wanted and len(node) > 2:
                yield node
            yield from described_in(_inner(node), wanted)


def _inner(node: Node) -> Iterator[Any]:
    for name, values in node.items():
        if name == "@reverse":
            yield from (other for _, others in values for other in others)
        elif name not in ("@id", "@type"):
            yield from values


@dataclass(frozen=True)
class Graph:
    """Nodes by their ids, for those that are only named where they are needed."""

    known: dict[str, Node] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        """Keep what a node says, with what others of its id have said."""
        self.known[node["@id"]] = {**self.known.get(node["@id"], {}), **node}

    def whole(self, value: Any) -> Any:
        """A value, with all that is known of the node that it names."""
        if isinstance(value, dict):
            known = self.known.get(value["@id"])
            return {**known, **value, "@type": value["@type"] or known["@type"]} if known else value
        return self.known.get(value, value) if isinstance(value, str) and ":" in value else value
