"""The client that asks: a process of its own that keeps a few connections busy and does next to nothing else.

It reads one task a line from its input, and answers each by one line: see `Task` and `Load`.
"""

from __future__ import annotations

import re
import selectors
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from time import perf_counter, process_time

import msgspec

from bench.data import ROOT

CONNECTIONS = 4
NOT_MODIFIED = 304  # tells the length of a body that does not follow
BROKEN_OFF = 0
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_LAST_CHUNK = b"\r\n0\r\n\r\n"  # cannot stand in a body of JSON, which holds no bare carriage returns


class Task(msgspec.Struct):
    """Ask the paths in turn, over and over, each connection as soon as it has its answer.

    least: go on until so many are answered, or ten times the seconds are over. tolerant: other statuses and broken
    connections are counted, where they would break off the task.
    """

    port: int
    paths: list[str]
    seconds: float
    connections: int = CONNECTIONS
    least: int = 0
    status: int = 200
    tolerant: bool = False
    headers: dict[str, str] = {}


class Load(msgspec.Struct):
    """One measurement. times: seconds of each request, its waiting for the others included. busy: the client's own
    seconds of a processor. others: how many answers had another status; 0 for connections that were broken off.
    """

    seconds: float
    times: list[float]
    busy: float
    others: dict[int, int] = {}

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """The milliseconds that this share of the requests did not exceed."""
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))] * 1000

    def joined(self, other: Load) -> Load:
        """Both, as one."""
        others = {
            status: self.others.get(status, 0) + other.others.get(status, 0) for status in self.others | other.others
        }
        return Load(self.seconds + other.seconds, self.times + other.times, self.busy + other.busy, others)


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
            raise RuntimeError(f"the client that asks for {task.paths[0]} broke off")
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
    head: bytearray = field(default_factory=bytearray)
    missing: int | None = None
    tail: bytes | None = None  # the last bytes of an answer in chunks
    asked: float = 0.0
    status: int = 0

    def ask(self, request: bytes) -> None:
        self.head.clear()
        self.missing = self.tail = None
        self.asked = perf_counter()
        self.socket.sendall(request)

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
        self.status = int(self.head[9:12])
        if _CHUNKED.search(self.head, 0, end + 4):
            self.tail = b""
            return self._ends(bytes(self.head[end + 2 :]))
        length = _LENGTH.search(self.head, 0, end + 4)
        self.missing = end + 4 + (int(length[1]) if length and self.status != NOT_MODIFIED else 0) - len(self.head)
        return self.missing == 0

    def _ends(self, last: bytes) -> bool:
        """Whether the last chunk ends with these bytes, which may be few."""
        self.tail = ((self.tail or b"") + last)[-len(_LAST_CHUNK) :]
        return self.tail == _LAST_CHUNK


def ask(task: Task) -> Load:
    """Keep the connections busy for the time of the task."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in task.headers.items())
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode() for path in task.paths])
    times: list[float] = []
    statuses = Counter[int]()
    buffer = memoryview(bytearray(1 << 20))
    with selectors.DefaultSelector() as selector:
        opened = [_Connection(_opened(task.port)) for _ in range(task.connections)]
        started, worked = perf_counter(), process_time()
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask(next(requests))
        end, last, waiting = started + task.seconds, started + 10 * task.seconds, len(opened)
        while waiting:
            for key, _ in selector.select():
                connection = key.data
                try:
                    if not connection.take(buffer):
                        continue
                except ConnectionError:
                    if not task.tolerant:
                        raise
                    connection.status = BROKEN_OFF
                    selector.unregister(connection.socket)
                    connection.socket = _opened(task.port)
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                now = perf_counter()
                times.append(now - connection.asked)
                statuses[connection.status] += 1
                if connection.status != task.status and not task.tolerant:
                    raise ConnectionError(bytes(connection.head[:2000]).decode(errors="replace"))
                if now < end or (len(times) < task.least and now < last):
                    connection.ask(next(requests))
                else:
                    waiting -= 1
        seconds, worked = perf_counter() - started, process_time() - worked
    for connection in opened:
        connection.socket.close()
    del statuses[task.status]
    return Load(seconds, times, worked, statuses)


def _opened(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=600)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


if __name__ == "__main__":
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(ask(msgspec.json.decode(line, type=Task))) + b"\n")
        sys.stdout.buffer.flush()
