"""Citations that are given another source: the place in the old document is none in the new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from app.domain.record.short_forms import located
from app.errors import FieldPath, Problem
from app.store.records.document import Doc, encode, named
from app.store.write.merges import Merges


class Located(NamedTuple):
    """A citation whose source a row names. at: its position in the claim; before: in the stored one; parts: those of
    its locator that the row gives.
    """

    at: int
    before: int
    parts: frozenset[str]


def located_in(named: Doc, number: int, place_of: Callable[[FieldPath], FieldPath]) -> list[Located]:
    """The citations whose sources a row names. number: how many the amended claim has. place_of: gives the place in
    the row of a place in that.
    """
    said = located(named)
    before = [(at, place_of(("citations", at))[1]) for at in range(number)] if said else []
    return [Located(at, n, frozenset(said[n])) for at, n in before if isinstance(n, int) and n in said]


def leave_old_places(doc: Doc, stored: Doc | None, moved: Sequence[Located], merges: Merges) -> Iterator[Problem]:
    """Take the places in other documents out of the citations, save what is given; a warning for each tells them."""
    for one in moved:
        cited = stored["citations"][one.before : one.before + 1] if stored else []
        citation = doc["citations"][one.at]
        if not cited or not citation["locator"]:
            continue
        old, new = cited[0]["source"], citation["source"]
        if merges.survivor(old["id"]) == merges.survivor(new["id"]):
            continue
        locator = citation["locator"]
        gone = {name: value for name, value in locator.items() if value is not None and name not in one.parts}
        if not gone:
            continue
        rest = {name: None if name in gone else value for name, value in locator.items()}
        citation["locator"] = rest if any(value is not None for value in rest.values()) else None
        told = ", ".join(f"{name} {encode(value)[:80]}" for name, value in gone.items())
        was = f"it was of {named(old)}"
        yield Problem(("citations", one.at, "locator"), "place-lost", f"{told} is not kept: {was}; give the new place")
