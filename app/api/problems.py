"""Errors as application/problem+json (RFC 9457). Never a stack trace, never SQL."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from app.api.pages import path_of, plain_path_of
from app.errors import (
    Busy,
    Conflict,
    Forbidden,
    Merged,
    NotReady,
    OnRecordError,
    PartOfAnother,
    Problem,
    TooMany,
    Unauthorized,
)

log = logging.getLogger("onrecord")

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "5"
_SHARED: Final = re.compile("/v1/(speaker|source|metric)s/[^/]+$")  # records that claims name
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


OWN_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


def request_id() -> str:
    """The id of the request that is answered, by which the log tells of it; a new one outside of any."""
    return OWN_ID.get() or secrets.token_hex(8)


class BrokenAnswer(Exception):
    """An answer under way that cannot go on, which is logged. Its connection is to be broken, not ended: nobody shall
    take what came for the whole.
    """


def problem_response(
    status: int,
    code: str,
    title: str,
    detail: str,
    problems: Iterable[Problem] = (),
    *,
    logged: str | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """The answer that tells what is wrong, and where. logged: what the log says of it in place of the detail. more:
    further members.
    """
    own = request_id()
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": own,
        "errors": [_item(problem) for problem in problems],
        **(more or {}),
    }
    if status >= 500:
        log.warning("%s %s: %s", own, code, logged or detail)
    headers = {"X-Request-Id": own, "X-Content-Type-Options": "nosniff"} | (
        {"Retry-After": RETRY_SECONDS} if status == 503 else {}
    )
    return Response(msgspec.json.encode(_encodable(body)), status, headers, MEDIA_TYPE)


def _encodable(body: object) -> object:
    """The body with lone surrogates escaped: what a client sent comes back in messages, and must not break them."""
    if isinstance(body, str):
        return body.encode("utf-8", "backslashreplace").decode()
    if isinstance(body, dict):
        return {name: _encodable(value) for name, value in body.items()}
    return [_encodable(value) for value in body] if isinstance(body, list | tuple) else body


def _item(problem: Problem) -> dict[str, object]:
    if problem.where == "body":
        name = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in problem.path)
    else:
        name = str(problem.path[0]) if problem.path else ""
    return {
        "in": problem.where,
        "name": name,
        "code": problem.code,
        "detail": problem.detail,
        "did_you_mean": list(problem.did_you_mean),
    }


REALM = 'Bearer realm="OnRecord"'


def caused_response(request: Request, error: OnRecordError) -> Response:
    """The answer to an error that the caller can cause."""
    if isinstance(error, NotReady):
        return problem_response(error.status, error.code, error.title, error.shown_to_clients, logged=error.detail)
    more: dict[str, object] = {}
    if isinstance(error, Conflict):
        more = {"records": [asdict(one) for one in error.records], "shown": [asdict(one) for one in error.shown]}
    elif isinstance(error, PartOfAnother):
        url = plain_path_of(request, error.resource, error.into)
        more = {"merged_into": {"id": error.into, "key": error.key, "url": url}}
    response = problem_response(error.status, error.code, error.title, error.detail, error.problems, more=more)
    match error:
        case Unauthorized():  # RFC 6750, 3.1
            sent = "" if error.code == Unauthorized.code else ', error="invalid_token"'
            response.headers["WWW-Authenticate"] = REALM + sent
        case Forbidden():
            response.headers["WWW-Authenticate"] = f'{REALM}, error="insufficient_scope", scope="{error.scope}"'
        case TooMany():
            response.headers["Retry-After"] = str(error.after)
    return response


def fault_response(error: Exception) -> Response:
    """The answer to a fault of ours, which is logged."""
    log.error("an error of ours", exc_info=error)
    return problem_response(500, "internal", "Internal Server Error", "this is a fault of the service; it is logged")


def problem_items(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """Problems as answers tell them, in what JSON can say."""
    items: Any = _encodable([_item(problem) for problem in problems])
    return list(items)


def _http_response(request: Request, error: HTTPException) -> Response:
    """The answer to what the framework refuses: a path or a method that there is not."""
    title = HTTPStatus(error.status_code).phrase
    code, headers = title.lower().replace(" ", "-"), dict(error.headers or {})
    allowed = next((value for name, value in headers.items() if name.lower() == "allow"), None)
    if allowed is not None:
        methods = _methods_at(request) or set(allowed.split(", "))
        allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    detail = {
        404: f"there is nothing at {request.scope['path']}{_without_slash(request)}",
        405: f"{request.method} is not for this path: {allowed} are{_by_id(request)}{_ways_to_end(request)}",
    }
    response = problem_response(error.status_code, code, title, detail.get(error.status_code, title))
    response.headers.update(headers | ({"allow": allowed} if allowed is not None else {}))
    return response


def _methods_at(request: Request) -> set[str]:
    """The methods of a path, of all its routes: Starlette tells those of the first."""
    return _methods_of(request, request.scope["path"])


def _methods_of(request: Request, path: str) -> set[str]:
    routes = request.app.router.routes
    asked = {method: {**request.scope, "method": method, "path": path} for method in METHODS}
    return {method for method, scope in asked.items() if any(one.matches(scope)[0] is Match.FULL for one in routes)}


def _without_slash(request: Request) -> str:
    """The path that was meant, where one was sent with a slash at its end."""
    path: str = request.scope["path"]
    meant = path.rstrip("/")
    return f"; {meant} has no slash at its end" if meant != path and _methods_of(request, meant) else ""


def _by_id(request: Request) -> str:
    """The way for what goes by id alone, where a record was named by its key."""
    root, by_key, _ = request.scope["path"].partition("/by-key/")
    return f"; what else there is goes by the record's id: {root}/{{id}}" if by_key else ""


def _ways_to_end(request: Request) -> str:
    """The ways in which a speaker, source or metric ends, for who would delete it."""
    found = _SHARED.search(request.scope["path"]) if request.method == "DELETE" else None
    if not found:
        return ""
    ways = "POST …/merge makes it part of another, POST /v1/revisions/{number}/undo takes back what made it"
    return f"; a {found[1]} is not deleted, since claims name it: {ways}, and onrecord purge takes it out for good"


def _behind_id(request: Request, resource: str) -> str:
    """The rest of a request's path behind the id: `/text`; nothing where the path names a record by its key."""
    prefix = plain_path_of(request, resource, "")
    named, slash, rest = request.scope["path"].removeprefix(prefix).partition("/")
    return "" if named == "by-key" else slash + rest


def add_handlers(app: FastAPI) -> None:
    """Answer every error as a problem."""

    @app.exception_handler(OnRecordError)
    def _caused(request: Request, error: OnRecordError) -> Response:
        response = caused_response(request, error)
        if isinstance(error, Busy) and (seconds := request.app.state.imports.folder.seconds_left()) is not None:
            response.headers["Retry-After"] = str(seconds)
        return response

    @app.exception_handler(Merged)
    def _merged(request: Request, error: Merged) -> Response:
        response = problem_response(error.status, error.code, error.title, error.detail)
        response.headers["Location"] = path_of(
            request, error.resource, error.into + _behind_id(request, error.resource)
        )
        return response

    @app.exception_handler(ClientDisconnect)
    def _gone(_request: Request, _error: ClientDisconnect) -> Response:
        log.info("a client left before its request was whole")
        return Response(status_code=400)  # to nobody

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return _http_response(request, error)

    @app.exception_handler(Exception)
    def _ours(_request: Request, error: Exception) -> Response:
        if isinstance(error, BrokenAnswer):
            return Response(status_code=500)  # never sent: another answer is under way
        return fault_response(error)
