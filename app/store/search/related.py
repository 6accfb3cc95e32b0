"""The claims that name a claim in their relations."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from app.domain.query.registry import PARAMETERS, Condition
from app.domain.query.tree import Some
from app.domain.record.records_in import parse_id
from app.store.records.document import Doc, decode
from app.store.search.matches import Search, find_claims
from app.store.search.records import Asked, read_record

MOST: Final = 100  # claims that are shown


def read_related(connection: Connection, claim_id: str, as_of: int | datetime | None = None) -> tuple[Doc, str]:
    """The relations of a claim from both ends, as RelatedOut has them, and the mark of the revision that they were read
    at. Raises what read_record does.
    """
    claim = decode(read_record(connection, "clm", claim_id, Asked(as_of)).document)
    naming = Condition(PARAMETERS["related_to"], (parse_id(claim["id"], "clm"),))
    page = find_claims(connection, Search(Some("relation", naming), "recorded_at", MOST, as_of=as_of))
    others = [decode(text) for text in page.documents.split(b",\n")] if page.documents else []
    related = {"id": claim["id"], "key": claim["key"], "relations": claim["relations"]}
    related["related_from"] = [
        {"type": relation["type"], "claim": other["id"], "key": other["key"]}
        for other in others
        for relation in other["relations"]
        if relation["claim"] == claim["id"]
    ]
    total = page.total.value if page.total else len(others)
    return related | {"related_from_total": total, "revision": page.revision}, page.mark
