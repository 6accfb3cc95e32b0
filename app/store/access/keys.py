"""Keys that requests carry. A key is `onrecord_7_…`: a prefix by which scanners for leaked secrets know it, its id, and
random digits. Only its SHA-256 is stored: with 256 random bits, nothing slower is needed.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, NoReturn

from sqlalchemy import Connection, func, insert, or_, select, update

from app.domain.scopes import INCLUDED, SCOPES
from app.domain.text.controls import obeyed_in
from app.errors import BadKey, BadValue, OnRecordError, Unauthorized, check_text, near
from app.store.database.engine import Database, Snapshot
from app.store.database.fetching import fetch_rows
from app.store.database.tables import ApiKey
from app.store.database.times import stored_time
from app.store.database.writer_turn import Patience

log = logging.getLogger("onrecord")

MOST_LETTERS: Final = 100  # of a name
OWN_ACTORS: Final = ("import", "merge", "migrate", "undo", "follow", "purge", "retract")
OFTEN: Final = timedelta(minutes=1)  # how often a use is noted

_KEY: Final = re.compile(r"onrecord_([1-9][0-9]{0,8})_([0-9a-f]{64})")
_COLUMNS: Final = "id, name, scopes, created_at, expires_at, revoked_at, last_used"
_BY_ID: Final = f"SELECT hash, {_COLUMNS} FROM api_keys WHERE id = ?"  # noqa: S608  # a constant
_ALL: Final = f"SELECT {_COLUMNS} FROM api_keys ORDER BY id"  # noqa: S608  # a constant


class AccessKey(NamedTuple):
    """A key as it is stored, without its hash. Times are UTC, ISO 8601. scopes: with blanks between."""

    id: int
    name: str
    scopes: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used: str | None

    @property
    def granted(self) -> frozenset[str]:
        """The scopes with those that they include."""
        return frozenset[str]().union(*(INCLUDED[scope] for scope in self.scopes.split()))


@dataclass(frozen=True)
class NewKey:
    """A key that was made. secret: the key itself, which nothing can tell a second time."""

    key: AccessKey
    secret: str


def make_key(
    database: Database,
    name: str,
    scopes: Iterable[str],
    *,
    expires: datetime | None = None,
    now: datetime | None = None,
) -> NewKey:
    """Make a key. Raises BadKey where the name is taken (be it by a revoked one) or no name, a scope is unknown, or the
    expiry has passed.
    """
    now = now or datetime.now(UTC)
    _check_name(name)
    given = _checked_scopes(scopes)
    if expires is not None and expires <= now:
        raise BadKey(f"a key that expires at {stored_time(expires)} would never work: it is {stored_time(now)}")
    with database.write() as connection:
        _require_free(connection, name)
        number = (connection.execute(select(func.max(ApiKey.id))).scalar() or 0) + 1
        secret = f"onrecord_{number}_{secrets.token_hex(32)}"
        until = None if expires is None else stored_time(expires)
        made = AccessKey(number, name, " ".join(given), stored_time(now), until, None, None)
        connection.execute(insert(ApiKey), made._asdict() | {"hash": _hash(secret)})
    return NewKey(made, secret)


def _check_name(name: str) -> None:
    try:
        check_text(name)
    except BadValue as error:
        raise BadKey(f"the name: {error}") from None
    wrong = None
    if not name or name != name.strip() or obeyed_in(name):
        wrong = "is empty, or has blanks around it or control characters in it"
    elif len(name) > MOST_LETTERS:
        wrong = f"has {len(name)} letters, more than {MOST_LETTERS}"
    elif name.isdecimal() or name.startswith("onrecord_"):
        wrong = "could be taken for an id, or for a key itself"
    elif name in OWN_ACTORS:
        wrong = "is what histories call a command of ours"
    if wrong:
        raise BadKey(f"the name {name!r} {wrong}; write one such as newsroom-loader")


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    given = list(dict.fromkeys(scopes))
    for one in given:
        if one not in SCOPES:
            meant = near(one, SCOPES)
            hint = f" (did you mean {' or '.join(meant)}?)" if meant else ""
            raise BadKey(f"{one!r} is no scope; there are {', '.join(SCOPES)}{hint}")
    if not given:
        raise BadKey(f"a key needs a scope: {', '.join(SCOPES)}")
    return sorted(given, key=SCOPES.index)


def _require_free(connection: Connection, name: str) -> None:
    stored = select(ApiKey.id, ApiKey.revoked_at).where(ApiKey.name == name)
    if found := connection.execute(stored).first():
        state = f"was revoked at {found.revoked_at}" if found.revoked_at else "is there"
        raise BadKey(
            f"a key {name} {state} (id {found.id}); histories show names, so that each is given once: take another"
        )


def list_keys(connection: Snapshot) -> list[AccessKey]:
    """All keys, revoked ones too, in the order in which they were made."""
    return [AccessKey(*row) for row in fetch_rows(connection, _ALL)]


def revoke_key(database: Database, given: str, *, now: datetime | None = None) -> tuple[AccessKey, bool]:
    """Revoke a key by its name, its id or the key itself; gives it, and whether it was not revoked before.

    Raises BadKey where there is none.
    """
    with database.write() as connection:
        key = _meant(connection, given)
        if key.revoked_at is not None:
            return key, False
        key = key._replace(revoked_at=stored_time(now or datetime.now(UTC)))
        connection.execute(update(ApiKey).where(ApiKey.id == key.id).values(revoked_at=key.revoked_at))
    return key, True


def _meant(connection: Connection, given: str) -> AccessKey:
    if given.startswith("onrecord_"):
        return _found(connection, given)
    keys = list_keys(connection)
    for key in keys:
        if given in (key.name, str(key.id)):
            return key
    meant = near(given, [key.name for key in keys])
    raise BadKey(f"there is no key {given}" + (f" (did you mean {' or '.join(meant)}?)" if meant else ""))


def find_key(connection: Snapshot, secret: str, now: datetime) -> AccessKey:
    """The key that a request carries. Raises Unauthorized where it is unknown, expired or revoked."""
    try:
        key = _found(connection, secret)
    except BadKey as error:
        raise Unauthorized(error.detail, code="unknown-key") from None
    _require_valid(key, now)
    return key


def require_valid(connection: Snapshot, key_id: int, now: datetime) -> None:
    """Raise Unauthorized where a key, which was found before, is expired or revoked by now."""
    found = fetch_rows(connection, _BY_ID, key_id)
    if not found:  # of a database that was put back meanwhile
        raise Unauthorized("the key is there no more", code="unknown-key")
    _require_valid(AccessKey(*found[0][1:]), now)


def _require_valid(key: AccessKey, now: datetime) -> None:
    if key.revoked_at is not None:
        raise Unauthorized(f"the key {key.name} was revoked at {key.revoked_at}", code="revoked-key")
    if key.expires_at is not None and key.expires_at <= stored_time(now):
        raise Unauthorized(f"the key {key.name} expired at {key.expires_at}", code="expired-key")


def _found(connection: Snapshot, secret: str) -> AccessKey:
    """The key that this one is. Its id finds the row, so that only the hashes need a comparison in constant time."""
    form = _KEY.fullmatch(secret)
    if form is None:
        _refuse("this is no key of ours: one is onrecord_, its id, _ and 64 digits of 0-9 and a-f, and nothing else")
    rows = fetch_rows(connection, _BY_ID, int(form[1]))
    if not rows or not hmac.compare_digest(rows[0][0], _hash(secret)):
        _refuse("there is no such key; it may be of another database, or copied in part")
    return AccessKey(*rows[0][1:])


def _refuse(detail: str) -> NoReturn:
    raise BadKey(detail)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def is_use_new(key: AccessKey, now: datetime) -> bool:
    """Whether a use of a key now is to be noted."""
    return key.last_used is None or key.last_used < stored_time(now - OFTEN)


def note_use(database: Database, key: AccessKey, now: datetime) -> bool:
    """Note that a key is used now, unless that was just noted; gives whether it was. Somebody else who writes, or a
    database that takes no writes, is no failure: the next use is noted.
    """
    before = or_(ApiKey.last_used.is_(None), ApiKey.last_used < stored_time(now - OFTEN))
    try:
        with database.write(patience=Patience(0)) as connection:
            used = update(ApiKey).where(ApiKey.id == key.id, before).values(last_used=stored_time(now))
            return connection.execute(used).rowcount == 1
    except OnRecordError:
        return False
    except Exception as error:  # whatever it is, it is no fault of the request
        log.warning("the use of the key %s could not be noted: %s", key.name, str(error).split("\n")[0])
        return False
