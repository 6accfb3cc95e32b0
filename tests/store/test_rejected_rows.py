"""Imports that keep going: what is right is stored, what is wrong goes to files that can be mended and imported."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.imports.mapping.mapping_file import read_mapping
from app.store.imports.rejected_files import places_for
from tests.importing import import_paths
from tests.store.stored import claim, everything, is_empty, record, rows, write_files

TABLE = """\
key,speaker.name,quote,said_on,source.title
k1,Ann,we will win,2024,A report
k2,Bo,"he said ""no"", twice",soon,A report
k3,Cy,short
k4,Dee,fine,2024-01,A report
"""
SEED = """\
source: {key: report, title: A report}
speakers:
  - {key: ann, name: Ann Lee, kind: persn}
  - {key: bo, name: Bo Berg}
claims:
  - {key: y1, speaker: {key: ann}, quote: one}
  - {key: y2, speaker: {key: bo}, quote: two}
  - {key: y3, quote: three, relations: [{type: supports, key: y1}]}
"""


def keep_going(database: Database, *paths: Path, **options: Any) -> Report:
    """Import files, keeping on; the counts add up and nobody is told of more than was read."""
    report = import_paths(database, list(paths), keep_going=True, **options)
    counts = report.counts
    assert counts["read"] == sum(number for what, number in counts.items() if what != "read")
    return report


def counts(report: Report) -> dict[str, int]:
    return {what: number for what, number in report.counts.items() if number}


def keys(database: Database) -> list[str]:
    """The keys of the claims that are stored."""
    return [key for (key,) in rows(database, "SELECT key FROM record_keys WHERE type = 'clm' ORDER BY key")]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_right_rows_are_stored_and_wrong_ones_written_with_their_reasons(database: Database, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(TABLE)
    report = keep_going(database, table)
    assert counts(report) == {"read": 4, "created": 2, "rejected": 2}
    assert (report.revision, keys(database)) == (1, ["k1", "k4"])
    wrong, unread = cells(tmp_path / "a.csv.rejected.csv")
    assert (wrong["quote"], wrong["said_on"], wrong["$unread"]) == ('he said "no", twice', "soon", "")
    assert wrong["$rejected"].startswith(f"{table}:3: said_on: 'soon' is not an EDTF date")
    assert (unread["key"], unread["$unread"]) == ("", "k3,Cy,short")
    assert [(file.rows, file.place) for file in report.rejected_files] == [(2, f"{table}.rejected.csv")]


def test_a_table_without_one_readable_row_has_its_columns_in_the_rejected_one(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "u.csv").write_text('key,quote,source.title\nq/1,"b"x,T\n')
    keep_going(database, tmp_path / "u.csv")
    rejected = tmp_path / "u.csv.rejected.csv"
    assert [path.name for path in tmp_path.glob("u.csv.*")] == [rejected.name]
    (unread,) = cells(rejected)
    assert [*unread] == ["key", "quote", "source.title", "$rejected", "$unread"]
    assert unread["$unread"] == 'q/1,"b"x,T'
    keep_going(database, rejected)
    (again,) = cells(tmp_path / "u.csv.rejected.csv.rejected.csv")
    assert again | {"$rejected": ""} == unread | {"$rejected": ""}


def test_nothing_of_a_rejected_row_is_stored(database: Database, tmp_path: Path) -> None:
    lone = {"key": "b", "quote": "x", "speaker": {"name": "Nobody Else"}, "source": {"title": "Elsewhere"}}
    wrong = lone | {"figures": [{"metric": "new metric", "value": 1, "unit": "kilometr"}]}
    (tmp_path / "a.ndjson").write_text(
        f'{{"key": "a", "quote": "y", "source": {{"title": "T"}}}}\n{json.dumps(wrong)}\n'
    )
    keep_going(database, tmp_path / "a.ndjson")
    assert rows(database, "SELECT type, count(*) FROM record_keys GROUP BY type ORDER BY 1") == [("clm", 1), ("src", 1)]


def test_mended_rows_are_imported_from_the_file_that_holds_them(database: Database, tmp_path: Path) -> None:
    table = tmp_path / "a.tsv"
    table.write_text("key\tquote\tvenue\tsource.title\nk1\ta\there\tT\n")
    import_paths(database, [table])
    table.write_text('key\tvenue\tsaid_on\nk1\t"a, ""b""\nc"\tsoon\n')
    rejected = tmp_path / "a.tsv.rejected.csv"
    assert counts(keep_going(database, table)) == {"read": 1, "rejected": 1}
    rejected.write_text(rejected.read_text().replace('"soon"', '"2024"'))
    assert counts(import_paths(database, [rejected])) == {"read": 1, "updated": 1}
    found = claim(database, "k1")
    assert (found["quote"], found["venue"], found["said_on"]["edtf"]) == ("a", 'a, "b"\nc', "2024")


def test_rows_that_were_not_read_are_refused_until_they_are_mended(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE)
    (tmp_path / "b.ndjson").write_text('{"key": "n1", "quote": "x" "source": {"title": "T"}}\n')
    keep_going(database, tmp_path / "a.csv", tmp_path / "b.ndjson")
    before = everything(database)
    for file in (tmp_path / "a.csv.rejected.csv", tmp_path / "b.ndjson.rejected.ndjson"):
        file.write_text(file.read_text().replace("soon", "2024"))
        report = import_paths(database, [file])
        assert [notice.problem.code for notice in report.faults] == ["unread"]
        assert "holds a row that could not be read" in str(report.faults[0])
    assert everything(database) == before


def test_records_that_follow_a_wrong_definition_say_so(database: Database, tmp_path: Path) -> None:
    write_files(tmp_path, a=SEED)
    report = keep_going(database, tmp_path / "a.yaml")
    assert counts(report) == {"read": 3, "created": 1, "rejected": 2}
    assert report.definitions["rejected"] == 1
    assert keys(database) == ["y2"]
    speaker, first, third = lines(tmp_path / "a.yaml.rejected.ndjson")
    assert (speaker["type"], speaker["kind"], speaker["$rejected"][0]["did_you_mean"]) == (
        "speaker",
        "persn",
        ["person"],
    )
    told = f"it is rejected for the fault at {tmp_path / 'a.yaml'}:3 alone"
    assert [one["$rejected"][0]["code"] for one in (first, third)] == ["follows", "follows"]
    assert told in first["$rejected"][0]["detail"]
    assert "it is rejected for the fault at" in third["$rejected"][0]["detail"]
    assert first["source"] == {"key": "report"}


def test_a_file_of_rejected_records_is_whole_by_itself(database: Database, tmp_path: Path) -> None:
    write_files(tmp_path, a=SEED)
    keep_going(database, tmp_path / "a.yaml")
    rejected = tmp_path / "a.yaml.rejected.ndjson"
    rejected.write_text(rejected.read_text().replace('"kind":"persn"', '"kind":"person"'))
    assert counts(import_paths(database, [rejected])) == {"read": 2, "created": 2}
    assert record(database, "speakers", "ann")["kind"] == "person"
    assert claim(database, "y1")["citations"][0]["source"]["key"] == "report"
    assert counts(import_paths(database, [rejected])) == {"read": 2, "unchanged": 2}


def test_faults_that_only_the_lock_shows_leave_their_rows_out(database: Database, tmp_path: Path) -> None:
    write_files(tmp_path, a="speakers:\n  - {key: ann, name: Ann Lee, kind: person}\n")
    import_paths(database, [tmp_path / "a.yaml"])
    made: list[dict[str, Any]] = [{"key": f"c{n}", "quote": "x", "source": {"title": "T"}} for n in range(6)]
    made[1] |= {"speaker": {"key": "ann", "kind": "group"}}
    made[2] |= {"speaker": {"key": "nobody"}}
    made[3] |= {"relations": [{"type": "supports", "key": "c2"}]}
    made[4] |= {"relations": [{"type": "supports", "key": "c3"}], "source": {"title": "Of c4 alone"}}
    (tmp_path / "b.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in made))
    planned = keep_going(database, tmp_path / "b.ndjson", dry_run=True)
    assert not list(tmp_path.glob("*.rejected.*"))
    report = keep_going(database, tmp_path / "b.ndjson")
    assert counts(report) == counts(planned) == {"read": 6, "created": 2, "rejected": 4}
    assert (report.revision, report.changes) == (2, {"created": 2, "sources_created": 1})
    assert keys(database) == ["c0", "c5"]
    assert [one["key"] for one in lines(tmp_path / "b.ndjson.rejected.ndjson")] == ["c1", "c2", "c3", "c4"]
    assert [str(warning) for warning in report.warnings if warning.problem.code == "possible-duplicate"] == [
        f"{tmp_path / 'b.ndjson'}:{line}: c{n} may be a duplicate of c{other}"
        for line, n, other in ((1, 0, 5), (6, 5, 0))
    ]


def test_a_chain_of_relations_to_a_rejected_claim_takes_two_attempts(database: Database, tmp_path: Path) -> None:
    made: list[dict[str, Any]] = [{"key": "c0", "quote": "x", "source": {"title": "T"}, "said_on": "soon"}]
    for n in range(1, 30):
        related = {"relations": [{"type": "restates", "key": f"c{n - 1}"}]}
        made.append({"key": f"c{n}", "quote": "x", "source": {"title": "T"}} | related)
    made.append({"key": "d", "quote": "y", "source": {"title": "T"}})
    (tmp_path / "a.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in made))
    told: list[tuple[int, int | None]] = []

    def tell(what: str, done: int, every: int | None) -> None:
        told.extend([(done, every)] if what == "prepared" else ())

    report = keep_going(database, tmp_path / "a.ndjson", progress=tell)
    assert (counts(report), keys(database)) == ({"read": 31, "created": 1, "rejected": 30}, ["d"])
    assert told == [(30, 30), (1, 1)]
    reasons = [one["$rejected"] for one in lines(tmp_path / "a.ndjson.rejected.ndjson")]
    assert [[reason["code"] for reason in some] for some in reasons] == [["bad-value"]] + 29 * [["follows"]]
    assert len(report.faults) == 1


def test_keys_that_stand_twice_reject_both(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,quote,source.title\na,x,T\nb,x,T\na,y,T\n")
    assert counts(keep_going(database, tmp_path / "a.csv")) == {"read": 3, "created": 1, "rejected": 2}
    assert keys(database) == ["b"]


def test_of_a_file_that_breaks_off_the_rows_before_are_kept(database: Database, tmp_path: Path) -> None:
    whole = "key,quote,source.title\n" + "".join(f"k{n:05},words {n * n},T\n" for n in range(3000))
    packed = gzip.compress(whole.encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    report = keep_going(database, tmp_path / "a.csv.gz")
    found = counts(report)
    assert found["rejected"] == 1
    assert 100 < found["created"] == found["read"] - 1 < 3000
    assert keys(database) == [f"k{n:05}" for n in range(found["created"])]
    (last,) = cells(tmp_path / "a.csv.gz.rejected.csv")
    assert "is cut off" in last["$rejected"]
    assert last["$unread"]


def test_a_file_that_is_wrong_as_a_whole_hinders_no_other(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,qoute,source.title\nk1,x,T\n")
    (tmp_path / "b.json").write_text('{"claims": [{"key": "k2", "quote": "x"')
    (tmp_path / "c.csv").write_text("key,quote,source.title\nk3,x,T\n")
    report = keep_going(database, tmp_path)
    assert (counts(report), len(report.faults), report.rejected_files) == ({"read": 1, "created": 1}, 2, [])
    assert keys(database) == ["k3"]


def test_without_keep_going_nothing_is_stored_or_written(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE)
    report = import_paths(database, [tmp_path / "a.csv"])
    assert (is_empty(database), report.counts["rejected"], sorted(tmp_path.iterdir())) == (
        True,
        4,
        [tmp_path / "a.csv"],
    )


def test_a_source_whose_text_is_not_there_is_rejected_with_its_file(database: Database, tmp_path: Path) -> None:
    write_files(tmp_path, a="source: {key: s, title: T, text_file: s.txt}\nclaims:\n  - {key: a, quote: x}\n")
    report = keep_going(database, tmp_path / "a.yaml")
    assert counts(report) == {"read": 1, "rejected": 1}
    source, follower = lines(tmp_path / "a.yaml.rejected.ndjson")
    assert (source["text_file"], follower["$rejected"][0]["code"]) == ("s.txt", "follows")
    assert is_empty(database)
    (tmp_path / "s.txt").write_text("they said x")
    assert counts(import_paths(database, [tmp_path / "a.yaml.rejected.ndjson"])) == {"read": 1, "created": 1}
    assert claim(database, "a")["citations"][0]["verification"] == "verbatim"


def test_rejected_files_of_a_folder_are_not_imported_with_it(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE)
    keep_going(database, tmp_path)
    (tmp_path / "b.csv.rejected.csv").write_text("key,quote,source.title,$rejected\nk9,x,T,why\n")
    report = keep_going(database, tmp_path)
    assert counts(report) == {"read": 4, "unchanged": 2, "rejected": 2}
    passed = [str(warning) for warning in report.warnings if warning.problem.code == "passed-over"]
    told = "is not read: it is a file of rejected rows; mend them, and name it to import it"
    assert passed == [f"{tmp_path / name}: {told}" for name in ("a.csv.rejected.csv", "b.csv.rejected.csv")]


def test_a_file_that_holds_no_rejected_rows_is_not_replaced(database: Database, tmp_path: Path) -> None:
    table, other = tmp_path / "a.csv", tmp_path / "a.csv.rejected.csv"
    table.write_text(TABLE)
    other.write_text("mine")
    with pytest.raises(BadImport, match="is there, and holds no rejected rows"):
        keep_going(database, table)
    assert (is_empty(database), other.read_text(), len(list(tmp_path.iterdir()))) == (True, "mine", 2)


def test_rejected_rows_can_be_written_into_a_folder(database: Database, tmp_path: Path) -> None:
    for name in ("in/x", "in/y", "out", "alone"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "in" / "a.csv").write_text(TABLE)
    (tmp_path / "alone" / "a.csv").write_text(TABLE.replace("k1,", "m1,"))
    out = tmp_path / "out"
    keep_going(database, tmp_path / "in", rejected_to=places_for([tmp_path / "in"], out))
    assert [path.name for path in out.iterdir()] == ["a.csv.rejected.csv"]
    alone = tmp_path / "alone" / "a.csv"
    with pytest.raises(BadImport, match=r"holds no rejected rows of .*alone/a\.csv"):
        keep_going(database, alone, rejected_to=places_for([alone], out))
    assert keys(database) == ["k1", "k4"]
    assert not list((tmp_path / "alone").glob("*rejected*"))


MAPPING = """\
format: csv
delimiter: ";"
encoding: cp1252
header: false
columns: [n, who, words, day]
claim:
  key: "x/{{ n }}"
  speaker.name: "{{ who }}"
  quote: "{{ words }}"
  said_on: "{{ day }}"
  source.title: "{{ file.stem }}"
