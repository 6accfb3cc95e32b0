"""Files → records → one revision, and the report of it.

Files are read and checked before the writer lock is taken. By default all is stored or nothing: every problem of every
row is reported, with its file and line.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.domain.records import MAX_TEXT, ClaimIn, MetricIn, Record, SourceIn, SpeakerIn, check_record
from app.errors import BadImport, BadRecord, BadValue, Problem, near
from app.store.db import Database
from app.store.located import BadFile, Located
from app.store.resolve import Resolver
from app.store.revisions import Revision
from app.store.write import BATCH, Outcome, Writer
from app.store.yaml_nodes import read_yaml

SUFFIXES = (".yaml", ".yml")
SECTIONS = ("source", "speakers", "metrics", "claims")
MODELS: dict[str, type[Record]] = {"source": SourceIn, "speakers": SpeakerIn, "metrics": MetricIn, "claims": ClaimIn}

Progress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file."""

    file: str
    line: int
    problem: Problem

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


@dataclass
class Row:
    """One record of a file: its section, the path to it, and where its parts stand."""

    file: str
    section: str
    path: tuple[str | int, ...]
    located: Located
    record: Record | None = None
    outcome: Outcome | None = None

    def fault(self, problem: Problem) -> Fault:
        """The problem, told by the fields that the file has."""
        told = problem.under(*self.path)
        own = Problem(_as_written(told.path, self.located), told.code, told.detail, told.did_you_mean)
        return Fault(self.file, self.located.line(own.path), own)


@dataclass
class Report:
    """What an import did, or would have done. rows read = created + updated + unchanged + retracted + rejected."""

    dry_run: bool = False
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    definitions: Counter[str] = field(default_factory=Counter)
    revision: int | None = None
    changes: dict[str, int] = field(default_factory=dict)  # what the revision did, other records included

    @property
    def claims(self) -> list[Row]:
        """The rows that are claims."""
        return [row for row in self.rows if row.section == "claims"]

    @property
    def counts(self) -> dict[str, int]:
        """How many claims were read, and what became of them. Where anything is wrong, all are rejected."""
        actions = ("created", "updated", "retracted", "unchanged")
        if self.faults:
            return {"read": len(self.claims), **dict.fromkeys(actions, 0), "rejected": len(self.claims)}
        did = Counter(row.outcome.action for row in self.claims if row.outcome)
        return {"read": len(self.claims), **{action: did[action] for action in actions}, "rejected": 0}

    @property
    def verifications(self) -> Counter[str]:
        """How many citations have which verification."""
        return Counter(one for row in self.claims if row.outcome for one in row.outcome.verifications)


def import_paths(
    database: Database,
    paths: list[Path],
    *,
    texts: Path | None = None,
    dry_run: bool = False,
    actor: str = "import",
    comment: str | None = None,
    at: datetime | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """Import files and folders of them as one revision.

    texts: a folder that holds the text of a source as `<source key>.txt`. at: the time of the revision, now by default.
    Raises BadImport for a path that is not there, Busy and NotReady as Database.write does.
    """
    report = Report(dry_run)
    for file in files_in(paths):
        _read_file(file, texts, report)
    _tell_doubled_keys(report)
    try:
        with database.write() as connection:
            revision = Revision(connection, actor=actor, comment=comment, at=at)
            _store(revision, report, progress)
            if report.revision is None:
                raise _RollBackError
    except _RollBackError:
        pass
    return report


class _RollBackError(Exception):
    """Ends a transaction that is not to be kept."""


def files_in(paths: list[Path]) -> list[Path]:
    """The files to read: those named, and those with a known suffix in folders, in the order of their names."""
    found: list[Path] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112  # as below
            inside = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES and not p.name.startswith("."))
            if not inside:
                raise BadImport(f"{path}: the folder holds no file that ends in {' or '.join(SUFFIXES)}")
            found += inside
        elif not os.path.exists(path):  # noqa: PTH110  # Path.exists raises for a name that is too long
            raise BadImport(f"{path}: there is no such file or folder")
        elif path.suffix not in SUFFIXES:
            raise BadImport(
                f"{path}: files that end in {' or '.join(SUFFIXES)} are read, not {path.suffix or 'others'}"
            )
        else:
            found.append(path)
    return found


