"""The client that asks: a process of its own that keeps a few connections busy and does next to nothing else.

It reads one task a line from its input, and answers each by one line: see `Task` and `Load`.
"""

from __future__ import annotations

import re
import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, process_time

import msgspec

from bench.data import ROOT

CONNECTIONS = 4
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_LAST_CHUNK = b"\r\n0\r\n\r\n"  # cannot stand in a body of JSON, which holds no bare carriage returns


class Task(msgspec.Struct):
    """Ask a path over and over, each connection as soon as it has its answer."""

    port: int
    path: str
    seconds: float
    status: int = 200
    headers: dict[str, str] = {}


class Load(msgspec.Struct):
    """One measurement. times: seconds of each request, its waiting for the others included. busy: the client's own
    seconds of a processor.
    """

    seconds: float
    times: list[float]
    busy: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """The milliseconds that this share of the requests did not exceed."""
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))] * 1000

    def joined(self, other: Load) -> Load:
        """Both, as one."""
        return Load(self.seconds + other.seconds, self.times + other.times, self.busy + other.busy)


class Client:
    """The process that asks."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def run(self, task: Task) -> Load:
        """The load of a task. Raises RuntimeError where the answers were not of the expected status."""
        assert self.process.stdin  # noqa: S101  # narrows the type
        assert self.process.stdout  # noqa: S101  # as above
        self.process.stdin.write(msgspec.json.encode(task) + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the client that asks for {task.path} broke off")
        return msgspec.json.decode(line, type=Load)


@contextmanager
def load_client() -> Iterator[Client]:
    """A client process, for as long as the block."""
    command = [sys.executable, "-m", "bench.load"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own
        try:
            yield Client(process)
        finally:
            process.terminate()


@dataclass
class _Connection:
    """One connection, and how much of its present answer is still to come: None where that is not known yet, or until
    the last chunk, whose end `tail` watches for.
    """

    socket: socket.socket
    request: bytes
    status: bytes
    head: bytearray = field(default_factory=bytearray)
    missing: int | None = None
    tail: bytes | None = None  # the last bytes of an answer in chunks
    asked: float = 0.0

    def ask(self) -> None:
        self.head.clear()
        self.missing = self.tail = None
        self.asked = perf_counter()
        self.socket.sendall(self.request)

    def take(self, buffer: memoryview) -> bool:
        """Read what is there; whether that ends the answer."""
        size = self.socket.recv_into(buffer)
        if not size:
            raise ConnectionError("the server closed the connection")
        if self.tail is not None:
            return self._ends(bytes(buffer[max(0, size - len(_LAST_CHUNK)) : size]))
        if self.missing is None:
            self.head += buffer[:size]
            return self._begins()
        self.missing -= size
        return self.missing == 0

    def _begins(self) -> bool:
        """Look for the end of the head; whether the answer ends as well."""
        end = self.head.find(_END)
        if end < 0:
            return False
        if self.head[9:12] != self.status:
            raise ConnectionError(bytes(self.head[:2000]).decode(errors="replace"))
        if _CHUNKED.search(self.head, 0, end + 4):
            self.tail = b""
            return self._ends(bytes(self.head[end + 2 :]))
        length = _LENGTH.search(self.head, 0, end + 4)
        self.missing = end + 4 + (int(length[1]) if length and self.status != b"304" else 0) - len(self.head)
        return self.missing == 0

    def _ends(self, last: bytes) -> bool:
        """Whether the last chunk ends with these bytes, which may be few."""
        self.tail = ((self.tail or b"") + last)[-len(_LAST_CHUNK) :]
        return self.tail == _LAST_CHUNK


def ask(task: Task) -> Load:
    """Keep the connections busy for the time of the task."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in task.headers.items())
    request = f"GET {task.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()
    times: list[float] = []
    buffer = memoryview(bytearray(1 << 20))
    with selectors.DefaultSelector() as selector:
        opened = [_opened(task, request) for _ in range(CONNECTIONS)]
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask()
        started, worked = perf_counter(), process_time()
        end, waiting = started + task.seconds, CONNECTIONS
        while waiting:
            for key, _ in selector.select():
                connection = key.data
                if not connection.take(buffer):
                    continue
                now = perf_counter()
                times.append(now - connection.asked)
                if now < end:
                    connection.ask()
                else:
                    waiting -= 1
        seconds, worked = perf_counter() - started, process_time() - worked
    for connection in opened:
        connection.socket.close()
    return Load(seconds, times, worked)


def _opened(task: Task, request: bytes) -> _Connection:
    connection = socket.create_connection(("127.0.0.1", task.port), timeout=600)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _Connection(connection, request, str(task.status).encode())


if __name__ == "__main__":
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(ask(msgspec.json.decode(line, type=Task))) + b"\n")
        sys.stdout.buffer.flush()
