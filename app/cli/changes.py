"""Sentences about what a revision changed."""

from __future__ import annotations


def stored_as(revision: int, changes: dict[str, int]) -> str:
    """`stored as revision 3: 2 claims created, 1 claim updated`; changes as revisions have them."""
    return f"stored as revision {revision}: {counted(changes)}"


def counted(changes: dict[str, int]) -> str:
    """The counts of what changed, in the order of the alphabet."""
    return ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in sorted(changes.items()))
