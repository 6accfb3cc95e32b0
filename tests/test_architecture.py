"""The floors of the code: imports go downwards only. And its words: sentences begin with their subject."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"

# Each room, and the rooms of ours that it may import from.
MAY_IMPORT = {
    "errors": set[str](),
    "settings": {"errors"},
    "domain": {"errors"},
    "store": {"errors", "domain"},
    "api": {"errors", "domain", "store"},
    "server": {"errors", "settings", "api"},
    "demo": {"errors", "domain"},
    "cli": {"errors", "settings", "domain", "store", "api", "demo", "main", "server"},
    "main": {"errors", "settings", "domain", "store", "api"},
}
# The rooms of a floor, from left to right: each imports only from itself and from those before it.
IN_TURN = {
    "domain": ("text", "dates", "quantities", "record", "query", "charts"),
    "store": ("database", "access", "records", "history", "index", "search", "write", "imports", "upgrade"),
}
FOREIGN = {  # rooms that may not know these libraries
    "domain": {"sqlalchemy", "fastapi", "starlette", "alembic", "psycopg", "sqlite3", "click", "uvicorn"},
    "store": {"fastapi", "starlette", "click", "uvicorn"},
    "api": {"sqlalchemy", "alembic", "psycopg", "sqlite3", "click"},
}
FILES = sorted(path for path in APP.rglob("*.py") if path.name != "__init__.py")


def room_of(path: Path) -> str:
    first = path.relative_to(APP).parts[0]
    return first.removesuffix(".py")


@cache
def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_imports_go_downwards() -> None:
    for path in FILES:
        room = room_of(path)
        ours = {name.split(".")[1] for name in imports_of(path) if name.startswith("app.")}
        assert ours <= MAY_IMPORT[room] | {room}, path
        assert not {name.split(".")[0] for name in imports_of(path)} & FOREIGN.get(room, set()), path


def test_imports_go_leftwards() -> None:
    for path in FILES:
        floor, *rooms = path.relative_to(APP).parts
        if floor in IN_TURN and len(rooms) > 1:
            in_turn = IN_TURN[floor]
            theirs = {name.split(".")[2] for name in imports_of(path) if name.startswith(f"app.{floor}.")}
            assert theirs <= set(in_turn[: in_turn.index(rooms[0]) + 1]), path


def test_only_settings_read_the_environment() -> None:
    readers = [path for path in FILES if re.search(r"os\.environ|getenv", path.read_text())]
    assert {room_of(path) for path in readers} <= {"settings"}, readers


WRITES = re.compile(
    r"\b(insert|update|delete)\(|(?:insert_rows|(?:insert|update)_values|empty_tables)\([\w.]+,"
    r"|INSERT INTO|UPDATE (?!SET )|DELETE FROM"  # ON CONFLICT DO UPDATE SET is of an insertion
)

# The files that write to the database at all, and what each of them may write to.
WRITERS = {
    "versions.py": r"table|claims",  # claims, and what belongs to them
    "record_versions.py": r"table|speaker_words",  # speakers, sources and metrics
    "stored_records.py": r"kept",  # texts
    "merges.py": r"Merge",
    "following.py": r"following",  # where revisions come from
    "ends.py": r"ended_records",
    "datasets.py": r"datasets",
    "definitions.py": r"kept",  # beside the record: what files said of speakers
    "revision.py": r"revisions|record_keys|id_counters",
    "bulk_insert.py": r"[\w.]+",  # what the others give it
    "derived_columns.py": r"table|SpeakerWord",  # derives anew what new versions decide, no document
    "index_anew.py": r"claims",  # their hashes
    "derived_versions.py": r"versions",
    "document_shapes.py": r"table",  # adds null fields to documents of earlier releases
    "revisions.py": r"index_state",
    "storing.py": r"index_\w+",  # parts of the index
    "writing.py": r"index_\w+",
    "merging.py": r"index_\w+",
    "removing.py": r"index_\w+",  # takes versions out of them
    "purge.py": r"own|ended_records",  # comments of revisions, and tombstones
    "erasing.py": r"[\w.]+",  # what is purged goes from everywhere
    "index_maker.py": r"index_\w+|TABLES",
    "staging.py": r"rows|outcomes|reasons|OR IGNORE INTO wrong",  # a database of its own
    "notices.py": r"notices",  # a database of its own
    "groups.py": r"grouped_rows|OR IGNORE INTO groups",  # a database of its own
    "gathered_names.py": r"spellings",  # a database of its own
    "mapped_rows.py": r"OR IGNORE INTO made",  # a database of its own
    "idempotent_answers.py": r"kept|IdempotentAnswer",  # answers that are given again: no records
    "keys.py": r"ApiKey",  # keys that requests carry: no records
}


def test_only_the_write_path_changes_claims() -> None:
    for path in FILES:
        code = "\n".join(line for line in path.read_text().splitlines() if "import" not in line)
        found = [match for match in WRITES.finditer(code) if code[match.start() - 1] != "."]
        assert not found or path.name in WRITERS, path
        for match in found:
            target = re.match(r"[\s\"{]*([\w.]+)", code[match.end() :])
            assert target, path
            assert re.fullmatch(WRITERS[path.name], target[1]), (path, target[1])


SUBJECTLESS = r"(?:What|Who|Those|Whoever|Whatever)\b"
OPENS = re.compile(rf"""(?:\A|[.!?]["')*`]*\s|\n\s*(?:\n|- ))[^\w.!?]*({SUBJECTLESS}.{{0,60}})""", re.DOTALL)


def texts_of(code: str) -> Iterator[str]:
    """The strings, docstrings among them, and the comments; comment lines that follow each other are one text."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    block, last = "", 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            is_alone = not token.line[:column].strip()
            if is_alone and line == last + 1:
                block += "\n" + token.string[1:]
            else:
                yield block
                block = token.string[1:]
            last = line if is_alone else 0
    yield block


@pytest.mark.parametrize("folder", ["app", "bench", "migrations"])
def test_sentences_open_with_a_subject_of_their_own(folder: str) -> None:
    files = {path: path.read_text() for path in sorted((APP.parent / folder).rglob("*.py"))}
    suspects = [path for path, code in files.items() if re.search(rf"\b{SUBJECTLESS}", code)]  # spares parsing all
    found = [
        (path.name, opening) for path in suspects for text in texts_of(files[path]) for opening in OPENS.findall(text)
    ]
    assert not found
