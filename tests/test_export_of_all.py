"""`onrecord export DIR`: the whole database as files, from which an import makes it anew."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from click.testing import Result
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.errors import BadRecord
from app.main import create_app
from app.store.database.engine import Database
from app.store.write.merge import merge_records
from tests.api.test_round_trip import CLAIMS, METRICS, SOURCE, SPEAKERS
from tests.conftest import ENGINES
from tests.importing import import_paths

Doc = dict[str, Any]

OTHERS: Doc = {
    "source": {"key": "other", "title": "Other", "url": "https://other.example/a", "text": "Trade is “fine”."},
    "speakers": [
        {"key": "anna", "name": "Anna Nunez", "kind": "person", "identifiers": {"wikidata": "Q1000", "isni": "1"},
         "aliases": ["A. N."], "tenures": [{"title": "envoy", "organization": "Court", "since": "2019"}]},
        {"key": "anne", "name": "Anne Núñez", "kind": "person", "note": "perhaps the same"},
        {"key": "other/officials", "name": "officials", "kind": "group", "note": "of the other report"},
        {"key": "other/aides", "name": "aides", "kind": "group"},
    ],
    "metrics": [{"key": "sales", "name": "sales abroad", "unit": "EUR/year"}, {"key": "staff", "name": "staff"}],
    "claims": [
        {"key": "again", "speaker": {"key": "anna"}, "quote": "fine", "topics": ["economy"],
         "relations": [{"type": "restates", "key": "all"}]},
        {"key": "once-more", "speaker": {"key": "anna"}, "quote": "Trade is fine", "said_on": "2020"},
        {"key": "aides", "speaker": {"key": "other/aides"}, "paraphrase": "all is well", "dataset": "press"},
        {"key": "officials", "speaker": {"key": "other/officials"}, "paraphrase": "so they said"},
        {"key": "sold", "paraphrase": "they sold", "figures": [{"metric": "sales abroad", "value": "7.10"}]},
    ],
}  # fmt: skip
MERGED = {  # by key, what is merged into what
    "clm": [("once-more", "again")],
    "spk": [("anna", "anne"), ("anne", "ana"), ("other/aides", "other/officials")],
    "src": [("another", "third")],
    "met": [("staff", "sales")],
}


def import_docs(database: Database, folder: Path, **files: Doc) -> None:
    assert faults_of(database, folder, **files) == []


def faults_of(database: Database, folder: Path, **files: Doc) -> list[str]:
    folder.mkdir(parents=True)
    for name, doc in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(doc, allow_unicode=True, sort_keys=False), newline="")
    return [str(fault) for fault in import_paths(database, [folder]).faults]


def ids(database: Database, prefix: str, key: str) -> str:
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT id FROM record_keys WHERE type = '{prefix}' AND key = '{key}'")  # noqa: S608
        return f"{prefix}_{found.scalar_one()}"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def full(database: Database, tmp_path: Path) -> Database:
    """Everything that records can say, edited, retracted and merged since."""
    whole = {"source": SOURCE, "speakers": SPEAKERS, "metrics": METRICS}
    before = [claim | {"paraphrase": "as it was", "relations": []} for claim in CLAIMS[2:5]]
    import_docs(database, tmp_path / "1", a=whole | {"claims": before})
    import_docs(database, tmp_path / "2", a=whole | {"claims": CLAIMS}, b=OTHERS)
    gone = {"key": "officials", "paraphrase": "so they said", "retraction": {"kind": "record_error", "reason": "no"}}
    extra = {
        "source": {"key": "third", "title": "A third", "url": "https://third.example/"},
        "claims": [gone | {"speaker": {"key": "other/officials"}, "source": {"key": "other"}}],
    }
    another = {"source": {"key": "another", "title": "Found twice", "url": "https://third.example/again"}}
    import_docs(database, tmp_path / "3", a=extra, b=another)
    for prefix, pairs in MERGED.items():
        for old, new in pairs:
            merge_records(database, ids(database, prefix, old), ids(database, prefix, new))
    return database


@pytest.fixture
def other(database: Database, new_database: Callable[[str], Database]) -> Database:
    return new_database(database.dialect)


def test_the_files_of_a_database_make_another_of_which_the_files_are_the_same(
    full: Database, other: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    done = run(full, "export", str(first))
    assert (done.exit_code, done.stderr) == (0, "")
    done = run(other, "import", str(first))
    assert done.exit_code == 0, done.output
    assert run(other, "export", str(second)).exit_code == 0
    assert files_of(second) == files_of(first)
    assert run(other, "check").exit_code == 0


def test_importing_the_files_again_changes_nothing(
    full: Database, other: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    run(full, "export", str(tmp_path / "all"))
    for database, said in ((other, "stored as revision 3"), (other, "nothing to store"), (full, "nothing to store")):
        assert said in run(database, "import", str(tmp_path / "all")).output


def test_what_was_merged_leads_to_its_survivor_in_the_copy(
    full: Database, other: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    run(full, "export", str(tmp_path / "all"))
    run(other, "import", str(tmp_path / "all"))
    with TestClient(create_app(other)) as client:
        for kind, old, new in (("speakers", "anna", "ana"), ("claims", "once-more", "again")):
            moved = client.get(f"/v1/{kind}/by-key/{old}", follow_redirects=False)
            survivor = client.get(f"/v1/{kind}/by-key/{new}").json()
            assert (moved.status_code, moved.headers["Location"]) == (308, f"/v1/{kind}/{survivor['id']}")
    more = {"claims": [{"key": "more", "quote": "x", "source": {"url": "https://third.example/again"}}]}
    import_docs(other, tmp_path / "more", a=more)
    with TestClient(create_app(other)) as client:
        assert client.get("/v1/claims/by-key/more").json()["citations"][0]["source"]["key"] == "third"


def test_an_earlier_revision_is_exported_as_it_was(
    full: Database, other: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    then, now = tmp_path / "then", tmp_path / "now"
    assert run(full, "export", str(then), "--as-of", "1").output.endswith("3 claims, as of revision 1\n")
    import_paths(other, [then])
    run(other, "export", str(now))
    assert files_of(now) == files_of(then)
    assert b"merged_into" not in b"".join(files_of(then).values())


changes = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from("abcde"), st.sampled_from(["Ann", "Bo", "Cy Ann"])),
        st.tuples(st.just("retract"), st.sampled_from("abcde"), st.none()),
        st.tuples(st.just("merge"), st.sampled_from(["clm", "spk", "src"]), st.tuples(st.integers(), st.integers())),
    ),
    min_size=3,
    max_size=8,
)


@settings(max_examples=4, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes, st.sampled_from(ENGINES))
def test_whatever_happened_to_a_database_its_files_make_it_anew(
    new_database: Callable[[str], Database], run: Callable[..., Result], happened: list[Any], engine: str
) -> None:
    first, second = new_database(engine), new_database(engine)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        for n, (what, one, other) in enumerate(happened):
            if what == "merge":
                _merge_any(first, one, *other)
                continue
            claim = {"key": one, "quote": f"{one} {n % 2}", "speaker": other and {"name": other}, "topics": [str(n)]}
            retracted = {"retraction": {"kind": "record_error"}} if what == "retract" else {}
            source = (
                {"title": f"T{n % 3}", "text": f"It says {one} {n}"} if n % 2 else {"url": f"https://a.example/{n % 3}"}
            )
            faults_of(
                first, place / str(n), a={"claims": [claim | retracted | {"source": source}]}
            )  # some contradict what is stored
        assert run(first, "export", str(place / "first")).exit_code == 0
        done = run(second, "import", str(place / "first"))
        assert done.exit_code == 0, done.output
        assert run(second, "export", str(place / "second")).exit_code == 0
        assert files_of(place / "second") == files_of(place / "first")
    first.close()
    second.close()


def _merge_any(database: Database, prefix: str, *which: int) -> None:
    """Merge two current records, if there are two, and they can be one."""
    table = {"clm": "claims", "spk": "speakers", "src": "sources"}[prefix]
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT id FROM {table} WHERE until IS NULL ORDER BY id").scalars().all()  # noqa: S608
    if found:
        with suppress(BadRecord):
            merge_records(database, *(f"{prefix}_{found[n % len(found)]}" for n in which))


def test_a_folder_that_is_there_is_not_written_over(
    seeded_databases: Callable[[str], Database], run: Callable[..., Result], tmp_path: Path
) -> None:
    seeded = seeded_databases("sqlite")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("")
    (tmp_path / "file").write_text("")
    for place, said in (("full", "is not empty"), ("file", "no folder"), ("none/there", "there is no folder")):
        done = run(seeded, "export", str(tmp_path / place))
        assert (done.exit_code, said in done.stderr) == (2, True)
    (tmp_path / "empty").mkdir()
    assert run(seeded, "export", str(tmp_path / "empty")).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == ["claims.ndjson", "records.ndjson"]
    for as_of, said in (("x", "neither a revision nor a moment"), ("99", "yet to come")):
        done = run(seeded, "export", str(tmp_path / "new"), "--as-of", as_of)
        assert (done.exit_code > 0, said in done.stderr) == (True, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full"]


def test_an_export_that_cannot_be_written_leaves_nothing(
    seeded_databases: Callable[[str], Database],
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full_disk(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    done = run(seeded_databases("sqlite"), "export", str(tmp_path / "new"))
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "new cannot be written: No space left on device; nothing is left of it" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"type": "speaker", "key": "k", "name": "K", "merged_into": "nobody"}', "merged_into: there is no speaker"),
        ('{"type": "speaker", "key": "k", "name": "K", "merged_into": 7}', "merged_into: 7 is not a key"),
        ('{"type": "speaker", "key": "k", "name": "K", "kind": "group", "source": "x"}', "source: there is no source"),
        ('{"type": "speaker", "key": "k", "name": "K", "kind": "group", "source": {}}', "source: {} is not a key"),
        ('{"type": "dataset", "name": "Not One"}', "'Not One' is no name of a dataset"),
        ('{"type": "dataset", "name": "one", "licens": "x"}', "did you mean licence?"),
    ],
    ids=["no-survivor", "number", "no-source", "object", "name", "field"],
)
def test_a_wrong_line_is_told_and_nothing_is_stored(
    database: Database, run: Callable[..., Result], tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "a.ndjson").write_text(line + "\n")
    done = run(database, "import", str(tmp_path / "a.ndjson"))
    assert done.exit_code == 1
    assert "a.ndjson:1: " in done.stderr
    assert said in done.stderr
    with TestClient(create_app(database)) as client:
        assert client.get("/v1/revisions").json()["data"] == []
