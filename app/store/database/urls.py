"""Database URLs: the SQLAlchemy form, and libpq's own with several hosts."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from app.errors import NotReady

RIGHT: Final = "write sqlite:///FILE or postgresql://user:password@host/name"
SECRETS: Final = ("password", "sslpassword", "oauth_client_secret")  # libpq takes them behind the question mark

# scheme, user and password, hosts with a comma between them, and the rest (libpq's manual, 32.1.1.2).
_SEVERAL = re.compile(r"(postgres[a-z0-9+]*://(?:[^/?#]*@)?)([^/?#@]*,[^/?#@]*)(?=[/?#]|\Z)")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(?::([0-9]*))?")


def parse_url(url: str) -> URL:
    """The URL of a database that is supported. Raises NotReady, without a word of the password."""
    several = _SEVERAL.match(url)
    hosts: list[tuple[str, str]] = []
    if several:
        start, listed, rest = several[1], several[2], url[several.end(2) :]
        hosts = [_host(one) for one in listed.split(",")]
        url = start + rest
    if url.startswith("postgres:"):  # libpq's other name for it
        url = url.replace("postgres:", "postgresql:", 1)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise NotReady(f"ONRECORD_DATABASE_URL is no database URL; {RIGHT}") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    if backend != "postgresql":
        raise NotReady(f"{backend} databases are not supported; {RIGHT}")
    if hosts:
        where = {"host": ",".join(name for name, _ in hosts), "port": ",".join(port for _, port in hosts)}
        parsed = parsed.update_query_dict(where)
    return parsed.set(drivername="postgresql+psycopg")


def _host(text: str) -> tuple[str, str]:
    found = _HOST.fullmatch(text)
    if not found:
        raise NotReady(f"ONRECORD_DATABASE_URL names hosts that cannot be read; {RIGHT}, or host1:5432,host2:5432")
    return unquote(found[1].strip("[]")), found[2] or ""


def shown_url(url: URL) -> str:
    """A URL without its passwords."""
    hidden = {name: "***" for name in SECRETS if name in url.query}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)
