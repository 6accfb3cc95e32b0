"""A stored claim, with what a row names of it set anew; what the row does not name stays.

A cell that says what is stored says nothing. A cell of what follows from the rest of a claim (days of a date, bounds of
a figure, a role by tenure, a place that was found in a text) never says anything: where it differs, a note tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, get_args, get_origin

from app.domain.record.csv_columns import text_of
from app.domain.record.derived import BOUNDS, CODE, ENDS, Stale, stale_bounds, stale_ends, told_of_place
from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.records_in import (
    CitationIn,
    ClaimIn,
    DateIn,
    FigureIn,
    Locator,
    Reference,
    RelationIn,
    RoleIn,
    SourceIn,
    SpeakerIn,
    defaulted,
    is_interval,
)  # fmt: skip
from app.domain.record.reference_cells import emptied_of, named_by, names_another
from app.domain.record.removals import is_removed, own_of, whole_of
from app.domain.record.sent import PLACE, READ_ONLY, SAME, STAMPS, fields_of, is_held, sent_of
from app.domain.record.short_forms import long_forms
from app.errors import FieldPath, Problem

Doc = dict[str, Any]
# The fields that a table row sets: of an object its fields; of a list (position, value) pairs; a cell is a text,
# or None where it is empty.
Cells = Any
Places = dict[FieldPath, list[int]]  # of lists that shrank or grew: where the elements stood in the columns

NAMES: Final = {"spk": "speaker", "src": "source", "met": "metric"}
HELD: Final = (
    "a role by tenure is not read, for it follows from what the speaker held: write stated as its basis to state it, or"
    " correct the tenure of the speaker"
)
STAYS: Final = "not-emptied"  # code of notes of what an empty cell does not take away


class Amendment:
    """Changes of a stored claim by a row. fields: the changed ones, as ClaimIn reads them. notes: of cells that change
    nothing, by their places in the amended claim. tenured: where a row says of roles nothing but some by tenure,
    without that basis, these as they would be stated, and the parts that it names of each. They are no change as long
    as they follow from the amended claim too.
    """

    def __init__(self, doc: Doc, cells: Doc) -> None:
        self.places: Places = {}
        self.fields: Doc = {}
        self.notes: list[Problem] = []
        self.tenured: list[tuple[Doc, list[str]]] = []
        self._has_other_speaker = _is_another_speaker(doc["speaker"], cells.get("speaker", SAME))
        self._is_exported = any(cells.get(name) is not None for name in ("id", "version"))
        sent = sent_of(ClaimIn, doc)
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

    def _note(self, path: FieldPath, code: str, told: str | None) -> None:
        if told:
            self.notes.append(Problem(path, code, told))

    def _part(self, kind: Any, shown: Any, sent: Any, cells: Any, path: FieldPath) -> Any:
        """The new value of what a cell or several name; SAME where none of them differs."""
        if get_origin(kind) is list:
            return self._list(bare_type(get_args(kind)[0]), shown or [], sent or [], dict(cells or []), path)
        if cells is None:
            return SAME if shown is None else None
        if not is_model(kind):
            return SAME if shown is not None and text_of(shown) == cells else cells
        if issubclass(kind, Reference):
            return self._reference(kind, shown, cells, path)
        return self._object(kind, shown, sent, _parts_of(kind, cells), path)

    def _note_stale(self, path: FieldPath, stale: Stale | None, shown: Doc | None) -> None:
        """Note values that are not read, where somebody edited them: an export has those that are shown."""
        if stale and not stale.is_shown(shown):
            self._note(path, CODE, stale.told)

    # Lists

    def _list(self, kind: Any, shown: list[Any], sent: list[Any], cells: dict[int, Cells], path: FieldPath) -> Any:
        named = self._held_named(shown, sent, cells, path) if any(is_held(element) for element in shown) else {}
        if not named and self._is_closed_up(kind, shown, sent, cells, path):
            return SAME
        values: list[Any] = []
        differs = False
        for n in range(max(len(shown), *(n + 1 for n in cells), 0)):
            cell = cells.get(n, SAME)
            part = SAME
            if n in named:
                values.append(named[n])
                continue
            if n >= len(shown):
                part = SAME if cell is SAME else self._new(kind, cell, (*path, n))
            elif cell is not SAME:
                part = self._part(kind, shown[n], sent[n], cell, (*path, n))
            differs = differs or part is not SAME
            values.append(part if part is not SAME else sent[n] if n < len(shown) and not is_held(shown[n]) else None)
        if not (differs or named):
            return SAME
        if not differs:
            self.tenured = [(role, [*_parts_of(RoleIn, cells[n])]) for n, role in named.items()]
        kept = [n for n, value in enumerate(values) if value is not None]
        self._move(path, [*kept])
        return [values[n] for n in kept] if differs else SAME

    def _held_named(
        self, shown: list[Doc], sent: list[Doc], cells: dict[int, Cells], path: FieldPath
    ) -> dict[int, Doc]:
        """The roles by tenure that cells name without their basis, as they would be stated, by the cells' positions.

        They are found wherever they stand: another date or speaker may have others before them.
        """
        return {n: role for n in sorted(cells) if (role := self._held(n, shown, sent, cells[n], path))}

    def _held(self, n: int, shown: list[Doc], sent: list[Doc], cell: Cells, path: FieldPath) -> Doc | None:
        given = _parts_of(RoleIn, cell)
        if not whole_of(own_of(RoleIn, given)) or given.get("basis"):
            return None
        notes = [*self.notes]
        for at in sorted(range(len(shown)), key=lambda at: at != n):
            if is_held(shown[at]) and not self._parts(RoleIn, shown[at], sent[at], given, (*path, n)):
                is_unsaid = self._has_other_speaker and "title" in given and "organization" not in given
                return {name: value for name, value in sent[at].items() if not (is_unsaid and name == "organization")}
        self.notes = notes
        return None

    def _new(self, kind: Any, cell: Cells, path: FieldPath) -> Any:
        """An element behind those that are stored."""
        whole = whole_of(own_of(kind, cell)) or SAME
        if not is_held(whole):
            return whole
        self._note(path, CODE, HELD)
        return SAME

    def _move(self, path: FieldPath, places: list[int]) -> None:
        """Note where the elements of a list stood in the columns, and move the notes of them."""
        depth = len(path)
        for at, note in enumerate(self.notes):
            if len(note.path) > depth and note.path[:depth] == path and isinstance(n := note.path[depth], int):
                places += [] if n in places else [n]  # of an element that goes: behind all others
                self.notes[at] = replace(note, path=(*path, places.index(n), *note.path[depth + 1 :]))
        self.places[path] = places

    def _is_closed_up(
        self, kind: Any, shown: list[Any], sent: list[Any], cells: dict[int, Cells], path: FieldPath
    ) -> bool:
        """True if the elements in a row are the stored ones, without the empty ones before them."""
        whole = {n: whole_of(own_of(kind, cell)) for n, cell in cells.items()}
        told = [n for n in sorted(cells) if whole[n]]
        if len(told) != len(shown) or [whole[n] for n in told] == [whole.get(n) for n in range(len(told))]:
            return False
        places, notes = dict(self.places), [*self.notes]
        parts = zip(shown, sent, (cells[n] for n in told), strict=True)
        same = [self._part(kind, *part, (*path, n)) is SAME for n, part in enumerate(parts)]
        closed_up = all(same)
        self.places = places
        if closed_up:
            self.places[path] = told
        else:
            self.notes = notes
        return closed_up

    # Objects

    def _object(self, kind: Any, shown: Doc | None, sent: Doc | None, cells: Doc, path: FieldPath) -> Any:
        own = own_of(kind, cells)
        if shown is None or sent is None:
            if not whole_of(own):
                self._note_days(kind, shown, cells, path)
            return whole_of(own) or SAME
        if is_held(shown) and self._stays_held(kind, shown, sent, own, path):
            return SAME
        if is_removed(kind, shown, sent, own):
            return None
        if kind is CitationIn:
            cells = self._without_found(shown, cells, path)
        self._note_days(kind, shown, cells, path)
        parts = self._parts(kind, shown, sent, cells, path)
        defaults = _defaults_of(kind, sent)
        base = {name: value for name, value in sent.items() if name not in defaults or cells.get(name, SAME)}
        if kind is FigureIn:
            parts |= self._bounds(shown, sent, cells, (base, parts), path)
        if kind is RelationIn and "claim" in parts:
            del (parts if cells.get("key") else base)["claim" if cells.get("key") else "key"]
        if kind is DateIn and parts.get("edtf", "") is None and not cells.get("as_stated"):
            return None
        if parts.get("basis") == "tenure":  # no input: it follows from what the speaker held
            return None
        return base | parts if parts else SAME

    def _parts(self, kind: Any, shown: Doc, sent: Doc, cells: Doc, path: FieldPath) -> Doc:
        """The parts that cells change, without those that follow from others."""
        fields, defaults = fields_of(kind), _defaults_of(kind, sent)
        left = {DateIn: ENDS, FigureIn: BOUNDS}.get(kind, READ_ONLY)
        parts: Doc = {}
        for name, cell in cells.items():
            if name in left or (cell is None and _means_nothing(name, shown, defaults)):
                continue
            is_given = kind is Locator and name in PLACE and name not in sent and cell is not None
            part = self._part(fields[name], shown.get(name), sent.get(name), cell, (*path, name))
            if part is not SAME or is_given:
                parts[name] = cell if is_given else part
        return parts

    def _bounds(self, shown: Doc, sent: Doc, cells: Doc, rest: tuple[Doc, Doc], path: FieldPath) -> Doc:
        """The bounds that cells give a figure, without those of another value than it has. rest: the other parts of the
        figure, as they were and as they change.
        """
        base, parts = rest
        given = {name: cells[name] for name in BOUNDS if name in cells}
        told = {name: cell for name, cell in given.items() if cell is not None}
        if stale := stale_bounds(base | parts | told):
            self._note_stale(path, stale, shown)
            for name in BOUNDS:
                base.pop(name, None)
            return {}
        emptied: Doc = {name: None for name in given.keys() - told.keys() if sent.get(name) is not None}
        differ = any(self._part(None, shown[name], None, cell, path) is not SAME for name, cell in told.items())
        return told | emptied if differ or emptied or parts else {}

    def _note_days(self, kind: Any, shown: Doc | None, cells: Doc, path: FieldPath) -> None:
        """Note days beside a date which it does not have."""
        if not issubclass(kind, DateIn):
            return
        told = {name: cell for name in ENDS if (cell := cells.get(name)) is not None}
        edtf = cells.get("edtf", shown and shown["edtf"])
        if edtf is not None:
            self._note_stale(path, stale_ends({"edtf": edtf, **told}), shown)
        elif told and "edtf" in cells:
            days = " and ".join(f"{name} {cell:.40}" for name, cell in told.items())
            said = f"{days} {'is' if len(told) == 1 else 'are'} not read beside an empty edtf"
            self._note_stale(path, Stale(told, said), shown)

    def _without_found(self, shown: Doc, cells: Doc, path: FieldPath) -> Doc:
        """The cells of a citation, without a place that was found in a text and is not stated."""
        locator, source = cells.get("locator"), cells.get("source")
        if not isinstance(locator, dict) or not locator.keys() & set(PLACE):
            return cells
        said = whole_of(own_of(SourceIn, source)) if isinstance(source, dict) else {"id": source} if source else {}
        is_another = names_another(SourceIn, shown["source"], said)
        was_found = cells.get("verification") not in (None, "unchecked")
        if not was_found and (is_another or shown["verification"] == "unchecked"):
            return cells
        found = shown["locator"] or {}
        stale = [name for name in PLACE if locator.get(name) not in (None, text_of(found.get(name)))]
        if stale and not is_another:
            self._note((*path, "locator"), CODE, told_of_place(stale, locator))
        return cells | {"locator": {name: cell for name, cell in locator.items() if name not in PLACE}}

    def _stays_held(self, kind: Any, shown: Doc, sent: Doc, cells: Doc, path: FieldPath) -> bool:
        """Whether a role by tenure stays what it is: its cells are empty, or say that it is one."""
        if not whole_of(cells):
            if self._is_exported and any(shown.get(name) is not None for name in cells):
                told = f"the role {shown['title'] or ''} stays: it follows from what the speaker held"
                self._note(path, STAYS, told)
            return True
        if cells.get("basis") != "tenure":
            return False
        notes = [*self.notes]
        if self._parts(kind, shown, sent, cells, path):
            self.notes = notes
            self._note(path, CODE, HELD)
        return True

    # References

    def _reference(self, kind: Any, shown: Doc | None, cells: Any, path: FieldPath) -> Any:
        """The record that cells name: another, or the one that is shown, with changes from the other cells."""
        part = named_by(kind, shown, cells)
        if shown and isinstance(cells, dict) and (part is SAME or (part and part.get("key") == shown["key"])):
            for name, value in emptied_of(kind, shown, cells) if self._is_exported else ():
                told = f"{value} stays: an empty cell takes nothing from the {NAMES[kind.prefix()]} that a claim names"
                self._note((*path, *name), STAYS, told)
            date = cells.get("published_on")
            is_read = part is not SAME and "published_on" in part
            if isinstance(date, dict) and shown["published_on"] and date.get("edtf", "") is not None and not is_read:
                self._note_days(DateIn, shown["published_on"], date, (*path, "published_on"))
        return part


def _means_nothing(name: str, shown: Doc, defaults: Doc) -> bool:
    """Whether the empty cell of a field takes nothing away: it follows from others, or has its default already."""
    return name in READ_ONLY or name == "basis" or (name in defaults and bool(defaults[name] == shown[name]))


def _defaults_of(kind: Any, sent: Doc) -> Doc:
    """The scalar fields whose empty cells mean a default, with that."""
    found = {name: value for name, value in defaulted(kind).items() if value != []}
    return found | {"comparator": "between"} if kind is FigureIn and is_interval(sent) else found


def _parts_of(kind: Any, cells: Cells) -> Doc:
    """The cells of an object by its parts; a bare text stands for one of them."""
    return cells if isinstance(cells, dict) else {"edtf" if kind is DateIn else "title": cells}


def _is_another_speaker(shown: Doc | None, cells: Cells) -> bool:
    """Whether a row names another speaker than the claim has."""
    part = SAME if cells is SAME or cells is None else named_by(SpeakerIn, shown, cells)
    return part is not SAME and not (shown and isinstance(part, dict) and part.get("key") == shown["key"])
