"""Speakers: list them, and read one."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.docs import operation
from app.api.lists import record_document, record_list
from app.api.pages import PageQuery
from app.domain import records
from app.domain.documents import SpeakerOut, SpeakerPage
from app.domain.fields import query_field
from app.domain.records import Name

router = APIRouter(prefix="/v1/speakers", tags=["speakers"])


class SpeakerQuery(PageQuery):
    """What a list of speakers takes."""

    key: Name | None = query_field("The speaker with this key.", "itsuro-nishimoto")
    name: Name | None = query_field("Speakers with this whole name; case and accents do not matter.", "Ituro Nishimoto")
    kind: records.Kind | None = query_field("Speakers of this kind.", "organization")


@router.get(
    "", operation_id="list_speakers", summary="List speakers", **operation(SpeakerQuery, 422, 503, answer=SpeakerPage)
)
def list_speakers(request: Request) -> Response:
    """The speakers in the order of their ids."""
    return record_list(request, SpeakerQuery, "spk")


@router.get(
    "/{id}", operation_id="get_speaker", summary="Read a speaker", **operation(None, 404, 422, 503, answer=SpeakerOut)
)
def get_speaker(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The speaker as it is now."""
    return record_document(request, "spk", id)
