"""Units: those that amounts can be in, and how they convert."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.api.caching import conditional, list_tag
from app.api.docs import operation
from app.api.pages import whole_number
from app.api.queries import JsonQuery, read_query
from app.api.vocabulary import Typed
from app.domain.quantities.unit_list import find_units, unit_row
from app.domain.quantities.units import MAX_LENGTH, parse_unit
from app.domain.query.registry import query_field
from app.domain.record.answers_out import UnitsOut

MOST: Final = 1_000

router = APIRouter(prefix="/v1/units", tags=["vocabulary"])

UnitText = Annotated[Any, AfterValidator(parse_unit), WithJsonSchema({"type": "string", "maxLength": MAX_LENGTH})]


class UnitsQuery(JsonQuery):
    """Parameters of the list of units."""

    q: Typed | None = query_field(
        "Words, or beginnings of words, of its names and symbols. Case does not matter.", "kilomet"
    )
    unit: UnitText = query_field(
        "This unit as it is read, be it a rate or a product such as `JPY/year`, and behind it those that convert into"
        " it.",
        "km/h",
    )
    limit: Annotated[int, BeforeValidator(whole_number()), Field(ge=1, le=MOST)] = query_field(
        f"How many to give, at most {MOST:,}; `meta.total` counts all that fit.", 5, default=100
    )


@router.get("", operation_id="list_units", summary="List units", **operation(UnitsQuery, 422, answer=UnitsOut))
def list_units(request: Request) -> Response:
    """The units that are known by a name: those of counting, ratios and time, of SI and trade, and the currencies of
    today and of the past. Rates, products and powers of them are units, too: `unit=` reads one.
    """
    query = read_query(request, UnitsQuery)

    def answer() -> Response:
        found = find_units(query.q or "", query.unit and query.unit.dimension)
        if query.unit is not None:
            own = query.unit.text
            found = [own, *(name for name in found if unit_row(name).names != unit_row(own).names)]
        rows = [unit_row(name) for name in found[: query.limit]]
        return Response(
            msgspec.json.encode({"data": rows, "meta": {"total": len(found)}}), media_type="application/json"
        )

    return conditional(request, list_tag(request, "units"), answer)
