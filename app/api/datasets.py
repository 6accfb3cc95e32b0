"""Datasets: list them, and read one."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.caching import conditional, list_tag
from app.api.docs import operation
from app.api.lists import answer_page
from app.api.moments import AsOfPageQuery, AsOfQuery
from app.api.queries import read_query
from app.domain.record.answers_out import DatasetOut, DatasetPage
from app.store.database.engine import Database
from app.store.history.moment import moment_of
from app.store.records.document import encode
from app.store.search.datasets import find_datasets, read_dataset
from app.store.search.lookups import Asking
from app.store.search.results import Page, Place

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])


@router.get(
    "",
    operation_id="list_datasets",
    summary="List datasets",
    **operation(AsOfPageQuery, 406, 422, 503, answer=DatasetPage, headers=("Link",)),
)
def list_datasets(request: Request) -> Response:
    """The collections that claims came with, in the order in which they were first named, with the number of claims of
    each. `dataset=` lists the claims.
    """
    query = read_query(request, AsOfPageQuery)

    def find(asking: Asking, after: Place | None) -> Page:
        return find_datasets(asking, limit=query.limit, after=after)

    return answer_page(request, query, find)


@router.get(
    "/{name}",
    operation_id="get_dataset",
    summary="Read a dataset",
    **operation(AsOfQuery, 404, 422, 503, answer=DatasetOut),
)
def get_dataset(request: Request, name: str) -> Response:
    """The dataset with this name: its description, and how many claims came with it, as it is now or was."""
    query = read_query(request, AsOfQuery)
    database: Database = request.app.state.database
    with database.read() as connection:
        moment = moment_of(connection, as_of=query.as_of)

        def answer() -> Response:
            doc = read_dataset(Asking(connection, moment), name)
            return Response(encode(doc), media_type="application/json")

        return conditional(request, list_tag(request, moment.tag), answer)
