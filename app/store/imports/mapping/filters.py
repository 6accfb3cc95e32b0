"""The filters of mappings' templates, a row each: `{{ subjects | split(',') }}`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.errors import BadValue, shown_value


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. make: takes its parameters, and gives what is done to a value; raises BadValue for wrong ones.
    takes_null: whether it is asked for null as well, which all others leave as it is.
    """

    name: str
    parameters: str
    meaning: str
    example: str
    result: str
    make: Callable[..., Callable[[Any], Any]]
    takes_null: bool = False


def _split(separator: str = ",") -> Callable[[Any], Any]:
    return lambda value: [part.strip() for part in value.split(separator) if part.strip()]


def _strip(characters: str | None = None) -> Callable[[Any], Any]:
    return lambda value: value.strip(characters)


def _null(*words: str) -> Callable[[Any], Any]:
    return lambda value: None if value in words else value


def _required(why: str = "a value is needed here") -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is None or value == "":
            raise BadValue(why)
        return value

    return check


def _default(other: Any) -> Callable[[Any], Any]:
    return lambda value: other if value is None or value == "" else value


FILTERS = {
    row.name: row
    for row in (
        Filter("split", "separator=','", "the parts", "{{ 'a, b' | split(',') }}", '["a", "b"]', _split),
        Filter("strip", "characters=null", "no blanks", "{{ ' a ' | strip }}", "a", _strip),
        Filter("null", "*words", "nothing for words that mean it", "{{ 'N/A' | null('N/A') }}", "null", _null),
        Filter("required", "why", "refuses nothing", "{{ 'a' | required }}", "a", _required, takes_null=True),
        Filter("default", "other", "in place of nothing", "{{ x | default('a') }}", "a", _default, takes_null=True),
    )
}


def shown(value: object) -> str:
    """A value in an error message."""
    return shown_value(value)
