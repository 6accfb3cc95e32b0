"""The page on security: the tests that it names are there."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def test_the_tests_that_the_page_names_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", row.rpartition("|")[0])
        assert named, row
        for file, test in named:
            assert not test or f"\ndef {test}(" in (ROOT / "tests" / file).read_text(), (file, test)
            assert (ROOT / "tests" / file).exists()
