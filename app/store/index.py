"""The inverted index: which words and terms a claim has. The same for both engines.

A term stands for the fact that a field has a value ("topic: cyber defence"), as a number of 63 bits: the start of the
BLAKE2b digest of both. It needs no table of terms and no look-up, and two facts of ten million collide with a chance of
5 in a million.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, delete, select, text

from app.domain.units import parse_unit
from app.domain.words import fold_name, tokens
from app.errors import BadRecord, Problem
from app.store.bulk import insert_rows, insert_values
from app.store.days import bounds_in_days, is_long
from app.store.models import IndexEntry
from app.store.render import Doc, encode

SEARCHED = ("quote", "paraphrase", "context", "terms")  # the columns of SQLite's full-text table
BREAK = "␟"  # between two texts of one column, so that no phrase runs across; never a token of a query


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index holds of a claim. Texts are tokens with a blank around each."""

    quote: str
    paraphrase: str
    context: str
    terms: tuple[int, ...]


@lru_cache(maxsize=50_000, typed=True)
def term(field: str, value: object) -> int:
    """The number of the fact that `field` has `value`; the value None stands for an absent one."""
    digest = hashlib.blake2b(f"{field}\x1f{'' if value is None else value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def spaced(words: Iterable[str]) -> str:
    """Tokens in one string with a blank around each: ` a b `; empty for none."""
    joined = " ".join(words)
    return f" {joined} " if joined else ""


@lru_cache(maxsize=50_000)
def folded(text: str) -> str:
    """A name as it is compared and indexed: folded; its digest where that is long, itself where nothing is left."""
    name = fold_name(text) or text
    return name if len(name.encode()) <= 1000 else "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def folded_topics(doc: Doc) -> list[str]:
    """The topics as they are compared."""
    return [folded(topic) for topic in doc["topics"]]


def entry_of(doc: Doc, records: Mapping[str, Doc]) -> Entry:
    """What the index holds of a claim's document. records: the documents it refers to, by id."""
    return Entry(
        spaced(tokens(doc["quote"] or "")),
        spaced(tokens(doc["paraphrase"] or "")),
        spaced(_joined(_context(doc, records))),
        tuple(sorted({term(field, value) for field, value in _facts(doc)})),
    )


MAX_LEXEMES = 900_000  # bytes of different words: a tsvector holds a mebibyte


def require_indexable(doc: Doc, records: Mapping[str, Doc]) -> None:
    """Raise BadRecord for a claim with more different words than PostgreSQL's index holds, on either engine."""
    if len(encode(doc)) < MAX_LEXEMES // 16:  # far too few words: most claims are told apart by this
        return
    entry = entry_of(doc, records)
    size = sum(len(word.encode()) + 4 for word in set(f"{entry.quote}{entry.paraphrase}{entry.context}".split()))
    if size > MAX_LEXEMES:
        detail = f"{size:,} bytes of different words in texts, names and roles; at most {MAX_LEXEMES:,} are indexed"
        raise BadRecord(detail, [Problem((), "too-long", detail)])


def _joined(texts: Iterable[str | None]) -> Iterable[str]:
    for part in texts:
        if part:
            yield from tokens(part)
            yield BREAK


def _context(doc: Doc, records: Mapping[str, Doc]) -> Iterable[str | None]:
    if doc["speaker"]:
        speaker = records[doc["speaker"]["id"]]
        yield from (speaker["name"], *speaker["aliases"])
    for role in doc["roles"]:
        yield role["title"]
        yield role["as_stated"]
        yield role["organization"] and role["organization"]["name"]
    yield doc["venue"]


def _facts(doc: Doc) -> Iterable[tuple[str, object]]:
    """The facts that equality filters ask for; an absent value is one of them."""
    speaker = doc["speaker"]
    yield "speaker", speaker and speaker["id"]
    yield "speaker__kind", speaker and speaker["kind"]
    yield from _date_facts(doc["said_on"])
    yield from (("topic", topic) for topic in folded_topics(doc))
    for role in doc["roles"]:
        yield "role__status", role["status"]
        yield "organization", role["organization"] and role["organization"]["id"]
    for figure in doc["figures"]:
        yield "figure__metric", figure["metric"]["id"]
        yield "figure__unit", parse_unit(figure["unit"]).dimension
        yield "figure__kind", figure["kind"]
        yield "figure__change", figure["change"]
    if not doc["figures"]:
        yield "figure", None
    for citation in doc["citations"]:
        source = citation["source"]
        yield "source", source["id"]
        yield "source__publisher", source["publisher"] and folded(source["publisher"])
        yield "verification", citation["verification"]
    for relation in doc["relations"]:
        yield "relation__type", relation["type"]


def _date_facts(said_on: Doc | None) -> Iterable[tuple[str, object]]:
    first, last = bounds_in_days(said_on)
    yield "said_on", None if first is None else True
    if is_long(first, last):
        yield "said_on", "long"


def add_entries(connection: Connection, entries: list[tuple[int, bool, Entry]]) -> None:
    """Store what the index holds of versions: (position, live, entry)."""
    if not entries:
        return
    sqlite = connection.dialect.name == "sqlite"
    rows = [_row(pos, live, entry, sqlite) for pos, live, entry in sorted(entries, key=lambda item: item[0])]
    insert_rows(connection, IndexEntry, rows)
    if sqlite:
        searched = [tuple(row[name] for name in ("pos", *SEARCHED)) for row in rows if row["live"]]
        insert_values(connection, "claim_fts", ("rowid", *SEARCHED), searched)


def renew_entries(connection: Connection, entries: list[tuple[int, bool, Entry]]) -> None:
    """Replace what the index holds of stored versions, where it differs: (position, live, entry)."""
    kept = [getattr(IndexEntry, name) for name in SEARCHED]
    found = select(IndexEntry.pos, *kept).where(IndexEntry.pos.in_([pos for pos, _, _ in entries]))
    stored = {pos: tuple(old) for pos, *old in connection.execute(found)}
    sqlite = connection.dialect.name == "sqlite"
    rows = ((one, _row(*one, sqlite)) for one in entries)
    changed = [one for one, row in rows if stored[one[0]] != tuple(row[name] for name in SEARCHED)]
    if changed:
        positions = [pos for pos, _, _ in changed]
        close_entries(connection, positions)
        connection.execute(delete(IndexEntry).where(IndexEntry.pos.in_(positions)))
        add_entries(connection, changed)


def _row(pos: int, live: bool, entry: Entry, sqlite: bool) -> dict[str, Any]:
    row = {
        "pos": pos, "live": live, "quote": entry.quote, "paraphrase": entry.paraphrase, "context": entry.context
    }  # fmt: skip
    if sqlite:
        return row | {"terms": spaced(map(term_token, entry.terms)), "words": None}
    words = set(f"{entry.quote}{entry.paraphrase}{entry.context}".split()) - {BREAK}
    return row | {"terms": list(entry.terms), "words": " ".join(f"'{word}'" for word in sorted(words))}


def term_token(number: int) -> str:
    """A term as SQLite's full-text index has it: 16 hexadecimal digits."""
    return f"{number:016x}"


def close_entries(connection: Connection, positions: list[int]) -> None:
    """Take versions out of what current reads search. SQLite's table is told the old words to forget them."""
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                "INSERT INTO claim_fts(claim_fts, rowid, quote, paraphrase, context, terms)"
                " SELECT 'delete', pos, quote, paraphrase, context, terms FROM index_entries"
                " WHERE pos = :pos AND live"
            ),
            [{"pos": pos} for pos in sorted(positions)],
        )
