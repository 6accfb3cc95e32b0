"""Following a server: a second database that ends with exactly what the first has, whatever happens on the way."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.cli import followed_server
from app.cli.followed_server import FollowedServer
from app.cli.following import follow
from app.main import create_app
from app.store.access.keys import make_key
from app.store.database.derived_versions import CONTENT_RULES
from app.store.database.engine import Database
from app.store.write.merge import merge_records
from app.store.write.purge import Asked, purge_records
from app.store.write.undo import undo_revision
from tests.api.served import Served, serving
from tests.importing import import_paths
from tests.store.contents import contents
from tests.store.stored import everything, rows, write_files
from tests.store.writers import Beside
from tests.waiting import comes_true

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
  - {key: k2, speaker: {key: ann}, quote: beta “words”, dataset: wire, relations: [{type: updates, key: k1}]}
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
OTHER = """\
source: {key: three, title: Three}
claims: [{key: k9, speaker: {key: zoe, name: Zoe}, quote: new, dataset: zoe}]
"""
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
def following(served: Served, copy: Database, run: Run) -> Callable[..., Result]:
    """`onrecord follow URL --once`."""
    return lambda *more: run(copy, "follow", address(served), "--once", *more)


def address(served: Served) -> str:
    return served.url.removesuffix("/v1/claims")


def newest(database: Database) -> int:
    ((number,),) = rows(database, "SELECT coalesce(max(number), 0) FROM revisions")
    return int(number)


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
    with TestClient(create_app(database)) as client:
        return [
            client.get("/v1/claims/export", params={"format": "ndjson", "status": "any", "as_of": number}).content
            for number in range(1, newest(database) + 1)
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
    database: Database, copy: Database, following: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(followed_server, "LIMIT", limit)
    write(database, tmp_path, ONE, TWO)
    assert "is at revision 2, as http" in ended(following())
    assert_same(copy, database)
    for old, into in (("robert", "bob"), ("crew", "staff"), ("one", "two"), ("bob", "ann")):
        merge(database, old, into)  # robert goes along with bob
    for number in (6, 7, 8, 4):  # bob and ann are two again, are one again, and two; robert goes along
        undo_revision(database, number)
    write(database, tmp_path, RENAMED, RETRACTED)
    ended(following())
    assert_same(copy, database)
    undo_revision(database, newest(database))  # it is no longer retracted
    write(database, tmp_path, OTHER)
    undo_revision(database, newest(database))  # its claim ends
    write(database, tmp_path, OTHER)  # and comes back by its key
    ended(following())
    assert rows(copy, "SELECT count(*) FROM revisions WHERE undoes IS NOT NULL") == [(6,)]
    assert rows(copy, "SELECT count(DISTINCT kind), count(*) > 0 FROM ended_records") == [(1, 1)]
    assert_same(copy, database)
    before = everything(copy)
    ended(following())
    assert everything(copy) == before


def test_a_copy_that_is_followed_while_many_write_ends_with_the_same(
    database: Database, copy: Database, following: Run, tmp_path: Path
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
        ended(following())
    for one in writers:
        one.join()
    ended(following())
    assert newest(copy) == 1 + 3 * 8
    assert_same(copy, database)


def follow_on(pipe: Connection, url: str, server: str) -> None:
    """Follow a server without end, in a process of its own."""
    pipe.send("begun")
    database = Database(url)
    follow(database, FollowedServer(server), lambda *_: None, once=False)


def test_a_copy_whose_process_is_killed_goes_on_without_loss_or_doubling(
    database: Database, copy: Database, served: Served, following: Run, tmp_path: Path
) -> None:
    write(database, tmp_path, ONE)
    for n, text in enumerate((TWO, RENAMED)):
        process = Beside(follow_on, copy, address(served))
        assert process.said() == "begun"
        assert comes_true(lambda n=n: newest(copy) == n + 1)  # type: ignore[misc]  # bound at once
        write(database, tmp_path, text)
        process.kill()
    ended(following())
    assert_same(copy, database)


def test_a_server_that_is_away_is_asked_again(
    database: Database,
    copy: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(database, tmp_path, ONE)
    monkeypatch.setattr(followed_server, "WAIT", 1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            running.enter_context(serving(database, port))

    def tell(_what: str, done: int, _every: int | None) -> None:
        if done == 1:
            raise InterruptedError

    monkeypatch.setattr("app.cli.following.time.sleep", sleep)
    with ExitStack() as running, closing(FollowedServer(f"http://127.0.0.1:{port}")) as server:
        with pytest.raises(InterruptedError):
            follow(copy, server, tell, once=False)
        assert slept == [1, 2, 4]
        assert newest(copy) == 1
    assert "does not answer" in capsys.readouterr().err


def test_a_copy_that_has_caught_up_says_so_once(
    database: Database, copy: Database, served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(database, tmp_path, ONE, TWO)

    def write_more() -> None:
        assert comes_true(lambda: newest(copy) == 2)
        write(database, tmp_path, RENAMED)
        assert comes_true(lambda: newest(copy) == 3)
        write(database, tmp_path, OTHER)

    def tell(_what: str, done: int, _every: int | None) -> None:
        if done == 4:
            raise InterruptedError

    writer = threading.Thread(target=write_more)
    writer.start()
    with closing(FollowedServer(address(served))) as server, pytest.raises(InterruptedError):
        follow(copy, server, tell, once=False)
    writer.join()
    said = capsys.readouterr().err
    assert said == f"{copy.shown} is at revision 2, as {server.shown} is; waits for the next\n"


def refused(done: Result) -> str:
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("onrecord: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_server_that_is_none_is_told(following: Run, copy: Database, run: Run, served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url, told in {
        f"http://127.0.0.1:{port}": "does not answer",
        "claims.example.org": "no address of a server",
        "http://u:p@a.example": "use --key",
        f"{address(served)}/docs": "answers 404",
        f"{address(served)}/v1": f"leave out /v1 at the end of the address: {address(served)}\n",
    }.items():
        assert told in refused(run(copy, "follow", url, "--once"))
    assert "answers 401" in refused(following("--key", "onrecord_nothing"))


def test_a_database_with_revisions_of_its_own_follows_nobody(
    database: Database, copy: Database, following: Run, tmp_path: Path
) -> None:
    write(copy, tmp_path, ONE)
    before = everything(copy)
    assert "has 1 revisions of its own" in refused(following())
    write(database, tmp_path, ONE)
    assert "has 1 revisions of its own" in refused(following())
    assert everything(copy) == before


def test_a_copy_is_not_written_to_until_it_follows_no_longer(
    database: Database, served: Served, copy: Database, following: Run, run: Run, tmp_path: Path
) -> None:
    write(database, tmp_path, ONE)
    ended(following())
    headers = {"Authorization": f"Bearer {make_key(copy, 'desk', ['write']).secret}", "If-Match": "*"}
    before = records_of(copy)
    (tmp_path / "edit.yaml").write_text(RENAMED)
    for command in (("import", "edit.yaml"), ("import", "edit.yaml", "--dry-run"),
                    ("undo", 1), ("undo", 1, "--dry-run"), ("merge", "spk_1", "spk_2", "--dry-run"),
                    ("merge", "spk_1", "spk_2"), ("purge", "spk_1", "--with-claims", "--dry-run"),
                    ("purge", "spk_1", "--with-claims", "--yes", "--reason", "by order")):  # fmt: skip
        told = refused(run(copy, *command))
        assert f"follows {address(served)}, and is for reading: write to that server" in told, command
    with TestClient(create_app(copy), headers=headers) as client:
        for more in ("", "?dry_run=true"):
            for answer in (
                client.patch(f"/v1/speakers/spk_1{more}", json={"note": "x"}),
                client.post(f"/v1/speakers{more}", json={"name": "New"}),
                client.post(f"/v1/revisions/1/undo{more}"),
                client.post(f"/v1/imports{more}", content=RENAMED, headers={"Content-Type": "application/yaml"}),
            ):
                assert (answer.status_code, answer.json()["code"]) == (409, "follows"), answer.text
                assert address(served) in answer.json()["detail"]
    assert records_of(copy) == before
    write(database, tmp_path, RENAMED)
    ended(following())
    assert_same(copy, database)
    assert f"follows {address(served)} no longer" in ended(run(copy, "follow", "--end"))
    write(copy, tmp_path, OTHER)
    assert "follows nobody" in refused(run(copy, "follow", "--end"))
    before = records_of(copy)
    assert "revisions of its own, and follows nobody" in refused(following())
    assert records_of(copy) == before


def test_a_server_with_another_history_is_not_followed(
    database: Database,
    copy: Database,
    following: Run,
    new_database: Callable[[str], Database],
    run: Run,
    tmp_path: Path,
) -> None:
    write(database, tmp_path, ONE)
    ended(following())
    other = new_database("sqlite")
    with serving(other) as served:
        for text in (None, ONE, TWO):
            if text:
                write(other, tmp_path, text)
            told = refused(run(copy, "follow", address(served), "--once"))
            assert "has another history than was followed" in told
            assert "empty database" in told
    assert newest(copy) == 1
    other.close()


def test_migrating_a_copy_changes_nothing_that_it_says(
    database: Database, copy: Database, following: Run, run: Run, tmp_path: Path
) -> None:
    """It has no texts: verifications derived anew would be others."""
    write(database, tmp_path, ONE)
    ended(following())
    with copy.write() as connection:
        connection.exec_driver_sql("UPDATE derived_versions SET version = 1 WHERE name <> 'content'")
        done = f"version = {CONTENT_RULES} AND name = 'content'"
        connection.exec_driver_sql(f"DELETE FROM derived_versions WHERE {done}")  # noqa: S608  # a number of ours
    assert "is upgraded" in ended(run(copy, "migrate"))
    copy.require_migrated()
    assert newest(copy) == 1
    assert_same(copy, database)
    write(database, tmp_path, RENAMED)
    ended(following())
    assert_same(copy, database)


def test_a_write_to_a_copy_that_needs_a_text_says_so(
    database: Database, copy: Database, following: Run, run: Run, tmp_path: Path
) -> None:
    write(database, tmp_path, ONE)
    ended(following())
    ended(run(copy, "follow", "--end"))
    before = everything(copy)
    (tmp_path / "edit.yaml").write_text(ONE.replace(", text: Alpha words here.", "").replace("2020-05", "2020-06"))
    done = run(copy, "import", tmp_path / "edit.yaml")
    assert done.exit_code == 1
    assert "is not held here: a copy that followed a server has no texts" in done.output
    assert everything(copy) == before
    headers = {"Authorization": f"Bearer {make_key(copy, 'desk', ['write']).secret}", "If-Match": "*"}
    with TestClient(create_app(copy), headers=headers) as client:
        answer = client.patch("/v1/claims/clm_1", json={"said_on": "2020-06"})
        assert (answer.status_code, "; PATCH the source with its text first" in answer.json()["detail"]) == (422, True)
        for path, body in (("sources/src_1", {"text": "Alpha words here."}), ("claims/clm_1", {"said_on": "2020-07"})):
            assert client.patch(f"/v1/{path}", json=body).status_code == 200
    (tmp_path / "edit.yaml").write_text(ONE.replace("2020-05", "2020-06"))
    assert run(copy, "import", tmp_path / "edit.yaml").exit_code == 0


def test_a_copy_purges_what_its_server_has_purged(
    database: Database, copy: Database, following: Run, tmp_path: Path
) -> None:
    write(database, tmp_path, ONE, TWO)
    ended(following())
    purge_records(database, Asked(("bob", "staff"), "by order", with_claims=True))
    told = following()
    assert "records were purged with revision 3" in told.stderr
    assert_same(copy, database)
    assert not any("alpha" in row or "Bobby" in row for found in everything(copy).values() for row in found)


CREW = """\
source: {key: two, title: Two}
claims: [{key: k2, speaker: {key: ann}, quote: beta words, figures: [{metric: {key: crew}, value: 7, unit: count}]}]
"""


def test_a_copy_that_begins_after_a_purge_has_what_its_server_has(
    database: Database, copy: Database, following: Run, run: Run, tmp_path: Path
) -> None:
    """But for hashes of purged keys, and gaps: as of these it shows the version before (decision 46)."""
    write(database, tmp_path, ONE, TWO, CREW)
    purge_records(database, Asked(("bob", "crew"), "by order", with_claims=True))
    write(database, tmp_path, OTHER)
    ended(following())
    told, wanted = records_of(copy), records_of(database)
    assert {name for name in wanted if told[name] != wanted[name]} == {"claims", "current", "ended_records"}
    purged = "SELECT type, id, revision FROM ended_records WHERE kind = 'purged' ORDER BY type, id"
    assert rows(copy, purged) == rows(database, purged) == [("clm", 1, 4), ("met", 2, 4), ("spk", 3, 4)]
    theirs, ours = exports_of(database), exports_of(copy)
    assert [n for n, (one, other) in enumerate(zip(ours, theirs, strict=True), 1) if one != other] == [3]
    assert [b'"key":"k2"' in one[2] for one in (theirs, ours)] == [False, True]
    assert not any("alpha" in row or "Bobby" in row for found in everything(copy).values() for row in found)
    checked = run(copy, "check", "--processes", 1)
    assert checked.exit_code == 0, checked.output
    # an id of what was purged is given to nobody here
    ended(run(copy, "follow", "--end"))
    write(copy, tmp_path, "metrics: [{key: other, name: other}]")
    assert rows(copy, "SELECT id FROM record_keys WHERE key = 'other'") == [(3,)]
