"""Where nothing is found, `meta.notes` says which of the asked names no claim has, and what status hides."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.store.database.derived_versions import INDEX_VERSION
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.statements import recorded


def notes_of(client: TestClient, query: str, resource: str = "claims") -> list[str]:
    answer = client.get(f"/v1/{resource}?{query}")
    assert answer.status_code == 200, answer.text
    meta = answer.json()["meta"]
    found: list[str] = meta.get("notes", [])
    assert bool([one for one in found if "is a word like others" not in one]) <= (answer.json()["data"] == [])
    return found


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("topic=cyber+defense", "topic 'cyber defense' is on no claim; near: 'cyber defence'"),
        ("topic__all=recrutment", "topic__all 'recrutment' is on no claim; near: 'recruitment'"),
        ("speaker__name=Barrack+Obama", "speaker__name 'Barrack Obama' is on no claim"),
        ("speaker__name=Shimada", "speaker__name 'Shimada' is on no claim; near: 'Kazuhisa Shimada'"),
        ("speaker__name=Shimada+Kazuhisa", "speaker__name 'Shimada Kazuhisa' is on no claim; near: 'Kazuhisa Shimada'"),
        (
            "organization__name=Pacific+Forums",
            "organization__name 'Pacific Forums' is on no claim; near: 'Pacific Forum'",
        ),
        (
            "role__title=vice+minister+of+defence",
            "role__title 'vice minister of defence' is on no claim; near: 'vice min",
        ),
        (
            "figure__metric__name=core+cyber+defense+personnel",
            "figure__metric__name 'core cyber defense personnel' is on no claim; near: 'core cyber defence personnel'",
        ),
        ("source__publisher=Reuter", "source__publisher 'Reuter' is on no claim; near: 'Reuters'"),
        ("assessment__rating=false", "assessment__rating 'false' is on no claim"),
        ("language=en-GB", "language 'en-gb' is on no claim; near: 'en'"),
        ("language__exact=fr", "language__exact 'fr' is on no claim"),
        ("venue__contains=reutters", "venue__contains 'reutters' is on no claim"),
        ("speaker=spk_99", "speaker 'spk_99' is on no claim"),
        ("speaker__identifier=wikidata:Q4", "speaker__identifier 'wikidata:Q4' is on no claim"),
        ("verification=verbatim", "verification 'verbatim' is on no claim"),
        ("figure__unit=km", "figure__unit 'km' is on no claim"),
        ("q=xyzzy", "q 'xyzzy' is on no claim"),
        ("q=japan+xyzzy+-foo", "q: no claim has 'xyzzy'"),
        ("q=!", "q '!' has no word, and finds nothing"),
        ("topic=nope&count=none", "topic 'nope' is on no claim"),
        ("topic=nope&as_of=0", "topic 'nope' is on no claim as of revision 0"),
        ("status=retracted&topic=recruitment", "15 active claims match; status=any finds them"),
    ],
)
def test_a_note_says_what_no_claim_has(seeded_client: TestClient, query: str, note: str) -> None:
    (told,) = notes_of(seeded_client, query)
    assert told.startswith(note)


@pytest.mark.parametrize(
    "query",
    [
        "topic=recruitment",
        "topic=nope&topic=recruitment",  # any of them will do, and one does
        "said_on=1800",  # a date is no name
        "topic__not=nope&said_on=1800",  # and what is to be absent is not missed
        "topic=recruitment&speaker__name=Bill+Greenwalt",  # each is there, though not together
        "topic=recruitment&limit=1",
    ],
)
def test_there_is_no_note_where_every_name_is_on_a_claim(seeded_client: TestClient, query: str) -> None:
    assert notes_of(seeded_client, query) == []


AND_IS_A_WORD = "q: AND is a word like others here: leave it out, for all words are looked for"
NOT_IS_A_WORD = "q: NOT is a word like others here: write -word for what is not to be found"

OR_IS_A_WORD = (
    "q: OR is a word like others where no word, or another OR, is next to it: write it once, between two words, or"
    " leave it out"
)


@pytest.mark.parametrize(
    ("q", "notes"),
    [
        ("japan AND cyber", [AND_IS_A_WORD]),
        ("japan NOT cyber", [NOT_IS_A_WORD]),
        ("NOT cyber", [NOT_IS_A_WORD]),
        ("japan AND NOT cyber AND NOT NOT pay", [AND_IS_A_WORD, NOT_IS_A_WORD]),
        ('"political theater" AND -pay', [AND_IS_A_WORD]),
        ("of AND", [AND_IS_A_WORD]),
        ("AND of", [AND_IS_A_WORD]),
        ("of NOT", [NOT_IS_A_WORD]),
        ("of OR", [OR_IS_A_WORD]),
        ("OR of", [OR_IS_A_WORD]),
        ("of OR OR the", [OR_IS_A_WORD]),
        ("of OR !", [OR_IS_A_WORD]),
        ("of OR the OR", [OR_IS_A_WORD]),
        ("NOT of AND the OR", [AND_IS_A_WORD, NOT_IS_A_WORD, OR_IS_A_WORD]),
        ("of OR the", []),
        ("of or", []),
        ('of "OR"', []),
        ("of -OR", []),
        ("of and the", []),
        ("of not the", []),
        ('"of AND the"', []),
        ('of "AND" the', []),
        ("of -NOT the", []),
        ("ANDROID NOTE of", []),
        ("AND", []),
        ("OR", []),
    ],
)
def test_operators_of_other_grammars_are_told_to_be_words(seeded_client: TestClient, q: str, notes: list[str]) -> None:
    told = notes_of(seeded_client, f"q={quote(q)}")
    assert [one for one in told if "is a word like others" in one] == notes
    tree = {"not": {"field": "q", "value": q}}
    meta = seeded_client.post("/v1/claims/search", json={"where": tree}).json()["meta"]
    assert meta.get("notes", []) == notes


def test_such_a_word_is_told_before_the_words_that_no_claim_has(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    assert not import_yaml("source: {key: s, title: T}\nclaims: [{key: k, quote: a plan}]").faults
    assert notes_of(client, "q=plan+OR") == [OR_IS_A_WORD, "q: no claim has 'OR'"]
    assert notes_of(client, "q=plan+AND&source=src_1") == [AND_IS_A_WORD, "q: no claim has 'AND'"]


def test_a_next_page_does_not_tell_it_again(seeded_client: TestClient) -> None:
    first = seeded_client.get("/v1/claims?q=of+AND+the+OR+of&limit=1").json()
    assert first["page"]["has_more"]
    assert first["meta"]["notes"] == [AND_IS_A_WORD]
    assert "notes" not in seeded_client.get(first["links"]["next"]).json()["meta"]


def test_several_names_have_a_note_each_in_a_list_and_in_a_tree(seeded_client: TestClient) -> None:
    listed = notes_of(seeded_client, "speaker__name=Bil+Greenwalt&topic=pey&topic=recruitment&q=theatre")
    assert [note.partition(" is on")[0] for note in listed] == [
        "q 'theatre'", "topic 'pey'", "speaker__name 'Bil Greenwalt'"
    ]  # fmt: skip
    tree = {
        "and": [
            {"field": "speaker__name", "value": "Bil Greenwalt"},
            {"or": [{"field": "topic", "value": "pey"}, {"field": "q", "value": "theatre"}]},
            {"not": {"field": "topic", "value": "absent"}},
        ]
    }
    assert seeded_client.post("/v1/claims/search", json={"where": tree}).json()["meta"]["notes"] == listed


@pytest.mark.parametrize(
    ("resource", "query", "note"),
    [
        (
            "speakers",
            "name=Itsuro+Nishimotto",
            "name 'Itsuro Nishimotto' is that of no speaker; near: 'Itsuro Nishimoto'",
        ),
        ("speakers", "key=nobody", "key 'nobody' is that of no speaker"),
        (
            "metrics",
            "name=core+cyber+personnel",
            "name 'core cyber personnel' is that of no metric; near: 'core cyber def",
        ),
        ("sources", "publisher=Reuter", "publisher 'Reuter' is that of no source; near: 'Reuters'"),
        ("sources", "url=https://x.example/", "url 'https://x.example/' is that of no source"),
    ],
)
def test_lists_of_records_say_the_same(seeded_client: TestClient, resource: str, query: str, note: str) -> None:
    assert notes_of(seeded_client, query, resource)[0].startswith(note)


def test_what_is_found_but_retracted_is_told(client: TestClient, import_yaml: Callable[..., Report]) -> None:
    taken_back = "retraction: {kind: record_error}"
    claims = [
        f"- {{key: k{n}, quote: words {n}, topics: [Pay], {taken_back if n else 'topics: [Tea]'}}}" for n in range(3)
    ]
    report = import_yaml("source: {title: T}\nclaims:\n" + "\n".join(claims).replace("topics: [Pay], topics", "topics"))
    assert not report.faults
    assert notes_of(client, "topic=pay") == ["2 retracted claims match; status=any finds them"]
    assert notes_of(client, "topic=pay&status=active") == ["2 retracted claims match; status=any finds them"]
    assert notes_of(client, "key=k1") == ["1 retracted claim matches; status=any finds it"]
    assert notes_of(client, "topic=pay&status=any") == []
    tree = {"and": [{"field": "topic", "value": "pay"}, {"not": {"field": "status", "value": "retracted"}}]}
    assert "notes" not in client.post("/v1/claims/search", json={"where": tree}).json()["meta"]


def test_what_is_told_of_a_revision_stays_and_goes_by_its_tag(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    claim = "source: {title: T}\nclaims: [{key: %s, quote: words, speaker: {name: %s}}]"
    assert not import_yaml(claim % ("a", "Ann Lee")).faults
    asked = "/v1/claims?speaker__name=Ann+Leigh"
    first, then = client.get(asked), client.get(f"{asked}&as_of=1")
    assert first.json()["meta"]["notes"] == ["speaker__name 'Ann Leigh' is on no claim; near: 'Ann Lee'"]
    assert not import_yaml(claim % ("b", "Anne Leigh")).faults
    again = client.get(asked, headers={"If-None-Match": first.headers["etag"]})
    assert again.json()["meta"]["notes"] == ["speaker__name 'Ann Leigh' is on no claim; near: 'Anne Leigh', 'Ann Lee'"]
    assert then.json()["meta"]["notes"] == ["speaker__name 'Ann Leigh' is on no claim as of revision 1"]
    assert client.get(f"{asked}&as_of=1").content == then.content
    assert client.get(f"{asked}&as_of=1", headers={"If-None-Match": then.headers["etag"]}).status_code == 304


def test_notes_take_a_bounded_number_of_statements(seeded: Database, seeded_client: TestClient) -> None:
    many = "&".join(f"topic=nope+{n}&speaker__name=nobody+{n}" for n in range(50))
    with recorded(seeded) as asked:
        assert len(notes_of(seeded_client, many)) == 10
    assert len(asked) < 40


@pytest.mark.parametrize("count", ["capped", "exact", "none"])
def test_both_engines_count_alike(seeded_client: TestClient, count: str) -> None:
    for query in (
        "",
        "topic=recruitment",
        "topic=nope",
        "q=japan",
        "said_on=2022",
        "status=any",
        "speaker__name=nobody",
    ):
        total = seeded_client.get(f"/v1/claims?{query}&count={count}").json()["meta"]["total"]
        assert (total is None) == (count == "none"), query


def test_every_filter_of_every_list_may_find_nothing(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/v1/claims", "/v1/speakers", "/v1/sources", "/v1/metrics"):
        for one in paths[path]["get"]["parameters"]:
            examples = () if one["name"] in ("as_of", "min_revision") else one["schema"].get("examples", ())
            for example in examples:  # there is no revision 1 yet
                value = str(example).lower() if isinstance(example, bool) else example
                answer = client.get(path, params={one["name"]: value})
                assert (answer.status_code, answer.json().get("data")) == (200, []), (path, one["name"])


@pytest.mark.parametrize("url", ["https://a.example/x?utm_source=z", "https://www.a.example/x/", "http://a.example/x"])
def test_an_address_of_a_document_that_is_stored_at_another_is_answered_with_that(
    import_yaml: Callable[[str], Report], client: TestClient, url: str
) -> None:
    import_yaml("source: {key: s, title: S, url: 'https://A.example/x'}\nclaims: [{key: k, quote: words}]\n")
    import_yaml("source: {key: t, title: T, url: 'https://a.example/x/?fbclid=1'}\nclaims: []\n")
    found = notes_of(client, f"source__url={quote(url, '')}")
    listed = notes_of(client, f"url={quote(url, '')}", "sources")
    if url.startswith("http:"):
        assert (found, listed) == ([], [])
        return
    assert found == [f"source__url '{url}' is on no claim; the same document is at 'https://A.example/x'"]
    assert listed == [
        f"url '{url}' is that of no source; the same document is at"
        " 'https://A.example/x', 'https://a.example/x/?fbclid=1'"
    ]
    assert notes_of(client, "source__url=https://a.example/y") == ["source__url 'https://a.example/y' is on no claim"]


@pytest.mark.own_database
@pytest.mark.parametrize(("resource", "query"), [("claims", "topic=nope"), ("speakers", "name=nobody")])
def test_where_the_database_is_behind_that_alone_is_noted(
    database: Database, import_yaml: Callable[..., Report], client: TestClient, resource: str, query: str
) -> None:
    assert not import_yaml("source: {key: s, title: T}\nclaims: [{key: k, quote: one}]").faults
    with database.write() as connection:
        connection.execute(text("UPDATE derived_versions SET version = 1 WHERE name = 'index'"))
    (note,) = notes_of(client, query, resource)
    assert note.startswith(f"the database has index of version 1 (this release: {INDEX_VERSION}): until")
    with database.write() as connection:
        connection.execute(
            text("UPDATE derived_versions SET version = :own WHERE name = 'index'"), {"own": INDEX_VERSION}
        )
    (note,) = notes_of(client, query, resource)
    assert note.endswith(("is on no claim", "is that of no speaker"))


def test_a_season_that_may_be_meant_for_years_is_told_whatever_is_found(seeded_client: TestClient) -> None:
    (note,) = seeded_client.get("/v1/claims?said_on__gte=2021-22").json()["meta"]["notes"]
    told = "said_on__gte: 2021-22 is summer 2021 in EDTF, June to August 2021; where years are meant, write"
    assert note.startswith(told)
    assert "notes" not in seeded_client.get("/v1/claims?said_on__gte=2021-06").json()["meta"]
