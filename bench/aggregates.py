"""Aggregates by speaker and by year, beside the same GROUP BY in plain SQL and in DuckDB on a Parquet file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from sqlalchemy import create_engine, text

from bench.engines import Bench
from bench.measurements import Measurements, Tell, Values
from bench.served import Served, exports_at, served

ROUNDS: Final = 15  # of each, in turn, so that a slow moment of the machine falls on all

PATHS: Final = {  # of 50 groups, as each gives
    "speaker": "/v1/claims/aggregate?group_by=speaker",
    "year": "/v1/claims/aggregate?group_by=said_on:year",
}
_SQL: Final = (
    "SELECT {of} AS own, count(*) FROM claims WHERE until IS NULL AND status = 'active'"
    " GROUP BY own ORDER BY 2 DESC LIMIT 50"
)
_OF_SQL: Final = {"speaker": "speaker_id", "year": "substr(said_on, 1, 4)"}  # of dates that are one year, the same
_PARQUET: Final = "SELECT {of} AS own, count(*) FROM '{file}' GROUP BY own ORDER BY 2 DESC LIMIT 50"
_OF_PARQUET: Final = {"speaker": '"speaker.id"', "year": 'year("said_on.earliest")'}
_COLUMNS: Final = "speaker.id,said_on.earliest,said_on.latest"

Ask = Callable[[], int]  # the count of the first group


def measure(benches: Sequence[Bench], log: Measurements, tell: Tell) -> None:
    """Milliseconds of each, the middle one of some: of all claims of the newer build."""
    bench = benches[0]
    if all(log.known(bench.key("aggregates", name)) for name in PATHS):
        return
    with served(bench.build, bench.url) as server, TemporaryDirectory() as folder, _sql(bench) as by_sql:
        file = _parquet(server, Path(folder))
        for name, path in PATHS.items():
            log.put(bench.key("aggregates", name), **_measured(server, path, by_sql(name), _duckdb(name, file)))
            tell(f"{bench.title}: counted by {name}")


def _measured(server: Served, path: str, by_sql: Ask, by_duckdb: Ask) -> Values:
    """cold: the first answer. sql, duckdb: the same count by others; they know no dates that span several years."""

    def ask() -> int:
        return int(msgspec.json.decode(server.page(path))["data"][0]["count"])

    cold, first = _timed(ask)
    times: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, one in (("ours", ask), ("sql", by_sql), ("duckdb", by_duckdb)):
            times.setdefault(name, []).append(_timed(one)[0])
    return {"cold": cold, "largest": first} | {name: median(some) for name, some in times.items()}


def _timed(ask: Ask) -> tuple[float, int]:
    started = time.perf_counter()
    found = ask()
    return (time.perf_counter() - started) * 1000, found


@contextmanager
def _sql(bench: Bench) -> Iterator[Callable[[str], Ask]]:
    """Gives the count by a statement of the database itself, on a connection that is open."""
    engine = create_engine(bench.url)
    with engine.connect() as connection:

        def by(name: str) -> Ask:
            statement = text(_SQL.format(of=_OF_SQL[name]))
            return lambda: int(connection.execute(statement).all()[0][1])

        yield by
    engine.dispose()


def _parquet(server: Served, folder: Path) -> Path:
    """A Parquet file of what is counted, out of the export as CSV."""
    import duckdb

    table, file = folder / "claims.csv", folder / "claims.parquet"
    table.write_bytes(server.page(f"{exports_at(server)}?format=csv&fields={_COLUMNS}"))
    duckdb.read_csv(str(table)).write_parquet(str(file))
    return file


def _duckdb(name: str, file: Path) -> Ask:
    import duckdb

    connection = duckdb.connect()
    statement = _PARQUET.format(of=_OF_PARQUET[name], file=file)
    return lambda: int(connection.sql(statement).fetchall()[0][1])
