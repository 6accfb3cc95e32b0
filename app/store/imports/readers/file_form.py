"""How foreign files are written: their format, the dialect of tables, and where in a document the records stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.packed import FORMATS, plain_suffix
from app.store.imports.readers.rejected import is_rejected

FormName: TypeAlias = Literal["csv", "tsv", "json", "ndjson", "yaml", "xlsx", "markdown", "html"]

BY_SUFFIX: Final[dict[str, FormName]] = {
    **FORMATS,
    ".geojson": "json",
    ".md": "markdown",
    ".markdown": "markdown",
}
TABLES: Final[tuple[FormName, ...]] = ("csv", "tsv")
MEMBERS: Final[dict[str, tuple[FormName, ...]]] = {  # members of a form, with the formats that they say something of
    "encoding": (*TABLES, "json", "ndjson", "yaml", "markdown"),
    "delimiter": TABLES,
    "quoting": TABLES,
    "header": (*TABLES, "xlsx"),
    "columns": (*TABLES, "xlsx"),
    "records": ("json", "yaml", "html"),
    "sheet": ("xlsx",),
}


def why_unused(member: str, formats: Collection[FormName]) -> str | None:
    """Why a member of a form says nothing of files of some formats; None where it does, of one of them."""
    fitting = MEMBERS.get(member)
    if not fitting or not formats or set(fitting) & set(formats):
        return None
    *rest, last = fitting
    named = f"{', '.join(rest)} and {last}" if rest else last
    return f"is of {named} files, and these are {' and '.join(sorted(formats))}: leave it out"


@dataclass(frozen=True, slots=True)
class FileForm:
    """How files are written, as far as it is stated.

    format: None is told by the name of each file. header: whether the first row of a table names its columns.
    columns: names of the columns of a table without a header. records: the path to the list of records inside a
    document, such as `data.items`; None where the document is the list, or the one record. sheet: of a workbook.
    """

    format: FormName | None = None
    dialect: Dialect = field(default_factory=Dialect)
    header: bool = True
    columns: tuple[str, ...] = ()
    records: str | None = None
    sheet: str | None = None

    def format_of(self, path: Path) -> FormName | None:
        """The format of a file: of an import's rejected rows as named, of others as stated, else as named."""
        by_name = BY_SUFFIX.get(plain_suffix(path))
        return by_name if is_rejected(path) else self.format or by_name
