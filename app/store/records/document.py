"""Record → document: the JSON that is stored and served as it is.

A document holds the whole record, with decimals as exact JSON numbers, so it is also what a later version is made from.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from app.domain.record.records_in import (
    CitationIn,
    ClaimIn,
    DateIn,
    FigureIn,
    Locator,
    Record,
    Reference,
    RetractionIn,
    RoleIn,
)
from app.errors import NamedRecord
from app.store.records.fields import CLAIM_FIELDS, STAMPS

Doc = dict[str, Any]

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(doc: Any) -> str:
    """The JSON of a document, on one line."""
    return _encode(doc).decode()


def decode(text: str | bytes) -> Doc:
    """The document in a JSON text; numbers with a fraction or an exponent are Decimals."""
    doc: Doc = _decoder.decode(text)
    return doc


def decode_lines(lines: bytes) -> list[Doc]:
    """The documents of JSON lines."""
    return _decoder.decode_lines(lines)


def render_date(value: DateIn | None) -> Doc | None:
    """A date as written, with its strict bounds."""
    if value is None:
        return None
    parsed = value.parsed
    return {
        "edtf": value.edtf,
        "earliest": parsed.earliest and parsed.earliest.isoformat(),
        "latest": parsed.latest and parsed.latest.isoformat(),
        "as_stated": value.as_stated,
    }


def given(record: Record) -> Doc:
    """The input for a speaker, source, metric or dataset: the fields that were set, with dates rendered."""
    return {
        name: _given(getattr(record, name)) for name in type(record).model_fields if name in record.model_fields_set
    }


def _given(value: Any) -> Any:
    if value is None or type(value) is str:  # most are: asked for models first, a fifth of the rendering
        return value
    match value:
        case DateIn():
            return render_date(value)
        case Reference():
            return given(value)
        case Record():
            return {name: _given(getattr(value, name)) for name in type(value).model_fields}
        case list():
            return [_given(item) for item in value]
    return value


_DERIVED: Final = ("id", "version", "status", *STAMPS)
_LISTS: Final = ("roles", "figures", "topics", "citations", "assessments", "relations")
_AS_GIVEN: Final = [  # what is not rendered in a way of its own
    name for name in CLAIM_FIELDS if name in ClaimIn.model_fields and name not in (*_DERIVED, *_LISTS, "retraction")
]


def render_claim(claim: ClaimIn) -> Doc:
    """A claim's document before its references are resolved (they are as `given`) and before its stamps.

    It needs no database, and comes through `encode` and `decode` as it is.
    """
    doc: Doc = dict.fromkeys(CLAIM_FIELDS)
    doc |= {name: _given(getattr(claim, name)) for name in _AS_GIVEN}
    doc |= {
        "status": "retracted" if claim.retraction else "active",
        "roles": [_role(role) for role in claim.roles if role.basis == "stated"],
        "figures": [_figure(figure) for figure in claim.figures],
        "topics": list(dict.fromkeys(claim.topics)),
        "citations": [_citation(citation) for citation in claim.citations],
        "assessments": [
            {**assessment.model_dump(), "rated_on": render_date(assessment.rated_on)}
            for assessment in claim.assessments
        ],
        "relations": [relation.model_dump() for relation in claim.relations],
        "retraction": claim.retraction and _retraction(claim.retraction),
    }
    return doc


def held_roles(claim: ClaimIn) -> list[tuple[int, Doc]]:
    """The roles by tenure that a claim was given with, and their positions: `render_claim` leaves them out."""
    return [(n, _role(role)) for n, role in enumerate(claim.roles) if role.basis == "tenure"]


def _role(role: RoleIn) -> Doc:
    return {
        "title": role.title,
        "organization": role.organization and given(role.organization),
        "status": role.status,
        "as_stated": role.as_stated,
        "basis": role.basis,
    }


def _figure(figure: FigureIn) -> Doc:
    bounds = figure.bounds
    return {
        "metric": given(figure.metric),
        "value": figure.value,
        "low": bounds.low,
        "high": bounds.high,
        "comparator": figure.comparator,
        "unit": figure.unit or figure.metric.unit,
        "kind": figure.kind,
        "change": figure.change,
        "period": render_date(figure.period),
        "equivalents": [equivalent.model_dump() for equivalent in figure.equivalents],
        "as_stated": figure.as_stated,
    }


def _citation(citation: CitationIn) -> Doc:
    return {
        "source": given(citation.source),
        "via": citation.via,
        "locator": _locator(citation.locator),
        "verification": "unchecked",
    }


def _retraction(retraction: RetractionIn) -> Doc:
    return {
        "kind": retraction.kind,
        "reason": retraction.reason,
        "retracted_on": render_date(retraction.retracted_on),
        "issuer": retraction.issuer,
        "source": retraction.source and given(retraction.source),
    }


def _locator(locator: Locator | None) -> Doc | None:
    """Where in the source; null where nothing is said of it, so that a table can tell it as well."""
    place = locator.model_dump() | {"gaps": None, "differences": None} if locator else {}
    return place if any(value is not None for value in place.values()) else None


def stated_roles(doc: Doc) -> list[Doc]:
    """The roles of a claim's document that are its own, and follow from no tenure."""
    return [role for role in doc["roles"] if role["basis"] == "stated"]


def named(doc: Doc) -> str:
    """A stored record as messages name it: `spk_7 (key ann)`."""
    return str(NamedRecord(doc["id"], doc["key"]))


def references(doc: Doc) -> set[str]:
    """The ids of the speakers, metrics and sources that a claim's document shows."""
    found = {doc["speaker"]["id"]} if doc["speaker"] else set()
    found |= {role["organization"]["id"] for role in doc["roles"] if role["organization"]}
    found |= {figure["metric"]["id"] for figure in doc["figures"]}
    return found | {holder["source"]["id"] for holder in citing(doc)}


def citing(doc: Doc) -> list[Doc]:
    """The parts of a claim's document that name a source: its citations, and a retraction that does."""
    retraction = doc["retraction"]
    return [*doc["citations"], *([retraction] if retraction and retraction["source"] else [])]


def show_references(doc: Doc, shown: Callable[[str, str], Doc]) -> None:
    """Fill in what a claim shows of the records it refers to. shown: gives that of a record; see SHOWN in fields.py."""
    if doc["speaker"]:
        doc["speaker"] = shown("speaker", doc["speaker"]["id"])
    for role in doc["roles"]:
        if role["organization"]:
            role["organization"] = shown("organization", role["organization"]["id"])
    for figure in doc["figures"]:
        figure["metric"] = shown("metric", figure["metric"]["id"])
    for holder in citing(doc):
        holder["source"] = shown("source", holder["source"]["id"])
