"""Warnings of sources that are perhaps one document by their titles: one for each title, at the end of an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.errors import Problem
from app.store.history.revision import Revision
from app.store.records.document import Doc
from app.store.records.names import folded
from app.store.records.source_identity import is_key_given
from app.store.write.references import MOST_NAMED

_COMPARED: Final = {"title": "title", "publisher": "publisher", "date": "published_on"}  # what is told, and its field
MOST_TITLES: Final = 10_000  # whose sources are counted; those of others are told one by one


@dataclass(slots=True)
class _Told:
    """The warning of a title's first source, with its row, and the names of the next ones. more: how many these are."""

    row: int | None
    detail: str
    more: int = 0
    names: list[str] = field(default_factory=list)


class SameTitles:
    """The sources of one revision that have the title of another."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision
        self._told: dict[str, _Told] = {}  # by folded title

    def note(self, source: Doc, name: str, others: list[str]) -> None:
        """Count a source. name: it, and others: those with the same title, as messages name them."""
        alike = [what for what, member in _COMPARED.items() if source[member] is not None]
        *first, last = alike
        told = f"{name} is perhaps the same document as {', '.join(others[:MOST_NAMED])}: "
        told += f"{', '.join(first)} and {last} are alike" if first else "their titles are alike"
        told += "; if it is, name that one by its key here, or merge the two later"
        title = folded(source["title"])
        if (known := self._told.get(title)) is not None:
            known.more += 1
            known.names += [name] if len(known.names) < MOST_NAMED else []
        elif len(self._told) < MOST_TITLES:
            self._told[title] = _Told(self._revision.row, told)
        else:
            self._revision.warn(Problem((), "same-title", told))

    def tell(self) -> None:
        """Warn of each title."""
        for one in self._told.values():
            self._revision.row = one.row
            left = one.more - len(one.names)
            more = f"; likewise {', '.join(one.names)}{f' and {left:,} more' if left else ''}" if one.more else ""
            self._revision.warn(Problem((), "same-title", one.detail + more))
        self._told = {}


def tells_of_one(source: Doc, other: Doc) -> bool:
    """Whether two sources with the same title, publisher and date, as far as they have them, are perhaps one. A title
    alone tells nothing at two addresses, nor beside two keys that were given: episodes and press releases share one.
    """
    if source["publisher"] is not None or source["published_on"] is not None:
        return True
    return not (source["url"] and other["url"]) and not (is_key_given(source) and is_key_given(other))
