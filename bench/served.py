"""The service in a process of its own, with a route that answers from memory beside those of the service.

`PUT /bench/memory` keeps a body, `GET` gives it: what an answer costs when nothing has to be found.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Request, Response

from app.main import create_app
from app.server.server import Server
from bench import data
from bench.data import ROOT

MEMORY = "/bench/memory"
COMMAND = "from app.cli import main; main(prog_name='onrecord')"


def app_with_memory() -> FastAPI:
    """The service on the configured database, and the route beside it."""
    app = create_app()
    kept = b""

    @app.put(MEMORY, include_in_schema=False)
    async def put(request: Request) -> None:
        nonlocal kept
        kept = await request.body()

    @app.get(MEMORY, include_in_schema=False)
    async def get() -> Response:
        return Response(kept, media_type="application/json")

    return app


@dataclass(frozen=True)
class Answer:
    """A server's answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    pid: int

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def page(self, path: str) -> bytes:
        """The bytes of an answer that has to be 200."""
        answer = self.ask(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}: {answer.body[:500]!r}")
        return answer.body

    def id_of(self, kind: str, field: str, value: str) -> str:
        """The id of the record of a kind (`speakers`) with this value in a field."""
        query = f"/v1/{kind}?{urlencode({field: value, 'limit': 1})}"
        found = msgspec.json.decode(self.page(query))["data"]
        if not found:
            raise LookupError(f"{query} finds nothing")
        return str(found[0]["id"])


@contextmanager
def served(url: str, *, plain: bool = False) -> Iterator[Served]:
    """A server on a database, once it answers. plain: `onrecord serve` as it is, without the route beside it."""
    port = free_port()
    run = ["-c", COMMAND, "serve", "--port", str(port)] if plain else ["-m", "bench.served", str(port)]
    data.FOLDER.mkdir(parents=True, exist_ok=True)
    with (data.FOLDER / "server.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *run], cwd=ROOT, env=environment(url), stdout=log, stderr=log)  # noqa: S603  # our own
        try:
            _wait_for_answer(process, port)
            yield Served(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def environment(url: str) -> dict[str, str]:
    """The environment of a process that works on a database. Slow queries are measured, not refused."""
    limits = {"ONRECORD_LOCK_TIMEOUT": "60", "ONRECORD_STATEMENT_TIMEOUT": "60"}
    return {**os.environ, "ONRECORD_DATABASE_URL": url, "PYTHONPATH": str(ROOT), **limits}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


def _wait_for_answer(process: subprocess.Popen[bytes], port: int) -> None:
    probe = Served(port, process.pid)
    for _ in range(6000):
        try:
            if probe.ask("/v1/claims?limit=1").status == 200:
                return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"the server does not answer: {(data.FOLDER / 'server.log').read_text()[-2000:]}")


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listening:
        Server(app_with_memory()).run([listening])
