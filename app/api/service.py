"""Whether the service is up, and where to begin."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from app.api.docs import operation
from app.domain.record.answers_out import Health
from app.errors import Stopping
from app.store.database.engine import Database

router = APIRouter(tags=["service"])


@router.get("/", include_in_schema=False)
async def start() -> RedirectResponse:
    """To the documentation."""
    return RedirectResponse("docs")


@router.get(
    "/healthz", operation_id="health", summary="Whether the process answers", **operation(answer=Health, kept=False)
)
async def health() -> Health:
    """Always `ok`: the process is up. It does not ask the database."""
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="ready",
    summary="Whether requests can be served",
    **operation(None, 503, answer=Health, kept=False),
)
def ready(request: Request) -> Health:
    """`ok` where the database answers and has the tables of this version, until the service is stopped."""
    if request.app.state.stopping:
        raise Stopping
    database: Database = request.app.state.database
    database.require_migrated()
    return Health(status="ok")
