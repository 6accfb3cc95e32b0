"""Rows of tables, without what their header says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from app.store.imports.readers.delimited import begin_table
from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.located import BadFile, Cells


def read_rows(stream: BinaryIO, delimiter: str = ",", dialect: Dialect | None = None) -> Iterator[Cells | BadFile]:
    """The cells of each row, and what is wrong with others."""
    return begin_table(stream, delimiter, dialect or Dialect())[1]
