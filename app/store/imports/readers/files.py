"""Files → rows: the records that native files hold, and where in them each stands."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from app.domain.record.column_advice import in_columns
from app.domain.record.csv_columns import Header
from app.errors import BadImport, FieldPath, Problem, near, shown_value
from app.store.database.notices import Notice, Notices
from app.store.imports.readers.archives import archive_of
from app.store.imports.readers.delimited import TableRow, read_delimited
from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.encodings import open_utf8, read_text
from app.store.imports.readers.foreign_files import HEAD, foreign_content, is_page
from app.store.imports.readers.json_text import read_json, read_ndjson
from app.store.imports.readers.linked_json import SNIFFED, is_linked_data
from app.store.imports.readers.located import DAMAGED, BadFile, Located
from app.store.imports.readers.names import NameOf, name_of_path
from app.store.imports.readers.packed import Format, format_of, open_file, plain_suffix
from app.store.imports.readers.regular_files import why_read_no_further
from app.store.imports.readers.rejected import UNREADABLE, is_rejected, without_reasons
from app.store.imports.readers.yaml_nodes import read_yaml
from app.store.imports.text_folder import read_text_file

SECTIONS = ("source", "speakers", "metrics", "claims")
TYPES = {  # of lines of NDJSON
    "claim": "claims", "speaker": "speakers", "source": "sources", "metric": "metrics", "dataset": "datasets"
}  # fmt: skip
MERGED = "merged_"  # begins the sections of records that are part of others
KINDS = {section: kind for kind, section in TYPES.items()} | {"source": "source"}
SHORT = {"roles": ("role",), "citations": ()}  # lists of one, and the shorter way to write that
AS_CLAIMS = 'write a list of claims as {"claims": […]}, or give each a line of a file that ends in .ndjson'


class RawRow(NamedTuple):
    """A record as a file has it. section, step and line: as in Row of staging.py. column_of: of a table, which column a
    place in the checked record was read from. patch: what it names, where the rest of a stored claim is to stay; see
    Given in amending.py. faults: what was found to be wrong with it by then. given: the row as its file has it, to be
    written where it is rejected; see RejectedFiles. place_of: of a mapped row, as label_of in SourceFile, and the line.
    home: of a speaker, the key of the one source that it belongs to, if it is a group or unnamed.
    into: of a merged record, the key of the one that it is part of.
    """

    section: str
    step: int
    line: int
    value: Any
    column_of: Callable[[FieldPath], str] | None = None
    patch: dict[str, Any] | None = None
    faults: tuple[Problem, ...] = ()
    given: Any = None
    place_of: Callable[[FieldPath], tuple[str, int]] | None = None
    home: str | None = None
    into: str | None = None


@dataclass
class SourceFile:
    """A file that rows come from. located: the whole of it, where it is read as a whole. header: of a table.

    label_of: of a file that is mapped, gives the target and columns of a place in what the mapping with a number, which
    is the step of its rows, has made: `said_on (date)`. is_grouped: whether several of its rows make one record.
    """

    name: str
    path: Path
    located: Located | None = None
    header: Header | None = None
    label_of: Callable[[int, FieldPath], str] | None = None
    is_grouped: bool = False

    def set_header(self, header: Header) -> None:
        """Note the header of a table: before its rows, of which none may be read."""
        self.header = header

    def notice(self, problem: Problem, row: RawRow, long: str, key: str | None = None) -> Notice:
        """A problem of a row, told by the fields that the file has. long, key: as in Row of staging.py."""
        path = as_written(problem.path, long)
        line = row.line
        if self.located is not None:
            path = (*((row.section,) if row.step < 0 else (row.section, row.step)), *path)
            line = self.located.line(path)
        elif path and self.label_of is not None:
            label, line = row.place_of(path) if row.place_of else (self.label_of(row.step, path), line)
            problem = in_columns(problem, label.partition(" (")[0])
            path = (label,)
        elif path and self.header is not None:
            column_of = row.column_of or self._any_column
            path = (column_of(problem.path),)
            problem = in_columns(problem, path[0])
        return Notice(self.name, line, Problem(path, problem.code, problem.detail, problem.did_you_mean), key)

    def is_copied(self, problem: Problem, row: RawRow, long: str) -> bool:
        """Whether a problem of a claim is in the citation that it has from the file's own source."""
        if self.located is None or row.section != "claims":
            return False
        path = as_written(problem.path, long)
        depth = 1 if path[:1] == ("source",) else 3
        held = path[:depth]
        return held[-1:] == ("source",) and (row.section, row.step, *held) not in self.located.lines

    def _any_column(self, path: FieldPath) -> str:
        """The column of a place in a row whose cells are not at hand: as if none were empty."""
        return self.header.column_of(path, ["x"] * len(self.header.names)) if self.header else ""


