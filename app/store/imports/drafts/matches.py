"""The targets that columns are matched with: by their names, then by what they hold. Each target once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from app.domain.record.field_paths import RecordKind, meant_places
from app.domain.record.targets import Target, targets_of
from app.errors import words_in
from app.store.imports.drafts.columns import KEYS, Column

LONGEST_NAME: Final = 200  # characters of what may be a name or a title
SEVERAL: Final = 3  # words that a name has at most
WORDS: Final = ("quote", "paraphrase")
FIRST: Final = ("first", "given", "forename", "vorname", "prenom", "fornavn")  # parts of a person's name
LAST: Final = ("last", "family", "surname", "lastname", "nachname", "apellido", "apellidos", "efternavn", "sobrenome")
OTHERS: Final = ("middle", "suffix", "prefix", "nickname", "nick", "honorific", "initials")
NEEDED: Final = {"assessments.0": ("rating", "rating_value"), "figures.0": ("value", "low", "high")}  # one of them
ARCHIVED: Final = frozenset(("archive", "archived", "archives", "wayback", "snapshot"))  # in names of copies' addresses
IDS: Final = ("id", "ids", "identifiers")  # objects of identifiers by scheme

# The members of schema.org's ClaimReview, by the words of their names. One of MARKS shows that a table has them.
MARKS: Final = ("claim reviewed", "review body", "review rating", "rating value")
REVIEW: Final[Mapping[str, str]] = {
    "claim reviewed": "paraphrase",
    "url": "assessments.0.url",
    "author": "assessments.0.publisher",
    "author name": "assessments.0.publisher",
    "publisher": "assessments.0.publisher",
    "date published": "assessments.0.rated_on",
    "alternate name": "assessments.0.rating",
    "alternative name": "assessments.0.rating",
    "review rating": "assessments.0.rating",
    "review rating alternate name": "assessments.0.rating",
    "review rating rating value": "assessments.0.rating_value",
    "rating value": "assessments.0.rating_value",
    "best rating": "assessments.0.best",
    "worst rating": "assessments.0.worst",
    "review body": "assessments.0.note",
    "item reviewed author name": "speaker.name",
    "item reviewed date published": "said_on",
    "title": "source.title",
    "headline": "source.title",
}


class Match(NamedTuple):
    """A target and the column that it is made from. by: how that was found: by its name, or by what it holds. behind:
    another column, whose value follows that of the first.
    """

    target: str
    column: Column
    by: str
    behind: Column | None = None


class Matches(NamedTuple):
    """The matches in the order of targets, and the columns without one. is_review: whether they are ClaimReview's."""

    record: RecordKind
    found: list[Match]
    rest: list[Column]
    is_review: bool


def match_columns(columns: Sequence[Column]) -> Matches:
    """The targets of columns. Where none holds words, and one holds names, they are of speakers."""
    is_review = any(_phrase(column.steps) in MARKS for column in columns)
    claim = _Matching("claim", columns, is_review=is_review)
    claim.by_name()
    claim.by_content()
    claim.by_name(years=True)
    if not claim.taken.keys() & set(WORDS):
        speaker = _Matching("speaker", columns, is_review=False)
        speaker.by_name()
        speaker.by_name(years=True)
        if "name" in speaker.taken:
            return speaker.result()
    return claim.result()


def _part_of_name(column: Column) -> Sequence[str]:
    """The words for the part of a name that a column holds: FIRST, LAST or OTHERS; none for another column."""
    words = _phrase(column.steps).removesuffix(" name").removeprefix("name ").removeprefix("speaker ")
    return next((part for part in (FIRST, LAST, OTHERS) if words in part), ())


def _phrase(steps: Sequence[str]) -> str:
    return " ".join(word for step in steps for word in words_in(step))


def fits(column: Column, target: Target) -> bool:
    """Whether the values of a column are of a target's type."""
    kind = column.kind
    if kind in ("empty", "objects"):
        return False
    if target.choices:
        return {text.lower() for text in column.texts} <= set(target.choices)
    match target.type:
        case "date (EDTF)":
            return kind == "date" or (kind == "number" and column.is_year)
        case "address (URL)":
            return kind == "address" and (not column.is_archived or target.name.endswith("archive_url"))
        case "number" | "seconds" | "whole number":
            return kind == "number" and not column.is_year
        case "language (BCP 47)":
            return kind == "language"
        case "key":
            return column.is_unique
        case "list of texts" | "text, or list of texts":
            return kind == "list" or not column.is_long or bool(column.separator)
        case "id" | "object" | "list of objects":
            return False
    if target.name in WORDS:
        return kind in ("text", "words", "language", "address")
    if kind == "list" or kind == "date":
        return False
    is_name = target.name.rpartition(".")[2] in ("name", "title", "publisher", "rating", "unit", "metric")
    return not is_name or (kind != "address" and max(map(len, column.sample)) <= LONGEST_NAME)


