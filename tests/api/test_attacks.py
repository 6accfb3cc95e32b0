"""A caller does nothing beyond the rights of its key, and nothing where it is told of an error.

Each operation of the OpenAPI document is walked, so that a new one is attacked as soon as there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.main import create_app
from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.api.keyed import bearer
from tests.api.test_access import READS_BY_POST
from tests.api.test_bad_input import HOSTILE, TELLTALES
from tests.asked import IS_LONG, share_of
from tests.conftest import ENGINES
from tests.store.contents import contents
from tests.store.stored import rows

Doc = dict[str, Any]

CLAIM: Doc = {
    "key": "b/1",
    "speaker": {"key": "ann", "name": "Ann Lee", "kind": "person"},
    "quote": "we hired 1,500",
    "figures": [{"metric": {"key": "staff", "name": "staff"}, "value": 1500, "unit": "count"}],
    "source": {"key": "t", "title": "T", "url": "https://a.example/t"},
}
SPLITS: Final = ["%0D%0AX-Evil:%201", "a%0AX-Evil:%201", "%E5%98%8D%E5%98%8AX-Evil:%201", "%0D%0A%0D%0Ahello", "%C2%85"]
VALUES: Final = [*HOSTILE, *SPLITS]
OF: Final = {"claims": "clm", "speakers": "spk", "sources": "src", "metrics": "met", "imports": "imp"}
KEYS: Final = {"claims": "b/1", "speakers": "ann", "sources": "t", "metrics": "staff"}
NEEDED: Final = {"kind": "record_error"}
METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


class Target(NamedTuple):
    """A database with a few records, the API on it, and headers with a key of each scope, or of none."""

    database: Database
    client: TestClient
    keys: dict[str, dict[str, str]]

    def stored(self) -> dict[str, list[str]]:
        """All that is stored, but when keys were used."""
        return {name: found for name, found in contents(self.database).items() if name != "api_keys"}

    def revisions(self) -> int:
        ((found,),) = rows(self.database, "SELECT count(*) FROM revisions")
        return int(found)


class Operation(NamedTuple):
    """One of the document."""

    path: str
    method: str
    described: Doc

    @property
    def scope(self) -> str | None:
        """The scope that it needs; None where it is open."""
        needed: list[str] = self.described["security"][0].get("key") or []
        return needed[0] if needed else None

    @property
    def is_write(self) -> bool:
        return self.method != "get" and self.path not in READS_BY_POST

    @property
    def body(self) -> Any:
        """An example of its body; None for one that has none, or a file."""
        content = self.described.get("requestBody", {}).get("content", {}).get("application/json", {})
        return next((one["value"] for one in content.get("examples", {}).values()), None)

    def named(self, place: str) -> list[str]:
        """The names of its parameters in a place."""
        return [one["name"] for one in self.described["parameters"] if one["in"] == place]

    def at(self, **given: str) -> str:
        """Its path with values in it."""
        noun = self.path.split("/")[2]
        filled = {"id": f"{OF.get(noun, 'x')}_1", "key": KEYS.get(noun, "x"), "number": "1", "name": "x"} | given
        return self.path.format(**filled)


@pytest.fixture(scope="module", params=ENGINES)
def target(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Iterator[Target]:
    database = new_database(request.param)
    keys = {scope: bearer(make_key(database, f"{scope}er", [scope]).secret) for scope in ("read", "write", "text")}
    with TestClient(create_app(database), raise_server_exceptions=False, follow_redirects=False) as client:
        for number in (1, 2):
            body = CLAIM | {"key": f"b/{number}", "quote": f"we hired {number},500"}
            assert client.post("/v1/claims", json=body, headers=keys["write"]).status_code == 201
        yield Target(database, client, keys | {"": {}})


def walk(client: TestClient) -> list[Operation]:
    """The operations under /v1."""
    paths = client.get("/openapi.json").json()["paths"]
    return [
        Operation(path, method, said)
        for path, methods in paths.items()
        for method, said in methods.items()
        if path.startswith("/v1/")
    ]


def sound(answer: Any, operation: Operation) -> None:
    """The answer is one that the document tells, and tells nothing of what is inside of the service."""
    told = {*operation.described["responses"], "404", "405"}
    assert str(answer.status_code) in told, (answer.request.method, answer.request.url, answer.text)
    assert not [one for one in TELLTALES if one in answer.text]
    for name, value in answer.headers.items():
        assert not re.search("[\r\n\x00]", name + value), name
    assert "x-evil" not in answer.headers


def test_no_value_of_a_write_is_a_fault_or_splits_a_header_or_writes_without_saying_so(target: Target) -> None:
    """Of each operation that needs a key: every parameter, part of the path, and header, as a trial."""
    before, asked = target.stored(), 0
    for number, operation in enumerate(walk(target.client)):
        if operation.scope is None:
            continue
        plain = {name: NEEDED[name] for name in operation.named("query") if name in NEEDED}
        trial = plain | ({"dry_run": "true"} if "dry_run" in operation.named("query") else {})
        head = target.keys["write"] | {"If-Match": "*"}

        def send(
            query: str, headers: Doc, path: dict[str, str], *, operation: Operation = operation, head: Doc = head
        ) -> None:
            body = {} if operation.body is None else {"json": operation.body}
            url = f"{operation.at(**path)}?{query}"
            answer = target.client.request(operation.method, url, headers=head | headers, **body)
            sound(answer, operation)

        for place in ("query", "path", "header"):
            for count, name in enumerate(operation.named(place)):
                for value in share_of(VALUES, number + 5 * count, 12):
                    asked += 1
                    rest = "&".join(f"{other}={one}" for other, one in trial.items() if other != name)
                    if place == "query":
                        if name != "dry_run" or value not in ("", "false"):
                            send(f"{rest}&{quote(name)}={value}", {}, {})
                    elif place == "path":
                        # A client would take `..` before a slash for a way up, and ask for another path.
                        send(rest, {}, {name: value.replace("?", "%3F").replace("/", "%2F")})
                    else:
                        send(rest, {name: unquote_to_bytes(value)}, {})
    assert asked > 400
    assert target.stored() == before


@pytest.mark.parametrize("key", SPLITS)
def test_a_key_that_would_split_a_header_is_stored_as_it_is_or_refused(target: Target, key: str) -> None:
    """Locations are made of ids alone, and links are encoded."""
    path = f"/v1/sources/by-key/{key}"
    made = target.client.put(path, json={"title": f"T {key}"}, headers=target.keys["write"])
    assert made.status_code in (201, 422), made.text
    if made.status_code == 201:
        assert re.fullmatch(r"/v1/sources/src_\d+", made.headers["location"])
        read = target.client.get(path)
        assert (read.status_code, read.json()["key"]) == (200, unquote_to_bytes(key).decode())
    for query in (f"/v1/speakers?key={key}&limit=1", f"/v1/claims?q=hired&limit=1&speaker__not={key}"):
        answer = target.client.get(query)
        assert "x-evil" not in answer.headers
        assert not [value for value in answer.headers.values() if "\r" in value or "\n" in value]


@pytest.mark.parametrize("value", SPLITS)
def test_a_comment_is_kept_as_it_is_and_heads_nothing(target: Target, value: str) -> None:
    where = f"/v1/claims/clm_1?comment={value}"
    answer = target.client.patch(where, json={"venue": f"in {value}"}, headers=target.keys["write"] | {"If-Match": "*"})
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        ((told,),) = rows(target.database, "SELECT comment FROM revisions ORDER BY number DESC LIMIT 1")
        assert told == unquote_to_bytes(value).decode()
    assert "x-evil" not in answer.headers


def test_an_event_stream_is_not_split_by_what_is_stored(target: Target) -> None:
    """Neither by a comment nor by a name, in which there are line breaks."""
    line = "x\ndata: {}\nid: 999\n\n"
    made = target.client.post("/v1/claims", params={"comment": line}, headers=target.keys["write"],
                              json=CLAIM | {"key": f"b/{line}", "quote": line, "venue": line})  # fmt: skip
    assert made.status_code in (201, 422), made.text
    for begins in VALUES[:6]:
        answer = target.client.get(
            "/v1/changes?since=0", headers={"Last-Event-ID": begins, "Accept": "application/json"}
        )
        assert answer.status_code in (200, 422)
    assert "\nid: 999" not in target.client.get("/v1/changes?since=0").text


# Rights


@pytest.mark.parametrize("scope", ["", "read", "text"] if IS_LONG else ["", "read"])
def test_whoever_may_not_write_changes_nothing_by_any_route(target: Target, scope: str) -> None:
    """Each path of the document with each method, with the body that a write has and all that it needs."""
    before, operations = target.stored(), walk(target.client)
    open_to_all = {(one.path, one.method) for one in operations if not one.is_write}
    bodies = {one.path: one.body for one in operations if one.body is not None and one.is_write}
    trick = {"If-Match": "*", "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT", "Idempotency-Key": "k"}
    for path in sorted({one.path for one in operations}):
        at = next(one for one in operations if one.path == path).at()
        for method in METHODS:
            spelt = (f"/{at}", f"{at}/", f"{at}?_method=DELETE&kind=record_error", at.replace("/v1", "/V1"))
            for where in (at, *share_of(spelt, len(path + method), 4)):
                body = {"json": bodies[path]} if path in bodies and method != "GET" else {}
                answer = target.client.request(method, where, headers=target.keys[scope] | trick, **body)
                is_read = method in ("GET", "HEAD") or (path, method.lower()) in open_to_all
                assert answer.status_code < 500, (method, where)
                assert is_read or answer.status_code in (401, 403, 404, 405), (method, where, answer.status_code)
    assert target.stored() == before


def test_a_write_that_is_no_write_is_refused_and_stores_nothing(target: Target) -> None:
    before = target.stored()
    head = target.keys["write"] | {"If-Match": "*"}
    for operation in walk(target.client):
        if not operation.is_write or "imports" in operation.path:
            continue
        assert target.client.options(operation.at(), headers=head).status_code == 405
        retracts = operation.method == "delete" or operation.path.endswith("/retract")
        packed = target.client.request(
            operation.method, f"{operation.at()}?kind=record_error" if retracts else operation.at(),
            content=b"{}", headers=head | {"Content-Encoding": "gzip", "Content-Type": "application/json"},
        )  # fmt: skip
        assert (packed.status_code, packed.json()["code"]) == (415, "bad-media-type")
    for body in (b'{"retraction": null}', b"x", b" " * 1001):
        answer = target.client.request("DELETE", "/v1/claims/clm_1?kind=record_error", content=body, headers=head)
        assert answer.status_code == (413 if len(body) > 1000 else 422)
    assert target.stored() == before


def test_what_was_sent_is_not_in_the_log_of_a_fault(
    new_database: Callable[[str], Database], caplog: pytest.LogCaptureFixture
) -> None:
    """A purge could not take it out of there."""
    for engine in ENGINES:
        database = new_database(engine)
        writes = bearer(make_key(database, "ann", ["write"]).secret)
        with TestClient(create_app(database), raise_server_exceptions=False) as client:
            assert client.post("/v1/sources", json={"title": "One"}, headers=writes).status_code == 201
            with database.write() as connection:
                connection.execute(text("CREATE UNIQUE INDEX only_one ON revisions ((number * 0))"))
            caplog.clear()
            answer = client.post("/v1/claims?comment=between%20us", json=CLAIM, headers=writes)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert "only_one" in caplog.text
        assert "only_one" not in answer.text
        for told in (answer.text, caplog.text):
            assert not [one for one in ("we hired", "Ann Lee", "between us", *writes.values()) if one in told]
