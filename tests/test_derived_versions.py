"""Databases of earlier releases: documents gain fields, and wrong content is corrected in a revision of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.domain.text import quote_matcher
from app.errors import NotReady
from app.main import create_app
from app.store.database.derived_versions import DOCUMENT_VERSION
from app.store.database.engine import Database
from app.store.records.document import decode, encode
from app.store.records.fields import MODELS
from app.store.records.shapes import complete
from app.store.upgrade.upgrade import migrate
from tests.conftest import NOON, SEED
from tests.importing import import_paths
from tests.store.stored import everything, rows

pytestmark = pytest.mark.own_database

TEXT = "The minister said: we hired many people. It was late."
WRONG = {
    "source": {"key": "s", "title": "T", "text": TEXT},
    "speakers": [{"key": "a", "name": "Ann Lee", "kind": "person"}],
    "claims": [
        {"key": "k1", "speaker": {"key": "a"}, "quote": "we hired many people", "said_on": "2020"},
        {"key": "k2", "speaker": {"key": "a"}, "quote": "It was late", "said_on": "2020"},
        {
            "key": "k3",
            "speaker": {"key": "a"},
            "quote": "gone",
            "said_on": "2020",
            "retraction": {"kind": "record_error"},
        },
    ],
}


@pytest.fixture
def wrong(database: Database, tmp_path: Path) -> Database:
    """A database whose content an earlier release derived wrongly: a quote that it did not find, a role by tenure that
    nothing says.
    """
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(WRONG))
    assert not import_paths(database, [file], at=NOON).faults
    role = '[{"title":"mayor","organization":null,"status":"current","as_stated":null,"basis":"tenure"}]'
    with database.write() as connection:
        for old, new, key in (
            ('"verification":"verbatim"', '"verification":"not_found"', "k1"),
            ('"roles":[]', f'"roles":{role}', "k2"),
        ):
            connection.execute(
                text("UPDATE documents SET doc = replace(doc, :old, :new) WHERE doc LIKE :own"),
                {"old": old, "new": new, "own": f'%"key":"{key}"%'},
            )
        own = "SELECT c.number FROM claims c JOIN record_keys k ON k.type = 'clm' AND k.id = c.id WHERE k.key = 'k1'"
        connection.execute(text(f"UPDATE citations SET verification = 'not_found' WHERE number IN ({own})"))  # noqa: S608
        connection.execute(text("DELETE FROM derived_versions WHERE name IN ('content', 'index')"))
        connection.execute(text("INSERT INTO derived_versions VALUES ('content', 1, 0), ('index', 1, 0)"))
    database.forget()
    return database


def answers(database: Database, *queries: str) -> list[Any]:
    with TestClient(create_app(database)) as client:
        return [client.get(f"/v1/claims?{query}").json()["data"] for query in queries]


def test_wrong_content_is_corrected_in_a_revision_of_its_own(wrong: Database) -> None:
    before = answers(wrong, "as_of=1", "as_of=1&status=any")
    done = migrate(wrong)
    assert (done.revision, done.changes, done.warnings) == (2, {"rendered": 2}, [])
    assert answers(wrong, "as_of=1", "as_of=1&status=any") == before
    now = {doc["key"]: doc for doc in answers(wrong, "")[0]}
    assert now["k1"]["citations"][0]["verification"] == "verbatim"
    assert now["k2"]["roles"] == []
    assert {key: (doc["version"], doc["revision"]) for key, doc in now.items()} == {"k1": (1, 2), "k2": (1, 2)}
    assert rows(wrong, "SELECT actor, counts FROM revisions WHERE number = 2") == [("migrate", '{"rendered":2}')]


def test_corrected_content_is_found_as_it_is_now_and_as_it_was(wrong: Database) -> None:
    migrate(wrong)
    now, then = answers(wrong, "verification=verbatim", "verification=verbatim&as_of=1")
    assert sorted(doc["key"] for doc in now) == ["k1", "k2"]
    assert [doc["key"] for doc in then] == ["k2"]


BROKEN = {
    "source": {"key": "s", "title": "T", "text": "He said we can do it now. Later: we can\ndo it again."},
    "claims": [
        {"key": "k1", "quote": "we can do it"},
        {"key": "k2", "quote": "we can do it", "locator": {"prefix": "He said"}},
        {"key": "k3", "quote": "do it now"},
    ],
}


def test_a_place_that_only_a_line_break_settled_is_corrected(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As content rules 2 had it: the first place was definite, since the second is broken over two lines."""
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(BROKEN))
    with monkeypatch.context() as patched:
        patched.setattr(quote_matcher, "_broken_otherwise", lambda *_: [])
        assert not import_paths(database, [file], at=NOON).faults
    with database.write() as connection:
        connection.execute(text("DELETE FROM derived_versions WHERE name = 'content' AND version > 2"))
    database.forget()
    assert migrate(database).changes == {"rendered": 1}
    now, then, found = answers(database, "", "as_of=1", "verification=ambiguous")
    places = {doc["key"]: (doc["citations"][0]["verification"], doc["citations"][0]["locator"]) for doc in now}
    assert {key: status for key, (status, _) in places.items()} == {
        "k1": "ambiguous",
        "k2": "verbatim",
        "k3": "verbatim",
    }
    assert places["k1"][1]["start"] is None
    assert places["k2"][1]["start"] == 8
    assert [doc["citations"][0]["verification"] for doc in then] == ["verbatim"] * 3
    assert [doc["key"] for doc in found] == ["k1"]


