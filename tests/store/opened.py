"""Files as they are opened: unpacked, or out of an archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import open_file


def read(path: Path) -> bytes:
    with open_file(path) as stream:
        return stream.read()


def fault(path: Path) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(BadFile) as caught:
        read(path)
    return str(caught.value)
