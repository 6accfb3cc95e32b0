"""How many SQL statements an answer takes: few, always as many, and none that grows with the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from app.api import threads
from app.main import create_app
from app.store.database.engine import Database
from tests.statements import recorded

# (path, statements) of a process that has asked just that before: on both engines one for the state, and one for the
# documents of a page. Names, and units of metrics, are looked up once at a state.
FIRST_PAGES = [
    ("/v1/claims", 2),
    ("/v1/claims?sort=said_on", 2),
    ("/v1/claims?sort=-recorded_at", 2),
    ("/v1/claims?speaker=spk_1", 2),
    ("/v1/claims?topic=cyber+defence", 2),
    ("/v1/claims?topic=cyber+defence&topic=pay", 2),
    ("/v1/claims?speaker__kind=person", 2),
    ("/v1/claims?source=src_1", 2),
    ("/v1/claims?verification=unchecked", 2),
    ("/v1/claims?role__status=former", 2),
    ("/v1/claims?relation__type=supports", 2),
    ("/v1/claims?figure__unit=count", 2),
    ("/v1/claims?figure__unit=count&sort=figure__value", 2),
    ("/v1/claims?figure__isnull=true", 2),
    ("/v1/claims?said_on=2022", 2),
    ("/v1/claims?said_on__within=2022", 2),
    ("/v1/claims?said_on__gte=2022", 2),
    ("/v1/claims?said_on__isnull=true", 2),
    ("/v1/claims?figure__value__gte=1&figure__unit=count", 2),
    ("/v1/claims?figure__value__gte=1&figure__metric=met_3", 2),
    ("/v1/claims?figure__value__gte=1&figure__metric__name=core+cyber+defence+personnel", 2),
    ("/v1/claims?figure__metric__name=core+cyber+defence+personnel", 2),
    ("/v1/claims?speaker__name=Fumio+Kishida", 2),
    ("/v1/claims?speaker__name=Fumio+Kishida&speaker__name=Dennis+Blair", 2),
    ("/v1/claims?organization__name=Pentagon", 2),
    ("/v1/claims?speaker__name=nobody", 3),  # who is near is looked for, and whether the database is behind
    ("/v1/claims?q=japan", 2),
    ("/v1/claims?q=%22political+theater%22", 2),
    ("/v1/claims?q=theater+political+japan", 2),
    ("/v1/claims?q=theater&sort=-said_on", 2),
    ("/v1/claims?q=%21", 2),  # nothing is found
    ("/v1/claims?role__title__contains=minister", 2),
    ("/v1/claims?topic=cyber+defence&said_on=2022&q=japan", 2),
    ("/v1/claims?status=any", 2),
    ("/v1/claims?as_of=1", 2),
    ("/v1/speakers", 3),  # how many there are is counted
    ("/v1/speakers?kind=person", 3),
    ("/v1/speakers?key=fumio-kishida", 4),
    ("/v1/speakers?name=Fumio+Kishida", 3),
    ("/v1/sources", 3),
    ("/v1/sources?publisher=Reuters", 3),
    ("/v1/metrics", 3),
    ("/v1/metrics?name=core+cyber+defence+personnel", 3),
]
OTHERS = [
    ("/v1/claims/clm_1", 1),
    ("/v1/claims/clm_999", 3),  # whether there was one, and what became of it
    ("/v1/claims/nonsense", 0),
    ("/v1/claims/by-key/japan-cyber-2024/shimada-1", 1),
    ("/v1/claims/by-key/nothing", 3),
    ("/v1/claims/by-key/%00", 0),
    ("/v1/claims/fields", 0),
    ("/v1/speakers/suggest?q=kishida", 4),  # the state, two kinds of entries, the speakers
    ("/v1/speakers/suggest?q=k&limit=1", 3),
    ("/v1/speakers/suggest?q=zzz", 3),
    ("/v1/speakers/suggest?q=%21", 1),
    ("/v1/speakers/suggest", 0),
    ("/v1/speakers/spk_1", 1),
    ("/v1/sources/src_1", 1),
    ("/v1/metrics/met_1", 1),
    ("/v1/claims?speakr=spk_1", 0),
    ("/v1/claims?cursor=nonsense", 0),
    ("/healthz", 0),
    ("/docs", 0),
    ("/openapi.json", 0),
    ("/nothing", 0),
]
LATER_PAGES = [
    ("/v1/claims?limit=3", 2),
    ("/v1/claims?limit=3&topic=cyber+defence", 2),
    ("/v1/claims?limit=1&q=japan", 2),
    ("/v1/claims?limit=1&said_on=2022", 2),
    ("/v1/claims?limit=1&speaker__name=Fumio+Kishida", 2),
    ("/v1/claims?limit=1&figure__value__gte=1&figure__unit=count", 2),
    ("/v1/claims?limit=1&status=any", 2),
    ("/v1/speakers?limit=3", 2),
    ("/v1/speakers?limit=3&kind=person", 2),
]


Seeded = tuple[Database, TestClient]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[Seeded]:
    """The seed and the API on it, opened once for the many requests here. None of them is taken for slow."""
    seeded = seeded_databases(request.param)
    with pytest.MonkeyPatch.context() as patch, TestClient(create_app(seeded), raise_server_exceptions=False) as client:
        for name in ("HERE", "SHARED"):
            patch.setattr(threads, name, (60.0, 60.0))
        yield seeded, client


def statements(api: Seeded, path: str, method: str = "GET", *, headers: dict[str, str] | None = None) -> list[str]:
    """The statements that a request takes."""
    database, client = api
    client.get(path)
    with recorded(database) as asked:
        client.request(method, path, headers=headers)
    assert all(statement.lstrip().startswith(("SELECT", "WITH", "PRAGMA")) for statement in asked), "reading only reads"
    return asked


@pytest.mark.parametrize(("path", "count"), FIRST_PAGES + OTHERS)
def test_an_answer_takes_so_many_statements(api: Seeded, path: str, count: int) -> None:
    asked = statements(api, path)
    assert len(asked) == count, "\n\n".join(asked)


@pytest.mark.parametrize(("path", "count"), LATER_PAGES)
def test_a_later_page_counts_nothing_again(api: Seeded, path: str, count: int) -> None:
    asked = statements(api, api[1].get(path).json()["links"]["next"])
    assert len(asked) == count, "\n\n".join(asked)


@pytest.mark.parametrize("path", [path for path, _ in FIRST_PAGES if path.startswith("/v1/claims")])
def test_a_process_that_has_asked_nothing_takes_few_more(api: Seeded, path: str) -> None:
    database, client = api
    warm = len(statements(api, path))
    database.forget()
    with recorded(database) as asked:
        client.get(path)
    # The segments and what came after them, whose history it is, the postings of some terms, the languages.
    assert len(asked) <= warm + 10, "\n\n".join(asked)


KEPT = [path for path, _ in FIRST_PAGES] + ["/v1/speakers/suggest?q=kishida"]


@pytest.mark.parametrize("path", KEPT)
def test_a_list_that_the_client_has_takes_one_statement(api: Seeded, path: str) -> None:
    tag = api[1].get(path).headers["etag"]
    for method in ("GET", "HEAD"):
        assert len(asked := statements(api, path, method, headers={"If-None-Match": tag})) == 1, asked
        assert "revisions" in asked[0]
    assert api[1].get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", [path for path, _ in LATER_PAGES])
def test_a_later_page_that_the_client_has_takes_one_statement(api: Seeded, path: str) -> None:
    following = api[1].get(path).json()["links"]["next"]
    tag = api[1].get(following).headers["etag"]
    assert len(statements(api, following, headers={"If-None-Match": tag})) == 1
    assert api[1].get(following, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(("path", "count"), [FIRST_PAGES[0], FIRST_PAGES[20], OTHERS[0]])
def test_headers_alone_take_as_many_statements_as_the_answer(api: Seeded, path: str, count: int) -> None:
    assert len(statements(api, path, "HEAD")) == count


@pytest.mark.parametrize(
    "path",
    ["/v1/claims?", "/v1/claims?q=japan&", "/v1/claims?topic=pay&", "/v1/claims?said_on=2022&", "/v1/speakers?"],
)
def test_the_number_of_statements_does_not_grow_with_the_page(api: Seeded, path: str) -> None:
    one, many = (statements(api, f"{path}limit={limit}") for limit in (1, 50))
    assert len(one) == len(many) > 0
    sizes = [len(api[1].get(f"{path}limit={limit}").json()["data"]) for limit in (1, 50)]
    assert sizes[0] == 1 < sizes[1]


def test_whether_it_is_ready_is_asked_with_few_statements(api: Seeded) -> None:
    assert len(statements(api, "/readyz")) == 3  # it is there; its schema; its word rules
