"""The fields that can be set in records: each is told with its type, its meaning and an example that is right."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.domain.record.csv_columns import check_header
from app.domain.record.field_paths import MODELS, RecordKind
from app.domain.record.records_in import check_record
from app.domain.record.targets import Target, check_target, targets_of
from app.errors import BadValue, FieldPath

ALL = [(record, target) for record in MODELS for target in targets_of(record)]
# Records that take any field beside these, and what an object needs beside any field, by the last word of its place
WHOLE: dict[RecordKind, dict[str, Any]] = {
    "claim": {"quote": "q", "source": {"title": "T"}},
    "speaker": {"name": "A"},
    "source": {"title": "T"},
    "metric": {"name": "m"},
}
DATES = ("said_on", "period", "since", "until", "published_on", "accessed_on", "rated_on", "retracted_on")
NEEDED: dict[str, dict[str, Any]] = {
    "figures": {"metric": "m", "low": 1, "high": 2000, "unit": "count"},
    "equivalents": {"value": 1, "unit": "count"},
    "assessments": {"publisher": "P", "rating": "r"},
    "relations": {"type": "supports", "key": "k"},
    "retraction": {"kind": "record_error"},
    "citations": {"source": {"title": "T"}},
    **{key: {"title": "t"} for key in ("tenures", "roles", "role")},
    **{key: {"name": "n"} for key in ("speaker", "organization", "metric")},
    "source": {"title": "T"},
    **{key: {"edtf": "2024"} for key in DATES},
}


def nested(path: FieldPath, value: Any, above: str = "") -> Any:
    """The value at its path, in objects that have what they need."""
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        return [nested(tuple(rest), value, above)]
    return copy.deepcopy(NEEDED.get(above, {})) | {step: nested(tuple(rest), value, str(step))}


def record_with(record: RecordKind, target: Target) -> Any:
    """A record in which the target has its example."""
    path = check_target(record, target.name)
    beside = {name: value for name, value in WHOLE[record].items() if (path[0], name) != ("citations", "source")}
    return beside | nested(path, target.example)


@pytest.mark.parametrize(("record", "target"), ALL, ids=lambda one: getattr(one, "name", one))
def test_a_target_is_told_with_an_example_that_its_record_takes(record: RecordKind, target: Target) -> None:
    assert target.type
    assert target.meaning.endswith(".")
    assert target.example not in (None, "")
    assert not target.choices or target.example in target.choices
    checked, problems = check_record(MODELS[record], record_with(record, target))
    assert checked, [str(problem) for problem in problems]


def test_every_target_that_takes_a_text_is_a_column_of_a_table() -> None:
    texts = [target.name for target in targets_of("claim") if not target.type.startswith(("list", "object"))]
    assert len(texts) > 100
    assert [name for name in texts if check_header([name])[0] is None] == []


@pytest.mark.parametrize(
    ("record", "name", "told"),
    [
        ("claim", "assessments.0.publsher", ("assessments.0.publisher",)),
        ("claim", "tags", ("topics",)),
        ("claim", "date", ("said_on",)),
        ("source", "link", ("url",)),
        ("source", "date", ("published_on",)),
        ("speaker", "fullname", ("name",)),
        ("speaker", "tenures.0.organisation", ("tenures.0.organization",)),
        ("metric", "units", ("unit",)),
    ],
)
def test_an_unknown_target_is_answered_with_near_ones(record: RecordKind, name: str, told: tuple[str, ...]) -> None:
    with pytest.raises(BadValue, match=f"no such field of a {record}") as raised:
        check_target(record, name)
    assert raised.value.suggestions == told


@pytest.mark.parametrize(
    "name", ["id", "citations.0.verification", "roles.3.basis", "said_on.earliest", "locator.gaps.2"]
)
def test_what_follows_from_other_fields_is_no_target(name: str) -> None:
    with pytest.raises(BadValue, match="read only"):
        check_target("claim", name)


def test_objects_and_lists_are_targets_and_positions_are_numbers() -> None:
    assert check_target("claim", "figures") == ("figures",)
    assert check_target("claim", "figures.2") == ("figures", 2)
    assert check_target("speaker", "identifiers.a.b") == ("identifiers", "a.b")
