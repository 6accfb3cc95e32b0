"""Imports of tests: options and callbacks by their names, without the objects that hold them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from app.store.database.engine import Database
from app.store.imports import importer
from app.store.imports.import_options import ImportOptions
from app.store.imports.importer import Report
from app.store.imports.watcher import Watcher

CALLBACKS: Final = {field.name for field in fields(Watcher)}


def import_paths(database: Database, paths: list[Path], *, processes: int | None = None, **given: Any) -> Report:
    """Import files, as of the importer. given: what ImportOptions and Watcher have."""
    watcher = Watcher(**{name: given.pop(name) for name in CALLBACKS & given.keys()})
    return importer.import_paths(database, paths, ImportOptions(**given), watcher, processes=processes)
