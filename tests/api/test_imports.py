"""Imports over HTTP: what is sent, what is said of it, and what becomes of it."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import signal
import socket
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from app.api.import_forms import form_of
from app.domain.record.imports_out import ImportReport
from app.errors import BadImport
from app.store.access.keys import make_key, revoke_key
from app.store.database.engine import Database
from app.store.database.times import stored_time
from app.store.imports.import_options import SentOptions
from app.store.imports.jobs.job import STORING, Job, JobOutcome, JobProgress, Sent
from app.store.imports.jobs.job_folder import JobFolder, now
from app.store.imports.jobs.unpacking import unpack
from tests.api.importing import Doc, Importer, archive_of, claims
from tests.api.served import Served, serving, settings_of
from tests.asked import some_of
from tests.conftest import SEED
from tests.importing import import_paths
from tests.waiting import comes_true

# Both engines behave alike here, and each import is a process, which takes a second to begin.
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Service:
    """The API on a database, on a real port. folder: of its imports."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.served = served
        self.database = served.database
        self.folder = folder
        self.url = served.url.removesuffix("/v1/claims")
        self.clients = ExitStack()
        self.let_go: Callable[[], object] = self.clients.close  # as if the server of the last `first` had gone

    def client(self, name: str = "ann", scope: str = "write") -> Importer:
        """A client with a new key."""
        made = Importer(self.url, make_key(self.database, name, [scope]).secret)
        self.clients.callback(made.http.close)
        return made

    def first(self) -> Job:
        """An import that was taken in, and which nobody carries out: others wait for it."""
        folder: JobFolder = self.served.app.state.imports.folder
        upload = folder.begin()
        self.clients.callback(upload.discard)
        self.let_go = upload.lock.release
        upload.end()

        def sent(job_id: str) -> Sent:
            return Sent(
                id=job_id, name="a.csv", form=".csv", actor="x", key_id=0, created_at=now(), options=SentOptions()
            )

        return folder.accept(upload, sent)[0]

    def left(self) -> set[str]:
        """The files in the folder, apart from the records of imports."""
        said = {"sent.json", "progress.json", "outcome.json", "report.json", "server.lock", "process.lock"}
        files = {name for _, _, names in os.walk(self.folder) for name in names}  # which may go meanwhile
        return files - said - {"last", "lock"}

    def is_cleared(self) -> bool:
        """Whether nothing of what was sent lies there, now or in a while."""
        return comes_true(lambda: not self.left())


@pytest.fixture
def service(database: Database, tmp_path: Path) -> Iterator[Service]:
    """The API on an empty database, of each engine in turn."""
    with opened(database, tmp_path) as service:
        yield service


@contextmanager
def opened(database: Database, tmp_path: Path, **settings: str) -> Iterator[Service]:
    """The API on a database, with settings."""
    with settings_of(IMPORTS=str(tmp_path / "imports"), **settings), serving(database) as served:
        service = Service(served, tmp_path / "imports")
        with service.clients:
            yield service


def test_a_file_becomes_one_revision_of_the_one_whose_key_it_was(service: Service) -> None:
    client = service.client("newsroom")
    begun = client.send((SEED / "japan-cyber-2024.yaml").read_bytes(), "seed.yaml", comment="the report")
    assert (begun["state"], begun["report"], begun["ended_at"]) == ("waiting", None, None)
    said = client.end(begun)
    assert (said["state"], said["revision"], said["error"]) == ("done", 1, None)
    assert said["report"]["claims"]["created"] == 38
    assert said["progress"] == {"what": "prepared", "done": 38, "all": 38}
    (revision,) = client.http.get("/v1/revisions").json()["data"]
    assert (revision["actor"], revision["comment"]) == ("newsroom", "the report")
    assert client.http.get("/v1/imports").json()["data"] == [{name: said[name] for name in said if name != "report"}]
    assert service.is_cleared()
    again = client.end(client.send((SEED / "japan-cyber-2024.yaml").read_bytes(), "seed.yaml"))
    assert (again["state"], again["revision"], again["report"]["claims"]["unchanged"]) == ("done", None, 38)


