"""The order by relevance: first claims with all that is searched for in the quote, then those with it in quote or
paraphrase, then those with it anywhere; each of them by date.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyroaring import BitMap

from app.domain.query.logic import And
from app.domain.query.query_text import SearchText, parse_query
from app.domain.query.registry import Condition
from app.domain.query.tree import Where
from app.errors import BadRequest
from app.store.index.reader import View
from app.store.search.conditions import text_formula
from app.store.search.evaluation import Evaluation
from app.store.search.formula import EVERYTHING, NOTHING, Formula, all_of, none_of
from app.store.search.lookups import Asking, languages_of
from app.store.search.order import Group


def outermost(where: Where) -> Iterator[Where]:
    """The conditions that every match must meet: the tree itself, or the parts of its outermost and."""
    if isinstance(where, And):
        for part in where.parts:
            yield from outermost(part)
    else:
        yield where


def is_relevant(where: Where) -> bool:
    """Whether matches can be ordered by relevance: each must have the words of a search text."""
    return any(True for _ in _searched(where))


def _searched(where: Where) -> Iterator[SearchText | None]:
    for condition in outermost(where):
        if isinstance(condition, Condition) and condition.name == "q":
            yield parse_query(condition.values[0])


def nearness(where: Where, asking: Asking) -> list[Formula]:
    """The formulas of a query's search texts in the quote; and in quote or paraphrase.

    Raises BadRequest where it has no search text.
    """
    searched = list(_searched(where))
    if not searched:
        raise BadRequest.of("sort", "bad-combination", "relevance is of a search text: give q, or another order")
    languages = languages_of(asking)
    found = [text for text in searched if text]
    return [all_of(text_formula(text, languages, texts) for text in found) for texts in ("q", "qp")]


def tiers(view: View, rest: BitMap, nearness: list[Formula]) -> Iterator[Group]:
    """The matches, the nearest first."""
    for tier, formula in enumerate(nearness):
        own = rest & Evaluation(view).find(formula, within=rest) if rest else rest
        yield Group(own, key=tier)
        rest = rest - own
    yield Group(rest, key=len(nearness))


def tier_formulas(asked: Formula, nearness: list[Formula]) -> list[Formula]:
    """The same tiers as formulas: what is asked for, and is near, and is not nearer."""
    nearer = [NOTHING, *nearness]
    return [
        all_of([asked, near, none_of(before)]) for near, before in zip([*nearness, EVERYTHING], nearer, strict=True)
    ]
