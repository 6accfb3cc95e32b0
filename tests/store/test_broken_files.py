"""Files that are broken at random: an import that keeps going loses nothing of them, and takes nothing for another."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.database.engine import Database
from app.store.imports.mapping.mapping_file import read_mapping
from tests.asked import cases
from tests.importing import import_paths
from tests.store.stored import everything, rows

Record = dict[str, str]  # key, who, words, day, title

MAPPING = """\
delimiter: ";"
claim:
  key: "{{ key }}"
  speaker.name: "{{ who }}"
  quote: "{{ words }}"
  said_on: "{{ day }}"
  source.title: "{{ title }}"
"""
COLUMNS = {"key": "key", "who": "speaker.name", "words": "quote", "day": "said_on", "title": "source.title"}
TOKENS = (
    b'"',
    b"\n",
    b",",
    b";",
    b"{",
    b"}",
    b"[",
    b":",
    b"\\",
    b"\0",
    b"\xff",
    b"\xc3",
    b"'",
    b"#",
    b" ",
    b"\t",
    b"-",
)

_numbers = itertools.count(1)


def _claim(record: Record) -> dict[str, Any]:
    said = {"key": record["key"], "quote": record["words"], "said_on": record["day"]}
    return said | {"speaker": {"name": record["who"]}, "source": {"title": record["title"]}}


def _table(records: list[Record], names: list[str], delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([names, *(record.values() for record in records)])
    return out.getvalue().encode()


def _yaml(records: list[Record]) -> bytes:
    return b"claims:\n" + b"".join(f"- {json.dumps(_claim(one))}\n".encode() for one in records)


# By the end of a file's name: how it is written, and whether each record is a line by itself there
FORMS: dict[str, tuple[Callable[[list[Record]], bytes], bool]] = {
    ".csv": (lambda records: _table(records, list(COLUMNS.values()), ","), True),
    ".ndjson": (lambda records: b"".join(f"{json.dumps(_claim(one))}\n".encode() for one in records), True),
    ".yaml": (_yaml, False),
    ".json": (lambda records: json.dumps({"claims": list(map(_claim, records))}, indent=0).encode(), False),
    ".mapped.csv": (lambda records: _table(records, list(COLUMNS), ";"), True),
}


@dataclass
class Broken:
    """A file that is broken. data: its bytes; untouched: the keys of records whose line is there as it was."""

    name: str
    records: list[Record]
    data: bytes
    untouched: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Damage:
    """Bytes that are dropped at a place, which is a share of the file, and others that are put there."""

    place: float
    dropped: int
    put: bytes

    def of(self, data: bytes) -> bytes:
        """The bytes with this damage."""
        at = int(self.place * len(data))
        return data[:at] + self.put + data[at + self.dropped :]


DAMAGE = st.builds(Damage, st.floats(0, 1), st.sampled_from([0, 0, 1, 5, 1_000_000]), st.sampled_from([b"", *TOKENS]))
WORDS = st.sampled_from(["we will win", 'he said "no", twice', "one; two", "naïve words", "two\nlines"])


def break_up(ending: str, words: list[str], damage: list[Damage]) -> Broken:
    """A file of claims with these words, damaged; no other has their keys and names."""
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{next(_numbers):06}")
    records = [
        {
            "key": f"{letters}-{n}",
            "who": f"Ann {letters} {n}",
            "words": f"{said} {letters}{n}x",
            "day": f"2024-0{n + 1}",
        }
        | {"title": f"Report {letters} {n}"}
        for n, said in enumerate(words)
    ]
    write, is_by_line = FORMS[ending]
    data = reduce(lambda data, one: one.of(data), damage, write(records))
    found = Broken(f"{letters}{ending}", records, data)
    for record in records if is_by_line else ():
        line = write([record]).removeprefix(write([]))
        found.untouched |= {record["key"]} if b"\n" + line in b"\n" + data else set()
    return found


def stored(database: Database) -> dict[str, Record]:
    """The claims by their keys, as records."""
    found = rows(
        database,
        "SELECT k.key, d.doc FROM record_keys k JOIN claims c ON c.id = k.id JOIN documents d ON d.number = c.number"
        " WHERE k.type = 'clm' AND c.until IS NULL",
    )
    return {key: _as_record(json.loads(doc)) for key, doc in found}


def _as_record(doc: dict[str, Any]) -> Record:
    said = {"key": doc["key"], "who": (doc["speaker"] or {}).get("name"), "words": doc["quote"]}
    return said | {"day": (doc["said_on"] or {}).get("edtf"), "title": doc["citations"][0]["source"]["title"]}


def names(database: Database) -> set[tuple[str, str]]:
    """The speakers and sources, by their names."""
    speakers = rows(database, "SELECT doc FROM speakers WHERE until IS NULL")
    sources = rows(database, "SELECT doc FROM sources WHERE until IS NULL")
    named = {("speaker", json.loads(doc)["name"]) for (doc,) in speakers}
    return named | {("source", json.loads(doc)["title"]) for (doc,) in sources}


def check(database: Database, folder: Path, file: Broken) -> None:
    """Import a file, all or nothing and keeping on, and look at what is stored and told."""
    path = folder / file.name
    path.write_bytes(file.data)
    (folder / "mapping.yaml").write_text(MAPPING)

    def imported(**options: Any) -> Any:
        mapping = read_mapping(folder / "mapping.yaml") if ".mapped" in file.name else None
        report = import_paths(database, [path], mapping=mapping, processes=1, **options)
        counts = report.counts
        assert counts["read"] == sum(number for what, number in counts.items() if what != "read")
        return report

    before = everything(database)
    planned = imported(dry_run=True)
    assert everything(database) == before
    if planned.faults:
        assert imported().is_refused
        assert everything(database) == before
    assert not list(folder.glob("*.rejected.*"))
    report = imported(keep_going=True)
    letters = file.records[0]["key"].partition("-")[0]
    every, right = stored(database), {record["key"]: record for record in file.records}
    found = {key: one for key, one in every.items() if key.startswith(letters)}
    assert bool(report.faults) == bool(planned.faults)
    assert all(found[key] == right[key] for key in found.keys() & file.untouched)
    # A damaged key is another one, and its claim is stored.
    shown = {("speaker", one["who"]) for one in every.values()} | {("source", one["title"]) for one in every.values()}
    own = {name for name in names(database) if letters in name[1]}
    assert own <= shown
    written = "".join(one.read_text() for one in folder.glob("*.rejected.*"))
    assert bool(written) == bool(report.counts["rejected"]) or not report.counts["read"]
    is_whole = report.counts["read"] > 0 or not file.data.strip()
    lost = [key for key in file.untouched - found.keys() if f"{letters}{key[-1]}x" not in written]
    assert not lost or not is_whole, report.faults[:3]


@pytest.mark.parametrize("ending", FORMS)
def test_of_a_broken_file_what_is_right_is_stored_and_the_rest_is_told(
    database: Database, tmp_path_factory: pytest.TempPathFactory, ending: str
) -> None:
    @cases(5)
    @given(st.lists(WORDS, min_size=2, max_size=6), st.lists(DAMAGE, min_size=1, max_size=2))
    def tried(words: list[str], damage: list[Damage]) -> None:
        check(database, tmp_path_factory.mktemp("broken"), break_up(ending, words, damage))

    tried()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_of_a_broken_archive_nothing_is_taken_for_what_it_is_not(
    database: Database, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    letters = "zipped" if pack is gzip.compress else "bzipped"
    records = break_up(".csv", ["words"] * 6, []).records * 50
    records = [one | {"key": f"{letters}-{n:03}", "words": f"{one['words']}{n * n}"} for n, one in enumerate(records)]
    packed = bytearray(pack(_table(records, list(COLUMNS.values()), ",")))
    packed[-6] ^= 1  # of the check sum or the size, behind all rows
    path = tmp_path / f"a.csv.{'gz' if pack is gzip.compress else 'bz2'}"
    path.write_bytes(packed)
    report = import_paths(database, [path], keep_going=True)
    assert report.counts["rejected"] == report.counts["read"]
    assert not any(key.startswith(letters) for key in stored(database))
    assert report.faults
