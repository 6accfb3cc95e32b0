"""The errors that callers can cause. Everything else is a fault of ours.

BadValue (a ValueError)      a value that cannot be read: a date, a unit, a number
OnRecordError
├── BadRequest    422        the request as a whole; carries one Problem for each fault
├── BadRecord     422        a record that contradicts what is stored; carries Problems
├── BadImport     422        files that cannot be imported as asked: a path that is not there
├── BadKey        422        a key for requests that cannot be made or revoked as asked
├── NotFound      404        no such record
├── Gone          410        a record that ended: its creation was undone, or its content purged
├── Merged        308        a record that is part of another by now
├── Conflict      409        what is asked for is at odds with what was done since
├── Unauthorized  401        a key is needed; or the one that is sent is unknown, expired or revoked
├── Forbidden     403        the key that is sent lacks the scope
├── TooMany       429        more requests than one address, or one key, may send
├── Duplicate     409        there is such a record already
├── PartOfAnother 409        a change of a record that is part of another by now
├── Stale         412        the record was changed since the version that a change is made from
├── BadMediaType  415        a body of another media type than is read
├── IfMatchNeeded 428        a change that does not say from which version it is made
├── NotAcceptable 406        there is no answer of a media type that the client accepts
├── NotInstalled  501        a format is asked for whose library is not installed
├── ImportEnded   409        an import that is over cannot be cancelled
├── Busy          503        another writer holds the lock
├── TooLarge      413        the body has more bytes than are read
├── Behind        503        the revision that is waited for is not here yet
├── TooManyExports 503       as many exports are under way as are given at a time
├── TooManyWaiting 503       as many requests wait for changes as may
├── TooManyImports 503       as many imports wait as may
├── QueryTimeout  503        a query ran for longer than queries may
└── NotReady      503        the database is away or missing; or a setting does not fit
    ├── NoRoom               its disk is full
    ├── NotMigrated          it is of another release
    └── Stopping             the service is being stopped

One file for all of them, long as it is, for it is one table; behind it stand the words that tell what is wrong.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from pydantic import ValidationError

FieldPath: TypeAlias = tuple[str | int, ...]  # the way to a value inside of another: field names, list positions from 0


class BadValue(ValueError):
    """A value that cannot be read. The message says what is wrong and what would be right.

    suggestions: near spellings that would be accepted, best first.
    """

    def __init__(self, message: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    where: `query`, `path`, `header`, `body` or `file`.
    """

    path: FieldPath
    code: str
    detail: str
    did_you_mean: tuple[str, ...] = ()
    where: str = "body"

    @property
    def field(self) -> str:
        """The path with dots, as filters and CSV headers write it: `figures.0.unit`."""
        return ".".join(str(step) for step in self.path)

    def under(self, *prefix: str | int) -> Problem:
        """The same problem, seen from a value that holds this one at `prefix`."""
        return Problem((*prefix, *self.path), self.code, self.detail, self.did_you_mean, self.where)

    def __str__(self) -> str:
        told = all(f" {meant} (" in self.detail for meant in self.did_you_mean)  # each with what it says
        hint = "" if told else f" (did you mean {' or '.join(self.did_you_mean)}?)"
        return (f"{self.field}: " if self.path else "") + self.detail + hint


class OnRecordError(Exception):
    """An error that a caller can cause. `code` is for programs, the message for people."""

    status = 500
    code = "error"
    title = "Error"

    def __init__(self, detail: str, problems: Iterable[Problem] = (), *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)
        self.code = code or self.code


class BadRequest(OnRecordError):
    """The request cannot be answered as it stands."""

    status, code, title = 422, "bad-request", "The request is not valid"

    @classmethod
    def of(cls, name: str, code: str, detail: str, where: str = "query") -> BadRequest:
        """The error of one parameter."""
        return cls(f"{name}: {detail}", [Problem((name,), code, detail, where=where)], code=code)


class BadRecord(OnRecordError):
    """A record that is at odds with what is stored."""

    status, code, title = 422, "bad-record", "The record is not valid"

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> BadRecord:
        """The error of these problems, which its detail tells; the first gives the code."""
        return cls("; ".join(map(str, problems[:3])), problems, code=problems[0].code)


