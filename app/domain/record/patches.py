"""A stored claim, with what a row names of it set anew; what the row does not name stays.

A cell that says what is stored says nothing. So what follows from the rest of a claim (days of a date, bounds of a
figure, a role by tenure, a place that was found in a text) does not contradict the cell beside it that was edited.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any, Final, get_args, get_origin

from app.domain.quantities.figures import bounds_of, parse_decimal
from app.domain.record.csv_columns import text_of
from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.records_in import (
    SHORT_FORMS,
    CitationIn,
    ClaimIn,
    DateIn,
    FigureIn,
    Locator,
    Reference,
    RelationIn,
    RoleIn,
    SourceIn,
    defaulted,
    is_interval,
)  # fmt: skip
from app.domain.record.removals import is_removed, is_unnamed, whole_of
from app.errors import BadValue, FieldPath

Doc = dict[str, Any]
# The fields that a table row sets: of an object its fields; of a list (position, value) pairs; a cell is a text,
# or None where it is empty.
Cells = Any
Places = dict[FieldPath, list[int]]  # of lists that shrank or grew: where the elements stood in the columns

SAME: Final = object()  # nothing differs from what is stored
STAMPS: Final = ("id", "version", "key", "recorded_at", "updated_at", "revision")  # no fields to set
READ_ONLY: Final = ("verification", "gaps", "differences")
DERIVED: Final = (*READ_ONLY, "basis", "earliest", "latest")  # whose empty cells take nothing away
FOUND: Final = ("start", "end", "gaps", "differences")  # locator fields set by verification


def as_sent(doc: Doc) -> Doc:
    """A claim's document as it would be sent to be stored so: without what follows from it, references by key."""
    sent: Doc = _sent(ClaimIn, doc)
    sent["roles"] = [role for role, shown in zip(sent["roles"], doc["roles"], strict=True) if not _is_held(shown)]
    return {name: value for name, value in sent.items() if name not in (*STAMPS, "status")}


def _sent(kind: Any, shown: Any) -> Any:
    if shown is None:
        return None
    if get_origin(kind) is list:
        return [_sent(bare_type(get_args(kind)[0]), element) for element in shown]
    if not is_model(kind):
        return shown
    if issubclass(kind, Reference):
        return {"key": shown["key"]}
    left = _follows(kind, shown)
    sent = {name: _sent(field, shown.get(name)) for name, field in fields_of(kind).items() if name not in left}
    if kind is CitationIn and sent["locator"] and shown["verification"] != "unchecked":
        sent["locator"] = {name: value for name, value in sent["locator"].items() if name not in FOUND}
    return sent


def _follows(kind: Any, shown: Doc) -> tuple[str, ...]:
    """The parts of an object that follow from its others."""
    if kind is RelationIn:
        return ("claim",)
    if kind is FigureIn:
        value = shown["value"] if shown["value"] is None else parse_decimal(shown["value"])
        with suppress(BadValue):
            bounds = bounds_of(shown["comparator"], value, None, None)
            return ("low", "high") if (bounds.low, bounds.high) == (shown["low"], shown["high"]) else ()
    return DERIVED if kind in (DateIn, CitationIn, RoleIn, Locator) else ()


@cache
def fields_of(kind: Any) -> dict[str, Any]:
    """The fields of a model, with their types without None."""
    return {name: bare_type(field.annotation) for name, field in kind.model_fields.items()}


