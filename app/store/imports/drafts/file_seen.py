"""The form and the first records of a file, as its beginning shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from app.domain.record.csv_columns import check_header
from app.domain.record.records_in import ClaimIn, field_names
from app.domain.text.controls import shown
from app.errors import BadImport
from app.store.imports.drafts.documents_seen import RecordsSeen, records_in, value_of
from app.store.imports.drafts.head import Head, read_head
from app.store.imports.drafts.tables_seen import table_in
from app.store.imports.readers.archives import archive_of
from app.store.imports.readers.dialects import NAMES
from app.store.imports.readers.file_form import BY_SUFFIX, FileForm, FormName
from app.store.imports.readers.file_paths import files_within
from app.store.imports.readers.files import SECTIONS
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.packed import plain_suffix
from app.store.imports.readers.records import read_records
from app.store.imports.readers.regular_files import why_missing, why_unread
from app.store.imports.readers.rejected import is_rejected
from app.store.imports.readers.table_records import ColumnNames, numbered
from app.store.imports.readers.web_pages import holds_reviews
from app.store.imports.readers.workbook import sheet_names
from app.store.imports.readers.yaml_nodes import read_yaml

MAX_RECORDS: Final = 1000  # that are looked at
MAX_FILES: Final = 200  # of a folder


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file. records: its first ones. notes: what is said of members of the form. remarks: of the file as a whole.

    is_all: whether it has no more.
    """

    path: Path
    format: FormName
    form: FileForm
    records: list[dict[str, Any]]
    is_all: bool
    notes: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def see_file(path: Path) -> FileSeen:
    """The form and records that a file shows.

    Raises BadImport where it cannot be read, holds no records, or needs no mapping.
    """
    try:
        if archive_of(path) is None and (reason := why_unread(path)):
            raise BadImport(f"{path}: {reason}")
        return _seen(path)
    except OSError as error:
        raise BadImport(f"{path}: {why_missing(path, error)}") from None
    except BadFile as error:
        raise BadImport(f"{path}:{error.line}: {error}") from None


def see_folder(folder: Path) -> FileSeen:
    """The same of the files in a folder or archive that have one record each; of others, of the first file. Files
    that cannot be read are left out, with a remark; raises BadImport where all are.
    """
    files = [one for one in files_within(folder) if BY_SUFFIX.get(plain_suffix(one)) and not is_rejected(one)]
    if not files:
        raise BadImport(f"{folder}: it holds no file of a known format")
    refused: list[BadImport] = []
    readable = _readable(files[:MAX_FILES], refused)
    first = next(readable, None)
    if first is None:
        raise refused[0]
    if len(first.records) > 1 or len(files) == 1:
        told = f"it is the first of {len(files):,} files in {folder.name}"
        return replace(first, remarks=(*first.remarks, told, *_left_out(refused)))
    suffix = plain_suffix(first.path)
    seen = [first, *(one for one in readable if plain_suffix(one.path) == suffix)]
    records = [record for one in seen for record in one.records]
    is_all = len(seen) + len(refused) == len(files)
    remarks = (*first.remarks, *_left_out(refused))
    return replace(first, path=folder, records=records[:MAX_RECORDS], is_all=is_all, remarks=remarks)


def _readable(files: Sequence[Path], refused: list[BadImport]) -> Iterator[FileSeen]:
    """The files that can be read; why others cannot is added to refused."""
    for one in files:
        try:
            yield see_file(one)
        except BadImport as error:
            refused.append(error)


def _left_out(refused: Sequence[BadImport]) -> Iterator[str]:
    """A remark on files that cannot be read."""
    if refused:
        first = shown(" ".join(refused[0].detail.split()))
        count = "1 file is" if len(refused) == 1 else f"{len(refused):,} files are"
        yield f"{count} left out{'' if len(refused) == 1 else '; the first'}: {first}"


def _seen(path: Path) -> FileSeen:
    if BY_SUFFIX.get(plain_suffix(path)) == "xlsx":
        return _workbook(path)
    head = read_head(path)
    name = _format_of(head)
    if name == "html":
        if holds_reviews(path):
            raise _native(path, "web pages are read for the ClaimReview in them")
        raise BadImport(f"{path}: a web page without ClaimReview; there is nothing to map in it")
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
        return "ndjson" if named == "ndjson" or _is_lines(head) else "json"
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


