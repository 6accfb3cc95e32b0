"""Processes for imports, begun within hundredths of a second: loading all modules takes a second of a processor.

A starter is a process that has loaded them. For each order it forks, and tells when that process has ended. It has no
threads and no connections, so that a fork of it is whole; the server has both. It ends with the server, whose end of a
pipe it holds the other end of, and after a time without orders, as it takes as much memory as a server.
"""

from __future__ import annotations

import atexit
import logging
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition
from typing import Final

import msgspec

import app
from app.store.database.processes import end_with
from app.store.imports.jobs.process import Order, carry_out

log = logging.getLogger("onrecord")

IDLE: Final = 60.0  # seconds without an order, after which a starter ends
MOMENT: Final = 0.2  # seconds in which a starter whose import is over may be idle again
BEGUN: Final = b"begun\n"
ENDED: Final = b"ended\n"
# Semaphores of the processes that check rows are left behind when an import is ended at once. Python's tracker of
# resources, which inherits these options, clears them away, and would warn of them in the server's log.
QUIET: Final = ("-W", "ignore:resource_tracker:UserWarning")
PROGRAM: Final = """
import sys
sys.path.append(sys.argv[1])
from app.store.database.garbage import collect_rarely
collect_rarely()  # before modules are loaded
from app.store.imports.jobs.starter import main
main()
"""


class Starters:
    """The starters of this process: each carries out one order at a time, and is there for the next one then."""

    def __init__(self) -> None:
        self._idle: list[_Starter] = []
        self._busy = 0
        self._changed = Condition()
        atexit.register(self.close)

    def carry_out(self, order: Order) -> None:
        """Carry out an order by a process of its own, and wait for its end."""
        with self._taken() as starter:
            if not starter.carry_out(order):
                starter.close()
                starter.begin()
                starter.carry_out(order)

    def close(self) -> None:
        """End those that wait for an order."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _taken(self) -> Iterator[_Starter]:
        """One that nobody else has meanwhile. An import is told to be over just before its starter is idle again."""
        with self._changed:
            if self._busy and not self._idle:
                self._changed.wait(MOMENT)
            starter = self._idle.pop() if self._idle else _Starter()
            self._busy += 1
        try:
            yield starter
        finally:
            with self._changed:
                self._busy -= 1
                self._idle.append(starter)
                self._changed.notify()


class _Starter:
    """A starter, as the server sees it."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin its process."""
        root = Path(app.__file__ or "").parent.parent
        # It is no part of the terminal's group, whose interrupts are for the server.
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", *QUIET, "-c", PROGRAM, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def carry_out(self, order: Order) -> bool:
        """Carry out an order, and wait for its end. False where the process had ended before it began."""
        assert self._process.stdin is not None  # noqa: S101  # narrows the type
        assert self._process.stdout is not None  # noqa: S101  # narrows the type
        with suppress(BrokenPipeError):
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            self._process.stdin.flush()
        is_begun = self._process.stdout.readline() == BEGUN
        if is_begun:
            self._process.stdout.readline()
        return is_begun

    def close(self) -> None:
        """End it, which carries out nothing."""
        with suppress(BrokenPipeError):
            self._process.communicate()


# In the starter


def main() -> None:
    """Fork for each order that comes on standard input; end with its end, or when none has come for long."""
    while select.select([0], [], [], IDLE)[0]:
        line = _read_line()
        if not line:
            break
        os.write(1, BEGUN)
        _fork(msgspec.json.decode(line, type=Order))
        os.write(1, ENDED)


def _read_line() -> bytes:
    """A line of standard input, past Python's buffers: what is in these, `select` does not see."""
    line = b""
    while not line.endswith(b"\n"):
        some = os.read(0, 1 << 16)
        if not some:
            return b""
        line += some
    return line


def _fork(order: Order) -> None:
    """Carry out an order by a fork, and wait for its end; where the server ends first, end the fork at once."""
    starter = os.getpid()
    reading, writing = os.pipe()  # whose writing end the fork alone has: it ends with it
    fork = os.fork()
    if fork == 0:
        _be_fork(order, starter)
    os.close(writing)
    ready = select.select([0, reading], [], [])[0]
    if reading not in ready:  # the server, which sends nothing meanwhile, has gone
        os.kill(fork, signal.SIGKILL)
    os.waitpid(fork, 0)
    os.close(reading)


def _be_fork(order: Order, starter: int) -> None:
    try:
        end_with(starter)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        carry_out(order)
    except BaseException:
        log.exception("an error of ours, as an import began or ended")
    finally:
        logging.shutdown()
        os._exit(0)
