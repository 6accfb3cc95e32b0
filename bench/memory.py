"""The yardstick: a bare Starlette route that sends given headers and bytes from memory.

It is served as the service is; or, plain, by uvicorn as it comes without its extras: h11 and asyncio, in Python.
`PUT /answers` takes answers, by path and query; `GET` of each gives it.
"""

from __future__ import annotations

import socket
import sys
from typing import cast

import msgspec
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.server.server import Server
from bench.served import Answer

ANSWERS, PLAIN = "/answers", "plain"
OF_SERVER = {"date", "server", "content-length", "transfer-encoding", "connection"}  # headers that a server adds


def bare_app() -> Starlette:
    """The app of two routes."""
    held: dict[str, tuple[dict[str, str], bytes]] = {}

    async def put(request: Request) -> Response:
        held.clear()
        given = msgspec.msgpack.decode(await request.body(), type=dict[str, Answer])
        for path, answer in given.items():
            sent = {name: value for name, value in answer.headers.items() if name not in OF_SERVER}
            held[path.partition("?")[2]] = sent, answer.body
        return Response()

    async def get(request: Request) -> Response:
        headers, body = held[request.scope["query_string"].decode()]
        return Response(body, headers=headers)

    return Starlette(routes=[Route(ANSWERS, put, methods=["PUT"]), Route("/v1/claims", get)])


if __name__ == "__main__":
    if PLAIN in sys.argv:
        uvicorn.run(
            bare_app(), port=int(sys.argv[1]), http="h11", loop="asyncio", log_level="warning", access_log=False
        )
    else:
        with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listening:
            Server(cast(FastAPI, bare_app())).run([listening])
