"""A query → one page of documents, and how many there are.

Current, active claims are found by the plans of plans.py; retracted claims, and versions closed since the revision
that a request reads at, are few and found by their own indexes. Both come in the order of positions and are merged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Text,
    and_,
    cast,
    func,
    literal_column,
    select,
    text,
    union_all,
)  # fmt: skip
from sqlalchemy.exc import DBAPIError

from app.domain.query.registry import Sort
from app.domain.query.tree import Where, conditions_in
from app.errors import BadRequest, BadValue, NotFound, check_text
from app.store.database import tables
from app.store.database.engine import alone
from app.store.database.memory import NotRemembered
from app.store.database.statements import Sql, run
from app.store.database.tables import Document
from app.store.history.revision import Moment, moment_of, newest_state, shown_at, supposed_moment
from app.store.search import results
from app.store.search.asking import Asking
from app.store.search.clauses import Clause, Expression, claim
from app.store.search.conditions import clauses_of
from app.store.search.formula import NOTHING, all_of
from app.store.search.notes import notes_of
from app.store.search.orders import Built, by_position, key_text
from app.store.search.plans import NOWHERE, Cut, Part, live_parts, part_of, spans_of
from app.store.search.results import Page, Place, Record, Total, number_of, record_found, total_of
from app.store.search.sorting import FIXED_KINDS, KINDS, keyed_positions

LONGEST = 1_000  # claims that a page may have; who asks for more reads them as a stream


@dataclass(frozen=True)
class Search:
    """A search. as_of: a revision, or a moment. start: where the page begins; revision, mark, total: of the first
    page. count: how far to count: `capped`, `exact` or `none`.
    """

    where: Where
    sort: Sort = "-said_on"
    limit: int = 50
    start: Place | None = None
    as_of: int | datetime | None = None
    revision: int | None = None
    mark: str | None = None
    total: Total | None = None
    count: str = "capped"

    @property
    def descending(self) -> bool:
        """Whether positions run down."""
        return self.sort.startswith("-") or self.sort == "relevance"

    def moment(self, connection: Connection) -> Moment:
        """The moment that it is asked of. Raises BadRequest as moment_of does."""
        return moment_of(connection, self.revision, self.mark, self.as_of)


def find_claims(connection: Connection, search: Search) -> Page:
    """The page that a search asks for, as of its revision. Raises BadRequest as moment_of does."""
    page = _supposing(connection, search)
    return page or _page_at(connection, search, search.moment(connection))


def _noted(page: Page, search: Search, asking: Asking) -> Page:
    """The page; where nothing was found at all, with notes on why."""
    if page.documents or search.start is not None:
        return page

    def number_of(where: Where) -> int:
        parts, _ = parts_of(asking.connection, where, asking.moment)
        positions = tuple(part.positions for part in parts)
        return int(asking.moment.ask(asking.connection, Sql(_counted, positions, results.CAP + 1))[0]) if parts else 0

    return replace(page, notes=notes_of(search.where, asking, number_of, as_of=search.as_of is not None))


def _supposing(connection: Connection, search: Search) -> Page | None:
    """The page by one statement, if nothing was written since the last request and all but the page is remembered."""
    moment = None if search.as_of is not None else supposed_moment(connection, search.revision)
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
    parts, total = parts_of(connection, search.where, moment)
    if not parts and moment.supposed:
        raise NotRemembered
    asking = Asking(connection, moment)
    if not parts:
        none = None if search.count == "none" else Total(0, "eq")
        return _noted(Page(b"", False, None, none, moment.revision, moment.mark(connection)), search, asking)
    counted = total if search.count == "capped" or (total and total.relation == "eq") else None
    counted = counted or search.total or _count(connection, parts, moment, search.count)
    counted = None if search.count == "none" else counted
    return _noted(_page(connection, parts, search, counted, moment), search, asking)


def parts_of(
    connection: Connection, where: Where, moment: Moment, also: tuple[Clause, ...] = ()
) -> tuple[list[Part], Total | None]:
    """Disjoint parts with the positions of all matches, and their number, where it is known already. No parts:
    something is asked for that no claim has. also: clauses to be met as well.
    """
    parts: list[Part] = []
    total: Total | None = None
    asking = Asking(connection, moment)
    by_status = any(one.name == "status" for one in conditions_in(where))
    active = [*clauses_of(where, asking), *also]
    if not _is_nothing(active):
        parts, known = live_parts(active, asking)
        total = None if known is None else total_of(known)
        if not moment.newest:
            parts.append(_other_part(active, "active", asking))
            total = None
    if by_status:
        asking = replace(asking, status="retracted")
        retracted = [*clauses_of(where, asking), *also]
        if not _is_nothing(retracted):
            parts.append(_other_part(retracted, "retracted", asking))
            total = None
    return parts, total


def _is_nothing(clauses: list[Clause]) -> bool:
    return all_of(clause.formula for clause in clauses) == NOTHING or spans_of(clauses) == [NOWHERE]


def _other_part(clauses: list[Clause], status: str, asking: Asking) -> Part:
    """Versions shown then and not live now: closed since and active, or retracted."""
    tests = tuple(clause.test_of_rows(asking.dialect) for clause in clauses)
    return part_of(Sql(_not_live, asking.moment.revision, status == "active", tests), live=False)


def _not_live(revision: Any, closed: bool, tests: tuple[Expression, ...]) -> Select[Any]:
    """The positions of versions that were shown at a revision: those closed since that were active, or the
    retracted.
    """
    kind = and_(claim.until > revision, _has_status("active")) if closed else _has_status("retracted")
    return select(claim.pos).where(~claim.live, shown_at(revision, claim.since, claim.until), kind, *tests)


def _has_status(status: str) -> Expression:
    return claim.status == literal_column(f"'{status}'")  # as the partial indexes have it


def _count(connection: Connection, parts: list[Part], moment: Moment, how: str) -> Total | None:
    if how == "none":
        return None
    positions = tuple(part.positions for part in parts)
    if how == "exact":
        return Total(moment.ask(connection, Sql(_counted, positions, None))[0], "eq")
    return total_of(moment.ask(connection, Sql(_counted, positions, results.CAP + 1))[0])


def _counted(parts: tuple[Built, ...], most: Any) -> Select[Any]:
    cut = Cut(most=most)
    each = [part(cut) for part in parts]
    if len(each) == 1:
        return select(func.count()).select_from(each[0].subquery())
    every = select(union_all(*(select(one.subquery().c.pos) for one in each)).subquery())
    return select(func.count()).select_from(cut(every).subquery())


def _page(connection: Connection, parts: list[Part], search: Search, total: Total | None, moment: Moment) -> Page:
    joining = _joined_by_postgresql if connection.dialect.name == "postgresql" else _joined_by_sqlite
    kind = FIXED_KINDS.get(KINDS.get(search.sort.lstrip("-"), ""))
    keys = positions_of(connection, parts, search, moment)
    page = Sql(joining, keys, kind, search.descending)
    joined, count, last, *state = run(connection, Sql(_with_state, page) if moment.supposed else page).one()
    if state and tuple(state) != moment.state:
        raise NotRemembered
    has_more = count > search.limit
    documents: bytes = joined.encode() if isinstance(joined, str) else joined or b""
    if has_more:
        documents = documents[: documents.rindex(b",\n")]
    start = _place(last) if has_more else None
    return Page(documents, has_more, start, total, moment.revision, moment.mark(connection))


def _place(last: int | str) -> Place:
    if isinstance(last, int):
        return Place(last)
    key, _, position = last[last.rfind(",") + 1 :].rpartition("@")
    return Place(int(position), key)


def positions_of(connection: Connection, parts: list[Part], search: Search, moment: Moment) -> Sql:
    """The template of the positions of a page and one more, in order; in other orders than by date with their keys."""
    if search.sort in ("-said_on", "said_on"):
        positions = tuple(part.positions for part in parts)
        start = search.start.position if search.start else None
        return Sql(by_position, positions, start, search.limit + 1, search.descending, search.limit > LONGEST)

    def tier_parts(clauses: tuple[Clause, ...]) -> list[Part]:
        return parts_of(connection, search.where, moment, clauses)[0]

    return keyed_positions(parts, search, Asking(connection, moment), tier_parts)


def _with_state(page: Select[Any]) -> Select[Any]:
    """The page, and beside it the state that it was read in."""
    newest = newest_state()
    return page.add_columns(*(newest.with_only_columns(one).scalar_subquery() for one in newest.selected_columns))


# One row: one document more than asked for, joined in order; how many; the last position, or all keys and positions


def _joined_by_postgresql(positions: Select[Any], kind: Any, descending: bool) -> Select[Any]:
    keys = positions.subquery("keys")
    order = "keys.pos DESC" if descending else "keys.pos"
    if kind is not None:
        order = f"keys.key{' DESC' if descending and kind != 'tier' else ''}, {order}"
    joined = func.string_agg(Document.doc, text(f"E',\\n' ORDER BY {order}"))
    last: Any = (func.min if descending else func.max)(keys.c.pos)
    if kind is not None:
        place = key_text(keys.c.key, kind, False).concat(literal_column("'@'")).concat(cast(keys.c.pos, Text))
        last = func.string_agg(place, text(f"',' ORDER BY {order}"))
    return select(joined, func.count(), last).select_from(keys).join(Document, Document.pos == keys.c.pos)


def _joined_by_sqlite(positions: Select[Any], kind: Any, descending: bool) -> Any:
    keys = positions.subquery("keys")
    # Documents looked up one by one stay in the order of the keys; joined, they would be sorted whole.
    doc = select(Document.doc).where(Document.pos == keys.c.pos).scalar_subquery()
    joined = func.group_concat(doc, literal_column("',' || char(10)"))
    last: Any = (func.min if descending else func.max)(keys.c.pos)
    if kind is not None:
        place = key_text(keys.c.key, kind, True).concat(literal_column("'@'")).concat(keys.c.pos)
        last = func.group_concat(place, literal_column("','"))
    return select(cast(joined, LargeBinary), func.count(), last)  # bytes, which are neither decoded nor encoded


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
    kept = tables.RecordKey
    keyed = select(kept.id).where(kept.type == "clm", kept.key == key).scalar_subquery()
    return _current_claim(connection, claim.id == keyed, asked)


def _current_claim(connection: Connection, which: ColumnElement[bool], asked: str) -> Record:
    return record_found(connection.execute(_CURRENT.where(which)).first(), "clm", asked)
