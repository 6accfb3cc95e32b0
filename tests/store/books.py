"""Workbooks for tests, written part by part: a spreadsheet program would not write the odd ones."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
# Styles by their numbers: a format each, by its number or code.
STYLES: tuple[int | str, ...] = (
    0, 14, 17, 16, 22, 20, 46, "yyyy", "yyyy-mm", "d-mmm", "yyyy-mm-dd hh:mm:ss", 31, "0.00E+00", '"day "0',
    '[$-411]ggge"年"m"月"d"日"', "mm:ss.0", "[Red]d/m/yy;@", "mmmm", "dddd", r"0\ \d",
    "[h]:mm", "h:mm", "h:mm AM/PM",
)  # fmt: skip


def styled(code: int | str) -> int:
    """The style that shows a format."""
    return STYLES.index(code)


def book(
    place: Path,
    sheets: Mapping[str, str],
    texts: Sequence[str] = (),
    properties: str = "",
    hidden: Sequence[str] = (),
) -> Path:
    """A workbook. sheets: the rows of each, as XML. texts: shared ones, as XML of their inside."""
    numbers = range(1, len(sheets) + 1)
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    relations += f'<Relationship Id="rId98" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    relations += f'<Relationship Id="rId99" Type="{OFFICE}/styles" Target="styles.xml"/>'
    named = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"{_state(name in hidden)}/>'
        for n, name in zip(numbers, sheets, strict=True)
    )
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        kinds = '<Default Extension="xml" ContentType="application/xml"/>'
        archive.writestr("[Content_Types].xml", f"<Types>{kinds}</Types>")
        archive.writestr(
            "_rels/.rels", _relations(f'<Relationship Id="a" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>')
        )
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(relations))
        archive.writestr("xl/workbook.xml", _part("workbook", f"{properties}<sheets>{named}</sheets>"))
        archive.writestr("xl/sharedStrings.xml", _part("sst", "".join(f"<si>{text}</si>" for text in texts)))
        archive.writestr("xl/styles.xml", _styles())
        for n, rows in zip(numbers, sheets.values(), strict=True):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", _part("worksheet", f"<sheetData>{rows}</sheetData>"))
    return place


def _state(is_hidden: bool) -> str:
    return ' state="hidden"' if is_hidden else ""


def _relations(inside: str) -> str:
    return f'<?xml version="1.0"?>\n<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def _part(name: str, inside: str) -> str:
    return f'<?xml version="1.0"?>\n<{name} xmlns="{MAIN}" xmlns:r="{OFFICE}">{inside}</{name}>'


def _styles() -> str:
    codes = {code: 200 + n for n, code in enumerate(STYLES) if isinstance(code, str)}
    own = "".join(f'<numFmt numFmtId="{n}" formatCode={quoteattr(code)}/>' for code, n in codes.items())
    uses = "".join(f'<xf numFmtId="{codes[code] if isinstance(code, str) else code}"/>' for code in STYLES)
    return _part(
        "styleSheet",
        f'<numFmts>{own}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{uses}</cellXfs>',
    )


def row(number: int, *cells: str) -> str:
    """A row of cells."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def text(place: str, value: str) -> str:
    """A cell with a text of its own."""
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def number(place: str, value: object, style: int = 0) -> str:
    """A cell with a number."""
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
