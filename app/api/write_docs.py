"""OpenAPI description of the routes that write: their parameters, headers, bodies and answers."""

from __future__ import annotations

from typing import Any, Final, Literal

from app.api.docs import KEY, PARTS, error_answers, headers_of
from app.api.queries import openapi_parameters
from app.domain.query.registry import Query
from app.domain.record.field_paths import RecordKind
from app.domain.record.input_schemas import object_schema

_RECORDS: Final[dict[str, RecordKind]] = {"clm": "claim", "spk": "speaker", "src": "source", "met": "metric"}
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "clm": {
        "key": "budget-2024/lee-1",
        "speaker": {"name": "Ann Lee", "kind": "person"},
        "quote": "we hired 1,500",
        "said_on": "2024-04",
        "figures": [{"metric": "staff", "value": 1500, "unit": "count"}],
        "source": {"title": "The budget", "url": "https://news.example/budget"},
    },
    "spk": {"key": "ann-lee", "name": "Ann Lee", "kind": "person", "aliases": ["A. Lee"]},
    "src": {"key": "budget", "title": "The budget", "url": "https://news.example/budget", "published_on": "2024-04-11"},
    "met": {"key": "staff", "name": "staff", "definition": "people employed", "unit": "count"},
}
PATCHED: Final[dict[str, dict[str, Any]]] = {
    "clm": {"venue": "told Reuters", "topics": ["recruitment"]},
    "spk": {"note": "minister until 2024"},
    "src": {"publisher": "Reuters"},
    "met": {"definition": "people employed at the end of the year"},
}
_HEADERS: Final = {
    "Idempotency-Key": "A name of your own for this request, such as a UUID: sent again within 24 hours, the request is"
    " not carried out twice, and has the same answer.",
    "If-Match": "The `ETag` that the record was read with. Its version is compared: 412 where the record was edited"
    " since.",
}
JSON: Final = ("application/json",)
PATCHES: Final = ("application/merge-patch+json", "application/json")
Body = Literal["record", "keyed", "patch", "merge", ""]  # keyed: a record whose key the path has
Matches = Literal["needed", "put", "may", ""]


def write_operation(
    query: type[Query], answer: Any, prefix: str, *, body: Body = "record", matches: Matches = ""
) -> dict[str, Any]:
    """Keyword arguments for a route that writes one record of a type, whose shape `answer` is. body: what is sent.
    matches: how If-Match is read.
    """
    told: dict[int, Any] = {200: _kept(answer, "The record as it is by now; of a dry run, as it would be.")}
    if matches in ("", "put"):
        told[201] = _kept(answer, "The record was made.", "Location")
    told |= error_answers(_errors(matches))
    posts = matches in ("", "may")
    named = [name for name in _HEADERS if (posts if name == "Idempotency-Key" else matches)]
    extra: dict[str, Any] = {
        "parameters": [*openapi_parameters(query), *(_header(one, prefix, matches) for one in named)]
    }
    extra["security"] = [{KEY: ["write"]}]
    if body:
        extra["requestBody"] = _body(prefix, body)
    return {"responses": told, "openapi_extra": extra}


def undo_operation(
    query: type[Query], answer: Any, done: str = "The revision was undone by a new one."
) -> dict[str, Any]:
    """The same for a route whose answer tells of the revision that it makes, such as the undo of another."""
    headers = headers_of("OnRecord-Revision", "Location")
    told: dict[int, Any] = {200: {"model": answer, "description": "The planned changes.", "headers": headers}}
    told[201] = {"model": answer, "description": done, "headers": headers}
    told |= error_answers((403, 404, 409, 413, 414, 415, 422, 503))
    parameters = [*openapi_parameters(query), _header("Idempotency-Key", "", "")]
    return {"responses": told, "openapi_extra": {"parameters": parameters, "security": [{KEY: ["write"]}]}}


def _errors(matches: Matches) -> list[int]:
    errors = [403, 409, 413, 414, 415, 422, 503]
    errors += [412] if matches else []
    errors += [428] if matches in ("needed", "put") else []
    errors += [404, 410] if matches in ("needed", "may") else []
    return sorted(errors)


def _kept(answer: Any, description: str, *more: str) -> dict[str, Any]:
    headers = headers_of("ETag", "OnRecord-Action", "OnRecord-Revision", "OnRecord-Warnings", *more)
    return {"model": answer, "description": description, "headers": headers}


def _header(name: str, prefix: str, matches: Matches) -> dict[str, Any]:
    is_needed = name == "If-Match" and matches == "needed"
    schema: dict[str, Any] = {"type": "string"} | ({"examples": [f'"{prefix}_1-v1"']} if is_needed else {})
    told = _HEADERS[name] + (" Needed where the record is there." if name == "If-Match" and matches == "put" else "")
    return {"name": name, "in": "header", "required": is_needed, "description": told, "schema": schema}


def _body(prefix: str, what: Body) -> dict[str, Any]:
    """A body: every field with its type and meaning, short forms included, and an example."""
    if what == "merge":
        into = {"type": "string", "description": "The id of the record that goes on.", "examples": [f"{prefix}_1"]}
        schema: dict[str, Any] = {"type": "object", "required": ["into"], "additionalProperties": False}
        schema["properties"] = {"into": into}
    else:
        schema = object_schema(_RECORDS[prefix], PARTS, is_patch=what == "patch")
    whole = EXAMPLES[prefix]
    keyless = {name: value for name, value in whole.items() if name != "key"}
    examples = {"record": whole, "keyed": keyless, "patch": PATCHED[prefix], "merge": {"into": f"{prefix}_1"}}
    content = {"schema": schema, "examples": {what: {"summary": "an example", "value": examples[what]}}}
    return {"required": True, "content": dict.fromkeys(PATCHES if what == "patch" else JSON, content)}
