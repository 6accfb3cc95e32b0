"""Groupings: the values that aggregates and facets count claims by, one row each, made from the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.query.meanings import SameRecord
from app.domain.query.registry import FACTS, FIELDS, ClaimField, FactRow
from app.domain.query.value_types import PREFIXES
from app.domain.record.synonyms import meant_parameters
from app.errors import BadValue, near

MOST_GROUPINGS: Final = 3
MOST_FACETS: Final = 5
STEPS: Final = ("year", "month", "decade")  # of dates
_TITLED: Final = {"src": ("id", "key", "title")}  # how a record of a type is shown; others by id, key and name


@dataclass(frozen=True)
class Grouping:
    """Values of a field that claims are counted by. name: as it is asked for and answered: `speaker.kind`. step: of
    dates, how long each is that is counted apart.
    """

    name: str
    field: ClaimField
    step: str = ""

    @property
    def fact(self) -> FactRow:
        """The fact whose values are told apart."""
        name = f"{self.field.name}__{self.field.grouped_by}" if self.field.grouped_by else self.field.name
        return next(row for row in FACTS[self.field.element] if row.name == name)

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields that are shown of a value that is a record; none, where it is shown by itself."""
        kind = self.field.operators[0].type
        return _TITLED.get(kind, ("id", "key", "name")) if kind in PREFIXES else ()

    @property
    def columns(self) -> list[str]:
        """The columns of a table."""
        return [f"{self.name}.{part}" for part in self.shown] or [self.name]

    @property
    def filters(self) -> frozenset[str]:
        """The fields that ask for the same: by id, and by name, key or address."""
        return frozenset([self.field.name, *(field.name for field in FIELDS if _asks_by_name(field, self.field.name))])


def _asks_by_name(field: ClaimField, name: str) -> bool:
    return any(isinstance(one.meaning, SameRecord) and one.meaning.field == name for one in field.operators)


def names_of(field: ClaimField) -> list[str]:
    """The names of the groupings of a field."""
    if not field.groupable:
        return []
    name = field.name.replace("__", ".")
    return [f"{name}:{step}" for step in STEPS] if field.operators[0].type == "date" else [name]


GROUPINGS: Final = {name: Grouping(name, field, name.partition(":")[2]) for field in FIELDS for name in names_of(field)}


def parse_groupings(text: str) -> tuple[Grouping, ...]:
    """The groupings of an aggregate, between commas. Raises BadValue."""
    return _parsed(text, MOST_GROUPINGS, "claims are grouped by")


def parse_facets(text: str) -> tuple[Grouping, ...]:
    """The facets of a list, between commas. Raises BadValue."""
    return _parsed(text, MOST_FACETS, "a list has facets by")


def _parsed(text: str, most: int, told: str) -> tuple[Grouping, ...]:
    names = [name.strip() for name in text.split(",")]
    if len(names) > most:
        raise BadValue(f"{told} {most} at most, not {len(names):,}")
    for name in names:
        if name not in GROUPINGS:
            detail = f"{name[:80]!r} is nothing to group by; /v1/claims/fields has what is in `group_by`"
            raise BadValue(detail, _meant(name))
        if names.count(name) > 1:
            raise BadValue(f"{name} stands twice; leave one out")
    return tuple(GROUPINGS[name] for name in names)


def _meant(name: str) -> tuple[str, ...]:
    """The groupings that a name which is none may mean."""
    if name in STEPS:
        return (f"said_on:{name}",)
    by_field = {field.name: names_of(field) for field in FIELDS if field.groupable}
    asked, _, step = name.partition(":")
    parameters = [*by_field, *(field.name for field in FIELDS if field.name.startswith(tuple(by_field)))]
    fields = dict.fromkeys(_field_of(one, by_field) for one in meant_parameters(asked.replace(".", "__"), parameters))
    found = [one for field in fields if field for one in by_field[field]]
    return tuple(one for one in found if one.endswith(f":{step}") and step) or tuple(found) or near(name, GROUPINGS)


def _field_of(parameter: str, by_field: dict[str, list[str]]) -> str:
    """The field that can be grouped by, of which a parameter asks for the same: of speaker__name it is speaker."""
    if parameter in by_field:
        return parameter
    return next((name for name in by_field if parameter in GROUPINGS[by_field[name][0]].filters), "")
