"""Answers that are given again: a request with an Idempotency-Key that is sent twice is carried out once.

They are stored in the transaction of the write that they answer, and looked up in the next one's, under the writer
lock: of two that come at the same time one writes, and the other is given its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, insert, select

from app.errors import BadRequest
from app.store.database.tables import IdempotentAnswer
from app.store.database.times import stored_time

KEPT: Final = timedelta(hours=24)
HEADER: Final = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: status, headers, and the body as text."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may be sent again. api_key: the id of the key that it carries, 0 for none. name: what its header
    says. digest: of what it asks for.
    """

    api_key: int
    name: str
    digest: str

    def answer(self, connection: Connection, now: datetime) -> Answer | None:
        """The answer that was given before; None where there was none within a day.

        Raises BadRequest `idempotency-mismatch` where the same name came with another request.
        """
        kept = IdempotentAnswer
        connection.execute(delete(kept).where(kept.answered_at < stored_time(now - KEPT)))
        stored = select(kept.digest, kept.status, kept.headers, kept.body)
        own = stored.where(kept.api_key == self.api_key, kept.name == self.name)
        found = connection.execute(own).first()
        if found is None:
            return None
        if found.digest != self.digest:
            told = "another request was sent with this key within a day; take a new key for each request"
            raise BadRequest.of(HEADER, "idempotency-mismatch", told, "header")
        return Answer(found.status, msgspec.json.decode(found.headers), found.body)

    def keep(self, connection: Connection, answer: Answer, now: datetime) -> None:
        """Store the answer, for when the request comes again."""
        row = {"api_key": self.api_key, "name": self.name, "digest": self.digest, "answered_at": stored_time(now)}
        headers = msgspec.json.encode(answer.headers).decode()
        stored = row | {"status": answer.status, "headers": headers, "body": answer.body}
        connection.execute(insert(IdempotentAnswer), stored)
