"""How an import is cut into batches, and what it lets go between them, makes no difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.demo.generated_claims import as_line, generate, generate_edits
from app.store.database.engine import Database
from app.store.history import revision
from app.store.imports import attempt, checked_files, defined
from app.store.write import places, resolver, stored_records, writer
from tests.asked import some_of
from tests.conftest import ENGINES, NOON
from tests.importing import import_paths
from tests.store.contents import contents
from tests.store.stored import record

CLAIMS = 50
MORE = 24


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Claims and edits of them, with relations to later ones, doubled rows and references of all kinds."""
    folder = tmp_path_factory.mktemp("files")
    first, second = list(generate(CLAIMS, 7)), list(generate_edits(CLAIMS, 7))
    extra: list[dict[str, Any]] = [
        {"key": f"extra/{n}", "quote": f"words {n % 5}", "speaker": {"name": f"Person {n % 4}"},
         "source": {"title": f"Title {n % 3}"} if n % 2 else {"url": f"https://a.example/{n % 3}", "title": "T"},
         "roles": [{"title": "head", "organization": f"Office {n % 3}"}],
         "figures": [{"metric": f"count {n % 2}", "value": n, "unit": "count"}],
         "relations": [{"type": "supports", "key": f"extra/{(n + 17) % MORE}"}]}
        for n in range(MORE)
    ]  # fmt: skip
    keyless = [{"paraphrase": f"said {n % 9}", "speaker": {"name": "officials", "kind": "group"},
                "source": {"key": f"s{n % 2}", "title": "S"}} for n in range(18)]  # fmt: skip
    paths = []
    for number, records in enumerate([[*first, *extra, *keyless, *extra[:9]], second]):
        paths.append(folder / f"{number}.ndjson")
        paths[-1].write_bytes(b"".join(as_line(record) for record in records))
    return paths


def filled(database: Database, files: list[Path]) -> dict[str, list[str]]:
    for file in files:
        report = import_paths(database, [file], at=NOON, processes=1)
        assert [str(fault) for fault in report.faults] == []
        assert report.revision
    return contents(database)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Cuts imports into batches of so many rows, with next to nothing held between them."""

    def cut(size: int) -> None:
        for room in (attempt, checked_files, defined, writer):
            monkeypatch.setattr(room, "BATCH", size)
        for room, name in (
            (places, "MOST_NEAR"),
            (stored_records, "MOST_HELD"),
            (revision, "MOST_KEYS"),
            (revision, "MOST_MADE"),
            (resolver, "MOST_REFERRED"),
        ):
            monkeypatch.setattr(room, name, 3)

    return cut


@pytest.fixture(scope="module", params=ENGINES)
def whole(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], files: list[Path]
) -> tuple[str, dict[str, list[str]]]:
    """Contents after the files came in one batch, by each engine in turn."""
    return request.param, filled(new_database(request.param), files)


@pytest.mark.parametrize("size", some_of([7, 50], 1))
def test_batches_of_any_size_store_the_same(
    new_database: Callable[[str], Database],
    files: list[Path],
    small: Callable[[int], None],
    whole: tuple[str, dict[str, list[str]]],
    size: int,
) -> None:
    engine, wanted = whole
    small(size)
    cut = filled(new_database(engine), files)
    for table in wanted:
        assert cut[table] == wanted[table], table


def test_a_record_that_many_batches_change_gets_one_version_more(
    database: Database, small: Callable[[int], None], tmp_path: Path
) -> None:
    source = {"key": "s", "title": "S"}
    first = [
        {"key": "k", "quote": "q", "source": source, "speaker": {"key": "ann", "name": "Ann", "kind": "person"},
         "figures": [{"metric": {"key": "m", "name": "staff"}, "value": 1, "unit": "count"}]},
    ]  # fmt: skip
    fills: list[dict[str, Any]] = [
        {"speaker": {"key": "ann", "identifiers": {"a": "1"}}, "source": source | {"publisher": "P"}},
        {"speaker": {"key": "ann", "identifiers": {"b": "2"}}, "source": source | {"published_on": "2024"}},
        {"speaker": {"key": "ann", "identifiers": {"c": "3"}}, "source": source | {"url": "https://a.example/"}},
    ]
    fills += [
        {"speaker": {"key": "new", "name": "New", "identifiers": {f"i{n}": "1"}}, "source": source} for n in range(3)
    ]
    second = [{"key": f"f{n}", "quote": f"words {n}"} | fill for n, fill in enumerate(fills)]
    small(1)
    for name, records in (("first", first), ("second", second)):
        file = tmp_path / f"{name}.ndjson"
        file.write_bytes(b"".join(map(as_line, records)))
        report = import_paths(database, [file], processes=1)
        assert [str(fault) for fault in report.faults] == []
    counts = {what: number for what, number in report.changes.items() if what not in ("created", "rendered")}
    assert counts == {"sources_updated": 1, "speakers_created": 1, "speakers_updated": 1}
    ann, new, s = (record(database, *one) for one in (("speakers", "ann"), ("speakers", "new"), ("sources", "s")))
    assert (ann["version"], new["version"], s["version"]) == (2, 1, 2)
    assert list(ann["identifiers"]) == ["a", "b", "c"]
    assert list(new["identifiers"]) == ["i0", "i1", "i2"]
    assert (s["publisher"], s["url"]) == ("P", "https://a.example/")


def test_no_more_is_held_between_batches_than_is_said(
    new_database: Callable[[str], Database],
    files: list[Path],
    small: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[dict[str, int]] = []
    let_go, let_keys_go = resolver.Resolver.forget, revision.Revision.forget

    def let_records_go(resolver: resolver.Resolver) -> None:
        let_go(resolver)
        shelves = (resolver.speakers, resolver.sources, resolver.metrics)
        records = {one.prefix: len(one._held) + len(one._named) for one in shelves}
        held.append(records | {"references": len(resolver._referred), "keys": len(resolver.revision._made)})

    def let_all_go(revision: revision.Revision) -> None:
        let_keys_go(revision)
        held.append({"ids": len(revision._ids)})

    monkeypatch.setattr(resolver.Resolver, "forget", let_records_go)
    monkeypatch.setattr(revision.Revision, "forget", let_all_go)
    small(7)
    filled(new_database("sqlite"), files)
    most = {what: max(one.get(what, 0) for one in held) for what in ("spk", "src", "met", "references", "keys", "ids")}
    assert len(held) > 20
    assert max(most.values()) <= 3, most
