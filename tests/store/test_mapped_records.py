"""Mappings of several rows and files: side files, groups, elements, corrections, gathered names, kinds of file."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.mapping.mapping_file import read_mapping
from tests.importing import import_paths
from tests.store.mapped import mapped
from tests.store.stored import claim, record

PEOPLE = "id;name;party\np1;Ann Lee;D\np2;Bob Ray;X\n"


def folder_with(folder: Path, files: dict[str, str]) -> Path:
    """The folder, with these files in it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


JOINS = """\
tables:
  parties: {D: Democrats, "/^[XY]$/": Others}
  places: {file: places.csv, key: code, value: name}
set: {person_id: "{{ who | strip }}"}
joins:
  person: {file: people.csv, delimiter: ";", key: id, on: "{{ person_id }}"}
  party: {folder: parties, key: stem, on: "{{ person.party }}", required: false}
  others: {file: people.csv, delimiter: ";", key: id, on: "{{ with | split }}"}
claim:
  quote: "{{ quote }}"
  speaker.name: "{{ person.name }}"
  roles.0.organization: "{{ person.party | lookup('parties') }}"
  venue: "{{ place | lookup('places') }}, {{ party.full }}"
  topics: {each: "{{ others }}", as: other, value: "{{ other.name }}"}
"""
SIDE = {
    "people.csv": PEOPLE,
    "places.csv": "code,name\nB,Berlin\n",
    "parties/D.json": '{"full": "The Democrats"}',
    "parties/notes.txt": "no record",
}


def test_rows_are_joined_with_side_files_by_an_id_or_by_each_of_a_list(tmp_path: Path) -> None:
    folder_with(tmp_path, SIDE)
    found = mapped(tmp_path, JOINS, {"q.csv": 'quote,who,place,with\na, p1 ,B,"p2,p1"\nb,p2,B,\nc,,B,\n'})
    assert found.told == []
    assert found.values() == [
        {
            "quote": "a",
            "speaker": {"name": "Ann Lee"},
            "roles": [{"organization": "Democrats"}],
            "venue": "Berlin, The Democrats",
            "topics": ["Bob Ray", "Ann Lee"],
        },
        {"quote": "b", "speaker": {"name": "Bob Ray"}, "roles": [{"organization": "Others"}], "venue": "Berlin, "},
        {"quote": "c", "venue": "Berlin, "},
    ]


def test_an_unknown_id_is_told_with_the_table_and_near_ones(tmp_path: Path) -> None:
    folder_with(tmp_path, SIDE)
    mapping = JOINS.replace(", {{ party.full }}", "")
    found = mapped(tmp_path, mapping, {"q.csv": "quote,who,place,with\na,p11,C,p3\n"})
    *joins, venue = found.told
    assert joins == [
        "q.csv:2: joins.others (with): people.csv has no record 'p3'",
        "q.csv:2: joins.person (who): people.csv has no record 'p11' (did you mean p1?)",
    ]
    assert venue.startswith("q.csv:2: venue (place): the table places has no key 'C'")
    assert (found.rows, found.reading.refused) == ([], 1)


@pytest.mark.parametrize(
    ("required", "told"),
    [
        ("", ["q.csv:3: joins.p (who): p.csv has no record 'x'"]),
        (", required: false", []),
        (
            ", required: true",
            [
                "q.csv:2: joins.p (who): an id of p.csv is needed here; there is none",
                "q.csv:3: joins.p (who): p.csv has no record 'x'",
            ],
        ),
    ],
)
def test_whether_an_id_is_needed_is_stated(required: str, told: list[str], tmp_path: Path) -> None:
    folder_with(tmp_path, {"p.csv": "id,name\n1,A\n"})
    mapping = f"joins: {{p: {{file: p.csv, key: id, on: '{{{{ who }}}}'{required}}}}}\n"
    mapping += "claim: {quote: '{{ q }}'}\n"
    assert mapped(tmp_path, mapping, {"q.csv": "q,who\na,\nb,x\nc,1\n"}).told == told


