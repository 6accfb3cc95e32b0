"""Filters on claims, as a tree: conditions of the registry joined by and, or, not, and bound to one element."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter, ValidationError

from app.domain.query.logic import And, Not, Or
from app.domain.query.registry import ELEMENTS, FIELDS, MAX_VALUES, PARAMETERS, Condition, Parameter
from app.domain.query.value_types import PREFIXES
from app.domain.record.synonyms import (
    is_denial,
    is_presence,
    meant_by,
    meant_operators,
    meant_parameters,
    meant_values,
)  # fmt: skip
from app.domain.text.tokenizer import tokens
from app.errors import BadRequest, FieldPath, Problem, near, problems_of, shown_value

MAX_DEPTH = 8  # of and, or, not and some inside of each other
MAX_CONDITIONS = 100
LISTED = ("id", "key")  # fields that take more values than others: claims that somebody has a list of
MAX_LISTED = 1000
MAX_WORDS = 1000  # of all search texts together: one of MAX_Q characters may have as many letters of CJK


@dataclass(frozen=True, slots=True)
class Some:
    """One element of a list (see `element` in the registry) meets all that is asked in `where`."""

    element: str
    where: Where


Leaf: TypeAlias = Condition | Some
Where: TypeAlias = Condition | Some | And[Leaf] | Or[Leaf] | Not[Leaf]


def joined(conditions: Iterable[Condition]) -> And[Leaf]:
    """The filters of a query string: all of them, those of one element of the same one."""
    of: dict[str, list[Condition]] = {}
    for condition in conditions:
        of.setdefault(condition.element, []).append(condition)
    own: list[Where] = [*of.get("claim", ())]
    return And((*own, *(Some(element, And(tuple(of[element]))) for element in ELEMENTS if element in of)))


def conditions_in(where: Where) -> Iterator[Condition]:
    """All conditions of a tree."""
    match where:
        case Condition():
            yield where
        case Some(_, inner) | Not(inner):
            yield from conditions_in(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from conditions_in(part)


def bound_to(where: Where, element: str) -> list[Where]:
    """The conditions on one element of a list that all claims meet which a tree finds."""
    match where:
        case And(parts):
            return [bound for part in parts for bound in bound_to(part, element)]
        case Some(name, inner) if name == element:
            return [inner]
        case Condition() if where.element == element:
            return [where]
    return []


def without(where: Where, fields: Container[str]) -> Where:
    """A tree without its conditions on some fields, as far as these are joined to the others by `and`."""
    left = _left(where, fields)
    return And(()) if left is None else left


def _left(where: Where, fields: Container[str]) -> Where | None:
    match where:
        case Condition() if where.parameter.field.name in fields:
            return None
        case Some(element, inner):
            left = _left(inner, fields)
            return None if left is None else Some(element, left)
        case And(parts) if parts:
            some = tuple(left for part in parts if (left := _left(part, fields)) is not None)
            return And(some) if some else None
    return where


def read_where(given: object, options: Container[str] = ()) -> Where:
    """The tree that a client sent as JSON. options: the names of what stands beside it, and is told where it stands in
    it. Raises BadRequest with every problem, each at its JSON Pointer.
    """
    reader = _Reader(options)
    try:
        where = reader.read(given, ("where",), 1, None)
    except _Fault as fault:
        reader.problems += fault.problems
    if reader.count > MAX_CONDITIONS:
        detail = f"{reader.count:,} conditions; a tree has at most {MAX_CONDITIONS}"
        reader.problems.append(Problem(("where",), "too-long", detail))
    if reader.words > MAX_WORDS:
        detail = f"{reader.words:,} words in search texts; a tree has at most {MAX_WORDS:,}"
        reader.problems.append(Problem(("where",), "too-long", detail))
    if reader.problems:
        problems = reader.problems[:20]
        raise BadRequest("; ".join(map(str, problems)), problems, code=problems[0].code)
    return where


def shown_leaf(name: str, value: str | None = None) -> str:
    """The leaf of a tree that asks for a parameter, to be shown in messages. value: any where it is None."""
    parameter = PARAMETERS[name]
    shown = "…" if value is None else json.dumps(value, ensure_ascii=False)
    return f'{{"field": "{parameter.field.name}", "op": "{parameter.operator.name or "eq"}", "value": {shown}}}'


def _with_leaves(problem: Problem) -> Problem:
    """A problem of what is no id, with the parameters that it suggests as leaves of a tree."""
    asked = [hint.partition("=") for hint in problem.did_you_mean]
    before, ask, _ = problem.detail.partition("; ask with ")
    detail = f"{before}; ask with another field or op" if ask else before
    return replace(problem, detail=detail, did_you_mean=tuple(shown_leaf(name, value) for name, _, value in asked))


class _Fault(Exception):
    """The problems of a part of a tree."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


