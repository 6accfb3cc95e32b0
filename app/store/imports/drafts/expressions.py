"""The templates that a draft proposes for columns, and what is to be said of them."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from app.store.imports.drafts.columns import Column, example
from app.store.imports.drafts.date_forms import PIVOT, DatesSeen, read_by
from app.store.imports.drafts.number_marks import number_marks

LONGEST_TURNED: Final = 5  # words of a name that is turned
_TURNED: Final = re.compile(r"[^,]+, ?[^,]+")  # Lee, Ann


class Proposed(NamedTuple):
    """A template. notes: comments behind it. to_do: what a person has to decide, "" for nothing; a template that waits
    for it and is_off stands in the draft as a comment.
    """

    template: str
    notes: tuple[str, ...] = ()
    to_do: str = ""
    is_off: bool = False


def template(expression: str) -> str:
    """A value of a mapping that is one expression, as YAML."""
    return json.dumps(f"{{{{ {expression} }}}}", ensure_ascii=False)


def filled(column: Column) -> str:
    """The expression of a column, without the words that it has in place of nothing."""
    words = ", ".join(map(repr, column.unsaid))
    return f"{column.expression} | null({words})" if words else column.expression


def propose(column: Column, kind: str) -> Proposed:
    """The template of a column for a target of a type."""
    are_texts = all(isinstance(value, str | list) for value in column.values)
    if kind == "date (EDTF)":
        return _date(column)
    if kind in ("number", "seconds", "whole number"):
        return _number(column)
    if kind in ("list of texts", "text, or list of texts") and column.separator:
        return Proposed(template(f"{filled(column)} | split({column.separator!r})"))
    if kind in ("list of texts", "text, or list of texts") and any(isinstance(one, list) for one in column.values):
        return Proposed(template(filled(column)))
    return Proposed(template(filled(column) if are_texts else f"{filled(column)} ~ ''"))  # numbers become texts


def turned(column: Column) -> str:
    """The template that turns names which stand in a column as `Lee, Ann`, as YAML; "" where they do not."""
    alike = [text for text in column.sample if _TURNED.fullmatch(text) and len(text.split()) <= LONGEST_TURNED]
    if not column.sample or len(alike) * 2 <= len(column.sample):
        return ""
    expression = f"{filled(column)} | regex('^([^,]+), *([^,]+)$', '\\2 \\1')"
    return "'" + f"{{{{ {expression} }}}}".replace("'", "''") + "'"


def _number(column: Column) -> Proposed:
    if not any(isinstance(value, str) for value in column.values):
        return Proposed(template(filled(column)))
    marks = number_marks(column.sample)
    parameters = f"({marks.parameters})" if marks.parameters else ""
    notes = (marks.note,) if marks.note else ()
    return Proposed(template(f"{filled(column)} | number{parameters}"), notes, marks.to_do)


def _date(column: Column) -> Proposed:
    seen = column.dates
    if seen is None:  # years alone
        are_texts = all(isinstance(value, str) for value in column.values)
        return Proposed(template(filled(column) if are_texts else f"{filled(column)} | date"))
    notes = _unread(seen)
    if seen.unit:
        return Proposed(template(f"{filled(column)} | epoch({seen.unit!r})"), notes)
    if not seen.formats:
        return Proposed(template(f"{filled(column)} | date" if seen.timed else filled(column)), notes)
    if seen.is_yearless:
        return _yearless(column, seen, notes)
    if seen.choices:
        return _ambiguous(column, seen, notes)
    if seen.is_short:
        to_do = "the century of years with two digits: pivot is the first year that they may be"
        return Proposed(_with(column, seen.formats, seen), notes, to_do)
    return Proposed(_with(column, seen.formats, seen), notes)


def _with(column: Column, formats: tuple[str, ...], seen: DatesSeen, more: str = "") -> str:
    options = "" if seen.language == "en" else f", locale={seen.language!r}"
    options += f", pivot={PIVOT}" if any("%y" in one for one in formats) else ""
    return template(f"{filled(column)} | date({', '.join(map(repr, formats))}{more}{options})")


def _yearless(column: Column, seen: DatesSeen, notes: tuple[str, ...]) -> Proposed:
    to_do = "the year, which the values lack: write it in place of YEAR, or take it from elsewhere; it is never guessed"
    return Proposed(_with(column, seen.formats, seen, ", year=YEAR"), notes, to_do, is_off=True)


def _ambiguous(column: Column, seen: DatesSeen, notes: tuple[str, ...]) -> Proposed:
    """Both formats stand: a value that they read differently is then an error, and not guessed."""
    value = next((text for text in column.sample if _differs(text, seen)), column.sample[0])
    first, second = (f"{form} reads {example(value)} as {read_by(value, form, seen.language)}" for form in seen.choices)
    formats = tuple(dict.fromkeys((*seen.formats, *seen.choices)))
    to_do = f"day or month first: {first}, {second}; keep the one that is right"
    return Proposed(_with(column, formats, seen), notes, to_do)


def _differs(text: str, seen: DatesSeen) -> bool:
    one, other = (read_by(text, form, seen.language) for form in seen.choices)
    return bool(one and other) and one != other


def _unread(seen: DatesSeen) -> tuple[str, ...]:
    if not seen.unread:
        return ()
    told = ", ".join(map(example, seen.unread[:3]))
    return (f"not read so, and rejected: {told}" + (", …" if len(seen.unread) > 3 else ""),)
