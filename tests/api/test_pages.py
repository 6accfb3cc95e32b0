"""Pages: what is found stands in one order, each once, and a walk through it sees one moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report

Doc = dict[str, Any]

FILTERS = [
    "",
    "speaker__name=Kazuhisa+Shimada",
    "q=japan",
    "said_on=2022",
    "said_on__gte=2022",
    "said_on__isnull=true",
    "figure__value__gte=1&figure__unit=count",
    "topic=cyber+defence&topic=recruitment",
    "role__status=former",
    "relation__type=supports",
    "status=any",
    "topic=cyber+defence&speaker__kind=person",
    "q=japan&said_on__isnull=true",
    "figure__unit=count&topic=recruitment",
    "source__publisher=Reuters",
]
SORTS = ["-said_on", "said_on"]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on the seed, opened once for the many requests here."""
    with TestClient(create_app(seeded_databases(request.param)), raise_server_exceptions=False) as client:
        yield client


def page_of(client: TestClient, path: str) -> Doc:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    page: Doc = answer.json()
    return page


def walk(client: TestClient, path: str, between: Callable[[int], object] = lambda _number: None) -> list[Doc]:
    """The pages from a path on, by their `next` links; `between` is called after each, with its number."""
    pages = [page_of(client, path)]
    while pages[-1]["links"]["next"]:
        between(len(pages))
        pages.append(page_of(client, pages[-1]["links"]["next"]))
        assert len(pages) < 1000
    return pages


def data_of(pages: list[Doc]) -> list[Doc]:
    return [one for page in pages for one in page["data"]]


