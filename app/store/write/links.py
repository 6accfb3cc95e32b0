"""A claim's references → the ids of the records that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.errors import BadRecord, FieldPath, Problem
from app.store.records.document import Doc
from app.store.write.merges import Merges
from app.store.write.references import encoded_reference
from app.store.write.resolver import Resolver

_Reference = tuple[str, FieldPath, Doc, str]  # as what it is referred to; its path; what holds it, by what name


def link_claim(doc: Doc, resolver: Resolver, encoded: list[str]) -> list[Problem]:
    """Put `{"id": …, "found": …}` in place of each reference of a claim's document; what fits nothing. found: the id of
    what was merged into the record, where the reference means that. encoded: its encoded_references.

    Sources come first: groups and unnamed speakers belong to the first of them.
    """
    problems: list[Problem] = []
    home: str | None = None
    for n, ((what, path, holder, name), said) in enumerate(zip(references_of(doc), encoded, strict=True)):
        try:
            found = resolver.refer(what, holder[name], home, said)
            holder[name] = {"id": resolver.merges.survivor(found), "found": found}
            home = holder[name]["id"] if n == 0 else home
        except BadRecord as error:
            problems.extend(problem.under(*path) for problem in error.problems)
    return problems


def relink_claim(doc: Doc, merges: Merges) -> None:
    """Let a claim's document refer to the survivors of what it refers to."""
    for _, _, holder, name in references_of(doc):
        holder[name] = {"id": merges.survivor(holder[name]["id"])}


def relinked(claim_id: str, relations: list[Doc], merges: Merges, key_of: Callable[[str], str]) -> list[Doc]:
    """The relations of a claim with the survivors of merged claims, each once, and none to itself. key_of: gives the
    keys of claims. Where none was merged they are as they are.
    """
    if all(merges.into(relation["claim"]) is None for relation in relations):
        return relations
    named: dict[tuple[str, str], Doc] = {}
    for relation in relations:
        into = merges.into(relation["claim"])
        one = relation | {"claim": into, "key": key_of(into)} if into else relation
        if one["claim"] != claim_id:
            named.setdefault((one["type"], one["claim"]), one)
    return [*named.values()]


def name_by_key(doc: Doc) -> None:
    """Let a claim's document refer to what it shows by key alone, as a client would."""
    for _, _, holder, name in references_of(doc):
        holder[name] = {"key": holder[name]["key"]}


def encoded_references(doc: Doc) -> list[str]:
    """The references of a claim's document, encoded, in the order of references_of."""
    return [encoded_reference(holder[name]) for _, _, holder, name in references_of(doc)]


def references_of(doc: Doc) -> Iterator[_Reference]:
    """The references of a claim's document, in the order in which they are resolved."""
    for n, citation in enumerate(doc["citations"]):
        yield "source", ("citations", n, "source"), citation, "source"
    if doc["speaker"]:
        yield "speaker", ("speaker",), doc, "speaker"
    for n, role in enumerate(doc["roles"]):
        if role["organization"]:
            yield "organization", ("roles", n, "organization"), role, "organization"
    for n, figure in enumerate(doc["figures"]):
        yield "metric", ("figures", n, "metric"), figure, "metric"
    if doc["retraction"] and doc["retraction"]["source"]:
        yield "source", ("retraction", "source"), doc["retraction"], "source"