def _table(head: Head, name: FormName) -> FileSeen:
    usual = "," if name == "csv" else "\t"
    table = table_in(head.lines, usual, MAX_RECORDS + 2)  # a heading, and one more than is looked at
    if table.width < 2 and BY_SUFFIX.get(plain_suffix(head.path)) != name:
        raise BadImport(f"{head.path}: no records are seen in it: it is neither a table nor JSON")
    whole = [row for row in table.rows if len(row) == table.width]
    names = numbered(table.width)
    columns = ColumnNames(whole[0] if table.has_header and whole else names)
    if table.has_header and check_header(columns.names)[0] and table.width > 1:
        raise _native(head.path, "its columns are named as the fields of claims are")
    rows = whole[1:] if table.has_header else whole
    records = [columns.record(n, row).values for n, row in enumerate(rows[:MAX_RECORDS], 1)]
    notes, remarks = {}, []
    form = FileForm(header=table.has_header, columns=() if table.has_header else tuple(names))
    if table.delimiter != usual:
        form = replace(form, dialect=replace(form.dialect, delimiter=table.delimiter))
        notes["delimiter"] = NAMES.get(table.delimiter, "")
    if table.quoting == "none":
        form = replace(form, dialect=replace(form.dialect, quoting="none"))
        notes["quoting"] = "quotes are letters like others: they enclose no cells"
    if not table.has_header:
        notes["header"] = "the first row holds data"
        notes["columns"] = "to rename: these names are made up"
    if table.odd:
        rows_have = "1 row has" if table.odd == 1 else f"{table.odd:,} rows have"
        remarks.append(f"{rows_have} more or fewer cells than the {table.width} of most; such rows are rejected")
    is_all = head.is_whole and len(rows) == len(records)
    return FileSeen(head.path, name, form, records, is_all, notes, tuple(remarks))


def _document(head: Head, name: FormName) -> FileSeen:
    is_whole = head.is_whole or name == "yaml"
    try:
        value = read_yaml(head.text).value if name == "yaml" else value_of(head.text, is_whole=is_whole)
    except ValueError as error:
        raise BadImport(f"{head.path}: this is no JSON: {error}") from None
    if isinstance(value, dict) and value.keys() <= set(SECTIONS) and "claims" in value:
        raise _native(head.path, "it has the sections of a file of claims")
    if _is_linked_data(value) and "ClaimReview" in head.text:
        raise _native(head.path, "it is JSON-LD, which is read for the ClaimReview in it")
    seen = records_in(value, is_whole=is_whole)
    records = seen.records[:MAX_RECORDS]
    is_all = is_whole and len(records) == len(seen.records)
    return FileSeen(head.path, name, FileForm(records=seen.path), records, is_all, _notes_of(seen))


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
    is_all = head.is_whole and len(found) == len(records)
    return FileSeen(head.path, "ndjson", FileForm(), records, is_all)


def _read(path: Path, name: FormName, form: FileForm) -> FileSeen:
    """A file that is read whole, by its reader. Raises BadFile where no record can be read."""
    found = list(islice(read_records(path, replace(form, format=name)), MAX_RECORDS + 1))
    records = [one.values for one in found if isinstance(one, Record)]
    faults = [one for one in found if isinstance(one, BadFile)]
    if faults and not records:
        raise faults[0]
    remarks = (f"{len(faults):,} of the records cannot be read; the first: {faults[0]}",) if faults else ()
    return FileSeen(path, name, form, records[:MAX_RECORDS], len(found) <= MAX_RECORDS, remarks=remarks)


def _workbook(path: Path) -> FileSeen:
    """The sheet of a workbook that has the most records."""
    names = sheet_names(path)
    several = len(names) > 1
    sheets = [_read(path, "xlsx", FileForm(sheet=name if several else None)) for name in (names if several else [""])]
    found = max(sheets, key=lambda sheet: len(sheet.records))
    if not found.records:
        raise BadImport(f"{path}: no records are seen in it")
    if check_header(list(found.records[0]))[0]:
        raise _native(path, "its columns are named as the fields of claims are")
    others = [f"{shown(one.form.sheet or '')} ({len(one.records):,})" for one in sheets if one is not found]
    told = f"{len(found.records):,} records are seen; others: {', '.join(others)}"
    return replace(found, notes={"sheet": told} if several else {})
