"""How long a page of claims takes, filter by filter: the figures of docs/decisions/0004-plans.md.

    .venv/bin/python -m bench.pages --claims 20000 sqlite:///var/bench.db postgresql://user@host/empty_database

Fills each database that is empty with the same generated claims, asks all the same queries through the whole app, and
prints milliseconds (median of 7, one request at a time). Says DIFF where the engines do not give the same claims.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

import click
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.domain.records import ClaimIn
from app.main import create_app
from app.store.db import Database
from app.store.render import render_claim
from app.store.revisions import Revision, newest_revision
from app.store.write import BATCH, Writer

QUERIES = (
    "", "speaker__name=Speaker 0", "speaker__name=Speaker 0&speaker__name=Speaker 5", "speaker__kind=person",
    "role__status=former", "role__status=former&role__title__contains=title", "organization__name=Org 0",
    "said_on=1997", "said_on__within=1997", "said_on__gte=2020", "said_on__gte=1996&said_on__lte=1997",
    "said_on__isnull=true", "figure__metric__name=Metric 0", "figure__unit=count",
    "figure__unit=count&figure__value__gte=1000000", "figure__metric__name=Metric 0&figure__value__gte=100",
    "figure__isnull=true", "topic=topic 0", "topic=topic 0&topic=topic 1", "source__publisher=Pub 0",
    "verification=unchecked", "verification=unchecked&topic=topic 0", "q=w0", "q=w0 w1", 'q="w0 w1"', "q=w500",
    "speaker__name=Speaker 0&topic=topic 3", "said_on=1997&topic=topic 0", "said_on=1997&speaker__name=Speaker 0",
    "sort=said_on&topic=topic 0", "status=any&topic=topic 0",
)  # fmt: skip


def skewed(chance: random.Random, most: int) -> int:
    """A number below `most`, small ones far more often."""
    return min(most - 1, int(chance.paretovariate(0.8)) - 1)


def generated(number: int, seed: int = 1) -> Iterator[ClaimIn]:
    """Claims with skewed speakers, metrics, topics, publishers and words; the same for the same seed."""
    chance = random.Random(seed)
    for n in range(number):
        yield ClaimIn.model_validate(_claim(chance, n))


def _claim(chance: random.Random, n: int) -> dict[str, Any]:
    day = date(1995, 1, 1) + timedelta(days=chance.randrange(11_000))
    said = [day.isoformat()] * 6 + [day.isoformat()[:7], str(day.year), f"{day.year}/{day.year + 3}", None]
    role = {"title": f"title {skewed(chance, 100)}", "organization": f"Org {skewed(chance, 1000)}"}
    return {
        "key": f"k{n}",
        "speaker": {"name": f"Speaker {skewed(chance, 60_000)}"},
        "quote": " ".join(f"w{skewed(chance, 20_000)}" for _ in range(20)),
        "said_on": chance.choice(said),
        "topics": [f"topic {skewed(chance, 200)}" for _ in range(chance.randrange(3))],
        "source": {"title": f"Source {n // 5}", "publisher": f"Pub {skewed(random.Random(n // 5), 500)}"},
        "roles": [{**role, "status": chance.choice(["current", "current", "former"])}] if chance.random() < 0.6 else [],
        "figures": [
            {
                "metric": {"name": f"Metric {skewed(chance, 300)}", "unit": "count"},
                "value": str(round(chance.lognormvariate(5, 3), 2)),
            }
            for _ in range(chance.choice([0, 0, 1, 1, 2]))
        ],
    }


def fill(database: Database, number: int) -> None:
    """Write generated claims into an empty database; one that has something is left as it is."""
    database.migrate()
    with database.write() as connection:
        if newest_revision(connection):
            return
        started, writer, claims = time.perf_counter(), Writer(Revision(connection, actor="bench")), generated(number)
        for start in range(0, number, BATCH):
            writer.put_claims((start + n, render_claim(next(claims))) for n in range(min(BATCH, number - start)))
        if not writer.finish():
            raise click.ClickException(f"the claims were not written: {writer.problems}")
    click.echo(
        f"{database.dialect}: {number / (time.perf_counter() - started):,.0f} claims/s written, making them included"
    )
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def timed(client: TestClient, query: str) -> tuple[float, object]:
    """The median milliseconds of a query, and what it found."""
    times = []
    for _ in range(7):
        started = time.perf_counter()
        answer = client.get(f"/v1/claims?{query.replace(' ', '%20')}")
        times.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
    found = answer.json()
    return statistics.median(times), ([claim["key"] for claim in found["data"]], found["meta"]["total"])


@click.command()
@click.option("--claims", default=20_000, show_default=True)
@click.argument("urls", nargs=-1, required=True)
def main(claims: int, urls: tuple[str, ...]) -> None:
    """Fill the databases and time the queries."""
    databases = [Database(url) for url in urls]
    for database in databases:
        fill(database, claims)
    with ExitStack() as running:
        clients = [running.enter_context(TestClient(create_app(database))) for database in databases]
        for query in QUERIES:
            results = [timed(client, query) for client in clients]
            same = all(found == results[0][1] for _, found in results)
            click.echo(f"{query:66}" + "".join(f"{took:9.1f}" for took, _ in results) + ("" if same else "  DIFF"))


if __name__ == "__main__":
    main()
