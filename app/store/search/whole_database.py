"""The whole database at a moment, as lines of NDJSON that an import takes into an empty one.

A record is told as it would be sent: without ids, versions and times, and without what follows from it, so that two
databases that say the same give the same bytes. Speakers, sources and metrics come in the order of their keys, claims
in the order in which they arrived. Some hundreds are held at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection

from app.domain.record.datasets import FIELDS
from app.domain.record.records_in import MetricIn, SourceIn, SpeakerIn
from app.domain.record.sent import as_sent, fields_of, sent_of
from app.store.database.fetching import Rows, fetch_rows
from app.store.history.moment import Moment
from app.store.records.document import Doc, decode, encode

SOME: Final = 500  # rows that are read at once

_SHOWN: Final = "{0}.since <= ? AND ({0}.until IS NULL OR {0}.until > ?)"
_RECORDS: Final = (
    "SELECT k.key, r.doc, {home} FROM record_keys k JOIN {table} r ON r.id = k.id AND "  # noqa: S608  # our own
    + _SHOWN.format("r")
    + " {join}"
    " WHERE k.type = '{prefix}' AND k.key > ? ORDER BY k.key LIMIT ?"
)
_MERGED: Final = (
    "SELECT k.key, r.doc, {home}, i.key FROM merges m JOIN record_keys k ON k.type = m.type AND k.id = m.id"  # noqa: S608
    " JOIN record_keys i ON i.type = m.type AND i.id = m.into_id JOIN {table} r ON r.id = m.id AND r.until = m.ended"
    " {join} WHERE m.type = '{prefix}' AND " + _SHOWN.format("m") + " AND k.key > ? ORDER BY k.key LIMIT ?"
)
_HOME: Final = "LEFT JOIN record_keys h ON h.type = 'src' AND h.id = r.source_id"
_TABLES: Final[dict[str, dict[str, str]]] = {
    "src": {"prefix": "src", "table": "sources", "home": "NULL", "join": ""},
    "spk": {"prefix": "spk", "table": "speakers", "home": "h.key", "join": _HOME},
    "met": {"prefix": "met", "table": "metrics", "home": "NULL", "join": ""},
}
_CLAIMS: Final = (
    "SELECT r.id, d.doc FROM claims r JOIN documents d ON d.number = r.number WHERE "  # noqa: S608  # our own
    + _SHOWN.format("r")
    + " AND r.id > ? ORDER BY r.id LIMIT ?"
)
_MERGED_CLAIMS: Final = (
    "SELECT k.key, d.doc, i.key FROM merges m JOIN record_keys k ON k.type = m.type AND k.id = m.id"  # noqa: S608
    " JOIN record_keys i ON i.type = m.type AND i.id = m.into_id JOIN claims r ON r.id = m.id AND r.until = m.ended"
    " JOIN documents d ON d.number = r.number WHERE m.type = 'clm' AND "
    + _SHOWN.format("m")
    + " AND k.key > ? ORDER BY k.key LIMIT ?"
)
_DATASETS: Final = (
    f"SELECT r.name, {', '.join(FIELDS)} FROM datasets r WHERE {_SHOWN.format('r')}"  # noqa: S608  # our own
    " AND r.name > ? ORDER BY r.name LIMIT ?"
)
_TEXT: Final = "SELECT text FROM source_texts WHERE sha256 = ?"
_MODELS: Final[dict[str, tuple[str, Any]]] = {
    "src": ("source", SourceIn),
    "spk": ("speaker", SpeakerIn),
    "met": ("metric", MetricIn),
}


class WholeDatabase:
    """All that a database has at a moment, read by one connection. texts_lacking: the keys of the sources so far whose
    texts are not held here, as in the copy of a server.
    """

    def __init__(self, connection: Connection, moment: Moment) -> None:
        self._connection = connection
        self._revision = moment.revision
        self.texts_lacking: list[str] = []

    def records(self) -> Iterator[bytes]:
        """Datasets, sources, speakers and metrics, each a line; then those that are merged into others."""
        for name, *description in self._rows(_DATASETS, ""):
            yield _line({"type": "dataset", "name": name} | dict(zip(FIELDS, description, strict=True)))
        for prefix, parts in _TABLES.items():
            for _, text, home in self._rows(_RECORDS.format(**parts), ""):
                yield self._record(prefix, decode(text), {"source": home})
        for prefix, parts in _TABLES.items():
            for _, text, home, into in self._rows(_MERGED.format(**parts), ""):
                yield self._record(prefix, decode(text), {"source": home, "merged_into": into}, with_text=False)

    def claims(self) -> Iterator[bytes]:
        """The claims, retracted ones too, each a line; then those that are merged into others."""
        for _, text in self._rows(_CLAIMS, 0):
            yield _claim(decode(text))
        for _, text, into in self._rows(_MERGED_CLAIMS, ""):
            yield _claim(decode(text) | {"relations": []}, {"merged_into": into})

    def _rows(self, statement: str, after: int | str) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement, some at a time; the first column is the one that they are ordered by."""
        rows: Rows = [(after,)]
        while rows := fetch_rows(self._connection, statement, self._revision, self._revision, rows[-1][0], SOME):
            yield from rows

    def _record(self, prefix: str, doc: Doc, beside: Doc, *, with_text: bool = True) -> bytes:
        kind, model = _MODELS[prefix]
        told = {name: _told(field, doc.get(name)) for name, field in fields_of(model).items() if name != "id"}
        if with_text and doc.get("text_sha256"):
            told["text"] = self._text(doc)
        return _line({"type": kind, "key": doc["key"]} | told | beside)

    def _text(self, doc: Doc) -> str | None:
        for (text,) in fetch_rows(self._connection, _TEXT, doc["text_sha256"]):
            return str(text)
        self.texts_lacking.append(doc["key"])
        return None


def _told(field: Any, value: Any) -> Any:
    """A field of a definition as it would be sent. A tenure names its organization, which may come later."""
    told = sent_of(field, value)
    if isinstance(value, list):
        for own, shown in zip(told, value, strict=True):
            if isinstance(shown, dict) and shown.get("organization"):
                own["organization"]["name"] = shown["organization"]["name"]
    return told


def _claim(doc: Doc, beside: Doc | None = None) -> bytes:
    return _line({"key": doc["key"]} | as_sent(doc) | (beside or {}))


def _line(record: Doc) -> bytes:
    """A line without what is empty: nothing else is said by leaving it out."""
    return encode({name: value for name, value in record.items() if value not in (None, [], {})}).encode() + b"\n"
