"""Members of .zip archives as files: `a.zip/people/bo.json` is a path, and is opened as others are."""

from __future__ import annotations

import errno
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Final

from app.errors import BadImport
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.regular_files import why_unread

SUFFIX: Final = ".zip"
MOST_MEMBERS: Final = 100_000
ENCRYPTED: Final = 0x1  # of the flags of a member
HEADER: Final = 30  # bytes before the name of a member; one of nothing takes these alone
IN_NO_RECORDS: Final = ("__MACOSX",)  # folders that macOS adds


def is_archive(path: Path) -> bool:
    """Whether a file is an archive of files, by its name."""
    return path.suffix.lower() == SUFFIX


def archive_of(path: Path) -> Path | None:
    """The archive that a path leads into; None for one that leads into none."""
    inside = (parent for parent in path.parents if is_archive(parent))
    return next((parent for parent in inside if os.path.isfile(parent)), None)  # noqa: PTH113  # the other raises for long names


def beside(path: Path) -> Path:
    """A path outside of archives for what belongs to a file: `a.zip.people.bo.json` for `a.zip/people/bo.json`."""
    archive = archive_of(path)
    if archive is None:
        return path
    return archive.with_name(".".join((archive.name, *path.relative_to(archive).parts)))


def members_of(archive: Path) -> list[Path]:
    """The files in an archive, in the order of their names; hidden ones are left out, and those that macOS adds.

    Raises BadImport for what is no archive, names that lead out of it, and names that stand twice; OSError where it
    cannot be read.
    """
    try:
        names = _opened(archive).members
    except BadFile as error:
        raise BadImport(f"{archive}: {error}") from None
    return [archive / name for name in names if not _is_hidden(name)]


def _is_hidden(name: str) -> bool:
    steps = PurePosixPath(name).parts
    return steps[0] in IN_NO_RECORDS or any(step.startswith(".") for step in steps)


@contextmanager
def _damage() -> Iterator[None]:
    """Raises BadZipFile for all that zipfile raises of a damaged archive."""
    try:
        yield
    except (ValueError, EOFError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise zipfile.BadZipFile("it tells of places that are not in it") from None


def open_zip(file: Path | IO[bytes]) -> zipfile.ZipFile:
    """An archive. Raises BadZipFile for what is none, or a damaged one."""
    with _damage():
        try:
            return zipfile.ZipFile(file)
        except NotImplementedError as error:
            raise zipfile.BadZipFile(str(error)) from None


class _Archive:
    """An open archive. members: its files, by the way to them, in order. Raises BadFile."""

    def __init__(self, archive: Path) -> None:
        if reason := why_unread(archive):
            raise BadFile(reason, 1)
        try:
            self.zip = open_zip(archive)
        except zipfile.BadZipFile as error:
            raise BadFile(f"this is no {SUFFIX} archive, or a damaged one: {error}", 1) from None
        self.members: dict[str, zipfile.ZipInfo] = {}
        if len(self.zip.filelist) > MOST_MEMBERS:
            raise BadFile(f"the archive has more than {MOST_MEMBERS:,} files", 1)
        for member in self.zip.filelist:
            if not member.is_dir() and not member.filename.endswith("\\"):
                self._add(member)
        self.members = dict(sorted(self.members.items(), key=lambda item: PurePosixPath(item[0])))

    def _add(self, member: zipfile.ZipInfo) -> None:
        name = member.filename.replace("\\", "/")  # as some programs write them
        steps = name.split("/")
        if not all(steps) or {".", ".."} & set(steps) or steps[0].endswith(":"):
            told = "in the archive, a name leads from its folder to a file in it, as in reports/a.csv"
            raise BadFile(f"{told}; {name[:80]!r} does not", 1)
        if name in self.members:
            raise BadFile(f"{name[:80]!r} stands in the archive twice", 1)
        self.members[name] = member


def _opened(archive: Path) -> _Archive:
    status = archive.stat()
    return _kept(archive, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=1)  # to open each of a thousand members would take the list of all
def _kept(archive: Path, _state: tuple[int, ...]) -> _Archive:
    return _Archive(archive)


class ArchiveMember:
    """The content of a member. size: the bytes that it takes in the archive."""

    def __init__(self, content: IO[bytes], size: int) -> None:
        self._content = content
        self.size = size

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises EOFError where it is cut off, zlib.error for bad data."""
        try:
            with _damage():
                return self._content.read(size)
        except (zipfile.BadZipFile, lzma.LZMAError) as error:
            raise zlib.error from error

    def close(self) -> None:
        """Close it; the archive stays open."""
        self._content.close()


def open_member(path: Path, archive: Path) -> ArchiveMember:
    """The member that a path leads to.

    Raises BadFile for a member that cannot be read, and FileNotFoundError.
    """
    found = _opened(archive)
    name = path.relative_to(archive).as_posix()
    member = found.members.get(name)
    if member is None:
        raise FileNotFoundError(2, "there is no such file in the archive", str(path))
    if next(reversed(found.members)) == name:
        _kept.cache_clear()  # the file stays open no longer than its last member
    return member_in(found.zip, member)


def member_in(archive: zipfile.ZipFile, member: zipfile.ZipInfo | str) -> ArchiveMember:
    """A member of an open archive. Raises BadFile for one that cannot be read, KeyError for one that is not there."""
    member = archive.getinfo(member) if isinstance(member, str) else member
    if member.flag_bits & ENCRYPTED:
        raise BadFile("the file needs a password; unpack the archive, and import what is in it", 1)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise BadFile("the file is a link; pack what it leads to", 1)
    try:
        with _damage():
            return ArchiveMember(archive.open(member), HEADER + len(member.filename) + member.compress_size)
    except NotImplementedError as error:
        raise BadFile(f"the file is packed in a way that is not read: {error}; unpack the archive", 1) from None
    except zipfile.BadZipFile as error:
        raise BadFile(f"the {SUFFIX} archive is damaged: {error}", 1) from None
