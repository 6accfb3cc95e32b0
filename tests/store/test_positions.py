"""Positions: newest day first, ties in the order of arrival, unknown dates last; a page has that order."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

from app.store.database.engine import Database
from app.store.database.tables import position_range
from app.store.imports.importer import Report
from tests.store.stored import keys_found, rows

# (key, said_on) in the order of arrival
ARRIVALS = [
    ("a", "2020-05-01"), ("b", None), ("c", "2024"), ("d", "2020-05"), ("e", "2024-01-01"), ("f", "../2024"),
    ("g", "9999-12-31"), ("h", "0001-01-01"), ("i", "2024-01-02"), ("j", "2024~"), ("k", "XXXX"), ("l", "2023-12-31"),
    ("m", "2020-05-02/.."),
]  # fmt: skip
# The earliest day orders; a date without one is as one that is not known.
ORDER = ["g", "i", "c", "e", "j", "l", "m", "a", "d", "h", "b", "f", "k"]


def yaml_of(arrivals: list[tuple[str, str | None]], speaker: str = "speaker: {key: ann, name: Ann}") -> str:
    lines = [f'  - {{key: {key}, quote: "words {key}", said_on: {day or "null"}, {speaker}}}' for key, day in arrivals]
    return "source: {key: s, title: T}\nclaims:\n" + "\n".join(lines) + "\n"


def by_position(database: Database) -> list[str]:
    found = rows(
        database,
        "SELECT k.key FROM claims c JOIN record_keys k ON k.type = 'clm' AND k.id = c.id"
        " WHERE c.until IS NULL ORDER BY c.pos DESC",
    )
    return [key for (key,) in found]


def test_descending_positions_are_newest_first_and_ties_in_order_of_arrival(
    database: Database, import_yaml: Callable[..., Report], client: TestClient
) -> None:
    assert not import_yaml(yaml_of(ARRIVALS)).faults
    assert by_position(database) == ORDER
    assert keys_found(client) == ORDER
    assert keys_found(client, sort="said_on") == ORDER[::-1]


def test_the_order_is_the_same_over_several_imports(
    database: Database, import_yaml: Callable[..., Report], client: TestClient
) -> None:
    for start in range(0, len(ARRIVALS), 3):
        import_yaml(yaml_of(ARRIVALS[start : start + 3]))
    assert by_position(database) == ORDER
    assert keys_found(client) == ORDER


def test_pages_of_one_have_that_order(import_yaml: Callable[..., Report], client: TestClient) -> None:
    import_yaml(yaml_of(ARRIVALS))
    found: list[str] = []
    address = "/v1/claims?limit=1"
    while address:
        answer = client.get(address).json()
        found += [one["key"] for one in answer["data"]]
        address = answer["links"]["next"]
    assert found == ORDER


def test_a_position_lies_in_the_range_of_its_day(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml(yaml_of(ARRIVALS))
    found = dict(
        rows(database, "SELECT k.key, c.pos FROM claims c JOIN record_keys k ON k.type = 'clm' AND k.id = c.id")
    )
    for day, keys in ((738886, ["c", "e", "j"]), (1, ["h"]), (3652059, ["g"]), (0, ["b", "f", "k"])):
        first, last = position_range(day)
        assert [found[key] for key in keys] == list(range(last, last - len(keys), -1))
        assert first <= found[keys[-1]]


def test_a_changed_date_moves_a_claim_to_its_new_place(import_yaml: Callable[..., Report], client: TestClient) -> None:
    import_yaml(yaml_of(ARRIVALS))
    import_yaml(yaml_of([("i", "0001-01-01")]))
    assert keys_found(client) == ["g", "c", "e", "j", "l", "m", "a", "d", "h", "i", "b", "f", "k"]


def test_a_new_rendering_keeps_the_order(import_yaml: Callable[..., Report], client: TestClient) -> None:
    import_yaml(yaml_of(ARRIVALS))
    import_yaml("speakers: [{key: ann, name: Anna}]\n")
    assert keys_found(client) == ORDER
