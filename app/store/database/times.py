"""Moments as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime


def stored_time(moment: datetime) -> str:
    """A moment as it is stored: UTC with microseconds, so that the order of texts is that of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
