"""The generated claims that benches import, and what is common and what is rare in them."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import click
import msgspec

from app.demo.generated_claims import as_line, definitions, generate, generate_edits
from app.domain.text.tokenizer import tokens

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var" / "bench"
SEED = 1
SAMPLE = 50_000  # claims that are counted; those of a longer file are like them
MOST = 8  # values that count as common
RARE = 64
PHRASES = (3, 4, 5, 6, 8)  # words of long phrases
QUOTED = 2_000  # claims whose phrases are counted


@dataclass(frozen=True)
class Generated:
    """The NDJSON files of so many claims and of what changes of them later."""

    claims: Path
    edits: Path

    @property
    def digest(self) -> str:
        """Tells these files from others."""
        with self.claims.open("rb") as lines:
            return f"{hashlib.sha256(lines.read(1 << 20)).hexdigest()} {self.claims.stat().st_size}"


def generated_files(claims: int) -> Generated:
    """The files of so many claims, made where they are not there or of another version of the generator."""
    file, edits = FOLDER / f"claims-{claims}-{SEED}.ndjson", FOLDER / f"edits-{claims}-{SEED}.ndjson"
    if file.exists() and edits.exists() and _is_of_this_version(file, claims):
        return Generated(file, edits)
    FOLDER.mkdir(parents=True, exist_ok=True)
    _write(edits, generate_edits(claims, SEED), claims // 16)
    _write(file, generate(claims, SEED), claims)
    return Generated(file, edits)


def _write(file: Path, records: Iterator[dict[str, Any]], length: int) -> None:
    part = file.with_suffix(".part")
    with part.open("wb") as out, click.progressbar(records, length=length, label=file.name, file=sys.stderr) as shown:
        out.writelines(map(as_line, shown))
    part.rename(file)


def _is_of_this_version(file: Path, claims: int) -> bool:
    """Whether the generator still begins so."""
    with file.open("rb") as lines:
        return all(as_line(one) == line for one, line in zip(generate(min(claims, 1000), SEED), lines, strict=False))


@dataclass
class Facts:
    """How often which value stands in a sample of the claims, by what it is a value of.

    turn: another turn gives other values, as common or as rare as those of turn 0.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    turn: int = 0
    _chosen: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)

    def at(self, turn: int) -> Facts:
        """The same facts, giving the values of another turn."""
        return Facts(self.counts, turn, self._chosen)

    def common(self, what: str) -> str:
        """The value that most claims have, or one of the next."""
        values = self._values(what)[0]
        return values[self.turn % len(values)]

    def rare(self, what: str) -> str:
        """A value that as few claims have as possible, though more than one: that one may be retracted."""
        values = self._values(what)[1]
        return values[self.turn % len(values)]

    def _values(self, what: str) -> tuple[list[str], list[str]]:
        """Values from the most common on, and all that are as rare as can be."""
        if what not in self._chosen:
            counts = self.counts[what]
            fewest = min((times for times in counts.values() if times > 1), default=1)
            rare = [value for value, times in counts.items() if times == fewest]
            self._chosen[what] = [value for value, _ in counts.most_common(MOST)], rare[:RARE]
        return self._chosen[what]

    def add(self, what: str, value: str | None) -> None:
        """Count a value."""
        if value is not None:
            self.counts.setdefault(what, Counter())[value] += 1


def facts_of(file: Path) -> Facts:
    """The values in the first claims of a generated file."""
    facts, names = Facts(), {one["key"]: one["name"] for one in definitions()}
    with file.open("rb") as lines:
        for line in islice(lines, len(names) + SAMPLE):
            record = msgspec.json.decode(line)
            if "type" not in record:
                _count(facts, record, names)
            if len(facts.counts.get("key", ())) <= QUOTED:
                _count_phrases(facts, tokens(record.get("quote", "")))
    return facts


def _count_phrases(facts: Facts, words: list[str]) -> None:
    for length in PHRASES:
        for start in range(len(words) - length + 1):
            facts.add(f"phrase of {length}", " ".join(words[start : start + length]))


def _count(facts: Facts, claim: dict[str, Any], names: dict[str, str]) -> None:
    speaker = claim["speaker"] or {}
    facts.add("key", claim["key"])
    facts.add("language", claim.get("language"))
    for word in tokens(claim.get("venue") or "")[-1:]:
        facts.add("venue", word)
    if speaker.get("kind", "person") == "person":  # others have names that belong to one source
        facts.add("speaker", speaker.get("name") or names.get(speaker.get("key", "")))
    for role in claim.get("roles", ()):
        facts.add("organization", role["organization"])
        facts.add("title", tokens(role["title"])[-1])
        facts.add("whole title", role["title"])
    for figure in claim.get("figures", ()):
        metric = figure["metric"]
        facts.add("metric", metric if isinstance(metric, str) else names[metric["key"]])
    for topic in claim.get("topics", ()):
        facts.add("topic", topic)
    for citation in claim["citations"]:
        facts.add("source", citation["source"]["key"])
        facts.add("url", citation["source"].get("url"))
        facts.add("publisher", citation["source"].get("publisher"))
    for assessment in claim.get("assessments", ()):
        facts.add("assessor", assessment["publisher"])
        facts.add("rating", assessment["rating"])
    for word in set(tokens(claim.get("quote", ""))):
        facts.add("word", word)
