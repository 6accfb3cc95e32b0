"""Clients that send or take too little, or too much: each is disconnected, and takes nothing from the others."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from fastapi import Request

from app.api.access import client_of
from app.api.exports import ExportSlots
from app.errors import TooManyExports
from app.store.database.engine import Database
from tests.api.served import Served, serving, settings_of
from tests.local_http import NO_CERTIFICATES, get
from tests.server_process import read_to_end
from tests.waiting import comes_true

HEAD = b"GET /v1/claims?limit=1 HTTP/1.1\r\nHost: x\r\n"
SOON = "0.2"  # seconds of a limit that is waited for
NEVER = "600"


@pytest.fixture
def served(seeded: Database) -> Iterator[Served]:
    """The seed, served."""
    with serving(seeded) as running:
        yield running


def connect(served: Served, sent: bytes = b"") -> socket.socket:
    """A connection, on which this was sent."""
    connection = socket.create_connection(served.socket.getsockname(), timeout=60)
    connection.sendall(sent)
    return connection


def told(answer: bytes) -> tuple[int, str]:
    """The status and the code of an answer that is a problem, and the end of its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    problem = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {problem['status']} ".encode())
    return problem["status"], problem["code"]


@pytest.mark.parametrize(
    "sent",
    [
        HEAD,
        b"POST /v1/claims/search HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        b"POST /v1/claims/search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        HEAD + b"\r\n" + HEAD,  # of the second request
    ],
)
def test_a_request_that_is_not_whole_in_time_is_told_so(served: Served, sent: bytes) -> None:
    with settings_of(READ_TIMEOUT=SOON), connect(served, sent) as connection:
        received = read_to_end(connection)
    assert received.startswith(b"HTTP/1.1 200 OK") is (sent.count(b"GET") == 2)
    assert told(received[received.index(b"HTTP/1.1 408") :]) == (408, "request-timeout")


def test_a_client_that_asks_nothing_is_disconnected(served: Served) -> None:
    with settings_of(READ_TIMEOUT=SOON), connect(served) as connection:
        assert read_to_end(connection) == b""
    with settings_of(READ_TIMEOUT=NEVER), connect(served, HEAD) as connection:
        connection.sendall(b"Connection: close\r\n\r\n")
        assert read_to_end(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_page_that_nobody_takes_is_cut_off(served: Served) -> None:
    many = (HEAD + b"\r\n") * 5000  # answers to all of these are more than what is kept between
    with settings_of(SEND_TIMEOUT=SOON), connect(served) as connection:
        connection.settimeout(5)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            connection.sendall(many * 100)
    assert comes_true(lambda: not served.server.server_state.connections)


def test_more_connections_than_the_limit_are_told_to_come_again(served: Served) -> None:
    with ExitStack() as opened, settings_of(CONNECTIONS="3", READ_TIMEOUT=NEVER):
        for _ in range(3):
            opened.enter_context(connect(served, HEAD))
        assert comes_true(lambda: len(served.server.server_state.connections) == 3)
        refused = opened.enter_context(connect(served))
        assert told(read_to_end(refused)) == (503, "busy")
    assert comes_true(lambda: not served.server.server_state.connections)
    assert get(f"{served.url}?limit=1").status_code == 200


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"nonsense\r\n\r\n", (400, "bad-request")),
        (b"GET / HTTP/1.1\r\n\r\n", (400, "bad-request")),  # no Host
        (b"GET /?" + b"&" * 70_000, (414, "uri-too-long")),
        (HEAD + b"A: " + b"a" * 70_000, (431, "head-too-long")),
    ],
)
def test_what_is_no_request_is_told_as_a_problem(
    served: Served, sent: bytes, expected: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    with connect(served, sent) as connection:
        assert told(read_to_end(connection)) == expected
    assert not caplog.records


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_long_address_is_refused_before_it_is_read(served: Served, method: str) -> None:
    address = f"{served.url}?q={'a' * (16_384 - len('/v1/claims?q='))}"
    longer = httpx.request(method, f"{address}aa", timeout=60, verify=NO_CERTIFICATES)
    assert longer.status_code == 414
    assert longer.headers["content-type"] == "application/problem+json"
    assert httpx.request(method, address, timeout=60, verify=NO_CERTIFICATES).status_code in (401, 422)


def test_one_client_has_only_its_share_of_the_exports() -> None:
    slots = ExportSlots(3, 2)
    first, _ = slots.take("a"), slots.take("a")
    with pytest.raises(TooManyExports, match="2 exports of one client are under way"):
        slots.take("a")
    slots.take("b")
    with pytest.raises(TooManyExports, match="3 exports are under way"):
        slots.take("c")
    first()
    slots.take("a")


@pytest.mark.parametrize(("trusted", "status"), [("", 503), ("127.0.0.1", 200), ("10.0.0.0/8", 503)])
def test_whom_a_proxy_speaks_for_is_believed_only_where_it_is_trusted(
    seeded: Database, trusted: str, status: int
) -> None:
    with settings_of(TRUSTED_PROXIES=trusted), serving(seeded) as served:
        served.app.state.exports = slots = ExportSlots(2, 1)
        slots.take("127.0.0.1")  # the proxy's own, or everybody's where it is not trusted
        answer = get(f"{served.url}/export", headers={"X-Forwarded-For": "192.0.2.1"})
        assert answer.status_code == status


def test_clients_of_one_network_of_ipv6_are_one() -> None:
    def request(host: str) -> Request:
        return Request({"type": "http", "client": (host, 1), "headers": []})

    assert (
        client_of(request("2001:db8::1")) == client_of(request("2001:db8::ffff")) != client_of(request("2001:db9::1"))
    )
    assert client_of(request("192.0.2.1")) != client_of(request("192.0.2.2"))
    assert client_of(request("::ffff:192.0.2.1")) == client_of(request("192.0.2.1"))
