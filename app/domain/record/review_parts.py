"""A node of linked data while it is read: its texts, dates and addresses, and which of its properties were not read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from typing import Any, Final

from app.domain.record.linked_data import Graph, Node, Tagged
from app.errors import Problem, shown_value

ADDRESS: Final = re.compile(r"(?:https?://|doi:|urn:|www\.)\S+", re.IGNORECASE)
NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}.*|Z|[+-][0-9]{2}:?[0-9]{2})", re.DOTALL)
_BLANKS: Final = re.compile(r"[ \t\n\f\r]+")  # which a page shows as one
_REFERENCE: Final = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_ORGANIZATIONS: Final = (
    "Organization", "Corporation", "NGO", "Airline", "Consortium", "Cooperative", "PoliticalParty", "Project",
    "SportsTeam", "WorkersUnion", "Business", "CollegeOrUniversity", "School",
)  # fmt: skip  # ends of the types of organizations


@dataclass
class Said:
    """Results of reading besides the claim."""

    graph: Graph
    is_printed: bool  # whether texts are those of the document, character by character
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def part(self, value: Any, path: str = "") -> Part:
        node = self.graph.whole(value)
        return Part(node if isinstance(node, dict) else {"@id": None, "@type": []}, path, self)


class Part:
    """A node while it is read; it notes which of its properties were."""

    def __init__(self, node: Node, path: str, said: Said) -> None:
        self.node, self.path, self.said = node, path, said
        self._unread = {name for name in node if not name.startswith("@")}

    def all(self, *names: str) -> list[Any]:
        """The values of properties, nodes whole."""
        self._unread -= set(names)
        return [self.said.graph.whole(value) for name in names for value in self.node.get(name, ())]

    def leave(self, name: str) -> None:
        """Note that a value of a property has no place."""
        self._unread.add(name)

    def text(self, *names: str) -> str | None:
        """The first text of the first property that has one; further and other values are left."""
        for name in names:
            values = self.all(name)
            texts = [text for value in values if (text := self._text(value, name))]
            if texts:
                self._unread |= {name} if len(set(texts)) > 1 or len(texts) < len(values) else set()
                return texts[0]
        return None

    def texts(self, *names: str) -> list[str]:
        """The texts of properties, each once; of a node its name."""
        values = ((value, name) for name in names for value in self.all(name))
        return list(dict.fromkeys(text for value, name in values if (text := self._text(value, name))))

    def _text(self, value: Any, name: str) -> str | None:
        if isinstance(value, dict):
            inner = next(iter(value.get("name", ())), None)
            return self._text(inner, name) if isinstance(inner, str) else None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal | float):
            return None
        if not isinstance(value, str):
            return str(value)
        return self._unescaped(str(value), name)

    def _unescaped(self, text: str, name: str) -> str:
        """The text as readers of the page see it, where it was written as HTML: no character of it is guessed."""
        if not self.said.is_printed:
            return _BLANKS.sub(" ", text)
        if not _REFERENCE.search(text):
            return text
        new = text
        for _ in range(2):  # what a page's program escapes, a plugin may escape again
            new = _REFERENCE.sub(lambda found: unescape(found[0]), new)
        if new == text:
            return text
        told = f"{shown_value(text)} is written as HTML, and is read as {shown_value(new)}"
        self.said.warnings.append(Problem(self._place(name), "html-text", told))
        return new

    def day(self, name: str) -> str | None:
        """A date; of a date-time its day, as written."""
        text = self.text(name)
        found = _DAY.fullmatch(text) if text else None
        return found[1] if found else text

    def address(self, *names: str) -> str | None:
        """The first address of properties: a text, or that of a node."""
        for name in names:
            for value in self.all(name):
                text = self.said.part(value).url() if isinstance(value, dict) else self._text(value, name)
                if text:
                    return text
        return None

    def url(self, *names: str) -> str | None:
        """The address of the node, or its id where that is one. names: properties that give it, by default `url`."""
        return self.address(*(names or ("url",))) or address_id(self.node)

    def language_of(self, name: str) -> str | None:
        """The language that the text of a property is marked with."""
        return next((value.language for value in self.node.get(name, ()) if isinstance(value, Tagged)), None)

    def tell_left(self) -> None:
        """Note what was not read of the node."""
        self.said.left += [".".join(self._place(name)) for name in sorted(self._unread)]

    def _place(self, name: str) -> tuple[str, ...]:
        return (self.path, name) if self.path else (name,)


def address_id(node: Node) -> str | None:
    """The id of a node, where it is an address that others can open."""
    name = node["@id"]
    return name if isinstance(name, str) and re.match(r"https?://", name, re.IGNORECASE) else None


def kind_of(types: Sequence[str]) -> str | None:
    """The kind of speaker that a node of these types is; None where they do not say."""
    if "Person" in types:
        return "person"
    return "organization" if any(one.endswith(_ORGANIZATIONS) for one in types) else None


def language_of(part: Part) -> str | None:
    """The tag of `inLanguage`; of a node its code."""
    value = next(iter(part.all("inLanguage")), None)
    if isinstance(value, dict):
        return part.said.part(value, "inLanguage").text("alternateName", "identifier", "name")
    return str(value) if isinstance(value, str) else None
