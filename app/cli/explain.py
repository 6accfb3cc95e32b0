"""`onrecord explain`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from app.cli.opening import configured_database
from app.cli.output import say
from app.domain.text.controls import shown

if TYPE_CHECKING:
    from app.cli.explanation import Explanation
    from app.store.database.engine import Database

WIDTH = 60  # characters of a part


@click.command("explain")
@click.argument("query")
def command(query: str) -> None:
    """Print how the claims of a query are found: its formula, how many numbers of the index meet each part of it, and
    how long each step takes, at first and again.

    QUERY is what stands behind the question mark of /v1/claims: 'q=budget&topic=housing'.
    """
    with configured_database() as database:
        database.require_migrated()
        _print(_explanation(database, query))


def _explanation(database: Database, query: str) -> Explanation:
    from fastapi import Request

    from app.api.claim_queries import ClaimQuery, page_of, search_of
    from app.api.queries import read_query
    from app.cli.explanation import explain
    from app.errors import BadRequest

    if re.match("[a-z]+://|/", query):
        raise click.UsageError(f"leave out {query.partition('?')[0]}: QUERY is what stands behind the question mark")
    asked_for = query.removeprefix("?").encode("utf-8", "surrogateescape")
    request = Request({"type": "http", "query_string": asked_for, "headers": []})
    try:
        asked = read_query(request, ClaimQuery)
        if asked.cursor:
            raise click.UsageError("cursor: the first page of a query is explained; leave the cursor out")
        with database.read_page() as connection:
            return explain(connection, page_of(search_of(asked), asked, None))
    except BadRequest as error:
        raise click.UsageError(error.detail) from None


def _print(told: Explanation) -> None:
    say(
        f"revision {told.revision:,} of {told.newest:,}: {told.versions:,} versions of claims,"
        f" {told.current:,} of them current"
    )
    say("")
    say(f"{'formula':{WIDTH}} {'numbers':>12} {'of':10} {'first':>10} {'again':>10}")
    for part in told.parts:
        said = shown("  " * part.depth + part.said)
        said = said if len(said) <= WIDTH else said[: WIDTH - 1] + "…"
        say(f"{said:{WIDTH}} {part.numbers:12,} {part.family:10} {_seconds(part.first)} {_seconds(part.again)}")
    say("")
    say(f"{'step':{WIDTH}} {'':12} {'':10} {'first':>10} {'again':>10}")
    for step in told.steps:
        say(f"{step.name:{WIDTH}} {'':12} {'':10} {_seconds(step.first)} {_seconds(step.again)}")
    least = "at least " if told.total.relation == "gte" else ""
    say("")
    say(f"{least}{told.total.value:,} claims are found, {told.shown:,} of them on the page")


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:7.3f} ms"
