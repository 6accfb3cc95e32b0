"""Imports that are refused: all or nothing, and every problem is told with its file, line and field."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.conftest import ENGINES, ROOT
from tests.importing import import_paths
from tests.store.stored import everything, is_empty, write_files

GOOD = """\
source: {key: report, title: A report}
speakers:
  - {key: ann, name: Ann Lee, kind: person}
  - {key: young, name: Bo Berg}
  - {key: old, name: Bo Berg}
metrics:
  - {key: staff, name: staff, unit: count}
claims:
  - {key: report/1, speaker: {key: ann}, quote: we will win}
"""

# Files that begin with `source: {title: T}`, from line 2: (the file's lines, [(line, field, part of the detail)])
ROWS: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "an unknown field suggests a near one": (
        "claims:\n  - quoted: words\n",
        [(3, "claims.0.quoted", "there is no such field (did you mean quote")],
    ),
    "an unknown field inside a list": (
        "claims:\n  - quote: a\n    figures:\n      - metric: staff\n        value: 1\n        unit: count\n"
        "        knd: target\n",
        [(8, "claims.0.figures.0.knd", "(did you mean kind?)")],
    ),
    "a bad date names EDTF": ("claims:\n  - quote: a\n    said_on: April 2024\n", [(4, "claims.0.said_on", "EDTF")]),
    "a day that does not exist": (
        "claims:\n  - quote: a\n    said_on: 2023-02-29\n",
        [(4, "claims.0.said_on", "2023-02-29")],
    ),
    "an unknown unit suggests a near one": (
        "claims:\n  - quote: a\n    figures:\n      - {metric: staff, value: 1, unit: kilomter}\n",
        [(5, "claims.0.figures.0.unit", "(did you mean kilometer")],
    ),
    "a bad choice names the right ones": (
        "speakers:\n  - {name: Ann, kind: persn}\n",
        [(3, "speakers.0.kind", "(did you mean person?)")],
    ),
    "neither quote nor paraphrase": (
        "claims:\n  - {key: k, topics: [a]}\n",
        [(3, "claims.0", "a quote or a paraphrase")],
    ),
    "an empty quote": ("claims:\n  - quote: ''\n", [(3, "claims.0.quote", "an empty text")]),
    "a claim that is no mapping": ("claims:\n  - just words\n", [(3, "claims.0", "")]),
    "a claim that is null": ("claims:\n  -\n", [(3, "claims.0", "")]),
    "every problem of a row": (
        "claims:\n  - said_on: soon\n    venu: a hall\n    speaker: {name: Ann, kind: man}\n    topics: ['']\n"
        "    figures:\n      - {metric: staff, value: many, unit: count}\n",
        [
            (3, "claims.0.said_on", "EDTF"),
            (4, "claims.0.venu", "(did you mean venue?)"),
            (5, "claims.0.speaker.kind", "'man' is not one of person"),
            (6, "claims.0.topics.0", "an empty text"),
            (8, "claims.0.figures.0.value", "many"),
        ],
    ),
    "every row with a problem": (
        "speakers:\n  - {key: a}\n  - {nam: Ann}\nclaims:\n  - {key: k1}\n  - {key: k2, quote: fine}\n  - {key: k3}\n",
        [
            (3, "speakers.0", "no name to make one with"),
            (4, "speakers.1.nam", "(did you mean name?)"),
            (6, "claims.0", "a quote or a paraphrase"),
            (8, "claims.2", "a quote or a paraphrase"),
        ],
    ),
    "a value that is true where text belongs": (
        "claims:\n  - quote: true\n",
        [(3, "claims.0.quote", "a text is needed here")],
    ),
    "a NUL escape": ('claims:\n  - quote: "a\\0b"\n', [(3, "claims.0.quote", "NUL")]),
    "a lone surrogate escape": ('claims:\n  - quote: "a\\uD800b"\n', [(3, "", "")]),
    "a NUL in a key": ('claims:\n  - quote: a\n    key: "a\\0b"\n', [(4, "claims.0.key", "NUL")]),
    "a NUL in a metric's name": (
        'claims:\n  - quote: a\n    figures:\n      - {metric: "a\\0b", value: 1, unit: count}\n',
        [(5, "claims.0.figures.0.metric.name", "NUL")],
    ),
    "a NUL in a metric's unit": (
        'metrics:\n  - {name: a, unit: "a\\0b"}\n',
        [(3, "metrics.0.unit", "")],
    ),
    "a NUL in a source's address": (
        'claims:\n  - quote: a\n    source: {url: "http://a\\0b"}\n',
        [(4, "claims.0.source.url", "NUL")],
    ),
    "a NUL in a date": ('claims:\n  - quote: a\n    said_on: "2024\\0"\n', [(4, "claims.0.said_on", "")]),
    "a key of 513 bytes": (
        f"claims:\n  - quote: a\n    key: {'k' * 513}\n",
        [(4, "claims.0.key", "513 bytes long")],
    ),
    "a key that stands twice with different content": (
        "claims:\n  - {key: k, quote: one}\n  - {key: k, quote: other}\n",
        [(3, "claims.0.key", "import.yaml:4"), (4, "claims.1.key", "import.yaml:3")],
    ),
    "a speaker's key that stands twice with different content": (
        "speakers:\n  - {key: k, name: Ann}\n  - {key: k, name: Bo}\n",
        [(3, "speakers.0.key", "import.yaml:4"), (4, "speakers.1.key", "import.yaml:3")],
    ),
    "a relation to an unknown claim": (
        "claims:\n  - quote: a\n    relations:\n      - {type: supports, key: nowhere}\n",
        [(5, "claims.0.relations.0.key", "there is no claim nowhere")],
    ),
    "a relation to an unknown id": (
        "claims:\n  - quote: a\n    relations:\n      - {type: supports, claim: clm_99}\n",
        [(5, "claims.0.relations.0.claim", "there is no clm_99")],
    ),
    "a relation to itself by its key, whatever the id beside it": (
        "claims:\n  - quote: a\n    key: new\n    relations:\n      - {type: supports, claim: clm_1, key: new}\n",
        [(6, "claims.0.relations.0", "no relation to itself")],
    ),
    "a reference that contradicts what is stored": (
        "claims:\n  - quote: a\n    speaker: {key: ann, kind: organization}\n",
        [(4, "claims.0.speaker.kind", "contradicts 'person' of spk_1")],
    ),
    "a reference by key with another name": (
        "claims:\n  - quote: a\n    speaker:\n      key: ann\n      name: Anna Lee\n",
        [(6, "claims.0.speaker.name", "contradicts 'Ann Lee' of spk_1")],
    ),
    "a reference to a speaker by an unknown id": (
        "claims:\n  - quote: a\n    speaker: spk_77\n",
        [(4, "claims.0.speaker.id", "there is no spk_77")],
    ),
    "a reference by the key of nobody": (
        "claims:\n  - quote: a\n    speaker: {key: nobody}\n",
        [(4, "claims.0.speaker", "there is no speaker nobody")],
    ),
    "a name that fits two asks for a key": (
        "claims:\n  - quote: a\n    speaker: {name: bo BERG}\n",
        [(4, "claims.0.speaker", "fits spk_2 (key young), spk_3 (key old); give the key")],
    ),
    "a unit that does not fit the metric": (
        "claims:\n  - quote: a\n    figures:\n      - metric: staff\n        value: 1\n        unit: JPY\n",
        [(7, "claims.0.figures.0.unit", "JPY (Japanese yen) does not fit staff, which is in count; write count or")],
    ),
    "a unit in the wrong case suggests the right one": (
        "claims:\n  - quote: a\n    figures:\n      - metric: staff\n        value: 1\n        unit: Count/Year\n",
        [(7, "claims.0.figures.0.unit", "(did you mean count/year?)")],
    ),
    "an interval with a bad end tells which": (
        "claims:\n  - quote: a\n    said_on: 2023/2024-13\n",
        [(4, "claims.0.said_on", "in its end, month 13 does not exist")],
    ),
    "a figure without any unit": (
        "claims:\n  - quote: a\n    figures:\n      - {metric: nameless number, value: 1}\n",
        [(5, "claims.0.figures.0.unit", "has a unit")],
    ),
    "bounds that contradict the value": (
        "claims:\n  - quote: a\n    figures:\n      - {metric: staff, value: 1, low: 2}\n",
        [(5, "claims.0.figures.0", "")],
    ),
    "an unknown section suggests a near one": ("claim: []\n", [(2, "claim", "did you mean claims?")]),
    "every section that is wrong": (
        "claim: []\nspeakers: {a: b}\nmetrics: 3\nclaims: []\n",
        [(2, "claim", "did you mean claims?"), (3, "speakers", "is to be a list"), (4, "metrics", "is to be a list")],
    ),
    "a section that is no list": ("claims: {quote: a}\n", [(2, "claims", "is to be a list")]),
    "broken YAML": ("claims:\n  - quote: [a\n", [(4, "", "broken YAML")]),
    "a tab": ("claims:\n\t- quote: a\n", [(3, "", "broken YAML")]),
    "a YAML key that stands twice": (
        "claims:\n  - quote: a\n    quote: b\n",
        [(4, "claims.0.quote", "the key quote stands twice")],
    ),
    "an alias": (
        "claims:\n  - quote: &words a\n    paraphrase: *words\n",
        [(0, "claims.0.paraphrase", "an alias")],
    ),
    "a control character": ("claims:\n  - quote: a\x07b\n", [(3, "", "U+0007")]),
    "two documents": ("---\nclaims: []\n", [(2, "", "broken YAML")]),
    "a key that is a list": ("? [a]\n: b\n", [(2, "", "a key that is a list")]),
    "nesting of 60 levels": (f"claims: {'[' * 60}{']' * 60}\n", [(2, "", "nested more than")]),
}

# Whole files: (bytes, [(line, field, part of the detail)])
FILES: dict[str, tuple[bytes, list[tuple[int, str, str]]]] = {
    "an empty file": (b"", [(1, "", "the file is empty")]),
    "a file of comments": (b"# nothing\n\n", [(1, "", "the file is empty")]),
    "a file that is a list": (b"- quote: a\n", [(1, "", 'write a list of claims as {"claims": […]}, or')]),
    "a file that is a word": (b"claims\n", [(1, "", "a file is a mapping")]),
    "bytes that are not UTF-8": (b"source: {title: T}\nclaims:\n  - quote: caf\xe9\n", [(3, "", "is not UTF-8")]),
    "UTF-16 that is broken": (
        "source: {title: T}\n".encode("utf-16") + b"a",
        [(2, "", "bytes that are not in the encoding that the file's")],
    ),
    "a claim without a citation": (b"claims:\n  - quote: a\n", [(2, "claims.0.citations", "a source is needed")]),
    "a citation without a source": (
        b"claims:\n  - quote: a\n    citations:\n      - {via: Reuters}\n",
        [(4, "claims.0.citations.0.source", "this field is required")],
    ),
    "a source without title and address": (
        b"source: {key: nothing}\n",
        [(1, "source", "no title or url to make one with")],
    ),
    "a source that is a list": (b"source: [a]\n", [(1, "source", "is to be a mapping")]),
    "a bad source spoils its file": (
        b"source:\n  title: T\n  kind: novel\nclaims:\n  - quote: a\n",
        [(3, "source.kind", "'novel' is not one of article")],
    ),
    "a short form is told by its own name": (
        b"source: {title: T}\nclaims:\n  - quote: a\n    role: {title: boss, status: past}\n",
        [(4, "claims.0.role.status", "'past' is not one of current, former, acting")],
    ),
    "a locator is told by its own name": (
        b"source: {title: T}\nclaims:\n  - quote: a\n    locator:\n      exakt: words\n",
        [(5, "claims.0.locator.exakt", "(did you mean exact")],
    ),
}


@pytest.fixture(scope="module", params=ENGINES)
def stocked(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, dict[str, list[str]]]]:
    """A database with GOOD in it, on each engine, and all it holds: what is refused must leave it as it is."""
    database = new_database(request.param)
    folder = write_files(tmp_path_factory.mktemp("good"), good=GOOD)
    assert not import_paths(database, [folder]).faults
    yield database, everything(database)
    database.close()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2024", 'a date is a text: write "2024"'),
        ("45393", "it would be 2024-04-11"),
        ("45393.5", "it would be 2024-04-11"),
        ("true", "an object is needed here"),
    ],
)
def test_a_date_that_json_has_as_a_number_is_told(seeded: Database, tmp_path: Path, value: str, told: str) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text(f'{{"quote": "a", "source": {{"title": "T"}}, "said_on": {value}}}\n')
    [fault] = import_paths(seeded, [file], dry_run=True).faults
    assert fault.problem.path == ("said_on",)
    assert told in fault.problem.detail


def assert_faults(report: Report, file: Path, expected: list[tuple[int, str, str]]) -> None:
    """Each fault at its line and field, in order, and none besides. Line 0: any."""
    told = [str(fault) for fault in report.faults]
    assert len(told) == len(expected), told
    for fault, (line, field, detail) in zip(report.faults, expected, strict=True):
        assert fault.file == str(file)
        assert not line or fault.line == line, told
        assert not field or fault.problem.field == field, told
        assert detail in str(fault), told
        assert str(fault).startswith(f"{file}:{fault.line}: ")


@pytest.mark.parametrize("name", ROWS)
def test_what_is_wrong_is_told_with_line_and_field_and_nothing_is_stored(
    stocked: tuple[Database, dict[str, list[str]]], tmp_path: Path, name: str
) -> None:
    database, before = stocked
    lines, expected = ROWS[name]
    file = tmp_path / "import.yaml"
    file.write_bytes(f"source: {{title: T}}\n{lines}".encode())
    report = import_paths(database, [file])
    assert_faults(report, file, expected)
    assert report.revision is None
    assert report.counts["rejected"] == report.counts["read"]
    assert everything(database) == before


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_as_a_record_is_told(
    stocked: tuple[Database, dict[str, list[str]]], tmp_path: Path, name: str
) -> None:
    database, before = stocked
    content, expected = FILES[name]
    file = tmp_path / "import.yaml"
    file.write_bytes(content)
    assert_faults(import_paths(database, [file]), file, expected)
    assert everything(database) == before


READ_YAML = """
import sys
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.yaml_nodes import read_yaml
try:
    read_yaml(open(sys.argv[1]).read())
