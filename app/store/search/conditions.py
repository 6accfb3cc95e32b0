"""Conditions → a formula: what each meaning of the registry asks of the index.

Names, keys and addresses are looked up first (see lookups.py); all else is made without a look at claims. Values of
figures are in values.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from app.domain.quantities.units import Unit
from app.domain.query import meanings
from app.domain.query.logic import And, Not, Or
from app.domain.query.query_text import Phrase, SearchText, Word, parse_query
from app.domain.query.registry import PARAMETERS, Condition, Parameter
from app.domain.query.tree import Some, Where, bound_to, conditions_in
from app.domain.text.lattice import spellings
from app.domain.text.stems import stem
from app.store.database.tables import OPEN_END, OPEN_START
from app.store.index.fact_terms import asked_term
from app.store.index.facts import fact
from app.store.index.terms import WORDS_LANGUAGE, microseconds_of
from app.store.index.word_terms import MAX_RUN, TEXTS
from app.store.records.days import days_of
from app.store.search.formula import (
    EVERYTHING,
    NOTHING,
    Beginning,
    Claims,
    Formula,
    OfClaim,
    OfElement,
    OfSpeaker,
    Range,
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
    """The formula of a tree for claims; where it asks for no status, of those that are not retracted.

    Raises BadRequest for values without a unit, and for units that do not fit.
    """
    asked = _formula(where, asking)
    return asked if _asks_status(where) else all_of([asked, NOT_RETRACTED])


def _asks_status(where: Where) -> bool:
    return any(isinstance(one.parameter.operator.meaning, meanings.Status) for one in conditions_in(where))


def formula_of_figures(where: Where, asking: Asking) -> Formula:
    """The formula of a tree for figures, each by itself: conditions on figures are asked of it alone, others of its
    claim; where it asks for no status, of those that are not retracted. Raises BadRequest as formula_of does.
    """
    asked = _of_figures(where, asking)
    return _all_of_figure([asked, OfClaim(EVERYTHING if _asks_status(where) else NOT_RETRACTED)])


def _of_figures(where: Where, asking: Asking) -> Formula:
    match where:
        case And(parts):
            return _all_of_figure(_of_figures(part, asking) for part in parts)
        case Or(parts):
            return any_of(_of_figures(part, asking) for part in parts)
        case Not(part):
            return none_of(_of_figures(part, asking))
        case Some("figure", inner):
            return _formula(inner, asking, Measure())
        case Condition() if where.element == "figure":
            return _formula(where, asking, Measure())
    found = _formula(where, asking)
    return found if found == NOTHING else OfClaim(found)


def _all_of_figure(parts: Iterable[Formula]) -> Formula:
    """All of the parts, those that are asked of the claim together."""
    each = list(parts)
    flat = [one for part in each for one in (part.parts if isinstance(part, And) else (part,))]
    of_claim = [part.formula for part in flat if isinstance(part, OfClaim)]
    rest = [part for part in flat if not isinstance(part, OfClaim)]
    return all_of([*rest, *([OfClaim(all_of(of_claim))] if of_claim else ())])


def _formula(where: Where, asking: Asking, around: Measure | None = None) -> Formula:
    """The formula of a tree for claims; or, with the unit, match and metric of an `and` around it, of one element."""
    match where:
        case Or(parts):
            return any_of(_formula(part, asking, around) for part in parts)
        case Not(part):
            return none_of(_formula(part, asking, around))
        case Some(element, inner):
            return _some(element, inner, asking)
        case And(parts) if around is None:
            return all_of(_formula(part, asking) for part in parts)
        case Condition() if around is None:
            return _meaning(where, asking) if where.element == "claim" else _some(where.element, where, asking)
    parts = _parts(where)
    own = [part for part in parts if isinstance(part, Condition)]
    measure = measure_of(own, asking, around or Measure())
    found = [value_formula(own, measure, asking)]
    found += [_meaning(one, asking) for one in own]
    found += [_formula(part, asking, measure) for part in parts if not isinstance(part, Condition)]
    return all_of(found)


def _some(element: str, where: Where, asking: Asking) -> Formula:
    found = _formula(where, asking, Measure())
    return NOTHING if found == NOTHING else OfElement(element, found)


def _parts(where: Where) -> tuple[Where, ...]:
    return where.parts if isinstance(where, And) else (where,)


def figures_sorted_by(where: Where, asking: Asking) -> Formula:
    """The figures, of one dimension, by whose values claims are sorted: those that the filters of a query ask for.

    Raises BadRequest `unit-needed` where they may be of several dimensions.
    """
    asked = _asked_of_figure(where)
    # A figure of the metric may be a ratio of change, which is in no order with amounts.
    return all_of([_formula(asked, asking, Measure()), of_dimension(unit_sorted_by(where, asking))])


def unit_asked(where: Where, asking: Asking, name: str) -> Unit:
    """The unit that a query asks for figures in: that of its conditions on them, or of their one metric. name: of the
    parameter that needs one. Raises BadRequest `unit-needed`.
    """
    return _unit(bound_to(where, "figure"), asking, name)


def _unit(bound: list[Where], asking: Asking, name: str) -> Unit:
    own = [part for one in bound for part in _parts(one) if isinstance(part, Condition)]
    asked = own if len(bound) == 1 else [one for one in own if one.name == "figure__unit"]
    measure = measure_of(asked, asking, Measure())
    return measure.unit or unit_of_metric(None, measure, asking, name)


def of_dimension(unit: Unit) -> Formula:
    """The figures of the dimension of a unit."""
    return terms([asked_term(PARAMETERS["figure__unit"], unit)])


def elements_asked(where: Where, element: str, asking: Asking) -> Formula:
    """The elements of a list that a query is about: those that meet its conditions on one of them, or on several any
    of these. Raises BadRequest as formula_of does.
    """
    bound = bound_to(where, element)
    return any_of(_formula(one, asking, Measure()) for one in bound) if bound else EVERYTHING


def unit_sorted_by(where: Where, asking: Asking) -> Unit:
    """The unit in which figures are asked for, or that of their one metric. Raises BadRequest `unit-needed`."""
    return _unit([_asked_of_figure(where)], asking, "sort")


def _asked_of_figure(where: Where) -> Where:
    """The conditions on the one figure that a tree asks for; none, where it asks for several or none."""
    bound = [part.where for part in _parts(where) if isinstance(part, Some) and part.element == "figure"]
    return bound[0] if len(bound) == 1 else And(())


# The formula of each meaning


def _meaning(condition: Condition, asking: Asking) -> Formula:
    parameter, values = condition.parameter, condition.values
    match parameter.operator.meaning:
        case meanings.Equal(how):
            kind = parameter.operator.type
            of_records = kind in ("clm", "spk", "src", "met")  # of those that were merged, the survivors are meant
            return _equal(how, parameter, survivors(kind, values, asking) if of_records else values)
        case meanings.Absent():
            return _absent(parameter) if values[0] else none_of(_absent(parameter))
        case meanings.AnyOrEqual():
            return none_of(_absent(parameter)) if "*" in values else _equal("any", parameter, values)
        case meanings.AtLeast():
            return _equal("any", parameter, values) if values[0] else EVERYTHING
        case meanings.Status():
            return {"any": EVERYTHING, "active": NOT_RETRACTED}.get(values[0]) or _equal("any", parameter, values)
        case meanings.Itself():
            return _claims(survivors("clm", values, asking))
        case meanings.SameRecord(field, by):
            other = PARAMETERS[field]
            found = ids_found(by, other.operator.type, values, asking)
            is_claim = isinstance(other.operator.meaning, meanings.Itself)
            return _claims(found) if is_claim else _equal("any", other, found)
        case meanings.HasWords(whose):
            return _has_words(whose, values[0])
        case meanings.InDays(how):
            return _in_days(how, values[0])
        case meanings.InMoments(how):
            return _in_moments(how, parameter.field.name, values[0])
        case meanings.FoundByText():
            text = parse_query(values[0])
            return NOTHING if text is None else text_formula(text, languages_of(asking))
        case meanings.InValues() | meanings.ValueMatch():  # asked together of one figure: see values.py
            return EVERYTHING


def _equal(how: str, parameter: Parameter, values: Iterable[Any]) -> Formula:
    each = [asked_term(parameter, value) for value in values]
    if how == "all":
        return all_of(terms([one]) for one in each)
    return none_of(terms(each)) if how == "none" else terms(each)


def _absent(parameter: Parameter) -> Formula:
    return terms([fact(parameter.fact, None)])


def _claims(ids: Iterable[int]) -> Formula:
    found = tuple(sorted(set(ids)))
    return Claims(found) if found else NOTHING


def _in_days(how: str, when: Any) -> Formula:
    first, last = days_of(when)
    if how == "from":
        last = OPEN_END
    elif how == "until":
        first = OPEN_START
    return Range("first_day", "last_day", first, last, within=how == "within")


def _in_moments(how: str, column: str, moment: datetime) -> Formula:
    first, last = _ALWAYS
    asked = microseconds_of(moment)
    return Range(column, column, asked, last) if how == "from" else Range(column, column, first, asked)


def _has_words(text: str, asked: str) -> Formula:
    """All words of one of the ways to write what is asked for, or words that begin so, stand in a text."""
    letter = {"venue": "v", "title": "t", "names": "n"}[text]
    ways = spellings(asked)
    found = any_of(all_of(Beginning(f"{letter}{word}".encode()) for word in words) for words in ways)
    return OfSpeaker(found) if text == "names" and ways else found


# Search texts


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
    stems = [(code, own, tags) for code, tags in languages if (own := stem(code, word))]
    asked = [f"{letter}{word}" for letter in texts]
    asked += [f"~{letter}{code}{own}" for code, own, _ in stems for letter in texts]
    found = terms([term.encode() for term in asked])
    if texts != TEXTS:
        return found
    return Or((found, OfSpeaker(terms([f"n{word}".encode()])), *(_stem_in_names(word, *one) for one in stems)))


def _stem_in_names(word: str, code: str, own: str, tags: tuple[str, ...]) -> Formula:
    """Words of names that have the stem in a language, of claims whose words are in that language."""
    asked = [f"~n{code}{own}"]
    if own != word and stem(code, own) == own:  # the index has no stem of a word that is its own
        asked.append(f"n{own}")
    in_names = OfSpeaker(terms([term.encode() for term in asked]))
    return And((in_names, terms([fact(WORDS_LANGUAGE, tag) for tag in tags])))


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
