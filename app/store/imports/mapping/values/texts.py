"""Filters on texts. Each function takes a filter's parameters and gives what is done to a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from app.domain.record.keys import slug as slug_of
from app.domain.text.absent_values import absent_told
from app.errors import BadValue, shown_value
from app.store.imports.mapping.values.patterns import compile_pattern, in_slashes
from app.store.imports.mapping.values.scalars import check_length, is_blank, text_of

_UNSEEN: Final = "\u200b\u2060\ufeff"  # no white space to Python, and seen by nobody
_SMALL: Final = """
    an the and or of in on at by for to from with as de del della der den des di da das do dos du en et la le les el los
    las und von vom van zu zur zum bin ibn al af av og
"""
_PARTICLES: Final = frozenset(_SMALL.split())
_ROMAN: Final = re.compile(r"(?:II|III|IV|VI|VII|VIII|IX|XI|XII|XIII)")
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def trimmed(text: str) -> str:
    """The text without blanks around it: no-break and zero-width ones, and byte order marks, are blanks here."""
    end = None
    while text != end:
        end, text = text, text.strip().strip(_UNSEEN)
    return text


def split(separator: str = ",") -> Callable[[str], Any]:
    """Texts between separators, without blanks around them; empty ones are dropped."""
    if not separator:
        raise BadValue("split needs a separator, as in split(',')")
    pattern = in_slashes(separator)

    def parts(text: str) -> list[str]:
        pieces = pattern.split(text) if pattern else text.split(separator)
        return [part for part in map(trimmed, pieces) if part]

    return parts


def strip(characters: str | None = None) -> Callable[[str], Any]:
    """The text without blanks, or without these characters, at its ends."""
    return trimmed if characters is None else lambda text: text.strip(characters)


def null(*words: Any) -> Callable[[Any], Any]:
    """Null for a value that is one of the words, or without words for a usual sign of an empty value."""
    meant = frozenset(map(text_of, words))

    def emptied(value: Any) -> Any:
        if isinstance(value, (list, dict)) or value is None:
            return value
        text = trimmed(text_of(value))
        gone = text in meant if meant else not text or absent_told(text) is not None
        return None if gone else value

    return emptied


def default(other: Any) -> Callable[[Any], Any]:
    """Another value in place of nothing."""
    return lambda value: other if is_blank(value) else value


def required(why: str = "a value is needed here") -> Callable[[Any], Any]:
    """The value, which may not be empty."""

    def check(value: Any) -> Any:
        if is_blank(value):
            raise BadValue(why)
        return value

    return check


def regex(pattern: str, replacement: str | None = None, group: int | str | None = None) -> Callable[[str], Any]:
    """The first match or a group of it; with a replacement, the text with that for every match."""
    compiled = compile_pattern(pattern)
    if replacement is not None:
        if group is not None:
            raise BadValue(r"regex takes a group or a replacement, not both; a replacement names groups as \1")
        return lambda text: compiled.replace(text, replacement)
    wanted = group if group is not None else min(compiled.groups, 1)
    if not (wanted in compiled.group_names if isinstance(wanted, str) else 0 <= wanted <= compiled.groups):
        raise BadValue(f"the pattern {shown_value(pattern)} has no group {wanted}; it has {compiled.groups}")

    def found(text: str) -> str | None:
        match = compiled.search(text)
        return match.group(wanted) if match else None

    return found


def replace(old: str, new: str) -> Callable[[str], Any]:
    """The text with `new` wherever `old` is."""
    if not old:
        raise BadValue("replace needs a text to look for, as in replace('&amp;', '&')")

    def replaced(text: str) -> str:
        check_length(len(text) + text.count(old) * (len(new) - len(old)))
        return text.replace(old, new)

    return replaced


def lower() -> Callable[[str], Any]:
    """The text in small letters."""
    return str.lower


def upper() -> Callable[[str], Any]:
    """The text in capitals."""
    return str.upper


def title(*kept: str) -> Callable[[str], Any]:
    """The text with a capital for each word but particles; words with capitals inside stay, as do those given."""
    keep = {word.casefold(): word for word in kept}

    def written(text: str) -> str:
        shouted = text.isupper()  # then capitals tell no acronyms
        return _WORD.sub(lambda word: _title_word(word[0], word.start() == 0, shouted, keep), text)

    return written


def _title_word(word: str, is_first: bool, shouted: bool, keep: dict[str, str]) -> str:
    if word.casefold() in keep:
        return keep[word.casefold()]
    if _ROMAN.fullmatch(word) or (not shouted and not word[1:].islower() and word.lower() != word):
        return word
    if len(word) == 1 and not is_first:  # an initial
        return word
    if word.lower() in _PARTICLES and not is_first:
        return word.lower()
    small = word.lower()
    if re.match(r"[odl]['’].{2}", small):  # O'Brien, D'Alema
        return small[0].upper() + small[1] + small[2:3].upper() + small[3:]
    if small.startswith("mc") and len(small) > 3:
        return "Mc" + small[2].upper() + small[3:]
    return small[:1].upper() + small[1:]


def slug() -> Callable[[str], Any]:
    """Small letters and digits with hyphens between, as keys are made of names."""
    return slug_of


def truncate(length: int, end: str = "…") -> Callable[[str], Any]:
    """The text cut after a word so that it has at most `length` characters, `end` among them."""
    room = length - len(end)
    if room < 1:
        raise BadValue(f"truncate needs room for its end {shown_value(end)}: a length of {len(end) + 1} or more")

    def cut(text: str) -> str:
        if len(text) <= length:
            return text
        head = text[:room]
        whole = head if text[room].isspace() else head[: max(head.rfind(" "), 0)] or head
        return whole.rstrip() + end

    return cut
