"""Advice of messages, for rows of tables: a table has a column for each part of an object, and no objects."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from app.errors import Problem

_OBJECT: Final = re.compile(r"(\b(?:write|give|or|here:) )\{(\w+): ([^{}]*)\}")  # as advice writes them
_ANY: Final = ("field", "name"), "value"  # {field: value} stands for any object
_PARTS: Final = {"speaker": ("key", "name"), "source": ("key", "url", "title")}  # by the last step of their columns


def in_columns(problem: Problem, column: str) -> Problem:
    """The problem of a row of a table, with columns where its detail tells objects. column: that of the problem.

    `{key: …}` becomes `speaker.key`, and `{key: ann}` `ann in speaker.key`, in the advice behind all quotation marks:
    up to these, and in other braces, may stand what somebody gave. Where a whole speaker or source is missing, the
    columns that it may have are named.
    """
    parts = [f"{column}.{part}" for part in _PARTS.get(column.rpartition(".")[2], ())]

    def told(found: re.Match[str]) -> str:
        before, name, value = found.groups()
        if name in _ANY[0] and value == _ANY[1]:
            shown = f", such as {', '.join(parts)}" if parts else ""
            return f"{before}its parts are columns of their own{shown}"
        return f"{before}{column}.{name}" if value == "…" else f"{before}{value} in {column}.{name}"

    at = 1 + max(map(problem.detail.rfind, "'\""))
    advice = problem.detail[at:]
    is_given = set("{}") & set(_OBJECT.sub("", advice))
    detail = problem.detail if is_given else problem.detail[:at] + _OBJECT.sub(told, advice)
    hints = problem.did_you_mean or (tuple(parts) if problem.code == "missing" else ())
    return replace(problem, detail=detail, did_you_mean=hints)
