"""Renderers of figures: rows that an export finds → the bytes of a format, with the same columns for all results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from app.api.renderers import Chunks, csv_lines
from app.domain.record.csv_columns import columns_without_lists, row_writer
from app.domain.record.figures_out import ConvertedRow, FigureRow
from app.domain.record.parquet import parquet_chunks
from app.domain.record.table_schema import table_schema
from app.store.records.document import encode
from app.store.search.figures import FigureExport

FigureRenderer: TypeAlias = Callable[[FigureExport], Chunks]


def figures_as_ndjson(export: FigureExport) -> Chunks:
    """Each row on a line."""
    for rows in export.chunks():
        yield b"".join(f"{encode(row)}\n".encode() for row in rows)


def figures_as_csv(export: FigureExport) -> Chunks:
    """A header and a row for each figure."""
    columns = columns_without_lists(_model_of(export))
    write = row_writer(columns)
    yield csv_lines([columns])
    for rows in export.chunks():
        yield csv_lines(map(write, rows))


def figures_as_table_schema(export: FigureExport) -> Chunks:
    """The Table Schema of the same export as a table."""
    model = _model_of(export)
    yield msgspec.json.encode(table_schema(model, columns_without_lists(model)))


def figures_as_parquet(export: FigureExport) -> Chunks:
    """A Parquet file of the rows."""
    yield from parquet_chunks(_model_of(export), {}, export.chunks(), {"revision": str(export.revision)})


def _model_of(export: FigureExport) -> type[FigureRow]:
    return ConvertedRow if export.asked.convert_to else FigureRow
