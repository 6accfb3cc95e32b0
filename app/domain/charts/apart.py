"""How figures are told apart in a chart: speakers by colours and kinds by shapes, where there are several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.domain.charts import look, told
from app.domain.quantities.figures import KINDS
from app.domain.record.points import Row, Split

MOST_SPEAKERS: Final = len(look.COLOURS)
NOBODY: Final = "no speaker"


@dataclass(frozen=True)
class Apart:
    """speakers: the labels of speakers by their ids, the ones with most figures by name, and others together; empty
    where these are one or not apart. kinds: the kinds that are there; empty likewise.
    """

    speakers: dict[str, str]
    kinds: tuple[str, ...]

    def speaker_of(self, point: Row) -> str | None:
        """The label of a point's speaker, where speakers are apart."""
        return self.speakers.get(_id(point))

    @property
    def channels(self) -> Row:
        """The encoding of colour and of shape. Where one of them tells all, the other says the same."""
        found: Row = {}
        if self.speakers:
            found["color"] = _channel("speaker_label", self._labels, look.COLOURS)
        if self.kinds:
            found["shape"] = _channel("kind", self.kinds, look.SHAPES)
            if self.speakers:
                found["shape"]["legend"] |= {"symbolFillColor": look.INK, "symbolStrokeColor": look.INK}
        if self.kinds and not self.speakers:
            found["color"] = _channel("kind", self.kinds, look.COLOURS)
        if self.speakers and not self.kinds:
            found["shape"] = _channel("speaker_label", self._labels, look.SHAPES)
        return found or {"color": {"value": look.COLOURS[0]}}

    @property
    def _labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.speakers.values()))


def _channel(field: str, labels: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    wide = max(map(len, labels)) > look.WIDTH / 3 / look.TEXT_SIZE
    legend = {"title": None, "orient": "bottom", "columns": 2 if wide else 4, "symbolOpacity": 1}
    scale = {"domain": list(labels), "range": list(values[: len(labels)])}
    return {"field": field, "type": "nominal", "scale": scale, "legend": legend}


def apart_by(points: Sequence[Row], split: Sequence[Split]) -> Apart:
    """How points are apart. split: by what they are to be."""
    kinds = tuple(kind for kind in KINDS if any(point["kind"] == kind for point in points))
    speakers = _labels(points) if "speaker" in split else {}
    return Apart(
        speakers if len(speakers) > 1 else {},
        kinds if "kind" in split and len(kinds) > 1 else (),
    )


def _labels(points: Sequence[Row]) -> dict[str, str]:
    """The labels of speakers by their ids, those of most figures first."""
    counts = Counter(map(_id, points))
    names = {_id(point): _name(point) for point in points}
    ordered = sorted(counts, key=lambda one: (-counts[one], names[one]))
    alone = ordered if len(ordered) <= MOST_SPEAKERS else ordered[: MOST_SPEAKERS - 1]
    same = Counter(names[one] for one in alone)
    labels = {one: names[one] if same[names[one]] == 1 else f"{names[one]} ({one})" for one in alone}
    rest = ordered[len(alone) :]
    return labels | dict.fromkeys(rest, f"{len(rest)} others")


def _id(point: Row) -> str:
    return point["speaker"]["id"] if point["speaker"] else ""


def _name(point: Row) -> str:
    return told.short_name(point["speaker"]["name"]) if point["speaker"] else NOBODY
