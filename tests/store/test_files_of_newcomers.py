"""Files as spreadsheets, pandas and hands write them: what may not be meant is told, with what to write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.importing import import_paths
from tests.store.stored import claim, record

Importing = Callable[..., Report]
CODE = "grouped-thousands"

STORED = """\
source: {key: s, title: T, authors: [X], note: n}
speakers:
  - {key: ann, name: Ann Lee, aliases: [A. Lee], identifiers: {wikidata: Q1}, note: n,
     tenures: [{title: minister, organization: State, since: 2010-01-01, until: ..}]}
metrics: [{key: staff, name: staff, unit: count, definition: d}, {key: share, name: share, unit: percent}]
claims:
  - key: n/1
    speaker: {key: ann}
    quote: one
    said_on: {edtf: 2024-04-01, as_stated: April}
    figures: [{metric: staff, value: 5, as_stated: five}, {metric: share, value: 7}]
    citations: [{via: V}, {source: {key: other, title: Other}}]
    assessments: [{publisher: Checkers, rating: True, note: sure}, {publisher: Others, rating: False}]
  - key: n/2
    quote: two
    roles: [{title: mayor, as_stated: the mayor}, {title: judge}]
"""


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Importing:
    """Imports a text as a file of this name."""

    def run(name: str, text: str, **options: Any) -> Report:
        file = tmp_path / name
        file.write_bytes(text.encode())
        return import_paths(database, [file], **options)

    return run


@pytest.fixture
def full(database: Database, imported: Callable[..., None]) -> Database:
    """The database with the claims above."""
    imported(STORED)
    return database


def faults(report: Report) -> list[str]:
    return [f"{one.line}: {one.problem}" for one in report.faults]


def warnings(report: Report, code: str) -> list[tuple[int, str]]:
    return [(one.line, one.problem.field) for one in report.warnings if one.problem.code == code]


EMPTY: dict[str, tuple[str, dict[str, Any]]] = {
    "speaker": ("ann", {"aliases": [], "identifiers": {}, "tenures": [], "note": None}),
    "source": ("s", {"authors": [], "note": None}),
    "metric": ("staff", {"definition": None}),
}


@pytest.mark.parametrize("kind", EMPTY)
@pytest.mark.parametrize("is_null", [False, True])
def test_a_definition_keeps_what_it_leaves_out_and_takes_away_what_it_empties(
    full: Database, put: Importing, kind: str, is_null: bool
) -> None:
    key, empty = EMPTY[kind]
    defined = {"type": kind, "key": key}
    before = record(full, f"{kind}s", key)
    assert put("bare.ndjson", json.dumps(defined)).revision is None
    assert faults(put("empty.ndjson", json.dumps(defined | (dict.fromkeys(empty) if is_null else empty)))) == []
    after = record(full, f"{kind}s", key)
    stamps = {"version", "updated_at", "revision"}
    assert after == before | empty | {name: after[name] for name in stamps & before.keys()}
    assert all(before[name] for name in empty)


@pytest.mark.usefixtures("full")
def test_a_count_with_the_shape_of_grouped_thousands_is_warned_of(put: Importing) -> None:
    shown = {  # value and unit, and whether there is a warning
        ("staff", "1.000", ""): True,
        ("staff", "12.345", "count"): True,
        ("posts", "1.500", "FTE"): True,
        ("attacks", "9.144", "count/day"): True,
        ("staff", "0.125", ""): False,
        ("staff", "1.0", ""): False,
        ("staff", "1.2340", ""): False,
        ("staff", "1234.567", ""): False,
        ("staff", "1.234e6", ""): False,
        ("share", "1.234", ""): False,
        ("share", "1.234", "ratio"): False,
        ("weight", "1.234", "kg"): False,
        ("price", "1.799", "EUR"): False,
    }
    lines = [f"v/{n},q{n},s,{metric},{value},{unit}" for n, (metric, value, unit) in enumerate(shown)]
    table = "key,quote,source.key,figures.0.metric,figures.0.value,figures.0.unit\n" + "\n".join(lines)
    report = put("counts.csv", table)
    assert faults(report) == []
    expected = [(n + 2, "figures.0.value") for n, is_told in enumerate(shown.values()) if is_told]
    assert warnings(report, CODE) == expected
    (first, *_) = (str(one.problem) for one in report.warnings if one.problem.code == CODE)
    assert "1.000 is stored as a number below 1,000, and where a point groups digits it is 1,000" in first
    assert first.endswith("write 1000 if that is meant, and 1.0 if not")
    assert warnings(put("counts.csv", table), CODE) == []  # it is stored so


@pytest.mark.usefixtures("full")
def test_a_value_of_a_stored_figure_is_looked_at_with_its_unit(put: Importing) -> None:
    report = put("one.csv", "key,figures.0.value,figures.1.value\nn/1,1.000,1.000\n")
    assert warnings(report, CODE) == [(2, "figures.0.value")]
    line = {"key": "n/9", "quote": "q", "source": {"key": "s"}}
    number = json.dumps(line | {"figures": [{"metric": "staff", "value": 1}]}).replace('"value": 1', '"value": 1.000')
    assert warnings(put("number.ndjson", number), CODE) == []


FIGURES = '[{"metric": "staff", "value": %s, "equivalents": [{"value": %s, "unit": "FTE"}]}]'
FORMS = {
    "a.json": '{"claims": [{"key": "v/1", "quote": "q", "source": {"key": "s"}, "figures": %s}]}',
    "a.yaml": "claims: [{key: v/1, quote: q, source: {key: s}, figures: %s}]",
    "a.ndjson": '{"key": "v/1", "quote": "q", "source": {"key": "s"}, "figures": %s}',
}


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("patches", [False, True])
@pytest.mark.parametrize("name", FORMS)
def test_a_number_that_is_a_text_is_warned_of_as_in_a_table(put: Importing, name: str, patches: bool) -> None:
    def told(value: str, other: str) -> list[str]:
        report = put(name, FORMS[name] % (FIGURES % (value, other)), patch=patches)
        assert faults(report) == []
        assert report.revision is None or report.did["created"] + report.did["updated"] == 1
        return [one.problem.field.rpartition("figures.")[2] for one in report.warnings if one.problem.code == CODE]

    others = ["0.value"] if name == "a.yaml" else []  # which is written by hand, and has texts without quotes
    assert told("1.500", '"1.600"') == [*others, "0.equivalents.0.value"]
    assert told('"+1.800"', '"1.900"') == ["0.value", "0.equivalents.0.value"]
    assert told('"+1.800"', '"1.900"') == []  # it is stored so
    assert told("2.100", '"2.100"') == [*others, "0.equivalents.0.value"]  # one number, of which one is a text


MOVED = {
    "figures": "key,figures.0.metric,figures.0.value,figures.0.unit,figures.0.as_stated,figures.1.metric,"
    "figures.1.value,figures.1.unit,figures.1.as_stated\nn/1,share,7,percent,,staff,5,count,five\n",
    "citations": "key,citations.0.source.key,citations.0.via,citations.1.source.key,citations.1.via\nn/1,other,,s,V\n",
    "assessments": "key,assessments.0.publisher,assessments.0.rating,assessments.0.note,assessments.1.publisher,"
    "assessments.1.rating,assessments.1.note\nn/1,Others,False,,Checkers,True,sure\n",
    "roles": "key,roles.0.title,roles.0.as_stated,roles.1.title,roles.1.as_stated\nn/2,judge,,mayor,the mayor\n",
}


@pytest.mark.parametrize("field", MOVED)
def test_what_moves_in_a_list_loses_nothing(full: Database, put: Importing, field: str) -> None:
    key = "n/2" if field == "roles" else "n/1"
    before = claim(full, key)[field]
    report = put("moved.csv", MOVED[field])
    assert (faults(report), warnings(report, "emptied")) == ([], [])
    assert claim(full, key)[field] == before[::-1]


@pytest.mark.usefixtures("full")
def test_what_moves_and_loses_a_field_is_told(put: Importing) -> None:
    report = put("moved.csv", MOVED["figures"].replace("five", ""))
    assert [str(one.problem) for one in report.warnings] == ["1 claim loses its figures.as_stated"]


@pytest.mark.usefixtures("full")
def test_an_empty_cell_that_something_stands_beside_is_told_with_that(put: Importing) -> None:
    beside = "fill it in, or leave out (or empty) {} too"
    report = put("dates.csv", "key,said_on.edtf,said_on.as_stated\nn/1,,April\n")
    assert faults(report) == [
        f"2: said_on.edtf: a text is needed here, not null or an empty cell; {beside.format('as_stated')}"
    ]
    report = put("why.csv", "key,retraction.reason\nn/1,misread\n")
    assert faults(report) == [f"2: retraction.kind: this field is required; {beside.format('reason')}"]
    report = put(
        "role.csv", "key,roles.0.title,roles.0.organization.name,roles.0.status,roles.0.basis\nn/2,,,current,stated\n"
    )
    needs = "a role needs a title or an organization: fill one in, or leave out (or empty) status,"
    assert [needs in fault for fault in faults(report)] == [True], faults(report)
    assert faults(put("none.csv", "key,said_on.edtf,said_on.as_stated\nn/1,,\n")) == []


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("columns", "cells", "section", "noun"),
    [("speaker.key,speaker.name", "ann,Ann Leigh", "speakers", "speaker"),
     ("citations.0.source.key,citations.0.source.title", "s,TT", "source", "source")],
)  # fmt: skip
def test_a_corrected_name_is_told_where_names_are_corrected(
    put: Importing, columns: str, cells: str, section: str, noun: str
) -> None:
    (fault,) = faults(put("row.csv", f"key,{columns}\nn/1,{cells}\n"))
    name = columns.rsplit(".", 1)[1]
    assert f"to correct that {noun} itself, define it, under {section} in a .yaml file" in fault
    line = f'{{"type": "{noun}", "key": …, "{name}": …}}'
    assert f"as {line} in an .ndjson file; if both are one {noun}, use onrecord merge" in fault
    key, value = cells.split(",")
    assert faults(put("own.ndjson", json.dumps({"type": noun, "key": key, name: value}))) == []
    assert faults(put("row.csv", f"key,{columns}\nn/1,{cells}\n")) == []


def edited(basis: str = "tenure", **role: Any) -> str:
    organization = {"name": "State"}
    held = {"title": "minister", "organization": organization, "basis": basis} | role
    line = {"key": "n/1", "speaker": {"key": "ann"}, "quote": "one", "said_on": "2024-04-01", "source": {"key": "s"}}
    return json.dumps(line | {"roles": [held]})


def test_a_definition_with_an_edited_date_is_told_only_of_days_that_the_record_had_not(
    full: Database, put: Importing
) -> None:
    put("dated.ndjson", '{"type": "source", "key": "s", "title": "T", "published_on": "2023"}\n')
    source, speaker = record(full, "sources", "s"), record(full, "speakers", "ann")
    (tenure,) = speaker["tenures"]
    names = ("key", "title", "name", "published_on", "tenures")

    def line(kind: str, doc: dict[str, Any], **edits: Any) -> str:
        return json.dumps({"type": kind} | {name: doc[name] for name in names if name in doc} | edits) + "\n"

    as_it_was = line("source", source) + line("speaker", speaker)
    dated = source["published_on"] | {"edtf": "2024"}
    since = tenure | {
        "organization": {"key": tenure["organization"]["key"]},
        "since": tenure["since"] | {"edtf": "2011"},
    }
    edited_dates = line("source", source, published_on=dated) + line("speaker", speaker, tenures=[since])
    wrong_day = line("source", source, published_on=dated | {"latest": "2023-06-30"})
    for name, text, expected in (
        ("same.ndjson", as_it_was, []),
        ("edited.ndjson", edited_dates, []),
        ("wrong.ndjson", wrong_day, [(1, "published_on")]),
        ("new.ndjson", wrong_day.replace('"s"', '"new"'), [(1, "published_on")]),
    ):
        report = put(name, text)
        assert (faults(report), warnings(report, "derived")) == ([], expected), name
    assert record(full, "sources", "s")["published_on"]["latest"] == "2024-12-31"
    assert record(full, "speakers", "ann")["tenures"][0]["since"]["earliest"] == "2011-01-01"


@pytest.mark.parametrize("patches", [False, True])
def test_an_edited_role_by_tenure_of_an_object_is_told_as_that_of_a_row_is(
    full: Database, put: Importing, patches: bool
) -> None:
    before = claim(full, "n/1")["roles"]
    for edit in ({"title": "chancellor"}, {"organization": {"name": "Other"}}, {"status": "acting"}):
        report = put("edited.ndjson", edited(**edit), patch=patches)
        assert (faults(report), warnings(report, "derived")) == ([], [(1, "roles.0")])
        assert claim(full, "n/1")["roles"] == before
    assert warnings(put("same.ndjson", edited(), patch=patches), "derived") == []
    early = edited().replace("2024-04-01", "2009")  # a date before the tenure: the role is of before the edit
    assert [warnings(put("early.ndjson", early, patch=patches), "derived") for _ in range(2)] == [[], []]
    assert claim(full, "n/1")["roles"] == []
    assert warnings(put("stated.ndjson", edited("stated", title="chancellor")), "derived") == []


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("word", ["nan", "NaN", "NaT", "<NA>"])
def test_what_pandas_writes_for_an_empty_value_is_told(put: Importing, word: str) -> None:
    table = "key,quote,source.key,said_on,figures.0.metric,figures.0.value\nn/9,q,s,{0},staff,{0}\n"
    report = put("frame.csv", table.format(word))
    told = f"pandas writes {word} for an empty value: leave the cell empty, as fillna('') does"
    assert [fault.partition(told)[1] for fault in faults(report)] == [told, told]
    assert warnings(report, "absent-value") == []
    report = put("frame.csv", f"key,quote,source.key,speaker.name\nn/9,q,s,{word}\n")
    assert (faults(report), warnings(report, "absent-value")) == ([], [(2, "speaker.name")])


def test_several_topics_in_one_cell_are_warned_of(full: Database, put: Importing) -> None:
    report = put("topics.csv", 'key,topics.0,topics.1,source.authors.0\nn/2,a; b,"trade, industry",\n')
    assert (faults(report), warnings(report, "several-in-one")) == ([], [(2, "topics.0")])
    assert claim(full, "n/2")["topics"] == ["a; b", "trade, industry"]
    new = "key,quote,source.key,topics.0\nn/8,q,s,a|b|c\n"
    assert warnings(put("new.csv", new), "several-in-one") == [(2, "topics.0")]


def test_headings_in_other_words_are_told_with_the_right_ones(put: Importing) -> None:
    report = put("heads.csv", "key,Quote,retraction.note,notes\na,b,c,d\n")
    assert [(one.problem.field, one.problem.detail) for one in report.faults] == [
        ("Quote", "there is no such column (did you mean quote?)"),
        ("retraction.note", "there is no such column (did you mean retraction.reason?)"),
        ("notes", "there is no such column (did you mean assessments.0.note?)"),
    ]


# A column with its cell, and what is told of it: a table has no objects
AS_COLUMNS = {
    ("speaker", "Roe"): "'Roe' is not an id; it looks like spk_12, else give speaker.key or speaker.name",
    ("retraction.kind,retraction.source", "record_error,Book"): (
        "'Book' is not an id; it looks like src_12, else give retraction.source.key or retraction.source.url"
    ),
    ("roles.0.organization", "ann"): "write ann in roles.0.organization.key, or ann in roles.0.organization.name for",
    ("speaker", "{name: Roe}"): "'{name: Roe}' is not an id; it looks like spk_12, else give speaker.key or",
}


@pytest.mark.parametrize(("columns", "cells"), AS_COLUMNS)
def test_a_cell_that_would_be_an_object_is_told_with_its_columns(put: Importing, columns: str, cells: str) -> None:
    put("ann.ndjson", '{"type": "speaker", "key": "ann", "name": "Ann Lee"}\n')
    [fault] = put("one.csv", f"key,quote,source.title,{columns}\nx/1,q,T,{cells}\n").faults
    assert fault.problem.field == columns.rpartition(",")[2]
    assert AS_COLUMNS[columns, cells] in fault.problem.detail


def test_a_citation_without_a_source_is_told_with_the_columns_of_sources(put: Importing) -> None:
    [fault] = put("one.csv", "key,quote,citations.0.source.url,citations.0.via\nx/1,q,,V\n").faults
    assert (fault.problem.field, fault.problem.did_you_mean) == (
        "citations.0.source",
        ("citations.0.source.key", "citations.0.source.url", "citations.0.source.title"),
    )


@pytest.mark.parametrize(
    ("name", "row", "cells"),
    [
        ("bare.csv", "x/1,We hired nine,A Book,2024", "'x/1', 'We hired nine', 'A Book', '2024'"),
        ("words.tsv", "We hired nine", "'We hired nine'"),
        ("foreign.tsv", "Name\tZitat\t\tQuelle", "'Name', 'Zitat', 'Quelle'"),
        ("one.csv", "Zitat", "'Zitat'"),
        ("many.csv", "Zitat,Wer,Wo,Jahr,Amt,Land,Stadt", "'Zitat', 'Wer', 'Wo', 'Jahr', 'Amt' and 2 more"),
    ],
)
def test_a_first_row_that_names_no_column_is_told_once(put: Importing, name: str, row: str, cells: str) -> None:
    right = "columns are key, speaker.name, quote, source.title and the like; if it is data, the heading row is missing"
    assert faults(put(name, f"{row}\n{row}\n")) == [f"1: no cell of the first row names a column: {cells}; {right}"]


def test_the_name_of_several_speakers_in_one_cell_is_warned_of(put: Importing) -> None:
    table = "key,quote,source.title,speaker.name\nx/1,q,T,Lee; Roe\nx/2,q,T,Ann Lee\n"
    assert warnings(put("names.csv", table), "several-in-one") == [(2, "speaker.name")]
    lines = '{"type": "speaker", "name": "Lee | Roe"}\n{"type": "metric", "name": "a; b", "unit": "count"}\n'
    assert warnings(put("names.ndjson", lines), "several-in-one") == [(1, "name")]


@pytest.mark.parametrize("name", ["n/a", "-", "unbekannt", "Unknown", "anonymous", "N.N.", "?"])
def test_a_name_that_stands_for_nobody_is_warned_of(put: Importing, name: str) -> None:
    table = f"key,quote,source.title,speaker.name,role.organization.name\nx/1,q,T,{name},\nx/2,q,T,Ann Lee,{name}\n"
    report = put("names.csv", table)
    where = [(2, "speaker.name"), (3, "role.organization.name")]
    assert (faults(report), warnings(report, "nobody")) == ([], where)
    lines = f'{{"type": "speaker", "key": "s", "name": "{name}"}}\n'
    assert warnings(put("names.ndjson", lines), "nobody") == [(1, "name")]
    lines = f'{{"type": "speaker", "key": "g", "name": "{name}", "kind": "group", "source": {{"title": "T"}}}}\n'
    assert warnings(put("group.ndjson", lines), "nobody") == []


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("name", ["venue", "language", "said_on"])
def test_an_empty_text_of_an_object_is_refused_and_null_is_none(put: Importing, name: str) -> None:
    line = {"key": "n/1", name: ""}
    refused = [f"1: {name}: an empty text; leave the field out, or give null"]
    assert faults(put("empty.ndjson", json.dumps(line), patch=True)) == refused
    assert faults(put("null.ndjson", json.dumps(line | {name: None, "figures": []}), patch=True)) == []


def test_a_blank_around_a_key_is_warned_of(put: Importing) -> None:
    report = put(
        "keys.csv", "key,quote,source.title,speaker.key,speaker.name\nde/1,q,T,,\nde/1 ,q,T,,\nde/2,q,T, a,A\n"
    )
    assert (faults(report), warnings(report, "blanks")) == ([], [(3, "key"), (4, "speaker.key")])
    told = "'de/1 ' ends with a blank, and is another key than 'de/1': leave the blank out, unless it is meant"
    assert told in [one.problem.detail for one in report.warnings]
    assert warnings(put("keys.ndjson", '{"key": "\u00a0x", "quote": "q", "source": {"title": "T"}}\n'), "blanks") == [
        (1, "key")
    ]


@pytest.mark.parametrize("unseen", ["\ufeff", "\u200b", "\u2060", "\u00ad"])
def test_what_nobody_sees_in_a_key_is_warned_of(put: Importing, unseen: str) -> None:
    table = f"key,quote,source.title,speaker.name\nzz/1,old,T,A{unseen}b\n{unseen}zz/1,new,T,\nzz/2{unseen},q,T,\n"
    report = put("two.csv", table)
    assert (faults(report), warnings(report, "controls")) == ([], [(3, "key"), (4, "key")])
    assert f"holds U+{ord(unseen):04X} " in report.warnings[0].problem.detail


def test_many_columns_that_are_none_are_told_beside_those_that_are(put: Importing) -> None:
    others = [f"q{number}" for number in range(60)]
    for mark in (",", ";"):
        header = mark.join(["key", "quote", "source.title", *others])
        told = faults(put("wide.csv", f"{header}\nw/1{mark}hello{mark}T{mark * 60}\n"))
        assert len(told) == 50
        assert all("there is no such column" in one for one in told)


def test_a_date_that_is_refused_is_not_told_as_stored(put: Importing) -> None:
    report = put("date.csv", "key,quote,source.title,said_on.edtf\nx/1,q,T,NaN\n")
    assert (len(report.faults), warnings(report, "absent-value")) == (1, [])


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_the_line_in_which_excel_tells_the_delimiter_is_no_header(full: Database, put: Importing, first: str) -> None:
    report = put("excel.csv", f"{first}\r\nkey;quote;venue\r\nn/1;one, two;here\r\nn/2;;;\r\n")
    assert faults(report) == [
        "4: 4 cells, where the header has 3: each row has one for each column; a cell that holds a delimiter stands in"
        " quotes"
    ]
    assert faults(put("excel.csv", f"{first}\r\nkey;quote\r\nn/1;one, two\r\n")) == []
    assert claim(full, "n/1")["quote"] == "one, two"
    assert faults(put("head.csv", "sep=\t\nkey\tvenue\tnone\n")) == ["2: none: there is no such column"]
