"""Data of others, read by the mappings in examples/mappings: the claims that come of it, value by value."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.imports.mapping.mapping_file import read_mapping
from tests.importing import import_paths
from tests.store.stored import claim, rows

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
MAPPINGS = ROOT / "examples" / "mappings"
CANDIDATES = DATA / "fivethirtyeight_candidate_statements"
FIRST, SECOND = (CANDIDATES / f"2015_01_{day}_statements.csv" for day in (14, 30))
BRAZILIAN = DATA / "factck_br" / "FACTCKBR.tsv"
DANISH = DATA / "danish_polstance" / "cleanedQuoteDB.csv"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the files are not at {DATA}")


def load(database: Database, mapping: Path, file: Path, *, keep_going: bool = False) -> Report:
    """The report of the import of a file by a mapping."""
    return import_paths(database, [file], mapping=read_mapping(mapping), keep_going=keep_going)


def all_claims(database: Database) -> list[dict[str, Any]]:
    """The documents of all claims."""
    found = rows(database, "SELECT d.doc FROM claims c JOIN documents d ON d.number = c.number WHERE c.until IS NULL")
    return [json.loads(doc) for (doc,) in found]


def test_statements_of_candidates_are_updated_by_person_and_date(database: Database) -> None:
    first, second = (load(database, MAPPINGS / "fivethirtyeight.yaml", file) for file in (FIRST, SECOND))
    assert [list(report.faults) for report in (first, second)] == [[], []]
    assert (first.read, first.did["created"]) == (25, 25)
    assert (second.read, second.did["created"], second.did["unchanged"]) == (27, 12, 15)
    dates = {one["key"]: one["said_on"]["edtf"] for one in all_claims(database)}
    assert all(key.endswith(said) for key, said in dates.items())
    assert {said[:4] for said in dates.values() if said[5:7] == "01"} == {"2015"}
    assert {said[:4] for said in dates.values() if said[5:7] != "01"} == {"2014"}
    sanders = claim(database, "538-candidates/bernie-sanders/2014-12-26")
    assert sanders["paraphrase"].startswith('"I don\'t want to do it unless I can do it well," he told')
    assert sanders["roles"][0]["organization"]["name"] == "Democratic Party"
    verdict = sanders["assessments"][0]
    assert (verdict["rating"], verdict["rating_value"], verdict["worst"], verdict["best"]) == ("Unsure", 3, 1, 5)
    webb = claim(database, "538-candidates/jim-webb/2014-11-20")
    assert webb["quote"].startswith("I have decided to launch an Exploratory Committee")


def test_a_date_without_a_year_is_rejected_where_the_mapping_supplies_none(database: Database, tmp_path: Path) -> None:
    mapping = (MAPPINGS / "fivethirtyeight.yaml").read_text()
    (tmp_path / "m.yaml").write_text(mapping.replace(" | date('%d-%b', year=year)", ""))
    report = load(database, tmp_path / "m.yaml", FIRST)
    assert (report.read, report.wrong, report.counts["rejected"]) == (25, 25, 25)
    assert str(report.faults[0]).startswith(f"{FIRST}:2: said_on (Statement Date): '26-Dec' is not an EDTF date")


def test_fact_checks_are_stored_as_published_and_13_without_a_claim_are_rejected(
    database: Database, tmp_path: Path
) -> None:
    _, *lines = BRAZILIAN.read_text().splitlines()
    file = Path(shutil.copy(BRAZILIAN, tmp_path))
    report = load(database, MAPPINGS / "factck_br.yaml", file, keep_going=True)
    empty = [n for n, line in enumerate(lines, 2) if not line.split("\t")[3].strip()]
    assert [notice.line for notice in report.faults] == empty
    assert {str(notice.problem) for notice in report.faults} == {"paraphrase (claimReviewed): the row has no claim"}
    assert (report.read, report.did["created"], report.counts["rejected"], len(empty)) == (1313, 1300, 13, 13)
    kept = [line for line in lines if line.split("\t")[3].strip()]
    agencies = {"aosf": "Aos Fatos", "piau": "Agência Lupa", "apub": "Truco (Agência Pública)"}
    by_words: dict[tuple[str, str], dict[str, Any]] = {}
    for one in all_claims(database):
        assert (one["speaker"], one["said_on"], one["quote"], one["language"]) == (None, None, None, "pt")
        by_words[one["citations"][0]["source"]["url"], one["paraphrase"]] = one
    assert len(by_words) == 1300
    for url, _, published, words, _, _, _, _, rating in (line.split("\t") for line in kept):
        one = by_words[url, words]
        verdict, source = one["assessments"][0], one["citations"][0]["source"]
        agency = agencies[url.split("/")[2][:4]]
        assert (verdict["rating"], verdict["publisher"], source["publisher"]) == (rating or None, agency, agency)
        assert verdict["rated_on"]["edtf"] == source["published_on"]["edtf"] == published[:10]

    rejected = tmp_path / "FACTCKBR.tsv.rejected.ndjson"
    mended = [
        record | {"claimReviewed": record["title"]} for record in map(json.loads, rejected.read_text().splitlines())
    ]
    rejected.write_text("\n".join(map(json.dumps, mended)))
    again = load(database, MAPPINGS / "factck_br.yaml", rejected)
    assert (list(again.faults), again.did["created"]) == ([], 13)


def test_a_broken_address_is_told(database: Database, tmp_path: Path) -> None:
    mapping = (MAPPINGS / "factck_br.yaml").read_text()
    (tmp_path / "m.yaml").write_text(mapping.replace("{{ Author | lookup('agencies') }}", "{{ Author }}"))
    report = load(database, tmp_path / "m.yaml", BRAZILIAN)
    first = [str(notice) for notice in report.warnings if notice.problem.code == "address-as-name" and notice.line == 2]
    told = "(Author): 'https:www.aosfatos.org' looks like an address, and is a broken one: write the name here, and an"
    fields = ("source.publisher", "assessments.0.publisher")
    assert first == [f"{BRAZILIAN}:2: {field} {told} address in `url`" for field in fields]
    (tmp_path / "m.yaml").write_text(mapping.replace("{{ URL | url }}", "{{ Author | url }}", 1))
    report = load(database, tmp_path / "m.yaml", BRAZILIAN)
    assert str(report.faults[0]).startswith(f"{BRAZILIAN}:2: assessments.0.url (Author): 'https:www.aosfatos.org'")


def test_danish_quotes_in_utf_16_are_all_dated_right(database: Database) -> None:
    report = load(database, MAPPINGS / "danish_polstance.yaml", DANISH)
    text = io.StringIO(DANISH.read_bytes().decode("utf-16"), newline="")
    expected = list(csv.DictReader(text, delimiter=";", strict=True))
    assert (list(report.faults), report.did["created"], len(expected)) == ([], 1049, 1049)
    found = {one["key"]: one for one in all_claims(database)}
    for row in expected:
        one = found[f"polstance/{row['quoteID']}"]
        month, day, year = row["date"].split("/")
        assert one["said_on"]["edtf"] == f"{year}-{month}-{day}"
        assert (one["quote"], one["speaker"]["name"]) == (row["quote"], row["politician"])
        assert (one["roles"][0]["organization"]["name"], one["topics"]) == (row["party"], [row["topic"]])
        assert one["citations"][0]["source"]["key"] == f"polstance/article/{row['articleID']}"
