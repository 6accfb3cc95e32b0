"""THE registry: every field that claims can be filtered by, with its type, operators and an example.

It makes the query model and the OpenAPI parameters. A parameter is `field` (equality) or `field__op`. Fields with the
same `element` constrain one and the same element of that list: one figure, one role, one citation.

The file is as long as the registry is: whoever looks for a filter finds all of it here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.domain.dates.edtf import PRECISIONS
from app.domain.query.value_types import PREFIXES, TYPES, id_type
from app.domain.record import records_in

MAX_VALUES = 50  # values of one repeated parameter

Sort = Literal[
    "-said_on", "said_on", "relevance", "-recorded_at", "recorded_at", "-figure__value", "figure__value"
]  # the orders of a list of claims; a minus is descending
SORTS: tuple[Sort, ...] = get_args(Sort)

ELEMENTS = ("figure", "role", "citation", "assessment", "relation")  # lists whose elements are constrained one by one


@dataclass(frozen=True)
class Operator:
    """One way to ask for a field: `field` where name is empty, else `field__name`.

    type: of the value asked for. example: a value that finds something in the seed. by_name: the parameters that ask
    for the same by name, where it is asked for by id; otherwise: what is said where there are none. beside: what else
    is to be asked for with it, where it cannot stand alone.
    """

    name: str
    type: str
    description: str
    example: str
    many: bool = False  # repeat the parameter to ask for any of several values
    choices: tuple[str, ...] = ()
    beside: str = ""
    by_name: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class ClaimField:
    """A field of claims that filters know.

    element: the list of which the filters of several fields constrain one and the same element, or `claim`.
    groupable: aggregates can count claims by it.
    """

    name: str
    operators: tuple[Operator, ...]
    element: str = "claim"
    groupable: bool = False

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


def _absent(what: str, example: str) -> Operator:
    return Operator("isnull", "boolean", f"true: only claims without {what}; false: only claims with one.", example)


def _contains(what: str, example: str) -> Operator:
    described = f"{what} all these words, or words that begin with them. Case and accents do not matter."
    return Operator("contains", "words", described, example)


_UNIT = "figure__unit=count"
_BY_KEY = "/v1/claims/by-key/ finds the id of a key"
_METRICS = "/v1/metrics?key=… gives the id of a key"
_SOURCES = "/v1/sources?key=… or ?url=… gives the id"

FIELDS: tuple[ClaimField, ...] = (
    ClaimField(
        "q",
        (
            _equal(
                "text",
                'Search text: words, "phrases", -not, prefix* and OR, over quote, paraphrase, names of the speaker,'
                " roles and venue. Case and accents do not matter; plain words are also found by their stem in the"
                " claim's language, phrases never. Any input is valid; one without a word finds nothing.",
                '"political theater"',
            ),
        ),
    ),
    # The claim itself
    ClaimField("id", (_any_of("clm", "The claim's id.", "clm_16", by_name=("key",)),)),
    ClaimField("key", (_any_of("key", "The claim's own key, to the letter.", "japan-cyber-2024/shimada-1"),)),
    ClaimField(
        "language",
        (
            _any_of(
                "language range",
                "The language of the words, narrower tags included: `en` finds `en-GB`, `zh` finds `zh-Hant-TW`; `*`"
                " finds every claim whose language is known (RFC 4647, basic filtering).",
                "en",
            ),
            Operator(
                "exact",
                "language",
                "The language of the words as it is recorded, no narrower. Repeat it for any of several.",
                "en",
                many=True,
            ),
        ),
        groupable=True,
    ),
    ClaimField(
        "status",
        (
            Operator(
                "",
                "choice",
                "Default: active. `any` gives retracted claims as well.",
                "any",
                choices=("active", "retracted", "any"),
            ),
        ),
        groupable=True,
    ),
    ClaimField("quote", (_absent("a quote", "true"),)),
    ClaimField("venue", (_contains("The venue has", "reuters"),)),
    ClaimField(
        "topic",
        (
            _any_of("name", "What the claim is about; case and accents do not matter.", "recruitment"),
            Operator("all", "name", "It is about all of these topics. Repeat it.", "recruitment", many=True),
            Operator("not", "name", "It is about none of these topics. Repeat it.", "recruitment", many=True),
            _absent("a topic", "false"),
        ),
        groupable=True,
    ),
    ClaimField(
        "recorded_at",
        (
            Operator("gte", "first moment", "First recorded at or after this moment, or this day (UTC).", "2020-01-01"),
            Operator("lte", "last moment", "First recorded at or before this moment, or this day (UTC).", "2099-12-31"),
        ),
    ),
    # Speaker
    ClaimField(
        "speaker",
        (
            _any_of("spk", "Who said it.", "spk_4", by_name=("speaker__name",)),
            Operator(
                "not",
                "spk",
                "None of these said it. Repeat it.",
                "spk_4",
                many=True,
                otherwise="; /v1/speakers?name= finds the id of a name",
            ),
            _absent("a speaker", "false"),
        ),
        groupable=True,
    ),
    ClaimField("speaker__key", (_any_of("key", "Who said it, by the speaker's key.", "kazuhisa-shimada"),)),
    ClaimField(
        "speaker__identifier",
        (
            _any_of(
                "identifier",
                "Who said it, by an identifier elsewhere: `scheme:value`, as in wikidata:Q42.",
                "wikidata:Q42",
            ),
        ),
    ),
    ClaimField(
        "speaker__name",
        (
            _any_of("name", "Who said it, by any whole name; case and accents do not matter.", "Kazuhisa Shimada"),
            _contains("The speaker's names have", "shima"),
        ),
    ),
    ClaimField(
        "speaker__kind",
        (
            _choice("What kind of speaker said it.", "organization", records_in.Kind),
            _absent("a stated kind of speaker", "false"),
        ),
        groupable=True,
    ),
    # One role
    ClaimField("role", (_absent("a role", "false"),)),
    ClaimField(
        "role__status", (_choice("Whether the role was held at the time.", "former", records_in.RoleStatus),), "role"
    ),
    ClaimField(
        "role__basis",
        (
            _choice(
                "Whether the source states the role, or a tenure of the speaker's gives it.", "stated", records_in.Basis
            ),
        ),
        "role",
    ),
    ClaimField(
        "role__title",
        (
            _any_of("name", "The role's whole title; case and accents do not matter.", "vice minister of defense"),
            _contains("The role's title has", "defense"),
        ),
        "role",
        groupable=True,
    ),
    ClaimField(
        "organization",
        (_any_of("spk", "The role's organization.", "spk_19", by_name=("organization__name",)),),
        "role",
        groupable=True,
    ),
    ClaimField(
        "organization__name",
        (_any_of("name", "The role's organization, by any of its whole names.", "Pacific Forum"),),
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
            ),
            Operator(
                "within",
                "date",
                "Must be then: the claim's date, from `earliest` to `latest`, lies wholly in this one.",
                "2022",
            ),
            Operator("gte", "date", "Could be at or after the first day of this date.", "2024-04"),
            Operator("lte", "date", "Could be at or before the last day of this date.", "2022"),
            _absent("a known date", "true"),
            Operator(
                "precision",
                "choice",
                "How exactly its date is known. Repeat it for any of several.",
                "year",
                many=True,
                choices=PRECISIONS,
            ),
        ),
        groupable=True,
    ),
    # One figure
    ClaimField("figure", (_absent("a figure", "false"),)),
    ClaimField(
        "figure__metric",
        (
            _any_of(
                "met",
                "A figure measures this metric.",
                "met_1",
                by_name=("figure__metric__name",),
                otherwise="/v1/metrics?key=… gives the id of a key",
            ),
        ),
        "figure",
        groupable=True,
    ),
    ClaimField(
        "figure__metric__name",
        (_any_of("name", "A figure measures the metric of this name.", "core cyber defence personnel"),),
        "figure",
    ),
    ClaimField(
        "figure__value",
        (
            _equal("number", "A figure has this value, in the asked unit.", "4000", beside=_UNIT),
            Operator("gt", "number", "A figure is above this value.", "4000", beside=_UNIT),
            Operator("gte", "number", "A figure is at least this value.", "9000", beside="figure__unit=count/day"),
            Operator("lt", "number", "A figure is below this value.", "5000", beside=_UNIT),
            Operator("lte", "number", "A figure is at most this value.", "5000", beside=_UNIT),
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
    ),
    ClaimField(
        "figure__kind", (_choice("What the figure is.", "target", records_in.FigureKind),), "figure", groupable=True
    ),
    ClaimField(
        "figure__change",
        (_choice("The figure is a change: by an amount, or by a factor.", "ratio", records_in.Change),),
        "figure",
    ),
    ClaimField(
        "figure__period",
        (
            _equal("date", "The period that a figure is about could be then.", "2023"),
            Operator("within", "date", "The period that a figure is about lies wholly in this one.", "2023"),
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
                by_name=("source__url",),
                otherwise="/v1/sources?key=… or ?url=… gives the id",
            ),
        ),
        "citation",
    ),
    ClaimField("source__publisher", (_any_of("name", "Who published it.", "Reuters"),), "citation", groupable=True),
    ClaimField(
        "source__url",
        (
            _any_of(
                "url",
                "The document's address, in any spelling that RFC 3986 counts as equal.",
                "https://a.example/report",
            ),
        ),
        "citation",
    ),
    ClaimField("source__kind", (_choice("What the document is.", "article", records_in.SourceKind),), "citation"),
    ClaimField(
        "source__published_on",
        (
            _equal("date", "The document could have been published then.", "2024"),
            Operator("within", "date", "It must have been published then.", "2024"),
            Operator("gte", "date", "It could have been published at or after the first day of this date.", "2020"),
            Operator("lte", "date", "It could have been published at or before the last day of this date.", "2030"),
        ),
        "citation",
    ),
    ClaimField(
        "source__count",
        (Operator("gte", "count", "So many different documents or more prove the claim.", "1"),),
    ),
    ClaimField(
        "verification",
        (_choice("Whether the words were found in the source's text.", "unchecked", records_in.Verification),),
        "citation",
        groupable=True,
    ),
    # One assessment, one relation
    ClaimField("assessment", (_absent("an assessment", "true"),)),
    ClaimField(
        "assessment__publisher", (_any_of("name", "Who published a verdict on it.", "PolitiFact"),), "assessment"
    ),
    ClaimField(
        "assessment__rating",
        (_any_of("name", "The verdict as printed.", "Mostly False"),),
        "assessment",
        groupable=True,
    ),
    ClaimField("related_to", (_any_of("clm", "It bears on this claim.", "clm_16", otherwise=_BY_KEY),), "relation"),
    ClaimField(
        "relation__type", (_choice("How it bears on another claim.", "jointly", records_in.RelationType),), "relation"
    ),
)


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

    path: where it stands in a tree, for who is told of its faults; empty for a parameter of a query string.
    """

    parameter: Parameter
    values: tuple[Any, ...]
    path: tuple[str | int, ...] = field(default=(), compare=False)

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


