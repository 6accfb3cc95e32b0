"""An explanation of a search: its formula, how many versions meet each part, and how long each step takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import Connection

from app.domain.query.logic import And, Not, Or
from app.store.database.stored_documents import read_documents
from app.store.index.families import BY_NAME, CLAIM, SPEAKER, Family
from app.store.index.reader import View
from app.store.search.conditions import formula_of
from app.store.search.evaluation import Evaluation
from app.store.search.formula import Formula, OfElement, OfSpeaker, Range, Terms
from app.store.search.lookups import Asking
from app.store.search.matches import Matches, Search
from app.store.search.results import Total

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a formula, or one of its terms. depth: how far inside it stands. numbers: of its family that meet it,
    of all revisions. first, again: seconds that it took when nothing was in memory, and once more.
    """

    depth: int
    said: str
    family: str
    numbers: int
    first: float
    again: float


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an answer. first, again: as of a part."""

    name: str
    first: float
    again: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a search is answered. versions, current: of claims, in all and as of the revision."""

    revision: int
    newest: int
    versions: int
    current: int
    parts: list[Part]
    steps: list[Step]
    total: Total
    shown: int


def explain(connection: Connection, search: Search) -> Explanation:
    """Explain a search. connection: one of a process that has read nothing yet, so that the first times are those of
    reading. Raises BadRequest as find_claims does.
    """
    steps: list[Step] = []

    def step(name: str, run: Callable[[], T]) -> T:
        found, first, again = _timed(run)
        steps.append(Step(name, first, again))
        return found

    moment = step("state", lambda: search.moment(connection))
    asking = Asking(connection, moment)
    view = step("index", lambda: asking.view)
    formula = step("formula", lambda: formula_of(search.where, asking))
    current = step("visible", lambda: view.visible(CLAIM))
    parts = list(_parts(view, formula, CLAIM, 0))
    numbers, _, total = step("page", lambda: Matches(search, asking, formula).page())
    step("documents", lambda: read_documents(connection, numbers))
    return Explanation(
        view.revision, moment.state.number, view.last(CLAIM), len(current), parts, steps, total, len(numbers)
    )


def _timed(run: Callable[[], T]) -> tuple[T, float, float]:
    """The result of a function, and the seconds that it took for the first time and again."""
    began = perf_counter()
    run()
    between = perf_counter()
    found = run()
    return found, between - began, perf_counter() - between


def _parts(view: View, formula: Formula, family: Family, depth: int) -> Iterator[Part]:
    """A formula's parts, the whole first; inner ones are evaluated before those that they are in."""
    inside: list[tuple[Any, Family]] = []
    match formula:
        case And(some) | Or(some):
            inside = [(one, family) for one in some]
        case Not(part):
            inside = [(part, family)]
        case OfElement(name, part):
            inside = [(part, BY_NAME[name])]
        case OfSpeaker(part):
            inside = [(part, SPEAKER)]
        case Terms(some) if len(some) > 1:
            inside = [(Terms((one,)), family) for one in some]
    inner = [found for one, own in inside for found in _parts(view, one, own, depth + 1)]
    bitmap, first, again = _timed(lambda: Evaluation(view).find(formula, family))
    yield Part(depth, _said(formula), family.name, len(bitmap), first, again)
    yield from inner


def _said(formula: Formula) -> str:
    match formula:
        case And(some):
            return "and" if some else "everything"
        case Or(some):
            return "or" if some else "nothing"
        case Not():
            return "not"
        case OfElement(name):
            return f"some {name}"
        case OfSpeaker():
            return "a name of the speaker"
        case Terms((one,)):
            return one.decode().replace("\x1f", "=")
        case Terms():
            return "any of"
        case Range(lows, highs, low, high, within):
            return f"{lows} to {highs} {'within' if within else 'meets'} {low} to {high}"
    return str(formula)
