"""A claim as one row of a table: dotted columns such as `roles.0.title`, with list positions from 0.

Columns to write follow from ClaimOut, columns to read from ClaimIn, so that no field can be forgotten. A cell is text:
decimals as in the JSON, true and false as words, null as the empty cell. An empty cell reads as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from app.domain.record.field_paths import POSITION, Places, dotted
from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.model_fields import fields_in_order as _in_order
from app.domain.record.records_in import SHORT_FORMS
from app.domain.record.records_out import ClaimOut
from app.errors import BadValue, FieldPath, Problem

MAX_FAULTS = 50  # faults of one header that are reported

ColumnTree = dict[str | int, "ColumnTree | int"]  # the steps of the columns; a leaf is the number of its column

COLUMNS = Places("claim", "column", of_texts=True)

_ELEMENT = "[]"


def _lists(annotation: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    kind = bare_type(annotation)
    if get_origin(kind) is list:
        yield path
        yield from _lists(get_args(kind)[0], (*path, _ELEMENT))
    elif is_model(kind):
        for name in _in_order(kind):
            yield from _lists(kind.model_fields[name].annotation, (*path, name))


def _measure(path: tuple[str, ...]) -> Callable[[Any], int]:
    """Gives the greatest length that the list at the path has in a document."""
    step, *rest = path
    if not rest:
        return lambda value: len(value[step] or ())
    inner = _measure(tuple(rest[1:] if rest[0] == _ELEMENT else rest))
    if rest[0] == _ELEMENT:
        return lambda value: max(map(inner, value[step]), default=0) if value[step] else 0
    return lambda value: inner(value[step]) if value[step] else 0


LISTS = tuple(_lists(ClaimOut))  # the lists of a claim's document, in its order
_MEASURES = tuple(_measure(path) for path in LISTS)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long the lists of claims get, in the order of LISTS. `a | b` is the greater of each."""

    lengths: tuple[int, ...] = (0,) * len(LISTS)

    def __or__(self, other: Sizes) -> Sizes:
        return self if self.lengths == other.lengths else Sizes(tuple(map(max, self.lengths, other.lengths)))


def sizes_of(doc: Mapping[str, Any]) -> Sizes:
    """How long the lists of a claim's document are; those inside a list's elements at their longest."""
    return Sizes(tuple([measure(doc) for measure in _MEASURES]))


def columns_of(sizes: Sizes) -> list[str]:
    """The header of a table of claims: every field of ClaimOut in the order of documents, lists as long as `sizes`."""
    return list(_columns(ClaimOut, (), (), dict(zip(LISTS, sizes.lengths, strict=True))))


def columns_without_lists(model: type[BaseModel]) -> list[str]:
    """The columns of a table of another model, which has no lists: the same whatever the result."""
    return list(_columns(model, (), (), {}))


def _columns(
    annotation: Any, path: FieldPath, within: tuple[str, ...], lengths: Mapping[tuple[str, ...], int]
) -> Iterator[str]:
    kind = bare_type(annotation)
    if get_origin(kind) is list:
        for at in range(lengths[within]):
            yield from _columns(get_args(kind)[0], (*path, at), (*within, _ELEMENT), lengths)
    elif is_model(kind):
        for name in _in_order(kind):
            yield from _columns(kind.model_fields[name].annotation, (*path, name), (*within, name), lengths)
    else:
        yield dotted(path)


def row_writer(columns: Sequence[str]) -> Callable[[Mapping[str, Any]], list[str]]:
    """Gives the function from a claim's document (decoded with exact decimals) to its cells under these columns.

    Cells are written as they are: one that begins with = or + gets no apostrophe before it, which spreadsheets would
    hide and importing would keep. Exported cells can be imported unchanged.
    """
    tree: ColumnTree = {}
    for at, name in enumerate(columns):
        _plant(tree, tuple(int(step) if POSITION.fullmatch(step) else step for step in name.split(".")), at)
    width = len(columns)

    def write(doc: Mapping[str, Any]) -> list[str]:
        row = [""] * width
        _fill(doc, tree, row)
        return row

    return write


def _fill(value: Any, tree: ColumnTree, row: list[str]) -> None:
    if type(value) is list:
        value = dict(enumerate(value))
    for step, inner in tree.items():
        found = value.get(step)
        if found is None:
            continue
        if type(inner) is int:
            row[inner] = found if type(found) is str else text_of(found)
        else:
            _fill(found, inner, row)  # type: ignore[arg-type]  # all but leaves are trees