"""


def test_rejected_rows_of_foreign_files_are_imported_by_the_same_mapping(database: Database, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING)
    table = "1;Jörg;Größe;2024-02-01\n2;Ann;\u20ac 5;2024-02-31\n3;Bo;one;two;three\n"
    (tmp_path / "f.csv").write_bytes(table.encode("cp1252"))
    report = keep_going(database, tmp_path / "f.csv", mapping=read_mapping(tmp_path / "m.yaml"))
    assert counts(report) == {"read": 3, "created": 1, "rejected": 2}
    wrong, unread = lines(tmp_path / "f.csv.rejected.ndjson")
    reasons = wrong.pop("$rejected")
    assert wrong.pop("$from") == {"path": "f.csv", "line": 2}
    assert wrong == {"n": "2", "who": "Ann", "words": "\u20ac 5", "day": "2024-02-31"}
    assert (reasons[0]["line"], reasons[0]["field"]) == (2, "said_on (day)")
    assert "three" in unread["$unread"]
    mended = wrong | {"day": "2024-02-28"}
    (tmp_path / "f.csv.rejected.ndjson").write_text(json.dumps(mended | {"$rejected": reasons}, ensure_ascii=False))
    again = import_paths(database, [tmp_path / "f.csv.rejected.ndjson"], mapping=read_mapping(tmp_path / "m.yaml"))
    assert counts(again) == {"read": 1, "created": 1}
    assert (claim(database, "x/2")["quote"], claim(database, "x/2")["said_on"]["edtf"]) == ("\u20ac 5", "2024-02-28")
    assert len(rows(database, "SELECT 1 FROM record_keys WHERE type = 'src'")) == 1


def test_the_first_row_of_a_table_without_a_header_is_counted_and_written(database: Database, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "f.csv").write_text("1;Ann;one;two;three\n2;Bo;four;2024-02-01\n")
    report = keep_going(database, tmp_path / "f.csv", mapping=read_mapping(tmp_path / "m.yaml"))
    assert counts(report) == {"read": 2, "created": 1, "rejected": 1}
    (unread,) = lines(tmp_path / "f.csv.rejected.ndjson")
    assert "three" in unread["$unread"]


def test_a_misspelled_column_of_a_mended_row_is_warned_of(database: Database, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING)
    row = {"n": "2", "who": "Ann", "words": "y"}
    for named, told in (({"dya": "2024"}, "the column dya is not used (did you mean day?)"), ({}, "no column day")):
        path = tmp_path / "f.csv.rejected.ndjson"
        path.write_text(json.dumps(row | named | {"other": "1"}))
        report = import_paths(database, [path], mapping=read_mapping(tmp_path / "m.yaml"), dry_run=True)
        (warning,) = (str(one) for one in report.warnings if one.problem.code == "unused-column")
        assert (warning.startswith(f"{path}:1: "), told in warning) == (True, True), warning


def test_a_fix_is_in_the_rejected_rows_and_does_not_undo_their_mends(database: Database, tmp_path: Path) -> None:
    fix = 'fix: {by: "{{ n }}", rows: {"1": {day: 2024-02-31}, "2": {words: fixed}}}\n'
    (tmp_path / "m.yaml").write_text(MAPPING + fix)
    (tmp_path / "f.csv").write_text("1;Ann;a;2024\n2;Bo;b;soon\n")
    keep_going(database, tmp_path / "f.csv", mapping=read_mapping(tmp_path / "m.yaml"))
    rejected = tmp_path / "f.csv.rejected.ndjson"
    assert [(row["day"], row["words"]) for row in lines(rejected)] == [("2024-02-31", "a"), ("soon", "fixed")]
    rejected.write_text(rejected.read_text().replace("2024-02-31", "2024-02-28", 1).replace('"soon"', '"2023"'))
    report = import_paths(database, [rejected], mapping=read_mapping(tmp_path / "m.yaml"))
    assert (counts(report)["created"], claim(database, "x/1")["said_on"]["edtf"]) == (2, "2024-02-28")
    (warning,) = (str(one) for one in report.warnings if one.problem.code == "fix-of-mended-row")
    assert "day is '2024-02-28', and stays so; `fix` has '2024-02-31'" in warning


@pytest.mark.parametrize("ending", [".rejected.csv", ".rejected.ndjson", ".rejected.ndjson.gz"])
def test_a_mapping_leaves_the_rejected_rows_in_a_folder_alone(ending: str, database: Database, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "f.csv").write_text("1;Ann;one;2024-02-01\n")
    (folder / f"g.csv{ending}").write_bytes(b"")
    report = import_paths(database, [folder], mapping=read_mapping(tmp_path / "m.yaml"))
    assert counts(report) == {"read": 1, "created": 1}
    assert [str(one) for one in report.warnings if one.problem.code == "passed-over"] == [
        f"{folder / f'g.csv{ending}'}: is not read: it holds rejected rows; name it to import it"
    ]


def test_a_mapping_that_is_wrong_itself_stores_nothing(database: Database, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("format: json\nclaim: {key: '{{ id }}', quote: '{{ qoute }}', source.title: T}\n")
    (tmp_path / "f.json").write_text('[{"id": "1", "quote": "x"}]')
    report = import_paths(database, [tmp_path / "f.json"], mapping=read_mapping(tmp_path / "m.yaml"), keep_going=True)
    assert (bool(report.faults), report.is_refused, is_empty(database)) == (True, True, True)


def test_rejected_claims_keep_the_dataset_of_their_import_or_are_told_to_be_given_it(
    run: Callable[..., Result], database: Database
) -> None:
    wrong = '{"key": "k2", "quote": "b", "source": {"title": "T"}, "said_on": "soon"}'
    Path("a.ndjson").write_text(wrong + '\n{"key": "k3", "quote": "c" "source": "T"}\n')
    told = run(database, "import", "a.ndjson", "--keep-going", "--dataset", "the-set")
    assert "a.ndjson.rejected.ndjson, to be mended and imported with --dataset the-set\n" in told.stdout
    claims = lines(Path("a.ndjson.rejected.ndjson"))
    assert [one.get("dataset") for one in claims] == ["the-set", None]
    Path("m.yaml").write_text(
        "format: ndjson\nclaim: {key: '{{ key }}', quote: '{{ quote | number }}', source.title: T}\n"
    )
    run(database, "import", "--mapping", "m.yaml", "a.ndjson", "--keep-going", "--dataset", "the-set")
    assert "dataset" not in lines(Path("a.ndjson.rejected.ndjson"))[0]


def test_the_command_tells_where_rejected_rows_are_and_ends_with_1(
    run: Callable[..., Result], database: Database
) -> None:
    Path("a.csv").write_text(TABLE)
    told = run(database, "import", "a.csv", "--keep-going")
    assert told.exit_code == 1
    assert "claims: 4 read, 2 created, 0 updated, 0 retracted, 0 unchanged, 2 rejected" in told.stdout
    assert "rejected: 2 rows are in a.csv.rejected.csv, to be mended and imported" in told.stdout
    assert "stored as revision 1: 2 created" in told.stdout
    again = run(database, "import", "a.csv", "--keep-going", "--json")
    said = json.loads(again.stdout)
    assert (again.exit_code, said["keep_going"], said["revision"], said["problems"]["count"]) == (1, True, None, 2)
    assert said["rejected_files"] == [{"file": "a.csv", "place": "a.csv.rejected.csv", "rows": 2}]
    assert run(database, "import", "a.csv", "--rejected", ".").exit_code == 2
    Path("a.csv").write_text("key,quote,source.title\nk1,we will win,A report\n")
    assert run(database, "import", "a.csv", "--keep-going").exit_code == 0
    assert keys(database) == ["k1", "k4"]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ('k2;"a ""b"""', "key;quote;source.title"),
        ("k2;plain", "key;quote;source.title"),
        ("k2;x;T;behind", "key;quote;source.title;"),
    ],
    ids=["quoted", "short", "without a name"],
)
def test_a_row_that_is_not_read_stands_as_its_file_has_it(
    row: str, named: str, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(f"{named}\n{row}\n")
    keep_going(database, tmp_path / "a.csv", delimiter=";")
    (unread,) = cells(tmp_path / "a.csv.rejected.csv")
    assert unread["$unread"] == row


def test_the_folder_for_rejected_rows_is_made(database: Database, run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE)
    deep = tmp_path / "some" / "where"
    args = ("import", str(tmp_path / "a.csv"), "--keep-going", "--rejected")
    run(database, *args, str(deep), "--dry-run")
    assert not deep.exists()
    assert run(database, *args, str(deep)).exit_code == 1
    assert [path.name for path in deep.iterdir()] == ["a.csv.rejected.csv"]
    failed = run(database, *args, str(tmp_path / "a.csv" / "x"))
    assert (failed.exit_code, failed.stderr.splitlines()[-1]) == (
        2, f"Error: --rejected: the folder {tmp_path}/a.csv/x cannot be made: Not a directory"
    )  # fmt: skip
