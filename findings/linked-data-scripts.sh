#!/usr/bin/env bash
# Scripts of JSON-LD in web pages: which of them extruct finds, and what of them it keeps.
#
# Guess, written down first: a script is one of JSON-LD by its media type, of which case does not matter and which may have
# parameters (RFC 2045, 5.1); what is no JSON is an error, and what is comes out as it is there.
#
# Seen with extruct 0.18.0 (Python 3.11):
#   Only type="application/ld+json" to the letter is found. With a charset, in capitals, or with a blank before it, a page
#   has no linked data, without an error or a line in the log.
#   A key that stands twice keeps its second value without a word, also where commas behind the last element and comments
#   are cleared away for it. NaN is taken. Numbers are doubles: 4.10 is 4.1, and of 22 digits 17 are left.
#   A script inside of <!-- --> or of //<![CDATA[ is an error; one inside of /*<![CDATA[*/ is read.
# So an import that asks it tells "nothing there" of pages that have fact checks, and may store one of two addresses.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check extruct==0.18.0
"$folder/venv/bin/python" - <<'PYTHON'
from extruct.jsonld import JsonLdExtractor


def read(script, media="application/ld+json"):
    try:
        return JsonLdExtractor().extract(f'<html><body><script type="{media}">{script}</script></body></html>')
    except ValueError as error:
        return type(error).__name__


seen = {
    "charset": read('{"a": 1}', "application/ld+json; charset=utf-8"),
    "capitals": read('{"a": 1}', "application/LD+JSON"),
    "blank": read('{"a": 1}', " application/ld+json"),
    "twice": read('{"url": "https://a.example/1", "url": "https://a.example/2",}'),
    "digits": repr(read('{"a": 4.10, "b": 0.1234567890123456789012}')),
    "NaN": repr(read('{"a": NaN}')),
    "comment": read('<!--\n{"a": 1}\n-->'),
    "CDATA": read('//<![CDATA[\n{"a": 1}\n//]]>'),
    "CDATA in comments": read('/*<![CDATA[*/{"a": 1}/*]]>*/'),
}
expected = {
    "charset": [],
    "capitals": [],
    "blank": [],
    "twice": [{"url": "https://a.example/2"}],
    "digits": "[{'a': 4.1, 'b': 0.12345678901234568}]",
    "NaN": "[{'a': nan}]",
    "comment": "JSONDecodeError",
    "CDATA": "JSONDecodeError",
    "CDATA in comments": [{"a": 1}],
}
for name, value in seen.items():
    print(f"{name}: {value}")
raise SystemExit(seen != expected)
PYTHON
