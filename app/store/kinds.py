"""The kinds of records that claims refer to: how their ids begin, and where they are kept."""

from __future__ import annotations

from app.store import models

Table = type[models.Speaker] | type[models.Source] | type[models.Metric]

TABLES: dict[str, Table] = {"spk": models.Speaker, "src": models.Source, "met": models.Metric}
NOUNS = {"spk": "speakers", "src": "sources", "met": "metrics"}
