"""Effects of an edit and a retraction: a new version, the old one closed and kept, the index with the words of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.store.database.engine import Database
from app.store.database.tables import Base
from app.store.imports import attempt
from app.store.imports.importer import Report
from app.store.upgrade.index_anew import make_index
from tests.importing import import_paths
from tests.store.contents import contents
from tests.store.stored import claim, everything, keys_found, rows, versions

BATCH = 40  # rows that an import writes at a time
CHILDREN = ("roles", "figures", "topics", "citations", "assessments", "relations")

OLD = """\
source: {key: s, title: T, publisher: The Press}
speakers: [{key: ann, name: Ann Lee}]
claims:
  - key: k
    speaker: {key: ann}
    quote: alpha beta
    venue: gamma hall
    role: {title: delta chief, status: acting}
    said_on: 2020-01-01
    topics: [epsilon]
    figures: [{metric: staff, value: 10, unit: count, kind: target}]
    assessments: [{publisher: P, rating: R}]
    relations: [{type: supports, key: other}]
  - {key: other, quote: something else}
"""
NEW = (
    OLD.replace("alpha beta", "alpha zeta")
    .replace("gamma hall", "eta hall")
    .replace("delta chief, status: acting", "theta chief, status: former")
    .replace("2020-01-01", "2021-05")
    .replace("epsilon", "iota")
    .replace("value: 10, unit: count, kind: target", "value: 5, unit: JPY, kind: limit")
    .replace("metric: staff", "metric: pay")
    .replace("type: supports", "type: updates")
)

# Queries that find the old version, and those that find the new one
OLD_QUERIES = [
    {"q": "beta"}, {"q": "gamma"}, {"q": "delta"}, {"q": '"alpha beta"'}, {"topic": "epsilon"},
    {"role__status": "acting"}, {"role__title__contains": "delt"}, {"figure__unit": "count"},
    {"figure__kind": "target"}, {"figure__metric__name": "staff"}, {"said_on": "2020"}, {"said_on__within": "2020"},
    {"relation__type": "supports"}, {"q": "beta", "topic": "epsilon"},
]  # fmt: skip
NEW_QUERIES = [
    {"q": "zeta"}, {"q": "eta"}, {"q": "theta"}, {"q": '"alpha zeta"'}, {"topic": "iota"},
    {"role__status": "former"}, {"role__title__contains": "thet"}, {"figure__unit": "JPY"},
    {"figure__kind": "limit"}, {"figure__metric__name": "pay"}, {"said_on": "2021"}, {"said_on__within": "2021-05"},
    {"relation__type": "updates"}, {"q": "zeta", "topic": "iota"},
]  # fmt: skip


def test_an_edit_makes_version_two_and_closes_the_first(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    first = claim(database, "k")
    report = import_yaml(NEW)
    assert report.told_counts == {"read": 2, "created": 0, "updated": 1, "retracted": 0, "unchanged": 1, "rejected": 0}
    stored = rows(database, "SELECT version, since, until, status FROM claims WHERE id = :id ORDER BY number", id=1)
    assert stored == [(1, 1, 2, "active"), (2, 2, None, "active")]
    old, new = versions(database, "k")
    assert old == first
    assert (new["quote"], new["version"], new["revision"]) == ("alpha zeta", 2, 2)
    assert (new["id"], new["key"], new["recorded_at"]) == (old["id"], old["key"], old["recorded_at"])
    assert new["updated_at"] > old["updated_at"]


def test_the_rows_of_a_closed_version_are_kept(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    numbers = "SELECT number FROM claims WHERE id = 1 ORDER BY number"
    [(first,)] = rows(database, numbers)
    stored = {table: rows(database, parts(table, first)) for table in CHILDREN}
    assert all(stored.values())
    import_yaml(NEW)
    [(closed,), (current,)] = rows(database, numbers)
    assert (closed, current) == (first, 3)
    for table in CHILDREN:
        assert rows(database, parts(table, closed)) == stored[table]
        assert rows(database, parts(table, current)) != stored[table]


def parts(table: str, number: int) -> str:
    return f"SELECT * FROM {table} WHERE number = {number} ORDER BY n"  # noqa: S608  # named above


@pytest.mark.parametrize("edited", [False, True])
def test_a_search_finds_the_words_and_terms_of_the_current_version_only(
    import_yaml: Callable[..., Report], client: TestClient, edited: bool, imported: Callable[..., None]
) -> None:
    imported(OLD)
    if edited:
        import_yaml(NEW)
    for queries, found in ((OLD_QUERIES, not edited), (NEW_QUERIES, edited)):
        for query in queries:
            assert keys_found(client, **query) == (["k"] if found else []), query
    assert keys_found(client, q="alpha") == ["k"]


def test_the_index_is_what_one_made_anew_would_be(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    import_yaml(NEW)
    import_yaml(NEW.replace("quote: something else", "quote: other words"))
    import_yaml("speakers: [{key: ann, name: Anna Lee, aliases: [Lee A.]}]")
    import_yaml(NEW.replace("alpha zeta", "alpha beta").replace("Ann Lee", "Anna Lee"))
    before = contents(database)
    with database.write() as connection:
        make_index(connection, lambda *_told: None, documents_since=0)
    assert contents(database) == before


def test_a_version_that_its_own_revision_replaces_leaves_no_row(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "BATCH", BATCH)

    def write(text: str) -> None:
        file = tmp_path / "said.yaml"
        file.write_text(text)
        assert not import_paths(database, [file], processes=1).faults

    late = "".join(f"  - {{key: k{n}, quote: q{n}, speaker: {{key: ann}}}}\n" for n in range(BATCH))
    write(f"source: {{key: s, title: T}}\nspeakers: [{{key: ann, name: Ann}}]\nclaims:\n{late}")
    # The last claim makes a tenure known when the first is written: that is rendered anew in the same revision.
    fills = "  - {key: last, quote: last, speaker: {key: ann, tenures: [{title: chief, since: 2000, until: 2030}]}}\n"
    first = "  - {key: first, quote: first, speaker: {key: ann}, said_on: 2020}\n"
    many = "".join(f"  - {{key: m{n}, quote: m{n}}}\n" for n in range(BATCH))
    write(f"source: {{key: s, title: T}}\nclaims:\n{first}{many}{fills}")
    [first_version] = versions(database, "first")
    assert [role["title"] for role in first_version["roles"]] == ["chief"]
    numbers = [number for (number,) in rows(database, "SELECT number FROM claims ORDER BY number")]
    assert numbers[:BATCH] == list(range(1, BATCH + 1))
    assert BATCH + 1 not in numbers
    before = contents(database)
    with database.write() as connection:
        make_index(connection, lambda *_told: None, documents_since=0)
    assert contents(database) == before


def test_an_edit_back_is_a_third_version(database: Database, import_yaml: Callable[..., Report]) -> None:
    for text in (OLD, NEW, OLD):
        import_yaml(text)
    first, second, third = versions(database, "k")
    assert [one["version"] for one in (first, second, third)] == [1, 2, 3]
    stamps = ("version", "updated_at", "revision")
    assert {k: v for k, v in first.items() if k not in stamps} == {k: v for k, v in third.items() if k not in stamps}


def test_an_edit_of_one_claim_leaves_the_rows_of_others_alone(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    statement = "SELECT c.*, d.doc FROM claims c JOIN documents d USING (number) WHERE c.id = 2"
    before = rows(database, statement)
    import_yaml(NEW)
    assert rows(database, statement) == before


# Retraction

RETRACTED = OLD.replace(
    "    quote: alpha beta\n", "    quote: alpha beta\n    retraction: {kind: record_error, reason: misheard}\n"
)


def test_a_retracted_claim_is_shown_only_when_asked_for(
    database: Database, import_yaml: Callable[..., Report], client: TestClient, imported: Callable[..., None]
) -> None:
    imported(OLD)
    assert import_yaml(RETRACTED).counts["retracted"] == 1
    document = claim(database, "k")
    assert (document["status"], document["version"], document["revision"]) == ("retracted", 2, 2)
    unsaid = dict.fromkeys(("retracted_on", "issuer", "source"))
    assert document["retraction"] == {"kind": "record_error", "reason": "misheard"} | unsaid
    assert keys_found(client) == ["other"]
    assert keys_found(client, status="any") == ["k", "other"]
    assert keys_found(client, status="retracted") == ["k"]
    assert keys_found(client, q="beta") == []
    assert keys_found(client, q="beta", status="retracted") == ["k"]
    assert keys_found(client, topic="epsilon", status="any") == ["k"]
    assert client.get(f"/v1/claims/{document['id']}").json() == document


def test_a_retraction_imported_again_is_unchanged(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    import_yaml(RETRACTED)
    before = everything(database)
    report = import_yaml(RETRACTED)
    assert report.counts["unchanged"] == 2
    assert report.revision is None
    assert everything(database) == before


def test_a_retracted_claim_imported_again_as_it_was_stays_retracted(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    import_yaml(RETRACTED)
    before = everything(database)
    report = import_yaml(OLD)
    assert [str(fault) for fault in report.faults] == []
    assert report.counts["unchanged"] == 2
    assert everything(database) == before


def test_a_retracted_claim_imported_with_other_content_has_it_and_stays_retracted(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    import_yaml(RETRACTED)
    report = import_yaml(NEW)
    assert [str(fault) for fault in report.faults] == []
    assert [warning.problem.code for warning in report.warnings] == ["new-metric", "stays-retracted"]
    document = claim(database, "k")
    assert (document["version"], document["status"], document["retraction"]["kind"]) == (3, "retracted", "record_error")
    assert document["quote"] in NEW
    assert import_yaml(NEW).revision is None


def test_a_retraction_can_be_corrected(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(OLD)
    import_yaml(RETRACTED)
    report = import_yaml(RETRACTED.replace("record_error", "speaker_withdrew"))
    assert report.counts["updated"] == 1
    document = claim(database, "k")
    assert (document["version"], document["status"], document["retraction"]["kind"]) == (
        3,
        "retracted",
        "speaker_withdrew",
    )


def test_revisions_count_what_they_did(database: Database, import_yaml: Callable[..., Report]) -> None:
    retracted = RETRACTED.replace("alpha beta", "alpha zeta")
    for text in (OLD, NEW, retracted, retracted):
        import_yaml(text)
    counts = [json.loads(found) for (found,) in rows(database, "SELECT counts FROM revisions ORDER BY number")]
    assert counts[0]["created"] == 2
    assert counts[1]["updated"] == 1
    assert counts[2]["retracted"] == 1
    assert len(counts) == 3


def test_every_table_of_the_record_is_tested_for_children() -> None:
    keyed = {table.name for table in Base.metadata.sorted_tables if {"number", "n"} <= set(table.c.keys())}
    assert keyed == set(CHILDREN)
