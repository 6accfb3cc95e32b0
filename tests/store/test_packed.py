"""Files are opened and unpacked; archives that are broken are told, whatever is wrong with them."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from app.store.imports.readers import encodings
from app.store.imports.readers.delimited import TableRow, read_delimited
from app.store.imports.readers.encodings import read_text
from app.store.imports.readers.json_text import read_ndjson
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import format_of, open_file
from tests.store.opened import fault, read

BODY = Random(1).randbytes(200_000).hex().encode()  # noqa: S311  # bytes that do not pack well
PACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress}

packings = pytest.mark.parametrize("suffix", PACK)


def put(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.yaml", "yaml"),
        ("a.yml", "yaml"),
        ("a.b.json", "json"),
        ("a.ndjson", "ndjson"),
        ("a.jsonl", "ndjson"),
        ("A.CSV", "csv"),
        ("a.tsv", "tsv"),
        ("a.ndjson.gz", "ndjson"),
        ("a.csv.bz2", "csv"),
        ("a.YAML.GZ", "yaml"),
        ("a.gz", None),
        ("a.csv.zip", None),
        ("a.csv.gz.gz", None),
        ("a.txt", None),
        ("csv", None),
        (".csv", None),
        ("", None),
    ],
)
def test_the_form_follows_from_the_name(name: str, form: str | None) -> None:
    assert format_of(Path("folder.csv") / name if name else Path()) == form


def test_a_plain_file_is_read_as_it_is(tmp_path: Path) -> None:
    assert read(put(tmp_path, "a.csv", BODY)) == BODY


@packings
def test_an_archive_is_unpacked(tmp_path: Path, suffix: str) -> None:
    assert read(put(tmp_path, f"a{suffix}", PACK[suffix](BODY))) == BODY
    assert read(put(tmp_path, f"A{suffix.upper()}", PACK[suffix](BODY))) == BODY
    assert read(put(tmp_path, f"none{suffix}", PACK[suffix](b""))) == b""


@packings
def test_an_archive_of_several_parts_is_read_whole(tmp_path: Path, suffix: str) -> None:
    parts = b"".join(PACK[suffix](b"part %d\n" % n) for n in range(500))
    assert read(put(tmp_path, f"a{suffix}", parts)) == b"".join(b"part %d\n" % n for n in range(500))


@packings
def test_what_is_no_archive_is_told(tmp_path: Path, suffix: str) -> None:
    assert fault(put(tmp_path, f"a{suffix}", b"key,quote\n")).startswith(f"this is no {suffix} archive")
    assert fault(put(tmp_path, f"c{suffix}", PACK[suffix](BODY)[:1])).startswith(f"this is no {suffix} archive")
    assert fault(put(tmp_path, f"b{suffix}", b"")) == f"the file is empty, and no {suffix} archive"


@packings
@pytest.mark.parametrize("left", [3, 5, 12, 1000, 100_000, -1])
def test_an_archive_that_is_cut_off_is_told(tmp_path: Path, suffix: str, left: int) -> None:
    assert "is cut off" in fault(put(tmp_path, f"a{suffix}", PACK[suffix](BODY)[:left]))


@packings
def test_an_archive_with_something_after_its_end_is_told(tmp_path: Path, suffix: str) -> None:
    assert "followed by something else" in fault(put(tmp_path, f"a{suffix}", PACK[suffix](BODY) + b"and more"))


@packings
def test_a_part_that_is_damaged_is_told_wherever_the_damage_is(tmp_path: Path, suffix: str) -> None:
    whole = PACK[suffix](BODY) + PACK[suffix](b"the second part")
    second = len(PACK[suffix](BODY))
    for at in (0, 20_000, second - 6, second, second + 1, len(whole) - 2):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        assert "archive" in fault(put(tmp_path, f"a{suffix}", bytes(damaged)))


@packings
def test_rows_before_the_damage_are_given_and_then_the_fault(tmp_path: Path, suffix: str) -> None:
    rows = b"".join(b'{"key": "%d-%s"}\n' % (n, BODY[n : n + 99]) for n in range(20_000))
    with open_file(put(tmp_path, f"a.ndjson{suffix}", PACK[suffix](rows)[:-100])) as stream:
        *good, last = read_ndjson(stream)
    assert isinstance(last, BadFile)
    assert "is cut off" in str(last)
    assert last.line == len(good) + 1 > 1
    table = b"key\n" + b"".join(b"%d-%s\n" % (n, BODY[n : n + 99]) for n in range(20_000))
    with open_file(put(tmp_path, f"a.csv{suffix}", PACK[suffix](table)[:-100])) as stream:
        *claims, last_row = read_delimited(stream)
    assert all(isinstance(row, TableRow) for row in claims)
    assert isinstance(last_row, BadFile)
    assert "is cut off" in str(last_row)


def test_a_file_that_is_not_there_is_an_error_of_the_disk(tmp_path: Path) -> None:
    for name in ("a.csv", "a.csv.gz"):
        with pytest.raises(FileNotFoundError):
            open_file(tmp_path / name)


def test_a_text_is_read_whole(tmp_path: Path) -> None:
    assert read_text(put(tmp_path, "a.json", b"\xef\xbb\xbf[\xc3\xa9]")) == "[é]"
    assert read_text(put(tmp_path, "a.json.gz", gzip.compress(b"\xef\xbb\xbf[\xc3\xa9]"))) == "[é]"


def test_a_text_that_is_not_utf8_tells_line_and_byte(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="byte 4 of the line is not UTF-8") as caught:
        read_text(put(tmp_path, "a.json", b"[\n\xc3\xa9,\xff]"))
    assert caught.value.line == 2


def test_a_small_archive_of_a_large_document_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "MAX_DOCUMENT", 3 * 2**20)
    bomb = gzip.compress(b"\0" * 2**20) * 1000
    with pytest.raises(BadFile, match="over 3,145,728 bytes, unpacked; NDJSON"):
        read_text(put(tmp_path, "a.json.gz", bomb))
    assert len(read_text(put(tmp_path, "b.json.gz", gzip.compress(b"\0" * 2**20) * 3))) == 3 * 2**20
