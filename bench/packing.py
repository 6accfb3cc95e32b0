"""The size of stored documents, and what reading them costs: as they are, and packed with a trained dictionary.

    .venv/bin/pip install zstandard
    .venv/bin/python -m bench.packing var/onrecord.db

Reads the claims of an SQLite database, trains a dictionary on half of them and packs the other half.
"""

from __future__ import annotations

import importlib
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

PAGE = 50
LEVEL = 3
DICTIONARY = 112_640  # bytes, as the command line of zstd makes them


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(file: Path) -> None:
    """Print bytes a document, and microseconds a document for packing, unpacking, and for pages from the file."""
    try:
        zstd = importlib.import_module("zstandard")
    except ImportError:
        raise click.ClickException("zstandard is not installed: .venv/bin/pip install zstandard") from None
    chance = random.Random(1)
    with closing(sqlite3.connect(file)) as connection:
        rows: list[tuple[int, bytes]] = [
            (number, text.encode()) for number, text in connection.execute("SELECT number, doc FROM documents")
        ]
        chance.shuffle(rows)
        half = len(rows) // 2
        trained = zstd.train_dictionary(DICTIONARY, [text for _, text in rows[:half]])
        pack, unpack = zstd.ZstdCompressor(level=LEVEL, dict_data=trained), zstd.ZstdDecompressor(dict_data=trained)
        texts = [text for _, text in rows[half:]]
        packed = [pack.compress(text) for text in texts]
        _say("bytes", sum(map(len, texts)) / len(texts), sum(map(len, packed)) / len(texts))
        _say("µs to pack", 0.0, _microseconds(lambda: [pack.compress(text) for text in texts], len(texts)))
        connection.execute("CREATE TEMP TABLE packed (number INTEGER PRIMARY KEY, doc BLOB NOT NULL)")
        connection.executemany(
            "INSERT INTO packed VALUES (?, ?)", ((number, pack.compress(text)) for number, text in rows)
        )
        pages = [[number for number, _ in chance.sample(rows, PAGE)] for _ in range(200)]

        def read(table: str) -> list[list[bytes]]:
            statement = f"SELECT CAST(doc AS BLOB) FROM {table} WHERE number IN ({','.join('?' * PAGE)})"  # noqa: S608  # our own names
            return [[doc for (doc,) in connection.execute(statement, page)] for page in pages]

        plain = _microseconds(lambda: [b",".join(docs) for docs in read("documents")], len(pages))
        _say(
            f"µs to read a page of {PAGE}",
            plain,
            _microseconds(lambda: [b",".join(map(unpack.decompress, docs)) for docs in read("packed")], len(pages)),
        )


def _microseconds(work: Callable[[], object], times: int) -> float:
    """Processor time for each of so many, the best of five rounds."""
    rounds: list[float] = []
    for _ in range(5):
        started = time.process_time()
        work()
        rounds.append((time.process_time() - started) / times * 1e6)
    return min(rounds)


def _say(name: str, plain: float, packed: float) -> None:
    click.echo(f"{name:24} plain {plain:8.1f}   packed {packed:8.1f}")


if __name__ == "__main__":
    main()
