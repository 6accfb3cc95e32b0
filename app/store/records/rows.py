"""Document → rows: what the tables hold of a claim's version beside its document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from app.domain.dates.edtf import parse_edtf
from app.domain.quantities.units import parse_unit
from app.domain.record.records_in import parse_id
from app.domain.text.tokenizer import tokens
from app.store.database import tables
from app.store.records.days import bounds_in_days, day_number, is_long
from app.store.records.document import Doc, encode
from app.store.records.index_terms import term
from app.store.records.intervals import interval_in_base, sort_key_of
from app.store.records.names import folded, spaced


def day_of(doc: Doc) -> int:
    """The day number that a claim is ordered by: that of its earliest day, 0 where there is none."""
    said_on = doc["said_on"]
    return day_number(said_on, "earliest") if said_on and said_on["earliest"] else 0


def words_hash(doc: Doc) -> int:
    """A number that is equal for claims of the same folded words."""
    return term("words", " ".join(tokens(doc["quote"] or doc["paraphrase"])))


def rows_of(doc: Doc, pos: int, until: int | None = None) -> Iterator[tuple[Any, Doc]]:
    """The rows of a version of a claim, save the index entry: (table, values)."""
    live = until is None and doc["status"] == "active"
    yield tables.Claim, _claim(doc, pos, until, live)
    yield (
        tables.Document,
        {"pos": pos, "doc": encode(doc), "quote": doc["quote"], "paraphrase": doc["paraphrase"]},
    )
    children: tuple[tuple[Any, Iterable[Doc]], ...] = (
        (tables.Role, map(_role, doc["roles"])),
        (tables.Figure, map(_figure, doc["figures"])),
        (tables.Topic, ({"topic": topic, "folded": folded(topic)} for topic in doc["topics"])),
        (tables.Citation, map(_citation, doc["citations"])),
        (
            tables.Assessment,
            map(_assessment, doc["assessments"]),
        ),
        (tables.Relation, map(_relation, doc["relations"])),
    )
    for table, rows in children:
        for n, row in enumerate(rows):
            yield table, {"pos": pos, "n": n, "live": live} | row


def _claim(doc: Doc, pos: int, until: int | None, live: bool) -> Doc:
    speaker = doc["speaker"]
    return {
        "pos": pos,
        "id": parse_id(doc["id"], "clm"),
        "version": doc["version"],
        "since": doc["revision"],
        "until": until,
        "status": doc["status"],
        "live": live,
        "speaker_id": speaker and parse_id(speaker["id"], "spk"),
        "speaker_kind": speaker and speaker["kind"],
        "language": doc["language"],
        "words_hash": words_hash(doc),
        "retraction_source": _retraction_source(doc["retraction"]),
        "recorded_at": doc["recorded_at"],
    } | _said(doc["said_on"])


def _retraction_source(retraction: Doc | None) -> int | None:
    return parse_id(retraction["source"]["id"], "src") if retraction and retraction["source"] else None


def _said(said_on: Doc | None) -> Doc:
    parsed = parse_edtf(said_on["edtf"]) if said_on else None
    known = parsed is not None and not parsed.is_unknown
    first, last = bounds_in_days(said_on)
    return {
        "said_on": said_on and said_on["edtf"],
        "said_from": first,
        "said_to": last,
        "said_precision": parsed.precision if parsed and known else None,
        "said_long": is_long(first, last),
    }


def _role(role: Doc) -> Doc:
    return {
        "title": role["title"],
        "title_words": spaced(tokens(role["title"] or "")),
        "title_folded": role["title"] and folded(role["title"]),
        "organization_id": role["organization"] and parse_id(role["organization"]["id"], "spk"),
        "status": role["status"],
        "basis": role["basis"],
    }


def _figure(figure: Doc) -> Doc:
    interval = interval_in_base(figure)
    first, last = bounds_in_days(figure["period"])
    return {
        "metric_id": parse_id(figure["metric"]["id"], "met"),
        "comparator": figure["comparator"],
        "value": _digits(figure["value"]),
        "low": _digits(figure["low"]),
        "high": _digits(figure["high"]),
        "unit": figure["unit"],
        "dimension": parse_unit(figure["unit"]).dimension,
        "base_low": interval.low,
        "base_high": interval.high,
        "sort_key": sort_key_of(figure),
        "kind": figure["kind"],
        "change": figure["change"],
        "period": figure["period"] and figure["period"]["edtf"],
        "period_from": first,
        "period_to": last,
    }


def _digits(number: int | Decimal | None) -> str | None:
    return None if number is None else str(number)


def _citation(citation: Doc) -> Doc:
    publisher = citation["source"]["publisher"]
    first, last = bounds_in_days(citation["source"]["published_on"])
    return {
        "source_id": parse_id(citation["source"]["id"], "src"),
        "publisher": publisher and folded(publisher),
        "verification": citation["verification"],
        "published_from": first,
        "published_to": last,
    }


def _assessment(assessment: Doc) -> Doc:
    publisher, rating = assessment["publisher"], assessment["rating"]
    return {
        "publisher": publisher,
        "rating": rating,
        "publisher_folded": folded(publisher),
        "rating_folded": rating and folded(rating),
    }


def _relation(relation: Doc) -> Doc:
    return {"type": relation["type"], "claim_id": parse_id(relation["claim"], "clm")}
