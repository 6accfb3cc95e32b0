"""Keys by the commands: made, listed, revoked; and what a mistake is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from sqlalchemy import select, text

from app.errors import BadKey, Unauthorized
from app.store.access.keys import find_key, list_keys, make_key, note_use, revoke_key
from app.store.database.engine import Database
from app.store.database.tables import ApiKey
from tests.conftest import NOON

Run = Callable[..., Result]


def reason(database: Database, secret: str, now: datetime = NOON) -> str:
    """The code that a key is refused with."""
    with database.read() as connection, pytest.raises(Unauthorized) as refused:
        find_key(connection, secret, now)
    assert secret not in refused.value.detail
    return refused.value.code


def test_a_key_is_the_last_word_and_only_its_hash_is_stored(database: Database, run: Run) -> None:
    done = run(database, "keys", "create", "loader", "--scope", "write", "--scope", "read")
    assert (done.exit_code, done.stderr) == (0, "")
    secret = done.stdout.split()[-1]
    assert re.fullmatch("onrecord_1_[0-9a-f]{64}", secret)
    assert "may read, write;" in done.stdout
    with database.read() as connection:
        stored = str(connection.execute(text("SELECT * FROM api_keys")).all())
        assert secret[-64:] not in stored
        key = find_key(connection, secret, NOON)
        assert (key.id, key.name, key.granted) == (1, "loader", frozenset(("read", "write")))
        assert connection.execute(text("SELECT count(*) FROM revisions")).scalar_one() == 0


@pytest.mark.parametrize(
    ("scope", "granted"),
    [("read", "read"), ("write", "read write"), ("text", "read text"), ("admin", "admin read text write")],
)
def test_every_scope_includes_read_and_admin_all(database: Database, scope: str, granted: str) -> None:
    assert sorted(make_key(database, "a", [scope]).key.granted) == granted.split()


def test_only_the_whole_key_is_found(database: Database) -> None:
    first, second = (make_key(database, name, ["read"]).secret for name in ("a", "b"))
    wrong = (
        "onrecord_1_", first[:-1], first + "0", f" {first}", first.upper(), f"onrecord_1_{second[-64:]}",
        f"onrecord_3_{first[-64:]}", f"onrecord_01_{first[-64:]}", f"onrecord_{'9' * 30}_{first[-64:]}",
        "onrecord_1_" + "0" * 64, "onrecord_١_" + first[-64:], "' OR 1=1 --", "é", "\x00",
    )  # fmt: skip
    for one in wrong:
        assert reason(database, one) == "unknown-key"
    with database.read() as connection:
        assert [find_key(connection, one, NOON).name for one in (first, second)] == ["a", "b"]


@pytest.mark.parametrize("given", ["name", "id", "secret"])
def test_a_revoked_key_is_refused_for_ever_and_so_is_its_name(database: Database, run: Run, given: str) -> None:
    made = make_key(database, "loader", ["write"])
    what = {"name": "loader", "id": 1, "secret": made.secret}[given]
    done = run(database, "keys", "revoke", what)
    assert (done.exit_code, done.stdout) == (0, "the key loader (id 1) is revoked\n")
    assert reason(database, made.secret) == "revoked-key"
    again = run(database, "keys", "revoke", what)
    assert (again.exit_code, "is revoked already, since 20" in again.stdout) == (0, True)
    done = run(database, "keys", "create", "loader", "--scope", "write")
    assert (done.exit_code, "a key loader was revoked at 20" in done.stderr) == (1, True)
    assert make_key(database, "loader-2", ["write"]).key.id == 2


def test_a_key_ends_after_its_last_day(database: Database, run: Run) -> None:
    secret = run(database, "keys", "create", "a", "--scope", "read", "--expires", "2096-02-29").stdout.split()[-1]
    last = datetime(2096, 2, 29, 23, 59, 59, tzinfo=UTC)
    with database.read() as connection:
        assert find_key(connection, secret, last).name == "a"
    assert reason(database, secret, last + timedelta(seconds=1)) == "expired-key"
    run(database, "keys", "create", "b", "--scope", "read", "--days", 90)
    with database.read() as connection:
        left = datetime.fromisoformat(list_keys(connection)[1].expires_at or "") - datetime.now(UTC)
    assert timedelta(days=89, hours=23) < left <= timedelta(days=90)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "a"), "Missing option '--scope'"),
        (("create", "a"), "Choose from:\n\tread"),
        (("create", "a", "--scope", "wirte"), "'wirte' is not one of"),
        (("create", "", "--scope", "read"), "is empty"),
        (("create", " a", "--scope", "read"), "blanks around it"),
        (("create", "a\nb", "--scope", "read"), r"the name 'a\nb'"),
        (("create", "a\u202eb", "--scope", "read"), "control characters"),
        (("create", "a" * 101, "--scope", "read"), "101 letters"),
        (("create", "7", "--scope", "read"), "taken for an id"),
        (("create", "import", "--scope", "read"), "a command of ours"),
        (("create", "kept", "--scope", "read"), "a key kept is there (id 1)"),
        (("create", "a", "--scope", "read", "--expires", "2020-01-31"), "would never work"),
        (("create", "a", "--scope", "read", "--expires", "31.1.2096"), "write one such as 2027-01-31"),
        (("create", "a", "--scope", "read", "--expires", "2096-01-31", "--days", "3"), "give one of them"),
        (("create", "a", "--scope", "read", "--days", "0"), "0 is not in the range"),
        (("revoke", "kepd"), "there is no key kepd (did you mean kept?)"),
        (("revoke", "2"), "there is no key 2"),
        (("revoke", "onrecord_1_0"), "this is no key of ours"),
        (("revoke", "onrecord_1_" + "0" * 64), "there is no such key"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(
    database: Database, run: Run, arguments: tuple[str, ...], told: str
) -> None:
    make_key(database, "kept", ["read"], now=NOON)
    done = run(database, "keys", *arguments)
    assert done.exit_code in (1, 2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    with database.read() as connection:
        assert [(key.name, key.revoked_at) for key in list_keys(connection)] == [("kept", None)]


def test_the_list_shows_all_but_the_keys(database: Database, run: Run) -> None:
    assert "there are no keys" in run(database, "keys", "list").stdout
    assert json.loads(run(database, "keys", "list", "--json").stdout) == []
    made = make_key(database, "a b", ["admin", "text"], expires=NOON + timedelta(days=1), now=NOON)
    note_use(database, made.key, NOON)
    make_key(database, "b", ["read"], now=NOON)
    revoke_key(database, "b", now=NOON)
    lines = run(database, "keys", "list").stdout.splitlines()
    assert [re.split("  +", line) for line in lines] == [
        ["id", "name", "scopes", "created", "expires", "revoked", "last used"],
        ["1", "a b", "text, admin", "2026-01-01 12:00", "2026-01-02 12:00", "-", "2026-01-01 12:00"],
        ["2", "b", "read", "2026-01-01 12:00", "-", "2026-01-01 12:00", "-"],
    ]
    told = json.loads(run(database, "keys", "list", "--json").stdout)
    assert list(told[0]) == ["id", "name", "scopes", "created_at", "expires_at", "revoked_at", "last_used"]
    assert (told[0]["scopes"], told[1]["revoked_at"]) == (["text", "admin"], "2026-01-01T12:00:00.000000Z")


def test_a_use_is_noted_once_a_minute_and_waits_for_nobody(database: Database) -> None:
    key = make_key(database, "a", ["read"], now=NOON).key
    uses = [(0, True), (59, False), (61, True), (61, False)]
    for seconds, is_noted in uses:
        assert note_use(database, key, NOON + timedelta(seconds=seconds)) is is_noted
    with database.write() as connection:
        assert not note_use(database, key, NOON + timedelta(days=1))
        assert connection.execute(select(ApiKey.last_used)).scalar_one() == "2026-01-01T12:01:01.000000Z"


def test_a_name_is_given_once_among_many_that_ask(database: Database) -> None:
    make_key(database, "a", ["read"])
    with pytest.raises(BadKey):
        make_key(database, "a", ["write"])
    with pytest.raises(BadKey, match=r"'wirte' is no scope.*did you mean write"):
        make_key(database, "b", ["wirte"])
    with pytest.raises(BadKey, match="needs a scope"):
        make_key(database, "b", [])
