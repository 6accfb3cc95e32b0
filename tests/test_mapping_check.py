"""`onrecord mapping check`: what a mapping makes of the first records, what is wrong, and the sums."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from app.domain.text.controls import obeyed_in
from tests.conftest import ROOT

Run = Callable[..., Result]
MAPPING = """\
claim:
  key: "k/{{ id }}"
  speaker.name: "{{ who }}"
  quote: "{{ said }}"
  said_on: "{{ day | date('%d.%m.%Y') }}"
  source.title: The minutes
skip_when: "{{ who == 'chair' }}"
"""
ROWS = """\
id,who,said,day
1,Ann Lee,we hired 1500,12.04.2024
2,chair,next please,12.04.2024
3,Bo,we did not,31.02.2024
4,Cy,,13.04.2024
5,"Dee ","it is\u202e done",14.04.2024
"""


def check(run: Run, folder: Path, rows: str, *options: str, mapping: str = MAPPING) -> Result:
    (folder / "m.yaml").write_text(mapping)
    (folder / "x.csv").write_text(rows)
    return run(None, "mapping", "check", "m.yaml", "x.csv", *options)


def test_the_first_records_are_shown_with_what_becomes_of_them(run: Run, tmp_path: Path) -> None:
    done = check(run, tmp_path, ROWS, "--rows", "4")
    assert done.exit_code == 1
    first, skipped, bad_date, wordless, rest = done.stdout.split("\n\n")
    assert first.splitlines() == [
        "x.csv:2", "  row:", "    id: 1", "    who: Ann Lee", "    said: we hired 1500", "    day: 12.04.2024",
        "  claim:", "    key: k/1", "    speaker.name: Ann Lee", "    quote: we hired 1500", "    said_on: 2024-04-12",
        "    citations.0.source.title: The minutes",
    ]  # fmt: skip
    assert skipped.splitlines()[-1] == "  skipped: {{ who == 'chair' }}"
    assert bad_date.splitlines()[-1].startswith("  said_on (day): '31.02.2024' ")
    assert wordless.splitlines()[-1] == "  a claim needs a quote or a paraphrase"
    assert rest.splitlines()[-1] == "of 5 records, which are all: 2 claims made, 1 skipped, 2 rejected"
    assert "x.csv:4: said_on (day): '31.02.2024'" in rest
    assert "warning: x.csv:3: 1 row is skipped" in rest


def test_what_is_right_ends_well_and_what_a_terminal_obeys_is_escaped(run: Run, tmp_path: Path) -> None:
    done = check(run, tmp_path, "".join(ROWS.splitlines(keepends=True)[n] for n in (0, 5)))
    assert done.exit_code == 0
    assert "is\\u202e done" in done.stdout
    assert all(obeyed_in(line) == [] for line in done.stdout.splitlines())
    assert "of 1 record, which are all: 1 claim made, 0 skipped, 0 rejected" in done.stdout


def test_a_thousand_records_are_tried_and_columns_that_none_of_them_has_are_told(run: Run, tmp_path: Path) -> None:
    rows = "id,who,said,day\n" + "".join(f"{n},Ann,something,12.04.2024\n" for n in range(2000))
    done = check(run, tmp_path, rows, "--rows", "0")
    assert (done.exit_code, done.stdout) == (
        0,
        "of the first 1,000 records: 1,000 claims made, 0 skipped, 0 rejected\n",
    )
    done = check(run, tmp_path, rows.replace("who", "speaker", 1), "--rows", "1")
    assert done.exit_code == 1
    assert "has no column who; there are id, speaker, said, day" in done.stdout


def test_one_key_for_two_claims_is_told(run: Run, tmp_path: Path) -> None:
    done = check(run, tmp_path, "id,who,said,day\n1,Ann,a,1.1.2024\n1,Ann,b,1.1.2024\n", "--rows", "0")
    assert "x.csv:3: key (id): line 2 has 'k/1' too, with other content" in done.stdout
    assert "nothing made, 0 skipped, 2 rejected" in done.stdout


def test_groups_and_definitions_are_shown_at_the_rows_that_make_them(run: Run, tmp_path: Path) -> None:
    mapping = """\
group_by: "{{ id }}"
speaker: {key: "{{ who }}", name: "{{ who }}"}
claim:
  speaker.key: "{{ who }}"
  quote: "{{ said }}"
  topics: "{{ rows | map(attribute='day') }}"
  source.title: T
