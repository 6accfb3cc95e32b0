"""A database that was filled under older word rules is derived anew by `migrate`, and is then as one filled today."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient
from sqlalchemy import event, inspect, text

from app.domain.query.registry import FACTS
from app.domain.record import keys
from app.errors import NotReady
from app.main import create_app
from app.store.database.derived_versions import CURRENT, stored_versions
from app.store.database.engine import Database
from app.store.database.tables import Base
from app.store.imports.importer import Report
from app.store.index import fact_terms, terms
from app.store.records import identity, names, rows, source_identity
from app.store.upgrade import derived_columns, index_anew
from app.store.upgrade.upgrade import migrate
from app.store.write import contradictions, resolver
from app.store.write.merge import merge_records
from tests.conftest import ENGINES, NOON, migrate_to
from tests.importing import import_paths
from tests.store import stored
from tests.store.contents import contents
from tests.store.earlier_rows import copy_to_earlier
from tests.store.stored import everything, keys_found

pytestmark = pytest.mark.own_database

FIRST = """
source: {key: s, title: Доклад о войне, publisher: Край}
speakers:
  - {key: a, name: Андрей Белый, kind: person, aliases: [Белый А.]}
  - {key: b, name: Ali, kind: person}
  - {key: c, name: Николай, kind: person}
metrics: [{key: m, name: Йод, unit: kg}]
claims:
  - key: k1
    speaker: {key: a}
    roles: [{title: Военный министр, organization: {name: Край}}]
    quote: Это война
    venue: Большой зал
    topics: [Йод, мир]
    said_on: 2020-01-04
    figures: [{metric: Йод, value: 3, unit: kg}]
  - {key: k2, speaker: {key: b}, paraphrase: "Большой театр, ١٢ раз", topics: [Йод], said_on: 2020-01-04}
  - {key: k3, speaker: {key: a}, quote: Тёплый край, said_on: 2019}
  - {key: k4, quote: plain words}
  - {key: k5, speaker: {key: c}, quote: первый}
"""
SECOND = """
source: {key: s, title: Доклад о войне, publisher: Край}
speakers: [{key: a, aliases: [Белый А., Йоханн]}, {key: b, name: علی}]
claims:
  - {key: k2, speaker: {key: b}, paraphrase: "Большой театр", topics: [Йод], said_on: 2020-01-04}
  - {key: k5, speaker: {key: c}, quote: второй}
  - {key: k3, retraction: {kind: record_error, reason: Ошибка}, speaker: {key: a}, quote: Тёплый край, said_on: 2019}
