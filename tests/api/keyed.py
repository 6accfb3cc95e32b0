"""Requests with keys."""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from app.api.access import require_scope
from app.main import create_app
from app.store.database.engine import Database

Open = Callable[..., TestClient]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def guarded(database: Database) -> FastAPI:
    """The API with an operation for each scope, which tells who calls."""
    app = create_app(database)

    @app.post("/v1/needs/{scope}")
    async def own(request: Request, scope: str) -> list[object]:
        caller = await require_scope(request, scope)
        return [caller.name, caller.key_id, sorted(caller.scopes)]

    return app


def asked(client: TestClient, path: str, method: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """The status and the code of a problem that a request with nothing in it is answered."""
    answer = client.request(
        method, re.sub(r"\{\w+\}", "1", path.replace("{id}", "clm_1")), headers=headers, follow_redirects=False
    )
    told = answer.content and answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"] if told else ""
