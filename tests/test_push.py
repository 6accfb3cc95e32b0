"""`onrecord push` does over HTTP what `onrecord import` does beside the database."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from app.cli.pushed_server import PushedServer
from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.imports.import_options import SentOptions
from app.store.imports.jobs.packing import Archive
from tests.api.importing import Importer
from tests.api.served import Served, serving, settings_of
from tests.asked import IS_LONG, some_of
from tests.conftest import ROOT
from tests.local_http import get
from tests.store.stored import write_files
from tests.waiting import PATIENCE, comes_true

LEE = """
source: {key: s/1, title: T, text_file: texts/one.txt}
claims:
  - {key: c1, quote: we hired many, speaker: {name: Ann Lee, kind: person}}
  - {key: c2, quote: not there}
"""
OWN = ("recorded_at", "updated_at", "revision")  # of each database


# Both engines behave alike here, and each import is a process of its own, which takes a second to begin.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def served(database: Database, tmp_path: Path) -> Iterator[Served]:
    with settings_of(IMPORTS=str(tmp_path / "kept")), serving(database) as found:
        yield found


def files(folder: Path) -> None:
    """Files to import, in the folder where commands run."""
    write_files(folder / "in", lee=LEE)
    (folder / "in" / "texts").mkdir()
    (folder / "in" / "texts" / "one.txt").write_text("She said: we hired many people")
    (folder / "in" / "table.csv").write_text("key,quote,source.url\nk1,hello there,https://a.example/x\n")
    (folder / "in" / "book.xlsx").write_bytes(b"PK")
    with zipfile.ZipFile(folder / "in" / "more.zip", "w") as archive:
        archive.writestr("f/s.yaml", LEE.replace("s/1", "s/2").replace("c1", "z1").replace("c2", "z2"))
        archive.writestr("f/texts/one.txt", "He said: we hired many people")
        archive.writestr("f/b.pdf", "%PDF")
    text = folder / "of" / "https:" / "a.example" / "x.txt"
    text.parent.mkdir(parents=True)
    text.write_text("and hello there, said")
    (folder / "of" / "z.txt").write_text("of none")
    (folder / "of" / "y.pdf").write_text("no text")
    (folder / "c.ndjson.gz").write_bytes(gzip.compress(b'{"key": "n1", "quote": "x", "source": {"title": "U"}}\n'))
    (folder / "bad.csv").write_text("key,qoute,source.title\nk1,hello,b\n")
    (folder / "bad.ndjson").write_text('{"key": "n1", "quote": 5, "source": {"title": "U"}}\n{"key":\n')
    (folder / "lost.yaml").write_text("source: {key: s/1, title: T, text_file: none.txt}\nclaims: []\n")
    (folder / "some.csv").write_text("key,quote,said_on,source.title\nk1,a,2024,T\nk2,b,soon,T\nk3\n")
    (folder / "some.ndjson").write_text('{"key": "k4", "quote": "a", "source": {"title": "T"}}\n{"key": "k5"}\n')
    (folder / "empty").mkdir()
    (folder / "out").mkdir()


COMMANDS = [
    "in --texts of --dry-run --expect-claims 3 --dataset wire --dataset-title T",
    "in --texts of",
    "{here}/in --texts of --json",
    "{here}/bad.ndjson --json --report all.txt",
    "in/../bad.csv {here}/bad.ndjson in",
    "c.ndjson.gz --dry-run --json",
    "c.ndjson.gz in/table.csv --dataset wire --dataset-url https://a.example/wire --comment said",
    "c.ndjson.gz --dataset wire --dataset-title= --expect-claims 2",
    "{here}/some.csv some.ndjson in --keep-going",
    "some.csv --keep-going --dry-run",
    "--texts of",
    "--dataset wire --dataset-citation said",
    "lost.yaml",
    "in/table.csv --encoding none",
    "some.csv in/../some.ndjson --keep-going --rejected out --json",
    "nothing.csv",
    "empty",
    "in/book.xlsx",
]


def export(url: str) -> list[dict[str, object]]:
    lines = get(f"{url}/export").text.splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in OWN} for line in lines]


def taken_away(folder: Path) -> dict[str, str]:
    """The files of rejected rows in a folder, which are deleted."""
    found = {
        path: path.read_text()
        for place in (folder, folder / "in", folder / "out")
        for path in place.glob("*.rejected.*")
    }
    for path in found:
        path.unlink()
    return {str(path.relative_to(folder)): text for path, text in found.items()}


def test_the_report_and_what_is_stored_are_those_of_an_import(
    served: Served, new_database: Callable[[str], Database], run: Callable[..., Result], tmp_path: Path
) -> None:
    files(tmp_path)
    url, other = served.url.removesuffix("/v1/claims"), new_database(served.database.dialect)
    secret = make_key(served.database, "ann", ["write"]).secret
    for command in some_of(COMMANDS, 4):
        arguments = command.format(here=tmp_path).split()
        imported = run(other, "import", *arguments)
        whole = (tmp_path / "all.txt").read_text() if "all.txt" in arguments else ""
        rejected = taken_away(tmp_path)
        assert bool(rejected) == ("--keep-going" in arguments and "--dry-run" not in arguments), command
        pushed = run(None, "push", *arguments, "--url", url, ONRECORD_KEY=secret)
        assert (pushed.exit_code, pushed.stdout) == (imported.exit_code, imported.stdout), (command, pushed.stderr)
        assert pushed.stderr == imported.stderr, command
        assert taken_away(tmp_path) == rejected
        assert not whole or (tmp_path / "all.txt").read_text() == whole
    with serving(other) as beside:
        assert export(beside.url) == export(served.url) != []
    assert {one["actor"] for one in get(f"{url}/v1/revisions").json()["data"]} == {"ann"}


@pytest.mark.skipif(not IS_LONG, reason="two imports for a name: in the long profile")
def test_what_is_pushed_is_named_by_the_first_path_and_how_many_more(
    served: Served, run: Callable[..., Result], tmp_path: Path
) -> None:
    files(tmp_path)
    url = served.url.removesuffix("/v1/claims")
    client = Importer(url, make_key(served.database, "ann", ["write"]).secret)
    for command in ("in/table.csv", "in c.ndjson.gz --texts of"):
        result = run(None, "push", *command.split(), "--url", url, "--key", client.secret)
        assert result.exit_code == 0, result.stderr
    names = [one["name"] for one in client.http.get("/v1/imports").json()["data"]]
    assert names == ["in and 2 more", "in/table.csv"]
    client.http.close()


@pytest.mark.parametrize(
    ("url", "key", "told"),
    [
        ("{url}", "onrecord_1_" + "0" * 64, "there is no such key"),
        ("{url}", "", "no key was sent"),
        ("{url}/v1/", "", "leave out /v1 at the end of the address: {url}"),
        ("http://127.0.0.1:1", "x", "http://127.0.0.1:1 does not answer"),
        ("ftp://a", "x", "is no address of a server"),
        ("http://ann:secret@127.0.0.1:1", "x", "the address has a user or a password in it"),
    ],
)
def test_why_nothing_is_pushed_is_one_sentence(
    served: Served, run: Callable[..., Result], tmp_path: Path, url: str, key: str, told: str
) -> None:
    (tmp_path / "a.csv").write_text("key,quote,source.title\nk,q,t\n")
    place = url.format(url=served.url.removesuffix("/v1/claims"))
    result = run(None, "push", "a.csv", "--url", place, "--key", key)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert told.replace("{url}", place.partition("/v1")[0]) in result.stderr


def test_what_was_sent_is_found_without_an_answer(served: Served, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,quote,source.title\nk,q,t\n")
    secret = make_key(served.database, "ann", ["write"]).secret
    url = served.url.removesuffix("/v1/claims")
    with served.database.write(), closing(PushedServer(url, secret)) as server:
        job = server.send(Archive([tmp_path / "a.csv"]), SentOptions(), lambda _what, _done, _all: None)
        found = server.find_sent()
        assert found is not None
        assert found.id == job.id
        assert server.cancel(found.id)


def test_an_interrupt_cancels_what_is_pushed(served: Served, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,quote,source.title\nk,q,t\n")
    secret = make_key(served.database, "ann", ["write"]).secret
    url = served.url.removesuffix("/v1/claims")
    client = Importer(url, secret)
    with served.database.write():
        process = subprocess.Popen(
            [sys.executable, "-c", "from app.cli import main; main()", "push", str(tmp_path / "a.csv"), "--url", url],
            cwd=ROOT, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], "ONRECORD_KEY": secret},
        )  # fmt: skip
        assert comes_true(lambda: any(one["progress"] for one in client.http.get("/v1/imports").json()["data"]))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, said.decode()
    assert said.decode().endswith("onrecord: interrupted; nothing is stored\n")
    (job,) = client.http.get("/v1/imports").json()["data"]
    assert (job["state"], client.total()) == ("cancelled", 0)
    client.http.close()
