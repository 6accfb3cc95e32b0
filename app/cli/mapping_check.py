"""The trial of a mapping, as it is printed: on a terminal in colours, records beside the rows that they come from."""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any, Final

import click

from app.domain.text.controls import shown
from app.settings import wants_color
from app.store.imports.mapping.trial import MadeRecord, Trial, TriedRow, leaves_of
from app.store.imports.report import lines_of
from app.store.records.document import encode

BESIDE: Final = 72  # columns from which there is room for a record beside its row
GAP: Final = " │ "
LINES: Final = 4  # of one value beside others
LONGEST: Final = 300  # characters of a value in a pipe
COLORS: Final = {"head": "cyan", "fault": "red", "warning": "yellow", "good": "green"}


def print_trial(trial: Trial) -> None:
    """Print it: the first rows, all that is wrong, and the sums."""
    printer = _Printer(shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    for row in trial.rows:
        printer.row(row)
    for line in lines_of(trial.warnings, "warning: ", rest=""):
        printer.say(line, "warning")
    for line in lines_of(trial.faults, rest=""):
        printer.say(line, "fault")
    printer.say(_sums(trial), "fault" if trial.faults else "good")


def _sums(trial: Trial) -> str:
    """The sums, in a sentence, as imports have them: of claims, where a record gives several or several give one."""
    made = ", ".join(_counted(count, kind) for kind, count in trial.made.items() if count)
    rows = _counted(trial.read, "record")
    of = f"{rows}, which are all" if trial.is_all else f"the first {rows}"
    if trial.claims != trial.read and trial.made.keys() | trial.wrong.keys() >= {"claim"}:
        of = f"{of}, read as {_counted(trial.claims, 'claim')}"
    defined = "".join(
        f", {_counted(count, kind)} too" for kind, count in trial.wrong.items() if count and kind != "claim"
    )
    return f"of {of}: {made or 'nothing'} made, {trial.skipped:,} skipped, {trial.rejected:,} rejected{defined}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


class _Printer:
    """Prints lines. width: of the terminal; None for a pipe, whose lines are as long as they need to be."""

    def __init__(self, width: int | None) -> None:
        self._width = width
        self._has_colors = width is not None and wants_color()

    def say(self, line: str, color: str | None = None) -> None:
        """A line, without what a terminal would obey."""
        click.echo(self._styled(shown(line), color))

    def _styled(self, text: str, color: str | None) -> str:
        return click.style(text, fg=COLORS[color]) if color and self._has_colors else text

    def row(self, row: TriedRow) -> None:
        """A row with what became of it."""
        self.say(f"{row.file}:{row.line}", "head")
        cells = [(str(name), _value(value)) for name, value in row.values.items()]
        records = [(f"{made.kind}:", _leaves(made)) for made in row.made]
        if self._width is None or self._width < BESIDE:
            self._below(cells, records)
        else:
            self._beside(cells, records, self._width)
        if row.skipped:
            self.say(f"  skipped: {row.skipped}", "warning")
        for notice in [*row.faults, *(one for made in row.made for one in made.told)]:
            is_fault = notice in row.faults or any(notice in made.told and not made.is_right for made in row.made)
            self.say(f"  {'' if is_fault else 'warning: '}{notice.problem}", "fault" if is_fault else "warning")
        click.echo()

    def _below(self, cells: list[tuple[str, str]], records: list[tuple[str, list[tuple[str, str]]]]) -> None:
        """The row, and its records below it."""
        for head, pairs in [("row:", cells), *records]:
            self.say(f"  {head}", "head")
            for name, value in pairs:
                text = value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
                self.say(f"    {name}: {text}")

    def _beside(
        self, cells: list[tuple[str, str]], records: list[tuple[str, list[tuple[str, str]]]], width: int
    ) -> None:
        left_width = (width - len(GAP)) * 2 // 5
        right_width = width - len(GAP) - left_width - 1
        left = list(_wrapped(cells, left_width))
        right = [part for head, pairs in records for part in ((head, "head"), *_wrapped(pairs, right_width))]
        for (one, _), (other, color) in zip_longest(left, right, fillvalue=("", None)):
            click.echo(f"{_padded(one, left_width)}{GAP}{self._styled(other, color)}".rstrip())


def _leaves(made: MadeRecord) -> list[tuple[str, str]]:
    return [(name, _value(value)) for name, value in leaves_of(made.value)]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else encode(value)


def _wrapped(pairs: list[tuple[str, str]], width: int) -> Iterator[tuple[str, str | None]]:
    """Names with values in lines of a width, each value in few of them."""
    for name, value in pairs:
        lines = list(islice(_lines(shown(" ".join(f"{name}: {value}".split())), width - 4), LINES + 1))
        if len(lines) > LINES:
            lines[LINES - 1 :] = [f"{lines[LINES - 1]} …"]
        yield from ((line if n == 0 else f"  {line}", None) for n, line in enumerate(lines))


def _lines(text: str, width: int) -> Iterator[str]:
    """A text in lines of a width, broken at blanks, or anywhere in words that are longer."""
    line, columns = "", 0
    for word in re.findall(r"\S+", text):
        for piece in _pieces(word, width):
            if line and columns + 1 + _columns(piece) > width:
                yield line
                line, columns = "", 0
            line, columns = f"{line} {piece}" if line else piece, columns + bool(line) + _columns(piece)
    yield line


def _pieces(word: str, width: int) -> Iterator[str]:
    piece, columns = "", 0
    for letter in word:
        if columns + _columns(letter) > width:
            yield piece
            piece, columns = "", 0
        piece, columns = piece + letter, columns + _columns(letter)
    yield piece


def _columns(text: str) -> int:
    """The columns of a terminal that a text takes: letters of East Asian scripts two, combining marks none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in ("W", "F") for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def _padded(text: str, width: int) -> str:
    """A text with blanks up to a width."""
    return text + " " * (width - _columns(text))
