"""Rows of files → checked records, as JSON that the writer takes. It needs no database, so many cores can share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from app.domain.record.derived import Unread, read_record
from app.domain.record.records_in import ClaimIn, DatasetIn, MetricIn, Reference, SourceIn, SpeakerIn
from app.errors import BadImport, FieldPath, Problem
from app.store.database.processes import in_processes, processes_here
from app.store.imports.readers.files import MERGED
from app.store.imports.row_warnings import unused_id, warnings_of, warnings_of_part
from app.store.records.document import encode, given, render_claim
from app.store.write.grouped_thousands import grouped_in
from app.store.write.places import NearTexts
from app.store.write.prepared import encode_prepared

MODELS: dict[str, type[ClaimIn | Reference | DatasetIn]] = {
    "source": SourceIn, "sources": SourceIn, "speakers": SpeakerIn, "metrics": MetricIn, "claims": ClaimIn,
    "datasets": DatasetIn,
}  # fmt: skip
MODELS |= {f"{MERGED}{section}": MODELS[section] for section in ("sources", "speakers", "metrics", "claims")}
LONG_FORMS = ("roles", "citations")
CHUNK = 500  # rows that one process checks at once
FEW = 4 * CHUNK  # rows that are not worth starting processes for
MOST_NAMES = 1000  # records in a wrong row
TYPES = {  # of the records that fields and sections hold
    "claims": "clm", "source": "src", "sources": "src", "speaker": "spk", "speakers": "spk", "organization": "spk",
    "metric": "met", "metrics": "met",
    "merged_claims": "clm", "merged_sources": "src", "merged_speakers": "spk", "merged_metrics": "met",
}  # fmt: skip

T = TypeVar("T")
Given = tuple[str, Any]  # section, value
Name = tuple[str, str]  # type of a record (clm, src, spk, met), key


class Checked(NamedTuple):
    """The result of a row check. frame: the record as JSON, or None with everything that is wrong.

    key: as given. long: which of LONG_FORMS the row writes out. tenures: whether it has any. names: of a wrong row,
    itself and what it would have made. warnings: what is told of a row that is right. prepared: what follows from a
    claim alone; see prepared.py. unread: values of a right one that are not read. grouped: see grouped_in.
    """

    frame: str | None
    key: str | None
    long: str = ""
    tenures: bool = False
    problems: tuple[Problem, ...] = ()
    names: tuple[Name, ...] = ()
    warnings: tuple[Problem, ...] = ()
    prepared: bytes | None = None
    unread: tuple[Unread, ...] = ()
    grouped: tuple[str, ...] = ()


def check_row(section: str, value: Any, near: NearTexts | None = None) -> Checked:
    """The check of one row. near: the texts of sources in the rows that were checked before."""
    record, problems, unread = read_record(MODELS[section], value)
    fields: dict[str, Any] = value if isinstance(value, dict) else {}
    long = " ".join(name for name in LONG_FORMS if fields.get(name) is not None)
    if record is None:
        key = fields.get("key")
        told = isinstance(key, str) and key.encode(errors="ignore").decode() == key  # a lone surrogate is no key
        names = tuple(islice(_names_in(section, value), MOST_NAMES))
        wrong = [problem.path for problem in problems]
        warnings = tuple(one for one in warnings_of_part(value) if not any(_overlap(path, one.path) for path in wrong))
        wrong_one = Checked(None, key if told else None, long, problems=tuple(problems), names=names, warnings=warnings)
        return wrong_one._replace(grouped=grouped_in(value))
    doc = render_claim(record) if isinstance(record, ClaimIn) else given(record)
    prepared = encode_prepared(record, doc, near or NearTexts()) if isinstance(record, ClaimIn) else None
    frame = encode(doc)
    key = None if isinstance(record, DatasetIn) else record.key
    checked = Checked(frame, key, long, bool(fields.get("tenures")), warnings=warnings_of(frame))
    if isinstance(record, ClaimIn) and record.id and record.key is None:
        checked = checked._replace(warnings=(unused_id("claim", record.id), *checked.warnings))
    return checked._replace(prepared=prepared, unread=tuple(unread), grouped=grouped_in(value))


def _overlap(path: FieldPath, other: FieldPath) -> bool:
    """Whether one path leads on from the other: a fault of a date is told at the date, whose text is its edtf."""
    both = min(len(path), len(other))
    return path[:both] == other[:both] and both > 0


def _names_in(name: str, value: Any) -> Iterator[Name]:
    """The records in a value as it was given, each by its type and key. name: that of the field that holds it."""
    if isinstance(value, list):
        for part in value:
            yield from _names_in(name, part)
    if not isinstance(value, dict):
        return
    key = value.get("key")
    if name in TYPES and isinstance(key, str) and key.encode(errors="ignore").decode() == key:
        yield TYPES[name], key
    for inner, part in value.items():
        yield from _names_in(inner, part)


def check_rows(rows: Iterable[tuple[T, Given]], processes: int | None = None) -> Iterator[tuple[T, Checked]]:
    """Check rows, each with something of the caller's beside it, in their order.

    Many are shared among processes: one for each core by default, at most 4. With 1 this process does it all.
    """
    rows = iter(rows)
    processes = processes_here(processes)
    near = NearTexts()
    for mark, (section, value) in islice(rows, FEW if processes > 1 else None):
        yield mark, check_row(section, value, near)
    first = next(rows, None)
    if first is None:
        return
    try:
        for marks, checked in in_processes(_check_chunk, _chunks(first, rows), processes):
            yield from zip(marks, checked, strict=True)
    except BrokenProcessPool:
        said = "a process that checks rows was ended from outside, or could not start; nothing is stored, try again"
        raise BadImport(f"{said}, or with processes=1 from a script without a main guard") from None


def _chunks(first: tuple[T, Given], rest: Iterator[tuple[T, Given]]) -> Iterator[tuple[list[T], list[Given]]]:
    """The rows, some at a time: what stands beside them, and what is checked."""
    chunk = [first, *islice(rest, CHUNK - 1)]
    while chunk:
        yield [mark for mark, _ in chunk], [given for _, given in chunk]
        chunk = list(islice(rest, CHUNK))


def _check_chunk(rows: list[Given]) -> list[Checked]:
    near = NearTexts()
    return [check_row(section, value, near) for section, value in rows]
