"""Entity tags, 304, and what all answers to reading have in common."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.api.caching import names
from app.api.every_request import HeadersOnly
from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.importing import import_paths

ASKED = [
    "/v1/claims", "/v1/claims?limit=3", "/v1/claims?q=japan", "/v1/claims?speaker__name=nobody", "/v1/claims/clm_1",
    "/v1/claims/by-key/japan-cyber-2024/shimada-1", "/v1/claims/fields", "/v1/speakers", "/v1/speakers/spk_1",
    "/v1/speakers/suggest?q=k", "/v1/sources", "/v1/sources/src_1", "/v1/metrics?limit=1", "/v1/metrics/met_1",
]  # fmt: skip
REFUSED = [
    ("/v1/claims?speakr=1", 422), ("/v1/claims?figure__value=1", 422), ("/v1/claims?cursor=x", 422),
    ("/v1/claims/clm_999", 404), ("/v1/nothing", 404),
    ("/v1/claims/by-key/nothing", 404), ("/v1/claims/fields?x=1", 422), ("/v1/speakers/suggest", 422),
]  # fmt: skip
ETAG = re.compile(r'"[\x21\x23-\x7e]+"')
ONE = "source: {key: s, title: S}\nclaims:\n"


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on the seed, opened once for the many requests here."""
    with TestClient(create_app(seeded_databases(request.param)), raise_server_exceptions=False) as client:
        yield client


def tag_of(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    tag: str = answer.headers["etag"]
    return tag


def status(client: TestClient, path: str, if_none_match: str) -> int:
    return client.get(path, headers={"If-None-Match": if_none_match}).status_code


def load(import_yaml: Callable[..., Report], text: str) -> None:
    report = import_yaml(text)
    assert not report.faults, [str(fault) for fault in report.faults]
    assert report.revision


# Tags


@pytest.mark.parametrize("path", ASKED)
def test_a_client_that_has_the_answer_is_told_so_without_it(api: TestClient, path: str) -> None:
    answer = api.get(path)
    tag = answer.headers["etag"]
    assert ETAG.fullmatch(tag)
    kept = api.get(path, headers={"If-None-Match": tag})
    assert (kept.status_code, kept.content) == (304, b"")
    assert "content-type" not in kept.headers
    for name in ("etag", "vary", "cache-control", "content-location"):
        assert kept.headers.get(name) == answer.headers.get(name), name
    assert tag_of(api, path) == tag


@pytest.mark.parametrize("path", ["/v1/claims?limit=2", "/v1/claims/clm_1", "/v1/claims/fields"])
@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("{}", True), ("W/{}", True), ("*", True), (" * ", True), ('"a", {}', True), ('{}, "a"', True),
        ('"a,b" ,W/"c",, {} ,', True), (', ,{}', True), ('"x","y",W/{}', True), ('"",{}', True),
        ('"a"', False), ('""', False), ("", False), (",", False), ('W/"a"', False),
        # malformed
        ("{} x", False), ("x, {}", False), ('"a" {}', False), ("w/{}", False), ("*, {}", False), ("{}, *", False),
        ("W/ {}", False), ('{}"', False), ("'a', {}", False), ('"a b", {}', False),
    ],
)  # fmt: skip
def test_if_none_match_is_read_as_the_standard_has_it(api: TestClient, path: str, header: str, known: bool) -> None:
    sent = header.replace("{}", tag_of(api, path))
    assert status(api, path, sent) == (304 if known else 200)


def test_a_tag_without_its_quotation_marks_is_not_the_tag(api: TestClient) -> None:
    assert status(api, "/v1/claims", tag_of(api, "/v1/claims").strip('"')) == 200


def test_two_headers_are_one_list(api: TestClient) -> None:
    tag = tag_of(api, "/v1/claims")
    sent = [("If-None-Match", '"a"'), ("If-None-Match", tag)]
    assert api.get("/v1/claims", headers=sent).status_code == 304


