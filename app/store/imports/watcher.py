"""Callbacks by which an import tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from app.store.database.bulk_insert import Progress
from app.store.imports.report import Report
from app.store.write.outcomes import Outcome

# Where a row stands (file:line; "" for what none tells), and what became of the claim or record that it changes
Tell = Callable[[str, Outcome], None]
Decide = Callable[[Connection, Report], None]  # on the transaction that is about to be kept


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Callbacks of an import, which do nothing by default.

    progress: is told how many rows are checked, and prepared to be stored. waiting: is told which other writer it waits
    for. tell: is told of each claim, and of each stored record that is changed, when all is written and not yet kept;
    of nothing where a row is refused. decide: is called when all is written and about to be kept, which what it raises
    prevents.
    """

    progress: Progress = lambda _what, _done, _all: None
    waiting: Callable[[str], object] = lambda _holder: None
    tell: Tell | None = None
    decide: Decide | None = None
