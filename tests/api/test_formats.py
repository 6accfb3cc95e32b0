"""Formats of single records: `format=` and `Accept` agree, and what there is not is told with what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.formats import CITATIONS, CLAIMS, FORMATS
from app.main import create_app
from app.store.database.engine import Database

CLAIM = "/v1/claims/clm_16"
BY_KEY = "/v1/claims/by-key/japan-cyber-2024/shimada-1"
LINKED = "application/ld+json"


@pytest.fixture(scope="module")
def front(seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on one engine: formats are decided before any database is asked."""
    with TestClient(create_app(seeded_databases("sqlite")), raise_server_exceptions=False) as client:
        yield client


def asked(client: TestClient, path: str, accept: str) -> Any:
    return client.get(path, headers={"Accept": accept})


def test_names_and_media_types_of_formats_are_told_apart() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    for place in ("export", "claim", "record", "citation"):
        kinds = [kind for one in FORMATS if getattr(one, place) for kind in one.media_types]
        assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("path", [CLAIM, BY_KEY, f"{CLAIM}?as_of=1", f"{CLAIM}?version=1"])
@pytest.mark.parametrize("form", [one.name for one in CLAIMS])
def test_a_claim_is_the_same_by_format_and_by_accept(seeded_client: TestClient, path: str, form: str) -> None:
    kind = next(one.media_types[0] for one in CLAIMS if one.name == form)
    by_accept = asked(seeded_client, path, kind)
    by_name = seeded_client.get(f"{path}{'&' if '?' in path else '?'}format={form}", headers={"Accept": "image/png"})
    assert (by_accept.status_code, by_accept.headers["content-type"]) == (200, kind)
    assert (by_name.content, by_name.headers["etag"]) == (by_accept.content, by_accept.headers["etag"])
    kept = seeded_client.get(path, headers={"Accept": kind, "If-None-Match": by_accept.headers["etag"]})
    assert kept.status_code == 304


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("nonsense", "application/json"),
        ("application/*", "application/json"),
        ("application/ld+json, */*", LINKED),
        ("application/ld+json;q=0.5, application/json;q=0.9", "application/json"),
        ("application/ld+json;q=0.9, application/json;q=0.5", LINKED),
        ("application/json;q=0, application/*;q=0.1", LINKED),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/html, application/ld+json;q=0.2", LINKED),
    ],
)
def test_the_weights_of_accept_choose_the_format_of_a_claim(front: TestClient, accept: str, kind: str) -> None:
    answer = asked(front, CLAIM, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("accept", ["text/html", "text/csv", "application/json;q=0", "*/*;q=0"])
def test_an_accept_that_leaves_no_claim_is_told_what_there_is(front: TestClient, accept: str) -> None:
    for path in (CLAIM, BY_KEY):
        answer = asked(front, path, accept)
        assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")
        (error,) = answer.json()["errors"]
        assert (error["in"], error["name"], error["code"]) == ("header", "Accept", "not-acceptable")
        assert error["did_you_mean"] == ["application/json", LINKED]
        assert "format=jsonld" in answer.json()["detail"]


OTHERS = (
    "/v1/speakers/spk_4", "/v1/speakers/by-key/itsuro-nishimoto", "/v1/sources/src_1", "/v1/metrics/met_1",
    "/v1/claims/fields", "/v1/speakers/suggest?q=ka", "/v1/claims/clm_16/related", "/v1/claims/clm_16/history",
    "/v1/revisions", "/v1/revisions/1", "/v1/datasets", "/v1/speakers", "/v1/claims",
)  # fmt: skip


@pytest.mark.parametrize("path", OTHERS)
def test_what_is_json_alone_says_so_by_format_and_by_accept(front: TestClient, path: str) -> None:
    more = "&" if "?" in path else "?"
    assert front.get(f"{path}{more}format=json", headers={"Accept": "text/html"}).status_code == 200
    assert asked(front, path, "text/html, application/json;q=0.1").status_code == 200
    refused = asked(front, path, "application/ld+json")
    assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")
    assert refused.json()["errors"][0]["did_you_mean"] == ["application/json"]
    for other in ("jsonld", "xml"):
        wrong = front.get(f"{path}{more}format={other}")
        assert (wrong.status_code, wrong.json()["errors"][0]["name"]) == (422, "format")


# Citations

KINDS = {one.name: one.content_type for one in CITATIONS}


@pytest.mark.parametrize("style", KINDS)
def test_a_claim_is_cited_as_of_the_revision_that_it_was_read_at(seeded_client: TestClient, style: str) -> None:
    answer = seeded_client.get(f"{CLAIM}/citation?style={style}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, KINDS[style])
    assert "japan-cyber-2024/shimada-1@1" in answer.text
    (path,) = {word for word in answer.text.replace('"', " ").replace("}", " ").split() if "as_of=" in word} or {""}
    address = path[path.index("/v1/") :]
    assert seeded_client.get(address).json() == seeded_client.get(CLAIM).json()
    assert asked(seeded_client, f"{CLAIM}/citation", KINDS[style]).content == answer.content


def test_a_citation_is_text_by_default_and_csl_for_programs(front: TestClient) -> None:
    assert asked(front, f"{CLAIM}/citation", "*/*").headers["content-type"] == "text/plain; charset=utf-8"
    assert asked(front, f"{CLAIM}/citation", "application/json").json()[0]["id"] == "japan-cyber-2024/shimada-1@1"
    refused = asked(front, f"{CLAIM}/citation", "text/html")
    assert (refused.status_code, len(refused.json()["errors"][0]["did_you_mean"])) == (406, len(KINDS))


@pytest.mark.parametrize("query", ["style=apa", "style=", "format=bibtex", "style=text&version=1&as_of=1"])
def test_a_citation_that_cannot_be_is_refused(front: TestClient, query: str) -> None:
    assert front.get(f"{CLAIM}/citation?{query}").status_code == 422


def test_a_citation_goes_by_the_id_which_the_way_by_key_leads_to(front: TestClient) -> None:
    answer = front.get(f"{BY_KEY}/citation")
    assert answer.status_code == 404
    assert "/v1/claims/clm_16/citation" in answer.json()["detail"]
    assert front.get("/v1/claims/clm_999/citation").status_code == 404
