"""The texts of a page's elements as a reader sees them: a block is no part of a word, a raised figure is no digit."""

from __future__ import annotations

import re
from typing import Any, Final

_INLINE: Final = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "meter", "nobr", "output", "q", "ruby", "rb", "rp", "rt", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip  # elements whose text joins that around them; around any other there is a blank
_UNREAD: Final = ("script", "style", "template", "noscript")
_RAISED: Final = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_LOWERED: Final = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_FIGURES: Final = re.compile(r"\s*[0-9+\-−=()n]+\s*")
_BLANKS: Final = re.compile(r"[ \t\n\f\r]+")


def make_readable(tree: Any) -> None:
    """Change a page in place, so that the joined texts of an element are what its reader sees: `10<sup>2</sup>` is 10²,
    and words in two blocks, or at two sides of a line break, are two.
    """
    for node in tree.iter():
        name = node.tag if isinstance(node.tag, str) else ""
        if name in _UNREAD:
            node.text = None
        elif name in ("sup", "sub") and not len(node) and _FIGURES.fullmatch(node.text or ""):
            node.text = node.text.strip().translate(_RAISED if name == "sup" else _LOWERED)
        elif name and name not in _INLINE:
            node.text = f" {node.text or ''}"
            node.tail = f" {node.tail or ''}"


def text_of(node: Any) -> str:
    """The text of an element, blanks as a page shows them: those of HTML as one, no-break spaces as they are."""
    return _BLANKS.sub(" ", "".join(node.itertext("*"))).strip(" ")
