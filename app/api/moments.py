"""Which state is asked for: that of a revision or of a moment in time, or one version of a record."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.api.formats import CITATION_NAMES, CITATIONS, CLAIM_NAMES, CLAIMS, told_of
from app.api.pages import PageQuery, whole_number
from app.api.queries import JsonQuery
from app.domain.query.registry import Query, query_field
from app.domain.query.value_types import parse_last_moment
from app.errors import BadRequest, BadValue, check_text
from app.store.search.records import Asked

MOST_VERSIONS = 999_999_999


def read_as_of(text: str) -> int | datetime:
    """The revision, or the moment in time, that a text is. Raises BadValue."""
    if re.fullmatch("[0-9]{1,15}", text):
        return int(text)
    try:
        return parse_last_moment(check_text(text))
    except BadValue:
        told = "is neither a revision nor a moment; write 412, 2026-01-31 or 2026-01-31T12:00:00Z"
        raise BadValue(f"{text[:80]!r} {told}") from None


AS_OF = WithJsonSchema({"type": "string", "format": "revision or moment", "maxLength": 64})
AsOf = Annotated[Any, AfterValidator(read_as_of), AS_OF]


def as_of_field() -> Any:
    """The parameter's default, description and example."""
    return query_field(
        "As of a revision, or of a moment in time (RFC 3339; a day is its last moment, UTC): what was stored then. A"
        " revision has the time at which it began to be written: to find the same again, cite its number.",
        "1",
    )


class AsOfQuery(JsonQuery):
    """The state to be read, of what has no versions of its own."""

    as_of: AsOf = as_of_field()


class AsOfPageQuery(PageQuery):
    """Parameters of lists of records, revisions and versions."""

    as_of: AsOf = as_of_field()


class StateQuery(Query):
    """The state of one record that is to be read."""

    as_of: AsOf = as_of_field()
    version: Annotated[int, BeforeValidator(whole_number()), Field(ge=1, le=MOST_VERSIONS)] | None = query_field(
        "This version of the record, as it was rendered last: `history` lists them. It goes without `as_of`.", "1"
    )

    @property
    def asked(self) -> Asked:
        """The state. Raises BadRequest where it is asked for in two ways."""
        if self.version is not None and self.as_of is not None:
            told = "a version is the same at every revision: give version or as_of"
            raise BadRequest.of("version", "bad-combination", told)
        return Asked(self.as_of, self.version)


class RecordQuery(StateQuery, JsonQuery):
    """The same of a record that is JSON."""


class ClaimStateQuery(StateQuery):
    """The same of a claim, which has other formats."""

    format: Literal[CLAIM_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        told_of(CLAIMS),
        "jsonld",
    )


class CitationQuery(StateQuery):
    """The same of a claim that is to be cited."""

    style: Literal[CITATION_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        told_of(CITATIONS),
        "bibtex",
    )
