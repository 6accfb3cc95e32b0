"""A mapping, and the files that it is given: which of them it reads, by which of its kinds, and what they lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from app.errors import BadImport, Problem
from app.store.database.notices import Notice
from app.store.imports.mapping.columns_seen import ColumnsSeen
from app.store.imports.mapping.faults import Faults
from app.store.imports.mapping.file_kind import FileKind
from app.store.imports.mapping.mapped_rows import MadeDefinitions, MappedRows
from app.store.imports.readers.archives import is_archive
from app.store.imports.readers.file_form import BY_SUFFIX, FormName, why_unused
from app.store.imports.readers.file_paths import files_within, what_is
from app.store.imports.readers.files import RawRow, Reading, SourceFile
from app.store.imports.readers.packed import plain_suffix
from app.store.imports.readers.rejected import is_rejected, name_without_ending


class Mapping:
    """A checked mapping, for one import. side_files: files that are no records: the mapping itself, and those it names.

    First `files_in`, then `rows` for each file, then `finish`.
    """

    def __init__(self, faults: Faults, kinds: Sequence[FileKind], side_files: set[Path]) -> None:
        self.name = faults.name
        self.kinds = kinds
        self.side_files = side_files
        self._faults = faults
        self._seen = [ColumnsSeen(kind.used, faults) for kind in kinds]
        self._definitions = MadeDefinitions()
        self._paths: dict[Path, str] = {}  # the files that are read, each as templates have it
        self._unfit: dict[Path, None] = {}  # files in folders that no kind is of
        self._is_gathered = False

    def files_in(self, paths: Sequence[Path]) -> list[Path]:
        """The files to read: those named, and those in folders and archives, at any depth, that a kind is of.

        Raises BadImport for a path that is neither, a file that no kind is of, a folder without any.
        """
        found: list[Path] = []
        for path in paths:
            if what_is(path) is not None or is_archive(path):
                found += self._in_folder(path)
                continue
            self._paths[path] = path.name
            if self._kind_of(path) is None:
                patterns = ", ".join(kind.pattern.text for kind in self.kinds if kind.pattern)
                raise BadImport(f"{path}: no pattern of the mapping fits; there are {patterns}")
            found.append(path)
        self._require_forms(found)
        return found

    def _require_forms(self, paths: Sequence[Path]) -> None:
        """Raise BadImport for members of a form that say nothing of any file that their kind reads."""
        formats: dict[int, set[FormName]] = {}
        for path in paths:
            number = self._kind_of(path)
            name = None if number is None or is_rejected(path) else self.kinds[number].form.format_of(path)
            if number is not None and name is not None:
                formats.setdefault(number, set()).add(name)
        for number, found in formats.items():
            for place in self.kinds[number].stated:
                if told := why_unused(str(place[-1]), found):
                    self._faults.add(place, told)
        self._faults.raise_all()

    def _in_folder(self, folder: Path) -> list[Path]:
        found = []
        for path in files_within(folder):
            within = path.relative_to(folder)
            if path.resolve() in self.side_files:
                continue
            self._paths[path] = (Path(folder.name) / within).as_posix()
            if not is_rejected(path) and self._is_meant(path):
                found.append(path)
            else:
                self._unfit[path] = None
        if not found:
            raise BadImport(f"{folder}: the folder holds no file that the mapping is of")
        return found

    def _is_meant(self, path: Path) -> bool:
        """Whether a file in a folder is one of records: by the pattern of a kind, or by what its name says."""
        number = self._kind_of(path)
        if number is None:
            return False
        form = self.kinds[number].form
        by_name = BY_SUFFIX.get(plain_suffix(path))
        tables = {"csv", "tsv"}
        is_like = by_name == form.format or {by_name, form.format} <= tables
        return self.kinds[number].pattern is not None or (by_name is not None and (form.format is None or is_like))

    def _kind_of(self, path: Path) -> int | None:
        """The number of the first kind that a file is of."""
        name = name_without_ending(path.resolve().as_posix())
        fits = (n for n, kind in enumerate(self.kinds) if kind.pattern is None or kind.pattern.fits(name))
        return next(fits, None)

    def rows(self, file: SourceFile, reading: Reading) -> Iterator[RawRow]:
        """The rows of a file; faults, and the number of rows that are left out, go to `reading`."""
        if not self._is_gathered:
            self._is_gathered = True
            for path in self._paths:
                number = self._kind_of(path)
                if path not in self._unfit and number is not None and self.kinds[number].gathered:
                    self._mapped(number, SourceFile(file.name, path), reading).gather()
        number = self._kind_of(file.path)
        if number is not None:
            file.label_of = self.kinds[number].label
            file.is_grouped = self.kinds[number].group_by is not None
            yield from self._mapped(number, file, reading).rows()

    def _mapped(self, number: int, file: SourceFile, reading: Reading) -> MappedRows:
        path = self._paths.get(file.path, file.path.name)
        return MappedRows(self.kinds[number], file, path, self._seen[number], self._definitions, reading)

    def finish(self, reading: Reading) -> None:
        """Tell what only the end of all files shows: columns that no record has or nothing uses, unused corrections,
        files that were passed over.
        """
        before = len(reading.faults)
        for kind, seen in zip(self.kinds, self._seen, strict=True):
            if all(map(is_rejected, self._paths)):  # some rows of a file need not have all that it has
                break
            for notice in chain(seen.never_seen(), () if seen.is_lacking else seen.never_there()):
                reading.faults.add(notice)
            for notice in seen.unused(self.name):
                reading.warnings.add(notice)
            for part in kind.fixes.unused() if kind.fixes and seen.any and not seen.is_lacking else ():
                reading.faults.add(self._faults.notice(part.path, "no row has this key", code="unused-fix"))
        reading.is_misread = len(reading.faults) > before
        for path in self._unfit:
            rejected = "it holds rejected rows; name it to import it"
            told_of = f"is not read: {rejected if is_rejected(path) else 'the mapping is not of it'}"
            reading.warnings.add(Notice(reading.name_of(path), 0, Problem((), "passed-over", told_of)))
