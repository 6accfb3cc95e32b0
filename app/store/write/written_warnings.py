"""Warnings of a single write, whichever door it came through."""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import Problem
from app.store.write.compare import told_of_emptied
from app.store.write.writer import Writer


def written_warnings(writer: Writer) -> Iterator[Problem]:
    """The warnings of what a finished writer wrote, but for those of the outcomes of rows; each is given once."""
    yield from (problem for _, problem in writer.revision.take_warnings())
    if writer.verified.emptied:
        yield Problem((), "emptied", told_of_emptied(writer.verified.emptied))
    yield from writer.resolver.newcomers.told_at_once(writer.connection)
