"""docs/correct-a-claim.md is true: its commands, one after the other, do what is said there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.conftest import ROOT

SERVER = "http://127.0.0.1:8000"
PAGE = (ROOT / "docs" / "correct-a-claim.md").read_text()
COMMANDS = re.findall(r"^ {4}(\S.*)$", PAGE, re.MULTILINE)
Asking = Callable[[str], Any]


@pytest.fixture
def ask(client: TestClient, database: Database, run: Callable[..., Result]) -> Asking:
    """Does what a command of the page says, on the seed."""
    assert run(database, "import", ROOT / "seed").exit_code == 0
    key = make_key(database, "desk", ["write"]).secret

    def asked(command: str) -> Any:
        name, *words = shlex.split(command.replace("$KEY", key))
        if name != "curl":
            return run(database, *words)
        options = {"-X": "GET", "-d": None, "-o": None} | dict(pairwise(words))
        headers = dict(value.split(": ", 1) for option, value in pairwise(words) if option == "-H")
        (url,) = (one.removeprefix(SERVER) for one in words if one.startswith(SERVER))
        answer = client.request(str(options["-X"]), url, headers=headers, content=options["-d"])
        assert answer.status_code < 300, answer.text
        if options["-o"]:
            Path(options["-o"]).write_bytes(answer.content)
        return answer

    return asked


def test_a_claim_is_corrected_as_the_page_says(ask: Asking, client: TestClient) -> None:
    export, tried, stored, undo, read, patch, undone, retract, restore, dry, merge = COMMANDS
    path = "/v1/claims/by-key/japan-cyber-2024/shimada-3"
    before = client.get(path).json()
    ask(export)
    table = Path("claims.csv").read_text()
    head, *rows = table.splitlines()
    assert {"key", "version", "said_on.edtf", "venue", "topics.1"} <= {*head.split(",")}
    assert [row.split(",")[:2] for row in rows] == [["1", f"japan-cyber-2024/shimada-{n}"] for n in (1, 2, 3)]
    edited = table.replace("told Reuters", "at a hearing").replace("cyber defence,recruitment", "cyber defence,")
    assert edited != table
    Path("claims.csv").write_text(edited)
    done = ask(tried)
    assert (done.exit_code, client.get(path).json()) == (0, before)
    assert 'venue: "told Reuters" → "at a hearing"' in done.stdout
    assert re.findall('"(3 claims lose .*?)"', PAGE)[0] in done.stderr
    assert "stored as revision 2" in ask(stored).stdout
    now = client.get(path).json()
    assert (now["venue"], now["topics"], now["version"]) == ("at a hearing", ["cyber defence"], 2)
    Path("claims.csv").write_text(edited.replace("at a hearing", "elsewhere"))
    late = ask(stored)
    assert late.exit_code == 1
    begin, end = re.findall(r"\*(this was made from version 1 of) …, (which is at version 2 by\s+now)\*", PAGE)[0]
    assert re.search(rf"{begin} \S+, {' '.join(end.split())}", late.stderr)
    assert ask(undo).exit_code == 0
    assert {**client.get(path).json(), "version": 1} | {n: before[n] for n in ("updated_at", "revision")} == before
    assert ask(read).json()["version"] == 3
    assert ask(patch).headers["onrecord-revision"] == "4"
    assert ask(undone).json()["undoes"] == 4
    assert client.get(path).json()["venue"] == before["venue"]
    assert ask(retract).json()["status"] == "retracted"
    assert ask(restore).json()["status"] == "active"
    assert "would be merged into clm_17" in ask(dry).stdout
    assert ask(merge).json()["id"] == "clm_17"
    assert client.get("/v1/claims/clm_18", follow_redirects=False).headers["location"] == "/v1/claims/clm_17"