except BadFile:
    print("bad")
"""


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ("{a: ", "}")])
@pytest.mark.parametrize("levels", [1_000, 100_000])
def test_a_file_of_any_depth_is_a_fault_and_no_crash(tmp_path: Path, opened: str, closed: str, levels: int) -> None:
    file = tmp_path / "deep.yaml"
    file.write_text(f"claims: {opened * levels}{closed * levels}\n")
    # In a process of its own: a crash of the parser would take the tests with it.
    done = subprocess.run(
        [sys.executable, "-c", READ_YAML, file], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "bad\n"), done.stderr[-500:]


def test_one_bad_row_keeps_a_hundred_good_ones_out(
    database: Database, import_yaml: Callable[..., Report], tmp_path: Path
) -> None:
    good = "".join(f"  - {{key: k{n}, quote: words {n}, speaker: {{name: Speaker {n}}}}}\n" for n in range(100))
    report = import_yaml(f"source: {{key: s, title: T, text: words}}\nclaims:\n{good}  - {{key: bad}}\n")
    assert [str(fault) for fault in report.faults] == [
        f"{tmp_path}/import.yaml:103: claims.100: a claim needs a quote or a paraphrase"
    ]
    assert report.told_counts == {
        "read": 101,
        "created": 0,
        "updated": 0,
        "retracted": 0,
        "unchanged": 0,
        "rejected": 101,
    }
    assert report.wrong == 1
    assert is_empty(database)


def test_claims_that_are_wrong_in_themselves_are_counted(
    stocked: tuple[Database, dict[str, list[str]]], tmp_path: Path
) -> None:
    lines = {
        "claims.yaml": "source: {key: s, title: T}\nspeakers: [{key: x, knd: person}]\n"
        "metrics: [{key: m, unt: count}]\nclaims:\n"
        "  - {key: follows, quote: a, speaker: {key: x}}\n"  # its speaker is wrong, it is not
        "  - {key: follows twice, quote: a, speaker: {key: x}, role: {title: head, organization: {key: x}}}\n"
        "  - {key: two figures, quote: a, figures: [{metric: {key: m}, value: 1}, {metric: {key: m}, value: 2}]}\n"
        "  - {key: follows and lacks, quote: a, speaker: {key: x}, source: {key: nowhere}}\n"
        "  - {key: two faults, quote: a, said_on: soon, venu: there}\n"
        "  - {key: twice, quote: a}\n  - {key: twice, quote: b}\n"
        "  - {key: right, quote: a}\n"
        "  - {key: stored, quote: a, speaker: {key: ann, kind: organization}}\n",
        "table.csv": "key,quote,source.title\nok,words,T\nlacks,,T\nwide,words,T,more\n",
    }
    for name, content in lines.items():
        (tmp_path / name).write_text(content)
    report = import_paths(stocked[0], [tmp_path])
    wrong = {"follows and lacks", "two faults", "twice", "twice again", "stored", "lacks", "wide"}
    assert (report.read, report.wrong) == (12, len(wrong)), list(map(str, report.faults))
    told = [str(one.problem) for one in report.warnings if one.problem.code == "follows"]
    assert told == [
        "x: 3 records that name it are rejected with it, and not told one by one",
        "m: 1 record that names it is rejected with it, and not told one by one",
    ]


def test_what_only_the_database_knows_is_told_beside_what_is_wrong_in_the_file(
    import_yaml: Callable[..., Report],
) -> None:
    assert not import_yaml(GOOD).faults
    report = import_yaml("""\
