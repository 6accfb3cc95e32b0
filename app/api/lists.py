"""Shared code of the lists of speakers, sources and metrics."""

from __future__ import annotations

from fastapi import Request, Response

from app.api.caching import conditional, list_tag
from app.api.formats import require_json
from app.api.pages import PageQuery, page_response, read_cursor, record_response
from app.api.queries import read_query
from app.api.threads import Threads
from app.domain.query.registry import Query
from app.store.database.engine import Database, Snapshot
from app.store.history.moment import moment_of
from app.store.search.lists import find_records
from app.store.search.records import read_record


def record_list(request: Request, model: type[PageQuery], prefix: str) -> Response:
    """A page of the records of a type (`spk`, `src`, `met`); the model's own fields are the filters."""
    require_json(request)
    query = read_query(request, model)
    cursor = read_cursor(request, query)
    filters = {name: getattr(query, name) for name in model.model_fields if name not in PageQuery.model_fields}
    database: Database = request.app.state.database
    with database.read() as connection:
        moment = moment_of(connection, *((cursor.revision, cursor.mark) if cursor else ()))

        def answer() -> Response:
            after, total = (cursor.place, cursor.counted) if cursor else (None, None)
            page = find_records(connection, prefix, filters, moment, limit=query.limit, after=after, total=total)
            return page_response(request, query, page)

        return conditional(request, list_tag(request, moment.mark), answer)


async def record_document(request: Request, prefix: str, record_id: str) -> Response:
    """One record as it is now. It takes no parameters."""
    read_query(request, Query)

    def read(connection: Snapshot) -> Response:
        return record_response(request, read_record(connection, prefix, record_id))

    threads: Threads = request.app.state.threads
    return await threads.record(read)
