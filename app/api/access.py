"""The sender of a request: its address, the key that it carries, looked up anew each time, and what that may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.types import Scope

from app.api.threads import Threads
from app.errors import Forbidden, Unauthorized
from app.store.access.keys import find_key, is_use_new, note_use

HOW: Final = "send a key as `Authorization: Bearer onrecord_…`"
_BEARER: Final = re.compile(r"bearer(?: +(.*))?", re.IGNORECASE | re.DOTALL)
_CALLER: Final = "onrecord.caller"  # in the scope of a request whose key was looked up


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request. name: that of the key, which histories show. scopes: those that others include, too."""

    name: str
    key_id: int | None
    scopes: frozenset[str]


ANYBODY: Final = Caller("anybody", None, frozenset())


async def require_scope(request: Request, scope: str) -> Caller:
    """The caller, whose key has a scope. Raises Unauthorized without a key or where it is unknown, expired or revoked;
    Forbidden where it lacks the scope. Not for reading, which the gate admits.
    """
    caller = await caller_of(request)
    if caller.key_id is None:
        told = "the Authorization header carries no key" if "authorization" in request.headers else "no key was sent"
        raise Unauthorized(f"{told}; {HOW}, one with the scope {scope}")
    if scope not in caller.scopes:
        had = ", ".join(sorted(caller.scopes))
        raise Forbidden(f"this needs a key with the scope {scope}; the key {caller.name} has {had}", scope)
    return caller


async def caller_of(request: Request) -> Caller:
    """The caller, be it ANYBODY. Raises Unauthorized where the key that is sent is unknown, expired or revoked."""
    found: Caller | None = request.scope.get(_CALLER)
    if found is None:
        secret = _secret_in(request.scope)
        found = ANYBODY if secret is None else await _looked_up(request, secret)
        request.scope[_CALLER] = found
    return found


async def look_again(request: Request) -> None:
    """Raise Unauthorized where the key of a request was revoked or has expired since: of an answer that waits."""
    if (secret := _secret_in(request.scope)) is not None:
        await _looked_up(request, secret)


def _secret_in(scope: Scope) -> str | None:
    """The key that a request carries. None where there is none: what other schemes carry may be for a proxy before."""
    given = [value.decode("latin-1").strip() for name, value in scope["headers"] if name == b"authorization"]
    if len(given) > 1:
        raise Unauthorized("the Authorization header stands more than once; send one key", code="unknown-key")
    if given and given[0].startswith("onrecord_"):
        raise Unauthorized(f"the key stands without the word Bearer; {HOW}", code="unknown-key")
    bearer = _BEARER.fullmatch(given[0]) if given else None
    return (bearer[1] or "").strip() if bearer else None


async def _looked_up(request: Request, secret: str) -> Caller:
    threads: Threads = request.app.state.threads
    now = datetime.now(UTC)
    key = await threads.record(lambda connection: find_key(connection, secret, now))
    if is_use_new(key, now):
        await run_sync(note_use, threads.database, key, now)
    return Caller(key.name, key.id, key.granted)


def client_of(request: Request) -> str:
    """The address that a request is from, of IPv6 the network that one subscriber has; empty where it is not known."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    if address.ipv4_mapped:  # as a socket for both tells clients of IPv4
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))
