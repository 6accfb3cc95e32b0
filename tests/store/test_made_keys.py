"""The keys that an import makes where none are given: the same in every version."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.store.database.engine import Database
from app.store.database.tables import RecordKey
from app.store.imports.importer import Report

SAID = """
source: {title: Доклад о войне, publisher: Край, published_on: 2020-01-05}
claims:
  - {speaker: {name: Сергей Лавров}, quote: Это война!, said_on: 2020-01-04}
  - {speaker: {name: یک مرد, kind: unnamed}, quote: "أهلا  بكم, ١٢ علی", said_on: 2020-01-04}
  - speaker: {name: 安倍晋三}
    quote: "“がんばれ” \\u200bIt’s\\u00a0ﬁne"
    said_on: 2020-01
    figures: [{metric: Йод в соли, value: 3, unit: count}]
  - {quote: പൊൻ Straße ĐÂY कृ का, said_on: 2020}
"""
FIRST = {  # as the first release made them
    ("clm", 1): "sha256:bed613c6ffef23d9d3883d5244f4ada2f97361f49e607a96e88cc820f985a421",
    ("clm", 2): "sha256:717c68e992235e913858aa99d0e0e8a631edf2037ed26214d4cffc3372b53b53",
    ("clm", 3): "sha256:fcb18aa17c4b269e67f51a2fd3afcebce075e3df451a79a326decc8c68282901",
    ("clm", 4): "sha256:8e1c567c558231d06b8af25596c67bccc9f61326c3e8176a801f2658971c475a",
    ("met", 1): "иод-в-соли",
    ("spk", 1): "сергеи-лавров",
    ("spk", 2): "краи-2020-01-05-доклад-о-воине/یک-مرد",
    ("spk", 3): "安-倍-晋-三",
    ("src", 1): "краи-2020-01-05-доклад-о-воине",
}


def test_made_keys_are_those_of_the_first_release(database: Database, import_yaml: Callable[[str], Report]) -> None:
    assert not import_yaml(SAID).faults
    with database.read() as connection:
        kept = connection.execute(select(RecordKey.type, RecordKey.id, RecordKey.key))
        assert {(prefix, number): key for prefix, number, key in kept} == FIRST
