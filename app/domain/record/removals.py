"""The parts of a claim that a row removes: those whose required cells it empties.

All the cells that a row has for a part are empty then. Where other cells of it are empty, those fields become null.
"""

from __future__ import annotations

from typing import Any, Final, get_args

from app.domain.record.derived import BOUNDS, ENDS
from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.records_in import (
    AssessmentIn,
    CitationIn,
    DateIn,
    Equivalent,
    FigureIn,
    RelationIn,
    RetractionIn,
    RoleIn,
    SourceIn,
)  # fmt: skip
from app.domain.record.sent import PLACE, READ_ONLY, fields_of

Doc = dict[str, Any]

NEEDS: Final[dict[Any, tuple[str, ...]]] = {  # required fields of such a part
    AssessmentIn: ("publisher",),
    CitationIn: ("source",),
    Equivalent: ("value", "unit"),
    RelationIn: ("type", "claim", "key"),
    RetractionIn: ("kind",),
}
NUMBERS: Final = ("value", *BOUNDS)


def whole_of(cells: Any) -> Any:
    """The claim a row gives by itself, for ClaimIn: without its empty cells; positions after them move up."""
    if isinstance(cells, dict):
        return {name: value for name, cell in cells.items() if (value := whole_of(cell)) not in (None, {}, [])}
    if isinstance(cells, list):
        return [value for _, cell in cells if (value := whole_of(cell)) not in (None, {}, [])]
    return cells


def own_of(kind: Any, cells: Any) -> Any:
    """The cells of a part of a claim that say something of their own: without what is read only, the days of an empty
    date, the bounds of an empty figure, and a place that was found.
    """
    if isinstance(cells, list):
        return [[n, own_of(bare_type(get_args(kind)[0]), cell)] for n, cell in cells]
    if not isinstance(cells, dict) or not is_model(kind):
        return cells
    own = {name: own_of(fields_of(kind)[name], cell) for name, cell in cells.items() if name not in READ_ONLY}
    if issubclass(kind, DateIn) and own.get("edtf", "") is None and own.get("as_stated") is None:
        return _without(ENDS, own)
    if kind is FigureIn and own.get("value", "") is None and not whole_of(_without(BOUNDS, own)):
        one_number = len({own[name] for name in BOUNDS if own.get(name) is not None}) == 1
        return _without(BOUNDS, own) if one_number else own
    if kind is CitationIn and cells.get("verification") not in (None, "unchecked") and own.get("locator"):
        own["locator"] = _without(PLACE, own["locator"])
    return own


def _without(names: tuple[str, ...], cells: Doc) -> Doc:
    return {name: cell for name, cell in cells.items() if name not in names}


def is_removed(kind: Any, shown: Doc, sent: Doc, cells: Doc) -> bool:
    """Whether cells remove a part of a claim. shown, sent: as its document has it, and as it would be sent."""
    if whole_of(cells):
        return False
    if kind is RoleIn:
        lost = _lost(kind, shown, cells, ("title", "organization"))
        return bool(lost) and all(shown[name] is None or name in lost for name in ("title", "organization"))
    if kind is FigureIn:
        numbers = _lost(kind, sent, cells, NUMBERS)
        is_without = bool(numbers) and all(sent.get(name) is None or name in numbers for name in NUMBERS)
        return is_without or bool(_lost(kind, shown, cells, ("metric",)))
    return bool(_lost(kind, shown, cells, NEEDS.get(kind, ())))


def _lost(kind: Any, shown: Doc, cells: Doc, names: tuple[str, ...]) -> list[str]:
    """The fields with a value that the cells empty."""
    inner = SourceIn if kind is CitationIn else None
    return [
        name
        for name in names
        if name in cells
        and shown.get(name) is not None
        and (cells[name] is None or is_unnamed(inner, shown[name], cells[name]))
    ]


def is_unnamed(kind: Any, shown: Doc, cells: Doc) -> bool:
    """Whether cells empty what a speaker, source or metric is known by; a source with an address not by its title."""
    known_by = ("id", "key", "url" if shown.get("url") else "title") if kind is SourceIn else ("id", "key", "name")
    return not whole_of(cells) and any(name in cells and shown.get(name) is not None for name in known_by)
