"""Records that count as one by today's rules, though earlier releases kept them apart: warnings for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.store.database.bulk_insert import read_batches
from app.store.database.tables import Metric, Source
from app.store.records.document import Doc, decode
from app.store.records.source_identity import has_own_key, is_address

BATCH: Final = 1000  # sources read at a time
MOST_ALIKE: Final = 20  # addresses that are told of


def warnings_of_records(connection: Connection) -> list[str]:
    """Warnings of metrics of one name, of sources at one address, and of sources whose address is none."""
    alike = (_told(*metrics) for metrics in _metrics_alike(connection))
    return [*alike, *_sources_alike(connection), *_sources_without_addresses(connection)]


def _metrics_alike(connection: Connection) -> Iterator[list[str]]:
    """The current metrics whose names fold alike, together: the id, key and name of each."""
    current = Metric.until.is_(None)
    several = select(Metric.folded).where(current).group_by(Metric.folded).having(func.count() > 1)
    found = select(Metric.folded, Metric.doc).where(current, Metric.folded.in_(several)).order_by(Metric.id)
    alike: dict[str, list[str]] = defaultdict(list)
    for folded, text in connection.execute(found):
        doc = decode(text)
        alike[folded].append(f"{doc['id']} (key {doc['key']}, {doc['name']})")
    yield from alike.values()


def _told(first: str, *others: str) -> str:
    return (
        f"the names of {first} and {', '.join(others)} count as the same by now: a claim that gives neither's key nor"
        " its name to the letter is refused; give all but one another name"
    )


def _sources_alike(connection: Connection) -> Iterator[str]:
    """Warnings of current sources at one address without keys of their own: an earlier release made one for
    each spelling.
    """
    current = Source.until.is_(None)
    several = select(Source.address).where(current).group_by(Source.address).having(func.count() > 1)
    found = select(Source.address, Source.doc).where(current, Source.address.in_(several)).order_by(Source.id)
    alike: dict[str | None, list[Doc]] = defaultdict(list)
    for address, text in connection.execute(found):
        alike[address].append(decode(text))
    spelt = [docs for docs in alike.values() if not all(map(has_own_key, docs))]
    for first, *others in spelt[:MOST_ALIKE]:
        named = ", ".join(f"{doc['id']} ({doc['url']})" for doc in others)
        yield (
            f"{first['id']} ({first['url']}) and {named} are at one address by now: a source at it that is neither"
            f" spelt so nor named by key is refused; merge them: onrecord merge {others[0]['id']} {first['id']}"
        )
    if len(spelt) > MOST_ALIKE:
        yield f"{len(spelt) - MOST_ALIKE:,} more addresses have several sources"


def _sources_without_addresses(connection: Connection) -> Iterator[str]:
    """A warning of current sources with invalid addresses: earlier releases took any text."""
    located: Any = select(Source.id, Source.since, Source.url).where(Source.until.is_(None), Source.url.is_not(None))
    batches = read_batches(connection, located, (Source.id, Source.since), BATCH)
    wrong = [f"src_{row.id} ({row.url!r:.80})" for batch in batches for row in batch if not is_address(row.url)]
    if wrong:
        what = "1 source is" if len(wrong) == 1 else f"{len(wrong):,} sources are"
        yield (
            f"{what} at what is no address, such as {', '.join(wrong[:3])}: a file that tells it is refused; define"
            " them with the address in full, or with none"
        )
