"""How well texts find the claims that say the same: `make bench-match DATA=folder`.

The data are those of CLEF CheckThat! 2020, task 2 (English): tweets, and the verified claims that they are about. The
folder is the unpacked data/v3.zip of https://github.com/sshaar/clef2020-factchecking-task2: verified_claims.docs.tsv,
and for each part a folder with tweets.queries.tsv and tweet-vclaim-pairs.qrels. Each claim is imported with its text as
the paraphrase and the headline of its check as the title of its source. The table goes to bench/MATCHING.md.
"""

from __future__ import annotations

import csv
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from statistics import mean, quantiles
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import click

from app.domain.query.likeness import SHARES, AskedText, Shares
from app.domain.query.tree import joined
from app.store.database.engine import Database
from app.store.history.moment import moment_of
from app.store.imports.importer import import_paths
from app.store.records.document import decode
from app.store.search.alike import find_alike
from app.store.search.lookups import Asking
from app.store.upgrade.upgrade import migrate
from bench.data import ROOT
from bench.tables import table

RESULTS = ROOT / "bench" / "MATCHING.md"
AT: Final = 5  # hits that count
WAYS: Final = {
    "words alone (BM25 over stems)": Shares(0, 0, 0, 0),
    "words, pieces of words": SHARES._replace(pairs=0, amounts=0),
    "words, pairs": SHARES._replace(pieces=0, amounts=0),
    "without amounts": SHARES._replace(amounts=0),
    "all": SHARES,
}


class Part(NamedTuple):
    """The tweets of a part, and the claims that each is about, by its number."""

    texts: Mapping[int, str]
    about: Mapping[int, Set[int]]


def read_claims(folder: Path) -> dict[int, tuple[str, str]]:
    """The verified claims and the headlines of their checks, by number."""
    return {int(number): (claim, title) for number, claim, title in _rows(folder / "verified_claims.docs.tsv")}


def read_part(folder: Path, name: str) -> Part:
    """A part of the data: train, dev or another folder of this shape."""
    about: dict[int, set[int]] = {}
    for line in _lines(folder / name / "tweet-vclaim-pairs.qrels"):
        tweet, _, claim, _ = line.split("\t")
        about.setdefault(int(tweet), set()).add(int(claim))
    return Part({int(number): text for number, text in _rows(folder / name / "tweets.queries.tsv")}, about)


def _lines(file: Path) -> list[str]:
    if not file.is_file():
        raise click.ClickException(
            f"{file} is not there: DATA is the unpacked data/v3.zip of"
            " https://github.com/sshaar/clef2020-factchecking-task2"
        )
    return file.read_text(encoding="utf-8").splitlines()


def _rows(file: Path) -> Iterator[list[str]]:
    _lines(file)
    with file.open(encoding="utf-8", newline="") as lines:
        yield from list(csv.reader(lines, delimiter="\t"))[1:]


def filled(folder: Path, claims: Mapping[int, tuple[str, str]]) -> Database:
    """A database with the claims, in a folder."""
    file = folder / "claims.ndjson"
    with file.open("w", encoding="utf-8") as out:
        for number, (claim, title) in claims.items():
            source = {"key": f"check/{number}", "title": title or claim}
            told = {
                "key": str(number),
                "speaker": None,
                "paraphrase": claim or title,
                "language": "en",
                "source": source,
            }
            out.write(json.dumps(told) + "\n")
    database = Database(f"sqlite:///{folder / 'claims.db'}", statement_timeout=3600)
    migrate(database)
    if faults := import_paths(database, [file]).faults:
        raise click.ClickException(f"the claims were not imported: {faults[0]}")
    return database


def precision(found: Sequence[int], right: Set[int]) -> float:
    """The average precision of the first AT claims that were found."""
    places = [place for place, number in enumerate(found[:AT]) if number in right]
    return sum((hits + 1) / (place + 1) for hits, place in enumerate(places)) / min(len(right), AT)


def measure(asking: Asking, part: Part, shares: Shares) -> tuple[float, list[float]]:
    """The mean average precision at AT of a part, and the seconds of the processor that each text took."""
    scores, seconds = [], []
    for number, text in part.texts.items():
        start = time.process_time()
        found = find_alike(asking, AskedText(text), joined(()), AT, shares=shares)
        seconds.append(time.process_time() - start)
        scores.append(precision([int(decode(one.document)["key"]) for one in found], part.about[number]))
    return mean(scores), seconds


def results(asking: Asking, parts: Mapping[str, Part], tell: Callable[[str], None]) -> Iterator[list[str]]:
    """A row for each way to compare."""
    for way, shares in WAYS.items():
        measured = [measure(asking, part, shares) for part in parts.values()]
        each = [1000 * one for _, seconds in measured for one in seconds]
        row = [way, *(f"{score:.3f}" for score, _ in measured), f"{quantiles(each, n=2)[0]:.1f}", f"{max(each):.1f}"]
        tell(", ".join(row))
        yield row


@click.command()
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The folder of the unpacked data")
@click.option("--part", "names", multiple=True, default=("train", "dev"), show_default=True, help="Repeat it")
@click.option("--results", "file", default=RESULTS, type=click.Path(path_type=Path), help="Where the table goes")
def main(data: Path, names: tuple[str, ...], file: Path) -> None:
    """Measure how well texts find claims."""
    claims, parts = read_claims(data), {name: read_part(data, name) for name in names}
    with TemporaryDirectory() as made:
        database = filled(Path(made), claims)
        with database.read() as connection:
            asking = Asking(connection, moment_of(connection))
            rows = list(results(asking, parts, lambda line: click.echo(line, err=True)))
        database.close()
    head = [
        "compared by",
        *(f"{name}, {len(part.texts)} texts" for name, part in parts.items()),
        "ms a text",
        "at most",
    ]
    told = (
        f"Written by `make bench-match DATA=folder`: MAP@{AT} of tweets among {len(claims):,} verified claims (CLEF"
        " CheckThat! 2020, task 2, English; see bench/matching.py), and the processor's time on SQLite, Python"
        f" {platform.python_version()}."
    )
    file.write_text(f"# Matching\n\n{told}\n\n{table(head, rows)}\n")
    click.echo(f"written: {file}", err=True)


if __name__ == "__main__":
    sys.exit(main())
