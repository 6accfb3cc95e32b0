"""The bench of matching tells how well texts find claims, in data of the shape that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import matching

CLAIMS = (
    "\tvclaim\ttitle\n"
    "7\tA shark swam on a highway in Houston.\tShark on the Highway?\n"
    '8\t"A ""gun"" was found in a cake."\tGun in a Cake?\n'
)
TWEETS = "\ttweet_content\n1\tOMG a shark swims on the #Highway! pic.example/x1\n2\tguns in cakes\n"
RIGHT = "1\t0\t7\t1\n2\t0\t8\t1\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two claims and a part with a tweet about each."""
    (tmp_path / "dev").mkdir()
    (tmp_path / "verified_claims.docs.tsv").write_text(CLAIMS)
    (tmp_path / "dev" / "tweets.queries.tsv").write_text(TWEETS)
    (tmp_path / "dev" / "tweet-vclaim-pairs.qrels").write_text(RIGHT)
    return tmp_path


def test_the_table_has_the_precision_of_each_way(data: Path) -> None:
    file = data / "MATCHING.md"
    done = CliRunner().invoke(matching.main, ["--data", str(data), "--part", "dev", "--results", str(file)])
    assert done.exit_code == 0, done.output
    rows = [line.split(" | ") for line in file.read_text().splitlines() if line.startswith("| ")]
    assert rows[0][:2] == ["| compared by", "dev, 2 texts"]
    assert {row[0].strip("| "): row[1] for row in rows[2:]} == dict.fromkeys(matching.WAYS, "1.000")


def test_data_that_are_not_there_are_told_by_their_file(data: Path) -> None:
    done = CliRunner().invoke(matching.main, ["--data", str(data), "--part", "train"])
    assert done.exit_code == 1
    assert str(data / "train" / "tweet-vclaim-pairs.qrels") in done.output
    assert "clef2020-factchecking-task2" in done.output


def test_precision_counts_the_places_of_what_is_right() -> None:
    assert matching.precision([1, 2, 3], {1, 3}) == pytest.approx((1 + 2 / 3) / 2)
    assert matching.precision([4, 5, 6, 7, 8, 1], {1}) == 0
