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
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

import app
from app.store.database.processes import end_with
from app.store.imports.jobs.process import Order, carry_out

log = logging.getLogger("onrecord")

IDLE: Final = 60.0  # seconds without an order, after which a starter ends
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
        self._lock = Lock()
        atexit.register(self.close)

    def close(self) -> None:
        """End those that wait for an order."""
        while (starter := self._taken()) is not None:
            starter.close()

    def carry_out(self, order: Order) -> None:
        """Carry out an order by a process of its own, and wait for its end."""
        starter = self._taken()
        while starter is not None:  # each of them may have ended by now
            if starter.carry_out(order):
                break
            starter = self._taken()
        else:
            starter = _Starter()
            starter.carry_out(order)
        with self._lock:
            self._idle.append(starter)

    def _taken(self) -> _Starter | None:
        with self._lock:
            return self._idle.pop() if self._idle else None


class _Starter:
    """A starter, as the server sees it."""

    def __init__(self) -> None:
        root = Path(app.__file__ or "").parent.parent
        # It is no part of the terminal's group, whose interrupts are for the server.
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", *QUIET, "-c", PROGRAM, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def carry_out(self, order: Order) -> bool:
        """Carry out an order, and wait for its end. False where the starter had ended before it began."""
        assert self._process.stdin is not None  # noqa: S101  # narrows the type
        assert self._process.stdout is not None  # noqa: S101  # narrows the type
        try:
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        if self._process.stdout.readline() != BEGUN:
            self.close()
            return False
        self._process.stdout.readline()
        return True

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
