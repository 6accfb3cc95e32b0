"""Matching: has this been said, or checked, before? By a text, and by a claim."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field

from app.api.caching import conditional, list_tag
from app.api.claim_queries import TreeBody, read_tree
from app.api.docs import operation
from app.api.formats import require_json
from app.api.moments import AsOfQuery
from app.api.pages import whole_number
from app.api.posted import IN_BODY, posted_search, told_of_body
from app.api.queries import read_query
from app.api.search_docs import MATCH_BODY
from app.api.threads import Reading, Threads
from app.domain.query.likeness import UNIT, AskedText
from app.domain.query.registry import Query, query_field
from app.domain.query.tree import Where, joined
from app.domain.record.records_out import MatchesOut
from app.errors import BadValue, check_text
from app.store.database.engine import Snapshot
from app.store.history.moment import Moment, moment_of, require_seen
from app.store.records.document import decode
from app.store.search.alike import Alike, find_alike, text_of
from app.store.search.lookups import Asking
from app.store.search.records import Asked, read_record

router = APIRouter(prefix="/v1/claims", tags=["claims"])

MAX_TEXT = 20_000  # characters
MAX_MATCHES = 100
DEFAULT = 10

Limit = Annotated[int, BeforeValidator(whole_number(MAX_MATCHES)), Field(ge=1, le=MAX_MATCHES)]


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise BadValue("a text is needed here")
    if not given.strip():
        raise BadValue("is empty; write what was said")
    if len(given) > MAX_TEXT:
        raise BadValue(f"has {len(given):,} characters; at most {MAX_TEXT:,} are compared")
    return check_text(given)


class MatchIn(TreeBody):
    """The body of a match: a text, and optionally a tree of conditions that what is found meets."""

    text: Annotated[Any, AfterValidator(_text)]
    limit: Limit = DEFAULT
    min_revision: Annotated[int, BeforeValidator(whole_number()), Field(ge=0)] | None = None


class SimilarQuery(AsOfQuery):
    """Parameters of what is similar to a claim."""

    limit: Limit = query_field("How many to give.", 5, default=DEFAULT)


@router.post(
    "/match",
    operation_id="match_claims",
    summary="Find claims that say what a text says",
    **operation(None, 406, 413, 415, 422, 503, answer=MatchesOut, kept=False, body=MATCH_BODY),
)
async def match_claims(request: Request) -> Response:
    """Has this been said, or checked, before? The claims that have most in common with a text, a sentence or a whole
    post, the most alike first: rare words, words side by side, pieces of words (so misspelt and joined ones too), names
    and numbers, in the words of the claim, the name of its speaker and the titles of its sources. `why` has what is in
    common. `where` takes the conditions of `POST /v1/claims/search`; scores compare the claims of one answer alone.
    """
    read_query(request, Query, IN_BODY)
    given, size = await posted_search(request)
    require_json(request)
    threads: Threads = request.app.state.threads
    return await threads.answer(request, partial(_asked_by_text, given), size)


def _asked_by_text(given: object) -> Reading:
    query, where = read_tree(given, MatchIn)
    text = AskedText(query.text)

    def read(connection: Snapshot) -> Response:
        with told_of_body():
            require_seen(connection, query.min_revision)
            moment = moment_of(connection, as_of=query.as_of)
            return _answer(Asking(connection, moment), text, where, query.limit)

    return Reading(read, is_short=False)


@router.get(
    "/{id}/similar",
    operation_id="get_similar_claims",
    summary="Claims that are similar to one",
    **operation(SimilarQuery, 308, 404, 410, 422, 503, answer=MatchesOut),
)
async def get_similar_claims(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The active claims that have most in common with the words of this one, as `POST /v1/claims/match` finds them: who
    else said it, who checked it, what is recorded twice. The claim itself is not among them.
    """
    threads: Threads = request.app.state.threads
    return await threads.answer(request, partial(_asked_by_claim, request, id), len(request.scope["query_string"]))


def _asked_by_claim(request: Request, claim_id: str) -> Reading:
    query = read_query(request, SimilarQuery)

    def read(connection: Snapshot) -> Response:
        moment = moment_of(connection, as_of=query.as_of)
        return conditional(request, list_tag(request, moment.tag), lambda: similar(connection, moment))

    def similar(connection: Snapshot, moment: Moment) -> Response:
        claim = decode(read_record(connection, "clm", claim_id, Asked(query.as_of)).document)
        asking = Asking(connection, moment)
        return _answer(asking, text_of(claim), joined(()), query.limit, without=int(claim["id"][4:]))

    return Reading(read, is_short=False)


def _answer(asking: Asking, text: AskedText, where: Where, limit: int, without: int | None = None) -> Response:
    found = find_alike(asking, text, where, limit, without)
    notes = [f"the first {len(text.words):,} different words of the text are compared"] if text.rest else []
    meta = {"revision": asking.moment.revision} | ({"notes": notes} if notes else {})
    tail = b'],"meta":' + msgspec.json.encode(meta) + b"}"
    return Response(b'{"data":[' + b",\n".join(map(_match, found)) + tail, media_type="application/json")


def _match(alike: Alike) -> bytes:
    hit = alike.hit
    why = msgspec.json.encode({"terms": hit.terms, "figures": hit.figures})
    score = msgspec.json.encode(round(hit.score / UNIT, 1))
    return b"".join((b'{"claim":', alike.document, b',"score":', score, b',"why":', why, b"}"))
