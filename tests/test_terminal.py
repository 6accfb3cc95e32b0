"""Output of the commands does nothing to a terminal, and an interrupt is one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from app.domain.text.controls import obeyed_in
from app.store.database.engine import Database
from tests.asked import some_of
from tests.conftest import ROOT
from tests.store.stored import is_empty
from tests.waiting import PATIENCE

EVIL = "\x1b[2J\u202e\x9b"
ESCAPED = "\\x1b[2J\\u202e\\x9b"


def printed(done: Result) -> str:
    """The output; it holds nothing that a terminal obeys."""
    for line in done.output.splitlines() if "\r" not in done.output else [done.output]:
        assert obeyed_in(line) == [], line
    return done.output


@pytest.mark.parametrize(
    "arguments",
    [
        (EVIL,),
        (f"--{EVIL}",),
        ("import", f"{EVIL}.csv"),
        ("import", "--texts", EVIL, "x.csv"),
        ("import", "--report", f"none/{EVIL}", "x.csv"),
        ("import", "--delimiter", EVIL, "x.csv"),
        ("merge", EVIL, "spk_1"),
        ("generate", "--claims", EVIL),
        ("generate", "-o", f"none/{EVIL}"),
        ("serve", "--port", EVIL),
        ("serve", "--host", EVIL),
    ],
    ids=lambda arguments: " ".join(arguments[:2]).encode("ascii", "backslashreplace").decode().replace("\x1b", "esc"),
)
def test_a_misuse_is_told_without_escapes(
    seeded_databases: Callable[[str], Database], run: Callable[..., Result], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "x.csv").write_text("key,quote\n")
    done = run(seeded_databases("sqlite"), *arguments)
    assert done.exit_code > 0
    told = printed(done)
    assert "\\x1b[2J" in told or "not one character" in told


@pytest.mark.parametrize("url", [f"sqlite:///none/{EVIL}.db", f"mysql://{EVIL}", f"postgresql://u@127.0.0.1:1/{EVIL}"])
def test_a_database_that_cannot_be_used_is_told_without_escapes(run: Callable[..., Result], url: str) -> None:
    for command in (("migrate",), ("merge", "spk_1", "spk_2")):
        done = run(url, *command)
        printed(done)
        assert (done.exit_code, done.exception is None or isinstance(done.exception, SystemExit)) in (
            (0, True),
            (1, True),
        )


def test_names_keys_and_values_are_printed_without_escapes_and_warned_of(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / f"{EVIL}.ndjson"
    claim = {"key": f"k{EVIL}", "quote": f"said {EVIL}\n", "speaker": {"name": f"Ann{EVIL}"}, "source": {"title": "T"}}
    topics = [f"a{EVIL}", "b"]
    file.write_text("".join(json.dumps(each) + "\n" for each in (claim | {"topics": topics}, claim | {"key": "fine"})))
    told = printed(run(database, "import", "--dry-run", file))
    assert "dry run" in told
    assert f"{ESCAPED}.ndjson:1: key: holds U+001B control character, U+202E RIGHT-TO-LEFT OVERRIDE, U+009B" in told
    assert f"{ESCAPED}.ndjson:1: create k{ESCAPED}" in told.replace("created", "create")
    done = run(database, "import", "--json", "--report", tmp_path / "whole.txt", file)
    said = json.loads(printed(done))
    kinds = {(kind["code"], kind["field"]): kind["count"] for kind in said["warnings"]["kinds"]}
    assert {name: count for name, count in kinds.items() if name[0] == "controls"} == {
        ("controls", "key"): 1,
        ("controls", "speaker.name"): 2,
        ("controls", "topics.*"): 1,
    }
    assert said["warnings"]["all"][0]["key"] == f"k{EVIL}"
    for line in (tmp_path / "whole.txt").read_text().split("\n"):
        assert obeyed_in(line) == []
    claim["quote"] = f"now {EVIL}"
    file.write_text(json.dumps(claim | {"said_on": EVIL, f"kee{EVIL}": 1, "speaker": {"key": EVIL}}))
    assert ESCAPED in printed(run(database, "import", file))


# As a terminal sends it, as `kill` does, and as whoever ends a whole group
ENDINGS = [
    ("sqlite", signal.SIGINT, 130, "interrupted", True),
    ("postgresql", signal.SIGINT, 130, "interrupted", True),
    ("sqlite", signal.SIGTERM, 143, "terminated", False),
    ("postgresql", signal.SIGTERM, 143, "terminated", False),
    ("sqlite", signal.SIGTERM, 143, "terminated", True),
    ("postgresql", signal.SIGTERM, 143, "terminated", True),
]


@pytest.mark.parametrize(("engine", "number", "code", "told", "of_group"), some_of(ENDINGS, 1))
def test_an_interrupt_is_one_line_and_its_code_and_nothing_is_stored(
    new_database: Callable[[str], Database],
    tmp_path: Path,
    engine: str,
    number: int,
    code: int,
    told: str,
    of_group: bool,
) -> None:
    database = new_database(engine)
    lines = (json.dumps({"key": f"k{n}", "quote": "w", "source": {"title": "T"}}) + "\n" for n in range(10_001))
    (tmp_path / "many.ndjson").write_text("".join(lines))
    with database.write():  # however fast it checks the rows, it cannot store them
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "import", "many.ndjson"],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "ONRECORD_DATABASE_URL": database.url.render_as_string(hide_password=False),
                "ONRECORD_LOCK_TIMEOUT": "600",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stderr is not None
        assert process.stderr.readline() == "checked 10,000\n"
        # As a terminal does it the processes that check rows get it too.
        (os.killpg if of_group else os.kill)(process.pid, number)
        said, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said, errors) == (code, "", f"onrecord: {told}; nothing is stored\n")
    assert is_empty(database)


def test_an_interrupt_of_a_report_says_what_is_stored(
    seeded_databases: Callable[[str], Database],
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.reports.print_report", interrupted)
    (tmp_path / "x.csv").write_text("key,quote,source.title\n")
    done = run(seeded_databases("sqlite"), "import", "x.csv")
    assert (done.exit_code, done.stderr) == (130, "onrecord: interrupted; nothing to store: all is as it was\n")