"""
THIRD = """
source: {key: s, title: Доклад о войне, publisher: Новый край}
metrics: [{key: m, name: Йод и соль}]
claims: [{key: k5, speaker: {key: c}, quote: третий}]
"""
FOUND = {  # a query, and the claims that are found by it today
    "q=война": ["k1"],
    "q=йоханн": ["k1"],
    "q=علي": ["k2"],
    "topic=йод": ["k1", "k2"],
    "role__title__contains=военный": ["k1"],
    "source__publisher=новый край": ["k1", "k2", "k4", "k5"],
    "q=третий": ["k5"],
    "speaker__name=андрей белый": ["k1"],
    "figure__metric__name=йод и соль": ["k1"],
}
FILES = (FIRST, SECOND, THIRD)


@contextmanager
def first_rules() -> Iterator[None]:
    """A block in which words are stored by rules 1, which live on where keys are made."""

    def tokens(text: str) -> list[str]:
        return list(keys._WORD.findall(keys._fold(text)))

    with pytest.MonkeyPatch.context() as patch:
        for module in (rows, names):
            patch.setattr(module, "tokens", tokens)
        patch.setattr(names, "fold_name", keys.key_words)
        # The index remembers facts, which are not to be met later.
        facts = {name: [(row.value, fact_terms._stored(row)) for row in rows] for name, rows in FACTS.items()}
        patch.setattr(fact_terms, "_ROWS", facts)
        names.folded.cache_clear()
        yield
    names.folded.cache_clear()


def fill(database: Database, folder: Path, *files: str) -> list[Report]:
    """Imports texts, one after the other."""
    reports = []
    for n, content in enumerate(files):
        file = folder / f"{n}.yaml"
        file.write_text(content)
        reports.append(import_paths(database, [file], at=NOON, processes=1))
        assert not reports[-1].faults
    return reports


@pytest.fixture(scope="module")
def by_first_rules(
    new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Database]:
    """Gives a database of an engine that some files were imported into by rules 1; not to be written to."""

    @cache
    def make(engine: str, *files: str) -> Database:
        database = new_database(engine)
        with first_rules():
            fill(database, tmp_path_factory.mktemp("first"), *files)
        return database

    return make


@pytest.fixture(params=ENGINES)
def old(
    request: pytest.FixtureRequest, fresh: Callable[[str], Database], by_first_rules: Callable[..., Database]
) -> Callable[..., Database]:
    """Makes a database as an earlier version had it: of schema 0001 by default, with rows by rules 1."""

    def make(*files: str, schema: str = "0001") -> Database:
        made = fresh(request.param)
        migrate_to(made, schema)
        with by_first_rules(request.param, *files).read() as source, made.write() as target:
            copy_to_earlier(source, target)
        return made

    return make


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_columns, "BATCH", 2)
    monkeypatch.setattr(index_anew, "BATCH", 2)


def stored_rows(database: Database) -> dict[str, list[str]]:
    """Every row of every table there is, of any schema."""
    found = {}
    with database.read() as connection:
        for name in set(inspect(connection).get_table_names()) - {"claim_fts"}:  # its own tables have what it has
            read = text(f"SELECT * FROM {name}")  # noqa: S608  # names of our own tables
            found[name] = sorted(repr(tuple(row)) for row in connection.execute(read))
    return found


# Columns that word rules decide, with some of the words that they give, and some by rules 1.
BY_RULES = {
    "speaker_names.folded": ("белыи а.", "белый а."),
    "sources.publisher": ("краи", "край"),
    "metrics.folded": ("иод", "йод"),
}


@pytest.mark.parametrize("schema", ["0001", "0002", "0010"])
@pytest.mark.usefixtures("few_at_a_time")
def test_an_upgraded_database_is_as_one_that_is_filled_today(
    old: Callable[..., Database], new_database: Callable[[str], Database], tmp_path: Path, schema: str
) -> None:
    upgraded = old(*FILES, schema=schema)
    today = new_database(upgraded.dialect)
    fill(today, tmp_path, *FILES)
    wanted = contents(today)
    assert migrate(upgraded).warnings == []
    upgraded.require_migrated()
    found = contents(upgraded)
    assert wanted.keys() == found.keys()
    if schema < "0010":  # nothing tells them
        wanted["speaker_definitions"] = [repr({"speaker_id": number, "given": None}) for number in range(1, 5)]
    for name in wanted.keys() - {"derived_versions"}:
        assert found[name] == wanted[name], name
    assert stored_versions_of(upgraded) == CURRENT


def test_the_database_that_is_upgraded_is_of_other_rules(old: Callable[..., Database]) -> None:
    upgraded = old(*FILES)
    before = {name: column_of(upgraded, name) for name in BY_RULES}
    migrate(upgraded)
    after = {name: column_of(upgraded, name) for name in BY_RULES}
    assert [name for name in BY_RULES if before[name] == after[name]] == []


def column_of(database: Database, name: str) -> list[Any]:
    table, _, column = name.partition(".")
    return sorted(stored.rows(database, f"SELECT {column} FROM {table}"))  # noqa: S608  # named above


@pytest.mark.usefixtures("few_at_a_time")
def test_an_upgraded_database_is_searched_and_recognises_names(old: Callable[..., Database], tmp_path: Path) -> None:
    upgraded = old(*FILES)
    migrate_to(upgraded, "head")  # the tables alone
    with TestClient(create_app(upgraded)) as client:
        assert not any(keys_found(client, **asked(query)) for query in FOUND if query != "q=علي")
    migrate(upgraded)
    with TestClient(create_app(upgraded)) as client:
        for query, found in FOUND.items():
            assert sorted(keys_found(client, **asked(query))) == found, query
        suggested = client.get("/v1/speakers/suggest", params={"q": "Йох"}).json()
        assert [one["key"] for one in suggested["data"]] == ["a"]
    again = "claims: [{key: k9, quote: Ещё, speaker: {name: Йоханн}, citations: [{source: {key: s}}]}]"
    [report] = fill(upgraded, tmp_path, again)
    assert report.changes == {"created": 1}  # no other speaker


def asked(query: str) -> dict[str, str]:
    name, value = query.split("=")
    return {name: value}


def test_closed_versions_are_derived_anew(old: Callable[..., Database]) -> None:
    upgraded = old(*FILES)
    migrate(upgraded)
    assert stored.rows(upgraded, "SELECT publisher FROM sources WHERE until IS NOT NULL") == [("край",)]
    assert stored.rows(upgraded, "SELECT folded FROM metrics WHERE until IS NOT NULL") == [("йод",)]
    with TestClient(create_app(upgraded)) as client:
        assert keys_found(client, q='"театр 12"', topic="йод", as_of="1") == ["k2"]
        assert keys_found(client, q='"театр 12"') == []
        assert keys_found(client, q="теплый", status="retracted") == ["k3"]
        assert keys_found(client, q="теплый", as_of="1") == ["k3"]


def test_claims_are_found_by_names_whose_change_older_rules_did_not_see(old: Callable[..., Database]) -> None:
    one = "{source: {key: s, title: T}, speakers: [{key: a, name: X, kind: person, aliases: [Сергеи]}]"
    upgraded = old(
        one + ", claims: [{key: k1, quote: one, speaker: {key: a}}]}",
        "speakers: [{key: a, aliases: [Сергей]}]",
    )
    migrate(upgraded)
    with TestClient(create_app(upgraded)) as client:
        assert keys_found(client, q="сергей") == ["k1"]
        assert keys_found(client, q="сергеи") == []


def test_migrating_again_changes_nothing_and_reads_no_document(old: Callable[..., Database]) -> None:
    upgraded = old(*FILES)
    migrate(upgraded)
    before, said = everything(upgraded), list[str]()
    event.listen(upgraded.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    migrate(upgraded)
    assert said
    assert not [one for one in said if "documents" in one or "speakers" in one or "INSERT" in one]
    assert everything(upgraded) == before


class _StopError(Exception):
    pass


@pytest.mark.usefixtures("few_at_a_time")
def test_an_interrupted_upgrade_leaves_the_old_state(old: Callable[..., Database]) -> None:
    upgraded = old(*FILES)
    before = stored_rows(upgraded)

    def stop(what: str, done: int, every: int | None) -> None:
        if "claims" in what and every is not None and done > every / 2:
            raise _StopError

    with pytest.raises(_StopError):
        migrate(upgraded, stop)
    assert stored_rows(upgraded) == before
    with pytest.raises(NotReady, match="is at schema 0001"):
        upgraded.require_migrated()
    migrate(upgraded)
    upgraded.require_migrated()


def test_progress_is_told_to_the_last_version(old: Callable[..., Database]) -> None:
    upgraded, told = old(*FILES), dict[str, tuple[int, int | None]]()
    migrate(upgraded, lambda what, done, every: told.update({what: (done, every)}))
    assert {what: done for what, (done, _) in told.items()} == {what: every for what, (_, every) in told.items()}
    versions = stored.rows(upgraded, "SELECT count(*) FROM claims")[0][0]
    for task in ("versions of claims numbered", "claims indexed"):
        assert told[task] == (versions, versions)
    assert told.keys() >= {f"words of {what} derived" for what in ("speakers", "sources", "metrics")}


def stored_versions_of(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return stored_versions(connection)


def set_version(database: Database, name: str, number: int) -> None:
    with database.write() as connection:
        connection.execute(text("DELETE FROM derived_versions WHERE name = :name"), {"name": name})
        row = {"name": name, "version": number}
        connection.execute(text("INSERT INTO derived_versions (name, version, since) VALUES (:name, :version, 0)"), row)


@pytest.mark.parametrize("name", CURRENT)
def test_a_database_that_is_behind_is_not_ready_and_names_the_command(
    database: Database, client: TestClient, run: Callable[..., Result], name: str
) -> None:
    database.require_migrated()
    set_version(database, name, 0)
    said = rf"has {name} of version 0 \(this release: {CURRENT[name]}\): run `onrecord migrate`"
    with pytest.raises(NotReady, match=said):
        database.require_migrated()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert re.search(said, answer.json()["detail"])
    done = run(database, "merge", "spk_2", "spk_1")
    assert done.exit_code == 1
    assert re.search(said, done.output)
    migrate(database)
    assert client.get("/readyz").status_code == 200
    assert stored_versions_of(database) == CURRENT


def test_a_database_of_newer_versions_is_refused_and_left_alone(database: Database, client: TestClient) -> None:
    set_version(database, "index", 99)
    said = rf"has index of version 99 \(this release: {CURRENT['index']}\): .*`onrecord migrate`"
    with pytest.raises(NotReady, match=said):
        database.require_migrated()
    with pytest.raises(NotReady, match=said):
        migrate(database)
    assert client.get("/readyz").status_code == 503
    assert stored_versions_of(database)["index"] == 99


def test_a_database_of_a_newer_schema_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotReady, match="is at a schema that this version does not know"):
        migrate(database)


ALIKE = """
source: {key: s, title: T}
metrics: [{key: p1, name: یارانه, unit: count}, {key: p2, name: يارانه, unit: count}]
claims:
  - {key: k1, quote: one, figures: [{metric: یارانه, value: 1}]}
  - {key: k2, quote: two, figures: [{metric: يارانه, value: 2}]}
