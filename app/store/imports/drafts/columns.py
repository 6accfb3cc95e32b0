"""The columns of records as a draft sees them: how full each is, and what its values look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from itertools import islice
from typing import Any, Final, Literal

from babel import Locale

from app.domain.record.addresses import check_address, is_archived
from app.domain.text.absent_values import WORDS_FOR_NOTHING
from app.domain.text.controls import shown
from app.errors import BadValue, words_in
from app.store.imports.drafts.date_forms import DatesSeen, dates_in
from app.store.imports.mapping.names import ENGINE, NAME

Kind = Literal["empty", "date", "number", "address", "language", "truth", "list", "objects", "words", "text"]

DEEPEST: Final = 3  # objects in objects whose members are columns of their own
MOST_COLUMNS: Final = 300
LOOKED_AT: Final = 100  # different values that tell what a column holds
DATES: Final = 1000  # of dates: the one that tells the day from the month may be rare
LONGEST_KEY: Final = 200  # characters of what may be a key
KEYS: Final = ("id", "identifier", "nr", "no", "num", "number", "nummer", "code", "ref", "uid", "index")
RECORDS: Final = frozenset(("claim", "statement", "quote", "record", "row", "item", "review"))  # an id may be named of
LONG: Final = 40  # characters that values of statements have at the middle
FEW: Final = 12  # different values of a column that groups records
SHOWN: Final = 3  # examples
SHOWN_LENGTH: Final = 40  # characters of an example
ENOUGH: Final = 0.9  # share of values that decides
NO_NAMES: Final = frozenset(
    ("not", "and", "or", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None")
)
_NUMBER: Final = re.compile(r"[-+−]?(?:\d[\d.,'  ]*)?\d\s?%?")
_TRUTHS: Final = ({"true", "false"}, {"yes", "no"}, {"0", "1"}, {"y", "n"}, {"t", "f"})
_SEPARATORS: Final = (";", "|", ",")


@dataclass(frozen=True)
class Column:
    """A column: a member of records, or one inside of an object there. cells: its value in each record, or None."""

    steps: tuple[str, ...]
    cells: list[Any]

    @cached_property
    def values(self) -> list[Any]:
        """The values that are something."""
        return [cell for cell in self.cells if cell is not None]

    @property
    def total(self) -> int:
        """The number of records."""
        return len(self.cells)

    @property
    def name(self) -> str:
        """Its name as comments have it."""
        return shown(".".join(self.steps))

    @property
    def expression(self) -> str:
        """Its name as templates have it: `author.name`, `row['Full name']`."""
        first, *rest = self.steps
        is_plain = NAME.fullmatch(first) and first not in ENGINE and first not in NO_NAMES
        told = first if is_plain else f"row[{first!r}]"
        for step in rest:
            is_plain = NAME.fullmatch(step) and not hasattr(dict, step) and step not in NO_NAMES
            told += f".{step}" if is_plain else f"[{step!r}]"
        return told

    @cached_property
    def texts(self) -> list[str]:
        """The different values as texts, the commonest first; of lists their elements."""
        found = Counter(
            _text(part) for value in self.values for part in (value if isinstance(value, list) else [value])
        )
        return [text for text, _ in found.most_common()]

    @cached_property
    def sample(self) -> list[str]:
        """So many of them as tell what the column holds, without words for nothing."""
        return [text for text in self.texts if text.strip().lower() not in WORDS_FOR_NOTHING][:LOOKED_AT]

    @property
    def unsaid(self) -> list[str]:
        """The words for nothing among the values."""
        return [text for text in self.texts if text.strip().lower() in WORDS_FOR_NOTHING]

    @cached_property
    def dates(self) -> DatesSeen | None:
        """The dates that the values are."""
        are_numbers = all(re.fullmatch(r"\d{1,4}|\d{5,7}", text) for text in self.sample)  # years among them
        if are_numbers or dates_in(self.sample) is None:
            return None
        return dates_in([text for text in self.texts[:DATES] if text not in self.unsaid])

    @cached_property
    def kind(self) -> Kind:
        """The kind that the values look like."""
        if not self.sample:
            return "empty"
        if any(isinstance(value, list) for value in self.values):
            inner = [part for value in self.values if isinstance(value, list) for part in value]
            return "objects" if any(isinstance(part, dict) for part in inner) else "list"
        if all(isinstance(value, bool) for value in self.values) or {text.lower() for text in self.sample} in _TRUTHS:
            return "truth"
        return self._kind_of_texts()

    def _kind_of_texts(self) -> Kind:
        if self.dates is not None:
            return "date"
        if self._most(lambda text: bool(_NUMBER.fullmatch(text))):
            return "number"
        if self._most(_is_address):
            return "address"
        if self._most(_is_language):
            return "language"
        return "text" if self.is_long else "words"

    def _most(self, holds: Callable[[str], bool]) -> bool:
        return sum(map(holds, self.sample)) >= ENOUGH * len(self.sample)

    @property
    def is_long(self) -> bool:
        """Whether the values are sentences rather than names."""
        lengths = sorted(map(len, self.sample))
        return bool(lengths) and lengths[len(lengths) // 2] >= LONG

    @property
    def is_unique(self) -> bool:
        """Whether each record has a value of its own, without blanks."""
        short = all(len(text) <= 100 and " " not in text for text in self.texts)
        return short and len(self.values) == self.total == len(self.texts)

    @property
    def may_be_key(self) -> bool:
        """Whether records may be known by the column: all have it, in short, and it is no time, measure or truth."""
        is_whole = len(self.values) == self.total and all(len(text) <= LONGEST_KEY for text in self.texts)
        if not is_whole or self.kind in ("date", "truth", "list", "objects") or self.is_year:
            return False
        return self.kind != "number" or all(text.isdigit() for text in self.texts)

    @property
    def is_named_as_key(self) -> bool:
        """Whether it is called an id, of the record itself."""
        words = [word for step in self.steps for word in words_in(step)]
        return self.is_id and set(words[:-1]) <= RECORDS

    @property
    def is_id(self) -> bool:
        """Whether it is called an id, of whatever."""
        return words_in(self.steps[-1])[-1:] in [[one] for one in KEYS]

    @property
    def repeats(self) -> str:
        """A comment on a column in which some records have the value of another, or none; "" for any other."""
        counts = Counter(_text(value) for value in self.values)
        several = [text for text, count in counts.most_common() if count > 1]
        if several:
            values = "1 value stands" if len(several) == 1 else f"{len(several):,} values stand"
            return f"{values} in several records, such as {example(several[0])} in {counts[several[0]]:,}"
        lacking = self.total - len(self.values)
        return f"{_percent(lacking, self.total)} of the records have none" if lacking and self.values else ""

    @property
    def is_archived(self) -> bool:
        """Whether the values are addresses of copies in archives."""
        return self.kind == "address" and self._most(is_archived)

    @property
    def groups(self) -> bool:
        """Whether few values, short ones, come again and again."""
        return not self.is_long and len(self.texts) <= min(FEW, len(self.values) // 2)

    @property
    def is_year(self) -> bool:
        """Whether all values are years."""
        return self._most(lambda text: re.fullmatch(r"1[5-9]\d\d|20\d\d", text) is not None)

    @property
    def separator(self) -> str:
        """The mark between several short values in one text; "" for none."""
        for mark in _SEPARATORS:
            parts = [text.split(mark) for text in self.sample if mark in text]
            short = all(len(part.split()) <= 5 for one in parts for part in one)
            if len(parts) * 5 > len(self.sample) and short:
                return mark
        return ""

    @property
    def seen(self) -> str:
        """A comment on the values: `12% empty; 4 different values, such as yes, no`."""
        empty = self.total - len(self.values)
        share = "" if not empty else f"{_percent(empty, self.total)} empty; "
        if not self.texts:
            return "empty"
        if self.kind == "objects":
            return f"{share}{_members(self.values)}"
        examples = ", ".join(example(text) for text in self.texts[:SHOWN])
        different = "each different" if len(self.texts) == len(self.values) > 1 else f"{len(self.texts):,} different"
        return f"{share}{different}, such as {examples}"


def _members(values: Sequence[Any]) -> str:
    """A word for lists of objects, with the names in these."""
    objects = (one for value in values if isinstance(value, list) for one in value if isinstance(one, dict))
    names = list(dict.fromkeys(str(name) for one in islice(objects, LOOKED_AT) for name in one))
    return f"lists of objects with {', '.join(map(example, names[:8]))}" + (", …" if len(names) > 8 else "")


def are_different(columns: Sequence[Column]) -> bool:
    """Whether records that have the columns differ in them together."""
    rows = [tuple(map(str, row)) for row in zip(*(column.cells for column in columns), strict=True)]
    return len(set(rows)) == len(rows)


def _percent(part: int, whole: int) -> str:
    return "under 1%" if part * 100 < whole else f"{part * 100 // whole}%"


def example(text: str) -> str:
    """A value in a comment, shortened."""
    plain = shown(" ".join(text.split()))
    return plain if len(plain) <= SHOWN_LENGTH else plain[: SHOWN_LENGTH - 1] + "…"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _is_address(text: str) -> bool:
    if not re.match(r"\w+://|www\.|doi:", text):
        return False
    try:
        check_address(text)
    except BadValue:
        return False
    return True


@cache
def _languages() -> frozenset[str]:
    return frozenset(Locale("en").languages)


def _is_language(text: str) -> bool:
    """Whether a text is the tag of a language, of two letters; two letters may be somebody's initials as well."""
    return re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z0-9]{2,4})?", text) is not None and text[:2].lower() in _languages()


def columns_of(records: Sequence[dict[str, Any]]) -> list[Column]:
    """The columns of records in the order in which they are first seen."""
    found: dict[tuple[str, ...], dict[int, Any]] = {}
    for n, record in enumerate(records):
        for steps, value in _leaves(record, ()):
            if steps not in found and len(found) >= MOST_COLUMNS:
                continue
            cells = found.setdefault(steps, {})
            if value is not None and value != [] and not (isinstance(value, str) and not value.strip()):
                cells[n] = value
    return [Column(steps, [cells.get(n) for n in range(len(records))]) for steps, cells in found.items()]


def _leaves(record: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in record.items():
        steps = (*above, str(name))
        if isinstance(value, dict) and value and len(steps) <= DEEPEST:
            yield from _leaves(value, steps)
        else:
            yield steps, value