def text_of(value: Any) -> str:
    """The cell for a value."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plant(tree: ColumnTree, steps: FieldPath, at: int) -> str | None:
    """Add a column to the tree. Gives what is in its way, if anything is."""
    for n, step in enumerate(steps[:-1], 1):
        inner = tree.setdefault(step, {})
        if isinstance(inner, int):
            return f"{dotted(steps[:n])} is a column as well; give the whole or its parts, not both"
        tree = inner
    other = tree.setdefault(steps[-1], at)
    if isinstance(other, int):
        return None if other == at else "this column stands here twice"
    return "parts of it are columns as well; give the whole or its parts, not both"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file of claims. Nameless ones are let pass, as long as their cells are empty."""

    names: tuple[str, ...]
    nameless: tuple[int, ...]
    tree: ColumnTree

    def name(self, cells: Sequence[str]) -> dict[str, Any]:
        """The fields of a claim that a row sets: for an object its fields; for a list (position, value) pairs. A cell
        is a text, None where it is empty. cells: one for each name.
        """
        named: dict[str, Any] = _name(self.tree, cells)
        return named

    def column_at(self, path: FieldPath) -> str:
        """The column of a place in the columns, or the nearest to it: `role` for ("roles", 0, "title")."""
        tree: ColumnTree | int = self.tree
        told: list[str | int] = []
        rest = list(self._as_written(path, ["x"] * len(self.names)))
        while rest and isinstance(tree, dict):
            told.append(step := rest.pop(0))
            if step not in tree:
                return dotted([*told, *rest])
            tree = tree[step]
        return dotted(told) if isinstance(tree, dict) else self.names[tree]

    def column_of(self, path: FieldPath, cells: Sequence[str]) -> str:
        """The column that a place in the checked claim was read from: `role` for ("roles", 0, "title").

        Where no column is as deep as the path, the nearest; where one is missing, its name.
        """
        tree: ColumnTree | int = self.tree
        told: list[str | int] = []
        rest = list(self._as_written(path, cells))
        while rest and isinstance(tree, dict):
            step = rest.pop(0)
            if isinstance(step, int):
                given = [at for at, inner in tree.items() if _any(inner, cells)]
                step = given[step] if step < len(given) else step
            told.append(step)
            if step not in tree:
                return dotted([*told, *rest])
            tree = tree[step]
        return dotted(told) if isinstance(tree, dict) else self.names[tree]

    def _as_written(self, path: FieldPath, cells: Sequence[str]) -> FieldPath:
        """The path with the short forms that this row has."""
        short = {"roles": ("role",), "citations": ()}.get(str(path[0])) if path[1:2] == (0,) else None
        if short is None or any(name == path[0] and _any(inner, cells) for name, inner in self.tree.items()):
            return path
        forms = SHORT_FORMS[:1] if short else SHORT_FORMS[1:]
        return (*short, *path[2:]) if any(name in self.tree for name in forms) else path


def _name(tree: ColumnTree, cells: Sequence[str]) -> Any:
    named = [
        (step, (cells[inner] or None) if type(inner) is int else _name(inner, cells))  # type: ignore[arg-type]  # a tree
        for step, inner in tree.items()
    ]
    return list(map(list, named)) if type(named[0][0]) is int else dict(named)


def _any(tree: ColumnTree | int, cells: Sequence[str]) -> bool:
    return bool(cells[tree]) if isinstance(tree, int) else any(_any(inner, cells) for inner in tree.values())


def check_header(names: Sequence[str]) -> tuple[Header | None, list[Problem]]:
    """The header that these names make, or None with what is wrong with them.

    Columns are the fields of ClaimIn, its short forms included (`role`, `source.title`, `said_on`, `figures.0.metric`),
    each once, and none beside what it is a part of (`said_on` and `said_on.edtf`). Positions are 0 to 99.
    """
    paths: dict[int, FieldPath] = {}
    faults: dict[int, Problem] = {}
    for at, name in enumerate(names):
        if not name or len(faults) >= MAX_FAULTS:
            continue
        try:
            paths[at] = COLUMNS.path_of(name)
        except BadValue as error:
            faults[at] = Problem((name[:80],), "unknown-field", str(error), error.suggestions)
    tree: ColumnTree = {}
    for at, steps in _of_first_elements(paths).items():
        if in_the_way := _plant(tree, steps, at):
            faults[at] = Problem((names[at],), "duplicate", in_the_way)
    problems = [faults[at] for at in sorted(faults)][:MAX_FAULTS]
    if not tree and not problems:
        problems.append(Problem((), "missing", "the header names no column; it is to be like key,speaker.name,quote"))
    if problems:
        return None, problems
    return Header(tuple(names), tuple(at for at, name in enumerate(names) if not name), _sorted(tree)), []


def _of_first_elements(paths: dict[int, FieldPath]) -> dict[int, FieldPath]:
    """The paths, with those of short forms that stand beside the columns of their list as parts of its first element:
    `source.url` beside `citations.1.source.url`. They stay as they are where one of them is a column of that, too.
    """
    for name, forms in (("roles", SHORT_FORMS[:1]), ("citations", SHORT_FORMS[1:])):
        long = {steps for steps in paths.values() if steps[0] == name}
        short = {
            at: (name, 0, *(steps if name == "citations" else steps[1:] or ("title",)))
            for at, steps in paths.items()
            if steps[0] in forms
        }
        above = {steps[:n] for steps in long for n in range(len(steps) + 1)}
        doubled = any(steps in above or any(steps[:n] in long for n in range(len(steps))) for steps in short.values())
        if long and not doubled:
            paths = paths | short
    return paths


def _sorted(tree: ColumnTree) -> ColumnTree:
    """The tree with its list positions in order."""
    steps = sorted(tree, key=lambda step: step if isinstance(step, int) else 0)
    return {step: inner if isinstance(inner := tree[step], int) else _sorted(inner) for step in steps}
