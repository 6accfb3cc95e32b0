"""An app that cannot be made. The process that is to serve it imports this file, and nothing else of the tests."""

from __future__ import annotations

from typing import NoReturn


def fail() -> NoReturn:
    """Make it."""
    raise RuntimeError("as it is")
