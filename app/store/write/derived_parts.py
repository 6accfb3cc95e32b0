"""The derived parts of a claim's document: roles by tenure, what is shown of other records, what is verified."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from app.store.records.document import Doc, show_references
from app.store.write.places import Place, verify
from app.store.write.resolver import Resolver
from app.store.write.roles import fill_roles


def derive(doc: Doc, resolver: Resolver, places: Sequence[Place | None] = ()) -> None:
    """Fill in all that follows from other records: roles by tenure, what is shown of them, the verification.

    places: of the citations, where they are known.
    """
    derive_shown(doc, resolver)
    for citation, place in zip_longest(doc["citations"], places):
        verify(doc, citation, resolver.texts, place)


def derive_shown(doc: Doc, resolver: Resolver) -> None:
    """The same where the texts of sources are as they were."""
    fill_roles(doc, resolver.records)
    show_references(doc, resolver.records.shown)
