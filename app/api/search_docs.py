"""OpenAPI schemas and examples of searches that are posted: trees of conditions, with options beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.api.formats import EXPORT_NAMES, GROUPS_NAMES
from app.api.pages import MAX_LIMIT
from app.domain.query.aggregation import COUNT, DEFAULT_GROUPS, MEASURES, MOST_GROUPS, sorts_of
from app.domain.query.groupings import GROUPINGS
from app.domain.query.registry import ELEMENTS, FIELDS, SORTS
from app.domain.query.tree import MAX_CONDITIONS, MAX_DEPTH, MAX_WORDS
from app.store.search.figures import FIGURE_SORTS

_ANY_VALUE = {"oneOf": [{"type": kind} for kind in ("string", "number", "boolean")]}
_WHERE = {"$ref": "#/components/schemas/Where"}


def _object(description: str, needed: tuple[str, ...], **members: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object that has these members and no others."""
    told = {"description": description, "type": "object", "additionalProperties": False, "properties": members}
    return told | {"required": list(needed)}


_PARTS = {"type": "array", "items": _WHERE, "minItems": 1, "maxItems": MAX_CONDITIONS}
_OPERATORS = sorted({one.name or "eq" for field in FIELDS for one in field.operators})
WHERES = {
    "WhereAnd": _object("All of the parts are met.", ("and",), **{"and": _PARTS}),
    "WhereOr": _object("One of the parts is met, or several.", ("or",), **{"or": _PARTS}),
    "WhereNot": _object("The part is not met; what is unknown meets no condition.", ("not",), **{"not": _WHERE}),
    "WhereSome": _object(
        "One and the same element of a list meets it: conditions on fields of that element, without another `some`.",
        ("some", "where"),
        some={"type": "string", "enum": list(ELEMENTS)},
        where=_WHERE,
    ),
    "WhereField": _object(
        "A field of the registry (`GET /v1/claims/fields`), one of its operators, and a value of its type; or several,"
        " any of which will do, where the field takes several.",
        ("field", "value"),
        field={"type": "string", "enum": [field.name for field in FIELDS]},
        op={"type": "string", "enum": _OPERATORS, "default": "eq"},
        value={"oneOf": [*_ANY_VALUE["oneOf"], {"type": "array", "items": _ANY_VALUE, "minItems": 1}]},
    ),
    "Where": {
        "description": f"Conditions on claims: at most {MAX_DEPTH} levels deep, with {MAX_CONDITIONS} conditions"
        f" and {MAX_WORDS:,} words of search texts.",
        "oneOf": [{"$ref": f"#/components/schemas/Where{name}"} for name in ("And", "Or", "Not", "Some", "Field")],
    },
}
SEARCHED = {
    "where": {
        "and": [
            {"field": "topic", "op": "eq", "value": "recruitment"},
            {
                "some": "figure",
                "where": {
                    "and": [
                        {"field": "figure__unit", "op": "eq", "value": "count"},
                        {"field": "figure__value", "op": "gte", "value": 1000},
                    ]
                },
            },
            {"not": {"field": "speaker__kind", "op": "eq", "value": "group"}},
        ]
    },
    "sort": "-said_on",
    "limit": 10,
}


def _body(
    schema: str, example: dict[str, Any], summary: str = "figures of at least 1,000, on a topic"
) -> dict[str, Any]:
    shown = {"search": {"summary": summary, "value": example}}
    told = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": shown}
    return {"required": True, "content": {"application/json": told}}


SEARCH_BODY = _body("SearchIn", SEARCHED)
EXPORT_BODY = _body("ExportIn", SEARCHED | {"format": "csv"})
AGGREGATE_BODY = _body(
    "AggregateIn", {"where": SEARCHED["where"], "group_by": ["speaker"], "measure": ["figure.value:max"]}
)
MATCHED = {"text": "Japan plans to have about 4,000 people in its cyber defense units", "limit": 3}
MATCH_BODY = _body("MatchIn", MATCHED, "a sentence")
FIGURE_SEARCH_BODY = _body("FigureSearchIn", SEARCHED | {"sort": "-value", "convert_to": "count"})


_NAMES = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _search_in(sorts: Sequence[str], **own: dict[str, Any]) -> dict[str, Any]:
    """The schema of a body with a tree of conditions; own: the members of this kind of body alone."""
    shared = {
        "where": _WHERE,
        "sort": {"type": "string", "enum": list(sorts)},
        "as_of": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]},
        "min_revision": {"type": "integer", "minimum": 0},
    }
    return {"type": "object", "additionalProperties": False, "properties": shared | own}


_LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "description": "50 by default."}
_CURSOR = {"type": "string", "maxLength": 300}
_JSON = {"type": "string", "enum": ["json"]}
_COUNT = {"type": "string", "enum": ["exact", "capped", "none"]}
SEARCH_IN = _search_in(
    SORTS,
    fields=_NAMES,
    limit=_LIMIT,
    cursor=_CURSOR,
    count=_COUNT | {"default": "exact"},
    highlight={"type": "boolean", "default": False},
    facets=_NAMES | {"description": "Of what aggregates group by."},
    format=_JSON,
)
EXPORT_IN = _search_in(
    SORTS,
    fields=_NAMES,
    limit={"type": "integer", "minimum": 1, "description": "Any number; all by default."},
    count=_COUNT | {"description": "Taken and ignored."},
    format={"type": "string", "enum": [*EXPORT_NAMES], "description": f"{EXPORT_NAMES[0]} by default."},
)
FIGURE_SEARCH_IN = _search_in(
    FIGURE_SORTS,
    convert_to={"type": "string", "format": "unit", "maxLength": 64},
    limit=_LIMIT,
    cursor=_CURSOR,
    format=_JSON,
)
AGGREGATE_IN = _search_in(
    sorts_of(MEASURES),
    group_by=_NAMES | {"description": f"Of {', '.join(GROUPINGS)}."},
    measure=_NAMES | {"description": f"Of {', '.join((COUNT, *MEASURES))}."},
    having=_NAMES | {"description": "Conditions on groups: `count__gte:5`."},
    limit={"type": "integer", "minimum": 1, "maximum": MOST_GROUPS, "default": DEFAULT_GROUPS},
    format={"type": "string", "enum": [*GROUPS_NAMES], "description": f"{GROUPS_NAMES[0]} by default."},
)
MATCH_IN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {
        "text": {"type": "string", "maxLength": 20_000, "description": "A sentence, a post, a passage."},
        "where": _WHERE,
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
        "as_of": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]},
        "min_revision": {"type": "integer", "minimum": 0},
    },
}
