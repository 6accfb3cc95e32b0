"""The engines' indexes hold our tokens as they are, and find them: no tokenizer splits or folds them again."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from itertools import count
from pathlib import Path

import yaml
from app.store.index.entries import Entry, add_entries
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, cast, select, text

from app.domain.query.query_text import parse_query
from app.domain.text.tokenizer import tokens
from app.store.database.engine import Database
from app.store.database.tables import IndexEntry
from app.store.imports.importer import import_paths
from app.store.records.names import spaced
from app.store.search.formula import Text, TsQuery, all_of, match_text, vector_query
from tests.store.stored import keys_found

ROW = 2_000  # tokens


def forms(character: str) -> str:
    """The character alone; all but ideographs and syllables also inside a word and after a letter that combines."""
    return character if character >= "\u3400" and character.isalpha() else f"{character} a{character}b क{character}"


@cache
def all_tokens() -> tuple[str, ...]:
    """The tokens that every character of Unicode makes."""
    valid = [character for character in map(chr, range(sys.maxunicode + 1)) if not "\ud800" <= character <= "\udfff"]
    made = [one for one in valid if unicodedata.category(one)[0] in "LMN"]
    return tuple(dict.fromkeys(tokens("\n".join(map(forms, made)))))


def rows() -> list[tuple[str, ...]]:
    words = all_tokens()
    return [words[start : start + ROW] for start in range(0, len(words), ROW)]


def vocabulary(connection: Connection) -> set[str]:
    """The words that the engine's index of texts holds."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, claim_fts, row)"))
        return set(connection.execute(text("SELECT term FROM temp.vocabulary")).scalars())
    return set(
        connection.execute(
            text(
                "SELECT DISTINCT word FROM index_entries, unnest(tsvector_to_array(words)) word"
                " WHERE left(word, 1) <> '+'"  # pairs of words
            )
        ).scalars()
    )


def positions(connection: Connection, words: tuple[str, ...]) -> list[int]:
    """Where the engine finds all of these words."""
    asked = all_of(Text((word,), open_end=False) for word in words)
    if connection.dialect.name == "sqlite":
        query = text("SELECT rowid FROM claim_fts WHERE claim_fts MATCH :match")
        return list(connection.execute(query, {"match": match_text(asked)}).scalars())
    matches = IndexEntry.words.op("@@")(cast(vector_query(asked), TsQuery()))
    return list(connection.execute(select(IndexEntry.pos).where(matches)).scalars())


def test_every_token_that_unicode_can_make_is_indexed_and_found_as_it_is(database: Database) -> None:
    with database.write() as connection:
        entries = [(pos, True, Entry(spaced(words), *[""] * 7)) for pos, words in enumerate(rows(), 1)]
        add_entries(connection, entries)
        assert vocabulary(connection) == set(all_tokens())
        for pos, words in enumerate(rows(), 1):
            assert positions(connection, words[pos % 20 :: 20]) == [pos]  # a choice: each costs a look-up


LETTERS = (
    "aÉßİıŁﬁＡ２²½東京ガｶﾞ한각ไทยภาษាខ្មែرمحمدأعىیکשלוםक़्षिীй ёЇӣਕਾ𝔄𐐀𠀀𱍐👍❤️1️⃣"
    "’'-_\"*():&|!\\ \n\t\u00ad\u200b\u200c\u200d\u0301\u0489\u20e3"
)
TEXTS = st.lists(
    st.text(st.one_of(st.sampled_from(LETTERS), st.characters(exclude_characters="\0")), max_size=30),
    min_size=8,
    max_size=20,
)

_example = count(1)


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_any_text_is_found_by_each_of_its_words(
    database: Database, client: TestClient, tmp_path: Path, texts: list[str]
) -> None:
    batch = next(_example)
    kept = {f"{batch}-{number}": said for number, said in enumerate(texts) if said.strip()}
    claims = [{"key": key, "quote": said} for key, said in kept.items()]
    file = tmp_path / f"{batch}.yaml"
    file.write_text(yaml.safe_dump({"source": {"key": "s", "title": "S"}, "claims": claims}))
    assert not import_paths(database, [file]).faults
    for key, said in kept.items():
        for word in dict.fromkeys(tokens(said)[:3]):
            assert key in keys_found(client, q=word)
        if parse_query(said) and "-" not in said and "OR" not in said.split():
            assert key in keys_found(client, q=said)
