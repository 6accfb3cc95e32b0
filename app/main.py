"""The door of the HTTP service: create_app()."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from anyio.to_thread import current_default_thread_limiter, run_sync
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.applications import Starlette

from app.api import (
    aggregates,
    changes,
    claim_writes,
    claims,
    dataset_writes,
    datasets,
    disagreements,
    figures,
    imports,
    matching,
    metrics,
    over_time,
    record_writes,
    rejected_rows,
    revisions,
    service,
    sources,
    speakers,
    units,
    vocabulary,
)
from app.api.admission import Gate
from app.api.doc_pages import add_pages
from app.api.docs import describe
from app.api.every_request import EveryRequest, HeadersOnly
from app.api.exports import ExportSlots
from app.api.problems import add_handlers
from app.api.threads import Threads
from app.api.uploads import Uploads
from app.api.waiting import Waiting
from app.settings import settings
from app.store.database.engine import Database
from app.store.imports.jobs.job_folder import JobFolder
from app.store.imports.jobs.running import Opening, Running

if TYPE_CHECKING:
    from app.api.rates import Rate

ROUTERS = (
    claims.lists,
    aggregates.router,  # before single claims, to which its name may be an id
    claims.router,
    claim_writes.router,
    matching.router,
    figures.router,
    speakers.router,
    record_writes.routes_of("spk"),
    sources.router,
    record_writes.routes_of("src"),
    metrics.router,
    over_time.router,
    disagreements.router,
    record_writes.routes_of("met"),
    *vocabulary.ROUTERS,
    units.router,
    datasets.router,
    dataset_writes.router,
    changes.router,
    revisions.router,
    imports.router,
    rejected_rows.router,
    service.router,
)


def create_app(database: Database | None = None) -> FastAPI:
    """The service on a database, by default the configured one."""
    own = database is None
    kept = database or _configured()
    jobs = Running(JobFolder(imports_folder(kept), kept), _opening(kept))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Few threads: in SQLite they contend for the interpreter, in PostgreSQL each holds a connection.
        current_default_thread_limiter().total_tokens = settings().threads
        await run_sync(jobs.folder.sweep)
        yield
        await run_sync(jobs.close)
        if own:
            kept.close()

    app = FastAPIOffline(
        title="OnRecord",
        version=version("onrecord"),
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # doc_pages.py has them
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # FastAPI looks for those of each request
    )
    app.state.database = kept
    app.state.stopping = False  # set by the server: no more requests are wanted
    app.state.exports = ExportSlots(settings().exports, settings().exports_per_client)
    app.state.threads = Threads(kept, settings().exports)
    app.state.waiting = Waiting(kept, settings().waiters, lambda: bool(app.state.stopping))
    app.state.imports = jobs
    app.state.uploads = Uploads(jobs.folder, settings().import_bytes)
    for router in ROUTERS:
        app.include_router(router)
    add_pages(app)
    add_handlers(app)
    app.add_middleware(HeadersOnly)
    describe(app, reads_need_key=settings().read == "key")
    _put_around(app)
    return app


def _configured() -> Database:
    return Database(
        settings().database_url,
        lock_timeout=settings().lock_timeout,
        statement_timeout=settings().statement_timeout,
        pool_size=settings().threads,
        application="onrecord serve",
        pgbouncer=settings().pgbouncer,
    )


def imports_folder(database: Database) -> Path:
    """The folder of imports that are sent: beside an SQLite file, else among temporary files."""
    if settings().imports:
        return Path(settings().imports)
    if database.file:
        return Path(f"{database.file}.imports")
    name = hashlib.sha256(database.shown.encode()).hexdigest()[:16]
    return Path(gettempdir()) / f"onrecord-imports-{name}"


def _opening(database: Database) -> Opening:
    url = database.url.render_as_string(hide_password=False)
    return Opening(url, database.lock_timeout, settings().pgbouncer)


def _put_around(app: FastAPI) -> None:
    """Put EveryRequest around all, what answers faults of ours included, which Starlette puts outside of middleware;
    and the list of claims beside it, with the same answers to faults.
    """
    inner = app.build_middleware_stack
    lists = Starlette(routes=[claims.SHORTCUT], exception_handlers=app.exception_handlers)
    lists.state = app.state
    shortcuts, gate = {claims.SHORTCUT.path: lists}, _gate(app)
    # There is no other way:
    app.build_middleware_stack = lambda: EveryRequest(inner(), shortcuts, gate)  # type: ignore[method-assign]


def _gate(app: FastAPI) -> Gate:
    return Gate(
        app,
        reads_need_key=settings().read == "key",
        per_address=_rate(settings().rate_per_address, "address"),
        per_key=_rate(settings().rate_per_key, "key"),
    )


def _rate(written: str, whose: str) -> Rate | None:
    """A limit, whose library is imported only where there is one: that takes a tenth of a second."""
    if not written:
        return None
    from app.api.rates import Rate

    return Rate(written, whose)
