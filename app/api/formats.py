"""THE table of formats: a row for each, with its media types, its file extension, and what it renders where it fits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, TypeAlias

from fastapi import Request

from app.api.aggregate_renderers import GroupRenderer, groups_as_chart, groups_as_csv, groups_as_json
from app.api.figure_renderers import (
    FigureRenderer,
    figures_as_csv,
    figures_as_ndjson,
    figures_as_parquet,
    figures_as_table_schema,
)
from app.api.media_types import JSON, JSON_OR_ANY, accept_of, liking, media_ranges, not_acceptable
from app.api.renderers import (
    ExportRenderer,
    cite_in_bibtex,
    cite_in_csl,
    cite_in_text,
    claim_as_jsonld,
    render_csv,
    render_jsonld,
    render_ndjson,
    render_parquet,
    render_table_schema,
)
from app.api.series_renderers import SeriesRenderer, series_as_chart, series_as_csv, series_as_json
from app.errors import NotInstalled

RecordRenderer: TypeAlias = Callable[[str, str], bytes]  # the document of a record, and the base of addresses → answer


@dataclass(frozen=True)
class Format:
    """One format.

    media_types: those that `Accept` may name; the first is answered, with its `parameters`. export: renders a whole
    result of claims, figures: one of figures, series: those of a metric, groups: an aggregate, claim: a single claim,
    record: any single record, citation: how to cite a claim; None where the format is not for that. takes_fields:
    whether `fields=` chooses among what it has. needs: a library that is an extra of the package. described_by: the
    format that describes the columns of this one.
    """

    name: str
    media_types: tuple[str, ...]
    extension: str
    description: str
    export: ExportRenderer | None = None
    claim: RecordRenderer | None = None
    record: RecordRenderer | None = None
    citation: RecordRenderer | None = None
    figures: FigureRenderer | None = None
    series: SeriesRenderer | None = None
    groups: GroupRenderer | None = None
    parameters: str = ""
    takes_fields: bool = True
    extra: str = ""
    is_picture: bool = False
    described_by: str = ""

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        return self.media_types[0] + self.parameters


def _as_stored(document: str, _base: str) -> bytes:
    return document.encode()


FORMATS: Final = (
    Format(
        "json",
        (JSON,),
        "json",
        "One JSON document.",
        claim=_as_stored,
        record=_as_stored,
        series=series_as_json,
        groups=groups_as_json,
    ),
    Format(
        "ndjson",
        ("application/x-ndjson", "application/ndjson"),
        "ndjson",
        "One record a line, in JSON.",
        export=render_ndjson,
        figures=figures_as_ndjson,
    ),
    Format(
        "csv",
        ("text/csv",),
        "csv",
        "A header, and one record a row, with dotted columns (`speaker.name`, `figures.0.value`).",
        export=render_csv,
        figures=figures_as_csv,
        series=series_as_csv,
        groups=groups_as_csv,
        parameters="; charset=utf-8; header=present",
        described_by="table-schema",
    ),
    Format(
        "jsonld",
        ("application/ld+json",),
        "jsonld",
        "Claim, Quotation and ClaimReview of schema.org, in one graph.",
        export=render_jsonld,
        claim=claim_as_jsonld,
        takes_fields=False,
    ),
    Format(
        "parquet",
        ("application/vnd.apache.parquet",),
        "parquet",
        "A table with nested columns, the same whatever is found (needs the extra `parquet`).",
        export=render_parquet,
        figures=figures_as_parquet,
        extra="parquet",
    ),
    Format(
        "table-schema",
        ("application/vnd.tableschema+json",),
        "schema.json",
        "The types of the columns of the same export as csv (Frictionless Table Schema).",
        export=render_table_schema,
        figures=figures_as_table_schema,
    ),
    Format(
        "vega-lite",
        ("application/vnd.vegalite.v6+json", "application/vnd.vegalite.v5+json"),
        "vl.json",
        "A chart as a specification of Vega-Lite, with its data in it.",
        series=series_as_chart,
        groups=groups_as_chart,
    ),
    Format(
        "svg",
        ("image/svg+xml",),
        "svg",
        "The picture of that chart (needs the extra `charts`).",
        series=series_as_chart,
        groups=groups_as_chart,
        extra="charts",
        is_picture=True,
    ),
    Format(
        "png",
        ("image/png",),
        "png",
        "The same in pixels (needs the extra `charts`).",
        series=series_as_chart,
        groups=groups_as_chart,
        extra="charts",
        is_picture=True,
    ),
    Format("text", ("text/plain",), "txt", "One line to read.", citation=cite_in_text, parameters="; charset=utf-8"),
    Format(
        "bibtex",
        ("application/x-bibtex", "text/x-bibtex"),
        "bib",
        "An entry of BibTeX and biblatex.",
        citation=cite_in_bibtex,
        parameters="; charset=utf-8",
    ),
    Format(
        "csl-json",
        ("application/vnd.citationstyles.csl+json", JSON),
        "json",
        "A list with one item of CSL-JSON.",
        citation=cite_in_csl,
    ),
)
LIBRARIES: Final = {"parquet": "pyarrow", "charts": "vl_convert"}  # that extras of the package bring
BY_NAME: Final = {one.name: one for one in FORMATS}
EXPORTS: Final = {one: one.export for one in FORMATS if one.export}  # by where they fit, each with its renderer
CLAIMS: Final = {one: one.claim for one in FORMATS if one.claim}
RECORDS: Final = {one: one.record for one in FORMATS if one.record}
CITATIONS: Final = {one: one.citation for one in FORMATS if one.citation}
EXPORT_NAMES: Final = tuple(one.name for one in EXPORTS)
CLAIM_NAMES: Final = tuple(one.name for one in CLAIMS)
RECORD_NAMES: Final = tuple(one.name for one in RECORDS)
FIGURES: Final = {one: one.figures for one in FORMATS if one.figures}
FIGURE_NAMES: Final = tuple(one.name for one in FIGURES)
SERIES: Final = {one: one.series for one in FORMATS if one.series}
SERIES_NAMES: Final = tuple(one.name for one in SERIES)
GROUPS: Final = {one: one.groups for one in FORMATS if one.groups}
GROUPS_NAMES: Final = tuple(one.name for one in GROUPS)
CITATION_NAMES: Final = tuple(one.name for one in CITATIONS)


def either(names: Sequence[str]) -> str:
    """`ndjson, csv or jsonld`."""
    return f"{', '.join(names[:-1])} or {names[-1]}"


def told_of(formats: Collection[Format]) -> str:
    """The description of a parameter that takes one of some formats."""
    each = " ".join(f"{one.name}: {one.description}" for one in formats)
    default = next(iter(formats)).name
    return f"{each} By default {default}. It goes before `Accept`, which is read where this is left out."


ELSEWHERE: Final = f"/v1/claims/export gives all that is found as {either(EXPORT_NAMES)}"


def chosen_format(request: Request, formats: Collection[Format], named: str | None, elsewhere: str = "") -> Format:
    """The one of some formats that a request names by `format=`, else the one that its Accept likes best (RFC 9110,
    12.5.1), by default the first.

    Of types that are liked equally, the one that is named beats one that a wildcard stands for. Raises NotAcceptable
    where Accept leaves none. elsewhere: the way to other formats.
    """
    if named is not None:
        return _installed(BY_NAME[named], formats)
    accept, default = accept_of(request), next(iter(formats))
    if accept in JSON_OR_ANY and default.media_types[0] == JSON:
        return default
    ranges = media_ranges(accept.decode("latin-1"))
    if not ranges:
        return default
    liked = {form: max(liking(ranges, kind) for kind in form.media_types) for form in formats}
    best = max(liked, key=lambda form: liked[form])
    if liked[best][0] <= 0:
        raise not_acceptable(_left_none(formats, elsewhere), (form.media_types[0] for form in formats))
    return _installed(best, formats)


def _installed(form: Format, formats: Collection[Format]) -> Format:
    """The format. Raises NotInstalled where the library that it needs is not there."""
    if form.extra and find_spec(LIBRARIES[form.extra]) is None:
        told = f"{form.name} needs {LIBRARIES[form.extra]}, which is not installed with this service"
        others = either([other.name for other in formats if not other.extra])
        raise NotInstalled(f"{told}: pip install 'onrecord[{form.extra}]'; others are {others}")
    return form


def _left_none(formats: Iterable[Format], elsewhere: str) -> str:
    there = ", ".join(f"{form.media_types[0]} (format={form.name})" for form in formats)
    return f"Accept leaves none of what there is here: {there}{'; ' if elsewhere else ''}{elsewhere}"


def require_json(request: Request, named: object = None, elsewhere: str = ELSEWHERE) -> None:
    """Raise NotAcceptable where Accept leaves no JSON, which is what lists are, unless a format is named. elsewhere:
    the way to other formats.
    """
    if named is None:
        chosen_format(request, RECORDS, None, elsewhere)


def content_of(formats: Iterable[Format]) -> dict[str, Any]:
    """The content of answers in some formats, as OpenAPI describes it."""
    return {one.media_types[0]: {"schema": {"type": "string", "description": one.description}} for one in formats}
