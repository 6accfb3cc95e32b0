"""Imports look up many records at once, and only those that can be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from app.demo.generated_claims import as_line
from app.store.database.engine import Database
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.write.resolver import Resolver
from tests.conftest import ENGINES, NOON
from tests.importing import import_paths
from tests.statements import recorded


def filled(database: Database, file: Path, claims: Iterable[Doc]) -> int:
    """Import claims; the number of statements that it took."""
    file.write_bytes(b"".join(map(as_line, claims)))
    with recorded(database) as asked:
        report = import_paths(database, [file], at=NOON, processes=1)
    assert [str(fault) for fault in report.faults] == []
    return len(asked)


def stories(number: int, kind: str | None, start: int = 0) -> list[dict[str, Any]]:
    """Claims of persons and of officials: those of each source are others."""
    first = [
        {"key": f"k{n}", "quote": f"words {n}", "speaker": {"name": f"Ann {n}"} | ({"kind": kind} if kind else {}),
         "source": {"url": f"https://a.example/{n}", "title": f"T {n}"},
         "roles": [{"title": "head", "organization": f"Office {n}"}]}
        for n in range(start, start + number)
    ]  # fmt: skip
    return [one | {"key": f"g{one['key']}", "speaker": {"name": "officials", "kind": "group"}} for one in first] + first


@pytest.mark.parametrize("engine", ENGINES)
def test_more_claims_in_a_batch_take_no_more_statements(
    new_database: Callable[[str], Database], tmp_path: Path, engine: str
) -> None:
    taken = []
    for number in (40, 60):  # each makes a segment of the index
        database = new_database(engine)
        filled(database, tmp_path / "some.ndjson", stories(3, None, start=100))
        first = filled(database, tmp_path / "first.ndjson", stories(number, None))
        again = filled(database, tmp_path / "again.ndjson", stories(number, "person"))  # renders claims anew
        taken.append((first, again))
    assert taken[0] == taken[1]


def titled(number: int, key: str) -> list[dict[str, Any]]:
    """Claims, each with a source of its own: of other keys, but of the same titles whatever the key."""
    return [
        {"key": f"{key}{n}", "quote": f"words {key} {n}", "source": {"key": f"{key}/{n}", "title": f"T {n}"}}
        for n in range(number)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_sources_with_the_titles_of_stored_ones_are_looked_up_together(
    new_database: Callable[[str], Database], tmp_path: Path, engine: str
) -> None:
    taken = []
    for number in (70, 100):
        database = new_database(engine)
        filled(database, tmp_path / "first.ndjson", titled(number, "a"))
        taken.append(filled(database, tmp_path / "again.ndjson", titled(number, "b")))
    assert taken[0] == taken[1]


def test_of_many_groups_of_one_name_only_that_of_the_source_is_read(database: Database, tmp_path: Path) -> None:
    filled(database, tmp_path / "stories.ndjson", stories(9, "person"))
    with database.write() as connection:
        revision = Revision(connection, actor="test")
        resolver = Resolver(revision, IndexWriter(connection, revision.number))
        officials = resolver.refer("speaker", {"name": "Officials"}, "src_3")
        assert resolver.records[officials]["source"] == "src_3"
        assert list(resolver.speakers.held()) == [officials]
        others = {resolver.refer("speaker", {"name": "officials", "kind": "group"}, f"src_{n}") for n in range(1, 10)}
        assert len(others) == 9
        assert revision.last_number("spk") == 9 * 3
