"""Claims whose export is large."""

from __future__ import annotations

from sqlalchemy import text

from app.domain.record.records_in import ClaimIn
from app.store.database.engine import Database
from app.store.history.revision import Revision
from app.store.records.document import render_claim
from app.store.write.amending import Given
from app.store.write.writer import Writer

LARGE = "large words " * 1_600  # of each of the claims


def write_claims(database: Database, keys: list[str], quote: str = "words") -> None:
    """Claims with these keys, in one revision."""
    with database.write() as connection:
        writer = Writer(Revision(connection, actor="test"))
        values = [{"key": key, "quote": f"{quote}{key}", "said_on": "2024", "source": {"title": "T"}} for key in keys]
        writer.put_rows([Given(n, render_claim(ClaimIn.model_validate(value))) for n, value in enumerate(values)])
        assert writer.finish()


def write_large_claims(database: Database, number: int) -> None:
    """So many claims, of LARGE each: small ones, whose documents are made larger as they are stored."""
    write_claims(database, [f"key{n}" for n in range(number)])
    with database.write() as connection:
        larger = text("UPDATE documents SET doc = replace(doc, :begin, :large)")
        connection.execute(larger, {"begin": '"quote":"', "large": f'"quote":"{LARGE}'})
