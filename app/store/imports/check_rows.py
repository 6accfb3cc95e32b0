"""Rows of files → checked records, as JSON that the writer takes. It needs no database, so many cores can share it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple, TypeVar

from app.domain.record.records_in import ClaimIn, MetricIn, Reference, SourceIn, SpeakerIn, check_record
from app.errors import BadImport, Problem
from app.store.imports.row_warnings import warnings_of, warnings_of_part
from app.store.records.document import encode, given, render_claim

MODELS: dict[str, type[ClaimIn | Reference]] = {
    "source": SourceIn, "sources": SourceIn, "speakers": SpeakerIn, "metrics": MetricIn, "claims": ClaimIn
}  # fmt: skip
LONG_FORMS = ("roles", "citations")
CHUNK = 500  # rows that one process checks at once
FEW = 4 * CHUNK  # rows that are not worth starting processes for
MOST_PROCESSES = 4
GRACE = 2  # seconds in which a process that checks rows is ended by its parent, before it ends by SIGTERM itself
MOST_NAMES = 1000  # records in a wrong row
TYPES = {  # of the records that fields and sections hold
    "claims": "clm", "source": "src", "sources": "src", "speaker": "spk", "speakers": "spk", "organization": "spk",
    "metric": "met", "metrics": "met",
}  # fmt: skip

T = TypeVar("T")
Given = tuple[str, Any]  # section, value
Name = tuple[str, str]  # type of a record (clm, src, spk, met), key


class Checked(NamedTuple):
    """The result of a row check. frame: the record as JSON, or None with everything that is wrong.

    key: as given. long: which of LONG_FORMS the row writes out. tenures: whether it has any. names: of a wrong row,
    itself and what it would have made. warnings: what is told of a row that is right.
    """

    frame: str | None
    key: str | None
    long: str = ""
    tenures: bool = False
    problems: tuple[Problem, ...] = ()
    names: tuple[Name, ...] = ()
    warnings: tuple[Problem, ...] = ()


def check_row(section: str, value: Any) -> Checked:
    """The check of one row."""
    record, problems = check_record(MODELS[section], value)
    fields: dict[str, Any] = value if isinstance(value, dict) else {}
    long = " ".join(name for name in LONG_FORMS if fields.get(name) is not None)
    if record is None:
        key = fields.get("key")
        told = isinstance(key, str) and key.encode(errors="ignore").decode() == key  # a lone surrogate is no key
        names = tuple(islice(_names_in(section, value), MOST_NAMES))
        warnings = warnings_of_part(value)
        return Checked(None, key if told else None, long, problems=tuple(problems), names=names, warnings=warnings)
    frame = encode(render_claim(record) if isinstance(record, ClaimIn) else given(record))
    return Checked(frame, record.key, long, bool(fields.get("tenures")), warnings=warnings_of(frame))


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
    processes = processes or min(os.cpu_count() or 1, MOST_PROCESSES)
    for mark, (section, value) in islice(rows, FEW if processes > 1 else None):
        yield mark, check_row(section, value)
    first = next(rows, None)
    if first is None:
        return
    yield from _shared(_chunks(first, rows), processes)


def _chunks(first: T, rest: Iterator[T]) -> Iterator[list[T]]:
    chunk = [first, *islice(rest, CHUNK - 1)]
    while chunk:
        yield chunk
        chunk = list(islice(rest, CHUNK))


def _shared(chunks: Iterator[list[tuple[T, Given]]], processes: int) -> Iterator[tuple[T, Checked]]:
    """Hand chunks to processes, two for each and no more: what is read ahead stays small."""
    spawn = multiprocessing.get_context("spawn")  # a fork would share the connections of this process
    pool = ProcessPoolExecutor(processes, mp_context=spawn, initializer=_prepare)
    try:
        waiting: deque[tuple[list[T], Future[list[Checked]]]] = deque()
        for chunk in chunks:
            with _uninterrupted():
                future = pool.submit(_check_chunk, [given for _, given in chunk])
            waiting.append(([mark for mark, _ in chunk], future))
            if len(waiting) >= 2 * processes:
                yield from _done(*waiting.popleft())
        while waiting:
            yield from _done(*waiting.popleft())
    finally:
        # An interrupt here would let Python (3.11) take the pool's thread for ended, and wait for ever at its own end.
        with _uninterrupted():
            pool.shutdown(cancel_futures=True)


def _done(marks: list[T], future: Future[list[Checked]]) -> Iterator[tuple[T, Checked]]:
    try:
        yield from zip(marks, future.result(), strict=True)
    except BrokenProcessPool:
        said = "a process that checks rows was ended from outside, or could not start; nothing is stored, try again"
        raise BadImport(f"{said}, or with processes=1 from a script without a main guard") from None


def _check_chunk(rows: list[Given]) -> list[Checked]:
    return [check_row(section, value) for section, value in rows]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """An interrupt waits; processes that are started meanwhile never get one, nor tell of it while they begin."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    """In a new process: an interrupt is the parent's to handle, and without the parent there is nothing to do.

    SIGTERM may be for the parent as well, which then ends this process in order; or from it, since another broke.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_soon)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_soon(_number: int, _frame: FrameType | None) -> None:
    timer = threading.Timer(GRACE, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
