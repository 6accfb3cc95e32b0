"""Progress of long commands, on the error stream."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.store.database.bulk_insert import Progress


@contextmanager
def progress() -> Iterator[Progress]:
    """Shows how many rows are done: one line on a terminal, a line for every 10,000 in a pipe."""
    told = 0
    terminal = sys.stderr.isatty()

    def tell(what: str, done: int, every: int | None) -> None:
        nonlocal told
        of = f" of {every:,}" if every is not None else ""
        if terminal:
            click.echo(f"{what} {done:,}{of}\x1b[K\r", err=True, nl=False)  # a message after it takes its line
        elif done // 10_000 != told // 10_000 and done:
            click.echo(f"{what} {done:,}{of}", err=True)
        told = done

    try:
        yield tell
    finally:
        if terminal and told:
            click.echo("\r\x1b[K", err=True, nl=False)
