"""Language tags: their shape (BCP 47, as far as it is checked), and tags to suggest for what is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from app.errors import BadValue, near

MAX_TAG: Final = 35  # characters
PATTERN: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
_TAG: Final = re.compile(PATTERN.strip("^$"))
_NAMED_IN: Final = ("en", "de", "fr", "es")  # languages in which names of languages are known
_CLOSE: Final = 0.8  # likeness of a name and a misspelling
_ALSO_CALLED: Final = {
    "mandarin": "zh", "putonghua": "zh", "mandarin chinese": "zh", "farsi": "fa", "castilian": "es", "castellano": "es",
    "bokmål": "nb", "bokmal": "nb", "nynorsk": "nn", "moldovan": "ro", "valencian": "ca", "modern greek": "el",
}  # fmt: skip


def check_language(text: str) -> str:
    """The text, if it has the shape of a language tag. Raises BadValue, with tags that may be meant."""
    if _is_tag(text):
        return text
    raise BadValue(f"{text[:80]!r} is no language tag; write a code such as en or pt-BR", _meant(text))


def _is_tag(text: str) -> bool:
    return len(text) <= MAX_TAG and _TAG.fullmatch(text) is not None


def _meant(text: str) -> tuple[str, ...]:
    tag = text[: MAX_TAG + 10].strip().replace("_", "-").partition(".")[0]  # de_AT.UTF-8 is a locale of Unix
    if _is_tag(tag):
        return (tag,)
    name = " ".join(text[:80].casefold().split()).removesuffix(" language")
    if found := _ALSO_CALLED.get(name) or _by_name().get(name):
        return (found,)
    # Of the languages that are often written in: any name is like that of some small one (`mandarin` like Mandar).
    often = {one: tag for one, tag in _by_name().items() if len(tag) == 2}
    close = {often[one] for one in near(name, often, cutoff=_CLOSE)}
    return tuple(close) if len(close) == 1 else ()


@cache
def _by_name() -> Mapping[str, str]:
    """The tags of languages by their names in small letters; where two have one name, the shorter tag."""
    from babel import Locale

    found: dict[str, str] = {}
    for named_in in _NAMED_IN:
        for code, name in sorted(Locale(named_in).languages.items(), key=lambda item: len(item[0])):
            found.setdefault(name.casefold(), code.replace("_", "-"))
    return found
