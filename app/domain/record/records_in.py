"""Input models: claims, speakers, sources and metrics, with their checks.

Short forms (a date as a string, `role`, `source` beside `locator`) are widened before the fields are checked, so that
each model has one shape, and a problem's path is the path in that shape.

One file for all of them, long as it is: each refers to the others, and a reader wants the record on one page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from app.domain.dates.edtf import Edtf, parse_edtf
from app.domain.quantities.figures import Bounds, bounds_of, parse_decimal
from app.domain.quantities.units import parse_unit
from app.domain.record.addresses import check_address
from app.domain.record.datasets import MAX_NAME, NAMES, check_dataset
from app.domain.record.dotted_names import told_as_objects, value_at
from app.domain.record.identifiers import joined
from app.domain.record.languages import MAX_TAG, PATTERN, check_language
from app.domain.record.synonyms import meant_by, meant_values
from app.domain.record.tenures import parse_end
from app.domain.text.controls import UNSEEN
from app.domain.text.tokenizer import fold_name, plain_blanks
from app.errors import BadValue, FieldPath, Problem, check_text, near, problems_of

Kind = Literal["person", "organization", "group", "unnamed"]
RoleStatus = Literal["current", "former", "acting"]
Basis = Literal["stated", "tenure"]
SourceKind = Literal["article", "transcript", "report", "post", "speech", "dataset", "video", "audio"]
Comparator = Literal["exactly", "about", "at_least", "more_than", "at_most", "less_than", "between"]
FigureKind = Literal["actual", "target", "estimate", "forecast", "limit"]
Change = Literal["difference", "ratio"]
Verification = Literal["verbatim", "normalized", "elided", "ambiguous", "not_found", "unchecked"]
RelationType = Literal["supports", "contradicts", "updates", "restates", "answers", "jointly"]
Status = Literal["active", "retracted"]
RetractionKind = Literal["record_error", "source_correction", "speaker_withdrew"]

MAX_LIST = 100
MAX_AUTHORS = 1000  # of a source
MAX_TEXT = 20_000_000  # characters of a source's text

ID = re.compile(r"(clm|spk|src|met)_([1-9][0-9]{0,17})", re.ASCII)


def parse_id(text: str, prefix: str) -> int | None:
    """The counter in an id such as `spk_7`; None where the text is no id of that kind."""
    match = ID.fullmatch(text)
    return int(match[2]) if match and match[1] == prefix else None


def _told(meaning: str, example: Any, default: Any = None) -> Any:
    """A field that may be left out: what it means, for descriptions."""
    return Field(default=default, description=meaning, examples=[example])


def _read_only(meaning: str, default: Any = None) -> Any:
    """A field that is accepted and follows from others, so that an answer can be sent again."""
    return Field(default=default, description=meaning, json_schema_extra={"readOnly": True})


_NOTHING = dict.fromkeys(map(ord, UNSEEN))


def _filled(text: str) -> str:
    if not text[:1].isalnum() and not text.translate(_NOTHING).strip():
        raise BadValue("an empty text; leave the field out, or give null")
    return text


def _check_of(limit: int, unit: Literal["bytes", "characters"], as_printed: bool = True) -> Callable[[str], str]:
    def check(text: str) -> str:
        check_text(text)
        if not as_printed:
            text = plain_blanks(text)
        _filled(text)
        size = len(text.encode()) if unit == "bytes" else len(text)
        if size > limit:
            raise BadValue(f"{size:,} {unit} long; at most {limit:,} are stored")
        return text

    return check


def _text(limit: int, unit: Literal["bytes", "characters"]) -> Any:
    return AfterValidator(_check_of(limit, unit))


_check_name = _check_of(512, "bytes", as_printed=False)

Key = Annotated[str, _text(512, "bytes")]
Id = Annotated[str, AfterValidator(check_text)]
Url = Annotated[str, _text(2048, "bytes"), AfterValidator(check_address)]
Printed = Annotated[str, _text(2000, "characters")]
# Names are read without the blanks that a table or a page puts around them.
Name = Annotated[str, AfterValidator(_check_name)]
Title = Annotated[str, AfterValidator(_check_of(2000, "characters", as_printed=False))]
Words = Annotated[str, _text(20_000, "characters")]
Text = Annotated[str, _text(MAX_TEXT, "characters")]
Language = Annotated[
    str,
    AfterValidator(lambda text: check_language(_filled(text))),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "maxLength": MAX_TAG}),
]
DatasetName = Annotated[
    str,
    AfterValidator(check_dataset),
    WithJsonSchema({"type": "string", "pattern": NAMES, "maxLength": MAX_NAME}),
]
# Minus nought is nought: JSON readers do not agree on "-0".
Number = Annotated[
    Decimal, BeforeValidator(parse_decimal), AfterValidator(lambda number: number if number else abs(number))
]
UnitName = Annotated[str, AfterValidator(lambda text: parse_unit(text).text)]


def _check_values(value: object) -> str | list[str]:
    """The value of an identifier's scheme, or its values, each once; one alone is no list."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise BadValue("a text is needed here, or a list of texts")
    if not 0 < len(given) <= MAX_LIST:
        raise BadValue(f"{len(given)} values; a scheme has 1 to {MAX_LIST}")
    return joined(("", _check_name(text)) for text in given)[""]


