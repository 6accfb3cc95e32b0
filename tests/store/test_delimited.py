"""CSV and TSV files are read cell by cell, or told row by row."""

from __future__ import annotations

import codecs
import csv
import io
import random as randoms
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import BadImport
from app.store.imports.readers import delimited, encodings
from app.store.imports.readers.delimited import TableRow, read_delimited
from app.store.imports.readers.dialects import Dialect, dialect_of
from app.store.imports.readers.located import BadFile
from tests.store.table_rows import read_rows

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
tricky = st.text(st.sampled_from('",\t;\r\n a'), max_size=8)
tables = st.lists(st.lists(texts | tricky, min_size=1, max_size=5), max_size=8)
delimiters = pytest.mark.parametrize("delimiter", [",", "\t"])

COLUMNS = ["key", "quote", "speaker.name", "topics.0", "said_on"]


TRUSTING = Dialect(quoting="minimal")


def rows(data: bytes, delimiter: str = ",", dialect: Dialect = TRUSTING) -> list[Any]:
    """The rows, faults as their line and what is said."""
    found = read_rows(io.BytesIO(data), delimiter, dialect)
    return [(row.line, str(row)) if isinstance(row, BadFile) else row[:2] for row in found]


def claims(text: str | bytes, delimiter: str = ",", dialect: Dialect = Dialect()) -> list[Any]:  # noqa: B008  # frozen
    """Line and value of each claim, faults as line, field and what is said."""
    data = text if isinstance(text, bytes) else text.encode()
    return [
        (row.line, ".".join(map(str, row.path)), str(row)) if isinstance(row, BadFile) else (row.line, row.value)
        for row in read_delimited(io.BytesIO(data), delimiter, dialect)
    ]


def written(table: list[list[str]], delimiter: str, end: str = "\r\n") -> str:
    """The table as the standard library writes it. It quotes no line break but those of the line ends it is given."""
    file = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    return file.getvalue()


@delimiters
@given(table=tables, end=st.sampled_from(["\r\n", "\n", "\r"]))
@example(table=[[""], ["\r"], ["\n\r\n", '""']], end="\r")
def test_any_table_is_read_as_it_was_written(delimiter: str, table: list[list[str]], end: str) -> None:
    text = written(table, delimiter, end)
    found = rows(text.encode(), delimiter)
    assert [cells for _, cells in found] == table
    line = 1
    for (number, _), cells in zip(found, table, strict=True):
        assert number == line
        line += len(io.StringIO(written([cells], delimiter, end), newline="").readlines())


