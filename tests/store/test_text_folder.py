"""The folder of --texts: which sources its texts find, in every form of file, and which find none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write.merge import merge_records
from tests.importing import import_paths
from tests.store.stored import claim, record, rows, write_files

# Files that name the source a/b, and whether as a definition
FORMS = {
    "yaml": "source: {key: a/b, title: T}\nclaims: [{key: k, quote: words}]\n",
    "json": '{"source": {"key": "a/b", "title": "T"}, "claims": [{"key": "k", "quote": "words"}]}',
    "ndjson": '{"type": "source", "key": "a/b", "title": "T"}\n'
    '{"key": "k", "quote": "words", "source": {"key": "a/b"}}\n',
    "claims.ndjson": '{"key": "k", "quote": "words", "source": {"key": "a/b", "title": "T"}}\n',
    "claims.yaml": "claims:\n- {key: k, quote: words, citations: [{source: {key: a/b, title: T}}]}\n",
    "csv": "key,quote,source.key,source.title\nk,words,a/b,T\n",
    "tsv": "key\tquote\tcitations.0.source.key\tcitations.0.source.title\nk\twords\ta/b\tT\n",
}


def folder(tmp_path: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = tmp_path / "texts" / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "texts"


def told(report: Report) -> list[tuple[str, str]]:
    """Code and file name of what is told of texts."""
    notices = [*(report.texts or ()), *(one for one in report.warnings if "text" in one.problem.code)]
    return [(one.problem.code, Path(one.file).name) for one in notices]


@pytest.mark.parametrize("form", FORMS)
def test_a_text_finds_its_source_in_every_form_of_file(database: Database, tmp_path: Path, form: str) -> None:
    texts = folder(tmp_path, a__b="some words", a__c="others")
    file = tmp_path / f"file.{form}"
    file.write_text(FORMS[form])
    report = import_paths(database, [file], texts=texts)
    assert [str(fault) for fault in report.faults] == []
    assert told(report) == [("text-found", "b.txt"), ("unused-text", "c.txt")]
    assert report.unused_texts == 1
    assert report.verifications == {"verbatim": 1}
    assert claim(database, "k")["citations"][0]["verification"] == "verbatim"
    again = import_paths(database, [file], texts=texts)
    assert (again.revision, told(again)) == (None, told(report))


def test_a_text_finds_a_stored_source_that_no_file_names(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    files = write_files(tmp_path / "f", one=FORMS["yaml"], two="source: {key: d, title: U}\nclaims: []\n")
    assert import_paths(database, [files / "one.yaml"]).revision == 1
    texts = folder(tmp_path, a__b="no such thing", e="unused")
    done = run(database, "import", "--texts", texts, files / "two.yaml")
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        f"warning: {texts}/e.txt: no source has the key e: this text is not used",
        f"warning: {files}/two.yaml:1: no text of d in {texts}: d.txt is not there",
        "warning: k: its words are not_found in the text of the source",
    ]
    assert done.stdout.splitlines()[0] == f"{texts}/a/b.txt: is the text of the source a/b"
    assert "texts: 1 found their source, 1 did not" in done.stdout
    assert claim(database, "k")["citations"][0]["verification"] == "not_found"
    assert rows(database, "SELECT text FROM source_texts") == [("no such thing",)]


def test_texts_that_cannot_be_read_are_told_and_lead_nowhere_else(database: Database, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("words")
    texts = folder(tmp_path, empty=" ", fine="x")
    (texts / "bad.txt").write_bytes(b"caf\xe9")
    (texts / "link.txt").symlink_to(tmp_path / "secret.txt")
    claims = "".join(
        f"- {{quote: q, source: {{key: '{key}', title: T}}}}\n" for key in ("bad", "empty", "link", "../secret")
    )
    report = import_paths(database, [write_files(tmp_path / "f", a=f"claims:\n{claims}")], texts=texts)
    assert [(fault.line, fault.problem.code) for fault in report.faults] == [(n, "bad-file") for n in (2, 3, 4)]
    assert "would be 'é' in Windows-1252" in str(report.faults[0])
    assert "leads out of its folder" in str(report.faults[2])


def test_a_text_that_is_given_elsewhere_is_not_overridden(database: Database, tmp_path: Path) -> None:
    texts = folder(tmp_path, s="from the folder")
    file = write_files(tmp_path / "f", a="source: {key: s, title: T, text: its own}\nclaims: []\n")
    report = import_paths(database, [file], texts=texts)
    assert told(report) == [("unused-text", "s.txt")]
    assert rows(database, "SELECT text FROM source_texts") == [("its own",)]
    assert record(database, "sources", "s")["text_sha256"]


def test_a_text_of_a_source_that_was_merged_is_told_to_be_of_none(database: Database, tmp_path: Path) -> None:
    files = write_files(tmp_path / "f", a="source: {key: a, title: A}\nclaims: []\n", b="source: {key: b, title: B}\n")
    assert not import_paths(database, [files]).faults
    merge_records(database, "src_2", "src_1")
    report = import_paths(database, [], texts=folder(tmp_path, b="words"))
    (notice,) = [one for one in report.warnings if one.problem.code == "unused-text"]
    assert notice.problem.detail == "the source b was merged into src_1 (key a): this text is not used"


WORDS_TOLD = """
source: {key: s, title: T, text: We hired 15. We hired 15. It was far.}
claims:
  - {key: none, paraphrase: They hire}
  - {key: other, paraphrase: Nobody came, locator: {exact: nobody came}}
  - {key: signs, quote: …!}
  - {key: twice, quote: We hired 15}
  - {key: elsewhere, quote: hired 15, locator: {prefix: They}}
  - {key: both, paraphrase: Again, locator: {exact: We hired 15}}
