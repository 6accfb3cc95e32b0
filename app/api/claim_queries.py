"""Queries for lists of claims: as a query string, and as JSON with a tree of conditions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, WithJsonSchema

from app.api.document_views import DocumentView, highlighter_of
from app.api.formats import ELSEWHERE, EXPORT_NAMES, EXPORTS, told_of
from app.api.moments import AsOf, as_of_field, read_as_of
from app.api.pages import MAX_LIMIT, Cursor, PageQuery, whole_number
from app.api.queries import UNFILLED, UNTOLD
from app.domain.query.groupings import MOST_FACETS, parse_facets
from app.domain.query.registry import PARAMETERS, Query, Sort, claim_query_model, conditions_of, query_field
from app.domain.query.tree import Where, joined, read_where, shown_leaf
from app.domain.record.projection import parse_fields
from app.domain.record.synonyms import meant_by, meant_parameters
from app.errors import BadRequest, BadValue, FieldPath, Problem, near, problems_of
from app.store.imports.readers.json_text import read_json
from app.store.imports.readers.located import BadFile
from app.store.search.matches import Search
from app.store.search.relevance import is_relevant


def _page_limit(limit: int) -> int:
    if limit > MAX_LIMIT:
        raise BadValue(f"a page has at most {MAX_LIMIT}; /v1/claims/export gives any number")
    return limit


def _json_alone(form: object) -> object:
    if form != "json":
        raise BadValue(f"a list is json alone; {ELSEWHERE}")
    return form


def no_cursor(cursor: object) -> None:
    """Raise BadValue where an export is asked for a page."""
    if cursor is not None:
        raise BadValue("an export gives the whole result at once, and has no pages; leave it out")


def read_boolean(value: object) -> object:
    """The truth that a text is; of a body as it is. Raises BadValue."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise BadValue(f"{value[:80]!r} is neither true nor false")
    return value == "true" if isinstance(value, str) else value


FIELDS_SCHEMA = WithJsonSchema({"type": "string", "format": "fields", "maxLength": 4000})
FACETS_SCHEMA = WithJsonSchema({"type": "string", "format": "groupings", "maxLength": 400})


Count = Literal["exact", "capped", "none"]  # whether to count; capped is of an earlier release, and exact as well


class MomentQuery(Query):
    """Parameters of what is read of claims: as of which revision."""

    as_of: AsOf = as_of_field()
    min_revision: Annotated[int, BeforeValidator(whole_number()), Field(ge=0)] | None = query_field(
        "Answer only where this revision has been seen; else 503 `behind`.", "1"
    )


class ClaimListQuery(MomentQuery):
    """Parameters of claim lists and exports beside filters."""

    sort: Sort | None = query_field(
        "A minus is descending. By date (`-said_on`, the default: the newest first, within a day in the order of"
        " ids, unknown dates last; `said_on` is the exact mirror), by when it was first recorded, by the value of the"
        " figures that are asked for, or (the default with `q`) by relevance: first those with all words in the quote,"
        " then in quote or paraphrase, then anywhere; each by date.",
        "said_on",
    )
    fields: Annotated[Any, AfterValidator(parse_fields), FIELDS_SCHEMA] = query_field(
        "Only these fields of each claim, with dots to what lies in them, separated by commas.",
        "id,speaker.name,figures.value",
    )


class ClaimPageQuery(ClaimListQuery, PageQuery):
    """The same for pages."""

    limit: Annotated[int, BeforeValidator(whole_number()), Field(ge=1), AfterValidator(_page_limit)] = query_field(
        f"How many to give: 50 by default, at most {MAX_LIMIT}.",
        10,
        default=50,
        json_schema_extra=UNFILLED,
    )

    count: Count = query_field(
        "Whether to count what is found: all of it, or not at all (then `total` is null). Phrases that may be in very"
        " many claims are not looked for in all of them: then `relation` is `gte`. `capped` is taken as `exact`.",
        "none",
        default="exact",
    )
    highlight: Annotated[bool, BeforeValidator(read_boolean)] = query_field(
        "true: each claim has `highlights`: for each text, by its dotted path, the ranges of characters where what `q`"
        " asks for stands. It needs `q`: `q=japan&highlight=true`.",
        None,
        default=False,
        json_schema_extra=UNFILLED,
    )
    facets: Annotated[Any, AfterValidator(parse_facets), FACETS_SCHEMA] = query_field(
        f"Counts of all that is found beside the page, by up to {MOST_FACETS} of what `/v1/claims/aggregate` groups by,"
        " separated by commas: of each the largest groups. A facet leaves out the filters on its own field.",
        "topic,speaker,said_on:year",
    )
    format: Annotated[Literal["json"], BeforeValidator(_json_alone)] | None = query_field(
        "A list is JSON; `/v1/claims/export` gives other formats.", "json"
    )


class WholeResult(Query):
    """Parameters that an export takes in place of pages."""

    limit: Annotated[int, BeforeValidator(whole_number()), Field(ge=1)] | None = query_field(
        "How many to give, any number; all by default.", 10
    )
    cursor: Annotated[None, BeforeValidator(no_cursor)] = Field(default=None, json_schema_extra=UNTOLD)


class ClaimExportQuery(WholeResult, ClaimListQuery):
    """The same for the whole result at once."""

    count: Count | None = query_field("Taken, so that what a list takes is taken here, and ignored.", "none")
    format: Literal[EXPORT_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        told_of(EXPORTS),
        "csv",
    )


