"""Paths → the files that an import of them reads: named ones, those of folders, and those in .zip archives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from app.errors import BadImport
from app.store.imports.readers.archives import archive_of, is_archive, members_of
from app.store.imports.readers.foreign_files import foreign_name
from app.store.imports.readers.packed import KNOWN, format_of
from app.store.imports.readers.regular_files import why_missing, why_unread
from app.store.imports.readers.rejected import is_rejected
from app.store.imports.readers.web_pages import holds_reviews


def files_in(paths: list[Path]) -> list[Path]:
    """The files to read: those named, and those with a known suffix in folders and archives, in the order of their
    names; members of archives as `a.zip/claims.csv`, which `open_file` reads. Raises BadImport.
    """
    found: list[Path] = []
    for path in paths:
        if (folder := what_is(path)) is not None:
            found += _files_of(folder)
        elif is_archive(path):
            found += _members(path)
        elif format_of(path) is None:
            what = foreign_name(path)
            told = f"this is {what}" if what else f"files that end in {KNOWN} are read, not {path.suffix or 'others'}"
            raise BadImport(f"{path}: {told}")
        else:
            found.append(path)
    return found


def what_is(path: Path) -> Path | None:
    """The path if it is a folder, None for a regular file or a member of an archive. Raises BadImport for all that is
    neither.
    """
    archive = archive_of(path)
    if archive is not None:
        if path not in members_of(archive):
            raise BadImport(f"{path}: the archive holds no such file")
        return None
    try:
        reason = why_unread(path)
    except OSError as error:
        raise BadImport(f"{path}: {why_missing(path, error)}") from None
    if reason is None or os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises for a name that is too long
        return path if reason else None
    raise BadImport(f"{path}: {reason}")


def files_within(place: Path) -> Iterator[Path]:
    """All files of a folder or an archive, at any depth, and those in archives there, in the order of their names.
    Hidden ones are left out, and what links to folders lead to. Raises BadImport.
    """
    if place.is_file():
        yield from members_of(place)
        return
    for path in sorted(place.rglob("*")):
        if any(step.startswith(".") for step in path.relative_to(place).parts) or not path.is_file():
            continue
        yield from members_of(path) if is_archive(path) else (path,)


def _files_of(folder: Path) -> list[Path]:
    try:
        inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise BadImport(f"{folder}: the folder cannot be read: {error.strerror}") from None
    files: list[Path] = []
    for path in inside:
        if (is_archive(path) or _is_read(path)) and what_is(path) is None:
            files += _known(members_of(path)) if is_archive(path) else [path]
    if not files:
        raise BadImport(f"{folder}: the folder holds no file that ends in {KNOWN}{_others(inside)}")
    return files


def _members(archive: Path) -> list[Path]:
    members = members_of(archive)
    if files := _known(members):
        return files
    raise BadImport(f"{archive}: the archive holds no file that ends in {KNOWN}{_others(members)}")


def _is_read(path: Path) -> bool:
    """Whether a file in a folder holds records by its name; a web page does if it names a ClaimReview, a workbook may
    hold anything. Rejected rows are to be mended first, and named then.
    """
    kind = format_of(path)
    return kind not in (None, "xlsx") and (kind != "html" or holds_reviews(path)) and not is_rejected(path)


def _known(paths: list[Path]) -> list[Path]:
    return [path for path in paths if _is_read(path)]


def _others(paths: list[Path]) -> str:
    others = (f"; {path.name} is {what}" for path in paths if (what := _foreign(path)))
    return next(others, "")


def _foreign(path: Path) -> str | None:
    """The type of a file that is not read, with advice; None for one that was hardly meant."""
    if is_archive(path):
        return "an archive in an archive; unpack it" if archive_of(path) else None
    return None if path.name.startswith(".") or _is_read(path) else foreign_name(path)


def passed_over(paths: list[Path], texts: set[Path]) -> Iterator[tuple[Path, str]]:
    """Files in folders and archives that look like records and are not read, with the reason: they may have been
    meant. texts: files that are read as texts of sources.
    """
    for path in paths:
        if is_archive(path) and path.is_file():
            yield from _passed_over(members_of(path), texts)
        elif path.is_dir():
            yield from _passed_over(sorted(path.iterdir()), texts)


def _passed_over(paths: list[Path], texts: set[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        what = _foreign(path)
        if what and (archive_of(path) or path.is_file()) and path.resolve() not in texts:
            yield path, f"is not read: it is {what}"
        elif archive_of(path) is None and is_archive(path) and path.is_file():
            yield from _passed_over(members_of(path), texts)
