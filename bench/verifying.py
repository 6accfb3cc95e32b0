"""An import of quotes of one long text, and `onrecord verify` of them: every kind of quote that bench/quotes.py has."""

from __future__ import annotations

import json
import random
import subprocess
import time
from typing import Final

from bench import data
from bench.engines import Bench
from bench.imports import import_file
from bench.measurements import Tell, Values
from bench.quotes import cut, kinds, written

QUOTES: Final = 10_000
CHARACTERS: Final = 5_000_000


def measure(bench: Bench, tell: Tell) -> Values:
    """Seconds and seconds of a processor of both, on an empty database. Raises RuntimeError where one fails."""
    bench.migrate()
    chance = random.Random(1)
    text = written(chance, CHARACTERS)
    each = kinds([cut(chance, text) for _ in range(QUOTES)])
    quotes = (each[kind][n] for n, kind in zip(range(QUOTES), list(each) * QUOTES, strict=False))
    claims = [{"key": f"q{n}", "quote": quote} for n, quote in enumerate(quotes)]
    (data.FOLDER / "quoted.txt").write_text(text)
    file = data.FOLDER / "quotes.json"
    file.write_text(json.dumps({"source": {"key": "s", "title": "S", "text_file": "quoted.txt"}, "claims": claims}))
    imported = import_file(bench, file, tell)
    began = time.perf_counter()
    with bench.build.start(bench.url, "verify", "--json", stdout=subprocess.PIPE) as process:
        said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{bench.title}: `onrecord verify` failed")
    took = {"import": imported["seconds"], "cpu": imported["cpu"], "verify": time.perf_counter() - began}
    return {"quotes": QUOTES, "characters": CHARACTERS, "found": json.loads(said)["citations"], **took}
