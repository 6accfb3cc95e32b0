"""Advice of messages, for rows of tables: a table has a column for each part of an object, and no objects."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from app.errors import Problem

# As messages write objects; in quotation marks stands what somebody gave.
_OBJECT: Final = re.compile(r"(?<!')\{(\w+): ([^{}]*)\}(?!')")
_ANY: Final = ("field", "name"), "value"  # {field: value} stands for any object
_PARTS: Final = {"speaker": ("key", "name"), "source": ("key", "url", "title")}  # by the last step of their columns


def in_columns(problem: Problem, column: str) -> Problem:
    """The problem of a row of a table, with columns where its detail tells objects. column: that of the problem.

    `{key: …}` becomes `speaker.key`, and `{key: ann}` `ann in speaker.key`. Where a whole speaker or source is missing,
    the columns that it may have are named.
    """
    parts = [f"{column}.{part}" for part in _PARTS.get(column.rpartition(".")[2], ())]

    def told(found: re.Match[str]) -> str:
        name, value = found.groups()
        if name in _ANY[0] and value == _ANY[1]:
            return "its parts are columns of their own" + (f", such as {', '.join(parts)}" if parts else "")
        return f"{column}.{name}" if value == "…" else f"{value} in {column}.{name}"

    detail = _OBJECT.sub(told, problem.detail)
    hints = problem.did_you_mean or (tuple(parts) if problem.code == "missing" else ())
    return replace(problem, detail=detail, did_you_mean=hints)
