"""Comparisons, merges and facts have every field that the models have, those as well that are yet to be added."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from app.domain.record.records_out import (
    AssessmentOut,
    CitationOut,
    FigureOut,
    RelationOut,
    RoleOut,
)
from app.store.index.terms import CitationFacts
from app.store.records.fields import CLAIM_FIELDS
from app.store.write.compare import STAMPS, changed_fields
from app.store.write.not_taken import GAINED, OWN
from tests.store.test_index_facts import CLAIM_DOC, SOURCE

Doc = dict[str, Any]

LISTS: dict[str, type[BaseModel]] = {
    "roles": RoleOut, "figures": FigureOut, "citations": CitationOut, "assessments": AssessmentOut,
    "relations": RelationOut,
}  # fmt: skip
DERIVED = {("citations", "verification"), ("roles", "basis")}
ANOTHER = {"id": "xyz_5", "key": "another", "name": "Another", "source": None}


def another(value: object) -> object:
    """A value that is not the same."""
    if isinstance(value, list):
        return [] if value else ["another"]
    return ANOTHER if isinstance(value, dict) else "another"


OBJECTS = {"retraction", "locator"}  # null in the document


@pytest.mark.parametrize("name", LISTS)
def test_every_field_of_an_element_is_compared(name: str) -> None:
    (one,) = CLAIM_DOC[name]
    for field in LISTS[name].model_fields:
        if (name, field) not in DERIVED:
            changed = CLAIM_DOC | {name: [one | {field: ANOTHER if field in OBJECTS else another(one[field])}]}
            assert list(changed_fields(CLAIM_DOC, changed)) == [name], field


def test_every_field_of_a_claim_is_compared() -> None:
    for field in CLAIM_FIELDS:
        changed = CLAIM_DOC | {field: ANOTHER if field in OBJECTS else another(CLAIM_DOC[field])}
        assert list(changed_fields(CLAIM_DOC, changed)) == ([] if field in STAMPS else [field]), field


def test_a_field_that_is_added_to_citations_is_compared_and_has_facts_of_its_own() -> None:
    (one,) = CLAIM_DOC["citations"]
    first, other = (CLAIM_DOC | {"citations": [one | {"added": value}]} for value in ("a", "b"))
    assert list(changed_fields(first, other)) == ["citations"]
    facts = CitationFacts()
    for doc in (first, other, first):
        (citation,) = doc["citations"]
        assert facts.of(citation, SOURCE).whole["added"] == citation["added"]


def test_every_field_of_a_claim_is_joined_by_a_merge_or_told_or_the_records_own() -> None:
    assert {*OWN, *GAINED} == {*CLAIM_FIELDS} - {*STAMPS, "key", "status"}
