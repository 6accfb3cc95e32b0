"""Meanings of filters: a plain reading of the registry, one claim at a time, over the documents that the API gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from math import inf

from app.domain.dates.edtf import parse_edtf
from app.domain.quantities.units import parse_unit
from app.domain.query.logic import And, Not, Or
from app.domain.query.query_text import Phrase, SearchText, Word, parse_query
from app.domain.record.addresses import normal_address, same_document
from app.domain.record.identifiers import pairs_of
from app.domain.text.lattice import Token, lattice, spellings
from app.domain.text.stems import stem
from app.domain.text.tokenizer import fold_name
from tests.oracle_values import asks_values, values_meet
from tests.tree import LISTS, PARAMETERS, Doc, Tree, World, element_of, leaf_of, leaves_in, name_of, values_of


def found_by(tree: Tree, world: World) -> list[Doc]:
    """The claims that a tree finds, newest earliest day first, then in the order of arrival."""
    if not any(name_of(leaf) == "status" for leaf in leaves_in(tree)):
        tree = {"and": [tree, leaf_of("status", ["active"])]}
    found = [claim for claim in world.claims if holds(tree, claim, world)]
    return sorted(found, key=lambda claim: (claim["said_on"] or {}).get("earliest") or "", reverse=True)


def holds(tree: Tree, claim: Doc, world: World) -> bool:
    """Whether a claim meets a tree."""
    match tree:
        case {"and": parts}:
            return all(holds(part, claim, world) for part in parts)
        case {"or": parts}:
            return any(holds(part, claim, world) for part in parts)
        case {"not": part}:
            return not holds(part, claim, world)
        case {"some": element, "where": where}:
            return any(element_holds(where, one, world) for one in claim[LISTS[element]])
    element = element_of(tree)
    if element == "claim":
        return claim_meets(claim, name_of(tree), values_of(tree), world)
    return any(element_holds(tree, one, world) for one in claim[LISTS[element]])


def element_holds(tree: Tree, one: Doc, world: World, unit: str | None = None) -> bool:
    """Whether one element meets a tree of leaves of its list. unit: of the nearest `and` around that asks for one."""
    match tree:
        case {"and": parts}:
            own = [part for part in parts if "field" in part]
            given = [values_of(leaf)[0] for leaf in own if name_of(leaf) == "figure__unit"]
            unit = given[0] if given else unit
            rest = [part for part in parts if not asks_values(part)]
            return values_meet(own, one, unit, world) and all(element_holds(part, one, world, unit) for part in rest)
        case {"or": parts}:
            return any(element_holds(part, one, world, unit) for part in parts)
        case {"not": part}:
            return not element_holds(part, one, world, unit)
    if asks_values(tree):
        return values_meet([tree], one, unit, world)
    return MEETS[element_of(tree)](one, name_of(tree), values_of(tree), world)


# The claim as a whole


def claim_meets(claim: Doc, name: str, values: tuple[str, ...], world: World) -> bool:
    """Whether a claim meets one filter on the claim as a whole."""
    speaker, topics = claim["speaker"], {fold_name(topic) for topic in claim["topics"]}
    match name:
        case "q":
            wanted = parse_query(values[0])
            return wanted is not None and has_words(wanted, claim, world)
        case "id" | "key":
            return any(one[name] in values for one in world.whole(claim))
        case "language":
            own = claim["language"] and claim["language"].lower() + "-"
            return own is not None and any(one == "*" or own.startswith(one.lower() + "-") for one in values)
        case "language__exact":
            return claim["language"] is not None and claim["language"].lower() in map(str.lower, values)
        case "status":
            return values[0] in ("any", claim["status"])
        case "venue__contains":
            return contains([claim["venue"]], values[0])
        case "topic":
            return not topics.isdisjoint(map(fold_name, values))
        case "topic__all":
            return topics.issuperset(map(fold_name, values))
        case "topic__not":
            return topics.isdisjoint(map(fold_name, values))
        case "speaker":
            return speaker is not None and speaker["id"] in world.meant(values)
        case "speaker__not":
            return speaker is None or speaker["id"] not in world.meant(values)
        case "speaker__key":
            return world.has_key(speaker, values)
        case "speaker__identifier":
            known = pairs_of(world.speakers[speaker["id"]]["identifiers"]) if speaker else ()
            return any(f"{scheme}:{value}" in values for scheme, value in known)
        case "speaker__name":
            return goes_by(speaker, values, world)
        case "speaker__name__contains":
            return contains(names_of(speaker, world), values[0])
        case "source__count__gte":
            return documents_of(claim, world) >= int(values[0])
        case "said_on__isnull":
            return (days_of(claim["said_on"]) is None) == (values[0] == "true")
        case "said_on__precision":
            return claim["said_on"] is not None and parse_edtf(claim["said_on"]["edtf"]).precision in values
    what, _, operator = name.rpartition("__")
    if what in LISTS or what == "topic":
        return equals(claim, f"{LISTS.get(what, 'topics')}__{operator}", name, values)
    if what.endswith("_at"):
        own = datetime.fromisoformat(claim[what])
        return own >= moment(values[0], time.min) if operator == "gte" else own <= moment(values[0], time.max)
    if name.startswith("said_on"):
        return date_meets(name.removeprefix("said_on").strip("_"), claim["said_on"], values[0])
    return equals(claim, name, name, values)


def field_of(one: Doc, path: str) -> object:
    """The value at a path such as `speaker__kind`; None where there is nothing on the way to it."""
    value: object = one
    for name in path.split("__"):
        if isinstance(value, dict) and name not in value:
            told = f"no document has {path} ({name} is none of {', '.join(value)})"
            raise KeyError(f"{told}: teach tests/oracle.py what a filter of this name means")
        value = value[name] if isinstance(value, dict) else None
    return value


def equals(one: Doc, path: str, name: str, values: tuple[str, ...]) -> bool:
    """Whether the value at a path, or one of a list, is one of these; of names, as names are compared. Of a path that
    ends in `isnull`: whether there is none.
    """
    if path.endswith("__isnull"):
        return (not field_of(one, path.removesuffix("__isnull"))) == (values[0] == "true")
    own = field_of(one, path)
    each = own if isinstance(own, list) else [own]
    if PARAMETERS[name].operator.type == "name":
        return any(isinstance(text, str) and is_named(text, values) for text in each)
    return any(value in values for value in each if value is not None)


def documents_of(claim: Doc, world: World) -> int:
    """How many different documents prove a claim: of the sources of one document, all of which have keys of their own
    here, those that share one address count apart.
    """
    cited = {citation["source"]["id"]: world.sources[citation["source"]["id"]] for citation in claim["citations"]}
    groups: dict[str, list[str]] = {}
    for record_id, source in cited.items():
        url = source["url"]
        groups.setdefault(same_document(url) if url else record_id, []).append(normal_address(url) if url else "")
    return sum(max(map(addresses.count, addresses)) for addresses in groups.values())


def contains(texts: Iterable[str | None], asked: str) -> bool:
    """Whether each word of what is asked, in one way to write it, is a word of these texts, or the beginning of one."""
    words = [token.word for text in texts for token in lattice(text or "")]
    return any(all(any(word.startswith(one) for word in words) for one in way) for way in spellings(asked))


def names_of(speaker: Doc | None, world: World) -> list[str]:
    """All names that a speaker shows."""
    record = world.speakers[speaker["id"]] if speaker else None
    return [record["name"], *record["aliases"]] if record else []


def goes_by(speaker: Doc | None, names: Iterable[str], world: World) -> bool:
    """Whether any of the names is one of the speaker's, whole, or of what was merged into it."""
    known = [*names_of(speaker, world)]
    for part in world.whole(speaker)[1:] if speaker else ():
        known += [part["name"], *part["aliases"]]
    return not {fold_name(name) for name in known}.isdisjoint(map(fold_name, names))


