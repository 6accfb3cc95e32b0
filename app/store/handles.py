"""What speakers, sources and metrics are found by besides id and key: names, identifiers, addresses."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select

from app.store import models
from app.store.index import folded
from app.store.render import Doc


def handles_of(prefix: str, doc: Doc) -> set[str]:
    """What a record is found by besides id and key: folded names, identifiers, address, fingerprint."""
    if not doc:
        return set()
    match prefix:
        case "spk":
            identifiers = {f"{scheme}\x1f{value}" for scheme, value in doc["identifiers"].items()}
            return identifiers | {folded(name) for name in (doc["name"], *doc["aliases"])}
        case "src":
            return ({f"url\x1f{doc['url']}"} if doc["url"] else set()) | ({fingerprint(doc)} if doc["title"] else set())
        case _:
            return {folded(doc["name"])}


def own_handles(prefix: str, doc: Doc) -> dict[str, str]:
    """The handles that no two records share, with their field: identifiers, an address, a metric's name."""
    fields = {"spk": "identifiers", "src": "url", "met": "name"}
    found = sorted(handles_of(prefix, doc))
    return {handle: fields[prefix] for handle in found if "\x1f" in handle or prefix == "met"}


def find_handle(prefix: str, handle: str) -> Any:
    """The statement that gives the numbers of the current records with a handle."""
    scheme, _, value = handle.partition("\x1f")
    match prefix, bool(value):
        case "spk", True:
            known = models.SpeakerIdentifier
            return select(known.speaker_id).where(known.scheme == scheme, known.value == value, known.until.is_(None))
        case "spk", False:
            name = models.SpeakerName
            return select(name.speaker_id).where(name.folded == handle, name.until.is_(None))
        case "src", True:
            return select(models.Source.id).where(models.Source.url == value, models.Source.until.is_(None))
        case "src", False:
            return select(models.Source.id).where(models.Source.fingerprint == handle, models.Source.until.is_(None))
        case _:
            return select(models.Metric.id).where(models.Metric.folded == handle, models.Metric.until.is_(None))


def fingerprint(fields: Doc) -> str:
    """What makes two sources without an address the same: title, publisher and date of publication, folded."""
    published = (fields.get("published_on") or {}).get("edtf") or ""
    parts = (fields.get("title") or "", fields.get("publisher") or "", published)
    return hashlib.sha256("\x1f".join(folded(part) if part else "" for part in parts).encode()).hexdigest()
