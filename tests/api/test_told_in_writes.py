"""Writes over HTTP tell what they do beside what was asked: names that may be another's, parts that go or stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.importing import import_paths

Doc = dict[str, Any]
ANY = {"If-Match": "*"}
CLAIM: Doc = {"key": "a/1", "speaker": {"key": "ann", "name": "Ann Lee", "kind": "person"}, "quote": "we hired"}
CITED: Doc = CLAIM | {"source": {"key": "old", "title": "Old"}, "locator": {"page": 3, "exact": "hired"}}


@pytest.fixture
def writer(client: TestClient, database: Database) -> TestClient:
    """The API on an empty database, for a client with a key that may write."""
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['write']).secret}"
    return client


def sent(answer: Any, status: int = 200) -> Doc:
    assert answer.status_code == status, answer.text
    body: Doc = answer.json()
    return body


def warnings(answer: Any) -> dict[str, str]:
    """The warnings of an answer, by their codes."""
    return {one["code"]: one["detail"] for one in json.loads(answer.headers.get("onrecord-warnings", "[]"))}


# Numbers that are texts


def test_a_count_that_is_a_text_with_the_shape_of_grouped_thousands_is_told(writer: TestClient) -> None:
    def figures(value: object) -> Doc:
        return {"figures": [{"metric": "staff", "unit": "count", "value": value}]}

    body = CLAIM | {"source": {"title": "Old"}}
    posted = writer.post("/v1/claims", json=body | figures("1.500"))
    assert sent(posted, 201)["figures"][0]["value"] == 1.5
    assert "where a point groups digits it is 1,500" in warnings(posted)["grouped-thousands"]
    for value, is_told in (("1.500", False), ("1.600", True), (1.625, False), ("1.7", False)):
        answer = writer.patch("/v1/claims/clm_1", json=figures(value), headers=ANY)
        assert sent(answer)["figures"][0]["value"] == float(value)
        assert ("grouped-thousands" in warnings(answer)) == is_told, value
    put = writer.put("/v1/claims/by-key/a/1", json=body | figures("1.800"), headers=ANY)
    assert "grouped-thousands" in warnings(put)


@pytest.mark.parametrize("at", [0, 1])
def test_of_two_alike_numbers_the_one_that_is_a_text_is_told(writer: TestClient, at: int) -> None:
    numbers = ['"1.500"' if n == at else "1.500" for n in range(2)]
    figures = ", ".join(f'{{"metric": "staff", "unit": "count", "value": {number}}}' for number in numbers)
    body = json.dumps(CLAIM | {"source": {"title": "Old"}})[:-1] + f', "figures": [{figures}]}}'
    posted = writer.post("/v1/claims", content=body, headers={"content-type": "application/json"})
    assert [figure["value"] for figure in sent(posted, 201)["figures"]] == [1.5, 1.5]
    told = [one for one in json.loads(posted.headers["onrecord-warnings"]) if one["code"] == "grouped-thousands"]
    assert [one["name"] for one in told] == [f"/figures/{at}/value"]


# Keys and names as they are typed


def test_a_blank_around_a_key_and_a_name_of_nobody_are_told(writer: TestClient) -> None:
    body = CLAIM | {"key": "a/1 ", "speaker": {"name": "n/a"}, "source": {"title": "Old"}}
    told = warnings(writer.post("/v1/claims", json=body))
    assert told["blanks"].startswith("'a/1 ' ends with a blank, and is another key than 'a/1'")
    assert told["nobody"].startswith("'n/a' is stored as a name; where the source names nobody, leave it empty")
    patched = writer.patch("/v1/claims/clm_1", json={"roles": [{"organization": "unknown"}]}, headers=ANY)
    assert "nobody" in warnings(patched)
    assert "nobody" in warnings(writer.post("/v1/speakers", json={"key": "q", "name": "?"}))
    put = writer.put("/v1/claims/by-key/%20a/3", json=body | {"key": None}, headers={"If-None-Match": "*"})
    assert "blanks" in warnings(put), put.text


# Places in documents


def test_a_place_in_another_document_goes_with_it(writer: TestClient) -> None:
    sent(writer.post("/v1/claims", json=CITED), 201)
    same = writer.patch("/v1/claims/clm_1", json={"source": {"title": "OLD"}, "venue": "x"}, headers=ANY)
    assert (sent(same)["citations"][0]["locator"]["page"], "place-lost" in warnings(same)) == ("3", False)
    answer = writer.patch("/v1/claims/clm_1", json={"source": {"key": "new", "title": "New"}}, headers=ANY)
    assert sent(answer)["citations"][0]["locator"] is None
    told = warnings(answer)["place-lost"]
    assert 'exact "hired", page "3" is not kept: it was of src_1 (key old)' in told


def test_of_a_new_place_what_is_given_stays_and_no_more(writer: TestClient) -> None:
    sent(writer.post("/v1/claims", json=CITED), 201)
    body = {"source": {"key": "new", "title": "New"}, "locator": {"page": 7}}
    answer = writer.patch("/v1/claims/clm_1", json=body, headers=ANY)
    locator = sent(answer)["citations"][0]["locator"]
    assert (locator["page"], locator["exact"]) == ("7", None)
    assert warnings(answer)["place-lost"].startswith('exact "hired" is not kept')


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "key,citations.0.source.key,citations.0.source.title\na/1,new,New\n"),
        ("b.csv", "key,source.url\na/1,https://a.example/new\n"),
        ("c.ndjson", '{"key": "a/1", "source": {"title": "New"}}\n'),
    ],
)
def test_a_place_goes_with_its_document_by_file_as_well(
    writer: TestClient, database: Database, tmp_path: Path, name: str, text: str
) -> None:
    sent(writer.post("/v1/claims", json=CITED | {"source": {"key": "old", "url": "https://a.example/old"}}), 201)
    file = tmp_path / name
    file.write_text(text)
    report = import_paths(database, [file], patch=name.endswith("ndjson"))
    assert "place-lost" in [one.problem.code for one in report.warnings]
    assert writer.get("/v1/claims/clm_1").json()["citations"][0]["locator"] is None


# Retractions


def test_of_a_retraction_what_is_not_given_again_stays(writer: TestClient) -> None:
    sent(writer.post("/v1/claims", json=CITED), 201)
    first = "kind=source_correction&reason=misheard&issuer=Reuters&source=old&retracted_on=2024-05"
    before = writer.delete(f"/v1/claims/clm_1?{first}", headers=ANY)
    assert "retracted-before" not in warnings(before)
    answer = writer.delete("/v1/claims/clm_1?kind=record_error", headers=ANY)
    assert sent(answer)["retraction"] == before.json()["retraction"] | {"kind": "record_error"}
    told = warnings(answer)["retracted-before"]
    assert 'clm_1 was retracted before: kind: "source_correction" → "record_error"; what is not given stays' in told
    again = writer.delete("/v1/claims/clm_1?kind=record_error", headers=ANY)
    assert (again.headers["onrecord-action"], warnings(again)) == ("unchanged", {})


# What follows from other parts


def test_days_that_were_read_with_a_date_are_not_told(writer: TestClient) -> None:
    """A client changes one part of what it has read, and sends the date whole."""
    sent(writer.post("/v1/claims", json=CITED | {"key": "a/1", "said_on": "2022"}), 201)
    said_on = sent(writer.get("/v1/claims/clm_1"))["said_on"] | {"edtf": "2024-04-11"}
    answer = writer.patch("/v1/claims/clm_1", json={"said_on": said_on}, headers=ANY)
    assert (sent(answer)["said_on"]["latest"], "derived" in warnings(answer)) == ("2024-04-11", False)
    whole = sent(writer.get("/v1/claims/clm_1"))
    whole["said_on"]["edtf"] = "2023"
    answer = writer.put("/v1/claims/by-key/a/1", json=whole, headers=ANY)
    assert (sent(answer)["said_on"]["latest"], "derived" in warnings(answer)) == ("2023-12-31", False)
    del whole["version"]
    answer = writer.put("/v1/claims/by-key/a/1", json=whole, headers=ANY)  # by now it has other days
    assert warnings(answer)["derived"].startswith("earliest 2024-04-11 and latest 2024-04-11 are not read")
    source = sent(writer.patch("/v1/sources/src_1", json={"published_on": "2022"}, headers=ANY))
    published_on = source["published_on"] | {"edtf": "2021"}
    answer = writer.patch("/v1/sources/src_1", json={"published_on": published_on}, headers=ANY)
    assert (sent(answer)["published_on"]["latest"], warnings(answer)) == ("2021-12-31", {})
    answer = writer.patch("/v1/sources/src_1", json={"published_on": published_on}, headers=ANY)
    assert warnings(answer)["derived"].startswith("earliest 2022-01-01 and latest 2022-12-31 are not read")


# Identifiers


def test_identifiers_are_merged_and_null_takes_one_away(writer: TestClient) -> None:
    given = {"wikidata": "Q1", "fec": ["A", "B"]}
    sent(writer.post("/v1/speakers", json={"key": "ann", "name": "Ann Lee", "identifiers": given}), 201)
    for patch, left in (
        ({"isni": "3"}, given | {"isni": "3"}),
        ({"isni": None, "viaf": None, "fec": "C"}, {"wikidata": "Q1", "fec": "C"}),
        ({}, {"wikidata": "Q1", "fec": "C"}),
        ({"wikidata": None}, {"fec": "C"}),
        (None, {}),
    ):
        assert sent(writer.patch("/v1/speakers/spk_1", json={"identifiers": patch}, headers=ANY))["identifiers"] == left
    put = {"name": "Ann Lee", "identifiers": {"isni": "4"}}
    assert sent(writer.put("/v1/speakers/by-key/ann", json=put, headers=ANY))["identifiers"] == {"isni": "4"}


def test_identifiers_stay_within_their_bounds(writer: TestClient) -> None:
    schemes = {f"s{n}": "1" for n in range(100)}
    sent(writer.post("/v1/speakers", json={"key": "ann", "name": "Ann Lee", "identifiers": schemes}), 201)
    answer = writer.patch("/v1/speakers/spk_1", json={"identifiers": {"more": "1"}}, headers=ANY)
    assert [one["name"] for one in sent(answer, 422)["errors"]] == ["/identifiers"]
    for wrong in ({"s1": 5}, {"s1": ""}, {"": None}, ["s1"]):
        assert sent(writer.patch("/v1/speakers/spk_1", json={"identifiers": wrong}, headers=ANY), 422)
    turned = {"identifiers": {"more": "1", "s0": None}}
    assert len(sent(writer.patch("/v1/speakers/spk_1", json=turned, headers=ANY))["identifiers"]) == 100


# Names


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("Wiliam Haguwe", "Wiliam Hague"),
        ("Ann Lee", "Anne Lee"),
        ("Shinzo Abe", "Abe, Shinzo"),
        ("Van der Bilt", "Vander Bilt"),
        ("Vanderbilt", "Van der Bilt"),
        ("Van der Bilt", "Vanderbilt"),
        ("Cathy Miller", "Kathy Miller"),
        ("Netanyahu", "Netanjahu"),
        ("Юлия Навальная", "Юлия Навальнаяя"),
        ("Max Fischer", "Dr. Max Fischer"),
        ("Prof. Dr. Hans Muster", "Hans Muster"),
    ],
)
def test_a_misspelt_speaker_is_told(writer: TestClient, stored: str, new: str) -> None:
    sent(writer.post("/v1/speakers", json={"key": "one", "name": stored, "kind": "person"}), 201)
    claim = {"speaker": {"name": new}, "quote": "we hired", "source": {"title": "T"}}
    for path in ("/v1/claims?dry_run=true", "/v1/claims"):
        answer = writer.post(path, json=claim)
        told = warnings(answer)["possible-namesakes"]
        assert told.startswith(f"may be one speaker: {stored!r}, spk_1 (key one); {new!r}, spk_2 (key ")
    assert "possible-namesakes" not in warnings(writer.post("/v1/claims", json=claim | {"quote": "else"}))


def test_a_speaker_of_a_common_name_is_told_among_many(writer: TestClient, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "many.ndjson"
    names = ["Anna Lee", *(f"{chr(97 + n % 26)}{chr(97 + n // 26)}nri Lee" for n in range(300))]
    names += [f"Anna {chr(97 + n % 26)}{chr(97 + n // 26)}rrow" for n in range(300)]
    lines = ({"type": "speaker", "key": f"k{n}", "name": name, "kind": "person"} for n, name in enumerate(names))
    file.write_text("\n".join(map(json.dumps, lines)))
    import_paths(database, [file], processes=1)
    told = warnings(writer.post("/v1/speakers", json={"key": "new", "name": "Ana Lee", "kind": "person"}))
    assert "'Anna Lee', spk_1 (key k0)" in told["possible-namesakes"]


def test_new_organizations_of_a_speaker_are_told_too(writer: TestClient) -> None:
    sent(
        writer.post("/v1/speakers", json={"key": "ministry", "name": "Ministry of Defence", "kind": "organization"}),
        201,
    )
    body = {"name": "Bo", "key": "bo", "tenures": [{"title": "clerk", "organization": "Ministry of Defense"}]}
    told = warnings(writer.post("/v1/speakers", json=body))["possible-namesakes"]
    assert "'Ministry of Defense'" in told


def test_a_name_that_several_have_is_told(writer: TestClient) -> None:
    for key, name in (("ann", "Ann Lee"), ("bo", "Bo Ray")):
        answer = writer.post("/v1/speakers", json={"key": key, "name": name, "kind": "person"})
        assert warnings(answer) == {}
    told = "the name 'Ann Lee' is of spk_1 (key ann) and of spk_2 (key bo): alone it is refused from now on"
    for path in ("/v1/speakers/spk_2?dry_run=true", "/v1/speakers/spk_2"):
        assert told in warnings(writer.patch(path, json={"name": "Ann Lee"}, headers=ANY))["same-name"]
    assert "same-name" not in warnings(writer.patch("/v1/speakers/spk_2", json={"note": "x"}, headers=ANY))
    by_name = {"quote": "x", "speaker": {"name": "Ann Lee"}, "source": {"title": "T"}}
    sent(writer.post("/v1/claims", json=by_name), 422)
    made = writer.post("/v1/speakers", json={"key": "other", "name": "ann lee", "kind": "person"})
    assert "spk_1 (key ann) and of spk_2 (key bo) and of spk_3 (key other)" in warnings(made)["same-name"]
    alias = writer.patch("/v1/speakers/spk_3", json={"aliases": ["Bo Ray"]}, headers=ANY)
    assert "the name 'Bo Ray' is of spk_2 (key bo) and of spk_3" in warnings(alias)["same-name"]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"name": "ann lee", "kind": "person"}, ["same-name"]),
        ({"name": "Ann Lee"}, ["same-name"]),
        ({"name": "Ana Lee", "aliases": ["Ann Lee"], "kind": "person"}, ["same-name"]),
        ({"name": "Ana Lee", "kind": "person"}, ["possible-namesakes"]),
        ({"name": "Ann Lee", "kind": "organization"}, ["shared-name"]),
        ({"name": "A Firm", "kind": "organization"}, ["same-name"]),
    ],
)
def test_two_speakers_are_told_of_once(
    writer: TestClient, database: Database, tmp_path: Path, body: Doc, codes: list[str]
) -> None:
    for key, name, kind in (("ann", "Ann Lee", "person"), ("p", "A Firm", "person"), ("o", "A Firm", "organization")):
        sent(writer.post("/v1/speakers", json={"key": key, "name": name, "kind": kind}), 201)
    file = tmp_path / "a.ndjson"
    file.write_text(json.dumps({"type": "speaker", "key": "new"} | body))
    report = import_paths(database, [file], dry_run=True)
    assert [one.problem.code for one in report.warnings] == codes
    answer = writer.post("/v1/speakers", json={"key": "new"} | body)
    assert list(warnings(answer)) == codes == [one["code"] for one in json.loads(answer.headers["onrecord-warnings"])]


def test_two_of_one_name_are_told_of_again_only_beside_a_third(writer: TestClient) -> None:
    codes = []
    for key, name in (("b", "Bob Roy"), ("b2", "Bob Roy"), ("b3", "Bob Roi")):
        answer = writer.post("/v1/speakers", json={"key": key, "name": name, "kind": "person"})
        codes.append(list(warnings(answer)))
    assert codes == [[], ["same-name"], ["possible-namesakes"]]
    told = "'Bob Roy', spk_1 (key b); 'Bob Roy', spk_2 (key b2); 'Bob Roi', spk_3 (key b3)"
    assert warnings(answer)["possible-namesakes"] == f"may be one speaker: {told}"


def test_a_name_that_several_have_is_told_by_file(writer: TestClient, database: Database, tmp_path: Path) -> None:
    for key, name in (("ann", "Ann Lee"), ("bo", "Bo Ray")):
        sent(writer.post("/v1/speakers", json={"key": key, "name": name, "kind": "person"}), 201)
    file = tmp_path / "a.ndjson"
    file.write_text('{"type": "speaker", "key": "bo", "name": "Ann Lee"}\n')
    for dry_run in (True, False):
        report = import_paths(database, [file], dry_run=dry_run)
        assert [one.problem.code for one in report.warnings if one.problem.code == "same-name"] == ["same-name"]
    file.write_text('{"type": "speaker", "key": "ann", "name": "Bo Ray"}\n')
    assert "same-name" in [one.problem.code for one in import_paths(database, [file]).warnings]  # a former name


def test_a_name_that_moves_on_is_of_one(writer: TestClient, database: Database, tmp_path: Path) -> None:
    for key, name in (("ann", "Ann Lee"), ("bo", "Bo Ray")):
        sent(writer.post("/v1/speakers", json={"key": key, "name": name, "kind": "person"}), 201)
    file = tmp_path / "a.yaml"
    file.write_text("speakers: [{key: ann, name: Bo Ray}, {key: bo, name: Ann Lee}]\n")
    assert "same-name" not in [one.problem.code for one in import_paths(database, [file]).warnings]


# Keys


def test_a_claim_that_is_sent_without_a_key_is_told_of(writer: TestClient) -> None:
    keyless = {name: value for name, value in CLAIM.items() if name != "key"} | {"source": {"title": "T"}}
    for path in ("/v1/claims?dry_run=true", "/v1/claims"):
        told = warnings(writer.post(path, json=keyless))
        assert told["keyless"].startswith("no key was sent: with other words it would be another claim"), path
        assert "keyless" not in warnings(writer.post("/v1/claims?dry_run=true", json=CITED)), path
    assert warnings(writer.patch("/v1/claims/clm_1", json={"quote": "we left"}, headers=ANY)) == {}
    assert warnings(writer.put("/v1/claims/by-key/b", json=keyless | {"quote": "else"})) == {}
    again = writer.post("/v1/claims", json=keyless)  # the words that it had no longer
    assert (again.status_code, "keyless" in warnings(again)) == (409, False)


# Ways out, in the words of requests

OF_FILES = ("import", "--", ".yaml", "onrecord merge", "cell", "row ")


def test_what_to_do_is_told_in_the_words_of_requests(writer: TestClient) -> None:
    """As by files, where a way out is one of files."""
    sent(writer.post("/v1/claims", json=CITED | {"relations": []}), 201)
    sent(writer.delete("/v1/claims/clm_1?kind=record_error", headers=ANY))
    stays = warnings(writer.put("/v1/claims/by-key/a/1", json=CITED | {"venue": "there"}, headers=ANY))
    assert stays == {"stays-retracted": 'a/1 stays retracted: "retraction": null takes that back'}
    sent(writer.put("/v1/claims/by-key/a/1", json=CITED | {"retraction": None}, headers=ANY))
    assert writer.get("/v1/claims/clm_1").json()["status"] == "active"
    other = {"key": "a/2", "quote": "x", "source": {"key": "old"}}
    for more, told in (
        ({"relations": [{"type": "updates", "key": "no"}]}, "there is no claim no here: record it first, or leave"),
        (
            {"speaker": {"key": "ann", "name": "Bo"}},
            "if that one is meant, leave out name; if another is, do so with key",
        ),
        (
            {"speaker": {"key": "ann", "name": "Bo"}},
            "to correct that speaker itself, PATCH /v1/speakers/spk_1; if both",
        ),
        (
            {"speaker": {"key": "ann", "name": "Bo"}},
            'if both are one speaker, POST /v1/speakers/ID/merge with {"into": "spk_1"}',
        ),
        (
            {"source": {"key": "old", "publisher": "AP", "title": "New"}},
            "PATCH /v1/sources/src_1; if both are one source",
        ),
        (
            {"speaker": {"key": "n", "name": "Cy"}, "role": {"title": "x", "organization": {"key": "n", "name": "Di"}}},
            "'Di' contradicts 'Cy' of the speaker n: if that one is meant",
        ),
    ):
        detail = sent(writer.post("/v1/claims", json=other | more), 422)["detail"]
        assert told in detail
        assert not [word for word in OF_FILES if word in detail], detail
