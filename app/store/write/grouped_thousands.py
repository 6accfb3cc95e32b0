"""Warnings of figures whose point may have been meant to group thousands, where the number was a text: in tables and
YAML all are, in JSON those in quotation marks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from app.domain.quantities.decimal_points import grouped_number, thousands_warning
from app.domain.record.derived import bounds_follow
from app.errors import FieldPath, Problem
from app.store.records.document import Doc


def grouped_in(given: Any) -> tuple[str, ...]:
    """The numbers of a claim's figures, as a row has it, that are texts with the shape of grouped thousands, each
    behind its place: `figures.0.value=1.500`.
    """
    figures = given.get("figures") if isinstance(given, dict) else None
    return tuple(_grouped(figures, "figures")) if isinstance(figures, list) else ()


def _grouped(figures: list[Any], place: str) -> Iterator[str]:
    for n, figure in enumerate(figures):
        if not isinstance(figure, dict):
            continue
        for name in ("value", "low", "high"):
            if isinstance(text := figure.get(name), str) and (number := grouped_number(text)):
                yield f"{place}.{n}.{name}={number}"
        if isinstance(others := figure.get("equivalents"), list):
            yield from _grouped(others, f"{place}.{n}.equivalents")


def without_places(grouped: Iterable[str]) -> list[str]:
    """The numbers alone, for cells, which are texts in every place: that of a cell may be another in the claim."""
    return [text.rpartition("=")[2] for text in grouped]


def grouped_thousands(doc: Doc, old: Doc | None, grouped: Collection[str]) -> Iterator[Problem]:
    """Warnings of counts that may be meant for thousands, and that the claim did not have before. old: as stored.
    grouped: the numbers that were texts of that shape, with their places or for all of them.
    """
    if not grouped:
        return
    known = {(unit, number) for _, unit, number in _numbers_in(old)} if old else set()
    for path, unit, number in _numbers_in(doc):
        is_text = number in grouped or f"{'.'.join(map(str, path))}={number}" in grouped
        if is_text and (unit, number) not in known and (told := thousands_warning(number, unit)):
            yield Problem(path, "grouped-thousands", told)


def _numbers_in(doc: Doc) -> Iterator[tuple[FieldPath, str, str]]:
    """The numbers of figures that do not follow from others, each with its place and unit."""
    for n, figure in enumerate(doc["figures"]):
        for name in ("value",) if bounds_follow(figure) else ("value", "low", "high"):
            if figure[name] is not None:
                yield ("figures", n, name), figure["unit"], str(figure[name])
        for m, other in enumerate(figure["equivalents"]):
            yield ("figures", n, "equivalents", m, "value"), other["unit"], str(other["value"])
