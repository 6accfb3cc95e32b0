"""A body that was sent → files to import: the body itself, or the members of a tar archive or of a .zip.

An archive is of whoever sends it: nothing in it leads out of its folder, is a link, or takes more room than it has. A
.zip is not unpacked to the disk: its members are read where they are, as `onrecord import` reads them.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import msgspec

from app.errors import BadImport
from app.store.imports.jobs.job import BODY, FILES, Job
from app.store.imports.jobs.manifest import MANIFEST, MOST_SAID, GivenPath, Manifest
from app.store.imports.readers.archives import is_archive
from app.store.imports.readers.file_paths import files_in
from app.store.imports.readers.names import name_of_path
from app.store.imports.readers.packed import KNOWN, format_of

TAR: Final = ".tar"
MOST_MEMBERS: Final = 100_000
MOST_SHOWN: Final = 1_000  # letters of the name of what was sent
MOST_NAMED: Final = 64 * 1024  # bytes of a header that extends another, which are read at once
EXTENSIONS: Final = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
)  # fmt: skip


class SentNames:
    """The names of files in reports: as their sender calls them."""

    def __init__(self, given: dict[Path, Path]) -> None:
        self._given = given

    def __call__(self, path: Path) -> str:
        """The name of a file or folder."""
        for place in (path, *path.parents):
            if place in self._given:
                return name_of_path(self._given[place] / path.relative_to(place))
        return path.name


class Unpacked(NamedTuple):
    """The files to import. texts: the folder with texts of sources. root: the folder or .zip that they are in."""

    paths: list[Path]
    texts: Path | None
    names: SentNames
    root: Path


class _Member(tarfile.TarInfo):
    """A member of an archive; one with a header that would take much memory is refused."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """As of tarfile."""
        found: Any = super().frombuf(buf, encoding, errors)
        if found.type in EXTENSIONS and found.size > MOST_NAMED:
            raise tarfile.ReadError("a header is too long")
        return found  # type: ignore[no-any-return]  # tarfile gives one of this class


def unpack(job: Job) -> Unpacked:
    """The files of a job, in its folder. Raises BadImport."""
    sent = job.sent()
    files = job.place / FILES
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    if sent.form != TAR:
        path = files / f"{BODY}{sent.form}"
        (job.place / BODY).rename(path)
        if is_archive(path):
            _require_readable(path, sent.name)
        return Unpacked([path], None, SentNames({path: Path(sent.name)}), path if is_archive(path) else files)
    try:
        _extract(job.place / BODY, files)
    except (tarfile.TarError, RecursionError, EOFError, ValueError) as error:
        raise BadImport(f"{sent.name}: this is no tar archive, or a damaged one: {error}") from None
    except OSError as error:
        raise BadImport(f"{sent.name}: cannot be unpacked: {error.strerror or error}") from None
    (job.place / BODY).unlink()
    if (files / MANIFEST).is_file():
        return _as_said(files)
    return _as_found(files, sent.name, sent.texts)


def _require_readable(archive: Path, name: str) -> None:
    """Raise BadImport, with the name that its sender gives it, for a .zip of which nothing can be read."""
    try:
        files_in([archive])
    except BadImport as error:
        raise BadImport(error.detail.replace(str(archive), name)) from None


def name_of_push(body: Path) -> str | None:
    """The name of what `onrecord push` has packed: its first path, and how many more; None of another archive."""
    try:
        with tarfile.open(body, "r:", tarinfo=_Member) as tar:
            first = tar.next()
            file = tar.extractfile(first) if first is not None and first.name == MANIFEST and first.isreg() else None
            said = msgspec.json.decode(file.read(MOST_SAID), type=Manifest) if file else Manifest([])
    except (tarfile.TarError, RecursionError, EOFError, ValueError, OSError):  # told when it is unpacked
        return None
    given = [*said.paths, *([said.texts] if said.texts else [])]
    more = f" and {len(given) - 1} more" if len(given) > 1 else ""
    return name_of_path(Path(given[0].path[: MOST_SHOWN - len(more)])) + more if given else None


def _extract(archive: Path, files: Path) -> None:
    with tarfile.open(archive, "r:", tarinfo=_Member) as tar:
        for n, member in enumerate(tar):
            tar.members = []  # type: ignore[attr-defined]  # or all of them would be kept
            if n >= MOST_MEMBERS:
                raise BadImport(f"the archive has more than {MOST_MEMBERS:,} files")
            if not member.isdir():
                _take(tar, member, files)


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, files: Path) -> None:
    steps = [step for step in member.name.split("/") if step != "."]
    shown = name_of_path(Path(member.name[:100]))
    if not steps or not all(steps) or ".." in steps or "\0" in member.name:
        raise BadImport(f"{shown}: in the archive, a name leads from its folder to a file in it, as in reports/a.csv")
    content = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if content is None:
        raise BadImport(
            f"{shown}: in the archive, this is no regular file: pack what links lead to (tar --dereference)"
        )
    place = files.joinpath(*steps)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with content, place.open("xb") as out:
            shutil.copyfileobj(content, out)
    except (FileExistsError, NotADirectoryError):
        raise BadImport(f"{shown}: stands in the archive twice") from None


def _as_said(files: Path) -> Unpacked:
    """The files that `onrecord push` has packed."""
    try:
        with (files / MANIFEST).open("rb") as file:
            said = msgspec.json.decode(file.read(MOST_SAID), type=Manifest)
    except msgspec.DecodeError as error:
        raise BadImport(f"{MANIFEST} of the archive cannot be read: {error}") from None
    places = {_place(files, one): Path(one.path) for one in (*said.paths, *([said.texts] if said.texts else []))}
    paths = [_place(files, one) for one in said.paths]
    return Unpacked(paths, _place(files, said.texts) if said.texts else None, SentNames(places), files)


def _place(files: Path, given: GivenPath) -> Path:
    place = Path(os.path.normpath(files / given.member))
    if place == files or not place.is_relative_to(files):
        raise BadImport(f"{MANIFEST} of the archive names {given.member!r:.100}, which leads out of it")
    place.mkdir(parents=True, exist_ok=True) if not place.exists() else None
    return place


def _as_found(files: Path, name: str, texts: str | None) -> Unpacked:
    """The files that others have packed: all in it whose names tell a form, in the order of their names."""
    folder = files / texts.strip("/") if texts else None
    if folder is not None and (not folder.is_dir() or not folder.resolve().is_relative_to(files.resolve())):
        raise BadImport(f"{name}: the archive has no folder {texts}, which texts= names")
    every = (path for path in sorted(files.rglob("*")) if path.is_file() and (format_of(path) or is_archive(path)))
    shown = (path for path in every if not any(step.startswith(".") for step in path.relative_to(files).parts))
    found = [path for path in shown if not (folder and path.is_relative_to(folder))]
    if not found and folder is None:
        raise BadImport(f"{name}: the archive holds no file that ends in {KNOWN}")
    return Unpacked(found, folder, SentNames({files: Path()}), files)
