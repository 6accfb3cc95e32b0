"""The rows that an import with --keep-going leaves out → files that can be mended and imported.

They are written before the others are stored, outside the writer's lock, so that no row is in neither place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, TextIO

import msgspec

from app.errors import BadImport, Problem
from app.store.imports.readers.archives import beside
from app.store.imports.readers.files import SourceFile
from app.store.imports.readers.packed import open_file
from app.store.imports.readers.rejected import OF_RECORDS, OF_TABLES, REASONS, TEXT
from app.store.imports.readers.table_lines import table_line
from app.store.imports.report import RejectedFile
from app.store.imports.staging import Spool

PART: Final = ".part"
HEAD: Final = 2**16  # bytes of a file that is there, to see whether it is one of these

PlaceOf = Callable[[Path], Path]  # from a file to the path that its rejected rows are written to, without the suffix
Given = tuple[int, str, list[str]]  # line, what was given as JSON, reasons as JSON


def places_for(paths: Sequence[Path], folder: Path | None) -> PlaceOf:
    """The places for files of some paths: beside them, or in a folder, there by the way from a path that is named."""
    if folder is None:
        return beside

    def place_of(path: Path) -> Path:
        root = next((one for one in paths if one != path and path.is_relative_to(one)), path.parent)
        return folder / path.relative_to(root)

    return place_of


class RejectedFiles:
    """The files of rejected rows of one import."""

    def __init__(self, spool: Spool, files: list[SourceFile], place_of: PlaceOf) -> None:
        self._spool = spool
        self._files = files
        self._place_of = place_of
        self._written: dict[Path, RejectedFile] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for target in self._written:
            _part(target).unlink(missing_ok=True)

    def write(self) -> list[RejectedFile]:
        """Write all that is rejected by now, beside the files that it will be. Raises BadImport where that cannot be,
        or another file is there.
        """
        self._written = {}
        for number, rows in groupby(self._spool.rejected_rows(), key=lambda row: row[0]):
            file = self._files[number]
            target = self._target(file)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with _part(target).open("w", encoding="utf-8", newline="") as out:
                    count = _write(out, file, ((line, given, reasons) for _, line, given, reasons in rows))
            except OSError as error:
                told = f"rejected rows cannot be written to {target}: {error.strerror}; nothing is stored"
                raise BadImport(f"{told}: name a folder for them with --rejected") from error
            self._written[target] = RejectedFile(file.name, str(target), count)
        return list(self._written.values())

    def keep(self) -> None:
        """Put the files into their places. Raises BadImport where that cannot be."""
        for target in self._written:
            try:
                if _part(target).exists():
                    _part(target).replace(target)
            except OSError as error:
                raise BadImport(f"rejected rows cannot be written to {target}: {error.strerror}") from error

    def _target(self, file: SourceFile) -> Path:
        place = self._place_of(file.path)
        target = place.with_name(place.name + (OF_TABLES if file.header else OF_RECORDS))
        if target in self._written:
            raise BadImport(f"two files would have their rejected rows in {target}: import one after the other")
        _require_replaceable(target, file.name if place != file.path else "")
        return target


def _part(target: Path) -> Path:
    return target.with_name(target.name + PART)


def _require_replaceable(target: Path, name: str) -> None:
    """Raise BadImport where another file is there than one of rejected rows. name: as in `_holds`."""
    if target.exists() and not _holds(target, name):
        told = f"{target} is there, and holds no rejected rows{name and ' of '}{name}"
        raise BadImport(f"{told}: move it, or name another folder with --rejected")


@contextmanager
def put_rejected(target: Path, name: str) -> Iterator[BinaryIO]:
    """The file to write rejected rows into, which becomes `target` at the end. name: of the file that they are of, if
    its name does not follow from that. Raises BadImport where another file is there, and OSError.
    """
    _require_replaceable(target, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _part(target)
    try:
        with part.open("wb") as out:
            yield out
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _holds(target: Path, name: str) -> bool:
    """Whether a file begins as one of rejected rows does. name: of the file that these would be of."""
    try:
        with open_file(target) as file:
            head = file.read(HEAD).decode(errors="replace")
    except OSError:
        return False
    return not head or (REASONS in head and name in head)


def _write(out: TextIO, file: SourceFile, rows: Iterator[Given]) -> int:
    """Write the rows; gives how many they are, those of a group each by itself."""
    header = file.header
    columns = [at for at, name in enumerate(header.names) if name] if header else []
    if header:
        out.write(table_line([*(header.names[at] for at in columns), REASONS, TEXT]) + "\n")
    count = 0
    for _, given, reasons in _joined(rows):
        written = [_row_of_table(columns, given, reasons)] if header else list(_lines(given, reasons))
        out.writelines(written)
        count += len(written)
    return count


def _joined(rows: Iterator[Given]) -> Iterator[Given]:
    """The rows; several that one record has made are one."""
    for (line, given), some in groupby(rows, key=lambda row: row[:2]):
        yield line, given, list(dict.fromkeys(reason for *_, reasons in some for reason in reasons))


def _lines(given: str, reasons: list[str]) -> Iterator[str]:
    """The lines of NDJSON for a row: one for each object that made it."""
    if given.startswith("["):
        for one in msgspec.json.decode(given, type=list[msgspec.Raw]):
            yield from _lines(bytes(one).decode(), reasons)
        return
    members = given if given.startswith("{") else f'{{"{TEXT}":{given}}}'
    comma = "" if members == "{}" else ","
    yield f'{members[:-1]}{comma}"{REASONS}":[{",".join(reasons)}]}}\n'


def _row_of_table(columns: list[int], given: str, reasons: list[str]) -> str:
    cells: list[str] | str = msgspec.json.decode(given)
    told = "; ".join(_told(msgspec.json.decode(reason)) for reason in reasons)
    if isinstance(cells, str):
        return table_line([*("" for _ in columns), told, cells]) + "\n"
    return table_line([*(cells[at] for at in columns), told, ""]) + "\n"


def _told(reason: dict[str, Any]) -> str:
    problem = Problem((reason["field"] or "row",), reason["code"], reason["detail"], tuple(reason["did_you_mean"]))
    place = f"{reason['file']}:{reason['line']}" if reason["line"] else reason["file"]
    return f"{place}: {problem}"
