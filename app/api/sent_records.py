"""Bodies of requests that write → what the store takes: checked, with problems at their places in what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from msgspec import structs
from pydantic import TypeAdapter, ValidationError

from app.domain.record.derived import read_record
from app.domain.record.records_in import MetricIn, Reference, SourceIn, SpeakerIn
from app.errors import BadRecord, BadRequest, Problem, shown_value
from app.store.imports.check_rows import LONG_FORMS, check_row
from app.store.imports.readers.files import as_written
from app.store.imports.row_warnings import warnings_of, warnings_of_part
from app.store.records.document import decode, encode, given
from app.store.records.fields import STAMPS
from app.store.write.amending import Given
from app.store.write.edits import ROW, Change, Edit, Edited
from app.store.write.grouped_thousands import grouped_in
from app.store.write.prepared import decode_prepared

Doc = dict[str, Any]

MODELS: Final[dict[str, type[Reference]]] = {"spk": SpeakerIn, "src": SourceIn, "met": MetricIn}
KEYLESS: Final = Problem(
    ("key",), "keyless", "no key was sent: with other words it would be another claim; PATCH corrects it by its id"
)
_VERSION: Final = TypeAdapter(int | None)
READ_ONLY: Final = {"spk": ("source",), "src": ("text_sha256",), "met": ()}  # beside stamps: what is read may be sent


def sent_object(value: Any) -> Doc:
    """The members of a body. Raises BadRequest where it is no object."""
    if not isinstance(value, dict):
        problem = Problem((), "bad-value", "an object is needed here: {field: value}")
        raise BadRequest(problem.detail, [problem], code=problem.code)
    return value


def sent_id(members: Doc) -> str | None:
    """The id in a body. Raises BadRecord where it is no text."""
    record_id = members.get("id")
    if record_id is not None and not isinstance(record_id, str):
        told = f"{shown_value(record_id)} is no id; it is a text such as spk_12, which the database gives: leave it out"
        raise BadRecord(told, [Problem(("id",), "bad-value", told)])
    return record_id


def claim_sent(value: Any, key: str | None = None) -> tuple[Given, tuple[Problem, ...]]:
    """A whole claim, with warnings. key: that it is to have, if its path says so. Raises BadRecord."""
    members = sent_object(value)
    if key is not None:
        members = _keyed(members, key)
    checked = check_row("claims", members)
    if checked.frame is None:
        raise BadRecord.of([_at(problem, checked.long) for problem in checked.problems])
    prepared = decode_prepared(checked.prepared) if checked.prepared else None
    restores = members.get("retraction", ...) is None or members.get("status") == "active"
    row = Given(ROW, decode(checked.frame), prepared=prepared, restores=restores, unread=checked.unread)
    row = structs.replace(row, grouped=checked.grouped, expects=_version_in(members))
    warnings = tuple(_at(problem, checked.long) for problem in checked.warnings)
    return row, (*warnings, *([KEYLESS] if checked.key is None else ()))


def claim_patch(value: Any, record_id: str) -> tuple[Given, tuple[Problem, ...]]:
    """The fields of a claim that a patch names, with warnings."""
    members = sent_object(value)
    own = {name: member for name, member in members.items() if name != "version"}
    row = Given(ROW, None, {"members": own | {"id": record_id}}, restores=True, grouped=grouped_in(own))
    return structs.replace(row, expects=_version_in(members)), warnings_of_part(members)


def long_forms(value: Any) -> str:
    """Which of the lists that have a shorter form a body writes out."""
    return " ".join(name for name in LONG_FORMS if isinstance(value, dict) and value.get(name) is not None)


def definition_sent(prefix: str, value: Any, known: Doc) -> tuple[Given, tuple[Problem, ...]]:
    """The fields of a speaker, source or metric, with warnings. known: its id or key, where the path has it."""
    members = sent_object(value)
    if "key" in known:
        members = _keyed(members, known["key"])
    own = {name: one for name, one in members.items() if name not in (*STAMPS, *READ_ONLY[prefix], "version", "id")}
    record, problems, unread = read_record(MODELS[prefix], own | known)
    if record is None:
        raise BadRecord.of(problems)
    doc = given(record)
    return Given(ROW, doc, unread=unread, expects=_version_in(members)), warnings_of(encode(doc))


def definition_patch(prefix: str, value: Doc, record_id: str) -> tuple[Given, tuple[Problem, ...]]:
    """The fields that a patch names of a speaker, source or metric. Schemes of identifiers that are null are to go."""
    schemes = value.get("identifiers") if prefix == "spk" else None
    gone = [name for name, one in schemes.items() if one is None and name] if isinstance(schemes, dict) else []
    if isinstance(schemes, dict):
        value = value | {"identifiers": {name: one for name, one in schemes.items() if name not in gone}}
    row, warnings = definition_sent(prefix, value, {"id": record_id})
    text = {"text": None} if value.get("text", "") is None else {}
    return structs.replace(row, patch={"members": {"identifiers": dict.fromkeys(gone)} | text}), warnings


def _version_in(members: Doc) -> int | None:
    """The version that a body was made from, if it says so, read as rows of files have it. Raises BadRecord."""
    try:
        return _VERSION.validate_python(members.get("version"))
    except ValidationError:
        told = "a whole number is needed here, such as 2"
        raise BadRecord(told, [Problem(("version",), "bad-value", told)]) from None


def require_own(members: Doc, name: str, own: str) -> None:
    """Raise BadRecord where a body names another record than the path does."""
    if members.get(name, own) != own:
        right = "a key is its record's for ever" if name == "key" else "the path names the record"
        told = f"{shown_value(members[name])} is not {own}, and {right}: leave it out"
        raise BadRecord.of([Problem((name,), "bad-value", told)])


def _keyed(members: Doc, key: str) -> Doc:
    if members.get("key") is not None:
        require_own(members, "key", key)
    return members | {"key": key}


@contextmanager
def told_as_sent(long: str) -> Iterator[None]:
    """Tell the problems of a claim at their places in a body with these long forms."""
    try:
        yield
    except BadRecord as error:
        if not error.problems:
            raise
        raise BadRecord.of([_at(problem, long) for problem in error.problems]) from None


def with_warnings(change: Change, warnings: tuple[Problem, ...], long: str = "") -> Change:
    """The change, with the warnings of its request before those of the store, and problems at their places."""

    def changed(edit: Edit) -> Edited:
        with told_as_sent(long):
            done = change(edit)
        own = tuple(_at(problem, long) for problem in done.warnings)
        return replace(done, warnings=(*warnings, *own))

    return changed


def _at(problem: Problem, long: str) -> Problem:
    return replace(problem, path=as_written(problem.path, long))
