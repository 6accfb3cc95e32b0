"""Speakers: list them, suggest some while a name is typed, and read one."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field

from app.api.caching import conditional, list_tag
from app.api.docs import operation
from app.api.histories import HistoryQuery, record_history
from app.api.keys_in_paths import KeyInPath
from app.api.lists import record_by_key, record_document, record_list
from app.api.moments import AsOfPageQuery, AsOfQuery, RecordQuery
from app.api.pages import whole_number
from app.api.queries import read_query
from app.domain.query.registry import query_field
from app.domain.query.value_types import MAX_Q, parse_boolean
from app.domain.record import records_in
from app.domain.record.answers_out import HistoryPage, SpeakerPage, SuggestionsOut
from app.domain.record.records_in import Key, Name
from app.domain.record.records_out import SpeakerOut
from app.errors import check_text
from app.store.database.engine import Database
from app.store.history.moment import moment_of
from app.store.search.suggest import suggest_speakers

MAX_SUGGESTIONS = 50

router = APIRouter(prefix="/v1/speakers", tags=["speakers"])


class SpeakerQuery(AsOfPageQuery):
    """Parameters of speaker lists."""

    key: Key | None = query_field("The speaker with this key.", "itsuro-nishimoto")
    name: Name | None = query_field("Speakers with this whole name; case and accents do not matter.", "Ituro Nishimoto")
    kind: records_in.Kind | None = query_field("Speakers of this kind.", "organization")
    kind__isnull: Annotated[bool | None, BeforeValidator(parse_boolean)] = query_field(
        "true: only speakers whose kind is not stated; false: only others.", False
    )


@router.get(
    "",
    operation_id="list_speakers",
    summary="List speakers",
    **operation(SpeakerQuery, 406, 422, 503, answer=SpeakerPage, headers=("Link",)),
)
def list_speakers(request: Request) -> Response:
    """The speakers in the order of their ids."""
    return record_list(request, SpeakerQuery, "spk")


class SuggestQuery(AsOfQuery):
    """Suggest parameters."""

    q: Annotated[str, Field(max_length=MAX_Q), AfterValidator(check_text)] = query_field(
        "The text typed so far: words, or beginnings of words, of a name or alias, in any order. Case and accents do"
        " not matter. Any text is valid; one without a word finds nobody.",
        "nishi",
        default=...,
    )
    limit: Annotated[int, BeforeValidator(whole_number(MAX_SUGGESTIONS)), Field(ge=1, le=MAX_SUGGESTIONS)] = (
        query_field("How many to give.", 5, default=10)
    )


@router.get(
    "/suggest",
    operation_id="suggest_speakers",
    summary="Suggest speakers while a name is typed",
    **operation(SuggestQuery, 422, 503, answer=SuggestionsOut),
)
def suggest(request: Request) -> Response:
    """Speakers with a name or alias in which each typed word begins a word. First those whose name begins with all
    that is typed, an equal name before longer ones; each part in the order of the words found, then of ids.
    """
    query = read_query(request, SuggestQuery)
    database: Database = request.app.state.database
    with database.read() as connection:
        moment = moment_of(connection, as_of=query.as_of)

        def answer() -> Response:
            found = suggest_speakers(connection, query.q, query.limit, moment)
            body = msgspec.json.encode({"data": found, "meta": {"revision": moment.revision}})
            return Response(body, media_type="application/json")

        return conditional(request, list_tag(request, moment.tag), answer)


@router.get(
    "/by-key/{key:key}",
    operation_id="get_speaker_by_key",
    summary="Read a speaker by its key",
    **operation(RecordQuery, 308, 404, 410, 422, 503, answer=SpeakerOut, headers=("Content-Location",)),
)
async def get_speaker_by_key(request: Request, key: KeyInPath) -> Response:
    """The speaker, like `/v1/speakers/{id}`, whose path `Content-Location` gives."""
    return await record_by_key(request, "spk", key)


@router.get(
    "/{id}",
    operation_id="get_speaker",
    summary="Read a speaker",
    **operation(RecordQuery, 308, 404, 410, 422, 503, answer=SpeakerOut),
)
async def get_speaker(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The speaker as it is now, as it was, or one of its versions. One that was merged into another is answered with
    the way to that.
    """
    return await record_document(request, "spk", id)


@router.get(
    "/{id}/history",
    operation_id="get_speaker_history",
    summary="The versions of a speaker",
    **operation(HistoryQuery, 404, 422, 503, answer=HistoryPage, headers=("Link",)),
)
def get_speaker_history(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Each change of the speaker: by whom, when, and which fields; the newest first."""
    return record_history(request, "spk", id)
