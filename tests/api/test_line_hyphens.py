"""Words that are broken at the end of a line are warned of: with what finds them, and what would be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.domain.text.broken_words import broken_words
from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.importing import import_paths

BROKEN = "une efficacité énergé-\ntique"
CLAIM: dict[str, Any] = {"key": "a/1", "quote": BROKEN, "source": {"title": "T"}}
ASKED = ("énergé", "tique", "énergétique")
HOW = "q=énergé and q=tique find it, q=énergétique does not; write énergétique, or énergé-tique"


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        (BROKEN, [("énergé", "tique")]),
        ("infra-  \r\n   structure", [("infra", "structure")]),
        ("infra‐\u2028structure", [("infra", "structure")]),
        ("infra\u00ad\nstructure", [("infra", "structure")]),
        ("infra\u00ad structure", [("infra", "structure")]),
        ("na¬tional secu¬\nrity", [("na", "tional"), ("secu", "rity")]),
        ("a state-of-the-\nart plan", [("the", "art")]),
        ("cafe\u0301-\nteria", [("cafe\u0301", "teria")]),
        ("infra\u00adstructure", []),
        ("well-known", []),
        ("the plan -\nwhich failed", []),
        ("the plan—\nwhich failed", []),
        ("1990-\n1995", []),
        ("pre- and post-war", []),
        ("-\n", []),
    ],
)
def test_words_broken_at_the_end_of_a_line_are_known(text: str, halves: list[tuple[str, str]]) -> None:
    assert [(word.first, word.second) for word in broken_words(text)] == halves


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", "\n".join(json.dumps(CLAIM | {"key": key}, ensure_ascii=key == "b") for key in "abc")),
        ("a.yaml", json.dumps({"claims": [CLAIM | {"key": key} for key in "abc"]})),
        ("a.csv", "key,quote,source.title\n" + "".join(f'{key},"{BROKEN}",T\n' for key in "abc")),
    ],
)
def test_imports_count_them_in_one_kind(
    client: TestClient, database: Database, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    report = import_paths(database, [tmp_path / name])
    assert not report.faults
    [kind] = [kind for kind in report.warnings.kinds() if kind.code == "line-hyphen"]
    assert kind.count == 3
    assert HOW in str(kind.examples[0].problem)
    found = [client.get("/v1/claims", params={"q": q}).json()["meta"]["total"]["value"] for q in ASKED]
    assert found == [3, 3, 0]


def test_writes_over_http_tell_of_them(client: TestClient, database: Database) -> None:
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['write']).secret}"

    def told(answer: Any) -> list[tuple[str, bool]]:
        assert answer.status_code < 300, answer.text
        found = json.loads(answer.headers.get("onrecord-warnings", "[]"))
        return [(one["name"], HOW in one["detail"]) for one in found if one["code"] == "line-hyphen"]

    assert told(client.post("/v1/claims", json=CLAIM)) == [("/quote", True)]
    change = {"paraphrase": BROKEN, "venue": "au Sénat"}
    assert told(client.patch("/v1/claims/clm_1", json=change, headers={"If-Match": "*"})) == [("/paraphrase", True)]
    whole = CLAIM | {"quote": "une efficacité énergétique"}
    assert told(client.put("/v1/claims/by-key/a/1", json=whole, headers={"If-Match": "*"})) == []
