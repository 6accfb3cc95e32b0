"""What the beginning of a file shows: how it is written, and its first records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from app.domain.record.csv_columns import check_header
from app.domain.record.records_in import ClaimIn, field_names
from app.errors import BadImport
from app.store.imports.drafts.documents_seen import RecordsSeen, records_in, value_of
from app.store.imports.drafts.head import Head, read_head
from app.store.imports.drafts.tables_seen import table_in
from app.store.imports.readers.file_form import BY_SUFFIX, FileForm, FormName
from app.store.imports.readers.files import SECTIONS
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.packed import plain_suffix
from app.store.imports.readers.records import read_records
from app.store.imports.readers.regular_files import why_missing, why_unread
from app.store.imports.readers.table_records import Columns
from app.store.imports.readers.yaml_nodes import read_yaml

MAX_RECORDS: Final = 1000  # that are looked at
WHOLE: Final = ("xlsx", "markdown", "yaml")  # formats that are read whole
TABLES: Final = ("csv", "tsv", "xlsx")
_NAMES: Final = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file. records: its first ones. notes: what is said of members of the form. remarks: of the file as a whole.

    how_much: what was read of it.
    """

    path: Path
    format: FormName
    form: FileForm
    records: list[dict[str, Any]]
    how_much: str
    notes: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether all records have the same columns."""
        return self.format in TABLES


def see_file(path: Path) -> FileSeen:
    """What a file shows. Raises BadImport where it cannot be read, holds no records, or needs no mapping."""
    try:
        if reason := why_unread(path):
            raise BadImport(f"{path}: {reason}")
        return _seen(path)
    except OSError as error:
        raise BadImport(f"{path}: {why_missing(path, error)}") from None
    except BadFile as error:
        raise BadImport(f"{path}:{error.line}: {error}") from None


def _seen(path: Path) -> FileSeen:
    if BY_SUFFIX.get(plain_suffix(path)) == "xlsx":
        return _workbook(path)
    head = read_head(path)
    name = _format_of(head)
    if name == "html":
        raise _native(path, "web pages are read for the ClaimReview in them")
    match name:
        case "csv" | "tsv":
            found = _table(head, name)
        case "json" | "yaml":
            found = _document(head, name)
        case "ndjson":
            found = _lines(head)
        case _:
            found = _read(head.path, "markdown", FileForm())
    if not found.records:
        raise BadImport(f"{path}: no records are seen in it")
    stated = None if BY_SUFFIX.get(plain_suffix(path)) == found.format else found.format
    form = replace(found.form, format=stated, dialect=replace(found.form.dialect, encoding=head.encoding))
    return replace(found, form=form, notes=found.notes | ({"encoding": head.how} if head.encoding else {}))


def _native(path: Path, why: str) -> BadImport:
    return BadImport(f"{path} needs no mapping: {why}. Try: onrecord import --dry-run {path}", code="native")


def _format_of(head: Head) -> FormName:
    """The format by the name, unless the beginning is plainly another; without a name that tells, by the beginning."""
    named = BY_SUFFIX.get(plain_suffix(head.path))
    text = head.text.lstrip()
    if text[:1] in ("{", "[") and named in (None, "json", "ndjson", "csv", "tsv"):
        return "ndjson" if _is_lines(head) else "json"
    if named is not None:
        return named
    if text[:200].lower().startswith(("<!doctype html", "<html")):
        return "html"
    if text.startswith("---\n"):
        return "markdown"
    return "tsv" if head.text.partition("\n")[0].count("\t") else "csv"


def _is_lines(head: Head) -> bool:
    """Whether each line is an object by itself."""
    lines = [line for line in head.lines[:20] if line.strip()]
    return len(lines) > 1 and all(_object_in(line) is not None for line in lines)


def _object_in(line: str) -> dict[str, Any] | None:
    try:
        value = value_of(line, is_whole=True)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _how_much(head: Head, records: int, *, more: bool) -> str:
    """What was read, as `the first 1,000 records`."""
    if head.is_whole and not more:
        return "the only record" if records == 1 else f"all {records:,} records"
    return f"the first {records:,} records; no more was read"


def _table(head: Head, name: FormName) -> FileSeen:
    usual = "," if name == "csv" else "\t"
    table = table_in(head.lines, usual, MAX_RECORDS)
    whole = [row for row in table.rows if len(row) == table.width]
    names = tuple(f"column_{n}" for n in range(1, table.width + 1))
    columns = Columns(whole[0] if table.has_header and whole else names)
    if table.has_header and check_header(columns.names)[0] and table.width > 1:
        raise _native(head.path, "its columns are named as the fields of claims are")
    rows = whole[1:] if table.has_header else whole
    records = [columns.record(n, row).values for n, row in enumerate(rows[:MAX_RECORDS], 1)]
    notes, remarks = {}, []
    form = FileForm(header=table.has_header, columns=() if table.has_header else names)
    if table.delimiter != usual:
        form = replace(form, dialect=replace(form.dialect, delimiter=table.delimiter))
        notes["delimiter"] = _NAMES.get(table.delimiter, "")
    if table.quoting == "none":
        form = replace(form, dialect=replace(form.dialect, quoting="none"))
        notes["quoting"] = "quotes are letters like others: they enclose no cells"
    if not table.has_header:
        notes["header"] = "the first row holds data"
        notes["columns"] = "to rename: these names are made up"
    if table.odd:
        remarks.append(f"{table.odd:,} rows have more or fewer cells than the {table.width} of most, and are rejected")
    how_much = _how_much(head, len(records), more=len(rows) > len(records))
    return FileSeen(head.path, name, form, records, how_much, notes, tuple(remarks))


def _document(head: Head, name: FormName) -> FileSeen:
    is_whole = head.is_whole or name == "yaml"
    try:
        value = read_yaml(head.text).value if name == "yaml" else value_of(head.text, is_whole=is_whole)
    except ValueError as error:
        raise BadImport(f"{head.path}: this is no JSON: {error}") from None
    if isinstance(value, dict) and value.keys() <= set(SECTIONS) and "claims" in value:
        raise _native(head.path, "it has the sections of a file of claims")
    if _is_linked_data(value):
        raise _native(head.path, "it is JSON-LD, which is read for the ClaimReview in it")
    seen = records_in(value, is_whole=is_whole)
    records = seen.records[:MAX_RECORDS]
    how_much = _how_much(head, len(records), more=len(records) < len(seen.records))
    form = FileForm(records=seen.path)
    return FileSeen(head.path, name, form, records, how_much, _notes_of(seen), ())


def _is_linked_data(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and "@context" in first


def _notes_of(seen: RecordsSeen) -> dict[str, str]:
    others = ", ".join(f"{path} ({count:,})" for path, count in seen.others[:5])
    told = f"{len(seen.records):,} records" + (f"; other lists: {others}" if others else "")
    return {"records": told} if seen.path else {}


def _lines(head: Head) -> FileSeen:
    found = [_object_in(line) for line in head.lines[: MAX_RECORDS * 2] if line.strip()]
    records = [one for one in found if one is not None][:MAX_RECORDS]
    first = records[0] if records else {}
    if first.keys() - {"type"} <= set(field_names(ClaimIn)) and first.keys() & {"citations", "source"}:
        raise _native(head.path, "its lines are claims")
    return FileSeen(head.path, "ndjson", FileForm(), records, _how_much(head, len(records), more=not head.is_whole))


def _read(path: Path, name: FormName, form: FileForm) -> FileSeen:
    """A file that is read whole, by its reader."""
    records = list(islice(_good(path, replace(form, format=name)), MAX_RECORDS + 1))
    how_much = "the only record" if len(records) == 1 else f"all {len(records):,} records"
    if len(records) > MAX_RECORDS:
        how_much = f"the first {MAX_RECORDS:,} records; no more was read"
    return FileSeen(path, name, form, records[:MAX_RECORDS], how_much)


def _good(path: Path, form: FileForm) -> Iterator[dict[str, Any]]:
    for record in read_records(path, form):
        if isinstance(record, Record):
            yield record.values
        else:
            raise record


def _workbook(path: Path) -> FileSeen:
    from python_calamine import CalamineError, load_workbook

    try:
        sheets = load_workbook(str(path)).sheet_names
    except CalamineError as error:
        raise BadImport(f"{path}: no workbook that can be read: {error}") from None
    found = _read(path, "xlsx", FileForm(sheet=sheets[0] if len(sheets) > 1 else None))
    if not found.records:
        raise BadImport(f"{path}: no records are seen in the sheet {sheets[0]}")
    others = ", ".join(json.dumps(name, ensure_ascii=False) for name in sheets[1:])
    return replace(found, notes={"sheet": f"the first; there are also {others}"} if others else {})
