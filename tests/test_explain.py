"""`onrecord explain` and `onrecord check`."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import Result
from sqlalchemy import text

from app.store.database.engine import Database
from tests.conftest import NOON, SEED
from tests.importing import import_paths

Run = Callable[..., Result]
TIMES = re.compile(r"(  +[0-9.]+ ms){2}")


def explained(run: Run, database: Database, query: str) -> list[str]:
    """The lines of an explanation, without how long all takes."""
    result = run(database, "explain", query)
    assert result.exit_code == 0, result.output
    return [re.sub(" {2,}", "  ", TIMES.sub("", line).rstrip()) for line in result.output.splitlines()]


def test_the_formula_and_its_terms_are_told_with_their_sizes(run: Run, seeded: Database) -> None:
    lines = explained(run, seeded, "topic=cyber+defence&figure__unit=count&speaker__name=Fumio Kishida&limit=3")
    assert lines == [
        "revision 1 of 1: 38 versions of claims, 38 of them current",
        "",
        "formula  numbers of  first  again",
        "and  2 claim",
        "  =topic=cyber defence  18 claim",
        "  =speaker=spk_1  5 claim",
        "  some figure  4 claim",
        "  =figure__unit=count  4 figure",
        "  not  38 claim",
        "  =status=retracted  0 claim",
        "",
        "step  first  again",
        *("state", "index", "formula", "visible", "page", "documents"),
        "",
        "2 claims are found, 2 of them on the page",
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "38 claims are found, 38 of them on the page"),
        ("?limit=5", "38 claims are found, 5 of them on the page"),
        ("q=japan&limit=1", "claims are found, 1 of them on the page"),
        ("status=any&sort=said_on", "everything"),
        ("q=!", "nothing"),
        ('q="political theater"', "SideBySide(words=('political', 'theater')"),
        ("said_on=2022&figure__value__gte=1&figure__unit=count", "low to high meets 1.0 to inf"),
        ("id=clm_1", "Claims(ids=(1,))"),
        ("as_of=0", "revision 0 of 1: 0 versions of claims, 0 of them current"),
    ],
)
def test_any_query_is_explained(run: Run, seeded: Database, query: str, expected: str) -> None:
    assert expected in "\n".join(explained(run, seeded, query))


def test_a_wrong_query_is_told_as_the_api_tells_it(run: Run, seeded: Database) -> None:
    for query, told in (("topc=1", "did you mean topic?"), ("as_of=7", "is yet to come"), ("topic=%ff", "not UTF-8")):
        result = run(seeded, "explain", query)
        assert result.exit_code == 2
        assert told in result.output
    result = run(seeded, "explain", "http://127.0.0.1:8000/v1/claims?q=budget")
    assert "leave out http://127.0.0.1:8000/v1/claims: QUERY is what stands behind" in result.output


def test_what_is_alike_is_told_to_be(run: Run, seeded: Database) -> None:
    result = run(seeded, "check", "--processes", 1)
    assert result.exit_code == 0, result.output
    assert result.output.endswith("index, rows and documents are alike\n")


@pytest.mark.own_database
def test_differences_of_index_and_rows_are_told(run: Run, database: Database) -> None:
    assert not import_paths(database, [SEED], at=NOON).faults
    with database.write() as connection:
        connection.execute(text("UPDATE topics SET topic = 'another'"))
        connection.execute(text("DELETE FROM index_tokens WHERE number = 1"))
    result = run(database, "check", "--processes", 1)
    assert result.exit_code == 1
    assert "topics 1, 0: another row than its document makes" in result.output
    assert "claim 1: other tokens" in result.output
    assert re.search(r"onrecord: differences: \d+$", result.output.strip())
    few = run(database, "check", "--processes", 1, "--most", 2)
    assert "onrecord: more than 2 differences" in few.output
    assert few.output.count("another row") == 2
