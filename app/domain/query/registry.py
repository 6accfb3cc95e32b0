"""THE registry: every field that claims can be filtered by, with its type, operators, fact and an example.

A filter is a row here. From it follow the query model, the OpenAPI parameters, the documentation, the terms that the
index has of a claim, and the formula that finds it. A parameter is `field` (equality) or `field__op`. Fields with the
same `element` constrain one and the same element of that list: one figure, one role, one citation.

The file is as long as the registry: every filter can be found here, whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.domain.dates.edtf import PRECISIONS, parse_edtf
from app.domain.query.meanings import (
    Absent,
    AnyOrEqual,
    AtLeast,
    Equal,
    Fact,
    FoundByText,
    HasWords,
    InDays,
    InMoments,
    InValues,
    Itself,
    Meaning,
    SameRecord,
    Status,
    ValueMatch,
)
from app.domain.query.value_types import PREFIXES, TYPES, id_type
from app.domain.record import records_in
from app.errors import FieldPath

MAX_VALUES = 50  # values of one repeated parameter

Sort = Literal[
    "-said_on",
    "said_on",
    "relevance",
    "-recorded_at",
    "recorded_at",
    "-updated_at",
    "updated_at",
    "-figure__value",
    "figure__value",
]  # the orders of a list of claims; a minus is descending
SORTS: tuple[Sort, ...] = get_args(Sort)

ELEMENTS = ("figure", "role", "citation", "assessment", "relation")  # lists whose elements are constrained one by one


EQUAL: Final = Equal()


@dataclass(frozen=True)
class Operator:
    """One way to ask for a field: `field` where name is empty, else `field__name`.

    type: of the value asked for. example: a value that finds something in the seed. fact: the value that it compares,
    where that is not the field's. by_name: the parameters that ask for the same by name, key or address, where it is
    asked for by id; otherwise: what is said where there are none. beside: what else is to be asked for with it, where
    it cannot stand alone.
    """

    name: str
    type: str
    description: str
    example: str
    meaning: Meaning = EQUAL
    fact: Fact | None = None
    many: bool = False  # repeat the parameter to ask for any of several values
    choices: tuple[str, ...] = ()
    beside: str = ""
    by_name: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class ClaimField:
    """A field of claims that filters know.

    element: the list of which the filters of several fields constrain one and the same element, or `claim`. fact: the
    value of a claim, or of the element, that filters compare. groupable: aggregates can count claims by it, or by the
    fact of its operator `grouped_by`.
    """

    name: str
    operators: tuple[Operator, ...]
    element: str = "claim"
    fact: Fact | None = None
    groupable: bool = False
    grouped_by: str = ""

    @property
    def sortable(self) -> bool:
        """Whether lists can be ordered by it."""
        return self.name in SORTS


def _equal(kind: str, description: str, example: str, **more: Any) -> Operator:
    return Operator("", kind, description, example, **more)


def _any_of(kind: str, description: str, example: str, **more: Any) -> Operator:
    return Operator("", kind, f"{description} Repeat it for any of several.", example, many=True, **more)


def _choice(description: str, example: str, choices: Any) -> Operator:
    values = tuple(choices.__args__)
    return Operator("", "choice", f"{description} Repeat it for any of several.", example, many=True, choices=values)


def _absent(noun: str, example: str) -> Operator:
    described = f"true: only claims without {noun}; false: only claims with one."
    return Operator("isnull", "boolean", described, example, Absent())


def _contains(subject: str, example: str, text: Literal["venue", "title", "names"]) -> Operator:
    described = f"{subject} all these words, or words that begin with them. Case and accents do not matter."
    return Operator("contains", "words", described, example, HasWords(text))


def _from(kind: str, description: str, example: str, meaning: Meaning) -> Operator:
    return Operator("gte", kind, description, example, meaning)


def _until(kind: str, description: str, example: str, meaning: Meaning) -> Operator:
    return Operator("lte", kind, description, example, meaning)


def _moments(verb: str) -> tuple[Operator, ...]:
    described = "{} at or {} this moment, or this day (UTC)."
    return (
        _from("first moment", described.format(verb, "after"), "2020-01-01", InMoments("from")),
        _until("last moment", described.format(verb, "before"), "2099-12-31", InMoments("until")),
    )


# Facts


def _presence(name: str) -> Fact:
    return lambda doc: () if doc[name] else None


def _of_speaker(name: str) -> Fact:
    return lambda doc: doc["speaker"] and doc["speaker"][name]


def _tags(doc: dict[str, Any]) -> object:
    """Each range that finds a language tag: its beginnings, subtag by subtag (RFC 4647, 3.3.1)."""
    if doc["language"] is None:
        return None
    subtags = doc["language"].split("-")
    return ["-".join(subtags[:number]) for number in range(1, len(subtags) + 1)]


def _has_days(said_on: dict[str, Any] | None) -> bool:
    return said_on is not None and (said_on["earliest"] is not None or said_on["latest"] is not None)


def _precision(doc: dict[str, Any]) -> object:
    return parse_edtf(doc["said_on"]["edtf"]).precision if _has_days(doc["said_on"]) else None


_UNIT = "figure__unit=count"

FIELDS: tuple[ClaimField, ...] = (
    ClaimField(
        "q",
        (
            _equal(
                "text",
                'Search text: words, "phrases", -not, prefix* and OR, over quote, paraphrase, names of the speaker,'
                " roles and venue. Case and accents do not matter, nor whether words are written joined or apart (dont,"
                " don't; US, U.S.; 1500, 1,500; 10km, 10 km); plain words are also found by their stem in the claim's"
                " language, or where it states none in that of its first source, possessives by their word (Japan's,"
                " Japan), phrases never. Any input is valid; one without a word finds nothing.",
                '"political theater"',
                meaning=FoundByText(),
            ),
        ),
    ),
    # The claim itself
    ClaimField("id", (_any_of("clm", "The claim's id.", "clm_16", by_name=("key",), meaning=Itself()),)),
    ClaimField(
        "key",
        (
            _any_of(
                "key",
                "The claim's own key, to the letter.",
                "japan-cyber-2024/shimada-1",
                meaning=SameRecord("id", "key"),
            ),
        ),
    ),
    ClaimField(
        "language",
        (
            _any_of(
                "language range",
                "The language of the words, narrower tags included: `en` finds `en-GB`, `zh` finds `zh-Hant-TW`; `*`"
                " finds every claim whose language is known (RFC 4647, basic filtering).",
                "en",
                meaning=AnyOrEqual(),
            ),
            Operator(
                "exact",
                "language",
                "The language of the words as it is recorded, no narrower. Repeat it for any of several.",
                "en",
                fact=lambda doc: doc["language"],
                many=True,
            ),
        ),
        fact=_tags,
        groupable=True,
        grouped_by="exact",
    ),
    ClaimField(
        "status",
        (
            Operator(
                "",
                "choice",
                "Default: active. `any` gives retracted claims as well.",
                "any",
                Status(),
                choices=("active", "retracted", "any"),
            ),
        ),
        fact=lambda doc: doc["status"],
        groupable=True,
    ),
    ClaimField("quote", (_absent("a quote", "true"),), fact=_presence("quote")),
    ClaimField("venue", (_contains("The venue has", "reuters", "venue"),)),
    ClaimField(
        "topic",
        (
            _any_of("name", "A topic of the claim; case and accents do not matter.", "recruitment"),
            Operator(
                "all", "name", "It is about all of these topics. Repeat it.", "recruitment", Equal("all"), many=True
            ),
            Operator(
                "not", "name", "It is about none of these topics. Repeat it.", "recruitment", Equal("none"), many=True
            ),
            _absent("a topic", "false"),
        ),
        fact=lambda doc: doc["topics"] or None,
        groupable=True,
    ),
    ClaimField(
        "dataset",
        (
            _any_of("key", "The collection that the claim came with, by its name.", "factck-br"),
            _absent("a dataset", "true"),
        ),
        fact=lambda doc: doc["dataset"],
        groupable=True,
    ),
    ClaimField("recorded_at", _moments("First recorded")),
    ClaimField("updated_at", _moments("Last edited")),
    # Speaker
    ClaimField(
        "speaker",
        (
            _any_of("spk", "The speaker, by id.", "spk_4", by_name=("speaker__name", "speaker__key")),
            Operator(
                "not",
                "spk",
                "None of these said it. Repeat it.",
                "spk_4",
                Equal("none"),
                many=True,
                otherwise="/v1/speakers?key=… or ?name=… gives the id",
            ),
            _absent("a speaker", "false"),
        ),
        fact=_of_speaker("id"),
        groupable=True,
    ),
    ClaimField(
        "speaker__key",
        (
            _any_of(
                "key",
                "The speaker, by key.",
                "kazuhisa-shimada",
                meaning=SameRecord("speaker", "key"),
            ),
        ),
    ),
    ClaimField(
        "speaker__identifier",
        (
            _any_of(
                "identifier",
                "The speaker, by an identifier elsewhere: `scheme:value`, as in wikidata:Q42.",
                "wikidata:Q42",
                meaning=SameRecord("speaker", "identifier"),
            ),
        ),
    ),
    ClaimField(
        "speaker__name",
        (
            _any_of(
                "name",
                "The speaker, by any whole name; case and accents do not matter.",
                "Kazuhisa Shimada",
                meaning=SameRecord("speaker", "name"),
            ),
            _contains("The speaker's names have", "shima", "names"),
        ),
    ),
    ClaimField(
        "speaker__kind",
        (
            _choice("The kind of the speaker.", "organization", records_in.Kind),
            _absent("a stated kind of speaker", "false"),
        ),
        fact=_of_speaker("kind"),
        groupable=True,
    ),
    # One role
    ClaimField("role", (_absent("a role", "false"),), fact=_presence("roles")),
    ClaimField(
        "role__status",
        (_choice("Whether the role was held at the time.", "former", records_in.RoleStatus),),
        "role",
        lambda role: role["status"],
    ),
    ClaimField(
        "role__basis",
        (
            _choice(
                "Whether the source states the role, or a tenure of the speaker's gives it.", "stated", records_in.Basis
            ),
        ),
        "role",
        lambda role: role["basis"],
    ),
    ClaimField(
        "role__title",
        (
            _any_of("name", "The role's whole title; case and accents do not matter.", "vice minister of defense"),
            _contains("The role's title has", "defense", "title"),
        ),
        "role",
        lambda role: role["title"],
        groupable=True,
    ),
    ClaimField(
        "organization",
        (_any_of("spk", "The role's organization.", "spk_19", by_name=("organization__name", "organization__key")),),
        "role",
        lambda role: role["organization"] and role["organization"]["id"],
        groupable=True,
    ),
    ClaimField(
        "organization__key",
        (
            _any_of(
                "key",
                "The role's organization, by its key.",
                "pacific-forum",
                meaning=SameRecord("organization", "key"),
            ),
        ),
        "role",
    ),
    ClaimField(
        "organization__name",
        (
            _any_of(
                "name",
                "The role's organization, by any of its whole names.",
                "Pacific Forum",
                meaning=SameRecord("organization", "name"),
            ),
        ),
        "role",
    ),
    # When it was said
    ClaimField(
        "said_on",
        (
            _equal(
                "date",
                "Could be then: its date and this EDTF date share a day. Open ends are unbounded; `~`, `?` and `%`"
                " widen nothing.",
                "2022",
                meaning=InDays(),
            ),
            Operator(
                "within",
                "date",
                "Must be then: the claim's date, from `earliest` to `latest`, lies wholly in this one.",
                "2022",
                InDays("within"),
            ),
            _from("date", "Could be at or after the first day of this date.", "2024-04", InDays("from")),
            _until("date", "Could be at or before the last day of this date.", "2022", InDays("until")),
            _absent("a known date", "true"),
            Operator(
                "precision",
                "choice",
                "How exactly its date is known. Repeat it for any of several.",
                "year",
                fact=_precision,
                many=True,
                choices=PRECISIONS,
            ),
        ),
        fact=lambda doc: () if _has_days(doc["said_on"]) else None,
        groupable=True,
    ),
    # One figure
    ClaimField("figure", (_absent("a figure", "false"),), fact=_presence("figures")),
    ClaimField(
        "figure__metric",
        (
            _any_of(
                "met",
                "A figure measures this metric.",
                "met_1",
                by_name=("figure__metric__name", "figure__metric__key"),
            ),
        ),
        "figure",
        lambda figure: figure["metric"]["id"],
        groupable=True,
    ),
    ClaimField(
        "figure__metric__key",
        (
            _any_of(
                "key",
                "A figure measures the metric with this key.",
                "core-cyber-personnel",
                meaning=SameRecord("figure__metric", "key"),
            ),
        ),
        "figure",
    ),
    ClaimField(
        "figure__metric__name",
        (
            _any_of(
                "name",
                "A figure measures the metric of this name.",
                "core cyber defence personnel",
                meaning=SameRecord("figure__metric", "name"),
            ),
        ),
        "figure",
    ),
    ClaimField(
        "figure__value",
        (
            _equal(
                "number",
                "A figure has this value, in the asked unit.",
                "4000",
                meaning=InValues("eq"),
                beside=_UNIT,
            ),
            Operator("gt", "number", "A figure is above this value.", "4000", InValues("gt"), beside=_UNIT),
            Operator(
                "gte",
                "number",
                "A figure is at least this value.",
                "9000",
                InValues("gte"),
                beside="figure__unit=count/day",
            ),
            Operator("lt", "number", "A figure is below this value.", "5000", InValues("lt"), beside=_UNIT),
            Operator("lte", "number", "A figure is at most this value.", "5000", InValues("lte"), beside=_UNIT),
        ),
        "figure",
    ),
    ClaimField(
        "figure__unit",
        (
            _equal(
                "unit",
                "The unit of the asked values; figures in other units of its dimension are converted. Alone: figures of"
                " its dimension. SI and common units, ISO 4217 currencies, count, ratio, percent, and combinations.",
                "count/day",
            ),
        ),
        "figure",
        lambda figure: figure["unit"],
    ),
    ClaimField(
        "figure__kind",
        (_choice("The kind of the figure.", "target", records_in.FigureKind),),
        "figure",
        lambda figure: figure["kind"],
        groupable=True,
    ),
    ClaimField(
        "figure__change",
        (_choice("The figure is a change: by an amount, or by a factor.", "ratio", records_in.Change),),
        "figure",
        lambda figure: figure["change"],
    ),
    ClaimField(
        "figure__period",
        (
            _equal("date", "The period that a figure is about could be then.", "2023", meaning=InDays()),
            Operator(
                "within", "date", "The period that a figure is about lies wholly in this one.", "2023", InDays("within")
            ),
        ),
        "figure",
    ),
    ClaimField(
        "figure__match",
        (
            Operator(
                "",
                "choice",
                "Whether the asked values are possible (the figure's interval meets them) or certain"
                " (it lies in them). Default: possible.",
                "certain",
                ValueMatch(),
                choices=("possible", "certain"),
                beside="figure__value=4000&figure__unit=count",
            ),
        ),
        "figure",
    ),
    # One citation
    ClaimField(
        "source",
        (
            _any_of(
                "src",
                "A document that proves the claim.",
                "src_1",
                by_name=("source__publisher", "source__key", "source__url"),
            ),
        ),
        "citation",
        lambda citation: citation["source"]["id"],
        groupable=True,
    ),
    ClaimField(
        "source__key",
        (
            _any_of(
                "key",
                "A document that proves the claim, by its key.",
                "japan-cyber-2024",
                meaning=SameRecord("source", "key"),
            ),
        ),
        "citation",
    ),
    ClaimField(
        "source__publisher",
        (_any_of("name", "The publisher of the document.", "Reuters"),),
        "citation",
        lambda citation: citation["source"]["publisher"],
        groupable=True,
    ),
    ClaimField(
        "source__url",
        (
            _any_of(
                "url",
                "The document's address, in any spelling that RFC 3986 counts as equal.",
                "https://a.example/report",
                meaning=SameRecord("source", "address"),
            ),
        ),
        "citation",
    ),
    ClaimField(
        "source__kind",
        (_choice("The kind of the document.", "article", records_in.SourceKind),),
        "citation",
        lambda citation: citation["source"]["kind"],
    ),
    ClaimField(
        "source__published_on",
        (
            _equal("date", "The document could have been published then.", "2024", meaning=InDays()),
            Operator("within", "date", "It must have been published then.", "2024", InDays("within")),
            _from(
                "date",
                "It could have been published at or after the first day of this date.",
                "2020",
                InDays("from"),
            ),
            _until(
                "date",
                "It could have been published at or before the last day of this date.",
                "2030",
                InDays("until"),
            ),
        ),
        "citation",
    ),
    ClaimField(
        "source__count",
        (_from("count", "So many different documents or more prove the claim.", "1", AtLeast()),),
        fact=lambda doc: range(1, doc["documents"] + 1),
    ),
    ClaimField(
        "verification",
        (
            _choice(
                "Whether the words were found in the source's text; `unchecked` where none is held, or a paraphrase"
                " has no `locator.exact` to look for.",
                "unchecked",
                records_in.Verification,
            ),
        ),
        "citation",
        lambda citation: citation["verification"],
        groupable=True,
    ),
    # One assessment, one relation
    ClaimField("assessment", (_absent("an assessment", "true"),), fact=_presence("assessments")),
    ClaimField(
        "assessment__publisher",
        (_any_of("name", "The publisher of a verdict on it.", "PolitiFact"),),
        "assessment",
        lambda assessment: assessment["publisher"],
        groupable=True,
    ),
    ClaimField(
        "assessment__rating",
        (_any_of("name", "The verdict as printed.", "Mostly False"),),
        "assessment",
        lambda assessment: assessment["rating"],
        groupable=True,
    ),
    ClaimField(
        "related_to",
        (_any_of("clm", "It bears on this claim.", "clm_16", by_name=("related_to__key",)),),
        "relation",
        lambda relation: relation["claim"],
    ),
    ClaimField(
        "related_to__key",
        (
            _any_of(
                "key",
                "It bears on the claim with this key.",
                "japan-cyber-2024/shimada-1",
                meaning=SameRecord("related_to", "key"),
            ),
        ),
        "relation",
    ),
    ClaimField(
        "relation__type",
        (_choice("How it bears on another claim.", "jointly", records_in.RelationType),),
        "relation",
        lambda relation: relation["type"],
    ),
)


@dataclass(frozen=True)
class FactRow:
    """A fact that filters compare: its name in the index, the type of its values, and the value of an element."""

    name: str
    type: str
    value: Fact


def _facts_of(element: str) -> tuple[FactRow, ...]:
    found = []
    for known in FIELDS:
        if known.element == element:
            rows = [(known.name, known.operators[0].type, known.fact)]
            rows += [(f"{known.name}__{operator.name}", operator.type, operator.fact) for operator in known.operators]
            found += [FactRow(name, kind, fact) for name, kind, fact in rows if fact]
    return tuple(found)


FACTS: Final = {element: _facts_of(element) for element in ("claim", *ELEMENTS)}
MOMENTS: Final = tuple(field.name for field in FIELDS if isinstance(field.operators[0].meaning, InMoments))


@dataclass(frozen=True)
class Parameter:
    """A field with one of its operators, as a query names it."""

    field: ClaimField
    operator: Operator

    @cached_property
    def name(self) -> str:
        """The name in a query string."""
        return f"{self.field.name}__{self.operator.name}" if self.operator.name else self.field.name

    @cached_property
    def fact(self) -> str:
        """The name of the fact whose values it compares."""
        return self.name if self.operator.fact else self.field.name

    @cached_property
    def value_type(self) -> Any:
        """The type of one value."""
        operator = self.operator
        if operator.type in PREFIXES:
            return id_type(operator.type, operator.by_name, operator.otherwise)
        return Literal[operator.choices] if operator.choices else TYPES[operator.type]

    @cached_property
    def annotation(self) -> Any:
        """The type of the query model's attribute."""
        one: Any = self.value_type
        return Annotated[list[one], Field(max_length=MAX_VALUES)] | None if self.operator.many else one | None


