"""Rejected rows and why they are, as JSON for the spool."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from app.store.database.notices import Notice
from app.store.imports.readers.rejected import GivenRow, members_of

_encode = msgspec.json.Encoder(decimal_format="number").encode


def encode_given(given: Any) -> str:
    """The JSON of a row as it was given, or of several that made one record; numbers of thousands of digits beside lone
    surrogates are texts in it.
    """
    if isinstance(given, GivenRow):
        given = members_of(given)
    elif isinstance(given, list) and given and isinstance(given[0], GivenRow):
        given = [members_of(one) for one in given]
    try:
        return _encode(given).decode()
    except (UnicodeEncodeError, ValueError, OverflowError):  # a lone surrogate, a number beyond 64 bits
        return json.dumps(given, default=str)


def encode_reason(notice: Notice) -> str:
    """The JSON of why a row is rejected."""
    problem = notice.problem
    said = {"file": notice.file, "line": notice.line or None, "field": problem.field or None, "code": problem.code}
    return _encode(said | {"detail": problem.detail, "did_you_mean": problem.did_you_mean}).decode()