class BadImport(OnRecordError):
    """The files cannot be imported as they are asked for."""

    status, code, title = 422, "bad-import", "The import is not valid"


class BadKey(OnRecordError):
    """A key for requests cannot be made or revoked as it is asked for."""

    status, code, title = 422, "bad-key", "The key is not valid"


class Unauthorized(OnRecordError):
    """The request needs a key that is known, and neither expired nor revoked."""

    status, code, title = 401, "key-needed", "A key is needed"


class Forbidden(OnRecordError):
    """The key that the request carries lacks a scope."""

    status, code, title = 403, "scope-needed", "The key lacks a scope"

    def __init__(self, detail: str, scope: str) -> None:
        super().__init__(detail)
        self.scope = scope


class TooMany(OnRecordError):
    """An address, or a key, has sent more requests than it may. after: seconds until the next one is admitted."""

    status, code, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, detail: str, *, code: str, after: int) -> None:
        super().__init__(detail, code=code)
        self.after = after


class NotFound(OnRecordError):
    """No record has this id."""

    status, code, title = 404, "not-found", "No such record"


class Gone(OnRecordError):
    """The record ended. code: `undone` where its creation was taken back, or `purged`."""

    status, code, title = 410, "undone", "The record has ended"


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A record, as messages name it: `spk_7 (key ann)`."""

    id: str
    key: str

    def __str__(self) -> str:
        return f"{self.id} (key {self.key})"


@dataclass(frozen=True, slots=True)
class EditedRecord(NamedRecord):
    """A record that was changed, merged or ended, and the revision by which."""

    revision: int


@dataclass(frozen=True, slots=True)
class ShownRecord(NamedRecord):
    """A record that stays, for others show it. by: some of these; by_in_all: how many there are."""

    by: tuple[NamedRecord, ...]
    by_in_all: int


class Conflict(OnRecordError):
    """The request is at odds with what was done since. records: those that were changed. shown: those that others
    show.
    """

    status, code, title = 409, "conflict", "The request is at odds with what is stored"

    def __init__(
        self, detail: str, code: str, records: Sequence[EditedRecord] = (), shown: Sequence[ShownRecord] = ()
    ) -> None:
        super().__init__(detail, code=code)
        self.records = tuple(records)
        self.shown = tuple(shown)


class Merged(OnRecordError):
    """The record is part of another by now: of `resource` (`speakers`, …) the one with the id `into`."""

    status, code, title = 308, "merged", "The record was merged into another"

    def __init__(self, detail: str, resource: str, into: str) -> None:
        super().__init__(detail)
        self.resource = resource
        self.into = into


class PartOfAnother(OnRecordError):
    """A record that is to be changed is part of another by now. resource, into, key: of that one.

    Reads are led on (Merged), changes are not: a client that follows would edit another record than it named.
    """

    status, code, title = 409, "merged", "The record was merged into another"

    def __init__(self, detail: str, resource: str, into: str, key: str) -> None:
        super().__init__(detail)
        self.resource, self.into, self.key = resource, into, key


class Duplicate(OnRecordError):
    """There is such a record already."""

    status, code, title = 409, "duplicate", "The record exists"


class Stale(OnRecordError):
    """The record is at another version than the change was made from. Its problems tell the fields that differ."""

    status, code, title = 412, "stale", "The record was changed in the meantime"


class BadMediaType(OnRecordError):
    """The body is of a media type that is not read."""

    status, code, title = 415, "bad-media-type", "The media type is not read"


class IfMatchNeeded(OnRecordError):
    """The change does not say from which version of the record it is made."""

    status, code, title = 428, "if-match-needed", "If-Match is needed"


class NotAcceptable(OnRecordError):
    """The client accepts no media type that can be answered."""

    status, code, title = 406, "not-acceptable", "No acceptable media type"


class NotInstalled(OnRecordError):
    """A format is asked for whose library is not installed."""

    status, code, title = 501, "not-installed", "A library is not installed"


class ImportEnded(OnRecordError):
    """The import is over, or is stored at this moment."""

    status, code, title = 409, "import-ended", "The import is over"


class Busy(OnRecordError):
    """Another writer held the lock for longer than a writer waits."""

    status, code, title = 503, "busy", "Another write is under way"


class TooLarge(OnRecordError):
    """The body is larger than what is read."""

    status, code, title = 413, "too-large", "The body is too large"


class Behind(OnRecordError):
    """The database has not seen the revision yet that the client has."""

    status, code, title = 503, "behind", "The database is behind"


class TooManyExports(OnRecordError):
    """As many exports are under way as are given at a time."""

    status, code, title = 503, "busy", "Too many exports are under way"


class TooManyWaiting(OnRecordError):
    """As many requests wait for changes as may at a time."""

    status, code, title = 503, "busy", "Too many requests wait for changes"


class TooManyImports(OnRecordError):
    """As many imports wait as may at a time."""

    status, code, title = 503, "busy", "Too many imports wait"


class QueryTimeout(OnRecordError):
    """A query ran for longer than queries may, and was stopped."""

    status, code, title = 503, "query-timeout", "The query takes too long"


class NotReady(OnRecordError):
    """The database cannot be asked. The message is for who runs the service, and names the command where one helps."""

    status, code, title = 503, "not-ready", "The database is not ready"
    shown_to_clients = "the database cannot be asked at the moment"  # HTTP clients are not told of files and hosts


class NoRoom(NotReady):
    """The database cannot store more: its disk is full."""

    shown_to_clients = "the database cannot store more at the moment"


class NotMigrated(NotReady):
    """The database is of another release. state: which parts are of which versions; database: its name for the log."""

    def __init__(self, database: str, state: str) -> None:
        super().__init__(f"the database {database} {state}")
        self.shown_to_clients = f"the database {state}"


class Stopping(NotReady):
    """The service is being stopped, and answers nothing more."""

    code, title = "stopping", "The service is being stopped"
    shown_to_clients = "the service is being stopped; ask another, or again later"

    def __init__(self) -> None:
        super().__init__("the service is being stopped")


SPELLING = 0.75  # likeness of a word and a misspelling: relative and ratio have 0.62, refutes and restates 0.67


def with_article(noun: str) -> str:
    """`a person`, `an organization`."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def near(word: str, known: Iterable[str], limit: int = 3, cutoff: float = 0.6) -> tuple[str, ...]:
    """Up to `limit` of the known words that are spelt like `word`, best first; none that says the opposite. cutoff: how
    alike they are at least, of 1.
    """
    right = [one for one in known if not opposes(word[:100], one)]
    return tuple(difflib.get_close_matches(word[:100], right, n=limit, cutoff=cutoff))


