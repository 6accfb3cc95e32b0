"""The big list of naughty strings: all but blanks and what nobody sees is stored and found by its words, on both
engines. Quotes and venues are stored as given, names, titles and topics but for their blanks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.domain.query.query_text import leaves, parse_query, positive
from app.domain.text.controls import UNSEEN
from app.domain.text.tokenizer import plain_blanks, tokens
from app.main import create_app
from app.store.database.engine import Database
from tests.conftest import ENGINES
from tests.importing import import_paths

LIST = Path(__file__).parents[3] / "shared" / "data" / "naughty_strings" / "blns.json"
if not LIST.exists():
    pytest.skip("the list of naughty strings is not beside this clone", allow_module_level=True)

STRINGS = dict.fromkeys(json.loads(LIST.read_text(encoding="utf-8")))
NOTHING = dict.fromkeys(map(ord, UNSEEN))
BLANK = [one for one in STRINGS if not one.translate(NOTHING).strip()]
STORED = [one for one in STRINGS if one not in BLANK]
MAX_NAME = 512  # bytes
SHORT = [one for one in STORED if len(one.encode()) <= MAX_NAME and plain_blanks(one)]  # of signs without a width: none


def write_claims(file: Path, claims: list[dict[str, Any]]) -> Path:
    file.write_text(
        yaml.safe_dump({"source": {"key": "list", "title": "The list"}, "claims": claims}), encoding="utf-8"
    )
    return file


@pytest.fixture(scope="module", params=ENGINES)
def api(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The API on a database that holds every string as a quote, and as a speaker's name, topic and venue."""
    database = new_database(request.param)
    claims: list[dict[str, Any]] = [{"key": f"quote-{n}", "quote": said} for n, said in enumerate(STORED)]
    for n, said in enumerate(SHORT):
        speaker = {"key": f"speaker-{n}", "name": said, "kind": "person"}
        about = {"speaker": speaker, "topics": [said], "venue": said, "role": {"title": said}}
        claims.append({"key": f"name-{n}", "paraphrase": "words", **about})
    report = import_paths(database, [write_claims(tmp_path_factory.mktemp("naughty") / "list.yaml", claims)])
    assert not report.faults
    with TestClient(create_app(database), raise_server_exceptions=False) as client:
        yield client


def found(client: TestClient, **query: str) -> dict[str, Any]:
    """The claims that a query finds, by key. query: `fields` gives some of each alone."""
    claims: dict[str, Any] = {}
    answer = client.get("/v1/claims", params={"limit": "500", **query})
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        claims |= {one["key"]: one for one in page["data"]}
        if not page["links"]["next"]:
            return claims
        answer = client.get(page["links"]["next"])


def test_the_list_has_what_it_is_known_for() -> None:
    assert len(STORED) > 490
    assert len(SHORT) > 480
    assert len(BLANK) == 4
    assert sum(not tokens(one) for one in STORED) > 40
    assert max(map(len, STORED)) < 20_000


def test_every_string_comes_back_as_it_was_given(api: TestClient) -> None:
    claims = found(api)
    for n, said in enumerate(STORED):
        assert claims[f"quote-{n}"]["quote"] == said
        if not tokens(said):
            one = api.get(f"/v1/claims/{claims[f'quote-{n}']['id']}")
            assert one.json()["quote"] == said
    for n, said in enumerate(SHORT):
        claim = claims[f"name-{n}"]
        name = plain_blanks(said)
        assert (claim["speaker"]["name"], claim["topics"], claim["roles"][0]["title"]) == (name, [name], name)
        assert claim["venue"] == said


def test_every_string_is_found_by_its_words_in_quotes_and_in_names(api: TestClient) -> None:
    answers: dict[str, dict[str, Any]] = {}
    for kind, strings in (("quote", STORED), ("name", SHORT)):
        for n, said in enumerate(strings):
            for word in sorted(tokens(said), key=len)[-1:]:
                if word not in answers:
                    answers[word] = found(api, q=word, fields="key")
                assert f"{kind}-{n}" in answers[word], (said, word)


def test_a_string_as_a_query_finds_itself_or_nothing_where_it_has_no_word(api: TestClient) -> None:
    for n, said in list(enumerate(STORED))[::4]:
        asked = parse_query(said)
        claims = found(api, q=said, fields="key")
        if asked and leaves(asked) != positive(asked):  # a dash before a word asks to be without it
            continue
        assert (f"quote-{n}" in claims) == bool(tokens(said)), said
        assert claims == {} or tokens(said)


def test_a_name_and_a_topic_are_found_as_they_were_given(api: TestClient) -> None:
    for n, said in list(enumerate(SHORT))[::10]:
        assert f"name-{n}" in found(api, speaker__name=said, fields="key")
        assert f"name-{n}" in found(api, topic=said, fields="key")


@pytest.mark.parametrize("blank", [*BLANK, " \t\n", "\u00a0\u3000"])
def test_a_blank_quote_is_refused_with_the_reason(database: Database, tmp_path: Path, blank: str) -> None:
    claims = [{"key": "good", "quote": "words"}, {"key": "blank", "quote": blank, "paraphrase": "restated"}]
    report = import_paths(database, [write_claims(tmp_path / "list.yaml", claims)])
    assert [fault.problem.path for fault in report.faults] == [("claims", 1, "quote")]
    assert "an empty text" in str(report.faults[0])


@pytest.mark.parametrize(("bad", "reason"), [("a\0b", "NUL"), ("a\ud800b", "invalid Unicode")])
def test_what_no_database_can_hold_is_refused_with_the_reason(
    database: Database, tmp_path: Path, bad: str, reason: str
) -> None:
    file = tmp_path / "list.yaml"
    quote = json.dumps(bad)
    file.write_text(f"source: {{key: list, title: The list}}\nclaims:\n  - {{key: bad, quote: {quote}}}\n")
    report = import_paths(database, [file])
    assert len(report.faults) == 1
    assert reason in str(report.faults[0])
