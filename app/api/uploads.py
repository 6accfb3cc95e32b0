"""Bodies that go to the disk as they come: however large they are, no more than a piece is in memory."""

from __future__ import annotations

from typing import Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request

from app.errors import BadRequest, TooLarge
from app.store.imports.jobs.job_folder import JobFolder, Upload

PIECE: Final = 2**20  # bytes that are written at once
WRITERS: Final = 2  # threads that write; those of readers are others


class Uploads:
    """The uploads of an app. most: bytes of one."""

    def __init__(self, folder: JobFolder, most: int) -> None:
        self.most = most
        self._folder = folder
        self._threads = CapacityLimiter(WRITERS)

    async def receive(self, request: Request) -> Upload:
        """All that a client sends. Where it does not come whole, nothing of it stays.

        Raises TooLarge, before anything is read where the request says its length; NotReady where the disk is full, and
        ClientDisconnect.
        """
        told = request.headers.get("content-length", "")
        if told.isdecimal() and int(told) > self.most:
            raise TooLarge(
                f"the body has {int(told):,} bytes; an import has at most {self.most:,} (ONRECORD_IMPORT_BYTES)"
            )
        upload = await run_sync(self._folder.begin, limiter=self._threads)
        try:
            await self._take(request, upload)
        except BaseException:
            upload.discard()
            raise
        return upload

    async def _take(self, request: Request, upload: Upload) -> None:
        piece = bytearray()
        async for part in request.stream():
            piece += part
            if upload.size + len(piece) > self.most:
                raise TooLarge(f"an import has at most {self.most:,} bytes (ONRECORD_IMPORT_BYTES)")
            if len(piece) >= PIECE:
                await run_sync(upload.write, bytes(piece), limiter=self._threads)
                piece.clear()
        await run_sync(upload.write, bytes(piece), limiter=self._threads)
        if not upload.size:
            raise BadRequest("the body is empty; send the file to import")