Values = Annotated[str | list[str], PlainValidator(_check_values, json_schema_input_type=str | list[str])]
LocatorText = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    _text(200, "bytes"),
    WithJsonSchema({"type": ["string", "integer"]}),
]
Offset = Annotated[int, Field(ge=0, le=MAX_TEXT)]

_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5][0-9](?:[.][0-9]{1,9})?)")


def _seconds(value: object) -> Decimal:
    clock = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if clock:
        whole = str(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + Decimal(clock[3]))
        raise BadValue(f"{value} is a time on a clock; write it in seconds, and the clock's form in `time`", (whole,))
    seconds = parse_decimal(value)
    if seconds < 0:
        raise BadValue(f"{seconds} seconds lie before the beginning; write them from there")
    return seconds if seconds else abs(seconds)


Seconds = Annotated[Decimal, BeforeValidator(_seconds)]


_KEY = "Your own name for the record, which stays: it finds the record again, whatever else is corrected."
_ID = "The id of a record that is stored."


class Record(BaseModel):
    """A checked value: unknown fields are refused, and nothing changes after the checks."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, value: Any) -> Any:
        """A null of a field that cannot be null, and has a default, means that."""
        names = defaulted(cls)
        if not names or not isinstance(value, dict) or not any(value.get(name, 0) is None for name in names):
            return value
        return {name: given for name, given in value.items() if given is not None or name not in names}


@cache
def defaulted(model: type[BaseModel]) -> dict[str, Any]:
    """The fields that cannot be null and have a default, with that."""
    fields = model.model_fields.items()
    return {name: field.default for name, field in fields if not field.is_required() and field.default is not None}


def _widen(name: str) -> Any:
    """Take a bare string for the field `name` of an object."""

    def widen(value: Any) -> Any:
        return {name: value} if isinstance(value, str) else value

    return model_validator(mode="before")(widen)


class DateIn(Record):
    """A date as EDTF, with the words that the source has for it. A bare string is its `edtf`."""

    edtf: str = Field(
        description="The date as EDTF (ISO 8601-2), no more exact than the source: `2024-04`, `2024~`, `2022/2023`.",
        examples=["2024-04-11"],
    )
    earliest: date | None = _read_only("The first day, which follows from the date.")
    latest: date | None = _read_only("The last day, which follows from the date.")
    as_stated: Printed | None = _told("The date in the source's own words.", "this month")

    _short = _widen("edtf")

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        edtf = value.get("edtf") if isinstance(value, dict) else value
        if isinstance(edtf, str):
            _filled(edtf)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            parse_edtf(str(value))  # whose error says what a number may mean that is no year
            raise BadValue(f'a date is a text: write "{value}"')
        return value

    @model_validator(mode="after")
    def _bounds_follow(self) -> Self:
        parsed = self.parsed
        for name in ("earliest", "latest"):
            given, right = getattr(self, name), getattr(parsed, name)
            if given is not None and given != right:
                raise BadValue(f"{name} {given} contradicts {self.edtf}, which gives {right or 'none'}; leave it out")
        return self

    @property
    def parsed(self) -> Edtf:
        """The date with its bounds."""
        return parse_edtf(self.edtf)


class EndIn(DateIn):
    """The end of a tenure: a date, or `..` where the title is still held."""

    @property
    def parsed(self) -> Edtf:
        """The date with its bounds, of which `..` has none."""
        return parse_end(self.edtf)


class Reference(Record):
    """Names a record by its id or key, or describes it."""

    id: Id | None = None
    key: Key | None = None

    @model_validator(mode="before")
    @classmethod
    def _id_from_string(cls, value: Any) -> Any:
        return cls._from_string(value) if isinstance(value, str) else value

    @classmethod
    def _from_string(cls, text: str) -> dict[str, str | None]:
        return {"id": text}

    @model_validator(mode="after")
    def _known_by_something(self) -> Self:
        if self.id is not None and parse_id(self.id, self.prefix()) is None:
            told = f"it looks like {self.prefix()}_12, else give {{key: …}} or {{{self.handles()[2]}: …}}"
            raise BadValue(f"'{self.id[:80]}' is not an id; {told}")
        if not any(getattr(self, name) for name in self.handles()):
            raise BadValue(f"needs one of {', '.join(self.handles())}")
        return self

    @classmethod
    def prefix(cls) -> str:
        """The type in the ids of such records."""
        raise TypeError(cls)

    @classmethod
    def handles(cls) -> tuple[str, ...]:
        """The fields by which such a record can be found or made."""
        return ("id", "key", "name")

    @property
    def number(self) -> int | None:
        """The counter in the id, where one is given."""
        return parse_id(self.id, self.prefix()) if self.id else None


def _id_or_name(text: str) -> dict[str, str | None]:
    return {"id": text} if ID.fullmatch(text) else {"id": None, "name": text}


def is_bare_name(given: dict[str, Any]) -> bool:
    """Whether the fields of a reference are those of a text alone: a name, which may have been meant as a key.

    The null beside it tells: a mark of its own would take a tenth of the time of all checks.
    """
    return given.keys() == {"id", "name"} and given["id"] is None


class Tenure(Record):
    """A title that a speaker held, and for how long. An absent start or end is unknown; until `..`: still held."""

    title: Title = Field(description="The office or job.", examples=["Minister of Finance"])
    organization: OrganizationRef | None = _told(
        "The organization where the title is held; a text is its name.", "Parliament"
    )
    since: DateIn | None = _told("The first day, as far as it is known.", "2013")
    until: EndIn | None = _told("The last day; `..` where the title is still held.", "2015-03-31")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first = self.since and self.since.parsed.earliest
        last = self.until and self.until.parsed.latest
        if first and last and first > last:
            raise BadValue(f"since {self.since and self.since.edtf} is after until {self.until and self.until.edtf}")
        return self


class SpeakerIn(Reference):
    """A speaker: a definition, or a reference that describes one as far as it knows."""

    id: Id | None = _told(_ID, "spk_4")
    key: Key | None = _told(_KEY, "ann-lee")
    name: Name | None = _told("The usual name.", "Ann Lee")
    kind: Kind | None = _told(
        "A person, an organization, a group, or somebody described but not named; never guessed.", "person"
    )
    aliases: Annotated[list[Name], Field(max_length=MAX_LIST)] | None = _told(
        "Other spellings and names, by which the speaker is found as well.", ["A. Lee"]
    )
    identifiers: Annotated[dict[Key, Values], Field(max_length=MAX_LIST)] | None = _told(
        "Identifiers by their scheme: one, or a list of several.", {"wikidata": "Q42"}
    )
    tenures: Annotated[list[Tenure], Field(max_length=MAX_LIST)] | None = _told(
        "Titles that the speaker held: they give roles to claims that state none.",
        [{"title": "Minister", "since": "2013"}],
    )
    note: Words | None = _told("A remark.", "minister until 2024")

    @classmethod
    def prefix(cls) -> str:
        """spk."""
        return "spk"

    @classmethod
    def handles(cls) -> tuple[str, ...]:
        """An identifier finds a speaker as well."""
        return ("id", "key", "name", "identifiers")


class OrganizationRef(SpeakerIn):
    """A speaker where only an organization can stand. A string that is no id is its name."""

    @classmethod
    def _from_string(cls, text: str) -> dict[str, str | None]:
        return _id_or_name(text)


class SourceIn(Reference):
    """A document that proves claims."""

    id: Id | None = _told(_ID, "src_1")
    key: Key | None = _told(_KEY, "budget-2024")
    title: Title | None = _told("The title of the document.", "The budget")
    kind: SourceKind | None = _told("The kind of document.", "article")
    authors: Annotated[list[Name], Field(max_length=MAX_AUTHORS)] | None = _told("Names of its authors.", ["Jo Hill"])
    publisher: Name | None = _told("Publisher: a newspaper, an agency, a site.", "Reuters")
    url: Url | None = _told("The address of the document.", "https://news.example/budget")
    archive_url: Url | None = _told(
        "The address of an archived copy.", "https://web.archive.org/web/2024/https://news.example/budget"
    )
    published_on: DateIn | None = _told("The date of publication.", "2024-04-11")
    accessed_on: DateIn | None = _told("The date on which the document was read.", "2024-05-02")
    language: Language | None = _told("The language of the document.", "en")
    note: Words | None = _told("A remark.", "corrected on 12 April")
    text: Text | None = _told(
        "The whole text, in which quotes are looked for; it is not handed out.", "We hired 1,500, the minister said."
    )

    @classmethod
    def prefix(cls) -> str:
        """src."""
        return "src"

    @classmethod
    def handles(cls) -> tuple[str, ...]:
        """A source is found by its address or title as well."""
        return ("id", "key", "url", "title")


class MetricIn(Reference):
    """A measured quantity. A string that is no id is its name."""

    id: Id | None = _told(_ID, "met_2")
    key: Key | None = _told(_KEY, "staff")
    name: Name | None = _told("The quantity that is measured.", "staff")
    definition: Words | None = _told(
        "A definition: the things that are counted, and how.", "people employed at the end of the year"
    )
    unit: UnitName | None = _told("The unit of its figures where they give none.", "count")

    @classmethod
    def prefix(cls) -> str:
        """met."""
        return "met"

    @classmethod
    def _from_string(cls, text: str) -> dict[str, str | None]:
        return _id_or_name(text)


def _lacking(told: str, record: Record) -> BadValue:
    """The error of an object that lacks what it cannot be without, with what else it has and may have to go."""
    given = {name: getattr(record, name) for name in type(record).model_fields if name in record.model_fields_set}
    return BadValue(told + (_or_leave_out(given) and f": fill one in{_or_leave_out(given)}"))


def _or_leave_out(given: dict[str, Any]) -> str:
    others = [str(name) for name, value in given.items() if value not in (None, [], {})]
    return f", or leave out (or empty) {', '.join(others[:9])} too" if others else ""


class RoleIn(Record):
    """The speaker's role at that time. A bare string is its title."""

    title: Title | None = _told("The office or job at that time.", "Minister of Finance")
    organization: OrganizationRef | None = _told(
        "The organization, where the source names one; a text is its name.", "Parliament"
    )
    status: RoleStatus = _told("Whether the speaker held the role then.", "former", default="current")
    as_stated: Printed | None = _told("The role in the source's own words.", "a former minister of finance")
    basis: Basis = _read_only(
        "Whether the source states the role, or a tenure does; those by tenure are made anew.", default="stated"
    )

    _short = _widen("title")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.title is None and self.organization is None:
            raise _lacking("a role needs a title or an organization", self)
        return self


