"""Imports of the same claims in forms of our own and by mappings: what a mapping costs for each row."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench import data
from bench.engines import Bench
from bench.imports import import_file
from bench.measurements import Measurements, Tell

ROWS: Final = 20_000
WORDS: Final = "the a of minister said that we will build more houses roads schools and hire staff in every town"
PLAIN: Final = """\
claim:
  key: "bench/{{ id }}"
  speaker.name: "{{ who | strip }}"
  roles.0.title: "{{ job | null('N/A') }}"
  quote: "{{ words }}"
  said_on: "{{ day | date('%d.%m.%Y') }}"
  topics: "{{ about | split(',') }}"
  figures.0.metric: "{{ 'houses' if amount }}"
  figures.0.value: "{{ amount | number }}"
  figures.0.unit: "{{ 'count' if amount }}"
  source.title: "{{ paper }}"
  source.url: "{{ link }}"
"""
JOINED: Final = """\
records: data.items
joins:
  person: {file: people.csv, key: no, on: "{{ who }}"}
claim:
  key: "bench/{{ id }}"
  speaker.name: "{{ person.name }}"
  roles.0.title: "{{ person.job }}"
  quote: "{{ words }}"
  said_on: "{{ day | date('%d.%m.%Y') }}"
  topics: "{{ about }}"
  figures.0.metric: "{{ 'houses' if amount }}"
  figures.0.value: "{{ amount }}"
  figures.0.unit: "{{ 'count' if amount }}"
  source.title: "{{ from.paper }}"
  source.url: "{{ from.link }}"
"""


def measure(make: Callable[[str], Bench], log: Measurements, tell: Tell) -> None:
    """Import each form into an empty database of its own. make: gives one, by a name. Raises RuntimeError where an
    import fails.
    """
    folder = data.FOLDER / "mapped"
    folder.mkdir(parents=True, exist_ok=True)
    for form, (file, mapping) in written(folder).items():
        bench = make(f"mapped_{form.partition(' ')[0].lower()}")
        key = bench.key("mapped", form)
        if not log.known(key):
            bench.migrate()
            options = ("--mapping", str(mapping)) if mapping else ()
            costs = import_file(bench, file, tell, *options)
            log.put(key, rows=ROWS, each=1e6 * costs["cpu"] / ROWS, **costs)


def written(folder: Path) -> dict[str, tuple[Path, Path | None]]:
    """The files, each with its mapping, by what they are."""
    rows = list(_rows())
    _table(folder / "claims.csv", map(_native, rows))
    with (folder / "claims.ndjson").open("w") as out:
        out.writelines(json.dumps(_claim(row)) + "\n" for row in rows)
    _table(folder / "foreign.csv", ({**row, "about": ",".join(row["about"])} for row in rows))
    people = {row["who"]: {"no": n, "name": row["who"], "job": row["job"]} for n, row in enumerate(rows)}
    _table(folder / "people.csv", iter(people.values()))
    items = [
        {**{name: row[name] for name in ("id", "words", "day", "about", "amount")}, "who": people[row["who"]]["no"],
         "from": {"paper": row["paper"], "link": row["link"]}}
        for row in rows
    ]  # fmt: skip
    (folder / "foreign.json").write_text(json.dumps({"data": {"items": items}}))
    (folder / "plain.yaml").write_text(PLAIN)
    (folder / "joined.yaml").write_text(JOINED)
    return {
        "NDJSON of our own": (folder / "claims.ndjson", None),
        "CSV of our own": (folder / "claims.csv", None),
        "Table by a mapping": (folder / "foreign.csv", folder / "plain.yaml"),
        "Nested JSON by a mapping with a join": (folder / "foreign.json", folder / "joined.yaml"),
    }


def _rows() -> Iterator[dict[str, Any]]:
    chance, words = random.Random(1), WORDS.split()
    for n in range(ROWS):
        paper = f"Daily {chance.randrange(300)}"
        yield {
            "id": n,
            "who": f"Person Number{chance.randrange(2_000)}",
            "job": "minister",
            "words": " ".join(chance.choices(words, k=20)) + f" {n}",
            "day": f"{chance.randrange(1, 29):02}.{chance.randrange(1, 13):02}.{chance.randrange(1990, 2026)}",
            "about": ["housing", f"topic {chance.randrange(200)}"],
            "amount": chance.randrange(1, 100_000),
            "paper": paper,
            "link": f"https://papers.example/{paper.replace(' ', '-')}",
        }


def _claim(row: dict[str, Any]) -> dict[str, Any]:
    day, month, year = row["day"].split(".")
    return {
        "key": f"bench/{row['id']}",
        "speaker": {"name": row["who"]},
        "roles": [{"title": row["job"]}],
        "quote": row["words"],
        "said_on": f"{year}-{month}-{day}",
        "topics": row["about"],
        "figures": [{"metric": "houses", "value": row["amount"], "unit": "count"}],
        "source": {"title": row["paper"], "url": row["link"]},
    }


def _native(row: dict[str, Any]) -> dict[str, Any]:
    claim, (first, second) = _claim(row), row["about"]
    figure, source = claim["figures"][0], claim["source"]
    return {
        "key": claim["key"], "speaker.name": row["who"], "roles.0.title": row["job"], "quote": claim["quote"],
        "said_on": claim["said_on"], "topics.0": first, "topics.1": second, "figures.0.metric": figure["metric"],
        "figures.0.value": figure["value"], "figures.0.unit": figure["unit"], "source.title": source["title"],
        "source.url": source["url"],
    }  # fmt: skip


def _table(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
