"""The address of a server that commands ask over HTTP."""

from __future__ import annotations

import httpx

from app.errors import NotReady


def advice(url: str, status: int) -> str:
    """Advice for an answer of 404, where the address of a server ends in /v1, to which the paths are added."""
    root = url.rstrip("/").removesuffix("/v1")
    return f"; leave out /v1 at the end of the address: {root}" if status == 404 and root != url.rstrip("/") else ""


def server_address(url: str, path: str) -> httpx.URL:
    """The address of a path of a server. Raises NotReady where the URL is none of a server, or has a secret in it:
    it is printed, and kept by who follows.
    """
    try:
        asked = httpx.URL(f"{url.rstrip('/')}{path}")
    except httpx.InvalidURL as error:
        raise NotReady(f"{url} is no address: {error}") from None
    if asked.userinfo:
        raise NotReady("the address has a user or a password in it, which would be printed; use --key")
    if asked.scheme not in ("http", "https") or not asked.host:
        raise NotReady(f"{url} is no address of a server; it looks like https://claims.example.org")
    return asked
