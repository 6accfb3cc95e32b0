"""The fields of claims that rows set, as JSON for the spool, with what each lacks as a claim of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from app.domain.record.derived import Unread
from app.domain.record.records_in import SHORT_FORMS
from app.domain.record.removals import whole_of
from app.errors import Problem, shown_value
from app.store.database.notices import Notice
from app.store.records.document import Doc

ESSENTIAL = {"quote", "paraphrase", "citations", *SHORT_FORMS[1:]}  # words and sources of a claim

_encode = msgspec.json.Encoder(decimal_format="number", order="sorted").encode
_notices = msgspec.json.Decoder(list[Notice])
_unread = msgspec.json.Decoder(list[Unread])


def encode_patch(patch: Doc) -> str | None:
    """The JSON of what a row names, the same whatever the order of its columns; None where no JSON tells it."""
    try:
        return _encode(patch).decode()
    except (UnicodeEncodeError, ValueError):  # a lone surrogate, which the check of the row tells
        return None


def names_claim(key: str | None, patch: Doc | None) -> bool:
    """Whether a row names its claim, by a key, or by an id where it is not a whole claim."""
    return bool(key or (patch and isinstance(_named(patch).get("id"), str)))


def may_be_stored(patch: Doc, problems: Sequence[Problem]) -> bool:
    """Whether a row that is no claim by itself may be one with what is stored: it names its claim, and rightly."""
    key = _named(patch).get("key")
    given = key if isinstance(key, str) else None
    return names_claim(given, patch) and not any(problem.path[:1] in (("key",), ("id",)) for problem in problems)


def _named(patch: Doc) -> Doc:
    named: Doc = patch.get("cells") or patch.get("members") or {}
    return named


def value_of(patch: Doc) -> Doc:
    """The things that a row names, as a claim has it: the members of an object, or cells without the empty ones."""
    named: Doc = whole_of(patch["cells"]) if "cells" in patch else _named(patch)
    return named


def encode_notices(notices: list[Notice]) -> str:
    """The JSON of notices."""
    return _encode(notices).decode()


def decode_notices(text: str) -> list[Notice]:
    """The notices in a JSON text."""
    return _notices.decode(text)


def encode_unread(unread: Sequence[Unread]) -> str:
    """The JSON of values that are not read of a row."""
    return _encode(unread).decode()


def decode_unread(text: str) -> list[Unread]:
    """The inverse of encode_unread."""
    return _unread.decode(text)


def told_of_lacks(
    key: str | None, near_by: tuple[str, ...], lacks: list[Notice], patch: Doc | None = None
) -> list[Notice]:
    """Notices of a row whose key is of no claim, by the fields that a new claim would need; by its key first where it
    has neither words nor a source, and so is meant for a claim that is there.

    near_by: keys of claims that may be meant. patch: what the row names.
    """
    too_little = [one for one in lacks if one.problem.code == "missing" or not one.problem.path]
    if key is None or not too_little:
        return lacks
    if value_of(patch or {}).keys() & ESSENTIAL:
        near = f" (near: {', '.join(map(shown_value, near_by))})" if near_by else ""
        told = f"no claim has the key {shown_value(key)}{near}, so this row is of a new one"
        return [_with_detail(one, f"{one.problem.detail}; {told}") if one in too_little else one for one in lacks]
    reasons = "; ".join(str(one.problem) for one in too_little)
    told = f"no claim has the key {shown_value(key)}, and this row is too little for a new one: {reasons}"
    first = replace(too_little[0], problem=Problem(("key",), "unknown-key", told, near_by))
    return [first, *(one for one in lacks if one not in too_little)]


def _with_detail(notice: Notice, detail: str) -> Notice:
    return replace(notice, problem=replace(notice.problem, detail=detail))