class Amendment:
    """Changes of a stored claim by a row. fields: the changed ones, as ClaimIn reads them."""

    def __init__(self, doc: Doc, cells: Doc) -> None:
        self.places: Places = {}
        self.fields: Doc = {}
        sent = _sent(ClaimIn, doc)
        for name, cell in long_forms(cells).items():
            if name in STAMPS:
                continue
            part = self._part(fields_of(ClaimIn)[name], doc[name], sent[name], cell, (name,))
            if part is not SAME:
                self.fields[name] = part

    def place_of(self, path: FieldPath) -> FieldPath:
        """The place in the columns of a place in the amended claim."""
        steps: list[str | int] = []
        for n, step in enumerate(path):
            places = self.places.get(path[:n])
            steps.append(places[step] if places and isinstance(step, int) and step < len(places) else step)
        return tuple(steps)

    def _part(self, kind: Any, shown: Any, sent: Any, cells: Any, path: FieldPath) -> Any:
        """The new value of what a cell or several name; SAME where none of them differs."""
        if get_origin(kind) is list:
            return self._list(bare_type(get_args(kind)[0]), shown or [], sent or [], dict(cells or []), path)
        if cells is None:
            return SAME if shown is None else None
        if not is_model(kind):
            return SAME if shown is not None and text_of(shown) == cells else cells
        if issubclass(kind, Reference):
            return _reference(kind, shown, cells)
        given = cells if isinstance(cells, dict) else {_bare_name(kind): cells}
        return self._object(kind, shown, sent, given, path)

    def _list(self, kind: Any, shown: list[Any], sent: list[Any], cells: dict[int, Cells], path: FieldPath) -> Any:
        if self._is_closed_up(kind, shown, sent, cells, path):
            return SAME
        values: list[Any] = []
        differs = False
        for n in range(max(len(shown), *(n + 1 for n in cells), 0)):
            cell = cells.get(n, SAME)
            part = SAME
            if n >= len(shown):
                part = SAME if cell is SAME else whole_of(cell) or SAME
            elif cell is not SAME:
                part = self._part(kind, shown[n], sent[n], cell, (*path, n))
            differs = differs or part is not SAME
            values.append(part if part is not SAME else sent[n] if n < len(shown) and not _is_held(shown[n]) else None)
        kept = [n for n, value in enumerate(values) if value is not None]
        if not differs:
            return SAME
        self.places[path] = kept
        return [values[n] for n in kept]

    def _is_closed_up(
        self, kind: Any, shown: list[Any], sent: list[Any], cells: dict[int, Cells], path: FieldPath
    ) -> bool:
        """True if the elements in a row are the stored ones, without the empty ones before them."""
        told = [cells[n] for n in sorted(cells) if whole_of(cells[n])]
        if len(told) != len(shown) or list(map(whole_of, told)) == [whole_of(cells.get(n)) for n in range(len(told))]:
            return False
        places = dict(self.places)
        parts = zip(shown, sent, told, strict=True)
        closed_up = all(self._part(kind, *part, (*path, n)) is SAME for n, part in enumerate(parts))
        self.places = places
        return closed_up

    def _object(self, kind: Any, shown: Doc | None, sent: Doc | None, cells: Doc, path: FieldPath) -> Any:
        if shown is None or sent is None:
            return whole_of(cells) or SAME
        if _is_held(shown) and not whole_of(cells):
            return SAME
        if is_removed(kind, shown, sent, cells):
            return None
        fields, defaults = fields_of(kind), _defaults_of(kind, sent)
        parts = {
            name: part
            for name, cell in cells.items()
            if name not in READ_ONLY
            and not (cell is None and (name in DERIVED or (name in defaults and defaults[name] == shown[name])))
            and (part := self._part(fields[name], shown.get(name), sent.get(name), cell, (*path, name))) is not SAME
        }
        base = {name: value for name, value in sent.items() if name not in defaults or cells.get(name, SAME)}
        if kind is RelationIn and "claim" in parts:
            del (parts if cells.get("key") else base)["claim" if cells.get("key") else "key"]
        if kind is DateIn and parts.get("edtf", "") is None and not cells.get("as_stated"):
            return None
        if parts.get("basis") == "tenure":  # no input: it follows from what the speaker held
            return None
        return base | parts if parts else SAME


def _defaults_of(kind: Any, sent: Doc) -> Doc:
    """The scalar fields whose empty cells mean a default, with that."""
    found = {name: value for name, value in defaulted(kind).items() if value != []}
    return found | {"comparator": "between"} if kind is FigureIn and is_interval(sent) else found


def _bare_name(kind: Any) -> str:
    """The part of an object that a bare text stands for."""
    return "edtf" if kind is DateIn else "title"


def _is_held(shown: Any) -> bool:
    """Whether an element is a role by tenure, which is derived anew."""
    return isinstance(shown, dict) and shown.get("basis") == "tenure"


