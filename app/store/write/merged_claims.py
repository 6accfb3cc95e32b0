"""Claims that were merged into others: a row of one means the survivor, and changes nothing of it."""

from __future__ import annotations

from app.errors import Problem
from app.store.history.revision import Revision
from app.store.write.amending import Given
from app.store.write.merges import Merges
from app.store.write.outcomes import Outcome, Outcomes


class MergedClaims:
    """Tells the rows of one revision that are of merged claims. outcomes: is given what becomes of them."""

    def __init__(self, revision: Revision, merges: Merges, outcomes: Outcomes) -> None:
        self._revision = revision
        self._merges = merges
        self._outcomes = outcomes

    def without(self, rows: list[Given]) -> list[Given]:
        """The rows without those that name a merged claim, by key or id."""
        if not self._revision.merges:
            return rows
        keys = {one.row: one.key or (one.doc or {}).get("key") for one in rows}
        self._revision.find_keys("clm", [key for key in keys.values() if key])
        left: list[Given] = []
        for one in rows:
            key = keys[one.row]
            found = self._revision.id_of("clm", key) if key else one.id
            left += [] if self.tell(one.row, found) else [one]
        return left

    def tell(self, row: int, claim_id: str | None) -> bool:
        """Whether a claim was merged into another; that is told of the row then."""
        into = claim_id and self._merges.into(claim_id)
        if not claim_id or not into:
            return False
        key = self._revision.key_of_claim
        self._revision.row = row
        merged, survivor = (self._revision.told(one, key(one)) for one in (claim_id, into))
        told = f"{merged} was merged into {survivor}: a row of it changes nothing"
        self._revision.warn(Problem((), "merged", told))
        self._outcomes.add(row, Outcome("unchanged", into, key(into), merged=claim_id))
        return True
