"""What the lists of speakers, sources and metrics have in common."""

from __future__ import annotations

from fastapi import Request, Response

from app.api.pages import PageQuery, document_response, page_response, read_cursor
from app.api.queries import read_query
from app.domain.fields import Query
from app.store.db import Database
from app.store.lists import find_records, read_record


def record_list(request: Request, model: type[PageQuery], prefix: str) -> Response:
    """A page of the records of a type (`spk`, `src`, `met`); the model's own fields are the filters."""
    query = read_query(request, model)
    cursor = read_cursor(request, query)
    filters = {name: getattr(query, name) for name in model.model_fields if name not in PageQuery.model_fields}
    database: Database = request.app.state.database
    with database.read() as connection:
        page = find_records(
            connection,
            prefix,
            filters,
            limit=query.limit,
            start=cursor.start if cursor else None,
            revision=cursor.revision if cursor else None,
            total=cursor.counted if cursor else None,
        )
    return page_response(request, query, page)


def record_document(request: Request, prefix: str, record_id: str) -> Response:
    """One record as it is now. It takes no parameters."""
    read_query(request, Query)
    database: Database = request.app.state.database
    with database.read() as connection:
        return document_response(read_record(connection, prefix, record_id))
