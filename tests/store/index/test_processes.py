"""The index beside other processes: cold ones that read while it is merged, and one that is killed while it merges."""

from __future__ import annotations

from app.store.database.engine import Database
from app.store.index.merging import merge_some
from app.store.index.reader import Index
from tests.store.index.steady import SIZES, compare, merge_to_the_end, read_on, stop_in_a_step, write
from tests.store.stored import rows
from tests.store.writers import Beside

REVISIONS = 40
KILLS = 3


def test_cold_readers_beside_merges_are_right(database: Database) -> None:
    with database.write() as connection:
        write(connection, 1)
    readers = [Beside(read_on, database) for _ in range(2)]
    try:
        assert [reader.said() for reader in readers] == [1] * 2
        steps = 0
        for revision in range(2, REVISIONS):
            with database.write() as connection:
                write(connection, revision)
            if revision % 3 == 0:
                steps += merge_to_the_end(database)
            if revision in (10, 20):  # however slow they are, they read between writes
                assert [reader.said() for reader in readers] == [revision // 10 + 1] * 2
        assert steps > REVISIONS / SIZES.recents
        for reader in readers:
            reader.tell_to_end()
            times, seen = reader.said()
            assert times >= seen >= 3
            assert reader.end() == 0
    finally:
        for reader in readers:
            reader.kill()


def test_a_merge_that_is_killed_goes_on_with_the_next_writer(database: Database) -> None:
    for revision in range(1, 50):
        with database.write() as connection:
            write(connection, revision)
        with database.write() as connection:
            if revision * 2 % SIZES.recents == 0:
                merge_some(connection, 0, SIZES)  # recent revisions only: each two become a segment
    index, kills, more, is_half_done = Index(), 0, True, False
    while more:
        process = Beside(stop_in_a_step, database)
        more = process.said() == "more"
        process.kill()
        kills += 1
        is_half_done |= any(after for (after,) in rows(database, "SELECT after FROM index_merges"))
        for reader in (index, Index()):
            with database.read() as connection:
                compare(reader.at(connection))
                compare(reader.at(connection, 20))
        with database.write() as connection:  # a revision may come between
            write(connection, 49 + kills)
        if kills == KILLS:
            merge_to_the_end(database)
    assert kills > KILLS
    assert is_half_done
    listed = {number for (number,) in rows(database, "SELECT segment FROM index_segments")}
    assert {number for (number,) in rows(database, "SELECT DISTINCT segment FROM index_postings")} == listed
    assert rows(database, "SELECT * FROM index_merges") == []
