"""Claims are rendered anew where a field changes that they follow from, be it one that a new fact alone reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.index import fact_terms
from app.store.records.document import Doc
from app.store.records.fields import GIVEN
from app.store.upgrade.index_differences import index_differences
from app.store.write.followed_fields import followed_fields
from app.store.write.merge import merge_records
from tests.stock import SOURCES as STOCK
from tests.store.stored import record, versions

Import: TypeAlias = Callable[..., Report]
AddFact: TypeAlias = Callable[[Callable[[Doc], Any]], None]
KEYS = ("of-s", "of-t", "of-both")

BASE = """
source: {key: s, title: S, kind: post, authors: [A], publisher: P, url: 'http://s.example', archive_url: 'http://a.s',
         published_on: 2022, accessed_on: 2023, language: en, note: one}
claims:
- {key: of-s, quote: one}
- {key: of-t, quote: two, source: {
    key: t, title: T, kind: report, authors: [B], publisher: Q, url: 'http://t.example', archive_url: 'http://a.t',
    published_on: 2020, accessed_on: 2021, language: de, note: two}}
- {key: of-both, quote: three, citations: [{source: {key: s}}, {source: {key: t}}]}
"""
OTHER = {
    "title": "Z", "kind": "speech", "authors": ["Z"], "publisher": "Z", "url": "http://z.example",
    "archive_url": "http://a.z", "published_on": "2019", "accessed_on": "2018", "language": "fr", "note": "other",
}  # fmt: skip


def as_fact(name: str) -> Callable[[Doc], Any]:
    return lambda citation: str(citation["source"][name])


def only_of_verbatim(name: str) -> Callable[[Doc], Any]:
    return lambda citation: citation["verification"] == "verbatim" and str(citation["source"][name])


def only_with_a_kind(name: str) -> Callable[[Doc], Any]:
    return lambda citation: citation["source"]["kind"] and str(citation["source"].get(name))


def only_without_a_kind(name: str) -> Callable[[Doc], Any]:
    return lambda citation: citation["source"]["kind"] is None and str({**citation["source"]}[name])


@pytest.fixture
def add_fact(monkeypatch: pytest.MonkeyPatch) -> Iterator[AddFact]:
    def add(read: Callable[[Doc], Any]) -> None:
        row = read, lambda value: f"new={value}".encode()
        monkeypatch.setitem(fact_terms._ROWS, "citation", [*fact_terms._ROWS["citation"], row])
        followed_fields.cache_clear()

    yield add
    followed_fields.cache_clear()


@pytest.mark.parametrize("made", [as_fact, only_of_verbatim, only_with_a_kind, only_without_a_kind])
def test_fields_that_new_facts_read_are_followed(
    add_fact: AddFact, made: Callable[[str], Callable[[Doc], Any]]
) -> None:
    assert "note" not in followed_fields("src")
    add_fact(made("note"))
    assert "note" in followed_fields("src")


@pytest.mark.parametrize("name", OTHER)
def test_claims_have_the_new_facts_of_an_edited_source(
    database: Database, import_yaml: Import, add_fact: AddFact, name: str
) -> None:
    add_fact(as_fact(name))
    assert not import_yaml(BASE).faults
    assert not import_yaml(json.dumps({"source": {"key": "s", name: OTHER[name]}})).faults
    assert [len(versions(database, key)) for key in KEYS] == [2, 1, 2]
    assert differences(database) == []


@pytest.mark.parametrize("lacks", [True, False])
@pytest.mark.parametrize("name", OTHER)
def test_claims_have_the_new_facts_of_the_source_that_survives(
    database: Database, import_yaml: Import, add_fact: AddFact, name: str, lacks: bool
) -> None:
    add_fact(as_fact(name))
    assert not import_yaml(BASE).faults
    if lacks:  # then it gains what the other has
        import_yaml(json.dumps({"source": {"key": "s", name: None}}))
    old, into = (record(database, "sources", key)["id"] for key in ("t", "s"))
    merge_records(database, old, into)
    assert differences(database) == []


def test_a_source_is_edited_here_in_every_field() -> None:
    told = "give sources t and s, and OTHER, values of every field of sources, here and in tests/stock.py (SOURCES)"
    assert {*OTHER, "text_sha256"} == {*GIVEN["src"]}, told
    stock = {one["key"]: {*one} for one in STOCK}
    assert {*stock["seven"], "text_sha256"} == {*stock["eight"], "text_sha256"} >= {*GIVEN["src"]}, told


def differences(database: Database) -> list[str]:
    with database.read_through() as connection:
        return list(index_differences(connection, lambda *_told: None, 1))