TABLE = b"key,quote,source.title\nc1,words,T\n"
FORMS = [
    ("", "application/x-ndjson", "", ".ndjson"),
    ("", "application/jsonl; charset=utf-8", "", ".ndjson"),
    ("", "text/csv", "", ".csv"),
    ("", "text/tab-separated-values", "", ".tsv"),
    ("", "application/yaml", "", ".yaml"),
    ("", "application/json", "", ".json"),
    ("", "application/ld+json", "", ".jsonld"),
    ("", "text/html; charset=utf-8", "gzip", ".html.gz"),
    ("a.CSV", "application/x-ndjson", "", ".csv"),
    ("a.csv.gz", "application/gzip", "", ".csv.gz"),
    ("a.csv.bz2", "", "", ".csv.bz2"),
    ("", "text/csv", "gzip", ".csv.gz"),
    ("", "application/x-tar", "", ".tar"),
    ("all.tar", "", "", ".tar"),
    ("", "application/zip", "", ".zip"),
    ("", "application/x-zip-compressed", "", ".zip"),
    ("All.ZIP", "application/octet-stream", "", ".zip"),
]


@pytest.mark.parametrize(("name", "media", "coding", "form"), FORMS)
def test_a_form_is_told_by_the_name_else_by_the_type(name: str, media: str, coding: str, form: str) -> None:
    headers = [(b"content-type", media.encode()), (b"content-encoding", coding.encode())]
    assert form_of(Request({"type": "http", "headers": headers}), name or None) == form


@ON_SQLITE
def test_packed_files_and_archives_are_read(service: Service) -> None:
    client = service.client()
    for number, (content, name, media, coding) in enumerate(
        some_of(
            [
                (gzip.compress(TABLE), "", "text/csv", "gzip"),
                (bz2.compress(TABLE), "a.csv.bz2", "", ""),
                (archive_of(b__a_csv=TABLE), "", "application/x-tar", ""),
            ],
            1,
        )
    ):
        headers = {"Content-Type": media, "Content-Encoding": coding}
        answer = client.http.post(
            "/v1/imports",
            content=content,
            params={"name": name} if name else {},
            headers={key: value for key, value in headers.items() if value},
        )
        assert answer.status_code == 202, answer.text
        said = client.end(answer.json())
        counts = said["report"]["claims"]
        wanted = ("done", 1, 0) if number == 0 else ("done", 0, 1)
        assert (said["state"], counts["created"], counts["unchanged"]) == wanted, said