def test_an_id_is_the_same_text_in_files_of_every_form(tmp_path: Path) -> None:
    ids = {"12": "A", "1e3": "B", "true": "C", '" x "': "D"}
    folder_with(tmp_path, {"p.ndjson": "".join(f'{{"id": {one}, "name": "{name}"}}\n' for one, name in ids.items())})
    mapping = "joins: {p: {file: p.ndjson, key: id, on: '{{ who }}'}}\nclaim: {quote: '{{ p.name }}'}\n"
    found = mapped(tmp_path, mapping, {"q.csv": "who\n12\n1000\ntrue\nx\n"})
    assert (found.told, [claim["quote"] for claim in found.values()]) == ([], [*ids.values()])


def test_faults_of_side_files_are_told_with_their_lines_before_the_first_row(tmp_path: Path) -> None:
    folder_with(tmp_path, {"p.csv": "id,name\n1,A\n1,B\n2\n", "t.csv": "code,name\nB,Berlin\n"})
    mapping = """\
tables: {t: {file: t.csv, key: code, value: nam}}
joins:
  p: {file: p.csv, key: id, on: "{{ who }}"}
  q: {file: t.csv, key: cdoe, on: "{{ who }}"}
  r: {folder: nowhere, on: "{{ who }}"}
claim: {quote: "{{ p.name }}"}
"""
    (tmp_path / "m.yaml").write_text(mapping)
    with pytest.raises(BadImport) as error:
        read_mapping(tmp_path / "m.yaml", lambda path: path.name)
    assert [str(problem) for problem in error.value.problems] == [
        "m.yaml:1: tables.t.value: t.csv has no such column (did you mean name?)",
        "m.yaml:4: joins.q.file: t.csv:2 has no 'cdoe' (did you mean code?)",
        "m.yaml:5: joins.r.folder: nowhere is no folder",
        "p.csv:3: id: '1' stands at p.csv:2 too, and is to stand once",
        "p.csv:4: 1 cells, where there are 2 columns: each row has one for each column",
    ]


def test_elements_make_claims_of_their_own_that_are_related_by_key(tmp_path: Path) -> None:
    mapping = """\
format: json
records: data.items
explode:
  - {each: "{{ parts }}", as: part}
  - {each: "{{ part.answers }}", as: answer, when: "{{ answer.text }}"}
speaker: {key: "s/{{ answer.by }}", name: "{{ answer.by }}"}
source: {key: "d/{{ id }}", title: "{{ title }}"}
claims:
  - key: "{{ id }}/{{ part_n }}/{{ answer_n }}"
    quote: "{{ answer.text }}"
    speaker.key: "s/{{ answer.by }}"
    source.key: "d/{{ id }}"
  - key: "{{ id }}/{{ part_n }}/{{ answer_n }}/denial"
    when: "{{ answer.denied }}"
    paraphrase: "{{ answer.denied }}"
    source.key: "d/{{ id }}"
    relations.0: {type: contradicts, key: "{{ id }}/{{ part_n }}/{{ answer_n }}"}
"""
    items: list[dict[str, Any]] = [
        {
            "id": 1,
            "title": "T",
            "parts": [
                {"answers": [{"by": "ann", "text": "a"}, {"by": "bob", "text": ""}]},
                {"answers": [{"by": "ann", "text": "c", "denied": "no"}]},
            ],
        },
        {"id": 2, "title": "U", "parts": []},
    ]
    found = mapped(tmp_path, mapping, {"q.json": json.dumps({"data": {"items": items}}, indent=1)})
    assert found.told == []
    assert [(one["key"], one.get("relations")) for one in found.values()] == [
        ("1/0/0", None),
        ("1/1/0", None),
        ("1/1/0/denial", [{"type": "contradicts", "key": "1/1/0"}]),
    ]
    assert found.values("speakers") == [{"key": "s/ann", "name": "ann"}]
    assert found.values("sources") == [{"key": "d/1", "title": "T"}, {"key": "d/2", "title": "U"}]
    assert found.warned == ["q.json:31: 1 row is skipped: there is nothing to explode"]


