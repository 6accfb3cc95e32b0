"""Following a server: a second database that ends with exactly what the first has, whatever happens on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.cli import followed_server
from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from app.store.write.merge import merge_records
from tests.api.served import Served, serving
from tests.store.contents import contents
from tests.store.stored import everything, rows, write_files

Run = Callable[..., Result]

OWN = {  # what does not come along: texts, what files gave of speakers, keys
    "source_texts", "speaker_definitions", "api_keys", "idempotent_answers", "following", "derived_versions",
}  # fmt: skip
ONE = """\
source: {key: one, title: One, publisher: Reuters, url: https://a.example/1, language: en, text: Alpha words here.}
speakers:
  - {key: bob, name: Bob Miles, kind: person, aliases: [Bobby], identifiers: {wikidata: Q1},
     tenures: [{title: envoy, organization: {key: office, name: The Office}, since: 2018, until: 2021}]}
  - {key: ann, name: Ann Hill, kind: person}
metrics: [{key: staff, name: staff, unit: count}, {key: crew, name: crew, unit: count}]
claims:
  - {key: k1, speaker: {key: bob}, quote: alpha words, said_on: 2020-05, topics: [a, b],
     figures: [{metric: {key: staff}, value: 5.10}]}
  - {key: k2, speaker: {key: ann}, quote: beta “words”, relations: [{type: updates, key: k1}]}
  - {speaker: {name: an official, kind: unnamed}, paraphrase: keyless,
     assessments: [{publisher: P, rating: 'False'}]}
"""
TWO = """\
source: {key: two, title: Two, publisher: AP, url: https://a.example/2, published_on: 2021}
speakers: [{key: robert, name: Robert Miles, kind: person}]
claims:
  - {key: k3, speaker: {key: robert}, quote: gamma words, figures: [{metric: {key: crew}, value: 7}]}
  - {key: k1, speaker: {key: bob}, quote: alpha words, said_on: 2020-06, topics: [b]}
"""
RENAMED = "speakers: [{key: bob, name: Bob Hill, kind: person}]\n"
RETRACTED = """\
source: {key: two}
claims: [{key: k3, speaker: {key: robert}, quote: gamma words, retraction: {kind: record_error, reason: wrong}}]
"""


@pytest.fixture
def served(database: Database) -> Iterator[Served]:
    """The first database, on a port."""
    with serving(database) as running:
        yield running


@pytest.fixture
def copy(database: Database, new_database: Callable[[str], Database]) -> Iterator[Database]:
    """The second database, empty, of the other engine."""
    made = new_database("sqlite" if database.dialect == "postgresql" else "postgresql")
    yield made
    made.close()


@pytest.fixture
def follow(served: Served, copy: Database, run: Run) -> Callable[..., Result]:
    """`onrecord follow URL --once`."""
    return lambda *more: run(copy, "follow", served.url.removesuffix("/v1/claims"), "--once", *more)


def write(database: Database, folder: Path, *texts: str) -> None:
    for text in texts:
        report = import_paths(database, [write_files(folder, seed=text)])
        assert not report.faults, [str(one) for one in report.faults]


def merge(database: Database, old: str, into: str) -> None:
    found = {key: f"{kind}_{number}" for kind, number, key in rows(database, "SELECT type, id, key FROM record_keys")}
    merge_records(database, found[old], found[into])


def records_of(database: Database) -> dict[str, list[str]]:
    """All that is to be the same."""
    return {name: found for name, found in contents(database).items() if name not in OWN}


def exports_of(database: Database) -> list[bytes]:
    """The NDJSON of each revision."""
    ((newest,),) = rows(database, "SELECT max(number) FROM revisions")
    with TestClient(create_app(database)) as client:
        return [
            client.get("/v1/claims/export", params={"format": "ndjson", "status": "any", "as_of": number}).content
            for number in range(1, newest + 1)
        ]


def assert_same(copy: Database, database: Database) -> None:
    """The copy answers as the first does, as of each revision, and has all that it has."""
    assert exports_of(copy) == exports_of(database)
    assert records_of(copy) == records_of(database)


def ended(done: Result) -> str:
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("limit", [1, 500])
def test_a_copy_has_all_that_the_server_has_as_of_each_revision(
    database: Database, copy: Database, follow: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(followed_server, "LIMIT", limit)
    write(database, tmp_path, ONE, TWO)
    assert "is at revision 2, as http" in ended(follow())
    assert_same(copy, database)
    for old, into in (("robert", "bob"), ("crew", "staff"), ("one", "two"), ("bob", "ann")):
        merge(database, old, into)  # robert goes along with bob
    write(database, tmp_path, RENAMED, RETRACTED)
    ended(follow())
    assert_same(copy, database)
    before = everything(copy)
    ended(follow())
    assert everything(copy) == before


def test_a_copy_that_is_followed_while_many_write_ends_with_the_same(
    database: Database, copy: Database, follow: Run, tmp_path: Path
) -> None:
    write(database, tmp_path, ONE)

    def work(name: str) -> None:
        for n in range(6):
            claims = [
                {"key": f"{name}{one}", "speaker": {"name": f"Speaker {one}"}, "quote": f"words {n} {one}",
                 "figures": [{"metric": "staff", "value": n}]}
                for one in range(n + 1)
            ]  # fmt: skip
            if n == 4:
                claims[0]["retraction"] = {"kind": "record_error", "reason": "wrong"}
            text = json.dumps({"source": {"title": f"Of {name}"}, "claims": claims})
            write(database, tmp_path / name, text)
        write(database, tmp_path / name, json.dumps({"speakers": [{"key": name, "name": f"Writer {name}"}]}))
        merge(database, name, "bob")

    writers = [threading.Thread(target=work, args=(name,)) for name in ("x", "y", "z")]
    for one in writers:
        one.start()
    while any(one.is_alive() for one in writers):
        ended(follow())
    for one in writers:
        one.join()
    ended(follow())
    assert rows(copy, "SELECT max(number) FROM revisions") == [(1 + 3 * 8,)]
    assert_same(copy, database)
