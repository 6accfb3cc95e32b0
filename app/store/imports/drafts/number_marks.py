"""The marks of numbers in a column: which of them parts whole numbers from decimals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from app.store.imports.drafts.columns import example

_COMMA: Final = re.compile(  # a comma that can be nothing else than the decimal mark; or points between thousands
    r"\d{1,3}(?:[. ]\d{3})+,\d+|\d{4,},\d+|0,\d+|\d+,(?:\d{1,2}|\d{4,})|\d{1,3}(?:\.\d{3}){2,}"
)
_POINT: Final = re.compile(
    r"\d{1,3}(?:[, ]\d{3})+\.\d+|\d{4,}\.\d+|0\.\d+|\d+\.(?:\d{1,2}|\d{4,})|\d{1,3}(?:,\d{3}){2,}"
)
_OPEN: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")  # a thousand and more, or one and a bit
_BESIDE: Final = re.compile(r"^[-+−]|\s?%$")


class NumberMarks(NamedTuple):
    """The parameters of the filter `number` for a column. note: what is to be said of them; to_do: what is to be
    decided, "" for nothing.
    """

    parameters: str
    note: str = ""
    to_do: str = ""


def number_marks(values: Iterable[str]) -> NumberMarks:
    """The marks of numbers, by those that can be read in one way alone."""
    texts = list(values)
    return _with_symbol(_decimal([_BESIDE.sub("", text.strip()) for text in texts]), texts)


def _decimal(numbers: list[str]) -> NumberMarks:
    comma, point, unsure = (_first(form, numbers) for form in (_COMMA, _POINT, _OPEN))
    if comma and point:
        told = f"the decimal mark is a comma in {example(comma)}, a point in {example(point)}; one is rejected"
        return NumberMarks("decimal='.'", to_do=told)
    if comma:
        return NumberMarks("decimal=','", f"the decimal mark is a comma, as in {example(comma)}")
    if point:
        return NumberMarks("decimal='.'" if unsure or "," in point else "")
    if unsure:
        mark = "," if "," in unsure else "."
        told = f"{example(unsure)} is a thousand and more by number(group='{mark}')"
        return NumberMarks("", to_do=f"{told}, and less than that by number(decimal='{mark}')")
    return NumberMarks("")


def _with_symbol(marks: NumberMarks, texts: list[str]) -> NumberMarks:
    if not any(text.rstrip().endswith("%") for text in texts):
        return marks
    parameters = ", ".join(filter(None, (marks.parameters, "symbol='%'")))
    notes = filter(None, (marks.note, "the percent sign is left out, and is to be the unit"))
    return NumberMarks(parameters, "; ".join(notes), marks.to_do)


def _first(form: re.Pattern[str], numbers: list[str]) -> str:
    return next((number for number in numbers if form.fullmatch(number)), "")