def claim_query_model(base: type[Q]) -> type[Q]:
    """The query model of claims: `base`, with one attribute for each parameter of the registry."""
    known: dict[str, Any] = {p.name: (p.annotation, _filter_field(p)) for p in parameters()}
    return create_model("ClaimQuery", __base__=base, **known)


def _filter_field(parameter: Parameter) -> Any:
    operator = parameter.operator
    if operator.beside:  # alone it would be refused: it is shown with what it needs, and fills nothing in by itself
        example = f"`{parameter.name}={operator.example}&{operator.beside}`"
        return query_field(f"{operator.description} For example {example}.", None)
    return query_field(operator.description, [operator.example] if operator.many else operator.example)


def conditions_of(query: Query) -> tuple[Condition, ...]:
    """The filters that a query asks for."""
    given = query.model_fields_set
    asked = ((parameter, getattr(query, name)) for name, parameter in PARAMETERS.items() if name in given)
    return tuple(
        Condition(parameter, tuple(value) if isinstance(value, list) else (value,))
        for parameter, value in asked
        if value is not None
    )


PARAMETERS = {parameter.name: parameter for parameter in parameters()}


def by_name(conditions: Iterable[Condition], name: str) -> Condition | None:
    """The condition of a parameter, if it was asked for."""
    return next((condition for condition in conditions if condition.name == name), None)
