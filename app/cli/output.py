"""Output of a command: standard output or a file, and what becomes of it where it cannot be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

import click

from app.domain.text.controls import shown


@contextmanager
def writing(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there when all of it is written. An error is one sentence."""
    part: Path | None = None
    try:
        if output is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        if output.exists() and not output.is_file():  # a device or a pipe is written to; a folder is an error
            with output.open("wb") as out:
                yield out
            return
        with NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}.", delete=False) as out:
            part = Path(out.name)
            yield cast(BinaryIO, out)
        part.chmod(0o644)
        part.replace(output)
    except BrokenPipeError:
        raise
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        if output is None:
            close_quietly()
        say(f"onrecord: {output or 'the output'} cannot be written: {error.strerror}", err=True)
        sys.exit(1)
    except BaseException:
        if part is not None:
            part.unlink(missing_ok=True)
        raise


def say(line: str, *, err: bool = False) -> None:
    """Print a line. Control characters (of a file's name, a key, a value) are shown as escapes."""
    click.echo(shown(line), err=err)


def close_quietly() -> None:
    """Discard unprinted output, so that exit does not retry."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # for the rest of the process


@contextmanager
def telling(done: str) -> Iterator[None]:
    """A block that prints what is stored already: where that cannot be printed, it is a warning, and no failure."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        with suppress(OSError):
            say(f"warning: the report cannot be written: {error.strerror}; {done}", err=True)
        close_quietly()
