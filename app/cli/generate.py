"""`onrecord generate`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from app.cli.output import writing
from app.cli.whole_number import WholeNumber

MAX_CLAIMS = 1_000_000_000
MAX_SEED = (1 << 64) - 1
LONG = 20_000  # claims whose generation shows its progress


@click.command("generate")
@click.option("--claims", default=1000, show_default=True, type=WholeNumber(0, MAX_CLAIMS), help="How many")
@click.option("--seed", default=1, show_default=True, type=WholeNumber(0, MAX_SEED), help="Another seed, other claims")
@click.option("--edits", is_flag=True, help="Only the claims among these that change later, as they are then")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write")
def command(claims: int, seed: int, edits: bool, output: Path | None) -> None:
    """Write invented claims as NDJSON, for benches and demonstrations.

    First the metrics and the speakers that are defined, then the claims. The same seed gives the same bytes, and fewer
    claims are the beginning of more. Import the file, then the one that --edits writes.
    """
    from app.demo.generated_claims import as_line, generate, generate_edits

    records = generate_edits(claims, seed) if edits else generate(claims, seed)
    with writing(output) as out, _generating(claims, out) as tell:
        for record in records:
            out.write(as_line(record))
            tell(record)


@contextmanager
def _generating(claims: int, output: BinaryIO) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Shows how far a long generation is, where that does not stand between the lines that it writes."""
    from app.demo.generated_claims import number_of

    if claims < LONG or not sys.stderr.isatty() or output.isatty():
        yield lambda _record: None
        return
    with click.progressbar(length=claims, label="generating", file=sys.stderr) as bar:

        def tell(record: dict[str, Any]) -> None:
            done = number_of(record)
            if done - bar.pos >= LONG // 10:
                bar.update(done - bar.pos)

        yield tell
        bar.update(claims - bar.pos)