def _read_file(file: Path, texts: Path | None, report: Report) -> None:
    try:
        located = read_yaml(file.read_bytes().decode("utf-8-sig"))
        _check_sections(located)
    except BadFile as error:
        report.faults.append(Fault(str(file), error.line, Problem(error.path, "bad-file", str(error))))
        return
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        detail = f"byte {error.start} is not UTF-8: {error.reason}"
        report.faults.append(Fault(str(file), line, Problem((), "bad-file", detail)))
        return
    except OSError as error:
        raise BadImport(f"{file}: cannot be read: {error.strerror}") from error
    for row in _rows(str(file), located, texts, report):
        value = _with_default_source(_at(located.value, row.path), located.value) if row.section == "claims" else None
        row.record, problems = check_record(MODELS[row.section], value or _at(located.value, row.path))
        report.rows.append(row)
        report.faults += [row.fault(problem) for problem in problems]


def _check_sections(located: Located) -> None:
    value = located.value
    if not isinstance(value, dict):
        what = "the file is empty" if value is None else "a file is a mapping"
        raise BadFile(f"{what}; it is to have {', '.join(SECTIONS)}", located.line(()))
    for name, section in value.items():
        line = located.line((name,))
        if name not in SECTIONS:
            hint = near(name, SECTIONS)
            told = f"did you mean {hint[0]}?" if hint else "there are " + ", ".join(SECTIONS)
            said = f"there is no such section; {told}"
            raise BadFile(said, line, (name,))
        if section is None or isinstance(section, dict if name == "source" else list):
            continue
        raise BadFile("is to be a mapping" if name == "source" else "is to be a list", line, (name,))


def _rows(file: str, located: Located, texts: Path | None, report: Report) -> Iterator[Row]:
    """The records of a file, definitions first; those with tenures after the organizations that tenures name."""
    source = located.value.get("source")
    if source is not None:
        _add_text(source, Path(file), located, texts, report)
        yield Row(file, "source", ("source",), located)
    for section in SECTIONS[1:]:
        rows = [Row(file, section, (section, n), located) for n in range(len(located.value.get(section) or []))]
        yield from sorted(rows, key=lambda row: _has_tenures(_at(located.value, row.path)))


def _has_tenures(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("tenures"))


def _add_text(source: dict[str, Any], file: Path, located: Located, texts: Path | None, report: Report) -> None:
    """Give the source its text: from `text_file` beside the file, else from the folder of texts."""
    named = source.pop("text_file", None)
    key = source.get("key")
    place = file.parent / str(named) if named else None
    if place is None and texts is not None and isinstance(key, str) and "/" not in key and "\0" not in key:
        candidate = texts / f"{key}.txt"
        place = candidate if os.path.isfile(candidate) else None  # noqa: PTH113  # as above
        if place is None:
            report.warnings.append(f"{file}: no text of {key} in {texts}: {candidate.name} is not there")
    if place is None:
        return
    try:
        source["text"] = _read_text(place, file.parent if named else place.parent)
    except (OSError, ValueError) as error:
        problem = Problem(("source", "text_file"), "bad-file", f"{place.name} cannot be read: {error}")
        report.faults.append(Fault(str(file), located.line(("source", "text_file")), problem))


def _read_text(place: Path, folder: Path) -> str:
    if not place.resolve().is_relative_to(folder.resolve()):
        raise BadValue("a text file stands beside the file that names it")
    if place.stat().st_size > 4 * MAX_TEXT:  # bytes, of characters of at most four
        raise BadValue(f"a text has at most {MAX_TEXT:,} characters")
    return place.read_bytes().decode("utf-8-sig")


