#!/usr/bin/env bash
# The text of an item's property in a web page: as the microdata of HTML defines it, and as two libraries give it.
#
# Guess, written down first: both give the element's textContent, as HTML has it for elements without a value of their
# own; blanks may be joined, but no word, number or blank is there that the page does not show.
#
# Seen with extruct 0.18.0 and microdata 0.8.0 (Python 3.11):
#   extruct puts a blank on both sides of every element inside of the text. U<b>S</b>A is three words (U S A), H<sub>2</sub>O
#   is H 2 O, and 10<sup>2</sup> is 10 2. A word that a page emphasizes in part is found by no search.
#   <data> without a value is "".
#   microdata gives textContent: USA and H2O are right, 10<sup>2</sup> is 102, and words at two sides of a <br> are one.
# So neither may be asked for words or figures to quote: blocks end words, inline elements do not, raised digits are ².
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check extruct==0.18.0 microdata==0.8.0
"$folder/venv/bin/python" - <<'PYTHON'
import microdata
from extruct.w3cmicrodata import MicrodataExtractor

PAGE = """<html><body><div itemscope itemtype="https://schema.org/ClaimReview">
<p itemprop="word">U<b>S</b>A</p><p itemprop="formula">H<sub>2</sub>O</p><p itemprop="number">10<sup>2</sup></p>
<p itemprop="lines">holds<br>today</p><data itemprop="data">5</data>
</div></body></html>"""
NAMES = ("word", "formula", "number", "lines", "data")
(item,) = MicrodataExtractor().extract(PAGE)
(other,) = microdata.get_items(PAGE)
seen = {
    "extruct": [item["properties"][name] for name in NAMES],
    "microdata": [other.get(name) for name in NAMES],
}
expected = {
    "extruct": ["U S A", "H 2 O", "10 2", "holds\ntoday", ""],
    "microdata": ["USA", "H2O", "102", "holdstoday", "5"],
}
for name, values in seen.items():
    print(f"{name}: {dict(zip(NAMES, values))}")
raise SystemExit(seen != expected)
PYTHON
