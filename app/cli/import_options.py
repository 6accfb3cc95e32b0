"""The arguments and options that `onrecord import` and `onrecord push` have alike.

Most are stated as SentOptions has them; `texts` is of both doors, but a folder here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

MOST_LETTERS: Final = 200  # of the name of who writes

DESCRIBED: Final = {  # fields of a dataset, as domain/record/datasets.py has them
    "title": "its title",
    "licence": "its licence, by name or address",
    "url": "where it is published",
    "citation": "how to cite it",
}
DESCRIBING: Final = tuple(f"dataset_{field}" for field in DESCRIBED)  # their options
OF_TABLES: Final = ("delimiter", "quoting", "encoding")  # options that say how tables are written
WAIT: Final = 600  # seconds

_OPTIONS: Final = (
    click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
    click.option(
        "--texts",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Folder with the texts of sources: KEY.txt, in folders where a key has slashes (https:/a.example/x.txt)",
    ),
    click.option("--patch", is_flag=True, help="YAML, JSON and NDJSON set what they name; the rest stays"),
    click.option("--force", is_flag=True, help="Carry out rows whose claim was changed since their `version` too"),
    click.option(
        "--restore",
        is_flag=True,
        help="Take back retractions: of whole claims that have none, and where a row or patch says status: active",
    ),
    click.option(
        "--expect-claims",
        type=click.IntRange(min=0),
        metavar="N",
        help="Store nothing where the number of claims is another",
    ),
    click.option(
        "--dataset", metavar="NAME", help="The collection that the claims come with; all that name none carry it"
    ),
    *(
        click.option(f"--dataset-{name}", help=f"Of --dataset: {what}; an empty text takes it away")
        for name, what in DESCRIBED.items()
    ),
    click.option("--delimiter", help="The character between cells of tables: , or ; or \\t or another character"),
    click.option(
        "--quoting",
        type=click.Choice(["minimal", "none"]),
        help="Of tables: minimal, quotes enclose cells, over several lines too; none, they are letters like others",
    ),
    click.option("--encoding", help="Of tables: cp1252, utf-16, or what else Python reads; UTF-8 by default"),
    click.option(
        "--keep-going",
        is_flag=True,
        help="Store the rows that are right, though others are wrong: these go to PATH.rejected.csv (of tables) or"
        " PATH.rejected.ndjson, with the reasons, to be mended and imported. The exit code is 1 where there are any",
    ),
    click.option(
        "--rejected",
        type=click.Path(path_type=Path, file_okay=False),
        help="With --keep-going: the folder for the files of rejected rows, instead of beside each file; it is made",
    ),
    click.option("--dry-run", is_flag=True, help="Tell what would be done, and store nothing"),
    click.option(
        "--wait",
        type=click.FloatRange(min=0),
        default=WAIT,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for another writer, once all rows are checked",
    ),
    click.option("--comment", help="A note kept with the revision"),
    click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON, every problem in it"),
    click.option(
        "--report",
        "whole",
        type=click.File("w", encoding="utf-8", lazy=False, atomic=True),
        help="Write every problem and warning to this file too; as JSON where it ends in .json",
    ),
)


def import_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with all of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def actor_of(name: str | None, otherwise: str) -> str:
    """The name of who writes, as histories show it. Raises UsageError for one that nobody could read there."""
    if name is None:
        return otherwise
    if name != name.strip() or not name.isprintable() or not 0 < len(name) <= MOST_LETTERS:
        told = f"--as: {name[:80]!r} is no name: write up to {MOST_LETTERS} letters, without blanks around them"
        raise click.UsageError(told)
    return name


def require_keeping(rejected: Path | None, stated: dict[str, Any]) -> None:
    """Make the folder for rejected rows, before one is read. Raises UsageError where that cannot be, and where nothing
    is written into it.
    """
    if rejected is None:
        return
    if not stated["keep_going"]:
        raise click.UsageError("--rejected goes with --keep-going: without it, nothing is stored where a row is wrong")
    try:
        if not stated["dry_run"]:
            rejected.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--rejected: the folder {rejected} cannot be made: {error.strerror}") from None


def require_paths(paths: tuple[Path, ...], stated: dict[str, Any]) -> None:
    """Raise UsageError where nothing is named: neither files, nor texts, nor what describes a dataset."""
    if not (paths or any(stated[name] is not None for name in ("texts", *DESCRIBING))):
        raise click.UsageError("name a file or folder to import, or --texts DIR for texts of stored sources alone")
