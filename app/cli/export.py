"""`onrecord export`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import click

from app.cli.opening import configured_database
from app.cli.output import say
from app.cli.progress import progress

if TYPE_CHECKING:
    from app.store.database.bulk_insert import Progress
    from app.store.database.engine import Database
    from app.store.search.whole_database import WholeDatabase

FILES = ("records", "claims")  # methods of WholeDatabase, and the names of the files


class _AsOf(click.ParamType[int | datetime]):
    """A revision, or a moment in time."""

    name = "REVISION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | datetime:
        """As in click."""
        from app.api.moments import read_as_of
        from app.errors import BadValue

        try:
            return value if isinstance(value, int | datetime) else read_as_of(value)
        except BadValue as error:
            self.fail(str(error), param, ctx)


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--as-of", type=_AsOf(), help="As of a revision or a moment, as as_of of the API; by default the newest")
def command(folder: Path, as_of: int | datetime | None) -> None:
    """Write the whole database, at one revision, into a new folder: `onrecord import DIR` makes it anew.

    records.ndjson has speakers, sources with their texts, metrics and datasets, claims.ndjson the claims, retracted
    ones too. Merged records are told with the key of their survivor. DIR is there once all of it is written.
    """
    _require_free(folder)
    with configured_database() as database, _new_folder(folder) as part:
        database.require_migrated()
        with progress() as tell:
            counts, revision, lacking = _write(database, part, as_of, tell)
    if lacking:
        sources = "1 source has" if lacking == 1 else f"{lacking:,} sources have"
        say(f"warning: {sources} a text that is not held here: it is not exported", err=True)
    say(f"{folder}: {counts['records']:,} records and {counts['claims']:,} claims, as of revision {revision}")


def _require_free(folder: Path) -> None:
    """Raise UsageError where the folder cannot be made: what is there is never written over."""
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise click.UsageError(f"{folder} is there, and no folder: name a new one")
        if folder.is_dir() and any(folder.iterdir()):
            raise click.UsageError(f"{folder} is not empty: name a new folder, nothing is written over")
        if not folder.absolute().parent.is_dir():
            raise click.UsageError(f"there is no folder {folder.absolute().parent} to make {folder.name} in")
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be looked at: {error.strerror}") from None


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside, that gets the name when all is written; an error or an interrupt leaves nothing behind."""
    part: Path | None = None
    folder = folder.absolute()
    try:
        part = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name[:100]}.part-"))
        yield part
        part.chmod(0o755)
        part.rename(folder)
    except OSError as error:
        say(f"onrecord: {folder} cannot be written: {error.strerror}; nothing is left of it", err=True)
        sys.exit(1)
    finally:
        if part is not None and part.exists():
            shutil.rmtree(part, ignore_errors=True)


def _write(
    database: Database, part: Path, as_of: int | datetime | None, tell: Progress
) -> tuple[dict[str, int], int, int]:
    """Write the files; how many lines each has, the revision, and how many texts are not held."""
    from app.store.history.moment import moment_of
    from app.store.search.whole_database import WholeDatabase

    with database.read_through() as connection:
        moment = moment_of(connection, as_of=as_of)
        whole = WholeDatabase(connection, moment)
        counts = {name: _write_file(part / f"{name}.ndjson", whole, name, tell) for name in FILES}
        return counts, moment.revision, len(whole.texts_lacking)


def _write_file(path: Path, whole: WholeDatabase, name: str, tell: Progress) -> int:
    done = 0
    lines: Iterator[bytes] = getattr(whole, name)()
    with path.open("wb") as out:
        for line in lines:
            out.write(line)
            done += 1
            if done % 1_000 == 0:
                tell(f"exported: {name}", done, None)
        out.flush()
        os.fsync(out.fileno())
    return done