class MappedFiles(Protocol):
    """A mapping of foreign files, as far as it is known here; see mapping/mapped_files.py."""

    def files_in(self, paths: Sequence[Path]) -> list[Path]:
        """The files to read."""

    def rows(self, file: SourceFile, reading: Reading) -> Iterator[RawRow]:
        """The rows of a file."""

    def finish(self, reading: Reading) -> None:
        """Tell what only the end of all files shows."""


@dataclass
class Reading:
    """Results of reading files besides rows. dialect: of the tables. texts: the files that gave sources their texts.
    patches: whether objects set what they name alone, as rows of tables do. refused: rows that are none. skipped: rows
    that a mapping leaves out. name_of: gives the names that files have in reports. mapping: what tells how records are
    made of foreign files. most: records that are read of each of these; all by default. is_misread: whether the mapping
    is wrong as a whole. reject: is told of each row that is none: its line, what is wrong, and what was given.
    damaged: the names of files of which nothing can be believed. keeps_going: whether right rows are stored though
    others are wrong.
    """

    dialect: Dialect = field(default_factory=Dialect)
    faults: Notices = field(default_factory=Notices)
    warnings: Notices = field(default_factory=Notices)
    patches: bool = False
    refused: int = 0
    skipped: int = 0
    dataset: str | None = None  # of the claims that name none
    texts: set[Path] = field(default_factory=set)
    name_of: NameOf = name_of_path
    mapping: MappedFiles | None = None
    most: int | None = None
    is_misread: bool = False
    damaged: set[str] = field(default_factory=set)
    keeps_going: bool = False
    reject: Callable[[int, Sequence[Notice], Any], object] = lambda _line, _notices, _given: None
    _skips: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # by file and reason: how many, first

    def see(self, file: SourceFile, line: int, values: dict[str, Any]) -> None:
        """Note that a foreign record is read. Imports do not; a trial of a mapping shows some."""

    def skip(self, file: SourceFile, line: int, reason: str) -> None:
        """Note that a row that would be a claim is left out, and why, as in `{{ not statement }}`."""
        self.skipped += 1
        count, first = self._skips.get((file.name, reason), (0, line))
        self._skips[file.name, reason] = count + 1, first

    def tell_skipped(self) -> None:
        """Warn of the rows that are left out: how many of each file for each reason, and the first of them."""
        for (name, reason), (count, first) in self._skips.items():
            rows = "1 row is" if count == 1 else f"{count:,} rows, of which this is the first, are"
            self.warnings.add(Notice(name, first, Problem((), "skipped", f"{rows} skipped: {reason}")))

    def refuse_row(
        self, file: SourceFile, line: int, problems: Sequence[Problem], key: str | None = None, given: Any = None
    ) -> None:
        """Note that no record can be made of a row. key: of that record, if it is known. given: as in RawRow."""
        self.refuse_rows(file, line, [Notice(file.name, line, problem, key) for problem in problems], given)

    def refuse_rows(self, file: SourceFile, line: int, notices: Sequence[Notice], given: Any) -> None:
        """Note that no record can be made of a row, or of several together; see refuse_row. line: of the first."""
        del file
        self.refused += 1
        for notice in notices:
            self.faults.add(notice)
        self.reject(line, notices, given)

    def refuse(self, file: SourceFile, error: BadFile, rows: int = 0, given: Any = None) -> None:
        """Note what cannot be read of a file, and whether that is a row of it (rows: 1) or not (0)."""
        self.damaged |= {file.name} if error.code == DAMAGED else set()
        self.refused += rows
        notice = Notice(file.name, error.line, error.problem)
        self.faults.add(notice)
        if rows:
            self.reject(error.line, [notice], given or error.text or UNREADABLE)


