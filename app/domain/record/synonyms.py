"""The words that people use for fields and operators. For suggestions they go before edit distance, which knows of
spelling alone: to that `said_on__after` is `said_on__lte`, and a column `value` is `venue`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

from app.errors import misspelt, near, opposes, words_in

MOST: Final = 3  # suggestions

# Meaning: the words for it. Parameters, columns (dotted) and fields of records side by side, since what is not
# known where a word stands is no suggestion there. Of several that a word may mean, the earlier come first.
_NAMES: Final[Mapping[str, str]] = {
    "q": "query, search, text, keyword, keywords, term, terms, word, words, phrase, statement, content, fulltext,"
    " quote, quotation, paraphrase, claim, utterance",
    "quote": "statement, text, quotation, words, claim, content, utterance, said, verbatim, quoted",
    "paraphrase": "statement, claim, claim text, claim reviewed, summary, gist, text, restated",
    "said_on__gte": "from, since, after, start, begin, start date, date from, from date, date start, date min,"
    " min date, newer than, later than",
    "said_on__lte": "to, until, till, before, end, end date, date to, to date, date end, date max, max date,"
    " older than, earlier than",
    "said_on": "date, when, day, year, month, said, said at, date said, spoken on, statement date, timestamp, time,"
    " earliest, latest",
    "published_on": "date, published, published at, date published, publication date, pub date, year",
    "rated_on": "date, review date, date published, rated",
    "period": "date, year, when, time",
    "limit": "per page, page size, size, max results, top, take, first, rows, n, num, max, hits",
    "cursor": "page, offset, skip, start, p, next, page token, after, pagination",
    "sort": "order, order by, sort by, ordering, orderby, sortby, sorting",
    "fields": "columns, select, include, field, only, attributes",
    "group_by": "group, groupby, groups, by, dimension, dimensions, breakdown",
    "measure": "measures, agg, aggregate, aggregation, function, stat, stats, statistics",
    "facets": "facet, buckets, counts, aggs",
    "as_of": "at, asof, snapshot, revision, version, at revision",
    "format": "output, fmt, file type",
    "speaker__name": "author, who, person, name, speaker name, politician, said by, by, people, actor, originator",
    "speaker.name": "author, who, person, name, speaker name, politician, said by, by, actor, full name, originator",
    "speaker__identifier": "wikidata, orcid, isni, viaf, identifier, identifiers",
    "speaker__kind": "type, speaker type, kind",
    "organization__name": "party, affiliation, org, organisation, organization, company, employer, institution, agency",
    "roles.0.organization.name": "party, affiliation, org, organisation, organization, company, employer, institution,"
    " agency, party affiliation",
    "speaker": "speaker id, person id",
    "figure__metric": "metric id",
    "figure__metric__key": "metric key, metric slug",
    "organization__key": "organisation key, org key",
    "source__key": "document key, source slug",
    "related_to__key": "related key, relation key",
    "organization": "organization id, party, affiliation, org, organisation, company, employer, institution, agency",
    "role__title": "job, job title, title, position, office, occupation, role, profession",
    "roles.0.title": "job, job title, title, position, office, occupation, profession, speaker title",
    "assessment__rating": "rating, verdict, review rating, label, ruling, truth, truthfulness, veracity, score,"
    " fact check",
    "assessments.0.rating": "rating, verdict, review rating, label, ruling, truth, truthfulness, veracity, score,"
    " alternate name",
    "rating": "verdict, label, review rating, ruling, score, alternate name",
    "assessment__publisher": "fact checker, reviewer, checker, issuer, factchecker, rated by",
    "assessments.0.publisher": "fact checker, reviewer, checker, issuer, factchecker, rated by",
    "topic": "subject, subjects, tag, tags, category, categories, theme, issue, keyword, topics",
    "topics.0": "subject, subjects, tag, tags, category, categories, theme, issue, keyword, keywords, topic",
    "dataset": "data set, collection, corpus, dataset name, dataset id",
    "figure__metric__name": "metric, measure, indicator, statistic, variable, metric name",
    "figures.0.metric": "metric, measure, indicator, statistic, variable, metric name",
    "metric": "measure, indicator, statistic, variable, name, label",
    "figure__value": "value, amount, number, figure value",
    "figures.0.value": "value, amount, number, figure, figure value",
    "value": "amount, number, figure, quantity",
    "figure__value__gte": "min value, value min, minimum",
    "figure__value__lte": "max value, value max, maximum",
    "low": "min, minimum, lower, from, lower bound",
    "high": "max, maximum, upper, to, upper bound",
    "figure__unit": "unit, currency, units",
    "figures.0.unit": "unit, currency, units",
    "unit": "currency, units",
    "source__publisher": "publisher, outlet, newspaper, media, site, domain, source name, publication,"
    " source publisher",
    "source.publisher": "publisher, outlet, newspaper, media, site, source name, publication",
    "publisher": "outlet, newspaper, media, site, publication, reviewer, fact checker, issuer, author, organization",
    "source__url": "url, link, href, address, doi, source url, uri",
    "source.url": "url, link, href, address, doi, source url, uri, source link",
    "source": "source id, document, article, url, link",
    "url": "link, href, address, doi, uri, website",
    "source__published_on": "published on, date published, publication date, published at, pub date, published",
    "source.published_on": "published on, date published, publication date, published at, pub date, published",
    "source.title": "headline, source title, article, article title, document",
    "authors": "author, by, byline, creator, writer",
    "title": "name, headline, job, position, office, job title",
    "name": "speaker name, metric name, q, query, search, text, speaker, person, who, full name, label, metric,"
    " author, title",
    "aliases": "alias, also known as, aka, other names, alternate name, nickname",
    "kind": "type, category",
    "language": "lang, locale, in language",
    "venue__contains": "venue, place, location, context, setting, event, where",
    "venue": "place, location, context, setting, event, where",
    "reason": "note, notes, comment, why, cause, explanation",
    "assessments.0.note": "notes, comment, comments, remark, remarks, annotation",
    "note": "notes, comment, comments, remark, remarks, annotation",
    "locator.page": "page, page number, pages",
    "recorded_at__gte": "created, created at, added, added at, date added, created after",
    "updated_at__gte": "modified, modified at, modified since, modified after, last modified, date modified, changed,"
    " changed since, edited, edited since, last edited",
    "status": "state, retracted, deleted, active",
    "related_to": "related, relation, relates to, contradicts, supports, answers",
    "verification": "verified, checked, verification status",
    "source__count__gte": "min sources, source count, sources, corroborated",
    "id": "claim id, ids",
    "key": "uid, uuid, slug, claim id, external id, identifier, guid",
    "where": "filter, filters, query, conditions, condition, bool, tree",
    "field": "name, parameter, column, key, property, attribute",
    "op": "operator, operation, comparison, comparator, cmp",
    "and": "all, every, must, allof, all of",
    "or": "any, should, anyof, any of, one of",
    "not": "must not, none, nor, exclude",
    "some": "any element, nested, element, exists",
}

# Names of columns in other languages, without accents. They are no suggestions for a misspelt field.
_ABROAD: Final[Mapping[str, str]] = {
    "quote": "zitat, aussage, wortlaut, cita, citation, citazione, citacao, citaat, citat, cytat,"
    " declaracion, declaration, declaracao, dichiarazione, uttalande, udtalelse, frase",
    "paraphrase": "behauptung, afirmacion, affirmation, afirmacao, affermazione, pastand, bewering, resumen,"
    " resume, resumo",
    "said_on": "datum, fecha, data, dato, date de la declaration, tanggal, paivamaara, tarih, aar, jahr,"
    " ano, annee, anno",
    "speaker.name": "sprecher, redner, sprecherin, person, persona, personne, pessoa, persoon, orador, orateur,"
    " oratore, locuteur, taler, talare, politiker, politikerin, politico, politicien, politicus,"
    " politikus, autor, autora, auteur, autore, nome, nombre, nom, navn, namn, naam",
    "roles.0.title": "amt, funktion, beruf, rolle, cargo, funcion, fonction, poste, funcao, carica, ruolo, titel,"
    " stilling, functie, puesto",
    "roles.0.organization.name": "partei, fraktion, organisation, partido, parti, partito, partij, organizacion,"
    " organizacao, organizzazione, institution, institucion, puolue, partia",
    "topics.0": "thema, themen, tema, temas, sujet, sujets, theme, tema do debate, assunto, argomento,"
    " onderwerp, emne, amne",
    "source.title": "quelle, fuente, fonte, bron, kilde, kalla, zrodlo, titulo, titre, titolo, overskrift,"
    " ueberschrift",
    "source.url": "adresse, lien, enlace, ligacao, lenke, lank, collegamento",
    "source.publisher": "medium, zeitung, medio, periodico, journal, jornal, giornale, krant, avis, tidning,"
    " herausgeber",
    "venue": "ort, anlass, lugar, lieu, luogo, plaats, sted, plats, contexto, contexte, contesto, kontext",
    "language": "sprache, idioma, langue, lingua, taal, sprog, sprak, jezyk",
    "assessments.0.rating": "urteil, bewertung, veredicto, calificacion, verdict, avaliacao, classificacao,"
    " valutazione, oordeel, dom, etiqueta",
    "figures.0.value": "wert, zahl, valor, valeur, valore, numero, waarde, vaerdi, varde, anzahl",
    "figures.0.unit": "einheit, unidad, unite, unidade, unita, eenheid, enhed, enhet",
    "assessments.0.note": "anmerkung, bemerkung, nota, remarque, observacao, opmerking",
    "key": "nummer, kennung, identificador, identifiant, identificatore",
}

# Each operator (that of the bare field is "") with the words for it. For what a field has no operator of its own, the
# next that says nearly the same follows: after is gt of a figure and gte of a date.
_OPERATORS: Final[Mapping[str, str]] = {
    "gt": "gt, greater than, more than, above, over, larger than, exceeds, after",
    "gte": "gte, ge, min, minimum, at least, from, since, start, begin, newer than, later than, gt, greater than,"
    " more than, above, over, larger than, exceeds, after",
    "lt": "lt, less than, below, under, smaller than, before",
    "lte": "lte, le, max, maximum, at most, to, until, till, through, end, older than, earlier than, up to, lt,"
    " less than, below, under, smaller than, before",
    "not": "not, ne, neq, nin, not in, notin, is not, isnot, isnt, not equal, not equals, exclude, excluding, except,"
    " without, unlike, no",
    "isnull": "null, is null, isnull, none, is none, empty, is empty, isempty, missing, absent, blank, without, no",
    "within": "within, during, in, between, range, inside",
    "all": "all, every, all of, has all",
    "exact": "exact, iexact, strict",
    "contains": "contains, icontains, like, ilike, includes, match, matches, search, startswith, starts with,"
    " istartswith, startwith, prefix, begins with, endswith, ends with, iendswith, regex, iregex, has, text, word,"
    " words, eq, is, equals",
    "": "eq, equals, equal, is, in, any, any of, one of, exact, iexact, contains, icontains, like, ilike, includes,"
    " match, matches, startswith, starts with, istartswith, startwith, prefix, begins with, endswith, ends with,"
    " iendswith, regex, iregex, has, year, month, day, date, during, between, range, name, value",
}
_PRESENT: Final = frozenset(
    (
        "exists", "exist", "present", "not null", "notnull", "is not null", "isnotnull", "not empty", "notempty",
        "known", "not none", "is present", "has any", "set", "has",
    )
)  # fmt: skip
_FALSE: Final = frozenset(("false", "0", "no", "none", "n"))


# The words for the values of a field that has a few, by the field; and what to say of those that no value means alone.
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "sort": {"-value": "figure value, amount", "value": "figure value, amount"},  # of lists of figures
    "type": {
        "supports": "confirms, confirm, support, corroborates, backs, affirms, agrees, agrees with",
        "contradicts": "refutes, denies, disputes, contradict, rebuts, rejects, disproves, debunks, opposes, disagrees,"
        " disagrees with, refute, deny, dispute",
        "updates": "update, corrects, replaces, supersedes, revises, amends",
        "restates": "repeats, restate, repeat, same as, duplicates, quotes",
        "answers": "answer, replies, replies to, responds to, reply",
    },
    "comparator": {
        "exactly": "equal, equals, eq, exact, is",
        "about": "approximately, approx, around, circa, ca, roughly, nearly, some, estimated",
        "at_least": "gte, ge, min, minimum, from, no less than, not less than",
        "more_than": "gt, more, over, above, greater than, greater, exceeds",
        "at_most": "lte, le, max, maximum, up to, no more than, not more than",
        "less_than": "lt, less, under, below, fewer than, fewer",
        "between": "range, interval, from to",
    },
    "change": {
        "difference": "absolute, absolute change, delta, by, diff",
        "ratio": "factor, multiple, times, fold, multiplier",
    },
}
_IS_NO_VALUE: Final[Mapping[str, tuple[str, str]]] = {
    "change": (
        "relative, relative change, percent, percentage, percent change, percentage change, pct change, growth,"
        " growth rate, increase, decrease, rise, fall",
        "write a rise by 7 percent as the ratio 107 percent, which is what it came to of what it was (a fall: 93), and"
        " one by 7 people, or 7 percentage points, as the difference 7",
    ),
}


def meant_values(field: str, word: str, known: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The values of a field that a word may mean which is none of them, by the table or else as it is spelt; and what
    to do where none says the same alone. field: its name, or that of a filter by it.
    """
    field = field.rpartition("__")[2]
    phrase, (phrases, advice) = _phrase(word), _IS_NO_VALUE.get(field, ("", ""))
    if phrase in phrases.split(", "):
        return (), advice
    told = _VALUES.get(field, {})
    found = tuple(one for one, words in told.items() if one in known and phrase in re.split(r",\s*", words))
    return (found, "") if found else misspelt(field, word, known)


