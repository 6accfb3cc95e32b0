"""Requests as clients send them: in pieces, several at once, with a body behind a question for another protocol."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat

import pytest
from starlette.responses import StreamingResponse
from starlette.routing import Route

from app.store.database.engine import Database
from tests.api.served import Served, serving
from tests.server_process import read_to_end

HOST = b"Host: x\r\n"
LAST = HOST + b"Connection: close\r\n\r\n"
SEARCH = b'{"limit": 1}'
SIZED = b"Content-Length: %d\r\n" % len(SEARCH)


@pytest.fixture
def served(seeded: Database) -> Iterator[Served]:
    """The seed, served."""
    with serving(seeded) as running:
        yield running


def answers_to(served: Served, *pieces: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """The answers on one connection to what is sent in pieces: status, headers and body of each."""
    with socket.create_connection(served.socket.getsockname(), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        left = read_to_end(connection)
    answers = []
    while left:
        head, _, left = left.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", len(left)))
        answers.append((int(first.split(" ")[1]), headers, left[:length]))
        left = left[length:]
    return answers


def test_requests_that_come_at_once_are_answered_in_turn(served: Served) -> None:
    asked = [b"GET /v1/claims?limit=1 HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\n", b"GET /nowhere HTTP/1.1\r\n"]
    search = b"POST /v1/claims/search HTTP/1.1\r\n" + SIZED + LAST + SEARCH
    answers = answers_to(served, b"".join(one + HOST + b"\r\n" for one in asked) + search)
    assert [status for status, _, _ in answers] == [200, 200, 404, 200]
    assert [len(json.loads(answers[at][2])["data"]) for at in (0, 3)] == [1, 1]
    assert ["connection" in headers for _, headers, _ in answers] == [False, False, False, True]


def test_a_request_may_come_byte_by_byte(served: Served) -> None:
    sent = b"\r\nPOST /v1/claims/search HTTP/1.1\r\n" + SIZED + LAST + SEARCH
    ((status, _, body),) = answers_to(served, *(bytes([byte]) for byte in sent))
    assert (status, len(json.loads(body)["data"])) == (200, 1)


@pytest.mark.parametrize("framing", [SIZED, b"Transfer-Encoding: chunked\r\n"])
def test_who_asks_for_another_protocol_is_answered_by_this_one(served: Served, framing: bytes) -> None:
    body = SEARCH if framing is SIZED else b"%x\r\n%b\r\n0\r\n\r\n" % (len(SEARCH), SEARCH)
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
    first = b"POST /v1/claims/search HTTP/1.1\r\n" + HOST + upgrade + framing + b"\r\n"
    again = b"GET /healthz HTTP/1.1\r\n" + LAST
    for pieces in ((first + body + again,), (first, body[:5], body[5:] + again), (first + body, again)):
        (status, _, found), (healthy, _, _) = answers_to(served, *pieces)
        assert (status, len(json.loads(found)["data"]), healthy) == (200, 1, 200)
    without_body = b"GET /v1/claims?limit=1 HTTP/1.1\r\n" + HOST + upgrade + b"\r\n"
    assert [status for status, _, _ in answers_to(served, without_body + again)] == [200, 200]


def test_a_fault_is_told_after_the_answers_before_it(served: Served) -> None:
    first = b"GET /v1/claims?limit=1 HTTP/1.1\r\n" + HOST + b"\r\n"
    assert [status for status, _, _ in answers_to(served, first + first + b"nonsense\r\n\r\n")] == [200, 200, 400]


def test_a_body_is_sent_when_it_is_waited_for(served: Served) -> None:
    head = b"POST /v1/claims/search HTTP/1.1\r\nExpect: 100-continue\r\n" + SIZED + LAST
    with socket.create_connection(served.socket.getsockname(), timeout=60) as connection:
        connection.sendall(head)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(SEARCH)
        assert read_to_end(connection).startswith(b"HTTP/1.1 200 OK\r\n")


def test_an_older_client_is_answered_without_chunks(served: Served) -> None:
    ((status, headers, _),) = answers_to(served, b"GET /v1/claims/export HTTP/1.0\r\n\r\n")[:1]
    assert (status, headers["connection"], "transfer-encoding" in headers) == (200, "close", False)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET * HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_a_request_that_others_may_read_otherwise_is_refused(served: Served, head: bytes) -> None:
    assert [status for status, _, _ in answers_to(served, head)] == [400]


def test_white_space_around_a_value_is_no_part_of_it(served: Served) -> None:
    ask = b"GET /v1/claims HTTP/1.1\r\nX-Request-Id:   mine \t\r\n"
    ((_, headers, _),) = answers_to(served, ask + LAST)
    assert headers["x-request-id"] == "mine"


def test_what_follows_a_last_request_is_not_answered(served: Served) -> None:
    ask = b"GET /healthz HTTP/1.1\r\n"
    assert len(answers_to(served, ask + LAST + ask + LAST)) == 1


def test_a_head_of_many_short_headers_is_too_long(served: Served) -> None:
    for lines in (b"a:\r\n" * 17_000, b"a:b\r\n" * 14_000):
        with suppress(ConnectionResetError):  # what is refused is not read to its end
            ((status, _, body),) = answers_to(served, b"GET /healthz HTTP/1.1\r\n" + HOST + lines + b"\r\n")
            assert (status, json.loads(body)["code"]) == (431, "head-too-long")
    ((status, _, _),) = answers_to(served, b"GET /healthz HTTP/1.1\r\n" + b"a:b\r\n" * 10_000 + LAST)
    assert status == 200


def test_any_number_may_ask_for_another_protocol_at_once(served: Served) -> None:
    one = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    answers = answers_to(served, one * 1_500 + b"GET /healthz HTTP/1.1\r\n" + LAST)
    assert [status for status, _, _ in answers] == [200] * 1_501


def test_an_answer_that_is_broken_off_ends_in_a_reset(served: Served) -> None:
    """Also where the client only tells that it sends no more: over HTTP/1.0 the end of a part is that of the whole."""
    served.app.router.routes.insert(0, Route("/endless", lambda _: StreamingResponse(repeat(b"a" * 65_536))))
    with socket.create_connection(served.socket.getsockname(), timeout=60) as connection:
        connection.sendall(b"GET /endless HTTP/1.0\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        connection.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionResetError):
            read_to_end(connection)
