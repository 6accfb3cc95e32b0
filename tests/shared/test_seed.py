"""The seed against the article that it is made from. The article's text is not ours to keep in the repository."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from app.store.database.engine import Database
from tests.conftest import SEED
from tests.importing import import_paths

ARTICLE = Path(__file__).parents[3] / "shared" / "article" / "japan-cyber-2024.txt"


@pytest.mark.skipif(not ARTICLE.exists(), reason="the article's text is not beside this clone")
def test_every_quote_of_the_seed_stands_in_the_article(database: Database, tmp_path: Path) -> None:
    shutil.copy(ARTICLE, tmp_path / "japan-cyber-2024.txt")
    report = import_paths(database, [SEED], texts=tmp_path)
    assert not report.faults
    with database.read() as connection:
        claims = [json.loads(doc) for doc in connection.execute(text("SELECT doc FROM documents")).scalars()]
    quotes = {c["key"]: c["citations"][0]["verification"] for c in claims if c["quote"]}
    assert len(quotes) == 8
    assert set(quotes.values()) <= {"verbatim", "normalized"}
    assert {c["citations"][0]["verification"] for c in claims if not c["quote"]} == {"verbatim"}
    article = ARTICLE.read_text()
    for claim in claims:
        place = claim["citations"][0]["locator"]
        found = article[place["start"] : place["end"]]
        assert found == (claim["quote"] or place["exact"]) or claim["citations"][0]["verification"] == "normalized"
