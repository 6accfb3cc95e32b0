"""Reading the index: what is missing, too long, too much or too late."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import text

from app.errors import QueryTimeout
from app.store.database.deadlines import Deadline
from app.store.database.engine import Database
from app.store.index.facts import ClaimFacts
from app.store.index.families import CLAIM, ELEMENTS
from app.store.index.reader import Index, index_of
from app.store.index.revisions import IndexBroken
from app.store.index.storing import Sizes
from app.store.index.writing import IndexWriter, merge_some
from tests.store.index.steady import SIZES, compare, write


def claim(*terms: bytes) -> ClaimFacts:
    return ClaimFacts(list(terms), [0, -1, 1, 0, 0, 0], [], [[] for _ in ELEMENTS], "")


def write_claims(database: Database, claims: list[ClaimFacts], sizes: Sizes = SIZES) -> None:
    with database.write() as connection:
        writer = IndexWriter(connection, 1, sizes)
        for facts in claims:
            writer.add(facts)
        writer.store()


@pytest.mark.parametrize("recent", [0, 9], ids=["in a segment", "recent"])
def test_long_terms_are_told_apart(database: Database, recent: int) -> None:
    drawn = random.Random(1)  # noqa: S311  # bytes that no compression makes shorter
    begin = bytes(drawn.randrange(128) for _ in range(2600))
    terms = [begin[:2599], begin, begin + b"a", begin * 40]
    write_claims(database, [claim(term) for term in terms], Sizes(recent=recent))
    with database.read() as connection:
        view = Index().at(connection)
        assert [list(view.postings(CLAIM, term)) for term in terms] == [[1], [2], [3], [4]]
        assert list(view.beginning(CLAIM, begin[:2000])) == [1, 2, 3, 4]


def test_a_missing_segment_is_an_error_and_no_empty_one(database: Database) -> None:
    write_claims(database, [claim(b"a")] * 5, Sizes(recent=0, versions=2))
    index = Index()
    with database.read() as connection:
        view = index.at(connection)
    with database.write() as connection:
        connection.execute(text("DELETE FROM index_segments WHERE segment = 2"))
    with database.read() as connection:
        view = index.at(connection)
        with pytest.raises(IndexBroken, match="missing: \\[2\\]"):
            view.postings(CLAIM, b"a")
        with pytest.raises(IndexBroken, match="missing: \\[2\\]"):
            view.beginning(CLAIM, b"a")


@pytest.mark.parametrize("first", [1, 3, 5])
def test_a_missing_stretch_of_a_column_is_an_error(database: Database, first: int) -> None:
    write_claims(database, [claim(b"a")] * 5, Sizes(recent=0, versions=2))
    with database.write() as connection:
        connection.execute(text("DELETE FROM index_columns WHERE first = :first"), {"first": first})
    with database.read() as connection, pytest.raises(IndexBroken, match=r"column claim\.claim"):
        Index().at(connection).column(CLAIM, "claim")


def test_missing_closings_are_an_error(database: Database) -> None:
    for revision in range(1, 6):
        with database.write() as connection:
            write(connection, revision)
    with database.write() as connection:
        connection.execute(text("DELETE FROM index_revisions WHERE place = 4"))
    with database.read() as connection, pytest.raises(IndexBroken, match="index_revisions"):
        Index().at(connection).visible(CLAIM)


def test_bitmaps_take_no_more_than_they_may(database: Database) -> None:
    write_claims(database, [claim(*(b"%d" % (n * m % 997) for m in range(1, 20))) for n in range(500)])
    index = Index(most=40_000)
    with database.read() as connection:
        view = index.at(connection)
        for n in range(997):
            assert list(view.postings(CLAIM, b"%d" % n)) == list(Index().at(connection).postings(CLAIM, b"%d" % n))
        held = index._held
        assert 10_000 < held.terms.size <= 30_000
        assert held.ranges.size <= 10_000


def test_a_view_ends_with_its_deadline(database: Database) -> None:
    with database.read() as connection:
        view = Index().at(connection, deadline=Deadline(0))
        with pytest.raises(QueryTimeout):
            view.check_deadline()
        Index().at(connection).check_deadline()


def test_a_writer_reads_by_an_index_of_its_own(database: Database) -> None:
    with database.read() as connection:
        shared = index_of(connection)
        assert index_of(connection) is shared
    with database.write() as connection:
        write(connection, 1)
        own = index_of(connection)
        assert own is not shared
        compare(own.at(connection))
        connection.rollback()
    with database.read() as connection:
        assert index_of(connection).at(connection).last(CLAIM) == 0


def test_threads_share_an_index(database: Database) -> None:
    with database.write() as connection:
        write(connection, 1)
    ended = Event()

    def read() -> int:
        times = 0
        while not ended.is_set() or times == 0:
            with database.read() as connection:
                view = index_of(connection).at(connection)
                compare(view)
                compare(index_of(connection).at(connection, view.revision // 2))
            times += 1
        return times

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read) for _ in range(4)]
        for revision in range(2, 25):
            with database.write() as connection:
                write(connection, revision)
            with database.write() as connection:
                merge_some(connection, 0, SIZES)
        ended.set()
        assert all(reader.result() for reader in readers)
