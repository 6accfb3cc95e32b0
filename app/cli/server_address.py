"""The address of a server that commands ask over HTTP."""

from __future__ import annotations

import httpx

from app.errors import NotReady


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
