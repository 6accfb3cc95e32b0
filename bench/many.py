"""Ten million claims on SQLite, by hand: `.venv/bin/python -m bench.many --claims 1000000 --times 10`.

Takes the database that a bench of so many claims left, multiplies its rows in SQL (claims with ids and keys of their
own, in revisions of their own; speakers, sources and metrics stay), and has `onrecord migrate` make the index. Then all
queries are asked. It needs some 4 kB of disk a claim, and an hour or two for ten million.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import click

from bench import data, pages
from bench.__main__ import tell, told
from bench.data import facts_of, generated_files
from bench.engines import Bench, bench_of
from bench.load import load_client
from bench.measurements import Measurements
from bench.processes import watched
from bench.report import RESULTS, write_results
from bench.served import served

PARTS = ("roles", "figures", "topics", "citations", "assessments", "relations")
MB = 1_000_000

_DOCUMENTS = """
    INSERT INTO documents SELECT documents.number + :numbers, replace(replace(replace(doc,
        '"id":"clm_' || claims.id || '"', '"id":"clm_' || (claims.id + :ids) || '"'),
        '"key":"' || key || '"', '"key":"' || key || ':' || :copy || '"'),
        '"revision":' || since || '}', '"revision":' || (since + :revisions) || '}'), quote, paraphrase
    FROM documents JOIN claims USING (number) JOIN record_keys ON type = 'clm' AND record_keys.id = claims.id
    WHERE documents.number <= :numbers_of_one"""
_KEYS = """
    INSERT INTO record_keys SELECT type, id + :ids, key || ':' || :copy
    FROM record_keys WHERE type = 'clm' AND id <= :ids_of_one"""


def multiply(file: Path, times: int) -> None:
    """Add copies of all claims, and have the index be behind, so that it is made anew."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        one = {
            "numbers": connection.execute("SELECT max(number) FROM claims").fetchone()[0],
            "ids": connection.execute("SELECT max(id) FROM claims").fetchone()[0],
            "revisions": connection.execute("SELECT max(number) FROM revisions").fetchone()[0],
        }
        revisions = _shifted(connection, "revisions", "revisions")
        tables = [_shifted(connection, table) for table in ("claims", *PARTS)]
        for copy in range(1, times):
            shifts = {name: number * copy for name, number in one.items()}
            values = {"copy": copy, **shifts, **{f"{name}_of_one": number for name, number in one.items()}}
            for statement in (revisions, _KEYS, _DOCUMENTS, *tables):
                connection.execute(statement, values)
            tell(f"copy {copy + 1} of {times}")
        connection.execute("UPDATE id_counters SET last = last * ? WHERE type = 'clm'", (times,))
        connection.execute("UPDATE derived_versions SET version = version - 1 WHERE name = 'index'")
        connection.commit()
        connection.execute("PRAGMA journal_mode = WAL")


def _shifted(connection: sqlite3.Connection, table: str, numbered: str = "numbers") -> str:
    """The statement that copies a table. numbered: by how much its numbers are shifted."""
    shifts = {"number": f":{numbered}", "id": ":ids", "since": ":revisions", "until": ":revisions"}
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(f"{name} + {shifts[name]}" if name in shifts else name for name in columns)
    return f"INSERT INTO {table} SELECT {values} FROM {table} WHERE number <= :{numbered}_of_one"  # noqa: S608  # ours


def made(claims: int, times: int) -> Bench:
    """The database with so many times the claims, made where it is not there."""
    many = bench_of("sqlite", claims * times, lambda: "", name="many")
    of = bench_of("sqlite", claims, lambda: "")
    files = generated_files(claims)
    if many.is_filled(files):
        return many
    if not of.is_filled(files):
        raise RuntimeError(f"first `python -m bench --engine sqlite --claims {claims} --only import`")
    many = bench_of("sqlite", claims * times, lambda: "", name="many", fresh=True)
    assert many.file and of.file  # noqa: S101, PT018  # both are files
    with closing(sqlite3.connect(of.file)) as connection:
        connection.execute("VACUUM INTO ?", (str(many.file),))
    multiply(many.file, times)
    started = time.perf_counter()
    many.migrate()
    tell(f"the index was made in {time.perf_counter() - started:,.0f} s")
    many.mark_filled(files)
    return many


@click.command()
@click.option("--claims", default=1_000_000, show_default=True, help="The claims of the database that is multiplied")
@click.option("--times", default=10, show_default=True)
@click.option("--seconds", default=1.0, show_default=True, help="For each query, and as long for memory")
@click.option("--resume", is_flag=True, help="Leave out what an earlier run has measured")
@click.option("--results", default=RESULTS, type=click.Path(path_type=Path), help="Where the results go")
def main(claims: int, times: int, seconds: float, resume: bool, results: Path) -> None:
    """Multiply the claims of a bench, ask all queries, and tell the first answer's time and the worker's memory."""
    log = Measurements(data.FOLDER / "measured.ndjson", resumed=resume)
    with told(), load_client() as client:
        bench = made(claims, times)
        started = time.perf_counter()
        with served(bench.build, bench.url) as server:
            first = time.perf_counter() - started
            with watched(server.pid, 0.5) as memory:
                facts = facts_of(generated_files(claims).claims)
                pages.measure_served([(bench, server)], client, facts, seconds, log, tell)
        highest = max((one["p99"] for one in log.under(*bench.key("pages")[:-1]).values() if "p99" in one), default=0.0)
        most, size = max(memory, default=0) / MB, bench.size() / MB
        text = (
            f"{bench.claims:,} claims, made of {claims:,} in SQL and indexed by `onrecord migrate`: {size:,.0f} MB on"
            f" disk, first answer after {first:.2f} s, {most:,.0f} MB resident at most while all queries were asked,"
            f" 99th percentile of each at most {highest:.1f} ms."
        )
        log.put(("ten million", str(bench.claims)), text=text, first=first, memory=most, p99=highest)
    write_results(log, results)


if __name__ == "__main__":
    main()
