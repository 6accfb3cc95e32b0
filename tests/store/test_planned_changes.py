"""A dry run lists what an import changes: the differences between the stored documents before and after it, roles by
tenure and places in texts included.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.records.document import encode
from app.store.write.outcomes import Outcome
from tests.asked import cases
from tests.importing import import_paths
from tests.store.stored import everything, rows

Doc = dict[str, Any]
Put = Callable[..., tuple[Report, list[tuple[str, Outcome]]]]

STAMPS = ("id", "version", "recorded_at", "updated_at", "revision")
CURRENT = {
    "claim": "SELECT d.doc FROM claims c JOIN documents d ON d.number = c.number WHERE c.until IS NULL",
    "source": "SELECT doc FROM sources WHERE until IS NULL",
    "speaker": "SELECT doc FROM speakers WHERE until IS NULL",
    "metric": "SELECT doc FROM metrics WHERE until IS NULL",
}


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Put:
    """Imports a file, or says what it would do; the report, and what is told with its places."""

    def run(content: Doc, **options: Any) -> tuple[Report, list[tuple[str, Outcome]]]:
        file = tmp_path / "edit.json"
        file.write_text(json.dumps(content))
        told: list[tuple[str, Outcome]] = []
        report = import_paths(database, [file], **options, tell=lambda *one: told.append(one))
        return report, told

    return run


def documents(database: Database) -> dict[tuple[str, str], Doc]:
    """The current documents of all claims and records by what they are and their key, as lists of changes show them."""
    found = {what: [json.loads(doc) for (doc,) in rows(database, sql)] for what, sql in CURRENT.items()}
    return {(what, doc["key"]): as_listed(doc) for what, docs in found.items() for doc in docs}


def as_listed(doc: Doc) -> Doc:
    """A document without stamps, with references by key, places without nulls, and dates of tenures as written."""
    listed = {name: by_key(value) for name, value in doc.items() if name not in (*STAMPS, "key")}
    for citation in listed.get("citations", ()):
        place = {name: value for name, value in (citation["locator"] or {}).items() if value is not None}
        citation["locator"] = place or None
    for tenure in listed.get("tenures", ()):
        for end in ("since", "until"):
            tenure[end] = tenure[end] and (tenure[end]["edtf"] if tenure[end]["as_stated"] is None else tenure[end])
    return listed


def by_key(value: Any) -> Any:
    if isinstance(value, dict):
        return value["key"] if "id" in value else {name: by_key(inner) for name, inner in value.items()}
    return [by_key(inner) for inner in value] if isinstance(value, list) else value


def differences(before: dict[tuple[str, str], Doc], after: dict[tuple[str, str], Doc]) -> dict[tuple[str, str], Doc]:
    """The fields in which documents differ that stand in both: {field: [before, after]}."""
    both = {one: (old, after[one]) for one, old in before.items() if one in after}
    found = {
        one: {name: [old[name], new[name]] for name in new if old[name] != new[name]}
        for one, (old, new) in both.items()
    }
    return {one: changes for one, changes in found.items() if changes}


def listed(told: list[tuple[str, Outcome]]) -> dict[tuple[str, str], Doc]:
    """The changes that are told; none is told twice."""
    changed = [((one.what, one.key), json.loads(encode(one.changes))) for _, one in told if one.changes]
    assert len(changed) == len(dict(changed))
    return dict(changed)


# Any edits: each kind of value that a field of the file may have

TENURES: list[list[Doc]] = [
    [{"title": "chief", "organization": {"key": "org", "name": "Office"}, "since": "2005", "until": "2015"}],
    [
        {"title": "chief", "since": "2005", "until": "2011"},
        {"title": "guard", "since": "2010", "until": {"edtf": ".."}},
    ],
    [],
]
TEXTS = ["We hired many. We said so.", "We hired a few. We said so, and we said so."]
SPEAKERS: list[Doc | None] = [
    {"key": "ann"}, {"key": "bo"}, {"name": "ann LEE"}, {"name": "Bo", "tenures": TENURES[0]}, {"name": "Somebody new"},
    {"key": "bo", "identifiers": {"viaf": "7"}, "note": "tall"}, None,
]  # fmt: skip
CLAIM: st.SearchStrategy[Doc] = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["a", "b", "c", "d"]),
        "quote": st.sampled_from(["We hired many", "we said so", "nowhere"]),
        "speaker": st.sampled_from(SPEAKERS),
        "said_on": st.sampled_from(["2010", "2014-05", "2020", None]),
    },
    optional={
        "venue": st.sampled_from(["here", "there"]),
        "roles": st.sampled_from([[{"title": "guest", "organization": {"name": "Elsewhere"}}], ["host", "chief"]]),
        "topics": st.sampled_from([["x"], ["x", "y"]]),
        "figures": st.sampled_from([[{"metric": "staff", "value": 5}], [{"metric": "staff", "low": 1, "high": 2.5}]]),
        "citations": st.sampled_from(
            [[{"source": {"key": "s"}, "locator": {"page": 3}}], [{"source": {"key": "t", "title": "T", "note": "n"}}]]
        ),
    },
)
FILE: st.SearchStrategy[Doc] = st.fixed_dictionaries(
    {"claims": st.lists(CLAIM, min_size=1, max_size=4, unique_by=lambda one: one["key"])},
    optional={
        "source": st.fixed_dictionaries(
            {"key": st.just("s")},
            optional={"text": st.sampled_from([*TEXTS, None]), "publisher": st.sampled_from(["Press", None])},
        ),
        "speakers": st.lists(
            st.fixed_dictionaries(
                {"key": st.sampled_from(["ann", "bo"])},
                optional={"tenures": st.sampled_from(TENURES), "aliases": st.sampled_from([["Annie"], []])},
            ),
            max_size=2,
            unique_by=lambda one: one["key"],
        ),
        "metrics": st.just([{"key": "staff", "name": "People", "definition": "heads"}]),
    },
)
BASE: Doc = {
    "source": {"key": "s", "title": "S", "text": TEXTS[0]},
    "speakers": [{"key": "ann", "name": "Ann Lee", "tenures": TENURES[0]}, {"key": "bo", "name": "Bo"}],
    "metrics": [{"key": "staff", "name": "staff", "unit": "count"}],
    "claims": [
        {"key": "a", "quote": "We hired many", "speaker": {"key": "ann"}, "said_on": "2010"},
        {"key": "b", "quote": "we said so", "speaker": {"key": "ann"}, "roles": ["guest"], "said_on": "2014-05"},
        {"key": "c", "quote": "nowhere", "speaker": {"key": "bo"}, "said_on": "2010", "source": {"key": "s"}},
    ],
}


def test_a_dry_run_lists_the_differences_of_what_is_stored_before_and_after_the_import(
    database: Database, put: Put
) -> None:
    assert not put(BASE)[0].faults
    seen: set[str] = set()

    @settings(
        cases(8 if database.dialect == "sqlite" else 2), suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(FILE)
    @example({"claims": BASE["claims"][2:], "speakers": [{"key": "ann", "tenures": TENURES[1]}]})
    @example(
        {
            "claims": [
                {"key": "a", "quote": "We hired many", "said_on": "2020", "speaker": {"name": "ann LEE"}},
                {"key": "d", "quote": "nowhere", "speaker": {"key": "bo"}, "venue": "here"},
            ],
            "speakers": [{"key": "ann", "aliases": ["Annie"]}],
            "source": {"key": "s", "text": TEXTS[1]},
        }
    )
    def edit(content: Doc) -> None:
        content = {"source": {"key": "s"}} | content
        before, stored = documents(database), everything(database)
        planned, told = put(content, dry_run=True)
        assert [str(fault) for fault in planned.faults] == []
        assert everything(database) == stored
        report, done = put(content)
        assert report.changes == planned.changes
        assert listed(told) == differences(before, documents(database))
        assert told == done
        assert sorted(map(str, report.warnings)) == sorted(map(str, planned.warnings))
        seen.update(name for _, one in told for name in one.changes)
        seen.update(one.action for _, one in told)

    edit()
    assert seen >= {
        "roles",
        "citations",
        "aliases",
        "tenures",
        "said_on",
        "created",
        "updated",
        "unchanged",
        "rendered",
    }


# Reports of roles

OFFICE = """\
source: {key: s, title: S}
speakers:
  - {key: ann, name: Ann,
     tenures: [{title: chief, since: 2005, until: 2015}, {title: guard, since: 2009, until: 2011}]}
