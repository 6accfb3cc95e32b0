"""The files in .zip archives are read as others are; archives that are broken, or play tricks, are told."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from pathlib import Path
from random import Random

import pytest

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.mapping.mapping_file import read_mapping
from app.store.imports.readers import archives
from app.store.imports.readers.archives import archive_of, beside, members_of
from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import Record
from app.store.imports.readers.records import read_records
from tests.importing import import_paths
from tests.store.opened import fault, read

CLAIMS = "key,quote,source.title\nk,words,T\n"


def zipped(place: Path, *members: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(place, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return place


def names(archive: Path) -> list[str]:
    return [path.relative_to(archive).as_posix() for path in members_of(archive)]


# Members


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_read_in_the_order_of_their_names(tmp_path: Path, method: int) -> None:
    content = Random(1).randbytes(100_000)  # noqa: S311  # bytes that do not pack well
    archive = zipped(tmp_path / "A.ZIP", ("b/2.csv", "2"), ("b/10.csv", content), ("a.csv", ""), method=method)
    assert names(archive) == ["a.csv", "b/10.csv", "b/2.csv"]
    assert [read(path) for path in members_of(archive)] == [b"", content, b"2"]
    assert archive_of(archive / "a.csv") == archive
    assert archive_of(archive) is None


def test_hidden_files_and_those_that_macos_adds_are_left_out(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("__MACOSX/._a.csv", "x"), (".a.csv", "x"), ("f/.b/a.csv", "x"), ("f/", ""))
    assert names(archive) == []


def test_backslashes_part_steps_as_slashes_do(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("f\\a.csv", "x"))
    assert names(archive) == ["f/a.csv"]
    assert read(archive / "f" / "a.csv") == b"x"


def test_a_member_may_be_packed_itself(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.ndjson.gz", gzip.compress(b'{"a": 1}\n')))
    assert list(read_records(members_of(archive)[0], FileForm())) == [Record(1, {"a": 1})]


def test_a_file_of_a_member_stands_beside_the_archive(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("people/bo.json", "{}"))
    assert beside(archive / "people" / "bo.json") == tmp_path / "a.zip.people.bo.json"
    assert beside(tmp_path / "b.json") == tmp_path / "b.json"


# Broken ones


@pytest.mark.parametrize(
    "name", ["../a.csv", "/etc/a.csv", "f/../../a.csv", "f//a.csv", "./a.csv", "C:\\a.csv", "..\\a"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadImport, match="in the archive, a name leads from its folder to a file in it"):
        members_of(zipped(tmp_path / "a.zip", ("b.csv", "x"), (name, "x")))


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = zipped(tmp_path / "a.zip", ("b.csv", "x"), ("b.csv", "y"))
    with pytest.raises(BadImport, match=r"'b.csv' stands in the archive twice"):
        members_of(archive)


def test_more_members_than_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    with pytest.raises(BadImport, match="more than 2 files"):
        members_of(zipped(tmp_path / "a.zip", *((f"{n}.csv", "x") for n in range(3))))


@pytest.mark.parametrize("left", [0, 10, 200, -1])
def test_an_archive_that_is_cut_off_is_told(tmp_path: Path, left: int) -> None:
    archive = zipped(tmp_path / "a.zip", ("b.csv", Random(1).randbytes(1000)))  # noqa: S311  # as above
    archive.write_bytes(archive.read_bytes()[:left])
    with pytest.raises(BadImport, match=r"a.zip: this is no .zip archive, or a damaged one"):
        members_of(archive)


def test_a_damaged_member_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    content = Random(1).randbytes(1000)  # noqa: S311  # as above
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = zipped(tmp_path / f"{method}.zip", ("a.csv", content), ("b.csv", "right"), method=method)
        data = bytearray(archive.read_bytes())
        data[500] ^= 0xFF
        archive.write_bytes(data)
        first, second = members_of(archive)
        assert "the .zip archive is damaged" in fault(first) or "or its beginning is damaged" in fault(first)
        assert read(second) == b"right"


def test_a_member_with_a_password_and_a_link_are_told(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("b.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr(link, "/etc/passwd")
    data = bytearray(out.getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= archives.ENCRYPTED
    (tmp_path / "a.zip").write_bytes(data)
    assert fault(tmp_path / "a.zip" / "a.csv").startswith("the file needs a password; unpack the archive")
    assert fault(tmp_path / "a.zip" / "b.csv") == "the file is a link; pack what it leads to"


def test_a_member_of_next_to_nothing_in_much_space_is_not_read_to_its_end(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.csv", b"x" * 20 * 2**20), ("b.csv", b" " * 2 * 2**20))
    assert fault(archive / "a.csv").startswith("the .zip archive holds over 200 times its own size")
    assert fault(archive / "b.csv").startswith("the .zip archive holds over 1,048,576 bytes of blanks in a row")


# Imports


def test_an_archive_of_native_files_is_imported(database: Database, tmp_path: Path) -> None:
    seed = "source: {key: s, title: U, text_file: texts/t.txt}\nclaims:\n- {key: y, quote: Some}\n"
    archive = zipped(
        tmp_path / "a.zip", ("f/a.csv", CLAIMS), ("f/s.yaml", seed), ("f/texts/t.txt", "Some words."), ("README.md", "")
    )
    report = import_paths(database, [archive])
    assert not report.faults
    assert report.changes == {"created": 2, "sources_created": 2}
    assert report.verifications["verbatim"] == 1
    assert [str(one) for one in report.warnings] == []


def test_faults_in_an_archive_name_the_member(database: Database, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.csv", CLAIMS + "x\n"), ("b.pdf", "%PDF"), ("c.zip", "PK"))
    report = import_paths(database, [archive])
    [told] = report.faults
    assert (told.file, told.line) == (f"{archive}/a.csv", 3)
    assert {str(one).removeprefix(str(archive)) for one in report.warnings if one.problem.code == "passed-over"} == {
        "/b.pdf: is not read: it is a PDF; copy its records into a table, and import that as CSV or TSV; the text of a"
        " source goes into a .txt file",
        "/c.zip: is not read: it is an archive in an archive; unpack it",
    }


def test_one_member_can_be_named_and_folders_may_hold_archives(seeded: Database, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a.csv", CLAIMS), ("b.csv", CLAIMS.replace("k,", "l,")))
    assert import_paths(seeded, [archive / "b.csv"], dry_run=True).read == 1
    assert import_paths(seeded, [tmp_path], dry_run=True).read == 2
    with pytest.raises(BadImport, match=r"a.zip/c.csv: the archive holds no such file"):
        import_paths(seeded, [archive / "c.csv"])


def test_an_archive_without_files_of_records_is_told(seeded: Database, tmp_path: Path) -> None:
    with pytest.raises(BadImport, match=r"holds no file that ends in .* b.pdf is a PDF"):
        import_paths(seeded, [zipped(tmp_path / "a.zip", ("b.pdf", "%PDF"))])
    (tmp_path / "b.zip").write_bytes(b"key,quote\n")
    with pytest.raises(BadImport, match=r"b.zip: this is no .zip archive"):
        import_paths(seeded, [tmp_path / "b.zip"])


def test_a_text_outside_of_the_archive_is_not_read(seeded: Database, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("secret")
    archive = zipped(tmp_path / "a.zip", ("a.yaml", "source: {key: s, title: T, text_file: ../t.txt}\n"))
    [told] = import_paths(seeded, [archive], dry_run=True).faults
    assert "it leads out of its folder" in str(told)


def test_a_mapping_reads_archives_as_it_reads_folders(seeded: Database, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "files:\n- match: people/*.json\n  claim: {key: '{{ path }}', quote: '{{ said }}', source.title: T}\n"
    )
    content = [("people/b.json", '{"said": "b"}'), ("people/a.json", '{"said": "a"}'), ("notes.json", "{}")]
    zipped(tmp_path / "a.zip", *content)
    (tmp_path / "f").mkdir()
    zipped(tmp_path / "f" / "inner.zip", *content)
    for place, keys in (
        ("a.zip", ["a.zip/people/a.json", "a.zip/people/b.json"]),
        ("f", ["f/inner.zip/people/a.json"]),
    ):
        files = read_mapping(mapping).files_in([tmp_path / place])
        assert [one.relative_to(tmp_path).as_posix() for one in files][: len(keys)] == keys
    report = import_paths(seeded, [tmp_path / "a.zip"], mapping=read_mapping(mapping), dry_run=True)
    assert report.read == 2
    assert not report.faults
