"""Purging: what is purged is in no answer, in no table, in no file, and for every worker at once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.import_options import SentOptions
from app.store.imports.importer import Report
from app.store.imports.jobs.job import Job, JobOutcome, Sent
from app.store.imports.jobs.job_folder import JobFolder, Upload, now
from app.store.index.bitmaps import unpack
from app.store.index.parts import decode_part
from app.store.upgrade.index_anew import make_index
from app.store.write.merge import merge_records
from app.store.write.purge import Asked, Purged, purge_records
from app.store.write.writing import merge_parts
from tests.store.stored import claim, everything, rows
from tests.waiting import comes_true

Import = Callable[..., Report]
Run = Callable[..., Result]
Doc = dict[str, Any]

SIGN = "zqx"  # every word that is to go begins so; folded and stemmed ones, too
KEYS = ("zqxclaim", "zqxclaim2", "zqxspeaker", "zqxsource", "zqxmetric", "zqxoffice")
FILLER = "".join(f"  - {{key: f{n}, speaker: {{key: bob}}, quote: filler number {n} of many}}\n" for n in range(90))
FIRST = f"""\
source: {{key: plain, title: Plain Gazette, publisher: Reuters, url: 'https://a.example/1'}}
speakers:
  - {{key: zqxspeaker, name: Zqxåbel Zqxhunting, kind: person, aliases: [Zqxalias], note: zqxnote,
     identifiers: {{wikidata: Qzqx1}}, tenures: [{{title: zqxenvoy, since: 2018, until: 2021}}]}}
  - {{key: bob, name: Bob Miles, kind: person,
     tenures: [{{title: chief, organization: {{key: zqxoffice, name: Zqxoffice, kind: organization}}, since: 2018,
                until: 2021}}]}}
metrics: [{{key: zqxmetric, name: Zqxmetric, definition: zqxdefinition, unit: count}}]
claims:
  - {{key: zqxclaim, speaker: {{key: zqxspeaker}}, quote: Zqxquoting Zqxdancers loudly, venue: Zqxvenue,
     topics: [Zqxtopic], said_on: 2020-05, figures: [{{metric: {{key: zqxmetric}}, value: 5, as_stated: zqxfive}}],
     assessments: [{{publisher: Zqxchecker, rating: zqxrated, note: zqxverdict}}],
     source: {{key: zqxsource, title: Zqxtitle, publisher: Zqxpress, url: 'https://zqx.example/1',
              text: 'It is told that Zqxquoting Zqxdancers loudly sang zqxtext.'}}}}
  - {{key: near, speaker: {{key: bob}}, quote: nearby words, said_on: 2020-06,
     relations: [{{type: contradicts, key: zqxclaim}}], figures: [{{metric: {{key: zqxmetric}}, value: 7}}]}}
{FILLER}"""
SECOND = """\
source: {key: plain}
claims:
  - {key: zqxclaim, speaker: {key: zqxspeaker}, quote: Zqxedited Zqxdancers, source: {key: zqxsource}}
  - {key: zqxclaim2, speaker: {key: zqxspeaker}, paraphrase: zqxparaphrase of it, venue: zqxvenue}
  - {key: mistaken, speaker: {key: zqxspeaker}, quote: words of another}
"""
THIRD = """\
source: {key: plain}
claims:
  - {key: zqxclaim, speaker: {key: zqxspeaker}, quote: Zqxedited Zqxdancers, source: {key: zqxsource},
     retraction: {kind: record_error, reason: zqxreason}}
  - {key: mistaken, speaker: {key: bob}, quote: words of another}
