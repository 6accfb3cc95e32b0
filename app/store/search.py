"""A query → one page of documents, and how many there are.

What is current and active is found by the plans of plans.py; retracted claims, and versions closed since the revision
that a request reads at, are few and found by their own indexes. Both come in the order of positions and are merged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
)  # fmt: skip
from sqlalchemy.exc import DBAPIError

from app.domain.fields import Condition
from app.errors import BadRequest, BadValue, NotFound, check_text
from app.store import models, pages
from app.store.clauses import Clause, Expression, claim
from app.store.conditions import clauses_of
from app.store.db import alone
from app.store.memory import NotRemembered
from app.store.models import Document
from app.store.pages import Page, Record, Total, number_of, record_found, total_of
from app.store.plans import Cut, Part, live_parts, part_of
from app.store.revisions import Moment, moment_of, newest_state, shown_at, supposed_moment
from app.store.statements import Sql, first_rows, run

Built = Callable[[Cut], Select[Any]]  # what a part's `positions` makes


@dataclass(frozen=True)
class Search:
    """What to find. start: the position that the page begins at; revision, mark, total: of the first page."""

    conditions: tuple[Condition, ...]
    status: str = "active"
    descending: bool = True
    limit: int = 50
    start: int | None = None
    revision: int | None = None
    mark: str | None = None
    total: Total | None = None


def find_claims(connection: Connection, search: Search) -> Page:
    """The page that a search asks for, as of its revision. Raises BadRequest as moment_of does."""
    page = _supposing(connection, search)
    return page or _page_at(connection, search, moment_of(connection, search.revision, search.mark))


def _supposing(connection: Connection, search: Search) -> Page | None:
    """The page by one statement, if nothing was written since the last request and all but the page is remembered."""
    moment = supposed_moment(connection, search.revision)
    if moment is None:
        return None
    try:
        if search.mark not in (None, moment.mark(connection)):
            return None
        with alone(connection):
            return _page_at(connection, search, moment)
    except (NotRemembered, BadRequest):
        return None
    except DBAPIError as error:
        if error.connection_invalidated:  # the server had ended it: nothing is told yet, so it is asked once more
            return None
        raise


def _page_at(connection: Connection, search: Search, moment: Moment) -> Page:
    parts, total = parts_of(connection, search, moment)
    if not parts and moment.supposed:
        raise NotRemembered
    if not parts:
        return Page(b"", False, None, Total(0, "eq"), moment.revision, moment.mark(connection))
    return _page(connection, parts, search, total or search.total or _count(connection, parts, moment), moment)


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
    rows = tuple(clause.rows for clause in clauses)
    closed = status != "retracted" and not moment.newest
    return part_of(Sql(_not_live, moment.revision, closed, status != "active", rows))


def _not_live(revision: Any, closed: bool, retracted: bool, rows: tuple[Expression, ...]) -> Select[Any]:
    """The positions of versions that were shown at a revision: those closed since that were active, the retracted."""
    kinds = []
    if closed:
        kinds.append(and_(claim.until > revision, _has_status("active")))
    if retracted:
        kinds.append(_has_status("retracted"))
    return select(claim.pos).where(~claim.live, shown_at(revision, claim.since, claim.until), or_(*kinds), *rows)


def _has_status(status: str) -> Expression:
    return claim.status == literal_column(f"'{status}'")  # as the partial indexes have it


def _count(connection: Connection, parts: list[Part], moment: Moment) -> Total:
    counted = Sql(_counted, tuple(part.positions for part in parts), pages.CAP + 1)
    return total_of(moment.ask(connection, counted)[0])


def _counted(parts: tuple[Built, ...], most: Any) -> Select[Any]:
    each = [part(lambda found: first_rows(found, most)) for part in parts]
    if len(each) == 1:
        return select(func.count()).select_from(each[0].subquery())
    every = select(union_all(*(select(one.subquery().c.pos) for one in each)).subquery())
    return select(func.count()).select_from(first_rows(every, most).subquery())


def _page(connection: Connection, parts: list[Part], search: Search, total: Total, moment: Moment) -> Page:
    joining = _joined_by_postgresql if connection.dialect.name == "postgresql" else _joined_by_sqlite
    page = Sql(joining, _positions(parts, search), search.descending)
    joined, count, last, *state = run(connection, Sql(_with_state, page) if moment.supposed else page).one()
    if state and tuple(state) != moment.state:
        raise NotRemembered
    has_more = count > search.limit
    documents: bytes = joined.encode() if isinstance(joined, str) else joined or b""
    if has_more:
        documents = documents[: documents.rindex(b",\n")]
    return Page(documents, has_more, last if has_more else None, total, moment.revision, moment.mark(connection))


def _with_state(page: Select[Any]) -> Select[Any]:
    """The page, and beside it the state that it was read in."""
    number, time = newest_state().selected_columns
    newest = newest_state()
    return page.add_columns(*(newest.with_only_columns(one).scalar_subquery() for one in (number, time)))


# One row: one document more than asked for, joined in order; how many; the last position


def _joined_by_postgresql(positions: Select[Any], descending: bool) -> Select[Any]:
    keys = positions.subquery("keys")
    joined = func.string_agg(Document.doc, text(f"E',\\n' ORDER BY keys.pos{' DESC' if descending else ''}"))
    last = (func.min if descending else func.max)(keys.c.pos)
    return select(joined, func.count(), last).select_from(keys).join(Document, Document.pos == keys.c.pos)


def _joined_by_sqlite(positions: Select[Any], descending: bool) -> Any:
    keys = positions.subquery("keys")
    # Documents looked up one by one stay in the order of the keys; joined, they would be sorted whole.
    doc = select(Document.doc).where(Document.pos == keys.c.pos).scalar_subquery()
    joined = func.group_concat(doc, literal_column("',' || char(10)"))
    last = (func.min if descending else func.max)(keys.c.pos)
    return select(cast(joined, LargeBinary), func.count(), last)  # bytes, which are neither decoded nor encoded


def ordered_positions(parts: list[Part], search: Search) -> Select[Any]:
    """The statement for the positions of the page that a search asks for, and one more."""
    found: Select[Any] = _positions(parts, search).built()
    return found


def _positions(parts: list[Part], search: Search) -> Sql:
    positions = tuple(part.positions for part in parts)
    return Sql(_in_order, positions, search.start, search.limit + 1, search.descending)


def _in_order(parts: tuple[Built, ...], start: Any, most: Any, descending: bool) -> Select[Any]:
    """The positions of the page and one more. Each part stops by itself; then they are merged."""

    def cut(found: Select[Any]) -> Select[Any]:
        pos = found.selected_columns.pos
        if start is not None:
            found = found.where(pos <= start if descending else pos >= start)
        return first_rows(found.order_by(_direction(pos, descending)), most)

    each = [part(cut) for part in parts]
    if len(each) == 1:
        return each[0]
    return cut(select(union_all(*(select(one.subquery().c.pos) for one in each)).subquery()))


def _direction(pos: Any, descending: bool) -> Any:
    return pos.desc() if descending else pos.asc()


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
