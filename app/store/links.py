"""A claim's references → the ids of the records that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from app.domain.records import ClaimIn, Reference
from app.errors import BadRecord, Problem
from app.store.resolve import Resolver


def link_claim(claim: ClaimIn, resolver: Resolver) -> tuple[dict[int, str], list[Problem]]:
    """The id that each reference of a claim stands for, by the `id()` of the reference object, and what fits nothing.

    Sources come first: groups and unnamed speakers belong to the first of them.
    """
    links: dict[int, str] = {}
    problems: list[Problem] = []
    for path, reference, find in _references(claim, resolver, links):
        try:
            links[id(reference)] = find()
        except BadRecord as error:
            problems.extend(problem.under(*path) for problem in error.problems)
    return links, problems


def _references(
    claim: ClaimIn, resolver: Resolver, links: dict[int, str]
) -> Iterator[tuple[tuple[str | int, ...], Reference, Callable[[], str]]]:
    for n, citation in enumerate(claim.citations):
        yield ("citations", n, "source"), citation.source, partial(resolver.source, citation.source)
    home = links.get(id(claim.citations[0].source))
    if claim.speaker:
        yield ("speaker",), claim.speaker, partial(resolver.speaker, claim.speaker, home)
    for n, role in enumerate(claim.roles):
        if role.organization:
            find = partial(resolver.organization, role.organization, home)
            yield ("roles", n, "organization"), role.organization, find
    for n, figure in enumerate(claim.figures):
        yield ("figures", n, "metric"), figure.metric, partial(resolver.metric, figure.metric)
