"""A claim's references → the ids of the records that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from app.errors import BadRecord, Problem
from app.store.render import Doc
from app.store.resolve import Resolver

Place = tuple[tuple[str | int, ...], Doc, str]  # path of a reference, what holds it, under which name


def link_claim(doc: Doc, resolver: Resolver) -> list[Problem]:
    """Put `{"id": …}` in place of each reference of a claim's document; what fits nothing.

    Sources come first: groups and unnamed speakers belong to the first of them.
    """
    problems: list[Problem] = []
    for (path, holder, name), find in _references(doc, resolver):
        try:
            holder[name] = {"id": find(holder[name])}
        except BadRecord as error:
            problems.extend(problem.under(*path) for problem in error.problems)
    return problems


def _references(doc: Doc, resolver: Resolver) -> Iterator[tuple[Place, Callable[[Doc], str]]]:
    for place in source_places(doc):
        yield place, resolver.source
    home = doc["citations"][0]["source"].get("id")
    if doc["speaker"]:
        yield (("speaker",), doc, "speaker"), partial(resolver.speaker, scope=home)
    for n, role in enumerate(doc["roles"]):
        if role["organization"]:
            yield (("roles", n, "organization"), role, "organization"), partial(resolver.organization, scope=home)
    for n, figure in enumerate(doc["figures"]):
        yield (("figures", n, "metric"), figure, "metric"), resolver.metric


def source_places(doc: Doc) -> Iterator[Place]:
    """Where a claim's document refers to sources."""
    for n, citation in enumerate(doc["citations"]):
        yield ("citations", n, "source"), citation, "source"
