"""The commands as people and scripts meet them: what is printed, where, and the exit code."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import TextIO, get_args

import click
import httpx
import pytest
from click.testing import Result
from sqlalchemy import text

from app.cli import main
from app.cli.address import bound
from app.cli.import_options import DESCRIBED
from app.cli.mapping import RECORDS
from app.cli.retract import command as retract
from app.domain.record.datasets import FIELDS
from app.domain.record.field_paths import MODELS
from app.domain.record.records_in import RetractionKind
from app.domain.text.tokenizer import WORD_RULES
from app.settings import settings as app_settings
from app.store.database.derived_versions import CURRENT
from app.store.database.engine import Database
from app.store.database.schema import newest_schema
from app.store.history.revision import Revision
from app.store.imports.attempt import Attempt
from app.store.upgrade.upgrade import migrate
from tests.conftest import ROOT, SEED
from tests.importing import import_paths
from tests.local_http import get
from tests.store.stored import claim, everything, is_empty, rows
from tests.waiting import PATIENCE, comes_true

GOOD = """\
source: {key: s, title: T}
speakers: [{key: ann, name: Ann}]
claims:
  - {key: k1, quote: one, speaker: {key: ann}}
  - {key: k2, quote: two, venue: here}
"""
COMMANDS = (
    "export",
    "migrate",
    "push",
    "import",
    "mapping",
    "merge",
    "keys",
    "serve",
    "follow",
    "generate",
    "check",
    "verify",
    "explain",
    "undo",
    "retract",
    "purge",
)


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "claims.yaml"
    file.write_text(text)
    return file


# Import


def test_tables_are_read_as_options_say(database: Database, run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes('key~quote~source.title\nk~"så~T\nl~x"~T\n'.encode("cp1252"))
    options = ("--delimiter", "~", "--quoting", "none", "--encoding", "cp1252")
    done = run(database, "import", file, *options)
    assert (done.exit_code, done.stderr) == (0, "")
    assert claim(database, "k")["quote"] == '"så'
    for option, told in (("--delimiter", "not one character"), ("--encoding", "not known")):
        done = run(database, "import", file, option, "nonsense")
        assert (done.exit_code, told in done.stderr) == (1, True)


def test_a_patch_sets_what_it_names_and_force_goes_over_newer_versions(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    run(database, "import", write(tmp_path, GOOD))
    patch = write(tmp_path, "claims: [{key: k1, quote: won, version: 1}]")
    assert run(database, "import", "--patch", patch).exit_code == 0
    assert (claim(database, "k1")["quote"], claim(database, "k1")["speaker"]["key"]) == ("won", "ann")
    patch = write(tmp_path, "claims: [{key: k1, quote: two, version: 1}]")
    done = run(database, "import", "--patch", patch)
    assert (done.exit_code, "give --force" in done.stderr) == (1, True)
    assert run(database, "import", "--patch", "--force", patch).exit_code == 0
    assert claim(database, "k1")["quote"] == "two"


def test_an_import_prints_its_counts_and_revision(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    done = run(database, "import", write(tmp_path, GOOD), "--comment", "first load")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "claims: 2 read, 2 created, 0 updated, 0 retracted, 0 unchanged, 0 rejected\n"
        "stored as revision 1: 2 created, 1 sources created, 1 speakers created\n"
    )
    assert rows(database, "SELECT actor, comment FROM revisions") == [("import", "first load")]


def test_a_second_import_says_that_nothing_was_to_be_stored(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = write(tmp_path, GOOD)
    run(database, "import", file)
    before = everything(database)
    done = run(database, "import", file)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "claims: 2 read, 0 created, 0 updated, 0 retracted, 2 unchanged, 0 rejected\n"
        "nothing to store: all is as it was\n"
    )
    assert everything(database) == before


def test_a_bad_import_tells_each_problem_on_stderr_and_exits_with_1(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = write(tmp_path, GOOD + "  - {key: k3, qoute: three}\n  - {key: k4, quote: four, said_on: soon}\n")
    done = run(database, "import", file)
    assert done.exit_code == 1
    first, second = done.stderr.splitlines()
    assert first == f"{file}:6: claims.2.qoute: there is no such field (did you mean quote?)"
    assert second.startswith(f"{file}:7: claims.3.said_on: ")
    assert done.stdout == ("claims: 4 read, 2 wrong; an import is all or nothing\nnothing is stored: 2 problems\n")
    assert is_empty(database)


def test_a_table_of_which_nothing_is_read_is_not_told_with_counts(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "bare.csv"
    file.write_text("x/1,We hired nine,A Book,2024\n")
    done = run(database, "import", file)
    assert done.stderr.startswith(f"{file}:1: no cell of the first row names a column: 'x/1', ")
    assert done.stdout == "claims: none read; an import is all or nothing\nnothing is stored: 1 problem\n"


def test_one_problem_is_no_plural(database: Database, run: Callable[..., Result], tmp_path: Path) -> None:
    done = run(database, "import", write(tmp_path, "claims: {}\n"))
    assert done.exit_code == 1
    assert done.stdout.endswith("nothing is stored: 1 problem\n")


def test_a_dry_run_prints_each_row_with_its_changes(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    run(database, "import", write(tmp_path, GOOD))
    before = everything(database)
    file = write(tmp_path, GOOD.replace("quote: two, venue: here", "quote: too") + "  - {key: k3, quote: Two!}\n")
    done = run(database, "import", "--dry-run", file)
    assert done.exit_code == 0
    assert done.stdout == (
        f"{file}:4: unchanged k1\n"
        f"{file}:5: updated k2\n"
        '    quote: "two" → "too"\n'
        '    venue: "here" → null\n'
        f"{file}:6: created k3\n"
        "claims: 3 read, 1 created, 1 updated, 0 retracted, 1 unchanged, 0 rejected\n"
        "dry run: nothing is stored; it would be: 1 created, 1 updated\n"
    )
    assert everything(database) == before


def test_a_possible_duplicate_is_a_warning(database: Database, run: Callable[..., Result], tmp_path: Path) -> None:
    run(database, "import", write(tmp_path, GOOD))
    file = write(tmp_path, GOOD + "  - {key: k3, quote: One, speaker: {key: ann}}\n")
    done = run(database, "import", file)
    assert done.exit_code == 0
    assert done.stderr == f"warning: {file}:6: k3 may be a duplicate of k1\n"


def test_a_folder_and_a_file_are_one_import(database: Database, run: Callable[..., Result], tmp_path: Path) -> None:
    done = run(database, "import", SEED, write(tmp_path, GOOD))
    assert done.exit_code == 0
    assert "claims: 40 read, 40 created" in done.stdout
    assert rows(database, "SELECT count(*) FROM revisions") == [(1,)]


def test_texts_are_read_from_their_folder(database: Database, run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "s.txt").write_text("one")
    done = run(database, "import", "--texts", tmp_path / "texts", write(tmp_path, GOOD))
    assert done.exit_code == 0
    assert done.stderr.endswith(": k2: its words are not_found in the text of the source\n")
    assert "citations: 1 not_found, 1 verbatim\n" in done.stdout
    found = rows(database, "SELECT verification FROM citations ORDER BY number")
    assert found == [("verbatim",), ("not_found",)]


# (arguments, exit code, part of what is said on stderr)
MISUSES: list[tuple[list[str], int, str]] = [
    (["import"], 2, "name a file or folder to import, or --texts DIR"),
    (["import", "missing.yaml"], 1, "onrecord: missing.yaml: there is no such file or folder\n"),
    (["import", "--texts", "missing", "x.yaml"], 2, "'missing' does not exist"),
    (["import", "--dry", "x.yaml"], 2, "--dry-run"),
    (["imprt"], 2, "No such command 'imprt'"),
    (["serve", "--port", "70000"], 2, "70000"),
    (["serve", "--import", "missing.yaml"], 1, "onrecord: missing.yaml: there is no such file or folder\n"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), MISUSES)
def test_a_misuse_is_told_on_stderr(
    new_database: Callable[[str], Database], run: Callable[..., Result], arguments: list[str], code: int, said: str
) -> None:
    done = run(new_database("sqlite"), *arguments)
    assert done.exit_code == code
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("variable", ["nonsense", "70000", "-1"])
def test_a_port_that_is_none_is_told(
    new_database: Callable[[str], Database], run: Callable[..., Result], variable: str
) -> None:
    done = run(new_database("sqlite"), "serve", PORT=variable)
    assert done.exit_code == 2
    assert variable in done.stderr


# Databases that cannot be used: (URL, part of the sentence)
UNUSABLE = {
    "sqlite:///none/missing.db": "there is no database file none/missing.db: run `onrecord migrate`",
    "sqlite:///empty.db": "run `onrecord migrate`",
    "sqlite:///notes.db": "the database file cannot be used",
    "mysql://localhost/x": "mysql databases are not supported",
    "nonsense": "ONRECORD_DATABASE_URL is no database URL",
    "postgresql://user:hush@127.0.0.1:1/x": "the database does not answer",
    "postgresql://user:hush@127.0.0.1:port/x": "is no database URL",
}


@pytest.mark.parametrize("command", [["import", "claims.yaml"], ["serve"]])
@pytest.mark.parametrize("url", UNUSABLE)
def test_a_database_that_cannot_be_used_is_one_sentence_and_exit_1(
    run: Callable[..., Result], tmp_path: Path, url: str, command: list[str]
) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "empty.db").touch()
    (tmp_path / "notes.db").write_text("notes " * 1000)
    done = run(url, *command)
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("onrecord: ")
    assert done.stderr.count("\n") == 1
    assert UNUSABLE[url] in done.stderr
    assert "hush" not in done.stderr


def test_a_busy_database_is_one_sentence_and_exit_1(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    with database.write():
        done = run(database, "import", write(tmp_path, GOOD), "--wait", "0.2")
        migrated = run(database, "migrate", ONRECORD_LOCK_TIMEOUT="0.2")
    process = os.getpid() if database.dialect == "sqlite" else "[0-9]+"
    holder = rf"onrecord \(process {process}\), which has been writing since .* UTC"
    assert (done.exit_code, done.stdout, migrated.exit_code) == (1, "", 1)
    told = rf"waiting for {holder}\nonrecord: the lock was held for 0.2 s by {holder}; wait longer \(--wait\)\n"
    assert re.fullmatch(told, done.stderr)
    assert re.fullmatch(rf"onrecord: the lock was held for 0.2 s by {holder}; try again\n", migrated.stderr)


def test_writers_that_wait_for_a_dry_run_are_told_so(
    database: Database, run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, trying = [], Attempt.store

    def store(self: Attempt, revision: Revision) -> None:
        told.append(run(database, "migrate", ONRECORD_LOCK_TIMEOUT="0.01").stderr)
        trying(self, revision)

    monkeypatch.setattr(Attempt, "store", store)
    for options, holder in (((), "onrecord import"), (("--dry-run",), "a dry run of onrecord import")):
        assert run(database, "import", write(tmp_path, GOOD), *options).exit_code == 0
        assert f"the lock was held for 0.01 s by {holder} (process " in told.pop()


def test_a_bad_setting_is_one_sentence(run: Callable[..., Result]) -> None:
    done = run("sqlite:///x.db", "migrate", ONRECORD_LOCK_TIMEOUT="soon")
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code in (1, 2)
    assert "lock_timeout" in done.stderr.lower()


# Migrate


def test_migrate_makes_the_default_database_under_var(run: Callable[..., Result], tmp_path: Path) -> None:
    versions = ", ".join(f"{name} {version}" for name, version in {"schema": newest_schema(), **CURRENT}.items())
    for told in (f"is made: {versions}", "is up to date"):
        done = run(None, "migrate", ONRECORD_DATABASE_URL="sqlite:///var/onrecord.db")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == f"sqlite:///var/onrecord.db {told}\n"
    assert (tmp_path / "var" / "onrecord.db").exists()
    assert run(None, "import", write(tmp_path, GOOD)).exit_code == 0


def test_the_default_database_is_a_file_under_var(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ONRECORD_DATABASE_URL", raising=False)
    assert run(None, "migrate").exit_code == 0
    assert (tmp_path / "var" / "onrecord.db").exists()


def test_migrate_of_a_ready_database_changes_nothing(database: Database, run: Callable[..., Result]) -> None:
    before = everything(database)
    done = run(database, "migrate")
    assert done.exit_code == 0
    assert done.stdout == f"{database.shown} is up to date\n"
    assert everything(database) == before


def test_migrate_derives_words_anew_and_warns_of_metrics_that_have_one_name_by_now(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    metrics = "metrics: [{key: m1, name: Jobs, unit: count}, {key: m2, name: Jobz, unit: count}]\n"
    assert run(database, "import", write(tmp_path, GOOD + metrics)).exit_code == 0
    with database.write() as connection:  # as if rules 1 told both names apart
        connection.execute(text("UPDATE metrics SET name = 'jobs', doc = replace(doc, 'Jobz', 'jobs') WHERE id = 2"))
        connection.execute(text("UPDATE derived_versions SET version = 1 WHERE name = 'words'"))
    done = run(database, "import", write(tmp_path, GOOD))
    assert done.exit_code == 1
    assert f"has words of version 1 (this release: {WORD_RULES})" in done.stderr
    assert "run `onrecord migrate`" in done.stderr
    done = run(database, "migrate")
    assert (done.exit_code, done.stdout) == (0, f"{database.shown} is upgraded: words 1 to {WORD_RULES}\n")
    assert done.stderr.startswith(
        "warning: the names of met_1 (key m1, Jobs) and met_2 (key m2, jobs) count as the same"
    )
    assert (again := run(database, "migrate")).exit_code == 0
    assert again.stderr == ""


# Help


def test_help_names_every_command(run: Callable[..., Result]) -> None:
    assert set(main.commands) == set(COMMANDS)
    for option in ("--help", "-h"):
        done = run(None, option)
        assert done.exit_code == 0
        lines = [line.split() for line in done.stdout.splitlines()]
        for command in COMMANDS:
            assert any(words[:1] == [command] and len(words) > 1 for words in lines), command
    assert "ONRECORD_DATABASE_URL" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_describes_its_options(run: Callable[..., Result], command: str) -> None:
    done = run(None, command, "--help")
    assert done.exit_code == 0
    for parameter in main.commands[command].params:
        for option in parameter.opts:
            is_untold = parameter.param_type_name == "argument" or getattr(parameter, "hidden", False)
            assert option in done.stdout or is_untold


def test_the_version_is_printed(run: Callable[..., Result]) -> None:
    done = run(None, "--version")
    assert done.exit_code == 0
    assert "0.1.0" in done.stdout


IMPORTED = """
import sys
before = set(sys.modules)
from app.cli import main
from app.cli.address import bound
main({arguments}, standalone_mode=False)
new = {{name.partition(".")[0] for name in set(sys.modules) - before}} - sys.stdlib_module_names
print("imported:", *sorted(name for name in new if not name.startswith("__editable__")))
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], *([name, "--help"] for name in COMMANDS), ["--version"]], ids=" ".join
)
def test_to_tell_what_a_command_takes_imports_nothing_that_it_works_with(arguments: list[str]) -> None:
    assert _imported_by(arguments) == {"app", "click"}


