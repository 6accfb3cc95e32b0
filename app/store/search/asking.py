"""The target of a query: a database, at a moment."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from app.store.history.revision import Moment


@dataclass(frozen=True)
class Asking:
    """status: of the versions that are looked at: active or retracted."""

    connection: Connection
    moment: Moment
    status: str = "active"

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.connection.dialect.name