_UP = frozenset((
    "gte", "gt", "ge", "after", "since", "from", "min", "minimum", "least", "more", "above", "over", "greater", "newer",
    "later", "start", "begin", "high", "higher", "upper",
))  # fmt: skip
_DOWN = frozenset((
    "lte", "lt", "le", "before", "until", "till", "to", "max", "maximum", "most", "less", "below", "under", "smaller",
    "older", "earlier", "end", "low", "lower",
))  # fmt: skip
_NOT = frozenset(("not", "ne", "neq", "nin", "nto", "exclude", "excluding", "except", "without", "isnt", "no", "none"))
_NO_DENIAL = ("note", "until", "under", "unit")  # look like denials


def opposes(word: str, other: str) -> bool:
    """Whether two names say opposite things: the one at least and the other at most, the one not and the other yes, the
    one up and the other down. `other` is one that exists, and ends in its operator if it has one.
    """
    if word.startswith("-") != other.startswith("-"):
        return True
    words, others = set(words_in(word)), set(words_in(other))
    if bool(words & _UP) != bool(words & _DOWN) and others & (_DOWN if words & _UP else _UP):
        return True
    if "isnull" in others:
        return not any("nul" in one or one in ("none", "empty", "missing", "absent", "blank") for one in words)
    return any(map(_denies, words)) != any(map(_denies, others))


def _denies(word: str) -> bool:
    return word in _NOT or (word.startswith(("not", "un")) and not word.startswith(_NO_DENIAL))


