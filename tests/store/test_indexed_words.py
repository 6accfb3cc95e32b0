"""The index holds our words as they are, whatever their script, and finds them: no engine splits or folds them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import yaml
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.query.query_text import parse_query
from app.domain.text.lattice import lattice
from app.domain.text.tokenizer import tokens
from app.store.database.engine import Database
from app.store.index.families import CLAIM
from app.store.index.reader import index_of
from tests.characters import characters
from tests.importing import import_paths
from tests.store.stored import keys_found

ROW = 2_000  # characters of words in a quote


def forms(character: str) -> str:
    """The character alone; all but ideographs and syllables also inside a word and after a letter that combines."""
    return character if character >= "\u3400" and character.isalpha() else f"{character} a{character}b क{character}"


@cache
def all_tokens() -> tuple[str, ...]:
    """The tokens that every character of Unicode makes."""
    made = [one for one in characters() if unicodedata.category(one)[0] in "LMN"]
    return tuple(dict.fromkeys(tokens("\n".join(map(forms, made)))))


def quotes() -> Iterator[list[str]]:
    """All tokens, some in each quote."""
    words = all_tokens()
    yield from (list(words[start : start + ROW]) for start in range(0, len(words), ROW))


def import_quotes(database: Database, folder: Path, said: dict[str, str]) -> None:
    """Import claims with these quotes, by key."""
    file = folder / f"{next(_numbers)}.yaml"
    claims = [{"key": key, "quote": quote} for key, quote in said.items()]
    file.write_text(yaml.safe_dump({"source": {"key": "s", "title": "S"}, "claims": claims}))
    assert not import_paths(database, [file]).faults


_numbers = count(1)


def test_every_token_that_unicode_can_make_is_indexed_and_found_as_it_is(database: Database, tmp_path: Path) -> None:
    import_quotes(database, tmp_path, {str(number): "\n".join(words) for number, words in enumerate(quotes(), 1)})
    with database.read() as connection:
        view = index_of(connection).at(connection)
        stored = {term[1:].decode() for term in view.terms_beginning(CLAIM, b"q", 10 * len(all_tokens()))}
        assert stored >= set(all_tokens())
        for number, words in enumerate(quotes(), 1):
            for word in words[number % 100 :: 100]:  # a choice: each costs a look-up
                assert number in view.postings(CLAIM, f"q{word}".encode())


LETTERS = (
    "aÉßİıŁﬁＡ２²½東京ガｶﾞ한각ไทยภาษាខ្មែرمحمدأعىیکשלוםक़्षिीй ёЇӣਕਾ𝔄𐐀𠀀𱍐👍❤️1️⃣"
    "’'-_\"*():&|!\\ \n\t\u00ad\u200b\u200c\u200d\u0301\u0489\u20e3"
)
TEXTS = st.lists(
    st.text(st.one_of(st.sampled_from(LETTERS), st.characters(exclude_characters="\0")), max_size=30),
    min_size=8,
    max_size=20,
)


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_any_text_is_found_by_each_of_its_words(
    database: Database, client: TestClient, tmp_path: Path, texts: list[str]
) -> None:
    batch = next(_numbers)
    said = {f"{batch}-{number}": text for number, text in enumerate(texts) if text.strip()}
    import_quotes(database, tmp_path, said)
    for key, text in said.items():
        for word in dict.fromkeys(token.word for token in lattice(text)[:4]):
            assert key in keys_found(client, q=word)
        if parse_query(text) and "-" not in text and "OR" not in text.split():
            assert key in keys_found(client, q=text)
