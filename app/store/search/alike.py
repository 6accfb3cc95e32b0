"""Claims that are alike: those that say what a text says, or another claim, or check it.

Bitmaps give the few candidates (see candidates.py), and these are compared by their stored words and documents. How
many claims have a word is counted at the revision that is asked of, so that the answer is the same ever after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from app.domain.quantities.amounts import amounts_in
from app.domain.query.likeness import SHARES, AskedText, Compared, Hit, Shares, ranked
from app.domain.query.tree import Where
from app.domain.text.lattice import encode_lattice
from app.domain.text.stems import stem_language
from app.domain.text.text_cache import text_cache
from app.store.database.stored_documents import documents_by_number
from app.store.database.stored_tokens import tokens_by_number
from app.store.index.families import CLAIM
from app.store.records.document import Doc, decode
from app.store.search.candidates import Finder, best_candidates
from app.store.search.conditions import formula_of
from app.store.search.evaluation import Evaluation
from app.store.search.lookups import Asking, languages_by_version, languages_of

_DIGIT: Final = re.compile("[0-9]")
MOST_TITLES: Final = 5  # of sources, that are compared

encoded = text_cache(1 << 14, longest=300)(encode_lattice)  # titles and names are shared by many claims


class Alike(NamedTuple):
    """A claim that is alike: its document as it is stored, and what it has in common with the text."""

    document: bytes
    hit: Hit


def find_alike(
    asking: Asking, text: AskedText, where: Where, limit: int, without: int | None = None, shares: Shares = SHARES
) -> list[Alike]:
    """The claims that meet a tree of conditions and are most like a text, in order. without: the number in the id of
    one that is left out. Raises what formula_of does, and QueryTimeout.
    """
    view = asking.view
    among = Evaluation(view).find(formula_of(where, asking)) & view.visible(CLAIM)
    if without is not None:
        among = among - view.versions_of([without])
    finder = Finder(view, languages_of(asking))
    words, amounts = finder.words(text.words), finder.amounts(text.amounts)
    numbers = best_candidates(view, [*words, *amounts], among)
    documents = documents_by_number(asking.connection, "documents", numbers)
    weights = {word: found.weight for word, found in zip(text.words, words, strict=True)}
    compared = _compared(asking, numbers, documents, bool(text.amounts))
    hits = ranked(text, compared, weights, [found.weight for found in amounts], limit, shares)
    return [Alike(documents[hit.number], hit) for hit in hits]


def text_of(claim: Doc) -> AskedText:
    """The quote and the paraphrase of a claim, as a text that is asked about."""
    return AskedText("\n".join(filter(None, (claim["quote"], claim["paraphrase"]))), claim["language"])


def _compared(asking: Asking, numbers: list[int], documents: dict[int, bytes], amounts: bool) -> Iterator[Compared]:
    """Some versions as they are compared, in order. amounts: whether theirs matter."""
    tokens = tokens_by_number(asking.connection, numbers)
    docs = {number: decode(documents[number]) for number in numbers}
    languages = languages_by_version(asking, docs)
    for (number, doc), language in zip(docs.items(), languages, strict=True):
        asking.view.check_deadline()
        quote, paraphrase, *_ = tokens[number]
        told = dict(_amounts(doc)) if amounts and (doc["figures"] or _DIGIT.search(quote + paraphrase)) else {}
        yield Compared(number, stem_language(language), (quote, paraphrase), tuple(_beside(doc, language)), told)


def _beside(doc: Doc, language: str | None) -> Iterator[str]:
    """The encoded texts beside a claim's own: the name of its speaker, the different titles of its sources."""
    if doc["speaker"]:
        yield encoded(doc["speaker"]["name"], None)
    titles = dict.fromkeys(one["source"]["title"] for one in doc["citations"])
    yield from [encoded(title, language) for title in titles if title][:MOST_TITLES]


def _amounts(doc: Doc) -> Iterator[tuple[Decimal, str]]:
    """The amounts of a claim's words and figures, and how they are told."""
    for text in filter(None, (doc["quote"], doc["paraphrase"])):
        yield from ((value, one.written) for one in amounts_in(text) for value in one.values)
    for figure in doc["figures"]:
        for one in (*figure["equivalents"], figure):
            for value in (one.get(name) for name in ("low", "high", "value")):
                if value is not None:
                    exact = Decimal(value)
                    yield exact.normalize(), f"{exact:f}{'' if one['unit'] == 'count' else ' ' + one['unit']}"
