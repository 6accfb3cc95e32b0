"""The outcome of each row of a dry run, kept until it is told."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile, gettempdir

from app.errors import BadImport
from app.store.records.document import Doc, decode, encode
from app.store.write.outcomes import Outcome


class Rows:
    """The planned changes of a dry run, kept until the end: in a file, as they may be many."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(1 << 20, "w+", encoding="utf-8", newline="")  # noqa: SIM115  # closed by exit

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, place: str, outcome: Outcome) -> None:
        """Note what becomes of a claim or a record."""
        file, _, line = place.rpartition(":")
        said = {"file": file or None, "line": int(line) if line else None}
        said |= {"type": outcome.what, "action": outcome.action, "key": outcome.key}
        try:
            self._file.write(encode(said | {"changes": outcome.changes}) + "\n")
        except OSError as error:
            raise BadImport(f"what is to be told cannot be kept in {gettempdir()}: {error.strerror}") from error

    def __iter__(self) -> Iterator[Doc]:
        """The outcome for each claim, and for each stored record that is changed.

        {file, line, type, action, key, changes: {field: [old, new]}}; file and line are null where no row tells it.
        """
        self._file.seek(0)
        yield from map(decode, self._file)
