"""Names of files in reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

NameOf: TypeAlias = Callable[[Path], str]


def name_of_path(path: Path) -> str:
    """The path itself; bytes of it that are not UTF-8 as escapes."""
    return str(path).encode(errors="backslashreplace").decode()
