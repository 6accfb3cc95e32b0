"""Linked data of an export is imported again: without loss of what it can hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from app.store.records.document import decode
from tests.store.stored import rows

CLAIMS = """
source: {key: s, title: Report, url: "https://a.example/1", publisher: Reuters, published_on: 2024-04}
claims:
  - key: checked
    quote: 'He said "no", twice'
    paraphrase: He refused.
    speaker: {name: Ann Lee, kind: person}
    roles: [{title: minister, organization: {name: The Ministry}, status: former}]
    said_on: 2024-04~
    language: de
    translated_from: ja
    venue: told Reuters
    topics: ["dams, old", staff]
    assessments:
      - {publisher: Check, url: "https://check.example/1", rating: Mostly False, rating_value: 2.50, best: 5, worst: 1,
         rated_on: 2024-05-02, note: He did not.}
  - key: unchecked
    paraphrase: The dam holds.
    speaker: {name: The officials, kind: organization}
    said_on: 2023/2024
    citations: [{source: {key: s}}, {source: {title: Older, url: "https://b.example/", published_on: 2020}}]
"""


def told(database: Database) -> list[dict[str, Any]]:
    """What linked data can hold of all claims, without keys and ids."""

    def date_of(given: Any) -> Any:
        return given and given["edtf"]

    def source(cited: Any) -> Any:
        shown = cited["source"]
        return shown["title"], shown["url"], shown["publisher"], date_of(shown["published_on"])

    found = []
    for (text,) in rows(database, "SELECT d.doc FROM documents d JOIN claims c ON c.number = d.number"):
        doc = decode(text)
        same = {name: doc[name] for name in ("quote", "paraphrase", "language", "translated_from", "venue", "topics")}
        found.append(
            same
            | {
                "speaker": (doc["speaker"]["name"], doc["speaker"]["kind"]),
                "roles": [
                    (one["title"], (one["organization"] or {}).get("name"), one["status"]) for one in doc["roles"]
                ],
                "said_on": date_of(doc["said_on"]),
                "sources": sorted(map(source, doc["citations"])),
                "assessments": [one | {"rated_on": date_of(one["rated_on"])} for one in doc["assessments"]],
                "status": (doc["status"], (doc["retraction"] or {}).get("kind")),
            }
        )
    return sorted(found, key=str)


def test_an_export_as_linked_data_is_read_back_whole(
    imported: Callable[..., None],
    database: Database,
    client: TestClient,
    new_database: Callable[[str], Database],
    tmp_path: Path,
) -> None:
    retracted = "retraction: {kind: record_error, reason: typo}"
    imported(CLAIMS + f"  - {{key: gone, paraphrase: The dam fell., speaker: {{name: Ann Lee}}, {retracted}}}\n")
    answer = client.get("/v1/claims/export?format=jsonld&status=any")
    file = tmp_path / "x.jsonld"
    file.write_bytes(answer.content)
    again = new_database("sqlite")
    report = import_paths(again, [file])
    assert [str(fault) for fault in report.faults] == []
    assert told(again) == told(database)
    assert len(told(again)) == report.counts["read"] == 3
    assert import_paths(again, [file]).counts["unchanged"] == 3


def test_a_claim_that_a_review_names_is_no_claim_of_its_own(database: Database, tmp_path: Path) -> None:
    claim = {"@id": "#c", "@type": "Claim", "text": "The dam holds", "appearance": "https://a.example/1"}
    review = {
        "@type": "ClaimReview",
        "url": "https://c.example/1",
        "claimReviewed": "The dam holds",
        "itemReviewed": {"@id": "#c"},
    }
    file = tmp_path / "x.jsonld"
    file.write_text(json.dumps({"@context": "https://schema.org", "@graph": [claim, review]}))
    assert import_paths(database, [file]).counts["created"] == 1
    (kept,) = rows(database, "SELECT count(*) FROM claims")
    assert kept == (1,)