def _with_default_source(claim: Any, sections: dict[str, Any]) -> Any:
    """The claim with the file's source as its citation, or in those of its citations that name none."""
    source = sections.get("source")
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


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _as_written(path: tuple[str | int, ...], located: Located) -> tuple[str | int, ...]:
    """The path in the form that the file has: `role.title` for `roles.0.title`, `locator` for `citations.0.locator`."""
    if len(path) < 4 or path[3] != 0 or path in located.lines:
        return path
    short = {"roles": ("role",), "citations": ()}.get(str(path[2]))
    if short is None or path[:4] in located.lines:
        return path
    return (*path[:2], *short, *path[4:])


def _tell_doubled_keys(report: Report) -> None:
    """A key that stands twice in an import with different content: both rows are wrong."""
    first: dict[tuple[str, str], Row] = {}
    for row in report.rows:
        key = getattr(row.record, "key", None)
        if key is None or row.record is None:
            continue
        other = first.setdefault((row.section, key), row)
        if other.record != row.record:
            for one, two in ((other, row), (row, other)):
                place = f"{two.file}:{two.located.line(two.path)}"
                problem = Problem(("key",), "duplicate", f"{key} stands at {place} too, with different content")
                report.faults.append(one.fault(problem))


def _store(revision: Revision, report: Report, progress: Progress) -> None:
    """Write the rows that are right, so that what only the database knows is told of them all."""
    writer = Writer(revision)
    _define_all(writer.resolver, report)
    claims = [row for row in report.claims if isinstance(row.record, ClaimIn)]
    for start in range(0, len(claims), BATCH):
        some = claims[start : start + BATCH]
        writer.put_claims((start + n, row.record) for n, row in enumerate(some) if isinstance(row.record, ClaimIn))
        progress(start + len(some), len(claims))
    made = writer.finish(dry_run=report.dry_run or bool(report.faults))
    wrong = _wrong_keys(report, writer, claims)
    told = {_place(fault) for fault in report.faults}
    for n, row in enumerate(claims):
        row.outcome = writer.outcomes.get(n)
        problems = [one for one in writer.problems.get(n, []) if not _follows(one, row.record, wrong)]
        found = [row.fault(problem) for problem in problems]
        report.faults += [fault for fault in found if _place(fault) not in told]
    report.warnings += writer.resolver.warnings
    report.faults.sort(key=lambda fault: (fault.file, fault.line))
    report.revision = revision.number if made else None
    report.changes = dict(revision.counts)


def _place(fault: Fault) -> tuple[object, ...]:
    return fault.file, fault.line, fault.problem.path, fault.problem.code


def _wrong_keys(report: Report, writer: Writer, claims: list[Row]) -> set[str]:
    """The keys of claims that are rejected: that others are related to them is no fault of those."""
    wrong = [row for row in report.claims if row.record is None] + [claims[n] for n in writer.problems]
    values = (_at(row.located.value, row.path) for row in wrong)
    return {str(value["key"]) for value in values if isinstance(value, dict) and value.get("key")}


def _follows(problem: Problem, record: Record | None, wrong: set[str]) -> bool:
    if problem.code != "unknown-claim" or not isinstance(record, ClaimIn):
        return False
    return record.relations[int(problem.path[1])].key in wrong


def _define_all(resolver: Resolver, report: Report) -> None:
    """Make or change the records that files define. Names may change places, so doubled ones are told at the end."""
    rows: dict[str, Row] = {}
    homes: dict[str, str] = {}  # the source of each file: groups and unnamed speakers belong to it
    for row in report.rows:
        if row.section == "claims" or row.record is None:
            continue
        try:
            record_id, did = _define(row.record, resolver, homes.get(row.file))
        except BadRecord as error:
            report.faults += [row.fault(problem) for problem in error.problems]
        else:
            report.definitions[did] += 1
            rows[record_id] = row
            if row.section == "source":
                homes[row.file] = record_id
    report.faults += [rows[record_id].fault(problem) for record_id, problem in resolver.taken() if record_id in rows]


def _define(record: Record, resolver: Resolver, home: str | None) -> tuple[str, str]:
    match record:
        case SourceIn() as source:
            return resolver.define_source(source)
        case SpeakerIn() as speaker:
            return resolver.define_speaker(speaker, home)
        case MetricIn() as metric:
            return resolver.define_metric(metric)
    raise TypeError(record)
