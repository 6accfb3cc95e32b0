"""JSON Schemas (2020-12) of records as they are sent: fields with meanings and examples, and the short forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from app.domain.record.field_paths import MODELS, RecordKind
from app.domain.record.records_in import SHORT_FORMS

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_INSIDE: Final = "#/$defs/{model}"

# The texts that stand for an object
_TEXTS: Final[Mapping[str, Schema]] = {
    "DateIn": {"type": "string", "description": "The date alone, as EDTF.", "examples": ["2024-04"]},
    "EndIn": {"type": "string", "description": "The date alone, as EDTF; or `..`: still held.", "examples": [".."]},
    "RoleIn": {"type": "string", "description": "The title alone.", "examples": ["Minister of Finance"]},
    "OrganizationRef": {"type": "string", "description": "The name alone, or an id.", "examples": ["Parliament"]},
    "MetricIn": {"type": "string", "description": "The name alone, or an id.", "examples": ["staff"]},
    "SpeakerIn": {"type": "string", "description": "An id.", "pattern": "^spk_[1-9][0-9]*$", "examples": ["spk_4"]},
    "SourceIn": {"type": "string", "description": "An id.", "pattern": "^src_[1-9][0-9]*$", "examples": ["src_1"]},
}
_VALUES: Final = ("type", "enum", "items", "maxItems", "minItems", "anyOf", "$ref")  # keywords that say what is taken


def schema_of(record: RecordKind) -> Schema:
    """The schema of a record, whole in itself: an object, as a file or a request has it."""
    parts = part_schemas(_INSIDE)
    name = MODELS[record].__name__
    root = {"$schema": DIALECT, "title": record, **_object_of(parts[name])}
    used = dict.fromkeys(_used(root, parts))
    return root | {"$defs": {part: parts[part] for part in used}}


def object_schema(record: RecordKind, ref_template: str, *, is_patch: bool = False) -> Schema:
    """The schema of a record as an object, which refers to part_schemas. is_patch: of its fields, none needed."""
    whole = _object_of(part_schemas(ref_template)[MODELS[record].__name__])
    if not is_patch:
        return whole
    return {name: whole[name] for name in ("type", "properties", "additionalProperties")}


@cache
def part_schemas(ref_template: str) -> dict[str, Schema]:
    """The schemas of records and their parts, by the names of their models. ref_template: how they refer to each other,
    as `#/$defs/{model}`.
    """
    _, whole = models_json_schema([(model, "validation") for model in MODELS.values()], ref_template=ref_template)
    parts: dict[str, Schema] = {name: _plain(schema) for name, schema in whole["$defs"].items()}
    _widen(parts["ClaimIn"], parts["CitationIn"], ref_template.format(model="RoleIn"))
    return {name: _with_text(schema, _TEXTS.get(name)) for name, schema in parts.items()}


def _plain(schema: Schema) -> Schema:
    """An object's schema without the names of its fields again, and without defaults that mean: left out."""
    fields = {name: _field(field) for name, field in schema["properties"].items()}
    return {name: value for name, value in schema.items() if name != "title"} | {"properties": fields}


def _field(schema: Schema) -> Schema:
    field = {name: value for name, value in schema.items() if name != "title"}
    if field.get("default", "") is None:
        del field["default"]
    elif "default" in field:  # null is taken, and means the default
        taken = {name: field.pop(name) for name in _VALUES if name in field}
        field["anyOf"] = [taken, {"type": "null"}]
    return field


def _widen(claim: Schema, citation: Schema, role: str) -> None:
    """Add the short forms of a claim, and what it cannot be without."""
    forms: dict[str, Schema] = {"role": {"$ref": role, "description": "The one role, in place of `roles`."}}
    for name in SHORT_FORMS[1:]:
        field = citation["properties"][name]
        forms[name] = field | {"description": f"{field['description']} For one citation, in place of `citations`."}
    claim["properties"] |= forms
    claim["required"] = [name for name in claim["required"] if name != "citations"]
    claim["allOf"] = [_one_of("quote", "paraphrase"), _one_of("citations", "source")]
    if not claim["required"]:
        del claim["required"]


def _one_of(*names: str) -> Schema:
    return {"anyOf": [{"required": [name]} for name in names]}


def _with_text(schema: Schema, text: Schema | None) -> Schema:
    return {"anyOf": [text, schema]} if text else schema


def _object_of(schema: Schema) -> Schema:
    """The schema of the object alone, where a text is taken too."""
    whole: Schema = schema["anyOf"][-1] if "properties" not in schema else schema
    return whole


def _used(schema: Any, parts: Mapping[str, Schema], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The parts that a schema refers to, and those that these do."""
    if isinstance(schema, dict) and "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield name
            yield from _used(parts[name], parts, seen | {name})
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for one in inner:
        yield from _used(one, parts, seen)