source: {title: T}
claims:
  - {quote: a, speaker: {key: nobody}}
  - {key: bad}
  - {quote: b, relations: [{type: supports, key: nowhere}]}
""")
    assert [(fault.line, fault.problem.code) for fault in report.faults] == [
        (3, "unknown-speaker"),
        (4, "bad-value"),
        (5, "unknown-claim"),
    ]


def test_a_relation_to_a_row_that_is_wrong_is_not_told_as_well(import_yaml: Callable[..., Report]) -> None:
    report = import_yaml("""\
source: {title: T}
claims:
  - {key: one, quote: a, relations: [{type: supports, key: two}]}
  - {key: two}
""")
    assert [fault.line for fault in report.faults] == [4]


def test_a_key_with_different_content_in_two_files_is_told_in_both(database: Database, tmp_path: Path) -> None:
    text = "source: {{key: s, title: T}}\nclaims:\n  - {{key: k, quote: {}}}\n"
    folder = write_files(tmp_path / "seeds", a=text.format("one"), b=text.format("other"))
    report = import_paths(database, [folder])
    assert [str(fault) for fault in report.faults] == [
        f"{folder}/a.yaml:3: claims.0.key: k stands at {folder}/b.yaml:3 too, with different content",
        f"{folder}/b.yaml:3: claims.0.key: k stands at {folder}/a.yaml:3 too, with different content",
    ]
    assert is_empty(database)


def test_a_key_that_stands_twice_with_the_same_content_is_one_claim(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    report = import_yaml("source: {title: T}\nclaims:\n  - {key: k, quote: a}\n  - {key: k, quote: a}\n")
    assert [str(fault) for fault in report.faults] == []
    assert report.told_counts == {"read": 2, "created": 1, "updated": 0, "retracted": 0, "unchanged": 1, "rejected": 0}
    assert len(everything(database)["claims"]) == 1


def test_the_same_claim_twice_without_a_key_is_one_claim(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    report = import_yaml("source: {title: T}\nclaims:\n  - {quote: a}\n  - {quote: a}\n")
    assert [str(fault) for fault in report.faults] == []
    assert report.counts["created"] == 1
    assert len(everything(database)["claims"]) == 1


# Definitions over what is stored: (lines that come first, the definition, line of its fault, field)
DEFINITIONS = {
    "a source's address that is another's": (
        "claims:\n  - {quote: a, source: {url: 'http://a'}}\n  - {quote: b, source: {key: b, url: 'http://b'}}\n",
        "source:\n  key: b\n  url: https://A/\n",
        "url",
    ),
    "a metric's name that is another's": (
        "metrics:\n  - {key: a, name: staff}\n  - {key: b, name: pay}\n",
        "metrics:\n  - key: b\n    name: Staff\n",
        "name",
    ),
    "a speaker's name taken away": (
        "speakers:\n  - {key: a, name: Ann}\n",
        "speakers:\n  - key: a\n    name: null\n",
        "name",
    ),
    "a metric's name taken away": (
        "metrics:\n  - {key: a, name: staff}\n",
        "metrics:\n  - key: a\n    name: null\n",
        "name",
    ),
    "a source's title taken away": (
        "source: {key: a, title: T}\n",
        "source:\n  key: a\n  title: null\n",
        "title",
    ),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_that_cannot_hold_is_told_with_its_line(
    database: Database, import_yaml: Callable[..., Report], name: str
) -> None:
    first, definition, field = DEFINITIONS[name]
    assert not import_yaml(first).faults
    before = everything(database)
    report = import_yaml(definition)
    assert len(report.faults) == 1
    assert report.faults[0].line >= 1
    assert report.faults[0].problem.field.split(".")[-1] in (field, "0", "source")
    assert everything(database) == before


def test_a_definition_of_a_new_speaker_with_an_explicit_null_kind_makes_a_person(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    assert not import_yaml("speakers:\n  - {key: a, name: Ann, kind: null}\n").faults
    assert not is_empty(database)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _file(path: Path) -> Path:
    path.write_text("claims: []\n")
    return path


# Paths on the command line: (makes it, part of the message)
PATHS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a missing path": (lambda at: at / "missing.yaml", "there is no such file or folder"),
    "a folder without files": (
        lambda at: _folder(at / "empty"),
        "holds no file that ends in .yaml, .yml, .json, ",
    ),
    "a folder with other files only": (lambda at: _file(_folder(at / "text") / "a.txt").parent, "holds no file"),
    "a file of another kind": (lambda at: _file(at / "claims.pdf"), "this is a PDF"),
    "a file without a suffix": (lambda at: _file(at / "claims"), "not others"),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_that_cannot_be_imported_is_named(database: Database, tmp_path: Path, name: str) -> None:
    make, message = PATHS[name]
    path = make(tmp_path)
    with pytest.raises(BadImport, match=message) as caught:
        import_paths(database, [path])
    assert str(path) in str(caught.value)
    assert is_empty(database)
