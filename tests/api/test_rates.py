"""Limits of how many requests an address, and a key, may send."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

from app.api.rates import Rate
from app.errors import TooMany
from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.api.keyed import Open, asked, bearer


def test_an_address_that_asks_too_often_is_told_when_to_ask_again(database: Database, serving: Open) -> None:
    client = serving(RATE_PER_ADDRESS="3/day")
    secret = make_key(database, "ann", ["write"]).secret
    given = [None, bearer(secret), bearer("x")]
    assert [asked(client, "/v1/claims", "get", headers)[0] for headers in given] == [200, 200, 401]
    for path, method in (("/v1/claims", "get"), ("/v1/speakers", "head"), ("/v1/claims/search", "post")):
        assert asked(client, path, method, bearer(secret))[0] == 429
    answer = client.get("/v1/claims")
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests-address")
    assert 86_000 < int(answer.headers["retry-after"]) <= 86_401
    assert "has sent its 3 requests of one day" in answer.json()["detail"]
    for path in ("/healthz", "/readyz", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 200


def test_a_key_that_asks_too_often_stops_no_other(database: Database, serving: Open) -> None:
    client = serving(RATE_PER_KEY="10/day;2/day")
    first, second = (bearer(make_key(database, name, ["read"]).secret) for name in ("a", "b"))
    assert [asked(client, "/v1/claims", "get", first)[0] for _ in range(2)] == [200, 200]
    assert asked(client, "/v1/claims", "get", first) == (429, "too-many-requests-key")
    assert asked(client, "/v1/claims", "get", second) == (200, "")
    assert asked(client, "/v1/claims", "get") == (200, "")


def test_a_rate_admits_as_many_in_any_window_and_forgets_who_is_gone() -> None:
    now = [0.0]
    rate = Rate("3/minute", "key", lambda: now[0])

    def take(name: str = "a") -> int:
        """The seconds that it is told to wait; 0 where it is admitted."""
        try:
            rate.take(name)
        except TooMany as error:
            return error.after
        return 0

    waits = []
    for at in (0.0, 10.0, 20.0, 30.0, 59.9, 60.0, 60.0, 69.5, 70.0):
        now[0] = at
        waits.append(take())
    assert waits == [0, 0, 0, 31, 1, 0, 11, 1, 0]
    for number in range(1000):
        take(str(number))
    assert len(rate.windows) == 1001
    now[0] = 200.0
    take()
    assert len(rate.windows) == 1


@pytest.mark.parametrize("written", ["600", "600/fortnight", "0/minute", "-1/minute", "1/minute,2/hour", "many"])
def test_a_rate_that_is_none_is_told_at_the_start(run: Callable[..., Result], written: str) -> None:
    done = run("sqlite:///none.db", "keys", "list", ONRECORD_RATE_PER_KEY=written)
    assert (done.exit_code, "ONRECORD_RATE_PER_KEY" in done.stderr) == (1, True)
    assert "write one such as 600/minute" in done.stderr
