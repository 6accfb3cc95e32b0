"""OpenAPI parameters, answers and errors of each operation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.problems import MEDIA_TYPE
from app.api.queries import JsonQuery, openapi_parameters
from app.api.search_docs import AGGREGATE_IN, EXPORT_IN, FIGURE_SEARCH_IN, MATCH_IN, SEARCH_IN, WHERES
from app.domain.query.registry import Query
from app.domain.record.input_schemas import part_schemas
from app.domain.record.problems_out import ProblemOut

TAGS = [
    {"name": "claims", "description": "Statements with their sources: find claims, and read one."},
    {"name": "figures", "description": "The numbers in claims, each a row of its own."},
    {"name": "speakers", "description": "The people and organizations that are quoted."},
    {"name": "sources", "description": "The documents that prove it."},
    {"name": "metrics", "description": "The quantities that figures measure."},
    {"name": "vocabulary", "description": "The values of fields, with counts, and while one is typed."},
    {"name": "datasets", "description": "The collections that claims came with."},
    {"name": "changes", "description": "Changes of records, in order: to keep a copy up to date."},
    {"name": "revisions", "description": "The writes to the database, each with its time and actor."},
    {"name": "imports", "description": "Whole files of records at once."},
    {"name": "service", "description": "Whether the service is up."},
]

DESCRIPTION = """
A database of sourced claims: who said it, in what role, in which words, with which figures, when, and the document that
proves it.

A filter is `field=value` or `field__operator=value`; filters are joined by *and*. All `figure__…` filters constrain the
same figure, likewise `role__…` with `organization__…`, and `source…` with `verification`. The id, key or name of a
record that was merged into another finds what that one has. A parameter that does not exist is an error, never ignored.
Dates are EDTF (`2024`, `2024-04`, `2022/2023`, `2024~`).
"""

KEYS = {  # of records in the seed
    "claims": "japan-cyber-2024/shimada-1",
    "speakers": "itsuro-nishimoto",
    "sources": "japan-cyber-2024",
    "metrics": "core-cyber-personnel",
}
# Prefixes of the ids of each
IDS = {"claims": "clm", "speakers": "spk", "sources": "src", "metrics": "met", "imports": "imp"}

KEY = "key"
PARTS = "#/components/schemas/{model}"  # the schemas of parts of bodies and answers
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "onrecord_…",
    "description": "A key that `onrecord keys create` made. Scopes: `read`, `write`, `text` (texts of sources) and"
    " `admin`; each includes `read`, and `admin` all.",
}

ERRORS = {
    308: "The record is part of another by now: `Location` says of which.",
    401: "A key is needed, or the one that is sent is unknown, expired or revoked: `code` says which.",
    403: "The key lacks the scope.",
    404: "There is no such record.",
    406: "There is no answer of a media type that `Accept` allows: `did_you_mean` lists those that there are.",
    409: "There is such a record already: its key, or what it is known by. Of a change: the record is part of another"
    " by now (`merged`), which `merged_into` names; changes are not led on to that. Of an undo: what the revision"
    " touched was changed since, which `records` lists (`edited-since`), or there is nothing to take back"
    " (`nothing-to-undo`): `shown` lists what others show. Of an import: it is over.",
    410: "The record has ended: its creation was undone (`undone`), or it was purged (`purged`).",
    412: "The record was edited since the version that `If-Match` names: `errors` says which fields.",
    413: "The body is larger than what is read.",
    414: "The address is longer than what is read; `POST /v1/claims/search` takes longer questions.",
    415: "The body is of another media type than is read, or packed.",
    422: "The request is not valid: `errors` says what, where, and what would be right.",
    428: "The request is to send the record's `ETag` as `If-Match`.",
    429: "The address, or the key, has sent as many requests as it may: `Retry-After` says when to send the next.",
    501: "The format needs a library that is not installed: `detail` names it.",
    503: "The database is away, busy or behind, or the query took too long: `Retry-After` says when to try again.",
}


HEADERS = {
    "ETag": "Names this answer; sent back as `If-None-Match` it saves sending the same one again.",
    "Cache-Control": "`no-cache`: may be stored, and must be revalidated before each use.",
    "Vary": "The request headers that the answer depends on.",
    "Link": '`<path>; rel="next"`: the next page, like `links.next`; only where there is one, and where it is not over'
    ' 3,000 bytes long. Of a table: `rel="describedby"`, the types of its columns.',
    "OnRecord-Revision": "The revision that an export was read at, or that a write made; pages tell it in"
    " `meta.revision`.",
    "OnRecord-Left-Out": "How many figures a table leaves out, for each reason; JSON tells which, in `meta.left_out`.",
    "OnRecord-Build": "The versions of the service, of documents and of the index: while the latter two are the same,"
    " so is an answer as of a revision.",
    "Content-Disposition": "The name of the file, with its revision.",
    "Content-Location": "The path of the claim by its id.",
    "WWW-Authenticate": "`Bearer`, with what is wrong with the key (RFC 6750).",
    "Retry-After": "Seconds.",
    "Location": "The path of the record that it was merged into, or that was made.",
    "OnRecord-Action": "The action: created, revived, updated, unchanged, retracted, restored or merged; of a dry run,"
    " the one that it would be.",
    "OnRecord-Warnings": "Warnings for people: a list in JSON of objects with name, code and detail.",
    "Idempotency-Replayed": "`true` where the answer is that of an earlier request with the same `Idempotency-Key`.",
}
OF_STATUS = {308: "Location", 401: "WWW-Authenticate", 403: "WWW-Authenticate", 429: "Retry-After"}
KEPT = ("ETag", "Cache-Control", "Vary", "OnRecord-Build")
EXPORT_HEADERS = ("Link", "Content-Disposition", "OnRecord-Revision")

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
    answer: Any = None,
    headers: tuple[str, ...] = (),
    content: dict[str, Any] | None = None,
    kept: bool = True,
    body: dict[str, Any] | None = None,
    scope: str | None = None,
) -> dict[str, Any]:
    """Keyword arguments for a route that reads: its answer's model and further headers, the errors it can give, and its
    query's parameters. content: what is answered in place of JSON, or beside it. kept: the answer has a tag, so that
    clients can keep it and be told that it is still right. scope: that the key of a request needs; reading is for all.
    """
    told: dict[int, Any] = {200: {"description": "All of it, as one file.", "content": content}}
    if answer is not None:
        told[200] = {"model": answer} | ({"content": content} if content else {})
    if query:
        errors = (*errors, *((406,) if issubclass(query, JsonQuery) else ()), 414)
    told |= error_answers((*errors, *((403,) if scope else ())))
    parameters = openapi_parameters(query) if query else []
    if kept or headers:
        told[200]["headers"] = headers_of(*(KEPT if kept else ()), *headers)
    if kept:
        told[304] = {"description": "The client has this answer already.", "headers": headers_of(*KEPT)}
        parameters = [*parameters, IF_NONE_MATCH]
    extra: dict[str, Any] = {"parameters": parameters} | ({"requestBody": body} if body else {})
    extra |= {"security": [{KEY: [scope]}]} if scope else {}
    return {"responses": told, "openapi_extra": extra}


def error_answers(statuses: Iterable[int]) -> dict[int, Any]:
    """The answers of an operation that are errors."""
    return {status: _error(status) for status in statuses}


def _error(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    told: dict[str, Any] = {"description": ERRORS[status], "content": content}
    return told | ({"headers": headers_of(OF_STATUS[status])} if status in OF_STATUS else {})


def headers_of(*names: str) -> dict[str, Any]:
    """The description of an answer's headers."""
    return {name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in names}


