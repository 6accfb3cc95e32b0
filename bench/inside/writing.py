"""Write single claims one after the other, on the modules of any build; the seconds of each go to a file as JSON.

    ONRECORD_DATABASE_URL=… PYTHONPATH=TREE python bench/inside/writing.py TIMES FILE

FILE: claims as NDJSON, each of which is imported by itself: the build's one way to write a claim.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

REFUSED = 100  # rows that may be refused: edits of claims that are retracted
HOMES = (("app.store.database.engine", "app.store.imports.importer"), ("app.store.db", "app.store.load"))


def modules() -> tuple[Any, Any]:
    """The build's modules with the class Database and with the function import_paths."""
    for engine, importer in HOMES:
        try:
            return import_module(engine), import_module(importer)
        except ModuleNotFoundError:
            continue
    raise LookupError(f"none of {HOMES} is in this build")


def main(times_file: str, claims: str) -> None:
    """Write each claim as a revision."""
    engine, importer = modules()
    database = engine.Database(os.environ["ONRECORD_DATABASE_URL"], lock_timeout=60)
    times: list[float] = []
    refused: list[bytes] = []
    with tempfile.TemporaryDirectory() as folder, Path(claims).open("rb") as lines:
        row = Path(folder, "row.ndjson")
        for line in lines:
            row.write_bytes(line)
            started = time.perf_counter()
            report = importer.import_paths(database, [row], processes=1)
            seconds = time.perf_counter() - started
            if report.revision is not None:
                times.append(seconds)
                continue
            refused.append(line)
            if len(refused) > REFUSED:
                raise RuntimeError(f"not written: {refused[:3]!r}")
    database.close()
    Path(times_file).write_text(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
