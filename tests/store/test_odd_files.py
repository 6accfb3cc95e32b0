"""Files that are none: pipes, devices, sockets, links that lead nowhere, and archives of next to nothing."""

from __future__ import annotations

import bz2
import gzip
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.mapping.mapping_file import read_mapping
from app.store.imports.readers import packed
from app.store.imports.readers.file_paths import files_in
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import open_file
from app.store.imports.readers.regular_files import open_regular
from tests.importing import import_paths


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Path]:
    """A folder with a folder for each odd file."""
    for name in ("pipe", "socket", "device", "linked", "loop", "nowhere", "long"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe/x.csv")
    os.mkfifo(tmp_path / "pipe/key.txt")
    (tmp_path / "device/x.csv").symlink_to("/dev/zero")
    (tmp_path / "linked/x.csv").symlink_to("../pipe/x.csv")
    (tmp_path / "loop/x.csv").symlink_to("x.csv")
    (tmp_path / "nowhere/x.csv").symlink_to("y.csv")
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(tmp_path)  # the address of a socket is short
        made.bind("socket/x.csv")
        os.chdir(here)
        yield tmp_path


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pipe", "it is a named pipe, no regular file"),
        ("linked", "it is a named pipe, no regular file"),
        ("socket", "it is a socket, no regular file"),
        ("device", "it is a device, no regular file"),
        ("loop", "a link that leads back to itself"),
        ("nowhere", "a link to a file that is not there"),
    ],
)
def test_what_is_no_regular_file_is_refused_by_name_and_in_folders(odd: Path, name: str, told: str) -> None:
    for path in (odd / name / "x.csv", odd / name):
        with pytest.raises(BadImport) as caught:
            files_in([path])
        assert str(caught.value).startswith(f"{odd / name / 'x.csv'}: {told}")
    with pytest.raises(OSError, match=r"no regular file|Too many levels|No such file"):
        open_regular(odd / name / "x.csv")


def test_what_is_not_there_is_told(odd: Path) -> None:
    for path in (odd / "none.csv", odd / "pipe/x.csv/y.csv", odd / ("x" * 300 + ".csv")):
        with pytest.raises(BadImport, match="there is no such file or folder"):
            files_in([path])


@pytest.mark.parametrize(
    ("text_file", "told"),
    [
        ("pipe/key.txt", "key.txt cannot be read: it is a named pipe"),
        ("loop/x.csv", "x.csv cannot be read: Too many levels of symbolic links"),
        ("socket", "socket cannot be read: it is a folder"),
        ("device/x.csv", "x.csv cannot be read: it leads out of its folder"),
        ("nowhere/x.csv", "x.csv cannot be read: No such file or directory"),
    ],
)
def test_a_text_is_a_regular_file(
    seeded_databases: Callable[[str], Database], odd: Path, text_file: str, told: str
) -> None:
    file = odd / "claims.yaml"
    file.write_text(f"source: {{key: s, title: T, text_file: {text_file}}}\nclaims: [{{quote: q}}]\n")
    report = import_paths(seeded_databases("sqlite"), [file], dry_run=True)
    assert [str(fault).startswith(f"{file}:1: source.text_file: {told}") for fault in report.faults] == [True]


def test_a_folder_of_texts_holds_regular_files(seeded_databases: Callable[[str], Database], odd: Path) -> None:
    file = odd / "claims.yaml"
    file.write_text("source: {key: key, title: T}\nclaims: [{quote: q}]\n")
    report = import_paths(seeded_databases("sqlite"), [file], texts=odd / "pipe", dry_run=True)
    assert "cannot be read: it is a named pipe" in str(report.faults[0])


@pytest.mark.parametrize("side", ["tables: {t: {%s, key: a, value: b}}", "joins: {t: {%s, key: id, on: '{{ id }}'}}"])
@pytest.mark.parametrize("name", ["pipe/x.csv", "device/x.csv", "socket/x.csv"])
def test_a_mapping_and_its_side_files_are_regular_files(odd: Path, side: str, name: str) -> None:
    mapping = odd / "mapping.yaml"
    uses = "{{ id | lookup('t') }}" if side.startswith("tables") else "{{ t.x }}"
    mapping.write_text(f'{side % f"file: {name}"}\nclaim: {{quote: "{uses}", source.title: T}}\n')
    for path, told in ((mapping, f".t.file: {name}: it is a "), (odd / name, "cannot be read: it is a ")):
        with pytest.raises(BadImport) as caught:
            read_mapping(path)
        assert told in "\n".join([str(caught.value), *map(str, caught.value.problems)])


def test_a_name_that_is_not_utf_8_is_told(seeded_databases: Callable[[str], Database], tmp_path: Path) -> None:
    file = Path(os.fsdecode(bytes(tmp_path) + b"/b\xffd.csv"))
    file.write_text("kee,quote\n")
    report = import_paths(seeded_databases("sqlite"), [file])
    assert "b\\udcffd.csv:1: kee: " in str(report.faults[0])


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("suffix", [".ndjson", ".csv", ".yaml"])
@pytest.mark.parametrize(("line", "told"), [(b"\n", "bytes of blanks in a row"), (b"{}\n", "times its own size")])
def test_an_archive_of_next_to_nothing_ends_early(
    seeded_databases: Callable[[str], Database],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pack: Callable[[bytes], bytes],
    suffix: str,
    line: bytes,
    told: str,
) -> None:
    monkeypatch.setattr(packed, "MAX_BLANK", 2**18)
    monkeypatch.setattr(packed, "MAX_UNQUESTIONED", 2**18)
    monkeypatch.setattr(packed, "MAX_EXPANSION", 100)
    file = tmp_path / f"bomb{suffix}{'.gz' if pack is gzip.compress else '.bz2'}"
    file.write_bytes(pack(line * 2**20))
    with open_file(file) as stream, pytest.raises(BadFile, match=told):
        stream.read(2**19)  # a part of it
    if line == b"\n":
        report = import_paths(seeded_databases("sqlite"), [file], dry_run=True)
        assert [told in str(fault) for fault in report.faults] == [True]


def test_an_archive_with_many_blanks_is_read(tmp_path: Path) -> None:
    file = tmp_path / "blanks.csv.gz"
    body = (b"a" + b" " * (packed.MAX_BLANK - 1) + b"b") * 3
    file.write_bytes(gzip.compress(body))
    with open_file(file) as stream:
        assert stream.read() == body