"""
FILES = (FIRST, SECOND, THIRD)


@pytest.fixture
def purge(database: Database) -> Callable[..., Purged]:
    """Purges records by id or key. The files are not written anew: that takes PostgreSQL some time."""

    def run_it(*names: str, **more: bool) -> Purged:
        return purge_records(database, Asked(names, "by order of the court", **more))  # type: ignore[arg-type]  # flags

    return run_it


@pytest.fixture
def scrubbed(database: Database, run: Run) -> Callable[..., str]:
    """`onrecord purge` of records by id or key, without a question; what it prints."""

    def run_it(*names: str) -> str:
        done = run(database, "purge", *names, "--reason", "by order of the court", "--yes")
        assert done.exit_code == 0, done.output
        return done.output

    return run_it


Purge = Callable[..., Purged]
Scrubbed = Callable[..., str]


@contextmanager
def worker(database: Database) -> Iterator[TestClient]:
    """The API in another process's place: with connections, and a memory, of its own."""
    own = Database(database.url.render_as_string(hide_password=False))
    with TestClient(create_app(own), follow_redirects=False) as opened:
        yield opened
    own.close()


PATHS = (
    "/v1/claims", "/v1/claims?q=zqxquoting", "/v1/claims?q=zqxdancers&as_of=1", "/v1/claims?as_of=1&limit=500",
    "/v1/claims?status=any&limit=500", "/v1/claims?topic=Zqxtopic&as_of=1", "/v1/claims?q=%22zqxquoting+zqxdancers%22",
    "/v1/claims?q=zqx*&as_of=2&status=any", "/v1/claims?speaker__name=Zqxalias&as_of=1", "/v1/speakers?as_of=1",
    "/v1/sources?as_of=2", "/v1/metrics?as_of=1", "/v1/changes?since=0", "/v1/revisions", "/v1/revisions/1",
    "/v1/revisions/2", "/v1/speakers/suggest?q=zqx", "/v1/speakers/suggest?q=zqx&as_of=1",
    "/v1/claims/export?status=any&format=ndjson", "/v1/claims/export?as_of=1&format=csv",
)  # fmt: skip
IDS = (("claims", "clm_1"), ("speakers", "spk_1"), ("sources", "src_2"), ("metrics", "met_1"))


def answers(client: TestClient, etags: dict[str, str] | None = None) -> dict[str, tuple[int, str]]:
    """The answers of a worker to all paths; etags: sent along."""
    found = {}
    for path in PATHS:
        headers = {"If-None-Match": etags[path]} if etags and path in etags else {}
        answer = client.get(path, headers=headers)
        found[path] = answer.status_code, answer.text
    return found


def in_tables(database: Database) -> list[str]:
    """The rows of all tables with a word that is to be gone; what is packed is packed without changing words."""
    return [f"{name}: {row}" for name, found in everything(database).items() for row in found if SIGN in row.casefold()]


def in_files(database: Database) -> list[str]:
    """The files of the database with such a word."""
    if database.file:
        files = [path for path in database.file.parent.iterdir() if path.name.startswith(database.file.name)]
    else:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
        ((folder, number),) = rows(
            database,
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()",
        )
        files = [path for path in (Path(folder) / "base" / str(number)).iterdir() if path.is_file()]
    return [path.name for path in files if SIGN.encode() in path.read_bytes().lower()]


def numbers_in_index(database: Database) -> set[int]:
    """The versions of claims that any term of the index, or its tokens, have."""
    stored = [(bytes(term), bytes(found)) for term, found in rows(database, "SELECT term, numbers FROM index_postings")]
    for (part,) in rows(database, "SELECT part FROM index_recent"):
        stored += decode_part(bytes(part)).rows
    own = {number for term, found in stored if term[:1] == b"c" for number in unpack(found)}
    return own | {number for (number,) in rows(database, "SELECT number FROM index_tokens")}


def assert_nothing_left(database: Database) -> None:
    assert in_tables(database) == []
    assert numbers_in_index(database) == {number for (number,) in rows(database, "SELECT number FROM claims")}


def store_answers(database: Database) -> None:
    """Answers to requests with an Idempotency-Key, as writing over HTTP stores them."""
    names = ("a", "b", "c")
    values = ", ".join(f"(0, '{name}', 'd', '2026-01-01', 200, '{{}}', 'Zqx{name}')" for name in names)
    with database.write() as connection:
        connection.execute(text(f"INSERT INTO idempotent_answers VALUES {values}"))  # noqa: S608  # of our own