def test_correcting_again_changes_nothing(wrong: Database) -> None:
    migrate(wrong)
    before = everything(wrong)
    assert migrate(wrong).revision is None
    assert everything(wrong) == before


def test_migrate_says_what_it_corrected(wrong: Database, run: Callable[..., Any]) -> None:
    done = run(wrong, "migrate")
    assert done.exit_code == 0
    assert "corrected, stored as revision 2: 2 rendered" in done.stdout


def test_an_import_into_a_database_whose_documents_lacked_fields(database: Database) -> None:
    """As if this release had added them: the next import compares, and does not die of a missing field."""
    assert not import_paths(database, [SEED], at=NOON).faults
    whole = everything(database)["documents"]
    with database.write() as connection:
        for old in (',"venue":null', ',"translated_from":null', ',"via":null', ',"change":null', ',"assessments":[]'):
            connection.execute(text("UPDATE documents SET doc = replace(doc, :old, '')"), {"old": old})
        connection.execute(text("UPDATE speakers SET doc = replace(doc, :old, '')"), {"old": ',"note":null'})
        connection.execute(text("UPDATE derived_versions SET version = 1 WHERE name = 'documents'"))
    assert everything(database)["documents"] != whole
    migrate(database)
    assert everything(database)["documents"] == whole
    assert import_paths(database, [SEED]).revision is None


@pytest.mark.parametrize("prefix", MODELS)
def test_a_whole_document_is_left_as_it_is(seeded: Database, prefix: str) -> None:
    table = {"clm": "documents", "spk": "speakers", "src": "sources", "met": "metrics"}[prefix]
    found = [doc for (doc,) in rows(seeded, f"SELECT doc FROM {table}")]  # noqa: S608  # names of our own tables
    assert found
    assert [encode(complete(prefix, decode(doc))) for doc in found] == found


def test_completing_adds_blank_fields_and_changes_no_value() -> None:
    old = {"id": "met_1", "name": "Jobs", "unit": "count", "extra": [1], "version": 3}
    whole = complete("met", old)
    assert {name: whole[name] for name in old} == old
    assert whole["definition"] is None
    assert list(whole)[-1] == "extra"


TWICE = {  # one document at two addresses: two proofs for an earlier release
    "claims": [
        {
            "key": "twice",
            "quote": "q",
            "citations": [{"source": {"url": f"https://a.example/x{end}"}} for end in ("", "?utm_source=rss")],
        }
    ]
}


def test_documents_count_since_a_revision_of_its_own_and_sources_before(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    file.write_text(json.dumps(TWICE))
    assert not import_paths(database, [file], at=NOON).faults
    with database.write() as connection:
        connection.execute(text("DELETE FROM derived_versions WHERE name IN ('content', 'index')"))
        connection.execute(text("INSERT INTO derived_versions VALUES ('content', 1, 0), ('index', 1, 0)"))
    counts = [f"source__count__gte={number}{as_of}" for as_of in ("&as_of=1", "") for number in (1, 2)]
    assert migrate(database).changes == {"rendered": 1}
    assert [len(found) for found in answers(database, *counts)] == [1, 1, 1, 0]
    # An index that is made anew once more has both as they are.
    with database.write() as connection:
        connection.execute(text("UPDATE derived_versions SET version = 1 WHERE name = 'index'"))
    assert migrate(database).changes == {}
    assert [len(found) for found in answers(database, *counts)] == [1, 1, 1, 0]


LACKS = "lacks venue, though its document is of version {}, which is this release's: count DOCUMENT_VERSION up"


def test_a_field_of_which_no_version_tells_is_told(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text(json.dumps(WRONG))
    assert not import_paths(database, [file]).faults
    with database.write() as connection:
        connection.execute(text("UPDATE documents SET doc = replace(doc, :venue, '')"), {"venue": '"venue":null,'})
        connection.execute(text("UPDATE derived_versions SET version = version - 1 WHERE name = 'index'"))
    for run in (migrate, lambda database: import_paths(database, [file])):
        with pytest.raises(NotReady) as told:
            run(database)
        assert LACKS.format(DOCUMENT_VERSION) in str(told.value)
    with database.write() as connection:  # as it is where the version was counted up
        connection.execute(text("UPDATE derived_versions SET version = version - 1 WHERE name = 'documents'"))
    migrate(database)
    assert import_paths(database, [file]).revision is None
