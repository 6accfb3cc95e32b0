"""Values of records, as mappings see them: texts, whole numbers, Decimals, true and false, null, lists, objects."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from app.domain.record.records_in import MAX_TEXT
from app.errors import BadValue, shown_value

_LONG: Final = 100  # zeros that a number is written with; beyond that it keeps its exponent


def text_of(value: Any) -> str:
    """The text of a value that is no list and no object: '' for null, `true`, every digit of a number.

    Raises BadValue for lists and objects.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < _LONG else str(value)
    if isinstance(value, int):
        return str(value)
    right = "join it, as in | join(', ')" if isinstance(value, list) else "name one of its members"
    raise BadValue(f"a text is needed here, not {kind_of(value)}: {shown_value(value)}; {right}")


def text_of_key(value: Any) -> str:
    """A key as a text, without blanks around it: a file may have 12 where another has "12". Of a list or an object,
    which is no key of anything, as Python writes it.
    """
    return str(value) if isinstance(value, (list, dict)) else text_of(value).strip()


def kind_of(value: Any) -> str:
    """The kind of a value, with its article, as messages tell it."""
    kinds = (
        (type(None), "null"),
        (str, "a text"),
        (bool, "true or false"),
        (int | Decimal, "a number"),
        (dict, "an object"),
        (list | tuple, "a list"),
    )
    return next((told for kind, told in kinds if isinstance(value, kind)), f"a {type(value).__name__}")


def is_blank(value: Any) -> bool:
    """Whether a value says nothing: null, a text of blanks, an empty list or object."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def bounded(text: str) -> str:
    """The text. Raises BadValue where it is longer than a text may be."""
    check_length(len(text))
    return text


def check_length(length: int) -> None:
    """Raises BadValue where no text may have so many characters."""
    if length > MAX_TEXT:
        raise BadValue(f"the result has {length:,} characters; a text has at most {MAX_TEXT:,}")
