"""Postings of many versions and of few are the same, and in the order of their keys."""

from __future__ import annotations

from app.store.index.facts import SpeakerFacts
from app.store.index.families import FAMILIES, Lasts
from app.store.index.gathering import EXACT_PAIR, Gathered, with_shared_pairs
from app.store.records.document import Doc
from tests.store.test_index_facts import facts_of

NONE = Lasts([0] * len(FAMILIES))


def gathered(versions: int) -> Gathered:
    """Versions of a claim, each with a word that is its own, and of a speaker."""
    found = Gathered(NONE)
    for n in range(versions):
        own: Doc = {"quote": f"We don't know word{n}", "venue": "~ + -", "topics": ["+", "-", f"~{n}"]}
        found.add(facts_of(**own))
        found.add_speaker(SpeakerFacts([b"nann", b"n%d" % n], n + 1))
    return found


def test_postings_of_many_versions_are_those_of_few_with_rare_pairs_together() -> None:
    for versions in (1, EXACT_PAIR - 1, EXACT_PAIR, 3 * EXACT_PAIR):
        some = gathered(versions)
        rows = list(some.rows())
        assert [key for key, _ in rows] == sorted({key for key, _ in rows})
        assert rows == with_shared_pairs(some.rows_of_few())
