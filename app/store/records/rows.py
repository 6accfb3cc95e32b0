"""Document → rows: what the tables hold of a claim's version beside its document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from app.domain.text.tokenizer import tokens
from app.store.records.document import Doc, encode

Row = tuple[Any, ...]

# The columns of rows, by table. Tables of lists begin with the version's number and the place in the list.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "claims": (
        "number", "id", "version", "since", "until", "status", "speaker_id", "language", "said_on", "words_hash",
        "facts_hash",
    ),
    "documents": ("number", "doc", "quote", "paraphrase"),
    "roles": ("number", "n", "title", "organization_id", "status", "basis"),
    "figures": (
        "number", "n", "metric_id", "comparator", "value", "low", "high", "unit", "kind", "change", "period",
    ),
    "topics": ("number", "n", "topic"),
    "citations": ("number", "n", "source_id", "verification"),
    "assessments": ("number", "n", "publisher", "rating"),
    "relations": ("number", "n", "type", "claim_id"),
}  # fmt: skip


def number_of(record_id: str) -> int:
    """The number in the id of a stored record."""
    return int(record_id[4:])


def words_hash(doc: Doc) -> int:
    """A number that is equal for claims of the same folded words, with apostrophes, hyphens and blanks in them or not:
    `don't` and `dont`, `co-operate` and `cooperate`.
    """
    words = "".join(tokens(doc["quote"] or doc["paraphrase"]))
    return int.from_bytes(hashlib.blake2b(f"words\x1f{words}".encode(), digest_size=8).digest()) >> 1


def rows_of(doc: Doc, number: int, facts_hash: int, hashed_words: int | None = None) -> Iterator[tuple[str, Row]]:
    """The rows of a current version of a claim: (table, values in the order of COLUMNS).

    facts_hash: of what the index has of the version. hashed_words: its words_hash, where that is made.
    """
    yield "claims", _claim(doc, number, facts_hash, words_hash(doc) if hashed_words is None else hashed_words)
    yield "documents", (number, encode(doc), doc["quote"], doc["paraphrase"])
    for table, row_of in _OF_LISTS.items():
        for n, element in enumerate(doc[table]):
            yield table, (number, n, *row_of(element))


def _claim(doc: Doc, number: int, facts_hash: int, hashed_words: int) -> Row:
    speaker, said_on = doc["speaker"], doc["said_on"]
    return (
        number,
        number_of(doc["id"]),
        doc["version"],
        doc["revision"],
        None,
        doc["status"],
        speaker and number_of(speaker["id"]),
        doc["language"],
        said_on and said_on["edtf"],
        hashed_words,
        facts_hash,
    )


def _role(role: Doc) -> Row:
    organization = role["organization"]
    return role["title"], organization and number_of(organization["id"]), role["status"], role["basis"]


def _figure(figure: Doc) -> Row:
    period = figure["period"]
    return (
        number_of(figure["metric"]["id"]),
        figure["comparator"],
        _digits(figure["value"]),
        _digits(figure["low"]),
        _digits(figure["high"]),
        figure["unit"],
        figure["kind"],
        figure["change"],
        period and period["edtf"],
    )


def _digits(number: int | Decimal | None) -> str | None:
    return None if number is None else str(number)


def _citation(citation: Doc) -> Row:
    return number_of(citation["source"]["id"]), citation["verification"]


_OF_LISTS: Final[dict[str, Callable[[Any], Row]]] = {  # what the tables of lists have of an element, by field
    "roles": _role,
    "figures": _figure,
    "topics": lambda topic: (topic,),
    "citations": _citation,
    "assessments": lambda one: (one["publisher"], one["rating"]),
    "relations": lambda one: (one["type"], number_of(one["claim"])),
}