def test_a_command_without_a_database_imports_no_library_of_databases_or_http() -> None:
    assert _imported_by(["generate", "--claims", "1"]) <= {"app", "click", "msgspec", "typing_extensions"}


def test_the_process_that_starts_workers_imports_nothing_that_serves_or_migrates() -> None:
    code = "import sys; import app.server.workers, app.store.database.engine; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "sqlalchemy" in done.stdout.split()
    assert not {"alembic", "fastapi", "starlette", "uvicorn"} & set(done.stdout.split())


def _imported_by(arguments: list[str]) -> set[str]:
    code = IMPORTED.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("imported:")[2].split())


# Serve, and the command as it is installed


def onrecord(*arguments: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main(prog_name='onrecord')", *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_serve_migrates_imports_and_listens_where_host_and_port_say(tmp_path: Path) -> None:
    process = onrecord(
        "serve",
        "--migrate",
        "--import",
        str(SEED),
        cwd=tmp_path,
        HOST="127.0.0.2",
        PORT="0",
        PYTHONUNBUFFERED="1",
    )
    try:
        assert process.stdout is not None
        said: list[str] = []
        while not said or "docs" not in said[-1]:
            said.append(process.stdout.readline())
            assert said[-1], process.communicate()[1]
        assert "stored as revision 1" in "".join(said)
        address = said[-1].removeprefix("  API docs   ").removesuffix("/docs\n")
        assert address.startswith("http://127.0.0.2:")
        assert f"  claims     {address}/v1/claims\n" in said
        assert answer(process, f"{address}/v1/claims?limit=1")["meta"]["total"]["value"] == 38
    finally:
        process.terminate()
        errors = process.communicate(timeout=PATIENCE)[1]
    assert "Traceback" not in errors


def test_serving_takes_no_correction_of_a_seed_back(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/var/onrecord.db")
    (tmp_path / "var").mkdir()
    migrate(database)
    (tmp_path / "edit.csv").write_text("key,quote\nk1,corrected\n")
    import_paths(database, [write(tmp_path, GOOD)])
    import_paths(database, [tmp_path / "edit.csv"])
    seed = write(tmp_path, GOOD)
    process = onrecord("serve", "--import", str(seed), cwd=tmp_path, PORT="0", PYTHONUNBUFFERED="1")
    try:
        assert process.stdout is not None
        told = f"{seed} is not imported, for the database is not new: onrecord import {seed} does it\n"
        assert process.stdout.readline() == told
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert rows(database, "SELECT max(number) FROM revisions") == [(2,)]
    database.close()


def test_a_port_in_use_is_told_before_anything_else_is_done(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told, other = f"onrecord: port {port} of 127.0.0.1 is in use: choose another with", int(port) + 1
        process = onrecord("serve", "--migrate", "--import", "missing", "--port", port, cwd=tmp_path)
        assert process.communicate() == ("", f"{told} --port, as in --port {other}\n")
        assert process.returncode == 1
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "app" / "cli").mkdir(parents=True)
        for name in ("Makefile", "app/cli/address.py"):  # all that it needs to tell it
            (tmp_path / name).symlink_to(ROOT / name)
        making = subprocess.run(
            ["make", "serve", f"PORT={port}", f"PYTHON={sys.executable}"],
            cwd=tmp_path, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        assert making.stdout + making.stderr.splitlines()[0] == f"{told} PORT=…, as in PORT={other}"
        assert making.returncode == 2


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        ("nobody.invalid", "0", "'nobody.invalid' is no name or address of this machine: give another with HOST=…"),
        ("203.0.113.1", "8000", "203.0.113.1 cannot be listened on, port 8000"),
        ("127.0.0.1", "65536", "PORT=65536 is no number from 0 to 65535"),
        ("127.0.0.1", "", "PORT= is no number from 0 to 65535"),
    ],
)
def test_an_address_that_is_none_is_told_before_anything_is_installed(host: str, port: str, told: str) -> None:
    command = [sys.executable, "-I", str(ROOT / "app" / "cli" / "address.py"), host, port]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"onrecord: {told}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::", ""])