def words_in(name: str) -> list[str]:
    """The words of a name in small letters, whatever stands between them: `startDate`, `start_date`, `start[date]`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:100])
    return re.findall(r"[^\W_]+", apart.lower())


def check_text(text: str) -> str:
    """The text, if it can be stored and sent: no NUL and no lone surrogate. Raises BadValue."""
    if "\x00" in text:
        raise BadValue(f"a NUL character stands at position {text.index(chr(0))}; leave it out")
    lone = None if text.isascii() else re.search("[\ud800-\udfff]", text)
    if lone:
        raise BadValue(
            f"a lone surrogate (U+{ord(lone[0]):04X}) stands at position {lone.start()}; send well-formed Unicode"
        )
    return text


def misspelt(_name: str, word: str, known: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The choices that a word may be a misspelling of; no looser, for each says another thing. And nothing to add."""
    return near(word, known, cutoff=SPELLING), ""


def problems_of(
    error: ValidationError,
    meant: Callable[[FieldPath, str], tuple[str, ...]],
    where: str = "body",
    choose: Callable[[str, str, Sequence[str]], tuple[tuple[str, ...], str]] = misspelt,
) -> list[Problem]:
    """Pydantic's errors, as Problems. meant: gives the fields that an unknown name may mean at a path. choose: which of
    some choices a word may mean that is none of a field, and what else to say of it.
    """
    problems = (_problem(dict(fault), meant, where, choose) for fault in error.errors(include_url=False))
    return list(problems)


SHAPES = {  # pydantic's errors of wrong shapes, in the words of authors of records
    "list_type": "a list is needed here: [one, two]",
    "dict_type": "an object is needed here: {{name: value}}",
    "model_type": "an object is needed here: {{field: value}}",
    "model_attributes_type": "an object is needed here: {{field: value}}",
    "string_type": "a text is needed here",
    "string_unicode": "well-formed Unicode is needed here",
    "string_too_long": "at most {max_length} characters are taken here",
    "too_long": "at most {max_length} are taken here, not {actual_length}",
    "too_short": "at least {min_length} is needed here",
    "greater_than_equal": "a number of {ge} or more is needed here",
    "less_than_equal": "a number of {le} or less is needed here",
} | dict.fromkeys(
    ("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "a whole number is needed here, such as 2"
) | dict.fromkeys(
    ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
    "a day is needed here, such as 2024-04-30",
)  # fmt: skip


def _problem(
    fault: dict[str, object],
    meant: Callable[[FieldPath, str], tuple[str, ...]],
    where: str,
    choose: Callable[[str, str, Sequence[str]], tuple[tuple[str, ...], str]],
) -> Problem:
    path: FieldPath = tuple(fault["loc"])  # type: ignore[arg-type]  # pydantic's own shape
    context: dict[str, object] = fault.get("ctx") or {}  # type: ignore[assignment]  # pydantic's own shape
    cause = context.get("error")
    given = fault.get("input")
    match fault["type"]:
        case "extra_forbidden":
            name = str(path[-1])
            return Problem(path, "unknown-field", "there is no such field", meant(path[:-1], name), where)
        case "literal_error":
            choices = re.findall(r"'([^']*)'", str(context.get("expected")))
            name = next((one for one in reversed(path) if isinstance(one, str)), "")
            hints, advice = choose(name, str(given), choices)
            detail = f"{shown_value(given)} is not one of {', '.join(choices)}{advice and '; ' + advice}"
            return Problem(path, "bad-choice", detail, hints, where)
        case "missing" | "too_short" if path[-1:] == ("citations",):
            return Problem(path, "missing", "a source is needed: its key, url or title, as in source.url", (), where)
        case "missing":
            return Problem(path, "missing", "this field is required", (), where)
    if isinstance(cause, BadValue):
        return Problem(path, "bad-value", str(cause), cause.suggestions, where)
    shape = SHAPES.get(str(fault["type"]))
    message = shape.format(**context) if cause is None and shape else str(cause or fault["msg"])
    message = message[:1].lower() + message[1:]
    return Problem(path, "bad-value", f"{message}, not null or an empty cell" if given is None else message, (), where)


def shown_value(value: object) -> str:
    """A value as messages show it: a text in single quotation marks, anything else as JSON writes it; cut at 80
    characters.
    """
    text = repr(value) if isinstance(value, str) else _as_json(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _as_json(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str)
