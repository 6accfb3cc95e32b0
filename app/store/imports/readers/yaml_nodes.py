"""YAML → plain values, with the line of each. Scalars are text, save null, true and false."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from app.errors import FieldPath
from app.store.imports.readers.located import MAX_DEPTH, BadFile, Located

PLAIN = {"null": None, "~": None, "": None, "true": True, "false": False}


def read_yaml(text: str) -> Located:
    """The one document in a YAML text. Raises BadFile for broken YAML, doubled keys, aliases, and depth over 40."""
    try:
        return _Builder().build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", column {mark.column + 1}" if mark else ""
        raise BadFile(f"broken YAML: {error.problem}{where}", mark.line + 1 if mark else 1) from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1  # which counts bytes
        raise BadFile(f"broken YAML: the character U+{error.character:04X} is not allowed", line) from None
    except UnicodeEncodeError as error:
        line = text[: error.start].count("\n") + 1
        raise BadFile(f"broken YAML: a lone surrogate U+{ord(text[error.start]):04X}", line) from None


@dataclass
class _Open:
    """A list or mapping that is being read, and where it stands."""

    path: FieldPath
    value: list[Any] | dict[str, Any]
    key: str | None = None


class _Builder:
    """Makes values of YAML's events, one at a time: how deep a text is nested is no strain on the stack."""

    def __init__(self) -> None:
        self._lines: dict[FieldPath, int] = {}
        self.located = Located(lines=self._lines)
        self._open: list[_Open] = []
        self._documents = 0

    def build(self, events: Iterable[yaml.Event]) -> Located:
        """The value of the one document."""
        for event in events:
            self._take(event, event.start_mark.line + 1 if event.start_mark else 1)
        return self.located

    def _take(self, event: yaml.Event, line: int) -> None:
        match event:
            case yaml.AliasEvent():
                raise BadFile("an alias (*name) is not supported; write the value out", line, self._path())
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise BadFile("broken YAML: a second document (---); make it a file of its own", line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin({} if isinstance(event, yaml.MappingStartEvent) else [], line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
            case yaml.ScalarEvent():
                self._scalar(event, line)

    def _begin(self, value: list[Any] | dict[str, Any], line: int) -> None:
        if self._wants_key():
            raise BadFile("a key that is a list or a mapping", line, self._path())
        if len(self._open) >= MAX_DEPTH:
            raise BadFile(f"nested more than {MAX_DEPTH} deep", line)
        path = self._path()
        self._add(value, line)
        self._open.append(_Open(path, value))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        text = str(event.value)
        if not self._wants_key():
            self._add(PLAIN[text] if not event.style and text in PLAIN else text, line)
            return
        inner = self._open[-1]
        if text in inner.value:
            raise BadFile(f"the key {text} stands twice", line, (*inner.path, text))
        inner.key = text
        self._lines[self._path()] = line

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _path(self) -> FieldPath:
        if not self._open:
            return ()
        inner = self._open[-1]
        if isinstance(inner.value, list):
            return (*inner.path, len(inner.value))
        return inner.path if inner.key is None else (*inner.path, inner.key)

    def _add(self, value: Any, line: int) -> None:
        self._lines.setdefault(self._path(), line)
        if not self._open:
            self.located.value = value
            return
        inner = self._open[-1]
        if isinstance(inner.value, list):
            inner.value.append(value)
        elif inner.key is not None:
            inner.value[inner.key] = value
            inner.key = None
