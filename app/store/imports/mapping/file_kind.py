"""One kind of file in a mapping: how its files are written, and what is made of their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.domain.record.field_paths import RecordKind, dotted
from app.errors import FieldPath, near
from app.store.imports.mapping.faults import Faults, Part
from app.store.imports.mapping.file_patterns import FilePattern
from app.store.imports.mapping.fixes import Fixes, read_fixes
from app.store.imports.mapping.forms import FORM, read_form
from app.store.imports.mapping.gathered_names import GatheredNames, read_gatherings
from app.store.imports.mapping.lookup_table import LookupTable
from app.store.imports.mapping.members import Fields, Loop, Run, Variables
from app.store.imports.mapping.names import OF_ROWS, Columns, Names, UsedColumns, Value
from app.store.imports.mapping.record_members import read_loop, read_members
from app.store.imports.mapping.row_steps import Step, StepReader
from app.store.imports.mapping.side_files import SideFiles
from app.store.imports.readers.file_form import FileForm

RECORDS: Final[Mapping[str, tuple[RecordKind, str]]] = {  # sections, with the kind of record and the rows' section
    "claim": ("claim", "claims"), "claims": ("claim", "claims"),
    "speaker": ("speaker", "speakers"), "speakers": ("speaker", "speakers"),
    "source": ("source", "sources"), "sources": ("source", "sources"),
    "metric": ("metric", "metrics"), "metrics": ("metric", "metrics"),
}  # fmt: skip
ROWS: Final = ("set", "fix", "skip_when", "group_by", "explode", "gather", "ignore", *RECORDS)
SHARED: Final = (*FORM, "tables", "joins", "set")  # that may stand beside `files`, for all kinds
SECTIONS: Final = (*FORM, "tables", "joins", *ROWS)
SHOWN_COLUMNS: Final = 4  # of a target in a message


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """The mapping of one record, or of several by its loop. section: of the rows. is_exploded: whether each element
    that a row is exploded to makes its own.
    """

    section: str
    loop: Loop
    fields: Fields
    is_exploded: bool


@dataclass(frozen=True, slots=True)
class FileKind:
    """Files of one kind, and the records that are made of their rows. pattern: of their paths; None for all. stated:
    where the members of the form stand that are of this kind alone.

    path: where it stands in the mapping.
    """

    path: FieldPath
    pattern: FilePattern | None
    form: FileForm
    stated: Sequence[FieldPath]
    used: UsedColumns
    fixes: Fixes | None
    group_by: Value | None
    early: Sequence[Step]
    steps: Sequence[Step]
    explode: Sequence[Loop]
    gathered: Sequence[GatheredNames]
    records: Sequence[RecordMapping]

    def rounds(self, variables: Variables, run: Run) -> Iterator[Variables]:
        """The variables of each element that `explode` gives; those of the row alone without it."""
        yield from _nested(self.explode, variables, run)

    def label(self, number: int, path: FieldPath) -> str:
        """The target and the columns of a place in the record that a mapping gave: `said_on (date)`.

        number: of the mapping.
        """
        return self.place(number, path, None)[0]

    def place(self, number: int, path: FieldPath, variables: Variables | None) -> tuple[str, int | None]:
        """The same with the line of the row, in a group. variables: of the row, if they are at hand."""
        found = self.records[number].fields.find(path, variables)
        return labelled(found.path or path, found.columns), found.line


def labelled(path: FieldPath, columns: Columns) -> str:
    """A target with the columns that it is made from."""
    shown = [*columns[:SHOWN_COLUMNS], *(["…"] if len(columns) > SHOWN_COLUMNS else [])]
    return dotted(path) + (f" ({', '.join(shown)})" if shown else "")


def _nested(loops: Sequence[Loop], variables: Variables, run: Run) -> Iterator[Variables]:
    if not loops:
        yield variables
        return
    for inner in loops[0].rounds(variables, run, ("explode",)):
        yield from _nested(loops[1:], inner, run)


class KindReader:
    """Reads one kind of file. sections: its parts by name, shared ones included."""

    def __init__(self, part: Part, sections: Mapping[str, Part], faults: Faults, side_files: SideFiles) -> None:
        self._part = part
        self._sections = sections
        self._faults = faults
        self._side_files = side_files

    def read(self) -> FileKind:
        """The kind. Faults are noted."""
        sections, used = self._sections, UsedColumns()
        names = Names(self._faults, used, self._tables())
        fixes = read_fixes(sections["fix"], names) if "fix" in sections else None
        group_by = names.compile(sections["group_by"]) if "group_by" in sections else None
        steps = StepReader(sections, names, self._side_files, ["rows"] if group_by else [])
        if group_by:
            steps.names = names.with_variable("rows", group_by.columns, OF_ROWS)
        steps.read()
        loops, inner = self._explode(steps.names)
        gathered = read_gatherings(sections["gather"], inner) if "gather" in sections else []
        records = list(self._records(steps.names, inner))
        if not records:
            told = "nothing is made of the rows: claim, speaker, source or metric is missing"
            self._faults.add(self._part.path, told)
        used.all |= self._takes_rows
        used.ignored = self._ignored(used)
        pattern = sections["match"].value if "match" in sections else None
        return FileKind(
            path=self._part.path,
            pattern=FilePattern(pattern) if isinstance(pattern, str) else None,
            form=read_form(sections, self._faults),
            stated=[
                sections[name].path for name in FORM if name in sections and sections[name].path[:-1] == self._part.path
            ],
            used=used,
            fixes=fixes,
            group_by=group_by,
            early=steps.early,
            steps=steps.steps,
            explode=loops,
            gathered=gathered,
            records=records,
        )

    @property
    def _takes_rows(self) -> bool:
        """Whether columns may be used of `rows`, whose names are not looked for."""
        return "group_by" in self._sections

    def _tables(self) -> dict[str, LookupTable]:
        found: dict[str, LookupTable] = {}
        tables = self._sections.get("tables", Part({}, ("tables",)))
        if not isinstance(tables.value, dict):
            self._faults.add(tables.path, "tables by their names are needed here: {parties: {D: Democratic}}")
        for name, part in tables.members():
            members = dict(part.members())
            if not members:
                self._faults.add(part.path, "keys with their meanings are needed here, or {file: …, key: …, value: …}")
                continue
            pairs: Mapping[str, Any] = {key: one.value for key, one in members.items()}
            if "file" in members and ("key" in members or members.keys() <= {"file", "value", *FORM}):
                pairs = self._of_side_file(part, members)
            with self._faults.told_at(part.path):
                found[name] = LookupTable(name, pairs)
        return found

    def _of_side_file(self, part: Part, members: Mapping[str, Part]) -> dict[str, Any]:
        for unknown in sorted(members.keys() - {"file", "key", "value", *FORM}):
            self._faults.add(members[unknown].path, "there is no such member", near(unknown, ("value", *FORM)))
        value = members.get("value", part)
        if not isinstance(value.value, str):
            needed = "value is" if "key" in members else "key and value are"
            self._faults.add(value.path, f"{needed} needed too: the columns that hold the keys and their meanings")
            return {}
        records = self._side_files.by_key(part, members)
        if records and not any(value.value in record for record in records.values()):
            first = next(iter(records.values()))
            self._faults.add(value.path, f"{members['file'].value} has no such column", near(value.value, first))
        return {key: record.get(value.value) for key, record in records.items()}

    def _explode(self, names: Names) -> tuple[list[Loop], Names]:
        loops: list[Loop] = []
        for part in self._sections["explode"].elements() if "explode" in self._sections else ():
            before = len(loops)
            if isinstance(part.value, dict) and "each" in part.value and not part.value.keys() - {"each", "as", "when"}:
                loop, names = read_loop(part, names)
                loops.append(loop)
            if len(loops) == before:
                told = 'needs each and as, and may have when: {each: "{{ answers }}", as: answer}'
                self._faults.add(part.path, told)
        return loops, names

    def _records(self, names: Names, inner: Names) -> Iterator[RecordMapping]:
        """The mappings of records. names: of a row; inner: of an element that it is exploded to."""
        added = inner.variables.keys() - names.variables.keys()
        for name, (kind, section) in RECORDS.items():
            for part in self._sections[name].elements() if name in self._sections else ():
                loop, own = read_loop(part, inner)
                fields = read_members(kind, part, own)
                is_exploded = section == "claims" or bool(added & _names_in(part.value, own))
                yield RecordMapping(section, loop, fields, is_exploded)

    def _ignored(self, used: UsedColumns) -> frozenset[str]:
        part = self._sections.get("ignore")
        if part is None:
            return frozenset()
        if not isinstance(part.value, list) or not all(isinstance(one, str) for one in part.value):
            self._faults.add(part.path, "a list of columns is needed here: [notes, page]")
            return frozenset()
        for n, name in enumerate(part.value):
            if name in used.first:
                place = dotted(used.first[name])
                self._faults.add((*part.path, n), f"{name} is used, by {place}: leave it out here")
        return frozenset(part.value)


def _names_in(value: Any, names: Names) -> set[str]:
    """The names in all templates of a part."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return {name for one in inner for name in _names_in(one, names)}
    return set(names.in_text(Part(value, ()))) if isinstance(value, str) else set()
