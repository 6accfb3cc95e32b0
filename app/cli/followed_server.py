"""A server that is followed: the pages of its changes, asked for by HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import httpx
import msgspec

from app.cli.server_address import advice, server_address
from app.domain.record.changes_in import ChangesIn
from app.errors import NotReady
from app.store.database.derived_versions import DOCUMENT_VERSION
from app.store.history.following import ANEW

LIMIT: Final = 500  # changes of a page
WAIT: Final = 30  # seconds that the server waits for news
TIMEOUT: Final = 60.0  # seconds without a byte of an answer


class ServerAway(NotReady):
    """The server cannot be asked at the moment. seconds: when to ask again, if it says so."""

    def __init__(self, detail: str, seconds: float | None = None) -> None:
        super().__init__(detail)
        self.seconds = seconds


class FollowedServer:
    """A server, by its URL. key: sent with each request, where there is one."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.shown = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._asked = server_address(url, "/v1/changes")
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def page(self, since: str, *, wait: bool) -> ChangesIn:
        """The changes after a place. wait: some seconds, where there is nothing new. Raises ServerAway, and NotReady
        where the answer is none of the kind that can be followed.
        """
        asked = {"since": since, "limit": str(LIMIT)} | ({"wait": str(WAIT)} if wait else {})
        try:
            answer = self._client.get(self._asked, params=asked)
        except httpx.TransportError as error:
            raise ServerAway(f"{self.shown} does not answer: {error or type(error).__name__}") from None
        if answer.status_code != 200:
            raise self._refusal(answer)
        try:
            page = msgspec.json.decode(answer.content, type=ChangesIn)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise NotReady(f"{self._asked} does not tell changes as this release reads them: {error}") from None
        if page.meta.documents != DOCUMENT_VERSION:
            theirs = f"documents of {self.shown} are of version {page.meta.documents}"
            raise NotReady(f"{theirs}, and those of this release of version {DOCUMENT_VERSION}: use its release")
        return page

    def _refusal(self, answer: httpx.Response) -> NotReady:
        told: dict[str, object] = {}
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            told = msgspec.json.decode(answer.content, type=dict[str, object])
        detail = f"{self.shown} answers {answer.status_code}: {told.get('detail') or answer.reason_phrase}"
        detail += advice(self.shown, answer.status_code)
        if answer.status_code == 429 or answer.status_code >= 500:
            after = answer.headers.get("retry-after", "")
            return ServerAway(detail, float(after) if after.isdecimal() else None)
        if told.get("code") in ("since-future", "other-history"):
            return NotReady(f"{self.shown} has another history than was followed ({told['detail']}): {ANEW}")
        if answer.status_code in (401, 403):
            detail += "; give a key with --key or ONRECORD_KEY"
        return NotReady(detail)
