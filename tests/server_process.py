"""`onrecord serve` as a process of its own, as operators run it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.local_http import get
from tests.waiting import PATIENCE, comes_true

ROOT = Path(__file__).parents[1]


def read_to_end(connection: socket.socket) -> bytes:
    """All that comes until the other side ends. Raises ConnectionResetError where it breaks off."""
    received = b""
    while chunk := connection.recv(1 << 20):
        received += chunk
    return received


class ServerProcess:
    """A server that listens. log: the file of what it says."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log
        self.url = f"http://127.0.0.1:{port}"

    @property
    def said(self) -> str:
        """The log so far."""
        return self._log.read_text()

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A connection to it, on which this was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.settimeout(PATIENCE)
        connection.sendall(sent)
        return connection

    def ready(self) -> int:
        """The status of /readyz; 0 where connections are refused."""
        try:
            return get(f"{self.url}/readyz").status_code
        except httpx.TransportError:
            return 0

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def workers(self) -> list[int]:
        """The processes that serve in its place, where there are several (Linux)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in children}
        return [one for one, command in commands.items() if b"spawn_main" in command]

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(PATIENCE)


@contextmanager
def server_process(url: str, folder: Path, *arguments: str, **settings: str) -> Iterator[ServerProcess]:
    """A server of a database that is there already. arguments: further ones of `onrecord serve`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {f"ONRECORD_{name}": value for name, value in settings.items()} | {"ONRECORD_DATABASE_URL": url}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port), *arguments],
            cwd=ROOT, stdout=log, stderr=log, env={"PATH": os.environ["PATH"], **environment},
        )  # fmt: skip
    server = ServerProcess(process, port, folder / "log")
    try:
        assert comes_true(lambda: server.ready() == 200 or process.poll() is not None)
        assert process.poll() is None, server.said
        yield server
    finally:
        process.kill()
        process.wait()
