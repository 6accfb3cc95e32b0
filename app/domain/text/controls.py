"""Characters that a terminal obeys instead of showing them: control characters, and marks that turn the direction.

A file name or a key may hold some, by accident or by malice. They are printed as escapes, which do nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # inside of […]
_CONTROLS: Final = "\x00-\x1f\x7f-\x9f\u2028\u2029"
_OBEYED = re.compile(f"[{_CONTROLS}{BIDI}\ud800-\udfff]")  # surrogates: bytes of a file name that are not UTF-8
_UNESCAPED: Final = f"[\x7f-\x9f\u2028\u2029{BIDI}]"  # by JSON, which escapes the others itself
_IN_JSON = re.compile(_UNESCAPED)
OBEYED_IN_JSON: Final = rf"\\u00[01]|\\[bfnrt]|{_UNESCAPED}"  # what JSON has for one of them
_NAMES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: str) -> str:
    """One line of text for people: what would be obeyed stands as `\\x1b`, `\\u202e`, `\\n`."""
    return text if text.isascii() and text.isprintable() else _OBEYED.sub(_escape, text)


def shown_json(text: str) -> str:
    """The same JSON, in which what would be obeyed is escaped as JSON has it."""
    return text if text.isascii() and "\x7f" not in text else _IN_JSON.sub(lambda found: _unicode(found[0]), text)


def obeyed_in(text: str) -> list[str]:
    """The control characters of a text, once: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    if text.isascii() and text.isprintable():
        return []
    found = dict.fromkeys(_OBEYED.findall(text))
    return [f"U+{ord(each):04X} {unicodedata.name(each, 'control character')}" for each in found]


UNSEEN: Final = "\u00ad\u200b\u2060\ufeff"  # without width: most come by accident


def unseen_in(text: str) -> list[str]:
    """These of a text, once: `U+FEFF ZERO WIDTH NO-BREAK SPACE`."""
    return [f"U+{ord(each):04X} {unicodedata.name(each)}" for each in UNSEEN if each in text]


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _NAMES.get(found[0]) or (f"\\x{code:02x}" if code < 0x100 else _unicode(found[0]))


def _unicode(character: str) -> str:
    return f"\\u{ord(character):04x}"
