"""A query → one page of documents, and how many there are.

What is current and active is found by the plans of plans.py; retracted claims, and versions closed since the revision
that a request reads at, are few and found by their own indexes. Both come in the order of positions and are merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, text, union_all

from app.domain.fields import Condition
from app.errors import BadValue, NotFound, check_text
from app.store import models, pages
from app.store.clauses import Clause, claim
from app.store.conditions import clauses_of
from app.store.models import Document
from app.store.pages import Page, Record, Total, count_capped, number_of, record_found, total_of
from app.store.plans import Part, live_parts, part_of
from app.store.revisions import Moment, moment_of


@dataclass(frozen=True)
class Search:
    """What to find. start: the position that the page begins at; revision and total: those of the first page."""

    conditions: tuple[Condition, ...]
    status: str = "active"
    descending: bool = True
    limit: int = 50
    start: int | None = None
    revision: int | None = None
    total: Total | None = None


def find_claims(connection: Connection, search: Search, moment: Moment | None = None) -> Page:
    """The page that a search asks for, as of its revision. Raises BadRequest for a revision that is yet to come.

    moment: that of its revision, where the caller has asked for it.
    """
    moment = moment or moment_of(connection, search.revision)
    parts, total = parts_of(connection, search, moment)
    if not parts:
        return Page("", False, None, Total(0, "eq"), moment.revision)
    return _page(connection, parts, search, total or search.total or _count(connection, parts), moment.revision)


def parts_of(connection: Connection, search: Search, moment: Moment) -> tuple[list[Part], Total | None]:
    """What gives the positions of all that is found, disjoint, and their number, where it is known already. No parts:
    something is asked for that no claim has.
    """
    clauses = clauses_of(connection, search.conditions, moment)
    if any(not choice for clause in clauses for choice in clause.terms):
        return [], None
    parts: list[Part] = []
    known: int | None = None
    if search.status != "retracted":
        parts, known = live_parts(connection, clauses, moment)
    if search.status != "active" or not moment.newest:
        parts = [*parts, _other_part(clauses, search.status, moment)]
        known = None
    return parts, None if known is None else total_of(known)


def _other_part(clauses: list[Clause], status: str, moment: Moment) -> Part:
    """What is not live now and was shown then: retracted, or closed since."""
    shown = moment.shown(claim.since, claim.until)
    if status == "active":
        kind = and_(claim.until > moment.revision, claim.status == "active")
    elif status == "retracted":
        kind = claim.status == "retracted"
    else:
        kind = or_(claim.until > moment.revision, claim.status == "retracted")
    found = select(claim.pos).where(~claim.live, shown, kind, *(clause.rows for clause in clauses))
    return part_of(found)


def _count(connection: Connection, parts: list[Part]) -> Total:
    each = [part(lambda found: found.limit(pages.CAP + 1)).subquery() for part in parts]
    return total_of(count_capped(connection, select(union_all(*(select(one.c.pos) for one in each)).subquery())))


def _page(connection: Connection, parts: list[Part], search: Search, total: Total, revision: int) -> Page:
    joined, count, last = connection.execute(_documents(connection, parts, search)).one()
    has_more = count > search.limit
    documents = joined or ""
    if has_more:
        documents = documents[: documents.rindex(",\n")]
    return Page(documents, has_more, last if has_more else None, total, revision)


def _documents(connection: Connection, parts: list[Part], search: Search) -> Select[Any]:
    """One row: one document more than asked for, joined in order; how many; the last position."""
    keys = ordered_positions(parts, search).subquery("keys")
    pos = keys.c.pos
    order = pos.desc() if search.descending else pos.asc()
    last = func.min(pos) if search.descending else func.max(pos)
    if connection.dialect.name == "postgresql":
        direction = " DESC" if search.descending else ""
        joined = func.string_agg(Document.doc, text(f"E',\\n' ORDER BY keys.pos{direction}"))
        return select(joined, func.count(), last).select_from(keys).join(Document, Document.pos == pos)
    found = select(Document.doc, Document.pos).select_from(keys).join(Document, Document.pos == pos).order_by(order)
    rows = found.subquery("rows")
    last = func.min(rows.c.pos) if search.descending else func.max(rows.c.pos)
    return select(func.group_concat(rows.c.doc, ",\n"), func.count(), last).select_from(rows)


def ordered_positions(parts: list[Part], search: Search) -> Select[Any]:
    """The positions of the page and one more. Each part stops by itself; then they are merged."""
    each = [part(lambda found: _cut(found, search)) for part in parts]
    if len(each) == 1:
        return each[0]
    return _cut(select(union_all(*(select(one.subquery().c.pos) for one in each)).subquery()), search)


def _cut(found: Select[Any], search: Search) -> Select[Any]:
    """A statement for positions, from where the page begins, in order, and no longer than the page and one more."""
    pos = found.selected_columns.pos
    if search.start is not None:
        found = found.where(pos <= search.start if search.descending else pos >= search.start)
    return found.order_by(pos.desc() if search.descending else pos.asc()).limit(search.limit + 1)


_CURRENT = (
    select(claim.id, claim.version, claim.since, Document.doc)
    .join(Document, Document.pos == claim.pos)
    .where(claim.until.is_(None))
)


def read_claim(connection: Connection, claim_id: str) -> Record:
    """The claim with this id as it is now, retracted ones too. Raises NotFound."""
    return _current_claim(connection, claim.id == number_of(claim_id, "clm", "claim"), f"claim {claim_id}")


def read_claim_by_key(connection: Connection, key: str) -> Record:
    """The claim with this key as it is now, retracted ones too. Raises NotFound, for what cannot be a key as well."""
    asked = f"claim with the key {key[:600]!r}"
    try:
        check_text(key)
    except BadValue as error:
        raise NotFound(f"there is no {asked}: {error}") from None
    kept = models.RecordKey
    keyed = select(kept.id).where(kept.type == "clm", kept.key == key).scalar_subquery()
    return _current_claim(connection, claim.id == keyed, asked)


def _current_claim(connection: Connection, which: ColumnElement[bool], asked: str) -> Record:
    return record_found(connection.execute(_CURRENT.where(which)).first(), "clm", asked)
