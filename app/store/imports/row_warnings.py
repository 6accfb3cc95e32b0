"""Warnings of rows that are right and may not say what is meant.

Dates that are seasons, where years may be meant; names and keys with characters that are not seen, keys with blanks
around them; words for absent values, names that stand for none; topics, authors, aliases and names of speakers that
look like several in one; words broken at the end of a line; addresses in the place of names; characters that are left
of another encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from app.domain.dates.readings import season_warning
from app.domain.record.addresses import check_address
from app.domain.text.absent_values import NAMES_OF_NOBODY, NOBODY_TOLD, OF_PANDAS, absent_told
from app.domain.text.broken_words import broken_words
from app.domain.text.controls import OBEYED_IN_JSON, UNSEEN, obeyed_in, unseen_in
from app.domain.text.odd_characters import SUSPICIOUS, odd_characters
from app.domain.text.readings import BREAK_IN_JSON
from app.errors import BadValue, FieldPath, Problem, shown_value
from app.store.records.document import decode
from app.store.records.kinds import SHOWN_ONLY_INSIDE

UNUSED_ID: Final = "id-unused"
_NAMES = frozenset(("key", "name", "title", "publisher", "aliases", "authors", "topics"))
_DATES = ("said_on", "published_on", "accessed_on", "rated_on", "retracted_on", "period", "since", "until")
_LISTED = frozenset(("topics", "authors", "aliases"))
_WORDS = ("quote", "paraphrase", "venue")

# The JSON of every record that is warned of has one of these. Most have none, and are not read again.
_TEXT = r'(?:[^"\\]|\\.)*'  # of a text in JSON, or some of it
_BLANK = r"(?:\s|\\[fnrt]|\\u00[01].)"
_SEASON = re.compile(r'"edtf":"[^"]*[0-9]{4}-2[1-4](?![0-9-])')
_UNSEEN = re.compile(rf'{OBEYED_IN_JSON}|"key":"{_TEXT}[{UNSEEN}]')
_BLANKS = re.compile(rf'"key":"(?:\s|{_TEXT}\s")')
_ABSENT = re.compile(rf'[:\[,]"(?:{"|".join(map(re.escape, OF_PANDAS))})"')
_NOBODY = re.compile(
    rf'"(?:name|organization)":"{_BLANK}*(?i:{"|".join(map(re.escape, sorted(NAMES_OF_NOBODY)))}){_BLANK}*"'
)
_SEVERAL = re.compile(rf'"(?:{"|".join(sorted(_LISTED))})":\["(?:{_TEXT}",")*{_TEXT}[;|]|"name":"{_TEXT}[;|]')
_BROKEN = re.compile(BREAK_IN_JSON)
_ODD = re.compile(SUSPICIOUS)
_ADDRESS = re.compile(r'\s*(?:https?:|www\.)[^\s"]+\s*', re.IGNORECASE)
_ADDRESSED = re.compile(rf'"(?:name|publisher|issuer)":"{_BLANK}*(?:https?:|www[.])[^" ]+{_BLANK}*"', re.IGNORECASE)


def warnings_of(frame: str) -> tuple[Problem, ...]:
    """The warnings of a checked record. frame: the record as JSON."""
    every = _LOOKS if frame.isascii() else (*_LOOKS, *_BEYOND_ASCII)
    return tuple(problem for pattern, look in every if pattern.search(frame) for problem in look(decode(frame)))


def unused_id(one: str, record_id: str) -> Problem:
    """The warning of an id without a key, where ids name nothing. one: the noun of the record."""
    told = f"{shown_value(record_id)} is not used, as ids are each database's own"
    told += f": give the key of the {one} that is meant"
    return Problem(("id",), UNUSED_ID, f"{told}; ids name claims in tables and with --patch, and records in paths")


def warnings_of_part(given: Any) -> tuple[Problem, ...]:
    """The warnings of a row that is no record by itself, and may tell a part of one."""
    looks = (*_LOOKS, *_BEYOND_ASCII) if isinstance(given, dict) else ()
    return tuple(problem for _, look in looks for problem in look(given))


def _seasons(value: Any) -> Iterator[Problem]:
    for path, edtf in _dates(value, ()):
        if warning := season_warning(edtf):
            yield Problem(path, "season-or-years", warning)


def _unseen(value: Any) -> Iterator[Problem]:
    for path, name in _names(value):
        if found := [*obeyed_in(name), *(unseen_in(name) if path[-1:] == ("key",) else ())]:
            said = f"holds {', '.join(found)}, which nobody sees: leave it out, unless it is meant"
            yield Problem(path, "controls", said)


def _blanks(value: Any) -> Iterator[Problem]:
    for path, key in _texts(value, ()):
        if path[-1:] == ("key",) and key != (bare := key.strip()) and bare and not obeyed_in(key):
            side = "ends" if key.startswith(bare) else "begins"
            told = f"{shown_value(key)} {side} with a blank, and is another key than {shown_value(bare)}"
            yield Problem(path, "blanks", f"{told}: leave the blank out, unless it is meant")


def _nobody(value: Any) -> Iterator[Problem]:
    for path, name in _texts(value, ()):
        is_named = _is_of_speaker(value, path) or path[-1:] == ("organization",)
        if is_named and name.strip().casefold() in NAMES_OF_NOBODY and not _is_meant(name.strip(), value, path):
            yield Problem(path, "nobody", f"{shown_value(name)} is stored as a name; {NOBODY_TOLD}")


def _absent(value: Any) -> Iterator[Problem]:
    for path, text in _texts(value, ()):
        if text in OF_PANDAS:
            yield Problem(path, "absent-value", f"{text!r} is stored as a text; {absent_told(text)}")


def _several(value: Any) -> Iterator[Problem]:
    for path, text in _texts(value, ()):
        field = path[-2] if len(path) > 1 else ""
        parts = [part for part in re.split(r"[;|]", text) if part.strip()]
        if field in _LISTED and len(parts) > 1:
            told = f"looks like {len(parts)} {field}, and is stored as one: a table has a column for each"
            yield Problem(path, "several-in-one", f"{told} ({field}.0, {field}.1, …), JSON and YAML a list")
        elif len(parts) > 1 and _is_of_speaker(value, path):
            told = f"looks like {len(parts)} names, and is stored as one: a claim has one speaker"
            yield Problem(path, "several-in-one", f"{told}, so record what another said as a claim of its own")


def _is_meant(name: str, value: Any, path: FieldPath) -> bool:
    """Whether what stands beside a name tells that it is one: Na is a family name, and a group may be Anonymous."""
    for step in path[:-1]:
        value = value[step]
    if not isinstance(value, dict) or path[-1:] != ("name",):
        return False
    kind = value.get("kind")
    return kind in SHOWN_ONLY_INSIDE or (name.isalpha() and bool(kind or value.get("identifiers")))


def _broken(record: Any) -> Iterator[Problem]:
    for name in _WORDS:
        text = record.get(name)
        if isinstance(text, str) and (words := broken_words(text)):
            first, second, written = words[0]
            others = f" (and {len(words) - 1} more such words)" if len(words) > 1 else ""
            told = f"holds {shown_value(written)}, a word with a hyphen at the end of a line{others}: q={first} and"
            told += f" q={second} find it, q={first}{second} does not; write {first}{second}, or {first}-{second} if"
            told += f" the hyphen is its own, or {first}- {second} if it stands for the rest of a word"
            yield Problem((name,), "line-hyphen", f"{told}. The source's text may break it still")


def _addresses(value: Any) -> Iterator[Problem]:
    for path, name in _texts(value, ()):
        if path[-1:] in (("name",), ("publisher",), ("issuer",)) and _ADDRESS.fullmatch(name):
            what = "is an address"
            try:
                check_address(name)
            except BadValue:
                what = "looks like an address, and is a broken one"
            told = f"{shown_value(name)} {what}: write the name here, and an address in `url`"
            yield Problem(path, "address-as-name", told)


def _odd(value: Any) -> Iterator[Problem]:
    for path, text in _texts(value, ()):
        if path[-1] == "text" or (_is_name(path) and obeyed_in(text)):  # a source's own is as it is; told by _unseen
            continue
        yield from (Problem(path, "odd-characters", told) for told in odd_characters(text))


def _is_of_speaker(record: Any, path: FieldPath) -> bool:
    """Whether a text is the name of a speaker or organization, in a claim or a definition."""
    if path == ("name",):
        return not {"unit", "definition"} & record.keys()  # of a metric
    return path[-1:] == ("name",) and path[-2] in ("speaker", "organization")


def _texts(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    """The texts in a record, each with the way to it."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*path, step))
    elif isinstance(value, str):
        yield path, value


def _names(value: Any) -> Iterator[tuple[FieldPath, str]]:
    """The names and keys in a record, each with the way to it."""
    for path, text in _texts(value, ()):
        if _is_name(path):
            yield path, text


def _is_name(path: FieldPath) -> bool:
    """Whether a text is a name or key, or one of a list of names."""
    return any(step in _NAMES for step in path[-2:])


def _dates(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    """The EDTF strings in a record, each with the way to its date."""
    if isinstance(value, dict):
        if isinstance(edtf := value.get("edtf"), str):
            yield path, edtf
        for name, inner in value.items():
            if name in _DATES and isinstance(inner, str):
                yield (*path, name), inner
            yield from _dates(inner, (*path, name))
    if isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _dates(inner, (*path, at))


_LOOKS = (  # each with the pattern that the JSON of every record has which it warns of
    (_SEASON, _seasons), (_UNSEEN, _unseen), (_BLANKS, _blanks), (_ABSENT, _absent), (_NOBODY, _nobody),
    (_SEVERAL, _several), (_BROKEN, _broken), (_ADDRESSED, _addresses),
)  # fmt: skip
_BEYOND_ASCII = ((_ODD, _odd),)
