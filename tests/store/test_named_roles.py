"""Roles by tenure that a row names without their basis: they stay so, or are stated, however often it is imported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.asked import cases
from tests.importing import import_paths
from tests.store.stored import claim

Put = Callable[..., Report]

PEOPLE = """\
{"type": "speaker", "key": "court", "name": "Court", "kind": "organization"}
{"type": "speaker", "key": "bo", "name": "Bo", "tenures": [
{"title": "clerk", "organization": {"key": "court"}, "since": "2005", "until": "2030"},
{"title": "judge", "organization": {"key": "court"}, "since": "2010", "until": "2020"}]}
{"type": "speaker", "key": "ann", "name": "Ann", "tenures": [{"title": "judge", "since": "2010", "until": "2030"}]}
""".replace(",\n", ",").replace("[\n", "[")
CLAIM: dict[str, Any] = {"key": "a", "quote": "q", "speaker": {"key": "bo"}, "source": {"key": "s", "title": "S"}}


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Put:
    """Imports files, texts by name, as one revision."""

    def run(files: dict[str, str], **options: Any) -> Report:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        report = import_paths(database, [tmp_path / name for name in files], **options)
        assert [str(fault) for fault in report.faults] == [], files
        return report

    return run


def start(put: Put, said_on: str = "2015") -> None:
    """Store the people, and a claim without a stated role."""
    put({"people.ndjson": PEOPLE + json.dumps(CLAIM | {"said_on": said_on, "roles": []})})


def table(row: dict[str, str]) -> str:
    """A table of one row, of claim a."""
    file = io.StringIO()
    csv.writer(file).writerows([["key", *row], ["a", *row.values()]])
    return file.getvalue()


def roles(database: Database) -> list[tuple[str, str | None, str]]:
    """The roles of claim a: title, key of the organization, basis."""
    shown = claim(database, "a")["roles"]
    return [(role["title"], role["organization"] and role["organization"]["key"], role["basis"]) for role in shown]


CLERK, JUDGE = ("clerk", "court", "tenure"), ("judge", "court", "tenure")
STATED = [("clerk", "court", "stated"), ("judge", "court", "stated")]
ROWS: dict[str, tuple[dict[str, str], list[Any], list[str]]] = {
    "follows": ({"roles.1.title": "judge", "said_on": "2016"}, [CLERK, JUDGE], []),
    "moves up": ({"roles.0.title": "judge", "said_on": "2016"}, [CLERK, JUDGE], []),
    "another alone": ({"roles.0.title": "clerk", "said_on": "2025"}, [CLERK], []),
    "of both": ({"roles.0.title": "clerk", "roles.1.title": "judge", "said_on": "2025"}, STATED, ["judge"]),
    "no date": ({"roles.0.title": "clerk", "said_on": ""}, STATED[:1], ["clerk"]),
    "column apart": ({"roles.4.title": "judge", "said_on": "2025"}, STATED[1:], ["judge"]),
    "short": ({"role": "judge", "said_on": "2025"}, STATED[1:], ["judge"]),
    "empty basis": ({"roles.0.title": "judge", "roles.0.basis": "", "said_on": "2025"}, STATED[1:], ["judge"]),
    "with its organization": (
        {"roles.0.title": "judge", "roles.0.organization.name": "Court", "said_on": "2025"}, STATED[1:], ["judge"],
    ),
    "same title of another speaker": ({"role": "judge", "speaker.key": "ann"}, [("judge", None, "tenure")], []),
    "another organization": (
        {"roles.0.title": "judge", "roles.0.organization.key": "court", "speaker.key": "ann"}, STATED[1:], ["judge"],
    ),
    "another speaker": ({"roles.0.title": "clerk", "speaker.key": "ann"}, [("clerk", None, "stated")], ["clerk"]),
    "beside another": (
        {"roles.0.title": "clerk", "roles.1.title": "guest", "said_on": "2016"},
        [("clerk", "court", "stated"), ("guest", "court", "stated")], [],
    ),
    "emptied": ({"roles.0.title": "", "said_on": "1990"}, [], []),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_role_by_tenure_that_a_row_names_stays_or_is_stated(database: Database, put: Put, name: str) -> None:
    start(put)
    row, expected, stated = ROWS[name]
    report = put({"t.csv": table(row)})
    warned = [str(one.problem) for one in report.warnings if one.problem.code == "role-stated"]
    assert roles(database) == expected
    for title, warning in zip(stated, warned, strict=True):
        told = f"the role {title} is stated from now on, for it follows no more from what the speaker held: give"
        assert warning.endswith(f"{told} the roles without it to have none")
    held = claim(database, "a")
    again = put({"t.csv": table(row)})
    assert (again.revision, again.counts["unchanged"], claim(database, "a")) == (None, 1, held)


def test_a_warning_of_a_stated_role_names_its_column(put: Put) -> None:
    start(put)
    report = put({"t.csv": table({"roles.0.title": "", "roles.1.title": "judge", "said_on": "2025"})})
    assert [one.problem.path for one in report.warnings if one.problem.code == "role-stated"] == [("roles.1",)]


def test_a_named_role_is_stated_where_the_same_import_takes_its_tenure(database: Database, put: Put) -> None:
    start(put)
    files = {"people.ndjson": '{"type": "speaker", "key": "bo", "tenures": []}', "t.csv": table({"role": "judge"})}
    put(files)
    assert roles(database) == STATED[1:]
    assert put(files).revision is None


def test_a_row_that_finds_its_claim_by_its_words_keeps_its_role(put: Put) -> None:
    whole = {name: value for name, value in CLAIM.items() if name != "key"} | {"said_on": "2015"}
    put({"people.ndjson": PEOPLE + json.dumps(whole)})
    files = {"t.csv": "quote,speaker.key,source.key,role,said_on\nq,bo,s,judge,2015\n"}
    assert put(files).counts["unchanged"] == 1
    files["people.ndjson"] = '{"type": "speaker", "key": "bo", "tenures": []}'
    report = put(files)
    assert (report.counts["updated"], "role-stated" in [one.problem.code for one in report.warnings]) == (1, True)
    assert put(files).revision is None


@pytest.mark.parametrize("patches", [True, False])
@pytest.mark.parametrize("form", ["role", "roles"])
def test_a_member_without_a_basis_is_stated_at_once(database: Database, put: Put, patches: bool, form: str) -> None:
    start(put)
    own = {"title": "judge", "organization": {"key": "court"}}
    text = json.dumps(CLAIM | {"said_on": "2025", form: own if form == "role" else [own]})
    put({"c.ndjson": text}, patch=patches)
    assert roles(database) == STATED[1:]
    assert put({"c.ndjson": text}, patch=patches).revision is None


TITLES = st.sampled_from(["", "clerk", "judge", "guest"])
CELLS = {
    "said_on": st.sampled_from(["2007", "2015", "2025", "1990", ""]), "speaker.key": st.sampled_from(["ann", "bo"]),
    **{f"roles.{n}.title": TITLES for n in range(3)}, "roles.0.organization.key": st.sampled_from(["", "court"]),
    "roles.0.basis": st.just(""), "roles.0.status": st.sampled_from(["current", ""]),
}  # fmt: skip
TENURES = st.lists(
    st.fixed_dictionaries(
        {"title": TITLES.filter(bool), "since": st.sampled_from(["2000", "2010"]), "until": st.just("2020")},
        optional={"organization": st.just({"key": "court"})},
    ), max_size=3,
)  # fmt: skip


def test_a_narrow_table_is_imported_twice(database: Database, put: Put) -> None:
    start(put)
    files = {"claim.ndjson": json.dumps(CLAIM | {"said_on": "2015", "roles": []})}
    many = 25 if database.dialect == "sqlite" else 3

    @settings(cases(many), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(TENURES, st.none() | TENURES, st.fixed_dictionaries({}, optional=CELLS))
    def twice(before: list[Any], after: list[Any] | None, row: dict[str, str]) -> None:
        if not row.get("roles.0.title"):
            row.pop("roles.0.status", None)  # which is no role by itself
        put({"before.ndjson": json.dumps({"type": "speaker", "key": "bo", "tenures": before})} | files)
        new = {"type": "speaker", "key": "bo", "tenures": after}
        edit = {"t.csv": table(row)} | ({} if after is None else {"after.ndjson": json.dumps(new)})
        put(edit)
        held = claim(database, "a")
        again = put(edit)
        assert (claim(database, "a")["roles"], again.revision) == (held["roles"], None), (before, edit)

    twice()
