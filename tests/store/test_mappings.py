"""Mappings: what is made of the records of foreign files, value by value, and what is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.mapping.mapped_files import Mapping
from app.store.imports.mapping.mapping_file import read_mapping
from tests.importing import import_paths
from tests.store.mapped import mapped
from tests.store.stored import claim

TABLE = """\
id,quote,who,day,Full name,tags
1,Words one,Ann,2024-04-11,Ann Lee,a;b
2,,Bob,2024-04,Bob,c
3,Words three,Bob,,,
"""
MAPPING = """\
set:
  tagged: "{{ tags | split(';') }}"
skip_when: "{{ not quote }}"
claim:
  key: "q/{{ id }}"
  speaker.name: "{{ row['Full name'] | default(who) }}"
  speaker: {kind: person}
  quote: "{{ quote }}"
  said_on: "{{ day }}"
  topics: "{{ tagged }}"
  venue: a hall
  source: {title: "File {{ file.stem }}", publisher: "{{ path }}:{{ line }}"}
"""


def test_members_are_made_of_columns_variables_and_constants(tmp_path: Path) -> None:
    found = mapped(tmp_path, MAPPING, {"q.csv": TABLE})
    assert found.values() == [
        {
            "key": "q/1",
            "speaker": {"name": "Ann Lee", "kind": "person"},
            "quote": "Words one",
            "said_on": "2024-04-11",
            "topics": ["a", "b"],
            "venue": "a hall",
            "source": {"title": "File q", "publisher": "q.csv:2"},
        },
        {
            "key": "q/3",
            "speaker": {"name": "Bob", "kind": "person"},
            "quote": "Words three",
            "venue": "a hall",
            "source": {"title": "File q", "publisher": "q.csv:4"},
        },
    ]
    assert (found.told, found.reading.skipped) == ([], 1)
    assert found.warned == ["q.csv:3: 1 row is skipped: {{ not quote }}"]


def test_a_mapped_row_is_a_whole_claim_unless_it_patches(tmp_path: Path) -> None:
    assert {row.patch is None for row in mapped(tmp_path, MAPPING, {"q.csv": TABLE}).rows} == {True}
    assert [row.patch for row in mapped(tmp_path, MAPPING, {"q.csv": TABLE}, patches=True).rows] == [
        {"members": value} for value in mapped(tmp_path, MAPPING, {"q.csv": TABLE}).values()
    ]


LISTS = """\
format: ndjson
claim:
  quote: "{{ quote }}"
  source.title: A
  topics: [news, "{{ tag }}"]
  speaker.identifiers: {wikidata: ["{{ q }}", "{{ r }}"]}
  figures:
    - {metric: staff, unit: count, value: "{{ staff }}"}
    - {each: "{{ costs }}", as: cost, when: "{{ cost.sum }}", metric: "cost of {{ cost_n }}", value: "{{ cost.sum }}"}
  assessments.1.publisher: Checkers
  assessments.1.rating: "{{ second }}"
  assessments.0.publisher: Others
  assessments.0.rating: "{{ first }}"
  roles.0.title: Senator
  roles.0.organization: "{{ of }}"
  relations: {each: "{{ answers }}", as: key, type: answers, key: "{{ key }}"}
