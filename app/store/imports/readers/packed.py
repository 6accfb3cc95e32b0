"""Opening the files of an import: plain, .gz, .bz2 or in a .zip, unpacked as they are read, in flat memory."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from app.store.imports.readers.archives import SUFFIX as ARCHIVE
from app.store.imports.readers.archives import ArchiveMember, archive_of, open_member
from app.store.imports.readers.located import DAMAGED, BadFile
from app.store.imports.readers.regular_files import open_regular

Format = Literal["yaml", "json", "ndjson", "csv", "tsv", "html", "xlsx"]

FORMATS: dict[str, Format] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonld": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".tsv": "tsv",
    ".html": "html",
    ".htm": "html",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
PACKINGS = (".gz", ".bz2")
KNOWN = f"{', '.join(FORMATS)}, and those with {' or '.join(PACKINGS)} behind it"
MAX_DOCUMENT = 512 * 2**20  # bytes, unpacked, of a form that is read whole: yaml and json
CHUNK = 2**16
# An archive of some kilobytes can hold gigabytes of nothing. Texts shrink to a tenth, tables of numbers to a fiftieth.
MAX_BLANK = 2**20  # bytes of blanks in a row that an archive may hold
MAX_EXPANSION = 200  # times its own size that an archive may hold, if that is
MAX_UNQUESTIONED = 4 * 2**20  # or more


def format_of(path: Path) -> Format | None:
    """The form that a file's name tells, in any case of letters: `x.ndjson.gz` is ndjson. None for other names."""
    return FORMATS.get(plain_suffix(path))


def plain_suffix(path: Path) -> str:
    """The suffix of a file's name in small letters, without that of its packing: `.csv` of `A.CSV.gz`."""
    name = Path(path.name.lower())
    return (name.with_suffix("") if name.suffix in PACKINGS else name).suffix


def open_file(path: Path) -> BinaryIO:
    """The bytes of a file or of a member of a .zip archive, unpacked if its name ends in .gz or .bz2.

    Raises OSError where the file cannot be opened or read, BadFile for a member that cannot. Reading raises BadFile
    where the archive is none, is cut off, is damaged, holds something after its end, or next to nothing in much space.
    """
    archive = archive_of(path)
    file = open_regular(path) if archive is None else open_unpacked(open_member(path, archive), ARCHIVE)
    suffix = path.suffix.lower()
    if suffix not in PACKINGS:
        return file
    inner = gzip.GzipFile(fileobj=file) if suffix == ".gz" else _Bzip2(file)
    return io.BufferedReader(_Unpacked(inner, file.tell, file.close, suffix), CHUNK)


def open_unpacked(member: ArchiveMember, suffix: str) -> BinaryIO:
    """The bytes of a member. suffix: of the archive, for messages."""
    return io.BufferedReader(_Unpacked(member, lambda: member.size, member.close, suffix), CHUNK)


class _Inner(Protocol):
    """Something that unpacks."""

    def read(self, size: int, /) -> bytes | None: ...

    def close(self) -> None: ...


class _Unpacked(io.RawIOBase):
    """The content of an archive. Raises BadFile for any fault in it. packed: gives how many of its bytes were read."""

    def __init__(self, inner: _Inner, packed: Callable[[], int], close: Callable[[], None], suffix: str) -> None:
        self._inner = inner
        self._packed = packed
        self._close = close
        self._suffix = suffix
        self._given = 0
        self._blank = 0  # bytes of blanks in a row, up to here

    def readable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """How many bytes were given."""
        return self._given

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as one step of unpacking goes."""
        try:
            read = self._inner.read1 if isinstance(self._inner, gzip.GzipFile) else self._inner.read  # up to a break
            data = read(len(buffer)) or b""
        except EOFError:
            raise self._fault("is cut off") from None
        except (OSError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno is not None:  # of the disk, not of the archive
                raise
            raise self._fault("is damaged, or followed by something else", DAMAGED) from None
        if not data and not self._packed():
            raise self._fault("is cut off")
        buffer[: len(data)] = data
        self._given += len(data)
        self._check_substance(data)
        return len(data)

    def _check_substance(self, data: bytes) -> None:
        kept = len(data.rstrip())
        self._blank = len(data) - kept if kept else self._blank + len(data)
        if self._blank > MAX_BLANK:
            what = f"holds over {MAX_BLANK:,} bytes of blanks in a row"
        elif self._given > max(MAX_UNQUESTIONED, MAX_EXPANSION * self._packed()):
            what = f"holds over {MAX_EXPANSION} times its own size"
        else:
            return
        raise BadFile(
            f"the {self._suffix} archive {what}; nothing from there on was read: unpack it if that is right", 1
        )

    def _fault(self, what: str, code: str = "bad-file") -> BadFile:
        if not self._packed():
            return BadFile(f"the file is empty, and no {self._suffix} archive", 1)
        if not self._given:
            return BadFile(f"this is no {self._suffix} archive, or its beginning {what}", 1)
        told = f"the {self._suffix} archive {what}; {self._given:,} bytes of what it holds were read"
        return BadFile(told, 1, code=code)

    def close(self) -> None:
        """Close the file as well."""
        self._inner.close()
        self._close()
        super().close()


class _Bzip2(io.RawIOBase):
    """The content of the parts of a .bz2 archive, in order.

    The standard library's reader ends without a word where a part after the first is damaged in its first bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._part = bz2.BZ2Decompressor()

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end. Raises EOFError where it is cut off, OSError for bad data."""
        while True:
            data = b""
            if self._part.eof:
                data = self._part.unused_data or self._file.read(CHUNK)
                if not data:
                    return b""
                self._part = bz2.BZ2Decompressor()
            elif self._part.needs_input:
                data = self._file.read(CHUNK)
                if not data:
                    raise EOFError
            found = self._part.decompress(data, size)
            if found:
                return found
