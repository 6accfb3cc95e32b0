"""How long it takes to find the quotes of one long text.

    .venv/bin/python -m bench.quotes --characters 5000000 --quotes 500

Writes a text with a skewed vocabulary, cuts quotes of 30–200 characters out of it, and prints milliseconds per quote
for each kind: with the index of pieces and by scanning alone (each on a fresh text, the making of the index included),
and with the index once it stands. Then texts and quotes that are made to be slow.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from itertools import accumulate

import click

from app.domain.text import haystack
from app.domain.text.quote_matcher import SourceText

VOCABULARY = 30_000
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


def written(chance: random.Random, characters: int) -> str:
    """A text of sentences with curly quotation marks, line ends and dashes."""
    words = ["".join(chance.choices(LETTERS, range(26, 0, -1), k=chance.randint(2, 9))) for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
    drawn = iter(chance.choices(words, cum_weights=weights, k=characters // 4))
    sentences: list[str] = []
    size = 0
    while size < characters:
        sentence = " ".join(next(drawn) for _ in range(chance.randint(5, 25))).capitalize()
        sentences.append(sentence + chance.choice([". ", ".\n", "? ", ", “yes,” ", " – but "]))
        size += len(sentences[-1])
    return "".join(sentences)[:characters]


def cut(chance: random.Random, text: str) -> str:
    """A stretch of the text from blank to blank."""
    start = text.index(" ", chance.randrange(len(text) - 400)) + 1
    return text[start : text.index(" ", start + chance.randint(30, 200))].strip()


def kinds(quotes: list[str]) -> dict[str, list[str]]:
    """The quotes as they stand, with other typography, not there at all, with an elision, and of two words."""
    return {
        "as they stand": quotes,
        "first letter in the other case": [quote[0].swapcase() + quote[1:] for quote in quotes],
        "not there": [quote + " zzqqz" for quote in quotes],
        "elided": [f"{quote[: quote.index(' ', 15)]} … {quote[quote.rindex(' ') + 1 :]}" for quote in quotes],
        "two words": [" ".join(quote.split()[:2]) for quote in quotes],
    }


def measure(source: SourceText, quotes: list[str]) -> tuple[float, Counter[str]]:
    """Seconds to find all the quotes in a text; their statuses."""
    start = time.perf_counter()
    statuses = Counter(source.locate(quote).status for quote in quotes)
    return time.perf_counter() - start, statuses


def compare(text: str, kind: str, quotes: list[str]) -> str:
    """A line with what the quotes of one kind take, with the index and without."""
    source, other = SourceText(text), SourceText(text)
    (first, statuses), (again, _) = measure(source, quotes), measure(source, quotes)
    scans = haystack._SCANS
    try:
        haystack._SCANS = 10**9  # type: ignore[misc]  # for the comparison alone
        scanned, same = measure(other, quotes)
    finally:
        haystack._SCANS = scans  # type: ignore[misc]  # for the comparison alone
    assert statuses == same, same  # noqa: S101  # both ways must agree
    each = [f"{1000 * seconds / len(quotes):.2f}" for seconds in (first, again, scanned)]
    return f"{kind}: {each[0]} ms a quote, {each[1]} once indexed, {each[2]} by scanning; {dict(statuses)}"


HOSTILE = {
    "a a a …: a": ("a ", "a"),
    "a a a …: 10,000 × a": ("a ", "a " * 10_000),
    "a a a …: 9,999 × a, then b": ("a ", "a " * 9_999 + "b"),
    "a a a …: 100 fragments": ("a ", " … ".join(["a"] * 100)),
    "aaa…: a": ("a", "a"),
    "four words, again and again: 100 fragments": ("alpha beta gamma delta ", " … ".join(["alpha", "gamma"] * 50)),
    "four words, again and again: 3 fragments and one that is not there": ("alpha beta gamma ", "beta … alpha … zeta"),
    "a word in brackets between 100 fragments": ("a ", "a [b] " * 99 + "a"),
    "brackets inside 100 words": ("ab ", "a[b] " * 99 + "a"),
    "10,000 opening brackets": ("a ", "a" + "[" * 10_000 + "a"),
    "4,000 pairs of brackets": ("a ", "a" + "[b]" * 4_000 + "a"),
    "a letter in brackets, of a word that is everywhere": ("the ", "[T]he"),
    "soft hyphens without end": ("a" + "\u00ad" * 10_000, "ab [c] ab"),
    "words broken at each line end": ("ab-\ncd ", "abcd ab-cd x"),
}


@click.command()
@click.option("--characters", default=5_000_000, show_default=True)
@click.option("--quotes", "number", default=500, show_default=True)
def main(characters: int, number: int) -> None:
    """Print what the module's docstring says."""
    chance = random.Random(1)
    text = written(chance, characters)
    start = time.perf_counter()
    SourceText(text)
    click.echo(f"{characters:,} characters read in {time.perf_counter() - start:.2f} s")
    for kind, quotes in kinds([cut(chance, text) for _ in range(number)]).items():
        click.echo(compare(text, kind, quotes))
    for name, (piece, quote) in HOSTILE.items():
        seconds, statuses = measure(SourceText((piece * (characters // len(piece) + 1))[:characters]), [quote])
        click.echo(f"{name}: {1000 * seconds:.0f} ms, {next(iter(statuses))}")


if __name__ == "__main__":
    main()
