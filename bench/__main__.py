"""`make bench`: measures generated claims on both engines, beside an earlier build, and writes RESULTS.md.

    python -m bench --claims 20000 --only answers --against 750cc29

All that is measured goes to var/bench/measured.ndjson as it comes: with --resume, a run goes on where it broke off.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from bench import (
    aggregates,
    answers,
    crowd,
    data,
    exports,
    imports,
    mapped,
    moments,
    one_write,
    pages,
    postgrest,
    profiles,
    verifying,
    writes,
)
from bench.builds import AGAINST, BEFORE, Build, build_of, git
from bench.data import Facts, Generated, facts_of, generated_files
from bench.engines import ENGINES, Bench, Server, bench_of, copied, postgres
from bench.load import Client, load_client
from bench.measurements import Measurements
from bench.report import RESULTS, write_results

SIZES = (100_000, 1_000_000)
PROFILED = 5_000  # claims of the import that is profiled
SLOWEST = 3  # pages that are profiled
TOPICS = (
    "import",
    "pages",
    "moments",
    "load",
    "writes",
    "export",
    "aggregates",
    "postgrest",
    "quotes",
    "mapped",
    "answers",
    "profile",
    "report",
)


class Run:
    """The options of one call of the bench."""

    def __init__(self, server: Server, log: Measurements, only: tuple[str, ...], seconds: float, share: float) -> None:
        self.server, self.log, self.only, self.seconds, self.share = server, log, only, seconds, share

    def wants(self, topic: str) -> bool:
        """Whether a topic is to be measured."""
        return not self.only or topic in self.only

    def measure(self, claims: int, engines: Sequence[str], builds: Sequence[Build]) -> bool:
        """Measure so many claims; whether all that were compared gave the same answers."""
        files = generated_files(claims)
        benches = {engine: [self.filled(engine, build, claims, files) for build in builds] for engine in engines}
        if "import" in self.only and len(self.only) == 1:
            return True
        facts = facts_of(files.claims)
        with load_client() as client:
            for same in benches.values():
                self.read(same, client, facts)
        return not self.wants("answers") or self.compared(benches, facts)

    def filled(self, engine: str, build: Build, claims: int, files: Generated) -> Bench:
        """The database with the claims: imported anew where that is measured, else as it was left."""
        bench = bench_of(engine, claims, self.server, build=build)
        key = bench.key("import")
        if bench.is_filled(files) and (self.log.known(key) or not self.wants("import")):
            bench.migrate()
            return bench
        bench = bench_of(engine, claims, self.server, fresh=True, build=build)
        tell(f"{bench.title}: importing")
        costs = imports.fill(bench, files, tell)
        self.about(bench, "import")
        self.log.put(key, **costs)
        tell(f"{bench.title}: {claims / costs['seconds']:,.0f} claims/s")
        if engine == "sqlite" and self.wants("import") and not self.log.known(("peer", str(claims))):
            self.log.put(("peer", str(claims)), **imports.peer(files, claims))
        return bench

    def read(self, benches: Sequence[Bench], client: Client, facts: Facts) -> None:
        """Measure the topics for which databases are read or written to; the first bench is of the newer build."""
        topics: dict[str, Callable[[], None]] = {
            "pages": partial(pages.measure, benches, client, facts, self.seconds, self.log, tell),
            "moments": partial(moments.measure, benches, client, facts, self.seconds, self.log, tell),
            "load": partial(crowd.measure, benches, client, facts, self.share, self.log, tell),
            "writes": partial(self.write, benches),
            "export": partial(exports.measure, benches, self.log, tell),
            "aggregates": partial(aggregates.measure, benches, self.log, tell),
            "postgrest": partial(postgrest.measure, benches[0], client, facts, self.seconds, self.log, tell),
            "quotes": partial(self.verify, benches[0]),
            "mapped": partial(self.map, benches[0]),
            "profile": partial(self.profile, benches[0]),
        }
        for topic, measure in topics.items():
            if self.wants(topic) and (topic != "postgrest" or benches[0].engine == "postgresql"):
                for bench in benches:
                    self.about(bench, topic)
                measure()

    def write(self, benches: Sequence[Bench]) -> None:
        """Measure single writes, to copies."""
        for bench in benches:
            if not self.log.known(bench.key("writes")):
                with copied(bench, self.server) as copy:
                    writes.measure(copy, self.share, self.log, tell)
                    if not bench.build.commit:  # earlier builds write by file alone
                        one_write.measure(copy, self.share, self.log, tell)

    def verify(self, bench: Bench) -> None:
        """Measure an import of quotes of a long text, and `onrecord verify`, on a database of their own."""
        if not self.log.known(bench.key("quotes")):
            small = bench_of(bench.engine, verifying.QUOTES, self.server, fresh=True, name="quotes", build=bench.build)
            self.log.put(bench.key("quotes"), **verifying.measure(small, tell))

    def map(self, bench: Bench) -> None:
        """Measure imports by mappings beside those of our own forms, each into a database of its own."""

        def make(name: str) -> Bench:
            return bench_of(bench.engine, mapped.ROWS, self.server, fresh=True, name=name, build=bench.build)

        mapped.measure(make, self.log, tell)

    def profile(self, bench: Bench) -> None:
        """Where the time goes of a small import, and of the pages that are the slowest beside memory."""
        small = bench_of(bench.engine, PROFILED, self.server, fresh=True, name="profiled", build=bench.build)
        text = profiles.profile_import(small, generated_files(PROFILED).claims)
        self.log.put(bench.key("profile", "import"), text=text)
        measured = self.log.under(*bench.key("pages")[:-1]).values()
        slowest = sorted((one for one in measured if "share" in one), key=lambda one: float(one["share"]))[:SLOWEST]
        for n, one in enumerate(slowest):
            text = profiles.profile_page(bench, one["path"])
            self.log.put(bench.key("profile", f"page {n}"), shown=one["shown"], share=one["share"], text=text)
            tell(f"{bench.title}: profiled {one['shown']}")

    def compared(self, benches: dict[str, list[Bench]], facts: Facts) -> bool:
        """Ask the builds of each engine the same, and both engines; whether all that differs is explained."""
        first = [same[0] for same in benches.values()]
        pairs = [(same[0], other) for same in benches.values() for other in same[1:] if "answers" in self.only]
        pairs += [(first[0], first[1])] if len(first) > 1 else []
        for pair in pairs:
            self.about(pair[0], "answers")
        same = [answers.compare(pair, facts, self.log, tell) for pair in pairs]
        return all(same)

    def about(self, bench: Bench, topic: str) -> None:
        """Note when and on what a topic was measured."""
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
        self.log.put(bench.key("about", topic), when=now, commit=bench.build.described, engine=bench.version())


def tell(line: str) -> None:
    """Say how far the run is."""
    click.echo(line, err=True)


@contextmanager
def told() -> Iterator[None]:
    """Report errors in one sentence."""
    try:
        yield
    except (RuntimeError, LookupError, OSError) as error:
        raise click.ClickException(str(error)) from error


def commits(build: str | None, against: tuple[str, ...], only: tuple[str, ...]) -> list[str | None]:
    """The builds of a run, the one that is to be good first. The usual one to compare with is left out where the
    repository does not reach back to it.
    """
    usual = BEFORE if only == ("answers",) else AGAINST
    if not against and git("rev-parse", "--verify", "--quiet", f"{usual}^{{commit}}"):
        against = (usual,)
    return [build, *(one for one in against if one != "none")]


@click.command()
@click.option("--claims", multiple=True, type=click.IntRange(100), help="How many; repeat it. Default: 100,000 and 1 M")
@click.option("--engine", type=click.Choice(ENGINES), help="Only this one")
@click.option("--only", multiple=True, type=click.Choice(TOPICS), help="Only these, on what an earlier run left")
@click.option("--build", help="Measure this commit in place of this tree")
@click.option(
    "--against",
    multiple=True,
    help=f"And these commits, or none. Default: {AGAINST}; for answers: {BEFORE}",
)
@click.option("--seconds", default=1.0, show_default=True, help="For each query, and as long for memory")
@click.option("--share", default=1.0, show_default=True, help="Of the 30 s of load, and of the 10,000 single writes")
@click.option("--resume", is_flag=True, help="Leave out what an earlier run has measured")
@click.option("--results", default=RESULTS, type=click.Path(path_type=Path), help="Where the results go")
def main(
    claims: tuple[int, ...],
    engine: str | None,
    only: tuple[str, ...],
    build: str | None,
    against: tuple[str, ...],
    seconds: float,
    share: float,
    resume: bool,
    results: Path,
) -> None:
    """Measure generated claims. PostgreSQL is that of ONRECORD_BENCH_POSTGRES, else one that is started here."""
    data.FOLDER.mkdir(parents=True, exist_ok=True)
    log, same = Measurements(data.FOLDER / "measured.ndjson", resumed=resume), [True]
    with told(), ExitStack() as running:
        if only != ("report",):
            builds = [running.enter_context(build_of(one)) for one in commits(build, against, only)]
            run = Run(running.enter_context(postgres()), log, only, seconds, share)
            same = [run.measure(number, (engine,) if engine else ENGINES, builds) for number in claims or SIZES]
        write_results(log, results)
    tell(f"written: {results}")
    sys.exit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
