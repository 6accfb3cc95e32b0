"""`make bench`: measures imports, pages and exports of generated claims on both engines, and writes RESULTS.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench import exports, pages, postgrest, profiles
from bench.data import Facts, Generated, facts_of, generated_files
from bench.engines import ENGINES, Bench, Server, bench_of, fill, postgres
from bench.load import load_client
from bench.report import RESULTS, measured_on, write_section
from bench.served import served

SIZES = (100_000, 1_000_000)
PROFILED = 5_000  # claims of the import that is profiled
SLOWEST = 3
TOPICS = ("import", "pages", "export", "postgrest")


class Run:
    """The options of one call of the bench."""

    def __init__(self, server: Server, results: Path, only: str | None, seconds: float) -> None:
        self.server, self.results, self.only, self.seconds = server, results, only, seconds

    def wants(self, topic: str) -> bool:
        """Whether a topic is to be measured."""
        return self.only in (None, topic)

    def measure(self, claims: int, engines: tuple[str, ...]) -> bool:
        """Measure so many claims on these engines; whether they gave the same answers."""
        files = generated_files(claims)
        benches = [self.filled(engine, claims, files, fresh=files.is_new or self.wants("import")) for engine in engines]
        if self.only == "import":
            return True
        facts = facts_of(files.claims)
        for bench in benches:
            self.read(bench, facts)
        return len(benches) < 2 or self.compared(benches, facts)

    def filled(self, engine: str, claims: int, files: Generated, *, fresh: bool) -> Bench:
        """The database with the claims: imported anew where that is measured, else as it was left."""
        bench = bench_of(engine, claims, self.server, fresh=fresh)
        if not fresh and bench.is_filled():
            return bench
        click.echo(f"{bench.title}: importing", err=True)
        filled = fill(bench, files.claims)
        click.echo(f"{bench.title}: {claims / filled.seconds:,.0f} claims/s", err=True)
        size = bench.size()
        fill(bench, files.edits)
        bench.settle()
        if self.wants("import"):
            body = exports.import_section(bench, filled, size)
            self.write(bench, "import", f"{body}\n\n### Where its time goes\n\n{self.import_profile(engine)}")
        return bench

    def import_profile(self, engine: str) -> str:
        """Where the time of a small import goes."""
        small = bench_of(engine, PROFILED, self.server, fresh=True, name="profiled")
        return profiles.profile_import(small, generated_files(PROFILED).claims)

    def read(self, bench: Bench, facts: Facts) -> None:
        """Measure pages and exports, and pages beside PostgREST."""
        if self.wants("pages"):
            with served(bench.url) as server, load_client() as client:
                results = pages.measure(bench, server, client, facts, self.seconds, _tell)
                note = pages.unchanged(server, client, self.seconds)
            self.write(bench, "pages", pages.section(bench, results, note))
            self.write(bench, "profile", self.page_profiles(bench, results))
        if self.wants("export"):
            self.write(bench, "export", exports.export_section(*exports.measure(bench)))
        if self.wants("postgrest") and bench.engine == "postgresql":
            self.write(bench, "postgrest", postgrest.measured(bench, facts, self.seconds, _tell))

    def page_profiles(self, bench: Bench, results: list[pages.Result]) -> str:
        """Where the time of the slowest pages goes."""
        slowest = sorted(results, key=lambda one: one.ratio)[:SLOWEST]
        with bench.database() as database:
            told = [(one, profiles.profile_page(database, one.asked.path)) for one in slowest]
        return "\n\n".join(f"### `{one.asked.shown}`: {one.ratio:.3f} of memory\n\n{text}" for one, text in told)

    def compared(self, benches: list[Bench], facts: Facts) -> bool:
        """Ask both engines the same; whether they say the same."""
        with served(benches[0].url) as first, served(benches[1].url) as second:
            wrong = pages.differences([(first, benches[0]), (second, benches[1])], facts)
        said = (
            "\n".join(f"- DIFF `{one}`" for one in wrong) or "The same claims, in the same order, with the same totals."
        )
        write_section(f"{benches[0].claims:,} claims: whether both engines say the same", said, self.results)
        for one in wrong:
            click.echo(f"DIFF {one}", err=True)
        return not wrong

    def write(self, bench: Bench, topic: str, body: str) -> None:
        """Write a section, with what it was measured on."""
        engine = f"{'SQLite' if bench.engine == 'sqlite' else 'PostgreSQL'} {bench.version()}"
        write_section(f"{bench.title}: {topic}", f"{measured_on(engine)}\n\n{body}", self.results)


def _tell(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _told() -> Iterator[None]:
    """Report errors in one sentence."""
    try:
        yield
    except (RuntimeError, LookupError, OSError) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--claims", multiple=True, type=click.IntRange(100), help="How many; repeat it. Default: 100,000 and 1 M")
@click.option("--engine", type=click.Choice(ENGINES), help="Only this one; else both, and whether they say the same")
@click.option("--only", type=click.Choice(TOPICS), help="Only this, on what an earlier run left")
@click.option("--seconds", default=1.0, show_default=True, help="For each query, and as long for memory")
@click.option("--results", default=RESULTS, type=click.Path(path_type=Path), help="Where the results go")
def main(claims: tuple[int, ...], engine: str | None, only: str | None, seconds: float, results: Path) -> None:
    """Measure generated claims. PostgreSQL is that of ONRECORD_BENCH_POSTGRES, else one that is started here."""
    if (engine, only) == ("sqlite", "postgrest"):
        raise click.UsageError("PostgREST serves PostgreSQL only")
    with _told(), postgres() as server:
        run = Run(server, results, only, seconds)
        engines = (engine,) if engine else ("postgresql",) if only == "postgrest" else ENGINES
        same = [run.measure(number, engines) for number in claims or SIZES]
    click.echo(f"written: {results}", err=True)
    sys.exit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
