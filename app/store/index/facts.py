"""The facts of a claim: the terms that the inverted index has of it. An absent value is a fact, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from app.domain.dates.edtf import parse_edtf
from app.domain.quantities.units import parse_unit
from app.domain.record.records_in import parse_id
from app.store.index.ranges import AMOUNTS, DAYS, MOMENTS, amount_leaves, day_leaves, moment_leaf, stored_terms
from app.store.records.days import bounds_in_days, is_long
from app.store.records.document import Doc
from app.store.records.index_terms import EVERY, term
from app.store.records.intervals import interval_in_base
from app.store.records.names import folded
from app.store.records.source_identity import count_documents


def terms_of(doc: Doc, records: Mapping[str, Doc]) -> tuple[int, ...]:
    """The terms of a claim's document, ascending, each once. records: its sources, by id."""
    found = {EVERY}
    found.update(term(field, value) for field, value in _facts(doc, records))
    found.update(_range_terms(doc))
    return tuple(sorted(found))


def _facts(doc: Doc, records: Mapping[str, Doc]) -> Iterator[tuple[str, object]]:
    """The facts that equality filters ask for."""
    speaker = doc["speaker"]
    yield "id", parse_id(doc["id"], "clm")
    yield "speaker", speaker and speaker["id"]
    yield "speaker__kind", speaker and speaker["kind"]
    yield from _language_facts(doc["language"])
    yield "quote", None if doc["quote"] is None else True
    yield from _date_facts(doc["said_on"])
    for name in ("topic", "role", "figure", "assessment", "relation"):
        if not doc[f"{name}s"]:
            yield name, None
    yield from (("topic", folded(topic)) for topic in doc["topics"])
    for role in doc["roles"]:
        yield "role__status", role["status"]
        yield "role__basis", role["basis"]
        yield "role__title", role["title"] and folded(role["title"])
        yield "organization", role["organization"] and role["organization"]["id"]
    for figure in doc["figures"]:
        yield "figure__metric", figure["metric"]["id"]
        yield "figure__unit", parse_unit(figure["unit"]).dimension
        yield "figure__kind", figure["kind"]
        yield "figure__change", figure["change"]
    yield from _citation_facts(doc, records)
    for assessment in doc["assessments"]:
        yield "assessment__publisher", folded(assessment["publisher"])
        yield "assessment__rating", assessment["rating"] and folded(assessment["rating"])
    for relation in doc["relations"]:
        yield "relation__type", relation["type"]
        yield "related_to", parse_id(relation["claim"], "clm")


def _language_facts(tag: str | None) -> Iterator[tuple[str, str | None]]:
    """The tag, and each range that finds it: its beginnings, subtag by subtag (RFC 4647, 3.3.1)."""
    if tag is None:
        yield "language", None
        return
    yield "language__exact", tag.lower()
    subtags = tag.lower().split("-")
    yield from (("language", "-".join(subtags[:number])) for number in range(1, len(subtags) + 1))


def _date_facts(said_on: Doc | None) -> Iterator[tuple[str, object]]:
    first, last = bounds_in_days(said_on)
    yield "said_on", None if first is None else True
    if is_long(first, last):
        yield "said_on", "long"
    if said_on and first is not None:
        yield "said_on__precision", parse_edtf(said_on["edtf"]).precision


def _citation_facts(doc: Doc, records: Mapping[str, Doc]) -> Iterator[tuple[str, object]]:
    for citation in doc["citations"]:
        source = citation["source"]
        yield "source", source["id"]
        yield "source__publisher", source["publisher"] and folded(source["publisher"])
        yield "source__kind", records[source["id"]]["kind"]
        yield "verification", citation["verification"]
    cited = {citation["source"]["id"] for citation in doc["citations"]}
    different = 1 if len(cited) == 1 else count_documents(records[one] for one in sorted(cited))
    yield from (("source__count", number) for number in range(1, different + 1))


def _range_terms(doc: Doc) -> Iterator[int]:
    yield from _days("said_on", doc["said_on"])
    for citation in doc["citations"]:
        yield from _days("source__published_on", citation["source"]["published_on"])
    for figure in doc["figures"]:
        yield from _days("figure__period", figure["period"])
        own = interval_in_base(figure)
        yield from stored_terms(value_field(figure["unit"]), AMOUNTS, amount_leaves(own.low, own.high))
    yield from _moments(doc["recorded_at"])


def _days(field: str, when: Doc | None) -> tuple[int, ...]:
    first, last = bounds_in_days(when)
    if first is None or last is None:
        return ()
    return stored_terms(field, DAYS, day_leaves(first, last))


@lru_cache(maxsize=1000)  # the claims of an import share theirs
def _moments(recorded_at: str) -> tuple[int, ...]:
    leaf = moment_leaf(datetime.fromisoformat(recorded_at))
    return stored_terms("recorded_at", MOMENTS, (leaf, leaf))


@lru_cache(maxsize=10_000)
def value_field(unit: str) -> str:
    """The name under which amounts of a unit's dimension are indexed."""
    return f"figure__value:{parse_unit(unit).dimension}"
