"""The stock of odd claims on both engines."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sized
from contextlib import ExitStack
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import settings as app_settings
from app.store.database.engine import Database
from app.store.search import axes, evaluation, matches, order, phrases, ranges, tallies
from app.store.write.merge import merge_records
from tests.api.keyed import Open, guarded
from tests.conftest import ENGINES
from tests.importing import import_paths
from tests.stock import CLAIMS, MERGES, METRICS, RECORDED, SOURCES, make_stock
from tests.tree import Doc, Filters, Tree, World


class Stock:
    """The stock on both engines, and its documents as the API gives them. past: as of which revision there was another
    world: before most of its merges.
    """

    def __init__(self, clients: dict[str, TestClient]) -> None:
        self.clients = clients
        self.world = World()
        self.past = (0, World())

    def __repr__(self) -> str:
        return "the stock"

    def ask(self, engine: str, filters: Filters, **more: str) -> Doc:
        """An engine's answer to a query string."""
        asked = [(name, value) for name, values in filters for value in values]
        query = urlencode([*asked, *({"limit": "500"} | more).items()])
        answer = self.clients[engine].get(f"/v1/claims?{query}")
        assert answer.status_code == 200, (engine, filters, answer.text)
        found: Doc = answer.json()
        return found

    def search(self, engine: str, tree: Tree, **more: object) -> Doc:
        """An engine's answer to a tree."""
        answer = self.clients[engine].post("/v1/claims/search", json={"where": tree, "limit": 500} | more)
        assert answer.status_code == 200, (engine, tree, answer.text)
        found: Doc = answer.json()
        return found

    def aggregate(self, engine: str, asked: Filters | Tree, **more: object) -> Doc:
        """An engine's groups of what a query string or a tree finds, with exact numbers."""
        client = self.clients[engine]
        if isinstance(asked, dict):
            answer = client.post("/v1/claims/aggregate", json={"where": asked} | more)
        else:
            pairs = [(name, value) for name, values in asked for value in values]
            answer = client.get(f"/v1/claims/aggregate?{urlencode([*pairs, *more.items()])}")
        assert answer.status_code == 200, (engine, asked, answer.text)
        found: Doc = json.loads(answer.content, parse_float=Decimal)
        return found


def keys_in(answer: Doc) -> list[str]:
    """The keys of the claims of an answer."""
    return [claim["key"] for claim in answer["data"]]


def find_as_many(patch: pytest.MonkeyPatch, few: int) -> None:
    """More claims than a few are found in the ways for many."""
    for module, name in (
        (axes, "FEW"),
        (evaluation, "FEW"),
        (evaluation, "FEW_SPEAKERS"),
        (matches, "MANY"),
        (matches, "STRETCH"),
        (order, "SORTED_WHOLE"),
        (phrases, "FEW"),
        (phrases, "REMEMBERED"),
        (ranges, "NARROW"),
        (tallies, "ROWS"),
        (tallies, "DENSE"),
    ):
        patch.setattr(module, name, max(few, 1) if name == "STRETCH" else few)


def notes_of(answer: Doc) -> list[str]:
    """The notes on what nothing was found for. A season that may be meant for years is told whatever is found."""
    return [note for note in answer["meta"].get("notes", []) if " in EDTF, " not in note]


def total_of(found: Sized) -> Doc:
    """The total that an answer tells."""
    return {"value": len(found), "relation": "eq"}


@pytest.fixture(scope="package")
def stock(new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """The stock, imported once into each engine."""
    folders = [tmp_path_factory.mktemp(f"stock-{number}") for number in range(len(RECORDED))]
    for folder, files in zip(folders, make_stock(), strict=True):
        for number, file in enumerate(files):
            (folder / f"{number}.yaml").write_text(json.dumps(file, ensure_ascii=False))
    with ExitStack() as opened:
        databases = {engine: new_database(engine) for engine in ENGINES}
        clients = {
            engine: opened.enter_context(TestClient(create_app(database), raise_server_exceptions=False))
            for engine, database in databases.items()
        }
        stock = Stock(clients)
        for number, (folder, at, merges) in enumerate(zip(folders, RECORDED, MERGES, strict=True)):
            for database in databases.values():
                report = import_paths(database, [folder], at=at)
                assert not report.faults, [str(fault) for fault in report.faults]
            revision = look(stock)
            if number == 1:
                stock.past = (revision, copy.deepcopy(stock.world))
            for name, *keys in merges:
                old, into = (
                    clients["sqlite"].get(f"/v1/{name}", params={"key": key}).json()["data"][0] for key in keys
                )
                for database in databases.values():
                    merge_records(database, old["id"], into["id"], at=at)
                stock.world.merge(old, into["id"])
                look(stock)
        assert len(stock.world.claims) == CLAIMS - sum(name == "claims" for some in MERGES for name, *_ in some)
        assert [one["key"] for one in METRICS][:7] == [one["key"] for one in stock.world.metrics.values()]
        assert len(stock.world.sources) == len(SOURCES) - 1
        yield stock


def look(stock: Stock) -> int:
    """Take what is stored now into the stock's world; the revision."""
    answer = stock.ask("sqlite", (("status", ("any",)),))
    stock.world.claims = sorted(answer["data"], key=_number)
    for name in ("speakers", "metrics", "sources"):
        listed = stock.clients["sqlite"].get(f"/v1/{name}?limit=500").json()["data"]
        setattr(stock.world, name, {one["id"]: one for one in listed})
    revision: int = answer["meta"]["revision"]
    return revision


def _number(record: Doc) -> int:
    return int(record["id"].split("_")[1])


@pytest.fixture
def serving(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the API on the database with settings: ONRECORD_…"""

    def opened(**settings: str) -> TestClient:
        for name, value in settings.items():
            monkeypatch.setenv(f"ONRECORD_{name}", value)
        app_settings.cache_clear()
        return TestClient(guarded(database), raise_server_exceptions=False)

    yield opened
    app_settings.cache_clear()
