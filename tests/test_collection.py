"""The tests themselves: the same ones in every process, at any time, and wherever they are started from.

`pytest -n` refuses to run what two of its processes name differently.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.asked import some_of
from tests.conftest import ROOT, SHOWN

FILES = 8  # about as many are collected twice

# Half a year later: the clock is set before anything is imported.
COLLECT = """
import sys, time
seconds, nanoseconds = time.time, time.time_ns
time.time = lambda: seconds() + 15_000_000
time.time_ns = lambda: nanoseconds() + 15_000_000 * 10**9
import pytest
sys.exit(pytest.main(["--collect-only", "--verbosity=-1", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""


def test_every_process_at_any_time_and_place_collects_the_same_tests(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Of some files, of all in the long profile. `pytest -n` sees whether processes of one time and place agree."""
    every = list(dict.fromkeys(item.path for item in request.session.items))
    files = some_of(every, FILES)
    here = [item.nodeid for item in request.session.items if item.path in files]
    done = subprocess.run(
        [sys.executable, "-c", COLLECT, f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", *files],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    asked = set(here)  # some of a file, where only some are asked for
    assert [nodeid for nodeid in done.stdout.splitlines() if nodeid in asked] == here


def test_the_id_of_a_test_is_short_and_readable(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        of_parameters = item.nodeid.partition("[")[2]
        assert len(of_parameters) <= 5 * SHOWN, item.nodeid
        assert of_parameters.isprintable(), item.nodeid
        assert str(ROOT) not in of_parameters, item.nodeid


TARGETS = [line.partition(":")[2].split() for line in (ROOT / "Makefile").read_text().splitlines() if ".PHONY" in line]


def test_a_target_does_the_same_from_any_folder(tmp_path: Path) -> None:
    def commands_of(folder: Path) -> str:
        make = ["make", "--dry-run", "--no-print-directory", f"--directory={ROOT}", *TARGETS[0]]
        environment = {"PATH": os.environ["PATH"]}
        return subprocess.run(make, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout

    assert commands_of(tmp_path) == commands_of(ROOT) != ""
