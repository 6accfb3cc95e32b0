"""The beginning of a file as text: so much of it as a draft is made from, in the encoding that its bytes show."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.store.imports.readers.encodings import MARKS
from app.store.imports.readers.packed import open_file

MAX_BYTES: Final = 4 * 2**20  # that are read, unpacked
# Encodings that texts which are no UTF-8 may have, with the letters that they have beside those of ASCII
_OTHERS: Final = (
    ("cp1252", re.compile("[À-ÖØ-öø-ÿŒœŠšŽžŸ‘’“”„–—…«»°§€£ ]")),
    ("cp1250", re.compile("[ÁÉÍÓÚÝáéíóúýČčĎďĚěŇňŘřŠšŤťŮůŽžĄąĆćĘęŁłŃńŚśŹźŻżŐőŰűĂăȘșȚț‘’“”„–—…§ ]")),
    ("cp1251", re.compile("[а-яА-ЯёЁіІїЇєЄґҐў–—«»„“”… ]")),
    ("shift_jis", re.compile("[぀-ヿ一-鿿、。「」ー・　！？（）]")),
    ("gb18030", re.compile("[一-鿿，。、；：？！“”（）《》]")),
    ("euc_kr", re.compile("[가-힣]")),
)
_LATIN_BESIDE: Final = re.compile("[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")
_LATIN: Final = ("cp1252", "cp1250")
_RATHER: Final = {"cp1252": 0.01, "euc_kr": 0.02, "cp1251": 0.05}  # of two that fit alike


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file. encoding: that of its bytes, None for UTF-8. how: by what that is known.

    is_whole: whether the text is all of the file. read: the bytes of it.
    """

    path: Path
    text: str
    encoding: str | None
    how: str
    is_whole: bool
    read: int

    @property
    def lines(self) -> list[str]:
        """The whole lines, with their ends."""
        lines = self.text.splitlines(keepends=True)
        return lines if self.is_whole or len(lines) < 2 else lines[:-1]


def read_head(path: Path) -> Head:
    """The beginning of a file. Raises OSError where it cannot be read, BadFile for a damaged archive."""
    data = bytearray()
    with open_file(path) as stream:
        while len(data) <= MAX_BYTES and (chunk := stream.read(2**16)):
            data += chunk
    is_whole = len(data) <= MAX_BYTES
    raw = bytes(data[:MAX_BYTES])
    encoding, how = _encoding_of(raw)
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")("replace")
    text = decoder.decode(raw, final=is_whole).removeprefix("\ufeff")
    return Head(path, text, encoding, how, is_whole, len(raw))


def _encoding_of(raw: bytes) -> tuple[str | None, str]:
    """The encoding of bytes, None for UTF-8, and by what it is known."""
    for mark, name in MARKS:
        if raw.startswith(mark):
            return name, "by its byte order mark"
    even, odd = raw[:4000:2].count(0), raw[1:4000:2].count(0)
    if max(even, odd) > len(raw[:4000]) // 8:
        return ("utf-16-be" if even > odd else "utf-16-le"), "by its zero bytes"
    if _fits(raw, "utf-8"):
        return None, ""
    return max(_likenesses(raw))[1], "a guess, for the bytes are no UTF-8: look at the letters with accents"


def _fits(raw: bytes, encoding: str) -> bool:
    """Whether bytes, which may end inside a character, are in an encoding."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(raw)
    except UnicodeError:
        return False
    return True


def _likenesses(raw: bytes) -> Iterator[tuple[float, str]]:
    """Encodings, each with the share of letters among the characters beyond ASCII that bytes have in it."""
    yield 0.0, "latin-1"
    for name, letters in _OTHERS:
        if not _fits(raw, name):
            continue
        text = codecs.getincrementaldecoder(name)().decode(raw)
        foreign = re.sub("[\x00-\x7f]", "", text)
        count = max(1, len(foreign))
        share, beside = len(letters.findall(foreign)) / count, len(_LATIN_BESIDE.findall(text)) / count
        # Letters that stand between those of ASCII are of a Latin alphabet, and those of one stand there
        share -= max(0.0, 0.5 - beside) if name in _LATIN else min(1.0, beside)
        yield share + _RATHER.get(name, 0), name
