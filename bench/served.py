"""The service of a build, and the yardstick beside it, each in a process of its own."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlencode

import msgspec

from bench import data
from bench.builds import TODAY, Build

START = 300  # seconds to begin to answer, on a machine that others use


class Answer(msgspec.Struct, frozen=True):
    """A server's answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Served(msgspec.Struct, frozen=True):
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

    def answer(self, path: str) -> Answer:
        """An answer that has to be 200."""
        answer = self.ask(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}: {answer.body[:500]!r}")
        return answer

    def page(self, path: str) -> bytes:
        """The bytes of an answer that has to be 200."""
        return self.answer(path).body

    def id_of(self, kind: str, field: str, value: str) -> str:
        """The id of the record of a kind (`speakers`) with this value in a field."""
        query = f"/v1/{kind}?{urlencode({field: value, 'limit': 1})}"
        found = msgspec.json.decode(self.page(query))["data"]
        if not found:
            raise LookupError(f"{query} finds nothing")
        return str(found[0]["id"])


@cache
def exports_at(server: Served) -> str:
    """The path of exports: of a format of the list in earlier builds."""
    path = "/v1/claims/export"
    return path if server.ask(f"{path}?limit=1").status == 200 else "/v1/claims"


@contextmanager
def served(build: Build, url: str) -> Iterator[Served]:
    """`onrecord serve` on a database, once it answers."""
    port = free_port()
    with (data.FOLDER / f"server-{build.name}.log").open("wb") as log:
        process = build.start(url, "serve", "--port", str(port), stdout=log, stderr=log)
        with _answering(process, port, "/v1/claims?limit=1", log.name) as server:
            yield server


@contextmanager
def memory(*how: str) -> Iterator[Served]:
    """The yardstick, which is of this build always. how: `plain`, by the plain server."""
    port = free_port()
    with (data.FOLDER / "memory.log").open("wb") as log:
        process = TODAY.run_python("", "-m", "bench.memory", str(port), *how, stdout=log, stderr=log)
        with _answering(process, port, "/", log.name) as server:
            yield server


@contextmanager
def _answering(process: subprocess.Popen[bytes], port: int, path: str, log: str) -> Iterator[Served]:
    """A process that serves, from its first answer on, until it is ended."""
    server, end = Served(port, process.pid), time.monotonic() + START
    try:
        while not _answers(server, path):
            if process.poll() is not None or time.monotonic() > end:
                with open(log) as said:  # noqa: PTH123  # a name, not a path
                    raise RuntimeError(f"the server does not answer: {said.read()[-2000:]}")
            time.sleep(0.01)
        yield server
    finally:
        process.terminate()
        process.wait()


def _answers(server: Served, path: str) -> bool:
    try:
        return server.ask(path).status < 500
    except (OSError, http.client.HTTPException):
        return False


def put_answers(server: Served, answers: Mapping[str, Answer]) -> None:
    """Give the yardstick what it is to answer, by path and query."""
    server.ask("/answers", "PUT", msgspec.msgpack.encode(answers))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])
