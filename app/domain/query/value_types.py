"""The types of values that filters ask for: how each is read from text, and how OpenAPI describes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from app.domain.dates.edtf import Edtf, parse_edtf
from app.domain.quantities.figures import parse_decimal
from app.domain.quantities.units import parse_unit
from app.domain.record.addresses import normal_address
from app.domain.record.languages import check_language
from app.domain.record.records_in import parse_id
from app.errors import BadValue, check_text

MAX_Q = 1000  # characters of a search text


def _date(text: str) -> Edtf:
    parsed = parse_edtf(text)
    if parsed.is_unknown:
        raise BadValue(f"{text!r} names no time; ask for claims without a known date by __isnull=true")
    return parsed


_WIKIDATA = re.compile("Q[1-9][0-9]{0,11}")


def _id(prefix: str, by_name: tuple[str, ...] = (), otherwise: str = "") -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = parse_id(text, prefix)
        if number is None:
            fitting = _fitting(text, by_name)
            told = f"ask with {' or '.join(fitting)}" if fitting else otherwise
            names = tuple(f"{name}={text[:80]}" for name in fitting)
            if "speaker__name" in fitting and _WIKIDATA.fullmatch(text):
                told, names = "ask with speaker__identifier", (f"speaker__identifier=wikidata:{text}",)
            told = f"; {told}" if told else ""
            raise BadValue(f"{text[:80]!r} is not an id; it looks like {prefix}_12{told}", names)
        return number

    return parse


def _fitting(text: str, by_name: tuple[str, ...]) -> list[str]:
    """The parameters that a text which is no id may be asked for with: those by key first, where it looks like one."""
    if not text.strip():
        return []
    fitting = [name for name in by_name if name.endswith("__url") == ("://" in text)]
    may_be_key = text == text.lower() and not re.search(r"\s", text)
    return sorted(fitting, key=lambda name: name.endswith("key") != may_be_key)


def _name(text: str) -> str:
    if not text.strip():
        raise BadValue("an empty text matches nothing; leave the parameter out, or ask for absent values by __isnull")
    if len(text.encode()) > 512:
        raise BadValue(f"{len(text.encode()):,} bytes long; no name has more than 512")
    return text


def _url(text: str) -> str:
    if not text.strip():
        raise BadValue("an empty text matches nothing; leave the parameter out")
    if len(text.encode()) > 2048:
        raise BadValue(f"{len(text.encode()):,} bytes long; no address has more than 2,048")
    return normal_address(text)


def _language(text: str) -> str:
    return check_language(text).lower()


def _language_range(text: str) -> str:
    return text if text == "*" else _language(text)


def _identifier(text: str) -> tuple[str, str]:
    scheme, colon, value = _name(text).partition(":")
    if not (colon and scheme and value):
        raise BadValue(f"{text[:80]!r} is no identifier; write scheme:value, as in wikidata:Q42")
    return scheme, value


def _search_text(text: str) -> str:
    if len(text) > MAX_Q:
        raise BadValue(f"{len(text):,} characters long; a search text has at most {MAX_Q:,}")
    return text


def parse_boolean(text: str) -> bool:
    """Parse `true` or `false`. Raises BadValue for anything else."""
    if text not in ("true", "false"):
        raise BadValue(f"{text[:80]!r} is neither true nor false")
    return text == "true"


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise BadValue(f"{text[:80]!r} is no whole number; write one in digits, such as 2")
    return int(text)


_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)


def parse_time(text: str) -> datetime:
    """A moment (RFC 3339 with its offset), in UTC; a day alone is its first moment. Raises BadValue."""
    if _TIME.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise BadValue(f"{text[:80]!r} is no moment; write 2026-01-31 or 2026-01-31T12:00:00Z")


def parse_last_moment(text: str) -> datetime:
    """The same; a day alone is its last moment."""
    moment = parse_time(text)
    is_day = len(text) == len("2026-01-31")
    return moment.replace(hour=23, minute=59, second=59, microsecond=999_999) if is_day else moment


def _typed(parse: Callable[[str], Any], result: Any, schema: dict[str, Any]) -> Any:
    checked = BeforeValidator(lambda value: parse(check_text(value)) if isinstance(value, str) else value)
    return Annotated[result, checked, WithJsonSchema(schema)]


def _opaque(parse: Callable[[str], Any], schema: dict[str, Any]) -> Any:
    return Annotated[Any, AfterValidator(lambda value: parse(check_text(_a_text(value)))), WithJsonSchema(schema)]


def _a_text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue("a text is needed here")
    return value


UnitText = Annotated[
    Any,
    AfterValidator(lambda value: parse_unit(check_text(_a_text(value)))),
    WithJsonSchema({"type": "string", "format": "unit", "maxLength": 64}),
]
TYPES: dict[str, Any] = {
    "date": _opaque(_date, {"type": "string", "format": "edtf", "maxLength": 64}),
    "first moment": _opaque(parse_time, {"type": "string", "format": "moment", "maxLength": 64}),
    "last moment": _opaque(parse_last_moment, {"type": "string", "format": "moment", "maxLength": 64}),
    "unit": UnitText,
    "number": _typed(parse_decimal, Decimal, {"type": "number"}),
    "count": _typed(_count, int, {"type": "integer", "minimum": 0, "maximum": 999_999_999}),
    "boolean": _typed(parse_boolean, bool, {"type": "boolean"}),
    "name": _opaque(_name, {"type": "string", "minLength": 1, "maxLength": 512}),
    "key": _opaque(_name, {"type": "string", "minLength": 1, "maxLength": 512}),
    "words": _opaque(_name, {"type": "string", "minLength": 1, "maxLength": 512}),
    "url": _opaque(_url, {"type": "string", "format": "address", "minLength": 1, "maxLength": 2048}),
    "language": _opaque(_language, {"type": "string", "format": "language", "maxLength": 35}),
    "language range": _opaque(_language_range, {"type": "string", "format": "language range", "maxLength": 35}),
    "identifier": _opaque(_identifier, {"type": "string", "minLength": 3, "maxLength": 512}),
    "text": _opaque(_search_text, {"type": "string", "maxLength": MAX_Q}),
}
PREFIXES = ("clm", "spk", "src", "met")


@cache
def id_type(prefix: str, by_name: tuple[str, ...] = (), otherwise: str = "") -> Any:
    """The type of ids with a prefix. by_name: the parameters that ask for the same by name, key or address, which are
    suggested where one of these is given; otherwise: what is told if there are none.
    """
    schema = {"type": "string", "pattern": rf"^{prefix}_[1-9][0-9]{{0,17}}$"}
    return _opaque(_id(prefix, by_name, otherwise), schema)
