"""A database whose every revision is known from its number alone, so that other processes can tell what is right.

Revision R adds version R, and closes version R / 2. A process of its own reads the index, or merges parts of it.
"""

from __future__ import annotations

from multiprocessing.connection import Connection as Pipe

from sqlalchemy import Connection

from app.store.database.engine import Database
from app.store.index import merging
from app.store.index.facts import ClaimFacts, ElementFacts, SpeakerFacts, bucket_term, pair_term
from app.store.index.families import CLAIM, ELEMENTS, FIGURE, SPEAKER
from app.store.index.reader import Index, View
from app.store.index.storing import Sizes
from app.store.index.writing import IndexWriter

SIZES = Sizes(recent=2, recents=4, versions=40, entries=10**6, fan=2, large_fan=3)
KINDS = 7  # of terms
PAIRS = 5


def write(connection: Connection, revision: int) -> None:
    """Write a revision."""
    writer = IndexWriter(connection, revision, SIZES)
    figures = [ElementFacts([b"=kind\x1f%d" % (revision % KINDS)], [0, -1, 0.5, 1.5, revision])] * (revision % 3)
    terms = [b"kind%d" % (revision % KINDS), b"number%d" % revision]
    elements = [figures if family is FIGURE else [] for family in ELEMENTS]
    values: list[int | float] = [730_000 + revision, 730_000, revision * 3, 0, 0, 0]
    writer.add(ClaimFacts(terms, values, [revision % PAIRS], elements, "a b"))
    writer.add_speaker(SpeakerFacts([b"nkind%d" % (revision % KINDS)], revision))
    if revision % 2 == 0:
        writer.close(CLAIM, [revision // 2])
        writer.close(SPEAKER, [revision // 2])
    writer.store()


def compare(view: View) -> None:
    """Compare the index with what it is to be at the view's revision."""
    last = view.revision
    every = set(range(1, last + 1))
    assert view.last(CLAIM) == last
    for family in (CLAIM, SPEAKER):
        assert set(view.visible(family)) == {number for number in every if number * 2 > last}
    for kind in range(KINDS):
        own = {number for number in every if number % KINDS == kind}
        assert set(view.postings(CLAIM, b"kind%d" % kind)) & every == own
        figures = [number for number in view.postings(FIGURE, b"=kind\x1f%d" % kind) if number <= view.last(FIGURE)]
        owners = view.column(FIGURE, "version")[figures].tolist()
        assert owners == [number for number in sorted(own) for _ in range(number % 3)]
    for pair in range(PAIRS):
        sure = set(view.postings(CLAIM, pair_term(pair))) & every
        own = {number for number in every if number % PAIRS == pair}
        assert sure <= own <= set(view.any_postings(CLAIM, (pair_term(pair), bucket_term(pair))))
    assert set(view.beginning(CLAIM, b"kind")) & every == every
    assert view.column(CLAIM, "claim")[1 : last + 1].tolist() == [number * 3 for number in sorted(every)]
    assert len([number for year in view.calendar() for number in year.bitmap if number <= last]) == last


def merge_to_the_end(database: Database) -> int:
    """Merge until nothing is left to do; in how many steps."""
    steps = 0
    more = True
    while more:
        with database.write() as connection:
            more = merging.merge_some(connection, 0, SIZES)
        steps += more
    return steps


def read_on(pipe: Pipe, url: str) -> None:
    """Read, cold and warm, until told to end; then tell how often, and how many revisions that were seen. Of the first
    three, each is told when it was read.
    """
    database, warm, times = Database(url), Index(), 0
    seen: set[int] = set()
    while not pipe.poll():
        before = len(seen)
        for index in (warm, Index()):
            with database.read() as connection:
                view = index.at(connection)
                seen.add(view.revision)
                compare(view)
                compare(index.at(connection, view.revision * 2 // 3))
            times += 1
        for number in range(before + 1, min(len(seen), 3) + 1):
            pipe.send(number)
    pipe.send((times, len(seen)))
    database.close()


def stop_in_a_step(pipe: Pipe, url: str) -> None:
    """Do one step of merging, begin the next one, say so, and wait inside its transaction."""
    database = Database(url)
    merging.AT_ONCE = 8  # type: ignore[misc]  # rows of a step: it takes many steps
    with database.write() as connection:
        merging.merge_some(connection, 0, SIZES)
    with database.write() as connection:
        more = merging.merge_some(connection, 0, SIZES)
        pipe.send("more" if more else "done")
        pipe.recv()
