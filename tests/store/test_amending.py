"""Rows that name some fields of a claim set those, and the rest stays; what an update takes away or back is told."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports import attempt, importer
from app.store.imports.importer import Report
from app.store.records.fields import CLAIM_FIELDS
from app.store.write import earlier_versions
from app.store.write.outcomes import Outcome
from tests.asked import cases
from tests.importing import import_paths
from tests.store.stored import claim, documents, everything, is_empty, rows, versions

Doc = dict[str, Any]
Importing = Callable[..., Report]

FULL = """\
source: {key: s, title: T, url: "https://a.example/1", publisher: P, published_on: 2024, text: "we hyred, as he said"}
speakers:
  - {key: ann, name: Ann Lee, kind: person, aliases: [A. Lee]}
  - {key: bo, name: Bo, kind: person, tenures: [{title: judge, organization: Court, since: 2020, until: 2030}]}
metrics: [{key: staff, name: staff, unit: count}]
claims:
  - key: n/1
    speaker: {key: ann}
    role: {title: mayor, organization: Town, as_stated: the mayor}
    quote: we hyred
    said_on: {edtf: 2024-04, as_stated: this month}
    venue: here
    language: en
    topics: [a, b, c]
    figures:
      - {metric: staff, value: 5, comparator: at_most, as_stated: up to five}
      - {metric: staff, low: 1, high: 9, equivalents: [{value: 2, unit: JPY}]}
    citations:
      - {via: V, locator: {exact: we hyred, page: 3}}
      - {source: {title: Printed}, locator: {page: 9}}
    assessments: [{publisher: Checkers, rating: True, note: sure}]
    relations: [{type: supports, key: n/2}]
  - {key: n/2, speaker: {key: bo}, quote: as he said, said_on: 2024-05}
  - {key: n/3, quote: withdrawn, speaker: {key: ann}, retraction: {kind: record_error, reason: misread}}
