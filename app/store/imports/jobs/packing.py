"""Files and folders → one tar archive, as `onrecord push` sends it: all that an import of them would read."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import msgspec

from app.errors import BadImport
from app.store.imports.jobs.manifest import MANIFEST, GivenPath, Manifest
from app.store.imports.readers.archives import archive_of
from app.store.imports.readers.file_paths import files_in, passed_over
from app.store.imports.readers.files import Reading, SourceFile, read_rows
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.names import name_of_path
from app.store.imports.readers.packed import format_of, open_file
from app.store.imports.readers.regular_files import open_regular
from app.store.imports.text_folder import TextFolder

BLOCK: Final = tarfile.BLOCKSIZE
CHUNK: Final = 2**18
END: Final = bytes(2 * BLOCK)
TEXT_FILE: Final = b"text_file"  # the field that names another file


class Archive:
    """The archive of some paths. size: of all its bytes. is_read: whether all were given. Raises BadImport as
    `files_in` does.
    """

    def __init__(self, paths: list[Path], texts: Path | None = None) -> None:
        self._roots = _outermost(
            [*(path if path.is_dir() else path.parent for path in paths), *([texts] if texts else [])]
        )
        self._members: dict[str, tuple[Path | None, int]] = {}  # with the size of each; None: its name alone matters
        self.is_read = False
        files = files_in(paths)
        for path in files:
            if archive := archive_of(path):
                self._add(archive)  # with the texts in it
                continue
            self._add(path)
            for text in _texts_of(path):
                self._add(text)
        for path, _ in passed_over(paths, set()):
            if archive_of(path) is None:
                self._add(path, is_read=False)
        if texts:
            self._add_texts(texts)
        given = [self._given(path) for path in paths]
        said = Manifest(given, self._given(texts) if texts else None)
        self._said = msgspec.json.encode(said)
        self.size = len(END) + sum(len(_head(name, size)) + _whole_blocks(size) for name, _, size in self._all())

    def _all(self) -> Iterator[tuple[str, Path | None, int]]:
        yield MANIFEST, None, len(self._said)
        yield from ((name, path, size) for name, (path, size) in self._members.items())

    def _given(self, path: Path) -> GivenPath:
        return GivenPath(self._member(path), name_of_path(path))

    def _member(self, path: Path) -> str:
        """The name in the archive: the number of a folder that was given, and the way from there."""
        place = Path(os.path.abspath(path))  # noqa: PTH100  # links keep their names
        for n, root in enumerate(self._roots):
            if place.is_relative_to(root):
                return (Path(str(n)) / place.relative_to(root)).as_posix()
        raise BadImport(f"{path}: it leads out of its folder")

    def _add(self, path: Path, *, is_read: bool = True) -> None:
        name = self._member(path)
        if is_read:
            with _opened(path) as file:
                self._members[name] = path, os.fstat(file.fileno()).st_size
        else:
            self._members.setdefault(name, (None, 0))

    def _add_texts(self, folder: Path) -> None:
        texts = TextFolder(folder)
        for path in texts.paths:
            is_inside = path.resolve().is_relative_to(folder.resolve())
            self._add(path, is_read=is_inside and path.is_file())
        for path, _ in texts.passed_over(()):
            if path.is_file():
                self._add(path, is_read=False)

    def path_of(self, member: str) -> Path | None:
        """The file that a member was made of, or the place in one that is an archive itself."""
        inside = PurePosixPath(member)
        for place in (inside, *inside.parents):
            path, _ = self._members.get(place.as_posix(), (None, 0))
            if path is not None:
                return path / inside.relative_to(place)
        return None

    def __iter__(self) -> Iterator[bytes]:
        """The bytes. Raises BadImport where a file cannot be read, or is shorter by now."""
        yield _head(MANIFEST, len(self._said)) + self._said + _padding(len(self._said))
        for name, (path, size) in self._members.items():
            yield from _member(name, path, size)
        self.is_read = True
        yield END


def archive_of_folder(folder: Path) -> Iterator[bytes]:
    """The bytes of a tar archive of the files in a folder and those in it, by their names."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        yield from _member(path.relative_to(folder).as_posix(), path, path.stat().st_size)
    yield END


def _member(name: str, path: Path | None, size: int) -> Iterator[bytes]:
    yield _head(name, size)
    if path is not None:
        yield from _content(path, size)
        yield _padding(size)


def _outermost(folders: list[Path]) -> list[Path]:
    """The paths that lie in none of the others, each once."""
    places = dict.fromkeys(Path(os.path.abspath(folder)) for folder in folders)  # noqa: PTH100  # as above
    return [one for one in places if not any(one != other and one.is_relative_to(other) for other in places)]


def _head(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT)


def _whole_blocks(size: int) -> int:
    return size + len(_padding(size))


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)


def _opened(path: Path) -> BinaryIO:
    try:
        return open_regular(path)
    except OSError as error:
        raise BadImport(f"{path}: cannot be read: {error.strerror}") from error


def _content(path: Path, size: int) -> Iterator[bytes]:
    with _opened(path) as file:
        left = size
        while left:
            data = file.read(min(left, CHUNK))
            if not data:
                raise BadImport(f"{path}: was changed while it was sent; send it again")
            left -= len(data)
            yield data


def _texts_of(path: Path) -> set[Path]:
    """The files that a file's sources name as their texts. Faults of the file are told when it is imported."""
    reading = Reading()
    if format_of(path) not in ("csv", "tsv") and _names_texts(path):
        for _ in read_rows(SourceFile(str(path), path), reading):
            pass
    return reading.texts


def _names_texts(path: Path) -> bool:
    last = b""
    try:
        with open_file(path) as file:
            while data := file.read(CHUNK):
                if TEXT_FILE in last + data:
                    return True
                last = data[-len(TEXT_FILE) :]
    except BadFile:
        pass
    except OSError as error:
        raise BadImport(f"{path}: cannot be read: {error.strerror}") from error
    return False
