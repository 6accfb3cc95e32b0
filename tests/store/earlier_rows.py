"""Claims as schemas 0001 to 0009 stored them: keyed by position, with an index of words beside them.

A database of today is copied to an empty one of such a schema, version by version. Rows that such a schema derived for
its queries are filled in roughly: nothing reads them any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Inspector, TableClause, column, insert, inspect, select

from app.store.database.tables import Base, Claim, Document

Doc = dict[str, Any]
COUNT_BITS = 28  # of a position: the day above them, and below a count that runs down within the day
OF_CLAIMS = ("claims", "documents", "roles", "figures", "topics", "citations", "assessments", "relations")


def copy_to_earlier(source: Connection, target: Connection) -> None:
    """Copies every record, in all versions, to the schema that `target` is at."""
    schema = inspect(target)  # it remembers what it has seen
    known = set(schema.get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name in known and table.name not in (*OF_CLAIMS, "derived_versions"):
            _fill(target, schema, table.name, [dict(row._mapping) for row in source.execute(select(table))])
    versions = select(Claim.until, Claim.words_hash, Document.doc).join(Document, Document.number == Claim.number)
    days: dict[int, int] = {}
    for until, words_hash, doc in source.execute(versions.order_by(Claim.number)):
        said = json.loads(doc, parse_float=Decimal)
        day = _days(said["said_on"])[0] or 0
        days[day] = days.get(day, 1 << COUNT_BITS) - 1
        for name, row in _rows(said, (day << COUNT_BITS) + days[day], until, words_hash):
            _fill(target, schema, name, [row | ({"doc": doc} if name == "documents" else {})])
    if target.dialect.name == "sqlite":
        target.exec_driver_sql("INSERT INTO claim_fts(rowid, quote) SELECT pos, quote FROM index_entries")


def _fill(target: Connection, schema: Inspector, name: str, rows: list[Doc]) -> None:
    columns = {found["name"] for found in schema.get_columns(name)}
    own = [{column: value for column, value in row.items() if column in columns} for row in rows]
    if own:
        target.execute(insert(TableClause(name, *map(column, own[0]))), own)


def _days(when: Doc | None) -> tuple[int | None, int | None]:
    if not when or not (when["earliest"] or when["latest"]):
        return None, None
    first, last = when["earliest"], when["latest"]
    return (
        date.fromisoformat(first).toordinal() if first else 0,
        date.fromisoformat(last).toordinal() if last else 1 << 22,
    )


def _number(record: Doc | None) -> int | None:
    return int(record["id"].partition("_")[2]) if record else None


def _rows(doc: Doc, pos: int, until: int | None, words_hash: int) -> Iterator[tuple[str, Doc]]:
    live = until is None and doc["status"] == "active"
    first, last = _days(doc["said_on"])
    speaker, retraction = doc["speaker"], doc["retraction"]
    claim = {
        "pos": pos, "id": _number(doc), "version": doc["version"], "since": doc["revision"], "until": until,
        "status": doc["status"], "live": live, "speaker_id": _number(speaker),
        "speaker_kind": speaker and speaker["kind"], "language": doc["language"],
        "said_on": doc["said_on"] and doc["said_on"]["edtf"], "said_from": first, "said_to": last,
        "said_precision": None, "said_long": False, "words_hash": words_hash, "recorded_at": doc["recorded_at"],
        "retraction_source": _number(retraction and retraction["source"]),
    }  # fmt: skip
    yield "claims", claim
    yield "documents", {"pos": pos, "quote": doc["quote"], "paraphrase": doc["paraphrase"]}
    entry = dict.fromkeys(("quote", "paraphrase", "context"), " a ")
    yield "index_entries", {"pos": pos, "live": live, "terms": "{}"} | entry
    for name, elements in _parts(doc):
        for n, row in enumerate(elements):
            yield name, {"pos": pos, "n": n, "live": live} | row


def _parts(doc: Doc) -> Iterator[tuple[str, Iterator[Doc]]]:
    yield "roles", (
        {"title": one["title"], "title_words": " a ", "organization_id": _number(one["organization"]),
         "status": one["status"], "basis": one["basis"]}
        for one in doc["roles"]
    )  # fmt: skip
    yield "figures", map(_figure, doc["figures"])
    yield "topics", ({"topic": one, "folded": "a"} for one in doc["topics"])
    yield (
        "citations",
        (
            {"source_id": _number(one["source"]), "publisher": None, "verification": one["verification"]}
            for one in doc["citations"]
        ),
    )
    yield "assessments", ({"publisher": one["publisher"], "rating": one["rating"]} for one in doc["assessments"])
    yield (
        "relations",
        ({"type": one["type"], "claim_id": int(one["claim"].partition("_")[2])} for one in doc["relations"]),
    )


def _figure(figure: Doc) -> Doc:
    period = figure["period"]
    first, last = _days(period)
    own = {name: figure[name] for name in ("comparator", "unit", "kind", "change")}
    digits = {name: None if figure[name] is None else str(figure[name]) for name in ("value", "low", "high")}
    derived = {"dimension": "count", "base_low": 0.0, "base_high": 1.0, "period_from": first, "period_to": last}
    return own | digits | derived | {"metric_id": _number(figure["metric"]), "period": period and period["edtf"]}
