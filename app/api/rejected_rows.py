"""The rows that an import with `keep_going` has left out, as files that can be mended and sent again."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from app.api.access import require_scope
from app.api.docs import operation
from app.api.queries import read_query
from app.domain.query.registry import Query
from app.errors import NotFound
from app.store.imports.jobs.job import REJECTED
from app.store.imports.jobs.packing import archive_of_folder
from app.store.imports.jobs.running import Running
from app.store.imports.jobs.unpacking import TAR
from app.store.imports.readers.rejected import OF_RECORDS, OF_TABLES

router = APIRouter(prefix="/v1/imports", tags=["imports"])

FORMS: Final = ("text/csv", "application/x-ndjson", "application/x-tar")
FILE: Final = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/{id}/rejected",
    operation_id="get_rejected_rows",
    summary="The rows that an import left out",
    **operation(None, 404, 422, 503, content=dict.fromkeys(FORMS, FILE), kept=False, scope="write"),
)
async def get_rejected_rows(request: Request, id: str) -> Response:  # noqa: A002  # the name in the path
    """Of an import with `keep_going=true`: the rejected rows of a table as CSV, those of other files as NDJSON, those
    of an archive as an archive of such files. Each has its reasons in `$rejected`; mended, they are imported as they
    stand. 404 where nothing was rejected, or the import is not done.
    """
    await require_scope(request, "write")
    read_query(request, Query)
    return await run_sync(partial(_answer, request.app.state.imports, id))


def _answer(running: Running, job_id: str) -> Response:
    job = running.folder.find(job_id)
    sent, outcome, folder = job.sent(), job.outcome(), job.place / REJECTED
    is_done = outcome is not None and outcome.state == "done"
    files = [path for path in folder.rglob("*") if path.is_file()] if is_done else []
    if not files:
        raise NotFound(f"the import {job.id} has no rejected rows" if is_done else f"the import {job.id} is not done")
    if sent.form == TAR or len(files) > 1:
        return StreamingResponse(archive_of_folder(folder), media_type=FORMS[2])
    is_table = files[0].name.endswith(OF_TABLES)
    name = PurePath(sent.name).name + (OF_TABLES if is_table else OF_RECORDS)
    return FileResponse(files[0], media_type=FORMS[0] if is_table else FORMS[1], filename=name)
