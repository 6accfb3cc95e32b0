"""Files of rejected rows, as an import with --keep-going writes them: mended, they are imported as others are.

A row stands in them as it was given, with the reasons in `$rejected`, which imports ignore. A row that could not be
read at all stands in `$unread`, as text, and is refused until that is empty. Rows of mapped files have their place in
`$from`; columns of theirs that are named as these members are have one more `$`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.store.imports.readers.located import BadFile, Cells, Origin, Record, as_record
from app.store.imports.readers.packed import PACKINGS

REASONS: Final = "$rejected"
TEXT: Final = "$unread"
ORIGIN: Final = "$from"
_OWN: Final = re.compile(r"\$+(?:rejected|unread|from)")  # ours, and columns of that name with one more $
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


class GivenRow(NamedTuple):
    """A row of a mapped file: its members, or its text where it could not be read; and where it stood."""

    values: dict[str, Any] | str
    origin: Origin


def members_of(row: GivenRow) -> dict[str, Any]:
    """The row as a line of a file of rejected rows has it, without the reasons."""
    path, line, rows = row.origin
    origin = {"path": path, "line": line} | ({} if rows is None else {"rows": rows or None})
    if isinstance(row.values, str):
        return {TEXT: row.values, ORIGIN: origin}
    renamed = {f"${name}" if _OWN.fullmatch(name) else name: value for name, value in row.values.items()}
    return {**renamed, ORIGIN: origin}


def rejected_record(line: int, value: Any) -> Record | BadFile:
    """The record that such a line holds, as its own file had it. Raises BadFile where it is not mended."""
    if not isinstance(value, dict):
        return as_record(line, value)
    origin = _origin_of(value.get(ORIGIN))
    if isinstance(origin, str):
        raise BadFile(f"{ORIGIN} {origin}", line, (ORIGIN,), "origin")
    if value.get(TEXT):
        fault = _unread(line, TEXT, value[TEXT])
        fault.origin = origin
        raise fault
    kept = {name: part for name, part in value.items() if name not in (REASONS, TEXT, ORIGIN)}
    return Record(line, {name[1:] if _OWN.fullmatch(name) else name: part for name, part in kept.items()}, origin)


def _origin_of(given: Any) -> Origin | str | None:
    """The origin of a row; of one that a person has changed, what is wrong."""
    if given is None:
        return None
    if isinstance(given, dict) and not given.keys() - {"path", "line", "rows"}:
        path, line, rows = given.get("path"), given.get("line"), given.get("rows", -1)
        if isinstance(path, str) and type(line) is int and (rows is None or type(rows) is int):
            return Origin(path, line, None if rows == -1 else rows or 0)
    return 'tells where the row stood, and is to stay as it was written: {"path": "votes.csv", "line": 4}'


def without_reasons(line: int, value: Any) -> Any:
    """The value of a line of native NDJSON, without why it was rejected. Raises BadFile for the text of a row."""
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
    return row._replace(cells=["" if at in own else cell for at, cell in enumerate(row.cells)], text="")


def _unread(line: int, place: str, text: Any) -> BadFile:
    told = f"{place} holds a row that could not be read: {str(text)[:40]!r}; write what it says where it belongs"
    return BadFile(f"{told}, and leave {TEXT} out or empty", line, (TEXT,), "unread", text=str(text))
