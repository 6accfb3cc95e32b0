"""What a client can make a process remember is bounded in bytes, whatever it sends."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

import app
from app.api.lanes import Lanes
from app.domain.record.addresses import normal_address, same_document
from app.domain.text.text_cache import LONGEST, text_cache
from app.store.database import statements
from app.store.database.engine import Database
from app.store.database.memory import MAX_BYTES, Kept, memory_of, size_of
from app.store.records.names import folded

LONG = 16_000  # bytes of an address that is still read


def test_what_is_kept_takes_no_more_bytes_than_it_may() -> None:
    kept: Kept[str] = Kept(1000, 50_000)
    for n in range(200):
        kept.put((n, ("x" * 1000,)), "y" * 1000)
        assert 0 < kept.bytes <= 50_000
    assert 10 < len(kept) < 25
    assert kept.get((199, ("x" * 1000,))) == "y" * 1000
    assert kept.get((0, ("x" * 1000,))) is None
    for n in range(199, 0, -1):  # another value of a key takes the place of the one before
        kept.put("one", "y" * n)
    assert kept.bytes == sum(size_of(key) + size_of(value) for key, value in kept._values.items())
    kept.put("too large for all", "y" * 60_000)
    assert (len(kept), kept.bytes) == (0, 0)


def test_long_texts_are_not_kept_and_equal_values_of_other_types_are_others() -> None:
    made: list[object] = []

    @text_cache(10)
    def make(value: object) -> object:
        made.append(value)
        return value

    for value in ("x" * LONGEST, "x" * (LONGEST + 1), 1, True, 1.0):
        assert make(value) is value
        assert make(value) == value
    assert made == ["x" * LONGEST, "x" * (LONGEST + 1), "x" * (LONGEST + 1), 1, True, 1.0]


def test_long_addresses_are_not_kept() -> None:
    for function in (normal_address, same_document):
        known = function.cache_info().currsize
        for n in range(3):
            function(f"https://a.example/{n}{'x' * 1000}")
        assert function.cache_info().currsize == known


QUERIES: dict[str, Callable[[int], str]] = {  # each of some 16 kB, other ones each time
    "nothing": lambda n: "&" * (LONG + n),
    "names": lambda n: "&".join(f"{n}x{m}=" for m in range(1800)),
    "names that do not exist": lambda n: f"speaker__name={n}{quote('ж' * 2400)}",
    "topics": lambda n: "&".join(f"topic={n}x{m}{'y' * 290}" for m in range(48)),
    "words": lambda n: "q=" + quote(" ".join(f"{n}x{m}" for m in range(150))),
}


@pytest.mark.parametrize("query", QUERIES)
def test_hostile_queries_leave_little_behind(
    seeded_client: TestClient, seeded: Database, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with seeded.read() as connection:
        memory = memory_of(connection)
    assert memory is not None
    monkeypatch.setattr(memory, "answers", Kept(10_000, 100_000))
    monkeypatch.setattr(statements, "_TEXTS", Kept(1000, 100_000))
    known = folded.cache_info().currsize
    for n in range(20):
        answer = seeded_client.get(f"/v1/claims?limit=1&{QUERIES[query](n)}")
        assert answer.status_code in (200, 422)
    lanes: Lanes = seeded_client.app.state.lanes  # type: ignore[attr-defined]  # it is ours
    assert memory.answers.bytes <= 100_000 < MAX_BYTES
    assert statements._TEXTS.bytes <= 100_000
    assert lanes._paces.bytes < 20 * 1000
    assert folded.cache_info().currsize - known <= 20 * 50


def caches() -> Iterator[tuple[str, Any]]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.startswith("app.cli.__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if hasattr(value, "cache_info") and getattr(value, "__module__", "") == module.name:
                yield f"{module.name}.{name}", value


def test_no_cache_of_a_function_has_more_than_some_ten_thousand_entries_or_no_bound() -> None:
    found = dict(caches())
    assert "app.store.records.names.folded" in found
    sizes = {name: cache.cache_info().maxsize for name, cache in found.items()}
    assert {name: size for name, size in sizes.items() if size is not None and size > 1 << 16} == {}
