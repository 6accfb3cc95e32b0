"""Document → rows: what the tables hold of a version of a speaker, source or metric."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.domain.record.identifiers import pairs_of
from app.store.database import tables
from app.store.records.days import day_number
from app.store.records.document import Doc, encode
from app.store.records.identity import fingerprint
from app.store.records.names import folded, starts_of
from app.store.records.rows import number_of
from app.store.records.source_identity import address_of, document_of


def rows_of(prefix: str, doc: Doc, number: int = 0) -> Iterator[tuple[Any, Doc]]:
    """The rows of a record's version: (table, values). number: that of a speaker's version."""
    own, since = number_of(doc["id"]), doc["revision"]
    row = {"id": own, "since": since, "until": None, "version": doc["version"], "doc": encode(doc)}
    match prefix:
        case "spk":
            home = doc["source"] and number_of(doc["source"])
            yield tables.Speaker, row | {"name": doc["name"], "kind": doc["kind"], "source_id": home, "number": number}
            yield from _speaker_parts(doc, {"speaker_id": own, "since": since})
        case "src":
            publisher = doc["publisher"] and folded(doc["publisher"])
            some = {name: doc[name] for name in ("title", "kind", "url", "text_sha256")}
            some |= {"address": address_of(doc["url"]), "document": document_of(doc["url"])}
            yield tables.Source, row | some | {"publisher": publisher, "fingerprint": fingerprint(doc)}
        case _:
            some = {"name": doc["name"], "folded": folded(doc["name"]), "unit": doc["unit"]}
            yield tables.Metric, row | some


def _speaker_parts(doc: Doc, own: Doc) -> Iterator[tuple[Any, Doc]]:
    for n, name in enumerate((doc["name"], *doc["aliases"])):
        yield tables.SpeakerName, own | {"n": n, "name": name, "folded": folded(name)}
        for words, begins in starts_of(name):
            row = {"speaker_id": own["speaker_id"], "n": n, "words": words, "begins": begins}
            yield tables.SpeakerWord, row
    for scheme, value in pairs_of(doc["identifiers"]):
        yield tables.SpeakerIdentifier, own | {"scheme": scheme, "value": value}
    for n, tenure in enumerate(doc["tenures"]):
        organization = tenure["organization"] and number_of(tenure["organization"]["id"])
        held = {  # the outermost days: it may have been held then
            "held_from": day_number(tenure["since"], "earliest"),
            "held_to": day_number(tenure["until"], "latest"),
        }
        yield tables.Tenure, own | {"n": n, "title": tenure["title"], "organization_id": organization} | held