"""
    done = check(run, tmp_path, "id,who,said,day\n1,Ann,a,x\n2,Ann,b,y\n1,Ann,a,z\n", mapping=mapping)
    assert done.exit_code == 0
    first, second, third, sums = done.stdout.split("\n\n")
    assert [line for line in first.splitlines() if "topics" in line] == ["    topics.0: x", "    topics.1: z"]
    assert ("speaker:" in first, "speaker:" in second, "claim:" in third) == (True, False, False)
    assert sums == "of 3 records, which are all, read as 2 claims: 1 speaker, 2 claims made, 0 skipped, 0 rejected\n"


@pytest.mark.parametrize(
    ("mapping", "file", "told"),
    [
        (
            "claim: {said_onn: x}",
            "x.csv",
            "m.yaml:1: claim.said_onn: there is no such field of a claim (did you mean said",
        ),
        ("# é\n# \x01", "x.csv", "m.yaml:2: broken YAML: the character U+0001 is not allowed"),
        (MAPPING, "none.csv", "none.csv: there is no such file"),
    ],
)
def test_a_mapping_or_file_that_cannot_be_read_is_told(
    run: Run, tmp_path: Path, mapping: str, file: str, told: str
) -> None:
    (tmp_path / "m.yaml").write_text(mapping)
    (tmp_path / "x.csv").write_text(ROWS)
    done = run(None, "mapping", "check", "m.yaml", file)
    assert (done.exit_code, told in done.stderr) == (1, True), done.stderr


def on_a_terminal(folder: Path, columns: int, **environment: str) -> str:
    """The output of a check on a terminal that is so wide."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "app.cli", "mapping", "check", str(folder / "m.yaml"), str(folder / "x.csv")]
    names = ("PATH", "PYTHONPATH", "HOME")
    own = {name: os.environ[name] for name in names if name in os.environ}
    own |= {"COLUMNS": str(columns), "TERM": "xterm", **environment}
    subprocess.run(command, stdout=theirs, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=ROOT, env=own)
    os.close(theirs)
    told = b""
    try:
        while more := os.read(ours, 2**16):
            told += more
    except OSError:  # the end, on Linux
        pass
    os.close(ours)
    return told.decode().replace("\r\n", "\n")


def test_a_terminal_has_records_beside_their_rows_in_colours(tmp_path: Path) -> None:
    words = "これはとても長い文章です。" * 9
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "x.csv").write_text(f"id,who,said,day\n1,Ann,{words},12.04.2024\n")
    told = on_a_terminal(tmp_path, 80)
    assert re.search(r"id: 1 +│ \x1b\[36mclaim:\x1b\[0m\nwho: Ann +│ key: k/1\n", told)
    plain = on_a_terminal(tmp_path, 80, NO_COLOR="1")
    assert plain == re.sub(r"\x1b\[\d+m", "", told)
    for line in plain.splitlines()[1:]:
        assert len(line) + sum(ord(letter) > 0x2FFF for letter in line) <= 80, line


def test_records_on_one_line_are_counted_and_shown_one_by_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text('claim: {key: "k/{{ id }}", quote: "{{ words | upper }}", source.title: T}')
    (tmp_path / "k.json").write_text('[1, 2, {"id": 3}, {"id": 4, "words": []}, {"id": 5, "words": "w"}]')
    done = run(None, "mapping", "check", "m.yaml", "k.json")
    assert done.stdout.endswith("of 5 records, which are all: 1 claim made, 0 skipped, 4 rejected\n")
    wordless, faulty, right, *_ = done.stdout.split("\n\n")
    assert "a claim needs a quote" in wordless
    assert "upper takes a text, not a list" in faulty
    assert "quote: W" in right


def test_a_relation_of_a_claim_to_itself_is_told(run: Run, tmp_path: Path) -> None:
    relations = 'relations: [{type: updates, key: "k/{{ id }}"}]'
    mapping = f'claim: {{key: "k/{{{{ id }}}}", quote: x, source.title: T, {relations}}}'
    done = check(run, tmp_path, "id\n1\n", mapping=mapping)
    assert "a claim has no relation to itself" in done.stdout
    assert done.stdout.endswith("nothing made, 0 skipped, 1 rejected\n")


GROUPED = """\
group_by: "{{ id }}"
skip_when: "{{ id == 'x' }}"
claim: {key: "k/{{ id }}", quote: said, citations: {each: "{{ rows }}", as: one, source.title: "{{ one.title }}",
  source.published_on: "{{ one.day | date }}"}}
"""


def test_sums_of_groups_are_those_of_imports_and_faults_stand_at_their_rows(run: Run, tmp_path: Path) -> None:
    rows = "id,title,day\na,One,2024\nb,Two,2024\na,Three,soon\nx,No,2024\nc,Four,2024,\n"
    done = check(run, tmp_path, rows, "--rows", "9", mapping=GROUPED)
    *shown, sums = done.stdout.split("\n\n")
    assert ["is not an EDTF date" in row for row in shown] == [False, False, True, False, False]
    assert "x.csv:4: citations.1.source.published_on" in sums
    assert sums.endswith("of 5 records, which are all, read as 4 claims: 1 claim made, 1 skipped, 2 rejected\n")