"""


def test_lists_are_written_as_lists_loops_and_positions(tmp_path: Path) -> None:
    full = {"quote": "w", "tag": "t", "q": "Q1", "r": "Q2", "staff": 5, "first": "True", "second": "Half", "of": "X"}
    full |= {"costs": [{"sum": 1}, {"sum": None}, {"sum": 3}], "answers": ["k/1", "k/2"]}
    text = "\n".join(map(json.dumps, [full, {"quote": "w", "second": "Half"}]))
    first, second = mapped(tmp_path, LISTS, {"q.ndjson": text}).values()
    assert first == {
        "quote": "w",
        "source": {"title": "A"},
        "topics": ["news", "t"],
        "speaker": {"identifiers": {"wikidata": ["Q1", "Q2"]}},
        "figures": [
            {"metric": "staff", "unit": "count", "value": 5},
            {"metric": "cost of 0", "value": 1},
            {"metric": "cost of 2", "value": 3},
        ],
        "assessments": [{"publisher": "Others", "rating": "True"}, {"publisher": "Checkers", "rating": "Half"}],
        "roles": [{"title": "Senator", "organization": "X"}],
        "relations": [{"type": "answers", "key": "k/1"}, {"type": "answers", "key": "k/2"}],
    }
    assert second == {
        "quote": "w",
        "source": {"title": "A"},
        "topics": ["news"],
        "assessments": [{"publisher": "Checkers", "rating": "Half"}],
        "roles": [{"title": "Senator"}],
    }


FAULTS = {
    "format: csvv": "m.yaml:1: format: 'csvv' is not one of csv, tsv, json",
    "delimiter: abc": "m.yaml:1: delimiter: the delimiter 'abc' is not one character",
    "columns: id": "m.yaml:1: columns: a list of names is needed here",
    "skipwhen: x": "m.yaml:1: skipwhen: there is no such section (did you mean skip_when?)",
    "skip_when: quote": "m.yaml:1: skip_when: one expression is needed here",
    'set: {line: "{{ a }}"}': "m.yaml:1: set.line: line is a variable of every row already",
    "joins: {p: {file: no.csv, key: id, on: '{{ p }}'}}": "m.yaml:1: joins.p.file: no.csv: there is no such file",
    "fix: {by: '{{ id }}'}": "m.yaml:1: fix: needs by and rows",
    "explode: {each: '{{ a }}'}": "m.yaml:1: explode: each, the list, and as",
    "ignore: [quote]": "m.yaml:1: ignore.0: quote is used, by claim.quote",
    "claims: [{}]": "m.yaml:2: claim: give claim or claims, not both",
    "tables: {a: {}}": "m.yaml:1: tables.a: keys with their meanings are needed here",
    "gather: [{by: '{{ a }}'}]": "m.yaml:1: gather.0: needs by and name",
    "speaker: {nmae: '{{ a }}'}": "m.yaml:1: speaker.nmae: there is no such field of a speaker (did you mean name?)",
}


@pytest.mark.parametrize("section", FAULTS)
def test_faults_of_a_mapping_are_told_with_line_and_field(section: str, tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(f"{section}\nclaim: {{quote: '{{{{ quote }}}}'}}\n")
    with pytest.raises(BadImport) as error:
        read_mapping(file, lambda path: path.name)
    assert any(str(problem).startswith(FAULTS[section]) for problem in error.value.problems), error.value.problems


MANY_FAULTS = """\
claim:
  said_onn: "{{ date }}"
  quote: "{{ quote"
  role: "{{ a }}"
  roles.0.title: "{{ b }}"
  topics: {a: b}
  figures.0: {value: "{{ x }}", unit: {a: b}}
  figures.0.value: 5
  venue: [a]
