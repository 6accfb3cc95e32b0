"""Files of other programs that people hand over: what they are, by name or first bytes, and what to do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.store.imports.readers.rejected import is_rejected

AS_TABLE: Final = "import it by its name, ending in .xlsx: with --mapping, or with the columns of claims in one sheet"
AS_CSV: Final = "save each sheet as CSV UTF-8 (in Excel: File, Save As, CSV UTF-8) and import that"
AS_TEXT: Final = (
    "copy its records into a table, and import that as CSV or TSV; the text of a source goes into a .txt file"
)
UNPACK: Final = "unpack it, and import the files inside"
EXPORT: Final = "export it as CSV or NDJSON, and import that"

REJECTED_ROWS: Final = "a file of rejected rows; mend them, and name it to import it"

NAMES: Final = {
    **dict.fromkeys((".xlsx", ".xlsm"), f"an Excel workbook; {AS_TABLE}"),
    **dict.fromkeys((".xls", ".xlsb"), f"an old Excel workbook; save it as .xlsx, or {AS_CSV}"),
    **dict.fromkeys((".ods", ".fods", ".numbers"), f"a spreadsheet; {AS_CSV}"),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pages"), f"a text document; {AS_TEXT}"),
    ".pdf": f"a PDF; {AS_TEXT}",
    **dict.fromkeys((".html", ".htm", ".xhtml", ".mhtml"), f"a web page; {AS_TEXT}"),
    ".xml": "XML; turn its records into NDJSON, one JSON object on each line",
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".tgz", ".xz", ".zst"), f"an archive; {UNPACK}"),
    **dict.fromkeys((".parquet", ".arrow", ".feather", ".avro"), f"a columnar file; {EXPORT}"),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3", ".mdb", ".accdb"), f"a database; {EXPORT}"),
    **dict.fromkeys((".dta", ".sav", ".sas7bdat", ".rds", ".rdata"), f"a file of a statistics program; {EXPORT}"),
    ".txt": "plain text; name a table .csv or .tsv, and give the texts of sources by --texts FOLDER",
}
BEGINNINGS: Final = (
    (b"\xd0\xcf\x11\xe0", f"an old Excel workbook or Word document, or one with a password; {AS_CSV}"),
    (b"%PDF-", NAMES[".pdf"]),
    (b"{\\rtf", NAMES[".rtf"]),
    (b"\x1f\x8b", "a gzip archive; let its name end in .gz, as in claims.csv.gz"),
    (b"BZh", "a bzip2 archive; let its name end in .bz2, as in claims.csv.bz2"),
    (b"\xfd7zXZ\x00", NAMES[".xz"]),
    (b"7z\xbc\xaf\x27\x1c", NAMES[".7z"]),
    (b"Rar!", NAMES[".rar"]),
    (b"\x28\xb5\x2f\xfd", NAMES[".zst"]),
    (b"PAR1", NAMES[".parquet"]),
    (b"SQLite format 3\x00", NAMES[".sqlite"]),
)
HEAD: Final = 4096  # bytes that tell


def foreign_name(path: Path) -> str | None:
    """The type of a file by its name, with advice; None where the name does not show it."""
    return REJECTED_ROWS if is_rejected(path) else NAMES.get(path.suffix.lower())


def foreign_content(head: bytes) -> str | None:
    """The same by its first bytes. None for what may be text."""
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head)
    if is_page(head):
        return NAMES[".html"]
    if _beginning(head).startswith(b"<?xml"):
        return NAMES[".xml"]
    return next((what for begin, what in BEGINNINGS if head.startswith(begin)), None)


def is_page(head: bytes) -> bool:
    """Whether a file is a web page by its first bytes."""
    text = _beginning(head)
    if text.startswith(b"<?xml"):
        return b"<html" in head.lower()
    return text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<table"))


def _beginning(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:40].lower()


def _zipped(head: bytes) -> str:
    """Office documents are zip archives; the first names inside tell which."""
    for inside, suffix in (
        (b"opendocument.spreadsheet", ".ods"), (b"opendocument.text", ".odt"), (b"xl/", ".xlsx"), (b"word/", ".docx"),
        (b"[Content_Types].xml", ".xlsx"),
    ):  # fmt: skip
        if inside in head:
            return NAMES[suffix]
    return "a zip archive; let its name end in .zip"
