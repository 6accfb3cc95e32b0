"""Exports can be imported: into an empty database, from which the same is exported again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.records.fields import CLAIM_FIELDS
from tests.importing import import_paths

Doc = dict[str, Any]

FORMATS = ("ndjson", "csv")

# Importing cannot bring these back: ids, times and revisions are the database's own, and nothing is verified without
# the text of the source, which is not exported.
EXCEPTED = (
    "id", "version", "recorded_at", "updated_at", "revision",
    "speaker.id", "roles.*.organization.id", "figures.*.metric.id", "citations.*.source.id", "relations.*.claim",
    "citations.*.verification", "citations.*.locator.gaps", "citations.*.locator.differences", "retraction.source.id",
)  # fmt: skip


def take_back(database: Database, exported: str, form: str) -> Report:
    """Import what was exported."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"claims.{form}"
        file.write_bytes(exported.encode())
        report = import_paths(database, [file])
    assert [str(fault) for fault in report.faults] == []
    return report


# Claims with everything in them

SOURCE = {
    "key": "report",
    "title": "A report, with “quotes”",
    "publisher": "Reuters",
    "url": 'https://example.org/a?b=c,d&e="f"',
    "published_on": {"edtf": "2024-04~", "as_stated": "this month"},
    "authors": [f"Author {n}" for n in range(1000)],
    "kind": "video",
    "text": "She said that trade and, after a while, more trade would follow. Nobody doubted it.",
}
SPEAKERS = [
    {"key": "ana", "name": "Ana Núñez", "kind": "person", "aliases": ["A. Núñez"], "identifiers": {"wikidata": "Q1"},
     "tenures": [{"title": "minister", "organization": "Ministry of Trade", "since": "2020", "until": "2025"}]},
    {"key": "report/officials", "name": "officials", "kind": "group"},
    {"key": "report/somebody", "name": "a spokesperson", "kind": "unnamed"},
]  # fmt: skip
METRICS = [
    {"key": "exports", "name": "exports", "unit": "USD/year", "definition": "goods alone"},
    {"key": "turnout", "name": "turnout", "unit": "percent"},
]
FIGURES: list[Doc] = [
    {"metric": "exports", "value": "1.50", "comparator": "about", "as_stated": "some 1.50",
     "equivalents": [{"value": "1E+3", "unit": "JPY/year", "as_stated": "¥1,000"},
                     {"value": "-0.10", "unit": "EUR/year"}]},
    {"metric": "exports", "value": "2.50", "low": "2.1", "high": "2.90", "kind": "estimate"},
    {"metric": "exports", "value": "-3", "low": "-3", "high": "1", "comparator": "about"},
    {"metric": "turnout", "value": "0.5", "unit": "percentage_point", "change": "difference"},
    {"metric": "exports", "value": "1E+3", "comparator": "at_most", "kind": "limit", "period": "2023/2024"},
    {"metric": "exports", "low": "0.0000001", "high": "12345678901234567890.123456789", "unit": "USD/day"},
    {"metric": "exports", "value": "4", "change": "ratio", "unit": "ratio", "kind": "forecast",
     "period": {"edtf": "2025-21", "as_stated": "next spring"}},
    {"metric": {"name": "=SUM(A1), staff"}, "value": "100", "comparator": "more_than", "unit": "count",
     "change": "difference"},
]  # fmt: skip
CITATIONS: list[Doc] = [
    {"source": {"key": "report"}, "via": "Kyodo", "locator": {"exact": "more trade", "page": "12", "time": "1:02"}},
    {"source": {"title": "Another", "published_on": "2024"},
     "locator": {"prefix": "x", "suffix": "y", "start": 0, "end": 7, "lines": "12-18", "start_time": "62.50",
                 "end_time": 3723}},
    {"source": {"url": "https://example.org/third"}},
]  # fmt: skip
CLAIMS: list[Doc] = [
    {"key": "tenure", "speaker": {"key": "ana"}, "quote": "trade … would follow", "said_on": "2024-05",
     "topics": ["trade", "a, b", "日本", '"quoted"']},
    {"key": "all", "speaker": {"key": "report/officials"}, "language": "pt-BR", "translated_from": "ja",
     "quote": '  leading blanks,\ncommas, "quotes",\r\nline breaks, a lone \r, 😀 and עברית \t', "paraphrase": "=1+1\n",
     "said_on": {"edtf": "2024-04-01/2024-04-30", "as_stated": "this month"}, "venue": "told Reuters",
     "dataset": "reuters-2024",
     "roles": [{"title": "minister", "organization": {"key": "mot", "name": 'Ministry, of "Trade"'},
                "status": "former", "as_stated": "a former minister"},
               {"organization": "Reuters", "status": "acting"}, {"title": "aide"}],
     "figures": FIGURES,
     "citations": CITATIONS,
     "assessments": [{"publisher": "PolitiFact", "rating": "Mostly False", "url": "https://example.org/v",
                      "rated_on": "2015-01-14", "note": "two\nlines"}, {"publisher": "Snopes", "rating": "True"},
                     {"publisher": "Scale", "rating_value": "2.50", "best": "1", "worst": "6.0"},
                     {"publisher": "Text", "note": "neither true nor false"}],
     "relations": [{"type": "supports", "key": "later"}, {"type": "contradicts", "key": "tenure"}]},
    {"key": "unnamed", "speaker": {"key": "report/somebody"}, "quote": "Nobody doubted it", "said_on": "201X"},
    {"key": "nobody", "speaker": None, "paraphrase": "nothing else", "relations": [{"type": "answers", "key": "all"}]},
    {"key": "later", "speaker": {"name": "Reuters", "kind": "organization"}, "quote": "' ; \\ \u2028 \u0085",
     "said_on": "../2024", "relations": [{"type": "supports", "key": "all"}]},
    {"speaker": {"key": "ana"}, "quote": "a key that follows from the claim", "said_on": "2024-05-06", "role": "envoy"},
    {"key": "empty-locator", "quote": "said somewhere", "source": {"title": "Another", "published_on": "2024"},
     "locator": {"gaps": ["read only"], "differences": [{"quote": "read", "text": "only"}]}},
    {"key": "bracketed", "quote": "[s]he said that trade [sic] and", "source": {"key": "report"}},
    {"key": "retracted", "quote": "never said", "speaker": {"key": "ana"}, "said_on": "2024",
     "retraction": {"kind": "source_correction", "reason": "the source, corrected", "retracted_on": "2024-06",
                    "issuer": "The Press",
                    "source": {"key": "erratum", "title": "Erratum", "published_on": "2024-06"}}},
]  # fmt: skip


