"""The server that `onrecord push` sends an import to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from math import ceil
from time import monotonic, sleep
from typing import IO, Final, Literal
from uuid import uuid4

import httpx
import msgspec

from app.cli.server_address import advice, server_address
from app.errors import BadImport, NotReady
from app.store.database.bulk_insert import Progress
from app.store.imports.import_options import SentOptions
from app.store.imports.jobs.packing import Archive
from app.store.records.document import Doc, decode

TIMEOUT: Final = 120.0  # seconds without a byte
OFTEN: Final = 0.25  # seconds between two questions how far it is
PATIENCE: Final = 30.0  # seconds in which a server that does not answer is asked again
SEARCH: Final = 5.0  # seconds in which an import is looked for that no answer told of
KILOBYTE: Final = 1000


class Told(msgspec.Struct):
    """How far an import is."""

    what: str
    done: int
    all: int | None


class Failure(msgspec.Struct):
    """Why nothing is stored."""

    code: str
    detail: str


class Import(msgspec.Struct):
    """An import, as the server tells of it. report: its text as it is."""

    id: str
    state: Literal["waiting", "checking", "writing", "done", "failed", "cancelled"]
    progress: Told | None
    error: Failure | None
    idempotency_key: str | None = None
    report: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def is_over(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.state in ("done", "failed", "cancelled")

    def read_report(self) -> Doc | None:
        """The report as JSON has it, as `onrecord import --json` prints it; None where there is none."""
        text = bytes(self.report).strip()
        return None if text == b"null" else decode(text)


class _Imports(msgspec.Struct):
    data: list[Import]


class PushedServer:
    """A server, by its URL."""

    def __init__(self, url: str, key: str | None) -> None:
        self.shown = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._url = server_address(url, "/v1/imports")
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT)
        self._sent_as = str(uuid4())  # the Idempotency-Key, by which what was sent is found

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(self, archive: Archive, options: SentOptions, progress: Progress) -> Import:
        """Send an import. Raises NotReady where the server does not answer, BadImport where it refuses it."""
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(archive.size)}
        headers["Idempotency-Key"] = self._sent_as
        asked = _parameters(options)
        try:
            answer = self._client.post(self._url, params=asked, headers=headers, content=_counted(archive, progress))
        except httpx.TransportError as error:
            raise self._away(error) from None
        return self._read(answer, 202)

    def find_sent(self) -> Import | None:
        """The import that was sent whole, where no answer came; None where the server has none within a while, or does
        not tell.
        """
        ends = monotonic() + SEARCH
        while True:
            with suppress(httpx.TransportError, msgspec.MsgspecError, UnicodeDecodeError):
                answer = self._client.get(self._url, params={"limit": 100}, timeout=SEARCH)
                imports = msgspec.json.decode(answer.content, type=_Imports).data
                if found := [one for one in imports if one.idempotency_key == self._sent_as]:
                    return found[0]
            if monotonic() > ends:
                return None
            sleep(OFTEN)

    def ask(self, job_id: str) -> Import:
        """How far an import is. A server that does not answer is asked again for a while."""
        ends = monotonic() + PATIENCE
        while True:
            try:
                answer = self._client.get(f"{self._url}/{job_id}")
            except httpx.TransportError as error:
                if monotonic() > ends:
                    raise self._away(error, f"; {job_id} there says what became of it") from None
            else:
                if answer.status_code not in (429, 503) or monotonic() > ends:
                    return self._read(answer, 200)
            sleep(OFTEN)

    def rejected_url(self, job_id: str) -> str:
        """The address of the rows that an import left out."""
        return f"{self._url}/{job_id}/rejected"

    def fetch_rejected(self, job_id: str, out: IO[bytes]) -> None:
        """Write the rows that an import left out, an archive of files. Raises NotReady where they do not come."""
        try:
            with self._client.stream("GET", self.rejected_url(job_id)) as answer:
                if answer.status_code != 200:
                    raise NotReady(f"{self.shown} answers {answer.status_code} {answer.reason_phrase}")
                for data in answer.iter_bytes():
                    out.write(data)
        except httpx.TransportError as error:
            raise self._away(error) from None

    def cancel(self, job_id: str) -> bool:
        """Cancel an import; False where it is over, or cannot be cancelled any more."""
        try:
            return self._client.delete(f"{self._url}/{job_id}").status_code == 200
        except httpx.TransportError as error:
            raise self._away(error, f"; {job_id} there says what became of it") from None

    def _away(self, error: httpx.TransportError, more: str = "") -> NotReady:
        return NotReady(f"{self.shown} does not answer: {error or type(error).__name__}{more}")

    def _read(self, answer: httpx.Response, right: int) -> Import:
        if answer.status_code == right:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                return msgspec.json.decode(answer.content, type=Import)
            raise NotReady(f"{self.shown} does not tell of imports as this release reads it")
        told: dict[str, object] = {}
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            told = msgspec.json.decode(answer.content, type=dict[str, object])
        detail = str(told.get("detail") or f"{answer.status_code} {answer.reason_phrase}")
        detail += advice(self.shown, answer.status_code)
        if answer.status_code in (401, 403):
            detail += "; give one with --key or ONRECORD_KEY"
        raise BadImport(detail if answer.status_code == 422 else f"{self.shown} refuses it: {detail}")


def _parameters(options: SentOptions) -> dict[str, str]:
    """The parameters of the request that begins an import: those that are not as they are by default."""
    stated = {name: value for name, value in asdict(options).items() if value is not None and value is not False}
    if options.wait is not None:
        stated["wait"] = ceil(options.wait)
    return {name: "true" if value is True else str(value) for name, value in stated.items()}


def _counted(archive: Archive, progress: Progress) -> Iterator[bytes]:
    sent = 0
    for part in archive:
        yield part
        sent += len(part)
        progress("kB sent", sent // KILOBYTE, archive.size // KILOBYTE)