def read_rows(file: SourceFile, reading: Reading) -> Iterator[RawRow]:
    """The rows of a file; what is wrong with it goes to `reading`. Raises BadImport where it cannot be read at all."""
    kind = format_of(file.path)
    try:
        if reading.mapping is not None:
            yield from reading.mapping.rows(file, reading)
            return
        _require_text(file.path, kind)
        if kind == "html" or (kind in ("json", "ndjson") and _is_linked_data(file.path)):
            from app.store.imports.readers.claim_review_files import read_claim_reviews

            yield from read_claim_reviews(file, reading)
            return
        if kind in ("yaml", "json"):
            yield from _whole(file, reading, read_yaml if kind == "yaml" else read_json)
            return
        if kind == "ndjson":
            with open_utf8(file.path) as stream:
                for line in read_ndjson(stream, without_reasons):
                    yield from _of_line(line, file, reading)
        elif kind == "xlsx":
            from app.store.imports.readers.sheet_records import read_sheet_claims

            yield from _of_table(read_sheet_claims(file.path, file.set_header), file, reading)
        else:
            with open_file(file.path) as stream:
                dialect = Dialect() if is_rejected(file.path) else reading.dialect
                rows = read_delimited(stream, "," if kind == "csv" else "\t", dialect, file.set_header)
                yield from _of_table(rows, file, reading)
    except BadFile as error:
        reading.refuse(file, error)
    except OSError as error:
        raise BadImport(f"{file.name}: {why_read_no_further(error)}") from error


def _of_table(rows: Iterator[TableRow | BadFile], file: SourceFile, reading: Reading) -> Iterator[RawRow]:
    for row in rows:
        if isinstance(row, BadFile):
            reading.refuse(file, row, rows=int(row.is_row))
            continue
        yield RawRow("claims", -1, row.line, row.value, row.column_of, {"cells": row.named}, (), row.cells)


def _require_text(path: Path, kind: Format | None) -> None:
    """Raise BadFile for what is a file of another program, whatever its name says."""
    if archive_of(path) or os.path.isfile(path):  # noqa: PTH113  # Path.is_file raises for a name that is too long
        with open_file(path) as stream:
            head = stream.read(HEAD)
        is_right = kind == "xlsx" or (kind == "html" and is_page(head))  # told where it is read
        if not is_right and (what := foreign_content(head)):
            raise BadFile(f"this is {what}", 1, code="foreign-file")


def _is_linked_data(path: Path) -> bool:
    if plain_suffix(path) == ".jsonld":
        return True
    with open_utf8(path) as stream:
        return is_linked_data(stream.read(SNIFFED), SECTIONS)


def _of_line(line: tuple[int, Any] | BadFile, file: SourceFile, reading: Reading) -> Iterator[RawRow]:
    """The row of a line of NDJSON: a claim, or what its `type` says."""
    if isinstance(line, BadFile):
        reading.refuse(file, line, rows=1)
        return
    number, given = line
    value = dict(given) if isinstance(given, dict) else given
    kind = value.pop("type", "claim") if isinstance(value, dict) else "claim"
    if not (isinstance(kind, str) and kind in TYPES):
        detail = f"{shown_value(kind)} is not one of {', '.join(TYPES)}"
        problem = Problem(("type",), "bad-choice", detail, near(str(kind), TYPES))
        reading.refuse_row(file, number, [problem], given=given)
        return
    faults = _add_text(value, file, reading) if kind == "source" else ()
    home = value.pop("source", None) if kind == "speaker" else None
    into = value.pop("merged_into", None) if isinstance(value, dict) and kind != "dataset" else None
    for name, key in (("source", home), ("merged_into", into)):
        if not (key is None or isinstance(key, str)):
            faults = (*faults, Problem((name,), "bad-type", f"{shown_value(key)} is not a key, which is a text"))
    if into is not None and not faults:
        yield RawRow(f"{MERGED}{TYPES[kind]}", -1, number, value, given=given, home=home, into=into)
        return
    patch = {"members": value} if reading.patches and kind == "claim" and isinstance(value, dict) else None
    yield RawRow(TYPES[kind], -1, number, value, None, patch, faults, given, home=None if faults else home)


