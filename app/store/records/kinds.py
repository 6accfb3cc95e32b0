"""The kinds of records that claims refer to: how their ids begin, and where they are kept."""

from __future__ import annotations

from app.store.database import tables

Table = type[tables.Speaker] | type[tables.Source] | type[tables.Metric]

TABLES: dict[str, Table] = {"spk": tables.Speaker, "src": tables.Source, "met": tables.Metric}
NOUNS = {"spk": "speakers", "src": "sources", "met": "metrics"}
SHOWN_ONLY_INSIDE = ("group", "unnamed")  # kinds of speakers that belong to one source
INSIDE_IN_SQL = "('" + "', '".join(SHOWN_ONLY_INSIDE) + "')"  # the same, behind IN
