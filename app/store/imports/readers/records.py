"""Foreign files → records: what stands in a row, object or document, by the names that it has there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.store.imports.readers.file_form import FileForm, FormName
from app.store.imports.readers.json_records import read_document
from app.store.imports.readers.json_text import read_json, read_ndjson
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.packed import open_file, read_text
from app.store.imports.readers.table_records import read_table

__all__ = ["Record", "read_records"]


def read_records(path: Path, form: FileForm) -> Iterator[Record | BadFile]:
    """The records of a file in their order; for one that cannot be read, what is wrong with it. Texts of tables are as
    they stand, '' for an empty cell; numbers of JSON are ints and Decimals.

    Reading goes on behind a fault where it can. Raises OSError where the file cannot be opened or read.
    """
    try:
        yield from _read(path, form, form.format_of(path))
    except BadFile as error:
        yield error


def _read(path: Path, form: FileForm, name: FormName | None) -> Iterator[Record | BadFile]:
    match name:
        case "csv" | "tsv":
            with open_file(path) as stream:
                yield from read_table(stream, form, "," if name == "csv" else "\t")
        case "ndjson":
            with open_file(path) as stream:
                for line in read_ndjson(stream):
                    yield line if isinstance(line, BadFile) else as_record(*line)
        case "json":
            yield from read_document(read_json(read_text(path)), form.records)
        case _:
            raise BadFile(f"files of the format {name} are not read yet", 1, code="format")


def as_record(line: int, value: object) -> Record | BadFile:
    """The record of a value; a fault for a value that has no members."""
    if isinstance(value, dict):
        return Record(line, value)
    return BadFile("a record is to be an object, with names and values", line, code="no-object")
