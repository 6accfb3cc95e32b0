"""Single records over HTTP: made, replaced, changed, retracted, restored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.store.contents import contents
from tests.store.stored import rows

Doc = dict[str, Any]

CLAIM: Doc = {
    "key": "b/1",
    "speaker": {"name": "Ann Lee", "kind": "person"},
    "quote": "we hired 1,500",
    "said_on": "2024-04",
    "source": {"key": "t", "title": "T"},
    "figures": [{"metric": "staff", "value": 1500, "unit": "count"}],
}
DEFINED: dict[str, Doc] = {
    "speakers": {"key": "ann", "name": "Ann Lee", "kind": "person", "aliases": ["A. Lee"], "note": "tall"},
    "sources": {"key": "t", "title": "T", "publisher": "P", "published_on": "2024-04-11", "url": "https://a.example/t"},
    "metrics": {"key": "staff", "name": "staff", "definition": "people employed", "unit": "count"},
}
CHANGED: dict[str, Doc] = {"speakers": {"note": "small"}, "sources": {"publisher": "Q"}, "metrics": {"definition": "x"}}
PATCH = "application/merge-patch+json"


@pytest.fixture
def writer(client: TestClient, database: Database) -> TestClient:
    """The API on an empty database, for a client with a key that may write."""
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['write']).secret}"
    return client


def sent(answer: Any, status: int = 200) -> Doc:
    """The body of an answer with a status."""
    assert answer.status_code == status, answer.text
    body: Doc = answer.json()
    return body


def tag(client: TestClient, path: str) -> dict[str, str]:
    return {"If-Match": client.get(path).headers["etag"]}


def names(answer: Any) -> list[str]:
    return [one["name"] for one in answer.json()["errors"]]


def warned(answer: Any) -> list[str]:
    return [one["code"] for one in json.loads(answer.headers.get("onrecord-warnings", "[]"))]


# Making


def test_a_claim_is_made_and_read_back_at_its_place(writer: TestClient, database: Database) -> None:
    made = writer.post("/v1/claims?comment=from%20the%20desk", json=CLAIM)
    doc = sent(made, 201)
    assert (made.headers["location"], made.headers["onrecord-action"]) == ("/v1/claims/clm_1", "created")
    read = writer.get(made.headers["location"])
    assert (read.content, read.headers["etag"]) == (made.content, made.headers["etag"])
    assert (doc["key"], doc["version"], doc["revision"]) == ("b/1", 1, 1)
    assert made.headers["onrecord-revision"] == "1"
    assert rows(database, "SELECT number, actor, comment FROM revisions") == [(1, "desk", "from the desk")]
    assert warned(made) == ["new-metric"]


@pytest.mark.parametrize("key", ["b/1", None])
def test_a_claim_that_is_there_is_not_made_again(writer: TestClient, database: Database, key: str | None) -> None:
    sent(writer.post("/v1/claims", json=CLAIM | {"key": key}), 201)
    before = contents(database)
    again = writer.post("/v1/claims", json=CLAIM | {"key": key, "venue": "in town"})
    assert sent(again, 409)["code"] == "duplicate"
    assert "clm_1" in again.json()["detail"]
    assert contents(database) == before


@pytest.mark.parametrize("noun", DEFINED)
def test_a_record_is_made_read_by_key_and_not_made_again(writer: TestClient, database: Database, noun: str) -> None:
    made = writer.post(f"/v1/{noun}", json=DEFINED[noun])
    doc = sent(made, 201)
    assert made.headers["location"] == f"/v1/{noun}/{doc['id']}"
    assert writer.get(made.headers["location"]).content == made.content
    assert doc.items() >= {name: one for name, one in DEFINED[noun].items() if name != "published_on"}.items()
    before = contents(database)
    assert sent(writer.post(f"/v1/{noun}", json=DEFINED[noun]), 409)["code"] == "duplicate"
    name = "title" if noun == "sources" else "name"
    known_by = {one: DEFINED[noun][one] for one in (name, "url") if one in DEFINED[noun]}
    assert sent(writer.post(f"/v1/{noun}", json=known_by | {"note": "x"} if noun != "metrics" else known_by), 409)
    assert contents(database) == before


def test_what_is_wrong_with_a_claim_is_told_at_its_place_in_the_body(writer: TestClient, database: Database) -> None:
    wrong = {
        "quote": "",
        "said_on": "soon",
        "role": {"title": 5},
        "source": {"title": "T", "publishr": "P"},
        "figures": [{"metric": "staff", "value": 1, "unit": "cuont"}],
        "color": "red",
    }
    answer = writer.post("/v1/claims", json=wrong)
    assert sent(answer, 422)["errors"]
    places = {"/quote", "/said_on", "/role/title", "/source/publishr", "/figures/0/unit", "/color"}
    assert set(names(answer)) == places
    assert rows(database, "SELECT count(*) FROM revisions") == [(0,)]


def test_a_reference_that_contradicts_is_told_at_its_place_in_the_body(writer: TestClient) -> None:
    sent(writer.post("/v1/claims", json=CLAIM), 201)
    other = CLAIM | {"key": "b/2", "source": {"key": "t", "title": "Another"}}
    answer = writer.post("/v1/claims", json=other)
    assert sent(answer, 422)["code"] == "contradiction"
    assert names(answer) == ["/source/title"]
    related = CLAIM | {"key": "b/3", "relations": [{"type": "updates", "key": "none"}]}
    assert names(writer.post("/v1/claims", json=related)) == ["/relations/0/key"]


# Replacing


def test_a_claim_is_put_replaced_and_unchanged(writer: TestClient, database: Database) -> None:
    path = "/v1/claims/by-key/b/1"
    for state in ("*", '"clm_1-v1"'):
        assert "is not stored" in sent(writer.put(path, json=CLAIM, headers={"If-Match": state}), 412)["detail"]
    made = writer.put(path, json={name: one for name, one in CLAIM.items() if name != "key"})
    assert (sent(made, 201)["key"], made.headers["location"]) == ("b/1", "/v1/claims/clm_1")
    assert sent(writer.put(path, json=CLAIM), 428)["code"] == "if-match-needed"
    same = writer.put(path, json=writer.get(path).json(), headers=tag(writer, path))
    assert (sent(same)["version"], same.headers["onrecord-action"]) == (1, "unchanged")
    other = writer.put(path, json=CLAIM | {"figures": [], "venue": "in town"}, headers=tag(writer, path))
    assert (sent(other)["figures"], other.json()["venue"], other.json()["version"]) == ([], "in town", 2)
    assert rows(database, "SELECT count(*) FROM revisions") == [(2,)]
    assert names(writer.put(path, json=CLAIM | {"key": "b/2"}, headers={"If-Match": "*"})) == ["/key"]
    assert sent(writer.put(path, json=CLAIM, headers={"If-None-Match": "*"}), 412)


@pytest.mark.parametrize("noun", DEFINED)
def test_a_record_is_put_replaced_and_unchanged(writer: TestClient, database: Database, noun: str) -> None:
    path = f"/v1/{noun}/by-key/{DEFINED[noun]['key']}"
    sent(writer.put(path, json=DEFINED[noun], headers={"If-Match": "*"}), 412)
    sent(writer.put(path, json=DEFINED[noun], headers={"If-None-Match": "*"}), 201)
    assert sent(writer.put(path, json=DEFINED[noun]), 428)
    same = writer.put(path, json=writer.get(path).json(), headers=tag(writer, path))
    assert (sent(same)["version"], same.headers["onrecord-action"]) == (1, "unchanged")
    name = "title" if noun == "sources" else "name"
    doc = sent(writer.put(path, json={name: DEFINED[noun][name]}, headers=tag(writer, path)))
    emptied = {"speakers": ("note", "kind"), "sources": ("publisher", "url"), "metrics": ("definition", "unit")}[noun]
    assert [doc[one] for one in emptied] == [None, None]
    assert doc.get("aliases", []) == []
    assert rows(database, "SELECT count(*) FROM revisions") == [(2,)]


# Changing


def test_a_patch_sets_what_it_names(writer: TestClient) -> None:
    where = writer.post("/v1/claims", json=CLAIM).headers["location"]
    body = {"quote": "we hired 1,600", "topics": ["pay"], "said_on": None}
    answer = writer.patch(where, json=body, headers=tag(writer, where) | {"Content-Type": PATCH})
    doc = sent(answer)
    assert (doc["quote"], doc["topics"], doc["said_on"], doc["version"]) == ("we hired 1,600", ["pay"], None, 2)
    assert doc["figures"][0]["value"] == 1500
    assert answer.headers["onrecord-action"] == "updated"
    assert writer.get(where).content == answer.content
    same = writer.patch(where, json=body, headers=tag(writer, where))
    assert (same.headers["onrecord-action"], "onrecord-revision" in same.headers) == ("unchanged", False)


@pytest.mark.parametrize("noun", DEFINED)
def test_a_patch_of_a_record_sets_what_it_names_and_claims_show_it(writer: TestClient, noun: str) -> None:
    where = writer.post(f"/v1/{noun}", json=DEFINED[noun]).headers["location"]
    claim = CLAIM | {"speaker": {"key": "ann"}, "figures": [{"metric": {"key": "staff"}, "value": 1}]}
    for other in DEFINED:
        writer.post(f"/v1/{other}", json=DEFINED[other])
    sent(writer.post("/v1/claims", json=claim), 201)
    doc = sent(writer.patch(where, json=CHANGED[noun], headers=tag(writer, where)))
    assert doc.items() >= CHANGED[noun].items()
    assert doc["version"] == 2
    name = "title" if noun == "sources" else "name"
    sent(writer.patch(where, json={name: "Renamed"}, headers=tag(writer, where)))
    shown = writer.get("/v1/claims/clm_1").json()
    assert "Renamed" in json.dumps(shown)
    assert shown["version"] == 1


def test_lists_of_a_speaker_are_replaced_whole(writer: TestClient) -> None:
    where = writer.post("/v1/speakers", json=DEFINED["speakers"]).headers["location"]
    sent(writer.post("/v1/claims", json=CLAIM | {"speaker": {"key": "ann", "name": "Ann LEE"}}), 201)
    assert writer.get(where).json()["aliases"] == ["A. Lee", "Ann LEE"]
    doc = sent(writer.patch(where, json={"aliases": ["Annie"]}, headers=tag(writer, where)))
    assert doc["aliases"] == ["Annie"]
    assert sent(writer.patch(where, json={"name": "Ann Li"}, headers=tag(writer, where)))["aliases"] == [
        "Annie",
        "Ann Lee",
    ]
    assert sent(writer.patch(where, json={"name": None}, headers=tag(writer, where)), 422)


def test_a_path_names_the_record_and_a_body_cannot_name_another(writer: TestClient) -> None:
    where = writer.post("/v1/claims", json=CLAIM).headers["location"]
    sent(writer.post("/v1/claims", json=CLAIM | {"key": "b/2", "quote": "else"}), 201)
    for body, place in (({"key": "b/2"}, "/key"), ({"id": "clm_2"}, "/id"), ({"key": None}, "/key")):
        answer = writer.patch(where, json=body | {"venue": "x"}, headers=tag(writer, where))
        assert (answer.status_code, names(answer)) == (422, [place])
    speaker = "/v1/speakers/spk_1"
    assert names(writer.patch(speaker, json={"key": "other"}, headers=tag(writer, speaker))) == ["/key"]
    whole = writer.get(where).json()
    assert sent(writer.patch(where, json=whole | {"venue": "x"}, headers=tag(writer, where)))["venue"] == "x"


# Retracting


def test_a_claim_is_retracted_and_restored(writer: TestClient) -> None:
    where = writer.post("/v1/claims", json=CLAIM).headers["location"]
    told = "kind=source_correction&reason=misheard&issuer=Reuters&source=t&retracted_on=2024-05"
    answer = writer.delete(f"{where}?{told}", headers=tag(writer, where))
    doc = sent(answer)
    assert (doc["status"], answer.headers["onrecord-action"]) == ("retracted", "retracted")
    retraction = doc["retraction"]
    assert [retraction[one] for one in ("kind", "reason", "issuer")] == ["source_correction", "misheard", "Reuters"]
    assert (retraction["source"]["id"], retraction["retracted_on"]["edtf"]) == ("src_1", "2024-05")
    assert writer.get("/v1/claims").json()["data"] == []
    again = writer.delete(f"{where}?kind=record_error", headers=tag(writer, where))
    assert sent(again)["retraction"] == retraction | {"kind": "record_error"}
    whole = {name: one for name, one in CLAIM.items() if name != "key"}
    kept = writer.put("/v1/claims/by-key/b/1", json=whole, headers=tag(writer, where))
    assert (sent(kept)["status"], warned(kept)) == ("retracted", ["stays-retracted"])
    back = writer.patch(where, json={"retraction": None}, headers=tag(writer, where))
    assert (sent(back)["status"], back.json()["retraction"]) == ("active", None)
    assert back.headers["onrecord-action"] == "restored"
    sent(writer.patch(where, json={"retraction": {"kind": "record_error"}}, headers=tag(writer, where)))
    assert sent(writer.patch(where, json={"status": "active"}, headers=tag(writer, where)))["status"] == "active"


def test_what_is_wrong_with_a_retraction_is_told_by_its_parameter(writer: TestClient) -> None:
    where = writer.post("/v1/claims", json=CLAIM).headers["location"]
    head = tag(writer, where)
    for query, place in (
        ("", "kind"),
        ("kind=oops", "kind"),
        ("kind=record_error&retracted_on=soon", "retracted_on"),
        ("kind=record_error&source=none", "source"),
        ("kind=record_error&reason=", "reason"),
    ):
        answer = writer.delete(f"{where}?{query}", headers=head)
        assert (answer.status_code, names(answer)) == (422, [place]), answer.text
        assert answer.json()["errors"][0]["in"] == "query"


# Preconditions


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_says_from_which_version_it_is_made(writer: TestClient, method: str) -> None:
    where = writer.post("/v1/claims", json=CLAIM).headers["location"]
    old = tag(writer, where)
    sent(writer.patch(where, json={"quote": "we hired 1,600", "topics": ["pay"]}, headers=old))
    query, body = ("?kind=record_error", None) if method == "DELETE" else ("", {"venue": "x"})
    asked: Any = {"json": body} if body else {}
    missing = writer.request(method, where + query, **asked)
    assert sent(missing, 428)["code"] == "if-match-needed"
    stale = writer.request(method, where + query, headers=old, **asked)
    assert sent(stale, 412)["code"] == "stale"
    assert names(stale) == ["/quote", "/topics"]
    assert stale.json()["errors"][0]["code"] == "changed"
    assert stale.json()["errors"][0]["detail"] == 'was "we hired 1,500", and is "we hired 1,600" by now'
    for other in ('"clm_2-v2"', '"nothing"', '"clm_1-v7-r1-a-b"'):
        assert sent(writer.request(method, where + query, headers={"If-Match": other}, **asked), 412)
    assert sent(writer.request(method, where + query, headers={"If-Match": "clm_1-v2"}, **asked), 422)
    sent(writer.request(method, where + query, headers={"If-Match": '"x", W/"clm_1-v2-r9-another-build"'}, **asked))


RECORDS = {  # by the type of a record: what makes it, and what changes it
    "claims": (CLAIM, {"venue": "radio"}),
    "speakers": ({"key": "b/1", "name": "Bo"}, {"note": "tall"}),
    "sources": ({"key": "b/1", "title": "The paper"}, {"publisher": "Reuters"}),
    "metrics": ({"key": "b/1", "name": "staff"}, {"definition": "people"}),
}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("noun", RECORDS)
def test_a_body_that_was_made_from_another_version_is_refused_as_if_match_is(
    writer: TestClient, noun: str, method: str
) -> None:
    whole, edit = RECORDS[noun]
    where = writer.post(f"/v1/{noun}", json=whole).headers["location"]
    by_key = f"/v1/{noun}/by-key/{whole['key']}"
    path = where if method == "PATCH" else by_key

    def ask(version: Any, query: str = "") -> Any:
        body = (edit if method == "PATCH" else whole | edit) | {"version": version}
        return writer.request(method, path + query, json=body, headers={"If-Match": "*"})

    assert sent(ask(1))["version"] == 2
    assert sent(ask("2"))["version"] == 2
    for query in ("?dry_run=true", ""):
        stale = ask(1, query)
        assert sent(stale, 412)["code"] == "stale"
        assert names(stale) == [f"/{name}" for name in edit]
        assert f"the body names version 1 of {where[-5:]}, which is at version 2" in stale.json()["detail"]
    for impossible in (3, 0, -1, 10**40):
        assert sent(ask(impossible), 412)["code"] == "stale"
    for unread in ("x", "1.5", 1.5):
        assert names(ask(unread)) == ["/version"]
    assert sent(ask(None))["version"] == 2
    assert writer.get(where).json()["version"] == 2


@pytest.mark.parametrize("noun", RECORDS)
def test_an_id_of_a_stored_record_without_a_key_makes_no_second_one(writer: TestClient, noun: str) -> None:
    whole, _ = RECORDS[noun]
    where = writer.post(f"/v1/{noun}", json=whole).headers["location"]
    own = where.rpartition("/")[2]
    words = "quote" if noun == "claims" else "title" if noun == "sources" else "name"
    other = {name: value for name, value in whole.items() if name != "key"} | {words: "another"}
    there = writer.post(f"/v1/{noun}", json=other | {"id": own})
    assert sent(there, 409)["code"] == "duplicate"
    assert f"PATCH {where} changes it" in there.json()["detail"]
    assert writer.get(f"/v1/{noun}").json()["meta"]["total"]["value"] == 1
    for unread in (7, True, 1.5):
        assert names(writer.post(f"/v1/{noun}", json=other | {"id": unread})) == ["/id"]
    unknown = f"{own[:4]}99"
    made = writer.post(f"/v1/{noun}", json=other | {"id": unknown})
    assert sent(made, 201)["id"] == f"{own[:4]}2"
    (told,) = (one for one in json.loads(made.headers["onrecord-warnings"]) if one["code"] == "id-unused")
    assert (told["name"], told["detail"].partition(",")[0]) == ("/id", f"'{unknown}' is not used")
    keyed = writer.post(f"/v1/{noun}", json=other | {"id": own, "key": "b/2", words: "a third"})
    assert sent(keyed, 201)["id"] == f"{own[:4]}3"
    assert "id-unused" not in keyed.headers.get("onrecord-warnings", "")


def test_a_version_of_another_database_is_no_fault_of_a_new_record(writer: TestClient) -> None:
    new = writer.put("/v1/claims/by-key/b/1", json=CLAIM | {"version": 7}, headers={"If-None-Match": "*"})
    assert sent(new, 201)["version"] == 1


def test_a_record_that_was_rendered_anew_is_in_the_state_that_was_read(writer: TestClient) -> None:
    where = writer.post("/v1/claims", json=CLAIM).headers["location"]
    old = tag(writer, where)
    speaker = "/v1/speakers/spk_1"
    sent(writer.patch(speaker, json={"name": "Ann Li"}, headers=tag(writer, speaker)))
    assert tag(writer, where) != old
    assert sent(writer.patch(where, json={"venue": "x"}, headers=old))["speaker"]["name"] == "Ann Li"
    stale = writer.patch(speaker, json={"note": "x"}, headers={"If-Match": '"spk_1-v1"'})
    assert names(stale) == ["/name", "/aliases"]


def test_what_is_not_there_is_not_found(writer: TestClient) -> None:
    for path in ("/v1/claims/clm_9", "/v1/speakers/spk_9", "/v1/claims/none", "/v1/metrics/src_1"):
        assert sent(writer.patch(path, json={"note": "x"} if "sp" in path else {}, headers={"If-Match": "*"}), 404)
    assert sent(writer.delete("/v1/claims/clm_9?kind=record_error", headers={"If-Match": "*"}), 404)
    assert sent(writer.post("/v1/speakers/spk_9/merge", json={"into": "spk_8"}), 404)


# Requests that change nothing


def test_a_dry_run_tells_what_would_be_and_leaves_nothing(writer: TestClient, database: Database) -> None:
    tried = writer.post("/v1/claims?dry_run=true", json=CLAIM, headers={"Idempotency-Key": "k"})
    assert (sent(tried)["key"], tried.headers["onrecord-action"]) == ("b/1", "created")
    assert (warned(tried), "etag" in tried.headers, "location" in tried.headers) == (["new-metric"], False, False)
    for table in ("revisions", "claims", "speakers", "record_keys", "idempotent_answers", "id_counters"):
        assert rows(database, f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608
    where = writer.post("/v1/claims", json=CLAIM).headers["location"]
    before = contents(database)
    head = tag(writer, where)
    for method, path, body in (
        ("PATCH", where, {"quote": "other"}),
        ("DELETE", f"{where}?kind=record_error", None),
        ("PUT", "/v1/claims/by-key/b/1", CLAIM | {"quote": "other"}),
        ("POST", "/v1/speakers", {"name": "Bob"}),
    ):
        sign = "&" if "?" in path else "?"
        headers = {} if method == "POST" else head
        sent(writer.request(method, f"{path}{sign}dry_run=true", headers=headers, json=body))
    assert contents(database) == before
    assert writer.get("/v1/claims?q=other").json()["data"] == []


def test_bodies_of_other_media_types_and_sizes_are_refused(writer: TestClient, database: Database) -> None:
    body = json.dumps(CLAIM).encode()
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", PATCH):
        headers = {} if kind is None else {"Content-Type": kind}
        assert sent(writer.post("/v1/claims", content=body, headers=headers), 415)["code"] == "bad-media-type"
    long = json.dumps(CLAIM | {"venue": "x" * 2_000_001})
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    assert sent(writer.post("/v1/claims", content=long, headers=headers), 413)
    assert rows(database, "SELECT count(*) FROM revisions") == [(0,)]
    assert sent(writer.post("/v1/claims", content=body, headers=headers), 201)


WITHOUT = [
    ("POST", "/v1/claims"), ("PUT", "/v1/claims/by-key/b/1"), ("PATCH", "/v1/claims/clm_1"),
    ("DELETE", "/v1/claims/clm_1?kind=record_error"), ("POST", "/v1/claims/clm_1/merge"), ("POST", "/v1/speakers"),
    ("PUT", "/v1/sources/by-key/t"), ("PATCH", "/v1/metrics/met_1"), ("POST", "/v1/speakers/spk_1/merge"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), WITHOUT)
def test_nobody_writes_without_a_key_that_may(client: TestClient, database: Database, method: str, path: str) -> None:
    assert sent(client.request(method, path, json=CLAIM), 401)
    secret = make_key(database, "reader", ["read", "text"]).secret
    assert sent(client.request(method, path, json=CLAIM, headers={"Authorization": f"Bearer {secret}"}), 403)
    assert rows(database, "SELECT count(*) FROM revisions") == [(0,)]


# Both ends of a relation


def test_relations_are_shown_from_both_ends_and_a_document_is_not_another_by_that(writer: TestClient) -> None:
    writer.post("/v1/claims", json=CLAIM)
    before = writer.get("/v1/claims/clm_1")
    other = CLAIM | {"key": "b/2", "quote": "else", "relations": [{"type": "contradicts", "key": "b/1"}]}
    writer.post("/v1/claims", json=other)
    after = writer.get("/v1/claims/clm_1")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    doc = sent(writer.get("/v1/claims/clm_1/related"))
    named = [{"type": "contradicts", "claim": "clm_2", "key": "b/2"}]
    assert doc == {"id": "clm_1", "key": "b/1", "relations": [], "related_from": named, "related_from_total": 1,
                   "revision": 2}  # fmt: skip
    shown = sent(writer.get("/v1/claims/clm_2/related"))
    assert [shown["relations"][0][one] for one in ("type", "claim", "key")] == ["contradicts", "clm_1", "b/1"]
    assert sent(writer.get("/v1/claims/clm_1/related?as_of=1"))["related_from"] == []
    sent(writer.delete("/v1/claims/clm_2?kind=record_error", headers={"If-Match": "*"}))
    assert sent(writer.get("/v1/claims/clm_1/related"))["related_from"] == []
    assert sent(writer.get("/v1/claims/clm_9/related"), 404)


def test_a_field_that_is_set_on_purpose_is_no_earlier_version_that_comes_back(writer: TestClient) -> None:
    claim = {"key": "c1", "quote": "words", "venue": "here", "source": {"key": "s", "title": "T", "note": "old"}}
    writer.post("/v1/claims", json=claim)
    url, match = "/v1/claims/clm_1", {"If-Match": "*"}
    for venue in ("there", "here"):
        assert warned(writer.patch(url, json={"venue": venue}, headers=match)) == []
    for _ in range(2):
        assert warned(writer.delete(f"{url}?kind=record_error", headers=match)) == []
        assert warned(writer.patch(url, json={"retraction": None}, headers=match)) == []
    for note in ("new", "old"):
        assert warned(writer.patch("/v1/sources/src_1", json={"note": note}, headers=match)) == []
    whole = claim | {"venue": "there"}
    assert warned(writer.put("/v1/claims/by-key/c1", json=whole, headers=match)) == ["taken-back"]
