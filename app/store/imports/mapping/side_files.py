"""Records of side files that a mapping names: tables of meanings, and records that rows refer to by an id.

They are held in memory as long as the import, so how many they may be is bounded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.domain.record.field_paths import dotted
from app.errors import BadValue, Problem, near
from app.store.database.notices import Notice
from app.store.imports.mapping.faults import Faults, Part
from app.store.imports.mapping.forms import FORM, read_form
from app.store.imports.mapping.values.scalars import text_of_key
from app.store.imports.readers.file_form import FileForm, why_unused
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.records import read_records
from app.store.imports.readers.regular_files import why_missing, why_unread

MAX_RECORDS: Final = 1_000_000  # of one side file or folder: half a gigabyte, if they are short
MAX_CHARACTERS: Final = 200_000_000  # of their values
MAX_FAULTS: Final = 20  # of one side file that are told
STEM: Final = "stem"  # the member of a record in a folder that holds the name of its file, up to the first dot


class SideRecord(NamedTuple):
    """A record of a side file. shown: the path of the file, from the mapping."""

    shown: str
    line: int
    values: dict[str, Any]

    @property
    def place(self) -> str:
        """Its file and line."""
        return f"{self.shown}:{self.line}"


class SideFiles:
    """Reads side files. folder: that of the mapping, from which their paths lead."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        self._folder = folder
        self._faults = faults
        self.read: set[Path] = set()  # those that were read

    def by_key(self, part: Part, sections: Mapping[str, Part]) -> dict[str, dict[str, Any]]:
        """The records of a file or folder by their `key`, that of a record in a folder by default its file's `stem`.

        part: the section; sections: its members. Faults are noted.
        """
        named = sections.get("file") or sections.get("folder")
        key = sections.get("key")
        if named is None or not isinstance(named.value, str):
            self._faults.add(part.path, "a file is needed here: {file: people.csv, key: id}, or a folder: people/")
            return {}
        if key is not None and not isinstance(key.value, str):
            self._faults.add(key.path, "the name of a column is needed here")
            return {}
        form = read_form(sections, self._faults, f"at {dotted(part.path)} of the mapping")
        name = form.format_of(self._folder / named.value) if "file" in sections and form.format is None else None
        for member in sections.keys() & set(FORM) if name else ():
            if name and (told := why_unused(member, [name])):
                self._faults.add(sections[member].path, told)
        with self._faults.told_at(named.path):
            if "folder" in sections:
                return self._keyed(self._of_folder(named.value, form), key.value if key else STEM)
            if key is None:
                raise BadValue("key is needed too: the column that holds the ids")
            return self._keyed(self._of_file(named.value, form), key.value)
        return {}

    def _of_folder(self, shown: str, form: FileForm) -> Iterator[SideRecord]:
        folder = self._folder / shown
        if not os.path.isdir(folder):  # noqa: PTH112  # Path.is_dir raises for a name that is too long
            raise BadValue(f"{shown} is no folder")
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith(".") and form.format_of(path) is not None:
                for one in self._of_file(f"{shown.rstrip('/')}/{path.name}", form):
                    yield one._replace(values={STEM: path.name.split(".")[0], **one.values})

    def _of_file(self, shown: str, form: FileForm) -> Iterator[SideRecord]:
        """The records of a file; faults are noted. shown: its path from the mapping."""
        path, bad = self._folder / shown, 0
        try:
            if reason := why_unread(path):
                raise BadValue(f"{shown}: {reason}")
            self.read.add(path.resolve())
            for record in read_records(path, form):
                if not isinstance(record, BadFile):
                    yield SideRecord(shown, record.line, record.values)
                    continue
                bad += 1
                if bad <= MAX_FAULTS:
                    problem = Problem(record.path, record.code, str(record), record.suggestions)
                    self._faults.add_of_file(Notice(shown, record.line, problem))
        except OSError as error:
            raise BadValue(f"{shown}: {why_missing(path, error)}") from None

    def _keyed(self, records: Iterator[SideRecord], key: str) -> dict[str, dict[str, Any]]:
        """The records by what they have in a column. Records without that are passed over."""
        found: dict[str, SideRecord] = {}
        size = 0
        for record in records:
            value = record.values.get(key)
            if key not in record.values:
                raise BadValue(f"{record.place} has no {key!r:.80}", near(key, record.values))
            if value is None or value == "":
                continue
            first = found.setdefault(text_of_key(value), record)
            if first is not record:
                told = f"{value!r:.80} stands at {first.place} too, and is to stand once"
                self._faults.add_of_file(Notice(record.shown, record.line, Problem((key,), "duplicate", told)))
            size += sum(len(str(part)) for part in record.values.values())
            if len(found) > MAX_RECORDS or size > MAX_CHARACTERS:
                told = f"at most {MAX_RECORDS:,} records and {MAX_CHARACTERS:,} characters are held of a side file"
                raise BadValue(f"{record.place}: {told}; leave out what is not needed, or make it the main file")
        return {name: record.values for name, record in found.items()}
