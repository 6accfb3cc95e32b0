"""How many files of ours a list of claims passes through from its address to the database."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from fastapi import FastAPI

from app.api import threads
from app.main import create_app
from app.store.database.engine import Database

APP = Path(__file__).parents[2] / "app"
MOST = 10  # files that stand on each other: those that are opened to see how an answer comes to be what it is
ENTERED = 47  # in all, with what is looked up beside: types of values, dates, media types, the parts of the index


def ask(app: FastAPI, query: str, look: Callable[[FrameType, str, Any], None] | None = None) -> int:
    """Ask for a list in this thread; gives the status. look: is called whenever a function is."""
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": "/v1/claims", "raw_path": b"/v1/claims", "root_path": "",
        "query_string": query.encode(), "headers": [(b"host", b"x")], "client": ("test", 1), "server": ("test", 80),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        sys.setprofile(look)
        try:
            await app(scope, receive, send)
        finally:
            sys.setprofile(None)

    asyncio.run(run())
    return int(sent[0]["status"])


def file_of(frame: FrameType) -> str | None:
    path = Path(frame.f_code.co_filename)
    return str(path.relative_to(APP)) if path.is_relative_to(APP) else None


@pytest.mark.parametrize(
    "query",
    ["", "topic=cyber+defence", "q=japan", "q=%22political+theater%22&sort=said_on", "topic=nothing",
     "speaker__name=Fumio+Kishida&said_on=2022", "figure__unit=count&figure__value__gte=1&sort=figure__value",
     "as_of=1&status=any&limit=2"],
)  # fmt: skip
def test_a_list_passes_through_few_files(
    seeded_databases: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(threads, "HERE", (60.0, 60.0))
    app = create_app(seeded_databases("sqlite"))
    entered = set[str]()
    deepest: list[str] = []

    def look(frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal deepest
        own = file_of(frame)
        if event != "call" or own is None:
            return
        entered.add(own)
        files: dict[str, None] = {}
        at: FrameType | None = frame
        while at is not None:
            if file := file_of(at):
                files[file] = None
            at = at.f_back
        deepest = max(deepest, list(files)[::-1], key=len)

    assert ask(app, query) == 200  # what is read once is in memory
    assert ask(app, query, look) == 200
    assert deepest[0] == "api/every_request.py"
    assert len(deepest) <= MOST, deepest
    assert len(entered) <= ENTERED, entered
