"""Writes an NDJSON file of records by the write path itself: `python -m bench.fill FILE`.

For where the command cannot read such files, and to see what reading and reports take beside the writing.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

from app.domain.records import ClaimIn, MetricIn, SpeakerIn
from app.settings import settings
from app.store.db import Database
from app.store.revisions import Revision
from app.store.write import BATCH, Writer
from bench.data import records_of


def write(database: Database, file: Path) -> None:
    """Write all records of a file as one revision. Raises RuntimeError where one is not right."""
    with database.write() as connection:
        writer = Writer(Revision(connection, actor="bench"))
        claims = (fields for record in records_of(file) if (fields := _defined(writer, record)))
        rows = ((row, ClaimIn.model_validate(one)) for row, one in enumerate(claims))
        while some := list(islice(rows, BATCH)):
            writer.put_claims(some)
        if not writer.finish():
            raise RuntimeError(f"the claims were not written: {list(writer.problems.items())[:5]}")


def _defined(writer: Writer, record: dict[str, object]) -> dict[str, object] | None:
    """The record where it is a claim; a definition is taken in."""
    kind = record.pop("type", None)
    if kind == "metric":
        writer.resolver.define_metric(MetricIn.model_validate(record))
    elif kind == "speaker":
        writer.resolver.define_speaker(SpeakerIn.model_validate(record))
    return None if kind else record


if __name__ == "__main__":
    write(Database(settings().database_url, lock_timeout=60), Path(sys.argv[1]))