# References


def _reference(kind: Any, shown: Doc | None, cells: Any) -> Any:
    """The record that cells name: another, or the one that is shown, with changes from the other cells."""
    if not isinstance(cells, dict):
        return SAME if shown and cells in (shown["id"], shown.get("name")) else cells
    said = whole_of(cells)
    if not said:
        return None if shown and is_unnamed(kind, shown, cells) else SAME
    if shown is None:
        return said
    if _names_another(kind, shown, said):
        own = {name: shown[name] for name in ("publisher", "published_on") if name in shown and name not in cells}
        by_title = kind is SourceIn and not {"id", "key", "url"} & said.keys()
        return said | {name: _sent(fields_of(kind)[name], value) for name, value in own.items() if by_title and value}
    news = {
        name: value
        for name, value in said.items()
        if name not in ("id", "key") and not _is_shown(fields_of(kind)[name], shown.get(name), value)
    }
    return {"key": shown["key"]} | news if news else SAME


def _names_another(kind: Any, shown: Doc, said: Doc) -> bool:
    """Whether a row names another record than the claim shows; its key decides, then its id, address or name.

    A source that has an address is known by that, and not by its title.
    """
    for name in ("key", "id"):
        if name in said:
            return bool(said[name] != shown[name])
    if kind is not SourceIn:
        return bool("name" in said and said["name"] != shown["name"])
    if "url" in said and shown["url"] is not None:
        return bool(said["url"] != shown["url"])
    return bool(shown["url"] is None and "title" in said and said["title"] != shown["title"])


def _is_shown(kind: Any, shown: Any, value: Any) -> bool:
    """Whether a reference shows what is said of it."""
    if shown is None:
        return False
    if kind is DateIn:
        given = value if isinstance(value, dict) else {"edtf": value}
        return all(shown.get(name) == text for name, text in given.items())
    return bool(text_of(shown) == value)


# Short forms, and whole members


def long_forms(cells: Doc) -> Doc:
    """Cells with `role` as the first of `roles`, and `source`, `locator`, `via` as parts of the first citation.

    Raises BadValue where a row gives both forms.
    """
    found = {name: cell for name, cell in cells.items() if name not in SHORT_FORMS}
    _move(found, "roles", cells.get("role", SAME), "role")
    first = {name: cells[name] for name in SHORT_FORMS[1:] if name in cells}
    _move(found, "citations", first or SAME, ", ".join(first))
    return found


def _move(cells: Doc, name: str, first: Any, short: str) -> None:
    if first is SAME:
        return
    long, given = whole_of(cells.get(name)), whole_of(first)
    if long and given:
        raise BadValue(f"give {short} or {name}, not both")
    if not long and (given or name not in cells):
        cells[name] = [[0, first]]


def set_members(doc: Doc, members: Doc) -> Doc:
    """The fields that the members of an object name, as ClaimIn reads them, for a stored claim.

    Lists, references and dates are set whole; a retraction and a locator are merged, as RFC 7396 has it. Short forms
    are of the first role or citation.
    """
    fields = {name: value for name, value in members.items() if name not in (*STAMPS, *SHORT_FORMS)}
    sent = as_sent(doc)
    if isinstance(fields.get("retraction"), dict):
        fields["retraction"] = (sent["retraction"] or {}) | fields["retraction"]
    if "role" in members:
        first = [] if members["role"] is None else [members["role"]]
        _set_list(fields, "roles", [*first, *sent["roles"][1:]], "role")
    named = {name: members[name] for name in SHORT_FORMS[1:] if name in members}
    if named:
        citation = sent["citations"][0]
        if isinstance(named.get("locator"), dict):
            named["locator"] = (citation["locator"] or {}) | named["locator"]
        _set_list(fields, "citations", [citation | named, *sent["citations"][1:]], ", ".join(named))
    return fields


def _set_list(fields: Doc, name: str, value: list[Any], short: str) -> None:
    if fields.get(name):
        raise BadValue(f"give {short} or {name}, not both")
    fields[name] = value
