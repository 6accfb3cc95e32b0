"""Names that fold like a stored one and are written otherwise: counted, and told at the end of an import.

Of a speaker the other spelling is kept as an alias. Sources and metrics have one spelling each: the report tells what
reads back otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from app.domain.text.tokenizer import plain_blanks
from app.errors import Problem
from app.store.history.revision import Revision
from app.store.records.document import Doc
from app.store.records.names import folded

NAMES = ("name", "title", "publisher")
FIELDS = (*NAMES, "url", "archive_url", "unit", "published_on", "accessed_on")


class Spellings:
    """The other spellings that references of one revision have."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self._aliases: Counter[tuple[str, str]] = Counter()  # new ones: (speaker's id, spelling)
        self._others: Counter[tuple[str, str, str]] = Counter()  # (id, field, spelling)
        self._of: set[str] = set()  # ids of the records that any of these are of: few

    def add_alias(self, speaker_id: str, name: str) -> None:
        """Count a spelling that became an alias."""
        self._aliases[speaker_id, name] += 1
        self._of.add(speaker_id)

    def drop_alias(self, speaker_id: str, name: str) -> None:
        """Count no longer what is no alias after all."""
        self._aliases.pop((speaker_id, name), None)

    def add_others(self, record_id: str, given: Doc, stored: Doc) -> None:
        """Count what a reference to a source or metric, which agrees with that, spells otherwise."""
        for field in FIELDS:
            said, known = _spelt(given, field), _spelt(stored, field)
            is_name, as_known = field in NAMES, known or ""
            if not (said and stored.get(field)) or said in (known, plain_blanks(as_known) if is_name else known):
                continue
            if not is_name or folded(said) == folded(as_known):
                self._others[record_id, field, said] += 1
                self._of.add(record_id)

    def again(self, record_id: str, given: Doc) -> bool:
        """Count the same reference once more; whether its name is a new alias."""
        if record_id not in self._of:
            return False
        for field in FIELDS:
            if (other := (record_id, field, _spelt(given, field) or "")) in self._others:
                self._others[other] += 1
        alias = (record_id, given.get("name") or "")
        if alias not in self._aliases:
            return False
        self._aliases[alias] += 1
        return True

    def tell(self, told: Callable[[str], str], last: Callable[[str], Doc]) -> None:
        """Warn of each spelling, with its number. told: how a record is named; last: its document."""
        self.revision.row = None
        for (speaker_id, name), count in self._aliases.items():
            problem = Problem((), "new-alias", f"{count:,} × {name!r} is an alias of {told(speaker_id)}")
            self.revision.warn(problem)
        for (record_id, field, said), count in self._others.items():
            known = _spelt(last(record_id), field)
            detail = f"{count:,} × {said!r} reads back as {known!r}, the {field} of {told(record_id)}"
            self.revision.warn(Problem((field,), "other-spelling", detail))


def _spelt(doc: Doc, field: str) -> str | None:
    """A field as it is spelt; of a date the words that the source has for it."""
    value = doc.get(field)
    spelt: str | None = value["as_stated"] if isinstance(value, dict) else value
    return spelt
