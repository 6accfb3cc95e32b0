"""Single writes, each a revision: so many that segments of the index are merged meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from app.demo.generated_claims import Generator, as_line
from bench import data
from bench.data import SEED
from bench.engines import Bench
from bench.load import Load
from bench.measurements import Measurements, Tell

WRITES = 10_000
EVERY = 4  # of so many writes, one is an edit


def measure(bench: Bench, share: float, log: Measurements, tell: Tell) -> None:
    """Write to a database that nobody needs afterwards. share: of the writes, for a quick run."""
    number = max(1, int(WRITES * share))
    rows, times = data.FOLDER / "writes.ndjson", data.FOLDER / "times.json"
    rows.write_bytes(b"".join(claims_to_write(bench.claims, number)))
    tell(f"{bench.title}: writing {number:,} claims one by one")
    if bench.build.inside(bench.url, "writing", str(times), str(rows)).wait():
        raise RuntimeError(f"{bench.title}: the claims were not written")
    load = Load(1.0, msgspec.json.decode(times.read_bytes()), 0.0)
    p50, p99, most = map(load.percentile, (0.5, 0.99, 1.0))
    log.put(bench.key("writes"), writes=len(load.times), p50=p50, p99=p99, most=most)
    tell(f"{bench.title}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, the longest {most:.1f} ms")


def claims_to_write(claims: int, number: int) -> Sequence[bytes]:
    """Claims that come after the first ones, and now and then one of these, each with a source of its own: those of
    generated claims are told once for several.
    """
    generator = Generator(SEED)
    some = (n * 7919 % claims if n % EVERY == 0 else claims + n for n in range(number))
    return [as_line(generator.claim(n) | _own_source(n)) for n in some]


def _own_source(n: int) -> dict[str, Any]:
    source = {"key": f"written/{n}", "title": f"Written by itself: {n}", "publisher": "Lanenich Herald"}
    return {"citations": [{"source": source}], "relations": []}