claims:
"""
CHIEF, GUARD, GUEST = (
    {"title": title, "organization": None, "status": "current", "as_stated": None, "basis": basis}
    for title, basis in (("chief", "tenure"), ("guard", "tenure"), ("guest", "stated"))
)

# (the claim before and after, the changes that are listed, what claims lose)
ROLES: dict[str, tuple[str, str, Doc, list[str]]] = {
    "a stated role gives way to one by tenure": (
        "said_on: 2014, role: guest", "said_on: 2014",
        {"roles": [[GUEST], [CHIEF]]}, ["1 claim loses its stated roles"],
    ),
    "a stated role goes": (
        "role: guest", "venue: here", {"roles": [[GUEST], []], "venue": [None, "here"]}, ["1 claim loses its roles"],
    ),
    "the date goes, and the roles by tenure with it": (
        "said_on: 2010", "venue: here",
        {"roles": [[CHIEF, GUARD], []], "said_on": ["DATE", None], "venue": [None, "here"]},
        ["1 claim loses its said_on, 1 its roles"],
    ),
    "the date is another": (
        "said_on: 2010", "said_on: 2014",
        {"roles": [[CHIEF, GUARD], [CHIEF]], "said_on": ["DATE", "DATE"]}, ["1 claim loses some of its roles"],
    ),
    "the speaker goes": (
        "said_on: 2014", "said_on: 2014, speaker: null",
        {"speaker": ["ann", None], "roles": [[CHIEF], []]}, ["1 claim loses its speaker, 1 its roles"],
    ),
    "a role is stated": ("said_on: 2010", "said_on: 2010, role: guest", {"roles": [[CHIEF, GUARD], [GUEST]]}, []),
    "it is retracted without its date": (
        "said_on: 2014", "retraction: {kind: record_error}",
        {"roles": [[CHIEF], []], "said_on": ["DATE", None], "status": ["active", "retracted"]},
        ["1 claim loses its said_on, 1 its roles"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROLES)
def test_the_roles_that_are_told_are_those_that_are_stored(import_yaml: Callable[..., Report], case: str) -> None:
    before, after, expected, lost = ROLES[case]
    first = "  - {key: a, quote: a, speaker: {key: ann}, REST}\n"
    import_yaml(OFFICE + first.replace("REST", before))
    changed = first.replace("speaker: {key: ann}, ", "") if "speaker" in after else first
    for dry_run in (True, False):
        told: list[Outcome] = []
        report = import_yaml(
            OFFICE + changed.replace("REST", after), dry_run=dry_run, tell=lambda _, one, to=told: to.append(one)
        )
        changes = {name: values for name, values in told[0].changes.items() if name != "retraction"}
        changes |= {"said_on": [one and "DATE" for one in changes["said_on"]]} if "said_on" in changes else {}
        assert changes == expected
        assert [one.problem.detail for one in report.warnings if one.problem.code == "emptied"] == lost


def test_an_earlier_version_that_comes_back_is_told_with_the_roles_that_are_stored(
    import_yaml: Callable[..., Report],
) -> None:
    claim = "  - {key: a, quote: a, speaker: {key: ann}, said_on: 2014}\n"
    import_yaml(OFFICE + claim)
    import_yaml(OFFICE + claim.replace("2014", "2014, role: guest"))
    (told,) = (one.problem.detail for one in import_yaml(OFFICE + claim).warnings if one.problem.code == "taken-back")
    assert '"title":"chief"' in told.partition(" → ")[2]


def test_what_other_rows_and_definitions_change_is_listed_with_its_row_if_there_is_one(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "file.yaml"
    claims = "  - {key: a, quote: a, speaker: {key: ann}, said_on: 2014}\n"
    file.write_text(OFFICE + claims + "  - {key: b, quote: b, speaker: {key: ann}, said_on: 2014}\n")
    assert run(database, "import", file).exit_code == 0
    new = OFFICE.replace("title: chief", "title: head") + claims + "  - {key: c, quote: c, speaker: {name: ANN}}\n"
    file.write_text(new)
    lines = run(database, "import", "--dry-run", file).stdout.splitlines()
    heads = [line for line in lines if not line.startswith("    ")]
    assert heads[:4] == [
        f"{file}:3: updated speaker ann",
        f"{file}:6: rendered a",
        f"{file}:7: created c",
        "rendered b",
    ]
    assert '    aliases: [] → ["ANN"]' in lines
    told = json.loads(run(database, "import", "--dry-run", "--json", file).stdout)["rows"]
    assert [(row["line"], row["action"], [*row["changes"]]) for row in told] == [
        (3, "updated", ["aliases", "tenures"]),
        (6, "rendered", ["roles"]),
        (7, "created", []),
        (None, "rendered", ["roles"]),
    ]
    assert told[3]["file"] is None