def _whole(file: SourceFile, reading: Reading, read: Callable[[str], Located]) -> Iterator[RawRow]:
    located = read(read_text(file.path))
    if wrong := list(_faults_of_sections(located)):
        for fault in wrong:
            reading.refuse(file, fault)
        return
    file.located = located
    source = located.value.get("source")
    if source is not None:
        given = given_of("source", source)
        faults = _add_text(source, file, reading)
        yield RawRow("source", -1, located.line(("source",)), source, None, None, faults, given)
    for section in SECTIONS[1:]:
        for n, value in enumerate(located.value.get(section) or []):
            whole = _with_default_source(value, source) if section == "claims" else value
            is_patch = reading.patches and section == "claims" and isinstance(value, dict)
            patch = {"members": value} if is_patch else None
            yield RawRow(section, n, located.line((section, n)), whole, None, patch)


def _faults_of_sections(located: Located) -> Iterator[BadFile]:
    value = located.value
    if not isinstance(value, dict):
        what = "the file is empty" if value is None else "a file is a mapping"
        told = f"{what}; it is to have {', '.join(SECTIONS)}"
        yield BadFile(f"{told}; {AS_CLAIMS}" if isinstance(value, list) else told, located.line(()))
        return
    for name, section in value.items():
        line = located.line((name,))
        if name not in SECTIONS:
            hint = near(name, SECTIONS)
            told = f"did you mean {hint[0]}?" if hint else "there are " + ", ".join(SECTIONS)
            yield BadFile(f"there is no such section; {told}", line, (name,))
        elif section is not None and not isinstance(section, dict if name == "source" else list):
            yield BadFile("is to be a mapping" if name == "source" else "is to be a list", line, (name,))


def given_of(section: str, value: Any) -> Any:
    """A record as a line of NDJSON would give it; of a value that is no object, the text."""
    if isinstance(value, dict):
        return value if section == "claims" else {"type": KINDS[section], **value}
    return json.dumps(value, ensure_ascii=False, default=str)


def _add_text(source: dict[str, Any], file: SourceFile, reading: Reading) -> tuple[Problem, ...]:
    """Give the source its text from `text_file`, a path beside the file; gives what is wrong with that."""
    named = source.pop("text_file", None)
    if not named:
        return ()
    place = file.path.parent / str(named)
    try:
        source["text"] = read_text_file(place, file.path.parent)
        reading.texts.add(place)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return (Problem(("text_file",), "bad-file", f"{place.name} cannot be read: {reason}"),)
    return ()


def _with_default_source(claim: Any, source: Any) -> Any:
    """The claim with the file's source as its citation, or in those of its citations that name none."""
    if not isinstance(claim, dict) or not isinstance(source, dict) or claim.get("source") is not None:
        return claim
    handles = ("id", "key") if source.get("id") or source.get("key") else ("title", "url", "publisher", "published_on")
    default = {name: source[name] for name in handles if source.get(name) is not None}
    citations = claim.get("citations")
    if citations is None:
        return {**claim, "source": default}
    if not isinstance(citations, list):
        return claim
    filled = [{"source": default, **one} if isinstance(one, dict) and "source" not in one else one for one in citations]
    return {**claim, "citations": filled}


def as_written(path: FieldPath, long: str) -> FieldPath:
    """The path in the form that the row has: `role.title` for `roles.0.title`, `locator` for `citations.0.locator`."""
    if len(path) < 2 or path[1] != 0 or path[0] not in SHORT or path[0] in long.split():
        return path
    return (*SHORT[str(path[0])], *path[2:])