"""


def test_what_is_told_of_words_is_why_they_are_not_found(database: Database, tmp_path: Path) -> None:
    report = import_paths(database, [write_files(tmp_path / "f", a=WORDS_TOLD)])
    found = [one.problem.detail.split(": ", 1) for one in report.warnings if one.problem.code.startswith("quote-")]
    settles = "ambiguous in the text of the source; locator.prefix or suffix tells which place is meant"
    assert found == [
        ["other", "the exact words of its locator are not_found in the text of the source"],
        [
            "signs",
            "its words are not_found in the text of the source: there is neither a letter nor a digit in them",
        ],
        ["twice", f"its words are {settles}"],
        [
            "elsewhere",
            "its words are ambiguous in the text of the source, and locator.prefix and suffix do not tell one place"
            " from the others",
        ],
        ["both", f"the exact words of its locator are {settles}"],
    ]
    assert claim(database, "none")["citations"][0]["verification"] == "unchecked"


@pytest.mark.parametrize("dry", [True, False])
def test_another_text_tells_of_the_stored_claims_whose_words_it_loses(
    database: Database, run: Callable[..., Result], tmp_path: Path, dry: bool
) -> None:
    claims = "".join(f"- {{key: k{n}, quote: words {n}}}\n" for n in range(4)) + "- {key: two, quote: twice}\n"
    texts = folder(tmp_path, s="words 0, words 1, words 2, words 3, twice")
    file = write_files(tmp_path / "f", a=f"source: {{key: s, title: T}}\nclaims:\n{claims}") / "a.yaml"
    assert import_paths(database, [file], texts=texts).verifications == {"verbatim": 5}
    folder(tmp_path, s="twice; words 0; twice; words 1")
    done = run(database, "import", "--texts", texts, *(["--dry-run"] if dry else []))
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        "warning: k2: its words are not_found in the text of the source",
        "warning: k3: its words are not_found in the text of the source",
        "warning: two: its words are ambiguous in the text of the source; locator.prefix or suffix tells which place is"
        " meant",
    ]
    assert "citations: 1 ambiguous, 2 not_found, 2 verbatim\n" in done.stdout
    assert claim(database, "k3")["citations"][0]["verification"] == ("verbatim" if dry else "not_found")
    again = import_paths(database, [file], texts=texts)  # its rows tell each claim once
    assert again.verifications == {"ambiguous": 1, "not_found": 2, "verbatim": 2}
    assert len([one for one in again.warnings if one.problem.code.startswith("quote-")]) == 3


def test_a_text_behind_the_claims_is_counted_and_told_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.imports.attempt.BATCH", 1)
    lines = [
        '{"key": "a", "quote": "some words", "source": {"key": "s", "title": "T"}}',
        '{"key": "b", "quote": "other words", "source": {"key": "s", "title": "T"}}',
        '{"key": "c", "quote": "words", "source": {"key": "s", "text": "some words"}}',
    ]
    (tmp_path / "f.ndjson").write_text("\n".join(lines))
    report = import_paths(database, [tmp_path / "f.ndjson"])
    assert [str(fault) for fault in report.faults] == []
    assert report.verifications == {"verbatim": 2, "not_found": 1}
    assert [one.problem.code for one in report.warnings] == ["quote-not-found"]
    assert import_paths(database, [tmp_path / "f.ndjson"]).revision is None


# Keys of which a path has no double slash; the file of each
PLACES = {
    "https://a.example/report": "https:/a.example/report",
    "https://a.example/report.pdf?page=2": "https:/a.example/report.pdf?page=2",
    "http://a.example/": "http:/a.example/",
    "https://a.example//x///y": "https:/a.example/x/y",
    "https://web.archive.org/web/2020/https://b.example/z": "https:/web.archive.org/web/2020/https:/b.example/z",
    "doi:10.1000/182": "doi:10.1000/182",
    "/lead": "lead",
    "a//b": "a/b",
}


@pytest.mark.parametrize("is_stored", [False, True])
@pytest.mark.parametrize("key", PLACES)
def test_one_slash_of_a_path_stands_for_several_of_a_key(
    database: Database, tmp_path: Path, key: str, is_stored: bool
) -> None:
    source = f"key: '{key}', title: T" if key in ("/lead", "a//b") else f"url: '{key}'"
    file = write_files(tmp_path / "f", a=f"claims: [{{key: k, quote: some words, source: {{{source}}}}}]\n") / "a.yaml"
    empty = folder(tmp_path, unused="x")
    report = import_paths(database, [file], texts=empty)
    missing = [one.problem.detail for one in report.warnings if one.problem.code == "no-text"]
    assert missing == [f"no text of {key} in {empty}: {PLACES[key]}.txt is not there"]
    place = empty / f"{PLACES[key]}.txt"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("some words")
    report = import_paths(database, [] if is_stored else [file], texts=empty)
    assert [(Path(one.file), one.key) for one in report.texts or ()] == [(place, key)]
    assert claim(database, "k")["citations"][0]["verification"] == "verbatim"
    again = import_paths(database, [] if is_stored else [file], texts=empty)
    assert (again.revision, len(again.texts or ())) == (None, 1)


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_text_is_of_the_source_whose_key_is_its_path_before_all_others(
    database: Database, tmp_path: Path, is_stored: bool
) -> None:
    claims = "".join(f"- {{key: k{key}, quote: q, source: {{key: {key}, title: {key}}}}}\n" for key in ("a//b", "a/b"))
    files = [write_files(tmp_path / "f", a=f"claims:\n{claims}") / "a.yaml"]
    import_paths(database, files)
    report = import_paths(database, [] if is_stored else files, texts=folder(tmp_path, a__b="words"))
    assert [one.key for one in report.texts or ()] == ["a/b"]
    assert record(database, "sources", "a//b")["text_sha256"] is None


def test_a_text_of_an_address_that_no_source_has_is_told_by_the_address(database: Database, tmp_path: Path) -> None:
    texts = folder(tmp_path, **{"https:__a.example__x": "words"})
    (warning,) = import_paths(database, [], texts=texts).warnings
    assert warning.problem.detail == "no source has the key https://a.example/x: this text is not used"


@pytest.mark.parametrize("key", ["a/../b", "./b", f"a/{'x' * 252}"])
def test_a_key_that_is_the_name_of_no_file_is_told_so(database: Database, tmp_path: Path, key: str) -> None:
    files = [write_files(tmp_path / "f", a=f"source: {{key: '{key}', title: T}}\nclaims: []\n")]
    report = import_paths(database, files, texts=folder(tmp_path, b="words"))
    assert "no file can have such a name" in next(one for one in report.warnings if one.line).problem.detail
    assert record(database, "sources", key)["text_sha256"] is None


# Files of a folder of texts that are no texts, and what is told of each
PASSED_OVER = {
    "a/b.md": "is not read: the text of a source is a file that ends in .txt",
    "b": "is not read: the text of a source is a file that ends in .txt",
    "b.txt.gz": "is not read: the text of a source is a file that ends in .txt",
    "report.PDF": "is not read: it is a PDF; copy its records into a table",
    "page.html": "is not read: it is a web page; copy its records into a table",
    "s.TXT": "is not read: s.txt is the text of the same source",
}


def passed_over(report: Report, folder: Path) -> dict[str, str]:
    """Warnings of files that are passed over."""
    notices = (one for one in report.warnings if one.problem.code == "passed-over")
    return {Path(one.file).relative_to(folder).as_posix(): one.problem.detail for one in notices}


def test_files_that_are_no_texts_are_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]
) -> None:
    texts = folder(tmp_path, s="some words", a__b="others")
    for name in (*PASSED_OVER, ".DS_Store", ".git/config"):
        (texts / name).parent.mkdir(exist_ok=True)
        (texts / name).write_text("other words")
    (texts / "link").symlink_to(tmp_path, target_is_directory=True)
    files = write_files(texts, a="source: {key: s, title: T}\nclaims: [{key: k, quote: some words}]\n")
    report = import_paths(database, [files / "a.yaml"], texts=texts)
    said = passed_over(report, texts)
    assert said.pop("link") == "is not read: it is a link to a folder, which is not followed"
    assert {name: detail[: len(PASSED_OVER[name])] for name, detail in said.items()} == PASSED_OVER
    assert claim(database, "k")["citations"][0]["verification"] == "verbatim"
    assert passed_over(import_paths(database, [files], texts=texts), texts).keys() == {*PASSED_OVER, "link"}
    monkeypatch.chdir(tmp_path)
    done = run(database, "import", texts, "--texts", texts.relative_to(tmp_path))
    assert [line for line in done.stderr.splitlines() if ".txt: is not read" in line] == []
    assert "7 × files that are passed over" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_of_texts_that_cannot_be_read_is_told(database: Database, tmp_path: Path) -> None:
    texts = folder(tmp_path, a__b="others")
    (texts / "a").chmod(0)
    assert passed_over(import_paths(database, [], texts=texts), texts) == {"a": "cannot be read: Permission denied"}


@pytest.mark.parametrize(("others", "told"), [(0, ", 0 did not"), (1, "; the other one may"), (2, "; the other 2 may")])
def test_nothing_is_said_of_texts_whose_sources_may_be_in_rejected_records(
    database: Database, run: Callable[..., Result], tmp_path: Path, others: int, told: str
) -> None:
    texts = folder(tmp_path, s="some words", **{f"o{n}": "x" for n in range(others)})
    wrong = "{key: l, quote: x, said_on: soon, source: {key: o0, title: O}}"
    claims = f"claims:\n- {{key: k, quote: some words}}\n- {wrong}\n"
    file = write_files(tmp_path / "f", a=f"source: {{key: s, title: T}}\n{claims}") / "a.yaml"
    done = run(database, "import", file, "--texts", texts)
    assert done.exit_code == 1
    assert f"texts: 1 found their source{told}" in done.stdout
    assert "is not used" not in done.stderr


def test_all_stored_sources_whose_texts_cannot_be_read_are_told(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    sources = "".join(f'{{"type": "source", "key": "s{n}", "title": "T{n}"}}\n' for n in range(2))
    (tmp_path / "a.ndjson").write_text(sources)
    import_paths(database, [tmp_path / "a.ndjson"])
    done = run(database, "import", "--texts", folder(tmp_path, s0=" ", s1="", other="x"))
    assert done.exit_code == 1
    for n in range(2):
        assert f"texts/s{n}.txt: the text of s{n} cannot be read: the text is empty" in done.stderr
    assert "texts: 0 found their source, 1 did not\n" in done.stdout
    assert "this text is not used" in done.stderr