"""


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ("[a]", "m.yaml:1: tables: tables by their names are needed here"),
        ("{a: {file: s.csv}}", "m.yaml:1: tables.a: key and value are needed too"),
        ("{a: {file: s.csv, value: v}}", "key is needed too"),
        ("{a: {file: s.csv, key: k}}", "m.yaml:1: tables.a: value is needed too"),
    ],
)
def test_tables_of_another_kind_and_tables_in_files_without_columns_are_faults(
    tables: str, told: str, tmp_path: Path
) -> None:
    claim = "claim: {key: '{{ id }}', quote: x, source.title: T}"
    (tmp_path / "m.yaml").write_text(f"tables: {tables}\n{claim}\n")
    (tmp_path / "s.csv").write_text("k,v\n1,2\n")
    with pytest.raises(BadImport) as error:
        read_mapping(tmp_path / "m.yaml", lambda path: path.name)
    assert told in str(error.value) + "".join(map(str, error.value.problems))


def test_all_faults_of_a_mapping_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(MANY_FAULTS)
    with pytest.raises(BadImport) as error:
        read_mapping(file, lambda path: path.name)
    told = [str(problem).split(": ")[:2] for problem in error.value.problems]
    assert told == [
        ["m.yaml:2", "claim.said_onn"],
        ["m.yaml:3", "claim.quote"],
        ["m.yaml:4", "claim.role"],
        ["m.yaml:6", "claim.topics"],
        ["m.yaml:7", "claim.figures.0.unit.a"],
        ["m.yaml:8", "claim.figures.0.value"],
        ["m.yaml:9", "claim.venue"],
    ]


def test_a_table_that_lacks_columns_is_told_once_and_its_rows_are_rejected(tmp_path: Path) -> None:
    table = "ID,words\n1,a\n2,b\n"
    found = mapped(tmp_path, "claim: {key: '{{ id }}', quote: '{{ wrods }}', venue: '{{ zzz }}'}", {"q.csv": table})
    assert found.told == [
        "m.yaml:1: claim.key: q.csv has no column id (did you mean ID?)",
        "m.yaml:1: claim.quote: q.csv has no column wrods (did you mean words?)",
        "m.yaml:1: claim.venue: q.csv has no column zzz; there are ID, words",
    ]
    assert (found.rows, found.reading.refused) == ([], 2)


def test_each_table_that_lacks_a_column_is_named(tmp_path: Path) -> None:
    tables = {"a.csv": "id,words\n1,a\n", "b.csv": "id\n2\n", "c.csv": "id,wrods\n3,c\n"}
    found = mapped(tmp_path, "claim: {key: '{{ id }}', quote: '{{ words }}'}", tables)
    assert found.told == [
        "m.yaml:1: claim.quote: b.csv has no column words; there are id",
        "m.yaml:1: claim.quote: c.csv has no column words (did you mean wrods?)",
    ]
    assert (len(found.rows), found.reading.refused) == (1, 2)


def test_a_member_that_no_object_has_is_told_at_the_end_and_one_that_some_lack_is_not(tmp_path: Path) -> None:
    text = '{"quote": "a", "speaker_name": "b"}\n{"quote": "c", "venue": "d"}\n'
    mapping = "claim: {quote: '{{ quote }}', venue: '{{ venue }}', speaker.name: '{{ speakername }}'}"
    found = mapped(tmp_path, mapping, {"q.ndjson": text})
    assert found.told == ["m.yaml:1: claim.speaker.name: no record has speakername (did you mean speaker_name?)"]
    assert [value.get("venue") for value in found.values()] == [None, "d"]


def test_columns_that_nothing_uses_are_told_once_unless_they_are_ignored(tmp_path: Path) -> None:
    more = ["note,page no,line", *["a,b,c"] * 3]
    table = "".join(f"{first},{line}\n" for first, line in zip(more, TABLE.splitlines(), strict=True))
    found = mapped(tmp_path, MAPPING + "ignore: [note]\n", {"q.csv": table})
    told = "2 columns are not used: row['page no'], row['line']; name them under `ignore` if that is meant"
    assert f"m.yaml: {told}" in found.warned
    assert mapped(tmp_path, 'claim: {quote: "{{ row }}"}', {"q.csv": TABLE}).warned == []


def test_all_faults_of_a_row_are_told_with_targets_and_columns(tmp_path: Path) -> None:
    mapping = """\
set: {who: "{{ name | required('a name is needed') }}", where: "{{ who }}, {{ place }}"}
claim:
  speaker.name: "{{ who }}"
  venue: "{{ where | required }}"
  quote: "{{ words | required }}"
  figures: {each: "{{ number | split }}", as: one, value: "{{ one | null('1') | required('no number') }}"}
