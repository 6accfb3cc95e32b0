"""Formulas: what is asked of the inverted index, as and, or, not of terms, marked words and search texts.

Any formula is one query text of the engine's index (`match_text` for SQLite's full-text table, `vector_query` for
PostgreSQL's tsvector). The same formula can be tested on the index entry of one version (`entry_test`), for what is no
longer in the index or is met in another order. All texts are made of our own tokens, so that nothing in them is syntax.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import and_, false, func, literal_column, not_, or_, select, true
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import UserDefinedType

from app.domain.query.logic import And, Not, Or
from app.domain.query.query_text import Phrase, SearchText, Word
from app.domain.text.stems import stem
from app.store.database.statements import Fixed, Sql
from app.store.database.tables import Claim, IndexEntry
from app.store.index.entries import MARK, PAIR, STEM, STEMS, TERM, TEXTS, pairs_in
from app.store.records.index_terms import EVERY, term_token
from app.store.records.names import spaced

claim = Claim.__table__.c


@dataclass(frozen=True, slots=True)
class Terms:
    """One of these terms at least."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A word of a marked field that begins so: the field's letter and the beginning."""

    beginning: str


@dataclass(frozen=True, slots=True)
class Text:
    """A word or phrase in the first so many texts: 1 quote, 2 quote and paraphrase, 3 all. stems: of a plain word."""

    words: tuple[str, ...]
    open_end: bool
    stems: tuple[str, ...] = ()
    texts: int = 3


Leaf: TypeAlias = Terms | Mark | Text
Formula: TypeAlias = Terms | Mark | Text | And[Leaf] | Or[Leaf] | Not[Leaf]

EVERYTHING: Final[And[Leaf]] = And(())
NOTHING: Final[Or[Leaf]] = Or(())


def all_of(parts: Iterable[Formula]) -> Formula:
    """All of the parts, as simple as it can be said."""
    flat: list[Formula] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else (part,)
    if NOTHING in flat:
        return NOTHING
    different = tuple(dict.fromkeys(flat))
    return different[0] if len(different) == 1 else And(different)


def any_of(parts: Iterable[Formula]) -> Formula:
    """Any of the parts, as simple as it can be said."""
    flat: list[Formula] = []
    for part in parts:
        flat += part.parts if isinstance(part, Or) else (part,)
    if EVERYTHING in flat:
        return EVERYTHING
    different = tuple(dict.fromkeys(flat))
    return different[0] if len(different) == 1 else Or(different)


def none_of(part: Formula) -> Formula:
    """The part negated."""
    if part == EVERYTHING:
        return NOTHING
    if part == NOTHING:
        return EVERYTHING
    return part.part if isinstance(part, Not) else Not(part)


def terms(numbers: Iterable[int]) -> Formula:
    """One of these terms at least."""
    found = tuple(numbers)
    return Terms(found) if found else NOTHING


def text_formula(found: SearchText, languages: Iterable[str], texts: int = 3) -> Formula:
    """A search text; what is not to be found is not to be found in any text. languages: those with stems to look
    for.
    """
    match found:
        case Word(text):
            stems = tuple(f"{language}{own}" for language in languages if (own := stem(language, text)))
            return Text((text,), False, stems, texts)
        case Phrase(words, open_end):
            return Text(words, open_end, (), texts)
        case And(parts):
            return all_of(text_formula(part, languages, texts) for part in parts)
        case Or(parts):
            return any_of(text_formula(part, languages, texts) for part in parts)
        case Not(part):
            return none_of(text_formula(part, languages))


# SQLite: an expression of its full-text table


def match_text(formula: Formula) -> str:
    """The full-text expression. A pure negation is subtracted from all claims."""
    match formula:
        case Terms(numbers):
            return "terms : (" + " OR ".join([f'"{term_token(one)}"' for one in numbers]) + ")"
        case Mark(beginning):
            return f'marks : ("{beginning}" *)'
        case Text():
            return _match_of_text(formula)
        case Or(parts):
            return "(" + " OR ".join([match_text(part) for part in parts]) + ")"
        case Not(part):
            return f"({_ALL} NOT {match_text(part)})"
        case And(parts):
            asked = [match_text(part) for part in parts if not isinstance(part, Not)]
            denied = [match_text(part.part) for part in parts if isinstance(part, Not)]
            found = "(" + " AND ".join(asked or [_ALL]) + ")"
            return f"({found} NOT ({' OR '.join(denied)}))" if denied else found


_ALL: Final = f'terms : ("{term_token(EVERY)}")'


def _match_of_text(text: Text) -> str:
    phrase = f'"{" ".join(text.words)}"{" *" if text.open_end else ""}'
    found = f"{{{' '.join(TEXTS[: text.texts])}}} : ({phrase})"
    pairs = pairs_in(text.words[:-1] if text.open_end else text.words)
    if pairs:  # rarer than the words, and read first
        side_by_side = " AND ".join([f'"p{one}"' for one in dict.fromkeys(pairs)])
        found = f"(marks : ({side_by_side}) AND {found})"
    if not text.stems:
        return found
    stems = " OR ".join([f'"{one}"' for one in text.stems])
    return f"({found} OR {{{' '.join(STEMS[: text.texts])}}} : ({stems}))"


# PostgreSQL: a tsquery


class TsQuery(UserDefinedType[str]):
    """PostgreSQL's type of text queries."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in SQL."""
        return "tsquery"


_WEIGHTS: Final = {1: ":A", 2: ":AB", 3: ""}


