"""Undoing a revision by the command, and what the API says of records before and after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.errors import Conflict, NotFound
from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.history.revision import Revision
from app.store.imports.importer import Report
from app.store.index.writing import IndexWriter
from app.store.write.merge import merge_records
from app.store.write.undo import undo_revision
from tests.store.stored import keys_found, rows, versions

Doc = dict[str, Any]
Import = Callable[..., Report]
Imported = Callable[..., None]
Run = Callable[..., Result]

FIRST = """\
source: {key: s, title: The Report, url: https://a.example/s, publisher: AP}
speakers:
  - {key: ann, name: Ann Lee, kind: person, tenures: [{title: envoy, organization: {key: office, name: The Office},
     since: 2020, until: 2026}]}
  - {key: bob, name: Bob Ray, kind: person}
metrics: [{key: staff, name: staff, unit: count}]
claims:
  - {key: a/1, speaker: {key: ann}, quote: we hired many, said_on: 2024-04, figures: [{metric: staff, value: 5}]}
  - {key: a/2, speaker: {key: bob}, quote: they left, relations: [{type: answers, key: a/1}]}
"""
EDITED = FIRST.replace("we hired many", "we hired some")
RENAMED = FIRST.replace("name: Ann Lee", "name: Anna Leeds")
OTHER = """\
source: {key: t, title: Another, url: https://a.example/t}
speakers: [{key: cara, name: Cara Dee, kind: person}]
claims:
  - {key: b/1, speaker: {key: cara}, quote: new words, role: {title: chief, organization: {key: firm, name: A Firm}}}
"""


def asked(client: TestClient, path: str, wanted: int = 200, /, **query: Any) -> Doc:
    answer = client.get(f"/v1/{path}", params={name: str(value) for name, value in query.items()} or None)
    assert answer.status_code == wanted, answer.text
    found: Doc = answer.json()
    return found


@pytest.fixture
def import_text(import_yaml: Import) -> Callable[[str], Report]:
    """Imports a text that has no faults."""

    def run_it(text: str) -> Report:
        report = import_yaml(text, processes=1)
        assert [str(fault) for fault in report.faults] == []
        return report

    return run_it


ImportText = Callable[[str], Report]


def ids(database: Database) -> dict[str, str]:
    return {key: f"{kind}_{number}" for kind, number, key in rows(database, "SELECT type, id, key FROM record_keys")}


STAMPS = ("version", "revision", "recorded_at", "updated_at")


def state(client: TestClient) -> dict[str, Doc]:
    """All current records by id, without versions, times and revisions."""
    found: dict[str, Doc] = {}
    for path in ("claims", "speakers", "sources", "metrics"):
        more = {"status": "any"} if path == "claims" else {}
        for one in asked(client, path, limit=500, **more)["data"]:
            found[one["id"]] = {name: value for name, value in one.items() if name not in STAMPS}
    return found


def is_sound(database: Database, run: Run) -> bool:
    done = run(database, "check", "--processes", 1)
    assert done.exit_code == 0, done.output
    return True


def test_an_edit_is_taken_back_as_the_next_version(
    database: Database,
    imported: Imported,
    import_text: ImportText,
    client: TestClient,
    run: Run,
) -> None:
    imported(FIRST)
    before = state(client)
    assert import_text(EDITED).revision == 2
    done = run(database, "undo", 2, "--comment", "a slip")
    assert (done.exit_code, done.stdout) == (0, "revision 2 is undone; stored as revision 3: 1 updated\n"), done.output
    assert state(client) == before
    assert [one["version"] for one in versions(database, "a/1")] == [1, 2, 3]
    assert asked(client, "claims/clm_1", as_of=2)["quote"] == "we hired some"
    assert asked(client, "revisions/3")["undoes"] == 2
    last = asked(client, "claims/clm_1/history")["data"][0]
    assert (last["actor"], last["comment"], last["changes"]) == (
        "undo", "a slip", {"quote": ["we hired some", "we hired many"]}
    )  # fmt: skip
    assert is_sound(database, run)


def test_a_creation_that_is_undone_ends_what_nothing_else_shows(
    database: Database,
    imported: Imported,
    import_text: ImportText,
    client: TestClient,
    run: Run,
) -> None:
    imported(FIRST)
    before = state(client)
    import_text(OTHER)
    whole = state(client)
    done = undo_revision(database, 2)
    assert (done.revision, done.kept) == (3, [])
    assert done.counts == {"sources_undone": 1, "speakers_undone": 2, "undone": 1}
    assert state(client) == before
    known = ids(database)
    for path, key in (("claims/clm_3", "b/1"), (f"speakers/{known['cara']}", "cara"), ("sources/src_2", "t")):
        problem = asked(client, path, 410)
        assert problem["code"] == "undone"
        assert asked(client, path, as_of=2)["key"] == key
        assert asked(client, path, 410, as_of=3)["code"] == "undone"
        assert asked(client, path, version=1)["key"] == key
        assert [one["action"] for one in asked(client, f"{path}/history")["data"]] == ["undone", "created"]
    assert asked(client, "claims/by-key/b/1", 410)["code"] == "undone"
    assert keys_found(client, status="any") == ["a/1", "a/2"]
    assert [one["key"] for one in asked(client, "speakers", as_of=2)["data"]][-2:] == ["cara", "firm"]
    assert is_sound(database, run)
    # The key comes back as the next version.
    assert import_text(OTHER).revision == 4
    assert state(client) == whole
    assert [one["version"] for one in versions(database, "b/1")] == [1, 2]
    history = asked(client, "claims/clm_3/history")["data"]
    assert [(one["action"], one["version"]) for one in history] == [("revived", 2), ("undone", 1), ("created", 1)]
    assert asked(client, "revisions/4")["counts"] == {"revived": 1, "sources_revived": 1, "speakers_revived": 2}
    assert asked(client, "claims/clm_3", 410, as_of=3)["code"] == "undone"
    assert is_sound(database, run)


KEYLESS = """\
source: {title: Keyless, url: https://a.example/k}
claims:
  - {speaker: {name: Eve Hall}, quote: without any key, figures: [{metric: new thing, value: 1, unit: count}]}
"""


def test_records_without_keys_of_their_own_come_back_where_they_are_the_same(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient
) -> None:
    imported(FIRST, KEYLESS)
    whole, known = state(client), ids(database)
    undo_revision(database, 2)
    import_text(KEYLESS)
    assert state(client) == whole
    assert ids(database) == known
    undo_revision(database, 4)
    import_text("source: {key: k, title: K}\nclaims: [{key: k, speaker: {name: Eve-Hall}, quote: q}]\n")
    assert asked(client, "claims/by-key/k")["speaker"]["key"] == "eve-hall-2"  # another name


def test_what_others_show_is_kept_and_listed(
    database: Database,
    imported: Imported,
    import_text: ImportText,
    client: TestClient,
    run: Run,
) -> None:
    imported(FIRST, OTHER.replace("quote", "relations: [{type: answers, key: a/2}], quote").replace("cara", "bob"))
    done = run(database, "undo", 1)
    assert done.exit_code == 1
    third = OTHER.replace("key: cara, name: Cara Dee, kind: person", "key: dan, name: Dan").replace("cara", "dan")
    import_text(third.replace("b/1", "c/1").replace("key: firm, name: A Firm", "key: firm"))
    assert asked(client, "claims/by-key/c/1")["roles"][0]["organization"]["key"] == "firm"
    done = run(database, "undo", 2)
    assert done.exit_code == 0, done.output
    assert "(key firm) stays" in done.stdout
    assert "(key t) stays" in done.stdout
    assert asked(client, "claims/by-key/b/1", 410)["code"] == "undone"
    assert asked(client, "claims/by-key/c/1")["speaker"]["key"] == "dan"
    assert is_sound(database, run)


def test_claims_that_others_bear_on_stay(
    database: Database,
    imported: Imported,
    import_text: ImportText,
    client: TestClient,
    run: Run,
) -> None:
    imported(FIRST)
    more = (
        OTHER + "  - {key: b/2, speaker: {key: cara}, quote: further words, relations: [{type: answers, key: b/1}]}\n"
    )
    import_text(more + "  - {key: b/3, speaker: {key: cara}, quote: last words}\n")
    import_text("source: {key: s}\nclaims: [{key: x, quote: q, relations: [{type: updates, key: b/2}]}]\n")
    done = undo_revision(database, 2)
    assert sorted(one.key for one in done.kept) == ["b/1", "b/2", "cara", "firm", "t"]
    assert done.counts == {"undone": 1}
    assert asked(client, "claims/by-key/b/3", 410)["code"] == "undone"
    assert is_sound(database, run)


def test_later_edits_are_listed_and_nothing_is_done(database: Database, imported: Imported, run: Run) -> None:
    imported(FIRST, EDITED)
    before = rows(database, "SELECT count(*) FROM claims")
    with pytest.raises(Conflict) as error:
        undo_revision(database, 1)
    assert error.value.code == "edited-since"
    assert [(one.id, one.key, one.revision) for one in error.value.records] == [("clm_1", "a/1", 2)]
    done = run(database, "undo", 1)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0] == "clm_1 (key a/1): changed by revision 2"
    assert rows(database, "SELECT count(*) FROM claims") == before
    with pytest.raises(NotFound):
        undo_revision(database, 3)


def test_a_revision_is_undone_once_those_after_it_are(
    database: Database, import_text: ImportText, client: TestClient, run: Run
) -> None:
    edited = OTHER.replace("new words", "newer words").replace("title: Another", "title: Another, publisher: AP")
    states = []
    for text in (FIRST, OTHER, edited, edited.replace("Cara Dee", "Cara Deer").replace("newer", "newest")):
        import_text(text)
        states.append(state(client))
    for number in (4, 3, 2):
        for earlier in range(2, number):
            with pytest.raises(Conflict):
                undo_revision(database, earlier)
        undo_revision(database, number)
        assert state(client) == states[number - 2]
    import_text(OTHER)
    with pytest.raises(Conflict):  # it was made anew, by another revision than is undone
        undo_revision(database, 2)
    assert is_sound(database, run)


def test_merges_and_what_was_between_are_undone_in_reverse_order(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient, run: Run
) -> None:
    """Also where a claim ended, came back and was edited between, and undos were undone themselves."""
    imported(FIRST)
    import_text(OTHER)
    known = ids(database)
    steps: list[Callable[[], object]] = [
        lambda: merge_records(database, known["cara"], known["bob"]),
        lambda: import_text(OTHER.replace("new words", "newer words")),
        lambda: merge_records(database, known["bob"], known["ann"]),
        lambda: undo_revision(database, 5),
        lambda: undo_revision(database, 6),
        lambda: merge_records(database, "clm_3", "clm_1"),
    ]
    states = [state(client)]
    for step in steps:
        step()
        states.append(state(client))
    with pytest.raises(Conflict) as error:
        undo_revision(database, 3)
    assert {one.revision for one in error.value.records} <= {5, 8}
    for number in range(8, 2, -1):
        undo_revision(database, number)
        assert state(client) == states[number - 3], number
    assert is_sound(database, run)
    for number in range(14, 8, -1):
        undo_revision(database, number)
    assert state(client) == states[-1]
    assert is_sound(database, run)


def test_renderings_do_not_stand_in_the_way(
    database: Database,
    imported: Imported,
    import_text: ImportText,
    client: TestClient,
    run: Run,
) -> None:
    imported(FIRST, EDITED)
    import_text(RENAMED.replace("we hired many", "we hired some"))
    undo_revision(database, 2)
    assert asked(client, "claims/clm_1")["quote"] == "we hired many"
    assert asked(client, "claims/clm_1")["speaker"]["name"] == "Anna Leeds"
    undo_revision(database, 3)
    assert asked(client, "claims/clm_1")["speaker"]["name"] == "Ann Lee"
    assert asked(client, f"speakers/{ids(database)['ann']}")["aliases"] == []
    assert is_sound(database, run)


def test_an_undo_is_undone(
    database: Database,
    imported: Imported,
    import_text: ImportText,
    client: TestClient,
    run: Run,
) -> None:
    imported(FIRST)
    first = state(client)
    import_text(OTHER + FIRST[FIRST.index("claims:\n") + 8 :].replace("many", "few"))
    second = state(client)
    for n, wanted in enumerate((first, second, first, second), 2):
        undo_revision(database, n)
        assert state(client) == wanted, n
    assert [one["version"] for one in versions(database, "b/1")] == [1, 2, 3]
    undo_revision(database, 2)  # all the others took each other back
    assert state(client) == first
    assert is_sound(database, run)
    with pytest.raises(Conflict) as error:
        undo_revision(database, 2)
    assert "it was undone by revision 7" in error.value.detail


def test_a_retraction_is_taken_back(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient
) -> None:
    imported(FIRST)
    import_text(FIRST.replace("they left", "they left, retraction: {kind: record_error}"))
    assert asked(client, "claims/clm_2")["status"] == "retracted"
    assert undo_revision(database, 2).counts == {"restored": 1}
    assert asked(client, "claims/clm_2")["status"] == "active"
    assert undo_revision(database, 3).counts == {"retracted": 1}
    assert asked(client, "claims/clm_2/history")["data"][0]["action"] == "retracted"


@pytest.mark.parametrize(("merged", "into"), [("bob", "ann"), ("office", "firm"), ("t", "s")])
def test_a_merge_is_taken_back(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient, run: Run,
    merged: str, into: str,
) -> None:  # fmt: skip
    firm = "speakers: [{key: firm, name: A Firm, kind: organization}, {key: ann, identifiers: {wikidata: Q1}},"
    imported(FIRST)
    import_text(OTHER.replace("speakers: [", firm))
    before = state(client)
    merged, into = (ids(database)[key] for key in (merged, into))
    merge_records(database, merged, into)
    after = state(client)
    assert merged not in after
    undo_revision(database, 3)
    assert state(client) == before
    path = {"spk": "speakers", "src": "sources"}[merged[:3]]
    assert [one["action"] for one in asked(client, f"{path}/{merged}/history")["data"]][:2] == ["revived", "merged"]
    assert client.get(f"/v1/{path}/{merged}?as_of=3", follow_redirects=False).status_code == 308
    assert is_sound(database, run)
    undo_revision(database, 4)
    assert state(client) == after
    assert is_sound(database, run)


def test_a_merge_of_claims_is_taken_back(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient, run: Run
) -> None:
    imported(FIRST)
    same = "{key: b/2, speaker: {key: bob}, quote: they left, topics: [more]}"
    import_text(OTHER + f"  - {same}\n  - {{key: b/3, quote: q, relations: [{{type: answers, key: b/2}}]}}\n")
    before = state(client)
    merged = ids_of(database, "clm")["b/2"]
    merge_records(database, merged, "clm_2")
    after = state(client)
    assert merged not in after
    assert after["clm_2"]["topics"] == ["more"]
    undo_revision(database, 3)
    assert state(client) == before
    assert is_sound(database, run)
    undo_revision(database, 4)
    assert state(client) == after
    assert is_sound(database, run)
    undo_revision(database, 5)
    assert state(client) == before


@pytest.mark.parametrize("kind", ["clm", "src"])
def test_a_record_that_ended_and_was_merged_since_does_not_come_back(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient, run: Run, kind: str
) -> None:
    """Its key made its next version, which is part of another by now: it would be both."""
    imported(FIRST)
    import_text(OTHER)
    undo_revision(database, 2)
    import_text(OTHER)
    key, into = {"clm": ("b/1", "clm_1"), "src": ("t", "src_1")}[kind]
    merge_records(database, ids(database)[key], into)
    before = state(client)
    with pytest.raises(Conflict) as error:
        undo_revision(database, 3)
    assert (ids(database)[key], 4) in [(one.id, one.revision) for one in error.value.records]
    assert state(client) == before
    assert is_sound(database, run)


def test_a_claim_that_others_are_part_of_by_now_stays(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient
) -> None:
    """It gained nothing by that, and has the version that the revision made."""
    imported("source: {key: s, title: The Report}\nclaims: [{key: a/1, quote: they left}]")
    import_text("source: {key: s}\nclaims: [{key: a/2, quote: they left, venue: in town}]")
    merge_records(database, "clm_2", "clm_1")
    with pytest.raises(Conflict) as error:
        undo_revision(database, 1)
    assert [(one.id, one.revision) for one in error.value.records] == [("clm_1", 3)]
    assert client.get("/v1/claims/clm_2").json()["key"] == "a/1"


def ids_of(database: Database, kind: str) -> dict[str, str]:
    return {key: one for key, one in ids(database).items() if one.startswith(kind)}


def test_a_revision_that_only_renders_has_nothing_to_undo(
    database: Database, imported: Imported, import_text: ImportText
) -> None:
    imported(FIRST)
    import_text(OTHER)
    undo_revision(database, 2)
    with database.write() as connection:
        revision = Revision(connection, actor="migrate")
        revision.counts["rendered"] = 1
        revision.commit_counts()
        IndexWriter(connection, revision.number).store()
    with pytest.raises(Conflict) as error:
        undo_revision(database, 4)
    assert error.value.code == "nothing-to-undo"


def test_what_others_show_is_told_where_nothing_can_be_undone(
    database: Database, imported: Imported, client: TestClient, run: Run
) -> None:
    """By claims (of all elements), tenures, and speakers that are known in a source alone; the first of many."""
    imported(
        "speakers: [{key: office, name: The Office, kind: organization}]\nmetrics: [{key: staff, name: staff}]\n"
        "source: {key: s, title: The Report}\nclaims: [{key: a/1, quote: we hired many}]",
        "speakers: [{key: ann, name: Ann, kind: person, tenures: [{title: envoy, organization: {key: office}}]}]\n"
        "source: {key: s}\nclaims:\n"
        + "".join(f"  - {{key: b/{n}, quote: they left {n}, figures: [{{metric: staff, value: {n}, unit: count}}]}}\n"
                  for n in range(7))
        + "  - {key: b/7, quote: so, speaker: {name: an official, kind: unnamed},"
          " relations: [{type: answers, key: a/1}]}",
    )  # fmt: skip
    before = state(client)
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['write']).secret}"
    for dry_run in ("", "?dry_run=true"):
        answer = client.post(f"/v1/revisions/1/undo{dry_run}")
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["records"]) == (409, "nothing-to-undo", [])
        shown = {one["key"]: ([by["key"] for by in one["by"]], one["by_in_all"]) for one in problem["shown"]}
        assert shown == {
            "a/1": (["b/7"], 1),
            "office": (["ann"], 1),
            "s": (["a/1", *(f"b/{n}" for n in range(4))], 10),
            "staff": ([f"b/{n}" for n in range(5)], 7),
        }
    assert problem["shown"][0] == {
        "id": "clm_1", "key": "a/1", "by": [{"id": "clm_9", "key": "b/7"}], "by_in_all": 1
    }  # fmt: skip
    assert problem["detail"].endswith("4 records that it made are shown by others")
    said = run(database, "undo", 1)
    assert said.exit_code == 1
    lines = said.stderr.splitlines()
    assert "clm_1 (key a/1): shown by clm_9 (key b/7)" in lines
    assert f"{ids(database)['office']} (key office): shown by {ids(database)['ann']} (key ann)" in lines
    assert any(
        "(key staff): shown by clm_2 (key b/0), clm_3 (key b/1)" in one and one.endswith("and 2 more") for one in lines
    )
    assert "nothing that can be taken back: 4 records" in lines[-1]
    assert state(client) == before
    assert is_sound(database, run)


def test_a_trial_changes_nothing(database: Database, imported: Imported, run: Run) -> None:
    imported(FIRST, OTHER)
    done = run(database, "undo", 2, "--dry-run")
    assert done.stdout == "revision 2 would be undone: 1 sources undone, 2 speakers undone, 1 undone\n"
    assert rows(database, "SELECT count(*) FROM revisions") == [(2,)]


def test_a_revision_is_named_by_its_number(database: Database, run: Run) -> None:
    done = run(database, "undo", "x")
    assert done.exit_code == 2
    assert "'x' is not a valid integer; the number of a revision, such as 12, is needed" in done.stderr


def test_a_history_has_every_digit(imported: Imported, client: TestClient) -> None:
    imported(FIRST.replace("value: 5", "value: 5.10"))
    assert '"value":5.10' in client.get("/v1/claims/clm_1/history").text


def test_a_revision_is_undone_over_http(
    database: Database, imported: Imported, import_text: ImportText, client: TestClient
) -> None:
    imported(FIRST, EDITED)
    path = "/v1/revisions/2/undo"
    assert client.post(path).status_code == 401
    reader, writer = (bearer(make_key(database, scope, [scope]).secret) for scope in ("read", "write"))
    assert client.post(path, headers=reader).status_code == 403
    tried = client.post(f"{path}?dry_run=true", headers=writer)
    assert (tried.status_code, tried.json()["revision"], tried.json()["counts"]) == (200, None, {"updated": 1})
    name = writer | {"Idempotency-Key": "one"}
    done = client.post(f"{path}?comment=a%20slip", headers=name, json={})
    assert (done.status_code, done.headers["location"]) == (201, "/v1/revisions/3")
    assert done.json() == {
        "undoes": 2, "revision": 3, "recorded_at": asked(client, "revisions/3")["recorded_at"], "actor": "write",
        "comment": "a slip", "counts": {"updated": 1}, "kept": [], "kept_in_all": 0,
    }  # fmt: skip
    assert asked(client, "claims/clm_1")["quote"] == "we hired many"
    assert client.post(f"{path}?comment=a%20slip", headers=name, json={}).json() == done.json()
    again = client.post(path, headers=writer)
    assert (again.status_code, again.json()["code"]) == (409, "edited-since")
    assert again.json()["records"] == [{"id": "clm_1", "key": "a/1", "revision": 3}]
    assert client.post("/v1/revisions/9/undo", headers=writer).status_code == 404
    assert client.post(path, headers=writer, json={"a": 1}).status_code == 422
    import_text(OTHER)
    assert client.post("/v1/revisions/4/undo", headers=writer).status_code == 201
    body = {"key": "b/1", "quote": "back again", "source": {"title": "T"}}
    made = client.post("/v1/claims", headers=writer, json=body)
    assert (made.status_code, made.json()["version"], made.json()["id"]) == (201, 2, "clm_3")
    made = client.post("/v1/speakers", headers=writer, json={"key": "cara", "name": "Cara Dee"})
    assert (made.status_code, made.json()["version"]) == (201, 2)


def test_who_writes_to_an_ended_record_is_told_so_and_its_key_can_be_put(
    database: Database, imported: Imported, client: TestClient
) -> None:
    imported(FIRST, OTHER)
    undo_revision(database, 2)
    headers = bearer(make_key(database, "w", ["write"]).secret)
    some = headers | {"If-Match": "*"}
    cara = ids(database)["cara"]
    for path, kind in (("claims/clm_3", "quote"), (f"speakers/{cara}", "name")):
        assert client.patch(f"/v1/{path}", headers=some, json={kind: "x"}).status_code == 410, path
        assert client.post(f"/v1/{path}/merge", headers=headers, json={"into": f"{path[-5:-1]}1"}).status_code == 410
    assert client.delete("/v1/claims/clm_3?kind=record_error", headers=some).status_code == 410
    body = {"quote": "put again", "source": {"title": "T"}, "speaker": {"name": "Cara Dee"}}
    put = client.put("/v1/claims/by-key/b/1", headers=headers, json=body)
    assert (put.status_code, put.json()["id"], put.json()["version"]) == (201, "clm_3", 2)
    assert put.json()["speaker"]["key"] == "cara-dee"  # a key of its own, which is another
    put = client.put("/v1/sources/by-key/t", headers=headers, json={"title": "T again"})
    assert put.status_code == 201, put.text
    assert (put.status_code, put.json()["id"], put.json()["version"]) == (201, "src_2", 2)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_row_of_an_ended_claim_revives_it_in_all_counts(
    database: Database, imported: Imported, run: Run, tmp_path: Path
) -> None:
    imported(FIRST)
    (tmp_path / "other.yaml").write_text(OTHER)
    assert run(database, "import", "other.yaml").exit_code == 0
    undo_revision(database, 2)
    done = run(database, "import", "other.yaml")
    assert "claims: 1 read, 0 created, 1 revived, 0 updated, 0 retracted, 0 unchanged, 0 rejected\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("stored as revision 4: 1 revived")
