"""The process that draws charts: reads specifications of Vega-Lite, and writes pictures.

By itself, with nothing of ours: the library holds the interpreter's lock for as long as it draws, some tenths of a
second in which no other thread answers anything. Nothing is read from the network.

Each request and each answer is a line with a word and a number of bytes, and these bytes: `svg 812`, `drawn 4021`,
`failed 60`.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

import vl_convert

VERSION = "6.4"  # of Vega-Lite
PIXELS = 2.0  # of a png for each pixel of the chart: screens are as dense


def draw(form: bytes, spec: str) -> bytes:
    """The picture of a chart."""
    if form == b"png":
        pixels: bytes = vl_convert.vegalite_to_png(spec, VERSION, scale=PIXELS, allowed_base_urls=[])
        return pixels
    config = {"aria": False}  # a label for each mark would be half of the file; the whole has one
    picture: str = vl_convert.vegalite_to_svg(spec, VERSION, config=config, allowed_base_urls=[])
    return picture.encode()


def answer(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while line := requests.readline():
        form, size = line.split()
        try:
            word, body = b"drawn", draw(form, requests.read(int(size)).decode())
        except Exception as error:  # told to the one who asks
            word, body = b"failed", str(error).encode()
        answers.write(b"%b %d\n%b" % (word, len(body), body))
        answers.flush()


if __name__ == "__main__":
    answer(sys.stdin.buffer, sys.stdout.buffer)
