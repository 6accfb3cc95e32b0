"""Query strings → query models, strictly: nothing is ignored, nothing is guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args, get_origin
from urllib.parse import unquote_to_bytes

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from app.api.formats import ELSEWHERE, RECORD_NAMES, require_json
from app.domain.query.registry import Query, query_field
from app.domain.record.synonyms import is_denial, meant_parameters, meant_values
from app.errors import BadRequest, Problem, problems_of

Q = TypeVar("Q", bound=Query)

MAX_PROBLEMS = 20  # told of one query
MANY = 20  # parameters that are too many to be told one by one
UNFILLED = {"x-default-by-format": True}  # of a field whose default is not for the documentation page to fill in
_BOUNDS = {"ge": "minimum", "le": "maximum"}
UNTOLD: dict[str, Any] = {"x-told": False}  # of a field that is there to say why it may not be given
SHARED = (
    "sort", "limit", "cursor", "count", "convert_to", "fields", "highlight", "facets", "as_of", "min_revision",
    "format",
)  # fmt: skip  # parameters of every list, told last
FIRST = (
    "q", "speaker__name", "speaker__name__contains", "organization__name", "topic",
    "said_on", "said_on__within", "said_on__gte", "said_on__lte", "sort", "limit",
)  # fmt: skip  # parameters tried first


class JsonQuery(Query):
    """Base of the queries of what is JSON alone: Accept is to leave that. elsewhere: the way to other formats."""

    elsewhere: ClassVar[str] = ELSEWHERE
    format: Literal[RECORD_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        "The format of the answer. It goes before `Accept`, which is read where this is left out.", "json"
    )


def read_query(request: Request, model: type[Q], elsewhere: str = "") -> Q:
    """The checked query of a request. elsewhere: where parameters stand that do not exist here. Raises BadRequest with
    every problem: parameters that do not exist or stand twice, bytes that are not UTF-8, and values that do not fit;
    NotAcceptable where the answer is JSON, and Accept leaves none.
    """
    values, problems = _values(request.scope["query_string"], model, elsewhere)
    try:
        checked = model.model_validate(values)
    except ValidationError as error:
        problems += problems_of(error, _nothing_meant, "query", meant_values)
    problems = problems[:MAX_PROBLEMS]
    if problems:
        told = "; ".join(str(Problem(p.path[:1], p.code, p.detail, p.did_you_mean)) for p in problems)
        raise BadRequest(told, problems, code=problems[0].code)
    if isinstance(checked, JsonQuery):
        require_json(request, checked.format, checked.elsewhere)
    return checked


def _values(raw: bytes, model: type[Query], elsewhere: str) -> tuple[dict[str, Any], list[Problem]]:
    found: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for pair in filter(None, raw.split(b"&")):
        raw_name, _, value = pair.partition(b"=")
        try:
            decoded = _decoded(value)
            found.setdefault(_decoded(raw_name), []).append(decoded)
        except UnicodeDecodeError:
            shown = raw_name.decode("ascii", "replace")
            problems.append(Problem((shown,), "bad-encoding", "the bytes are not UTF-8", where="query"))
    values: dict[str, Any] = {}
    for name, given in found.items():
        if name not in model.model_fields:
            unknown = _unknown(name, given[0], model, len(problems))
            problems.append(replace(unknown, detail=f"{unknown.detail}; {elsewhere}") if elsewhere else unknown)
        elif takes_many(model, name):
            values[name] = given
        elif len(given) > 1:
            problems.append(Problem((name,), "repeated", "takes one value, and stands twice", where="query"))
        else:
            values[name] = given[0]
    return values, problems


def _unknown(name: str, value: str, model: type[Query], others: int) -> Problem:
    known = [one for one, info in model.model_fields.items() if info.json_schema_extra != UNTOLD]
    hint = meant_parameters(name, known, value) if others < MAX_PROBLEMS else ()
    detail = "there is no such parameter"
    if not hint and is_denial(name):
        detail += "; POST /v1/claims/search takes a not around any condition"
    if name == "where" and "q" in known:
        detail += "; POST /v1/claims/search takes a tree of conditions in where"
    if not hint:
        detail += _told_of(known)
    return Problem((name,), "unknown-parameter", detail, hint, "query")


def _told_of(known: list[str]) -> str:
    """The parameters that there are; of lists with many, where they are told."""
    if len(known) > MANY:
        return "; /v1/claims/fields has those of claims"
    return f"; there are {', '.join(sorted(known, key=SHARED.__contains__))}" if known else ""


def _nothing_meant(_path: object, _name: str) -> tuple[str, ...]:
    """Names are looked at before values are."""
    return ()


def read_pairs(raw: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string that was checked by `read_query`, in order."""
    pairs = (pair.partition(b"=") for pair in raw.split(b"&") if pair)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(part: bytes) -> str:
    spaced = part.replace(b"+", b" ")
    return (unquote_to_bytes(spaced) if b"%" in spaced else spaced).decode("utf-8")


@cache
def takes_many(model: type[Query], name: str) -> bool:
    """Whether a parameter may be repeated."""
    return any(get_origin(part) is list for part in (model.model_fields[name].annotation, *_parts(model, name)))


def _parts(model: type[Query], name: str) -> tuple[Any, ...]:
    return tuple(
        get_args(part)[0] if hasattr(part, "__metadata__") else part
        for part in get_args(model.model_fields[name].annotation)
    )


def openapi_parameters(model: type[Query]) -> list[dict[str, Any]]:
    """The parameters of a query model as OpenAPI describes them: type, description, example; those that people try
    first, then its own in their groups, then those of every list.
    """
    told = [name for name, info in model.model_fields.items() if info.json_schema_extra != UNTOLD]
    return [_parameter(model, name) for name in sorted(told, key=_rank)]


def _rank(name: str) -> int:
    if name in FIRST:
        return FIRST.index(name)
    return len(FIRST) + (name in SHARED)


def _as_sent(value: Any) -> str:
    """A value as it stands in an address."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _parameter(model: type[Query], name: str) -> dict[str, Any]:
    info = model.model_fields[name]
    whole: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    # Of a bound behind a check of our own, pydantic tells its own name.
    schema = {_BOUNDS.get(name, name): value for name, value in TypeAdapter(whole).json_schema().items()}
    for choice in schema.pop("anyOf", []):
        if choice.get("type") != "null":
            schema |= choice
    if info.default is not None and not info.is_required() and info.json_schema_extra != UNFILLED:
        schema["default"] = info.default
    (example,) = info.examples or (None,)
    description = info.description or ""
    if example is not None:
        description += f" Example: `{_as_sent(example[0] if isinstance(example, list) else example)}`."
        # In the schema, not beside it: the documentation page would fill in every one of those when one tries it.
        schema["examples"] = [example]
        if isinstance(example, list):
            schema["items"]["examples"] = example
    return {
        "name": name,
        "in": "query",
        "required": info.is_required(),
        "description": description,
        "schema": schema,
    }