opaque = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters='"\x7f')).filter(
    lambda text: all(not 0x7F <= ord(one) < 0x80 for one in text)
)


@given(st.lists(opaque, max_size=6), st.lists(st.sampled_from(["", "W/"]), min_size=7, max_size=7), opaque)
def test_a_tag_is_found_just_where_it_is_listed(listed: list[str], weak: list[str], own: str) -> None:
    header = " , ".join(f'{mark}"{text}"' for mark, text in zip(weak, listed, strict=False))
    assert names(header, f'"{own}"') == (own in listed)
    assert names(f'{header},"{own}"', f'"{own}"')


@given(st.text(st.sampled_from('"W/*, \ta')), st.sampled_from(['"a"', '""']))
def test_no_header_is_too_strange(header: str, tag: str) -> None:
    if names(header, tag):
        assert tag in header


def test_a_long_header_is_read_in_one_go() -> None:
    assert names('"a",' * 100_000 + '"b"', '"b"')
    assert not names('"a",' * 100_000 + '"b', '"b"')
    assert not names(", " * 100_000 + "x", '"b"')
    assert not names('"a" ' + " \t" * 100_000 + "x", '"b"')


@pytest.mark.parametrize(("path", "code"), REFUSED)
@pytest.mark.parametrize("sent", ["*", "own"])
def test_what_is_refused_is_refused_whatever_the_client_has(api: TestClient, path: str, code: int, sent: str) -> None:
    known = [tag_of(api, "/v1/claims"), tag_of(api, "/v1/claims/clm_1"), tag_of(api, "/v1/claims/fields")]
    answer = api.get(path, headers={"If-None-Match": "*" if sent == "*" else ", ".join(known)})
    assert answer.status_code == code
    assert "etag" not in answer.headers


def test_different_lists_have_different_tags(api: TestClient) -> None:
    tags = [tag_of(api, path) for path in ASKED]
    assert len(set(tags)) == len(tags)
    assert "clm_1-v1-r1-" in tag_of(api, "/v1/claims/clm_1")
    assert re.search(r"r1\.[0-9a-f]{8}-json-", tag_of(api, "/v1/claims"))


def test_a_claim_has_one_tag_by_id_and_by_key(api: TestClient) -> None:
    key = api.get("/v1/claims/clm_1").json()["key"]
    assert tag_of(api, f"/v1/claims/by-key/{key}") == tag_of(api, "/v1/claims/clm_1")


def test_both_engines_give_the_same_tags(seeded_databases: Callable[[str], Database]) -> None:
    found = []
    for engine in ("sqlite", "postgresql"):
        with TestClient(create_app(seeded_databases(engine))) as client:
            found.append([tag_of(client, path) for path in ASKED])
    assert found[0] == found[1]


# Tags and writes