def exported(database: Database, form: str) -> str:
    """All claims, retracted ones too."""
    with TestClient(create_app(database)) as client:
        answer = client.get(f"/v1/claims/export?status=any&format={form}")
    assert answer.status_code == 200
    return answer.content.decode()


def documents(database: Database) -> dict[str, Doc]:
    """The exported documents by key, with numbers as they are written."""
    lines = exported(database, "ndjson").split("\n")[:-1]
    found = [json.loads(line, parse_float=lambda text: f"number {text}") for line in lines]
    return {doc["key"]: doc for doc in found}


def without(value: Any, path: list[str]) -> int:
    """Take out what stands at a path; how often something stood there."""
    step, *rest = path
    if step == "*":
        return sum(without(one, rest) for one in value)
    if not isinstance(value, dict):
        return 0
    if rest:
        return without(value[step], rest)
    return value.pop(step) is not None


@pytest.fixture
def full(database: Database, import_yaml: Callable[..., Report]) -> Database:
    """A database with everything that a claim can say, and with claims that were changed and retracted later."""
    whole = {"source": SOURCE, "speakers": SPEAKERS, "metrics": METRICS}
    before = [claim | {"paraphrase": "as it was"} for claim in CLAIMS if claim.get("key") in ("unnamed", "later")]
    gone = {"key": "gone", "quote": "was here", "speaker": {"key": "ana"}, "said_on": "2023"}
    retraction = {"kind": "record_error", "reason": None}
    for claims in ([*CLAIMS, gone], before, [gone | {"retraction": retraction}]):
        plain = json.loads(json.dumps({**whole, "claims": claims}))
        report = import_yaml(yaml.safe_dump(plain, allow_unicode=True))
        assert not report.faults, report.faults
    return database


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_exported_is_imported_and_exported_again(
    full: Database, new_database: Callable[[str], Database], form: str
) -> None:
    empty = new_database(full.dialect)
    take_back(empty, exported(full, form), form)
    before, after = documents(full), documents(empty)
    assert len(before) == len(CLAIMS) + 1
    stood = dict.fromkeys(EXCEPTED, 0)
    for doc in (*before.values(), *after.values()):
        assert tuple(doc) == CLAIM_FIELDS
        for path in EXCEPTED:
            stood[path] += without(doc, path.split("."))
        # Roles by tenure follow from the speaker's tenures, which claims do not tell.
        doc["roles"] = [role for role in doc["roles"] if role["basis"] == "stated"]
    assert after == before
    assert all(stood.values()), "each exception is met"


@pytest.mark.parametrize("form", FORMATS)
def test_the_claims_hold_what_is_hard_to_bring_back(full: Database, form: str) -> None:
    text = exported(full, form)
    for hard in ("1.50", "1E+3", "12345678901234567890.123456789", "😀", "日本", "עברית"):
        assert hard in text
    docs = documents(full)
    assert docs["tenure"]["roles"][0]["basis"] == "tenure"
    assert docs["tenure"]["citations"][0]["verification"] == "elided"
    assert docs["tenure"]["citations"][0]["locator"]["gaps"]
    assert {doc["status"] for doc in docs.values()} == {"active", "retracted"}
    assert max(doc["version"] for doc in docs.values()) > 1


@pytest.mark.parametrize("form", FORMATS)
def test_taking_an_export_back_where_it_came_from_changes_nothing(full: Database, form: str) -> None:
    before = exported(full, form)
    report = take_back(full, before, form)
    assert report.revision is None
    assert report.counts["unchanged"] == report.counts["read"] > 0
    assert exported(full, form) == before


def test_rows_with_line_breaks_have_every_cell_in_quotes(full: Database) -> None:
    broken = {doc["id"] for doc in documents(full).values() if {"\n", "\r"} & set("".join(texts_of(doc)))}
    lines = exported(full, "csv").split("\r\n")
    assert {line.split('"')[1] for line in lines if line.startswith('"clm_')} == broken
    assert {line.split(",")[0] for line in lines if line.startswith("clm_")} == {
        doc["id"] for doc in documents(full).values()
    } - broken


def texts_of(value: Any) -> list[str]:
    """Every text in a document."""
    if isinstance(value, dict | list):
        return [text for inner in (value.values() if isinstance(value, dict) else value) for text in texts_of(inner)]
    return [value] if isinstance(value, str) else []
