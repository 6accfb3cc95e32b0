"""The values that claims have of a field (topics, publishers, ratings), each with how many claims have it.

They are the groups of an aggregate over all claims of a moment, so that counts are those of filters; of these, the ones
with words that begin with what is typed. A value is shown as a claim spells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import Connection

from app.domain.query.aggregation import Aggregation
from app.domain.query.groupings import GROUPINGS
from app.domain.query.tree import joined
from app.domain.text.tokenizer import tokens
from app.store.history.moment import Moment
from app.store.search.aggregate import Groups
from app.store.search.matches import Search, matches_of

EVERY: Final = 1 << 31  # groups that are put in order
AT_A_TIME: Final = 1_000  # values between two looks at the deadline


@dataclass(frozen=True)
class Value:
    """A value as it is shown. claims: the number of claims that have it, and are not retracted."""

    name: str
    claims: int


@dataclass(frozen=True)
class Values:
    """The first values that fit, and how many there are."""

    found: list[Value]
    total: int


def find_values(connection: Connection, field: str, typed: str, limit: int, moment: Moment) -> Values:
    """Up to `limit` values of a grouping of texts (`topic`), those first that most claims have, then in the order of
    their letters. typed: each part between blanks begins a word of the value. Raises BadRequest and QueryTimeout.
    """
    search = Search(joined(()), revision=moment.revision, mark=moment.mark)
    matches = matches_of(connection, search, moment)
    groups = Groups(matches, Aggregation((GROUPINGS[field],), limit=EVERY))
    places = [*_fitting(groups, typed, matches.view.check_deadline)]
    rows = groups.rows(np.array(places[:limit], np.int64))
    return Values([Value(row.group[field], row.count) for row in rows], len(places))


def _fitting(groups: Groups, typed: str, check_deadline: Callable[[], None]) -> Iterator[int]:
    """The places of the groups whose values fit, in order; the group of unknown values never does."""
    starts = [" ".join(tokens(part)) for part in typed.split()]
    (axis,) = groups.tallying.every_axis
    chosen, _ = groups.chosen()
    for n, place in enumerate(chosen.tolist()):
        if n % AT_A_TIME == 0:
            check_deadline()
        (code,) = groups.tallying.codes_of(int(groups.tally.combinations[place]))
        term = axis.value(code)
        if isinstance(term, bytes) and _fits(term.partition(b"\x1f")[2].decode(), starts):
            yield place


def _fits(text: str, starts: list[str]) -> bool:
    """Whether each of these begins a word. One without a word, such as a dash, fits nothing."""
    if not starts:
        return True
    words = f" {' '.join(tokens(text))}"
    return all(start and f" {start}" in words for start in starts)
