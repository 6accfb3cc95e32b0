"""Warnings of figures in tables whose point may have been meant to group thousands."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.quantities.decimal_points import thousands_warning
from app.domain.record.derived import bounds_follow
from app.errors import FieldPath, Problem
from app.store.records.document import Doc


def grouped_thousands(doc: Doc, old: Doc | None) -> Iterator[Problem]:
    """Warnings of counts that may be meant for thousands, and that the claim did not have before. old: as stored."""
    known = {(unit, number) for _, unit, number in _numbers_in(old)} if old else set()
    for path, unit, number in _numbers_in(doc):
        if (unit, number) not in known and (told := thousands_warning(number, unit)):
            yield Problem(path, "grouped-thousands", told)


def _numbers_in(doc: Doc) -> Iterator[tuple[FieldPath, str, str]]:
    """The numbers of figures that do not follow from others, each with its place and unit."""
    for n, figure in enumerate(doc["figures"]):
        for name in ("value",) if bounds_follow(figure) else ("value", "low", "high"):
            if figure[name] is not None:
                yield ("figures", n, name), figure["unit"], str(figure[name])
        for m, other in enumerate(figure["equivalents"]):
            yield ("figures", n, "equivalents", m, "value"), other["unit"], str(other["value"])
