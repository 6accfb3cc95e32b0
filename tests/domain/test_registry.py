"""The registry: each row says all that follows from it, and nothing twice."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from app.domain.query.meanings import Absent, AnyOrEqual, AtLeast, Equal, InMoments, Itself, SameRecord, Status
from app.domain.query.registry import ELEMENTS, FACTS, FIELDS, MOMENTS, PARAMETERS, Parameter, parameters
from app.domain.query.value_types import PREFIXES

COMPARES = (Equal, Absent, AnyOrEqual, AtLeast, Status)  # meanings that need a fact


def test_no_two_rows_have_one_name() -> None:
    assert len(PARAMETERS) == len(parameters()) == len({one.name for one in parameters()})
    names = [row.name for rows in FACTS.values() for row in rows]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "name", [name for name, one in PARAMETERS.items() if isinstance(one.operator.meaning, COMPARES)]
)
def test_what_compares_has_a_fact_of_its_element(name: str) -> None:
    parameter = PARAMETERS[name]
    assert parameter.fact in [row.name for row in FACTS[parameter.field.element]]


@pytest.mark.parametrize(
    "name", [name for name, one in PARAMETERS.items() if isinstance(one.operator.meaning, SameRecord)]
)
def test_what_names_a_record_leads_to_a_field_that_asks_for_it_by_id(name: str) -> None:
    parameter = PARAMETERS[name]
    assert isinstance(parameter.operator.meaning, SameRecord)
    by_id = PARAMETERS[parameter.operator.meaning.field]
    assert by_id.operator.type in PREFIXES
    assert isinstance(by_id.operator.meaning, (Equal, Itself))
    assert by_id.field.element == parameter.field.element


def test_moments_are_named_as_documents_have_them() -> None:
    assert MOMENTS == ("recorded_at", "updated_at")
    assert all(isinstance(PARAMETERS[f"{name}__gte"].operator.meaning, InMoments) for name in MOMENTS)


@pytest.mark.parametrize("parameter", parameters(), ids=lambda one: one.name)
def test_the_example_of_a_filter_is_a_value_of_its_type(parameter: Parameter) -> None:
    assert TypeAdapter(parameter.value_type).validate_python(parameter.operator.example) is not None


def test_elements_are_those_of_a_claim() -> None:
    assert {field.element for field in FIELDS} == {"claim", *ELEMENTS} == set(FACTS)
