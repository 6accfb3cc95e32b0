"""Documents → records: the elements of the list at a path, or the one object there. JSON is read a record at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

from app.errors import FieldPath
from app.store.imports.readers.json_stream import JsonStream
from app.store.imports.readers.located import TOO_LARGE, BadFile, Located, Record, as_record
from app.store.imports.readers.undecodable import NOTHING_STATED, Stated

EACH: Final = "*"  # a step of a path: all members or elements; the names of those members are a value of the record
SHOWN: Final = 12  # names that a message tells


def steps_of(records: str | None) -> list[str]:
    """The steps of a path: `data.items`, or as RFC 6901 has it, where a name has a dot: `/data.v1/items`."""
    if not records:
        return []
    if records.startswith("/"):
        return [step.replace("~1", "/").replace("~0", "~") for step in records[1:].split("/")]
    return records.split(".")


def read_json_records(
    stream: BinaryIO, records: str | None, stated: Stated = NOTHING_STATED
) -> Iterator[Record | BadFile]:
    """The records in a JSON text at the path `records`, in memory that one record takes; a single object there is one
    record. stream: UTF-8; stated: the encoding that it was decoded from.

    A fault inside a record is told, and the next one is read; any other is the last.
    """
    text = JsonStream(stream, stated)
    try:
        if text.is_over:
            raise BadFile("the file is empty", 1)
        yield from _Walk(text, records).records()
        if not text.is_over:
            raise _more(text)
    except BadFile as error:
        yield error


def _more(text: JsonStream) -> BadFile:
    fault = text.broken("the end is expected after the one value")
    hint = "; where each line is an object, the format is ndjson" if text.next() == "{" else ""
    return BadFile(f"{fault}{hint}", fault.line)


class _Walk:
    """The way through a text to its records."""

    def __init__(self, text: JsonStream, records: str | None) -> None:
        self._text = text
        self._records = records
        self._steps = steps_of(records)

    def records(self, depth: int = 0, names: tuple[str, ...] = ()) -> Iterator[Record | BadFile]:
        """The records in the value that begins here. depth: how many steps lead there; names: of members, for EACH."""
        steps = self._steps[depth:]
        line = self._text.place()[0]
        if steps and self._text.next() == "{":
            yield from self._in_object(steps[0], depth, names, line)
        elif steps and self._text.next() == "[":
            yield from self._in_list(steps[0], depth, names, line)
        elif steps:
            raise self._missing(depth, line, "neither list nor object")
        elif self._text.next() == "[":
            for _ in self._text.elements():
                yield self._record(names)
        else:
            yield self._record(names) if self._steps else self._only_record()

    def _in_object(self, step: str, depth: int, names: tuple[str, ...], line: int) -> Iterator[Record | BadFile]:
        there: list[str] = []
        is_found = step == EACH
        for name in self._text.members():
            if name != step and step != EACH:
                there.append(name)
                self._text.skip()
                continue
            is_found = True
            yield from self.records(depth + 1, (*names, name) if step == EACH else names)
        if not is_found:
            raise self._missing(depth, line, ", ".join(there[:SHOWN]) or "nothing")

    def _in_list(self, step: str, depth: int, names: tuple[str, ...], line: int) -> Iterator[Record | BadFile]:
        number = -1
        for number in self._text.elements():
            if step in (EACH, str(number)):
                yield from self.records(depth + 1, names)
            else:
                self._text.skip()
        if step != EACH and not (step.isdecimal() and int(step) <= number):
            raise self._missing(depth, line, f"a list of {number + 1}")

    def _missing(self, depth: int, line: int, there: str) -> BadFile:
        return missing(self._records, self._steps, depth, line, there)

    def _only_record(self) -> Record | BadFile:
        """The record that the whole document is."""
        try:
            return self._record(())
        except BadFile as error:
            if error.code != TOO_LARGE:
                raise
            told = f"{error}; where the records stand inside of it, `records` in the mapping names the way to them"
            return BadFile(told, error.line, code=error.code, text=error.text)

    def _record(self, names: tuple[str, ...]) -> Record | BadFile:
        line = self._text.place()[0]
        try:
            return _named(as_record(line, self._text.value()), names)
        except BadFile as error:
            if self._text.is_over:
                raise
            return error


def _named(record: Record | BadFile, names: tuple[str, ...]) -> Record | BadFile:
    """The record with the names that led to it, as EACH has them."""
    if names and isinstance(record, Record):
        return Record(record.line, {EACH: "/".join(names), **record.values})
    return record


def missing(records: str | None, steps: Sequence[str], depth: int, line: int, there: str) -> BadFile:
    """The fault of a path that leads nowhere. depth: of the step that is not there; there: what is."""
    place = ".".join(steps[:depth]) or "the document"
    said = f"records: {records}: {place} has no {steps[depth]!r}; there is {there}"
    return BadFile(said, line, code="records")


def read_document(located: Located, records: str | None) -> Iterator[Record | BadFile]:
    """The records of a document that was read whole, as read_json_records gives them. Raises BadFile for a path that
    leads nowhere.
    """
    steps = steps_of(records)
    for path, names in _places(located, records, steps, (), located.value, ()):
        value = _at(located.value, path)
        elements = [(*path, n) for n in range(len(value))] if isinstance(value, list) else [path]
        for place in elements:
            yield _named(as_record(located.line(place), _at(located.value, place)), names)


def _at(value: Any, path: FieldPath) -> Any:
    for step in path:
        value = value[step]
    return value


def _places(
    located: Located, records: str | None, steps: Sequence[str], path: FieldPath, value: Any, names: tuple[str, ...]
) -> Iterator[tuple[FieldPath, tuple[str, ...]]]:
    """The places that the steps lead to, each with the names of members that stand for EACH."""
    if len(path) == len(steps):
        yield path, names
        return
    step = steps[len(path)]
    inner = _inner(value, step)
    if (not inner and step != EACH) or not isinstance(value, dict | list):
        there = ", ".join(list(value)[:SHOWN]) if isinstance(value, dict) else "neither list nor object"
        there = f"a list of {len(value)}" if isinstance(value, list) else there or "nothing"
        raise missing(records, steps, len(path), located.line(path), there)
    for at in inner:
        passed = (*names, str(at)) if step == EACH and isinstance(value, dict) else names
        yield from _places(located, records, steps, (*path, at), _at(value, (at,)), passed)


def _inner(value: Any, step: str) -> list[str | int]:
    """The members or elements that a step names."""
    if isinstance(value, dict):
        return list(value) if step == EACH else [step] if step in value else []
    if isinstance(value, list):
        every = range(len(value))
        return [*every] if step == EACH else [int(step)] if step.isdecimal() and int(step) in every else []
    return []
