"""Bounds at their edges, however they are found: dates that meet a day, revisions that come later, moments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from tests.api.conftest import find_as_many
from tests.asked import some_of
from tests.conftest import ENGINES
from tests.importing import import_paths
from tests.store.stored import keys_found

FIRST = date(2021, 3, 5)
AFTER = range(363, 370)  # days from the first to the last of a date: those of over 366 are looked for apart
RECORDED = [datetime(2026, 1, 1, 12, 0, 0, microsecond, UTC) for microsecond in (0, 1, 2)]
EACH = 8  # claims of a revision
YEARS = range(1600, 2000)


@pytest.fixture(scope="module", params=ENGINES)
def client(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """Dates of about 366 days, and three revisions, a microsecond after each other, of the same topic."""
    folder: Path = tmp_path_factory.mktemp("bounds")
    database = new_database(request.param)
    for number, at in enumerate(RECORDED):
        claims = [{"key": f"r{number}-{n}", "quote": f"words {n}", "topics": ["tax"]} for n in range(EACH)]
        if number == 0:
            claims += [
                {"key": f"d{days}", "quote": "long", "said_on": f"{FIRST}/{FIRST + timedelta(days)}"} for days in AFTER
            ]
            claims += [{"key": f"y{year}", "quote": "year", "said_on": str(year)} for year in YEARS]
        file = folder / f"{number}.json"
        file.write_text(json.dumps({"source": {"title": "S"}, "claims": claims}))
        assert not import_paths(database, [file], at=at).faults
    with TestClient(create_app(database)) as opened:
        yield opened


@pytest.mark.parametrize("few", [0, 3, 10_000])
@pytest.mark.parametrize("sort", ["said_on", "-said_on"])
def test_a_date_of_about_a_year_meets_its_last_day_and_not_the_next(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, sort: str, few: int
) -> None:
    find_as_many(monkeypatch, few)
    for days in AFTER:
        last = FIRST + timedelta(days)
        wanted = {f"d{more}" for more in AFTER if more >= days}
        assert set(keys_found(client, said_on=str(last), sort=sort)) == wanted, days
        assert set(keys_found(client, said_on=f"{last}/..", sort=sort)) == wanted, days
    assert len(keys_found(client, said_on=str(FIRST), sort=sort)) == len(AFTER)
    assert keys_found(client, said_on=str(FIRST - timedelta(1)), sort=sort) == []


def test_each_year_meets_its_first_and_its_last_day_alone(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    find_as_many(monkeypatch, 0)
    for year in (1700, 1900, *some_of(YEARS, 36)):
        for day in (f"{year}-01-01", f"{year}-12-31"):
            assert keys_found(client, said_on=day) == [f"y{year}"]
        assert keys_found(client, said_on__within=f"{year}-01-01/{year}-12-31") == [f"y{year}"]
        assert keys_found(client, said_on__within=f"{year}-01-02/{year}-12-31") == []


@pytest.mark.parametrize("few", [0, 3, 10_000])
@pytest.mark.parametrize("sort", ["recorded_at", "-recorded_at"])
def test_the_order_of_recording_in_the_past_has_no_claim_that_came_later(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, sort: str, few: int
) -> None:
    find_as_many(monkeypatch, few)
    for revision in (1, 2, 3):
        found = keys_found(client, topic="tax", sort=sort, as_of=str(revision))
        assert {key[:2] for key in found} == {f"r{number}" for number in range(revision)}, revision
        assert len(found) == revision * EACH
        assert [key[:2] for key in found] == sorted((key[:2] for key in found), reverse=sort == "-recorded_at")


@pytest.mark.parametrize("few", [0, 3, 10_000])
@pytest.mark.parametrize("beside", [{}, {"topic": "tax"}])
def test_moments_of_recording_are_told_apart_by_microseconds(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, beside: dict[str, str], few: int
) -> None:
    find_as_many(monkeypatch, few)
    for number, at in enumerate(RECORDED):
        until = {key[:2] for key in keys_found(client, recorded_at__lte=at.isoformat(), **beside) if key[0] == "r"}
        since = {key[:2] for key in keys_found(client, recorded_at__gte=at.isoformat(), **beside) if key[0] == "r"}
        assert until == {f"r{earlier}" for earlier in range(number + 1)}
        assert since == {f"r{later}" for later in range(number, 3)}
    assert len(keys_found(client, recorded_at__lte="2026-01-01", topic="tax")) == 3 * EACH
    assert keys_found(client, recorded_at__lte="2025-12-31") == []
