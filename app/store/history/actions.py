"""The words for what a revision did to a record."""

from __future__ import annotations

from typing import Final

from app.domain.record.actions import Action

RENDERED: Final = "rendered"


def action_of(version: int, status: str, version_before: int | None, status_before: str | None) -> Action:
    """The action that wrote a version. version_before, status_before: of the version that it replaced; None where
    the record had none then. Records without a status are always active."""
    if version_before is None:
        return "created" if version == 1 else "revived"
    if version == version_before:
        return "rendered"
    if status != status_before:
        return "retracted" if status == "retracted" else "restored"
    return "updated"
