"""Places in a record by their dotted names, such as `roles.0.title`, with list positions from 0; and what a name that
is none may mean.

A place is a field of an input model or of an object in it, an element of a list, or one of a claim's short forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.records_in import (
    MAX_AUTHORS,
    MAX_LIST,
    SHORT_FORMS,
    CitationIn,
    ClaimIn,
    DateIn,
    MetricIn,
    OrganizationRef,
    Record,
    Reference,
    RoleIn,
    SourceIn,
    SpeakerIn,
)
from app.domain.record.synonyms import meant_abroad, meant_by
from app.errors import BadValue, FieldPath, near, words_in

RecordKind = Literal["claim", "speaker", "source", "metric"]
MODELS: Final[Mapping[RecordKind, type[Record]]] = {
    "claim": ClaimIn,
    "speaker": SpeakerIn,
    "source": SourceIn,
    "metric": MetricIn,
}

POSITION: Final = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_NAMES_OF = {"speaker": ("name",), "source": ("title", "url")}  # of references whose short form is no name


def dotted(path: Sequence[str | int]) -> str:
    """The name of a place: `figures.0.unit`."""
    return ".".join(map(str, path))


def fields_of(kind: Any) -> dict[str, Any]:
    """The annotations of a model's fields by their names, a claim's short forms included; none for what is no model."""
    if not is_model(kind):
        return {}
    short = {"role": RoleIn} | {name: CitationIn.model_fields[name].annotation for name in SHORT_FORMS[1:]}
    return {name: field.annotation for name, field in kind.model_fields.items()} | (short if kind is ClaimIn else {})


def takes_text(kind: Any) -> bool:
    """Whether a text can stand for a value: a scalar, or an object that has a short form."""
    if get_origin(kind) in (list, dict):
        return False
    return not is_model(kind) or issubclass(kind, DateIn | RoleIn | Reference)


@dataclass(frozen=True, slots=True)
class Places:
    """The places in a record. noun: as messages call one. of_texts: whether a place takes one text, as a cell is."""

    record: RecordKind
    noun: str
    of_texts: bool

    def path_of(self, name: str) -> FieldPath:
        """The path that a dotted name stands for. Raises BadValue, with near names, where the record has none such."""
        kind: Any = MODELS[self.record]
        steps: list[str | int] = []
        rest = name.split(".")
        while rest:
            origin = get_origin(kind)
            if origin is dict:  # names that are free may hold dots; a number behind them is a position
                last = rest.pop() if len(rest) > 1 and POSITION.fullmatch(rest[-1]) else None
                steps.append(".".join(rest))
                return (*steps, _position(last, steps, ())) if last else tuple(steps)
            step = rest.pop(0)
            if origin is list:
                steps.append(_position(step, steps, rest))
                kind = bare_type(get_args(kind)[0])
                continue
            fields = fields_of(kind)
            if step not in fields:
                raise self._unknown(name, steps, step, rest, fields)
            steps.append(step)
            kind = bare_type(fields[step])
        if self.of_texts:
            _check_end(kind, name)
        return tuple(steps)

    def __contains__(self, name: str) -> bool:
        try:
            self.path_of(name)
        except BadValue:
            return False
        return True

    def _unknown(
        self, name: str, steps: Sequence[str | int], step: str, rest: Sequence[str], fields: Mapping[str, Any]
    ) -> BadValue:
        if not fields:
            beside = dotted([*steps[:-1], step, *rest])
            return BadValue(f"{dotted(steps)} has no parts", (beside if beside in self else dotted(steps),))
        known = known_places(self.record)
        meant = [dotted([*steps, *path]) for path in _meant(step, rest, None if steps else known, fields)]
        hints = [dotted([*steps, hint, *rest]) for hint in near(step, fields)]
        found = [hint for hint in meant if hint in self]
        found = found or [*_alike(name, [hint for hint in hints if hint in self], known)]
        named = [place for hint in found for place in _by_name(hint)]
        if not self.of_texts:
            named = [place.removesuffix(".0") for place in named]
        return BadValue(f"there is no such {self.noun}", tuple(dict.fromkeys(named))[:3])


def _position(step: str, steps: Sequence[str | int], rest: Sequence[str]) -> int:
    where = dotted(steps)
    if not POSITION.fullmatch(step):
        right = [where, "0", *rest] if step.isdigit() else [where, "0", step, *rest]
        raise BadValue(f"{where} is a list: its positions are numbered 0, 1, 2, …", (dotted(right),))
    most = MAX_AUTHORS if steps[-1] == "authors" else MAX_LIST
    if len(step) > 4 or int(step) >= most:
        raise BadValue(f"{where} has at most {most} positions, 0 to {most - 1}")
    return int(step)


def _check_end(kind: Any, name: str) -> None:
    """Nothing but a text stands in a cell: a scalar, or the short form of an object."""
    if get_origin(kind) is list:
        raise BadValue("this is a list: its positions are numbered 0, 1, 2, …", (f"{name}.0",))
    if get_origin(kind) is dict:
        raise BadValue(f"this is an object: name its parts, as in {name}.wikidata")
    if not takes_text(kind):
        parts = ", ".join(f"{name}.{field}" for field in list(kind.model_fields)[:3])
        raise BadValue(f"this is an object: name its parts, as in {parts}")


def _by_name(hint: str) -> Sequence[str]:
    """Suggestions for a place that takes only ids: those of its name."""
    above, dot, last = hint.rpartition(".")
    return [f"{above}{dot}{last}.{part}" for part in _NAMES_OF.get(last, ())] or [hint]


def _meant(
    step: str, rest: Sequence[str], places: Sequence[str] | None, fields: Mapping[str, Any]
) -> Iterator[Sequence[str]]:
    """Meanings of a step in everyday words: another field there, or at the top a place of its own."""
    for meaning in meant_by(step, places or fields):
        *above, last = meaning.split(".")
        yield (*above, last) if last in rest else (*above, last, *rest)
    if places:
        yield from ((field, *rest) for field in meant_by(step, fields))


def _alike(name: str, hints: Sequence[str], places: Sequence[str]) -> Sequence[str]:
    """Places that the name may mean: with other marks between its words, by the hints, as a last word, or so spelt."""
    words = re.sub(r"[\W_]+", ".", name[:100]).strip(".").lower()
    same = [known for known in places if known.replace("_", ".") == words]
    return same or hints or [known for known in places if known.endswith(f".{words}")] or near(name, places)


class Place(NamedTuple):
    """A place of a record: its dotted name, the model whose field it is, that field's name, and its type. An element
    of a list is at the position 0, and has the model and the name of the list.
    """

    name: str
    model: type[BaseModel]
    field: str
    kind: Any


@cache
def all_places(record: RecordKind) -> tuple[Place, ...]:
    """The places of a record with one element in each list: the fields in their order, each before its parts; a claim's
    short forms behind the lists that they stand for. An organization has the parts by which it is found.
    """
    return tuple(_places(MODELS[record], ""))


def _places(model: type[BaseModel], above: str) -> Iterator[Place]:
    for name, annotation in _with_forms(model):
        kind = bare_type(annotation)
        owner, field = (RoleIn, "title") if (model, name) == (ClaimIn, "role") else (model, name)
        owner = CitationIn if model is ClaimIn and name in SHORT_FORMS[1:] else owner
        yield Place(above + name, owner, field, kind)
        yield from _parts(kind, above + name, owner, field)


def _parts(kind: Any, name: str, model: type[BaseModel], field: str) -> Iterator[Place]:
    if get_origin(kind) is list:
        element = bare_type(get_args(kind)[0])
        yield Place(f"{name}.0", model, field, element)
        yield from _parts(element, f"{name}.0", model, field)
    elif get_origin(kind) is dict:
        yield Place(f"{name}.wikidata", model, field, str)
    elif is_model(kind):
        yield from _places(kind, f"{name}.")


def _with_forms(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    fields = fields_of(model)
    names = OrganizationRef.handles() if model is OrganizationRef else fields  # it has tenures with organizations, …
    forms = {"roles": SHORT_FORMS[:1], "citations": SHORT_FORMS[1:]} if model is ClaimIn else {}
    for name in model.model_fields:
        if name in names:
            yield name, fields[name]
        yield from ((form, fields[form]) for form in forms.get(name, ()))


def meant_places(record: RecordKind, name: str) -> tuple[str, ...]:
    """The places that a name of other people's files means, which is so spelt or a word for them; best first.

    None by spelling alone: a `note` is no `vote`.
    """
    known = known_places(record)
    words = words_in(name)
    same = [place for place in known if words_in(place.replace(".0", "")) == words]
    meant = [*meant_by(name, known), *(place for place in meant_abroad(name) if place in known)]
    return tuple(dict.fromkeys(by for place in (*same, *meant) for by in _by_name(place)))


@cache
def known_places(record: RecordKind) -> tuple[str, ...]:
    """The names of places that take a text, for suggestions: fields, then parts of short forms, then the others."""
    names = [place.name for place in all_places(record) if takes_text(place.kind)]
    return tuple(sorted(names, key=lambda name: ("." in name) + (name.partition(".")[0] not in SHORT_FORMS)))
