"""Changes of stored speakers, sources and metrics, told before they are written: what is lost, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from app.errors import Problem
from app.store.history.revision import Revision
from app.store.records.document import Doc, encode
from app.store.write.compare_records import came_back, lost_in
from app.store.write.earlier_versions import Earlier


class Change(NamedTuple):
    """A record's document as it is stored, and as it is to be; the row that changed it."""

    old: Doc
    new: Doc
    row: int | None


class RecordChanges:
    """Warns of what one revision does to records that were stored before it.

    shown: gives what tenures show of an organization, of one that was merged the survivor; None for one that has ended.
    asked: the fields of records that are set on purpose, by id: that an earlier version of these comes back is no news.
    """

    def __init__(self, revision: Revision, shown: Callable[[str], Doc | None]) -> None:
        self._revision = revision
        self._shown = shown
        self.asked: dict[str, Collection[str]] = {}
        self._earlier = Earlier(revision.connection)

    @property
    def looked_at_all(self) -> bool:
        """Whether all earlier versions were looked at that are to be."""
        return not self._earlier.is_spent

    def tell(self, prefix: str, changes: list[Change]) -> None:
        """Warn of changes of records of one type, each by its row."""
        past = self._earlier.records(prefix, [one.old["id"] for one in changes if one.old["version"] > 1])
        row = self._revision.row
        for change in changes:
            self._revision.row = change.row
            for problem in self._problems(prefix, change, past.get(change.old["id"], [])):
                self._revision.warn(problem)
        self._revision.row = row

    def _problems(self, prefix: str, change: Change, earlier: list[Doc]) -> list[Problem]:
        told = self._revision.told(change.old["id"], change.old["key"])
        old, new = self._by_survivors(change.old), self._by_survivors(change.new)
        problems = [
            Problem((field,), "record-loses", f"{told} loses {lost}") for field, lost in lost_in(prefix, old, new)
        ]
        asked = self.asked.get(change.old["id"], ())
        found = came_back(old, new, map(self._by_survivors, earlier)) if earlier else {}
        if back := {name: values for name, values in found.items() if name.partition(".")[0] not in asked}:
            edits = "; ".join(f"{name}: {' → '.join(map(encode, values))}" for name, values in back.items())
            said = f"{told}: an earlier version comes back over a later edit: {edits}"
            problems.append(Problem((), "record-back", said))
        return problems

    def _by_survivors(self, doc: Doc) -> Doc:
        """A document whose tenures show the organizations of today: another by a merge alone is no change. One that has
        ended since is shown as it was.
        """
        if not doc.get("tenures"):
            return doc
        shown = [one["organization"] and self._shown(one["organization"]["id"]) for one in doc["tenures"]]
        tenures = [one | {"organization": now} if now else one for one, now in zip(doc["tenures"], shown, strict=True)]
        return doc | {"tenures": tenures}
