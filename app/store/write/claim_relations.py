"""Relations between claims: what a claim names by id or key → the claims that there are, or are part of by now."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.record.records_in import parse_id
from app.store.database.tables import RecordKey
from app.store.history.revision import Revision
from app.store.records.document import Doc
from app.store.write.links import relinked
from app.store.write.merges import Merges
from app.store.write.references import bad


class ClaimRelations:
    """Finds the claims that relations name, within one revision."""

    def __init__(self, revision: Revision, merges: Merges) -> None:
        self._revision = revision
        self._merges = merges
        self._last_before = revision.last_number("clm")

    def of(self, claim_id: str, given: list[Doc], *, last: bool) -> list[Doc] | None:
        """The relations of a claim with ids and keys; None while a claim that they name may still come. One to a claim
        that was merged is to the survivor, which has none to itself. Raises BadRecord for a claim that there is not.
        """
        if not given:
            return []
        relations: list[Doc] = []
        for n, relation in enumerate(given):
            named = self._named(relation, n)
            if named is None:
                if not last:
                    return None
                if purged := self._revision.purge_of_key("clm", relation["key"]):
                    raise bad(f"{purged}: leave the relation out", "purged", "relations", n, "key")
                told = f"there is no claim {relation['key']} {self._revision.door.unknown_claim}"
                raise bad(told, "unknown-claim", "relations", n, "key")
            if named[0] == claim_id:
                raise bad("a claim has no relation to itself", "bad-value", "relations", n)
            relations.append({"type": relation["type"], "claim": named[0], "key": named[1]})
        return relinked(claim_id, relations, self._merges, self._revision.key_of_claim)

    def _named(self, relation: Doc, n: int) -> tuple[str, str] | None:
        """The id and key of the claim that a relation names; its key decides where both are given."""
        if relation["key"] is not None:
            found = self._revision.id_of("clm", relation["key"])
            return (found, relation["key"]) if found else None
        number = parse_id(relation["claim"], "clm") or 0
        if number > self._last_before or self._revision.ended_among("clm", [number]):
            number = 0  # an id of this very import is nobody's to know
        own = select(RecordKey.key).where(RecordKey.type == "clm", RecordKey.id == number)
        key = self._revision.connection.execute(own).scalar()
        if key is None:
            told = f"there is no {relation['claim']}{self._revision.ending(relation['claim'])}"
            raise bad(told, "unknown-id", "relations", n, "claim")
        return relation["claim"], key
