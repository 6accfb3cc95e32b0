"""Configuration: the only reader of the environment."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Final, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import NotReady

_RATE: Final = r" *[1-9][0-9]{0,8} */ *(?:second|minute|hour|day) *"
_RATES: Final = re.compile(f"{_RATE}(?:;{_RATE})*")


class Settings(BaseSettings):
    """Every setting, read from `ONRECORD_…`."""

    model_config = SettingsConfigDict(env_prefix="ONRECORD_", frozen=True)

    database_url: str = Field(
        default="sqlite:///var/onrecord.db",
        description="SQLAlchemy URL: sqlite:///FILE, or postgresql://user:password@host/name",
    )
    pgbouncer: bool = Field(
        default=False, description="true where database_url leads to a PgBouncer in transaction mode"
    )
    lock_timeout: float = Field(
        default=10.0, gt=0, description="seconds that a writer waits for another before it gives up as busy"
    )
    statement_timeout: float = Field(
        default=10.0,
        gt=0,
        le=86_400,
        description="seconds that the queries of a request to read may take; not of exports",
    )
    threads: int = Field(default=8, ge=1, le=200, description="requests that read the database at the same time")
    exports: int = Field(
        default=4, ge=1, le=10, description="exports under way at the same time; each keeps a connection of its own"
    )
    exports_per_client: int = Field(default=2, ge=1, description="of these, how many one client address may have")
    waiters: int = Field(
        default=400,
        ge=1,
        le=100_000,
        description="requests that wait for changes at the same time; none takes a thread",
    )
    connections: int = Field(default=500, ge=1, le=100_000, description="open connections of clients")
    read_timeout: float = Field(
        default=20.0, gt=0, le=86_400, description="seconds in which the head of a request, and its body, must arrive"
    )
    send_timeout: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="seconds after which a client that takes nothing of its answer is cut off",
    )
    stop_timeout: float = Field(
        default=30.0, gt=0, le=3600, description="seconds that a server that is stopped gives to what is under way"
    )
    trusted_proxies: str = Field(
        default="", description="addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    read: Literal["public", "key"] = Field(default="public", description="key: reading needs a key, as writing does")
    import_bytes: int = Field(
        default=2**30, ge=1, le=2**50, description="bytes of one import that is sent over HTTP, as it comes"
    )
    imports: str = Field(
        default="",
        description="folder of imports that are sent, which all workers of a machine share: by default beside the"
        " SQLite file, for PostgreSQL among temporary files",
    )
    rate_per_address: str = Field(
        default="",
        description="requests under /v1 that one address may send to each worker, as 600/minute",
    )
    rate_per_key: str = Field(default="", description="the same of one key")

    @field_validator("rate_per_address", "rate_per_key")
    @classmethod
    def _check_rate(cls, written: str) -> str:
        if written and not _RATES.fullmatch(written):
            raise ValueError(f"{written!r} is no rate: write one such as 600/minute, or several: 20/second;600/minute")
        return written


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Raises NotReady where one does not fit."""
    try:
        return Settings()
    except ValidationError as error:
        told = "; ".join(f"ONRECORD_{str(one['loc'][0]).upper()}: {one['msg'].lower()}" for one in error.errors())
        raise NotReady(told) from None


def wants_color() -> bool:
    """Whether output on a terminal may have colours: unless NO_COLOR is set, whatever it says (no-color.org)."""
    return not os.environ.get("NO_COLOR")
