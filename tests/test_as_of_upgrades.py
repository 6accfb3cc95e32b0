"""A new index keeps what `as_of` promises: at each earlier revision the same claims, with the same documents.

A search by q may find more than the release of that day found: it goes by today's word rules, at every revision.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import create_app
from app.store.database.engine import Database
from app.store.upgrade.upgrade import migrate
from tests.asked import cases
from tests.conftest import ENGINES, migrate_to
from tests.importing import import_paths
from tests.store.earlier_rows import copy_to_earlier
from tests.store.stored import rows

pytestmark = pytest.mark.own_database

WORDS = ("alpha", "Ölaf", "война", "gamma")
Doc = dict[str, Any]
Records = st.SearchStrategy[Doc]

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True).map(" ".join)
claims: Records = st.fixed_dictionaries(
    {"key": st.sampled_from(["k1", "k2", "k3"]), "quote": words},
    optional={
        "speaker": st.sampled_from([{"key": "a"}, {"key": "b"}]),
        "said_on": st.sampled_from(["2020", "2021-05-01"]),
        "topics": st.lists(st.sampled_from(["x", "y"]), max_size=1),
        "retraction": st.just({"kind": "record_error"}),
    },
)
speakers: Records = st.fixed_dictionaries(
    {"key": st.sampled_from(["a", "b"]), "name": st.sampled_from(["Ann", "Ölaf Berg"])},
    optional={"aliases": st.lists(st.sampled_from(["gamma", "Née X"]), max_size=1)},
)
sources: Records = st.fixed_dictionaries(
    {"key": st.just("s"), "title": st.just("T")},
    optional={"publisher": st.sampled_from(["P", "Q"]), "kind": st.sampled_from(["report", "post"])},
)
files: Records = st.fixed_dictionaries(
    {
        "source": sources,
        "claims": st.lists(claims, max_size=3, unique_by=lambda claim: str(claim["key"])),
    },
    optional={"speakers": st.lists(speakers, max_size=2, unique_by=lambda speaker: str(speaker["key"]))},
)
BASE: Doc = {
    "source": {"key": "s", "title": "T"},
    "speakers": [{"key": key, "name": f"Name {key}", "kind": "person"} for key in "ab"],
    "claims": [{"key": "k1", "speaker": {"key": "a"}, "quote": "alpha gamma", "said_on": "2020"}],
}


@pytest.mark.parametrize("engine", ENGINES)
@settings(cases(4), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(history=st.lists(files, min_size=1, max_size=4), schema=st.sampled_from(["0001", "0005", "0010"]))
def test_every_revision_has_the_same_claims_and_documents(
    fresh: Callable[[str], Database],
    new_database: Callable[[str], Database],
    tmp_path: Path,
    engine: str,
    history: list[Doc],
    schema: str,
) -> None:
    today, old = new_database(engine), fresh(engine)
    file = tmp_path / "said.json"
    for content in (BASE, *history):
        file.write_text(json.dumps(content))
        import_paths(today, [file], processes=1)  # some contradict what is stored, and are refused
    migrate_to(old, schema)
    with today.read() as source, old.write() as target:
        copy_to_earlier(source, target)
    migrate(old)
    [(newest,)] = rows(today, "SELECT max(number) FROM revisions")
    with TestClient(create_app(old)) as client:
        for revision in range(1, newest + 1):
            stored = current(today, revision)
            assert found(client, revision) == [doc for doc, _ in stored]
            for word in WORDS:
                wanted = [doc for doc, text in stored if word.casefold() in text.casefold().split()]
                assert found(client, revision, q=word, sort="-said_on") == wanted, (revision, word)


def found(client: TestClient, revision: int, **asked: str) -> list[Doc]:
    """The claims of a list as of a revision."""
    answer = client.get("/v1/claims", params={"as_of": revision, "status": "any", **asked})
    assert answer.status_code == 200, answer.text
    data: list[Doc] = answer.json()["data"]
    return data


def current(database: Database, revision: int) -> list[tuple[Doc, str]]:
    """The claims of a revision by their rows, newest first, each with its quote and the names of its speaker."""
    at = "{0}.since <= :revision AND ({0}.until IS NULL OR {0}.until > :revision)"
    read = (
        "SELECT d.doc, s.doc FROM claims c JOIN documents d USING (number) LEFT JOIN speakers s"  # noqa: S608
        f" ON s.id = c.speaker_id AND {at.format('s')} WHERE {at.format('c')} ORDER BY c.id"
    )
    claims = []
    for text, speaker in rows(database, read, revision=revision):
        doc, names = json.loads(text), json.loads(speaker or "null")
        said = [doc["quote"], *([names["name"], *names["aliases"]] if names else [])]
        claims.append((doc, " ".join(said)))
    return sorted(claims, key=lambda claim: (claim[0]["said_on"] or {}).get("earliest") or "", reverse=True)
