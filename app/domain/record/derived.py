"""Values that follow from other parts of a claim or a definition: the days of a date, the bounds of a figure.

Exports show it, so files have it beside parts that were edited since. It decides nothing there: where it differs from
what those parts give it is left out, and reported unless it is what the stored record has, as an export had it.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from app.domain.dates.edtf import parse_edtf
from app.domain.quantities.figures import COMPARATORS, bounds_of, parse_decimal
from app.domain.record.records_in import SHORT_FORMS, Record, check_record
from app.errors import BadValue, FieldPath, Problem

Doc = dict[str, Any]
R = TypeVar("R", bound=Record)

CODE: Final = "derived"
ENDS: Final = ("earliest", "latest")  # of a date
BOUNDS: Final = ("low", "high")  # of a figure
_FOLLOWED: Final = frozenset(COMPARATORS) - {"between"}


class Stale(NamedTuple):
    """Values of a part of a record that differ from what the rest of the part gives. given: the values, by name."""

    given: Doc
    told: str

    def is_shown(self, part: Any) -> bool:
        """Whether a stored part has just these values."""
        return isinstance(part, dict) and all(_are_equal(value, part.get(name)) for name, value in self.given.items())


class Unread(NamedTuple):
    """Values that are not read, and the way to their part of the record."""

    path: FieldPath
    stale: Stale

    @property
    def problem(self) -> Problem:
        """The warning of them."""
        return Problem(self.path, CODE, self.stale.told)

    def is_shown(self, doc: Doc | None) -> bool:
        """Whether a stored claim has just these values in that part; in a list in any element, for others may go."""
        path = ("citations", 0, *self.path) if self.path[0] in SHORT_FORMS[1:] else self.path
        parts: list[Any] = [doc]
        for step in path:
            if isinstance(step, int):
                parts = [inner for part in parts if isinstance(part, list) for inner in part]
            else:
                parts = [part.get(step) for part in parts if isinstance(part, dict)]
        return any(map(self.stale.is_shown, parts))


def read_record(model: type[R], value: Any) -> tuple[R | None, list[Problem], list[Unread]]:
    """The checked record in a file, or None, with everything that is wrong in it; and what is not read of it."""
    record, problems = check_record(model, value)
    if record is not None:
        return record, [], []
    own, unread = _without_derived(value, ())
    return (*check_record(model, own), unread) if unread else (None, problems, [])


def _without_derived(value: Any, path: FieldPath) -> tuple[Any, list[Unread]]:
    """A value without what differs from the parts that it follows from, with what is to be told of that."""
    if not isinstance(value, dict | list):
        return value, []
    unread: list[Unread] = []
    steps: list[Any] = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for n, (step, inner) in enumerate(steps):
        own, more = _without_derived(inner, (*path, step))
        steps[n] = step, own
        unread += more
    if isinstance(value, list):
        return [inner for _, inner in steps], unread
    found = dict(steps)
    for names, stale in ((ENDS, stale_ends(found)), (BOUNDS, stale_bounds(found))):
        if stale:
            found = {name: inner for name, inner in found.items() if name not in names}
            unread.append(Unread(path, stale))
    return found, unread


def stale_ends(date: Doc) -> Stale | None:
    """The days that are not those of the date beside them. None where they are, or there is none."""
    given = {name: date[name] for name in ENDS if isinstance(date.get(name), str)}
    edtf = date.get("edtf")
    if not given or not isinstance(edtf, str):
        return None
    with suppress(BadValue):
        parsed = parse_edtf(edtf)
        days = {name: day.isoformat() if (day := getattr(parsed, name)) else "none" for name in given}
        stale = [name for name in given if given[name] != days[name]]
        told, right = (" and ".join(f"{name} {some[name]:.40}" for name in stale) for some in (given, days))
        said = f"{_not_read(told, stale, 'edtf')}, and {edtf} has {right}"
        return Stale({name: given[name] for name in stale}, said) if stale else None
    return None


def bounds_follow(figure: Doc) -> bool:
    """Whether the bounds of a figure are those that follow from its comparator and value."""
    numbers = _numbers_of(figure)
    return numbers is not None and _following(figure, numbers) == {name: numbers[name] for name in BOUNDS}


def stale_bounds(figure: Doc) -> Stale | None:
    """The bounds that were those of another value or comparator than the figure has. None for others.

    Such bounds are one number: a value from before. Two that differ are an interval that somebody states.
    """
    numbers = _numbers_of(figure)
    if numbers is None:
        return None
    given = {name: number for name in BOUNDS if (number := numbers[name]) is not None}
    follow = _following(figure, numbers)
    stale = [name for name in given if given[name] != follow[name]]
    if not stale or len(set(given.values())) > 1:
        return None
    told = " and ".join(f"{name} {figure[name]}" for name in stale)
    right = " and ".join(f"{name} {'null' if follow[name] is None else figure['value']}" for name in stale)
    said = f"{_not_read(told, stale, 'comparator and value')}, and {figure['comparator']} {figure['value']} has {right}"
    return Stale({name: figure[name] for name in stale}, said)


def told_of_place(stale: list[str], locator: Doc) -> str:
    """The problem with a start or end where the words of a citation do not stand."""
    told = " and ".join(f"{name} {locator[name]!s:.40}" for name in stale)
    return _not_read(told, stale, "where the words stand in the text")


def _not_read(told: str, stale: list[str], from_what: str) -> str:
    return f"{told} {'are not read: they follow' if len(stale) > 1 else 'is not read: it follows'} from {from_what}"


def _are_equal(given: Any, shown: Any) -> bool:
    """Whether a value is the same text as a stored one, or the same number."""
    if shown is None or str(given) == str(shown):
        return shown is not None
    with suppress(BadValue):
        return parse_decimal(given) == parse_decimal(shown)
    return False


def _numbers_of(figure: Doc) -> dict[str, Decimal | None] | None:
    """The value and bounds of a figure; None where its bounds follow from nothing, or a number is none."""
    if figure.get("value") is None or not isinstance(comparator := figure.get("comparator"), str):
        return None
    if comparator not in _FOLLOWED:
        return None
    with suppress(BadValue):
        given = {name: figure.get(name) for name in ("value", *BOUNDS)}
        return {name: None if number is None else parse_decimal(number) for name, number in given.items()}
    return None


def _following(figure: Doc, numbers: dict[str, Decimal | None]) -> dict[str, Decimal | None]:
    bounds = bounds_of(figure["comparator"], numbers["value"], None, None)
    return {"low": bounds.low, "high": bounds.high}
