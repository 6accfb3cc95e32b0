"""Every ClaimReview among schema.org's own examples is a claim: what it says is stored, what it lacks is null."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.importing import import_paths
from tests.store.stored import claim

EXAMPLES = Path(__file__).parents[3] / "shared" / "data" / "schemaorg_examples"

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the files are not at {EXAMPLES}")

SECTION: Final = re.compile(r"^(PRE-MARKUP|MICRODATA|RDFA|JSON):$", re.MULTILINE)
PERRY: Final = "http://www.politifact.com/texas/statements/2014/jul/23/rick-perry/rick-perry-claim-about-3000-homicides-illegal-immi/"
MOSADDEQ: Final = "http://danbri.org/2017/TODO"


def notations(file: str) -> list[tuple[str, str]]:
    """The notations of the examples of a file that name a ClaimReview: (kind, markup)."""
    found = []
    for example in (EXAMPLES / file).read_text().split("TYPES: ")[1:]:
        parts = SECTION.split(example)[1:]
        found += [(kind, text) for kind, text in zip(parts[::2], parts[1::2], strict=True) if "ClaimReview" in text]
    return [(kind, text) for kind, text in found if kind != "PRE-MARKUP"]


def imported(database: Database, folder: Path, kind: str, text: str) -> Report:
    """The import of one notation: JSON-LD by itself, the others in the page that they are part of."""
    script = re.search(r"<script[^>]*>(.*)</script>", text, re.DOTALL)
    file = folder / ("example.jsonld" if script else "example.html")
    file.write_text(script[1] if script else f"<!DOCTYPE html>\n<html><body>{text}</body></html>")
    report = import_paths(database, [file])
    assert not list(report.faults), kind
    return report


def example(database: Database, folder: Path, file: str, name: str, kind: str) -> dict[str, Any]:
    """The claim of the example that is about the review at an address, in one notation."""
    [text] = [text for one, text in notations(file) if one == kind and name in text]
    imported(database, folder, kind, text)
    return claim(database, f"claimreview/1/{name}")


CLAIMS: Final = "sdo-ClaimReview-issue-1061-examples.txt"


def test_every_notation_of_every_example_is_a_claim(database: Database, tmp_path: Path) -> None:
    """One of them is in two notations: the second updates what the first has made."""
    counts = []
    for file in sorted(EXAMPLES.glob("*examples.txt")):
        for kind, text in notations(file.name):
            counts.append((kind, imported(database, tmp_path, kind, text).counts))
    assert [(kind, each["read"], each["created"] + each["updated"]) for kind, each in counts] == [
        ("MICRODATA", 1, 1), ("JSON", 1, 1), ("JSON", 1, 1)
    ]  # fmt: skip


def test_a_work_that_is_reviewed_in_json(database: Database, tmp_path: Path) -> None:
    found = example(database, tmp_path, CLAIMS, PERRY, "JSON")
    words = 'More than 3,000 homicides were committed by "illegal aliens" over the past six years.'
    assert (found["quote"], found["paraphrase"]) == (None, words)
    assert (found["speaker"]["name"], found["speaker"]["kind"]) == ("Rich Perry", "person")
    assert [(role["title"], role["status"], role["as_stated"]) for role in found["roles"]] == [
        ("Governor of Texas", "former", "Former Governor of Texas")
    ]
    assert found["said_on"]["edtf"] == "2014-07-17"
    work, own = (citation["source"] for citation in found["citations"])
    assert (work["title"], work["url"], work["published_on"]) == (
        "The St. Petersburg Times interview [...]",
        None,
        None,
    )
    assert (own["url"], own["title"], own["publisher"], own["published_on"]["edtf"]) == (
        PERRY,
        None,
        None,
        "2014-07-23",
    )
    [check] = found["assessments"]
    assert (check["publisher"], check["url"], check["rating"]) == ("politifact.com", PERRY, "True")
    assert (check["rating_value"], check["best"], check["worst"]) == (1, 6, None)
    assert (check["rated_on"]["edtf"], check["note"]) == ("2014-07-23", None)


def test_the_same_in_microdata_names_its_publisher(database: Database, tmp_path: Path) -> None:
    found = example(database, tmp_path, CLAIMS, PERRY, "MICRODATA")
    words = "More than 3,000 homicides were committed by 'illegal aliens' over the past six years."
    assert (found["quote"], found["paraphrase"]) == (None, words)
    assert found["citations"][0]["source"]["title"] == "The St. Petersburg Times interview"
    assert found["citations"][1]["source"]["publisher"] == "Politifact"
    [check] = found["assessments"]
    assert (check["publisher"], check["rating"], check["rating_value"], check["best"]) == ("Politifact", "True", 1, 6)


def test_a_clip_without_a_rating(database: Database, tmp_path: Path) -> None:
    found = example(database, tmp_path, CLAIMS, MOSADDEQ, "JSON")
    assert found["paraphrase"].startswith("In the middle of the Cold War, the United States played a role")
    assert (found["speaker"]["name"], found["said_on"]["edtf"]) == ("Barack Obama", "2009-06-04")
    assert found["roles"][0]["title"] == "44th President of the United States of America"
    [citation] = found["citations"]
    source, locator = citation["source"], citation["locator"]
    assert (source["url"], source["title"], source["publisher"]) == (
        "https://www.youtube.com/watch?v=B_889oBKkNU", "President Obama Speech to Muslim World in Cairo", None
    )  # fmt: skip
    assert (locator["start_time"], locator["end_time"]) == (350, 370)
    [check] = found["assessments"]
    assert [check[name] for name in ("rating", "rating_value", "best", "worst")] == [None] * 4
    assert (check["publisher"], check["note"]) == ("danbri.org", "This claim is true. The UK also played a role.")
    absent = ("quote", "language", "translated_from", "venue", "retraction")
    assert {name: found[name] for name in absent} == dict.fromkeys(absent)
    assert (found["figures"], found["topics"], found["relations"]) == ([], [], [])


def test_an_identifier_of_a_speaker_is_kept(database: Database, tmp_path: Path) -> None:
    example(database, tmp_path, CLAIMS, MOSADDEQ, "JSON")
    with database.read() as connection:
        docs = [json.loads(doc) for (doc,) in connection.exec_driver_sql("SELECT doc FROM speakers")]
    assert [doc["identifiers"] for doc in docs] == [{"wikidata": "Q76"}]
