"""What the index must reach, and whether what was measured reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median, quantiles
from typing import ClassVar

from bench import lines
from bench.builds import TODAY
from bench.measurements import Measurements, Values

FEW = 40  # claims on a page that holds few
SMALL, LARGE = "100000", "1000000"


class Targets:
    """The targets as one engine reaches them."""

    ROWS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("import, claims/s, times the earlier build's", "≥ 2.5; PostgreSQL ≥ 3.5"),
        ("CPU under the writer lock, µs a claim", "≤ 350"),
        ("import of a million, share of the rate at 100,000", "≥ 0.7"),
        ("bytes on disk a claim, times the earlier build's", "≤ 0.5"),
        ("pages, median share of memory", "≥ 0.45; PostgreSQL ≥ 0.22"),
        ("pages, nine in ten above", "≥ 0.25; PostgreSQL –"),
        ("99th percentile of each at a million, ms", "< 15; PostgreSQL < 40"),
        ("past, page 10,000, exact count, times the newest first page", "≤ 2"),
        ("single write while segments merge, p99 ms", "< 250"),
        ("under load, pages refused", "0"),
        ("under load, `/healthz` p99 ms", "< 300"),
        ("under load, memory in the last third, times that in the first", "< 1.1"),
        ("times PostgREST, median", "PostgreSQL ≥ 3.5"),
        ("times PostgREST, pages of few claims", "PostgreSQL ≥ 1.5"),
        ("lines of the read path, share of its predecessor's", "≤ 0.67"),
    )

    def __init__(self, log: Measurements, engine: str) -> None:
        self.log, self.engine = log, engine
        self.is_postgresql = engine == "postgresql"

    def told(self, what: str) -> str:
        """What was measured of a target, by number of claims, and whether it is missed."""
        n = [name for name, _ in self.ROWS].index(what)
        cells = list(self._METHODS[n](self))
        return "; ".join(f"{at}{value:.3g}{'' if good else ' **missed**'}" for at, value, good in cells) or "–"

    def _sizes(self, topic: str) -> list[str]:
        found = {key[0] for key in self.log.under(topic) if key[1:3] == (self.engine, TODAY.name)}
        return sorted(found, key=int)

    def _of(self, topic: str, claims: str, build: str = TODAY.name) -> list[tuple[str, Values]]:
        found = self.log.under(topic, claims, self.engine, build)
        return [(name, values) for (name,), values in found.items() if "why" not in values]

    def _imports(self, claims: str) -> Iterator[tuple[Values, Values]]:
        """This build's import beside each earlier one's."""
        mine = self._of("import", claims)[0][1]
        builds = {build for engine, build, _ in self.log.under("import", claims) if engine == self.engine}
        for build in sorted(builds - {TODAY.name}):
            yield mine, self._of("import", claims, build)[0][1]

    def _rate(self) -> Iterator[tuple[str, float, bool]]:
        for claims in self._sizes("import"):
            for mine, other in self._imports(claims):
                ratio = other["seconds"] / mine["seconds"]
                yield _at(claims), ratio, ratio >= (3.5 if self.is_postgresql else 2.5)

    def _locked(self) -> Iterator[tuple[str, float, bool]]:
        for claims in self._sizes("import"):
            micro = self._of("import", claims)[0][1]["locked_cpu"] * 1_000_000 / int(claims)
            yield _at(claims), micro, micro <= 350

    def _large(self) -> Iterator[tuple[str, float, bool]]:
        if {SMALL, LARGE} <= set(self._sizes("import")):
            small, large = (int(one) / self._of("import", one)[0][1]["seconds"] for one in (SMALL, LARGE))
            yield "", large / small, large / small >= 0.7

    def _bytes(self) -> Iterator[tuple[str, float, bool]]:
        for claims in self._sizes("import"):
            for mine, other in self._imports(claims):
                yield _at(claims), mine["size"] / other["size"], mine["size"] <= 0.5 * other["size"]

    def _shares(self) -> Iterator[tuple[str, list[float]]]:
        for claims in self._sizes("pages"):
            yield _at(claims), sorted(values["share"] for _, values in self._of("pages", claims))

    def _median(self) -> Iterator[tuple[str, float, bool]]:
        for at, shares in self._shares():
            yield at, median(shares), median(shares) >= (0.22 if self.is_postgresql else 0.45)

    def _nine_in_ten(self) -> Iterator[tuple[str, float, bool]]:
        for at, shares in self._shares():
            tenth = quantiles(shares, n=10)[0] if len(shares) > 1 else shares[0]
            yield at, tenth, self.is_postgresql or tenth >= 0.25

    def _p99(self) -> Iterator[tuple[str, float, bool]]:
        for claims in self._sizes("pages"):
            worst = max(values["p99"] for _, values in self._of("pages", claims))
            yield _at(claims), worst, worst < (40 if self.is_postgresql else 15)

    def _moments(self) -> Iterator[tuple[str, float, bool]]:
        for claims in self._sizes("moments"):
            worst = max(values["ratio"] for _, values in self._of("moments", claims))
            yield _at(claims), worst, worst <= 2

    def _writes(self) -> Iterator[tuple[str, float, bool]]:
        for claims in self._sizes("writes"):
            p99 = self._of("writes", claims)[0][1]["p99"]
            yield _at(claims), p99, p99 < 250

    def _loads(self) -> Iterator[tuple[str, Values]]:
        for claims in self._sizes("load"):
            for connections, values in self._of("load", claims):
                yield f"{_at(claims)}{connections} connections ", values

    def _refused(self) -> Iterator[tuple[str, float, bool]]:
        for at, values in self._loads():
            refused = sum(values["refused"].values())
            yield at, refused, not refused

    def _health(self) -> Iterator[tuple[str, float, bool]]:
        for at, values in self._loads():
            yield at, values["health"], values["health"] < 300

    def _memory(self) -> Iterator[tuple[str, float, bool]]:
        for at, values in self._loads():
            _, first, *_, last = values["memory"]
            yield at, last / first, last < 1.1 * first

    def _postgrest(self, *, few: bool) -> Iterator[tuple[str, float, bool]]:
        for claims in self._sizes("postgrest"):
            found = [values for _, values in self._of("postgrest", claims)]
            ratios = [one["ratio"] for one in found if not few or one["claims"] < FEW]
            if ratios:
                value = min(ratios) if few else median(ratios)
                yield _at(claims), value, value >= (1.5 if few else 3.5)

    def _lines(self) -> Iterator[tuple[str, float, bool]]:
        if not self.is_postgresql and (share := lines.share()):
            yield "", share, share <= 2 / 3

    _METHODS = (
        _rate, _locked, _large, _bytes, _median, _nine_in_ten, _p99, _moments, _writes, _refused, _health, _memory,
        lambda self: self._postgrest(few=False), lambda self: self._postgrest(few=True), _lines,
    )  # fmt: skip


def _at(claims: str) -> str:
    return f"{int(claims):,}: "
