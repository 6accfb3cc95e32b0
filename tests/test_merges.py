"""Merging speakers, sources and metrics by the command, and what the API says of them before and after."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.upgrade.upgrade import Upgraded, migrate
from tests.store.contents import contents
from tests.store.stored import claim, everything, keys_found, record, rows, versions

Doc = dict[str, Any]
Import = Callable[..., Report]
Run = Callable[..., Result]

ONE = """\
source: {key: one, title: One, publisher: Reuters, url: https://a.example/1}
speakers:
  - {key: bob, name: Bob Miles, kind: person, aliases: [Bobby], identifiers: {wikidata: Q1}}
  - {key: ann, name: Ann Hill, kind: person,
     tenures: [{title: envoy, organization: {key: office, name: The Office}, since: 2018, until: 2021}]}
  - {key: bureau, name: The Bureau, kind: organization}
metrics: [{key: staff, name: staff, unit: count}]
claims:
  - {key: k1, speaker: {key: bob}, quote: alpha words, said_on: 2020-05,
     role: {title: chief, organization: {key: bureau}}, figures: [{metric: {key: staff}, value: 5}]}
  - {speaker: {name: Bob Miles}, quote: keyless words of Bob}
  - {key: k5, speaker: {key: ann}, quote: gamma words, said_on: 2020-06}
"""
TWO = """\
source: {key: two, title: Two, publisher: AP, url: https://a.example/2, published_on: 2021}
speakers:
  - {key: robert, name: Robert Miles, kind: person, aliases: [bobby, Rob], identifiers: {isni: '0000'}, note: tall,
     tenures: [{title: mayor, since: 2021, until: 2022}]}
metrics: [{key: crew, name: crew, definition: people on board, unit: count}]
claims:
  - {key: k2, speaker: {key: robert}, quote: beta words, said_on: 2021-05,
     role: {title: deputy, organization: {key: office}}, figures: [{metric: {key: crew}, value: 7}]}
  - {speaker: {name: Robert Miles}, quote: keyless words of Robert}
  - {speaker: {name: an official, kind: unnamed}, quote: unnamed words}
  - {key: k3, speaker: {name: Rob}, quote: delta words, said_on: 2021-06, figures: [{metric: crew, value: 9}]}
"""
SPEAKERS, OFFICES, SOURCES, METRICS = ("robert", "bob"), ("office", "bureau"), ("two", "one"), ("crew", "staff")
NOUNS = {"spk": "speakers", "src": "sources", "met": "metrics"}


@pytest.fixture
def told(database: Database, imported: Callable[..., None]) -> dict[str, str]:
    """Imports both files; the ids of the records by key."""
    imported(ONE, TWO)
    return ids(database)


@pytest.fixture
def merge(database: Database, run: Run) -> Callable[..., Result]:
    """`onrecord merge` of records by key. warned: of more than what the survivor keeps of its own."""

    def run_it(old: str, into: str, *options: str, warned: str = "") -> Result:
        known = ids(database)
        done = run(database, "merge", known[old], known[into], *options)
        told = "".join(line for line in done.stderr.splitlines(keepends=True) if "keeps its own" not in line)
        assert (done.exit_code, told) == (0, warned), done.output
        return done

    return run_it


Merge = Callable[..., Result]


def ids(database: Database) -> dict[str, str]:
    return {key: f"{kind}_{number}" for kind, number, key in rows(database, "SELECT type, id, key FROM record_keys")}


def asked(client: TestClient, path: str, **query: object) -> Doc:
    answer = client.get(f"/v1/{path}", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    found: Doc = answer.json()
    return found


def faultless(report: Report) -> Report:
    assert [str(fault) for fault in report.faults] == []
    return report


# Effects


def test_a_dry_run_says_what_would_change(database: Database, told: dict[str, str], merge: Merge) -> None:
    before = everything(database)
    done = merge(*SPEAKERS, "--dry-run")
    assert done.stdout == (
        f"{told['robert']} (key robert) would be merged into {told['bob']} (key bob):"
        " 3 rendered, 1 speakers merged, 1 speakers updated\n"
    )
    assert everything(database) == before


def test_the_command_says_what_changed(database: Database, told: dict[str, str], merge: Merge) -> None:
    done = merge(*SPEAKERS, "--comment", "the same man")
    assert done.stdout == (
        f"{told['robert']} (key robert) is merged into {told['bob']} (key bob); stored as revision 3:"
        " 3 rendered, 1 speakers merged, 1 speakers updated\n"
    )
    assert rows(database, "SELECT actor, comment FROM revisions WHERE number = 3") == [("merge", "the same man")]


def test_claims_show_the_survivor_in_versions_of_their_own(
    database: Database, told: dict[str, str], merge: Merge, client: TestClient
) -> None:
    before = [claim(database, key) for key in ("k1", "k2", "k5")]
    merge(*SPEAKERS)
    after = [claim(database, key) for key in ("k1", "k2", "k5")]
    assert after[1]["speaker"] == {"id": told["bob"], "key": "bob", "name": "Bob Miles", "kind": "person"}
    assert after[1] == before[1] | {"speaker": after[1]["speaker"], "revision": 3}
    assert after[2] == before[2]
    assert after[0] == before[0]  # it is found by more names, which it does not show
    assert [one["revision"] for one in versions(database, "k2")] == [2, 3]
    assert asked(client, "claims", key="k2", as_of=2)["data"] == [before[1]]
    assert asked(client, "claims", key="k2")["data"] == [after[1]]
    assert rows(database, "SELECT count(*) FROM claims WHERE until IS NULL AND speaker_id = :id", id=3) == [(0,)]


@pytest.mark.usefixtures("told")
def test_the_survivor_gains_what_it_lacks(database: Database, merge: Merge) -> None:
    before = record(database, "speakers", "bob")
    merge(*SPEAKERS)
    after = record(database, "speakers", "bob")
    assert (after["name"], after["aliases"]) == ("Bob Miles", ["Bobby", "Robert Miles", "bobby", "Rob"])
    assert after["identifiers"] == {"wikidata": "Q1", "isni": "0000"}
    assert [held["title"] for held in after["tenures"]] == ["mayor"]
    assert after["note"] == "tall"
    assert (after["version"], after["revision"]) == (before["version"] + 1, 3)


def test_the_survivor_has_both_identifiers_of_a_scheme(database: Database, import_yaml: Import, run: Run) -> None:
    one = "{key: a, name: A, kind: person, identifiers: {x: '1', y: '9'}}"
    text = f"speakers: [{one}, {{key: b, name: B, identifiers: {{x: ['2', '3']}}}}]"
    faultless(import_yaml(text))
    known = ids(database)
    assert run(database, "merge", known["a"], known["b"]).exit_code == 0
    after = record(database, "speakers", "b")
    assert (after["identifiers"], after["kind"]) == ({"x": ["2", "3", "1"], "y": "9"}, "person")
    assert faultless(import_yaml(text)).revision is None


def test_a_tenure_that_both_have_is_not_doubled(database: Database, import_yaml: Import, merge: Merge) -> None:
    ann = "{title: envoy, since: 2019, until: ..}"
    anne = "{title: Envoy, since: 2019, until: 2022}, {title: envoy, until: 2001}"
    faultless(
        import_yaml(
            f"source: {{key: s, title: S}}\nspeakers:\n  - {{key: ann, name: Ann, tenures: [{ann}]}}\n"
            f"  - {{key: anne, name: Anne, tenures: [{anne}]}}\n"
            "claims: [{key: k, speaker: {key: anne}, quote: words, said_on: 2020}]\n"
        )
    )
    merge("anne", "ann")
    held = record(database, "speakers", "ann")["tenures"]
    assert [(one["title"], (one["since"] or {}).get("edtf")) for one in held] == [("envoy", "2019"), ("envoy", None)]
    assert [(role["title"], role["basis"]) for role in claim(database, "k")["roles"]] == [("envoy", "tenure")]


def test_an_organization_is_replaced_in_roles_and_tenures(
    database: Database, told: dict[str, str], merge: Merge, client: TestClient
) -> None:
    before = record(database, "speakers", "ann")
    merge(*OFFICES)
    bureau = {"id": told["bureau"], "key": "bureau", "name": "The Bureau"}
    assert claim(database, "k2")["roles"][0]["organization"] == bureau
    (by_tenure,) = claim(database, "k5")["roles"]
    assert (by_tenure["organization"], by_tenure["basis"]) == (bureau, "tenure")
    ann = record(database, "speakers", "ann")
    assert ann["tenures"][0]["organization"] == bureau
    assert (ann["version"], ann["updated_at"], ann["revision"]) == (1, before["updated_at"], 3)
    for query in ({"organization": told["office"]}, {"organization": told["bureau"]}):
        assert keys_found(client, **query) == ["k2", "k5", "k1"]
    assert keys_found(client, organization__name="the office") == ["k2", "k5", "k1"]


def test_a_source_is_replaced_in_citations(
    database: Database, told: dict[str, str], merge: Merge, client: TestClient
) -> None:
    faultful = claim(database, "k2")
    merge(*SOURCES)
    (citation,) = claim(database, "k2")["citations"]
    assert citation["source"] == claim(database, "k1")["citations"][0]["source"]
    assert claim(database, "k2")["version"] == faultful["version"]
    one = record(database, "sources", "one")
    assert (one["url"], one["publisher"], one["published_on"]["edtf"]) == ("https://a.example/1", "Reuters", "2021")
    for url in ("https://a.example/1", "https://a.example/2"):
        assert len(keys_found(client, source__url=url)) == 7
    assert keys_found(client, source__publisher="AP") == []
    (official,) = asked(client, "speakers", kind="unnamed")["data"]
    assert (official["source"], official["version"]) == (told["one"], 1)


def test_a_source_is_replaced_in_a_retraction(database: Database, import_yaml: Import, merge: Merge) -> None:
    retraction = "{kind: source_correction, issuer: The Press, source: {key: two, title: Two}}"
    text = f"source: {{key: one, title: One}}\nclaims: [{{key: k, quote: words, retraction: {retraction}}}]\n"
    faultless(import_yaml(text))
    assert claim(database, "k")["retraction"]["source"]["key"] == "two"
    merge("two", "one")
    shown = {"id": ids(database)["one"], "key": "one", "title": "One", "publisher": None, "url": None}
    assert claim(database, "k")["retraction"] == {
        "kind": "source_correction", "reason": None, "retracted_on": None, "issuer": "The Press",
        "source": shown | {"published_on": None},
    }  # fmt: skip
    assert import_yaml(text).revision is None


def test_words_are_looked_for_in_the_text_of_the_source_that_survives(
    database: Database, import_yaml: Import, merge: Merge
) -> None:
    text = "source: {{key: {0}, title: {0}, text: {1}}}\nclaims: [{{key: {0}-1, quote: {2}}}]\n"
    for words in (("a", "one two three", "two"), ("b", "three four", "three"), ("c", "null", "four")):
        faultless(import_yaml(text.format(*words)))
    merge("b", "a")
    assert [claim(database, f"{key}-1")["citations"][0]["verification"] for key in "ab"] == ["verbatim", "verbatim"]
    assert claim(database, "b-1")["citations"][0]["locator"]["start"] == 8
    merge("a", "c", warned="warning: c-1: its words are not_found in the text of the source\n")
    assert record(database, "sources", "c")["text_sha256"]
    assert [claim(database, f"{key}-1")["citations"][0]["verification"] for key in "abc"] == [
        "verbatim", "verbatim", "not_found"
    ]  # fmt: skip


def test_a_metric_is_replaced_in_figures(
    database: Database, told: dict[str, str], merge: Merge, client: TestClient
) -> None:
    merge(*METRICS)
    assert claim(database, "k2")["figures"][0]["metric"] == {"id": told["staff"], "key": "staff", "name": "staff"}
    assert record(database, "metrics", "staff")["definition"] == "people on board"
    for query in (
        {"figure__metric": told["crew"]},
        {"figure__metric__name": "Crew"},
        {"figure__metric__name": "staff"},
    ):
        assert keys_found(client, **query) == ["k3", "k2", "k1"]
        assert keys_found(client, figure__value__gte="7", **query) == ["k3", "k2"]
        assert keys_found(client, sort="figure__value", **query) == ["k1", "k2", "k3"]


def test_a_metric_gains_the_unit_that_fits_the_figures_of_both(
    database: Database, import_yaml: Import, merge: Merge
) -> None:
    figures = "figures: [{metric: {key: a}, value: 1, unit: m}, {metric: {key: b}, value: 1, unit: km}]"
    metrics = "metrics: [{key: a, name: a}, {key: b, name: b, unit: mile}]"
    faultless(import_yaml(f"{metrics}\nclaims: [{{key: k, quote: words, source: {{title: T}}, {figures}}}]\n"))
    merge("b", "a")
    assert record(database, "metrics", "a")["unit"] == "mile"
    assert [figure["metric"]["key"] for figure in claim(database, "k")["figures"]] == ["a", "a"]


@pytest.mark.usefixtures("told")
def test_what_is_derived_of_it_all_is_what_would_be_made_anew(database: Database, merge: Merge) -> None:
    for pair in (SPEAKERS, OFFICES, SOURCES, METRICS):
        merge(*pair)
    before = contents(database)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE derived_versions SET version = 0 WHERE name <> 'content'")
    done = migrate(database)
    assert done == Upgraded(steps=done.steps)
    after = contents(database)
    assert {name for name in before if before[name] != after[name]} == set()


# Refusals

MORE = """\
speakers:
  - {key: other, name: Bob Other, identifiers: {wikidata: Q2}}
  - {key: crowd, name: crowd, kind: group}
metrics: [{key: pay, name: pay, unit: JPY}, {key: free, name: free}, {key: open, name: open}]
claims:
  - {key: k9, speaker: {name: An Official, kind: unnamed}, quote: other words, source: {key: one},
     figures: [{metric: {key: free}, value: 1, unit: km}]}
"""
REFUSED: dict[str, tuple[str, str, str]] = {
    "itself": ("bob", "bob", "(key bob) cannot be merged into itself"),
    "another kind": ("bob", "one", "a speaker and a source cannot be one"),
    "a claim": ("k1", "bob", "a claim and a speaker cannot be one"),
    "no id": ("bob", "Bob Miles", "'Bob Miles' is not the id of"),
    "an unknown one": ("spk_99", "bob", "there is no speaker spk_99"),
    "into an unknown one": ("bob", "spk_99", "there is no speaker spk_99"),
    "an organization into a person": ("office", "bob", "is a person, spk_3 (key office) an organization"),
    "a person into a group": ("bob", "crowd", "merge the other way"),
    "metrics of two dimensions": ("pay", "staff", "is of another dimension"),
    "a metric with figures of another dimension": (
        "free",
        "staff",
        "(key free) has figures in km (kilometers), and count is of",
    ),
    "a unit that does not fit the figures": (
        "staff",
        "free",
        "(key free) has figures in km (kilometers), and count is of",
    ),
    "sources whose speakers nothing tells apart": ("two", "one", "both have an unnamed of the name an official"),
}


@pytest.mark.parametrize("wrong", REFUSED)
@pytest.mark.usefixtures("told")
def test_what_cannot_be_one_is_refused(database: Database, import_yaml: Import, run: Run, wrong: str) -> None:
    faultless(import_yaml(MORE))
    known, (old, into, why) = ids(database), REFUSED[wrong]
    before = everything(database)
    done = run(database, "merge", known.get(old, old), known.get(into, into))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("onrecord: ")
    assert done.stderr.count("\n") == 1
    assert why in done.stderr
    assert everything(database) == before


@pytest.mark.usefixtures("told")
def test_a_key_in_place_of_an_id_is_answered_with_the_id(database: Database, run: Run) -> None:
    for key in ("bob", "two", "staff"):
        done = run(database, "merge", key, "spk_1")
        assert done.exit_code == 1
        assert f"'{key}' is not the id of a claim, speaker, source or metric; it looks like spk_12" in done.stderr
        assert done.stderr.endswith(f"; the key is that of {ids(database)[key]}\n")
    assert "the key" not in run(database, "merge", "nobody", "spk_1").stderr


def test_a_merged_record_is_merged_once(database: Database, told: dict[str, str], merge: Merge, run: Run) -> None:
    merge("robert", "bob")
    for pair in (("robert", "ann"), ("ann", "robert"), ("bob", "robert"), ("robert", "bob")):
        done = run(database, "merge", *(told[key] for key in pair))
        assert done.exit_code == 1
        assert done.stderr == f"onrecord: {told['robert']} was merged already: it is {told['bob']} now\n"


@pytest.mark.usefixtures("told")
def test_speakers_of_one_name_in_two_sources_are_merged_first(
    import_yaml: Import, merge: Merge, client: TestClient
) -> None:
    faultless(import_yaml(MORE))
    merge("two/an-official", "one/an-official")
    merge(*SOURCES)
    (official,) = asked(client, "speakers", kind="unnamed")["data"]
    assert official["key"] == "one/an-official"
    for text in (TWO, MORE):
        assert faultless(import_yaml(text)).revision is None


def test_a_database_that_is_not_migrated_is_told_of(fresh: Callable[[str], Database], run: Run) -> None:
    done = run(fresh("sqlite"), "merge", "spk_2", "spk_1")
    assert done.exit_code == 1
    assert "onrecord migrate" in done.stderr


# One record


@pytest.mark.parametrize("pair", [SPEAKERS, SOURCES, METRICS])
def test_a_merged_record_is_answered_with_the_way_to_its_survivor(
    told: dict[str, str], merge: Merge, client: TestClient, pair: tuple[str, str]
) -> None:
    merge(*pair)
    old, into = (told[key] for key in pair)
    noun = NOUNS[old[:3]]
    for method in ("GET", "HEAD"):
        answer = client.request(method, f"/v1/{noun}/{old}", follow_redirects=False)
        assert answer.status_code == 308
        assert answer.headers["location"] == f"/v1/{noun}/{into}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-cache"
    problem = client.get(f"/v1/{noun}/{old}", follow_redirects=False).json()
    assert (problem["status"], problem["code"], problem["errors"]) == (308, "merged", [])
    assert problem["detail"] == f"{old} was merged into {into}"
    assert client.get(f"/v1/{noun}/{old}").json()["id"] == into
    assert client.get(f"/v1/{noun}/{old[:4]}999").status_code == 404


@pytest.mark.parametrize("pair", [SPEAKERS, SOURCES, METRICS])
def test_lists_show_the_survivor_for_what_was_merged(
    told: dict[str, str], merge: Merge, client: TestClient, pair: tuple[str, str]
) -> None:
    noun = NOUNS[told[pair[0]][:3]]
    listed = asked(client, noun)["data"]
    old = next(one for one in listed if one["key"] == pair[0])
    merge(*pair)
    left = asked(client, noun)
    assert [one["id"] for one in left["data"]] == [one["id"] for one in listed if one is not old]
    assert left["meta"]["total"]["value"] == len(listed) - 1
    for name in ("key", "name", "url"):
        if old.get(name) and not (noun == "sources" and name == "name"):
            assert [one["key"] for one in asked(client, noun, **{name: old[name]})["data"]] == [pair[1]], name


def test_suggestions_are_of_the_survivor(told: dict[str, str], merge: Merge, client: TestClient) -> None:
    assert [one["key"] for one in asked(client, "speakers/suggest", q="rob")["data"]] == ["robert"]
    merge(*SPEAKERS)
    assert asked(client, "speakers/suggest", q="robert")["data"] == [
        {"id": told["bob"], "key": "bob", "name": "Bob Miles", "kind": "person", "alias": "Robert Miles"}
    ]
    assert [one["key"] for one in asked(client, "speakers/suggest", q="bob")["data"]] == ["bob"]


# Filters

FILTERS = {
    "speaker": ("spk", "robert"),
    "speaker__key": (None, "robert"),
    "speaker__identifier": (None, "isni:0000"),
    "speaker__name": (None, "Robert Miles"),
    "organization": ("spk", "office"),
    "organization__key": (None, "office"),
    "organization__name": (None, "The Office"),
    "source": ("src", "two"),
    "source__key": (None, "two"),
    "source__url": (None, "https://a.example/2"),
    "figure__metric": ("met", "crew"),
    "figure__metric__key": (None, "crew"),
    "figure__metric__name": (None, "crew"),
}


def test_a_filter_by_what_was_merged_finds_what_the_survivor_has(
    told: dict[str, str], merge: Merge, client: TestClient
) -> None:
    def found(name: str, **more: str) -> list[str]:
        field, operator = name.removesuffix("__not"), "not" if name.endswith("__not") else "eq"
        if "__" in field and field.rpartition("__")[2] in ("key", "identifier", "name", "url"):
            field = field if any(field == one for one in known) else field.rpartition("__")[0]
        value = values[name]
        leaf: Doc = {"field": field, "value": [value], "op": name.removeprefix(f"{field}__") if field != name else "eq"}
        leaf["op"] = operator if operator == "not" else leaf["op"]
        tree = client.post("/v1/claims/search", json={"where": leaf, "limit": 500, **more})
        assert tree.status_code == 200, tree.text
        keys = keys_found(client, **{name: value}, **more)
        assert [one["key"] for one in tree.json()["data"]] == keys, name
        return keys

    known = {one["name"] for one in asked(client, "claims/fields")["data"]}
    values = {name: told[value] if kind else value for name, (kind, value) in FILTERS.items()}
    values["speaker__not"] = values["speaker"]
    before = {name: found(name) for name in values}
    assert all(before.values())
    for pair in (SPEAKERS, OFFICES, SOURCES, METRICS):
        merge(*pair)
    survivors = {told[old]: told[into] for old, into in (SPEAKERS, OFFICES, SOURCES, METRICS)}
    for name, value in values.items():
        after, had = found(name), before[name]
        assert (set(after) < set(had)) if name.endswith("__not") else (set(after) > set(had)), name
        assert found(name, as_of="2") == had, name
        if value in survivors:
            assert keys_found(client, **{name: survivors[value]}) == after, name


def test_a_chain_leads_to_its_end(told: dict[str, str], merge: Merge, client: TestClient) -> None:
    bobs = keys_found(client, speaker=told["bob"])
    roberts = keys_found(client, speaker=told["robert"])
    anns = keys_found(client, speaker=told["ann"])
    merge("robert", "bob")
    merge("bob", "ann")
    for key in ("robert", "bob", "ann"):
        assert set(keys_found(client, speaker=told[key])) == {*bobs, *roberts, *anns}
        assert set(keys_found(client, speaker__key=key)) == {*bobs, *roberts, *anns}
        assert client.get(f"/v1/speakers/{told[key]}").json()["id"] == told["ann"]
    assert (
        client.get(f"/v1/speakers/{told['robert']}", follow_redirects=False).headers["location"].endswith(told["ann"])
    )
    assert set(keys_found(client, speaker=told["robert"], as_of="3")) == {*bobs, *roberts}
    assert set(keys_found(client, speaker=told["bob"], as_of="3")) == {*bobs, *roberts}
    assert keys_found(client, speaker=told["ann"], as_of="3") == anns
    assert keys_found(client, speaker=told["robert"], as_of="2") == roberts
    assert set(keys_found(client, speaker__name="rob")) == {*bobs, *roberts, *anns}


def test_several_ids_of_one_record_are_one_metric(told: dict[str, str], merge: Merge, client: TestClient) -> None:
    merge(*METRICS)
    query = f"figure__metric={told['crew']}&figure__metric={told['staff']}&figure__value__gte=7"
    answer = client.get(f"/v1/claims?{query}")
    assert answer.status_code == 200, answer.text
    assert [one["key"] for one in answer.json()["data"]] == ["k3", "k2"]
    answer = client.get(f"/v1/claims?figure__metric={told['crew']}&figure__unit=km")
    assert answer.json()["code"] == "wrong-dimension"


@pytest.mark.parametrize("query", ["", "speaker=ROBERT&", "speaker__not=ROBERT&", "speaker__key=robert&"])
def test_a_walk_stays_before_a_merge(told: dict[str, str], merge: Merge, client: TestClient, query: str) -> None:
    path = f"/v1/claims?{query.replace('ROBERT', told['robert'])}limit="
    whole = client.get(f"{path}500").json()["data"]
    page = client.get(f"{path}1").json()
    found = page["data"]
    merge(*SPEAKERS)
    merge(*SOURCES)
    while page["links"]["next"]:
        page = client.get(page["links"]["next"]).json()
        assert page["meta"]["revision"] == 2
        found += page["data"]
    assert found == whole
    assert len(whole) > 1
    assert client.get(f"{path}500").json()["data"] != whole


# Imports after a merge


def test_the_same_files_change_nothing(
    database: Database, told: dict[str, str], import_yaml: Import, merge: Merge
) -> None:
    for pair in (SPEAKERS, OFFICES, SOURCES, METRICS):
        merge(*pair)
    before = everything(database)
    for text in (ONE, TWO):
        report = faultless(import_yaml(text))
        assert (report.revision, report.counts["unchanged"]) == (None, report.counts["read"])
    assert everything(database) == before
    merged = [said.problem for said in report.warnings if said.problem.code != "keyless"]
    assert [problem.detail.partition(":")[0] for problem in merged] == [
        f"{told['two']} (key two) was merged into {told['one']} (key one)",
        f"{told['robert']} (key robert) was merged into {told['bob']} (key bob)",
        f"{told['crew']} (key crew) was merged into {told['staff']} (key staff)",
    ]


REFERENCES = {
    "a key": ("speaker: {key: robert}", "speaker"),
    "a key beside an id of another database": ("speaker: {id: spk_77, key: robert}", "speaker"),
    "an id": ("speaker: ROBERT", "speaker"),
    "a name": ("speaker: {name: Robert Miles, kind: person}", "speaker"),
    "an alias": ("speaker: {name: Rob}", "speaker"),
    "an identifier": ("speaker: {identifiers: {isni: '0000'}}", "speaker"),
    "a role's organization by key": ("role: {title: t, organization: {key: office}}", "organization"),
    "a role's organization by name": ("role: {title: t, organization: {name: The Office}}", "organization"),
    "a metric by key": ("figures: [{metric: {key: crew}, value: 3}]", "metric"),
    "a metric by name": ("figures: [{metric: Crew, value: 3}]", "metric"),
    "a metric with what it was": ("figures: [{metric: {key: crew, name: crew, unit: count}, value: 3}]", "metric"),
    "a source by key": ("source: {key: two, title: Two}", "source"),
    "a source by address": ("source: {title: Two, url: https://a.example/2}", "source"),
    "an unnamed speaker of the source": ("source: {key: two}, speaker: {name: An Official, kind: unnamed}", "speaker"),
}


def test_a_reference_to_what_was_merged_means_the_survivor(
    database: Database, told: dict[str, str], import_yaml: Import, merge: Merge
) -> None:
    for pair in (SPEAKERS, OFFICES, SOURCES, METRICS, ("two/an-official", "bob")):
        merge(*pair)
    for way, (said, kind) in REFERENCES.items():
        source = "" if "source" in said else "source: {key: one}, "
        told_of = said.replace("ROBERT", told["robert"])
        report = faultless(import_yaml(f"claims: [{{key: {way}, quote: new, {source}{told_of}}}]"))
        assert report.changes == {"created": 1}, way
        found: Any = claim(database, way)
        shown, key = {
            "speaker": ("speaker", "bob"),
            "organization": ("roles.0.organization", "bureau"),
            "metric": ("figures.0.metric", "staff"),
            "source": ("citations.0.source", "one"),
        }[kind]
        for step in shown.split("."):
            found = found[int(step) if step.isdecimal() else step]
        assert found["key"] == key, way


@pytest.mark.usefixtures("told")
def test_the_names_of_what_was_merged_lead_on_through_a_chain(
    database: Database, import_yaml: Import, merge: Merge, client: TestClient
) -> None:
    """Of metrics, whose survivor does not take over the name."""
    faultless(import_yaml("metrics: [{key: posts, name: posts, unit: count}]"))
    merge("crew", "staff")
    merge("staff", "posts")
    for n, name in enumerate(("CREW", "staff", "posts")):
        new = f"{{key: n{n}, quote: new {n}, source: {{key: one}}, figures: [{{metric: {name}, value: {n}}}]}}"
        assert faultless(import_yaml(f"claims: [{new}]")).changes == {"created": 1}, name
        assert claim(database, f"n{n}")["figures"][0]["metric"]["key"] == "posts", name
    for name in ("crew", "Staff", "posts"):
        assert set(keys_found(client, figure__metric__name=name)) == {"k1", "k2", "k3", "n0", "n1", "n2"}, name


@pytest.mark.usefixtures("told")
def test_what_officials_were_called_in_one_source_is_nobodys_name_in_another(
    database: Database, import_yaml: Import, merge: Merge, client: TestClient
) -> None:
    merge("two/an-official", "ann")
    assert record(database, "speakers", "ann")["aliases"] == []
    assert len(keys_found(client, speaker__name="an official")) == 2  # all of hers
    faultless(
        import_yaml("source: {key: one}\nclaims: [{key: n, quote: n, speaker: {name: an official, kind: unnamed}}]")
    )
    assert claim(database, "n")["speaker"]["key"] == "one/an-official"


@pytest.mark.usefixtures("told")
def test_a_definition_of_a_merged_record_changes_nothing(database: Database, import_yaml: Import, merge: Merge) -> None:
    merge(*SPEAKERS)
    merge(*METRICS)
    before = everything(database)
    report = faultless(
        import_yaml(
            "speakers: [{key: robert, name: Some, aliases: [Else], tenures: [{title: t, organization: {name: N}}]}]\n"
            "metrics: [{key: crew, name: other}]\n"
        )
    )
    assert report.revision is None
    assert len(report.warnings) == 2
    assert everything(database) == before


@pytest.mark.usefixtures("told")
def test_what_was_a_merged_records_own_is_not_anothers(import_yaml: Import, merge: Merge) -> None:
    for pair in (SPEAKERS, SOURCES, METRICS):
        merge(*pair)
    for text, field in (
        ("metrics: [{key: new, name: Crew}]", "metrics.0.name"),
        ("speakers: [{key: new, name: N, identifiers: {isni: '0000'}}]", "speakers.0.identifiers"),
        ("metrics: [{key: staff, name: pay}, {key: new, name: staff}, {key: new2, name: crew}]", "metrics.2.name"),
    ):
        report = import_yaml(text)
        assert [(fault.problem.field, fault.problem.code) for fault in report.faults] == [(field, "duplicate")], text


@pytest.mark.usefixtures("told")
def test_the_survivor_may_take_the_address_of_what_was_merged_into_it(
    database: Database, import_yaml: Import, merge: Merge
) -> None:
    merge(*SOURCES)
    faultless(import_yaml("source: {key: one, url: https://a.example/2}"))
    assert record(database, "sources", "one")["url"] == "https://a.example/2"
    assert faultless(import_yaml(TWO)).revision is None


@pytest.mark.usefixtures("told")
def test_claims_of_a_merged_speaker_can_be_edited(database: Database, import_yaml: Import, merge: Merge) -> None:
    merge(*SPEAKERS)
    report = faultless(
        import_yaml(TWO.replace("beta words", "beta sayings").replace("of Robert}", "of Robert, venue: v}"))
    )
    assert report.counts["updated"] == 2
    assert report.counts["created"] == 0
    assert (claim(database, "k2")["version"], claim(database, "k2")["speaker"]["key"]) == (2, "bob")


@pytest.mark.usefixtures("told")
def test_revisions_count_the_records_that_are_merged(database: Database, import_yaml: Import, merge: Merge) -> None:
    merge("robert", "bob")
    merge("bob", "ann")
    faultless(import_yaml("claims: [{quote: new, source: {key: one}}]"))
    assert rows(database, "SELECT number, merges FROM revisions ORDER BY number") == [
        (1, None), (2, None), (3, 1), (4, 2), (5, 2)
    ]  # fmt: skip
    counts = [json.loads(text) for (text,) in rows(database, "SELECT counts FROM revisions ORDER BY number")]
    assert [one.get("speakers_merged") for one in counts] == [None, None, 1, 1, None]
