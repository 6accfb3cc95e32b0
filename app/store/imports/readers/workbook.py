"""Excel workbooks (.xlsx, ECMA-376): their sheets, texts and formats. Nothing of a sheet is held.

The libraries there are do not tell error cells from empty ones, hold the whole sheet, or lose digits; see
docs/decisions/0053-readers-of-our-own.md.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from posixpath import dirname, join, normpath
from types import TracebackType
from typing import IO, BinaryIO, Final, NamedTuple, Self

from app.errors import near
from app.store.imports.readers.archives import archive_of, member_in, open_zip
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.number_formats import BUILT_IN, shown_by
from app.store.imports.readers.packed import PACKINGS, open_file, open_unpacked
from app.store.imports.readers.xml_parts import Element, damaged, read_elements

HELD: Final = 2**23  # bytes of texts that are held; more are put on disk
OLD: Final = b"\xd0\xcf\x11\xe0"  # begins old workbooks, and the envelope of encrypted ones
RELATIONS: Final = "_rels/.rels"
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")  # a character that XML cannot hold


class Sheet(NamedTuple):
    """A worksheet. part: its name in the archive."""

    name: str
    part: str
    is_visible: bool


class Workbook:
    """An open workbook. sheets: in their order. from_1904: whether days are counted from 1904. Raises BadFile for what
    is none, OSError for a file that cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.from_1904 = False
        with ExitStack() as opened:
            self._zip = _zip_of(opened.enter_context(_seekable(path)))
            self.sheets = self._read_sheets()
            self.texts = opened.enter_context(closing(_Texts()))
            self.texts.fill(self._elements(self._part("sharedStrings")))
            self.formats = list(_formats(self._elements(self._part("styles"))))
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _elements(self, part: str | None) -> Iterator[Element]:
        if part is None:
            return
        try:
            member = member_in(self._zip, part)
        except KeyError:
            raise damaged(f"{part} is not there") from None
        with open_unpacked(member, ".xlsx") as stream:
            yield from read_elements(stream, part)

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part names: by the id, their type and name."""
        folder, name = dirname(part), part.rpartition("/")[2]
        relations = join(folder, "_rels", f"{name}.rels") if part else RELATIONS
        found = {}
        for tag, attributes, _ in self._elements(relations):
            if tag == "Relationship" and attributes and attributes.get("TargetMode") != "External":
                target = normpath(join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found[attributes.get("Id", "")] = attributes.get("Type", "").rpartition("/")[2], target
        return found

    def _read_sheets(self) -> list[Sheet]:
        main = next((part for kind, part in self._related("").values() if kind == "officeDocument"), None)
        if main is None:
            raise damaged("it names no workbook")
        if main.endswith(".bin"):
            raise BadFile("this is a binary Excel workbook; save it as .xlsx", 1, code="foreign-file")
        self._parts = self._related(main)
        sheets = []
        for tag, attributes, _ in self._elements(main):
            if tag == "workbookPr" and attributes:
                self.from_1904 = attributes.get("date1904") in ("1", "true")
            kind, part = self._parts.get(attributes.get("id", ""), ("", "")) if attributes else ("", "")
            if tag == "sheet" and attributes and kind == "worksheet":
                is_visible = attributes.get("state", "visible") == "visible"
                sheets.append(Sheet(attributes.get("name", ""), part, is_visible))
        return sheets

    def _part(self, kind: str) -> str | None:
        return next((part for of, part in self._parts.values() if of == kind), None)

    def sheet(self, name: str | None) -> Sheet:
        """The sheet of a name; without one, the only sheet that is visible and not empty. Raises BadFile."""
        names = [sheet.name for sheet in self.sheets]
        if name is not None:
            found = next((sheet for sheet in self.sheets if sheet.name == name), None)
            if found is None:
                hint = near(name, names)
                told = f"did you mean {hint[0]}?" if hint else f"there are {', '.join(names)}"
                raise BadFile(f"the workbook has no sheet {name!r:.80}; {told}", 1, code="sheet")
            return found
        visible = [sheet for sheet in self.sheets if sheet.is_visible]
        filled = [sheet for sheet in visible if self._is_filled(sheet)] if len(visible) > 1 else visible
        if len(filled) == 1:
            return filled[0]
        if not filled:
            raise BadFile("the workbook has no sheet that is visible and holds anything", 1, code="sheet")
        told = ", ".join(sheet.name for sheet in filled)
        raise BadFile(f"the workbook has several sheets: {told}; `sheet` says which one is read", 1, code="sheet")

    def _is_filled(self, sheet: Sheet) -> bool:
        return any(tag in ("v", "is") for tag, attributes, _ in self.elements(sheet) if attributes is not None)

    def elements(self, sheet: Sheet) -> Iterator[Element]:
        """The elements of a sheet's part."""
        return self._elements(sheet.part)


def sheet_names(path: Path) -> list[str]:
    """The names of the sheets that are visible, in their order. Raises as Workbook does."""
    with Workbook(path) as book:
        return [sheet.name for sheet in book.sheets if sheet.is_visible]


def _zip_of(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return open_zip(file)
    except zipfile.BadZipFile as error:
        file.seek(0)
        if file.read(len(OLD)) == OLD:
            told = "this is an old Excel workbook, or one with a password; save it as .xlsx without one"
            raise BadFile(told, 1, code="foreign-file") from None
        raise damaged(str(error)) from None


def _seekable(path: Path) -> IO[bytes]:
    file: BinaryIO = open_file(path)
    if archive_of(path) is None and path.suffix.lower() not in PACKINGS:
        return file
    with file:
        copy = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115  # the workbook closes it
        shutil.copyfileobj(file, copy)
    return copy


def unescaped(text: str) -> str:
    """The text of a cell, with the characters that XML cannot hold: `_x000D_` is a carriage return."""
    if "_x" not in text:
        return text
    made = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Texts:
    """The texts that cells share, by their numbers."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115  # closed by `close`
        self._ends = array("Q", [0])

    def fill(self, elements: Iterator[Element]) -> None:
        """Take the texts."""
        parts: list[str] = []
        phonetic = 0  # readings of East Asian words stand beside them
        for tag, attributes, text in elements:
            if tag == "rPh":
                phonetic += 1 if attributes is not None else -1
            elif attributes is None and tag == "t" and not phonetic:
                parts.append(text)
            elif attributes is None and tag == "si":
                self._ends.append(self._ends[-1] + self._file.write(unescaped("".join(parts)).encode()))
                parts.clear()

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise damaged(f"there is no text of the number {number}")
        begin, end = self._ends[number], self._ends[number + 1]
        self._file.seek(begin)
        return self._file.read(end - begin).decode()

    def close(self) -> None:
        """Let the texts go."""
        self._file.close()


def _formats(elements: Iterator[Element]) -> Iterator[frozenset[str]]:
    """The parts of dates that each style of cells shows."""
    own: dict[str, frozenset[str]] = {}
    is_of_cells = False
    for tag, attributes, _ in elements:
        if tag == "cellXfs":
            is_of_cells = attributes is not None
        elif attributes and tag == "numFmt":
            own[attributes.get("numFmtId", "")] = shown_by(attributes.get("formatCode", ""))
        elif attributes is not None and tag == "xf" and is_of_cells:
            number = attributes.get("numFmtId", "0")
            built_in = BUILT_IN.get(int(number)) if number.isdecimal() else None
            yield own.get(number, built_in or frozenset())