@cache
def parameters() -> tuple[Parameter, ...]:
    """Every filter parameter, in the order of the registry."""
    return tuple(Parameter(field, operator) for field in FIELDS for operator in field.operators)


@dataclass(frozen=True)
class Condition:
    """A filter that was asked for: values holds one value, or several of which any will do.

    path: its place in a tree, for error messages; empty for a parameter of a query string.
    """

    parameter: Parameter
    values: tuple[Any, ...]
    path: FieldPath = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name

    @property
    def element(self) -> str:
        """The list whose element it constrains, or `claim`."""
        return self.parameter.field.element


class Query(BaseModel):
    """Base of the queries of all lists."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def query_field(description: str, example: Any, **more: Any) -> Any:
    """A query parameter's default, description and example."""
    return Field(default=more.pop("default", None), description=description, examples=[example], **more)


Q = TypeVar("Q", bound=Query)


def claim_query_model(base: type[Q], names: Iterable[str] = ()) -> type[Q]:
    """The query model of claims: `base`, with one attribute for each parameter of the registry, or for these names."""
    some = [PARAMETERS[name] for name in names] or parameters()
    known: dict[str, Any] = {p.name: (p.annotation, _filter_field(p)) for p in some}
    return create_model("ClaimQuery", __base__=base, **known)


def _filter_field(parameter: Parameter) -> Any:
    operator = parameter.operator
    if operator.beside:  # alone it would be refused: it is shown with what it needs, and fills nothing in by itself
        example = f"`{parameter.name}={operator.example}&{operator.beside}`"
        return query_field(f"{operator.description} For example {example}.", None)
    return query_field(operator.description, [operator.example] if operator.many else operator.example)


def conditions_of(query: Query) -> tuple[Condition, ...]:
    """The filters that a query asks for."""
    asked = sorted((_PLACES[name], name) for name in query.model_fields_set if name in PARAMETERS)
    given = [(PARAMETERS[name], getattr(query, name)) for _, name in asked]
    return tuple(
        [
            Condition(parameter, tuple(value) if isinstance(value, list) else (value,))
            for parameter, value in given
            if value is not None
        ]
    )


PARAMETERS = {parameter.name: parameter for parameter in parameters()}
_PLACES = {name: place for place, name in enumerate(PARAMETERS)}


def by_name(conditions: Iterable[Condition], name: str) -> Condition | None:
    """The condition of a parameter, if it was asked for."""
    return next((condition for condition in conditions if condition.name == name), None)