def test_port_0_is_one_free_port_of_every_address_of_the_host(host: str) -> None:
    with bound(host, 0) as sockets:
        assert len({one.getsockname()[1] for one in sockets}) == 1
        for one in sockets:
            one.listen()


def answer(process: subprocess.Popen[str], address: str) -> dict[str, dict[str, dict[str, int]]]:
    """The answer of the served address, once the server listens; fails where the process ends before."""
    found: list[dict[str, dict[str, dict[str, int]]]] = []

    def answers() -> bool:
        assert process.poll() is None, process.communicate()[1]
        with suppress(httpx.ConnectError):
            found.append(get(address).json())
        return bool(found)

    assert comes_true(answers), "the server never listened"
    return found[0]


def test_a_failure_of_the_installed_command_has_no_traceback(tmp_path: Path) -> None:
    process = onrecord("import", str(SEED), cwd=tmp_path)
    said, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (1, "")
    assert errors == "onrecord: there is no database file var/onrecord.db: run `onrecord migrate`\n"
    assert list(tmp_path.iterdir()) == []


def test_a_deep_file_does_not_crash_the_command(tmp_path: Path) -> None:
    (tmp_path / "deep.yaml").write_text(f"claims: {'[' * 100_000}{']' * 100_000}\n")
    url = f"sqlite:///{tmp_path}/x.db"
    database = Database(url)
    migrate(database)
    database.close()
    process = onrecord("import", "deep.yaml", cwd=tmp_path, ONRECORD_DATABASE_URL=url)
    said, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said.splitlines()[-1:]) == (1, ["nothing is stored: 1 problem"]), errors


