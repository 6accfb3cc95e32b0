"""YAML → plain values, with the line of each. Scalars are text, save null, true and false."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from app.errors import BadValue

MAX_DEPTH = 40
PLAIN = {"null": None, "~": None, "": None, "true": True, "false": False}

Path = tuple[str | int, ...]


@dataclass
class Located:
    """A value, and the line (from 1) at which each part of it begins."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of the nearest part that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class BadYaml(BadValue):
    """A text that is no YAML of ours. line: from 1; path: the way to the place."""

    def __init__(self, message: str, line: int, path: Path = ()) -> None:
        super().__init__(message)
        self.line = line
        self.path = path


def read_yaml(text: str) -> Located:
    """The one document in a YAML text. Raises BadYaml for broken YAML, doubled keys, anchors, and depth over 40."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", column {mark.column + 1}" if mark else ""
        raise BadYaml(f"broken YAML: {error.problem}{where}", mark.line + 1 if mark else 1) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise BadYaml(f"broken YAML: the character U+{ord(text[error.position]):04X} is not allowed", line) from None
    located = Located()
    if node is not None:
        located.value = _value(node, (), located.lines, set())
    return located


def _value(node: yaml.Node, path: Path, lines: dict[Path, int], seen: set[int]) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if id(node) in seen:
        raise BadYaml("an alias (*name) is not carried; write the value out", line, path)
    seen.add(id(node))
    if len(path) > MAX_DEPTH:
        raise BadYaml(f"nested more than {MAX_DEPTH} deep", line, path)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, n), lines, seen) for n, item in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)  # noqa: S101  # the third and last kind of node
    return _mapping(node, path, lines, seen)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int], seen: set[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BadYaml("a key that is a list or a mapping", key.start_mark.line + 1, path)
        name = str(key.value)
        if name in found:
            raise BadYaml(f"the key {name} stands twice", key.start_mark.line + 1, (*path, name))
        found[name] = _value(item, (*path, name), lines, seen)
        lines[(*path, name)] = key.start_mark.line + 1
    return found


def _scalar(node: yaml.ScalarNode) -> str | bool | None:
    text = str(node.value)
    return PLAIN[text] if not node.style and text in PLAIN else text
