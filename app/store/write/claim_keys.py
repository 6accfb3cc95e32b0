"""The keys of claims that were given none: digests of speaker, words, date and source as first given."""

from __future__ import annotations

import hashlib

from app.domain.record.keys import key_words
from app.store.records.document import Doc
from app.store.write.resolver import Resolver


def derived_keys(doc: Doc, resolver: Resolver) -> list[str]:
    """The keys that a claim may have: the one of its speaker and source as they are found; then those of what else is
    the same speaker or source by now, since it may have been given so at first.
    """
    words = key_words(doc["quote"] or doc["paraphrase"])
    date = doc["said_on"]["edtf"] if doc["said_on"] else ""
    speakers = _keys(doc["speaker"], resolver) if doc["speaker"] else [""]
    sources = _keys(doc["citations"][0]["source"], resolver)
    return [_digest((speaker, words, date, source)) for speaker in speakers for source in sources]


def _keys(reference: Doc, resolver: Resolver) -> list[str]:
    same = dict.fromkeys((reference["found"], *resolver.merges.parts_of(reference["id"])))
    return [resolver.last(one)["key"] for one in same]


def _digest(parts: tuple[str, ...]) -> str:
    return "sha256:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
