"""The speakers, metrics and words of generated claims: one invented world for every seed.

People, organizations, places and publishers are made up; words of sentences are ordinary ones with a long invented
tail. Everything is made by integer arithmetic and `random.Random(…).random()`, which give the same on every platform
and version of Python; nothing else of that class is promised to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product
from random import Random
from typing import Any, Generic, TypeVar

from app.domain.record.keys import slug

T = TypeVar("T")
Draw = Callable[[], float]  # gives the next number of a seeded sequence: at least 0, below 1

SPEAKERS = 60_000
PROMINENT = 60  # speakers with a definition, the ones that speak most
METRICS = 300
ORGANIZATIONS = 1_500
PUBLISHERS = 500
TOPICS = 200
_PHRASES = 1 << 14  # of each part of a sentence

_GIVEN = (
    "Adaeze Agnes Aiko Alejandro Amara Amina Anders Anna Anton Aoife Aroha Arjun Astrid Ayşe Beatriz Björn Bogdan"
    " Camille Carlos Chiara Chinedu Clara Daniel Daria David Deepa Dilnoza Elena Elif Emeka Emil Emma Esra Fatima Femi"
    " Gabriela Giorgi Grace Hana Hannah Haruki Hassan Helena Hugo Ibrahim Inés Ingrid Irina Ivan Jakub James Jana"
    " Javier João José Jun Kaisa Karim Katarzyna Kofi Lars Laura Layla Leila"
    " Liam Lin Lucía Magda Maria Marta Mateo Mei Mikael"
    " Mina Mohammed Nadia Naledi Nikos Noor Olga Olivia Oluwaseun Omar Pedro Petra Priya Rania Ravi Rosa Sakura Samuel"
    " Selin Siobhán Sinta Sofia Søren Tariq Thomas Yusuf Zofia"
).split()
_STARTS = "Bar Bel Cor Dal Den Fal Gar Hal Jor Kar Kel Lan Mar Mor Nor Pel Ras Sel Tal Tor Var Vel Wes Zan Ør".split()
_MIDDLES = "a an ar e el en er i in is o ol on or u un".split()
_ENDS = "bach berg bridge by dale dorf field ford gate grad ham haven heim holm ich ley mont mouth ov port".split()
_FAMILY_ENDS = (
    "ani bayo berg eau ell enko era escu ette hara ić idis ini kov lund man moto nen ova quist sen son ström wa"
)

_NOUNS = (
    "budget hospital school road bridge railway port army border tax pension wage price market bank debt loan grant"
    " harvest river forest coast climate energy grid reactor pipeline mine factory vaccine patient doctor nurse teacher"
    " student family child worker farmer driver soldier officer refugee migrant voter citizen council parliament court"
    " treaty sanction tariff subsidy reform strike election survey census report satellite network server sensor"
    " battery vehicle ferry aircraft drone tunnel dam reservoir well pump turbine furnace crop seed fishery herd"
    " dairy mill warehouse shelter apartment house rent mortgage insurance premium deposit currency reserve bond"
    " archive library museum theatre stadium prison clinic laboratory ward ambulance engine fuel cable antenna chip"
).split()
_PREFIXES = (
    "agro aero bio co counter cyber eco electro geo hydro inter macro mega micro mini multi nano neo photo".split()
)
_ADJECTIVES = (
    "new public national regional local rural urban private foreign domestic annual temporary permanent cheap costly"
    " safe clean modern outdated empty crowded joint digital military civilian medical legal fair secret"
).split()
_WHO = (
    "We|I|They|The government|This ministry|Our union|The opposition|The committee|My party|The company|The city"
    "|Our engineers|The previous cabinet|The agency|Nobody in this house|Every family|The auditors|Our allies"
)
_DOES = (
    "will expand|have cut|cannot afford|must protect|are rebuilding|have doubled spending on|will never sell|need"
    "|rejected|support|have lost|promised|will inspect|are hiring for|underestimated|have finished|should close"
    "|will modernise|refused to pay for|have no plans for|are losing|can no longer ignore|have paid for|will tax"
)
_WHEN = (
    "||||before the end of the year|by the summer|for the third time|in spite of the cost|after the election"
    "|and nobody disputes that|as the law demands|without a single complaint|in the next decade|at any price"
    "|as I said in the morning|and that is the truth of it|to the last cent|from the first day of the month"
)
_OTHER_LANGUAGES = (  # language; between words; who, does, what, by "|"; end of a sentence
    ("de", " ", "Wir|Die Regierung|Niemand", "brauchen|schützen|fördern", "neue Straßen|die Häuser|den Wald", "."),
    ("fr", " ", "Nous|Le gouvernement|L’hôpital", "défend|paiera|a perdu", "l’école publique|la forêt|les élèves", "."),
    ("es", " ", "El gobierno|La ministra|Nadie", "protegerá|pagó|necesita", "más médicos|otro año|los niños", "."),
    ("pt", " ", "O país|A comissão|Ninguém", "precisa de|perdeu|construirá", "pontes|educação|habitação", "."),
    ("ru", " ", "Правительство|Мы|Министр", "построит|защитит|потеряло", "новые дороги|больницы|школу", "."),
    ("el", " ", "Η κυβέρνηση|Εμείς|Κανείς", "προστατεύει|χρειάζεται|έχασε", "τα σχολεία|τα νησιά|το δάσος", "."),
    ("ar", " ", "الحكومة|الوزير|نحن", "ستبني|تحمي|خسرت", "المدارس الجديدة|المستشفى|الطرق", "."),
    ("he", " ", "הממשלה|השר|אנחנו", "תבנה|תגן על|צריכים", "בתי ספר|כבישים|בית חולים", "."),
    ("hi", " ", "सरकार|मंत्री|हम", "नए अस्पताल|सड़कें|विद्यालय", "बनाएगी|बचाएँगे|चाहते हैं", "।"),
    ("ja", "", "政府は|大臣は|私たちは", "新しい病院を|道路を|学校を", "建設する|守る|必要とする", "。"),
    ("zh", "", "政府|部长|我们", "将建设|保护|需要", "新的医院|道路|学校", "。"),
    ("ko", " ", "정부는|장관은|우리는", "새 병원을|도로를|학교를", "건설한다|지킨다|원한다", "."),
)  # fmt: skip

_TITLES = (
    "minister|deputy minister|spokesperson|prime minister|director|mayor|member of parliament|president|chief economist"
    "|professor|governor|secretary of state|chief executive|general|ambassador|chair|head of research|chief scientist"
    "|commissioner|treasurer|police chief|union leader|senior adviser|senator|district judge|chief engineer"
).split("|")
_BODIES = (
    "Ministry of Health|Ministry of Finance|Ministry of Defence|Central Bank|University|Institute of Statistics"
    "|Chamber of Commerce|Water Board|Hospital Trust|Port Authority|Railways|Energy Agency|Farmers’ Union|City Council"
    "|Party|Court of Auditors|Research Council|Steel|Telecom|Foundation"
).split("|")
_PAPERS = "Herald|Times|Post|Courier|Observer|Gazette|Tribune|Broadcasting|News Agency|Chronicle".split("|")
_SUBJECTS = (
    "health care|schools|defence|energy|transport|housing|agriculture|migration|trade|taxes|pensions|water|forests"
    "|fisheries|research|justice|elections|tourism|digital services|mining"
).split("|")
_ANGLES = "|policy|spending|reform|jobs|safety|prices|law|statistics|infrastructure".split("|")
_MEASURES = (  # what, per subject; unit; other units of its dimension; powers of ten of its values
    ("{} staff", "count", "", 0, 6), ("{} budget", "USD", "", 3, 11),
    ("share of {} in spending", "percent", "ratio", -2, 2), ("{} cost", "EUR", "", 1, 10),
    ("{} cases per day", "count/day", "count/week|count/hour", 0, 5),
    ("{} emissions", "t", "kg|Mt", 1, 9), ("{} spending per year", "JPY/year", "JPY/month", 5, 12),
    ("distance covered for {}", "km", "m|mi", -1, 6), ("{} electricity use", "kWh", "MWh|GJ", 0, 9),
    ("area used for {}", "ha", "km^2|m^2", -1, 7), ("{} waiting time", "day", "hour|week|min", -1, 3),
    ("{} revenue", "GBP", "", 2, 10), ("data held on {}", "GB", "TB|MB", -1, 8), ("{} growth", "percent", "", -2, 2),
    ("mean temperature in {}", "°C", "K", -1, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Skewed(Generic[T]):
    """Items of which the first are drawn far more often: the chance of each falls with its rank (Zipf's law)."""

    items: Sequence[T]
    sums: Sequence[float]  # whole numbers below 2^53, so exact; floats compare faster with what is drawn

    @classmethod
    def of(cls, items: Sequence[T], flat: int = 0) -> Skewed[T]:
        """flat: how many of the first are nearly as common as the first itself."""
        return cls(items, tuple(map(float, accumulate(10**9 // (rank + 1 + flat) for rank in range(len(items))))))

    def draw(self, chance: Draw) -> T:
        """One of the items."""
        return self.items[bisect_right(self.sums, chance() * self.sums[-1])]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks: the ways in which claims refer to them, their usual role, and their definition if any."""

    kind: str
    references: tuple[dict[str, Any], ...]
    role: dict[str, Any] | None
    definition: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured quantity. low, high: the powers of ten that its values lie between."""

    key: str
    name: str
    unit: str
    others: tuple[str, ...]
    low: int
    high: int

    @property
    def definition(self) -> dict[str, Any]:
        """The record that defines it."""
        told = f"Invented for generated claims: {self.name}, measured in {self.unit}."
        return {"type": "metric", "key": self.key, "name": self.name, "definition": told, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Language:
    """A language that quotes are in, and the parts of its sentences."""

    code: str
    between: str
    parts: tuple[Sequence[str], ...]
    end: str

    def sentence(self, chance: Draw) -> str:
        """One sentence, of one of each of the parts."""
        words = [some for part in self.parts if (some := part[int(chance() * len(part))])]
        return self.between.join(words) + self.end


class World:
    """All that generated claims draw from. Making it takes some tenths of a second: see `world`."""

    def __init__(self) -> None:
        chance = Random(0).random
        self.places = tuple(map("".join, product(_STARTS, _MIDDLES, _ENDS)))
        self.organizations = Skewed.of(_shuffled(_organization_names(self.places), chance)[:ORGANIZATIONS], flat=5)
        self.publishers = Skewed.of(
            _shuffled([f"{a} {b}" for a, b in product(self.places, _PAPERS)], chance)[:PUBLISHERS]
        )
        self.topics = Skewed.of(
            _shuffled([f"{a} {b}".strip() for a, b in product(_SUBJECTS, _ANGLES)], chance)[:TOPICS]
        )
        self.titles = Skewed.of(_TITLES, flat=3)
        self.venues = Skewed.of(self._venues())
        self.metrics = Skewed.of(_metrics(chance), flat=2)
        self.english = self._english(chance)
        self.others = Skewed.of(
            [
                Language(code, gap, tuple(p.split("|") for p in parts), end)
                for code, gap, *parts, end in _OTHER_LANGUAGES
            ],
            flat=2,
        )
        self.ranks = Skewed.of(range(SPEAKERS), flat=4)
        self.speaker = cache(self._speaker)

    def syllables(self, chance: Draw) -> str:
        """An invented word, of half a million: the end of the vocabulary's tail."""
        start, middle = _STARTS[int(chance() * len(_STARTS))], _MIDDLES[int(chance() * len(_MIDDLES))]
        more = _STARTS[int(chance() * len(_STARTS))].lower() + _MIDDLES[int(chance() * len(_MIDDLES))]
        return start + middle + more + _ENDS[int(chance() * len(_ENDS))]

    def words(self, chance: Draw) -> tuple[Language, str]:
        """A quote of one to three sentences, and its language; one time in twenty it is not English."""
        english = chance() < 0.95
        language = self.english if english else self.others.draw(chance)
        more = chance()
        sentences = [language.sentence(chance) for _ in range(1 + (more > 0.6) + (more > 0.9))]
        if english and chance() < 0.05:
            sentences.append(f"Look at {self.syllables(chance)}.")
        return language, " ".join(sentences)

    def _venues(self) -> list[str]:
        kinds = (
            "told {} News",
            "in parliament",
            "at a press conference in {}",
            "on {} Radio",
            "in a letter to {} Weekly",
        )
        return [kinds[n % 5].format(self.places[n * 7]) for n in range(150)]

    def _english(self, chance: Draw) -> Language:
        """Parts of sentences: subjects, verbs, objects, and what may follow; words in them fall off as in real text."""
        compounds = _shuffled([a + b for a, b in product(_PREFIXES, _NOUNS)], chance)
        nouns, adjectives = Skewed.of([*_NOUNS, *compounds], flat=8), Skewed.of(_ADJECTIVES, flat=4)
        places = Skewed.of(_shuffled(self.places, chance), flat=20)

        def thing() -> str:
            form, noun = chance(), nouns.draw(chance)
            if form < 0.35:
                return f"the {adjectives.draw(chance)} {noun}"
            if form < 0.6:
                return f"the {noun} of {places.draw(chance)}"
            return (
                f"the {noun} and the {nouns.draw(chance)}"
                if form < 0.8
                else f"a {noun} in the {nouns.draw(chance)} sector"
            )

        who = [*_WHO.split("|")] * (_PHRASES // 40) + [
            f"The {nouns.draw(chance)} workers of {places.draw(chance)}" for _ in range(_PHRASES // 4)
        ]
        parts = (who, _DOES.split("|"), [thing() for _ in range(_PHRASES)], _WHEN.split("|"))
        return Language("en", " ", parts, ".")

    def _speaker(self, rank: int) -> Speaker:
        if rank % 12 == 5:
            name = self.organizations.items[rank // 12 % ORGANIZATIONS]
            return Speaker("organization", ({"name": name, "kind": "organization"},), None, None)
        if rank % 40 == 7:
            return Speaker("group", ({"name": f"residents of {self.places[rank // 40]}", "kind": "group"},), None, None)
        if rank % 50 == 9:
            told = f"a {_TITLES[rank % len(_TITLES)]} from {self.places[rank // 50]}"
            return Speaker("unnamed", ({"name": told, "kind": "unnamed"},), None, None)
        given, family = _GIVEN[rank % 100], _family((rank // 100 + rank * 37) % 600)  # each pair once: see the tests
        name = f"{given} {family}"
        role = {"title": _TITLES[rank * 7 % len(_TITLES)], "organization": self.organizations.items[rank * 31 % 400]}
        if rank >= PROMINENT:
            return Speaker("person", ({"name": name, "kind": "person"}, {"name": name}), role, None)
        key = slug(name)
        definition = {
            "type": "speaker", "key": key, "name": name, "kind": "person",
            "aliases": [f"{given[0]}. {family}", f"{family}, {given}"],
            "identifiers": {"generated": f"Q{rank + 1}"},
            "tenures": [
                {**role, "since": "1995", "until": str(2001 + rank % 9)},
                {"title": _TITLES[rank % 5], "organization": role["organization"], "since": f"{2002 + rank % 9}-03",
                 "until": "2050"},
            ],
        }  # fmt: skip
        references = ({"key": key}, {"key": key}, {"name": name}, {"name": f"{family}, {given}"})
        return Speaker("person", references, role, definition)


@cache
def world() -> World:
    """The one world, made when first asked for."""
    return World()


def _shuffled(items: Sequence[T], chance: Draw) -> list[T]:
    """In an order that the numbers decide (Fisher and Yates)."""
    mixed = list(items)
    for last in range(len(mixed) - 1, 0, -1):
        other = int(chance() * (last + 1))
        mixed[last], mixed[other] = mixed[other], mixed[last]
    return mixed


def _organization_names(places: Sequence[str]) -> list[str]:
    return [f"{place} {body}" for place, body in product(places[::17], _BODIES)]


def _family(number: int) -> str:
    start, rest = _STARTS[number % 25], number // 25
    return start + _MIDDLES[rest % 16] + _FAMILY_ENDS.split()[rest % 24]


def _metrics(chance: Draw) -> list[Metric]:
    found = [
        Metric(
            slug(measure.format(subject)),
            measure.format(subject),
            unit,
            tuple(filter(None, others.split("|"))),
            low,
            high,
        )
        for subject, (measure, unit, others, low, high) in product(_SUBJECTS, _MEASURES)
    ]
    return _shuffled(found, chance)[:METRICS]
