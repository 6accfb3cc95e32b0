"""Contents of the seed, and that a quote which is not printed so is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from app.store.database.engine import Database


def test_the_seed_holds_what_its_readme_says(seeded: Database) -> None:
    with seeded.read() as connection:
        claims = [json.loads(doc) for doc in connection.execute(text("SELECT doc FROM documents")).scalars()]
    speakers = {claim["speaker"]["id"] for claim in claims}
    figures = [figure for claim in claims for figure in claim["figures"]]
    dated = [claim for claim in claims if claim["said_on"]]
    assert (len(claims), len(speakers), len(figures), len(dated)) == (38, 18, 12, 11)
    assert {claim["citations"][0]["verification"] for claim in claims} == {"unchecked"}


def test_a_changed_word_is_not_found(database: Database, import_yaml: Callable[..., object], tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "told.txt").write_text("“We will ship it in May,” she said.")
    import_yaml(
        "source: {key: told, title: Told}\nclaims:\n"
        "  - {key: a, quote: We will ship it in May}\n  - {key: b, quote: We will ship it in June}\n",
        texts=texts,
    )
    with database.read() as connection:
        claims = [json.loads(doc) for doc in connection.execute(text("SELECT doc FROM documents")).scalars()]
    assert {c["key"]: c["citations"][0]["verification"] for c in claims} == {"a": "verbatim", "b": "not_found"}
