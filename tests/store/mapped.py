"""Foreign files and mappings of tests, and the rows that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.store.imports.mapping.mapping_file import read_mapping
from app.store.imports.readers.files import RawRow, Reading, SourceFile, read_rows


@dataclass
class Mapped:
    """What a mapping made of files."""

    rows: list[RawRow]
    reading: Reading

    def values(self, section: str = "claims") -> list[Any]:
        """The records of a section."""
        return [row.value for row in self.rows if row.section == section]

    @property
    def told(self) -> list[str]:
        """The problems."""
        return [str(notice) for notice in self.reading.faults]

    @property
    def warned(self) -> list[str]:
        """The warnings."""
        self.reading.tell_skipped()
        return [str(notice) for notice in self.reading.warnings]


def mapped(folder: Path, mapping: str, files: Mapping[str, str], *named: str, patches: bool = False) -> Mapped:
    """The rows of files. mapping: the text of the mapping. files: texts by the paths of files in the folder `data`.
    named: the paths that are given, from that folder; all files by default.
    """
    (folder / "m.yaml").write_text(mapping)
    (folder / "data").mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    checked = read_mapping(folder / "m.yaml", lambda path: path.name)
    reading = Reading(patches=patches, name_of=lambda path: path.name, mapping=checked)
    rows: list[RawRow] = []
    for path in checked.files_in([folder / "data" / name for name in named or files]):
        rows += read_rows(SourceFile(path.name, path), reading)
    checked.finish(reading)
    return Mapped(rows, reading)