def moment(text: str, of_day: time) -> datetime:
    """A moment that is asked for; of a day alone, its first or last."""
    read = datetime.fromisoformat(text)
    return datetime.combine(read, of_day, UTC) if len(text) == len("2022-01-01") else read


# Words


def has_words(wanted: SearchText, claim: Doc, world: World, places: tuple[str, ...] | None = None) -> bool:
    """Whether a claim has the words. places: the texts that count for those to be there; all of them by default."""
    match wanted:
        case And(parts):
            return all(has_words(part, claim, world, places) for part in parts)
        case Or(parts):
            return any(has_words(part, claim, world, places) for part in parts)
        case Not(part):
            return not has_words(part, claim, world)
    language = language_of(claim, world)
    texts = texts_of(claim, world) if places is None else [lattice(claim[place] or "", language) for place in places]
    return any(stands_in(wanted, text, language) for text in texts)


def texts_of(claim: Doc, world: World) -> list[list[Token]]:
    """The words of each text that `q` looks in, apart from each other."""
    texts = [claim["quote"], claim["paraphrase"], claim["venue"]]
    for role in claim["roles"]:
        texts += [role["title"], role["as_stated"], role["organization"] and role["organization"]["name"]]
    names = [lattice(name) for name in names_of(claim["speaker"], world)]
    return [*names, *(lattice(text, language_of(claim, world)) for text in texts if text)]


def language_of(claim: Doc, world: World) -> str | None:
    """The language of a claim's words: its own; of one without, that are no translation, that of its first source."""
    source = world.sources[claim["citations"][0]["source"]["id"]]
    language: str | None = claim["language"] or (None if claim["translated_from"] else source["language"])
    return language


