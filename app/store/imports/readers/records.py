"""Foreign files → records: what stands in a row, object or document, by the names that it has there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.store.imports.readers.encodings import open_utf8, read_text
from app.store.imports.readers.file_form import BY_SUFFIX, FileForm, FormName
from app.store.imports.readers.front_matter import read_front_matter
from app.store.imports.readers.json_records import read_document, read_json_records
from app.store.imports.readers.json_text import read_ndjson
from app.store.imports.readers.located import BadFile, Record, as_record
from app.store.imports.readers.packed import open_file
from app.store.imports.readers.page_records import read_page_records
from app.store.imports.readers.rejected import is_rejected, rejected_record
from app.store.imports.readers.sheet_records import read_workbook
from app.store.imports.readers.table_records import read_table
from app.store.imports.readers.undecodable import NOTHING_STATED
from app.store.imports.readers.yaml_nodes import read_yaml

__all__ = ["Record", "read_records"]


def read_records(path: Path, form: FileForm) -> Iterator[Record | BadFile]:
    """The records of a file in their order; for one that cannot be read, what is wrong with it. Texts of tables are as
    they stand, '' for an empty cell; numbers of JSON are ints and Decimals.

    Reading goes on behind a fault where it can. Memory does not grow with the file, save that YAML, Markdown and web
    pages are read whole. Raises OSError where the file cannot be opened or read.
    """
    try:
        yield from _read(path, form, form.format_of(path))
    except BadFile as error:
        yield error


def _read(path: Path, form: FileForm, name: FormName | None) -> Iterator[Record | BadFile]:
    is_ours = is_rejected(path)  # in UTF-8, whatever the mapping says of others
    encoding, stated = (None, NOTHING_STATED) if is_ours else (form.dialect.encoding, form.dialect.stated)
    match name:
        case "csv" | "tsv":
            with open_file(path) as stream:
                yield from read_table(stream, form, "," if name == "csv" else "\t")
        case "ndjson":
            with open_utf8(path, encoding) as stream:
                take = rejected_record if is_rejected(path) else as_record
                for line in read_ndjson(stream, take, stated):
                    yield line if isinstance(line, BadFile) else line[1]
        case "json":
            with open_utf8(path, encoding) as stream:
                yield from read_json_records(stream, form.records, stated)
        case "yaml":
            yield from read_document(read_yaml(read_text(path, encoding, stated)), form.records)
        case "xlsx":
            yield from read_workbook(path, form)
        case "html":
            yield from read_page_records(path, form.records)
        case "markdown":
            yield read_front_matter(read_text(path, encoding, stated))
        case _:
            there = ", ".join(dict.fromkeys(BY_SUFFIX.values()))
            raise BadFile(f"nothing tells how this file is written; state its `format`: {there}", 1, code="format")
