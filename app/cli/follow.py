"""`onrecord follow`."""

from __future__ import annotations

from contextlib import closing

import click

from app.cli.opening import configured_database
from app.cli.output import say, telling
from app.cli.progress import progress


@click.command("follow")
@click.argument("url", required=False)
@click.option("--once", is_flag=True, help="End when all that there is now is stored")
@click.option("--end", is_flag=True, help="Follow no longer, for good: the database may be written to then")
@click.option("--key", envvar="ONRECORD_KEY", help="A key of that server; better in ONRECORD_KEY")
def command(url: str | None, once: bool, end: bool, key: str | None) -> None:
    """Keep the database a copy of that which a server at URL has: https://claims.example.org

    It begins with an empty database, stores whole revisions with their ids, versions and times, and whenever it is
    started goes on from where it is. The copy is for reading, and writes to it are refused, until --end.
    """
    if end == (url is not None):
        raise click.UsageError("give the URL of a server, or --end without one")
    from app.cli.followed_server import FollowedServer
    from app.cli.following import follow
    from app.store.history.following import end_following

    with configured_database() as database:
        database.require_migrated()
        if url is None:
            say(f"{database.shown} follows {end_following(database)} no longer, and may be written to")
            return
        with closing(FollowedServer(url, key)) as server, progress() as tell:
            newest = follow(database, server, tell, once=once)
        with telling(sentence := f"{database.shown} is at revision {newest}, as {server.shown} is"):
            say(sentence)