def describe(app: FastAPI, *, reads_need_key: bool) -> None:
    """Make the app's OpenAPI document, once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS
            )
            model = ProblemOut.model_json_schema(ref_template=PARTS, by_alias=True)
            parts = {**model.pop("$defs", {}), "ProblemOut": model}
            parts |= part_schemas(PARTS)
            bodies = {"SearchIn": SEARCH_IN, "ExportIn": EXPORT_IN, "FigureSearchIn": FIGURE_SEARCH_IN}
            parts |= {**WHERES, **bodies, "AggregateIn": AGGREGATE_IN, "MatchIn": MATCH_IN}
            schema.setdefault("components", {}).setdefault("schemas", {}).update(parts)
            schema["components"]["securitySchemes"] = {KEY: SCHEME}
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
            for path, operations in schema["paths"].items():
                for described in operations.values():
                    _drop_default_error(described)
                    _show_id(path, described)
                    _show_what_works(described)
                    if path.startswith("/v1/"):
                        _show_key(described, reads_need_key)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _show_key(described: dict[str, Any], reads_need_key: bool) -> None:
    """Which key an operation under /v1 needs. One that is sent is looked up, needed or not."""
    described["responses"] |= {str(status): _error(status) for status in (401, 429)}
    needed = described.setdefault("security", [{KEY: []}] if reads_need_key else [{}, {KEY: []}])
    for scope in needed[0].get(KEY, ()):
        described["description"] += f"\n\nNeeds a key with the scope `{scope}`."


def _drop_default_error(described: dict[str, Any]) -> None:
    """FastAPI documents its own 422 for path parameters, which is not what is answered."""
    answers = described["responses"]
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]


STARTS: dict[str, dict[str, Any]] = {
    "list_claims": {"topic": ["recruitment"], "limit": 10},
    "list_figures": {"figure__unit": "count", "limit": 10},
}


def _show_what_works(described: dict[str, Any]) -> None:
    """The examples that the documentation page fills in: what is required, and together with it what STARTS says."""
    start = STARTS.get(described["operationId"], {})
    for parameter in described.get("parameters", ()):
        examples = parameter["schema"].get("examples")
        if parameter["name"] in start:
            parameter["example"] = start[parameter["name"]]
        elif parameter["required"] and examples:
            parameter["example"] = examples[0]


_EXAMPLES = {"merge": 2, "series": 3, "disagreements": 3}  # numbers of ids by the last part of a path


def _show_id(path: str, described: dict[str, Any]) -> None:
    """Which id or key a path takes, with that of a record as the example: of a merge the second, for the first one that
    its body names.
    """
    for resource, prefix in IDS.items():
        if not path.startswith(f"/v1/{resource}/"):
            continue
        for parameter in described.get("parameters", ()):
            if (parameter["in"], parameter["name"]) == ("path", "id"):
                parameter["description"] = f"`{prefix}_` and a number."
                parameter["schema"]["examples"] = [f"{prefix}_{_EXAMPLES.get(path.rpartition('/')[2], 1)}"]
            elif (parameter["in"], parameter["name"]) == ("path", "key"):
                parameter["schema"]["examples"] = [KEYS[resource]]
    if "{number}" in path:
        (parameter,) = (one for one in described["parameters"] if one["in"] == "path")
        parameter["description"] = "The number of a revision."
        parameter["schema"]["examples"] = ["1"]
    if "{name}" in path:
        (parameter,) = (one for one in described["parameters"] if one["in"] == "path")
        parameter["description"] = "The name of a dataset."
        parameter["schema"]["examples"] = ["factck-br"]
