"""The memory that a client can make a process use is bounded in bytes, whatever it sends."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from pyroaring import BitMap

import app
from app.domain.record.addresses import normal_address, same_document
from app.domain.text.text_cache import LONGEST, text_cache
from app.store.database.engine import Database
from app.store.index.bitmaps import bytes_of
from app.store.index.cache import Cache, size_of
from app.store.index.reader import Index
from app.store.records.names import folded
from app.store.search.formula import Terms

LONG = 16_000  # bytes of an address that is still read


def test_what_the_index_holds_takes_no_more_bytes_than_it_may() -> None:
    cache = Cache(50_000)
    for n in range(200):
        cache.put(("asked", Terms((b"x" * 1000, b"%d" % n))), BitMap([n]), 1)
        assert 0 < cache.size <= 50_000
    held = [n for n in range(200) if cache.get(("asked", Terms((b"x" * 1000, b"%d" % n)))).bitmap]
    assert held == list(range(200 - len(held), 200))
    assert 10 < len(held) < 40
    for n in range(199, 0, -1):  # another value of a key takes the place of the one before
        cache.put("one", BitMap(range(n)), 200 - n)
    cache.put("too large for all", BitMap(range(0, 2_000_000, 2)), 1)
    assert cache.size == 0


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
    small = Index(most=100_000)
    monkeypatch.setitem(seeded.memory._parts, Index, small)
    known = folded.cache_info().currsize
    for n in range(10):
        answer = seeded_client.get(f"/v1/claims?limit=1&{QUERIES[query](n)}")
        assert answer.status_code in (200, 422)
    for cache in (small._held.terms, small._held.ranges):
        assert sum(size_of(key) + bytes_of(one.bitmap) for key, one in cache._values.items()) <= cache.size <= 100_000
    assert folded.cache_info().currsize - known <= 10 * 50


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
