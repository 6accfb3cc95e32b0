"""Fixed claims derive to what is pinned here by digest: a change needs a new version, which upgrades old databases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from app.domain.text.stems import stem
from app.domain.text.tokenizer import fold, fold_name, tokens
from app.store.database.derived_versions import CURRENT
from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from app.store.index.entries import entry_of
from app.store.records.document import Doc, decode, encode
from app.store.records.rows import rows_of
from tests.conftest import NOON
from tests.store.stored import rows

FILE = Path(__file__).with_name("pinned_claims.yaml")

# Version and digest of each. Where a test says that one changed: count the version up in derived_versions.py (of words
# in tokenizer.py) if databases of the last release hold the old one, and pin the digest that is told.
PINNED = {
    "words": (3, "c1573a03d902498a"),
    "index": (2, "fbe37b003f8c9181"),
    "documents": (2, "4b70d08a963f3a83"),
    "content": (3, "ca9c9699692ec91b"),
}

WORDS = (
    "Война и мир, ١٢ раз", "l'État don’t U.S. 1,500", "Straße ǅ ﬁn", "日本のサイバー防衛", "ประเทศไทย", "کتاب يارانه",
    "F-35 COVID-19", "naïve Ångström Œuvre", "हिन्दी भाषा", "Ελλάδα", "Łódź", "a\u00adb \u200bc",
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(new_database: Callable[[str], Database]) -> Database:
    """The fixed claims, imported by SQLite: documents and what is derived of them are the same on both engines."""
    database = new_database("sqlite")
    report = import_paths(database, [FILE], at=NOON)
    assert not report.faults
    return database


@pytest.fixture(scope="module")
def claims(filled: Database) -> list[Doc]:
    return [decode(doc) for (doc,) in rows(filled, "SELECT doc FROM documents ORDER BY pos")]


@pytest.fixture(scope="module")
def records(filled: Database) -> dict[str, Doc]:
    """The speakers, sources and metrics, by id."""
    tables = ("speakers", "sources", "metrics")
    found = (doc for table in tables for (doc,) in rows(filled, f"SELECT doc FROM {table} ORDER BY id"))  # noqa: S608
    return {doc["id"]: doc for doc in map(decode, found)}


def require_pinned(name: str, derived: object) -> None:
    digest = hashlib.blake2b(json.dumps(derived, default=str).encode(), digest_size=8).hexdigest()
    told = f"{name} derive to something else: count their version up, unless it rose since the last release, and pin"
    assert PINNED[name] == (CURRENT[name], digest), f"{told} {(CURRENT[name], digest)}"


def test_words_are_those_of_their_version() -> None:
    stems = [stem(code, word) for code in ("en", "de", "nl", "ru") for text in WORDS for word in tokens(text)]
    require_pinned("words", [[fold(text), fold_name(text), tokens(text)] for text in WORDS] + stems)


def test_the_index_is_that_of_its_version(claims: list[Doc], records: dict[str, Doc]) -> None:
    entries = [astuple(entry_of(doc, records)) for doc in claims]
    narrow = [(table.__tablename__, row) for doc in claims for table, row in rows_of(doc, 1)]
    require_pinned("index", [entries, [pair for pair in narrow if pair[0] != "documents"]])


def paths_of(value: Any, path: str = "") -> Iterator[str]:
    """The places in a document, in its order."""
    match value:
        case dict():
            for name, inner in value.items():
                yield f"{path}.{name}"
                yield from paths_of(inner, f"{path}.{name}")
        case list():
            for inner in value:
                yield from paths_of(inner, f"{path}[]")


def test_documents_have_the_shape_of_their_version(claims: list[Doc], records: dict[str, Doc]) -> None:
    docs = [*claims, *records.values()]
    require_pinned("documents", list(dict.fromkeys(f"{doc['id'][:3]}{path}" for doc in docs for path in paths_of(doc))))


def test_documents_say_what_their_version_derives(claims: list[Doc], records: dict[str, Doc]) -> None:
    require_pinned("content", [encode(doc) for doc in (*claims, *records.values())])