def stands_in(wanted: Word | Phrase, text: list[Token], language: str | None) -> bool:
    """Whether a text has a word or one of its stem, or the words of a phrase side by side."""
    if isinstance(wanted, Word):
        words, root = {token.word for token in text}, stem(language, wanted.text)
        return wanted.text in words or (root is not None and any(stem(language, word) == root for word in words))
    return any(goes_on(wanted, text, position) for position in {token.first for token in text})


def goes_on(wanted: Phrase, text: list[Token], position: int) -> bool:
    """Whether the words of a phrase follow from a position on, each where the one before ends."""
    word, *rest = wanted.words
    for token in text:
        if token.first == position:
            if not rest and (token.word == word or (wanted.open_end and token.word.startswith(word))):
                return True
            if rest and token.word == word and goes_on(replace(wanted, words=tuple(rest)), text, token.last + 1):
                return True
    return False


# Dates


def days_of(when: Doc | None) -> tuple[float, float] | None:
    """The days of a stored date, unbounded where open; None where it is wholly unknown."""
    if when is None:
        return None
    first, last = (when[end] and date.fromisoformat(when[end]) for end in ("earliest", "latest"))
    return days(first, last)


def days(earliest: date | None, latest: date | None) -> tuple[float, float] | None:
    """The days between two bounds, of which None is open; None where both are."""
    if earliest is None and latest is None:
        return None
    return earliest.toordinal() if earliest else -inf, latest.toordinal() if latest else inf


def date_meets(operator: str, when: Doc | None, asked: str) -> bool:
    """Whether a stored date stands in a relation to an asked one."""
    own, parsed = days_of(when), parse_edtf(asked)
    wanted = days(parsed.earliest, parsed.latest)
    if own is None or wanted is None:
        return False
    match operator:
        case "within":
            return wanted[0] <= own[0] and own[1] <= wanted[1]
        case "gte":
            return own[1] >= wanted[0]
        case "lte":
            return own[0] <= wanted[1]
    return own[0] <= wanted[1] and wanted[0] <= own[1]


# Elements but for the values of figures


def role_meets(role: Doc, name: str, values: tuple[str, ...], world: World) -> bool:
    """Whether one role meets one filter."""
    match name:
        case "role__title__contains":
            return contains([role["title"]], values[0])
        case "organization":
            return role["organization"] is not None and role["organization"]["id"] in world.meant(values)
        case "organization__key":
            return world.has_key(role["organization"], values)
        case "organization__name":
            return goes_by(role["organization"], values, world)
    return equals(role, name.removeprefix("role__"), name, values)


def is_named(text: str | None, values: Iterable[str]) -> bool:
    """Whether a text is, as a name, one of these."""
    return text is not None and fold_name(text) in map(fold_name, values)


def citation_meets(citation: Doc, name: str, values: tuple[str, ...], world: World) -> bool:
    """Whether one citation meets one filter."""
    source = world.sources[citation["source"]["id"]]
    match name:
        case "source":
            return source["id"] in world.meant(values)
        case "source__key":
            return world.has_key(source, values)
        case "source__url":
            wanted = set(map(normal_address, values))
            return any(one["url"] and normal_address(one["url"]) in wanted for one in world.whole(source))
    if name.startswith("source__published_on"):
        return date_meets(name.removeprefix("source__published_on").strip("_"), source["published_on"], values[0])
    return equals(citation | {"source": source}, name, name, values)


def assessment_meets(assessment: Doc, name: str, values: tuple[str, ...], _world: World) -> bool:
    """Whether one assessment meets one filter."""
    return equals(assessment, name.removeprefix("assessment__"), name, values)


def relation_meets(relation: Doc, name: str, values: tuple[str, ...], world: World) -> bool:
    """Whether one relation meets one filter."""
    if name == "related_to__key":
        return world.has_key({"id": relation["claim"], "key": relation["key"]}, values)
    if name == "related_to":
        return relation["claim"] in world.meant(values)
    return equals(relation, name.removeprefix("relation__"), name, values)


def figure_meets(figure: Doc, name: str, values: tuple[str, ...], world: World) -> bool:
    """Whether one figure meets one filter, other than on its value."""
    match name:
        case "figure__metric":
            return figure["metric"]["id"] in world.meant(values)
        case "figure__metric__key":
            return world.has_key(figure["metric"], values)
        case "figure__metric__name":
            metric = world.metrics[figure["metric"]["id"]]
            return any(is_named(one["name"], values) for one in world.whole(metric))
        case "figure__unit":
            return parse_unit(figure["unit"]).dimension == parse_unit(values[0]).dimension
    if name.startswith("figure__period"):
        return date_meets(name.removeprefix("figure__period").strip("_"), figure["period"], values[0])
    return equals(figure, name.removeprefix("figure__"), name, values)


MEETS: dict[str, Callable[[Doc, str, tuple[str, ...], World], bool]] = {
    "figure": figure_meets,
    "role": role_meets,
    "citation": citation_meets,
    "assessment": assessment_meets,
    "relation": relation_meets,
}
