"""What OpenAPI says of each operation: parameters, answers and errors."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.problems import MEDIA_TYPE
from app.api.queries import openapi_parameters
from app.domain.documents import ProblemOut
from app.domain.fields import Query

TAGS = [
    {"name": "claims", "description": "What was said: find claims, and read one."},
    {"name": "speakers", "description": "Who said it."},
    {"name": "sources", "description": "The documents that prove it."},
    {"name": "metrics", "description": "What figures measure."},
    {"name": "service", "description": "Whether the service is up."},
]

DESCRIPTION = """
A database of sourced claims: who said it, in what role, in which words, with which figures, when, and the document that
proves it.

A filter is `field=value` or `field__operator=value`; filters are joined by *and*. All `figure__…` filters constrain the
same figure, likewise `role__…` with `organization__…`, and `source…` with `verification`. A parameter that does not
exist is an error, never ignored. Dates are EDTF (`2024`, `2024-04`, `2022/2023`, `2024~`).
"""

ERRORS = {
    404: "There is no such record.",
    406: "There is no answer of a media type that `Accept` allows.",
    422: "The request is not valid: `errors` says what, where, and what would be right.",
    503: "The database is away or busy: `Retry-After` says when to try again.",
}


HEADERS = {
    "ETag": "Names this answer; sent back as `If-None-Match` it saves sending the same one again.",
    "Cache-Control": "`no-cache`: may be stored, and must be revalidated before each use.",
    "Vary": "The request headers that the answer depends on.",
    "Link": '`<path>; rel="next"`: the next page, like `links.next`; only where there is one, and where it is not over'
    " 3,000 bytes long.",
    "OnRecord-Revision": "The revision that an export was read at; pages tell it in `meta.revision`.",
    "Content-Location": "The path of the claim by its id.",
}
KEPT = ("ETag", "Cache-Control", "Vary")

IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an answer that the client has, or several: 304 where that is still right.",
    "schema": {"type": "string"},
}


def operation(
    query: type[Query] | None = None,
    *errors: int,
    answer: Any,
    headers: tuple[str, ...] = (),
    also: dict[str, Any] | None = None,
    kept: bool = True,
) -> dict[str, Any]:
    """Keyword arguments for a route that reads: its answer's model and further headers, the errors it can give, and its
    query's parameters. also: the `content` of other media types. kept: the answer has a tag, so that clients can keep
    it and be told that it is still right.
    """
    problem = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    told: dict[int, Any] = {200: {"model": answer, **({"content": also} if also else {})}}
    told |= {status: {"description": ERRORS[status], "content": {MEDIA_TYPE: problem}} for status in errors}
    parameters = openapi_parameters(query) if query else []
    if kept:
        told[200]["headers"] = _headers(*KEPT, *headers)
        told[304] = {"description": "The client has this answer already.", "headers": _headers(*KEPT)}
        parameters = [*parameters, IF_NONE_MATCH]
    return {"responses": told, "openapi_extra": {"parameters": parameters}}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in names}


def describe(app: FastAPI) -> None:
    """Make the app's OpenAPI document, once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS
            )
            model = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
            parts = {**model.pop("$defs", {}), "ProblemOut": model}
            schema.setdefault("components", {}).setdefault("schemas", {}).update(parts)
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
            for path in schema["paths"].values():
                for described in path.values():
                    _drop_default_error(described)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _drop_default_error(described: dict[str, Any]) -> None:
    """FastAPI documents its own 422 for path parameters, which is not what is answered."""
    answers = described["responses"]
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]
