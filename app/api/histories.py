"""The history of a record, shared by all resources."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response
from pydantic import BeforeValidator

from app.api.lists import answer_page
from app.api.moments import AsOfPageQuery
from app.api.queries import read_query
from app.domain.query.registry import query_field
from app.domain.query.value_types import parse_boolean
from app.store.history.record_history import read_history
from app.store.records.document import encode
from app.store.search.lookups import Asking
from app.store.search.records import Asked, number_of_id, read_record
from app.store.search.results import Page, Place


class HistoryQuery(AsOfPageQuery):
    """Parameters of histories."""

    renderings: Annotated[bool, BeforeValidator(parse_boolean)] = query_field(
        "true: also the versions that were made because another record changed, such as the name of a speaker; they"
        " keep the number of the version. By default the record's own edits alone.",
        True,
        default=False,
    )


def record_history(request: Request, prefix: str, record_id: str) -> Response:
    """A page of the versions of a record, newest first."""
    query = read_query(request, HistoryQuery)
    number = number_of_id(prefix, record_id)

    def find(asking: Asking, after: Place | None) -> Page:
        before = after.number if after else None
        revision = asking.moment.revision
        told, end = read_history(
            asking.connection, prefix, number, revision, limit=query.limit, before=before, renderings=query.renderings
        )
        if not told and before is None:
            read_record(asking.connection, prefix, record_id, Asked(query.as_of))  # raises the error that says why
        place = None if end is None else Place(end)
        return Page(",\n".join(map(encode, told)).encode(), place, None, revision, asking.moment.mark)

    return answer_page(request, query, find)