def check_pages(pages: list[Doc], limit: int) -> None:
    """Full pages but for the last, one total and one revision, and links that say how to go on."""
    assert [len(page["data"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert len({json.dumps(page["meta"]) for page in pages}) == 1
    assert pages[0]["meta"]["total"] == {"value": len(data_of(pages)), "relation": "eq"}
    for page, following in zip(pages, [*pages[1:], None], strict=True):
        assert page["page"]["has_more"] == (following is not None)
        assert (page["page"]["next_cursor"] is None) == (page["links"]["next"] is None) == (following is None)
        if following:
            assert f"cursor={page['page']['next_cursor']}" in page["links"]["next"]
            assert following["links"]["self"] == page["links"]["next"]


@pytest.mark.parametrize("limit", [1, 7, 50])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("query", FILTERS)
def test_a_walk_gives_each_claim_once_in_the_order_of_one_big_page(
    api: TestClient, query: str, sort: str, limit: int
) -> None:
    whole = page_of(api, f"/v1/claims?{query}&sort={sort}&limit=500")
    pages = walk(api, f"/v1/claims?{query}&sort={sort}&limit={limit}")
    assert data_of(pages) == whole["data"] != []
    check_pages(pages, limit)
    assert len({claim["id"] for claim in whole["data"]}) == len(whole["data"])


@pytest.mark.parametrize("query", FILTERS)
def test_the_two_sorts_are_mirrors(api: TestClient, query: str) -> None:
    newest, oldest = (
        page_of(api, f"/v1/claims?{query}&sort={sort}&limit=500")["data"] for sort in ("-said_on", "said_on")
    )
    assert newest == oldest[::-1]
    if "q=" not in query:
        assert newest == page_of(api, f"/v1/claims?{query}&limit=500")["data"]


def test_the_newest_comes_first_and_the_unknown_last_in_the_order_of_arrival(api: TestClient) -> None:
    claims = page_of(api, "/v1/claims?limit=500")["data"]
    order = [((claim["said_on"] or {}).get("earliest") or "", -int(claim["id"].split("_")[1])) for claim in claims]
    assert order == sorted(order, reverse=True)
    assert len({day for day, _ in order}) == 3


@pytest.mark.parametrize("limit", [1, 37, 38, 39])
def test_there_is_no_more_only_where_the_last_claim_was_given(api: TestClient, limit: int) -> None:
    page = page_of(api, f"/v1/claims?limit={limit}")
    assert (len(page["data"]), page["page"]["has_more"]) == (min(limit, 38), limit < 38)
    assert page["meta"]["total"] == {"value": 38, "relation": "eq"}


def test_the_length_of_a_page_may_change_on_the_way(api: TestClient) -> None:
    whole = page_of(api, "/v1/claims?limit=500")["data"]
    cursor = page_of(api, "/v1/claims?limit=3")["page"]["next_cursor"]
    assert page_of(api, f"/v1/claims?limit=500&cursor={cursor}")["data"] == whole[3:]


def test_links_are_paths_that_keep_the_query_as_it_was_asked(api: TestClient) -> None:
    query = "topic=" + quote("cyber defence") + "&topic=AUKUS&limit=1&q=" + quote('"japan"')
    page = page_of(api, f"/v1/claims?{query}")
    assert page["links"]["self"] == f"/v1/claims?{query}"
    assert page["links"]["next"] == f"/v1/claims?{query}&cursor={page['page']['next_cursor']}"
    second = page_of(api, page["links"]["next"])
    assert second["links"]["next"].count("cursor=") == 1


# Lists of speakers, sources and metrics

LISTS = [
    ("speakers", ""),
    ("speakers", "kind=person"),
    ("speakers", "kind=organization"),
    ("sources", ""),
    ("metrics", ""),
]


@pytest.mark.parametrize("limit", [1, 7, 50])
@pytest.mark.parametrize(("resource", "query"), LISTS)
def test_a_walk_through_records_gives_each_once_in_the_order_of_ids(
    api: TestClient, resource: str, query: str, limit: int
) -> None:
    whole = page_of(api, f"/v1/{resource}?{query}&limit=500")["data"]
    pages = walk(api, f"/v1/{resource}?{query}&limit={limit}")
    assert data_of(pages) == whole != []
    check_pages(pages, limit)
    numbers = [int(one["id"].split("_")[1]) for one in whole]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("speakers?key=itsuro-nishimoto", ["itsuro-nishimoto"]),
        ("speakers?key=ITSURO-NISHIMOTO", []),
        ("speakers?name=Itsuro+Nishimoto", ["itsuro-nishimoto"]),
        ("speakers?name=ituro++NISHIMÓTO", ["itsuro-nishimoto"]),
        ("speakers?name=Nishimoto", []),
        ("speakers?name=Luck&kind=organization", ["lac"]),
        ("speakers?name=Luck&kind=person", []),
        ("speakers?kind=unnamed", ["japan-cyber-2024/state-department-spokesperson"]),
        ("sources?key=japan-cyber-2024", ["japan-cyber-2024"]),
        ("sources?publisher=REUTERS", ["japan-cyber-2024"]),
        ("sources?publisher=AP", []),
        ("sources?kind=article", ["japan-cyber-2024"]),
        ("sources?kind=report", []),
        ("sources?url=https://example.org/report", []),
        ("metrics?key=core-cyber-personnel", ["core-cyber-personnel"]),
        ("metrics?name=Core+Cyber+Défence+Personnel", ["core-cyber-personnel"]),
        ("metrics?name=core", []),
    ],
)
def test_records_are_found_by_what_they_are_known_by(api: TestClient, path: str, found: list[str]) -> None:
    page = page_of(api, f"/v1/{path}")
    assert [one["key"] for one in page["data"]] == found
    assert page["meta"]["total"] == {"value": len(found), "relation": "eq"}


SOURCES = """
source: {{key: {key}, title: One, publisher: {publisher}, kind: {kind}, url: "{url}"}}
"""


def test_sources_are_found_by_their_address_kind_and_publisher(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    for key, publisher, kind, url in (
        ("a", "Ärzte Zeitung", "article", "https://example.org/a?x=1&y=ü"),
        ("b", "AP", "report", "https://example.org/b"),
    ):
        assert not import_yaml(SOURCES.format(key=key, publisher=publisher, kind=kind, url=url)).faults
    for query, found in (
        ("url=" + quote("https://example.org/a?x=1&y=ü", safe=""), ["a"]),
        ("url=https://example.org/b", ["b"]),
        ("url=http://EXAMPLE.org:80/b", ["b"]),
        ("url=https://example.org/", []),
        ("kind=report", ["b"]),
        ("publisher=" + quote("arzte  ZEITUNG"), ["a"]),
        ("publisher=AP&kind=article", []),
    ):
        assert [one["key"] for one in page_of(client, f"/v1/sources?{query}")["data"]] == found, query


def test_each_list_refuses_the_cursors_of_the_others(api: TestClient) -> None:
    cursors = {
        name: page_of(api, f"/v1/{name}?limit=1")["page"]["next_cursor"] for name in ("claims", "speakers", "metrics")
    }
    for of, cursor in cursors.items():
        for at in ("claims", "speakers", "sources", "metrics"):
            answer = api.get(f"/v1/{at}?limit=1&cursor={cursor}")
            assert (answer.status_code == 200) == (of == at), (of, at)
            assert of == at or answer.json()["code"] == "cursor-mismatch"


# While others write

CHANGING = [
    "",
    "speaker__name=Ada+Lovelace",
    "speaker__name=Ada",
    "speaker__kind=person",
    "q=engine",
    "q=lovelace",
    "q=%22analytical+engine%22",
    "said_on=2020",
    "said_on__within=2020",
    "said_on__isnull=true",
    "figure__value__gte=5&figure__unit=count",
    "figure__value__gte=5&figure__metric__name=wheels",
    "topic=machines",
    "source__publisher=Gazette",
    "organization__name=Society",
    "role__title__contains=count",
    "status=any",
    "status=retracted",
    "topic=machines&said_on=2020",
    "q=engine&speaker__name=Ada+Lovelace",
]  # fmt: skip


def library(
    *, name: str = "Ada Lovelace", aliases: str = "[Ada]", kind: str = "person", society: str = "Society",
    publisher: str = "Gazette", unit: str = "count", metric: str = "wheels", claims: list[str],
) -> str:  # fmt: skip
    return f"""
source: {{key: paper, title: Paper, publisher: {publisher}}}
speakers:
  - {{key: ada, name: {name}, kind: {kind}, aliases: {aliases}}}
  - {{key: society, name: {society}, kind: organization}}
metrics:
  - {{key: wheels, name: {metric}, unit: {unit}}}
claims:
{"".join(claims)}"""


def claim(
    number: int, *, words: str = "The analytical engine weaves", date: str | None = None, topic: str = "machines",
    value: int | None = None, retracted: bool = False,
) -> str:  # fmt: skip
    said = date or ("null" if number % 4 == 3 else f"2020-0{number % 4 + 1}")
    return f"""
  - key: c/{number}
    speaker: {{key: {"ada" if number % 3 else "society"}}}
    quote: {words} {number}
    said_on: {said}
    topics: [{topic}]
    role: {{title: Countess, organization: {{key: society}}}}
    figures: [{{metric: {{key: wheels}}, value: {number if value is None else value}}}]
    {"retraction: {kind: record_error}" if retracted else ""}
"""


BEFORE = library(claims=[claim(n, retracted=n in (4, 9)) for n in range(14)])
CHANGES = [
    library(claims=[claim(n, words="It weaves no more", date="1999", topic="looms", value=1) for n in (0, 2)]),
    library(claims=[claim(n, retracted=True) for n in (1, 6, 7)]),
    library(name="Augusta King", aliases="[Countess]", kind="group", society="Club", publisher="Herald", metric="cogs",
            claims=[claim(n) for n in (20, 21, 22, 23)]),
    library(name="Augusta King", aliases="[Countess]", kind="group", society="Club", publisher="Herald", metric="cogs",
            claims=[claim(n, date="2020-02-29", value=500) for n in (3, 8, 11, 20, 24)]),
]  # fmt: skip


def changing(import_yaml: Callable[..., Report]) -> Callable[[int], None]:
    """Makes the next change each time it is called, until there are none left."""
    waiting = list(CHANGES)

    def change(_number: int) -> None:
        if waiting:
            report = import_yaml(waiting.pop(0))
            assert not report.faults, [str(fault) for fault in report.faults]
            assert report.revision

    return change


def test_a_walk_sees_the_moment_of_its_first_page_whatever_is_written_meanwhile(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    """All walks begin, then take one step after each change, then go on to their ends."""
    assert not import_yaml(BEFORE).faults
    paths = [f"/v1/claims?{query}&sort={sort}" for query in CHANGING for sort in SORTS]
    wholes = {path: page_of(client, f"{path}&limit=500") for path in paths}
    walks = {path: [page_of(client, f"{path}&limit=1")] for path in paths}
    change = changing(import_yaml)
    for number in range(len(CHANGES)):
        change(number)
        for pages in walks.values():
            if following := pages[-1]["links"]["next"]:
                pages.append(page_of(client, following))
    for path, pages in walks.items():
        if following := pages[-1]["links"]["next"]:
            pages += walk(client, following)
        assert data_of(pages) == wholes[path]["data"] != [], path
        check_pages(pages, 1)
        assert page_of(client, f"{path}&limit=500")["data"] != wholes[path]["data"], path


@pytest.mark.parametrize("resource", ["speakers", "sources", "metrics"])
def test_a_walk_through_records_sees_the_moment_of_its_first_page(
    client: TestClient, import_yaml: Callable[..., Report], resource: str
) -> None:
    assert not import_yaml(BEFORE).faults
    if resource != "speakers":
        assert not import_yaml(
            "source: {key: z, title: Z}\nmetrics: [{key: z, name: z}]\nclaims: [{key: z, quote: z}]"
        ).faults
    whole = page_of(client, f"/v1/{resource}?limit=500")
    change = changing(import_yaml)

    def all_at_once(_number: int) -> None:
        for number in range(4):
            change(number)

    pages = walk(client, f"/v1/{resource}?limit=1", all_at_once)
    assert len(pages) == 2
    assert data_of(pages) == whole["data"]
    check_pages(pages, 1)
    assert page_of(client, f"/v1/{resource}?limit=500")["data"] != whole["data"]


@pytest.mark.parametrize(
    ("before", "after"), [("name=Ada+Lovelace", "name=Augusta+King"), ("kind=person", "kind=group")]
)
def test_names_and_kinds_of_a_walk_are_those_of_its_moment(
    client: TestClient, import_yaml: Callable[..., Report], before: str, after: str
) -> None:
    """Two speakers, so that there is a second page; between the pages both are renamed."""
    twin = "{{key: %s, name: {name}, kind: {kind}, aliases: {aliases}}}"
    twins = f"speakers: [{twin % 'a'}, {twin % 'b'}]"
    assert not import_yaml(twins.format(name="Ada Lovelace", kind="person", aliases="[]")).faults
    first = page_of(client, f"/v1/speakers?{before}&limit=1")
    assert not import_yaml(twins.format(name="Augusta King", kind="group", aliases="[King]")).faults
    second = page_of(client, first["links"]["next"])
    assert [one["name"] for one in first["data"] + second["data"]] == ["Ada Lovelace"] * 2
    assert page_of(client, f"/v1/speakers?{before}")["data"] == []
    assert len(page_of(client, f"/v1/speakers?{after}")["data"]) == 2