class _Matching:
    """The matching of columns with one kind of record."""

    def __init__(self, record: RecordKind, columns: Sequence[Column], *, is_review: bool) -> None:
        self._record = record
        self._columns = list(columns)
        self._is_review = is_review
        self._targets = {target.name: target for target in targets_of(record)}
        self.taken: dict[str, Match] = {}

    def result(self) -> Matches:
        """The matches."""
        for element, needed in NEEDED.items():
            if not self.taken.keys() & {f"{element}.{name}" for name in needed}:
                self.taken = {name: one for name, one in self.taken.items() if not name.startswith(f"{element}.")}
        order = list(self._targets)
        found = sorted(self.taken.values(), key=lambda one: order.index(one.target) if one.target in order else -1)
        used = {one.column.steps for one in found} | {one.behind.steps for one in found if one.behind}
        rest = [column for column in self._columns if column.steps not in used]
        return Matches(self._record, found, rest, self._is_review)

    @property
    def _free(self) -> Iterator[Column]:
        found = self.taken.values()
        used = {one.column.steps for one in found} | {one.behind.steps for one in found if one.behind}
        yield from (column for column in self._columns if column.steps not in used)

    def by_name(self, *, years: bool = False) -> None:
        """Match columns by what they are called: all of a name first, then its last word, then its first one. years:
        those of years, which say less than the dates beside them.
        """
        for names_of in (_whole, _last, _first):
            for column in [one for one in self._free if one.is_year == years]:
                self._take(column, (place for name in names_of(column) for place in self._meant(name, column)), "name")
        self._take_parted_name()

    def _take_parted_name(self) -> None:
        """Match given and family name together, where no column has both."""
        target = "name" if self._record == "speaker" else "speaker.name"
        parts = [next((one for one in self._free if _part_of_name(one) == part), None) for part in (FIRST, LAST)]
        if target not in self.taken and parts[0] and parts[1]:
            self.taken[target] = Match(target, parts[0], "name", parts[1])

    def _take(self, column: Column, places: Iterable[str], by: str) -> None:
        for place in places:
            target = self._target(place)
            if target is not None and target.name not in self.taken and fits(column, target):
                self.taken[target.name] = Match(target.name, column, by)
                return

    def _target(self, place: str) -> Target | None:
        """The target of a place: of elements that are texts the list."""
        scheme = place.rpartition(".")[2]
        if place.startswith("identifiers."):
            return self._targets["identifiers.wikidata"]._replace(name=f"identifiers.{scheme}")
        return self._targets.get(place.removesuffix(".0"))

    def _meant(self, name: str, column: Column) -> Iterator[str]:
        if self._is_review and name in REVIEW:
            yield REVIEW[name]
            return
        if self._record == "speaker" and len(column.steps) > 1 and column.steps[0] in IDS:
            yield f"identifiers.{column.steps[-1]}"
            return
        if _part_of_name(column):
            return
        if column.kind == "address" and (column.is_archived or ARCHIVED & set(_phrase(column.steps).split())):
            yield "source.archive_url"
            return
        if name in KEYS:
            yield "key"
        for place in meant_places(self._record, name):
            if place == "assessments.0.rating" and column.kind == "number":
                yield "assessments.0.rating_value"
            yield place
            if place == "quote":
                yield "paraphrase"

    def by_content(self) -> None:
        """Match what is still needed by what columns hold: the longest texts, the only dates, the first addresses."""
        texts = sorted(filter(_may_be_words, self._free), key=_length, reverse=True)
        if not self.taken.keys() & set(WORDS) and texts:
            self._take(texts[0], ["quote" if _is_quoted(texts[0]) else "paraphrase"], "content")
        dates = [column for column in self._free if column.kind == "date"]
        if len(dates) == 1 and not any(name.endswith("_on") for name in self.taken):
            self._take(dates[0], ["said_on"], "content")
        for column in (column for column in self._free if column.is_archived):
            self._take(column, ["source.archive_url"], "content")
        if "source.url" not in self.taken:
            for column in (column for column in self._free if column.kind == "address"):
                self._take(column, ["source.url"], "content")
        languages = [column for column in self._free if column.kind == "language"]
        if len(languages) == 1:
            self._take(languages[0], ["language"], "content")


def _whole(column: Column) -> Iterator[str]:
    yield _phrase(column.steps)
    if len(column.steps) > 1:
        yield _phrase(column.steps[-1:])
        yield _phrase(column.steps[:1])


def _last(column: Column) -> Iterator[str]:
    yield from words_in(column.steps[-1])[-1:]


def _first(column: Column) -> Iterator[str]:
    words = words_in(column.steps[-1])
    if len(words) > 1 and words[-1] not in ("id", "ids"):  # the id of a speaker is no name
        yield words[0]


def _may_be_words(column: Column) -> bool:
    """Whether a column holds sentences, short ones perhaps."""
    several = sum(len(text.split()) > SEVERAL for text in column.sample) * 2 >= len(column.sample)
    return column.kind == "text" or (column.kind == "words" and several and not column.groups)


def _length(column: Column) -> int:
    return sorted(map(len, column.sample))[len(column.sample) // 2]


def _is_quoted(column: Column) -> bool:
    """Whether most values begin with a quotation mark."""
    return sum(text.lstrip()[:1] in "\"“„«‘'「" for text in column.sample) * 2 > len(column.sample)
