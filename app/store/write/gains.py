"""The gains of a speaker from one merged into it: names, identifiers and tenures that it lacks."""

from __future__ import annotations

from app.domain.record.identifiers import joined, pairs_of
from app.store.records.days import day_number
from app.store.records.document import Doc
from app.store.records.kinds import SHOWN_ONLY_INSIDE
from app.store.records.names import folded


def with_gains(new: Doc, old: Doc) -> Doc:
    """The aliases, identifiers and tenures of a speaker, and behind them what another has beside. Of a tenure that
    both have, the speaker's own stands. References are by the ids of survivors.
    """
    return {
        "aliases": [*new["aliases"], *_other_names(new, old)],
        "identifiers": joined([*pairs_of(new["identifiers"]), *pairs_of(old["identifiers"])]),
        "tenures": [*new["tenures"], *(one for one in old["tenures"] if not is_held(one, new["tenures"]))],
    }


def _other_names(new: Doc, old: Doc) -> list[str]:
    if belongs_elsewhere(old, new):
        return []
    known = {new["name"], *new["aliases"]}
    return [name for name in dict.fromkeys((old["name"], *old["aliases"])) if name not in known]


def belongs_elsewhere(old: Doc, new: Doc) -> bool:
    """Whether the names of a merged speaker are not the survivor's: "officials" of one source are nobody elsewhere."""
    return old["kind"] in SHOWN_ONLY_INSIDE and new["kind"] not in SHOWN_ONLY_INSIDE


def is_held(tenure: Doc, tenures: list[Doc]) -> bool:
    """Whether a tenure of the same title and organization has some time in common with it."""
    first, last = _days(tenure)
    alike = [one for one in tenures if _office(one) == _office(tenure)]
    return any(_days(one)[0] <= last and first <= _days(one)[1] for one in alike)


def _office(tenure: Doc) -> tuple[str, str | None]:
    return folded(tenure["title"]), tenure["organization"] and tenure["organization"]["id"]


def _days(tenure: Doc) -> tuple[int, int]:
    return day_number(tenure["since"], "earliest"), day_number(tenure["until"], "latest")
