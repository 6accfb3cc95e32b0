"""Generated claims for benches and demonstrations: realistic in shape and skew, invented in content.

Claim n depends on the seed and n alone, so that a short run is the beginning of a long one. Only `Random.random()` is
drawn from, and no float is written: the same seed gives the same bytes with any Python and on any platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from app.demo.world import METRICS, PROMINENT, Draw, Metric, world

Doc = dict[str, Any]

BLOCK = 4  # claims that follow one another and stand in the same source
WELL_KNOWN = 10 * BLOCK  # each such block has a source that others cite as well; its text is not held
FIRST_DAY = date(1995, 1, 1)
_DAYS = tuple((FIRST_DAY + timedelta(days=n)).isoformat() for n in range(10_957))  # thirty years

_CLAIM, _SOURCE, _EDIT = range(3)  # uses of a number sequence

_KINDS = ("article",) * 11 + ("transcript",) * 3 + ("post",) * 3 + ("report", "speech", "dataset")
_STATUSES = ("current",) * 14 + ("former",) * 5 + ("acting",)
_COMPARATORS = (
    *("exactly",) * 28, *("about",) * 7, *("at_least",) * 4, *("more_than",) * 3, *("at_most",) * 3,
    *("less_than",) * 2, *("between",) * 3,
)  # fmt: skip
_FIGURE_KINDS = (*("actual",) * 13, *("estimate",) * 3, *("target",) * 2, "forecast", "limit")
_RELATIONS = ("supports", "contradicts", "updates", "restates", "answers", "jointly")
_CHECKERS = ("Invented Facts", "Claim Watch", "Second Look", "The Reckoner")
_RATINGS = ("True", "Mostly True", "Half True", "Mostly False", "False", "Unproven", "Missing Context")
_RETRACTIONS = ("record_error", "source_correction", "speaker_withdrew")
_AS_STATED = {"about": "roughly {}", "at_least": "no fewer than {}", "more_than": "over {}", "at_most": "up to {}"}

_encode = msgspec.json.Encoder(decimal_format="number").encode


def definitions() -> Iterator[Doc]:
    """The metrics, then the speakers who speak most: what is read before generated claims. The same for all seeds."""
    yield from (metric.definition for metric in world().metrics.items[:METRICS])
    yield from (found for rank in range(PROMINENT) if (found := world().speaker(rank).definition))


def generate(claims: int, seed: int) -> Iterator[Doc]:
    """The definitions, marked by `type`, then so many claims: records as NDJSON has them, one a line."""
    yield from definitions()
    generator = Generator(seed)
    yield from map(generator.claim, range(claims))


def generate_edits(claims: int, seed: int) -> Iterator[Doc]:
    """The generated claims that change (a twentieth) or are retracted (a hundredth), in their new state."""
    generator = Generator(seed)
    yield from filter(None, map(generator.edit, range(claims)))


def as_line(record: Doc) -> bytes:
    """The record as a line of NDJSON, its decimals as exact numbers."""
    return _encode(record) + b"\n"


def number_of(record: Doc) -> int:
    """How many claims come before a generated record: 0 for definitions."""
    return 0 if "type" in record else int(record["key"].rpartition("/")[2])


class Generator:
    """Makes the claims of one seed (0 or more), each from its number alone."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.world = world()
        self._claims, self._sources, self._edits = Random(0), Random(0), Random(0)
        self._source: tuple[int, int, Doc] = (-1, 0, {})

    def key(self, n: int) -> str:
        """The key of claim n."""
        return f"generated-{self.seed}/{n}"

    def claim(self, n: int) -> Doc:
        """Claim n."""
        self._start(self._claims, _CLAIM, n)
        chance = self._claims.random
        language, words = self.world.words(chance)
        day, citations = self._citations(chance, n)
        claim: Doc = {"key": self.key(n)}
        self._add_speaker(claim, chance)
        form = chance()
        if form < 0.78:
            claim["quote"] = words
        if form > 0.7:
            claim["paraphrase"] = f"In short: {words}" if language.code == "en" else words
        claim["language"] = language.code
        said_on = _said_on(chance, day)
        if said_on is not None:
            claim["said_on"] = said_on
        if chance() < 0.4:
            claim["venue"] = self.world.venues.draw(chance)
        figures = int(chance() * chance() * 5.5)
        if figures:
            claim["figures"] = [self._figure(chance, day) for _ in range(min(figures, 3))]
        topics = int(chance() * 4)
        if topics:
            claim["topics"] = list(dict.fromkeys(self.world.topics.draw(chance) for _ in range(topics)))
        claim["citations"] = citations
        rare = chance()
        if rare < 0.11:
            self._add_rare(claim, chance, rare, n, day)
        return claim

    def edit(self, n: int) -> Doc | None:
        """Claim n as an edit leaves it; None for most, which nobody edits."""
        self._start(self._edits, _EDIT, n)
        chance = self._edits.random
        kind = chance()
        if kind >= 0.06:
            return None
        claim = self.claim(n)
        if "retraction" in claim:
            return None
        if kind < 0.01:
            claim["retraction"] = _retraction(chance, len(_DAYS) - 1)
        elif kind < 0.02 and "figures" in claim:
            claim["figures"][0] |= {"value": int(chance() * 9000) + 1, "comparator": "about", "low": None, "high": None}
        elif kind < 0.03:
            claim["citations"].append(
                {"source": {"title": f"Second report on {claim['key']}", "publisher": "Claim Watch"}}
            )
        elif kind < 0.04:
            claim["said_on"] = {"edtf": _DAYS[int(chance() * len(_DAYS))], "as_stated": "on the day before"}
        else:
            words = "quote" if "quote" in claim else "paraphrase"
            claim[words] = claim[words][:-1] + " – so it stands in the corrected edition" + claim[words][-1]
        return claim

    def _start(self, numbers: Random, use: int, n: int) -> None:
        numbers.seed(((self.seed << 48) + n) * 4 + use)

    # Speakers and roles

    def _add_speaker(self, claim: Doc, chance: Draw) -> None:
        if chance() < 0.02:
            claim["speaker"] = None
            return
        speaker = self.world.speaker(self.world.ranks.draw(chance))
        claim["speaker"] = speaker.references[int(chance() * len(speaker.references))]
        stated = chance()
        if speaker.role is None or stated > (0.4 if speaker.definition else 0.7):
            return
        role = speaker.role
        if chance() < 0.2:
            role = {"title": self.world.titles.draw(chance), "organization": self.world.organizations.draw(chance)}
        claim["roles"] = [{**role, "status": _STATUSES[int(chance() * len(_STATUSES))]}]

    # Sources

    def _citations(self, chance: Draw, n: int) -> tuple[int, list[Doc]]:
        """The day on which the claim's first source was published, and one to four citations."""
        block = n - n % BLOCK
        day, source = self._source_of(block)
        first = source
        if block != n:
            first = (
                {name: source[name] for name in source if name != "text"} if chance() < 0.6 else {"key": source["key"]}
            )
        citations: list[Doc] = [{"source": first}]
        if chance() < 0.1:
            citations[0] |= {
                "via": self.world.publishers.draw(chance),
                "locator": {"page": str(int(chance() * 300) + 1)},
            }
        others = int(chance() * chance() * 4)
        if others and block:
            earlier = dict.fromkeys(self._earlier(chance, block) for _ in range(others))
            citations += [{"source": {"key": self._source_key(one)}} for one in earlier]
        return day, citations

    def _earlier(self, chance: Draw, block: int) -> int:
        """A block whose source is well known, from before this one: the first ones far more often."""
        share = chance()
        share *= share
        return int(share * share * block) // WELL_KNOWN * WELL_KNOWN

    def _source_key(self, block: int) -> str:
        return f"generated-{self.seed}/source-{block // BLOCK}"

    def _source_of(self, block: int) -> tuple[int, Doc]:
        """The day on which the source of a block was published, and the source; one in five with its text."""
        if self._source[0] == block:
            return self._source[1:]
        self._start(self._sources, _SOURCE, block)
        chance = self._sources.random
        earlier, later = sorted((chance(), chance()))
        day = int((earlier * 0.3 + later * 0.7) * len(_DAYS))
        publisher = self.world.publishers.draw(chance)
        key = self._source_key(block)
        source: Doc = {
            "key": key,
            "title": f"{self.world.topics.draw(chance).capitalize()} in {self.world.syllables(chance)}",
            "kind": _KINDS[int(chance() * len(_KINDS))],
            "publisher": publisher,
            "url": f"https://{publisher.split()[0].lower()}.example/{key}",
            "published_on": _DAYS[day],
        }
        if block % WELL_KNOWN and chance() < 0.2:
            source["text"] = self._text(chance, block)
        self._source = (block, day, source)
        return day, source

    def _text(self, chance: Draw, block: int) -> str:
        """A text in which most of the block's quotes stand: some with other typography, some twice, some not at all."""
        parts = [f"From our correspondent in {self.world.syllables(chance)}."]
        quoting = Random(0)
        for n in range(block, block + BLOCK):
            self._start(quoting, _CLAIM, n)
            _, words = self.world.words(quoting.random)
            form = chance()
            if form < 0.15:
                words = words.replace(" ", "\n", 1)
            elif form < 0.2:
                words = f"{words} In other words: {words}"
            if form < 0.9:
                parts.append(f"The speaker said: “{words}”")
            parts.append(self.world.english.sentence(chance))
        return "\n\n".join(parts)

    # Figures

    def _figure(self, chance: Draw, day: int) -> Doc:
        metric = self.world.metrics.draw(chance)
        comparator = _COMPARATORS[int(chance() * len(_COMPARATORS))]
        value = _amount(chance, metric)
        figure: Doc = {"metric": metric.name if chance() < 0.5 else {"key": metric.key}}
        if comparator == "between":
            figure |= {"low": value, "high": value + _amount(chance, metric)}
        else:
            figure |= {"value": value, "comparator": comparator}
        unit = chance()
        if unit < 0.3:
            figure["unit"] = metric.unit
        elif unit < 0.4 and metric.others:
            figure["unit"] = metric.others[int(chance() * len(metric.others))]
        figure["kind"] = _FIGURE_KINDS[int(chance() * len(_FIGURE_KINDS))]
        change = chance()
        if change < 0.04:
            figure |= {"change": "ratio", "unit": "percent" if change < 0.02 else "ratio"}
        elif change < 0.1:
            figure["change"] = "difference"
        if chance() < 0.45:
            figure["period"] = _period(chance, day)
        if comparator in _AS_STATED and chance() < 0.5:
            figure["as_stated"] = _AS_STATED[comparator].format(f"{value:,}")
        if metric.unit == "USD" and chance() < 0.2:
            figure["equivalents"] = [{"value": value * 140, "unit": "JPY", "as_stated": f"({value * 140:,} yen)"}]
        return figure

    # Rare fields

    def _add_rare(self, claim: Doc, chance: Draw, kind: float, n: int, day: int) -> None:
        if kind < 0.04:
            checker = min(int(chance() * 6), 3)  # the last one publishes half of them
            claim["assessments"] = [
                {
                    "publisher": _CHECKERS[checker],
                    "rating": _RATINGS[int(chance() * 7)],
                    "rated_on": _later(chance, day),
                }
            ]
        elif kind < 0.09 and n:
            back = 1 + int(chance() * chance() * min(n, 5000))
            claim["relations"] = [{"type": _RELATIONS[int(chance() * chance() * 6)], "key": self.key(n - back)}]
        elif kind < 0.1:
            claim["retraction"] = _retraction(chance, day)
        elif claim["language"] != "en":
            claim["translated_from"] = "en"


