"""Which sources are one: by address in any spelling, by key, and which are perhaps one document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.upgrade.upgrade import migrate
from tests.conftest import ENGINES, migrate_to
from tests.store.stored import rows

Import = Callable[..., Report]

PAIRS = [  # spellings of one document: the first is what stays stored where they are one address, too
    ("https://a.example/1?id=1", "https://a.example/1?id=1&utm_source=rss", 2),
    ("https://a.example/2", "https://a.example/2#p3", 2),
    ("https://a.example/3", "http://a.example/3", 1),
    ("https://a.example/4", "https://a.example/4/", 2),
    ("https://a.example/caf%C3%A9", "https://a.example/caf%c3%a9", 1),
    ("https://b.example/6", " https://B.example/6", 1),
    ("https://b.example/7", "https://b.example:443/x/../%37", 1),
    ("https://b.example/8", "https://web.archive.org/web/2020/http://www.b.example/8", 2),
    ("doi:10.1000/9", "https://doi.org/10.1000/9", 1),
]


def claims_at(pairs: list[tuple[str, str, int]]) -> str:
    cited = "".join(
        f"  - {{key: c{n}, quote: q{n}, citations: [{{source: {{url: {one!r}}}}}, {{source: {{url: {other!r}}}}}]}}\n"
        for n, (one, other, _) in enumerate(pairs)
    )
    return f"claims:\n{cited}"


def current_sources(database: Database) -> list[dict[str, Any]]:
    """The documents of the sources, in the order of their ids."""
    found = rows(database, "SELECT doc FROM sources WHERE until IS NULL ORDER BY id")
    return [json.loads(doc) for (doc,) in found]


def keys_at(database: Database, **query: str) -> list[str]:
    with TestClient(create_app(database)) as client:
        answer = client.get("/v1/claims", params={"limit": "200", **query})
        assert answer.status_code == 200, answer.text
        return sorted(claim["key"] for claim in answer.json()["data"])


def test_two_spellings_of_one_document_are_one_proof(database: Database, import_yaml: Import) -> None:
    report = import_yaml(claims_at(PAIRS))
    assert [str(fault) for fault in report.faults] == []
    stored = [doc["url"] for doc in current_sources(database)]
    assert stored == [url for one, other, count in PAIRS for url in (one, other)[:count]]
    warned = [warning for warning in report.warnings if warning.problem.code == "same-document"]
    assert len(warned) == sum(count == 2 for _, _, count in PAIRS)
    assert "https://a.example/4/ is perhaps the same document as the source https://a.example/4 (" in str(list(warned))
    assert "src_" not in str(warned)
    assert keys_at(database, source__count__gte="1") == [f"c{n}" for n in range(len(PAIRS))]
    assert keys_at(database, source__count__gte="2") == []
    again = import_yaml(claims_at(PAIRS))
    assert (again.revision, {warning.problem.code for warning in again.warnings}) == (None, {"other-spelling"})


def test_a_source_is_found_by_any_spelling_of_its_address_now_and_as_of_then(
    database: Database, import_yaml: Import
) -> None:
    import_yaml("claims: [{key: a, quote: q, source: {key: s, url: 'https://a.example/x?y=1'}}]")
    import_yaml("source: {key: s, url: 'https://a.example/moved'}")
    for as_of, url, found in (
        ("1", "HTTP://A.example:80/%78?y=1", ["a"]),
        ("1", "https://a.example/moved", []),
        ("2", "https://a.example/x?y=1", []),
        ("2", "http://a.example/a/../moved", ["a"]),
    ):
        assert keys_at(database, source__url=url, as_of=as_of) == found, (as_of, url)
    with TestClient(create_app(database)) as client:
        [source] = client.get("/v1/sources", params={"url": "http://a.example/mo%76ed"}).json()["data"]
        assert (source["key"], source["url"]) == ("s", "https://a.example/moved")
        for path, name in (("claims", "source__url"), ("sources", "url")):
            answer = client.get(f"/v1/{path}", params={name: "www.a.example/x"})
            assert answer.status_code == 422
            [error] = answer.json()["errors"]
            assert error["did_you_mean"] == ["https://www.a.example/x"]


def test_an_address_that_is_long_when_it_is_encoded_is_stored_and_found(
    database: Database, import_yaml: Import
) -> None:
    """A normal address of 6,000 bytes is more than an index of PostgreSQL takes; letters in no order do not shrink."""
    url = "https://a.example/" + "".join(chr(0x4E00 + n * n * 7919 % 20_011) for n in range(670))
    claims = (
        f"claims: [{{key: a, quote: q, citations: [{{source: {{url: '{url}'}}}}, {{source: {{url: '{url}#p3'}}}}]}}]"
    )
    assert [str(fault) for fault in import_yaml(claims).faults] == []
    assert import_yaml(claims.replace("https://a", "http://A")).revision is None
    assert keys_at(database, source__url=url) == ["a"]
    assert keys_at(database, source__count__gte="2") == []


EPISODES = "claims:\n" + "".join(
    f"  - {{key: e{n}, quote: q{n}, source: {{key: episode-{n}, title: Episode {n}, url: 'https://a.example/show'}}}}\n"
    for n in range(3)
)
BOTH = "  - {key: both, quote: q, citations: [{source: {key: episode-0}}, {source: {key: episode-1}}]}\n"


def test_sources_with_keys_of_their_own_may_share_an_address_and_count_apart(
    database: Database, import_yaml: Import
) -> None:
    report = import_yaml(EPISODES + BOTH)
    assert ([str(fault) for fault in report.faults], list(report.warnings)) == ([], [])
    assert keys_at(database, source__count__gte="2") == ["both"]
    assert keys_at(database, source__url="http://a.example/show") == ["both", "e0", "e1", "e2"]
    bare = import_yaml("claims: [{quote: q, source: {url: 'http://A.example/show'}}]")
    [fault] = bare.faults
    assert fault.problem.code == "ambiguous-name"
    assert "the address http://A.example/show fits src_1 (key episode-0), src_2 (key episode-1)" in fault.problem.detail
    # A trailing slash is no other programme: what is perhaps the same document is one proof.
    slash = "claims: [{key: slash, quote: s, citations: [{source: {key: episode-0}}, {source: {url: '%s'}}]}]"
    assert not import_yaml(slash % "https://a.example/show/").faults
    assert keys_at(database, source__count__gte="2") == ["both"]


BULLETIN = "title: The Bulletin, publisher: ACME, published_on: 2024-05"
# Given beside a stored source with that title, publisher and date: whether it is another one that is warned of
TITLED = {
    "nothing else": (BULLETIN, "", False),
    "a key": (f"key: other, {BULLETIN}", "", True),
    "other letters": ("key: other, title: THE BULLETIN, publisher: Acme, published_on: 2024-05", "", True),
    "another date": ("key: other, title: The Bulletin, publisher: ACME, published_on: 2024-06", "", False),
    "an address": (f"url: 'https://a.example/x', {BULLETIN}", "", False),  # which the stored one gains
    "another address": (f"url: 'https://a.example/x', {BULLETIN}", "url: 'https://b.example/y'", True),
    "one document": (f"url: 'https://a.example/x/', {BULLETIN}", "url: 'https://a.example/x'", False),
}  # fmt: skip


def told_of_titles(report: Report) -> list[str]:
    assert [str(fault) for fault in report.faults] == []
    return [one.problem.detail for one in report.warnings if one.problem.code == "same-title"]


@pytest.mark.parametrize("name", TITLED)
def test_another_source_with_the_title_publisher_and_date_of_one_is_warned_of(
    database: Database, import_yaml: Import, name: str
) -> None:
    then, stored, is_told = TITLED[name]
    first = ", ".join(part for part in (stored, BULLETIN) if part)
    import_yaml(f"claims: [{{key: a, quote: a, source: {{{first}}}}}]")
    (key,) = (source["key"] for source in current_sources(database))
    then = f"claims: [{{key: b, quote: b, source: {{{then}}}}}]"
    told = told_of_titles(import_yaml(then))
    assert len(told) == is_told
    assert all("is perhaps the same document as" in one and key in one for one in told)
    assert told_of_titles(import_yaml(then)) == []  # it is stored so


def test_sources_of_one_title_alone_are_warned_of_where_no_addresses_tell_them_apart(import_yaml: Import) -> None:
    cited = "claims: [{key: a, quote: a, citations: [%s]}]"
    pages = cited % ", ".join(f"{{source: {{title: Home, url: 'https://a.example/{n}'}}}}" for n in range(2))
    assert told_of_titles(import_yaml(pages)) == []
    beside = cited % "{source: {title: Weekly}}, {source: {key: s/1, title: Weekly}}"
    [told] = told_of_titles(import_yaml(beside))
    assert re.search(r" as the source weekly \(\S+:1\): their titles are alike;", told)


def test_keys_of_their_own_tell_sources_of_one_title_alone_apart(import_yaml: Import) -> None:
    cited = "claims: [{key: a, quote: a, citations: [%s]}]"
    releases = [f"{{source: {{key: pr/{n}, title: Press release%s}}}}" for n in range(9)]
    assert told_of_titles(import_yaml(cited % (", ".join(releases) % (("",) * 9)))) == []


@pytest.mark.parametrize(
    ("said", "alike"),
    [
        ("publisher: ACME", "title and publisher are alike"),
        ("published_on: 2024", "title and date are alike"),
        ("publisher: ACME, published_on: 2024", "title, publisher and date are alike"),
    ],
)
def test_what_sources_of_one_title_have_in_common_is_told_once(import_yaml: Import, said: str, alike: str) -> None:
    claims = "".join(
        f"  - {{key: e{n}, quote: q{n}, source: {{key: pr/{n}, title: {title}, {said}}}}}\n"
        for n, title in enumerate(["Release", "RELEASE", "Other"] + ["Release"] * 7)
    )
    report = import_yaml(f"claims:\n{claims}")
    [told] = told_of_titles(report)
    told = re.sub(r" \(\S+\)", "", told)  # files and lines
    assert told.startswith(f"the source pr/1 is perhaps the same document as the source pr/0: {alike};")
    assert told.endswith(f"; likewise {', '.join(f'the source pr/{n}' for n in range(3, 8))} and 2 more")
    assert [one.line for one in report.warnings if one.problem.code == "same-title"] == [3]


def test_a_definition_that_gives_a_source_the_title_of_another_is_warned_of(import_yaml: Import) -> None:
    assert told_of_titles(import_yaml(f"source: {{key: one, {BULLETIN}}}")) == []
    other = "source: {key: other, title: %s, publisher: ACME, published_on: 2024-05}"
    assert told_of_titles(import_yaml(other % "The Review")) == []
    assert len(told_of_titles(import_yaml(other % "The Bulletin"))) == 1
    assert told_of_titles(import_yaml(other % "The Bulletin")) == []


# A stored source, the one given then, the key that it finds; None: an error
FOUND = {
    "a bare address finds the keyed source": ("key: s, url: 'https://a.example/x'", "url: 'http://A.example/x'", "s"),
    "a derived key is not its own": (
        "url: 'http://a.example:80/x'", "key: 'https://a.example/x', url: 'https://a.example/x'", "http://a.example:80/x"
    ),
    "a derived key finds the keyed source": (
        "key: s, url: 'http://a.example/x'", "key: 'https://a.example/x', url: 'https://a.example/x'", "s"
    ),
    "a derived key that was taken": (
        "url: 'https://a.example/x'", "key: 'https://a.example/x-2', url: 'https://a.example/x'", "https://a.example/x"
    ),
    "a key of one's own, where a bare source is": (
        "url: 'https://a.example/x'", "key: s, url: 'http://a.example/x'", None
    ),
    "another spelling of a keyed source": (
        "key: s, url: 'https://a.example/x'", "key: s, url: 'http://a.example/%78'", "s"
    ),
    "another address of a keyed source": (
        "key: s, url: 'https://a.example/x'", "key: s, url: 'https://a.example/y'", None
    ),
    "another archive copy": ("key: s, title: T, archive_url: 'http://x'", "key: s, archive_url: 'https://x/'", "s"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_a_reference_finds_a_source_by_address_and_key(database: Database, import_yaml: Import, name: str) -> None:
    first, then, key = FOUND[name]
    assert not import_yaml(f"claims: [{{key: a, quote: a, source: {{{first}}}}}]").faults
    report = import_yaml(f"claims: [{{key: b, quote: b, source: {{{then}}}}}]")
    if key is None:
        assert [fault.problem.field for fault in report.faults] == ["claims.0.source.url"]
        return
    assert [str(fault) for fault in report.faults] == []
    assert [doc["key"] for doc in current_sources(database)] == [key]


@pytest.mark.parametrize(
    "where",
    ["source: {url: 'not a url'}", "source: {title: T, archive_url: 'javascript:alert(1)'}",
     "source: {title: T}, assessments: [{publisher: P, rating: R, url: '/x'}]"],
)  # fmt: skip
def test_what_is_no_address_is_refused(import_yaml: Import, where: str) -> None:
    report = import_yaml(f"claims: [{{quote: a, {where}}}]")
    assert [fault.problem.path[-1] for fault in report.faults] in (["url"], ["archive_url"])
    assert "write it in full, as in https://example.org/report" in str(report.faults[0])


@pytest.mark.parametrize("engine", ENGINES)
def test_sources_of_earlier_schemas_get_their_addresses(fresh: Callable[[str], Database], engine: str) -> None:
    database = fresh(engine)
    migrate_to(database, "0008")
    doc = '{"id": "src_%d", "version": 1, "key": "k%d", "title": null, "publisher": null, "url": "%s", "revision": 1}'
    urls = ["HTTP://A.example/%7eu/", "https://www.a.example/~u", "an old text that is no address"]
    with database.write() as connection:
        for n, url in enumerate(urls, start=1):
            insert = "INSERT INTO sources (id, since, version, url, doc) VALUES (:n, 1, 1, :url, :doc)"
            values: dict[str, Any] = {"n": n, "url": url, "doc": doc % (n, n, url)}
            connection.execute(text(insert), values)
    [warning] = migrate(database).warnings
    assert warning.startswith("1 source is at what is no address, such as src_3 ('an old text that is no address')")
    assert rows(database, "SELECT address, document FROM sources ORDER BY id") == [
        ("https://a.example/~u/", "https://a.example/~u"),
        ("https://www.a.example/~u", "https://a.example/~u"),
        (urls[2], urls[2]),
    ]
