"""GET /v1/claims on the seed: what the article says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.db import Database

# (query, the keys of the claims that it finds, without the name of the source)
QUERIES = [
    ("speaker__name=Kazuhisa%20Shimada", ["shimada-1", "shimada-2", "shimada-3"]),
    ("speaker__name=kazuhisa+SHIMADA", ["shimada-1", "shimada-2", "shimada-3"]),
    ("speaker__name=Ituro%20Nishimoto", ["nishimoto-1", "nishimoto-2"]),
    ("speaker__name=nobody", []),
    ("figure__value__gte=9000&figure__unit=count/day", ["police-agency-1"]),
    ("figure__value__gte=375&figure__unit=count/h", ["police-agency-1"]),
    ("figure__unit=JPY&figure__value__gte=20000000", ["kihara-2"]),
    ("figure__unit=JPY&figure__value__gte=20000000&figure__match=certain", []),
    ("figure__unit=JPY&figure__value__lte=23000000&figure__match=certain", ["kihara-2"]),
    ("figure__value=50&figure__unit=percent", ["nishimoto-1"]),
    ("figure__value=0.5&figure__unit=ratio", ["nishimoto-1"]),
    ("said_on__within=2022", ["blair-1", "japan-1", "kishida-3", "kishida-4", "kishida-5", "japan-2"]),
    ("said_on=2022", ["blair-1", "japan-1", "kishida-3", "kishida-4", "kishida-5", "japan-2"]),
    ("said_on=2022-07-01", ["blair-1", "japan-1", "kishida-3", "kishida-4", "kishida-5", "japan-2"]),
    ("said_on__within=2022-07-01", []),
    (
        "said_on__gte=2024-04-30",
        ["kishida-1", "kishida-2", "defense-ministry-3", "defense-ministry-4", "defense-ministry-5"],
    ),
    ("said_on__lte=2021", []),
    ("q=%22political%20theater%22", ["greenwalt-1"]),
    ("q=%22theater%20political%22", []),
    ("q=theater+political", ["greenwalt-1"]),
    ("q=%E2%80%A6%21%22", []),
    ("organization__name=Pacific%20Forum", ["manantan-1"]),
    ("role__status=former&role__title__contains=intelligence", ["blair-1"]),
    ("relation__type=jointly", ["defense-ministry-2", "foreign-ministry-1"]),
    ("figure__period=2022&figure__unit=count/day", ["police-agency-2"]),
    ("figure__metric__name=Core+cyber+defence+personnel&figure__value=4000", ["kishida-4"]),
    ("status=retracted", []),
]  # fmt: skip


def keys(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/v1/claims?{query}")
    assert answer.status_code == 200, answer.text
    return [claim["key"].split("/")[1] for claim in answer.json()["data"]]


@pytest.mark.parametrize(("query", "found"), QUERIES)
def test_a_query_finds_what_the_article_says(seeded_client: TestClient, query: str, found: list[str]) -> None:
    assert keys(seeded_client, query) == found


@pytest.mark.parametrize(
    "query", ["limit=500", "sort=said_on", "q=japan", "figure__isnull=true", *(q for q, _ in QUERIES)]
)
def test_both_engines_give_the_same_bytes(seeded_databases: Callable[[str], Database], query: str) -> None:
    answers = []
    for engine in ("sqlite", "postgresql"):
        with TestClient(create_app(seeded_databases(engine))) as client:
            answers.append(client.get(f"/v1/claims?{query}").content)
    assert answers[0] == answers[1]
