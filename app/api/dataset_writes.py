"""Datasets: retract all claims of one."""

from __future__ import annotations

from dataclasses import asdict, replace

from fastapi import APIRouter, Request, Response

from app.api.access import require_scope
from app.api.bodies import require_no_body
from app.api.claim_writes import RetractQuery, in_query
from app.api.queries import read_query
from app.api.threads import Threads
from app.api.write_docs import undo_operation
from app.api.writes import answered_once, repeatable_of
from app.domain.record.records_out import RetractedDataset
from app.errors import BadRecord
from app.store.access.idempotent_answers import Answer
from app.store.database.engine import Transaction
from app.store.records.document import encode
from app.store.write.edits import Author
from app.store.write.retract_dataset import Retracted, retract_dataset
from app.store.write.writing import write_once

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])


@router.post(
    "/{name}/retract",
    operation_id="retract_dataset",
    summary="Retract the claims of a dataset",
    status_code=201,
    **undo_operation(RetractQuery, RetractedDataset, "The claims were retracted with a new revision."),
)
async def retract(request: Request, name: str) -> Response:
    """Retract all claims of a dataset that are not retracted, as one revision, whose undo takes that back. 409 where
    there is none. There is no body; an empty object is one.
    """
    caller = await require_scope(request, "write")
    query = read_query(request, RetractQuery)
    body = await require_no_body(request, "this has no body; kind, reason and the rest stand in the query")
    repeatable = None if query.dry_run else repeatable_of(request, caller, body)
    threads: Threads = request.app.state.threads

    def retracted(connection: Transaction) -> Answer:
        try:
            done = retract_dataset(connection, name, query.retraction, Author(caller.name, query.comment))
        except BadRecord as error:
            raise in_query(error) from None
        return _answer(request, done, is_tried=query.dry_run)

    def write() -> Response:
        def work(connection: Transaction) -> Answer:
            return answered_once(caller, repeatable, connection, lambda: retracted(connection))

        answer = write_once(request.app.state.database, work, dry_run=query.dry_run)
        return Response(answer.body.encode(), answer.status, answer.headers, "application/json")

    return await threads.write(write)


def _answer(request: Request, done: Retracted, *, is_tried: bool) -> Answer:
    body = encode(asdict(replace(done, revision=None) if is_tried else done))
    if is_tried:
        return Answer(200, {}, body)
    path = f"{request.scope.get('root_path', '')}/v1/revisions/{done.revision}"
    return Answer(201, {"Location": path, "OnRecord-Revision": str(done.revision)}, body)
