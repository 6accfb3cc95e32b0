"""How long the read path is, beside its predecessor: `.venv/bin/python -m bench.lines`."""

from __future__ import annotations

from functools import cache

from bench.builds import BEFORE, git
from bench.data import ROOT

ROOMS = ("app/store/index", "app/store/search")
OLD = (
    "index facts index_terms ranges search asking clauses conditions elements formula lookups measures orders plans"
    " sorting pages views export notes near_names suggest lists handles packed positions shelf statements memory"
)  # modules of the predecessor in app/store
# Not what the predecessor had none of: the feed of changes, what a revision touched, purges, relations from both ends.
LATER = "feed feed_rows feed_places touched past_suggestions removing related"


def share() -> float | None:
    """The lines of the read path to those of its predecessor; None where the repository does not reach back to it."""
    before = _before()
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py") if file.stem not in LATER.split()]
    today = sum(_lines(file.read_text()) for file in files)
    return today / before if before else None


@cache
def _before() -> int:
    return sum(_lines(git("show", f"{BEFORE}:app/store/{name}.py")) for name in OLD.split())


def _lines(text: str) -> int:
    return len(text.splitlines())


if __name__ == "__main__":
    print(share())
