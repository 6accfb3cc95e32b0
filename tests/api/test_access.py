"""Rights of keys, as requests carry them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import httpx
import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.api.bodies import MAX_SEARCH
from app.main import create_app
from app.store.access.keys import make_key, revoke_key
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.api.keyed import Open, asked, bearer, guarded
from tests.api.served import serving as serve
from tests.api.served import settings_of
from tests.local_http import NO_CERTIFICATES, get
from tests.store.contents import contents
from tests.store.stored import rows
from tests.waiting import PATIENCE, comes_true


@pytest.fixture
def needing(database: Database) -> TestClient:
    return TestClient(guarded(database), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("scope", "may"), [("read", "read"), ("write", "read write"), ("text", "read text"), ("admin", "read write text")]
)
def test_a_key_may_what_its_scopes_include(database: Database, needing: TestClient, scope: str, may: str) -> None:
    headers = bearer(make_key(database, "ann", [scope]).secret)
    for needed in ("read", "write", "text", "admin"):
        answer = needing.post(f"/v1/needs/{needed}", headers=headers)
        if needed == scope or needed in may.split():
            assert answer.status_code == 200
            assert answer.json()[:2] == ["ann", 1]
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "scope-needed")
            assert f"needs a key with the scope {needed}; the key ann has " in answer.json()["detail"]
            told = f'Bearer realm="OnRecord", error="insufficient_scope", scope="{needed}"'
            assert answer.headers["www-authenticate"] == told


@pytest.mark.parametrize("path", ["/v1/claims", "/v1/revisions/1/undo"])
def test_a_key_that_is_revoked_while_a_body_is_sent_writes_nothing(
    database: Database, import_yaml: Callable[..., Report], path: str
) -> None:
    import_yaml("claims: [{key: a, quote: words, source: {title: T}}]")
    secret = make_key(database, "desk", ["write"]).secret
    body = b"{}" if path.endswith("undo") else b'{"key": "b", "quote": "words", "source": {"title": "T"}}'

    async def sent() -> AsyncIterator[bytes]:
        yield body[:1]  # the head has come, and the key in it was looked up
        revoke_key(database, "desk")
        yield body[1:]

    async def send(app: Any) -> httpx.Response:
        headers = bearer(secret) | {"Content-Type": "application/json"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.post(path, headers=headers, content=sent())

    with TestClient(create_app(database)) as client:
        assert client.portal is not None
        answer = client.portal.call(send, client.app)
    assert (answer.status_code, answer.json()["code"]) == (401, "revoked-key")
    assert rows(database, "SELECT count(*) FROM revisions") == [(1,)]


@pytest.mark.parametrize(
    ("sent", "code", "told"),
    [
        (None, "key-needed", "send a key as `Authorization: Bearer onrecord_…`, one with the scope write"),
        ("Basic YTpi", "key-needed", "the Authorization header carries no key"),
        ("Bearer", "unknown-key", "no key of ours"),
        ("Bearer x", "unknown-key", "no key of ours"),
        ("Bearer onrecord_1_" + "0" * 64, "unknown-key", "there is no such key"),
        ("onrecord_1_" + "0" * 64, "unknown-key", "without the word Bearer"),
        ("Bearer é\x80'--", "unknown-key", "no key of ours"),
    ],
)  # fmt: skip
def test_without_a_key_that_is_known_nothing_is_done(
    database: Database, needing: TestClient, sent: str | None, code: str, told: str
) -> None:
    make_key(database, "ann", ["admin"])
    answer = needing.post("/v1/needs/write", headers=[(b"Authorization", sent.encode("latin-1"))] if sent else [])
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert told in answer.json()["detail"]
    assert "0" * 64 not in answer.text
    more = "" if code == "key-needed" else ', error="invalid_token"'
    assert answer.headers["www-authenticate"] == f'Bearer realm="OnRecord"{more}'
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_revoked_key_stops_at_once_and_is_told_so(database: Database, needing: TestClient) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    assert needing.post("/v1/needs/write", headers=bearer(secret)).status_code == 200
    revoke_key(database, "ann")
    answer = needing.post("/v1/needs/write", headers=bearer(secret))
    assert (answer.status_code, answer.json()["code"]) == (401, "revoked-key")
    assert "the key ann was revoked at 20" in answer.json()["detail"]


def test_two_keys_are_none(database: Database, needing: TestClient) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    answer = needing.post("/v1/needs/write", headers=[("Authorization", f"Bearer {secret}")] * 2)
    assert (answer.status_code, "more than once" in answer.json()["detail"]) == (401, True)


def test_the_scheme_is_written_in_any_letters(database: Database, needing: TestClient) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    for scheme in ("bearer ", "BEARER ", "Bearer   "):
        assert needing.post("/v1/needs/write", headers={"Authorization": scheme + secret}).status_code == 200


def test_a_use_is_seen_in_the_list(database: Database, needing: TestClient, run: Callable[..., Result]) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    assert run(database, "keys", "list").stdout.rstrip().endswith("-")
    needing.post("/v1/needs/write", headers=bearer(secret))
    assert not run(database, "keys", "list").stdout.rstrip().endswith("-")


# As the service is set


def operations(client: TestClient) -> list[tuple[str, str, dict[str, Any]]]:
    """Each path under /v1 and method of the OpenAPI document, with what it says."""
    paths = client.get("/openapi.json").json()["paths"]
    found = [(path, method, said) for path, methods in paths.items() for method, said in methods.items()]
    return [one for one in found if one[0].startswith("/v1/") and "/v1/needs" not in one[0]]


IMPORTS = "/v1/imports"  # whoever may write may see what is imported
TEXT = "/v1/sources/{id}/text"  # see test_source_texts
READS_BY_POST = tuple(
    f"/v1/{path}" for path in ("claims/search", "claims/match", "claims/aggregate", "claims/export", "figures/search")
)


def test_a_read_is_open_to_all_but_to_a_key_that_is_none(database: Database, serving: Open) -> None:
    client = serving()
    secret = make_key(database, "ann", ["text"]).secret
    for path, method, said in operations(client):
        if (method != "get" and path not in READS_BY_POST) or path.startswith(IMPORTS) or path == TEXT:
            continue
        assert said["security"] == [{}, {"key": []}]
        assert asked(client, path, method)[0] not in (401, 403)
        assert asked(client, path, method, {"Authorization": "Basic YTpi"})[0] not in (401, 403)
        assert asked(client, path, method, bearer(secret))[0] not in (401, 403)
        assert asked(client, path, method, bearer(secret[:-1] + "x")) == (401, "unknown-key")


def test_nothing_is_written_without_a_key_of_the_scope_that_is_documented(database: Database, serving: Open) -> None:
    client, before = serving(), contents(database)
    secret = make_key(database, "ann", ["read"]).secret
    for path, method, said in operations(client):
        if (method == "get" or path in READS_BY_POST) and not path.startswith(IMPORTS):
            continue
        assert said["security"] in ([{"key": ["write"]}], [{"key": ["admin"]}]), path
        assert f"Needs a key with the scope `{said['security'][0]['key'][0]}`" in said["description"]
        assert asked(client, path, method) == (401, "key-needed")
        assert asked(client, path, method, bearer(secret)) == (403, "scope-needed")
    used = {"api_keys"}  # when they were
    assert {name: one for name, one in contents(database).items() if name not in used} == {
        name: one for name, one in before.items() if name not in used
    }


def test_reads_need_a_key_where_the_service_is_set_so(database: Database, serving: Open) -> None:
    client = serving(READ="key")
    secret = make_key(database, "ann", ["write"]).secret
    for path, method, said in operations(client):
        assert {} not in said["security"]
        assert asked(client, path, method) == (401, "key-needed")
        assert asked(client, path, "head")[0] == 401
        if (method == "get" or path in READS_BY_POST) and path != TEXT:
            assert asked(client, path, method, bearer(secret))[0] not in (401, 403)
    for path in ("/v1/", "/v1/nothing", "/v1/claims/clm_1/nothing", "/v1//claims"):
        assert asked(client, path, "get") == (401, "key-needed")
    for path in ("/healthz", "/readyz", "/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 200
    assert client.get("/v1/claims", headers={"If-None-Match": "*"}).status_code == 401
    revoke_key(database, "ann")
    assert asked(client, "/v1/claims", "get", bearer(secret)) == (401, "revoked-key")


def test_a_body_is_read_up_to_its_limit(serving: Open) -> None:
    client = serving()

    def parts(size: int) -> Iterator[bytes]:
        yield from (b" " * 1000 for _ in range(size // 1000))

    for size, status in ((MAX_SEARCH, 422), (MAX_SEARCH + 1000, 413)):
        for body in (b" " * size, parts(size)):
            answer = client.post("/v1/claims/search", content=body)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = client.post("/v1/claims/search", content=b"{}", headers={"Content-Length": "99999999999"})
    assert (told.status_code, told.json()["code"]) == (413, "too-large")


def test_the_page_of_documentation_takes_a_key(serving: Open) -> None:
    described = serving().get("/openapi.json").json()
    scheme = described["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_what_waits_for_changes_ends_with_its_key(database: Database, import_yaml: Callable[..., Report]) -> None:
    headers = bearer(make_key(database, "ann", ["read"]).secret)
    events = headers | {"Accept": "text/event-stream"}
    with settings_of(READ="key"), serve(database) as served, ThreadPoolExecutor() as pool:
        url, waiting = f"{served.url.removesuffix('/claims')}/changes", served.app.state.waiting
        with httpx.stream("GET", url, headers=events, verify=NO_CERTIFICATES, timeout=PATIENCE) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            poll = pool.submit(get, f"{url}?wait=60", headers=headers)
            assert comes_true(lambda: waiting.places_taken == 2)
            revoke_key(database, "ann")
            import_yaml("source: {title: T}\nclaims: [{key: k, quote: a secret}]")
            assert list(islice(lines, 2)) == [""]
        assert (poll.result().status_code, poll.result().json()["code"]) == (401, "revoked-key")
