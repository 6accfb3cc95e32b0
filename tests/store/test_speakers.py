"""Speakers that references mean: kinds that nobody states, identifiers that decide, spellings that are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.store.database.engine import Database
from app.store.database.notices import Notice
from app.store.imports.importer import Report
from app.store.write.merge import merge_records
from tests.importing import import_paths
from tests.store.stored import claim, record, rows

Import = Callable[..., Report]


@pytest.fixture
def load(database: Database, tmp_path: Path) -> Callable[..., Report]:
    """Imports records as lines of JSON: claims by their speaker, definitions by their fields."""

    def run(*records: dict[str, Any], **options: Any) -> Report:
        file = tmp_path / "lines.ndjson"
        file.write_text("".join(json.dumps(one) + "\n" for one in records))
        return import_paths(database, [file], **options)

    return run


def says(key: str, speaker: object, **more: object) -> dict[str, Any]:
    """A claim of a speaker."""
    return {"key": key, "quote": f"words of {key}", "speaker": speaker, "source": {"key": "s", "title": "S"}} | more


def defines(key: str | None = None, **fields: object) -> dict[str, Any]:
    """A definition of a speaker."""
    return {"type": "speaker"} | ({"key": key} if key else {}) | fields


def names(database: Database) -> dict[str, list[str]]:
    """Of each current speaker the names, by key."""
    found = [json.loads(doc) for (doc,) in rows(database, "SELECT doc FROM speakers WHERE until IS NULL ORDER BY id")]
    return {doc["key"]: [doc["name"], *doc["aliases"]] for doc in found}


def told(report: Report) -> list[str]:
    """The faults, without the folder of the file."""
    return [without_folder(fault) for fault in report.faults]


def without_folder(notice: Notice) -> str:
    return re.sub(r"[^\s(]*/(?=lines)", "", str(notice))


# Kinds

# (what is imported, one file a revision; the kinds that the claims show at last)
KINDS: dict[str, tuple[list[list[dict[str, Any]]], dict[str, str | None]]] = {
    "nobody states it": ([[says("a", {"name": "chain e-mail"})]], {"a": None}),
    "a definition that states none": ([[defines("x", name="X"), says("a", {"key": "x"})]], {"a": None}),
    "it is stated later": (
        [[says("a", {"name": "Ann"})], [says("b", {"name": "ann", "kind": "person"})]],
        {"a": "person", "b": "person"},
    ),
    "it is stated later in the same file": (
        [[says("a", {"name": "UN"}), says("b", {"name": "UN", "kind": "organization"})]],
        {"a": "organization", "b": "organization"},
    ),
    "it was stated before": (
        [[says("a", {"name": "UN", "kind": "organization"})], [says("b", {"name": "UN"})]],
        {"a": "organization", "b": "organization"},
    ),
    "an organization by its place in a role": (
        [[says("a", {"name": "The Post"})], [says("b", None, role={"title": "editor", "organization": "The Post"})]],
        {"a": "organization"},
    ),
    "an organization by its place in a tenure": (
        [
            [says("a", {"name": "The Post"})],
            [defines("ann", name="Ann", tenures=[{"title": "editor", "organization": "the post"}])],
        ],
        {"a": "organization"},
    ),
    "by the key it becomes a group of the source": (
        [[says("a", {"key": "o", "name": "officials"})], [says("b", {"key": "o", "kind": "group"})]],
        {"a": "group", "b": "group"},
    ),
    "a group of the source's own is another": (
        [[says("a", {"name": "officials"})], [says("b", {"name": "officials", "kind": "group"})]],
        {"a": None, "b": "group"},
    ),
    "a group that is stated behind its name": (
        [[says("a", {"name": "officials"}), says("b", {"name": "officials", "kind": "group"})]],
        {"a": "group", "b": "group"},
    ),
    "another source names it as well": (
        [
            [
                says("a", {"name": "officials"}),
                says("b", {"name": "officials"}, source={"title": "Other"}),
                says("c", {"name": "officials", "kind": "group"}, source={"title": "Third"}),
            ],
        ],
        {"a": None, "b": None, "c": "group"},
    ),
    "a source's own group goes before others of no kind": (
        [
            [says("a", {"name": "officials"}, source={"title": "Other"})],
            [says("b", {"name": "officials", "kind": "group"}), says("c", {"name": "officials"})],
        ],
        {"a": None, "b": "group", "c": "group"},
    ),
    "a source's own group goes before a newer organization": (
        [
            [
                says("a", {"name": "Greens", "kind": "group"}),
                says("b", {"name": "Greens"}),
                says("c", {"name": "Greens", "kind": "organization"}, source={"title": "Other"}),
            ],
        ],
        {"a": "group", "b": "group", "c": "organization"},
    ),
    "a tenure in itself, by the key": (
        [
            [
                defines("o", name="Guild", tenures=[{"title": "host", "organization": {"key": "o", "name": "Guild"}}]),
                says("a", {"key": "o"}),
            ]
        ],
        {"a": "organization"},
    ),
    "a tenure in itself, by the name": (
        [[says("a", {"name": "Pub", "tenures": [{"title": "host", "organization": {"name": "Pub"}}]})]],
        {"a": "organization"},
    ),
    "a definition takes it back": (
        [[says("a", {"key": "x", "name": "X", "kind": "person"})], [defines("x", kind=None)]],
        {"a": None},
    ),
}


@pytest.mark.parametrize("case", KINDS)
def test_a_kind_is_null_until_it_is_stated(database: Database, load: Import, case: str) -> None:
    files, expected = KINDS[case]
    for lines in files:
        assert told(load(*lines)) == []
    assert {key: claim(database, key)["speaker"]["kind"] for key in expected} == expected
    known = (
        "SELECT DISTINCT s.kind FROM claims c JOIN speakers s ON s.id = c.speaker_id"
        " WHERE c.until IS NULL AND s.until IS NULL"
    )
    assert {kind for (kind,) in rows(database, known)} == set(expected.values())
    assert load(*files[-1]).revision is None


def test_who_is_of_no_stated_kind_is_one_in_all_sources(database: Database, load: Import) -> None:
    load(says("a", {"name": "Ann"}), says("b", {"name": "ANN"}, source={"title": "Other"}))
    assert claim(database, "a")["speaker"]["id"] == claim(database, "b")["speaker"]["id"]


def test_a_group_by_key_belongs_to_the_source_that_states_it(database: Database, load: Import) -> None:
    load(says("a", {"key": "o", "name": "officials"}))
    load(says("b", {"key": "o", "kind": "group"}))
    found = record(database, "speakers", "o")
    assert (found["source"], found["version"]) == (claim(database, "b")["citations"][0]["source"]["id"], 2)
    load(says("c", {"name": "officials", "kind": "group"}))
    assert claim(database, "c")["speaker"]["key"] == "o"


# Spellings

# (what is imported, all names of each speaker, what is counted: times × spelling of key)
SPELLINGS: dict[str, tuple[list[dict[str, Any]], dict[str, list[str]], list[tuple[int, str, str]]]] = {
    "case and accents": (
        [*(says(f"a{n}", {"name": (n and "strana zelených") or "Strana Zelených"}) for n in range(4))],
        {"strana-zelenych": ["Strana Zelených", "strana zelených"]},
        [(3, "strana zelených", "strana-zelenych")],
    ),
    "typography": (
        [says("a", {"name": "O'Brien"}), says("b", {"name": "O’Brien"})],
        {"o-brien": ["O'Brien", "O’Brien"]},
        [(1, "O’Brien", "o-brien")],
    ),
    "blanks are none": (
        [says("a", {"name": "Ann Lee"}), says("b", {"name": " Ann \u00a0\t Lee\u3000"})],
        {"ann-lee": ["Ann Lee"]},
        [],
    ),
    "an alias to the letter": (
        [defines("ann", name="Ann", aliases=["Annie"]), says("a", {"name": "Annie"})],
        {"ann": ["Ann", "Annie"]},
        [],
    ),
    "of an organization in a role": (
        [
            says("a", None, role={"title": "head", "organization": "The Post"}),
            says("b", None, role={"title": "head", "organization": "THE POST"}),
        ],
        {"the-post": ["The Post", "THE POST"]},
        [(1, "THE POST", "the-post")],
    ),
    "beside a key, once for each reference": (
        [defines("ann", name="Ann Lee"), *(says(f"a{n}", {"key": "ann", "name": "ANN LEE"}) for n in range(3))],
        {"ann": ["Ann Lee", "ANN LEE"]},
        [(3, "ANN LEE", "ann")],
    ),
    "of a definition that names no key": (
        [says("a", {"name": "Ann Lee"}), defines(name="ann lee", note="a note")],
        {"ann-lee": ["ann lee", "Ann Lee"]},
        [(1, "Ann Lee", "ann-lee")],
    ),
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_another_spelling_of_a_name_becomes_an_alias(database: Database, load: Import, case: str) -> None:
    lines, expected, counted = SPELLINGS[case]
    report = load(*lines)
    assert told(report) == []
    assert names(database) == expected
    warned = "\n".join(str(warning) for warning in report.warnings)
    found = re.findall(r"(\d+) × '(.*?)' is an alias of the speaker ([a-z-]+) ", warned)
    assert [(int(times), spelling, key) for times, spelling, key in found] == counted
    assert load(*lines).revision is None


def test_a_definition_that_names_no_key_keeps_the_usual_name(database: Database, load: Import) -> None:
    load(defines("ann", name="Ann Lee", aliases=["Annie"], identifiers={"x": "1"}))
    assert told(load(defines(name="ANNIE", note="one"))) == []
    assert told(load(defines(name="Dr. Lee", identifiers={"x": "1"}, aliases=["A. L."]))) == []
    assert names(database) == {"ann": ["Ann Lee", "A. L.", "ANNIE", "Dr. Lee"]}
    assert record(database, "speakers", "ann")["note"] == "one"
    assert told(load(defines("ann", name="Ann Miller"))) == []
    assert record(database, "speakers", "ann")["name"] == "Ann Miller"


PAT = [says("a", {"key": "pat", "name": "Pat Roe"})]
# (what is imported, one file a revision, a file being of records in any order; all names of each speaker)
RENAMED: dict[str, tuple[list[list[dict[str, Any]]], dict[str, list[str]]]] = {
    "the former name is an alias": (
        [PAT, [defines("pat", name="Patricia Roe"), says("b", {"name": "pat roe"}), defines(name="PAT ROE")]],
        {"pat": ["Patricia Roe", "Pat Roe", "PAT ROE", "pat roe"]},
    ),
    "back again": (
        [PAT, [defines("pat", name="Patricia Roe")], [defines("pat", name="Pat Roe")]],
        {"pat": ["Pat Roe", "Patricia Roe"]},
    ),
    "an alias that is the new name": (
        [[defines("pat", name="Pat Roe", aliases=["P. R.", "Patricia Roe"])], [defines("pat", name="Patricia Roe")]],
        {"pat": ["Patricia Roe", "P. R.", "Pat Roe"]},
    ),
    "by its id": ([PAT, [defines(id="spk_1", name="Patricia Roe")]], {"pat": ["Patricia Roe", "Pat Roe"]}),
    "a definition that gives aliases": (
        [PAT, [defines("pat", name="Patricia Roe", aliases=[])]],
        {"pat": ["Patricia Roe"]},
    ),
    "names that changed places": (
        [[defines("a", name="Ann"), defines("b", name="Bob")], [defines("a", name="Bob"), defines("b", name="Ann")]],
        {"a": ["Bob"], "b": ["Ann"]},
    ),
    "a name that goes to another": (
        [[defines("a", name="Ann")], [defines("a", name="Ann Lee"), defines("b", name="ann")]],
        {"a": ["Ann Lee"], "b": ["ann"]},
    ),
}


@pytest.mark.parametrize(
    ("case", "turned"),
    [(case, turned) for case in RENAMED for turned in (False, True) if not turned or len(RENAMED[case][0][-1]) > 1],
)
def test_the_former_name_of_a_speaker_is_an_alias(database: Database, load: Import, case: str, turned: bool) -> None:
    files, expected = RENAMED[case]
    for lines in files[:-1]:
        assert told(load(*lines)) == []
    last = files[-1][::-1] if turned else files[-1]
    report = load(*last)
    assert told(report) == []
    assert {key: (some[0], sorted(some)) for key, some in names(database).items()} == {
        key: (some[0], sorted(some)) for key, some in expected.items()
    }
    assert load(*last).revision is None
    gone = [one for one in told_of(report) if "is no alias of" in one]
    assert len(gone) == {"names that changed places": 2, "a name that goes to another": 1}.get(case, 0)
    kept = [one for one in told_of(report) if "1 × 'Pat Roe' is an alias of spk_1 (key pat)" in one]
    assert bool(kept) == ("Pat Roe" in names(database).get("pat", [])[1:])


def test_a_spelling_that_is_one_too_many_is_told_of(database: Database, load: Import) -> None:
    load(defines("ann", name="Ann", aliases=[f"Ann {n}" for n in range(100)]))
    report = load(says("a", {"name": "ANN"}))
    assert [warning.problem.detail for warning in report.warnings] == [
        "'ANN' is not kept: spk_1 (key ann) has 100 aliases"
    ]
    assert claim(database, "a")["speaker"]["name"] == "Ann"


def test_names_titles_and_topics_lose_blanks_and_quotes_keep_them(database: Database, load: Import) -> None:
    spaced = "\u2003 A \t B\u00a0"
    lines = says(
        "a",
        {"name": spaced, "aliases": [f"x{spaced}"], "identifiers": {"w": " Q1 "}},
        quote=spaced,
        role={"title": spaced, "organization": spaced.replace("A", "C"), "as_stated": spaced},
        topics=[spaced, "a b", "Ｂ"],
        venue=spaced,
        source={"key": "s", "title": spaced, "publisher": spaced, "authors": [spaced]},
        assessments=[{"publisher": spaced, "rating": spaced}],
        figures=[{"metric": spaced, "value": 1, "unit": "count", "as_stated": spaced}],
        citations=None,
    )
    assert told(load({name: value for name, value in lines.items() if name != "citations"})) == []
    doc = claim(database, "a")
    clean = [
        doc["speaker"]["name"],
        doc["roles"][0]["title"],
        doc["roles"][0]["organization"]["name"].replace("C", "A"),
        doc["topics"][0],
        doc["citations"][0]["source"]["title"],
        doc["citations"][0]["source"]["publisher"],
        doc["assessments"][0]["publisher"],
        doc["assessments"][0]["rating"],
        doc["figures"][0]["metric"]["name"],
        record(database, "sources", "s")["authors"][0],
    ]
    assert clean == ["A B"] * len(clean)
    kept = [doc["quote"], doc["venue"], doc["roles"][0]["as_stated"], doc["figures"][0]["as_stated"]]
    assert kept == [spaced] * 4
    assert doc["topics"] == ["A B", "Ｂ"]
    speaker = record(database, "speakers", "a-b")
    assert (speaker["aliases"], speaker["identifiers"]) == (["x A B"], {"w": "Q1"})


def test_spellings_of_sources_and_metrics_that_read_back_otherwise_are_told(load: Import) -> None:
    figure = {"value": 1, "unit": "count"}
    spelt = {"source": {"title": "THE REPORT", "publisher": "ap"}, "figures": [figure | {"metric": "staff"}]}
    report = load(
        says("a", None, source={"title": "The Report", "publisher": "AP"}, figures=[figure | {"metric": "Staff"}]),
        *(says(f"b{n}", None, **spelt) for n in range(2)),
        says("c", None, source={"title": "The  Report", "publisher": "AP "}),
    )
    assert {re.sub(r" of the \w+ .*", "", str(warning.problem)) for warning in report.warnings} == {
        "new metric 'Staff'",
        "title: 2 × 'THE REPORT' reads back as 'The Report', the title",
        "publisher: 2 × 'ap' reads back as 'AP', the publisher",
        "name: 2 × 'staff' reads back as 'Staff', the name",
    }


def test_addresses_dates_and_units_that_read_back_otherwise_are_told(database: Database, load: Import) -> None:
    address, date = "https://A.example/x", {"edtf": "2024-04", "as_stated": "April"}
    stored = {"url": address, "archive_url": "https://b.example/x", "published_on": date}
    metric = {"name": "weight", "unit": "kg"}
    load(says("a", None, source=stored, figures=[{"metric": metric, "value": 1}]))
    spelt = {"url": "http://a.example:80/x", "archive_url": "http://B.example/x", "published_on": "2024-04"}
    later = {"edtf": "2024-04", "as_stated": "in spring"}
    report = load(
        *(
            says(f"b{n}", None, source=spelt, figures=[{"metric": metric | {"unit": "g"}, "value": 2}])
            for n in range(2)
        ),
        says("c", None, source={"key": address, "published_on": later}),
        says("d", None, source={"url": address}),
    )
    assert told(report) == []
    assert {re.sub(r" of (src|met)_.*", "", str(warning.problem)) for warning in report.warnings} == {
        "url: 2 × 'http://a.example:80/x' reads back as 'https://A.example/x', the url",
        "archive_url: 2 × 'http://B.example/x' reads back as 'https://b.example/x', the archive_url",
        "published_on: 1 × 'in spring' reads back as 'April', the published_on",
        "unit: 2 × 'g' reads back as 'kg', the unit",
    }
    figure = claim(database, "b0")["figures"][0]
    assert (figure["value"], figure["unit"]) == (2, "g")  # of the row, and never 2 kg


# Identifiers

OBAMA = {"name": "president Barack Obama", "identifiers": {"wikidata": "Q76"}}


@pytest.mark.parametrize("files", [1, 2])
def test_an_identifier_decides_over_the_spelling_of_a_name(database: Database, load: Import, files: int) -> None:
    lines = [says("a", OBAMA), says("b", OBAMA | {"name": "Barack Obama"}), says("c", {"name": "barack obama"})]
    reports = [load(*lines)] if files == 1 else [load(lines[0]), load(*lines[1:])]
    assert [told(report) for report in reports] == [[]] * files
    assert len({claim(database, key)["speaker"]["id"] for key in "abc"}) == 1
    assert names(database) == {"president-barack-obama": ["president Barack Obama", "Barack Obama", "barack obama"]}
    assert load(*lines).revision is None


A, B = defines("a", name="Ann", identifiers={"x": "1", "z": "9"}), defines("b", name="Bob", identifiers={"y": "2"})
NEW_A, NEW_B = "the speaker a (lines.ndjson:1)", "the speaker b (lines.ndjson:2)"
# (the speaker of a claim on line 3, what is wrong)
CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "an identifier and a name": (
        {"name": "Bob", "identifiers": {"x": "1"}},
        f"x:1 is of {NEW_A}, the name Bob of {NEW_B}: give the key of the one that is meant, or merge them",
    ),
    "two identifiers": (
        {"name": "Ann", "identifiers": {"x": "1", "y": "2"}},
        f"x:1 is of {NEW_A}, y:2 is of {NEW_B}: correct the one that is wrong, or merge them",
    ),
    "an identifier and a key": (
        {"key": "b", "identifiers": {"x": "1"}},
        f"x:1 is of {NEW_A} already, not of {NEW_B}: correct the one that is wrong, or merge them",
    ),
    "an identifier and a key that is new": (
        {"key": "c", "name": "Carl", "identifiers": {"x": "1"}},
        f"x:1 is of {NEW_A} already",
    ),
    "a name and another value of its scheme": (
        {"name": "Ann", "identifiers": {"x": "3"}},
        f"x:3 contradicts x:1 of {NEW_A}: if that one is meant, leave out identifiers or empty its cell;"
        " if another is, do so with key, id or name",
    ),
    "one identifier of two": (
        {"name": "Ann", "identifiers": {"x": "1", "z": ["7", "8"]}},
        f"x:1 is of {NEW_A}, which is z:9, not z:7 or 8: correct the one that is wrong",
    ),
    "a key and another name": (
        {"key": "a", "name": "Anna Lee"},
        f"'Anna Lee' contradicts 'Ann' of {NEW_A}: if that one is meant, leave out name or empty its cell;"
        " if another is, do so with key or id; to correct that speaker itself, define it, under speakers in a .yaml"
        ' file or as {"type": "speaker", "key": …, "name": …} in an .ndjson file; if both are one speaker, use onrecord'
        " merge",
    ),
}


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_what_means_two_speakers_is_told_with_both(load: Import, case: str, stored: bool) -> None:
    given, wrong = CONTRADICTIONS[case]
    if stored:
        load(A, B)
        wrong = wrong.replace(NEW_A, "spk_1 (key a)").replace(NEW_B, "spk_2 (key b)")
    (fault,) = told(load(A, B, says("k", given)))
    assert fault.startswith("lines.ndjson:3: speaker")
    assert wrong in fault


def test_a_definition_that_has_an_identifier_of_another_and_others_of_its_own_is_refused(load: Import) -> None:
    """As James Buchanan and his vice president have in a list of presidents."""
    one = defines(name="John Breckinridge", identifiers={"bioguide": "B000789", "icpsr_prez": "99883"})
    (fault,) = told(
        load(one, defines(name="James Buchanan", identifiers={"bioguide": "B001005", "icpsr_prez": "99883"}))
    )
    assert fault.endswith(
        "icpsr_prez:99883 is of the speaker john-breckinridge (lines.ndjson:1), which is bioguide:B000789,"
        " not bioguide:B001005: correct the one that is wrong"
    )


def test_a_namesake_with_an_identifier_of_its_own_is_meant(database: Database, load: Import) -> None:
    lines = [
        defines("one", name="John Smith", identifiers={"x": "1"}),
        defines("two", name="John Smith", identifiers={"x": "2"}),
        says("a", {"name": "John Smith", "identifiers": {"x": "2"}}),
        says("b", {"name": "J. Smith", "identifiers": {"x": "1"}}),
    ]
    assert told(load(*lines)) == []
    assert [claim(database, key)["speaker"]["key"] for key in "ab"] == ["two", "one"]
    assert names(database) == {"one": ["John Smith", "J. Smith"], "two": ["John Smith"]}


def test_a_scheme_may_have_several_values(database: Database, load: Import) -> None:
    several = {"fec": ["A1", "B2", "A1"], "bio": ["P1"], "icpsr": "7"}
    lines = [
        defines("two", name="Two Ids", kind="person", identifiers=several),
        says("a", {"name": "Another Name", "identifiers": {"fec": "B2"}}),
        says("b", {"identifiers": {"fec": ["A1", "C3"], "new": "1"}}),
    ]
    assert told(load(*lines)) == []
    found = record(database, "speakers", "two")
    assert found["identifiers"] == {"fec": ["A1", "B2", "C3"], "bio": "P1", "icpsr": "7", "new": "1"}
    assert found["aliases"] == ["Another Name"]
    assert [claim(database, key)["speaker"]["key"] for key in "ab"] == ["two", "two"]
    stored = rows(database, "SELECT scheme, value FROM speaker_identifiers WHERE until IS NULL ORDER BY scheme, value")
    assert stored == [("bio", "P1"), ("fec", "A1"), ("fec", "B2"), ("fec", "C3"), ("icpsr", "7"), ("new", "1")]
    assert load(*lines).revision is None


@pytest.mark.parametrize("values", [[], [""], [1], 1, [["x"]], ["x"] * 101])
def test_values_that_are_none_are_refused(load: Import, values: object) -> None:
    (fault,) = load(defines("two", name="Two", identifiers={"fec": values})).faults
    assert fault.problem.path[-2:] == ("identifiers", "fec")


def test_columns_of_a_table_may_number_the_values_of_a_scheme(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    file.write_text(
        "key,quote,source.title,speaker.name,speaker.identifiers.fec.0,speaker.identifiers.fec.1,speaker.identifiers.w\n"
        "a,one,S,Ann,A1,B2,Q1\nb,two,S,Bob,,C3,\n"
    )
    assert [str(fault) for fault in import_paths(database, [file]).faults] == []
    assert record(database, "speakers", "ann")["identifiers"] == {"fec": ["A1", "B2"], "w": "Q1"}
    assert record(database, "speakers", "bob")["identifiers"] == {"fec": "C3"}


# Speakers that may be one


def alike(report: Report) -> list[str]:
    """Warnings of speakers that may be one, without the folder of the file."""
    return [one for one in told_of(report) if "may be one" in one]


def told_of(report: Report) -> list[str]:
    return [re.sub(r"[^\s(]*/(?=lines)", "", str(warning)) for warning in report.warnings]


def test_new_speakers_that_may_be_one_are_told_in_groups(database: Database, load: Import) -> None:
    first = load(says("a", {"name": "Shinzo Abe"}), says("b", {"name": "Ann Hill"}), says("c", {"name": "Abe, Shinzo"}))
    assert alike(first) == [
        "lines.ndjson:1: may be one speaker: 'Shinzo Abe', spk_1 (key shinzo-abe);"
        " 'Abe, Shinzo', spk_3 (key abe-shinzo)"
    ]
    again = load(says("d", {"name": "Ann Hill"}), says("d2", {"name": "Shinzo Abe", "note": "changed"}))
    assert alike(again) == []
    lines = [says("e", {"name": "Shinzo Abbe"}), says("f", {"name": "ann hall"}), says("g", {"name": "A. Hill"})]
    expected = [
        "lines.ndjson:1: may be one speaker: 'Shinzo Abe', spk_1 (key shinzo-abe);"
        " 'Abe, Shinzo', spk_3 (key abe-shinzo); 'Shinzo Abbe', spk_4 (key shinzo-abbe)",
        "lines.ndjson:2: may be one speaker: 'Ann Hill', spk_2 (key ann-hill); 'ann hall', spk_5 (key ann-hall);"
        " 'A. Hill', spk_6 (key a-hill)",
    ]
    dry = [
        re.sub(r"the speaker (\S+) \(lines.ndjson:(\d)\)", r"NEW \2 (key \1)", one)
        for one in alike(load(*lines, dry_run=True))
    ]
    assert dry == [re.sub(r"spk_([4-6])", lambda one: f"NEW {int(one[1]) - 3}", text) for text in expected]
    assert alike(load(*lines)) == expected
    assert rows(database, "SELECT count(*) FROM speakers WHERE until IS NULL") == [(6,)]


def test_what_tells_speakers_apart_is_no_matter_of_their_names(load: Import) -> None:
    report = load(
        defines("a", name="John Smith", identifiers={"bioguide": "S1"}, kind="person"),
        defines("b", name="Smith, John", identifiers={"bioguide": "S2"}, kind="person"),
        defines("c", name="Ann Hill", identifiers={"bioguide": ["H1", "H2"]}, kind="person"),
        defines("c2", name="Hill, Ann", identifiers={"bioguide": ["H3"]}, kind="person"),
        defines("d", name="Carl Hall", identifiers={"bioguide": "C1"}, kind="person"),
        defines("d2", name="Hall, Carl", identifiers={"fec": "C1"}, kind="person"),
        says("d", {"name": "officials", "kind": "group"}),
        says("e", {"name": "official", "kind": "unnamed"}),
    )
    assert [re.findall(r"key (\w+)", one) for one in alike(report)] == [["d", "d2"]]
    assert alike(load(defines("e", name="Smith John", identifiers={"bioguide": "S3"}, kind="person"))) == []


def test_aliases_are_compared_too_and_a_refused_file_tells_of_none(load: Import) -> None:
    load(defines("a", name="Joseph Biden", aliases=["Joe Biden"]))
    assert alike(load(says("x", {"name": "Biden, Joe"}), says("y", {"key": "?"}))) == []
    assert len(alike(load(says("x", {"name": "Biden, Joe"})))) == 1


# Names that fit speakers of different kinds: what is imported, one file a revision; the keys that are told at last; the
# speaker whose next import is refused, if it is told
GREENS = {"name": "Greens", "kind": "group"}
SHARED: dict[str, tuple[list[list[dict[str, Any]]], list[list[str]], bool]] = {
    "a speaker and an organization of a role": (
        [
            [
                says("a", {"name": "Globex", "kind": "person"}),
                says("b", None, role={"title": "x", "organization": "Globex"}),
            ]
        ],
        [["globex", "globex-2"]],
        True,
    ),
    "a definition and a role": (
        [[defines("g", name="Globex", kind="person"), says("b", None, role={"title": "x", "organization": "Globex"})]],
        [["g", "globex"]],
        True,
    ),
    "by an alias": (
        [
            [
                defines("g", name="G", kind="person", aliases=["Globex"]),
                says("b", None, role={"title": "x", "organization": "globex"}),
            ]
        ],
        [["g", "globex"]],
        True,
    ),
    "two definitions": (
        [[defines("g", name="Globex", kind="person"), defines("h", name="Globex", kind="organization")]],
        [["g", "h"]],
        True,
    ),
    "in two imports": (
        [
            [says("a", {"name": "Globex", "kind": "person"})],
            [says("b", None, role={"title": "x", "organization": "Globex"})],
        ],
        [["globex", "globex-2"]],
        True,
    ),
    "a group beside an organization that all know": (
        [[says("a", GREENS | {"kind": "organization"}, source={"title": "Other"}), says("b", GREENS)]],
        [["greens", "s/greens"]],
        True,
    ),
    "a group that is older": (
        [[says("b", GREENS), says("a", GREENS | {"kind": "organization"}, source={"title": "Other"})]],
        [],
        False,
    ),
    "groups of two sources": ([[says("b", GREENS), says("a", GREENS, source={"title": "Other"})]], [], False),
    "a kind that nobody states": ([[says("a", {"name": "Globex"}), says("b", {"name": "Globex"})]], [], False),
}


@pytest.mark.parametrize("case", SHARED)
def test_a_name_that_fits_speakers_of_different_kinds_is_told(load: Import, case: str) -> None:
    files, keys, refused = SHARED[case]
    for lines in files[:-1]:
        assert told(load(*lines)) == []
    for dry_run in (True, False):
        report = load(*files[-1], dry_run=dry_run)
        assert told(report) == []
        shared = [one.problem.detail for one in report.warnings if one.problem.code == "shared-name"]
        assert [re.findall(r"(?:\(key |the speaker )([\w/-]+)", one) for one in shared] == keys
        assert all("give the key of the one that is meant" in one for one in shared)
    again = load(*files[-1])
    assert (again.revision, [one for one in again.warnings if one.problem.code == "shared-name"]) == (None, [])
    name = "Greens" if "group" in case else "Globex"
    assert bool(told(load(says("z", {"name": name})))) == refused


RENAMED_TO_ROE = [[defines("pat", name="Pat Smith")], [defines("pat", name="Pat Roe", aliases=["P. R."])]]


def test_a_new_speaker_by_a_former_name_of_another_is_told(load: Import) -> None:
    for lines in RENAMED_TO_ROE:
        load(*lines)
    for dry_run, made in ((True, "the speaker pat-smith (lines.ndjson:1)"), (False, "spk_2 (key pat-smith)")):
        report = load(defines(name="PAT SMITH"), says("a", {"name": "P. R."}), dry_run=dry_run)
        assert told(report) == []
        assert [without_folder(one) for one in report.warnings if one.problem.code == "former-name"] == [
            "lines.ndjson:1: 'PAT SMITH' was a name of 'Pat Roe', spk_1 (key pat), until revision 2:"
            f" {made} is a new speaker; if they are one, give the key, or merge them"
        ]


def test_a_former_name_is_not_told_where_it_is_none_or_gives_no_new_speaker(load: Import) -> None:
    for lines in RENAMED_TO_ROE:
        load(*lines)
    load(defines("pat", name="Pat Smith", aliases=["P. R."]))  # the old name again
    reports = [load(defines(name="Pat Smith"), says("a", {"name": "Pat Smith"}))]
    reports.append(
        load(defines("pat", name="Pat Roe", aliases=[]), defines("new", name="Pat Smith"))
    )  # one file has both
    reports.append(load(says("b", {"name": "Pat Smith"})))
    assert [told(report) for report in reports] == [[], [], []]
    assert [one for report in reports for one in report.warnings if one.problem.code == "former-name"] == []


def test_a_former_name_of_a_merged_speaker_or_of_a_group_is_not_told(database: Database, load: Import) -> None:
    load(says("a", GREENS), defines("x", name="Globex"), defines("y", name="Initech"))
    group = claim(database, "a")["speaker"]["key"]
    load(defines(group, name="the Greens", aliases=[]))
    merge_records(database, "spk_1", "spk_2")
    report = load(says("b", {"name": "Greens"}, source={"title": "Other"}), says("c", {"name": "Globex"}))
    assert told(report) == []
    assert [one for one in report.warnings if one.problem.code == "former-name"] == []
