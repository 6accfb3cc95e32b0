"""The address that the service listens on: bound before anything else is done, as it may be in use.

`python app/cli/address.py HOST PORT` tells whether it is free, by the standard library alone: `make serve` asks that
before anything is installed.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple


class Options(NamedTuple):
    """How the host and the port are given, as an error says it; a value follows at once."""

    host: str
    port: str


OPTIONS = Options("--host ", "--port ")  # of `onrecord serve`
VARIABLES = Options("HOST=", "PORT=")  # of `make serve`
NO_SUCH_FAMILY = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # as of ::1 where there is no IPv6


@contextmanager
def bound(host: str, port: int, given: Options = OPTIONS) -> Iterator[list[socket.socket]]:
    """Sockets bound to every address of the host, all with one port (any free one for port 0).

    They do not listen yet: who connects is refused until the service is there. Exits with a sentence that says what to
    do where that cannot be.
    """
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        failure: OSError | None = None
        for family, address in _addresses(host, port, given):
            made = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
            try:
                _bind(made, (address[0], sockets[0].getsockname()[1] if sockets else port, *address[2:]))
            except OSError as error:
                failure = error
                if error.errno not in NO_SUCH_FAMILY:
                    break
            else:
                sockets.append(made)
        if failure and not (sockets and failure.errno in NO_SUCH_FAMILY):
            sys.exit(explained(failure, host, port, given))
        yield sockets


def _addresses(host: str, port: int, given: Options) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        sys.exit(f"onrecord: {host!r} is no name or address of this machine: give another with {_shown(given.host)}")
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bind(made: socket.socket, address: tuple[Any, ...]) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was served on lingers for a minute
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind(address)


@contextmanager
def shared(sockets: list[socket.socket], number: int) -> Iterator[list[list[socket.socket]]]:
    """The sockets that each of a number of processes listens on, at the addresses of these.

    In Linux each has its own, and the kernel shares connections out among them. Elsewhere all have these: who comes
    first takes what there is.
    """
    if number == 1 or sys.platform != "linux":
        yield [sockets] * number
        return
    with ExitStack() as opened:
        each: list[list[socket.socket]] = [[] for _ in range(number)]
        for own in each:
            for one in sockets:
                made = opened.enter_context(socket.socket(one.family, socket.SOCK_STREAM))
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                _bind(made, one.getsockname())
                own.append(made)
        yield each


def explained(error: OSError, host: str, port: int, given: Options = OPTIONS) -> str:
    """Why the address cannot be listened on, and what to do."""
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8000
        example = f"{_shown(given.port)}, as in {given.port}{other}"
        return f"onrecord: port {port} of {host} is in use: choose another with {example}"
    if error.errno == errno.EACCES:
        return f"onrecord: port {port} is not for every user: choose one above 1023 with {_shown(given.port)}"
    reason = (error.strerror or str(error)).lower()
    others = f"{_shown(given.host)} and {_shown(given.port)}"
    return f"onrecord: {host} cannot be listened on, port {port}: {reason}; choose others with {others}"


def _shown(option: str) -> str:
    return f"{option}…" if option.endswith("=") else option.strip()


def main() -> None:
    """Exit with a sentence where the address of the command line cannot be listened on."""
    host, port = sys.argv[1:]
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        sys.exit(f"onrecord: PORT={port} is no number from 0 to 65535")
    with bound(host, int(port), VARIABLES):
        pass


if __name__ == "__main__":
    main()
