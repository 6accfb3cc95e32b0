"""Speakers, sources and metrics: make one, replace it, change some fields, merge it into another.

None is deleted: one that was made by mistake is merged, or the revision that made it is undone.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.claim_writes import merge_change
from app.api.keys_in_paths import KeyInPath, sent_key
from app.api.sent_records import definition_patch, definition_sent, require_own, sent_id, sent_object, with_warnings
from app.api.write_docs import PATCHES, write_operation
from app.api.writes import Sent, WriteQuery, answer_write
from app.domain.record.records_out import MetricOut, SourceOut, SpeakerOut
from app.store.imports.row_warnings import unused_id
from app.store.records.kinds import NOUNS
from app.store.search.records import number_of_id
from app.store.write.edits import Change, Edit, Edited

ANSWERS: dict[str, Any] = {"spk": SpeakerOut, "src": SourceOut, "met": MetricOut}


def _create(prefix: str, sent: Sent) -> Change:
    row, warnings = definition_sent(prefix, sent.value, {})
    named_id = sent_id(sent.value)
    if named_id and sent.value.get("key") is None:
        warnings = (unused_id(NOUNS[prefix][:-1], named_id), *warnings)
    return with_warnings(lambda edit: edit.create(row, named_id), warnings)


def _put(prefix: str, key: str, sent: Sent) -> Change:
    row, warnings = definition_sent(prefix, sent.value, {"key": key})
    return with_warnings(lambda edit: edit.put(key, row, sent.expected), warnings)


def _patch(prefix: str, record_id: str, sent: Sent) -> Change:
    number_of_id(prefix, record_id)
    members = sent_object(sent.value)
    require_own(members, "id", record_id)
    named = {name: one for name, one in members.items() if name != "key"}
    row, warnings = definition_patch(prefix, named, record_id)

    def change(edit: Edit) -> Edited:
        if "key" in members:
            require_own(members, "key", edit.key_of(record_id))
        return edit.patch(record_id, row, sent.expected)

    return with_warnings(change, warnings)


def routes_of(prefix: str) -> APIRouter:
    """The routes that write records of a type."""
    # Over 40 lines: four routes, told to readers of the API, and no more than two lines of work in each.
    noun, answer = NOUNS[prefix], ANSWERS[prefix]
    one = noun[:-1]
    router = APIRouter(prefix=f"/v1/{noun}", tags=[noun])

    @router.post(
        "",
        operation_id=f"create_{one}",
        summary=f"Record a {one}",
        description=f"Store a {one}. 409 where there is one of its key, or known by what the body says.",
        **write_operation(WriteQuery, answer, prefix),
    )
    async def create(request: Request) -> Response:
        return await answer_write(request, prefix, partial(_create, prefix))

    @router.put(
        "/by-key/{key:key}",
        operation_id=f"put_{one}",
        summary=f"Record or replace the {one} with a key",
        description=f"Make the {one} with this key; or replace the whole of it, with `If-Match`.",
        **write_operation(WriteQuery, answer, prefix, body="keyed", matches="put"),
    )
    async def put(request: Request, key: KeyInPath) -> Response:
        own = sent_key(request, key, noun)
        return await answer_write(request, prefix, partial(_put, prefix, own))

    @router.patch(
        "/{id}",
        operation_id=f"patch_{one}",
        summary=f"Change some fields of a {one}",
        description="Set the fields that the body names, as a JSON merge patch (RFC 7396); null empties one. Dates and"
        " lists are replaced whole; `identifiers` are merged, and a scheme that is null goes. Claims that show it are"
        " rendered anew; their versions stay.",
        **write_operation(WriteQuery, answer, prefix, body="patch", matches="needed"),
    )
    async def patch(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        return await answer_write(request, prefix, partial(_patch, prefix, id), media=PATCHES)

    @router.post(
        "/{id}/merge",
        operation_id=f"merge_{one}",
        summary=f"Merge a {one} into another",
        description=f"Make the {one} of the path part of the one that the body names in `into`, as `onrecord merge`"
        " does. That one gains what it lacks, and is the answer; names, key and id of the merged one lead to it.",
        **write_operation(WriteQuery, answer, prefix, body="merge", matches="may"),
    )
    async def merge(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        return await answer_write(request, prefix, partial(merge_change, id))

    return router