"""


def test_metrics_whose_names_fold_alike_by_now_are_told_and_kept_apart(
    old: Callable[..., Database], tmp_path: Path
) -> None:
    upgraded = old(ALIKE)
    [warning] = migrate(upgraded).warnings
    assert "met_1 (key p1, یارانه) and met_2 (key p2, يارانه)" in warning
    before = everything(upgraded)
    assert fill(upgraded, tmp_path, ALIKE)[0].revision is None  # names to the letter, and keys, tell them apart
    assert everything(upgraded) == before
    neither = write(tmp_path, "{source: {key: s}, claims: [{quote: three, figures: [{metric: ياراﻧه, value: 3}]}]}")
    [fault] = import_paths(upgraded, [neither]).faults
    assert "fits met_1 (key p1), met_2 (key p2); give the key of the one that is meant" in str(fault)
    with TestClient(create_app(upgraded)) as client:  # both names are that name
        assert sorted(keys_found(client, figure__metric__name="یارانه")) == ["k1", "k2"]
    renamed = write(tmp_path, "metrics: [{key: p2, name: یارانه نقدی}]")
    assert not import_paths(upgraded, [renamed]).faults
    assert not import_paths(upgraded, [neither]).faults


def test_a_name_of_another_metric_is_still_refused(old: Callable[..., Database], tmp_path: Path) -> None:
    upgraded = old(ALIKE)
    migrate(upgraded)
    for said in ("metrics: [{key: p3, name: یارانه}]", "metrics: [{key: p2, definition: changed}]"):
        [fault] = import_paths(upgraded, [write(tmp_path, said)]).faults
        assert "already" in str(fault)


SPELT = ("https://a.example/~u", "http://a.example/%7Eu", "https://b.example/1")
AT_SPELT = "claims:\n" + "".join(
    f"  - {{key: k{n}, quote: q{n}, source: {{url: {url!r}}}}}\n" for n, url in enumerate(SPELT)
)


def test_sources_of_one_address_by_now_are_told_and_found_as_they_are_spelt(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        for module in (contradictions, identity, resolver, source_identity):
            patch.setattr(module, "address_of", str)
        fill(database, tmp_path, AT_SPELT)
    set_version(database, "index", 0)
    [warning] = migrate(database).warnings
    assert warning.startswith(f"src_1 ({SPELT[0]}) and src_2 ({SPELT[1]}) are at one address by now")
    assert warning.endswith("onrecord merge src_2 src_1")
    assert fill(database, tmp_path, AT_SPELT)[0].revision is None
    otherwise = write(tmp_path, "{claims: [{key: k9, quote: q9, source: {url: 'https://A.example/~u'}}]}")
    [fault] = import_paths(database, [otherwise]).faults
    assert "fits src_1" in str(fault)
    merge_records(database, "src_2", "src_1")
    assert not import_paths(database, [otherwise]).faults
    assert fill(database, tmp_path, AT_SPELT)[0].revision is None
    set_version(database, "index", 0)
    assert migrate(database).warnings == []


def test_words_without_a_language_go_by_that_of_their_source_from_an_upgrade_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "source: {key: s, title: T, language: en}\nclaims: [{key: k, quote: they were running}]"
    with monkeypatch.context() as patch:  # as releases before decision 37 had it
        patch.setattr(terms, "goes_by_source", lambda _doc: False)
        fill(database, tmp_path, said)
    set_version(database, "index", 3)
    with TestClient(create_app(database)) as client:
        assert keys_found(client, q="runs") == []
    migrate(database)
    with TestClient(create_app(database)) as client:
        assert keys_found(client, q="runs") == ["k"]
        assert keys_found(client, language="en") == []


def write(folder: Path, content: str) -> Path:
    file = folder / "said.yaml"
    file.write_text(content)
    return file


def test_every_column_that_the_rules_decide_is_derived_anew() -> None:
    """Names and tables, for who adds one: what is folded or made of tokens."""
    derived = {kind: columns for own in derived_columns.DERIVED.values() for kind, columns in own.items()}
    known = {f"{kind.__tablename__}.{name}" for kind, columns in derived.items() for name in columns}
    folded = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("folded") or column.name == "fingerprint"
    }
    assert known == folded | {"sources.publisher", "sources.address", "sources.document"}
