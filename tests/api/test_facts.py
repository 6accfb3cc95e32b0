"""Facts of what filters mean, each on claims made for it; on each engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from tests.importing import import_paths


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def facts(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The API on the claims of FACTS, each under what it says as its key, behind two that they may bear on."""
    file = tmp_path_factory.mktemp("facts") / "facts.yaml"
    claims = [f"  - {{key: {json.dumps(said)}, quote: words, {said}}}" for said in FACTS]
    file.write_text("\n".join(["source: {key: paper, title: Paper, publisher: Gazette}", "claims:", *OTHERS, *claims]))
    database = new_database(request.param)
    report = import_paths(database, [file])
    assert not report.faults, [str(fault) for fault in report.faults]
    with TestClient(create_app(database), raise_server_exceptions=False) as client:
        yield client


OTHERS = ["  - {key: base, quote: words}", "  - {key: other, quote: words}"]

# Parts of a claim beside words and source: queries, and whether they find it.
FACTS: dict[str, dict[str, bool]] = {
    # one figure meets all that is asked of figures
    "figures: [{metric: a, value: 1, unit: km, kind: target}, {metric: b, value: 9, unit: km}]": {
        "figure__metric__name=a&figure__unit=km&figure__value=9": False,
        "figure__metric__name=b&figure__unit=km&figure__value=9": True,
        "figure__kind=target&figure__unit=m&figure__value__gt=5000": False,
        "figure__value__gt=1&figure__value__lt=9&figure__unit=km": False,
    },
    "figures: [{metric: a, value: 1, unit: km, kind: target}, {metric: b, value: 9, unit: kg}]": {
        "figure__kind=target&figure__unit=kg": False,
    },
    "figures: [{metric: a, value: 1, unit: km, period: 2022}, {metric: b, value: 9, unit: kg}]": {
        "figure__period=2022&figure__metric__name=b": False,
    },
    # one role, one citation
    "roles: [{title: minister, status: former}, {title: author}]": {
        "role__status=former&role__title__contains=author": False,
        "role__status=current&role__title__contains=author": True,
    },
    "roles: [{title: minister, organization: X}, {title: author, organization: Y}]": {
        "organization__name=Y&role__title__contains=minister": False,
    },
    "citations: [{source: {key: s, title: S, publisher: One, text: words}}, {source: {title: T, publisher: Two}}]": {
        "source__publisher=One&verification=unchecked": False,
        "source__publisher=One&verification=verbatim": True,
        "source__publisher=Two&verification=unchecked": True,
    },
    # one assessment, one relation, one source
    "assessments: [{publisher: PolitiFact, rating: Mostly False}, {publisher: Snopes, rating: 'True'}]": {
        "assessment__publisher=POLITIFACT&assessment__rating=mostly%20%20false": True,
        "assessment__publisher=PolitiFact&assessment__rating=True": False,
        "assessment__rating=Mostly": False,
        "assessment__isnull=false": True,
    },
    "relations: [{type: supports, key: base}, {type: updates, key: other}]": {
        "relation__type=supports&related_to=clm_2": False,
        "relation__type=supports&related_to=clm_1": True,
        "relation__type=jointly&relation__type=updates&related_to=clm_2": True,
    },
    "citations: [{source: {title: A, kind: post, published_on: 2020}}, {source: {url: 'https://b.example/B?c=1'}}]": {
        "source__kind=post&source__published_on=2020-05": True,
        "source__kind=post&source__published_on__within=2020-05": False,
        "source__kind=post&source__url=https://b.example/B?c=1": False,
        "source__url=https://b.example/B?c=1": True,
        "source__url=https://b.example/b?c=1": False,
        "source__url=https://b.example/B": False,
        "source__published_on__gte=2021": False,
        "source__published_on__lte=2020-01-01": True,
        "source__count__gte=2": True,
        "source__count__gte=2&source__kind=post": True,
        "source__count__gte=3": False,
    },
    "citations: [{source: {key: paper}}, {source: {key: paper}, locator: {page: '2'}}]": {
        "source__count__gte=2": False,
    },
    # possible and certain, with bounds that are open or are not in it
    "figures: [{metric: a, value: 5, comparator: at_least, unit: km}]": {
        "figure__unit=km&figure__value__gte=9": True,
        "figure__unit=km&figure__value__gte=9&figure__match=certain": False,
        "figure__unit=km&figure__value__gte=5&figure__match=certain": True,
        "figure__unit=km&figure__value__gt=5&figure__match=certain": False,
    },
    "figures: [{metric: a, value: 5, comparator: more_than, unit: km}]": {
        "figure__unit=km&figure__value__gt=5&figure__match=certain": True,
        "figure__unit=km&figure__value__lte=5": False,
        "figure__unit=m&figure__value=5000": False,
    },
    "figures: [{metric: a, value: 5, comparator: less_than, unit: km}]": {
        "figure__unit=m&figure__value__gte=5000": False,
    },
    "figures: [{metric: a, value: 5, comparator: at_most, unit: km}]": {
        "figure__unit=m&figure__value__gte=5000": True,
        "figure__unit=m&figure__value__lt=0&figure__match=certain": False,
    },
    "figures: [{metric: a, low: 3, high: 5, unit: km}]": {
        "figure__unit=km&figure__value=4": True,
        "figure__unit=km&figure__value=4&figure__match=certain": False,
        "figure__unit=km&figure__value__gte=3&figure__value__lte=5&figure__match=certain": True,
    },
    "figures: [{metric: a, value: 5, unit: km}]": {
        "figure__unit=km&figure__value__gt=5&figure__value__lt=5": False,
        "figure__unit=km&figure__value__gte=6&figure__value__lte=4": False,
    },
    "figures: [{metric: a, value: 4000, comparator: about, unit: count}]": {
        "figure__unit=count&figure__value=4000&figure__match=certain": True,
        "figure__unit=count&figure__value=4001": False,
    },
    # units convert exactly, within their dimension
    "figures: [{metric: a, value: 1, unit: mile}]": {
        "figure__unit=m&figure__value=1609.344": True,
    },
    "figures: [{metric: a, value: 0.1, unit: km}]": {
        "figure__unit=m&figure__value=100": True,
    },
    "figures: [{metric: a, value: 30, unit: percent}]": {
        "figure__unit=ratio&figure__value=0.3": True,
    },
    "figures: [{metric: a, value: 25, unit: °C}]": {
        "figure__unit=%C2%B0F&figure__value=77": True,
    },
    "figures: [{metric: a, value: 25, unit: °C, change: difference}]": {
        "figure__unit=%C2%B0F&figure__value=45": True,
        "figure__unit=%C2%B0F&figure__value=77": False,
    },
    "figures: [{metric: a, value: 5, unit: USD}]": {
        "figure__unit=EUR": False,
    },
    # a currency of the past is one like the others, and no exchange rate leads to it
    "figures: [{metric: a, value: 30, unit: DEM/day}]": {
        "figure__unit=DEM/h&figure__value=1.25": True,
        "figure__unit=EUR/day": False,
    },
    "figures: [{metric: a, value: 5, unit: count}]": {
        "figure__unit=ratio": False,
        "figure__isnull=true": False,
    },
    "figures: []": {
        "figure__isnull=true": True,
    },
    # dates
    "said_on: ../..": {
        "said_on__isnull=false": False,
    },
    "said_on: XXXX": {
        "said_on__isnull=true": True,
        "said_on=0001/9999": False,
        "said_on__gte=0001": False,
        "said_on__within=0001/9999": False,
    },
    "said_on: null": {
        "said_on__lte=9999": False,
    },
    "said_on: 2022/..": {
        "said_on__precision=interval": True,
        "said_on__precision=year": False,
        "said_on=9999": True,
        "said_on__within=2022/..": True,
        "said_on__within=2022/9999": False,
    },
    "said_on: ../2022": {
        "said_on=0001": True,
        "said_on__within=../2022": True,
        "said_on__within=0001/2022": False,
        "said_on__gte=2023": False,
        "said_on__isnull=false": True,
    },
    "said_on: 2022": {
        "said_on=2022-07-01": True,
        "said_on__within=2022-07": False,
    },
    "said_on: 2022-24": {
        "said_on=2023-02-28": True,
    },
    "said_on: 202X": {
        "said_on__gte=2029-12-31": True,
    },
    "said_on: 1900/2100": {
        "said_on=2000-01-01": True,
    },
    # names: case, accents and blanks do not matter, nor which of the names
    "speaker: {name: José  Núñez, aliases: [Pepe]}": {
        "speaker__name=JOSE%20NUNEZ": True,
        "speaker__name=p%C3%A9p%C3%A9": True,
        "speaker__name=Nunez": False,
        "speaker__name=nobody&speaker__name=Pepe": True,
    },
    "speaker: null": {
        "speaker__kind=person": False,
        "speaker__isnull=true": True,
        "speaker__not=spk_1": True,
    },
    "topics: [Café]": {
        "topic=CAFE": True,
        "topic=tea&topic=cafe": True,
        "topic=caf": False,
    },
    "topics: [Tea, Café]": {
        "topic__all=cafe&topic__all=TEA": True,
        "topic__all=cafe&topic__all=milk": False,
        "topic__not=milk": True,
        "topic__not=milk&topic__not=CAFE": False,
        "topic__isnull=true": False,
    },
    "topics: []": {
        "topic__not=tea": True,
        "topic__isnull=true": True,
    },
    "language: pt-BR, paraphrase: os ministros": {
        "language=PT-br": True,
        "language=pt": True,
        "language=pt-B": False,
        "language=pt-BR-x": False,
        "language=en&language=pt": True,
        "language=*": True,
        "language__exact=pt-br": True,
        "language__exact=pt": False,
        "q=ministro": True,
        "q=%22ministro%22": False,
        "q=ministro*": True,
    },
    "language: zh-Hant-TW, paraphrase: 國": {
        "language=zh": True,
        "language=zh-hant": True,
        "language=zh-TW": False,
    },
    "language: de, paraphrase: viele Häuser": {
        "q=Haus": True,
        "q=H%C3%A4us": True,
        "q=hau": False,
        "q=viele%20-haus": False,
    },
    "language: null, paraphrase: somebody running": {
        "language=en": False,
        "language=*": False,
        "q=run": False,
        "q=running": True,
        "q=run*%20OR%20nothing": True,
        "q=somebody%20-run": True,
    },
    "venue: at the Diet of Japan": {
        "venue__contains=jap%20DI": True,
        "venue__contains=apan": False,
        "venue__contains=%21": False,
    },
    "speaker: {key: Ann/é, name: Ann Onym, aliases: [Dame Ännchen], identifiers: {wikidata: Q42, isni: '0:1'}}": {
        "speaker__key=Ann/%C3%A9": True,
        "speaker__key=ann/%C3%A9": False,
        "speaker__identifier=wikidata:Q42": True,
        "speaker__identifier=isni:0:1": True,
        "speaker__identifier=wikidata:0:1": False,
        "speaker__name__contains=onym%20dame": True,
        "speaker__name__contains=nym": False,
        "speaker__isnull=true": False,
    },
    "source: {title: T, publisher: Ärzte Zeitung}": {
        "source__publisher=arzte%20zeitung": True,
    },
    # words
    "paraphrase: said otherwise": {
        "q=otherwise%20words": True,
        "q=%22words%20said%22": False,
        "q=%22said%20otherwise%22": True,
    },
    "speaker: {name: Ada Byron, aliases: [Countess Lovelace]}": {
        "q=byron": True,
        "q=lovelace": True,
        "q=%22byron%20countess%22": False,
    },
    "role: {title: prime minister, organization: {name: Royal Society, kind: organization}}": {
        "q=minister": True,
        "q=%22royal%20society%22": True,
        "q=%22minister%20royal%22": False,
    },
    "venue: told the Diet": {
        "q=DIET": True,
    },
    "venue: told the Diet, role: {title: minister}": {
        "q=%22minister%20told%22": False,
    },
    "paraphrase: 日本の防衛": {
        "q=%E9%98%B2%E8%A1%9B": True,
        "q=%E8%A1%9B%E9%98%B2": False,
    },
    "paraphrase: minister": {
        "q=minist": False,
    },
    # words and their beginnings, in the title of one role
    "role: {title: Vice Minister of Défense}": {
        "role__title__contains=min%20DEF": True,
        "role__title__contains=inister": False,
        "role__title__contains=minister%20finance": False,
    },
    "role: {title: Vice Minister}, venue: the defence council": {
        "role__title__contains=defence": False,
    },
    "roles: [{title: minister}, {title: author}]": {
        "role__title__contains=minister%20author": False,
    },
}


@pytest.mark.parametrize("said", FACTS)
def test_a_claim_is_found_by_what_it_says_and_by_nothing_else(facts: TestClient, said: str) -> None:
    for query, found in FACTS[said].items():
        answer = facts.get(f"/v1/claims?{query}&limit=500")
        assert answer.status_code == 200, answer.text
        assert (said in [claim["key"] for claim in answer.json()["data"]]) == found, query
