"""The fields of speakers, sources and metrics that claims follow from, by the prefix of a record's id.

Where one of them changes, the claims that show the record are rendered anew. They are nowhere listed: some claims are
derived from records that note which of their fields are read. So a field that a new fact reads is among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, get_args

from app.domain.record.records_in import Verification
from app.domain.record.records_out import CitationOut, FigureOut, RoleOut
from app.store.index.terms import claim_facts
from app.store.records.document import Doc, show_references
from app.store.records.fields import BLANK, CLAIM_FIELDS, SHOWN
from app.store.write.roles import fill_roles

_DATE: Final = {"edtf": "2024-04-01", "earliest": "2024-04-01", "latest": "2024-04-01", "as_stated": "1 April"}
_NOW: Final = "2024-04-01T00:00:00Z"
_OFFICE: Final = {"title": "minister", "organization": {"id": "spk_1", "key": "k", "name": "N"}}
_BARE: Final[Doc] = dict.fromkeys(CLAIM_FIELDS) | {
    "id": "clm_1", "version": 1, "key": "k", "status": "active", "speaker": {"id": "spk_1"},
    "citations": [
        dict.fromkeys(CitationOut.model_fields) | {"source": {"id": "src_1"}, "verification": found}
        for found in get_args(Verification)
    ],
    "recorded_at": _NOW, "updated_at": _NOW, "revision": 1,
    **{name: [] for name in ("roles", "figures", "topics", "assessments", "relations")},
}  # fmt: skip
_FULL: Final[Doc] = _BARE | {
    "quote": "one", "paraphrase": "two", "language": "ja", "translated_from": "de", "said_on": _DATE, "venue": "here",
    "roles": [dict.fromkeys(RoleOut.model_fields) | _OFFICE | {"status": "current", "basis": "stated"}],
    "figures": [
        dict.fromkeys(FigureOut.model_fields)
        | {"metric": {"id": "met_1"}, "value": 1, "low": 1, "high": 1, "comparator": "exactly", "unit": "count",
           "kind": "actual", "period": _DATE, "equivalents": []}
    ],
    "topics": ["pay"],
    "retraction": {"kind": "record_error", "reason": None, "retracted_on": None, "issuer": None,
                   "source": {"id": "src_1"}},
}  # fmt: skip
_GIVEN: Final[dict[str, Doc]] = {
    "spk": {"name": "N", "kind": "person", "aliases": ["A"], "tenures": [_OFFICE | {"since": _DATE, "until": _DATE}]},
    "src": {"title": "T", "kind": "article", "authors": ["A"], "publisher": "P", "url": "https://a.example/1",
            "archive_url": "https://a.example/2", "published_on": _DATE, "accessed_on": _DATE, "language": "en",
            "note": "n", "text_sha256": "0"},
    "met": {"name": "N", "definition": "d", "unit": "count"},
}  # fmt: skip


@cache
def followed_fields(prefix: str) -> frozenset[str]:
    """The fields of records that claims show, or that their roles, verifications and facts follow from."""
    read: dict[str, set[str]] = {"spk": set(), "src": {"text_sha256"}, "met": set()}  # quotes are looked for in texts
    for claim in (_BARE, _FULL):
        for given in (_GIVEN, {}):  # a fact may read one field only where another has a value, or has none
            _derive(claim, _Records(given, read))
    return frozenset(read[prefix])


def _derive(claim: Doc, records: _Records) -> None:
    """Derive a claim as it is rendered."""
    doc = claim | {name: [dict(one) for one in claim[name]] for name in ("roles", "figures", "citations")}
    doc["retraction"] = doc["retraction"] and dict(doc["retraction"])
    fill_roles(doc, records)
    show_references(doc, records.shown)
    claim_facts(doc, records)


class _Records(Mapping[str, Doc]):
    """One record of each kind, which notes what is read of it."""

    def __init__(self, given: dict[str, Doc], read: dict[str, set[str]]) -> None:
        own = {"id": "", "key": "k", "name": "N", "revision": 1, "recorded_at": _NOW, "updated_at": _NOW}
        whole = {
            prefix: blank | {name: own[name] for name in own if name in blank} | given.get(prefix, {})
            for prefix, blank in BLANK.items()
        }
        self._docs = {
            f"{prefix}_1": _Noting(doc | {"id": f"{prefix}_1"}, read[prefix]) for prefix, doc in whole.items()
        }

    def __getitem__(self, record_id: str) -> Doc:
        return self._docs[record_id]

    def shown(self, what: str, record_id: str) -> Doc:
        """The parts of a record that claims show."""
        return {name: self[record_id][name] for name in SHOWN[what]}

    def __iter__(self) -> Iterator[str]:
        return iter(self._docs)

    def __len__(self) -> int:
        return len(self._docs)


class _Noting(dict[str, Any]):
    """A record that notes which of its fields are read. The result of `|` goes on noting."""

    def __init__(self, doc: Doc, read: set[str]) -> None:
        super().__init__(doc)
        self._read = read

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field."""
        self._read.add(name)
        return super().get(name, default)

    def __or__(self, other: Any) -> Any:
        return _Noting(dict(super().items()) | other, self._read)

    def __iter__(self) -> Iterator[str]:  # whoever reads it whole reads every field
        self._read.update(super().keys())
        return super().__iter__()

    def items(self) -> Any:
        """All fields with their values."""
        return {name: self[name] for name in self}.items()

    def values(self) -> Any:
        """The values of all fields."""
        return [self[name] for name in self]
