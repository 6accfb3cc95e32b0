"""`fields=`: which fields of a claim an answer has."""

from __future__ import annotations

import pytest

from app.domain.record.projection import is_wanted, parse_fields, project
from app.errors import BadValue

CLAIM = {
    "id": "clm_1",
    "speaker": {"id": "spk_1", "name": "Ada"},
    "figures": [{"value": 1, "metric": {"id": "met_1", "name": "staff"}}, {"value": None, "metric": None}],
    "said_on": None,
}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("id", {"id": "clm_1"}),
        ("id, speaker.name", {"id": "clm_1", "speaker": {"name": "Ada"}}),
        ("speaker.name,speaker", {"speaker": CLAIM["speaker"]}),
        ("speaker,speaker.name", {"speaker": CLAIM["speaker"]}),
        ("figures.value", {"figures": [{"value": 1}, {"value": None}]}),
        ("figures.metric.name", {"figures": [{"metric": {"name": "staff"}}, {"metric": None}]}),
        ("said_on.edtf", {"said_on": None}),
        ("figures.value,id", {"id": "clm_1", "figures": [{"value": 1}, {"value": None}]}),
    ],
)
def test_an_answer_has_the_wanted_fields_in_its_own_order(fields: str, shown: object) -> None:
    assert project(CLAIM, parse_fields(fields)) == shown
    assert list(project(CLAIM, parse_fields(fields))) == list(shown)  # type: ignore[call-overload]  # an object of JSON


@pytest.mark.parametrize(("fields", "hint"), [("speeker", "speaker"), ("speaker.nam", "speaker.name"), ("", None)])
def test_a_field_that_there_is_not_is_told_with_near_ones(fields: str, hint: str | None) -> None:
    with pytest.raises(BadValue) as caught:
        parse_fields(fields)
    assert hint is None or hint in caught.value.suggestions


def test_more_than_a_hundred_fields_are_refused() -> None:
    with pytest.raises(BadValue, match="at most 100"):
        parse_fields(",".join(["id"] * 101))


def test_a_column_of_a_table_is_wanted_with_the_field_that_it_is_in() -> None:
    tree = parse_fields("roles.title,speaker")
    wanted = [
        one for one in ("roles.0.title", "roles.1.status", "speaker.name", "speaker.id", "id") if is_wanted(one, tree)
    ]
    assert wanted == ["roles.0.title", "speaker.name", "speaker.id"]
    assert is_wanted("anything", {})
