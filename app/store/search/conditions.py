"""Conditions → a formula: what each meaning of the registry asks of the index.

Names, keys and addresses are looked up first (see lookups.py); all else is made without a look at claims. Values of
figures are in values.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from app.domain.query.logic import And, Not, Or
from app.domain.query.meanings import (
    Absent,
    AnyOrEqual,
    AtLeast,
    Equal,
    FoundByText,
    HasWords,
    InDays,
    InMoments,
    InValues,
    Itself,
    SameRecord,
    Status,
    ValueMatch,
)
from app.domain.query.query_text import Phrase, SearchText, Word, parse_query
from app.domain.query.registry import PARAMETERS, Condition, Parameter
from app.domain.query.tree import Some, Where, conditions_in
from app.domain.text.lattice import spellings
from app.domain.text.stems import stem
from app.store.database.tables import OPEN_END, OPEN_START
from app.store.index.facts import fact
from app.store.index.terms import MAX_RUN, TEXTS, asked_term, microseconds_of
from app.store.records.days import days_of
from app.store.search.formula import (
    EVERYTHING,
    NOTHING,
    Beginning,
    Claims,
    Days,
    Formula,
    Moments,
    OfElement,
    OfSpeaker,
    SideBySide,
    all_of,
    any_of,
    none_of,
    terms,
)
from app.store.search.lookups import Asking, Languages, ids_found, languages_of, survivors
from app.store.search.values import Measure, measure_of, unit_of_metric, value_formula

NOT_RETRACTED: Final = none_of(terms([fact("status", "retracted")]))  # where no status is asked for
_ALWAYS: Final = (-(1 << 63), (1 << 63) - 1)  # µs before and after every moment


def formula_of(where: Where, asking: Asking) -> Formula:
    """What a tree asks of claims; where it asks for no status, of those that are not retracted.

    Raises BadRequest for values without a unit, and for units that do not fit.
    """
    asked = _formula(where, asking)
    by_status = any(isinstance(one.parameter.operator.meaning, Status) for one in conditions_in(where))
    return asked if by_status else all_of([asked, NOT_RETRACTED])


def _formula(where: Where, asking: Asking) -> Formula:
    match where:
        case And(parts):
            return all_of(_formula(part, asking) for part in parts)
        case Or(parts):
            return any_of(_formula(part, asking) for part in parts)
        case Not(part):
            return none_of(_formula(part, asking))
        case Some(element, inner):
            return _some(element, _of_element(inner, asking, Measure()))
        case Condition() if where.element != "claim":
            return _some(where.element, _of_element(where, asking, Measure()))
        case Condition():
            return _meaning(where, asking)


def _some(element: str, formula: Formula) -> Formula:
    return NOTHING if formula == NOTHING else OfElement(element, formula)


def _of_element(where: Where, asking: Asking, known: Measure) -> Formula:
    """What a tree asks of one element. known: what an `and` around says of unit, match and metric."""
    match where:
        case Or(parts):
            return any_of(_of_element(part, asking, known) for part in parts)
        case Not(part):
            return none_of(_of_element(part, asking, known))
    parts = where.parts if isinstance(where, And) else (where,)
    own = tuple(part for part in parts if isinstance(part, Condition))
    measure = measure_of(own, asking, known)
    found = [value_formula(own, measure, asking)]
    found += [_meaning(one, asking) for one in own]
    found += [_of_element(part, asking, measure) for part in parts if not isinstance(part, Condition)]
    return all_of(found)


def figures_sorted_by(where: Where, asking: Asking) -> Formula:
    """The figures, of one dimension, by whose values claims are sorted: those that the filters of a query ask for.

    Raises BadRequest `unit-needed` where they may be of several dimensions.
    """
    parts = where.parts if isinstance(where, And) else (where,)
    bound = [part.where for part in parts if isinstance(part, Some) and part.element == "figure"]
    asked = bound[0] if len(bound) == 1 else And(())
    own = asked.parts if isinstance(asked, And) else (asked,)
    measure = measure_of(tuple(part for part in own if isinstance(part, Condition)), asking, Measure())
    unit = measure.unit or unit_of_metric(None, measure, asking)
    # A figure of the metric may be a ratio of change, which is in no order with amounts.
    of_dimension = terms([asked_term(PARAMETERS["figure__unit"], unit)])
    return all_of([_of_element(asked, asking, Measure()), of_dimension])


# What each meaning asks


def _meaning(condition: Condition, asking: Asking) -> Formula:
    parameter, values = condition.parameter, condition.values
    match parameter.operator.meaning:
        case Equal(how):
            return _equal(how, parameter, _whose(parameter, values, asking))
        case Absent():
            return _absent(parameter) if values[0] else none_of(_absent(parameter))
        case AnyOrEqual():
            return none_of(_absent(parameter)) if "*" in values else _equal("any", parameter, values)
        case AtLeast():
            return _equal("any", parameter, values) if values[0] else EVERYTHING
        case Status():
            return _status(parameter, values[0])
        case Itself():
            return _claims(values)
        case SameRecord(field, by):
            other = PARAMETERS[field]
            found = ids_found(by, other.operator.type, values, asking)
            return _claims(found) if isinstance(other.operator.meaning, Itself) else _equal("any", other, found)
        case HasWords(text):
            return _has_words(text, values[0])
        case InDays(how):
            return _in_days(how, values[0])
        case InMoments(how):
            return _in_moments(how, parameter.field.name, values[0])
        case FoundByText():
            return _search_text(values[0], asking)
        case InValues() | ValueMatch():  # asked together of one figure: see values.py
            return EVERYTHING


def _whose(parameter: Parameter, values: tuple[Any, ...], asking: Asking) -> tuple[Any, ...]:
    """The values; for ids of records that were merged, those of the survivors."""
    kind = parameter.operator.type
    return survivors(kind, values, asking) if kind in ("spk", "src", "met") else values


def _equal(how: str, parameter: Parameter, values: Iterable[Any]) -> Formula:
    each = [asked_term(parameter, value) for value in values]
    match how:
        case "all":
            return all_of(terms([one]) for one in each)
        case "none":
            return none_of(terms(each))
    return terms(each)


def _absent(parameter: Parameter) -> Formula:
    return terms([fact(parameter.fact, None)])


def _status(parameter: Parameter, value: str) -> Formula:
    if value == "any":
        return EVERYTHING
    return NOT_RETRACTED if value == "active" else terms([asked_term(parameter, value)])


def _claims(ids: Iterable[int]) -> Formula:
    found = tuple(sorted(set(ids)))
    return Claims(found) if found else NOTHING


def _in_days(how: str, when: Any) -> Formula:
    first, last = days_of(when)
    match how:
        case "from":
            last = OPEN_END
        case "until":
            first = OPEN_START
    return Days(first, last, within=how == "within")


def _in_moments(how: str, column: str, moment: datetime) -> Formula:
    first, last = _ALWAYS
    asked = microseconds_of(moment)
    return Moments(column, asked, last) if how == "from" else Moments(column, first, asked)


def _has_words(text: str, asked: str) -> Formula:
    """All words of one of the ways to write what is asked for, or words that begin so, stand in a text."""
    letter = {"venue": "v", "title": "t", "names": "n"}[text]
    ways = spellings(asked)
    found = any_of(all_of(Beginning(f"{letter}{word}".encode()) for word in words) for words in ways)
    return OfSpeaker(found) if text == "names" and ways else found


# Search texts


def _search_text(q: str, asking: Asking) -> Formula:
    found = parse_query(q)
    return NOTHING if found is None else text_formula(found, languages_of(asking))


def text_formula(text: SearchText, languages: Languages, texts: str = TEXTS) -> Formula:
    """A search text in some texts, and in the names of the speaker where these are all; what is not to be found is
    not to be found in any text. languages: those of claims.
    """
    match text:
        case And(parts):
            return all_of(text_formula(part, languages, texts) for part in parts)
        case Or(parts):
            return any_of(text_formula(part, languages, texts) for part in parts)
        case Not(part):
            return none_of(text_formula(part, languages))
        case Word(word):
            return _word(word, languages, texts)
        case Phrase(words, open_end):
            found = _phrase(words, open_end, texts)
            return found if texts != TEXTS else any_of([found, OfSpeaker(_phrase_in_names(words, open_end))])


@lru_cache(maxsize=1 << 9)
def _word(word: str, languages: Languages, texts: str) -> Formula:
    """A word, or another of the same stem in the language of the claim."""
    stems = [(code, own, subtags) for code, subtags in languages if (own := stem(code, word))]
    asked = [f"{letter}{word}" for letter in texts]
    asked += [f"~{letter}{code}{own}" for code, own, _ in stems for letter in texts]
    found = terms([term.encode() for term in asked])
    if texts != TEXTS:
        return found
    return Or((found, OfSpeaker(terms([f"n{word}".encode()])), *(_stem_in_names(word, *one) for one in stems)))


def _stem_in_names(word: str, code: str, own: str, subtags: tuple[str, ...]) -> Formula:
    """Words of names that have the stem in a language, of claims in that language."""
    asked = [f"~n{code}{own}"]
    if own != word and stem(code, own) == own:  # the index has no stem of a word that is its own
        asked.append(f"n{own}")
    in_names = OfSpeaker(terms([term.encode() for term in asked]))
    return And((in_names, terms([fact("language", tag) for tag in subtags])))


def _phrase(words: tuple[str, ...], open_end: bool, texts: str) -> Formula:
    if len(words) > 1:
        return SideBySide(words, open_end, texts)
    asked = [f"{letter}{words[0]}".encode() for letter in texts]
    return any_of(map(Beginning, asked)) if open_end else terms(asked)


def _phrase_in_names(words: tuple[str, ...], open_end: bool) -> Formula:
    """Words side by side in a name: of more than MAX_RUN words, all runs of that length."""
    if len(words) == 1:
        asked = f"n{words[0]}".encode()
        return Beginning(asked) if open_end else terms([asked])
    length = min(len(words), MAX_RUN)
    found = [f"N{' '.join(words[at : at + length])}".encode() for at in range(len(words) - length + 1)]
    each: list[Formula] = [terms([one]) for one in found]
    if open_end:
        each[-1] = Beginning(found[-1])
    return all_of(each)