class Equivalent(Record):
    """The same amount in another unit as the source prints it: shown, never compared."""

    value: Number = Field(description="The amount.", examples=[149108])
    unit: UnitName = Field(description="Its unit.", examples=["USD"])
    as_stated: Printed | None = _told("The amount as printed.", "$149,108")


def is_interval(figure: dict[str, Any]) -> bool:
    """Whether a figure has bounds that are not its value, so that it is between them if nothing else is said."""
    value, low, high = (figure.get(name) for name in ("value", "low", "high"))
    if value is None:
        return True
    try:
        return not (low is None or high is None or parse_decimal(low) == parse_decimal(value) == parse_decimal(high))
    except BadValue:
        return False


class FigureIn(Record):
    """A number in a claim. Without a unit, the metric's holds. A value may stand within bounds of its own."""

    metric: MetricIn = Field(
        description="The quantity that is measured; a text is the metric's name, or its id.", examples=["staff"]
    )
    value: Number | None = _told("The number.", 1500)
    low: Number | None = _told("The lower bound, where it is no single number.", 1400)
    high: Number | None = _told("The upper bound, where it is no single number.", 1600)
    comparator: Comparator = _told("How the number is bounded.", "between", default="exactly")
    unit: UnitName | None = _told(
        "The unit: SI and common ones, ISO 4217 currencies, `percent`, `count`, and combinations; else the metric's.",
        "JPY/year",
    )
    kind: FigureKind = _told("Whether the number is a fact or a plan.", "target", default="actual")
    change: Change | None = _told(
        "Whether the number is a change: a difference (180 more), or a ratio (4 times as many).", "difference"
    )
    period: DateIn | None = _told("The time that the number is about.", "2023")
    equivalents: Annotated[list[Equivalent], Field(max_length=MAX_LIST)] = _told(
        "The same amount in other units, as the source prints it.", [{"value": 149108, "unit": "USD"}], default=[]
    )
    as_stated: Printed | None = _told("The figure in the source's own words.", "about 1,500 people")

    @model_validator(mode="before")
    @classmethod
    def _bounds_alone_are_between(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("comparator") is None and is_interval(value):
            return {**value, "comparator": "between"}
        return value

    @model_validator(mode="after")
    def _bounds_follow(self) -> Self:
        _ = self.bounds
        if self.change == "ratio" and self.unit and parse_unit(self.unit).dimension != "ratio":
            raise BadValue(f"a change that is a ratio has unit ratio or percent, not {self.unit}", ("ratio", "percent"))
        return self

    @property
    def bounds(self) -> Bounds:
        """Low and high as they follow from comparator and value."""
        return bounds_of(self.comparator, self.value, self.low, self.high)


class Difference(Record):
    """A difference between a quote and its source: both texts. Read only."""

    quote: str | None = _read_only("The words of the quote.")
    text: str | None = _read_only("The words of the source.")


class Locator(Record):
    """A place in the source: a few words with the text around them; offsets in characters; page and lines; seconds
    from the beginning of a recording, and the time as printed.
    """

    exact: Words | None = _told("A few words of the source at that place.", "we hired 1,500")
    prefix: Printed | None = _told("The words before them.", "The minister said:")
    suffix: Printed | None = _told("The words behind them.", "That is a record.")
    start: Offset | None = _told("Where the words begin in the source's text, in characters from 0.", 2310)
    end: Offset | None = _told("Where they end.", 2381)
    page: LocatorText | None = _told("The page, or pages.", "12-13")
    lines: LocatorText | None = _told("The line, or lines.", "40-44")
    start_time: Seconds | None = _told("Where it begins in a recording, in seconds.", 62.5)
    end_time: Seconds | None = _told("Where it ends in a recording, in seconds.", 70)
    time: LocatorText | None = _told("The time in a recording, as printed.", "1:02")
    gaps: list[str] | None = _read_only("The words that an elided quote leaves out.")
    differences: list[Difference] | None = _read_only("The other differences between the quote and the source.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise BadValue(f"start {self.start} is after end {self.end}")
        if self.start_time is not None and self.end_time is not None and self.start_time > self.end_time:
            raise BadValue(f"start_time {self.start_time} is after end_time {self.end_time}")
        return self


class CitationIn(Record):
    """A source that has the claim."""

    source: SourceIn = Field(
        description="The document that has the claim.",
        examples=[{"title": "The budget", "url": "https://news.example/budget"}],
    )
    via: Title | None = _told("Through whom the source has the words: an agency, a spokesman.", "Kyodo")
    locator: Locator | None = _told("The place in the source.", {"page": "12"})
    verification: Verification | None = _read_only("Whether the words were found in the source's text.")


class AssessmentIn(Record):
    """A verdict that somebody published on the claim: in words, as a number on a scale, or told elsewhere.

    best and worst are the ends of the scale; either may be the greater number.
    """

    publisher: Name = Field(description="The publisher of the verdict.", examples=["PolitiFact"])
    url: Url | None = _told("The address of the verdict.", "https://checks.example/1")
    rating: Title | None = _told("The verdict as printed.", "Mostly False")
    rating_value: Number | None = _told("The verdict as a number on a scale.", 2)
    best: Number | None = _told("The best number of the scale.", 5)
    worst: Number | None = _told("The worst number of the scale.", 1)
    rated_on: DateIn | None = _told("The date of the verdict.", "2015-01-14")
    note: Words | None = _told("Reasons, or a summary.", "The number is from another year.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(told is None for told in (self.rating, self.rating_value, self.note, self.url)):
            raise _lacking("an assessment needs a rating or rating_value, or a note or url that tells it", self)
        if self.best is not None and self.worst is not None:
            low, high = sorted((self.best, self.worst))
            if low == high:
                raise BadValue(f"best and worst are both {low}; a scale has two ends")
            if self.rating_value is not None and not low <= self.rating_value <= high:
                raise BadValue(f"rating_value {self.rating_value} is not on the scale from {self.worst} to {self.best}")
        return self


class RelationIn(Record):
    """How the claim bears on another, named by id (`claim`) or key."""

    type: RelationType = Field(description="How this claim bears on the other.", examples=["contradicts"])
    claim: Id | None = _told("The id of the other claim.", "clm_88")
    key: Key | None = _told("The key of the other claim.", "budget-2024/lee-2")

    @model_validator(mode="after")
    def _names_a_claim(self) -> Self:
        if self.claim is None and self.key is None:
            raise _lacking("needs claim (an id such as clm_12) or key", self)
        if self.claim is not None and parse_id(self.claim, "clm") is None:
            raise BadValue(f"'{self.claim[:80]}' is not a claim's id; it looks like clm_12", ("key",))
        return self


class RetractionIn(Record):
    """Retraction of a claim, and its reason. issuer: who says so; source: the document that does."""

    kind: RetractionKind = Field(description="The reason in one word.", examples=["source_correction"])
    reason: Words | None = _told("The reason in words.", "The paper printed another number.")
    retracted_on: DateIn | None = _told("The date of the retraction.", "2024-05-02")
    issuer: Name | None = _told("The person or organization that retracts or corrects.", "Reuters")
    source: SourceIn | None = _told("The document that says so.", {"url": "https://news.example/correction"})


def _each_once(names: list[str]) -> list[str]:
    """The names without those that fold like one before them."""
    return list({fold_name(name) or name: name for name in reversed(names)}.values())[::-1]


class ClaimIn(Record):
    """One thing that somebody said, with what proves it.

    Read-only fields (`id`, `version`, timestamps, `revision`) are accepted and ignored, so that an answer can be
    sent again.
    """

    id: str | None = _read_only("The claim's id, which the database gives.")
    version: int | None = _told(
        "The version that an edit was made from: a conflict where the claim was changed since.", 3
    )
    key: Key | None = _told(
        "Your own name for the claim, by which another import updates it; derived where it is left out.",
        "budget-2024/lee-1",
    )
    status: Status | None = _told("`retracted` together with a retraction; else it follows.", "active")
    speaker: SpeakerIn | None = _told(
        "The one who said it: an object, or an id; null where the source names nobody.",
        {"name": "Ann Lee", "kind": "person"},
    )
    roles: Annotated[list[RoleIn], Field(max_length=MAX_LIST)] = _told(
        "The roles of the speaker at that time, as the source states them.",
        [{"title": "Minister of Finance", "status": "former"}],
        default=[],
    )
    quote: Words | None = _told(
        "The exact words, without quotation marks around them; this or a paraphrase is needed.", "we hired 1,500"
    )
    paraphrase: Words | None = _told(
        "The claim restated; this or a quote is needed.", "The ministry hired 1,500 people."
    )
    language: Language | None = _told("The language of the words here.", "en")
    translated_from: Language | None = _told(
        "The language in which they were said, where they are a translation.", "ja"
    )
    said_on: DateIn | None = _told("The date on which it was said; not the date of publication.", "2024-04")
    venue: Printed | None = _told("Where it was said, as the source tells it.", "told Reuters")
    figures: Annotated[list[FigureIn], Field(max_length=MAX_LIST)] = _told(
        "The numbers in the claim.", [{"metric": "staff", "value": 1500, "unit": "count"}], default=[]
    )
    topics: Annotated[list[Name], Field(max_length=MAX_LIST), AfterValidator(_each_once)] = _told(
        "The subjects of the claim.", ["recruitment"], default=[]
    )
    citations: Annotated[list[CitationIn], Field(min_length=1, max_length=MAX_LIST)] = Field(
        description="The documents that have the claim; one at least, with a title or an address.",
        examples=[[{"source": {"title": "The budget"}}]],
    )
    assessments: Annotated[list[AssessmentIn], Field(max_length=MAX_LIST)] = _told(
        "Verdicts that others published on the claim.",
        [{"publisher": "PolitiFact", "rating": "Mostly False"}],
        default=[],
    )
    relations: Annotated[list[RelationIn], Field(max_length=MAX_LIST)] = _told(
        "How the claim bears on other claims.", [{"type": "contradicts", "key": "budget-2024/lee-2"}], default=[]
    )
    retraction: RetractionIn | None = _told("The reason why the claim counts no more.", {"kind": "record_error"})
    dataset: DatasetName | None = _told("The collection that the claim came with, by its name.", "factck-br")
    recorded_at: str | None = _read_only("When the claim was first stored.")
    updated_at: str | None = _read_only("When it was last edited.")
    revision: int | None = _read_only("The revision of its last edit.")

    @model_validator(mode="before")
    @classmethod
    def _widen_short_forms(cls, value: Any) -> Any:
        return widen_claim(value) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.quote is None and self.paraphrase is None:
            raise BadValue("a claim needs a quote or a paraphrase")
        if self.status == "retracted" and self.retraction is None:
            raise BadValue(
                "a retracted claim needs a retraction; give its kind, such as record_error, as retraction.kind"
            )
        if self.status == "active" and self.retraction is not None:
            raise BadValue("a claim with a retraction is not active; leave status out, or write retracted")
        return self


class DatasetIn(Record):
    """The description of a dataset: a collection that claims come with, as an import states it."""

    name: DatasetName = Field(description="The name that its claims carry.", examples=["factck-br"])
    title: Title | None = _told("The title, as it is published.", "FACTCK.BR")
    licence: Name | None = _told("The licence, by its name or address.", "CC-BY-4.0")
    url: Url | None = _told("The place where it is published.", "https://a.example/factck")
    citation: Printed | None = _told("How to cite it.", "Moreno and Bressan, 2019")


SHORT_FORMS = ("role", "source", "locator", "via")


def widen_claim(value: dict[str, Any]) -> dict[str, Any]:
    """The claim with `role` as `roles`, and `source`, `locator`, `via` as one citation; a null of citations left out.

    Raises BadValue where a short form stands beside its long one.
    """
    wide = {name: v for name, v in value.items() if name not in SHORT_FORMS and (name, v) != ("citations", None)}
    role = value.get("role")
    if role is not None:
        if wide.get("roles"):
            raise BadValue("give role or roles, not both")
        wide["roles"] = [role]
    citation = {name: value[name] for name in SHORT_FORMS[1:] if value.get(name) is not None}
    if citation:
        if wide.get("citations"):
            raise BadValue(f"give {', '.join(citation)} inside citations, not beside them")
        wide["citations"] = [citation]
    return wide


def field_names(model: type[BaseModel], path: FieldPath = ()) -> tuple[str, ...]:
    """The names of the fields at a path inside a record, for suggestions."""
    for step in path:
        short = _SHORT.get(str(step)) if model is ClaimIn else None
        if short or (isinstance(step, str) and step in model.model_fields):
            inner = short or _model_in(model.model_fields[str(step)].annotation)
            if inner is None:
                return ()
            model = inner
    extra = SHORT_FORMS if model is ClaimIn else ()
    return (*model.model_fields, *extra)


def meant_fields(model: type[BaseModel], path: FieldPath, name: str) -> tuple[str, ...]:
    """Fields that an unknown name in the object at a path may mean; for a whole claim, deeper ones too."""
    known = field_names(model, path)
    deeper = [path.removesuffix(".0") for path in meant_by(name, _DEEPER)] if model is ClaimIn and not path else ()
    return (*meant_by(name, known), *deeper) or near(name, known)


_SHORT: dict[str, type[BaseModel]] = {"role": RoleIn, "source": SourceIn, "locator": Locator}
_DEEPER = (
    "speaker.name", "roles.0.title", "roles.0.organization.name", "figures.0.metric", "figures.0.value",
    "figures.0.unit", "assessments.0.rating", "assessments.0.publisher", "source.title", "source.url",
    "source.publisher", "source.published_on", "locator.page", "topics.0",
)  # fmt: skip  # places in a claim that words for them are known of


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


R = TypeVar("R", bound=Record)


def check_record(model: type[R], value: Any) -> tuple[R | None, list[Problem]]:
    """The checked record, or None with everything that is wrong in it."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        problems = problems_of(error, lambda path, name: meant_fields(model, path, name), choose=meant_values)
        problems = [_beside_others(problem, value) for problem in problems]
        return None, told_as_objects(problems, value, partial(field_names, model))


def _beside_others(problem: Problem, value: Any) -> Problem:
    """The problem of a field that is absent or null, with what else its object has: all of that may have to go."""
    *above, name = problem.path or ("",)
    value = value_at(value, above)
    if not above or not isinstance(value, dict) or value.get(name) is not None:
        return problem
    others = _or_leave_out(value)
    return replace(problem, detail=f"{problem.detail}; fill it in{others}") if others else problem


Tenure.model_rebuild()
SpeakerIn.model_rebuild()
OrganizationRef.model_rebuild()
