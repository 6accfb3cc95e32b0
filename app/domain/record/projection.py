"""The fields of a claim that an answer has: `fields=id,speaker.name,figures.value`."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from app.domain.record.records_out import ClaimOut
from app.errors import BadValue, near

MAX_FIELDS = 100
FieldTree: TypeAlias = "dict[str, FieldTree]"  # the wanted fields, each with those inside of it; empty for all of it


def parse_fields(text: str) -> FieldTree:
    """The tree of a list of dotted paths; a path through a list is one of each of its elements. Raises BadValue."""
    paths = [path.strip() for path in text.split(",")]
    if len(paths) > MAX_FIELDS:
        raise BadValue(f"{len(paths):,} fields; at most {MAX_FIELDS} are given")
    tree: FieldTree = {}
    for path in paths:
        if path not in _known():
            raise BadValue(f"{path[:80]!r} is no field of a claim", near(path, _known()))
        _plant(tree, path.split("."))
    return tree


def _plant(tree: FieldTree, steps: list[str]) -> None:
    """Add a path; what is wanted whole stays whole."""
    for n, step in enumerate(steps):
        if step in tree and not tree[step]:
            return
        tree = tree.setdefault(step, {})
        if n == len(steps) - 1:
            tree.clear()


def project(value: Any, tree: FieldTree) -> Any:
    """The wanted fields of a document, in the document's order."""
    if not tree or value is None:
        return value
    if isinstance(value, list):
        return [project(element, tree) for element in value]
    return {name: project(inner, tree[name]) for name, inner in value.items() if name in tree}


def is_wanted(column: str, tree: FieldTree) -> bool:
    """Whether a column of a table, such as `roles.0.title`, is or lies in a wanted field."""
    for step in column.split("."):
        if step.isdigit() or not tree:
            continue
        if step not in tree:
            return False
        tree = tree[step]
    return True


@cache
def _known() -> dict[str, None]:
    """Every path of a claim."""
    return dict.fromkeys(_paths(ClaimOut))


def _paths(model: type[BaseModel]) -> list[str]:
    found = []
    for name, info in model.model_fields.items():
        inner = _model_in(info.annotation)
        found += [name, *(f"{name}.{path}" for path in (_paths(inner) if inner else ()))]
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, or a list of it, or none."""
    origin = get_origin(annotation)
    if origin in (Annotated, list):
        return _model_in(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