def test_nothing_of_it_is_left_in_tables_and_files(
    database: Database, imported: Callable[..., None], scrubbed: Scrubbed, run: Run
) -> None:
    imported(*FILES)
    merge_parts(database, 5)
    store_answers(database)
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")  # statistics have values, too, also of tables that are empty then
    assert in_tables(database)
    assert in_files(database)
    scrubbed(*KEYS)
    assert in_files(database) == []
    assert_nothing_left(database)
    checked = run(database, "check", "--processes", 1)
    assert checked.exit_code == 0, checked.output


def test_another_worker_answers_without_it_at_once(
    database: Database, imported: Callable[..., None], purge: Purge
) -> None:
    imported(*FILES)
    with worker(database) as client:
        before = {path: client.get(path) for path in PATHS}
        assert [path for path, answer in before.items() if SIGN in answer.text.casefold()]
        etags = {path: answer.headers["etag"] for path, answer in before.items() if "etag" in answer.headers}
        purge(*KEYS)
        after = answers(client, etags)
    assert [path for path, (status, _) in after.items() if status != 200] == []
    asked = SIGN + '*|"self"|"next"'  # links repeat what was asked
    told = {path: body for path, (_, body) in after.items() if SIGN in _without_links(body)}
    assert told == {}, asked


def test_an_explanation_tells_nothing_of_it(
    database: Database, imported: Callable[..., None], purge: Purge, run: Run
) -> None:
    """Of words that are gone it says those alone that were asked for, and that nothing has them."""
    imported(*FILES)
    purge(*KEYS)
    for query in ("q=Zqxquoting loudly", "q=zqx*", "q=sang", "topic=Zqxtopic", "speaker__name=Zqxalias",
                  "speaker=spk_1", "related_to=clm_1", "speaker__key=zqxspeaker", "q=Zqxquotin&as_of=1"):  # fmt: skip
        told = run(database, "explain", query)
        assert told.exit_code == 0, told.output
        assert "0 claims are found" in told.stdout, query
        for line in told.stdout.casefold().splitlines():
            words = [word for word in re.findall(f"{SIGN}\\w*", line) if word not in query.casefold()]
            assert words == [], line
            assert SIGN not in line or re.search(r" 0 (claim|speaker) ", line), line


def _without_links(body: str) -> str:
    """An answer without its links and notes, which repeat what was asked."""
    return body.partition('],"page":')[0].casefold()


