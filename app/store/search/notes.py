"""Why nothing was found: which of the asked names and words no claim has, with near ones; and what `status` hides.
And what was perhaps meant otherwise, whatever is found.

Every note follows from the claims of the moment that was asked of. Names are looked at one by one, each as a query of
its own that an index answers, and at most MAX_VALUES of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection

from app.domain.dates.readings import season_warning
from app.domain.query.logic import And, Not, Or
from app.domain.query.query_text import parse_query, wanted_parts, words_for_operators
from app.domain.query.registry import PARAMETERS, Condition
from app.domain.query.tree import Some, Where, conditions_in
from app.domain.query.value_types import PREFIXES
from app.store.database.derived_versions import names_behind, stored_versions, versions_told
from app.store.search.lookups import Asking
from app.store.search.near_names import near_names, told_near
from app.store.search.results import Total

MAX_VALUES: Final = 10  # asked values that are looked at
MAX_NEAR: Final = 3  # near names that are told of each
SHOWN: Final = 80  # characters of a value

Count = Callable[[Where], Total]  # gives how many claims meet conditions

_NAMED: Final = frozenset(
    ("name", "key", "words", "url", "language", "language range", "identifier", "text", "choice", "unit", *PREFIXES)
)  # types of values that a claim either has or not
_OPERATORS: Final = {
    "AND": "AND is a word like others here: leave it out, for all words are looked for",
    "NOT": "NOT is a word like others here: write -word for what is not to be found",
    "OR": "OR is a word like others where no word, or another OR, is next to it: write it once, between two words, or"
    " leave it out",
}
_HOW: Final = ("status", "figure__match")  # which say how to look, not for what
_ORDER: Final = {name: number for number, name in enumerate(PARAMETERS)}


def notes_of(where: Where, asking: Asking, count: Count, *, as_of: bool) -> tuple[str, ...]:
    """Notes on a query that found nothing. as_of: it asks of a revision. Then the answer, and its tag, are
    the same whenever it is asked: near names, which are those of today, are left out.
    """
    asked = sorted(dict.fromkeys(_asked_values(where)), key=lambda one: _ORDER[one.name])[:MAX_VALUES]
    found = [note for one in asked if (note := _note_of(one, asking, count, as_of))]
    return (*found, *_hidden(where, count))


def notes_on_words(where: Where) -> tuple[str, ...]:
    """Notes on words of search texts that are operators elsewhere, each once, whatever the query finds."""
    texts = [one.values[0] for one in conditions_in(where) if one.name == "q"]
    found = {word for text in texts for word in words_for_operators(text)}
    return tuple(f"q: {told}" for word, told in _OPERATORS.items() if word in found)


def notes_on_dates(where: Where) -> tuple[str, ...]:
    """Notes on dates that are seasons in EDTF, where years may be meant, each once, whatever the query finds."""
    dated = [one for one in conditions_in(where) if one.parameter.operator.type == "date"]
    each = ((one.name, season_warning(value.text)) for one in dated for value in one.values)
    return tuple(dict.fromkeys(f"{name}: {told}" for name, told in each if told))


def note_behind(connection: Connection) -> str | None:
    """The only note that is true where nothing was found in a database of an earlier release, as claims lack facts."""
    stored = stored_versions(connection)
    behind = names_behind(stored)
    if not behind:
        return None
    return f"the database has {versions_told(stored, behind)}: until `onrecord migrate` was run, not all may be found"


def _asked_values(where: Where) -> Iterator[Condition]:
    """The names and words that are asked for, each as a condition of its own; not those that claims are to lack."""
    match where:
        case Condition():
            operator = where.parameter.operator
            if operator.type in _NAMED and operator.name != "not" and where.name not in _HOW:
                yield from (Condition(where.parameter, (value,)) for value in where.values)
        case Some(_, inner):
            yield from _asked_values(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _asked_values(part)
        case Not():
            return


def _note_of(one: Condition, asking: Asking, count: Count, as_of: bool) -> str | None:
    if _is_there(one, count):
        return None
    if one.name == "q" and (missing := _missing_words(one, count)) is not None:
        return missing
    near = () if as_of else _near(one, asking, count)
    then = f" as of revision {asking.moment.revision}" if as_of else ""
    return f"{one.name} {_shown(one)} is on no claim{then}{told_near(one.name, near)}"


def _near(one: Condition, asking: Asking, count: Count) -> list[str]:
    """Near names that claims have."""
    value = one.values[0]
    names = near_names(one.name, value, asking) if isinstance(value, str) else ()
    return [name for name in names if _is_there(Condition(one.parameter, (name,)), count)][:MAX_NEAR]


def _is_there(one: Condition, count: Count) -> bool:
    """Whether any claim, retracted or not, meets a condition."""
    return count(And((one, Condition(PARAMETERS["status"], ("any",))))).value > 0


def _missing_words(q: Condition, count: Count) -> str | None:
    """Which words of a search text no claim has; None where it is one word, or each of them is somewhere."""
    if parse_query(q.values[0]) is None:
        return f"q {_shown(q)} has no word, and finds nothing"
    wanted = wanted_parts(q.values[0])[:MAX_VALUES]
    if len(list(chain.from_iterable(wanted))) < 2:
        return None

    def is_there(text: str) -> bool:
        return _is_there(Condition(q.parameter, (text,)), count)

    absent = [parts for parts in wanted if not is_there(" ".join(parts))]  # where `10km` is, `10 km` is not missing
    some = list(dict.fromkeys(chain.from_iterable(absent)))[:MAX_VALUES]
    missing = [part for part in some if (part,) in absent or not is_there(part)]
    return f"q: no claim has {' or '.join(map(repr, missing))}" if missing else ""


def _shown(one: Condition) -> str:
    value: Any = one.values[0]
    kind = one.parameter.operator.type
    if kind in PREFIXES:
        return repr(f"{kind}_{value}")
    if isinstance(value, tuple):
        return repr(":".join(value))
    value = getattr(value, "text", value)
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")


def _hidden(where: Where, count: Count) -> Iterator[str]:
    """Matches with another status."""
    parts = where.parts if isinstance(where, And) else (where,)
    by_status = [part for part in parts if isinstance(part, Condition) and part.name == "status"]
    rest = tuple(part for part in parts if part not in by_status)
    if any(one.name == "status" for one in conditions_in(And(rest))):
        return
    asked = {value for one in by_status for value in one.values} or {"active"}
    for status in {"active", "retracted"} - asked if "any" not in asked else ():
        total = count(And((*rest, Condition(PARAMETERS["status"], (status,)))))
        if total.value:
            many = f"{'at least ' if total.relation == 'gte' else ''}{total.value:,}"
            told = "claim matches; status=any finds it" if many == "1" else "claims match; status=any finds them"
            yield f"{many} {status} {told}"
