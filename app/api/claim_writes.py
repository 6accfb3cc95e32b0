"""Claims: make one, replace it, change some fields, retract it, take that back, merge duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.keys_in_paths import KeyInPath, sent_key
from app.api.queries import read_query
from app.api.sent_records import claim_patch, claim_sent, long_forms, require_own, sent_id, sent_object, with_warnings
from app.api.write_docs import PATCHES, write_operation
from app.api.writes import Sent, WriteQuery, answer_write
from app.domain.query.registry import query_field
from app.domain.record.records_in import ID, RetractionKind
from app.domain.record.records_out import ClaimOut
from app.errors import BadRecord, BadRequest, Problem
from app.store.records.document import encode
from app.store.write.amending import Given
from app.store.write.edits import ROW, Change, Edit, Edited

router = APIRouter(prefix="/v1/claims", tags=["claims"])


@router.post("", operation_id="create_claim", summary="Record a claim", **write_operation(WriteQuery, ClaimOut, "clm"))
async def create_claim(request: Request) -> Response:
    """Store a claim, with the speakers, sources and metrics that it names and that are new. 409 where its key, or its
    speaker, words, date and source, are those of a claim that is there.
    """
    return await answer_write(request, "clm", _create)


def _create(sent: Sent) -> Change:
    row, warnings = claim_sent(sent.value)
    return with_warnings(lambda edit: edit.create(row, sent_id(sent.value)), warnings, long_forms(sent.value))


@router.put(
    "/by-key/{key:key}",
    operation_id="put_claim",
    summary="Record or replace the claim with a key",
    **write_operation(WriteQuery, ClaimOut, "clm", body="keyed", matches="put"),
)
async def put_claim(request: Request, key: KeyInPath) -> Response:
    """Make the claim with this key; or replace the whole of it, with `If-Match`. A field that the body leaves out is
    null, but a retraction stays unless the body says that it is null.
    """
    own = sent_key(request, key)

    def prepare(sent: Sent) -> Change:
        row, warnings = claim_sent(sent.value, own)
        return with_warnings(lambda edit: edit.put(own, row, sent.expected), warnings, long_forms(sent.value))

    return await answer_write(request, "clm", prepare)


@router.patch(
    "/{id}",
    operation_id="patch_claim",
    summary="Change some fields of a claim",
    **write_operation(WriteQuery, ClaimOut, "clm", body="patch", matches="needed"),
)
async def patch_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Set the fields that the body names, as a JSON merge patch (RFC 7396); null empties one. References, dates and
    lists are replaced whole, a retraction and a locator are merged. Values derived from other fields (days of a date,
    bounds of a figure, roles by tenure, verification) are not read. `{"retraction": null}` takes a retraction back.
    """

    def prepare(sent: Sent) -> Change:
        members = sent_object(sent.value)
        require_own(members, "id", id)
        row, warnings = claim_patch({name: one for name, one in members.items() if name != "key"}, id)
        change = partial(_patch, id, row, sent, members)
        return with_warnings(change, warnings, long_forms(members))

    return await answer_write(request, "clm", prepare, media=PATCHES)


def _patch(record_id: str, row: Given, sent: Sent, members: dict[str, Any], edit: Edit) -> Edited:
    if "key" in members:
        require_own(members, "key", edit.key_of(record_id))
    return edit.patch(record_id, row, sent.expected)


class RetractQuery(WriteQuery):
    """Parameters of a retraction."""

    kind: RetractionKind = query_field(
        "The mistake: of the record, of the source, or the speaker's own.", "record_error", default=...
    )
    reason: str | None = query_field("Why, for people.", "the source has another speaker")
    issuer: str | None = query_field("The publisher of the retraction.", "Reuters")
    source: str | None = query_field("The document that says so: its id, address or key.", "src_1")
    retracted_on: str | None = query_field("The date of the retraction, as EDTF.", "2024-05-02")

    @property
    def retraction(self) -> dict[str, Any]:
        """The retraction as a claim has it."""
        given = {name: getattr(self, name) for name in ("kind", "reason", "issuer", "retracted_on")}
        given["source"] = None if self.source is None else _reference(self.source)
        return {name: value for name, value in given.items() if value is not None}


@router.delete(
    "/{id}",
    operation_id="retract_claim",
    summary="Retract a claim",
    **write_operation(RetractQuery, ClaimOut, "clm", body="", matches="needed"),
)
async def retract_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Retract the claim: it stays readable, and says why; lists show it with `status=retracted` alone. The answer is
    the retracted claim. Of a retraction that it has, what is not given stays; a warning tells what is another.
    """
    change = partial(_retract, request, id)
    return await answer_write(request, "clm", change, RetractQuery, media=())


def _retract(request: Request, record_id: str, sent: Sent) -> Change:
    retraction = read_query(request, RetractQuery).retraction
    row = Given(ROW, None, {"members": {"id": record_id, "retraction": retraction}})

    def change(edit: Edit) -> Edited:
        try:
            done = edit.patch(record_id, row, sent.expected)
        except BadRecord as error:
            raise in_query(error) from None
        return replace(done, warnings=(*_retracted_before(done), *done.warnings))

    return change


def in_query(error: BadRecord) -> BadRequest:
    """The problems of a retraction, at the parameters that state it."""
    problems = [replace(one, path=one.path[1:2] or ("kind",), where="query") for one in error.problems]
    return BadRequest(error.detail, problems, code=error.code)


def _retracted_before(done: Edited) -> Iterator[Problem]:
    """The warning of a retraction of a claim that was retracted before: of it what is not given stays."""
    old, new = done.changes.get("retraction", (None, None))
    if done.action != "retracted" and old and new:
        parts = (f"{name}: {encode(old[name])} → {encode(new[name])}" for name in new if old[name] != new[name])
        told = f"{done.id} was retracted before: {'; '.join(parts)}; what is not given stays, null by PATCH empties it"
        yield Problem(("retraction",), "retracted-before", told)


def _reference(text: str) -> dict[str, str]:
    """A source as one parameter names it."""
    if ID.fullmatch(text):
        return {"id": text}
    return {"url": text} if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/", text) else {"key": text}


@router.post(
    "/{id}/merge",
    operation_id="merge_claim",
    summary="Merge a claim into another",
    **write_operation(WriteQuery, ClaimOut, "clm", body="merge", matches="may"),
)
async def merge_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Make the claim of the path part of the one that the body names in `into`, of which it is a duplicate. That one
    gains the citations, assessments, topics and relations that it lacks, and no words; it is the answer. The id and key
    of the merged claim lead to it.
    """
    return await answer_write(request, "clm", partial(merge_change, id))


def merge_change(record_id: str, sent: Sent) -> Change:
    """The change that merges a record into the one that a body names."""
    members = sent_object(sent.value)
    into = members.get("into")
    right = f'the body is {{"into": "{record_id[:3]}_1"}}: the id of the record that goes on'
    for unknown in sorted(members.keys() - {"into"}):
        raise BadRequest.of(unknown, "unknown-field", f"there is no such field; {right}", "body")
    if not isinstance(into, str):
        raise BadRequest.of("into", "bad-value", right, "body")
    return lambda edit: edit.merge(record_id, into, sent.expected)