"""


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Importing:
    """Imports a text as a file of this name into the database of the test."""

    def run(name: str, text: str | bytes, **options: Any) -> Report:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_paths(database, [file], **options)

    return run


@pytest.fixture
def full(database: Database, imported: Callable[..., None]) -> Database:
    """The database with the claims above."""
    imported(FULL)
    return database


def told(report: Report) -> list[str]:
    """The faults, without the folder."""
    return [f"{Path(fault.file).name}:{fault.line}: {fault.problem}" for fault in report.faults]


def warned(report: Report) -> list[str]:
    """The warnings, without their places, and without those of quotes."""
    return [str(one.problem) for one in report.warnings if not one.problem.code.startswith("quote-")]


def differing(before: Doc, after: Doc) -> set[str]:
    """The fields in which two versions of a claim differ, apart from its stamps."""
    assert tuple(before) == tuple(after) == CLAIM_FIELDS
    return {name for name in CLAIM_FIELDS[:-3] if before[name] != after[name]} - {"version"}


# Tables


def test_a_table_of_few_columns_wipes_nothing(full: Database, put: Importing) -> None:
    before = claim(full, "n/1")
    report = put("narrow.csv", "key,quote,citations.0.source.url\nn/1,we hired,https://a.example/1\n")
    assert report.counts | {"updated": 1} == report.counts
    assert (told(report), warned(report)) == ([], [])
    after = claim(full, "n/1")
    assert differing(before, after) == {"quote", "citations"}  # which are verified anew
    assert after["quote"] == "we hired"
    assert after["citations"][0]["locator"]["page"] == "3"
    assert [one["verification"] for one in after["citations"]] == ["not_found", "unchecked"]
    assert put("narrow.csv", "key,quote,citations.0.source.url\nn/1,we hired,https://a.example/1\n").revision is None


def test_an_empty_cell_is_null_and_told(full: Database, put: Importing) -> None:
    before = claim(full, "n/1")
    report = put(
        "cell.csv", "key,quote,said_on,topics.1,figures.1.low,figures.1.high,assessments.0.note\nn/1,we hyred,,,,,\n"
    )
    assert told(report) == []
    after = claim(full, "n/1")
    assert differing(before, after) == {"said_on", "topics", "figures", "assessments"}
    assert (after["said_on"], after["topics"], len(after["figures"])) == (None, ["a", "c"], 1)
    assert warned(report) == [
        "1 claim loses its said_on, 1 some of its figures, 1 some of its topics, 1 its assessments.note"
    ]


def test_a_cell_changes_its_field_alone(full: Database, put: Importing) -> None:
    edits = {
        "said_on": "2025", "said_on.as_stated": "now", "venue": "", "topics.3": "d", "figures.0.value": "6",
        "figures.1.high": "8", "figures.2.metric": "cost", "locator.page": "4", "citations.1.via": "W",
        "role": "judge", "roles.0.organization": "City", "speaker.key": "bo", "speaker.name": "Ann Lee",
        "relations.0.type": "answers", "assessments.0.rating": "False", "source.url": "https://a.example/2",
        "citations.2.source.title": "Third", "language": "pt-BR", "paraphrase": "p",
    }  # fmt: skip
    more = {"figures.2.metric": {"figures.2.value": "1", "figures.2.unit": "USD"}}
    for column, cell in edits.items():
        before = claim(full, "n/1")
        row = {"key": "n/1", column: cell, **more.get(column, {})}
        file = io.StringIO()
        csv.writer(file).writerows([row.keys(), row.values()])
        report = put("edit.csv", file.getvalue())
        assert told(report) == [], column
        field = {"role": "roles", "locator": "citations", "source": "citations"}
        name = column.split(".")[0]
        assert differing(before, claim(full, "n/1")) == {field.get(name, name)}, column


def test_rows_may_name_a_claim_by_id(full: Database, put: Importing) -> None:
    number = claim(full, "n/1")["id"]
    assert told(put("id.csv", f"id,venue\n{number},there\n")) == []
    assert claim(full, "n/1")["venue"] == "there"
    assert told(put("id.csv", f"id,key,venue\nclm_77,n/1,elsewhere\n{number},,elsewhere\n")) == []
    assert claim(full, "n/1")["venue"] == "elsewhere"
    assert told(put("id.csv", "id,venue\nclm_77,x\nmine,x\n")) == [
        f"id.csv:{line}: id: there is no claim {one}; give its key, or leave the id out for a new one"
        for line, one in ((2, "clm_77"), (3, "mine"))
    ]


@pytest.mark.parametrize("cells", ["bo,,,", ",,Bo,", ",,Bo,person"])
def test_the_speaker_of_an_exported_row_is_changed_by_one_cell_where_the_others_that_name_it_are_emptied(
    full: Database, put: Importing, cells: str
) -> None:
    columns = "key,speaker.key,speaker.id,speaker.name,speaker.kind"
    shown = claim(full, "n/1")["speaker"]
    (fault,) = told(put("row.csv", f"{columns}\nn/1,bo,{shown['id']},Ann Lee,person\n"))
    assert fault == (
        "row.csv:2: speaker.name: 'Ann Lee' contradicts 'Bo' of spk_3 (key bo): if that one is meant, leave out name or"
        " empty its cell; if another is, do so with key or id; to correct that speaker itself, define it, under"
        ' speakers in a .yaml file or as {"type": "speaker", "key": …, "name": …} in an .ndjson file; if both are one'
        " speaker, use onrecord merge ID spk_3, where ID is that of the other"
    )
    (fault,) = told(put("row.csv", f"{columns}\nn/1,ann,{shown['id']},Bo,person\n"))
    assert "'Bo' contradicts 'Ann Lee' of spk_1 (key ann)" in fault
    assert told(put("row.csv", f"{columns}\nn/1,{cells}\n")) == []
    assert claim(full, "n/1")["speaker"]["key"] == "bo"


def test_a_row_that_is_too_little_for_a_new_claim_is_told_as_such(full: Database, put: Importing) -> None:
    before = everything(full)
    source = "citations: a source is needed: its key, url or title, as in source.url"
    too_little = "and this row is too little for a new one"
    report = put("new.csv", "key,venue\nn/1,there\nnew,there\n")
    assert told(report) == [f"new.csv:3: key: no claim has the key 'new', {too_little}: {source}"]
    assert report.counts["rejected"] == report.counts["read"] == 2
    assert everything(full) == before
    assert told(put("new.csv", "key,venue,said_on\nn/1,there,soon\nnew,there,soon\n"))[0].startswith(
        "new.csv:2: said_on: "
    )


@pytest.mark.usefixtures("full")
def test_a_key_of_no_claim_is_told_first_with_near_ones(put: Importing) -> None:
    (line,) = told(put("near.csv", "key,venue\nn/11,x\n"))
    assert line.startswith("near.csv:2: key: no claim has the key 'n/11', and this row is too little for a new one: ")
    assert line.endswith("(did you mean n/1?)")
    (line,) = told(put("near.ndjson", '{"key": "n/11", "venue": "x"}\n', patch=True))
    assert "key: no claim has the key 'n/11', and this row is too little" in line
    said = told(put("near.csv", "key,venue,language\nn/11,x,english language\n"))
    assert [line.split(": ")[1] for line in said] == ["key", "language"]
    whole = "key,quote,source.title,language\nn/11,words,T,english language\n"  # enough for a new one, but for a fault
    assert [line.split(": ")[1] for line in told(put("near.csv", whole))] == ["language"]


# Rows with words or a source whose key is of no claim, and what is told of each: the field that lacks
LACKING = {
    "words": ("key,source.url\nn/11,https://a.example/1\n", ["a claim needs a quote or a paraphrase"]),
    "a source": ("key,quote\nn/11,words\n", ["citations: a source is needed: its key, url or title, as in source.url"]),
    "a metric": (
        "key,quote,source.title,figures.0.value\nn/11,q,T,1\n",
        ["figures.0.metric: this field is required; fill it in, or leave out (or empty) value too"],
    ),
    "more": (
        "key,quote,source.title,figures.0.value,assessments.0.rating,relations.0.key\nn/11,q,T,1,True,n/1\n",
        [
            f"{one}: this field is required; fill it in, or leave out (or empty) {beside} too"
            for one, beside in (
                ("figures.0.metric", "value"),
                ("assessments.0.publisher", "rating"),
                ("relations.0.type", "key"),
            )
        ],
    ),
    "a source beside another": (
        "key,quote,source.url,citations.1.locator.page\nn/11,q,https://a.example/1,3\n",
        ["citations.1.source: this field is required; fill it in, or leave out (or empty) locator too"],
    ),
}


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("name", LACKING)
def test_a_new_row_is_told_by_the_field_that_it_lacks(put: Importing, name: str) -> None:
    table, expected = LACKING[name]
    beside = "no claim has the key 'n/11' (near: 'n/1'), so this row is of a new one"
    hint = " (did you mean citations.1.source.key or citations.1.source.url or citations.1.source.title?)"
    of_source = hint if name == "a source beside another" else ""
    assert told(put("new.csv", table)) == [f"new.csv:2: {one}; {beside}{of_source}" for one in expected]


MIXED = (
    "key,quote,source.title,source.publisher,locator.page,citations.1.source.url,citations.1.via,role,"
    "roles.0.organization,roles.1.title\n"
)
MIXED_ROWS = "x/1,q,T,P,3,https://b.example/2,W,mayor,Town,judge\nx/2,r,T,P,,,,,,clerk\n"


def test_short_forms_are_of_the_first_element_beside_numbered_columns(full: Database, put: Importing) -> None:
    report = put("mixed.csv", MIXED + MIXED_ROWS)
    assert told(report) == []
    first, second = (claim(full, key) for key in ("x/1", "x/2"))
    cited = [(one["source"]["title"], one["source"]["url"], one["via"]) for one in first["citations"]]
    assert cited == [("T", None, None), (None, "https://b.example/2", "W")]
    assert first["citations"][0]["locator"]["page"] == "3"
    held = [(role["title"], role["organization"] and role["organization"]["name"]) for role in first["roles"]]
    assert held == [("mayor", "Town"), ("judge", None)]
    assert ([one["title"] for one in second["roles"]], len(second["citations"])) == (["clerk"], 1)
    assert put("mixed.csv", MIXED + MIXED_ROWS).revision is None
    assert told(put("mixed.csv", MIXED + MIXED_ROWS.replace("mayor", "major").replace(",W,", ",V,"))) == []
    after = claim(full, "x/1")
    assert differing(first, after) == {"roles", "citations"}
    assert ([one["title"] for one in after["roles"]], after["citations"][1]["via"]) == (["major", "judge"], "V")


@pytest.mark.usefixtures("full")
def test_faults_beside_numbered_columns_name_the_columns_of_the_file(put: Importing) -> None:
    table = "key,quote,source.url,locator.start,citations.1.source.url,role.status,roles.1.title\n"
    assert [line.split(": ")[:2] for line in told(put("m.csv", f"{table}n/4,q,nowhere,x,y,z,judge\n"))] == [
        ["m.csv:2", "role.status"],
        ["m.csv:2", "source.url"],
        ["m.csv:2", "locator.start"],
        ["m.csv:2", "citations.1.source.url"],
    ]
    (line,) = told(put("m.csv", "key,role,roles.0.title,roles.1.title\nn/1,a,b,c\n"))
    assert line.endswith("give role or roles, not both")


@pytest.mark.parametrize(
    "row",
    [
        {"speaker.kind": ""},
        {"roles.0.organization.kind": "", "roles.0.status": ""},
        {"figures.0.kind": ""},
        {"figures.1.comparator": "", "figures.1.kind": ""},
        {"citations.0.source.publisher": "", "citations.0.source.title": ""},
    ],
)
def test_empty_cells_of_what_is_not_the_claims_or_has_a_default_say_nothing(
    full: Database, put: Importing, row: Doc
) -> None:
    before = everything(full)
    report = put("empty.csv", f"{','.join(['key', *row])}\n{','.join(['n/1', *row.values()])}\n")
    assert (told(report), report.counts["unchanged"]) == ([], 1)
    assert everything(full) == before


@pytest.mark.parametrize("column", ["source.key", "citations.0.source.url", "source"])
def test_the_last_citation_of_a_claim_stays(full: Database, put: Importing, column: str) -> None:
    before = everything(full)
    (line,) = told(put("last.csv", f"key,{column}\nn/2,\n"))
    place = "source" if column.startswith("source") else "citations.0.source"
    assert line.startswith(f"last.csv:2: {place}")
    assert "this is the last citation, and a claim has one at least: name another source" in line
    for members in ('"citations": []', '"citations": null'):
        (line,) = told(put("last.ndjson", f'{{"key": "n/2", {members}}}\n', patch=True))
        assert "this is the last citation" in line
    (line,) = told(put("last.ndjson", '{"key": "new", "quote": "x", "citations": []}\n'))
    assert "citations: a source is needed: its key, url or title" in line
    assert everything(full) == before
    assert told(put("page.csv", "key,citations.0.locator.page\nn/1,\n")) == []
    assert [citation["via"] for citation in claim(full, "n/1")["citations"]] == ["V", None]


@pytest.mark.usefixtures("full")
def test_the_faults_of_a_row_over_a_stored_claim_name_its_columns(put: Importing) -> None:
    table = "key,role,figures.0.value,figures.0.as_stated,figures.1.low,figures.1.high,figures.4.value,locator.page\n"
    report = put("bad.csv", table + f"n/1,mayor,,,x,9,7,{'p' * 201}\n")
    assert [line.split(": ")[:2] for line in told(report)] == [
        ["bad.csv:2", "figures.1.low"],
        ["bad.csv:2", "figures.4.metric"],
        ["bad.csv:2", "locator.page"],
    ]
    report = put("bad.csv", "key,figures.1.unit,figures.4.value\nn/1,USD,\n")
    assert told(report) == [
        "bad.csv:2: figures.1.unit: USD (US dollars) does not fit staff, which is in count; write count or a unit that"
        " converts into it, or name another metric"
    ]
    report = put("bad.csv", "key,citations.0.source.title\nn/1,Another title\n")
    assert [line.split(": ")[:2] for line in told(report)] == [["bad.csv:2", "citations.0.source.title"]]


def test_an_empty_cell_of_every_citation_or_figure_removes_none(full: Database, put: Importing) -> None:
    assert told(put("page.csv", "key,citations.0.locator.page,citations.1.locator.page\nn/1,,\n")) == []
    assert told(put("kind.csv", "key,figures.0.metric,figures.0.kind\nn/1,staff,\n")) == []
    after = claim(full, "n/1")
    assert (len(after["citations"]), len(after["figures"]), after["figures"][0]["kind"]) == (2, 2, "actual")
    [fault] = told(put("type.csv", "key,relations.0.key,relations.0.type\nn/1,n/2,\n"))
    assert fault.startswith("type.csv:2: relations.0.type: null is not one of supports, ")


@pytest.mark.parametrize("batch", [1, 2000])
def test_a_key_that_two_rows_name_with_different_content_is_told_in_both(
    full: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(attempt, "BATCH", batch)
    (tmp_path / "a.csv").write_text("key,venue\nn/1,x\n")
    (tmp_path / "b.csv").write_text("key,language\nn/1,fr\n")
    report = import_paths(full, [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [line.split(" stands")[0] for line in told(report)] == ["a.csv:2: key: n/1", "b.csv:2: key: n/1"]
    (tmp_path / "b.csv").write_text("venue,key\nx,n/1\nx,n/1\n")
    report = import_paths(full, [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert told(report) == []
    assert (report.counts["updated"], report.counts["unchanged"]) == (1, 2)
    number = claim(full, "n/1")["id"]
    (tmp_path / "b.csv").write_text(f"id,venue\n{number},y\n")
    report = import_paths(full, [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert told(report) == ["b.csv:2: key: n/1 stands twice in this import, with different content"]


def test_a_row_without_a_key_that_tells_a_stored_claim_leaves_the_rest(full: Database, put: Importing) -> None:
    table = "speaker.key,quote,said_on,source.key\nann,no key,2024,s\n"
    first = put("keyless.csv", table)
    told_of_keys = "no key: with other words it would be another claim, so it cannot be corrected later"
    assert warned(first) == [f"1 claim has {told_of_keys}"]
    (key,) = (
        one for (one,) in rows(full, "SELECT key FROM record_keys WHERE type = 'clm'") if one.startswith("sha256")
    )
    put("more.csv", f"key,venue,topics.0\n{key},here,a\n")
    assert put("keyless.csv", table).revision is None
    assert claim(full, key)["venue"] == "here"
    report = put("keyless.csv", table.replace("key\n", "key,venue\n").replace("s\n", "s,there\n"))
    assert (told(report), claim(full, key)["venue"], claim(full, key)["topics"]) == ([], "there", ["a"])


def test_a_retracted_claim_stays_so(full: Database, put: Importing) -> None:
    assert told(put("r.csv", "key,venue\nn/3,there\n")) == []
    after = claim(full, "n/3")
    assert (after["status"], after["venue"], after["retraction"]["reason"]) == ("retracted", "there", "misread")
    assert put("r.csv", "key,venue,status,retraction.kind\nn/3,there,retracted,record_error\n").revision is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.csv", "key,status{}\nn/3,active{}\n"),
        ("r.ndjson", '{{"key": "n/3", "status": "active"{}}}\n'),
        ("r.csv", "key,status{}\nn/3,{}\n"),
        ("r.ndjson", '{{"key": "n/3", "status": null{}}}\n'),
        ("r.csv", "key,retraction.kind{}\nn/3,{}\n"),
        ("r.csv", "key,status,retraction.kind,retraction.reason{}\nn/3,active,,{}\n"),
        ("r.ndjson", '{{"key": "n/3", "retraction": null{}}}\n'),
        ("r.json", '{{"claims": [{{"key": "n/3", "status": "active", "retraction": null{}}}]}}'),
    ],
)
def test_a_retraction_that_is_emptied_stays_and_is_told(full: Database, put: Importing, name: str, text: str) -> None:
    before = everything(full)
    place = "claims.0.retraction" if name == "r.json" else "retraction"
    alone, edit = (("", ""), (",venue", ",there")) if name == "r.csv" else (("",), (', "venue": "there"',))
    for dry_run in (True, False):
        report = put(name, text.format(*alone), patch=name != "r.csv", dry_run=dry_run)
        assert (told(report), report.counts["unchanged"]) == ([], 1)
        assert warned(report) == [
            f"{place}: n/3 stays retracted: an import takes no retraction back, save with --restore"
        ]
        assert everything(full) == before
    report = put(name, text.format(*edit), patch=name != "r.csv")
    assert (told(report), report.counts["updated"]) == ([], 1)
    assert warned(report) == [f"{place}: n/3 {STAYS}"]
    after = claim(full, "n/3")
    assert (after["status"], after["venue"], after["retraction"]["reason"]) == ("retracted", "there", "misread")


FORMS: dict[str, Callable[[Doc], str]] = {
    "p.ndjson": lambda value: json.dumps(value),
    "p.json": lambda value: json.dumps({"claims": [value]}),
    "p.yaml": lambda value: json.dumps({"source": {"title": "T", "key": "s"}, "claims": [value]}),
}
STAYS = "stays retracted: an import takes no retraction back, save with --restore"
WHOLE = {"key": "n/3", "quote": "withdrawn", "speaker": {"key": "ann"}, "source": {"key": "s"}}
UNSAID: list[Doc] = [{}, {"retraction": None}, {"status": "active"}, {"status": "active", "retraction": None}]


@pytest.mark.parametrize("unsaid", UNSAID, ids=str)
def test_a_whole_claim_takes_no_retraction_back_and_sets_all_else(full: Database, put: Importing, unsaid: Doc) -> None:
    before, retraction = everything(full), claim(full, "n/3")["retraction"]
    stays = "retraction: n/3 stays retracted: an import takes no retraction back, save with --restore"
    expected = {name: [stays if name == "p.ndjson" else f"claims.0.{stays}"] for name in FORMS}
    for name, form in FORMS.items():
        for dry_run in (True, False):
            report = put(name, form(WHOLE | unsaid), dry_run=dry_run)
            assert (told(report), report.counts["unchanged"], warned(report)) == ([], 1, expected[name])
            assert everything(full) == before, name
    for name, form in FORMS.items():
        report = put(name, form(WHOLE | unsaid | {"quote": f"words of {name}"}))
        assert (told(report), report.counts["updated"], warned(report)) == ([], 1, expected[name])
        after = claim(full, "n/3")
        assert (after["status"], after["quote"], after["retraction"]) == ("retracted", f"words of {name}", retraction)
    assert versions(full, "n/3")[0]["quote"] == "withdrawn"


def test_a_retraction_that_stays_shows_the_source_that_it_names(full: Database, put: Importing) -> None:
    row = WHOLE | {"retraction": {"kind": "source_correction", "source": {"key": "erratum", "title": "Erratum"}}}
    assert told(put("r.ndjson", json.dumps(row))) == []
    lines = [WHOLE | {"quote": "other"}, {"type": "source", "key": "erratum", "title": "Errata"}]
    assert told(put("r.ndjson", "".join(json.dumps(line) + "\n" for line in lines))) == []
    assert claim(full, "n/3")["retraction"]["source"]["title"] == "Errata"


def test_a_role_by_tenure_follows_the_date_until_one_is_stated(full: Database, put: Importing) -> None:
    table = "key,said_on,roles.0.title,roles.0.basis\nn/2,{},{},{}\n"
    not_read = ["roles.0: a role by tenure is not read, for it follows from what the speaker held: write stated as its"
                " basis to state it, or correct the tenure of the speaker"]  # fmt: skip
    steps = [  # date, title, basis; the roles from then on, and what is told when the row comes again
        ("2024-05", "judge", "tenure", [("judge", "tenure")], []),
        ("1999", "judge", "tenure", [], not_read),
        ("2024-05", "clerk", "tenure", [("judge", "tenure")], not_read),
        ("2024-05", "", "tenure", [("judge", "tenure")], not_read),
        ("2024-05", "clerk", "stated", [("clerk", "stated")], []),
        ("2024-05", "clerk", "tenure", [("judge", "tenure")], not_read),
        ("2024-05", "clerk", "", [("clerk", "stated")], []),
    ]
    for *row, roles, again in steps:
        assert told(put("t.csv", table.format(*row))) == []
        assert [(role["title"], role["basis"]) for role in claim(full, "n/2")["roles"]] == roles
        report = put("t.csv", table.format(*row))
        assert (told(report), report.revision, warned(report)) == ([], None, again)


# The version as If-Match


def test_a_row_that_was_made_from_an_older_version_is_a_conflict(full: Database, put: Importing) -> None:
    put("edit.csv", "key,venue,version\nn/1,there,1\n")
    assert put("edit.csv", "key,venue,version\nn/1,there,1\n").revision is None  # it says what is stored
    before = everything(full)
    stale = "key,quote,version\nn/1,we hired,1\nn/2,as she said,1\n"
    for dry_run in (True, False):
        report = put("stale.csv", stale, dry_run=dry_run)
        assert told(report) == [
            "stale.csv:2: version: this was made from version 1 of n/1, which is at version 2 by now: export it anew,"
            " or give --force to set it all the same"
        ]
        assert everything(full) == before
    report = put("stale.csv", stale, force=True)
    assert (told(report), report.counts["updated"]) == ([], 2)
    assert claim(full, "n/1")["version"] == 3
    assert claim(full, "n/2")["citations"][0]["locator"] is None  # no place is left that other words were found at
    assert told(put("stale.csv", "key,quote,version\nn/1,x,three\n"))[0].startswith("stale.csv:2: version: ")
    lines = '{"key": "n/1", "quote": "y", "version": 2}\n'
    assert told(put("stale.ndjson", lines, patch=True))[0].startswith("stale.ndjson:1: version: this was made from")
    assert told(put("whole.ndjson", json.dumps(claim(full, "n/2") | {"version": 1, "venue": "w"}))) == []


def test_a_version_of_a_claim_that_is_new_here_says_nothing(put: Importing) -> None:
    assert told(put("new.csv", "key,version,quote,source.title\nk,7,words,T\nk,7,words,T\n")) == []


# Whole claims, and --patch


def test_a_whole_claim_is_set_and_what_it_loses_is_counted(full: Database, put: Importing) -> None:
    before = everything(full)
    lines = "".join(
        json.dumps({"key": key, "quote": "new words", "said_on": date, "source": {"key": "s"}, **more}) + "\n"
        for key, date, more in (("n/1", "2024-04", {"topics": ["a"], "role": "mayor"}), ("n/2", "2024-05", {}))
    )
    expected = [
        "2 claims lose their speaker, 1 its roles.organization, 1 its roles.as_stated, 1 its language,"
        " 1 its said_on.as_stated, 1 its venue, 1 its figures, 1 some of its topics, 1 some of its citations,"
        " 1 its assessments, 1 its relations, 1 its roles"  # that by the tenure of Bo
    ]
    dry = put("whole.ndjson", lines, dry_run=True)
    assert (warned(dry), everything(full)) == (expected, before)
    assert warned(put("whole.ndjson", lines)) == expected
    assert claim(full, "n/1")["figures"] == []


@pytest.mark.parametrize("name", FORMS)
def test_a_patch_sets_what_it_names(full: Database, put: Importing, name: str) -> None:
    before = claim(full, "n/1")
    value = {"key": "n/1", "venue": None, "topics": ["z"], "said_on": "2025", "locator": {"page": "4"}}
    report = put(name, FORMS[name](value), patch=True)
    assert told(report) == []
    after = claim(full, "n/1")
    assert differing(before, after) == {"venue", "topics", "said_on", "citations"}
    assert after["said_on"] == {"edtf": "2025", "earliest": "2025-01-01", "latest": "2025-12-31", "as_stated": None}
    assert after["citations"][0]["locator"]["exact"] == "we hyred"
    assert after["citations"][0]["via"] == "V"
    assert put(name, FORMS[name](value), patch=True).revision is None
    assert told(put(name, FORMS[name]({"key": "n/1", "vanue": "x"}), patch=True))[0].endswith(
        "(did you mean venue or language?)"
    )
    new = {"key": "new", "quote": "words"} | ({} if name == "p.yaml" else {"source": {"key": "s"}})
    assert told(put(name, FORMS[name](new), patch=True)) == []
    assert claim(full, "new")["citations"][0]["source"]["key"] == "s"
    assert told(put(name, FORMS[name]({"key": "lone", "venue": "x"}), patch=True))
    assert told(put(name, FORMS[name]({"key": "n/1", "venue": "\ud800"}), patch=True))


@pytest.mark.usefixtures("full")
def test_what_is_wrong_with_a_patch_of_lists_is_told(put: Importing) -> None:
    lists = {"topics": ["abc", "d"], "figures": [{"metric": "staff", "value": 1, "unit": "count"}]}
    unknown = {"key": "n/1", "relations": [{"type": "answers", "key": "nowhere"}], **lists}
    (line,) = told(put("p.ndjson", json.dumps(unknown), patch=True))
    assert line.startswith("p.ndjson:1: relations.0.key: there is no claim nowhere here or in this import")
    (line,) = told(put("p.ndjson", json.dumps({"key": "n/11"} | lists), patch=True))
    assert line.startswith("p.ndjson:1: key: no claim has the key 'n/11', and this row is too little for a new one")


# Edits taken back


def test_an_older_file_over_a_later_edit_is_told_with_both_values(
    full: Database, put: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("edit.csv", "key,quote,venue\nn/1,we hired,there\n")
    put("edit.csv", "key,venue,topics.0,speaker.key\nn/2,court,law,ann\n")
    before = everything(full)
    expected = [
        'n/1: an earlier version comes back over a later edit: quote: "we hired" → "we hyred"; venue: "there" → "here"',
        'n/2: an earlier version comes back over a later edit: speaker: "ann" → "bo"; venue: "court" → null;'
        ' topics: ["law"] → []',
    ]
    for dry_run in (True, False):
        outcomes: list[Outcome] = []
        report = put("full.yaml", FULL, dry_run=dry_run, tell=lambda _, one, to=outcomes: to.append(one))
        found = [line for line in warned(report) if "comes back" in line]
        assert found == expected
        assert "1 claim loses its venue, 1 its topics" in warned(report)
        assert (everything(full) == before) == dry_run
    put("edit.csv", "key,venue\nn/1,nowhere yet\n")
    assert [line for line in warned(put("edit.csv", "key,venue\nn/1,new\n")) if "comes back" in line] == []
    for most in (0, 1):
        monkeypatch.setattr(earlier_versions, "MOST", most)
        assert "earlier versions were compared" in warned(put("full.yaml", FULL, dry_run=True))[-1]


def test_an_import_that_is_to_be_the_first_is_skipped_where_something_is_stored(
    full: Database, put: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("edit.csv", "key,quote\nn/1,corrected\n")
    before = everything(full)
    report = put("full.yaml", FULL, only_first=True)
    assert (report.is_skipped, report.revision, everything(full) == before) == (True, None, True)
    assert import_paths(full, [Path("no longer there")], only_first=True).is_skipped
    monkeypatch.setattr(importer, "_has_revision", lambda _: False)  # another was first after this was looked at
    report = put("full.yaml", FULL, only_first=True)
    assert (report.is_skipped, report.revision, everything(full) == before) == (True, None, True)


def test_an_import_that_is_to_be_the_first_is_carried_out_in_a_new_database(database: Database, put: Importing) -> None:
    assert is_empty(database)
    report = put("full.yaml", FULL, only_first=True)
    assert (report.is_skipped, report.revision) == (False, 1)


# Exports


def exported(database: Database, **query: str) -> list[list[str]]:
    with TestClient(create_app(database)) as client:
        answer = client.get(
            "/v1/claims/export", params={"format": "csv", "status": "any", "sort": "recorded_at", **query}
        )
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def test_a_narrow_export_is_edited_and_imported(full: Database, put: Importing) -> None:
    header, *table = exported(full, fields="key,version,quote,citations.source.url")
    assert header == ["version", "key", "quote", "citations.0.source.url", "citations.1.source.url"]
    before = [claim(full, key) for key in ("n/1", "n/2", "n/3")]
    (first,) = (row for row in table if row[1] == "n/1")
    first[2] = "two\nlines, and more"
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header, *table])
    report = put("back.csv", file.getvalue())
    assert (told(report), report.counts["updated"], report.counts["unchanged"]) == ([], 1, 2)
    after = [claim(full, key) for key in ("n/1", "n/2", "n/3")]
    assert differing(before[0], after[0]) == {"quote", "citations"}
    assert after[1:] == before[1:]


def test_any_columns_of_an_export_taken_back_change_nothing_and_an_edit_its_field_alone(
    full: Database, put: Importing
) -> None:
    header, *table = exported(full)
    before = {key: documents(full, key) for key in ("n/1", "n/2", "n/3")}
    texts = [column for column in header if column in ("venue", "quote", "said_on.as_stated", "topics.2", "language")]

    @settings(cases(5 if full.dialect == "sqlite" else 2), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.randoms(use_true_random=False))
    def taken_back(draw: random.Random) -> None:
        some = [at for at, name in enumerate(header) if name == "key" or draw.random() < draw.choice([0.1, 0.5, 0.9])]
        draw.shuffle(some)
        file = io.StringIO(newline="")
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[row[at] for at in some] for row in (header, *table)])
        report = put("some.csv", file.getvalue())
        assert (told(report), report.revision, report.counts["unchanged"]) == ([], None, 3)
        assert {key: documents(full, key) for key in before} == before
        edited = draw.choice(texts)
        cells = [
            [row[at] for at in some] + [row[header.index(edited)]] for row in table if row[header.index("key")] == "n/1"
        ]
        names = [header[at] for at in some]
        keep = [n for n, name in enumerate(names) if name != edited]
        line = [cells[0][n] for n in keep] + ["pt"]
        file = io.StringIO(newline="")
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[names[n] for n in keep] + [edited], line])
        told_of: list[Outcome] = []
        report = put("edit.csv", file.getvalue(), dry_run=True, tell=lambda _, one: told_of.append(one))
        assert told(report) == []
        fields = {"quote", "citations"} if edited == "quote" else {edited.split(".")[0]}  # it is verified anew
        assert [one.changes.keys() for one in told_of] == [fields]

    taken_back()


def test_versions_of_an_amended_claim_are_kept(full: Database, put: Importing) -> None:
    put("edit.csv", "key,venue\nn/1,there\n")
    assert [doc["venue"] for doc in versions(full, "n/1")] == ["here", "there"]
