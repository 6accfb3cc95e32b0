"""OpenAPI description of the routes of imports."""

from __future__ import annotations

from typing import Any, Final

from app.api.docs import operation
from app.api.import_forms import MEDIA_TYPES
from app.domain.query.registry import Query

EXAMPLE: Final = (
    '{"key": "budget-2024/lee-1", "speaker": {"name": "Ann Lee", "kind": "person"}, "quote": "we hired 1,500",'
    ' "source": {"title": "The budget"}}\n'
)
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A name of your own for this upload, such as a UUID: sent again within 24 hours, it is not carried"
    " out twice, and the answer is the first import. One that failed because the server ended, erred, or did not get"
    " the database is carried out anew.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_FILE: Final = {"type": "string", "format": "binary"}
BODY: Final = {
    "required": True,
    "description": "A file as `onrecord import` reads it, as it is or packed (`Content-Encoding: gzip`, or a name such"
    " as `claims.csv.bz2`); or several in a tar or .zip archive.",
    "content": {media: {"schema": _FILE} for media in MEDIA_TYPES},
}
BODY["content"]["application/x-ndjson"]["examples"] = {"claim": {"summary": "one claim", "value": EXAMPLE}}  # type: ignore[index]  # a dict


def begin_operation(query: type[Query], answer: Any) -> dict[str, Any]:
    """Keyword arguments for the route that takes an import in."""
    told = operation(
        query, 409, 413, 415, 422, 503, answer=answer, kept=False, headers=("Location",), body=dict(BODY), scope="write"
    )
    told["responses"][202] = told["responses"].pop(200)
    told["openapi_extra"]["parameters"].append(IDEMPOTENCY_KEY)
    return told | {"status_code": 202}
