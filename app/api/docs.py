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


def operation(
    query: type[Query] | None = None, *errors: int, answer: Any, also: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Keyword arguments for a route: its answer's model, the errors it can give, and its query's parameters.

    also: what else is told of its answer, such as the `content` of other media types.
    """
    problem = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    told = {status: {"description": ERRORS[status], "content": {MEDIA_TYPE: problem}} for status in errors}
    extra = {"openapi_extra": {"parameters": openapi_parameters(query)}} if query else {}
    return {"responses": {200: {"model": answer, **(also or {})}, **told}, **extra}


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
