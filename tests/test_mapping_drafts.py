"""Drafts of mappings: what they see in files of any make, and that they work as they stand."""

from __future__ import annotations

import bz2
import gzip
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadImport
from app.store.imports.drafts import file_seen, head
from app.store.imports.drafts.draft import draft_mapping
from app.store.imports.mapping.mapping_file import read_mapping
from tests.asked import cases
from tests.store.books import book, number, row, text

Run = Callable[..., Result]
TABLE = """\
nr,who,party,words,when,link,subjects,notes
1,Ann Lee,Greens,"We hired 1,500 people, and more will follow, she said.",2024-04-11,https://news.example/a,work;staff,
2,Bo Ek,Greens,"The harbour will open in May, whatever it costs us.",2024-04,https://news.example/b,harbour;costs,x
3,Cy Day,Left,"Nobody told me about the letter before that evening.",2024-05-02,https://news.example/c,letters;work,
"""


def draft(run: Run, folder: Path, name: str, content: str | bytes) -> str:
    """The draft for a file, which passes the check as it stands."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    done = run(None, "mapping", "suggest", file)
    assert done.exit_code == 0, done.stderr
    (folder / "draft.yaml").write_text(done.stdout)
    checked = run(None, "mapping", "check", folder / "draft.yaml", file)
    assert checked.exit_code == 0, f"{checked.output}\n{done.stdout}"
    return done.stdout


def values_of(text: str) -> dict[str, str]:
    """The lines of a draft that are no comments, without those behind them."""
    lines = [line.strip() for line in text.splitlines() if not line.strip().startswith(("#", "-"))]
    return {name: value.partition("  #")[0] for name, _, value in (line.partition(": ") for line in lines)}


def test_columns_are_matched_by_their_names_and_by_what_they_hold(run: Run, tmp_path: Path) -> None:
    text = draft(run, tmp_path, "said.csv", TABLE)
    found = {name: value for name, value in values_of(text).items() if value and name != "ignore"}
    assert found == {
        "key": '"said/{{ nr }}"',
        "speaker.name": '"{{ who }}"',
        "roles.0.organization.name": '"{{ party }}"',
        "quote": '"{{ words }}"',
        "said_on": '"{{ when }}"',
        "topics": "\"{{ subjects | split(';') }}\"",
        "source.url": '"{{ link }}"',
    }
    assert "made from all 3 records" in text
    assert "# party: 2 different, such as Greens, Left" in text
    assert "notes  # 66% empty; 1 different, such as x" in text


@pytest.mark.parametrize(
    ("values", "template"),
    [
        (["12/31/2014", "1/5/2015"], "date('%m/%d/%Y')"),
        (["31.12.2014", "05.01.2015"], "date('%d.%m.%Y')"),
        (["December 5, 2014", "June 2014"], "date('%B %d, %Y', '%B %Y')"),
        (["5. december 2014", "12. maj 2015"], "date('%d. %B %Y', locale='da')"),
        (["2014-12-05T10:00:00Z", "2015-01-02 11:00"], "| date }}"),
        (["1403827200", "1503827200"], "epoch('s')"),
        (["2014-12", "2015~"], "{{ when }}"),
    ],
)
def test_the_format_of_dates_is_the_one_that_fits_them_all(
    run: Run, tmp_path: Path, values: list[str], template: str
) -> None:
    rows = "".join(
        f"q{n}\t{value}\tthe words that were said\thttps://a.example/{n}\n" for n, value in enumerate(values)
    )
    text = draft(run, tmp_path, "x.tsv", "id\twhen\twords\turl\n" + rows)
    assert template in values_of(text)["said_on"]
    assert "TO DO" not in text


def with_dates(*dates: str) -> str:
    return "id;date;statement;url\n" + "".join(
        f"a{n};{day};something;https://a.example/{n}\n" for n, day in enumerate(dates)
    )


def test_whether_the_day_or_the_month_stands_first_is_not_guessed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(with_dates("01/02/2015", "05/04/2012"))
    (tmp_path / "draft.yaml").write_text(text := run(None, "mapping", "suggest", file).stdout)
    assert "TO DO: day or month first: %d/%m/%Y reads 01/02/2015 as 2015-02-01, %m/%d/%Y reads" in text
    assert "as 2015-01-02; keep the one that is right" in " ".join(text.split()).replace(" # ", " ")
    done = run(None, "mapping", "check", tmp_path / "draft.yaml", file)
    assert (done.exit_code, "which is meant is not guessed" in done.stdout) == (1, True)
    (tmp_path / "draft.yaml").write_text(text.replace("'%d/%m/%Y', ", ""))
    assert run(None, "mapping", "check", tmp_path / "draft.yaml", file).exit_code == 0


@pytest.mark.parametrize(
    ("dates", "to_do"),
    [(("26-Dec", "3-Nov"), "the year, which the values lack"), (("31.12.14", "5.1.15"), "the century of years with")],
)
def test_a_year_that_values_lack_is_left_to_a_person(
    run: Run, tmp_path: Path, dates: tuple[str, ...], to_do: str
) -> None:
    text = draft(run, tmp_path, "x.csv", with_dates(*dates))
    assert f"# TO DO: {to_do}" in text
    assert f"# - said_on: {to_do}" in text


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("x.csv", TABLE, {}),
        ("x.csv.gz", gzip.compress(TABLE.encode(), mtime=0), {}),
        ("x.tsv.bz2", bz2.compress(b"a\twords\n1\tone of them\n2\tthe other\n"), {}),
        ("x.csv", "\ufeff" + TABLE, {}),
        ("x.csv", TABLE.encode("utf-16"), {"encoding": "utf-16"}),
        ("x.csv", TABLE.replace("Bo Ek", "Bø Ék").encode("cp1252"), {"encoding": "cp1252"}),
        ("x.csv", TABLE.replace("Bo Ek", "Иван Дорн").encode("cp1251"), {"encoding": "cp1251"}),
        ("x.csv", TABLE.replace("Bo Ek", "さとう、たろう").encode("shift_jis"), {"encoding": "shift_jis"}),
        ("x.csv", "a|words\n1|what is told here at some length, for once\n2|the other one\n", {"delimiter": '"|"'}),
        ("x.tsv", 'a\twords\n1\t"open\n2\tthe "other\n3\tthird\n', {"quoting": "none"}),
        ("x.txt", "a\twords\n1\tone of them\n2\tthe other\n", {"format": "tsv"}),
        ("x.csv", "1,2024-01-02,the words that were said at length\n2,2024-02-03,some others\n",
         {"header": "false", "columns": "[column_1, column_2, column_3]"}),
        ("x.json", '[{"words": "one"}, {"words": "two"}]', {}),
        ("x.json", '{"data": {"items": [{"words": "one"}, {"words": "two"}], "of": []}}', {"records": "data.items"}),
        ("x.json", '{"a": {"words": "one"}, "b": {"words": "two"}, "c": {"words": "three"}}', {"records": '"*"'}),
        ("x.json", '{"words": "one"}\n{"words": "two"}\n', {"format": "ndjson"}),
        ("x.jsonl", '{"words": "one"}\n', {}),
        ("x.yaml", "people:\n- words: one\n- words: two\n", {"records": "people"}),
        ("x.md", "---\nwords: one\n---\nText\n", {}),
    ],
    ids=range(19),
)  # fmt: skip
def test_the_form_of_a_file_is_seen(
    run: Run, tmp_path: Path, name: str, content: str | bytes, form: dict[str, str]
) -> None:
    found = values_of(draft(run, tmp_path, name, content))
    of_form = ("format", "encoding", "delimiter", "quoting", "header", "columns", "records", "sheet")
    assert {one: value for one, value in found.items() if one in of_form} == form
    assert found.keys() & {"quote", "paraphrase"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.html", "<html>ClaimReview</html>", "needs no mapping: web pages are read for the ClaimReview in them"),
        ("x.html", "<html></html>", "a web page without ClaimReview"),
        ("x.csv", "key,quote,source.url\nk,q,https://a.example\n", "needs no mapping: its columns are named as the"),
        ("x.json", '{"claims": []}', "needs no mapping"),
        ("x.ndjson", '{"quote": "q", "source": {"title": "T"}}', "needs no mapping: its lines are claims"),
        ("x.json", '{"@context": "https://schema.org", "@type": "ClaimReview"}', "needs no mapping: it is JSON-LD"),
        ("x.json", "[1, 2]", "no records are seen"),
        ("x.json", '{"a": ', "no JSON"),
        ("x.csv", "", "no records are seen"),
        ("x.txt", "plain\ntext\n", "neither a table nor JSON"),
        ("x.gz", "no archive", "no .gz archive"),
    ],
)
def test_where_there_is_nothing_to_draft_that_is_told(
    run: Run, tmp_path: Path, name: str, content: str, told: str
) -> None:
    (tmp_path / name).write_text(content)
    done = run(None, "mapping", "suggest", tmp_path / name)
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr


def test_a_beginning_is_read_of_a_large_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "MAX_BYTES", 3000)
    monkeypatch.setattr(file_seen, "MAX_RECORDS", 10)
    records = [{"id": n, "words": f"statement {n}", "broken": '\\"]}' * (n % 3)} for n in range(200)]
    for name, content in (
        ("x.json", json.dumps({"of": 200, "data": records})),
        ("x.ndjson", "".join(json.dumps(record) + "\n" for record in records)),
        ("x.csv", "id,words\n" + "".join(f"{n},statement {n}\n" for n in range(400))),
    ):
        text = draft(run, tmp_path, name, content)
        assert "made from the first 10 records; the rest was not read" in text
        assert "x/{{ id }}" in values_of(text)["key"]


def test_members_of_objects_are_columns_and_names_are_put_together(run: Run, tmp_path: Path) -> None:
    records = [
        {
            "id": {"wikidata": f"Q{n}", "items": f"I{n}"},
            "name": {"first": f"Ann{n}", "last": "Lee"},
            "terms": [{"a": 1}],
        }
        for n in range(3)
    ]
    text = draft(run, tmp_path, "people.json", json.dumps(records))
    found = values_of(text)
    assert "speaker:" in found
    assert found["name"] == '"{{ name.first }} {{ name.last }}"'
    assert found["identifiers.wikidata"] == '"{{ id.wikidata }}"'
    assert found["identifiers.items"] == "\"{{ id['items'] }}\""
    assert "terms  # lists of objects with a; see `each` and `explode`" in text


def test_quotes_inside_of_cells_are_letters_where_all_lines_are_rows_then(run: Run, tmp_path: Path) -> None:
    rows = [f"{n}\tthe dam number {n} will hold, in a long sentence of its own\tAnn" for n in range(40)]
    rows[30] = '30\t"Some" of us say so, in a sentence that is long and "bare"\tAnn'
    told = draft(run, tmp_path, "x.tsv", "\n".join(rows))
    assert "quoting: none" in told
    assert '# key: "x/{{ column_1 }}"' in told
    quoted = [f'{n},"say ""{n}"", twice",Ann' for n in range(40)]
    assert "quoting" not in draft(run, tmp_path, "y.csv", "\n".join(["id,words,who", *quoted]))


def test_a_table_of_fact_checks_gives_claims_with_assessments(run: Run, tmp_path: Path) -> None:
    header = "URL\tAuthor\tdatePublished\tclaimReviewed\treviewBody\tratingValue\tbestRating\talternativeName\n"
    row = "https://c.example/{n}\tChecks\t2024-01-0{n}\tThe moon is hollow\tIt is not, as was shown\t{n}\t5\tfalse\n"
    found = values_of(draft(run, tmp_path, "x.tsv", header + "".join(row.format(n=n) for n in (1, 2, 3))))
    assert found["paraphrase"] == '"{{ claimReviewed }}"'
    assert found["assessments.0.rated_on"] == '"{{ datePublished }}"'
    assert found["assessments.0.publisher"] == '"{{ Author }}"'
    assert found["assessments.0.rating_value"] == '"{{ ratingValue | number }}"'
    assert found["source.url"] == found["assessments.0.url"] == '"{{ URL }}"'
    assert "said_on" not in found


def test_columns_in_other_languages_are_known(run: Run, tmp_path: Path) -> None:
    content = "Redner;Partei;Zitat;Datum;Anmerkung\nAnn;Linke;das Zitat;31.12.2014;\nBo;CSU;noch eins;1.1.2015;y\n"
    found = values_of(draft(run, tmp_path, "x.csv", content))
    wanted = {"speaker.name": "Redner", "roles.0.organization.name": "Partei", "quote": "Zitat"}
    assert {name: found[name] for name in wanted} == {name: f'"{{{{ {column} }}}}"' for name, column in wanted.items()}
    assert found["said_on"] == "\"{{ Datum | date('%d.%m.%Y') }}\""


def test_a_folder_of_files_with_one_record_each_is_drafted_as_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "all" / "a").mkdir(parents=True)
    for n in range(3):
        (tmp_path / "all" / "a" / f"{n}.json").write_text(json.dumps({"words": f"statement {n}"}))
    done = run(None, "mapping", "suggest", tmp_path / "all")
    assert done.exit_code == 0
    assert "made from all 3 records" in done.stdout
    assert "words: each different" in done.stdout


def test_of_a_workbook_the_sheet_with_most_records_is_taken(run: Run, tmp_path: Path) -> None:
    head = row(1, text("A1", "words"), text("B1", "year"))
    rows = "".join(row(n, text(f"A{n}", f"statement {n}"), number(f"B{n}", str(2000 + n))) for n in (2, 3))
    file = book(tmp_path / "x.xlsx", {"About": row(1, text("A1", "a")), "The list": head + rows})
    found = draft(run, tmp_path, "y.xlsx", file.read_bytes())
    assert "sheet: The list  # 2 records are seen; others: About (0)" in found
    assert values_of(found)["said_on"] == '"{{ year | date }}"'


def test_an_archive_is_drafted_as_a_folder_is(run: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a/1.json", '{"words": "one"}')
        archive.writestr("a/2.json", '{"words": "two"}')
    found = draft(run, tmp_path, "y.zip", (tmp_path / "x.zip").read_bytes())
    assert "a mapping for y.zip, made from all 2 records" in found


@given(st.binary(max_size=300) | st.text(st.sampled_from('{}[]",:;\\\n\t|a1 -.é'), max_size=200).map(str.encode))
@cases(60)
def test_any_file_gives_a_draft_or_a_reason_for_none(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        for name in ("x.csv", "x.json", "x.ndjson", "x.yaml", "x.txt"):
            (Path(folder) / name).write_bytes(content)
            with suppress(BadImport):
                (Path(folder) / "draft.yaml").write_text(draft_mapping(Path(folder) / name))
                read_mapping(Path(folder) / "draft.yaml")


def drafted(run: Run, folder: Path, columns: dict[str, list[str]], *, filled: bool = True) -> str:
    """The draft for a table of columns; filled: whether nothing is left to a person, so that it passes the check."""
    rows = [";".join(columns), *(";".join(row) for row in zip(*columns.values(), strict=True))]
    if filled:
        return draft(run, folder, "x.csv", "\n".join(rows) + "\n")
    (folder / "x.csv").write_text("\n".join(rows) + "\n")
    return run(None, "mapping", "suggest", folder / "x.csv").stdout


SAID = ["what was said on it for once", "what was said on it again", "what was said on it at last"]
LINKS = [f"https://a.example/{n}" for n in range(3)]


def test_a_bad_file_of_a_folder_is_told_and_left_out(run: Run, tmp_path: Path) -> None:
    for n, content in enumerate(('{"words": ', '{"words": "one"}', "[", '{"words": "two"}')):
        (tmp_path / f"{n}.json").write_text(content)
    done = run(None, "mapping", "suggest", tmp_path)
    assert done.exit_code == 0, done.stderr
    told = " ".join(done.stdout.replace("#   ", "").split())
    assert "made from all 2 records" in told
    assert "2 files are left out; the first: " in told
    assert "/0.json: this is no JSON" in told
    (tmp_path / "1.json").unlink()
    (tmp_path / "3.json").unlink()
    assert "0.json: this is no JSON" in run(None, "mapping", "suggest", tmp_path).stderr


@pytest.mark.parametrize(
    ("values", "template", "to_do"),
    [
        (["1,059,756", "1,234", "12"], "number(decimal='.')", ""),
        (["1.059.756", "1.234", "12"], "number(decimal=',')", ""),
        (["1,5", "1.234,5", "12"], "number(decimal=',')", ""),
        (["1.5", "12.25", "12"], "number }}", ""),
        (["12.5%", "3%", "7%"], "number(symbol='%')", ""),
        (["1,234", "2,500", "12"], "number }}", "1,234 is a thousand and more by number(group=',')"),
        (["1.234", "2.500", "12"], "number }}", "1.234 is a thousand and more by number(group='.')"),
        (["1,5", "2.5", "12"], "number(decimal='.')", "the decimal mark is a comma in 1,5, a point in 2.5"),
    ],
    ids=["groups", "groups-by-points", "a-comma", "points", "percent", "unsure", "unsure-points", "both"],
)
def test_the_marks_of_numbers_are_those_that_can_be_read_in_one_way(
    run: Run, tmp_path: Path, values: list[str], template: str, to_do: str
) -> None:
    columns = {"words": SAID, "url": LINKS, "metric": ["size", "size", "size"], "value": values}
    text = drafted(run, tmp_path, columns, filled=not to_do)
    assert template in values_of(text)["figures.0.value"]
    assert to_do in " ".join(text.replace("#   ", "").split())
    assert bool(to_do) == ("TO DO" in text)


def test_copies_in_archives_are_told_from_the_documents(run: Run, tmp_path: Path) -> None:
    archives = [f"https://web.archive.org/web/2024/{link}" for link in LINKS]
    found = values_of(
        drafted(run, tmp_path, {"words": SAID, "archived_url": archives, "link": LINKS, "other_url": LINKS})
    )
    assert "source.title" not in found
    assert (found["source.archive_url"], found["source.url"]) == ('"{{ archived_url }}"', '"{{ link }}"')
    found = values_of(drafted(run, tmp_path, {"words": SAID, "url": [f"https://archive.ph/{n}" for n in "abc"]}))
    assert (found["source.archive_url"], "source.url" in found) == ('"{{ url }}"', False)


def test_years_are_no_figures_and_give_way_to_dates(run: Run, tmp_path: Path) -> None:
    years, times = ["2021", "2021", "2022"], [f"2024-04-1{n}T10:00:00Z" for n in range(3)]
    text = drafted(run, tmp_path, {"year": years, "value": years, "at": times, "words": SAID, "url": LINKS})
    assert values_of(text)["said_on"] == '"{{ at | date }}"'
    assert "figures" not in text
    assert values_of(drafted(run, tmp_path, {"year": years, "words": SAID, "url": LINKS}))["said_on"] == '"{{ year }}"'


def test_no_time_is_a_key_and_an_id_that_repeats_is_told(run: Run, tmp_path: Path) -> None:
    times = [f"2024-04-1{n}T10:00:00Z" for n in range(3)]
    columns = {"id": ["1", "2", "2"], "at": times, "seen": times, "words": SAID, "url": LINKS}
    text = drafted(run, tmp_path, columns)
    assert "# id is no key by itself: 1 value stands in several records, such as 2 in 2" in text
    assert "{{ at }}" not in text
    assert "{{ seen }}" not in text


def test_names_that_are_turned_come_with_how_to_turn_them(run: Run, tmp_path: Path) -> None:
    text = drafted(run, tmp_path, {"speaker": ["Lee, Ann", "Ek, Bo", "Day, Cy"], "words": SAID, "url": LINKS})
    line = next(line for line in text.splitlines() if line.startswith("  # speaker.name:"))
    turned = text.replace('  speaker.name: "{{ speaker }}"\n', "").replace(line, line.replace("# ", "", 1))
    (tmp_path / "draft.yaml").write_text(turned)
    assert "speaker.name: Ann Lee" in run(None, "mapping", "check", tmp_path / "draft.yaml", tmp_path / "x.csv").stdout


def test_unused_columns_are_told_by_what_they_hold(run: Run, tmp_path: Path) -> None:
    columns = {
        "votes": ["1,059,756", "1,234", "12,000"],
        "active": ["true", "false", "true"],
        "none": ["", "", ""],
        "group_id": ["1", "1", "2"],
    }
    lines = drafted(run, tmp_path, {"words": SAID, "url": LINKS} | columns).splitlines()
    found = {name: line for name in columns for line in lines if line.startswith(f"  - {name} ")}
    assert found["votes"].endswith("; perhaps a figure")
    assert found["active"].endswith("; yes or no: for skip_when, or a condition")
    assert found["none"].endswith("# empty")
    assert "perhaps" not in found["group_id"]
