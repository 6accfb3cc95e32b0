"""Renderers of figures: rows that an export finds → the bytes of a format, with the same columns for all results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from app.api.renderers import Chunks, csv_lines
from app.domain.record.csv_columns import row_writer
from app.domain.record.figure_rows import COLUMNS, CONVERTED_COLUMNS
from app.store.records.document import encode
from app.store.search.figures import FigureExport

FigureRenderer: TypeAlias = Callable[[FigureExport], Chunks]


def figures_as_ndjson(export: FigureExport) -> Chunks:
    """Each row on a line."""
    for rows in export.chunks():
        yield b"".join(f"{encode(row)}\n".encode() for row in rows)


def figures_as_csv(export: FigureExport) -> Chunks:
    """A header and a row for each figure."""
    columns = CONVERTED_COLUMNS if export.asked.convert_to else COLUMNS
    write = row_writer(columns)
    yield csv_lines([columns])
    for rows in export.chunks():
        yield csv_lines(map(write, rows))
