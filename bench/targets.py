"""Targets of the index, and whether the measurements reach them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median, quantiles

from bench import lines
from bench.builds import AGAINST, TODAY
from bench.measurements import Measurements, Values
from bench.tables import shown

FEW = 40  # claims on a page that holds few
SMALL, LARGE = "100000", "1000000"

Cells = Iterator[tuple[str, float, bool]]  # where, what was measured, whether it is good


class Targets:
    """The targets as one engine reaches them."""

    def __init__(self, log: Measurements, engine: str) -> None:
        self.log, self.engine = log, engine
        self.is_postgresql = engine == "postgresql"

    def told(self, what: str) -> str:
        """The measurements of a target, by number of claims, and whether it is missed."""
        cells = list(TARGETS[what][1](self))
        return "; ".join(f"{at}{shown(value)}{'' if good else ' **missed**'}" for at, value, good in cells) or "–"

    def _sizes(self, topic: str) -> list[str]:
        found = {key[0] for key in self.log.under(topic) if key[1:3] == (self.engine, TODAY.name)}
        return sorted((claims for claims in found if int(claims) <= int(LARGE)), key=int)

    def _of(self, topic: str, claims: str, build: str = TODAY.name) -> list[tuple[str, Values]]:
        found = self.log.under(topic, claims, self.engine, build)
        return [(name, values) for (name,), values in found.items() if "why" not in values]

    def _imports(self, claims: str) -> Iterator[tuple[Values, Values]]:
        """This build's import beside the earlier one's."""
        mine = self._of("import", claims)[0][1]
        if other := self._of("import", claims, AGAINST):
            yield mine, other[0][1]

    def _rate(self) -> Cells:
        for claims in self._sizes("import"):
            for mine, other in self._imports(claims):
                ratio = other["seconds"] / mine["seconds"]
                yield _at(claims), ratio, ratio >= (3.5 if self.is_postgresql else 2.5)

    def _locked(self) -> Cells:
        for claims in self._sizes("import"):
            micro = self._of("import", claims)[0][1]["locked_cpu"] * 1_000_000 / int(claims)
            yield _at(claims), micro, micro <= 350

    def _large(self) -> Cells:
        if {SMALL, LARGE} <= set(self._sizes("import")):
            small, large = (int(one) / self._of("import", one)[0][1]["seconds"] for one in (SMALL, LARGE))
            yield "", large / small, large / small >= 0.7

    def _bytes(self) -> Cells:
        for claims in self._sizes("import"):
            for mine, other in self._imports(claims):
                yield _at(claims), mine["size"] / other["size"], mine["size"] <= 0.5 * other["size"]

    def _shares(self) -> Iterator[tuple[str, list[float]]]:
        for claims in self._sizes("pages"):
            yield _at(claims), sorted(values["share"] for _, values in self._of("pages", claims))

    def _median(self) -> Cells:
        for at, shares in self._shares():
            yield at, median(shares), median(shares) >= (0.22 if self.is_postgresql else 0.45)

    def _plain(self) -> Cells:
        for claims in self._sizes("pages"):
            share = median(values["plain_share"] for _, values in self._of("pages", claims))
            yield _at(claims), share, share >= (0.22 if self.is_postgresql else 0.45)

    def _nine_in_ten(self) -> Cells:
        for at, shares in self._shares():
            tenth = quantiles(shares, n=10, method="inclusive")[0] if len(shares) > 1 else shares[0]
            yield at, tenth, self.is_postgresql or tenth >= 0.25

    def _p99(self) -> Cells:
        for claims in self._sizes("pages"):
            worst = max(values["p99"] for _, values in self._of("pages", claims))
            yield _at(claims), worst, worst < (40 if self.is_postgresql else 15)

    def _moments(self) -> Cells:
        for claims in self._sizes("moments"):
            worst = max(values["ratio"] for _, values in self._of("moments", claims))
            yield _at(claims), worst, worst <= 2

    def _writes(self) -> Cells:
        for claims in self._sizes("writes"):
            p99 = self._of("writes", claims)[0][1]["p99"]
            yield _at(claims), p99, p99 < 250

    def _one_write(self, name: str, limit: float) -> Cells:
        for claims in self._sizes("one write"):
            value = self._of("one write", claims)[0][1][name]
            yield _at(claims), value, value <= limit if name == "ratio" else value >= limit

    def _loads(self) -> Iterator[tuple[str, Values]]:
        for claims in self._sizes("load"):
            for connections, values in self._of("load", claims):
                yield f"{_at(claims)}{connections} connections ", values

    def _refused(self) -> Cells:
        for at, values in self._loads():
            refused = sum(values["refused"].values())
            yield at, refused, not refused

    def _health(self) -> Cells:
        for at, values in self._loads():
            yield at, values["health"], values["health"] < 300

    def _memory(self) -> Cells:
        for at, values in self._loads():
            levels = values["memory"][1:] or values["memory"]  # the first is before the load
            yield at, levels[-1] / levels[0], levels[-1] < 1.1 * levels[0]

    def _postgrest(self, *, few: bool) -> Cells:
        for claims in self._sizes("postgrest"):
            found = [values for _, values in self._of("postgrest", claims)]
            ratios = [one["ratio"] for one in found if not few or one["claims"] < FEW]
            if ratios:
                value = min(ratios) if few else median(ratios)
                yield _at(claims), value, value >= (1.5 if few else 3.5)

    def _aggregates(self) -> Cells:
        for claims in self._sizes("aggregates"):
            slowest = max(values["ours"] for _, values in self._of("aggregates", claims))
            yield _at(claims), slowest, slowest < 30

    def _many(self, name: str, limit: float) -> Cells:
        if not self.is_postgresql:
            for (claims,), values in self.log.under("ten million").items():
                yield _at(claims), values[name], values[name] < limit

    def _lines(self) -> Cells:
        if not self.is_postgresql and (share := lines.share()):
            yield "", share, share <= 2 / 3


def _at(claims: str) -> str:
    return f"{int(claims):,}: "


TARGETS: dict[str, tuple[str, Callable[[Targets], Cells]]] = {
    "import, claims/s, times the earlier build's": ("≥ 2.5; PostgreSQL ≥ 3.5", Targets._rate),
    "CPU under the writer lock, µs a claim": ("≤ 350", Targets._locked),
    "import of a million, share of the rate at 100,000": ("≥ 0.7", Targets._large),
    "bytes on disk a claim, times the earlier build's": ("≤ 0.5", Targets._bytes),
    "pages, median share of memory": ("≥ 0.45; PostgreSQL ≥ 0.22", Targets._median),
    "the same, where plain uvicorn serves the memory": ("≥ 0.45; PostgreSQL ≥ 0.22", Targets._plain),
    "pages, nine in ten above": ("≥ 0.25; PostgreSQL –", Targets._nine_in_ten),
    "99th percentile of each at a million, ms": ("< 15; PostgreSQL < 40", Targets._p99),
    "past, page 10,000, exact count, times the newest first page": ("≤ 2", Targets._moments),
    "single write while segments merge, p99 ms": ("< 250", Targets._writes),
    "one claim over HTTP, times the import of a file of one": ("≤ 1.3", lambda one: one._one_write("ratio", 1.3)),
    "one claim over HTTP, share of a bare sqlite3 commit's rate": ("≥ 0.5", lambda one: one._one_write("share", 0.5)),
    "under load, pages refused": ("0", Targets._refused),
    "under load, `/healthz` p99 ms": ("< 300", Targets._health),
    "under load, memory in the last third, times that in the first": ("< 1.1", Targets._memory),
    "aggregate by speaker or year, ms": ("SQLite < 30 at a million", Targets._aggregates),
    "times PostgREST, median": ("PostgreSQL ≥ 3.5", lambda one: one._postgrest(few=False)),
    "times PostgREST, pages of few claims": ("PostgreSQL ≥ 1.5", lambda one: one._postgrest(few=True)),
    "ten million claims: 99th percentile of each, ms": ("SQLite < 50", lambda one: one._many("p99", 50)),
    "ten million claims: a worker, MB resident": ("SQLite < 1,500", lambda one: one._many("memory", 1_500)),
    "ten million claims: first answer, s": ("SQLite < 3", lambda one: one._many("first", 3)),
    "lines of the read path, share of its predecessor's": ("≤ 0.67", Targets._lines),
}
