"""The report of an import: kinds with exact counts, follow-on faults told once, names that outlive a rollback."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from app.domain.record.imports_out import ImportReport
from app.errors import Problem
from app.store.database.engine import Database
from app.store.database.notices import Notice, Notices
from app.store.imports.importer import Report
from app.store.imports.read_report import read_report
from app.store.imports.readers.files import Reading, SourceFile
from app.store.imports.report import lines_of, write_json, write_said
from app.store.records.document import decode
from tests.importing import import_paths

Import = Callable[..., Report]


def notices(*some: tuple[str, int, str, str]) -> Notices:
    made = Notices()
    for file, line, field, code in some:
        made.add(Notice(file, line, Problem(tuple(field.split(".")), code, f"wrong at {line}")))
    return made


def test_notices_come_back_as_they_were_in_the_order_of_files_and_lines() -> None:
    kept = Notices()
    assert not kept
    assert kept.kinds() == []
    late = Notice("b.csv", 2, Problem(("figures", 0, "unit"), "bad-value", "é", ("m", "s")), "key")
    early = Notice("a.csv", 9, Problem((), "width", "3 cells"))
    whole = Notice("", 0, Problem((), "no-text", "unused"))
    for notice in (late, early, whole):
        kept.add(notice)
    assert list(kept) == [whole, early, late]
    assert (kept[0], kept[-1], kept[1:], len(kept)) == (whole, late, [early, late], 3)
    assert [str(one) for one in kept] == [
        "unused", "a.csv:9: 3 cells", "b.csv:2: figures.0.unit: é (did you mean m or s?)"
    ]  # fmt: skip
    assert kept.has(Notice("a.csv", 9, Problem((), "width", "another detail")))
    assert not kept.has(Notice("a.csv", 8, Problem((), "width", "3 cells")))
    with pytest.raises(IndexError):
        kept[3]


def test_a_kind_is_a_code_in_a_field_wherever_that_stands_in_a_list() -> None:
    kept = notices(
        ("t.csv", 4, "figures.0.value", "bad-value"), ("t.yaml", 3, "claims.7.figures.1.value", "bad-value"),
        ("t.csv", 5, "figures.0.value", "too-long"), ("t.csv", 6, "figures.0.unit", "bad-value"),
    )  # fmt: skip
    assert [(kind.code, kind.field, kind.count) for kind in kept.kinds()] == [
        ("bad-value", "figures.*.value", 2), ("too-long", "figures.*.value", 1), ("bad-value", "figures.*.unit", 1)
    ]  # fmt: skip


def test_a_frequent_kind_is_its_number_and_three_examples_and_a_rare_one_is_told_in_full() -> None:
    kept = notices(*(("t.csv", line, "said_on", "bad-value") for line in range(1002, 1, -1)), ("t.csv", 7, "a", "b"))
    assert list(lines_of(kept, "warning: ")) == [
        "warning: 1,001 × values that cannot be read: said_on",
        "  t.csv:2: said_on: wrong at 2",
        "  t.csv:3: said_on: wrong at 3",
        "  t.csv:4: said_on: wrong at 4",
        "  … and 998 more: --report FILE writes them all",
        "warning: t.csv:7: a: wrong at 7",
    ]


def test_however_many_kinds_there_are_the_lines_are_few_and_the_counts_exact() -> None:
    kept = notices(*(("t", n, f"field{n}", "unknown-field") for n in range(1, 201)))
    lines = list(lines_of(kept))
    assert len(lines) == 51
    assert lines[-1].startswith("150 more, of 150 other kinds")


def test_looking_for_a_notice_among_many_of_one_line_is_no_search_through_them() -> None:
    """A file of JSON may be one line, and each problem is looked for before it is added."""
    many = notices(*(("a.json", 1, f"claims.{n}.quote", "bad-value") for n in range(2000)))
    steps: list[int] = []
    many._database.set_progress_handler(lambda: steps.append(100), 100)
    assert not many.has(Notice("a.json", 1, Problem(("claims", 2000, "quote"), "bad-value", "")))
    assert sum(steps) < 2000


def wrong_rows(folder: Path, count: int) -> Path:
    file = folder / "wrong.ndjson"
    rows = ({"key": f"k{n}", "quote": "words", "said_on": "soon", "source": {"key": "s"}} for n in range(count))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_a_report_is_printed_by_kinds_and_written_whole_to_a_file_or_as_json(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = wrong_rows(tmp_path, 12)
    text, told = tmp_path / "report.txt", tmp_path / "report.json"
    shown = run(database, "import", file, "--report", text)
    assert shown.exit_code == 1
    assert shown.stderr.splitlines()[0] == "12 × values that cannot be read: said_on"
    assert len(shown.stderr.splitlines()) == 5
    assert [line.partition(": ")[0] for line in text.read_text().splitlines()] == [
        *(f"{file}:{line}" for line in range(1, 13)), "claims", "nothing is stored"
    ]  # fmt: skip
    said = run(database, "import", file, "--json", "--report", told)
    assert (said.exit_code, said.stderr) == (1, "")
    assert json.loads(said.stdout) == json.loads(told.read_text())
    assert json.loads(said.stdout)["problems"]["count"] == 12


def test_the_json_of_a_report_has_every_problem(database: Database, tmp_path: Path) -> None:
    file = wrong_rows(tmp_path, 30)
    out = io.StringIO()
    write_json(import_paths(database, [file], dry_run=True), out, iter(()))
    said = json.loads(out.getvalue())
    assert (said["revision"], said["claims"]["rejected"], said["rows"]) == (None, 30, [])
    assert said["warnings"] == {"count": 0, "kinds": [], "all": []}
    problems = said["problems"]
    assert (problems["count"], len(problems["all"])) == (30, 30)
    [kind] = problems["kinds"]
    assert (kind["code"], kind["field"], kind["count"], len(kind["examples"])) == ("bad-value", "said_on", 30, 3)
    assert problems["all"][29] | {"detail": ""} == {
        "file": str(file), "line": 30, "key": "k29", "field": "said_on", "code": "bad-value", "detail": "",
        "did_you_mean": [],
    }  # fmt: skip


# Faults that follow from another: what is wrong, and how many records are rejected for it
FOLLOWED = {
    "the file's own source has a key": (
        "source: {key: s, title: T, kind: novel}\nclaims:\n" + "  - {quote: a}\n" * 20, "source.kind", 20
    ),
    "the file's own source has none": (
        "source: {title: T, publisher: ''}\nclaims:\n" + "  - {quote: a}\n" * 20, "source.publisher", 20
    ),
    "a speaker": (
        "source: {key: s, title: T}\nspeakers: [{key: ann, name: Ann, kind: robot}]\nclaims:\n"
        "  - {quote: a, speaker: {key: ann}}\n  - {quote: b, role: {title: t, organization: {key: ann}}}\n",
        "speakers.0.kind", 2,
    ),
    "a metric that the database refuses": (
        "source: {key: s, title: T}\nmetrics: [{key: m, unit: m}]\nclaims:\n"
        "  - {quote: a, figures: [{metric: {key: m}, value: 1}, {metric: {key: m}, value: 2}]}\n",
        "metrics.0", 1,
    ),
    "a claim that others relate to": (
        "source: {key: s, title: T}\nclaims:\n  - {key: a, quote: a, said_on: soon}\n"
        "  - {key: b, quote: b, relations: [{type: supports, key: a}]}\n"
        "  - {key: c, quote: c, relations: [{type: supports, key: a}]}\n",
        "claims.0.said_on", 2,
    ),
    "a claim that holds the source of others": (
        "claims:\n  - {key: a, quote: a, said_on: soon, source: {key: s, title: T}}\n"
        "  - {key: b, quote: b, source: {key: s}}\n",
        "claims.0.said_on", 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_follows_from_another_fault_is_told_once_with_its_number(import_yaml: Import, name: str) -> None:
    text, field, count = FOLLOWED[name]
    report = import_yaml(text)
    assert [fault.problem.field for fault in report.faults] == [field]
    [follows] = [one for one in report.warnings if one.problem.code == "follows"]
    assert follows.line == report.faults[0].line
    told = "1 record that names it is" if count == 1 else f"{count} records that name it are"
    assert f"{told} rejected with it" in follows.problem.detail


def test_a_fault_of_ones_own_follows_from_no_other(import_yaml: Import) -> None:
    report = import_yaml(
        "source: {key: s, title: T, kind: novel}\nclaims:\n  - {quote: a, source: {key: other}}\n"
        "  - {quote: b, source: {title: U, kind: novel}}\n"
    )
    assert [fault.problem.field for fault in report.faults] == [
        "source.kind",
        "claims.0.source",
        "claims.1.source.kind",
    ]


# Records that are only in the import that is rolled back: a text, and what is told of it in place of an id
ROLLED_BACK = {
    "a contradicted source": (
        "claims:\n  - {quote: a, source: {key: s, title: T}}\n  - {quote: b, source: {key: s, title: U}}\n",
        "'U' contradicts 'T' of the source s (FILE:2)",
    ),
    "the identifier of another": (
        "speakers:\n  - {key: a, name: A, identifiers: {viaf: '1'}}\n  - {key: b, name: B, identifiers: {viaf: '1'}}\n",
        "viaf:1 is of the speaker a (FILE:2) already",
    ),
    "a name that fits two": (
        "source: {key: s, title: T}\nspeakers:\n  - {key: a, name: Ann}\n  - {key: b, name: Ann}\n"
        "claims:\n  - {quote: a, speaker: {name: Ann}}\n",
        "the name Ann fits the speaker a (FILE:3), the speaker b (FILE:4); give the key",
    ),
    "the name of a metric": (
        "metrics:\n  - {key: a, name: Staff, unit: count}\n  - {key: b, name: staff, unit: count}\n",
        "the name staff is that of the metric a (FILE:2) already",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROLLED_BACK)
def test_what_is_rolled_back_is_named_by_key_and_place(import_yaml: Import, name: str) -> None:
    text, told = ROLLED_BACK[name]
    report = import_yaml(text)
    assert report.faults
    [fault] = [one for one in report.faults if told.replace("FILE", one.file) in one.problem.detail]
    assert not any(
        f"{prefix}_" in fault.problem.detail.replace(fault.file, "") for prefix in ("spk", "src", "met", "clm")
    )


def test_a_refused_import_counts_nothing_as_done(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text(
        '{"type": "metric", "key": "m", "name": "M"}\n{"key": "a", "quote": "a", "source": {"title": "T"}}\n'
        '{"key": "b", "quote": "b", "source": {"title": "T"}, "relations": [{"type": "supports", "key": "none"}]}\n'
    )
    for dry_run in (True, False):
        report = import_paths(database, [tmp_path], dry_run=dry_run)
        out = io.StringIO()
        write_json(report, out)
        said = json.loads(out.getvalue())
        assert (said["changes"], said["citations"], said["definitions"]) == ({}, {}, {})
        assert (said["claims"]["read"], said["claims"]["rejected"]) == (2, 2)


def test_rows_that_are_skipped_are_counted_beside_what_is_stored_or_rejected() -> None:
    stored, rejected = Report(read=5, skipped=2, did=Counter(created=3)), Report(read=5, skipped=2)
    rejected.faults.add(Notice("a.csv", 2, Problem((), "width", "3 cells")))
    for report, others in ((stored, {"created": 3}), (rejected, {"rejected": 3})):
        out = io.StringIO()
        write_json(report, out)
        said = json.loads(out.getvalue())
        claims = ImportReport(**said).claims
        assert claims.read == sum(claims.model_dump(exclude={"read", "wrong"}).values()) == 5
        assert {what: number for what, number in report.told_counts.items() if number} == {
            "read": 5,
            "skipped": 2,
        } | others
        read, again = decode(out.getvalue()), io.StringIO()
        assert read_report(read)[0].counts == report.counts
        write_said(read, again)
        assert again.getvalue() == out.getvalue()


def test_skipped_rows_are_told_by_file_and_reason_with_the_first_line(tmp_path: Path) -> None:
    reading, file = Reading(), SourceFile("a.csv", tmp_path)
    for line in (4, 5, 9):
        reading.skip(file, line, "{{ not statement }}")
    reading.skip(file, 7, "{{ old }}")
    reading.tell_skipped()
    assert (reading.skipped, [str(one) for one in reading.warnings]) == (4, [
        "a.csv:4: 3 rows, of which this is the first, are skipped: {{ not statement }}",
        "a.csv:7: 1 row is skipped: {{ old }}",
    ])  # fmt: skip
