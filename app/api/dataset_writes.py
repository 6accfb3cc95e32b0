"""Datasets: retract all claims of one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from fastapi import APIRouter, Request, Response

from app.api.claim_writes import RetractQuery, in_query
from app.api.revision_writes import answer_revision
from app.api.write_docs import undo_operation
from app.domain.record.answers_out import RetractedDataset
from app.errors import BadRecord
from app.store.database.engine import Transaction
from app.store.records.document import Doc
from app.store.write.edits import Author
from app.store.write.retract_dataset import retract_dataset

NO_BODY: Final = "this has no body; kind, reason and the rest stand in the query"

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

    def retracted(connection: Transaction, query: RetractQuery, author: Author) -> Doc:
        try:
            return asdict(retract_dataset(connection, name, query.retraction, author))
        except BadRecord as error:
            raise in_query(error) from None

    return await answer_revision(request, RetractQuery, NO_BODY, retracted)
