"""Vocabulary: the topics, publishers and ratings that claims have, with counts, and suggestions while one is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field

from app.api.caching import conditional, list_tag
from app.api.docs import operation
from app.api.moments import AsOfQuery
from app.api.pages import whole_number
from app.api.queries import read_query
from app.domain.query.registry import query_field
from app.domain.query.value_types import MAX_Q
from app.domain.record.answers_out import ValuesOut
from app.errors import check_text
from app.store.database.engine import Database
from app.store.history.moment import moment_of
from app.store.search.vocabulary import find_values

MOST: Final = 10_000
MOST_SUGGESTED: Final = 50
WORDLESS: Final = "-"  # finds nothing, as any text without a word

Typed = Annotated[str, Field(max_length=MAX_Q), AfterValidator(check_text)]


class ValuesQuery(AsOfQuery):
    """Parameters of lists of values."""

    q: Typed | None = query_field(
        "Words, or beginnings of words, that a value has. Case and accents do not matter.", "cyber"
    )
    limit: Annotated[int, BeforeValidator(whole_number()), Field(ge=1, le=MOST)] = query_field(
        f"How many to give, at most {MOST:,}; `meta.total` counts all that fit.", 5, default=100
    )


class ValueSuggestQuery(AsOfQuery):
    """Parameters of suggestions of values."""

    q: Typed = query_field(
        "The text typed so far: words, or beginnings of words, in any order. Case and accents do not matter.",
        "re",
        default=...,
    )
    limit: Annotated[int, BeforeValidator(whole_number(MOST_SUGGESTED)), Field(ge=1, le=MOST_SUGGESTED)] = query_field(
        "How many to give.", 5, default=10
    )


def _values(request: Request, query: ValuesQuery | ValueSuggestQuery, field: str, typed: str) -> Response:
    database: Database = request.app.state.database
    with database.read() as connection:
        moment = moment_of(connection, as_of=query.as_of)

        def answer() -> Response:
            values = find_values(connection, field, typed, query.limit, moment)
            meta = {"total": values.total, "revision": moment.revision}
            return Response(msgspec.json.encode({"data": values.found, "meta": meta}), media_type="application/json")

        return conditional(request, list_tag(request, moment.tag), answer)


def _suggesting(field: str) -> Callable[[Request], Response]:
    def suggest(request: Request) -> Response:
        query = read_query(request, ValueSuggestQuery)
        return _values(request, query, field, query.q.strip() or WORDLESS)

    return suggest


topics = APIRouter(prefix="/v1/topics", tags=["vocabulary"])


@topics.get(
    "",
    operation_id="list_topics",
    summary="List topics",
    **operation(ValuesQuery, 422, 503, answer=ValuesOut),
)
def list_topics(request: Request) -> Response:
    """The topics of claims, with the number of claims of each: `topic=` lists them."""
    query = read_query(request, ValuesQuery)
    return _values(request, query, "topic", query.q or "")


def _router_of(noun: str, field: str) -> APIRouter:
    router = topics if noun == "topics" else APIRouter(prefix=f"/v1/{noun}", tags=["vocabulary"])
    router.add_api_route(
        "/suggest",
        _suggesting(field),
        methods=["GET"],
        operation_id=f"suggest_{noun}",
        summary=f"Suggest {noun} while one is typed",
        description=f"{noun.capitalize()} in which each typed word begins a word, those first that most claims have:"
        f" `{field.replace('.', '__')}=` lists these. A text without a word finds none.",
        **operation(ValueSuggestQuery, 422, 503, answer=ValuesOut),
    )
    return router


FIELDS: Final = {"topics": "topic", "publishers": "source.publisher", "ratings": "assessment.rating"}
ROUTERS: Final = [_router_of(noun, field) for noun, field in FIELDS.items()]