ClaimQuery = claim_query_model(ClaimPageQuery)
ExportQuery = claim_query_model(ClaimExportQuery)


def listed(given: object) -> object:
    """Names as a list, or as in a query string, for which they are joined."""
    if isinstance(given, list) and given and all(isinstance(one, str) and "," not in one for one in given):
        return ",".join(given)
    if not isinstance(given, str):
        raise BadValue("a list of texts is needed here, or one with commas between them")
    return given


class TreeBody(Query):
    """Parameters with another form in a JSON body."""

    where: Any = None
    as_of: Annotated[Any, BeforeValidator(str), AfterValidator(read_as_of)] = None


class SearchBody(TreeBody):
    """The same of claims."""

    fields: Annotated[Any, BeforeValidator(listed), AfterValidator(parse_fields)] = None


class SearchIn(SearchBody, ClaimPageQuery):
    """The body of a search: a tree of conditions, and what pages of claims take beside."""

    facets: Annotated[Any, BeforeValidator(listed), AfterValidator(parse_facets)] = None


class SearchExportIn(SearchBody, ClaimExportQuery):
    """The same for the whole result at once."""


class FormatQuery(Query):
    """A format beside a body, which may tell it as well."""

    format: Literal[EXPORT_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        "Like `format` in the body.", "csv"
    )


FILTERS: Final = tuple(PARAMETERS)
TREE_WORDS: Final = ("and", "or", "not", "some", "field", "op", "value")

S = TypeVar("S", SearchIn, SearchExportIn)
T = TypeVar("T", bound=TreeBody)


def decode_search(body: bytes) -> object:
    """The JSON of a body. Raises BadRequest, for a name that stands twice at its JSON Pointer: who reads JSON takes one
    of the two without a word.
    """
    try:
        return read_json(body.decode()).value
    except UnicodeDecodeError as error:
        raise _bad((), "bad-encoding", f"byte {error.start + 1} of the body is not UTF-8") from None
    except BadFile as error:
        told = f"line {error.line}: {error}" if body.strip() else "the body is empty; write an object such as {}"
        raise _bad(error.path, "bad-json", told) from None


def read_search(given: object, model: type[S]) -> tuple[S, Search]:
    """The search that a body asks for, without its cursor. Raises BadRequest as read_tree does."""
    query, where = read_tree(given, model)
    return query, _search(query, where)


def read_tree(given: object, model: type[T]) -> tuple[T, Where]:
    """The options and the tree of conditions of a body. An option that is null is left out; a tree is not.

    Raises BadRequest, each problem at its JSON Pointer.
    """
    known = [name for name, info in model.model_fields.items() if info.json_schema_extra != UNTOLD]
    options = model.model_fields.keys() - {"where"}
    if isinstance(given, dict):
        given = {name: value for name, value in given.items() if value is not None or name not in options}
    try:
        query = model.model_validate(given)
    except ValidationError as error:
        problems = problems_of(error, lambda _path, name: meant_by(name, known) or near(name, known))
        problems = list(map(_placed, problems))
        raise BadRequest("; ".join(map(str, problems)), problems, code=problems[0].code) from None
    where = read_where(query.where, options.intersection(known)) if "where" in query.model_fields_set else joined(())
    return query, where


def _placed(problem: Problem) -> Problem:
    """The same problem; of the name of a filter, or of a part of a tree, it says that this stands in where."""
    if problem.code != "unknown-field":
        return problem
    name = problem.path[-1]
    if name in TREE_WORDS:
        return replace(problem, detail=f'a tree of conditions stands in where: {{"where": {{"{name}": …}}}}')
    meant = [str(name)] if name in PARAMETERS else () if problem.did_you_mean else meant_parameters(str(name), FILTERS)
    if not meant:
        return problem
    detail = f"filters stand in where: {shown_leaf(meant[0])}"
    return replace(problem, detail=detail, did_you_mean=("where",))


def _bad(path: FieldPath, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, [Problem(path, code, detail)], code=code)


def search_of(query: ClaimListQuery) -> Search:
    """The search that a query string describes, without paging."""
    return _search(query, joined(conditions_of(query)))


def _search(query: ClaimListQuery, where: Where) -> Search:
    sort = query.sort or ("relevance" if is_relevant(where) else "-said_on")
    return Search(where, sort, as_of=query.as_of)


def page_of(search: Search, query: ClaimPageQuery, cursor: Cursor | None) -> Search:
    """The same for the page that is asked for."""
    shows_words = bool(query.highlight)
    search = replace(search, limit=query.limit, count=query.count != "none", with_languages=shows_words)
    if cursor is None:
        return search
    return replace(search, after=cursor.place, revision=cursor.revision, mark=cursor.mark, total=cursor.counted)


def digest_of(search: Search) -> str:
    """A digest of everything that a cursor is bound to."""
    return digest(search.where, search.sort, search.as_of)


def digest(*parts: object) -> str:
    """A digest of the parts of a question."""
    asked = repr(parts).encode("utf-8", "replace")
    return hashlib.blake2b(asked, digest_size=9).hexdigest()


def view_of(query: ClaimPageQuery, where: Where) -> DocumentView:
    """The part of claims to show."""
    highlighter = highlighter_of(where) if query.highlight else None
    if query.highlight and not highlighter:
        raise BadRequest.of("highlight", "bad-combination", "there are no words to show the places of: give q")
    return DocumentView(query.fields or {}, highlighter)
