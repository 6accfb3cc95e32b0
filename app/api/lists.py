"""Shared code of the lists of speakers, sources and metrics, and of single records."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import Request, Response

from app.api.caching import conditional, list_tag
from app.api.formats import CITATIONS, CLAIMS, RECORDS, chosen_format
from app.api.keys_in_paths import sent_key
from app.api.moments import AsOfPageQuery, CitationQuery, ClaimStateQuery, RecordQuery
from app.api.pages import page_response, path_of, read_cursor, record_response
from app.api.queries import read_query
from app.api.threads import Threads
from app.store.database.engine import Database, Snapshot
from app.store.history.moment import moment_of
from app.store.search.lists import find_records
from app.store.search.lookups import Asking
from app.store.search.records import RESOURCES, Asked, Record, read_record, read_record_by_key
from app.store.search.results import Page, Place


def record_list(request: Request, model: type[AsOfPageQuery], prefix: str) -> Response:
    """A page of the records of a type (`spk`, `src`, `met`); the model's own fields are the filters."""
    query = read_query(request, model)
    cursor = read_cursor(request, query)
    filters = {name: getattr(query, name) for name in model.model_fields if name not in AsOfPageQuery.model_fields}
    total, is_past = cursor.counted if cursor else None, query.as_of is not None

    def find(asking: Asking, after: Place | None) -> Page:
        return find_records(asking, prefix, filters, limit=query.limit, after=after, total=total, is_past=is_past)

    return answer_page(request, query, find)


def answer_page(request: Request, query: AsOfPageQuery, find: Callable[[Asking, Place | None], Page]) -> Response:
    """The page that `find` gives at the moment that is asked for, behind the place where the page before ended; or that
    the client has it.
    """
    cursor = read_cursor(request, query)
    database: Database = request.app.state.database
    with database.read() as connection:
        if cursor:
            moment = moment_of(connection, cursor.revision, cursor.mark)
        else:
            moment = moment_of(connection, as_of=query.as_of)

        def answer() -> Response:
            found = find(Asking(connection, moment), cursor.place if cursor else None)
            return page_response(request, query, found)

        return conditional(request, list_tag(request, moment.tag), answer)


async def record_document(request: Request, prefix: str, record_id: str) -> Response:
    """One record, as the query asks for it."""
    asked, answer = _read_of(request, prefix)

    def read(connection: Snapshot) -> Response:
        return answer(read_record(connection, prefix, record_id, asked), None)

    threads: Threads = request.app.state.threads
    return await threads.record(read)


async def cited_claim(request: Request, record_id: str) -> Response:
    """How to cite a claim, in the style that the query asks for."""
    query = read_query(request, CitationQuery)
    style = chosen_format(request, CITATIONS, query.style)
    asked = query.asked

    def read(connection: Snapshot) -> Response:
        return record_response(request, style, CITATIONS[style], read_record(connection, "clm", record_id, asked))

    threads: Threads = request.app.state.threads
    return await threads.record(read)


async def record_by_key(request: Request, prefix: str, key: str) -> Response:
    """The same of the record with a key, with its path by id."""
    (asked, answer), resource = _read_of(request, prefix), RESOURCES[prefix]
    sent = sent_key(request, key, resource)

    def read(connection: Snapshot) -> Response:
        record = read_record_by_key(connection, prefix, sent, asked)
        return answer(record, {"Content-Location": path_of(request, resource, record.id)})

    threads: Threads = request.app.state.threads
    return await threads.record(read)


def _read_of(request: Request, prefix: str) -> tuple[Asked, Callable[[Record, dict[str, str] | None], Response]]:
    """The state of a record that is asked for, and what makes the answer of it in the format that is."""
    if prefix == "clm":
        claim = read_query(request, ClaimStateQuery)
        form = chosen_format(request, CLAIMS, claim.format)
        return claim.asked, partial(record_response, request, form, CLAIMS[form])
    other, (form, render) = read_query(request, RecordQuery), next(iter(RECORDS.items()))
    return other.asked, partial(record_response, request, form, render)