@pytest.mark.parametrize(("resource", "record"), IDS)
def test_by_id_and_key_it_is_gone_with_when_and_why(
    imported: Callable[..., None], purge: Purge, client: TestClient, resource: str, record: str
) -> None:
    imported(*FILES)
    key = client.get(f"/v1/{resource}/{record}").json()["key"]
    purge(*KEYS)
    for path in (record, f"{record}?as_of=1", f"{record}?version=1", f"by-key/{key}"):
        answer = client.get(f"/v1/{resource}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (410, "purged"), path
        assert f"{record} was purged with revision 4" in answer.json()["detail"]
        assert "by order of the court" in answer.json()["detail"]
    history = client.get(f"/v1/{resource}/{record}/history").json()["data"]
    assert [(one["action"], one["version"], one["revision"]) for one in history] == [("purged", None, 4)]


def test_the_purge_is_one_revision_which_changes_tell(
    database: Database, imported: Callable[..., None], purge: Purge, client: TestClient
) -> None:
    imported(*FILES)
    purge("zqxclaim", "zqxclaim2", "zqxspeaker")
    told = client.get("/v1/revisions/4").json()
    assert told["counts"] == {"purged": 2, "speakers_purged": 1, "rendered": 1}
    changes = client.get("/v1/changes?since=3").json()["data"]
    assert [(one["type"], one["id"], one["key"]) for one in changes if one["type"] == "purged"] == [
        ("purged", "clm_1", None),
        ("purged", f"clm_{_number(database, 'zqxclaim2')}", None),
        ("purged", "spk_1", None),
    ]


def _number(database: Database, key: str) -> int:
    ((number,),) = rows(
        database, "SELECT min(id) FROM ended_records WHERE type = 'clm' AND id <> 1 AND kind = 'purged'"
    )
    assert key
    return int(number)


def test_claims_that_stay_no_longer_name_it(
    database: Database, imported: Callable[..., None], purge: Purge, client: TestClient
) -> None:
    imported(*FILES)
    purge(*KEYS)
    now, before = claim(database, "near"), client.get("/v1/claims/by-key/near?as_of=3")
    assert (now["relations"], now["figures"], now["version"]) == ([], [], 1)
    assert [role["organization"] for role in now["roles"]] == [None]
    assert (before.status_code, before.json()["code"]) == (410, "purged")  # it showed the metric
    assert client.get("/v1/claims/by-key/mistaken").json()["speaker"]["key"] == "bob"
    assert client.get("/v1/claims/by-key/mistaken?version=1").status_code == 410
    history = client.get(f"/v1/claims/{claim(database, 'mistaken')['id']}/history").json()["data"]
    assert [(one["action"], one["revision"]) for one in history] == [("purged", 4), ("revived", 3)]


def test_a_relation_of_before_keeps_the_id_alone(
    database: Database, imported: Callable[..., None], purge: Purge, client: TestClient
) -> None:
    imported(*FILES)
    purge("zqxclaim")
    then = client.get("/v1/claims/by-key/near?as_of=1").json()
    assert then["relations"] == [{"type": "contradicts", "claim": "clm_1", "key": None}]
    assert claim(database, "near")["relations"] == []


def test_a_text_in_which_only_it_was_found_goes_with_it(
    database: Database, imported: Callable[..., None], purge: Purge, client: TestClient
) -> None:
    imported(*FILES)
    purge("zqxclaim")
    assert rows(database, "SELECT count(*) FROM source_texts") == [(0,)]
    for path in ("src_2", "src_2?as_of=1"):
        assert client.get(f"/v1/sources/{path}").json()["text_sha256"] is None


def test_a_speaker_who_is_shown_goes_with_the_claims_or_not_at_all(
    database: Database, imported: Callable[..., None], run: Run, purge: Purge
) -> None:
    imported(*FILES)
    before = everything(database)
    refused = run(database, "purge", "spk_1", "--reason", "x", "--yes")
    assert refused.exit_code == 1
    assert "clm_1 (key zqxclaim)" in refused.output
    assert "--with-claims" in refused.output
    tried = run(database, "purge", "spk_1", "--with-claims", "--dry-run")
    assert tried.exit_code == 0
    assert "to be purged: claim clm_1 (key zqxclaim)" in tried.output
    assert everything(database) == before
    purge("spk_1", with_claims=True)
    assert {name for (name,) in rows(database, "SELECT kind FROM ended_records")} == {"purged", "thinned"}
    assert rows(database, "SELECT count(*) FROM claims WHERE speaker_id = 1") == [(0,)]


def test_nobody_is_asked_in_a_script(database: Database, imported: Callable[..., None], run: Run) -> None:
    imported(*FILES)
    before = everything(database)
    for arguments in (("clm_1", "--reason", "x"), ("clm_1", "--yes"), (), ("clm_1", "--scrub")):
        assert run(database, "purge", *arguments).exit_code == 2
    for name in ("clm_999", "nobody", "clm_x"):
        assert run(database, "purge", name, "--reason", "x", "--yes").exit_code == 1
    assert everything(database) == before


@pytest.mark.parametrize("file", FILES)
def test_importing_the_file_again_brings_nothing_back(
    database: Database, imported: Callable[..., None], purge: Purge, import_yaml: Import, file: str
) -> None:
    imported(*FILES)
    purge(*KEYS)
    before = everything(database)
    told = [str(fault) for fault in import_yaml(file).faults]
    assert any("which was purged with revision 4" in one for one in told), told
    assert everything(database) == before


def test_a_claim_without_a_key_of_its_own_does_not_come_back(import_yaml: Import, purge: Purge) -> None:
    file = "source: {key: s, title: T}\nclaims: [{speaker: {name: Ann}, quote: keyless words}]\n"
    import_yaml(file)
    purge("clm_1")
    told = [str(fault) for fault in import_yaml(file).faults]
    assert len(told) == 1
    assert "that of clm_1, which was purged with revision 2" in told[0]


def test_a_key_may_be_forgotten(
    database: Database, imported: Callable[..., None], purge: Purge, import_yaml: Import
) -> None:
    imported(*FILES)
    purge("zqxclaim2", forgets_keys=True)
    assert rows(database, "SELECT key_hash FROM ended_records") == [(None,)]
    assert [str(fault) for fault in import_yaml(SECOND).faults] == []
    assert claim(database, "zqxclaim2")["id"] != "clm_93"


def test_a_comment_may_go_as_well(database: Database, import_yaml: Import, run: Run) -> None:
    import_yaml("source: {key: s, title: T}\nclaims: [{key: a, quote: words}]\n", comment="about zqxperson")
    missing = run(database, "purge", "a", "--reason", "x", "--yes", "--comment-of", 9)
    assert (missing.exit_code, rows(database, "SELECT count(*) FROM claims")) == (1, [(1,)])
    assert run(database, "purge", "a", "--reason", "x", "--yes", "--comment-of", 1).exit_code == 0
    assert rows(database, "SELECT comment FROM revisions ORDER BY number") == [(None,), ("x",)]
    assert_nothing_left(database)


def test_what_was_merged_into_it_goes_with_it(
    database: Database, imported: Callable[..., None], purge: Purge, run: Run
) -> None:
    other = "speakers: [{key: zqxother, name: Zqxother, kind: person}]\nsource: {key: plain}\nclaims: []\n"
    imported(*FILES, other)
    ((number,),) = rows(database, "SELECT id FROM record_keys WHERE key = 'zqxother'")
    merge_records(database, f"spk_{number}", "spk_1")
    part = run(database, "purge", "zqxother", "--reason", "x", "--yes")
    assert part.exit_code == 1
    assert "is part of spk_1 by now" in part.output
    purge(*KEYS)
    assert_nothing_left(database)
    assert run(database, "check", "--processes", 1).exit_code == 0


def test_a_source_leaves_claims_that_another_has(database: Database, import_yaml: Import, purge: Purge) -> None:
    sources = "{source: {key: zqxs, title: Zqxs}}, {source: {key: t, title: T}}"
    import_yaml(f"claims: [{{key: a, quote: words, citations: [{sources}]}}]")
    purge("zqxs")
    assert [one["source"]["key"] for one in claim(database, "a")["citations"]] == ["t"]
    assert_nothing_left(database)


def test_the_index_made_anew_is_the_same_without_it(
    database: Database, imported: Callable[..., None], purge: Purge, run: Run, client: TestClient
) -> None:
    imported(*FILES)
    purge(*KEYS)
    before = answers(client)
    with database.write() as connection:
        make_index(connection, lambda *_: None, 0, processes=1)
    assert answers(client) == before
    assert run(database, "check", "--processes", 1).exit_code == 0


def test_neither_the_purge_nor_what_it_took_away_is_undone(
    database: Database, imported: Callable[..., None], purge: Purge, run: Run
) -> None:
    imported(*FILES)
    purge(*KEYS)
    for revision in (4, 3):
        undone = run(database, "undo", revision)
        assert undone.exit_code == 1
        assert "purge" in undone.output


def test_purging_again_only_writes_the_files_anew(
    database: Database, imported: Callable[..., None], purge: Purge, scrubbed: Scrubbed
) -> None:
    imported(*FILES)
    purge(*KEYS)
    before = everything(database)
    printed = scrubbed(*KEYS)
    assert "clm_1 was purged already, with revision 4" in printed
    assert printed.count("written anew") == 1 or database.file is None  # PostgreSQL's tables are told one by one
    assert everything(database) == before
    assert in_files(database) == []


def test_files_of_imports_that_are_over_go_and_of_others_are_told(
    database: Database, imported: Callable[..., None], run: Run, tmp_path: Path
) -> None:
    imported(*FILES)
    folder = JobFolder(tmp_path / "jobs", database)
    over, (waiting, upload) = sent(folder)[0], sent(folder)
    over.decide(JobOutcome(state="done", at=now(), revision=1))
    asked = ("purge", "zqxclaim", "--reason", "x", "--yes")
    done = run(database, *asked, ONRECORD_IMPORTS=str(folder.place))
    assert done.exit_code == 0, done.output
    assert f"{waiting.id} is under way" in done.stderr
    assert [job.id for job in folder.jobs()] == [waiting.id]
    upload.discard()


def sent(folder: JobFolder) -> tuple[Job, Upload]:
    """An import that was taken in, and which nobody carries out."""
    upload = folder.begin()
    upload.write(SECOND.encode())
    upload.end()

    def kept(job_id: str) -> Sent:
        return Sent(
            id=job_id, name="a.yaml", form=".yaml", actor="x", key_id=0, created_at=now(), options=SentOptions()
        )

    return folder.accept(upload, kept)[0], upload


# Killed


def killed_in_purge(database: Database, is_within: Callable[[], bool]) -> None:
    """Begins `onrecord purge` in a process of its own, and kills it when it is where it is to be."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "app.cli", "purge", *KEYS, "--reason", "court", "--yes"]
    process = subprocess.Popen(
        command, env=os.environ | {"ONRECORD_DATABASE_URL": url}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert comes_true(lambda: is_within() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


ENDLESS = (
    "CREATE TRIGGER endless BEFORE DELETE ON idempotent_answers BEGIN SELECT count(*) FROM"
    " (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n); END"
)


@pytest.mark.own_database
def test_killed_before_the_commit_it_leaves_all(
    database: Database, imported: Callable[..., None], scrubbed: Scrubbed
) -> None:
    imported(*FILES)
    store_answers(database)
    before = everything(database)
    if database.file:
        with database.write() as connection:
            connection.exec_driver_sql(ENDLESS)
        log = Path(f"{database.file}-wal")
        killed_in_purge(database, lambda: Path(f"{database.file}.writer").exists() and log.exists())
        with database.write() as connection:
            connection.exec_driver_sql("DROP TRIGGER endless")
    else:
        with database.engine.connect() as holding:
            holding.exec_driver_sql("LOCK TABLE idempotent_answers IN SHARE MODE")
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            killed_in_purge(database, lambda: rows(database, waiting) == [(1,)])
        assert comes_true(lambda: rows(database, waiting) == [(0,)])
    assert everything(database) == before
    scrubbed(*KEYS)
    assert in_files(database) == []
    assert_nothing_left(database)


@pytest.mark.own_database
def test_killed_after_the_commit_it_is_completed_by_another_run(
    database: Database, imported: Callable[..., None], scrubbed: Scrubbed, client: TestClient
) -> None:
    imported(*FILES)
    with database.read() as reading:  # the files cannot be cut as long as somebody reads what was before
        reading.execute(text("SELECT count(*) FROM claims")).scalar_one()
        killed_in_purge(database, lambda: client.get("/v1/claims/clm_1").status_code == 410)
        assert client.get("/v1/claims?as_of=1&topic=Zqxtopic").json()["data"] == []
    assert in_tables(database) == []
    assert in_files(database)
    scrubbed(*KEYS)
    assert in_files(database) == []
    assert_nothing_left(database)