def starters() -> set[int]:
    """The processes that this one has begun, and which begin imports (Linux)."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {int(one) for one in children if b"jobs.starter" in Path(f"/proc/{one}/cmdline").read_bytes()}


@ON_SQLITE
def test_an_import_does_not_need_the_process_that_began_the_one_before(service: Service) -> None:
    client = service.client()
    client.end(client.send(claims(1)))
    before = starters()
    client.end(client.send(claims(2)))
    assert starters() == before != set()
    for one in before:
        os.kill(one, signal.SIGKILL)
    said = client.end(client.send(claims(3)))
    assert (said["state"], said["report"]["claims"]["created"]) == ("done", 1)
    assert not starters() & before


@ON_SQLITE
def test_reviews_of_claims_are_read_without_a_mapping(service: Service) -> None:
    client = service.client()
    review = b'{"@type": "ClaimReview", "claimReviewed": "The dam holds", "url": "https://check.example/1"}'
    said = client.end(client.send(review, "a.jsonld"))
    assert (said["state"], said["report"]["claims"]["created"]) == ("done", 1)
    page = b'<html><body><script type="application/ld+json">' + review + b"</script></body></html>"
    said = client.end(client.send(page, "a.html"))
    assert (said["state"], said["report"]["claims"]["unchanged"]) == ("done", 1)


@ON_SQLITE
@pytest.mark.parametrize(
    ("params", "headers", "content", "status", "code"),
    [
        ({}, {}, b"x", 415, "bad-media-type"),
        ({"name": "a.ods"}, {}, b"x", 415, "bad-media-type"),
        ({"name": "a.tar.gz"}, {}, b"x", 415, "bad-media-type"),
        ({"name": "a.csv"}, {"Content-Encoding": "br"}, b"x", 415, "bad-media-type"),
        ({"name": "a.csv"}, {}, b"", 422, "bad-request"),
        ({"name": "a.csv", "encoding": "none"}, {}, b"x", 422, "bad-import"),
        ({"name": "a.csv", "delimiter": ";;"}, {}, b"x", 422, "bad-import"),
        ({"name": "a.csv", "quoting": "some"}, {}, b"x", 422, "bad-choice"),
        ({"name": "a.csv", "dry_run": "yes"}, {}, b"x", 422, "bad-value"),
        ({"name": "a.csv", "dryrun": "true"}, {}, b"x", 422, "unknown-parameter"),
        ({"name": "a.csv", "texts": "t"}, {}, b"x", 422, "bad-combination"),
        ({"name": "a.csv", "wait": "-1"}, {}, b"x", 422, "bad-value"),
        ({"name": "a.csv"}, {"Idempotency-Key": "a b"}, b"x", 422, "bad-value"),
    ],
)
def test_what_cannot_be_imported_is_refused_at_once(
    service: Service, params: Doc, headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    client = service.client()
    answer = client.http.post("/v1/imports", content=content, params=params, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert service.is_cleared()
    assert client.http.get("/v1/imports").json() == {"data": []}


@ON_SQLITE
def test_problems_are_told_with_the_lines_of_the_file_that_was_sent(service: Service) -> None:
    client = service.client()
    sent = b"key,quote,source.title,said_on\nc1,words,T,2024\nc2,words,T,yesterday\nc3,,T,2024\n"
    said = client.end(client.send(sent, "minutes/april.csv"))
    assert (said["state"], said["revision"]) == ("failed", None)
    assert said["error"] == {"code": "bad-rows", "detail": "nothing is stored: 2 problems"}
    found = [(one["file"], one["line"], one["field"]) for one in said["report"]["problems"]["all"]]
    assert found == [("minutes/april.csv", 3, "said_on"), ("minutes/april.csv", 4, None)]
    assert client.total() == 0


@ON_SQLITE
def test_rows_that_an_import_leaves_out_can_be_fetched(service: Service) -> None:
    client = service.client()
    table = b"key,quote,said_on,source.title\nc1,words,2024,T\nc2,more,soon,T\n"
    whole = client.end(client.send(table, "all/a.csv"))
    assert (whole["state"], whole["error"]["code"], client.total()) == ("failed", "bad-rows", 0)
    assert client.http.get(f"/v1/imports/{whole['id']}/rejected").status_code == 404
    said = client.end(client.send(table, "all/a.csv", keep_going="true"))
    assert (said["state"], said["revision"], said["error"], client.total()) == ("done", 1, None, 1)
    assert ImportReport(**said["report"]).claims.rejected == 1
    place = {"file": "all/a.csv", "place": "all/a.csv.rejected.csv", "rows": 1}
    assert said["report"]["rejected_files"] == [place]
    answer = client.http.get(f"/v1/imports/{said['id']}/rejected")
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="a.csv.rejected.csv"' in answer.headers["content-disposition"]
    mended = client.end(client.send(answer.content.replace(b'"soon"', b'"2024-05"'), "a.csv.rejected.csv"))
    assert (mended["revision"], mended["report"]["claims"]["created"]) == (2, 1)
    packed = client.end(client.send(archive_of(a_csv=table, b__c_ndjson=b"{}\n"), "x.tar", keep_going="true"))
    archive = client.http.get(f"/v1/imports/{packed['id']}/rejected")
    with tarfile.open(fileobj=io.BytesIO(archive.content), mode="r:") as tar:
        assert tar.getnames() == ["a.csv.rejected.csv", "b/c.ndjson.rejected.ndjson"]


def test_a_dry_run_tells_what_would_be_stored_and_stores_nothing(service: Service) -> None:
    client = service.client()
    said = client.end(client.send(claims(2), dry_run="true"))
    assert (said["state"], said["dry_run"], said["revision"]) == ("done", True, None)
    rows = [(row["file"], row["line"], row["action"], row["key"]) for row in said["report"]["rows"]]
    assert rows == [("claims.ndjson", 1, "created", "c1"), ("claims.ndjson", 2, "created", "c2")]
    assert client.total() == 0


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


@ON_SQLITE
def test_the_options_are_those_of_the_command(service: Service, tmp_path: Path) -> None:
    client = service.client()
    table = "key;quote;source.title;venue\nc1;für;T;here\n".encode("cp1252")
    assert client.end(client.send(table, "a.csv", encoding="cp1252", delimiter=";"))["state"] == "done"
    assert client.end(client.send(b'{"key": "c1", "topics": ["a"]}\n', patch="true"))["state"] == "done"
    claim = client.http.get("/v1/claims/by-key/c1").json()
    assert (claim["quote"], claim["venue"], claim["topics"], claim["version"]) == ("für", "here", ["a"], 2)
    old = b"key,version,venue\nc1,1,there\n"
    (problem,) = import_paths(service.database, [_written(tmp_path / "a.csv", old)]).faults
    assert problem.problem.code == "conflict"
    assert client.end(client.send(old, "a.csv", force="true"))["state"] == "done"


# Archives


@ON_SQLITE
def test_the_files_of_an_archive_are_one_revision(service: Service) -> None:
    client = service.client()
    sent = archive_of(
        a__claims_ndjson=b'{"key": "c1", "quote": "we hired many", "source": {"key": "s/1", "title": "T"}}\n',
        b_csv=b"key,quote,source.title\nc2,words,U\n",
        texts__s__1_txt=b"Then she said: we hired many.",
        notes_md=b"nothing",
    )
    said = client.end(client.send(sent, "all.tar", texts="texts"))
    assert (said["state"], said["revision"], said["report"]["claims"]["created"]) == ("done", 1, 2)
    assert [one["file"] for one in said["report"]["texts"]["all"]] == ["texts/s/1.txt"]
    assert client.http.get("/v1/claims/by-key/c1").json()["citations"][0]["verification"] == "verbatim"
    wrong = client.end(client.send(archive_of(a__b_csv=b"key,qoute\nc1,x\n"), "all.tar"))
    assert [(one["file"], one["line"]) for one in wrong["report"]["problems"]["all"]] == [("a/b.csv", 1)]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> bytes:
    """The head of a member of an archive, and the end."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(-(-size // 512) * 512) + bytes(1024)


