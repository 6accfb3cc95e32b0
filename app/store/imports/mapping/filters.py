"""The filters of mappings' templates, a row each, and the tests that `is` knows.

The table is all there is: Jinja2's own filters that are not here are refused, for many of them give `None` as a text.
docs/mapping-filters.md shows the rows; the examples are tests.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from app.errors import BadValue, shown_value
from app.store.imports.mapping.values import dates, eras, formats, lists, numbers, texts, urls
from app.store.imports.mapping.values.filter_row import Filter
from app.store.imports.mapping.values.patterns import compile_pattern
from app.store.imports.mapping.values.scalars import kind_of, text_of

_ROWS: Final = (
    Filter(
        "split", "text", texts.split,
        "The parts between separators, without blanks around them; empty parts are dropped. A separator in slashes "
        "is a pattern: `split('/[;,]/')`.",
        "{{ 'tax; jobs;' | split(';') }}", '["tax", "jobs"]',
    ),
    Filter(
        "strip", "text", texts.strip,
        "Without blanks at both ends, no-break and zero-width ones among them; with `characters`, without those.",
        "{{ '\u00a0Ann ' | strip }}", '"Ann"',
    ),
    Filter(
        "trim", "text", texts.strip, "The same as `strip`, by the name that Jinja2 has for it.",
        "{{ '*Ann*' | trim('*') }}", '"Ann"',
    ),
    Filter(
        "null", "any", texts.null,
        "Null for a value that is one of the words, blanks around it aside; without words, for an empty text and "
        "`nan`, `None`, `null`, `N/A`.",
        "{{ 'N/A' | null('', 'N/A') }}", "null",
    ),
    Filter(
        "default", "any", texts.default,
        "Another value in place of null, of a blank text and of an empty list.",
        "{{ none | default('unknown') }}", '"unknown"',
    ),
    Filter(
        "required", "any", texts.required,
        "The value; null, a blank text or an empty list is an error of the row, which says `why`.",
        "{{ 'Ann' | required('who said it?') }}", '"Ann"',
    ),
    Filter(
        "lookup", "text", lists.lookup,
        "The value of a key in a table of the mapping: exact keys first, then patterns in slashes in their order. An "
        "unknown key is an error, or with `default` that. An empty text that is no key is null.",
        "{{ 'Ind. (Maine)' | lookup('parties') }}", '"Independent"', surrounded=True,
    ),
    Filter(
        "date", "filled", dates.date,
        "EDTF from a date in one of the formats, with strptime's signs: `%Y %y %m %d %B %b %A %a`, and a time, which "
        "is left out. It is as precise as the format: `%B %Y` gives a month. A format without a year needs `year`; "
        "`%y` needs `pivot`, the first of its hundred years; `locale` is the language of names. Two formats that "
        "read a value differently are an error. Without formats, and by the format `iso`, EDTF stays and a date-time "
        "is its day.",
        "{{ 'December 2014' | date('%d %B %Y', '%B %Y') }}", '"2014-12"',
    ),
    Filter(
        "era", "filled", eras.era,
        "EDTF from a date in Japanese eras (from 1873), Minguo or Thai Buddhist years; an era's first and last years "
        "are the months that they had. `calendar` is `minguo` or `buddhist`, for years that name none.",
        "{{ '令和6年4月1日' | era }}", '"2024-04-01"',
    ),
    Filter(
        "epoch", "filled", formats.epoch,
        "The day in UTC of a time counted from 1970 in `s`, `ms`, `us` or `ns`; with `time=true`, the second.",
        "{{ 1388534400000 | epoch('ms') }}", '"2014-01-01"',
    ),
    Filter(
        "number", "filled", numbers.number,
        "The exact number. Its marks need not be stated where they are plain; `1.234` is an error without "
        "`decimal` or `group`. `symbol` may stand beside it and is left out (`'%'`, `'$'`); with `parentheses=true`, "
        "`(5)` is -5; with `scale=true`, `k`, `m`, `bn`, `Mio.`, `万` and the like count.",
        "{{ '1.234,50' | number(decimal=',') }}", "1234.50",
    ),
    Filter(
        "regex", "text", texts.regex,
        r"The first match of the pattern anywhere in the text (`^` and `$` bind it to the ends): its `group`, else its "
        r"first group, else all of it; null where there is none. With `replacement`, the text with that for every "
        r"match (`\1` is a group). A pattern that takes too long (over a second) is an error, "
        "as is one that its counts make huge (`a{20000000}`).",
        r"{{ 'No. 12 of 30' | regex('(\d+) of') }}", '"12"',
    ),
    Filter(
        "replace", "text", texts.replace, "The text with `new` wherever `old` stands.",
        "{{ 'A &amp; B' | replace('&amp;', '&') }}", '"A & B"',
    ),
    Filter(
        "title", "text", texts.title,
        "A capital for each word but particles (`of`, `von`, `de`); words with capitals inside (`McCain`, `EU`) and "
        "Roman numerals stay. In a text all in capitals acronyms cannot be told: `kept` are the words that stay as "
        "given.",
        "{{ 'MINISTER OF THE EU' | title('EU') }}", '"Minister of the EU"',
    ),
    Filter("lower", "text", texts.lower, "In small letters.", "{{ 'EU' | lower }}", '"eu"'),
    Filter("upper", "text", texts.upper, "In capitals.", "{{ 'eu' | upper }}", '"EU"'),
    Filter(
        "slug", "text", texts.slug, "Words in small letters without accents, with hyphens between, as for keys.",
        "{{ 'Angela Çelik, MdB' | slug }}", '"angela-celik-mdb"',
    ),
    Filter(
        "truncate", "text", texts.truncate,
        "Cut after a word so that it has at most `length` characters, `end` among them. Never for quotes: what is "
        "cut is no longer what was said.",
        "{{ 'One two three' | truncate(9) }}", '"One two…"',
    ),
    Filter(
        "url", "filled", urls.url,
        "The address, checked. `default` is the scheme of one without (`www.example.org`), `base` the address that "
        "others are relative to. Nothing else changes: no parameter is taken off.",
        "{{ '/a?b=1' | url(base='https://example.org/') }}", '"https://example.org/a?b=1"',
    ),
    Filter(
        "json", "filled", formats.json, "The value of a JSON text; numbers keep every digit.",
        """{{ '{"a": [1.10]}' | json }}""", '{"a": [1.10]}',
    ),
    Filter(
        "literal", "filled", formats.literal,
        "The value of a list or object as Python prints it; nothing is run, `nan` is null.",
        """{{ "['a', 'b', None]" | literal }}""", '["a", "b", null]',
    ),
    Filter(
        "join", "list", lists.join, "The elements as one text; empty ones are left out.",
        "{{ ['Ann', none, 'Bo'] | join(' and ') }}", '"Ann and Bo"',
    ),
    Filter("first", "list", lists.first, "The first element, or null.", "{{ ['a', 'b'] | first }}", '"a"'),
    Filter("last", "list", lists.last, "The last element, or null.", "{{ ['a', 'b'] | last }}", '"b"'),
    Filter(
        "length", "any", lists.length, "The number of elements, or of characters; 0 for null.",
        "{{ ['a', 'b'] | length }}", "2",
    ),
    Filter(
        "list", "any", lists.as_list, "A list as it is; any other value as a list of one, null as an empty one.",
        "{{ 'a' | list }}", '["a"]',
    ),
    Filter(
        "unique", "list", lists.unique, "Each element once, at its first place.",
        "{{ ['a', 'b', 'a'] | unique }}", '["a", "b"]',
    ),
    Filter(
        "sort", "list", lists.sort, "In order, or in that of a member: `sort('date')`; null comes last.",
        "{{ ['b', 'a'] | sort }}", '["a", "b"]',
    ),
    Filter(
        "map", "list", lists.map_each, "A filter on each element, or with `attribute` a member of each.",
        "{{ [{'n': 'a'}, {'n': 'b'}] | map(attribute='n') }}", '["a", "b"]', surrounded=True,
    ),
    Filter(
        "select", "list", lists.select, "The elements that a test holds for; without a test, those that are not empty.",
        "{{ ['Ann', '', 'Bo'] | select('matching', '^A') }}", '["Ann"]', surrounded=True,
    ),
    Filter(
        "reject", "list", lists.reject, "The elements that a test does not hold for; without a test, the empty ones.",
        "{{ ['Ann', 'Bo'] | reject('eq', 'Bo') }}", '["Ann"]', surrounded=True,
    ),
)  # fmt: skip
FILTERS: Final = {row.name: row for row in _ROWS}


def _matching(value: Any, pattern: str) -> bool:
    if not isinstance(pattern, str):
        raise BadValue(f"matching takes a pattern, which is a text, not {shown_value(pattern)}")
    return not isinstance(value, (list, dict)) and compile_pattern(pattern).search(text_of(value)) is not None


def _is_in(value: Any, values: Any) -> bool:
    """Whether a list has an element, a text a part, an object a member. Null has none of them, and is in no text."""
    if values is None or isinstance(values, list):
        return value in (values or ())
    if not isinstance(values, (str, dict)):
        raise BadValue(f"in looks into a list, a text or an object, not {kind_of(values)}: {shown_value(values)}")
    if value is None:
        return False
    if isinstance(values, str) and not isinstance(value, str):
        right = "x ~ '' makes a text of a number"
        raise BadValue(f"in looks for a text in a text, not for {kind_of(value)}: {shown_value(value)}; {right}")
    return text_of(value) in values


_COMPARING: Final = ("eq", "ne", "lt", "le", "gt", "ge")
TESTS: Final[dict[str, Callable[..., Any]]] = {
    **dict(
        zip(_COMPARING, (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge), strict=True)
    ),
    "in": _is_in,
    "defined": lambda value: value is not None,  # null and absent are the same
    "undefined": lambda value: value is None,
    "none": lambda value: value is None,
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, (int, Decimal)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "mapping": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "matching": _matching,
}