def test_rows_of_one_value_make_one_record_wherever_they_stand(tmp_path: Path) -> None:
    mapping = """\
group_by: "{{ id }}"
skip_when: "{{ words == 'skip' }}"
claim:
  key: "{{ id }}"
  quote: "{{ words }}"
  citations: {each: "{{ rows }}", as: one, source.url: "{{ one.url }}"}
"""
    table = "id,words,url\nb,first,u1\na,x,u2\n,lone,u3\nb,second,u4\nb,skip,u5\n,lone too,u6\n"
    found = mapped(tmp_path, mapping, {"q.csv": table})
    assert [(row.line, row.value.get("key"), row.value["quote"]) for row in found.rows] == [
        (2, "b", "first"),
        (3, "a", "x"),
        (4, None, "lone"),
        (7, None, "lone too"),
    ]
    assert found.values()[0]["citations"] == [{"source": {"url": "u1"}}, {"source": {"url": "u4"}}]
    assert (found.reading.skipped, found.told) == (1, [])


def test_single_rows_are_corrected_by_key_and_an_unused_correction_is_a_fault(tmp_path: Path) -> None:
    mapping = """\
fix:
  by: "{{ id }}"
  rows:
    "12": {date: 2014-12-26, words: null}
    "13": {date: 2014}
skip_when: "{{ not words }}"
claim: {said_on: "{{ date }}", quote: "{{ words }}"}
"""
    found = mapped(tmp_path, mapping, {"q.csv": "id,date,words\n11,2015,a\n12,26-Dec,b\n"})
    assert found.values() == [{"said_on": "2015", "quote": "a"}]
    assert found.reading.skipped == 1
    assert found.told == ["m.yaml:5: fix.rows.13: no row has this key"]
    missing = mapped(tmp_path, mapping.replace("date: 2014}", "dat: 2014}"), {"q.csv": "id,date,words\n13,2015,a\n"})
    assert missing.told == ["m.yaml:5: fix.rows.13.dat: q.csv has no column dat (did you mean date?)"]


GATHERED = """\
gather: {by: "{{ q }}", name: "{{ who }}"}
speaker: {key: "{{ q }}", name: "{{ who }}", identifiers.wikidata: "{{ q }}"}
claim: {quote: "{{ words }}", source.title: T, speaker.key: "{{ q }}"}
"""


def test_the_commonest_spelling_is_the_name_and_the_others_aliases(database: Database, tmp_path: Path) -> None:
    table = "q,who,words\nQ1,A. Lee,a\nQ1,Ann  Lee,b\nQ2,Bo,c\nQ1,Ann Lee,d\nQ1,Lee,e\n,Nobody,f\n"
    mapping = GATHERED.replace("speaker: {", "speaker: {when: '{{ q }}', ")
    found = mapped(tmp_path, mapping, {"q.csv": table})
    assert found.values("speakers") == [
        {"key": "Q1", "name": "Ann Lee", "aliases": ["A. Lee", "Lee"], "identifiers": {"wikidata": "Q1"}},
        {"key": "Q2", "name": "Bo", "identifiers": {"wikidata": "Q2"}},
    ]
    checked = read_mapping(tmp_path / "m.yaml")
    report = import_paths(database, [tmp_path / "data/q.csv"], mapping=checked)
    assert (list(report.faults), report.did["created"]) == ([], 6)
    assert record(database, "speakers", "Q1")["aliases"] == ["A. Lee", "Lee"]


