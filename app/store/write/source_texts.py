"""The texts of sources: those that rows bring, those of a folder beside them, and those that are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from sqlalchemy import select

from app.domain.text.quote_matcher import SourceText, Verification
from app.errors import BadRecord, Problem
from app.store.database import tables
from app.store.records.document import Doc
from app.store.write.merges import Merges
from app.store.write.references import bad
from app.store.write.stored_records import Shelf

MOST_HELD: Final = 1_000_000  # characters of texts that are ready to find quotes in: one alone may have more
Asked: TypeAlias = tuple[str, str | None, str | None]  # words, prefix and suffix


class Texts(Protocol):
    """Texts of sources by their keys, from outside: see TextFolder."""

    @property
    def shown_folder(self) -> str:
        """The folder that they are in, as messages name it."""

    @property
    def names(self) -> list[str]:
        """The names of the texts."""

    def name_of(self, key: str) -> str:
        """The name that the text of a source would have."""

    def refuse(self, key: str, is_key: Callable[[str], bool], why: str) -> None:
        """Note that the text of a source is not used, and why."""

    def take(self, key: str, is_key: Callable[[str], bool]) -> str | None:
        """The text of a source. is_key: tells whether a name is another source's key. Raises OSError and BadValue where
        it cannot be read.
        """

    def shown_text(self, key: str) -> str:
        """The file of a text that was asked for, as messages name it."""

    def is_missing(self, key: str) -> bool:
        """Whether there is no text for a key."""

    def why_missing(self, key: str) -> str:
        """Why there is none."""


def sha256(text: str) -> str:
    """The SHA-256 by which a text is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def locate(text: SourceText, asked: Asked) -> Verification:
    """The place of words in a text."""
    words, prefix, suffix = asked
    return text.locate(words, prefix=prefix, suffix=suffix)


class SourceTexts:
    """The texts of one revision's sources. outside: those of a folder."""

    def __init__(self, sources: Shelf, merges: Merges) -> None:
        self._sources = sources
        self._merges = merges
        self._revision = sources.revision
        self.outside: Texts | None = None
        self._texts: dict[str, SourceText] = {}
        self._held = 0  # characters of those
        self._found: dict[tuple[str, Asked], Verification] = {}  # of what was looked up together

    def from_folder(self, key: str, given: Doc, source_id: str | None = None) -> Doc:
        """The field that the folder of texts gives a source which is given no text. Raises BadRecord."""
        if self.outside is None:
            return {}
        if given.get("text") is not None:
            told = f"the source {key} has its text from a file that is imported"
            self.outside.refuse(key, self._is_source_key, told)
            return {}
        try:
            text = self.outside.take(key, self._is_source_key)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            told = f"{self.outside.shown_text(key)}: the text of {key} cannot be read: {reason}"
            raise bad(told, "bad-file") from None
        if text is not None:
            return {"text_sha256": self.keep(text)}
        is_held = source_id is not None and self._sources.doc(source_id)["text_sha256"] is not None
        if self.outside.is_missing(key) and not is_held:
            told = f"no text of {key} in {self.outside.shown_folder}: {self.outside.why_missing(key)}"
            self._revision.warn(Problem((), "no-text", told))
        return {}

    def _is_source_key(self, key: str) -> bool:
        return self._revision.id_of("src", key) is not None

    def take_stored(self) -> list[tuple[str, Problem]]:
        """Give stored sources that nothing named so far their texts from the folder; what of those cannot be read, each
        with its file.
        """
        problems: list[tuple[str, Problem]] = []
        for key in self._keys_of_texts():
            found = self._revision.id_of("src", key)
            if found is not None and self.outside is not None and (survivor := self._merges.into(found)):
                told = f"the source {key} was merged into {survivor} (key {self._sources.doc(survivor)['key']})"
                self.outside.refuse(key, self._is_source_key, told)
                continue
            if found is None or self._sources.get(found) is None:
                continue
            try:
                self._sources.change(found, self.from_folder(key, {}, found))
            except BadRecord as error:
                place = self.outside.shown_text(key) if self.outside else ""
                for one in error.problems:
                    problems.append((place, replace(one, detail=one.detail.removeprefix(f"{place}: "))))
        return problems

    def _keys_of_texts(self) -> list[str]:
        """The keys of stored sources that the names of texts may mean."""
        if self.outside is None or not self.outside.names:
            return []
        names = self.outside.names
        self._revision.find_keys("src", names)
        others = {name for name in names if self._revision.id_of("src", name) is None}
        keys: list[str] = [name for name in names if name not in others]
        if others:
            kept = tables.RecordKey
            several = select(kept.key).where(kept.type == "src", kept.key.like("%//%") | kept.key.like("/%"))
            found = self._revision.connection.execute(several.order_by(kept.id)).scalars()
            keys += [key for key in found if self.outside.name_of(key) in others]
        return keys

    def keep(self, text: str) -> str:
        """The SHA-256 of a text that is to be stored."""
        digest = sha256(text)
        self._sources.texts.setdefault(digest, text)
        return digest

    def digest_of(self, source_id: str) -> str | None:
        """The SHA-256 of a source's text; None where none is stored."""
        digest: str | None = self._sources.doc(source_id)["text_sha256"]
        return digest

    def digest_if_current(self, source_id: str) -> str | None:
        """The same; None for a source that was merged into another as well."""
        return (self._sources.get(source_id) or {}).get("text_sha256")

    def look_up(self, asked: Mapping[str, set[Asked]]) -> None:
        """Look up words in texts, by their SHA-256, one text after the other; `found` gives what comes of it."""
        self._found = {}
        if not asked.keys() <= self._texts.keys() and len(asked) > 1:
            held = sorted(filter(self._is_held, asked), key=lambda digest: digest not in self._texts)
            self._found = {(digest, one): locate(self.read(digest), one) for digest in held for one in asked[digest]}

    def found(self, digest: str, asked: Asked) -> Verification:
        """The place of words in the text with an SHA-256. Raises BadRecord as `read` does."""
        return self._found.get((digest, asked)) or locate(self.read(digest), asked)

    def _is_held(self, digest: str) -> bool:
        if digest in self._texts or digest in self._sources.texts:
            return True
        stored = select(tables.SourceText.sha256).where(tables.SourceText.sha256 == digest)
        return self._revision.connection.execute(stored).first() is not None

    def read(self, digest: str) -> SourceText:
        """The text with an SHA-256, ready to find quotes in. Raises BadRecord where it is not held, as in the copy of a
        server's database: what was verified there cannot be here.
        """
        if digest not in self._texts:
            text = self._sources.texts.get(digest)
            if text is None:
                stored = select(tables.SourceText.text).where(tables.SourceText.sha256 == digest)
                text = self._revision.connection.execute(stored).scalar()
            if text is None:
                why = f"a copy that followed a server has no texts; {self._revision.door.give_text}"
                raise bad(f"the text of a source (SHA-256 {digest}) is not held here: {why}", "no-text", "citations")
            self._held += len(text)
            if self._held > MOST_HELD:
                self._texts, self._held = {}, len(text)
            self._texts[digest] = SourceText(text)
        return self._texts[digest]