# Generate


def test_generated_claims_are_lines_of_json_and_the_same_in_a_file(run: Callable[..., Result], tmp_path: Path) -> None:
    shown = run(None, "generate", "--claims", 20, "--seed", 4)
    assert shown.exit_code == 0
    assert run(None, "generate", "--claims", 20, "--seed", 4, "--output", "claims.ndjson").exit_code == 0
    assert (tmp_path / "claims.ndjson").read_bytes() == shown.stdout_bytes
    records = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [one["key"] for one in records if "type" not in one] == [f"generated-4/{n}" for n in range(20)]
    assert shown.stderr == ""


def test_generating_into_a_pipe_or_a_device_writes_to_it_and_leaves_it_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.symlink_to("/dev/stdout")
    process = onrecord("generate", "--claims", "1", "--output", str(out), cwd=tmp_path)
    assert process.communicate()[0].startswith('{"type":"metric"')
    assert out.is_symlink()


def test_edits_are_of_the_same_claims(run: Callable[..., Result]) -> None:
    edits = [json.loads(line) for line in run(None, "generate", "--claims", 300, "--edits").stdout.splitlines()]
    assert 5 < len(edits) < 30
    assert {one["key"].split("/")[0] for one in edits} == {"generated-1"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--claims", "-1"), "-1 is not in the range"),
        (("--claims", "many"), "'many' is not a valid integer"),
        (("--seed", "-5"), "-5 is not in the range"),
        (("--output", "no/such/folder/f"), "no/such/folder/f cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_generated_is_told(run: Callable[..., Result], arguments: tuple[str, ...], told: str) -> None:
    result = run(None, "generate", *arguments)
    assert result.exit_code in (1, 2)
    assert told in result.stderr


def test_a_reader_that_leaves_ends_generating_quietly() -> None:
    command = [sys.executable, "-c", "from app.cli import main; main()", "generate", "--claims", "50000"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"type":"metric"')
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def test_what_is_stored_and_cannot_be_told_is_no_failure(
    new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    database = new_database("sqlite")
    file = tmp_path / "one.ndjson"
    file.write_text('{"key": "k", "quote": "words", "source": {"title": "T"}}\n')
    monkeypatch.setenv("ONRECORD_DATABASE_URL", database.url.render_as_string(hide_password=False))
    for run, arguments, code, told in (
        (in_this_process, ["migrate"], 0, "warning: the report cannot be written: No space left on device; sqlite:"),
        (apart, ["import", str(file)], 0, "warning: the report cannot be written: No space left on device; stored as"),
        (
            in_this_process,
            ["import", str(file)],
            3,
            "the report cannot be written: No space left on device; nothing to store",
        ),
        (apart, ["generate"], 1, "the output cannot be written: No space left on device"),
    ):
        with suppress(OSError), open("/dev/full", "w") as full:  # noqa: PTH123  # a device, which fails anew when closed
            ended, errors = run(arguments, full)
        assert ended == code
        assert told in errors
        assert "Traceback" not in errors


def apart(arguments: list[str], output: TextIO) -> tuple[int, str]:
    """The exit code and the errors of a process of its own, which writes once more as it ends what it could not."""
    command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


def in_this_process(arguments: list[str], output: TextIO) -> tuple[int, str]:
    """The same of a command in this process."""
    app_settings.cache_clear()
    with redirect_stdout(output), redirect_stderr(StringIO()) as errors:
        with pytest.raises(SystemExit) as ended:
            main(arguments, prog_name="onrecord")
        assert sys.stdout is not output, "nothing is written to it once more"
        sys.stdout.close()
    app_settings.cache_clear()
    assert isinstance(ended.value.code, int)
    return ended.value.code, errors.getvalue()


def test_a_reader_that_leaves_makes_no_failure_of_what_is_stored(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    file = tmp_path / "one.ndjson"
    file.write_text('{"key": "k", "quote": "words", "source": {"title": "T"}}\n')
    url = database.url.render_as_string(hide_password=False)
    process = onrecord("import", str(file), cwd=tmp_path, ONRECORD_DATABASE_URL=url)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert "the report cannot be written: Broken pipe; stored as revision 1" in process.communicate()[1]
    assert process.returncode == 0


def test_a_file_that_cannot_be_written_whole_is_not_there(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert run(None, "generate", "-o", str(folder)).exit_code == 2
    command = 'ulimit -f 4; exec "$0" -c \'from app.cli import main; main()\' generate -o "$1"'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, str(folder / "out.ndjson")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []


def test_lists_that_commands_have_by_themselves_are_those_of_the_record() -> None:
    """They have them so that `--help` need not import the record."""
    kinds = next(option.type for option in retract.params if option.name == "kind")
    assert isinstance(kinds, click.Choice)
    assert tuple(kinds.choices) == get_args(RetractionKind)
    assert (tuple(DESCRIBED), RECORDS) == (FIELDS, tuple(MODELS))
