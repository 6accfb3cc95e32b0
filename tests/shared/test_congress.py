"""Tenures by a mapping: the members of the US Congress, whose claims get the roles of their days."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.store.database.engine import Database
from app.store.imports.mapping.mapping_file import read_mapping
from tests.importing import import_paths
from tests.store.stored import claim, record

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_congress_legislators" / "legislators-current.yaml"
MAPPING = ROOT / "examples" / "mappings" / "us_congress.yaml"
DATES = ("2016", "2021-06-01")
TITLES = {"rep": "Representative", "sen": "Senator"}
STATEMENTS = """\
claim:
  key: "{{ who }}/{{ day }}"
  speaker.key: "congress/{{ who }}"
  said_on: "{{ day }}"
  quote: "{{ words }}"
  source.title: Congressional Record
"""

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason=f"the file is not at {DATA}")


def held(person: dict[str, Any], said: str) -> list[str]:
    """The titles that somebody held on a day, or all through a year, each once, in order."""
    first, last = (said, said) if "-" in said else (f"{said}-01-01", f"{said}-12-31")
    terms = [(TITLES[term["type"]], term["start"], term["end"]) for term in person["terms"]]
    offices = [(one["title"], one["start"], one.get("end", "9999")) for one in person.get("leadership_roles", ())]
    return sorted({title for title, start, end in [*terms, *offices] if start <= first and last <= end})


def test_claims_get_the_roles_that_their_speakers_held_on_the_day(database: Database, tmp_path: Path) -> None:
    people: list[dict[str, Any]] = yaml.load(DATA.read_text(), Loader=yaml.CSafeLoader)  # it is safe
    report = import_paths(database, [DATA], mapping=read_mapping(MAPPING))
    assert (list(report.faults), report.definitions["created"], len(people)) == ([], 537, 537)
    for person in people:
        stored = record(database, "speakers", f"congress/{person['id']['bioguide']}")
        assert len(stored["tenures"]) == len(person["terms"]) + len(person.get("leadership_roles", ()))

    lines = [f"{person['id']['bioguide']},{said},Said on {said}" for person in people for said in DATES]
    (tmp_path / "m.yaml").write_text(STATEMENTS)
    (tmp_path / "said.csv").write_text("\n".join(["who,day,words", *lines]))
    report = import_paths(database, [tmp_path / "said.csv"], mapping=read_mapping(tmp_path / "m.yaml"))
    assert (list(report.faults), report.did["created"]) == ([], 2 * 537)
    found = {}
    for person in people:
        who = person["id"]["bioguide"]
        for said in DATES:
            roles = claim(database, f"{who}/{said}")["roles"]
            assert sorted(role["title"] for role in roles) == held(person, said), (who, said)
            found[who, said] = [role["title"] for role in roles]
    assert found["L000570", DATES[0]] == ["Representative"]  # Ben Ray Luján
    assert found["L000570", DATES[1]] == ["Senator"]
    assert sorted(found["P000197", DATES[1]]) == ["Representative", "Speaker of the House"]  # Nancy Pelosi
