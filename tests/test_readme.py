"""The README is true: its curl lines give the answers that it shows, and it names every filter and setting."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.api.claim_queries import ClaimQuery
from app.main import create_app
from app.settings import Settings
from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.conftest import ROOT, SEED
from tests.importing import import_paths

README = (ROOT / "README.md").read_text()
LINES = [
    (url, answer)
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for url, answer in re.findall(r"\$ curl -s 'http://127\.0\.0\.1:8000([^']*)'\n(.*?)\n(?=\$|$)", block, re.DOTALL)
]

POSTED = re.findall(r"\$ curl -s -X POST http://127\.0\.0\.1:8000(\S+) .*? -d '(.*?)'\n", README, re.DOTALL)


def test_there_are_ten_curl_lines() -> None:
    assert len(LINES) >= 10
    assert len(LINES) + len(POSTED) == README.count("$ curl")


@pytest.mark.parametrize(("url", "answer"), LINES)
def test_a_curl_line_gives_the_answer_that_is_shown(seeded_client: TestClient, url: str, answer: str) -> None:
    pattern = ".*?".join(re.escape(part) for part in answer.split("…"))
    shown = seeded_client.get(url).text.replace("\r\n", "\n").removesuffix("\n")  # as a terminal has it
    assert re.fullmatch(pattern, shown, re.DOTALL)


@pytest.mark.parametrize(("url", "body"), POSTED)
def test_a_posted_search_finds_something(seeded_client: TestClient, url: str, body: str) -> None:
    answer = seeded_client.post(url, content=body)
    assert answer.status_code == 200
    assert list(answer.json()) == (["data", "meta"] if url.endswith("/match") else ["data", "page", "meta"])
    assert answer.json()["data"]


def test_a_match_gives_the_answer_that_is_shown(seeded_client: TestClient) -> None:
    (body, shown), *_ = re.findall(r"/v1/claims/match .*? -d '(.*?)'\n(.*?)\n```", README, re.DOTALL)
    pattern = ".*?".join(re.escape(part) for part in shown.split("…"))
    assert re.fullmatch(pattern, seeded_client.post("/v1/claims/match", content=body).text, re.DOTALL)


def test_the_commands_about_keys_do_what_is_said(database: Database, run: Callable[..., Result]) -> None:
    section = README.partition("\n## Keys\n")[2].partition("\n## ")[0]
    create, shown, revoke = re.findall(r"^ {4}\.venv/bin/onrecord (keys .*)$", section, re.MULTILINE)
    headers, url = re.findall(r"^ {4}curl -s -H \"(.*?)\" 'http://127\.0\.0\.1:8000(.*?)'$", section, re.MULTILINE)[0]
    name, _, value = headers.partition(": ")
    key = run(database, *create.split()).stdout.split()[-1]
    (form,) = re.findall("`(onrecord_\\[.*?)`", section)
    assert re.fullmatch(form, key)
    with TestClient(create_app(database)) as client:
        carried = {name: value.replace("$KEY", key)}
        assert client.get(url, headers=carried).status_code == 200
        assert "newsroom-loader  write" in run(database, *shown.split()).stdout
        assert run(database, *revoke.split()).exit_code == 0
        answer = client.get(url, headers=carried)
        assert (answer.status_code, answer.json()["code"]) == (401, "revoked-key")
        assert f"`{answer.json()['code']}`" in section


@pytest.mark.parametrize("name", ClaimQuery.model_fields)
def test_every_parameter_is_named(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_named(name: str) -> None:
    assert f"`ONRECORD_{name.upper()}`" in README


def asked(client: TestClient, words: list[str]) -> str | None:
    """What a request of the README, in words of the shell, did."""
    _, _, _, method, url, *rest = words
    options = list(zip(rest[::2], rest[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in options if name == "-H")
    body = next((value for name, value in options if name == "-d"), None)
    answer = client.request(method, url.removeprefix("http://127.0.0.1:8000"), headers=headers, content=body)
    assert answer.is_success, answer.text
    return answer.headers.get("onrecord-action")


def test_the_commands_that_write_merge_and_undo_do_what_is_said_one_after_the_other(
    database: Database, run: Callable[..., Result]
) -> None:
    """On the seed, whose records have the ids before those that the README names."""
    assert not import_paths(database, [SEED]).faults
    key = make_key(database, "desk", ["write"]).secret
    done: list[str | None] = []
    with TestClient(create_app(database)) as client:
        for name in ("Write", "Merge", "Undo"):
            section = README.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
            lines = re.findall(r"^ {4}((?:curl|\.venv)\b.*?[^\\])\n(?! {6})", section, re.MULTILINE | re.DOTALL)
            for line in lines:
                words = shlex.split(line.replace("\\\n", " ").replace("$KEY", key))
                if words[0] == "curl":
                    done.append(asked(client, words))
                else:
                    assert run(database, *words[1:]).exit_code == 0, line
                    done.append(words[1])
        names = [client.get(f"/v1/speakers/spk_{n}", follow_redirects=False) for n in (25, 26)]
        claims = [client.get(f"/v1/claims/clm_{n}", follow_redirects=False).status_code for n in (39, 40)]
    assert done == ["created", "updated", "retracted", "restored", "updated", "created", "merge", "merge", "undo"]
    assert [one.status_code for one in names] == [200, 308]
    assert (names[0].json()["name"], "Ann Leigh" in names[0].json()["aliases"]) == ("Ann B. Lee", True)
    assert claims == [200, 200]  # two again