"""
    found = mapped(tmp_path, mapping, {"q.csv": "name,place,words,number\nAnn,,w,\n,b,,1\n"})
    assert found.told == [
        "q.csv:3: set.who (name): a name is needed",
        "q.csv:3: quote (words): a value is needed here",
        "q.csv:3: figures.0.value (number): no number",
    ]
    assert (len(found.rows), found.reading.refused) == (1, 1)


def written(folder: Path, mapping: str, table: str) -> tuple[Mapping, Path]:
    """A mapping and a table, written to files; the mapping is read."""
    (folder / "m.yaml").write_text(mapping)
    (folder / "q.csv").write_text(table)
    return read_mapping(folder / "m.yaml"), folder / "q.csv"


def test_problems_of_records_are_told_with_targets_and_columns(database: Database, tmp_path: Path) -> None:
    mapping = MAPPING + "  assessments.0.publisher: C\n  assessments.0.rating_value: '{{ id }}'\n  role: '{{ who }}'\n"
    table = TABLE.replace("2024-04-11", "11 April").replace("\n3,", "\nx,").replace("Bob,,,", f"{'B' * 2001},,,")
    checked, file = written(tmp_path, mapping, table)
    report = import_paths(database, [file], mapping=checked, name_of=lambda path: path.name)
    told = [f"{notice.file}:{notice.line}: {notice.problem.field}" for notice in report.faults]
    assert told == [
        "q.csv:2: said_on (day)",
        "q.csv:4: speaker.name (who, Full name)",
        "q.csv:4: role (who)",
        "q.csv:4: assessments.0.rating_value (id)",
    ]
    assert report.counts["read"] == report.counts["skipped"] + report.counts["rejected"] == 3


def test_the_second_import_by_a_mapping_changes_nothing(database: Database, tmp_path: Path) -> None:
    reports = []
    for _ in range(2):
        checked, file = written(tmp_path, MAPPING, TABLE)
        reports.append(import_paths(database, [file], mapping=checked))
    assert [(report.did["created"], report.did["unchanged"]) for report in reports] == [(2, 0), (0, 2)]
    assert [report.skipped for report in reports] == [1, 1]
    assert [claim(database, key)["speaker"]["name"] for key in ("q/1", "q/3")] == ["Ann Lee", "Bob"]


def test_the_command_imports_by_a_mapping_and_push_takes_none(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    written(tmp_path, MAPPING, TABLE)
    done = run(database, "import", "--mapping", "m.yaml", "q.csv")
    assert (done.exit_code, "2 created" in done.output, "1 skipped" in done.output) == (0, True, True)
    refused = run(database, "push", "--mapping", "m.yaml", "q.csv", "--url", "http://127.0.0.1:9")
    assert (refused.exit_code, "a mapping is never sent to a server" in refused.output) == (2, True)
    doubled = run(database, "import", "--mapping", "m.yaml", "--delimiter", ";", "q.csv")
    assert (doubled.exit_code, "the mapping says how files are written" in doubled.output) == (2, True)
    (tmp_path / "m.yaml").write_text("claim: {qoute: '{{ quote }}'}")
    wrong = run(database, "import", "--mapping", "m.yaml", "q.csv")
    told = "m.yaml:1: claim.qoute: there is no such field of a claim (did you mean quote?)"
    assert (wrong.exit_code, told in wrong.output) == (1, True)


def test_problems_name_positions_as_the_mapping_has_them(database: Database, tmp_path: Path) -> None:
    mapping = """\
claim:
  key: k/1
  quote: "{{ words }}"
  source.title: T
  figures.0: {metric: staff, value: "{{ staff }}"}
  figures.3: {metric: cost, value: "{{ cost }}", unit: "{{ unit | required }}"}
  assessments:
    - {publisher: A, rating_value: "{{ staff }}"}
    - {each: "{{ ratings | split }}", as: one, publisher: B, rating_value: "{{ one }}"}
