"""Fixed claims derive to what is pinned here by digest: a change needs a new version, which upgrades old databases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from app.domain.text.lattice import lattice
from app.domain.text.stems import stem
from app.domain.text.tokenizer import fold, fold_name, tokens
from app.store.database.derived_versions import CURRENT
from app.store.database.engine import Database
from app.store.index.terms import claim_facts, facts_hash, speaker_facts
from app.store.records.document import Doc, decode, encode
from app.store.records.rows import rows_of
from tests.conftest import NOON
from tests.importing import import_paths
from tests.store.stored import rows

FILE = Path(__file__).with_name("pinned_claims.yaml")

# Version and digest of each. Where one changed, its test says what to do.
PINNED = {
    "words": (5, "6d34ba7d4f09dc78"),
    "index": (6, "d36fdcc2c7178f16"),
    "documents": (3, "1fc2c8990fd5617a"),
    "content": (4, "7e81bd6c14ddbbaf"),
}

COUNTED = {
    "words": "WORD_RULES in app/domain/text/tokenizer.py",
    "index": "INDEX_VERSION in app/store/database/derived_versions.py",
    "documents": "DOCUMENT_VERSION in app/store/database/derived_versions.py",
    "content": "CONTENT_RULES in app/store/database/derived_versions.py",
}

WORDS = (
    "Война и мир, ١٢ раз", "l'État don’t U.S. 1,500", "Straße ǅ ﬁn", "日本のサイバー防衛", "ประเทศไทย", "کتاب يارانه",
    "F-35 COVID-19 1.500.000 10-15", "Japan's F-35s of the 2020s", "مكتبة على مسؤول المدرسة", "l'U.R.S.S.-word—x",
    "naïve Ångström Œuvre", "हिन्दी भाषा", "Ελλάδα", "Łódź", "a\u00adb \u200bc",
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
    return [decode(doc) for (doc,) in rows(filled, "SELECT doc FROM documents ORDER BY number")]


@pytest.fixture(scope="module")
def records(filled: Database) -> dict[str, Doc]:
    """The speakers, sources and metrics, by id."""
    tables = ("speakers", "sources", "metrics")
    found = (doc for table in tables for (doc,) in rows(filled, f"SELECT doc FROM {table} ORDER BY id"))  # noqa: S608
    return {doc["id"]: doc for doc in map(decode, found)}


def require_pinned(name: str, derived: object) -> None:
    digest = hashlib.blake2b(json.dumps(derived, default=str).encode(), digest_size=8).hexdigest()
    version, pinned = PINNED[name]
    assert (version, pinned) == (CURRENT[name], digest), advice(name, digest)


def advice(name: str, digest: str) -> str:
    version, pinned = PINNED[name]
    if CURRENT[name] != version or digest == pinned:
        return f"pin here {name!r}: {(CURRENT[name], digest)}"
    counted = f"set {COUNTED[name]} to {version + 1}, and pin here {name!r}: {(version + 1, digest)}"
    as_it_is = f"pin here {name!r}: {(version, digest)}"
    return (
        f"{name} derive to something else: {counted}. But where databases cannot hold the old one, since the version"
        f" rose after the last release, or it is pinned_claims.yaml that says something else, {as_it_is}"
    )


def test_words_are_those_of_their_version() -> None:
    stems = [stem(code, word) for code in ("en", "de", "nl", "ru") for text in WORDS for word, _, _ in lattice(text)]
    require_pinned("words", [[fold(text), fold_name(text), tokens(text), lattice(text)] for text in WORDS] + stems)


def test_the_index_is_that_of_its_version(claims: list[Doc], records: dict[str, Doc]) -> None:
    facts = [claim_facts(doc, records) for doc in claims]
    names = [speaker_facts(doc) for record_id, doc in records.items() if record_id.startswith("spk")]
    each = [rows_of(doc, 1, facts_hash(own)) for doc, own in zip(claims, facts, strict=True)]
    narrow = [(table, row) for found in each for table, row in found if table != "documents"]
    require_pinned("index", [to_builtins(facts), to_builtins(names), narrow])


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


def said(value: Any) -> Any:
    """A document without what is null or empty: a new field that says nothing is no other content."""
    match value:
        case dict():
            return {name: said(inner) for name, inner in value.items() if inner not in (None, [], {})}
        case list():
            return [said(inner) for inner in value]
    return value


def test_documents_say_what_their_version_derives(claims: list[Doc], records: dict[str, Doc]) -> None:
    require_pinned("content", [encode(said(doc)) for doc in (*claims, *records.values())])


def test_the_fixed_claims_have_a_value_of_every_field(claims: list[Doc], records: dict[str, Doc]) -> None:
    docs = [*claims, *records.values()]
    has_value = {f"{doc['id'][:3]}{path}" for doc in docs for path in paths_of(said(doc))}
    known = {f"{doc['id'][:3]}{path}" for doc in docs for path in paths_of(doc)}
    silent = sorted(known - has_value)
    assert not silent, (
        f"{', '.join(silent)}: give a claim, speaker, source or metric of pinned_claims.yaml a value of it"
    )
