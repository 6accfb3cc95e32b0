"""Files of rejected rows, as an import with --keep-going writes them: mended, they are imported as others are.

A row stands in them as it was given, with the reasons in `$rejected`, which imports ignore. A row that could not be
read at all stands in `$unread`, as text, and is refused until that is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from app.store.imports.readers.located import BadFile, Cells
from app.store.imports.readers.packed import PACKINGS

REASONS: Final = "$rejected"
TEXT: Final = "$unread"
OF_TABLES, OF_RECORDS = ".rejected.csv", ".rejected.ndjson"  # what the names of such files end in
UNREADABLE: Final = "(nothing from here on could be read)"  # of a row of which there is no text


def is_rejected(path: Path) -> bool:
    """Whether a file's name says that it holds rejected rows."""
    return name_without_ending(path.name) != path.name


def name_without_ending(name: str) -> str:
    """The name of the file that rejected rows come from, by that of the file that holds them; any other as it is."""
    bare = name
    for packing in PACKINGS:
        bare = bare[: -len(packing)] if bare.lower().endswith(packing) else bare
    ending = next((one for one in (OF_TABLES, OF_RECORDS) if bare.lower().endswith(one)), None)
    return bare[: -len(ending)] if ending else name


def without_reasons(value: Any, line: int) -> Any:
    """The record that a line of NDJSON holds, without why it was rejected. Raises BadFile for the text of a row."""
    if not isinstance(value, dict) or not (REASONS in value or TEXT in value):
        return value
    if value.get(TEXT):
        raise _unread(line, TEXT, value[TEXT])
    return {name: part for name, part in value.items() if name not in (REASONS, TEXT)}


def without_reason_columns(first: Cells, rows: Iterator[Cells | BadFile]) -> tuple[Cells, Iterator[Cells | BadFile]]:
    """The header and the rows of a table, without the texts of its columns `$rejected` and `$unread`."""
    own = [at for at, name in enumerate(first.cells) if name in (REASONS, TEXT)]
    if not own:
        return first, rows
    texts = [at for at in own if first.cells[at] == TEXT]
    return _emptied(first, own), (row if isinstance(row, BadFile) else _read(row, own, texts) for row in rows)


def _read(row: Cells, own: list[int], texts: list[int]) -> Cells | BadFile:
    for at in texts:
        if at < len(row.cells) and row.cells[at]:
            return _unread(row.line, f"the column {TEXT}", row.cells[at])
    return _emptied(row, own)


def _emptied(row: Cells, own: list[int]) -> Cells:
    return row._replace(cells=["" if at in own else cell for at, cell in enumerate(row.cells)])


def _unread(line: int, place: str, text: Any) -> BadFile:
    told = f"{place} holds a row that could not be read: {str(text)[:40]!r}; write what it says where it belongs"
    return BadFile(f"{told}, and leave {TEXT} out or empty", line, (TEXT,), "unread", text=str(text))