def test_a_write_changes_the_tags_of_lists_and_of_what_it_changed_only(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    load(import_yaml, ONE + "  - {key: a, quote: one}\n  - {key: b, quote: two}\n")
    paths = ["/v1/claims", "/v1/claims?q=one", "/v1/speakers", "/v1/speakers/suggest?q=x", "/v1/claims/clm_1"]
    before = {path: tag_of(client, path) for path in [*paths, "/v1/claims/clm_2", "/v1/sources/src_1"]}
    load(import_yaml, ONE + "  - {key: a, quote: another}\n")
    for path in paths:
        assert status(client, path, before[path]) == 200, path
        assert tag_of(client, path) != before[path]
    assert "clm_1-v2-r2-" in tag_of(client, "/v1/claims/clm_1")
    for path in ("/v1/claims/clm_2", "/v1/sources/src_1"):
        assert status(client, path, before[path]) == 304


def test_an_import_that_changes_nothing_changes_no_tag(client: TestClient, import_yaml: Callable[..., Report]) -> None:
    load(import_yaml, ONE + "  - {key: a, quote: one}\n")
    before = tag_of(client, "/v1/claims")
    assert import_yaml(ONE + "  - {key: a, quote: one}\n").revision is None
    assert status(client, "/v1/claims", before) == 304


def test_a_claim_that_is_rendered_anew_has_another_tag_and_the_same_version(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    load(import_yaml, ONE + "  - {key: a, quote: one, speaker: {key: ada, name: Ada Lovelace, kind: person}}\n")
    before = client.get("/v1/claims/clm_1")
    load(import_yaml, "speakers: [{key: ada, name: Augusta King}]\n")
    after = client.get("/v1/claims/clm_1", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["speaker"]["name"] == "Augusta King"
    assert before.json()["version"] == after.json()["version"] == 1
    assert "clm_1-v1-r2-" in after.headers["etag"]


def test_a_later_page_is_kept_whatever_is_written(client: TestClient, import_yaml: Callable[..., Report]) -> None:
    load(import_yaml, ONE + "".join(f"  - {{key: k{n}, quote: word {n}}}\n" for n in range(5)))
    first = client.get("/v1/claims?limit=2")
    following = first.json()["links"]["next"]
    second = client.get(following)
    load(import_yaml, ONE + "  - {key: k2, quote: another}\n  - {key: new, quote: new}\n")
    assert status(client, "/v1/claims?limit=2", first.headers["etag"]) == 200
    assert status(client, following, second.headers["etag"]) == 304
    assert client.get(following).content == second.content


def test_a_cursor_of_a_revision_to_come_is_refused_whatever_the_client_has(
    client: TestClient, database: Database, import_yaml: Callable[..., Report], new_database: Callable[[str], Database]
) -> None:
    load(import_yaml, ONE + "  - {key: a, quote: one}\n  - {key: b, quote: two}\n")
    following = client.get("/v1/claims?limit=1").json()["links"]["next"]
    tag = tag_of(client, following)
    empty = new_database(database.dialect)
    with TestClient(create_app(empty)) as other:
        assert status(other, following, tag) == 422


# Headers of every answer


@pytest.mark.parametrize(("path", "code"), [*((path, 200) for path in ASKED), *REFUSED])
def test_whatever_is_read_says_what_caches_need(api: TestClient, path: str, code: int) -> None:
    answer = api.get(path)
    assert answer.status_code == code
    assert answer.headers["vary"] == "Accept, Authorization"
    assert answer.headers["cache-control"] == "no-cache"
    assert ("etag" in answer.headers) == (code == 200)


@pytest.mark.parametrize(
    ("path", "code"),
    [*((path, 200) for path in ASKED), *REFUSED, ("/healthz", 200), ("/readyz", 200), ("/docs", 200),
     ("/openapi.json", 200), ("/static-offline-docs/swagger-ui.css", 200), ("/nothing", 404)],
)  # fmt: skip
def test_head_gives_the_headers_of_get_without_a_body(api: TestClient, path: str, code: int) -> None:
    got, headed = api.get(path), api.head(path)
    assert headed.status_code == got.status_code == code
    assert headed.content == b""
    told = [{name: value for name, value in one.headers.items() if name != "x-request-id"} for one in (got, headed)]
    assert told[0] == told[1]
    assert headed.headers["content-length"] == str(len(got.content))


def test_head_is_answered_304_as_well(api: TestClient) -> None:
    tag = tag_of(api, "/v1/claims")
    assert api.head("/v1/claims", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
def test_head_ends_a_stream_after_its_headers(spec: str) -> None:
    """Through ASGI itself, of both kinds: servers tell of a client that went away in one way or the other."""
    app, given_out = FastAPI(), []

    def endless() -> Iterator[bytes]:
        for number in range(1_000_000):
            given_out.append(number)
            yield b"x"

    @app.get("/v1/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(endless())

    app.add_middleware(HeadersOnly)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0 if not sent else 60)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": spec}, "http_version": "1.1", "method": "HEAD",
        "scheme": "http", "path": "/v1/stream", "raw_path": b"/v1/stream", "root_path": "", "query_string": b"",
        "headers": [], "client": ("test", 1), "server": ("test", 80),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert not sent[1].get("more_body")
    assert sent[1]["body"] == b""
    assert len(given_out) < 10


# Links


@pytest.mark.parametrize(
    "query",
    ["limit=1", "q=japan&limit=1", "limit=1&topic=" + quote("cyber defence"), "limit=1&sort=said_on",
     "limit=1&topic=recruitment&topic=" + quote('日本 é "><;,\r\n\\%'), "limit=1&q=" + quote("“JAPAN”"), "limit=1&&"],
)  # fmt: skip
def test_the_link_header_leads_to_the_next_page_with_any_text_in_the_query(api: TestClient, query: str) -> None:
    answer = api.get(f"/v1/claims?{query}")
    link = answer.headers["link"]
    found = re.fullmatch(r'<(/v1/claims\?[!#-;=?-~]+)>; rel="next"', link)
    assert found
    assert found[1] == answer.json()["links"]["next"] == answer.links["next"]["url"]
    following = api.get(found[1])
    assert following.status_code == 200
    assert following.json()["data"] != answer.json()["data"]


@pytest.mark.parametrize("resource", ["speakers", "metrics"])
def test_lists_of_records_have_links_as_well(api: TestClient, resource: str) -> None:
    answer = api.get(f"/v1/{resource}?limit=1")
    assert answer.links["next"]["url"] == answer.json()["links"]["next"]


def test_the_last_page_has_no_link(api: TestClient) -> None:
    assert "link" not in api.get("/v1/claims?limit=500").headers
    assert "link" not in api.get("/v1/claims/clm_1").headers


def test_a_link_that_is_too_long_for_a_header_is_in_the_body_only(api: TestClient) -> None:
    def asked(topics: int) -> str:
        return "/v1/claims?limit=1&topic=recruitment" + f"&topic={quote('日' * 100)}" * topics

    short, long = api.get(asked(2)), api.get(asked(4))
    assert len(short.headers["link"]) <= 3000
    assert "link" not in long.headers
    assert api.get(long.json()["links"]["next"]).json()["data"] == api.get(short.links["next"]["url"]).json()["data"]


def test_bytes_that_the_client_did_not_encode_are_encoded_in_links(seeded: Database) -> None:
    """Some servers let them through; a test client does not send them, so the request is made by hand."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    app = create_app(seeded)
    query = "topic=日本&topic=recruitment&limit=1"
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/v1/claims", "raw_path": b"/v1/claims", "root_path": "", "query_string": query.encode(),
        "headers": [(b"host", b"test")], "client": ("test", 1), "server": ("test", 80),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    link = dict(sent[0]["headers"])[b"link"].decode()
    assert link.startswith(f"</v1/claims?topic={quote('日本')}&topic=recruitment&limit=1&cursor=")
    with TestClient(app) as client:
        assert client.get(link[1:].partition(">")[0]).status_code == 200


def test_tags_and_cursors_are_of_one_database(new_database: Callable[[str], Database], tmp_path: Path) -> None:
    answers = []
    for name in ("first", "second"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"{ONE}  - {{key: a, quote: '{name}'}}\n  - {{key: b, quote: too}}\n")
        database = new_database("sqlite")
        assert import_paths(database, [file]).revision == 1
        answers.append(TestClient(create_app(database)))
    first, second = answers
    for path in ("/v1/claims?limit=1", "/v1/claims/clm_1", "/v1/speakers", "/v1/claims/export?format=ndjson"):
        assert status(second, path, tag_of(first, path)) == 200
        assert status(first, path, tag_of(first, path)) == 304
    following = first.get("/v1/claims?limit=1").json()["links"]["next"]
    assert first.get(following).status_code == 200
    assert second.get(following).json()["code"] == "bad-cursor"
