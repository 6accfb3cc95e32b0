"""Imports over HTTP, as clients send them to servers."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import Any

import httpx

from tests.local_http import NO_CERTIFICATES
from tests.waiting import PATIENCE, comes_true

Doc = dict[str, Any]
OVER = ("done", "failed", "cancelled")
CLAIM = '{{"key": "c{n}", "quote": "words {n}", "source": {{"title": "T"}}}}\n'


def claims(number: int, first: int = 1) -> bytes:
    """So many claims, as NDJSON."""
    return "".join(CLAIM.format(n=n) for n in range(first, first + number)).encode()


def archive_of(**files: bytes) -> bytes:
    """A tar archive as anybody makes one. files: their contents, by names with `__` for a slash and `_` for a dot."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


class Importer:
    """A client with a key."""

    def __init__(self, url: str, secret: str) -> None:
        self.secret = secret
        headers = {"Authorization": f"Bearer {secret}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, verify=NO_CERTIFICATES)

    def send(self, content: bytes, name: str = "claims.ndjson", **more: str) -> Doc:
        """An import that was taken in."""
        answer = self.http.post("/v1/imports", content=content, params={"name": name} | more)
        assert answer.status_code == 202, answer.text
        said: Doc = answer.json()
        assert answer.headers["location"] == f"/v1/imports/{said['id']}"
        return said

    def said(self, job: Doc) -> Doc:
        """The state of a job now."""
        answer = self.http.get(f"/v1/imports/{job['id']}")
        assert answer.status_code == 200, answer.text
        found: Doc = answer.json()
        return found

    def becomes(self, job: Doc, met: Callable[[Doc], bool]) -> Doc:
        """The state of a job once a condition is met."""
        last: list[Doc] = []

        def look() -> bool:
            last.append(self.said(job))
            assert met(last[-1]) or last[-1]["state"] not in OVER, last[-1]
            return met(last[-1])

        assert comes_true(look), last[-1]
        return last[-1]

    def end(self, job: Doc) -> Doc:
        """The state of a job once it is over."""
        return self.becomes(job, lambda said: said["state"] in OVER)

    def cancel(self, job: Doc) -> httpx.Response:
        """The answer to cancelling it."""
        return self.http.delete(f"/v1/imports/{job['id']}")

    def total(self) -> int:
        """How many claims there are."""
        found: int = self.http.get("/v1/claims", params={"limit": 1}).json()["meta"]["total"]["value"]
        return found