@given(table=tables, size=st.integers(1, 7))
def test_where_the_stream_is_cut_makes_no_difference(table: list[list[str]], size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            return super().read(size)

    data = written(table, ",").encode()
    assert list(read_rows(Slow(data), ",", TRUSTING)) == list(read_rows(io.BytesIO(data), ",", TRUSTING))


@given(st.lists(st.lists(texts, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=5))
def test_any_table_of_claims_is_read_as_it_was_written(table: list[list[str]]) -> None:
    found = list(read_delimited(io.BytesIO(written([COLUMNS, *table], ",").encode()), ",", TRUSTING))
    assert [row.cells for row in found if isinstance(row, TableRow)] == [cells for cells in table if any(cells)]
    for row in found:
        assert isinstance(row, TableRow)
        assert row.value.get("quote", "") == row.cells[1]
        assert row.value.get("speaker", {}).get("name", "") == row.cells[2]
        assert row.value.get("topics", [""])[0] == row.cells[3]


@given(st.binary(max_size=60) | tricky.map(str.encode), st.sampled_from([",", "\t"]))
def test_any_bytes_are_read_or_refused(data: bytes, delimiter: str) -> None:
    for row in read_rows(io.BytesIO(data), delimiter):
        assert isinstance(row, BadFile) or row[1]


@given(tricky)
def test_what_is_taken_is_what_the_standard_library_reads(text: str) -> None:
    found = rows(text.encode())
    if all(isinstance(cells, list) for _, cells in found):
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert [cells for _, cells in found] == [cells for cells in reader if cells]


LETTERS = "where quotes are letters like others, give --quoting none"
MEND = f'a cell with quotes stands in quotes, each of them doubled: "say ""no"""; {LETTERS}'


def bare(line: int, column: int) -> tuple[int, str]:
    return line, f"a quote inside a cell that is not quoted, at column {column}; {MEND}"


def after(line: int, column: int) -> tuple[int, str]:
    return line, f"text after the quote that closes a cell, at column {column}; {MEND}"


def unclosed(line: int, column: int) -> tuple[int, str]:
    return line, f"the quote that opens at column {column} is not closed; nothing from there on was read; {LETTERS}"


BROKEN = [
    ('a\n5" disk,x\nb\n', [(1, ["a"]), bare(2, 2), (3, ["b"])]),
    ('a,"b" c\nd', [after(1, 6), (2, ["d"])]),
    ('"Big" deal,x\n"c', [after(1, 6), unclosed(2, 1)]),
    ('a,"b\nc"x,d\ne', [after(2, 3), (3, ["e"])]),
    ('a\n"b\n\nc","\nd"e\nf', [(1, ["a"]), after(5, 3), (6, ["f"])]),
    ('a\nb,"c\nd\n\ne', [(1, ["a"]), unclosed(2, 3)]),
    ('a\n"b,\nc","\nd', [(1, ["a"]), unclosed(3, 4)]),
    ('"', [unclosed(1, 1)]),
    ("a\0b\nc", [(1, "a NUL character at column 2; leave it out"), (2, ["c"])]),
    ('"a\nb\0"\nc', [(2, "a NUL character at column 2; leave it out"), (3, ["c"])]),
]


@pytest.mark.parametrize(("text", "found"), BROKEN, ids=[text for text, _ in BROKEN])
def test_a_row_that_breaks_the_rules_is_told_and_the_next_is_read(text: str, found: list[Any]) -> None:
    assert rows(text.encode()) == found
    assert rows(text.replace("\n", "\r\n").encode()) == found
    assert rows(text.replace("\n", "\r").encode()) == found


def test_bytes_that_are_not_utf8_are_told_by_their_line() -> None:
    told = "byte 3 of the line is not UTF-8: 0xFF would be 'ÿ' in Windows-1252 (cp1252), as in {}"
    told = f"{told}; give --encoding cp1252, or save the file as UTF-8"
    assert rows(b"a\nb,\xff\nc") == [(1, ["a"]), (2, told.format("'b,ÿ'")), (3, ["c"])]
    assert rows(b'a\n"b\n\xc3\xa9\xff","c\nd"\ne') == [(1, ["a"]), (3, told.format("'Ã©ÿ\",\"c'")), (5, ["e"])]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("stated", [None, "utf-8", "cp1252", "utf-16"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str, stated: str | None) -> None:
    data = '"a",å\n'.encode(encoding)
    assert rows(data, dialect=Dialect(quoting="minimal", encoding=stated)) == [(1, ["a", "å"])]
    if encoding == "utf-16":
        told = "the line holds bytes that are not in the encoding that the file's first bytes tell"
        assert rows(data + b"b")[1:] == [(2, told)]


def test_a_byte_order_mark_of_the_other_byte_order_is_understood() -> None:
    for mark, encoding in ((codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")):
        assert rows(mark + "a,å\n".encode(encoding)) == [(1, ["a", "å"])]


def test_blank_lines_are_no_rows() -> None:
    assert rows(b'\n\na\n\r\n""\n') == [(3, ["a"]), (5, [""])]


def test_a_quote_that_is_never_closed_does_not_hold_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_ROW", 1000)
    monkeypatch.setattr(encodings, "CHUNK", 100)

    class Endless(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            begin, self.given = self.given, self.given + (size or 0)
            assert self.given < 3000
            return (b'key\n1,"two\n' + b"line\n" * 1000)[begin : self.given]

        read1 = read

    [*_, fault] = read_rows(Endless())
    assert isinstance(fault, BadFile)
    assert str(fault).startswith(
        "the quote that opens at column 3 is not closed within 1,000 bytes, the most of a row; "
    )
    assert fault.text.endswith("lin… (not kept whole, being too large: it stands in the file, from line 2 on)")


def test_a_line_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_ROW", 1000)
    monkeypatch.setattr(encodings, "CHUNK", 100)
    assert rows(b"a\n" + b"x" * 5000) == [
        (1, ["a"]),
        (2, "too large: a line of over 1,000 bytes, the most of a row; nothing from there on was read"),
    ]
    [_, fault] = read_rows(io.BytesIO(b"a\n" + b"x" * 5000))
    assert isinstance(fault, BadFile)
    assert fault.text == "x" * 102 + "… (not kept whole, being too large: it stands in the file, from line 2 on)"
    assert rows(b"a\n" + b"x" * 900 + b"\nb")[2] == (3, ["b"])


def test_a_row_of_a_million_cells_is_told() -> None:
    assert rows(b"," * 1_000_000 + b'\n"' + b"," * 1_000_000 + b'"\n') == [
        (1, "a row of over 100,000 cells"),
        (2, ["," * 1_000_000]),
    ]


EMPTY = "the file is empty; its first row is to name the columns: key,speaker.name,quote"
NAMELESS = "cell 3, 'x', stands in a column that has no name"
FEW = "1 cells, where the header has 2: each row has one for each column"
MANY = (
    "3 cells, where the header has 2: each row has one for each column; a cell that holds a delimiter stands in quotes"
)
QUOET = (1, "quoet", "there is no such column (did you mean quote?)")
VENU = (1, "venu", "there is no such column (did you mean venue?)")
ONE_COLUMN = "the header is one column; columns are separated by"
TOLD = "--delimiter tells another"

# a file and what is read of it
FILES: list[tuple[str, list[Any]]] = [
    ("", [(1, "", EMPTY)]),
    ("\n\n", [(1, "", EMPTY)]),
    ("key,quote\n", []),
    ("key,quote\nk,q\n", [(2, {"key": "k", "quote": "q"})]),
    ('key,quote\nk,"a\nb"\nl,\n', [(2, {"key": "k", "quote": "a\nb"}), (4, {"key": "l"})]),
    ("key,quote\n,\n,q\n", [(3, {"quote": "q"})]),
    ("key,quote,\nk,q,\nl,r,x\n", [(2, {"key": "k", "quote": "q"}), (3, "", NAMELESS)]),
    ("key,quote\nk\n", [(2, "", FEW)]),
    ("key,quote\nk,a,b\nl,c\n", [(2, "", MANY), (3, {"key": "l", "quote": "c"})]),
    ("key,quoet\nk,q\n", [QUOET]),
    ("quoet,venu\n", [QUOET, VENU]),
    ("\n\nkey,key\n", [(3, "key", "this column stands here twice")]),
    (",\n1,2\n", [(1, "", "the header names no column; it is to be like key,speaker.name,quote")]),
    ("key;quoet\nk;q\n", [QUOET]),
    ("key\tquoet\n", [QUOET]),
    ("Zitat;Spr;Titel\n", [(1, "", f"{ONE_COLUMN} commas here, not by semicolons: {TOLD}")]),
    ('ke"y\nk\n', [(1, "", bare(1, 3)[1])]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), FILES, ids=[text for text, _ in FILES])
def test_a_file_gives_claims_and_faults(text: str, found: list[Any]) -> None:
    assert claims(text) == found


def test_tabs_separate_as_commas_do() -> None:
    assert claims('key\tquote\nk\t"a\tb, ""c"""\n', "\t") == [(2, {"key": "k", "quote": 'a\tb, "c"'})]
    assert claims("key,quoet\n", "\t") == [QUOET]
    assert claims("Zitat,Spr\n", "\t") == [(1, "", f"{ONE_COLUMN} tabs here, not by commas: {TOLD}")]


# Headings that are not right, with any delimiter: the columns that are told of
WRONG = {
    "key;speaker.name;quote;said_on;Bemerkung": ["Bemerkung"],
    "key;quote;said_on;figures.0.vlaue": ["figures.0.vlaue"],
    "key;zitat;datum": ["zitat", "datum"],
    "Key;Quote;Speaker": ["Key", "Quote", "Speaker"],
    "key;key;quote": ["key"],
    "Bemerkung;Zz;key": ["Bemerkung", "Zz"],
}


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("usual", [",", "\t"])
@pytest.mark.parametrize("header", WRONG)
def test_a_header_with_a_wrong_column_tells_its_delimiter_as_well(mark: str, usual: str, header: str) -> None:
    assert [column for _, column, _ in claims(header.replace(";", mark) + "\n", usual)] == WRONG[header]


# header, the delimiter that the name of the file stands for, and the values of the one row where it is told
@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("usual", [",", "\t"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_header_of_several_columns_tells_its_delimiter(mark: str, usual: str, quote: str) -> None:
    text = "".join(mark.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in (["key", "quote"], ["k", "q"]))
    assert claims(text, usual) == [(2, {"key": "k", "quote": "q"})]
    assert claims(f"\ufeff\n{text}", usual) == [(3, {"key": "k", "quote": "q"})]


def test_a_delimiter_that_is_stated_is_the_one() -> None:
    assert claims("key~quote\nk~a,b\n", dialect=Dialect("~")) == [(2, {"key": "k", "quote": "a,b"})]
    assert claims("quote\na;b,c\n") == [(2, "", MANY.replace("3", "2").replace("has 2", "has 1"))]
    assert claims("quote\na;b,c\n", dialect=Dialect(";"))[0][2].startswith("2 cells, where the header has 1")
    assert claims("key;quote\n", dialect=Dialect(",")) == [
        (1, "", f"{ONE_COLUMN} commas here, not by semicolons: {TOLD}")
    ]


# Quotes that are letters

SWALLOWING = 'key\tquote\tvenue\na\tone\t"Bob said no\nb\ttwo\there\nc\tthree\tthere"\n'
DOUBT = (
    "a quotation mark begins a cell of line {} that ends in line {}, and line {} would be a row by itself; if quotation"
    " marks are part of the words, give --quoting none; if these lines are one cell, give --quoting minimal, or quote"
    " every cell of the row"
)


def test_a_row_that_swallows_others_is_refused_with_their_lines() -> None:
    assert claims(SWALLOWING, "\t") == [(2, "", DOUBT.format(2, 4, 3))]
    assert claims(SWALLOWING + "d\tfour\t\n", "\t")[1:] == [(5, {"key": "d", "quote": "four"})]
    assert [row["key"] for _, row in claims(SWALLOWING, "\t", Dialect(quoting="none"))] == ["a", "b", "c"]
    assert claims(SWALLOWING, "\t", Dialect(quoting="none"))[0][1]["venue"] == '"Bob said no'
    ((line, row),) = claims(SWALLOWING, "\t", TRUSTING)
    assert (line, row["venue"]) == (2, "Bob said no\nb\ttwo\there\nc\tthree\tthere")


# under key,quote,venue: what is refused (the lines told), or taken as one row (None)
SPANNING = [
    ('a,"one,x\nb,two",y\n', (2, 3, 3)),  # each line has three cells where quotes are letters
    ('a,one,"x\nb,two,y"\n', (2, 3, 3)),
    ('a,one,"x\n\nb,two,y\n"\n', (2, 5, 4)),
    ('"a\nb,c,d\n",one,x\n', (2, 4, 3)),
    ('a,"one\nand two",x\n', None),
    ('a,"Dear Sir,\nyes, no\nBob",x\n', None),
    ('"a\nb ""c"", d",e,f\n', None),
    ('"a","one","x\nb,two,y\nc"\n', None),  # all cells are quoted
    ('"a","","x\n,,"\n', None),
]


@pytest.mark.parametrize(("text", "lines"), SPANNING)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_over_several_lines_is_doubted_where_one_of_them_is_a_row(
    text: str, lines: tuple[int, int, int] | None, end: str
) -> None:
    found = claims(f"key,quote,venue\n{text}z,last,\n".replace("\n", end))
    assert found[-1][1] == {"key": "z", "quote": "last"}
    assert len(found) == 2
    if lines:
        assert found[0] == (2, "", DOUBT.format(*lines))
    else:
        assert isinstance(found[0][1], dict)


@given(st.lists(st.lists(texts | tricky, min_size=3, max_size=3).filter(any), max_size=4))
def test_rows_of_quoted_cells_are_never_doubted(table: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["key", "quote", "venue"], *table])
    found = read_delimited(io.BytesIO(file.getvalue().encode()))
    assert [row.cells for row in found if isinstance(row, TableRow)] == table


@given(st.lists(st.lists(st.text('ab",\t', max_size=5), min_size=3, max_size=3).filter(any), max_size=6))
def test_where_quotes_are_letters_a_line_is_a_row(table: list[list[str]]) -> None:
    cells = [[cell.replace("\t", " ") for cell in row] for row in table]
    text = "key\tquote\tvenue\n" + "".join("\t".join(row) + "\n" for row in cells)
    found = read_delimited(io.BytesIO(text.encode()), "\t", Dialect(quoting="none"))
    assert [row.cells for row in found if isinstance(row, TableRow)] == cells


def test_a_row_of_the_wrong_width_names_the_lines_that_it_spans() -> None:
    assert claims('key,quote\na,"x\ny",z,z\nb\n') == [
        (2, "", MANY.replace("3", "4") + " (the row runs over lines 2 to 3)"),
        (4, "", FEW),
    ]


# Encodings


@pytest.mark.parametrize(
    "encoding", ["cp1252", "latin-1", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "UTF8", "mac-roman"]
)
@pytest.mark.parametrize("size", [1, 3, 2**20])
def test_a_stated_encoding_is_read(encoding: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "CHUNK", size)
    text = "key;quote\r\nk;“på”\r\n".replace("“", '"').replace("”", '"')
    assert claims(text.encode(encoding), dialect=Dialect(encoding=encoding)) == [(2, {"key": "k", "quote": "på"})]


def test_bytes_that_a_stated_encoding_lacks_are_a_fault_of_their_row() -> None:
    told = "the line holds bytes that are not cp1252"
    assert claims(b"key\na\x81\nb\n", dialect=Dialect(encoding="cp1252")) == [(2, "", told), (3, {"key": "b"})]
    told = "the line holds bytes that are not utf-16"
    assert claims("key\na\n".encode("utf-16") + b"b", dialect=Dialect(encoding="utf-16"))[1:] == [(3, "", told)]


@pytest.mark.parametrize("name", ["hex", "nonsense", "a\0b", "", "undefined"])
def test_an_encoding_that_is_none_is_told(name: str) -> None:
    with pytest.raises(BadImport, match="is not known; there are utf-8, utf-16, cp1252"):
        dialect_of(None, None, name)


@pytest.mark.parametrize("mark", ["", ",,", '"', "\n", "\0"])
def test_a_delimiter_that_is_none_is_told(mark: str) -> None:
    with pytest.raises(BadImport, match="is not one character, such as , or ; or"):
        dialect_of(mark, None, None)


def test_tabs_may_be_written_as_people_do() -> None:
    assert {dialect_of(mark, None, None).delimiter for mark in ("\t", "\\t", "tab")} == {"\t"}


def test_a_place_in_a_claim_leads_back_to_its_column() -> None:
    text = "role,figures.0.value,figures.3.value,source.url\nmayor,,many,x\n"
    (row,) = read_delimited(io.BytesIO(text.encode()))
    assert isinstance(row, TableRow)
    assert row.value == {"role": "mayor", "figures": [{"value": "many"}], "source": {"url": "x"}}
    assert row.column_of(("figures", 0, "value")) == "figures.3.value"
    assert row.column_of(("roles", 0, "title")) == "role"
    assert row.column_of(("citations", 0, "source", "url")) == "source.url"


def test_reading_takes_the_time_of_its_length() -> None:
    """Patterns that go back over what they read would not end here."""
    random = randoms.Random(1)  # noqa: S311  # no secret
    for marks in ('"', '""', '",', 'a"', ',"', '"\n'):
        text = "".join(random.choice([marks, '"', ","]) for _ in range(100_000))
        assert rows(text.encode())
        assert rows(('"' + marks * 100_000).encode())
