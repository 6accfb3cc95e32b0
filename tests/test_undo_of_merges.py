"""Undoing a merge after other edits: a reference returns unless that very reference was edited since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.test_undo import ids, is_sound, state

Doc = dict[str, Any]
Imported = Callable[..., None]
Run = Callable[..., Result]

WORLD = """\
source: {key: s, title: The Report}
speakers:
  - {key: ann, name: Ann Lee, kind: person}
  - {key: anne, name: Anne Leigh, kind: person, tenures: [{title: mayor, organization: {key: town}, since: 2001}]}
  - {key: cara, name: Cara Dee, kind: person}
  - {key: dora, name: Dora Ray, kind: person, tenures: [{title: envoy, organization: {key: town}, since: 2001}]}
  - {key: city, name: The City, kind: organization}
  - {key: town, name: The Town, kind: organization}
metrics: [{key: staff, name: staff, unit: count}, {key: crew, name: crew, unit: count}]
claims:
  - {key: t/1, speaker: {key: cara}, quote: first}
  - {key: t/2, speaker: {key: cara}, quote: second}
  - {key: t/3, speaker: {key: anne}, quote: third, source: {key: t, title: Another},
     figures: [{metric: crew, value: 5}], role: {title: chief, organization: {key: town}},
     relations: [{type: answers, key: t/1}, {type: answers, key: t/2}]}
"""
PAIRS = [("anne", "ann"), ("t", "s"), ("crew", "staff"), ("town", "city"), ("t/2", "t/1")]


class Desk:
    """Writes over HTTP, by key."""

    def __init__(self, client: TestClient, database: Database) -> None:
        secret = make_key(database, "desk", ["write"]).secret
        self._headers = {"Authorization": f"Bearer {secret}", "If-Match": "*"}
        self._client = client
        self._ids = ids(database)

    def id(self, key: str) -> str:
        return self._ids[key]

    def _write(self, method: str, path: str, body: Doc | None = None) -> Any:
        answer = self._client.request(method, f"/v1/{path}", json=body, headers=self._headers)
        assert answer.is_success, answer.text
        return answer

    def _path(self, key: str) -> str:
        nouns = {"spk": "speakers", "src": "sources", "met": "metrics", "clm": "claims"}
        return f"{nouns[self._ids[key][:3]]}/{self._ids[key]}"

    def merge(self, merged: str, into: str) -> int:
        answer = self._write("POST", f"{self._path(merged)}/merge", {"into": self._ids[into]})
        return int(answer.headers["onrecord-revision"])

    def patch(self, key: str, **members: Any) -> int:
        return int(self._write("PATCH", self._path(key), members).headers["onrecord-revision"])

    def undo(self, number: int, query: str = "") -> Doc:
        found: Doc = self._write("POST", f"revisions/{number}/undo{query}").json()
        return found

    def show(self, key: str) -> Doc:
        found: Doc = self._client.get(f"/v1/{self._path(key)}").json()
        return found


@pytest.fixture
def desk(imported: Imported, client: TestClient, database: Database) -> Desk:
    imported(WORLD)
    return Desk(client, database)


def test_references_of_every_kind_return_though_other_fields_were_edited(
    desk: Desk, client: TestClient, database: Database, run: Run
) -> None:
    before = state(client)
    merges = [desk.merge(*pair) for pair in PAIRS]
    desk.patch("t/3", topics=["pay"])
    desk.patch("dora", note="tall")
    for number in (merges[2], merges[0], merges[4], merges[1], merges[3]):  # in any order
        assert desk.undo(number)["kept"] == []
    edited: dict[str, Doc] = {"t/3": {"topics": ["pay"]}, "dora": {"note": "tall"}}
    assert state(client) == before | {desk.id(key): before[desk.id(key)] | more for key, more in edited.items()}
    assert is_sound(database, run)


def test_edits_that_were_undone_do_not_count_before_or_after(desk: Desk, client: TestClient) -> None:
    before = state(client)
    merge = desk.merge("anne", "ann")
    edits = [desk.patch("t/3", topics=["pay"]), desk.patch("t/3", speaker={"key": "cara"})]
    desk.undo(edits[1])
    assert desk.undo(merge)["kept"] == []
    assert desk.show("t/3")["speaker"]["key"] == "anne"
    desk.undo(edits[0])
    assert state(client) == before

    merge = desk.merge("anne", "ann")
    edit = desk.patch("t/3", speaker={"key": "cara"})
    undone = desk.undo(merge)
    assert (undone["kept"], desk.show("t/3")["speaker"]["key"]) == ([], "cara")
    desk.undo(edit)  # whose version before names the survivor
    assert state(client) == before
    desk.undo(undone["revision"])
    assert desk.show("t/3")["speaker"]["key"] == "ann"


def test_an_undo_of_an_edit_from_before_a_merge_brings_back_whom_it_named(desk: Desk, client: TestClient) -> None:
    before = state(client)
    edit = desk.patch("t/3", speaker={"key": "cara"})
    merge = desk.merge("anne", "ann")
    desk.undo(edit)
    assert desk.show("t/3")["speaker"]["key"] == "ann"
    assert desk.undo(merge)["kept"] == []
    assert state(client) == before


def test_a_reference_that_was_set_anew_stays_and_is_listed(desk: Desk, database: Database, run: Run) -> None:
    merges = [desk.merge(*pair) for pair in PAIRS[:2]]
    desk.patch("t/3", speaker={"key": "cara"})
    last = desk.patch("t/3", speaker={"key": "ann"})
    reason = f"its speaker was set anew by revision {last}"
    kept = [{"id": desk.id("t/3"), "key": "t/3", "reason": reason}]
    tried = desk.undo(merges[0], "?dry_run=true")
    assert (tried["kept"], tried["kept_in_all"]) == (kept, 1)
    done = run(database, "undo", merges[0])
    assert f"{desk.id('t/3')} (key t/3) stays: {reason}\n" in done.stdout
    assert desk.show("t/3")["speaker"]["key"] == "ann"
    citations = desk.show("t/3")["citations"]
    desk.patch("t/3", citations=[{"source": {"key": "s"}, "locator": {"page": "3"}}, *citations])
    assert desk.undo(merges[1])["kept"] == []
    assert [one["source"]["key"] for one in desk.show("t/3")["citations"]] == ["s", "t"]
    assert is_sound(database, run)
