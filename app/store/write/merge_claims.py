"""Merging duplicate claims: one becomes part of another, which gains what others said of it, and no words.

The content (words, figures, roles, dates) is the survivor's own; two that say different things are no
duplicates. Where it stands, who judged it, what it is about and how it bears on other claims belong to both.
"""

from __future__ import annotations

from typing import Final

from app.domain.record.sent import as_sent
from app.domain.text.tokenizer import fold_name
from app.errors import BadRecord, NotFound
from app.store.records.document import Doc, encode, named
from app.store.write.amending import Given, Stored, current_claims
from app.store.write.compare_records import EMPTY
from app.store.write.not_taken import GAINED, not_taken_of_claim
from app.store.write.writer import Writer

ROW: Final = 0


def merge_claims(writer: Writer, merged_id: str, into_id: str) -> tuple[Doc, Doc]:
    """Merge a claim into another in a revision that is being written; the documents of both before it.

    Raises NotFound, and BadRecord where the two cannot be one. The caller finishes the writer.
    """
    stored = current_claims(writer.connection, [merged_id, into_id])
    old, new = (_current(writer, stored, one) for one in (merged_id, into_id))
    if merged_id == into_id:
        raise BadRecord(f"{named(new)} cannot be merged into itself", code="same-record")
    if new["retraction"] and not old["retraction"]:
        raise BadRecord(
            f"{named(new)} is retracted, and {named(old)} is not: merge the other way", code="contradiction"
        )
    writer.end_merged(stored[merged_id])
    writer.resolver.merges.add(merged_id, into_id)
    members = _gains(as_sent(old), as_sent(new), {old["key"], new["key"]})
    if members:
        writer.put_rows([Given(ROW, None, {"members": {"id": into_id} | members})])
    for problem in not_taken_of_claim(old, new):
        writer.revision.warn(problem)
    return old, new


def _current(writer: Writer, stored: dict[str, Stored], claim_id: str) -> Doc:
    if claim_id in stored:
        return stored[claim_id].doc
    writer.resolver.merges.require_none(claim_id)
    raise NotFound(f"there is no claim {claim_id}")


def _gains(old: Doc, new: Doc, both: set[str]) -> Doc:
    """The lists of the survivor with what it lacks, as a patch names them. both: the keys of the two claims."""
    known = {name: {_identity(one) for one in new[name]} for name in GAINED}
    cited = {citation["source"]["key"] for citation in new["citations"]}
    gains: Doc = {}
    for name in GAINED:
        lacking = [one for one in old[name] if _identity(one) not in known[name]]
        if name == "citations":
            lacking = [one for one in lacking if _says_more(one) or one["source"]["key"] not in cited]
        if name == "relations":
            lacking = [one for one in lacking if one["key"] not in both]
        if lacking:
            gains[name] = [*(one for one in new[name] if name != "relations" or one["key"] not in both), *lacking]
    return gains


def _identity(one: Doc | str) -> str:
    return fold_name(one) if isinstance(one, str) else encode(one)


def _says_more(citation: Doc) -> bool:
    """Whether a citation says more than that the claim stands in the source."""
    own = {name: value for name, value in citation.items() if name not in ("source", "locator")}
    return any(value not in EMPTY for value in (*own.values(), *(citation["locator"] or {}).values()))
