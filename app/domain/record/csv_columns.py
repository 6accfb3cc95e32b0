"""A claim as one row of a table: dotted columns such as `roles.0.title`, with list positions from 0.

Columns to write follow from ClaimOut, columns to read from ClaimIn, so that no field can be forgotten. A cell is text:
decimals as in the JSON, true and false as words, null as the empty cell. An empty cell reads as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.model_fields import fields_in_order as _in_order
from app.domain.record.records_in import (
    MAX_AUTHORS,
    MAX_LIST,
    SHORT_FORMS,
    CitationIn,
    ClaimIn,
    DateIn,
    Reference,
    RoleIn,
)
from app.domain.record.records_out import ClaimOut
from app.domain.record.synonyms import meant_by
from app.errors import BadValue, FieldPath, Problem, near

MAX_FAULTS = 50  # faults of one header that are reported

ColumnTree = dict[str | int, "ColumnTree | int"]  # the steps of the columns; a leaf is the number of its column

_POSITION = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_ELEMENT = "[]"
_NAMES_OF = {"speaker": ("name",), "source": ("title", "url")}  # of references whose short form is no name


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
        yield _dotted(path)


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))


def row_writer(columns: Sequence[str]) -> Callable[[Mapping[str, Any]], list[str]]:
    """Gives the function from a claim's document (decoded with exact decimals) to its cells under these columns.

    Cells are written as they are: one that begins with = or + gets no apostrophe before it, which spreadsheets would
    hide and importing would keep. Exported cells can be imported unchanged.
    """
    tree: ColumnTree = {}
    for at, name in enumerate(columns):
        _plant(tree, tuple(int(step) if _POSITION.fullmatch(step) else step for step in name.split(".")), at)
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
            return f"{_dotted(steps[:n])} is a column as well; give the whole or its parts, not both"
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
                return _dotted([*told, *rest])
            tree = tree[step]
        return _dotted(told) if isinstance(tree, dict) else self.names[tree]

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
                return _dotted([*told, *rest])
            tree = tree[step]
        return _dotted(told) if isinstance(tree, dict) else self.names[tree]

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
            paths[at] = _steps_of(name)
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


def _steps_of(name: str) -> FieldPath:
    """The path that a column's name stands for. Raises BadValue where ClaimIn has no such place."""
    kind: Any = ClaimIn
    steps: list[str | int] = []
    rest = name.split(".")
    while rest:
        origin = get_origin(kind)
        if origin is dict:  # names that are free may hold dots; a number behind them is a position
            last = rest.pop() if len(rest) > 1 and _POSITION.fullmatch(rest[-1]) else None
            steps.append(".".join(rest))
            return (*steps, _position(last, steps, ())) if last else tuple(steps)
        step = rest.pop(0)
        if origin is list:
            steps.append(_position(step, steps, rest))
            kind = bare_type(get_args(kind)[0])
            continue
        fields = _fields(kind)
        if step not in fields:
            raise _unknown(name, steps, step, rest, fields)
        steps.append(step)
        kind = bare_type(fields[step])
    _check_end(kind, name)
    return tuple(steps)


def _fields(kind: Any) -> dict[str, Any]:
    if not is_model(kind):
        return {}
    short = {"role": RoleIn} | {name: CitationIn.model_fields[name].annotation for name in SHORT_FORMS[1:]}
    return {name: field.annotation for name, field in kind.model_fields.items()} | (short if kind is ClaimIn else {})


def _position(step: str, steps: Sequence[str | int], rest: Sequence[str]) -> int:
    where = _dotted(steps)
    if not _POSITION.fullmatch(step):
        right = [where, "0", *rest] if step.isdigit() else [where, "0", step, *rest]
        raise BadValue(f"{where} is a list: its positions are numbered 0, 1, 2, …", (_dotted(right),))
    most = MAX_AUTHORS if steps[-1] == "authors" else MAX_LIST
    if len(step) > 4 or int(step) >= most:
        raise BadValue(f"{where} has at most {most} positions, 0 to {most - 1}")
    return int(step)


def _unknown(
    name: str, steps: Sequence[str | int], step: str, rest: Sequence[str], fields: Mapping[str, Any]
) -> BadValue:
    if not fields:
        beside = _dotted([*steps[:-1], step, *rest])
        return BadValue(f"{_dotted(steps)} has no parts", (beside if _is_column(beside) else _dotted(steps),))
    meant = [_dotted([*steps, *path]) for path in _meant(step, rest, None if steps else _known(), fields)]
    hints = [_dotted([*steps, hint, *rest]) for hint in near(step, fields)]
    found = [hint for hint in meant if _is_column(hint)] or _alike(name, [hint for hint in hints if _is_column(hint)])
    named = [column for hint in found for column in _by_name(hint)]
    return BadValue("there is no such column", tuple(dict.fromkeys(named))[:3])


def _by_name(hint: str) -> Sequence[str]:
    """Suggestions for a column that holds only ids: the columns of its name."""
    above, dot, last = hint.rpartition(".")
    return [f"{above}{dot}{last}.{part}" for part in _NAMES_OF.get(last, ())] or [hint]


def _meant(
    step: str, rest: Sequence[str], columns: Sequence[str] | None, fields: Mapping[str, Any]
) -> Iterator[Sequence[str]]:
    """Meanings of a step in everyday words: another field there, or at the top a column of its own."""
    for meaning in meant_by(step, columns or fields):
        *above, last = meaning.split(".")
        yield (*above, last) if last in rest else (*above, last, *rest)
    if columns:
        yield from ((field, *rest) for field in meant_by(step, fields))


def _alike(name: str, hints: Sequence[str]) -> Sequence[str]:
    """Columns that the name may mean: with other marks between its words, by the hints, as a last word, or so spelt."""
    words = re.sub(r"[\W_]+", ".", name[:100]).strip(".").lower()
    same = [known for known in _known() if known.replace("_", ".") == words]
    return same or hints or [known for known in _known() if known.endswith(f".{words}")] or near(name, _known())


def _is_column(name: str) -> bool:
    try:
        _steps_of(name)
    except BadValue:
        return False
    return True


@cache
def _known() -> tuple[str, ...]:
    """Columns to suggest: those of a claim with one of everything, and the short forms."""
    fields = _fields(ClaimIn)
    parts = [f"{form}.{part}" for form in SHORT_FORMS for part in _fields(bare_type(fields[form]))]
    names = [name for name in (*fields, *parts) if _is_column(name)]
    return tuple(dict.fromkeys([*names, *columns_of(Sizes((1,) * len(LISTS)))]))


def _check_end(kind: Any, name: str) -> None:
    """Nothing but a text stands in a cell: a scalar, or the short form of an object."""
    if get_origin(kind) is list:
        raise BadValue("this is a list: its positions are numbered 0, 1, 2, …", (f"{name}.0",))
    if get_origin(kind) is dict:
        raise BadValue(f"this is an object: name its parts, as in {name}.wikidata")
    if is_model(kind) and not issubclass(kind, DateIn | RoleIn | Reference):
        parts = ", ".join(f"{name}.{field}" for field in list(kind.model_fields)[:3])
        raise BadValue(f"this is an object: name its parts, as in {parts}")