def _wrong(path: FieldPath, code: str, detail: str, hint: tuple[str, ...] = ()) -> _Fault:
    return _Fault(Problem(path, code, detail, hint))


def _meant(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    return meant_by(name, known) or near(name, known)


def _meant_value(parameter: str, _: str, word: str, known: Sequence[str]) -> tuple[tuple[str, ...], str]:
    return meant_values(parameter, word, known)


def _no_field(name: str, fields: tuple[str, ...], path: FieldPath) -> _Fault:
    """The error for an unknown field; where its operator follows in the name, it says to separate it."""
    if name in PARAMETERS:
        field, operator = PARAMETERS[name].field.name, PARAMETERS[name].operator.name
        return _wrong(path, "unknown-field", f"the operator stands apart: op is {operator}", (field,))
    meant = meant_parameters(name, [*fields, *PARAMETERS])
    hint = tuple(dict.fromkeys(PARAMETERS[name].field.name if name in PARAMETERS else name for name in meant))
    return _wrong(path, "unknown-field", "there is no such field to filter by", tuple(x for x in hint if x in fields))


def _no_operator(field: str, name: str, known: tuple[str, ...], path: FieldPath) -> _Fault:
    detail = f"{field} takes {', '.join(known)}"
    if is_denial(name) and "not" not in known:
        detail += '; {"not": …} around a condition denies it'
    if is_presence(name) and "isnull" in known:
        detail += "; isnull with the value false finds what has one"
    return _wrong(path, "bad-operator", detail, meant_operators(name, known))


class _Reader:
    """Reads a tree, and collects what is wrong with it."""

    def __init__(self, options: Container[str]) -> None:
        self.options = options
        self.problems: list[Problem] = []
        self.count = 0
        self.words = 0  # of search texts

    def read(self, given: object, path: FieldPath, depth: int, element: str | None) -> Where:
        if depth > MAX_DEPTH:
            raise _wrong(path, "too-deep", f"more than {MAX_DEPTH} levels deep")
        if not isinstance(given, dict):
            raise _wrong(path, "bad-value", 'an object is needed here, such as {"field": "topic", "value": "…"}')
        match given:
            case {"and": parts} if len(given) == 1:
                return self._parts(And, parts, (*path, "and"), depth, element)
            case {"or": parts} if len(given) == 1:
                return self._parts(Or, parts, (*path, "or"), depth, element)
            case {"not": part} if len(given) == 1:
                return Not(self.read(part, (*path, "not"), depth + 1, element))
            case {"some": _}:
                return self._some(given, path, depth, element)
            case {"field": _}:
                return self._condition(given, path, element)
        for name in given:
            if misplaced := self._misplaced(name, (*path, name)):
                raise misplaced
        known = ("and", "or", "not", "some", "field")
        hint = _meant(str(next(iter(given), "")), known)
        detail = "an object has one of and, or, not; or some with where; or field with op and value"
        raise _wrong(path, "bad-value", detail, hint)

    def _misplaced(self, name: str, path: FieldPath) -> _Fault | None:
        """The error for the name of an option, which stands elsewhere, or of a filter, which stands by itself."""
        if name in self.options:
            return _wrong(path, "unknown-field", f"{name} is no condition; it stands beside the outermost where")
        if name in PARAMETERS:
            return _wrong(path, "unknown-field", f"a filter is an object of its own: {shown_leaf(name)}", ("field",))
        return None

    def _parts(self, make: Any, given: object, path: FieldPath, depth: int, element: str | None) -> Where:
        if not isinstance(given, list) or not given:
            raise _wrong(path, "bad-value", "a list of one condition or more is needed here")
        if len(given) > MAX_CONDITIONS:
            raise _wrong(path, "too-long", f"{len(given):,} parts; a tree has at most {MAX_CONDITIONS} conditions")
        parts = []
        for n, one in enumerate(given):
            try:
                parts.append(self.read(one, (*path, n), depth + 1, element))
            except _Fault as fault:
                self.problems += fault.problems
        return cast(Where, make(tuple(parts)))

    def _some(self, given: dict[str, object], path: FieldPath, depth: int, element: str | None) -> Where:
        own = given["some"]
        for name in given.keys() - {"some", "where"}:
            raise self._misplaced(name, (*path, name)) or _wrong(
                (*path, name), "unknown-field", "beside some stands where alone", near(name, ("where",))
            )
        if element is not None:
            raise _wrong(path, "bad-combination", "a some stands in no other some")
        if own not in ELEMENTS:
            detail = f"{shown_value(own)} is not one of {', '.join(ELEMENTS)}"
            raise _wrong((*path, "some"), "bad-choice", detail, near(str(own), ELEMENTS))
        inner = self.read(given.get("where"), (*path, "where"), depth + 1, str(own))
        return Some(str(own), inner)

    def _condition(self, given: dict[str, object], path: FieldPath, element: str | None) -> Condition:
        self.count += 1
        for name in given.keys() - {"field", "op", "value"}:
            raise self._misplaced(name, (*path, name)) or _wrong(
                (*path, name), "unknown-field", "there is no such field", _meant(name, ("field", "op", "value"))
            )
        parameter = self._parameter(given, path)
        if element is not None and parameter.field.element != element:
            detail = f"{parameter.field.name} is no field of one {element}; move it out of the some"
            raise _wrong((*path, "field"), "bad-combination", detail)
        if "value" not in given:
            raise _wrong(path, "missing", "a value is needed beside field and op")
        return self._checked(parameter, given["value"], (*path, "value"))

    def _parameter(self, given: dict[str, object], path: FieldPath) -> Parameter:
        name, operator = given["field"], given.get("op", "eq")
        fields = {field.name: field for field in FIELDS}
        if not isinstance(name, str) or name not in fields:
            if str(name) in self.options and (misplaced := self._misplaced(str(name), (*path, "field"))):
                raise misplaced
            raise _no_field(str(name), tuple(fields), (*path, "field"))
        known = {one.name or "eq": one for one in fields[name].operators}
        if not isinstance(operator, str) or operator not in known:
            raise _no_operator(name, str(operator), tuple(known), (*path, "op"))
        operator = "" if operator == "eq" else operator
        return PARAMETERS[f"{name}__{operator}" if operator else name]

    def _checked(self, parameter: Parameter, value: object, path: FieldPath) -> Condition:
        several = isinstance(value, list)
        if several and not parameter.operator.many:
            raise _wrong(path, "repeated", f"{parameter.name} takes one value; join several by or")
        most = MAX_LISTED if parameter.field.name in LISTED else MAX_VALUES
        if several and not 0 < len(cast(list[object], value)) <= most:
            raise _wrong(path, "too-long", f"a list of 1 to {most:,} values is needed here")
        found = []
        for n, one in enumerate(cast(list[object], value) if several else [value]):
            try:
                found.append(_value_reader(parameter.name).validate_python(_as_text(one)))
            except ValidationError as error:
                at = (*path, n) if several else path
                found_wrong = problems_of(error, lambda _, __: (), choose=partial(_meant_value, parameter.name))
                problems = [problem.under(*at) for problem in found_wrong]
                if parameter.operator.type in PREFIXES:
                    problems = list(map(_with_leaves, problems))
                raise _Fault(*problems) from None
        if parameter.operator.type == "text":
            self.words += sum(len(tokens(text)) for text in found)
        return Condition(parameter, tuple(found), path[:-1])


@cache
def _value_reader(name: str) -> TypeAdapter[Any]:
    """The reader of a parameter's values; made once, since that takes longer than to read thousands."""
    return TypeAdapter(PARAMETERS[name].value_type)


def _as_text(value: object) -> object:
    """A number, true or false as a query string would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) or hasattr(value, "as_tuple") else value