def _later(chance: Draw, day: int) -> str:
    return _DAYS[min(len(_DAYS) - 1, day + int(chance() * 60))]


def _retraction(chance: Draw, day: int) -> Doc:
    kind = _RETRACTIONS[int(chance() * 3)]
    return {"kind": kind, "reason": "invented for generated claims", "retracted_on": _later(chance, day)}


def _amount(chance: Draw, metric: Metric) -> int | Decimal:
    """One to four significant digits, at a power of ten that suits the metric."""
    digits = 10 ** int(chance() * 4)
    mantissa = digits + int(chance() * 9 * digits)
    power = metric.low + int(chance() * (metric.high - metric.low + 1)) - len(str(digits)) + 1
    return mantissa * 10**power if power >= 0 else Decimal(mantissa).scaleb(power)


def _said_on(chance: Draw, day: int) -> str | None:
    """The date of what was published on a day, in any precision; None where nobody tells it."""
    form = chance()
    told = _DAYS[max(0, day - int(chance() * 8))]
    if form < 0.7:
        return told
    year = told[:4]
    if form < 0.77:
        return told[:7]
    if form < 0.83:
        return year
    if form < 0.89:
        return _vague(chance, told)
    if form < 0.92:
        return f"{year}/{int(year) + 1 + int(chance() * 6)}"
    if form < 0.94:
        return f"{told[:7]}/{_DAYS[min(len(_DAYS) - 1, day + 70)][:7]}"
    if form < 0.96:
        return f"{year}/.." if form < 0.95 else f"../{told}"
    return "XXXX" if form < 0.963 else None


def _vague(chance: Draw, told: str) -> str:
    """A season, a decade, a century, or a date that is approximate or uncertain."""
    form = int(chance() * 10)
    if form < 3:
        return f"{told[:4]}-{21 + int(chance() * 4)}"
    if form < 5:
        return f"{told[:3]}X"
    if form == 5:
        return f"{told[:2]}XX"
    return (f"{told[:4]}~", f"{told[:7]}~", f"{told[:4]}?", f"{told}~")[form - 6]


def _period(chance: Draw, day: int) -> str:
    year = int(_DAYS[day][:4]) - int(chance() * chance() * 8)
    form = chance()
    if form < 0.6:
        return str(year)
    if form < 0.8:
        return f"{year}-{1 + int(chance() * 12):02}"
    return f"{year}-{21 + int(chance() * 4)}" if form < 0.9 else f"{year}/{year + 1 + int(chance() * 4)}"
