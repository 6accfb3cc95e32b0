"""Every field that claims and records are given is stored: none is accepted and lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from app.domain.record import records_in, records_out
from app.domain.record.model_fields import bare_type, is_model
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.store.stored import claim, record

# Each model of what is given, the one of what is stored, and the fields that are given under other names or to be
# ignored.
PAIRS: dict[type[BaseModel], tuple[type[BaseModel], set[str]]] = {
    records_in.ClaimIn: (records_out.ClaimOut, set()),
    records_in.RoleIn: (records_out.RoleOut, set()),
    records_in.FigureIn: (records_out.FigureOut, set()),
    records_in.Equivalent: (records_out.EquivalentOut, set()),
    records_in.CitationIn: (records_out.CitationOut, set()),
    records_in.Locator: (records_out.LocatorOut, set()),
    records_in.Difference: (records_out.DifferenceOut, set()),
    records_in.AssessmentIn: (records_out.AssessmentOut, set()),
    records_in.RelationIn: (records_out.RelationOut, set()),
    records_in.RetractionIn: (records_out.RetractionOut, set()),
    records_in.DateIn: (records_out.DateOut, set()),
    records_in.Tenure: (records_out.TenureOut, set()),
    records_in.SpeakerIn: (records_out.SpeakerOut, set()),
    records_in.SourceIn: (records_out.SourceOut, {"text"}),
    records_in.MetricIn: (records_out.MetricOut, set()),
}
READ_ONLY = {
    "id", "version", "status", "recorded_at", "updated_at", "revision", "verification", "gaps", "differences",
    "earliest", "latest",
}  # fmt: skip

SOURCE = {
    "key": "s", "title": "S", "kind": "post", "authors": ["A"], "publisher": "P", "url": "http://s.example",
    "archive_url": "http://a.s.example", "published_on": {"edtf": "2024-05", "as_stated": "May"}, "accessed_on": "2024",
    "language": "en", "note": "n", "text": "We hired 1,500, once.",
}  # fmt: skip
SPEAKER = {
    "key": "ann", "name": "Ann Lee", "kind": "person", "aliases": ["A. Lee"], "identifiers": {"wikidata": "Q1"},
    "tenures": [{"title": "mayor", "organization": {"key": "town"}, "since": "2010", "until": "2015"}], "note": "n",
}  # fmt: skip
METRIC = {"key": "staff", "name": "staff", "definition": "people employed", "unit": "count"}
FIGURE = {
    "metric": {"key": "staff"}, "value": 1500, "low": 1400, "high": 1600, "comparator": "about", "unit": "count",
    "kind": "estimate", "change": "difference", "period": "2024", "as_stated": "1,500",
    "equivalents": [{"value": 15, "unit": "count", "as_stated": "fifteen"}],
}  # fmt: skip
CLAIM = {
    "key": "k", "speaker": {"key": "ann"}, "quote": "We hired 1,500", "paraphrase": "They hired.", "language": "en",
    "translated_from": "ja", "said_on": {"edtf": "2024-04", "as_stated": "in April"}, "venue": "in the Diet",
    "topics": ["pay"], "figures": [FIGURE],
    "roles": [{"title": "chief", "organization": {"key": "town"}, "status": "former", "as_stated": "c",
               "basis": "stated"}],
    "citations": [
        {"source": {"key": "s"}, "via": "a spokesman",
         "locator": {"exact": "We hired 1,500", "prefix": "p", "suffix": "q", "start": 0, "end": 14, "page": "3",
                     "lines": "1-2", "start_time": 1, "end_time": 2, "time": "0:01"}}
    ],
    "assessments": [{"publisher": "C", "url": "http://c.example", "rating": "true", "rating_value": 2, "best": 5,
                     "worst": 1, "rated_on": "2024-06", "note": "n"}],
    "relations": [{"type": "updates", "key": "other"}],
    "retraction": {"kind": "record_error", "reason": "r", "retracted_on": "2024-07", "issuer": "P",
                   "source": {"key": "s"}},
    "dataset": "wire",
}  # fmt: skip
GIVEN = {
    "source": SOURCE, "metrics": [METRIC], "speakers": [SPEAKER, {"key": "town", "name": "T", "kind": "organization"}],
    "claims": [CLAIM, {"key": "other", "quote": "other"}],
}  # fmt: skip


@pytest.mark.parametrize("given", PAIRS, ids=lambda model: model.__name__)
def test_each_field_that_is_taken_is_shown(given: type[BaseModel]) -> None:
    stored, apart = PAIRS[given]
    lost = {*given.model_fields} - {*stored.model_fields} - apart
    added = {*stored.model_fields} - {*given.model_fields} - READ_ONLY - {"source", "text_sha256"}
    assert not lost, (
        f"{given.__name__} of records_in.py takes {sorted(lost)}, which {stored.__name__} of records_out.py lacks: add"
        " it there, at the same place, or it is accepted and lost"
    )
    assert not added, (
        f"{stored.__name__} of records_out.py has {sorted(added)}, which {given.__name__} of records_in.py does not"
        " take: add it there, so that an answer can be sent again"
    )


def test_each_model_of_what_is_given_is_one_of_the_pairs() -> None:
    models = {one for model in PAIRS for one in models_in(model)}
    assert {one for one in models if not issubclass(one, tuple(PAIRS))} == set()


def models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        kind = bare_type(field.annotation)
        inner = bare_type(getattr(kind, "__args__", [kind])[0])
        if is_model(inner):
            yield inner


def test_what_is_given_here_is_every_field() -> None:
    lacking = absent(CLAIM, records_in.ClaimIn) | absent(SPEAKER, records_in.SpeakerIn)
    lacking |= absent(SOURCE, records_in.SourceIn) | absent(METRIC, records_in.MetricIn)
    assert not lacking, f"{sorted(lacking)}: give CLAIM, SPEAKER, SOURCE or METRIC here a value of each"


def absent(given: Any, model: type[BaseModel]) -> set[str]:
    """The fields of a model that what is given here lacks, at any depth; references by key are none."""
    if (isinstance(given, dict) and given.keys() == {"key"}) or not isinstance(given, dict):
        return set()
    found = {f"{model.__name__}.{name}" for name in model.model_fields if name not in READ_ONLY | {"claim", *given}}
    for name, field in model.model_fields.items():
        kind = bare_type(field.annotation)
        inner = bare_type(getattr(kind, "__args__", [kind])[0])
        value = given.get(name)
        for one in value if isinstance(value, list) else [value]:
            found |= absent(one, inner) if is_model(inner) else set()
    return found


def test_every_field_that_is_given_is_stored(database: Database, import_yaml: Callable[..., Report]) -> None:
    report = import_yaml(json.dumps(GIVEN))
    assert not report.faults, [str(fault) for fault in report.faults]
    assert [*lost(CLAIM, claim(database, "k"))] == []
    assert [*lost(SPEAKER, record(database, "speakers", "ann"))] == []
    assert [*lost({**SOURCE, "text": None}, record(database, "sources", "s"))] == []
    assert [*lost(METRIC, record(database, "metrics", "staff"))] == []


def lost(given: Any, stored: Any, path: str = "") -> Iterator[str]:
    """The places where something was given, and nothing is stored."""
    match given:
        case dict():
            for name, inner in given.items():
                yield from lost(inner, (stored or {}).get(name), f"{path}.{name}")
        case list():
            for number, inner in enumerate(given):
                yield from lost(inner, stored[number] if stored else None, f"{path}.{number}")
        case _ if given is not None and stored is None:
            yield f"{path} is lost: render it in app/store/records/document.py"