def vector_query(formula: Formula) -> str:
    """The tsquery. Phrases of more than two words are narrowed by their pairs; see `is_exact`."""
    match formula:
        case Terms(numbers):
            return "(" + " | ".join([f"'{TERM}{term_token(one)}'" for one in numbers]) + ")"
        case Mark(beginning):
            return f"'{MARK}{beginning}':*"
        case Text():
            return _vector_of_text(formula)
        case Or(parts):
            return "(" + " | ".join([vector_query(part) for part in parts]) + ")"
        case Not(part):
            return f"('{TERM}{term_token(EVERY)}' & !{vector_query(part)})"
        case And(parts):
            every = [vector_query(part) for part in parts if not isinstance(part, Not)]
            denied = [f"!{vector_query(part.part)}" for part in parts if isinstance(part, Not)]
            return "(" + " & ".join([*(every or [f"'{TERM}{term_token(EVERY)}'"]), *denied]) + ")"


def _vector_of_text(text: Text) -> str:
    weight, words = _WEIGHTS[text.texts], text.words
    closed = words[:-1] if text.open_end else words
    found = [f"'{PAIR}{one}'{weight}" for one in pairs_in(closed)]
    if len(closed) == 1:
        found.append(f"'{closed[0]}'{weight}")
    if text.open_end:
        found.append(f"'{words[-1]}'{weight or ':'}*")
    asked = " & ".join(dict.fromkeys(found))
    if text.stems:
        return "(" + " | ".join([asked, *(f"'{STEM}{one}'{weight}" for one in text.stems)]) + ")"
    return f"({asked})" if len(found) > 1 else asked


def is_exact(formula: Formula) -> bool:
    """Whether PostgreSQL's index decides it: phrases of three words or more, or of two with an open end, it only
    narrows.
    """
    match formula:
        case Text(words, open_end):
            return len(words) <= (1 if open_end else 2)
        case And(parts) | Or(parts):
            return all(is_exact(part) for part in parts)
        case Not(part):
            return is_exact(part)
    return True


def narrowed(formula: Formula) -> Formula:
    """A formula that PostgreSQL's index decides, and that all which meets this one meets."""
    match formula:
        case And(parts):
            return all_of(narrowed(part) for part in parts)
        case Or(parts):
            return any_of(narrowed(part) for part in parts)
        case Not(part):
            return formula if is_exact(part) else EVERYTHING
    return formula


# A test of one entry


def entry_test(formula: Formula, dialect: str) -> Sql:
    """An expression over `claims`: whether the index entry of the version meets the formula."""
    if formula == EVERYTHING:
        return Sql(_always)
    if formula == NOTHING:
        return Sql(_never)
    return Sql(_entry_meets, _tested(formula, dialect == "sqlite"))


def _entry_meets(test: Any) -> Any:
    # As a value, not by EXISTS or a join: it is a test of one row, and no planner may take it for a way to find rows.
    found = select(test).select_from(IndexEntry).where(IndexEntry.pos == claim.pos).correlate(Claim)
    return func.coalesce(found.scalar_subquery(), false())


def _tested(formula: Formula, sqlite: bool) -> Sql:
    if not sqlite and is_exact(formula):
        return Sql(_has_lexemes, vector_query(formula))
    match formula:
        case And(parts):
            return Sql(all_hold, tuple(_tested(part, sqlite) for part in parts))
        case Or(parts):
            return Sql(any_holds, tuple(_tested(part, sqlite) for part in parts))
        case Not(part):
            return Sql(fails, _tested(part, sqlite))
        case Terms(numbers):
            return Sql(_stands_in, True, _columns(("terms",)), tuple(f" {term_token(one)} " for one in numbers))
        case Mark(beginning):
            return Sql(_stands_in, True, _columns(("marks",)), (f" {beginning}",))
        case Text():
            return _tested_text(formula, sqlite)


def _tested_text(text: Text, sqlite: bool) -> Sql:
    phrase = spaced(text.words).rstrip(" ") if text.open_end else spaced(text.words)
    side_by_side = Sql(_stands_in, sqlite, _columns(TEXTS[: text.texts]), (phrase,))
    if not sqlite:
        return Sql(all_hold, (Sql(_has_lexemes, vector_query(text)), side_by_side))
    stems = tuple(f" {one} " for one in text.stems)
    if not stems:
        return side_by_side
    return Sql(any_holds, (side_by_side, Sql(_stands_in, True, _columns(STEMS[: text.texts]), stems)))


def _columns(names: Iterable[str]) -> tuple[Fixed, ...]:
    return tuple(Fixed(IndexEntry.__table__.c[name]) for name in names)


# Templates


def _stands_in(sqlite: bool, columns: tuple[Any, ...], values: tuple[Any, ...]) -> Any:
    """One of the values stands in one of the columns."""
    at = func.instr if sqlite else func.strpos
    return any_holds(tuple(at(column, value) > literal_column("0") for column in columns for value in values))


def _has_lexemes(query: Any) -> Any:
    return IndexEntry.words.op("@@", is_comparison=True)(sql_cast(query, TsQuery()))


def all_hold(parts: tuple[Any, ...]) -> Any:
    """All of the expressions."""
    return and_(true(), *_some_at_a_time(and_, parts))


def any_holds(parts: tuple[Any, ...]) -> Any:
    """Any of the expressions."""
    return or_(false(), *_some_at_a_time(or_, parts))


def _some_at_a_time(join: Any, parts: tuple[Any, ...]) -> list[Any]:
    """The parts, joined some at a time: SQLite refuses an expression that is deeper than 1,000."""
    if len(parts) <= 50:
        return list(parts)
    return [func.coalesce(join(*parts[at : at + 50]), false()) for at in range(0, len(parts), 50)]


def fails(part: Any) -> Any:
    """The expression does not hold: what is unknown does not hold, so its negation does."""
    return not_(func.coalesce(part, false()))


def _always() -> Any:
    return true()


def _never() -> Any:
    return false()
