"""The fields of records as lists: for terminals of any width, for pipes, and as the page docs/fields.md."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from app.domain.record.field_paths import RecordKind
from app.domain.record.targets import Target, targets_of

WIDE: Final = 110  # columns from which meanings stand beside the names
_INDENT: Final = 56  # of these, on such a terminal: most names with their types are shorter
_LEAST: Final = 60  # columns: no narrower, since the names are as long

INTRODUCTION: Final = """\
# The fields of records

Each field that a file can set, by the name that it has as a column of a table and as a target of a
[mapping](mappings.md). A position in a list stands as `0`: the second topic is `topics.1`. In YAML, JSON and over HTTP
objects hold each other instead: `speaker.name` is `{"speaker": {"name": …}}`.

A table has texts in its cells: a column for each part of an object, and for each element of a list. A mapping may also
give a whole list or object.

(`onrecord mapping fields` prints this list, `onrecord mapping fields claim --json` the JSON Schema of a claim. This
page is made by `onrecord mapping fields --markdown > docs/fields.md`.)
"""


def value_text(value: object) -> str:
    """An example: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def plain_lines(records: Sequence[RecordKind]) -> Iterator[str]:
    """One line for each field, whole, for pipes: `grep` finds a field with all that is said of it."""
    for record in records:
        rows = [
            (f"{record}: {name}" if len(records) > 1 else name, told, meaning) for name, told, meaning in _rows(record)
        ]
        widths = [max(len(row[at]) for row in rows) for at in (0, 1)]
        yield from (f"{name:{widths[0]}}  {told:{widths[1]}}  {meaning}" for name, told, meaning in rows)


def _rows(record: RecordKind) -> Iterator[tuple[str, str, str]]:
    yield from ((target.name, target.type, _meaning(target)) for target in targets_of(record))


def _meaning(target: Target) -> str:
    choices = f" One of {', '.join(target.choices)}." if target.choices else ""
    return f"{target.meaning}{choices} Example: {value_text(target.example)}"


def terminal_lines(records: Sequence[RecordKind], width: int) -> Iterator[str]:
    """The fields for a terminal that is so many columns wide; a blank line before each group of fields."""
    width = max(width, _LEAST)
    for record in records:
        yield f"The fields of a {record}:"
        indent = _INDENT if width >= WIDE else 4
        for _, group in groupby(_rows(record), key=lambda row: row[0].partition(".")[0]):
            yield ""
            for row in group:
                yield from _lines_of(*row, indent, width)
        yield ""


def _lines_of(name: str, told: str, meaning: str, indent: int, width: int) -> Iterator[str]:
    """A field with its meaning beside it where there is room, else below it."""
    head = f"{name}  {told}"
    lines = textwrap.wrap(meaning, width - indent - 1, break_on_hyphens=False)
    if indent > len(head) + 1:
        yield f"{head:{indent}}{lines.pop(0)}"
    else:
        yield head
    yield from (" " * indent + line for line in lines)


def markdown_page(records: Iterable[RecordKind]) -> str:
    """The page docs/fields.md."""
    parts = [INTRODUCTION]
    for record in records:
        parts.append(f"\n## {record.capitalize()}\n\n| field | type | meaning | example |\n| --- | --- | --- | --- |\n")
        parts.extend(
            f"| `{target.name}` | {target.type} | {_with_choices(target)} | `{value_text(target.example)}` |\n"
            for target in targets_of(record)
        )
    return "".join(parts)


def _with_choices(target: Target) -> str:
    return target.meaning + (f" One of {', '.join(f'`{one}`' for one in target.choices)}." if target.choices else "")
