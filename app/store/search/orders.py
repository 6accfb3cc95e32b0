"""The orders of a list of claims. Each is total: what is equal in it is in the order of positions.

Positions are the order by date. The other orders have a key before the position: the time of recording, the value of a
figure, or the tier of relevance. Few claims are sorted by it; many are read from an index that is in its order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.store.database.statements import first_rows
from app.store.database.tables import Claim, Figure
from app.store.search.clauses import claim
from app.store.search.plans import WHOLE, Cut, Inside, in_order, is_near

Built = Callable[[Cut], Select[Any]]  # result of a part's `positions`

# As the partial indexes have it: SQLAlchemy would write `live = 1` for SQLite, which then does not know them again.
LIVE: ColumnElement[bool] = literal_column("claims.live")
OWN_LIVE: ColumnElement[bool] = literal_column("own.live")


# By position


def by_position(
    parts: tuple[Built, ...], start: Any, most: Any, descending: bool, streams: bool = False
) -> Select[Any]:
    """The positions of the page and one more. Each part stops by itself; then they are merged."""

    cut = _cut_by_position(start, most, descending, streams)
    each = [part(cut) for part in parts]
    if len(each) == 1:
        return each[0]
    return cut(select(union_all(*(select(one.subquery().c.pos) for one in each)).subquery()))


def _cut_by_position(start: Any, most: Any, descending: bool, streams: bool = False) -> Cut:
    def order(found: Select[Any]) -> Select[Any]:
        pos = found.selected_columns.pos
        if start is not None:
            found = found.where(pos <= start if descending else pos >= start)
        return found.order_by(_direction(pos, descending))

    return Cut(order, most, descending, streams)


def _direction(pos: Any, descending: bool) -> Any:
    return pos.desc() if descending else pos.asc()


def _all_of(parts: tuple[Built, ...]) -> Any:
    """All positions of the parts, in no order."""
    each = [part(Cut()) for part in parts]
    return union_all(*(select(one.subquery().c.pos) for one in each)).subquery("found")


def _cut(found: Select[Any], key: Any, pos: Any, start: tuple[Any, Any] | None, most: Any, descending: bool) -> Any:
    if start is not None:
        beyond = key < start[0] if descending else key > start[0]
        after = pos <= start[1] if descending else pos >= start[1]
        found = found.where(or_(beyond, and_(key == start[0], after)))
    return first_rows(found.order_by(_direction(key, descending), _direction(pos, descending)), most)


# By the time of recording


def few_by_recording(parts: tuple[Built, ...], start: Any, most: Any, descending: bool) -> Select[Any]:
    """Keys and positions: all that is found, sorted."""
    found = _all_of(parts)
    keyed = select(claim.recorded_at.label("key"), claim.pos).join(found, found.c.pos == claim.pos)
    cut: Select[Any] = _cut(keyed, claim.recorded_at, claim.pos, start, most, descending)
    return cut


def many_by_recording(
    tests: tuple[Any, ...], others: tuple[Built, ...], start: Any, most: Any, descending: bool
) -> Select[Any]:
    """Keys and positions: live claims in the order of recording, and a test of each; others are sorted, and merged."""
    keyed = select(claim.recorded_at.label("key"), claim.pos).where(LIVE, *tests)
    cut: Select[Any] = _cut(keyed, claim.recorded_at, claim.pos, start, most, descending)
    if not others:
        return cut
    each = (cut.subquery(), few_by_recording(others, start, most, descending).subquery())
    both = union_all(*(select(one.c.key, one.c.pos) for one in each)).subquery()
    merged: Select[Any] = _cut(select(both.c.key, both.c.pos), both.c.key, both.c.pos, None, most, descending)
    return merged


# By the value of a figure


def few_by_value(parts: tuple[Built, ...], figures: Any, start: Any, most: Any, descending: bool) -> Select[Any]:
    """Keys and positions: all that is found, sorted by its largest (or ascending: smallest) figure that is meant."""
    found = _all_of(parts)
    key = _best(found.c.pos, figures, descending)
    keyed = select(key.label("key"), found.c.pos).subquery("keyed")
    every: Select[Any] = select(keyed.c.key, keyed.c.pos)
    cut: Select[Any] = _cut(every, keyed.c.key, keyed.c.pos, start, most, descending)
    return cut


def _best(pos: Any, figures: Any, descending: bool) -> ColumnElement[float]:
    best = (func.max if descending else func.min)(Figure.sort_key)
    found = select(best).where(Figure.pos == pos, figures).correlate_except(Figure).scalar_subquery()
    return func.coalesce(found, literal_column("-1e308"))  # without such a figure: below all others


def many_by_value(
    dimension: Any, tests: tuple[Any, ...], figures: Any, start: Any, most: Any, descending: bool
) -> Select[Any]:
    """Keys and positions: figures of a dimension in the order of their values, and a test of each claim."""
    own = aliased(Figure, name="own")
    best = _best(own.pos, figures, descending)
    columns: Any = (own.sort_key.label("key"), own.pos.label("pos"))
    keyed = select(*columns).distinct()
    keyed = keyed.join(Claim, claim.pos == own.pos).where(OWN_LIVE, own.dimension == dimension, LIVE)
    cut: Select[Any] = _cut(keyed.where(own.sort_key == best, *tests), own.sort_key, own.pos, start, most, descending)
    return cut


# By relevance


def by_tier(tiers: tuple[tuple[Any, tuple[Built, ...]], ...], start: Any, most: Any) -> Select[Any]:
    """Keys and positions: the first tiers first, each in the order of positions. start: where the first tier begins."""
    each = []
    for n, (tier, parts) in enumerate(tiers):
        found = by_position(parts, start if n == 0 else None, most, True).subquery()
        each.append(select(tier.label("key"), found.c.pos))
    every = each[0].subquery() if len(each) == 1 else union_all(*each).subquery()
    return first_rows(select(every.c.key, every.c.pos).order_by(every.c.key, every.c.pos.desc()), most)


LAST_TIER = 4  # claims older than the ranked matches


def by_rank(
    parts: tuple[Built, ...],
    tests: tuple[Any, Any],
    ranked: Any,
    older: tuple[Built, ...],
    start: tuple[Any, Any] | None,
    most: Any,
) -> Select[Any]:
    """Keys and positions: so many of the newest matches, each with its tier, by the first of the tests that it meets;
    behind them the older ones.
    """
    newest = by_position(parts, None, ranked, True).subquery("newest")
    tier = case((tests[0], literal_column("1")), (tests[1], literal_column("2")), else_=literal_column("3"))
    tiers = select(tier.label("key"), claim.pos).join(newest, newest.c.pos == claim.pos).subquery("tiers")
    found: Any = select(tiers.c.key, tiers.c.pos)
    if start is not None:
        found = found.where(or_(tiers.c.key > start[0], and_(tiers.c.key == start[0], tiers.c.pos <= start[1])))
    found = first_rows(found.order_by(tiers.c.key, tiers.c.pos.desc()), most)
    if not older:
        return first_rows(found, most)
    rest = by_position(older, None, most, True).subquery()
    last = select(literal_column(str(LAST_TIER)).label("key"), rest.c.pos)
    every = union_all(select(*found.subquery().c), last).subquery()
    return first_rows(select(every.c.key, every.c.pos).order_by(every.c.key, every.c.pos.desc()), most)


def near_or_ranked(
    tests: tuple[Any, ...], oldest: Any, near: tuple[Any, Any, Any], ranked: Any, start: Any, most: Any
) -> Select[Any]:
    """The first tier alone, where the next claims in order have enough of it: common words stand in most quotes. Else
    what is ranked. tests: of a claim of the first tier. oldest: the position of the last that is ranked. start: where
    the first tier begins.
    """
    cut = _cut_by_position(start, most, True)
    inside: Inside = None if oldest is None else (oldest, literal_column(str(WHOLE.high)))
    found = cut(in_order(inside, tests).where(is_near(cut, inside, *near))).cte().prefix_with("MATERIALIZED")
    number = select(func.count()).select_from(found).scalar_subquery()
    every = ranked.subquery()
    first = select(literal_column("1").label("key"), found.c.pos).where(number >= most)
    both = union_all(first, select(every.c.key, every.c.pos).where(number < most)).subquery()
    return select(both.c.key, both.c.pos)


# Keys as text


def key_text(key: Any, kind: str, sqlite: bool) -> Any:
    """A key as text that gives the same key when it is read."""
    if kind == "value" and sqlite:
        return func.printf(literal_column("'%!.17g'"), key)
    return cast(cast(key, Float(53)) if kind == "value" else key, Text)


def read_key(kind: str, text: str) -> Any:
    """The key of a text. Raises ValueError."""
    return {"recorded": str, "value": float, "tier": int}[kind](text)
