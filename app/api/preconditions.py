"""`If-Match` and `If-None-Match` of requests that write (RFC 9110 §13.1).

A tag of ours names the record and its version, and only these are compared: a record that was rendered anew, or is read
by another build, is in the state that the client has seen.
"""

from __future__ import annotations

import re
from typing import Final

from fastapi import Request

from app.errors import BadRequest
from app.store.write.expected import Expected

_LISTED: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,[ \t,]*|\Z)')
_STATE: Final = re.compile(r"((?:clm|spk|src|met)_[1-9][0-9]{0,17})-v([1-9][0-9]{0,8})(?:-.*)?")


def read_expected(request: Request) -> Expected | None:
    """The states of the record that a change may be made from; None where the request does not say.

    `If-None-Match: *` is for none that is stored. Raises BadRequest for what is no tag.
    """
    given = ", ".join(request.headers.getlist("if-match")).strip(" \t,")
    if given == "*":
        return Expected()
    if given:
        return Expected(frozenset(_states(given)))
    is_new = ", ".join(request.headers.getlist("if-none-match")).strip(" \t") == "*"
    return Expected(frozenset()) if is_new else None


def _states(given: str) -> list[tuple[str, int]]:
    states: list[tuple[str, int]] = []
    at = 0
    while at < len(given):
        one = _LISTED.match(given, at)
        if one is None:
            told = f'{given[:80]!r} is no list of tags; one looks like "clm_12-v3-…", with its quotation marks'
            raise BadRequest.of("If-Match", "bad-if-match", told, "header")
        if state := _STATE.fullmatch(one[1]):
            states.append((state[1], int(state[2])))
        at = one.end()
    return states
