"""Records → a Parquet file, in chunks: nested columns that follow from the models of answers, whatever is found.

EDTF stays text, with its first and last days as dates. An exact decimal is a double to reckon with, and beside it, as
`value_exact`, the text with all its digits: a column of decimals has one scale, and would write 1.10 and 100 alike. The
library (pyarrow) is an extra; it is imported where a file is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, get_args, get_origin

from pydantic import BaseModel

from app.domain.record.model_fields import bare_type, fields_in_order, is_model
from app.domain.record.projection import FieldTree

if TYPE_CHECKING:
    import pyarrow

Convert: TypeAlias = Callable[[Any], Any]

ROW_GROUP: Final = 16_000_000  # bytes of memory that a group of rows aims at
EXACT: Final = "_exact"  # ends the names of exact decimals as text


class Column(NamedTuple):
    """A column, or a field of one. source: the field of a document that it is made of."""

    name: str
    source: str
    type: pyarrow.DataType
    convert: Convert


def parquet_chunks(
    model: type[BaseModel], fields: FieldTree, rows: Iterable[Iterable[Mapping[str, Any]]], said: Mapping[str, str]
) -> Iterator[bytes]:
    """The file of rows that have a model's shape, as bytes that follow each other; empty where there are none yet.

    fields: those that are wanted; all where empty. rows: decoded with exact decimals, some at a time. said: what the
    file tells of itself.
    """
    import pyarrow
    from pyarrow import parquet

    columns = list(_columns(model, fields))
    schema = pyarrow.schema([(one.name, one.type) for one in columns], metadata=dict(said))
    sink, convert = _Sink(), _converter(columns)
    with parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        held: list[pyarrow.RecordBatch] = []
        for some in rows:
            held.append(pyarrow.RecordBatch.from_pylist([convert(row) for row in some], schema=schema))
            if sum(batch.nbytes for batch in held) >= ROW_GROUP:
                writer.write_table(pyarrow.Table.from_batches(held))
                held = []
            yield sink.take()
        if held:
            writer.write_table(pyarrow.Table.from_batches(held))
    yield sink.take()


class _Sink:
    """A file that is written to, and whose bytes are taken out meanwhile."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        """The bytes since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken


def _columns(model: type[BaseModel], fields: FieldTree) -> Iterator[Column]:
    import pyarrow

    for name in fields_in_order(model):
        if fields and name not in fields:
            continue
        kind = bare_type(model.model_fields[name].annotation)
        own, convert = _type_of(kind, fields.get(name, {}))
        yield Column(name, name, own, convert)
        if kind is float:
            yield Column(name + EXACT, name, pyarrow.string(), _or_none(str))


def _type_of(kind: Any, fields: FieldTree) -> tuple[pyarrow.DataType, Convert]:
    """The type of a column, and what makes its values of those of documents."""
    import pyarrow

    if get_origin(kind) is list:
        own, convert = _type_of(bare_type(get_args(kind)[0]), fields)
        return pyarrow.list_(own), _or_none(lambda values: [convert(value) for value in values])
    if is_model(kind):
        columns = list(_columns(kind, fields))
        return pyarrow.struct([(one.name, one.type) for one in columns]), _or_none(_converter(columns))
    if kind is str or get_origin(kind) is Literal:
        return pyarrow.string(), _same
    known: dict[Any, tuple[pyarrow.DataType, Convert]] = {
        int: (pyarrow.int64(), _same),
        bool: (pyarrow.bool_(), _same),
        float: (pyarrow.float64(), _or_none(float)),
        date: (pyarrow.date32(), _or_none(date.fromisoformat)),
        datetime: (pyarrow.timestamp("us", tz="UTC"), _or_none(datetime.fromisoformat)),
    }
    return known[kind]


def _same(value: Any) -> Any:
    return value


def _or_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _converter(columns: Iterable[Column]) -> Convert:
    parts = [(one.name, one.source, one.convert) for one in columns]
    return lambda row: {name: convert(row[source]) for name, source, convert in parts}