def _by_phrase(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for meant, phrases in table.items():
        for phrase in re.split(r",\s*", phrases):
            found.setdefault(phrase, []).append(meant)
    return {phrase: tuple(meant) for phrase, meant in found.items()}


NAMES: Final = _by_phrase(_NAMES)
OPERATORS: Final = _by_phrase(_OPERATORS)
ABROAD: Final = _by_phrase(_ABROAD)


def _phrase(name: str) -> str:
    """A name as words with blanks between: `startDate`, `start_date`, `start-date` and `start[date]` alike."""
    return " ".join(words_in(name))


def meant_by(name: str, known: Container[str]) -> tuple[str, ...]:
    """The meanings of a name in the table that are known; never the opposite. Best first."""
    return tuple(meaning for meaning in NAMES.get(_phrase(name), ()) if meaning in known)[:MOST]


def meant_abroad(name: str) -> tuple[str, ...]:
    """The fields of claims that a word of another language means, whatever its accents."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return ABROAD.get(_phrase(plain), ())


def meant_parameters(name: str, known: Sequence[str], value: str = "") -> tuple[str, ...]:
    """The parameters that a name which is none may mean: by the table, by field and operator, by spelling."""
    alike = tuple(parameter for parameter in known if words_in(parameter) == words_in(name))
    found = alike or meant_by(name, known) or tuple(dict.fromkeys(_with_operator(name, known, value)))
    if found:
        return found[:MOST]
    return () if is_denial(name) else near(name, known, MOST)


def is_denial(name: str) -> bool:
    """Whether the last word of a name is a negation: where the field has none, there is nothing to suggest."""
    return any("not" in OPERATORS.get(word, ()) for word in words_in(name)[-1:])


def is_presence(operator: str) -> bool:
    """Whether an operator asks for what is there, which is `isnull` with the value false."""
    return _phrase(operator) in _PRESENT


def _with_operator(name: str, known: Sequence[str], value: str) -> Iterator[str]:
    words = words_in(name)
    for rest, operator in _parted(words):
        fields = [*_same_words(rest, known), *NAMES.get(" ".join(rest), ())]
        if operator in _PRESENT:
            there = "true" if value.lower() in _FALSE else "false"
            yield from (f"{field}__isnull={there}" for field in fields if f"{field}__isnull" in known)
        for field in fields:
            for meaning in OPERATORS.get(operator, ()):
                parameter = f"{field}__{meaning}" if meaning else field
                if parameter in known and not opposes(name, parameter):
                    yield parameter


def _parted(words: list[str]) -> Iterator[tuple[list[str], str]]:
    """The ways in which words are those of a field and of an operator, behind or before it; the longest one first."""
    for number in (3, 2, 1):
        if len(words) > number:
            yield words[:-number], " ".join(words[-number:])
            yield words[number:], " ".join(words[:number])


def _same_words(words: list[str], known: Iterable[str]) -> list[str]:
    """The fields of parameters that have these words, with any signs between them."""
    fields = dict.fromkeys(field for parameter in known for field in _fields_in(parameter))
    return [field for field in fields if words_in(field) == words]


def _fields_in(parameter: str) -> Iterator[str]:
    """The parameter, and what is before its last operator: of `topic__all` that is `topic`."""
    yield parameter
    head, between, _ = parameter.rpartition("__")
    if between:
        yield head


def meant_operators(operator: str, known: Sequence[str]) -> tuple[str, ...]:
    """The operators of a field, of which the bare one is `eq`, that a word may mean which is none of them."""
    meanings = [meaning or "eq" for meaning in OPERATORS.get(_phrase(operator), ())]
    found = tuple(dict.fromkeys(one for one in meanings if one in known and not opposes(operator, one)))
    if found or is_denial(operator) or is_presence(operator):
        return found[:MOST]
    return near(operator, known, MOST)
