"""Documents → records: the elements of the list at a path, or the one object there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.errors import FieldPath
from app.store.imports.readers.located import BadFile, Located, Record


def read_document(located: Located, records: str | None) -> Iterator[Record | BadFile]:
    """The records of a document at the path `records`; a single object there is one record."""
    path, value = find_records(located, records)
    elements = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
    for n, element in elements:
        line = located.line(path if n is None else (*path, n))
        if isinstance(element, dict):
            yield Record(line, element)
        else:
            yield BadFile("a record is to be an object, with names and values", line, code="no-object")


def find_records(located: Located, records: str | None) -> tuple[FieldPath, Any]:
    """The place that `records` names, and its value. Raises BadFile where there is none."""
    path: FieldPath = ()
    value = located.value
    for step in records.split(".") if records else ():
        if not isinstance(value, dict) or step not in value:
            there = ", ".join(list(value)[:9]) if isinstance(value, dict) else "no object"
            at = ".".join(map(str, path)) or "the document"
            raise BadFile(f"records: {records}: {at} has no {step!r}; there is {there}", located.line(path), path)
        path, value = (*path, step), value[step]
    return path, value
