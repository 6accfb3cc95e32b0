"""The inverted index: which words and terms a claim has. The same facts for both engines.

Beside the words of the texts stand their stems (a language's code and the stem: `enrun`), the words of names, titles
and venue for whom asks of those alone (`marks`: `n`, `t` or `v` and the word), pairs of neighbouring words (`p` and a
digest: a phrase of common words would else be looked for in every claim that has them all), and terms (see facts.py).
SQLite has them as columns of its full-text table. PostgreSQL has one tsvector, in which a sign tells what a lexeme is;
lexemes of texts have the text as their weight (A quote, B paraphrase, C context).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, delete, select, text

from app.domain.text.stems import stem, stem_language
from app.domain.text.text_cache import text_cache
from app.domain.text.tokenizer import tokens
from app.errors import BadRecord, Problem
from app.store.database.bulk_insert import insert_rows, insert_values
from app.store.database.tables import IndexEntry
from app.store.index.facts import terms_of
from app.store.records.document import Doc, encode
from app.store.records.index_terms import term_token
from app.store.records.names import spaced

TEXTS = ("quote", "paraphrase", "context")
STEMS = tuple(f"{name}_stems" for name in TEXTS)
SEARCHED = (*TEXTS, *STEMS, "marks", "terms")  # the columns of SQLite's full-text table
BREAK = "␟"  # between two texts of one column, so that no phrase runs across; never a token of a query
STEM, MARK, PAIR, TERM = "~", "@", "+", "="  # signs of lexemes that are no words


@dataclass(frozen=True, slots=True)
class Entry:
    """The index entry of a claim. Texts are tokens with a blank around each."""

    quote: str
    paraphrase: str
    context: str
    quote_stems: str
    paraphrase_stems: str
    context_stems: str
    marks: str
    terms: str


def entry_of(doc: Doc, records: Mapping[str, Doc]) -> Entry:
    """The index entry of a claim's document. records: the documents it refers to, by id."""
    return _entry(doc, records, spaced(map(term_token, terms_of(doc, records))))


def _entry(doc: Doc, records: Mapping[str, Doc], terms: str) -> Entry:
    language = stem_language(doc["language"])
    texts = (tokens(doc["quote"] or ""), tokens(doc["paraphrase"] or ""), _joined(_context(doc, records)))
    quote, paraphrase, context = map(spaced, texts)
    stems = [spaced(_stems(language, words)) for words in texts]
    marks = spaced(dict.fromkeys((*_marks(doc, records), *(f"p{pair}" for words in texts for pair in pairs_in(words)))))
    return Entry(quote, paraphrase, context, stems[0], stems[1], stems[2], marks, terms)


def _stems(language: str | None, words: list[str]) -> Iterable[str]:
    if language is None:
        return ()
    return dict.fromkeys(f"{language}{own}" for word in words if word != BREAK and (own := stem(language, word)))


MAX_LEXEMES = 900_000  # bytes of different words: a tsvector holds a mebibyte


def require_indexable(doc: Doc, records: Mapping[str, Doc]) -> None:
    """Raise BadRecord for a claim with more different words than PostgreSQL's index holds, on either engine."""
    if len(encode(doc)) < MAX_LEXEMES // 40:  # far too few words: most claims are told apart by this
        return
    size = sum(len(word.encode()) + 10 for word in _lexemes(_entry(doc, records, "")))
    if size > MAX_LEXEMES:
        detail = f"{size:,} bytes of different words in texts, names and roles; at most {MAX_LEXEMES:,} are indexed"
        raise BadRecord(detail, [Problem((), "too-long", detail)])


def _joined(texts: Iterable[str | None]) -> list[str]:
    return [word for part in texts if part for word in (*tokens(part), BREAK)]


def _context(doc: Doc, records: Mapping[str, Doc]) -> Iterator[str | None]:
    yield from _names(doc, records)
    for role in doc["roles"]:
        yield role["title"]
        yield role["as_stated"]
        yield role["organization"] and role["organization"]["name"]
    yield doc["venue"]


