"""docs/mappings.md is true: its commands, one after the other on its files, print what is shown there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.mapping.file_kind import SECTIONS
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "mappings.md").read_text()
# A file by its name, or commands with what they print
BLOCKS = re.findall(
    r"^`([\w./-]+)`:\n\n```\w*\n(.*?)^```$|^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)  # fmt: skip


def test_the_commands_of_the_page_print_what_it_shows(database: Database, run: Callable[..., Result]) -> None:
    shown = 0
    for name, content, commands in BLOCKS:
        if name:
            Path(name).write_text(content)
            continue
        for command, printed in re.findall(r"^\$ onrecord (.*)\n((?:(?!\$ ).*\n)*)", commands, re.MULTILINE):
            done = run(database, *shlex.split(command))
            assert done.stderr + done.stdout == printed, command
            shown += 1
    assert shown == PAGE.count("\n$ ") >= 10
    (url,) = re.findall(r"curl -s 'http://127\.0\.0\.1:8000(.*?)'", PAGE)
    with TestClient(create_app(database)) as client:
        assert [claim["key"] for claim in client.get(url).json()["data"]] == ["council/3", "council/1"]


@pytest.mark.parametrize("section", [*SECTIONS, "files", "match"])
def test_every_section_of_a_mapping_is_explained(section: str) -> None:
    assert re.search(rf"`{section}\b", PAGE)
