"""Scopes of the keys that requests carry."""

from __future__ import annotations

from typing import Final

INCLUDED: Final = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "text": frozenset({"read", "text"}),  # texts of sources, whole
    "admin": frozenset({"read", "write", "text", "admin"}),
}  # each with what it may do beside
SCOPES: Final = tuple(INCLUDED)