def _names(doc: Doc, records: Mapping[str, Doc]) -> Iterator[str]:
    if doc["speaker"]:
        speaker = records[doc["speaker"]["id"]]
        yield from (speaker["name"], *speaker["aliases"])


def _marks(doc: Doc, records: Mapping[str, Doc]) -> list[str]:
    found = [f"n{word}" for name in _names(doc, records) for word in tokens(name)]
    found += [f"t{word}" for role in doc["roles"] for word in tokens(role["title"] or "")]
    found += [f"v{word}" for word in tokens(doc["venue"] or "")]
    return found


# Lexemes


@text_cache(50_000)
def pair_token(first: str, second: str) -> str:
    """Two neighbouring words as one token: a digest of 48 bits."""
    return hashlib.blake2b(f"{first} {second}".encode(), digest_size=6).hexdigest()


def pairs_in(words: Sequence[str]) -> list[str]:
    """The tokens of the neighbouring words of a text, or of several with a BREAK between them."""
    return [pair_token(*two) for two in pairwise(words) if BREAK not in two]


def _lexemes(entry: Entry) -> dict[str, str]:
    """PostgreSQL's index entry: each lexeme with the weights of the texts that it stands in."""
    weights: dict[str, str] = defaultdict(str)
    for weight, words, stems in zip(
        "ABC",
        (entry.quote, entry.paraphrase, entry.context),
        (entry.quote_stems, entry.paraphrase_stems, entry.context_stems),
        strict=True,
    ):
        split = words.split()
        for lexeme in {
            *split,
            *(f"{PAIR}{one}" for one in pairs_in(split)),
            *(f"{STEM}{one}" for one in stems.split()),
        }:
            weights[lexeme] += weight
    weights.pop(BREAK, None)
    weights.update(dict.fromkeys((f"{MARK}{one}" for one in entry.marks.split() if one[0] != "p"), ""))
    weights.update(dict.fromkeys((f"{TERM}{one}" for one in entry.terms.split()), ""))
    return weights


_PLACES = {"": ""} | {
    some: ":" + ",".join(f"{'ABC'.index(one) + 1}{one}" for one in some)
    for some in ("A", "B", "C", "AB", "AC", "BC", "ABC")
}


def _vector(entry: Entry) -> str:
    """The tsvector, as PostgreSQL reads it."""
    return " ".join(f"'{lexeme}'{_PLACES[weights]}" for lexeme, weights in _lexemes(entry).items())


# Rows


def digest_of(entry: Entry) -> int:
    """A number by which an entry is told from another."""
    joined = "\x1f".join(astuple(entry)).encode()
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest()) >> 1


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
    found = select(IndexEntry.pos, IndexEntry.digest).where(IndexEntry.pos.in_([pos for pos, _, _ in entries]))
    stored = {row.pos: row.digest for row in connection.execute(found)}
    changed = [one for one in entries if stored.get(one[0]) != digest_of(one[2])]
    if changed:
        positions = [pos for pos, _, _ in changed]
        close_entries(connection, positions)
        connection.execute(delete(IndexEntry).where(IndexEntry.pos.in_(positions)))
        add_entries(connection, changed)


def _row(pos: int, live: bool, entry: Entry, sqlite: bool) -> dict[str, Any]:
    row = {"pos": pos, "live": live, "digest": digest_of(entry)}
    if sqlite:
        return row | {name: getattr(entry, name) for name in SEARCHED} | {"words": None}
    # PostgreSQL has all of it in `words`; the texts are kept for phrases, word by word.
    kept = {name: getattr(entry, name) if name in TEXTS else "" for name in SEARCHED}
    return row | kept | {"words": _vector(entry)}


def close_entries(connection: Connection, positions: list[int]) -> None:
    """Take versions out of what current reads search. SQLite's table is told the old words to forget them."""
    if connection.dialect.name == "sqlite":
        columns = ", ".join(SEARCHED)
        connection.execute(
            text(
                f"INSERT INTO claim_fts(claim_fts, rowid, {columns})"  # noqa: S608  # names of our own columns
                f" SELECT 'delete', pos, {columns} FROM index_entries WHERE pos = :pos AND live"
            ),
            [{"pos": pos} for pos in sorted(positions)],
        )
