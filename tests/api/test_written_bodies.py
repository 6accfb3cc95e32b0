"""Bodies of writes: hostile ones are refused with a reason, and a patch is what a file's patch is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import create_app
from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.api.test_bad_input import HOSTILE, TELLTALES
from tests.asked import cases, share_of
from tests.conftest import ENGINES
from tests.importing import import_paths
from tests.store.contents import contents
from tests.store.stored import rows

Doc = dict[str, Any]

WHOLE: Doc = {
    "key": "b/1",
    "speaker": {"key": "ann", "name": "Ann Lee", "kind": "person"},
    "roles": [{"title": "minister", "organization": {"name": "Office"}}],
    "quote": "we hired 1,500",
    "said_on": {"edtf": "2024-04", "as_stated": "this month"},
    "figures": [{"metric": "staff", "value": 1500, "unit": "count", "comparator": "about"}],
    "topics": ["pay"],
    "citations": [{"source": {"key": "t", "title": "T"}, "locator": {"page": "2"}}],
    "assessments": [{"publisher": "Checker", "rating": "True"}],
}
PLACES: list[Callable[[Any], Doc]] = [
    lambda value: {"quote": value},
    lambda value: {"key": value},
    lambda value: {"id": value},
    lambda value: {"speaker": value},
    lambda value: {"speaker": {"name": value, "key": value}},
    lambda value: {"said_on": value},
    lambda value: {"figures": [{"metric": "staff", "value": value, "unit": "count"}]},
    lambda value: {"figures": [{"metric": value, "value": 1, "unit": value}]},
    lambda value: {"figures": value},
    lambda value: {"topics": [value]},
    lambda value: {"citations": [{"source": {"url": value}}]},
    lambda value: {"relations": [{"type": "updates", "key": value}]},
    lambda value: {"relations": [{"type": "updates", "claim": value}]},
    lambda value: {"retraction": {"kind": value}},
    lambda value: {"version": value},
    lambda value: {"language": value},
    lambda value: {str(value): value},
]
VALUES: list[Any] = [
    *(unquote_to_bytes(one).decode("utf-8", "surrogatepass" if "%ED" in one else "replace") for one in HOSTILE),
    None, True, 0, -1, 1e300, 10**40, [], {}, [[]], {"a": {"b": []}}, [None], "\ud800", "\x00",
]  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES)
def writing(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Any:
    """A database with one claim, and the API on it for a client that may write."""
    database = new_database(request.param)
    headers = {"Authorization": f"Bearer {make_key(database, 'desk', ['write']).secret}"}
    with TestClient(create_app(database), headers=headers, raise_server_exceptions=False) as client:
        assert client.post("/v1/claims", json=WHOLE).status_code == 201
        yield database, client


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_hostile_values_are_refused_with_a_reason_or_stored(writing: Any, place: int) -> None:
    database, client = writing
    for value in share_of(VALUES, place, 4):
        body = json.dumps(PLACES[place](value))
        for method, path in (("PATCH", "/v1/claims/clm_1"), ("POST", "/v1/claims")):
            headers = {"If-Match": "*", "Content-Type": "application/json"}
            answer = client.request(method, f"{path}?dry_run=true", content=body, headers=headers)
            assert answer.status_code in (200, 409, 412, 422), (body, answer.text)
            assert not [one for one in TELLTALES if one in answer.text]
            if answer.status_code == 422:
                assert all(one["name"] == "" or one["name"][0] == "/" for one in answer.json()["errors"])
    assert rows(database, "SELECT count(*) FROM revisions") == [(1,)]


BROKEN = [
    b"", b" ", b"{", b"[]", b"null", b'"x"', b"1", b"{}x", b'{"quote": "a", "quote": "b"}', b"\xff",
    b'{"quote": "\xed\xa0\x80"}',
    b'{"quote": NaN}', b'{"figures": [{"value": 1e99999}]}', b"[" * 5000, b'{"a":' * 3000, b'{"quote": "\\ud800"}',
    b"\x00", b'{"quote": 1e400}',
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/claims"), ("PATCH", "/v1/claims/clm_1"), ("PUT", "/v1/claims/by-key/b/1"),
     ("POST", "/v1/speakers"), ("PATCH", "/v1/sources/src_1"), ("POST", "/v1/claims/clm_1/merge")],
)  # fmt: skip
def test_broken_bodies_are_refused(writing: Any, method: str, path: str, body: bytes) -> None:
    database, client = writing
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    answer = client.request(method, path, content=body, headers=headers)
    assert answer.status_code == 422, answer.text
    assert rows(database, "SELECT count(*) FROM revisions") == [(1,)]


MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "speaker": st.sampled_from([None, {"key": "ann"}, {"name": "Bob Hill"}, {"name": "Ann LEE"}, "spk_1",
                                {"key": "ann", "name": "Cy"}, {"key": "x"}]),
    "role": st.sampled_from([None, "envoy", {"title": "envoy", "status": "former"}]),
    "roles": st.sampled_from([[], [{"title": "a"}, {"title": "b", "basis": "tenure"}], None]),
    "quote": st.sampled_from(["we hired 1,600", "", None]),
    "paraphrase": st.sampled_from(["they hired", None]),
    "said_on": st.sampled_from([None, "2024", {"edtf": "2025", "earliest": "2024-04-01"}, "soon"]),
    "figures": st.sampled_from([[], [{"metric": "staff", "value": 3, "low": 1500, "high": 1500, "unit": "count"}],
                                [{"metric": "staff", "value": 3, "unit": "kg"}], None]),
    "topics": st.lists(st.sampled_from(["pay", "Pay", "staff"]), max_size=3),
    "source": st.sampled_from([{"key": "t"}, {"title": "U"}, {"key": "t", "title": "Other"}]),
    "locator": st.sampled_from([None, {"page": "3"}, {"lines": "1"}]),
    "citations": st.sampled_from([[], [{"source": {"title": "U"}}, {"source": {"key": "t"}}]]),
    "assessments": st.sampled_from([[], [{"publisher": "P", "note": "x"}], [{"publisher": "P"}]]),
    "retraction": st.sampled_from([{"kind": "record_error"}, {"reason": "x"}]),
    "venue": st.sampled_from([None, "in town"]),
    "color": st.just("red"),
}  # fmt: skip


@st.composite
def patches(draw: st.DrawFn) -> Doc:
    names = draw(st.lists(st.sampled_from(sorted(MEMBERS)), min_size=1, max_size=4, unique=True))
    return {name: draw(MEMBERS[name]) for name in names}


PAIRED = settings(cases(12), database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_patch_over_http_is_a_patch_by_file(
    engine: str, new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    by_http, by_file = new_database(engine), new_database(engine)
    headers = {"Authorization": f"Bearer {make_key(by_http, 'desk', ['write']).secret}", "If-Match": "*"}
    file = tmp_path / "rows.ndjson"

    def load(doc: Doc, *, patches: bool = False) -> Report:
        file.write_text(json.dumps(doc))
        return import_paths(by_file, [file], patch=patches, restore=patches)

    with TestClient(create_app(by_http), headers=headers, raise_server_exceptions=False) as client:
        count = 0

        @PAIRED
        @given(patches())
        def check(members: Doc) -> None:
            nonlocal count
            count += 1
            claim = WHOLE | {"key": f"c/{count}", "quote": f"we hired {count}"}
            made = client.post("/v1/claims", json=claim)
            assert made.status_code == 201, made.text
            assert not load(claim).faults
            answer = client.patch(made.headers["location"], json=members)
            report = load({"key": claim["key"]} | members, patches=True)
            assert (answer.status_code == 422) == bool(report.faults), (answer.text, [*report.faults])
            if report.faults:
                told = [one["code"] for one in answer.json()["errors"]]
                assert told == [one.problem.code for one in report.faults]
            own, other = (
                [json.loads(doc) for (doc,) in rows(one, _CLAIM.format(f"c/{count}"))] for one in (by_http, by_file)
            )
            assert [_plain(doc) for doc in own] == [_plain(doc) for doc in other]

        check()
        assert count


_CLAIM = (
    "SELECT d.doc FROM documents d JOIN claims c USING (number) JOIN record_keys k ON k.id = c.id AND k.type = 'clm'"
    " WHERE c.until IS NULL AND k.key = '{}'"
)


def _plain(doc: Doc) -> Doc:
    left = ("recorded_at", "updated_at", "revision")
    return {name: value for name, value in doc.items() if name not in left}


def test_nothing_is_left_of_what_is_refused(writing: Any) -> None:
    database, client = writing
    before = contents(database)
    related = [{"type": "updates", "key": "no"}]
    body = {"speaker": {"name": "New One"}, "source": {"title": "New"}, "relations": related}
    assert client.patch("/v1/claims/clm_1", json=body, headers={"If-Match": "*"}).status_code == 422
    assert contents(database) == before
