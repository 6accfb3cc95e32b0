"""Bytes in any encoding → UTF-8. A byte order mark tells the encoding, whatever else is stated: no text begins so."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import MAX_DOCUMENT, open_file
from app.store.imports.readers.undecodable import NOTHING_STATED, UNDECODED, Stated, not_utf8

CHUNK = 2**20
MARKS: Final = (  # the mark of UTF-32 begins as that of UTF-16 does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, None),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LONGEST = 100  # bytes behind one that cannot be read, to tell what it may be
LONE: Final = "onrecord-lone"

codecs.register_error(LONE, lambda error: (UNDECODED.decode(errors="surrogatepass"), getattr(error, "end", 0)))


def utf8_chunks(stream: BinaryIO, encoding: str | None) -> Iterator[bytes]:
    """The content of a stream as UTF-8, without a byte order mark. encoding: a codec of Python; None is UTF-8.

    Bytes outside the encoding come as UNDECODED. Raises BadFile where a codec gives up.
    """
    head = b""
    while len(head) < len(codecs.BOM_UTF32_LE) and (more := stream.read(len(codecs.BOM_UTF32_LE) - len(head))):
        head += more
    mark, encoding = next((found for found in MARKS if head.startswith(found[0])), (b"", encoding))
    if encoding is None:
        yield head.removeprefix(mark)
        yield from _read(stream)
    else:
        yield from _decoded(head, stream, encoding)


def _read(stream: BinaryIO) -> Iterator[bytes]:
    read = getattr(stream, "read1", stream.read)  # no more than comes at once: what is before a break is not lost
    while chunk := read(CHUNK):
        yield chunk


def _decoded(head: bytes, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(LONE)
    begun = False
    try:
        for chunk in chain([head], _read(stream), [b""]):
            text = decoder.decode(chunk, final=not chunk)
            if text and not begun:
                begun, text = True, text.removeprefix("\ufeff")
            yield text.encode(errors="surrogatepass")
    except UnicodeError as error:
        raise BadFile(f"the file is not {encoding}: {error}", 1, code="encoding") from None


class _Utf8(io.RawIOBase):
    """A file whose content is the chunks of utf8_chunks."""

    def __init__(self, file: BinaryIO, encoding: str | None) -> None:
        self._file = file
        self._chunks = utf8_chunks(file, encoding)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the chunk at hand goes."""
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        """Close the file as well."""
        self._file.close()
        super().close()


def open_utf8(path: Path, encoding: str | None = None) -> BinaryIO:
    """A file's content as UTF-8, unpacked, as `utf8_chunks` and `open_file` give it."""
    return io.BufferedReader(_Utf8(open_file(path), encoding), CHUNK)


def read_text(path: Path, encoding: str | None = None, stated: Stated = NOTHING_STATED) -> str:
    """The text of a whole file, unpacked, without a byte order mark.

    stated: as messages tell the encoding. Raises BadFile for over 512 MB and for bytes outside the encoding, with their
    line; else as open_file does.
    """
    data = bytearray()
    with open_file(path) as stream:
        for chunk in utf8_chunks(stream, encoding):
            data += chunk
            if len(data) > MAX_DOCUMENT:
                raise BadFile(f"over {MAX_DOCUMENT:,} bytes, unpacked; NDJSON, CSV and TSV files may be of any size", 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line_start = data.rfind(b"\n", 0, error.start) + 1
        line = bytes(data[line_start : error.start + LONGEST])
        raise not_utf8(line, error.start - line_start, data.count(b"\n", 0, error.start) + 1, stated) from None