"""
    table = 'words,staff,cost,unit,ratings\nw,,5,,\nw,,five,EUR,\nw,,5,EUR,"1,x"\n'
    checked, file = written(tmp_path, mapping.replace("k/1", "k/{{ line }}"), table)
    report = import_paths(database, [file], mapping=checked, name_of=lambda path: path.name)
    assert [f"{notice.file}:{notice.line}: {notice.problem.field}" for notice in report.faults] == [
        "q.csv:2: figures.3.unit (unit)",
        "q.csv:3: figures.3.value (cost)",
        "q.csv:4: assessments.1.rating_value (ratings)",
    ]


# Statements of how files are written, which say nothing of the files at hand

ONLY_A_CLAIM = "claim: {key: 'k', quote: '{{ words }}', source.title: T}\n"
IDLE = {
    "records of a table": (
        "records: data\n",
        "a.csv",
        "1: records: is of json, yaml and html files, and these are csv: leave it out",
    ),
    "sheet of a table": ("sheet: One\n", "a.csv", "1: sheet: is of xlsx files, and these are csv: leave it out"),
    "delimiter of JSON": ("delimiter: ;\n", "a.json", "1: delimiter: is of csv and tsv files, and these are json"),
    "header of NDJSON": ("header: false\n", "a.ndjson", "1: header: is of csv, tsv and xlsx files"),
    "beside the format": ("format: yaml\nsheet: One\n", "a.x", "2: sheet: is of xlsx files, and these are yaml"),
    "of a side file": (
        "joins: {p: {file: data/p.csv, key: id, on: '{{ x }}', records: a}}\n", "a.json",
        "1: joins.p.records: is of json, yaml and html files",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "name", "told"), IDLE.values(), ids=IDLE)
def test_a_statement_that_is_of_other_files_is_a_fault(stated: str, name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(BadImport) as caught:
        mapped(tmp_path, stated + ONLY_A_CLAIM, {name: '{"words": "x"}', "p.csv": "id\n1\n"}, name)
    (problem,) = caught.value.problems
    assert problem.detail.startswith(f"m.yaml:{told}")


def test_a_statement_for_several_kinds_need_not_be_of_each(tmp_path: Path) -> None:
    kinds = "delimiter: ;\nfiles:\n- match: '*.csv'\n  %s- match: '*.json'\n  format: json\n  %s"
    one = ONLY_A_CLAIM.replace("'k'", "'{{ file.stem }}'")
    found = mapped(tmp_path, kinds % (one, one), {"a.csv": "words;x\n1;2\n", "b.json": '[{"words": "2"}]'})
    assert [value["quote"] for value in found.values()] == ["1", "2"]


PATTERNS = {
    "data[12].csv": "'[' has no meaning in a pattern; there are *, ?",
    "[": "'[' has no meaning in a pattern; there are *, ?",
    "*.{csv,tsv}": "'{' has no meaning in a pattern; there are *, ?",
    "people/**": "** stands for folders, and between slashes",
    "people/": "people/ is a folder, and patterns are of files: people/*, or people/**/* at any depth",
    "./a.csv": "a pattern fits the end of a path: leave out ./ and ../",
    "people\\*.csv": "/ parts the steps of a path",
}


@pytest.mark.parametrize(("pattern", "told"), PATTERNS.items(), ids=PATTERNS)
def test_a_pattern_that_fits_nothing_is_a_fault(pattern: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(BadImport) as caught:
        mapped(tmp_path, f"files:\n- match: '{pattern}'\n  {ONLY_A_CLAIM}", {"a.csv": "words\nx\n"})
    (problem,) = caught.value.problems
    assert problem.detail.startswith(f"m.yaml:2: files.0.match: {told}")


@pytest.mark.parametrize("name", ["a.ndjson", "a.json", "a.yaml", "a.md", "a.csv"])
def test_bytes_that_are_no_text_advise_the_encoding_of_the_mapping(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    begin = {"a.md": "---\nwords: ", "a.csv": "words\n", "a.yaml": "words: "}.get(name, '{"words": "')
    end = {"a.md": "\n---\n", "a.csv": "\n", "a.yaml": "\n"}.get(name, '"}\n')
    (tmp_path / "data" / name).write_bytes((begin + "café" + end).encode("cp1252"))
    found = mapped(tmp_path, ONLY_A_CLAIM, {}, name)
    assert found.told[0].endswith("; write `encoding: cp1252` in the mapping, or save the file as UTF-8")
    found = mapped(tmp_path, "encoding: cp1252\n" + ONLY_A_CLAIM, {}, name)
    assert [value["quote"] for value in found.values()] == ["café"]
    found = mapped(tmp_path, "encoding: ascii\n" + ONLY_A_CLAIM, {}, name)
    assert any(told.endswith("the line holds bytes that are not ascii") for told in found.told)
