"""Imports over HTTP: a file is taken in, and carried out by a process of its own, which tells how far it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, BinaryIO, Final

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, BeforeValidator, Field

from app.api.access import Caller, require_scope
from app.api.docs import operation
from app.api.import_docs import begin_operation
from app.api.import_forms import form_of
from app.api.pages import MAX_LIMIT, whole_number
from app.api.queries import read_query
from app.api.uploads import Uploads
from app.api.writes import WriteQuery, name_of_request
from app.domain.query.registry import Query, query_field
from app.domain.query.value_types import parse_boolean
from app.domain.record.imports_out import ImportOut, ImportsOut
from app.errors import BadRequest, Forbidden, check_text
from app.store.database.engine import Database
from app.store.database.times import stored_time
from app.store.history.following import require_unfollowing
from app.store.imports.import_options import SentOptions
from app.store.imports.jobs.job import BAD_ROWS, REPORT, STORING, Job, Sent
from app.store.imports.jobs.job_folder import JobFolder, Upload
from app.store.imports.jobs.running import Running
from app.store.imports.jobs.unpacking import TAR, name_of_push
from app.store.imports.readers.dialects import Quoting

MAX_WAIT: Final = 86_400  # seconds
CHUNK: Final = 2**16
JSON: Final = "application/json"

Described = Annotated[str, Field(max_length=20_000)] | None
_SET = "sets (or empties, with an empty text)"
_Flag = Annotated[bool, BeforeValidator(parse_boolean)]

router = APIRouter(prefix="/v1/imports", tags=["imports"])


class ImportQuery(WriteQuery):
    """Parameters of an import, as `onrecord import` has them."""

    name: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(check_text)] | None = query_field(
        "The name of the file, by which reports call it. Its end says how the body is read, before Content-Type.",
        "claims.ndjson",
    )
    keep_going: _Flag = query_field(
        "true: rows that are right are stored though others are wrong; `GET /v1/imports/{id}/rejected` gives those.",
        True,
        default=False,
    )
    patch: _Flag = query_field(
        "true: claims of YAML, JSON and NDJSON set what they name, and the rest of them stays.", True, default=False
    )
    force: _Flag = query_field(
        "true: rows whose claim was changed since their `version` are carried out too.", True, default=False
    )
    restore: _Flag = query_field(
        "true: retractions are taken back: of whole claims that have none, and where a row or patch says `active`.",
        True,
        default=False,
    )
    expect_claims: Annotated[int, BeforeValidator(whole_number()), Field(ge=0, le=999_999_999)] | None = query_field(
        "How many claims the file is to have: with another number nothing is stored.", 2
    )
    dataset: Annotated[str, Field(max_length=1000)] | None = query_field(
        "The collection that the claims come with, by its name: all that name no other carry it.", "factck-br"
    )
    dataset_title: Described = query_field(f"Of `dataset`: {_SET} the title, as it is published.", "FACTCK.BR")
    dataset_licence: Described = query_field(f"Of `dataset`: {_SET} the licence.", "CC-BY-4.0")
    dataset_url: Described = query_field(f"Of `dataset`: {_SET} where it is published.", "https://a.example/factck")
    dataset_citation: Described = query_field(f"Of `dataset`: {_SET} how to cite it.", "Moreno and Bressan, 2019")
    delimiter: Annotated[str, Field(max_length=10)] | None = query_field("The character between cells of tables.", ";")
    quoting: Quoting | None = query_field(
        "Of tables: `minimal`, quotes enclose cells, over several lines too; `none`, they are letters like others.",
        "minimal",
    )
    encoding: Annotated[str, Field(max_length=40)] | None = query_field("Of tables; UTF-8 by default.", "cp1252")
    texts: Annotated[str, Field(min_length=1, max_length=1000)] | None = query_field(
        "Of a tar archive: the folder in it that has the texts of sources, `KEY.txt`.",
        "texts",
    )
    wait: Annotated[int, BeforeValidator(whole_number(MAX_WAIT)), Field(ge=0, le=MAX_WAIT)] = query_field(
        "Seconds to wait for another writer, once all rows are checked.", 600, default=600
    )


class ImportsQuery(Query):
    """Parameters of the list."""

    limit: Annotated[int, BeforeValidator(whole_number(MAX_LIMIT)), Field(ge=1, le=MAX_LIMIT)] = query_field(
        "How many to give.", 10, default=50
    )


@router.get(
    "",
    operation_id="list_imports",
    summary="The latest imports",
    **operation(ImportsQuery, 422, 503, answer=ImportsOut, kept=False, scope="write"),
)
async def list_imports(request: Request) -> Response:
    """The latest of them, newest first, without their reports. They are deleted a week after their end."""
    await require_scope(request, "write")
    query = read_query(request, ImportsQuery)
    folder = _folder(request)

    def read() -> bytes:
        told = []
        for job in folder.latest(query.limit):
            with suppress(FileNotFoundError):  # it was deleted meanwhile
                told.append(_said(job))
        return msgspec.json.encode({"data": told})

    return Response(await run_sync(read), media_type=JSON)


@router.post("", operation_id="begin_import", summary="Import a file", **begin_operation(ImportQuery, ImportOut))
async def begin_import(request: Request) -> Response:
    """All of the file becomes one revision, or nothing is stored (see `keep_going`). The answer comes once the file is
    here: `Location` is where to ask how far its import is. Imports take turns, each in a process of its own; readers
    notice nothing, and other writers wait, or are told how long by `Retry-After`.
    """
    caller = await require_scope(request, "write")
    query = read_query(request, ImportQuery)
    form = form_of(request, query.name)
    _check(query, form)
    repeatable = name_of_request(request)
    await run_sync(_require_unfollowing, request)
    uploads: Uploads = request.app.state.uploads
    upload = await uploads.receive(request)
    asked = request.scope["query_string"] + form.encode()
    return await run_sync(partial(_accepted, request, caller, query, form, repeatable, asked, upload))


def _require_unfollowing(request: Request) -> None:
    database: Database = request.app.state.database
    with database.read() as connection:
        require_unfollowing(connection)


def _check(query: ImportQuery, form: str) -> None:
    options = _options(query)
    options.dialect()
    options.label()
    if query.texts is not None and form != TAR:
        told = "names a folder of a tar archive: send one, or the texts in `text` of the sources"
        raise BadRequest.of("texts", "bad-combination", told)


def _options(query: ImportQuery) -> SentOptions:
    return SentOptions(**query.model_dump(exclude={"name", "texts"}))


def _accepted(
    request: Request,
    caller: Caller,
    query: ImportQuery,
    form: str,
    repeatable: str | None,
    asked: bytes,
    upload: Upload,
) -> Response:
    """The answer to an upload that is whole: the job that it is by now."""
    running: Running = request.app.state.imports
    is_new = False
    try:
        digest = hashlib.sha256(asked + b"\n" + upload.end().encode()).hexdigest()
        sent = partial(
            Sent,
            name=query.name or (name_of_push(upload.body) if form == TAR else None) or f"body{form}",
            form=form,
            actor=caller.name,
            key_id=caller.key_id or 0,
            created_at=stored_time(datetime.now(UTC)),
            options=_options(query),
            texts=query.texts,
            repeatable=repeatable,
            digest=digest,
        )
        job, is_new = running.folder.accept(upload, lambda job_id: sent(id=job_id))
    finally:
        if not is_new:
            upload.discard()
    if is_new:
        running.start(job, upload)
    where = f"{request.scope.get('root_path', '')}/v1/imports/{job.id}"
    headers = {"Location": where} | ({} if is_new else {"Idempotency-Replayed": "true"})
    return Response(msgspec.json.encode(_said(job) | {"report": None}), 202, headers, JSON)


@router.get(
    "/{id}",
    operation_id="get_import",
    summary="How far an import is",
    **operation(None, 404, 422, 503, answer=ImportOut, kept=False, scope="write"),
)
async def get_import(request: Request, id: str) -> Response:  # noqa: A002  # the name in the path
    """Its `state` is `waiting`, `checking` or `writing`, and at the end `done`, `failed` or `cancelled`. Then it has
    the report, with every problem and warning, each with its file and line, and the revision that it is stored as.
    """
    await require_scope(request, "write")
    read_query(request, Query)
    return await run_sync(_answer, _folder(request).find, id)


@router.delete(
    "/{id}",
    operation_id="cancel_import",
    summary="Cancel an import",
    **operation(None, 404, 409, 422, 503, answer=ImportOut, kept=False, scope="write"),
)
async def cancel_import(request: Request, id: str) -> Response:  # noqa: A002  # as above
    """Once it is answered that it is cancelled, nothing of it is stored, nor will be. One that is over, or is stored at
    this moment, is not (409). It takes the key that the import was sent with, or one with the scope `admin`.
    """
    caller = await require_scope(request, "write")
    read_query(request, Query)
    folder = _folder(request)

    def cancel(job_id: str) -> Job:
        job = folder.find(job_id)
        if job.sent().key_id != caller.key_id and "admin" not in caller.scopes:
            raise Forbidden(f"{job.id} was sent with another key; cancel it with that, or with one of admin", "admin")
        folder.cancel(job, caller.name)
        return job

    return await run_sync(_answer, cancel, id)


def _folder(request: Request) -> JobFolder:
    running: Running = request.app.state.imports
    return running.folder


def _answer(find: Callable[[str], Job], job_id: str) -> Response:
    job = find(job_id)
    said = _said(job)
    try:
        report = (job.place / REPORT).open("rb") if _has_report(said) else None
    except FileNotFoundError:  # of one that failed before there was anything to report
        report = None
    head = msgspec.json.encode(said)[:-1] + b',"report":'
    return (
        StreamingResponse(_whole(head, report), media_type=JSON)
        if report
        else Response(head + b"null}", media_type=JSON)
    )


def _has_report(said: dict[str, Any]) -> bool:
    return bool(said["state"] == "done" or (said["error"] and said["error"]["code"] == BAD_ROWS))


def _whole(head: bytes, report: BinaryIO) -> Iterator[bytes]:
    """The report may be large: it goes from the disk to the client."""
    with report:
        yield head
        while data := report.read(CHUNK):
            yield data
        yield b"}"


def _said(job: Job) -> dict[str, Any]:
    """The state of a job, without its report. Raises FileNotFoundError."""
    sent, progress, outcome = job.sent(), job.progress(), job.outcome()
    state = outcome.state if outcome else progress.state if progress else "waiting"
    is_over = outcome is not None and state != STORING
    return {
        "id": job.id,
        "state": "writing" if state == STORING else state,
        "name": sent.name,
        "dry_run": sent.options.dry_run,
        "actor": sent.actor,
        "comment": sent.options.comment,
        "created_at": sent.created_at,
        "ended_at": outcome.at if outcome and is_over else None,
        "progress": {"what": progress.what, "done": progress.done, "all": progress.all} if progress else None,
        "revision": outcome.revision if outcome and is_over else None,
        "error": {"code": outcome.code, "detail": outcome.detail} if outcome and outcome.code else None,
        "idempotency_key": sent.repeatable,
    }
