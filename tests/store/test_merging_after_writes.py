"""After a write the parts of the index are merged, a step at a time, and nothing that is found is another for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import NotReady
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.index import storing
from app.store.index.merging import merge_some, merging_is_due
from app.store.write import writing
from tests.importing import import_paths
from tests.store.contents import contents
from tests.store.stored import rows
from tests.store.writers import start_stalled_writer

SMALL = storing.Sizes(recent=4, recents=6, versions=40, fan=2, large_fan=4)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "merge_some", lambda connection, seconds: merge_some(connection, seconds, SMALL))
    monkeypatch.setattr(writing, "merging_is_due", lambda connection: merging_is_due(connection, SMALL))


def import_claim(database: Database, folder: Path, n: int) -> Report:
    file = folder / "said.yaml"
    file.write_text(f"source: {{key: s, title: T}}\nclaims: [{{key: k{n}, quote: words {n}, topics: [t{n % 3}]}}]\n")
    return import_paths(database, [file], processes=1)


def parts(database: Database) -> tuple[int, int]:
    """How many recent revisions and segments there are."""
    [(recents,)] = rows(database, "SELECT count(*) FROM index_recent")
    [(segments,)] = rows(database, "SELECT count(*) FROM index_segments")
    return recents, segments


@pytest.mark.usefixtures("small_parts")
def test_many_small_writes_leave_few_parts(
    database: Database, new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    unmerged = new_database(database.dialect)
    for n in range(30):
        assert import_claim(database, tmp_path, n).revision == n + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "merge_parts", lambda *_given: None)
        for n in range(30):
            import_claim(unmerged, tmp_path, n)
    recents, segments = parts(database)
    assert recents < SMALL.recents
    assert segments < 8
    assert parts(unmerged) == (30, 0)
    stamps = ("claims", "speakers", "sources", "metrics", "documents", "revisions")  # their times differ
    merged, as_written = contents(database), contents(unmerged)
    for name in merged.keys() - {*stamps}:
        assert [one for one in merged[name] if "_at" not in one] == [
            one for one in as_written[name] if "_at" not in one
        ]


def test_a_failing_merge_is_no_fault_of_the_write(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_given: object) -> bool:
        raise NotReady("no room")

    monkeypatch.setattr(writing, "merging_is_due", lambda _connection: True)
    monkeypatch.setattr(writing, "merge_some", fail)
    assert import_claim(database, tmp_path, 1).revision == 1
    assert rows(database, "SELECT count(*) FROM claims") == [(1,)]
    assert "the index could not be merged: no room" in caplog.text


def test_nothing_is_merged_while_somebody_writes(database: Database, tmp_path: Path) -> None:
    import_claim(database, tmp_path, 1)
    stalled = start_stalled_writer(database)
    try:
        writing.merge_parts(database, 10)  # gives way at once
    finally:
        stalled.tell_to_end()
        assert stalled.end() == 0
