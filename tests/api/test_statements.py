"""How many SQL statements an answer takes: few, always as many, and none that grows with the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from app.api import lanes
from app.main import create_app
from app.store.database.engine import Database
from tests.statements import recorded

# (path, statements in SQLite, in PostgreSQL), asked for the first time. Always one for the newest revision. A list: one
# for its total, one for the page; a look-up for each name that is asked for. PostgreSQL counts before it plans, and
# need not count again where the index decides alone. Search words ask which languages there are; relevance asks how far
# its tiers go. Asked again, a page of claims is one statement.
FIRST_PAGES = [
    ("/v1/claims", 3, 3),
    ("/v1/claims?sort=said_on", 3, 3),
    ("/v1/claims?speaker=spk_1", 3, 3),
    ("/v1/claims?topic=cyber+defence", 3, 3),
    ("/v1/claims?topic=cyber+defence&topic=pay", 3, 3),
    ("/v1/claims?speaker__kind=person", 3, 3),
    ("/v1/claims?source=src_1", 3, 3),
    ("/v1/claims?verification=unchecked", 3, 3),
    ("/v1/claims?role__status=former", 3, 3),
    ("/v1/claims?relation__type=supports", 3, 3),
    ("/v1/claims?figure__unit=count", 3, 3),
    ("/v1/claims?figure__kind=target", 3, 3),
    ("/v1/claims?figure__isnull=false", 3, 3),
    ("/v1/claims?figure__isnull=true", 3, 3),
    ("/v1/claims?said_on=2022", 3, 3),
    ("/v1/claims?said_on__within=2022", 3, 3),
    ("/v1/claims?said_on__gte=2022", 3, 3),
    ("/v1/claims?said_on__isnull=true", 3, 3),
    ("/v1/claims?figure__value__gte=1&figure__unit=count", 3, 4),
    ("/v1/claims?figure__value__gte=1&figure__metric=met_3", 4, 5),
    ("/v1/claims?figure__value__gte=1&figure__metric__name=core+cyber+defence+personnel", 5, 6),
    ("/v1/claims?figure__metric__name=core+cyber+defence+personnel", 4, 4),
    ("/v1/claims?speaker__name=Fumio+Kishida", 4, 4),
    ("/v1/claims?speaker__name=Fumio+Kishida&speaker__name=Dennis+Blair", 4, 4),
    ("/v1/claims?organization__name=Pentagon", 4, 4),
    ("/v1/claims?speaker__name=nobody", 3, 3),  # who is near is looked for
    ("/v1/claims?q=japan", 6, 4),
    ("/v1/claims?q=%22political+theater%22", 6, 4),
    ("/v1/claims?q=theater+political+japan", 6, 4),
    ("/v1/claims?q=theater&sort=-said_on", 4, 4),
    ("/v1/claims?q=%21", 1, 1),
    ("/v1/claims?role__title__contains=minister", 3, 3),
    ("/v1/claims?topic=cyber+defence&speaker__kind=person", 3, 3),
    ("/v1/claims?topic=cyber+defence&said_on=2022", 3, 4),
    ("/v1/claims?q=japan&topic=cyber+defence", 6, 4),
    ("/v1/claims?q=japan&speaker__name=Fumio+Kishida", 7, 5),
    ("/v1/claims?role__status=former&role__title__contains=minister", 3, 4),
    ("/v1/claims?status=any", 3, 3),
    ("/v1/claims?status=retracted", 4, 4),  # how many are active is counted
    ("/v1/claims?status=any&topic=cyber+defence", 3, 3),
    ("/v1/speakers", 3, 3),
    ("/v1/speakers?kind=person", 3, 3),
    ("/v1/speakers?key=fumio-kishida", 3, 3),
    ("/v1/speakers?name=Fumio+Kishida", 4, 4),
    ("/v1/sources", 3, 3),
    ("/v1/sources?publisher=Reuters", 3, 3),
    ("/v1/metrics", 3, 3),
    ("/v1/metrics?name=core+cyber+defence+personnel", 3, 3),
]
OTHERS = [
    ("/v1/claims/clm_1", 1, 1),
    ("/v1/claims/clm_999", 1, 1),
    ("/v1/claims/nonsense", 0, 0),
    ("/v1/claims/by-key/japan-cyber-2024/shimada-1", 1, 1),
    ("/v1/claims/by-key/nothing", 1, 1),
    ("/v1/claims/by-key/%00", 0, 0),
    ("/v1/claims/fields", 0, 0),
    ("/v1/speakers/suggest?q=kishida", 4, 4),  # the revision, two kinds of entries, the speakers
    ("/v1/speakers/suggest?q=k&limit=1", 3, 3),
    ("/v1/speakers/suggest?q=zzz", 3, 3),
    ("/v1/speakers/suggest?q=%21", 1, 1),
    ("/v1/speakers/suggest", 0, 0),
    ("/v1/speakers/spk_1", 1, 1),
    ("/v1/sources/src_1", 1, 1),
    ("/v1/metrics/met_1", 1, 1),
    ("/v1/claims?speakr=spk_1", 0, 0),
    ("/v1/claims?cursor=nonsense", 0, 0),
    ("/healthz", 0, 0),
    ("/docs", 0, 0),
    ("/openapi.json", 0, 0),
    ("/nothing", 0, 0),
]
LATER_PAGES = [
    ("/v1/claims?limit=3", 2, 2),
    ("/v1/claims?limit=3&topic=cyber+defence", 2, 2),
    ("/v1/claims?limit=1&q=japan", 4, 4),
    ("/v1/claims?limit=1&said_on=2022", 2, 2),
    ("/v1/claims?limit=1&speaker__name=Fumio+Kishida", 3, 3),
    ("/v1/claims?limit=1&figure__value__gte=1&figure__unit=count", 2, 3),
    ("/v1/claims?limit=1&status=any", 2, 2),
    ("/v1/speakers?limit=3", 2, 2),
    ("/v1/speakers?limit=3&kind=person", 2, 2),
]


Seeded = tuple[Database, TestClient]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[Seeded]:
    """The seed and the API on it, opened once for the many requests here. None of them is taken for slow."""
    seeded = seeded_databases(request.param)
    with pytest.MonkeyPatch.context() as patch, TestClient(create_app(seeded), raise_server_exceptions=False) as client:
        patch.setattr(lanes, "QUICK", 60.0)
        yield seeded, client


def statements(
    api: Seeded, path: str, method: str = "GET", *, again: bool = False, headers: dict[str, str] | None = None
) -> list[str]:
    """The statements that a request takes, of a process that has asked nothing before; or that has asked just that."""
    database, client = api
    client.get(path)  # what connections keep is warm
    if not again:
        database.forget()
    with recorded(database) as asked:
        client.request(method, path, headers=headers)
    assert all(statement.startswith(("SELECT", "WITH", "PRAGMA")) for statement in asked), "reading only reads"
    return asked


@pytest.mark.parametrize(("path", "in_sqlite", "in_postgresql"), FIRST_PAGES + OTHERS)
def test_an_answer_takes_so_many_statements(api: Seeded, path: str, in_sqlite: int, in_postgresql: int) -> None:
    asked = statements(api, path)
    assert len(asked) == (in_sqlite if api[0].dialect == "sqlite" else in_postgresql), "\n\n".join(asked)


@pytest.mark.parametrize("path", [path for path, *_ in FIRST_PAGES if path.startswith("/v1/claims")])
def test_what_was_asked_before_takes_one_statement(api: Seeded, path: str) -> None:
    asked = statements(api, path, again=True)
    if api[1].get(path).json()["data"]:
        assert len(asked) == 1, "\n\n".join(asked)
    else:  # that there is nothing is told of a revision that was asked for
        assert len(asked) <= 2, "\n\n".join(asked)


@pytest.mark.parametrize(("path", "in_sqlite", "in_postgresql"), LATER_PAGES)
def test_a_later_page_counts_nothing_again(api: Seeded, path: str, in_sqlite: int, in_postgresql: int) -> None:
    following = api[1].get(path).json()["links"]["next"]
    asked = statements(api, following)
    assert len(asked) == (in_sqlite if api[0].dialect == "sqlite" else in_postgresql), "\n\n".join(asked)


KEPT = [path for path, *_ in FIRST_PAGES] + ["/v1/speakers/suggest?q=kishida"]


@pytest.mark.parametrize("path", KEPT)
def test_a_list_that_the_client_has_takes_one_statement(api: Seeded, path: str) -> None:
    tag = api[1].get(path).headers["etag"]
    for method in ("GET", "HEAD"):
        assert len(asked := statements(api, path, method, headers={"If-None-Match": tag})) == 1, asked
        assert "revisions" in asked[0]
    assert api[1].get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", [path for path, *_ in LATER_PAGES])
def test_a_later_page_that_the_client_has_takes_one_statement(api: Seeded, path: str) -> None:
    following = api[1].get(path).json()["links"]["next"]
    tag = api[1].get(following).headers["etag"]
    assert len(statements(api, following, headers={"If-None-Match": tag})) == 1
    assert api[1].get(following, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(("path", "in_sqlite", "in_postgresql"), [FIRST_PAGES[0], FIRST_PAGES[20], OTHERS[0]])
def test_headers_alone_take_as_many_statements_as_the_answer(
    api: Seeded, path: str, in_sqlite: int, in_postgresql: int
) -> None:
    assert len(statements(api, path, "HEAD")) == (in_sqlite if api[0].dialect == "sqlite" else in_postgresql)


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
