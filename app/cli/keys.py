"""`onrecord keys`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import click

from app.cli.opening import configured_database
from app.cli.output import say, telling
from app.cli.whole_number import WholeNumber
from app.domain.scopes import SCOPES
from app.domain.text.controls import shown, shown_json

if TYPE_CHECKING:
    from app.store.access.keys import AccessKey

MOST_DAYS: Final = 36_500
COLUMNS: Final = ("id", "name", "scopes", "created", "expires", "revoked", "last used")


@click.group("keys")
def command() -> None:
    """Keys that requests over HTTP carry: make, list and revoke them."""


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(SCOPES),
    help="A right of the key; several are given one by one. Each includes read, and admin includes all",
)
@click.option("--expires", metavar="YYYY-MM-DD", help="The last day on which it works, in UTC; none by default")
@click.option("--days", type=WholeNumber(1, MOST_DAYS), help="For how many days from now it works")
def create(name: str, scopes: tuple[str, ...], expires: str | None, days: int | None) -> None:
    """Make a key, and print it: as the last word, once. It is not stored, and cannot be told again.

    NAME is what histories show as who made a revision. No other key ever has the same.
    """
    from app.store.access.keys import make_key

    until = _last_moment(expires, days)
    with configured_database() as database:
        database.require_migrated()
        made = make_key(database, name, scopes, expires=until)
        key = made.key
        with telling(f"the key {key.name} is made, but was not shown: revoke it and make another"):
            ends = f", until {_short(key.expires_at)} UTC" if key.expires_at else ""
            say(f"the key {key.name} (id {key.id}) may {_joined(key.scopes)}{ends}; keep it, it is not shown again:")
            say(made.secret)


def _last_moment(expires: str | None, days: int | None) -> datetime | None:
    if days is not None:
        if expires is not None:
            raise click.UsageError("--expires and --days both say when the key ends; give one of them")
        return datetime.now(UTC) + timedelta(days=days)
    if expires is None:
        return None
    try:
        day = datetime.strptime(expires, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise click.BadParameter(
            f"{expires!r} is no day; write one such as 2027-01-31", param_hint="'--expires'"
        ) from None
    return datetime.combine(day, time.max, UTC)


def _joined(scopes: str) -> str:
    return scopes.replace(" ", ", ")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON")
def list_(as_json: bool) -> None:
    """Show all keys, revoked ones too; times are UTC. A use is noted once a minute at most."""
    from app.store.access.keys import list_keys

    with configured_database() as database:
        database.require_migrated()
        with database.read() as connection:
            keys = list_keys(connection)
    if as_json:
        told = [key._asdict() | {"scopes": key.scopes.split()} for key in keys]
        click.echo(shown_json(json.dumps(told, ensure_ascii=False, indent=2)))
    elif keys:
        _show_table([COLUMNS, *map(_cells, keys)])
    else:
        say("there are no keys; onrecord keys create NAME --scope read makes one")


def _cells(key: AccessKey) -> tuple[str, ...]:
    times = (key.created_at, key.expires_at, key.revoked_at, key.last_used)
    return (str(key.id), shown(key.name), _joined(key.scopes), *map(_short, times))


def _short(moment: str | None) -> str:
    """A stored time to the minute."""
    return moment[:16].replace("T", " ") if moment else "-"


def _show_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@command.command("revoke")
@click.argument("key", metavar="NAME")
def revoke(key: str) -> None:
    """Revoke a key, by its name, its id, or the key itself. It stops at once, and cannot be brought back."""
    from app.store.access.keys import revoke_key

    with configured_database() as database:
        database.require_migrated()
        done, is_new = revoke_key(database, key)
        sentence = f"the key {done.name} (id {done.id}) is revoked"
        with telling(sentence):
            say(sentence if is_new else f"{sentence} already, since {_short(done.revoked_at)} UTC")
