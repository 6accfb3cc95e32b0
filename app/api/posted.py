"""Searches that are posted as JSON, and their problems, which are those of a body."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fastapi import Request

from app.api.bodies import MAX_SEARCH, read_body
from app.api.claim_queries import decode_search
from app.errors import BadRequest

IN_BODY = "filters and options of a search stand in its body"


async def posted_search(request: Request) -> tuple[object, int]:
    """The JSON of a search that was posted, and its bytes. Raises BadRequest and TooLarge."""
    body = await read_body(request, MAX_SEARCH)
    return decode_search(body), len(body)


@contextmanager
def told_of_body() -> Iterator[None]:
    """Report problems with an option as problems of the body."""
    try:
        yield
    except BadRequest as error:
        problems = [replace(one, where="body") for one in error.problems]
        raise BadRequest(error.detail, problems, code=error.code) from None