def test_kinds_of_file_are_told_apart_by_their_paths(database: Database, tmp_path: Path) -> None:
    mapping = """\
tables: {kinds: {p: person}}
files:
  - match: "people/*.json"
    speaker:
      key: "{{ file.stem }}"
      name: "{{ name }}"
      kind: "{{ kind | lookup('kinds') }}"
      tenures: {each: "{{ all }}", as: one, title: "{{ one.title }}", since: "{{ one.from }}", until: "{{ one.to }}"}
  - match: "**/*.tsv"
    format: tsv
    header: false
    columns: [who, words, day]
    claim:
      key: "{{ path }}:{{ line }}"
      quote: "{{ words }}"
      speaker.key: "{{ who }}"
      said_on: "{{ day }}"
      source.title: "{{ file.folder }}"
"""
    files = {
        "people/ann.json": '{"name": "Ann", "kind": "p", "all": [{"title": "MP", "from": "2010", "to": "2020"}]}',
        "people/readme.md": "nothing",
        "said/2015/a.tsv": "ann\tyes\t2015\nann\tno\t2016\n",
    }
    found = mapped(tmp_path, mapping, files, "../data")
    assert [row.value.get("key") for row in found.rows] == [
        "ann",
        "data/said/2015/a.tsv:1",
        "data/said/2015/a.tsv:2",
    ]
    assert found.warned == ["readme.md: is not read: the mapping is not of it"]
    checked = read_mapping(tmp_path / "m.yaml")
    report = import_paths(database, [tmp_path / "data"], mapping=checked)
    assert not report.faults
    made = claim(database, "data/said/2015/a.tsv:1")
    assert (made["roles"][0]["title"], made["citations"][0]["source"]["title"]) == ("MP", "data/said/2015")


def test_a_file_that_no_kind_is_of_is_refused(tmp_path: Path) -> None:
    mapping = 'files: [{match: "*.tsv", claim: {quote: "{{ q }}"}}]\n'
    with pytest.raises(BadImport, match=r"no pattern of the mapping fits; there are \*\.tsv"):
        mapped(tmp_path, mapping, {"a.csv": "q\n1\n"})


def test_joins_and_conditions_wait_for_the_variables_that_they_name(tmp_path: Path) -> None:
    folder_with(tmp_path, {"p.csv": "id,to\n1,2\n2,3\n"})
    mapping = """\
skip_when: ["{{ final == '3' }}", "{{ not first }}"]
joins:
  second: {file: p.csv, key: id, on: "{{ first.to }}", required: false}
  first: {file: p.csv, key: id, on: "{{ one }}"}
set: {one: "{{ number | required }}", final: "{{ second.to }}"}
claim: {quote: "{{ one }}-{{ final }}"}
"""
    found = mapped(tmp_path, mapping, {"q.csv": "number\n1\n2\n"})
    assert (found.values(), found.told) == ([{"quote": "2-"}], [])
    circle = mapping.replace('{{ one }}"}', '{{ second.to }}"}')
    (tmp_path / "m.yaml").write_text(circle)
    with pytest.raises(BadImport) as error:
        read_mapping(tmp_path / "m.yaml", lambda path: path.name)
    assert "joins.first" in str(error.value.problems)


def test_the_files_of_an_archive_are_read_as_those_of_a_folder(tmp_path: Path) -> None:
    mapping = 'files: [{match: "said/*.csv", claim: {quote: "{{ q }}", venue: "{{ path }}"}}]'
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("said/a.csv", "q\none\n")
        archive.writestr("said/notes.txt", "none")
    (tmp_path / "folder").mkdir()
    shutil.copy(tmp_path / "all.zip", tmp_path / "folder")
    found = mapped(tmp_path, mapping, {}, "../all.zip", "../folder")
    assert found.values() == [
        {"quote": "one", "venue": "all.zip/said/a.csv"},
        {"quote": "one", "venue": "folder/all.zip/said/a.csv"},
    ]
    assert len(found.warned) == 2


def test_a_loop_over_what_is_no_list_says_what_it_is_and_what_is_right(tmp_path: Path) -> None:
    mapping = "claim: {quote: '{{ q }}', topics: [{each: '{{ tags }}', as: tag, value: '{{ tag }}'}]}\n"
    found = mapped(tmp_path, mapping, {"q.csv": "q,tags\na,b;c\n"})
    assert [told.partition(": a list")[2] for told in found.told] == [
        " is needed here, not a text; | split(',') makes one of a text, | list of anything else"
    ]
