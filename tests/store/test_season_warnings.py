"""Years in a short form that are EDTF for seasons: imports take them as they are, and say what they mean."""

from __future__ import annotations

from pathlib import Path

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.importing import import_paths
from tests.store.stored import claim

TABLE = """\
key,quote,said_on,source.title,source.published_on,figures.0.metric,figures.0.value,figures.0.unit,figures.0.period
a,one,2021-22,T,2024,spending,1,JPY,2020-21
b,two,2021-04/2022-03,T,2024,spending,2,JPY,2021-12
c,three,2024-22,U,2022-23,spending,3,JPY,2024-21
"""
FILE = """\
source: {key: s, title: S, accessed_on: 2023-24}
speakers: [{name: Ann, kind: person, tenures: [{title: minister, since: 2020-21, until: ..}]}]
claims: [{quote: four, said_on: 2019-21/2020}]
"""


def import_text(database: Database, file: Path, text: str) -> Report:
    file.write_text(text)
    return import_paths(database, [file])


def test_a_season_that_may_be_meant_for_years_is_stored_with_a_warning(database: Database, tmp_path: Path) -> None:
    report = import_text(database, tmp_path / "t.csv", TABLE)
    assert not report.faults
    assert [(notice.line, notice.problem.field, notice.problem.code) for notice in report.warnings][:3] == [
        (2, "said_on", "season-or-years"),
        (2, "figures.0.period", "season-or-years"),
        (2, "", "new-metric"),
    ]
    told = str(report.warnings[0])
    assert "2021-22 is summer 2021 in EDTF, June to August 2021; where years are meant, write 2021/2022" in told
    assert "(April 2021 to March 2022)" in told
    seasons = [(one.line, one.problem.field) for one in report.warnings if one.problem.code == "season-or-years"]
    assert seasons[2:] == [(4, "source.published_on")]
    assert claim(database, "a")["said_on"]["earliest"] == "2021-06-01"


def test_a_row_that_names_a_date_alone_is_warned_of(database: Database, tmp_path: Path) -> None:
    assert not import_text(database, tmp_path / "t.csv", TABLE).faults
    report = import_text(database, tmp_path / "part.csv", "key,said_on\nb,2023-24\n")
    assert [(one.line, one.problem.field, one.problem.code) for one in report.warnings] == [
        (2, "said_on", "season-or-years")
    ]
    (fault,) = import_text(database, tmp_path / "year.csv", "key,said_on\nb,2023/24\n").faults
    assert "did you mean" not in str(fault)  # each reading is told once


def test_every_date_of_a_file_is_looked_at(database: Database, tmp_path: Path) -> None:
    report = import_text(database, tmp_path / "t.yaml", FILE)
    assert not report.faults
    assert [one.problem.field for one in report.warnings if one.problem.code == "season-or-years"] == [
        "source.accessed_on", "speakers.0.tenures.0.since", "claims.0.said_on"
    ]  # fmt: skip


def test_a_financial_year_is_refused_with_each_reading(database: Database, tmp_path: Path) -> None:
    report = import_text(
        database, tmp_path / "t.csv", TABLE.replace("2020-21", "FY2020/21").replace("2021-22", "2021/22")
    )
    assert [(fault.line, fault.problem.field, fault.problem.did_you_mean) for fault in report.faults] == [
        (2, field, tuple(f"{form}" for form in forms))
        for field, forms in {
            "said_on": ("2021/2022", "2021-04/2022-03", "2021-07/2022-06", "2021-10/2022-09"),
            "figures.0.period": ("2020/2021", "2020-04/2021-03", "2020-07/2021-06", "2020-10/2021-09"),
        }.items()
    ]