ODD_ARCHIVES = [
    (member("../a.csv"), "a name leads from its folder to a file in it"),
    (member("/etc/a.csv"), "a name leads from its folder to a file in it"),
    (member("a/../../a.csv"), "a name leads from its folder to a file in it"),
    (member("a.csv", tarfile.SYMTYPE, "/etc/passwd"), "this is no regular file"),
    (member("a.csv", tarfile.LNKTYPE, "/etc/passwd"), "this is no regular file"),
    (member("a.csv", tarfile.FIFOTYPE), "this is no regular file"),
    (member("a.csv", tarfile.CHRTYPE), "this is no regular file"),
    (member("a.csv")[:512] + member("a.csv"), "stands in the archive twice"),
    (member("a.csv")[:512] + member("a.csv/b.csv"), "stands in the archive twice"),
    (member("a.txt"), "the archive holds no file that ends in"),
    (member("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=1 << 20), "a header is too long"),
    (member("a.csv", size=4096)[:600], "no tar archive, or a damaged one"),
    (b"key,quote\n", "no tar archive, or a damaged one"),
    (archive_of(**{"onrecord-push_json": b"{"}), "onrecord-push.json of the archive cannot be read"),
    (archive_of(**{"onrecord-push_json": b'{"paths": [["../../x", "a"]]}'}), "which leads out of it"),
]


@pytest.mark.parametrize(("content", "told"), ODD_ARCHIVES)
def test_an_archive_that_is_none_or_leads_elsewhere_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    job = Job(tmp_path)
    job.keep(
        Sent(id="imp_1", name="all.tar", form=".tar", actor="x", key_id=0, created_at=now(), options=SentOptions())
    )
    (tmp_path / "body").write_bytes(content)
    with pytest.raises(BadImport) as refused:
        unpack(job)
    assert told in refused.value.detail


def zip_of(**files: bytes) -> bytes:
    """A .zip, as `archive_of` makes a tar archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


@ON_SQLITE
def test_the_files_of_a_zip_are_read_where_they_are(service: Service) -> None:
    client = service.client()
    blank = b"key,quote,source.title\n" + b" " * 2**21
    sent = zip_of(
        a__claims_ndjson=claims(1), b__c_csv=TABLE.replace(b"c1", b"c2") + b"c3\n", d_csv=blank, notes_md=b"x"
    )
    said = client.end(client.send(sent, "all.zip", keep_going="true"))
    assert (said["state"], said["name"], said["report"]["claims"]["created"]) == ("done", "all.zip", 2)
    told = {one["file"]: one["detail"] for one in said["report"]["problems"]["all"]}
    assert told["all.zip/d.csv"].startswith("the .zip archive holds over 1,048,576 bytes of blanks in a row")
    assert [one["place"] for one in said["report"]["rejected_files"]] == [
        "all.zip/b/c.csv.rejected.csv",
        "all.zip/d.csv.rejected.csv",
    ]
    archive = client.http.get(f"/v1/imports/{said['id']}/rejected")
    with tarfile.open(fileobj=io.BytesIO(archive.content), mode="r:") as tar:
        assert tar.getnames() == ["b/c.csv.rejected.csv", "d.csv.rejected.csv"]
    refused = client.http.post("/v1/imports", content=sent, params={"name": "all.zip", "texts": "texts"})
    assert refused.json()["errors"][0]["detail"].startswith("names a folder of a tar archive")
    assert client.http.post("/v1/imports", content=sent, params={"name": "all.zip.gz"}).status_code == 415


ODD_ZIPS = {
    "leads out": (zip_of(**{"..__a_csv": TABLE}), "in the archive, a name leads from its folder to"),
    "absolute": (zip_of(__etc__a_csv=TABLE), "in the archive, a name leads from its folder to"),
    "twice": (zip_of(a_csv=TABLE, b_csv=TABLE).replace(b"b.csv", b"a.csv"), "'a.csv' stands in the archive twice"),
    "nothing in it": (zip_of(a_txt=b"x"), "the archive holds no file that ends in"),
    "cut off": (zip_of(a_csv=TABLE)[:-9], "this is no .zip archive, or a damaged one"),
    "none": (b"key,quote\n", "this is no .zip archive, or a damaged one"),
}


@pytest.mark.parametrize(("content", "told"), ODD_ZIPS.values(), ids=ODD_ZIPS)
def test_a_zip_that_is_none_or_leads_elsewhere_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    job = Job(tmp_path)
    job.keep(
        Sent(id="imp_1", name="all.zip", form=".zip", actor="x", key_id=0, created_at=now(), options=SentOptions())
    )
    (tmp_path / "body").write_bytes(content)
    with pytest.raises(BadImport) as refused:
        unpack(job)
    assert refused.value.detail.startswith(f"all.zip: {told}")


@ON_SQLITE
def test_of_an_archive_that_is_refused_nothing_stays(service: Service) -> None:
    client = service.client()
    for content, told in some_of((ODD_ARCHIVES[-1], ODD_ARCHIVES[0]), 1):
        said = client.end(client.send(content, "all.tar"))
        assert (said["state"], said["error"]["code"], said["report"]) == ("failed", "bad-import", None)
        assert told in said["error"]["detail"]
        assert str(service.folder) not in said["error"]["detail"]
        assert service.is_cleared()


@ON_SQLITE
def test_no_file_of_the_server_is_read(service: Service) -> None:
    client = service.client()
    for named in some_of(("../../sent.json", "/etc/hostname"), 1):
        said = client.end(client.send(f"source: {{title: T, text_file: {named}}}\n".encode(), "a.yaml"))
        (problem,) = said["report"]["problems"]["all"]
        assert (
            problem["detail"] == f"{Path(named).name} cannot be read: it leads out of its folder; a text stands inside"
        )


@ON_SQLITE
def test_an_archive_that_holds_next_to_nothing_in_much_space_is_refused_as_by_the_command(
    service: Service, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(TABLE + b" " * 3_000_000))
    client = service.client()
    (told,) = client.end(client.send(bomb.read_bytes(), str(bomb)))["report"]["problems"]["all"]
    (fault,) = import_paths(service.database, [bomb]).faults
    assert (told["file"], told["line"], told["detail"]) == (fault.file, fault.line, fault.problem.detail)


# Cancelling


def test_what_is_cancelled_before_it_is_stored_never_is(service: Service) -> None:
    client = service.client()
    with service.database.write():  # for which the first of them waits, and the second for the first
        checked = client.send(claims(3))
        waiting = client.send(claims(1, first=9000))
        client.becomes(checked, lambda said: bool(said["progress"]) and said["progress"]["what"].startswith("waiting"))
        for job in (waiting, checked):
            answer = client.cancel(job)
            assert (answer.status_code, answer.json()["state"]) == (200, "cancelled"), answer.text
            assert answer.json()["error"]["detail"] == "the import was cancelled with the key ann; nothing is stored"
            assert client.cancel(job).status_code == 200
        assert service.is_cleared()
    last = client.end(client.send(claims(1, first=5000)))
    assert (last["revision"], client.total()) == (1, 1)


@ON_SQLITE
def test_what_is_over_cannot_be_cancelled(service: Service) -> None:
    client = service.client()
    done = client.send(claims(1))
    wrong = client.send(b"x")
    for job, state in ((done, "done"), (wrong, "failed")):
        assert client.end(job)["state"] == state
        answer = client.cancel(job)
        assert (answer.status_code, answer.json()["code"]) == (409, "import-ended")
        assert f"{job['id']} is {state}" in answer.json()["detail"]
    assert client.total() == 1
    assert client.http.delete("/v1/imports/imp_9").status_code == 404
    assert client.http.get("/v1/imports/x").status_code == 404


@ON_SQLITE
def test_another_key_cancels_only_with_the_scope_admin(service: Service) -> None:
    ann, bob, root = service.client("ann"), service.client("bob"), service.client("root", "admin")
    service.first()
    job = ann.send(claims(1))
    assert (bob.cancel(job).status_code, bob.said(job)["actor"]) == (403, "ann")
    assert root.cancel(job).json()["state"] == "cancelled"
    assert ann.total() == 0


# Turns, keys, and sending again


@ON_SQLITE
def test_imports_take_turns_in_the_order_in_which_they_came(service: Service) -> None:
    client = service.client()
    jobs = [client.send(claims(1, first=n)) for n in (1, 2)]
    assert [client.end(job)["revision"] for job in jobs] == [1, 2]


def test_an_import_whose_key_is_revoked_while_it_waits_fails(service: Service) -> None:
    ann, bob = service.client("ann"), service.client("bob")
    first = service.first()
    job = ann.send(claims(1))
    assert bob.said(job)["state"] == "waiting"
    revoke_key(service.database, "ann")
    service.served.app.state.imports.folder.cancel(first, "ann")
    said = bob.end(job)
    assert (said["state"], said["error"]["code"], bob.total()) == ("failed", "revoked-key", 0)


@ON_SQLITE
def test_twenty_imports_may_wait_and_no_more(service: Service) -> None:
    client = service.client()
    first = [service.first() for _ in range(20)]
    answer = client.http.post("/v1/imports?name=a.ndjson", content=claims(1))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "5")
    service.served.app.state.imports.folder.cancel(first[0], "ann")
    assert client.send(claims(1))["state"] == "waiting"


@ON_SQLITE
def test_writers_are_told_how_long_the_lock_will_be_held(service: Service) -> None:
    client, database = service.client(), service.database
    began = datetime.now(UTC).timestamp() - 10
    service.first().tell(JobProgress(state="writing", what="prepared", done=1000, all=5000, began=began))
    database.lock_timeout, kept = 0.05, database.lock_timeout
    try:
        with database.write():
            answer = client.http.post("/v1/claims", json={"quote": "x", "source": {"title": "T"}})
    finally:
        database.lock_timeout = kept
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert 40 <= int(answer.headers["retry-after"]) <= 100


@ON_SQLITE
def test_an_upload_that_is_sent_again_is_the_first_import(service: Service) -> None:
    client, other = service.client("ann"), service.client("bob")

    def send(by: Importer, content: bytes, name: str = "a.ndjson") -> Any:
        return by.http.post("/v1/imports", content=content, params={"name": name}, headers={"Idempotency-Key": "one"})

    first = send(client, claims(1))
    assert "idempotency-replayed" not in first.headers
    client.end(first.json())
    again = send(client, claims(1))
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert (again.json()["id"], again.json()["state"]) == (first.json()["id"], "done")
    for answer in (send(client, claims(2)), send(client, claims(1), "b.ndjson")):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-mismatch")
    assert send(other, claims(1)).json()["id"] != first.json()["id"]
    assert service.is_cleared()


@ON_SQLITE
def test_an_upload_whose_server_ended_is_carried_out_anew_when_it_is_sent_again(
    database: Database, tmp_path: Path
) -> None:
    secret = make_key(database, "ann", ["write"]).secret

    def send(service: Service, content: bytes) -> Any:
        with Importer(service.url, secret).http as http:
            return http.post("/v1/imports?name=a.ndjson", content=content, headers={"Idempotency-Key": "one"})

    with ExitStack() as held:
        with opened(database, tmp_path) as service:
            held.enter_context(database.write())
            stopped = send(service, claims(1)).json()
        assert Job(tmp_path / "imports" / stopped["id"]).outcome().code == "stopped"  # type: ignore[union-attr]
    with opened(database, tmp_path) as service:
        assert send(service, claims(2)).json()["code"] == "idempotency-mismatch"
        anew = send(service, claims(1))
        assert (anew.status_code, "idempotency-replayed" in anew.headers) == (202, False)
        said = service.client("bob").end(anew.json())
        assert (said["id"], said["state"], said["revision"]) == ("imp_2", "done", 1)
        again = send(service, claims(1))
        assert (again.json()["id"], again.headers["idempotency-replayed"]) == ("imp_2", "true")


@pytest.mark.parametrize(
    ("state", "code", "is_anew"),
    [
        ("failed", "stopped", True),
        ("failed", "internal", True),
        ("failed", "not-ready", True),
        ("failed", "busy", True),
        ("failed", "bad-import", False),
        ("cancelled", "cancelled", False),
        ("done", None, False),
    ],
)
@ON_SQLITE
def test_what_failed_and_not_for_what_was_sent_is_carried_out_anew(
    database: Database, tmp_path: Path, state: str, code: str | None, is_anew: bool
) -> None:
    folder = JobFolder(tmp_path, database)

    def accepted() -> tuple[str, bool]:
        upload = folder.begin()
        digest = upload.end()
        sent = {"name": "a.csv", "form": ".csv", "actor": "x", "key_id": 0, "created_at": now()}
        asked = {"options": SentOptions(), "repeatable": "one", "digest": digest}
        job, is_new = folder.accept(upload, lambda job_id: Sent(id=job_id, **sent, **asked))  # type: ignore[arg-type]
        job.decide(JobOutcome(state=state, at=now(), code=code))
        upload.lock.release()
        return job.id, is_new

    assert accepted() == ("imp_1", True)
    assert accepted() == (("imp_2", True) if is_anew else ("imp_1", False))


@ON_SQLITE
def test_the_latest_imports_are_as_many_as_are_asked_for(service: Service) -> None:
    client = service.client()
    for _ in range(3):
        service.first()
    for limit, found in (("1", ["imp_3"]), ("2", ["imp_3", "imp_2"]), ("500", ["imp_3", "imp_2", "imp_1"])):
        answer = client.http.get("/v1/imports", params={"limit": limit})
        assert [one["id"] for one in answer.json()["data"]] == found
    for limit in ("0", "501", "ten", "-1"):
        answer = client.http.get("/v1/imports", params={"limit": limit})
        assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "limit")


# Leftovers


def upload(served: Served, secret: str, length: int) -> socket.socket:
    """The beginning of an upload."""
    connection = socket.create_connection(served.socket.getsockname())
    connection.sendall(
        f"POST /v1/imports?name=a.ndjson HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Length: {length}\r\n\r\n".encode()
        + claims(1)
    )
    return connection


@ON_SQLITE
def test_an_upload_that_breaks_off_leaves_nothing(service: Service) -> None:
    secret = make_key(service.database, "ann", ["write"]).secret
    connection = upload(service.served, secret, 10_000)
    assert comes_true(lambda: "body" in service.left())
    connection.close()
    assert service.is_cleared()
    assert service.client("bob").http.get("/v1/imports").json() == {"data": []}


@ON_SQLITE
def test_an_upload_that_does_not_come_whole_in_time_leaves_nothing(database: Database, tmp_path: Path) -> None:
    with opened(database, tmp_path, READ_TIMEOUT="0.3") as service:
        connection = upload(service.served, make_key(database, "ann", ["write"]).secret, 10_000)
        assert connection.recv(12) == b"HTTP/1.1 408"
        connection.close()
        assert service.is_cleared()


@ON_SQLITE
def test_a_body_beyond_the_limit_is_refused_and_leaves_nothing(database: Database, tmp_path: Path) -> None:
    with opened(database, tmp_path, IMPORT_BYTES="5000") as service:
        client = service.client()

        def parts() -> Iterator[bytes]:
            yield from (b" " * 1000 for _ in range(6))

        for content in (b" " * 5001, parts()):
            answer = client.http.post("/v1/imports?name=a.csv", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert client.http.post("/v1/imports?name=a.csv", content=b" " * 5000).status_code == 202
        assert service.is_cleared()


@ON_SQLITE
def test_what_ended_a_week_ago_is_deleted_when_a_server_begins(database: Database, tmp_path: Path) -> None:
    with opened(database, tmp_path) as service:
        client = service.client()
        old, new = (client.send(claims(1)) for _ in range(2))
        assert [client.end(job)["state"] for job in (old, new)] == ["done", "done"]
    week = stored_time(datetime.now(UTC) - timedelta(days=7, minutes=1))
    Job(tmp_path / "imports" / old["id"]).settle(JobOutcome(state="done", at=week))
    with opened(database, tmp_path) as service:
        client = service.client("bob")
        assert [one["id"] for one in client.http.get("/v1/imports").json()["data"]] == [new["id"]]
        assert client.send(claims(1))["id"] == "imp_3"


def test_a_server_that_stops_fails_what_is_not_stored(database: Database, tmp_path: Path) -> None:
    with ExitStack() as held:
        with opened(database, tmp_path) as service:
            client = service.client()
            held.enter_context(database.write())
            jobs = [client.send(claims(1)), client.send(claims(1))]
            client.becomes(jobs[0], lambda said: said["progress"] is not None)
        assert service.left() == set()
    with opened(database, tmp_path) as service:
        client = service.client("bob")
        for job in jobs:
            said = client.said(job)
            assert (said["state"], said["error"]["code"]) == ("failed", "stopped")
        assert client.total() == 0


@pytest.mark.parametrize("is_stored", [True, False])
def test_what_was_about_to_be_stored_when_all_was_killed_is_looked_up(service: Service, is_stored: bool) -> None:
    client = service.client()
    client.end(client.send(claims(1)))
    (revision,) = client.http.get("/v1/revisions").json()["data"]
    job = service.first()
    at = revision["recorded_at"] if is_stored else "2020-01-01T00:00:00.000000Z"
    assert job.decide(JobOutcome(state=STORING, at=now(), revision=1, recorded_at=at))
    assert client.said({"id": job.id})["state"] == "writing"
    assert client.cancel({"id": job.id}).status_code in (403, 409)
    service.let_go()
    said = client.said({"id": job.id})
    assert (said["state"], said["revision"]) == (("done", 1) if is_stored else ("failed", None))
    assert service.is_cleared()
