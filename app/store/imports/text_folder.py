"""The folder of `--texts`: FOLDER/KEY.txt is the text of the source KEY, which may hold slashes.

No folder can have several slashes in a row: one stands for them, as in FOLDER/https:/example.org/report.txt.
"""

from __future__ import annotations

import io
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from app.domain.record.records_in import MAX_TEXT
from app.errors import BadValue, Problem, check_text
from app.store.database.notices import Notice, Notices
from app.store.imports.readers.archives import archive_of
from app.store.imports.readers.encodings import utf8_chunks
from app.store.imports.readers.foreign_files import foreign_name
from app.store.imports.readers.names import NameOf, name_of_path
from app.store.imports.readers.packed import open_file
from app.store.imports.readers.regular_files import open_regular, why_unread
from app.store.imports.readers.undecodable import not_utf8

SUFFIX = ".txt"
LONGEST = 255  # bytes of the name of a file or folder
OUTSIDE = "it leads out of its folder; a text stands inside"
NO_TEXT = f"the text of a source is a file that ends in {SUFFIX}"


class TextFolder:
    """Gives each text once. files: the texts. found: the files whose source is known. Files that links lead out of the
    folder to are not read. name_of: gives the names that files have in reports.
    """

    def __init__(self, folder: Path, name_of: NameOf = name_of_path) -> None:
        self.folder = folder
        self.shown = name_of
        self.found = Notices()
        self._passed_over: dict[Path, str] = {}
        self._waiting: dict[str, Path] = {}
        for path in sorted(self._files(), key=lambda path: (path.suffix != SUFFIX, path)):
            self._take_in(path)
        self.files = {path.resolve() for path in self._waiting.values()}
        self._asked: set[str] = set()
        self._taken: dict[str, Path] = {}
        self._refused: dict[str, tuple[Path, str]] = {}  # each with the reason

    def _files(self) -> Iterator[Path]:
        """The files of the folder and of those in it. Links to folders are not followed: they may lead in a circle."""
        for place, folders, names in os.walk(self.folder, onerror=self._note_unread):
            links = (path for name in folders if (path := Path(place, name)).is_symlink())
            self._passed_over |= dict.fromkeys(links, "is not read: it is a link to a folder, which is not followed")
            yield from (Path(place, name) for name in names)

    def _note_unread(self, error: OSError) -> None:
        self._passed_over[Path(error.filename)] = f"cannot be read: {error.strerror}"

    def _take_in(self, path: Path) -> None:
        name = path.relative_to(self.folder).as_posix()
        if not name.lower().endswith(SUFFIX):
            if not any(step.startswith(".") for step in name.split("/")):
                what = foreign_name(path)
                self._passed_over[path] = f"is not read: {f'it is {what}' if what else NO_TEXT}"
            return
        key = unicodedata.normalize("NFC", name[: -len(SUFFIX)])  # a pipe among them is a fault, once it is asked for
        first = self._waiting.setdefault(key, path)
        if first != path:
            self._passed_over[path] = f"is not read: {first.name} is the text of the same source"

    def passed_over(self, told: Collection[Path]) -> Iterator[tuple[Path, str]]:
        """The files of the folder that are not read as texts, with the reason. told: those that are read otherwise,
        or reported already.
        """
        for path, reason in sorted(self._passed_over.items()):
            if path.resolve() not in told:
                yield path, reason

    @property
    def shown_folder(self) -> str:
        """The folder, as messages name it."""
        return self.shown(self.folder)

    def shown_text(self, key: str) -> str:
        """The file of a text that was asked for, as messages name it."""
        return self.shown(self._taken[key]) if key in self._taken else self.shown_folder

    @property
    def paths(self) -> list[Path]:
        """The files that no source was found for so far."""
        return list(self._waiting.values())

    @property
    def left(self) -> int:
        """The number of texts that no source was found for so far."""
        return len(self._waiting) + len(self._refused)

    @property
    def names(self) -> list[str]:
        """The names of the texts that no source was found for: paths in the folder, without the suffix."""
        return list(self._waiting)

    def name_of(self, key: str) -> str:
        """The name that the text of a source would have."""
        return re.sub("//+", "/", unicodedata.normalize("NFC", key)).removeprefix("/")

    def refuse(self, key: str, is_key: Callable[[str], bool], why: str) -> None:
        """Leave the text of a source unused. why: as it is told."""
        if path := self._pop(key, is_key):
            self._refused[key] = path, why

    def take(self, key: str, is_key: Callable[[str], bool]) -> str | None:
        """The text of a source, once; None where there is none, or no more. Raises BadValue where it cannot be read.

        is_key: tells whether a name is another source's own key, whose text it is then.
        """
        path = self._pop(key, is_key)
        if path is None:
            return None
        self._asked.add(key)
        self._taken[key] = path
        text = read_text_file(path, self.folder)
        self.found.add(Notice(self.shown(path), 0, Problem((), "text-found", f"is the text of the source {key}"), key))
        return text

    def _pop(self, key: str, is_key: Callable[[str], bool]) -> Path | None:
        own, name = unicodedata.normalize("NFC", key), self.name_of(key)
        if own != name and (own in self._waiting or name not in self._waiting or is_key(name)):
            name = own
        return self._waiting.pop(name, None)

    def why_missing(self, key: str) -> str:
        """Why there is no text for a key."""
        steps = self.name_of(f"{key}{SUFFIX}").split("/")
        if any(step in (".", "..") or len(os.fsencode(step)) > LONGEST for step in steps):
            return "no file can have such a name: its text can stand in a file beside it only, named by text_file"
        return f"{'/'.join(steps)} is not there"

    def is_missing(self, key: str) -> bool:
        """Whether a source has no text here, and is asked for the first time."""
        if key in self._asked:
            return False
        self._asked.add(key)
        return True

    def unused(self) -> Iterator[Notice]:
        """Notices of the texts that no source was found for."""
        for name, path in self._waiting.items():
            key = re.sub("(https?:)/(?!/)", r"\1//", name)
            yield Notice(
                self.shown(path), 0, Problem((), "unused-text", f"no source has the key {key}: this text is not used")
            )
        for key, (path, why) in self._refused.items():
            yield Notice(self.shown(path), 0, Problem((), "unused-text", f"{why}: this text is not used"), key)


def read_text_file(path: Path, folder: Path) -> str:
    """The text in a file of a folder. Raises BadValue where it cannot be read or stored."""
    if not Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder)):  # noqa: PTH100  # links are not followed
        raise BadValue(OUTSIDE)  # without a look at what stands there
    path = Path(os.path.normpath(path))
    if archive_of(path) is None:
        why_unread(path)  # before the path is resolved, which a link in a circle is not
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BadValue(OUTSIDE)
    with open_file(path) if archive_of(path) else open_regular(path) as file:
        data = file.read(4 * MAX_TEXT + 1)  # bytes, of characters of at most four
    if len(data) > 4 * MAX_TEXT:
        raise BadValue(f"a text has at most {MAX_TEXT:,} characters")
    data = b"".join(utf8_chunks(io.BytesIO(data), None))
    try:
        text = check_text(data.decode())
    except UnicodeDecodeError as error:
        begin = data.rfind(b"\n", 0, error.start) + 1
        line = data.count(b"\n", 0, begin) + 1
        raise BadValue(f"line {line}: {not_utf8(data[begin:], error.start - begin, line)}") from None
    if not text.strip() or len(text) > MAX_TEXT:
        raise BadValue(f"a text has at most {MAX_TEXT:,} characters" if text.strip() else "the text is empty")
    return text
