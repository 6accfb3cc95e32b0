"""The report of an import, in the two forms that it is given in: lines for people, JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TextIO

from app.domain.text.controls import shown_json
from app.errors import Problem
from app.store.database.notices import EXAMPLES, Kind, Notice, Notices
from app.store.records.document import Doc
from app.store.records.document import encode as encode_doc

MOST_KINDS = 50  # printed
LISTS = ("problems", "warnings", "texts")  # of notices, in a report as JSON


class RejectedFile(NamedTuple):
    """A file of rejected rows. file: that they come from; place: where it is; rows: how many it has."""

    file: str
    place: str
    rows: int


@dataclass
class Report:
    """The result of an import or dry run. rows read = created + revived + updated + unchanged + retracted + restored +
    skipped + rejected.

    skipped: claims that a mapping leaves out. is_skipped: whether nothing was to be done, for the database has
    revisions. keeps_going: whether rows that are right are stored beside others that are wrong. rejected: claims that
    are wrong then. rejected_files: where the wrong rows are written. dataset: that the import was
    told to be of.
    """

    dry_run: bool = False
    is_skipped: bool = False
    keeps_going: bool = False
    rejected: int = 0
    rejected_files: list[RejectedFile] = field(default_factory=list)
    dataset: str | None = None
    read: int = 0
    skipped: int = 0
    wrong: int = 0  # claims with faults of their own; the others are rejected with them, and with wrong definitions
    did: Counter[str] = field(default_factory=Counter)
    faults: Notices = field(default_factory=Notices)
    warnings: Notices = field(default_factory=Notices)
    texts: Notices | None = None  # the files of `texts` that found a source
    unused_texts: int = 0  # those that found none; where anything is wrong they may yet, for wrong rows look for none
    definitions: Counter[str] = field(default_factory=Counter)
    verifications: Counter[str] = field(default_factory=Counter)  # how many citations have which
    revision: int | None = None
    changes: dict[str, int] = field(default_factory=dict)  # the revision's counts, other records included

    def warn(self, detail: str, code: str = "afterwards") -> None:
        """Add a warning of the import as a whole; by default of what came after it was stored."""
        self.warnings.add(Notice("", 0, Problem((), code, detail)))

    def forget_attempt(self, warnings: int) -> None:
        """Tell nothing of an attempt to store that was rolled back. warnings: how many there were before it."""
        self.warnings.forget_after(warnings)
        for counts in (self.did, self.verifications, self.definitions):
            counts.clear()

    @property
    def is_refused(self) -> bool:
        """Whether nothing is stored, for something is wrong."""
        return bool(self.faults) and not self.keeps_going

    @property
    def has_refused_rows(self) -> bool:
        """Whether nothing is stored, for some row of a file is wrong."""
        return self.is_refused and any(notice.line for notice in self.faults)

    @property
    def counts(self) -> dict[str, int]:
        """How many claims were read, and what became of them. Where nothing is stored for something is wrong, all are
        rejected that are not skipped.
        """
        did = Counter[str]() if self.is_refused else self.did
        actions = {
            action: did[action] for action in ("created", "revived", "updated", "retracted", "unchanged", "restored")
        }
        rejected = self.read - self.skipped if self.is_refused else self.rejected
        return {"read": self.read, **actions, "skipped": self.skipped, "rejected": rejected}

    @property
    def told_counts(self) -> dict[str, int]:
        """The counts that people are told: of revived, restored and skipped claims only where there are any."""
        counts = self.counts
        return {
            what: number for what, number in counts.items() if number or what not in ("revived", "restored", "skipped")
        }


def not_stored(report: Report) -> str:
    """The sentence that says that nothing is stored, where anything is wrong."""
    plural = "problem" if len(report.faults) == 1 else "problems"
    return f"nothing is stored: {len(report.faults)} {plural}"


def lines_of(notices: Notices, begin: str = "", rest: str = ": --report FILE writes them all") -> Iterator[str]:
    """The notices for people: those of a rare kind one by one, of others their number and three examples.

    begin: what each line or group begins with. rest: where those are that are not told.
    """
    kinds = notices.kinds()
    for kind in kinds[:MOST_KINDS]:
        if kind.count <= EXAMPLES:
            yield from (f"{begin}{notice}" for notice in kind.examples)
            continue
        yield f"{begin}{kind.count:,} × {kind.title}"
        yield from (f"  {notice}" for notice in kind.examples)
        yield f"  … and {kind.count - EXAMPLES:,} more{rest}"
    if len(kinds) > MOST_KINDS:
        left = sum(kind.count for kind in kinds[MOST_KINDS:])
        yield f"{begin}{left:,} more, of {len(kinds) - MOST_KINDS:,} other kinds{rest}"


def write_json(report: Report, out: TextIO, rows: Iterable[Doc] | None = None) -> None:
    """Write the whole report as one JSON object, every notice in it, without holding it in memory.

    rows: what becomes of each claim, for a dry run. Raises OSError as `out` does.
    """
    said: Doc = {
        "dry_run": report.dry_run,
        "keep_going": report.keeps_going,
        "revision": report.revision,
        "claims": report.counts | {"wrong": report.wrong},
        "definitions": dict(report.definitions),
        "citations": dict(report.verifications),
        "changes": report.changes,
        "rejected_files": [one._asdict() for one in report.rejected_files],
    } | ({} if report.texts is None else {"unused_texts": report.unused_texts})
    told = {"problems": report.faults, "warnings": report.warnings}
    told |= {} if report.texts is None else {"texts": report.texts}
    lists = ((name, _said_of(notices), map(_notice, notices)) for name, notices in told.items())
    _write(out, said, lists, rows)


def write_said(said: Doc, out: TextIO) -> None:
    """Write a report that write_json has written, and was read, in the same form. Raises OSError as `out` does."""
    rest = dict(said)
    told = {name: dict(rest.pop(name)) for name in LISTS if name in rest}
    rows = rest.pop("rows", None)
    _write(out, rest, ((name, notices, notices.pop("all")) for name, notices in told.items()), rows)


def _write(out: TextIO, said: Doc, lists: Iterable[tuple[str, Doc, Iterable[Doc]]], rows: Iterable[Doc] | None) -> None:
    """lists: each with its name, with what is said of all of it, and with each of it."""
    out.write(encode(said)[:-1])
    for name, about, every in lists:
        out.write(f',\n"{name}":{encode(about)[:-1]},"all":')
        _write_list(out, every)
        out.write("}")
    if rows is not None:
        out.write(',\n"rows":')
        _write_list(out, rows)
    out.write("}\n")


def _said_of(notices: Notices) -> Doc:
    return {"count": len(notices), "kinds": [_kind(kind) for kind in notices.kinds()]}


def encode(value: Any) -> str:
    """JSON that does nothing to a terminal."""
    return shown_json(encode_doc(value))


def _write_list(out: TextIO, docs: Iterable[Doc]) -> None:
    out.write("[")
    for n, doc in enumerate(docs):
        out.write((",\n" if n else "\n") + encode(doc))
    out.write("]")


def _kind(kind: Kind) -> Doc:
    examples = [_notice(notice) for notice in kind.examples]
    return {"code": kind.code, "field": kind.field or None, "title": kind.title, "count": kind.count} | {
        "examples": examples
    }


def _notice(notice: Notice) -> Doc:
    """A notice as programs read it. file, line, key and field are null where there is none."""
    problem = notice.problem
    return {
        "file": notice.file or None,
        "line": notice.line or None,
        "key": notice.key,
        "field": problem.field or None,
        "code": problem.code,
        "detail": problem.detail,
        "did_you_mean": list(problem.did_you_mean),
    }
