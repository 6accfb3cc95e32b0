"""How many independent sources a value has: documents, those that have it by the same way counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.text.tokenizer import fold_name

Doc = Mapping[str, Any]


def count_independent(citations: Iterable[Doc], documents: Mapping[str, str]) -> int:
    """How many independent sources there are among citations: documents, of which those are one that have it by way of
    the same agency or person, and one whose `via` names the other's publisher or title. documents: that of each source,
    by id.
    """
    groups: dict[str, set[str]] = {}  # of names of documents, publishers and ways: what is one

    def join(name: str, other: str) -> None:
        both = groups.setdefault(name, {name}) | groups.setdefault(other, {other})
        groups.update(dict.fromkeys(both, both))

    cited = list(citations)
    ways = {way for one in cited if (way := _folded(one["via"]))}
    for one in cited:
        document = documents[one["source"]["id"]]
        groups.setdefault(document, {document})
        own = (one["via"], one["source"]["publisher"], one["source"]["title"])
        for name in {name for text in own if (name := _folded(text)) in ways}:
            join(document, f"via {name}")
    return len({id(groups[document]) for document in {documents[one["source"]["id"]] for one in cited}})


def _folded(text: str | None) -> str:
    return fold_name(text) if text else ""
