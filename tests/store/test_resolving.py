"""Which stored record a reference means, what it fills in, and what roles follow from tenures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.store.stored import claim, everything, record, rows

TENURE = "{title: minister, organization: {name: The Ministry}, since: 2020-03-01, until: 2022-12-31}"
SECOND = "{title: party leader, since: 2020, until: ..}"
ALIKE = "{title: Minister, organization: {name: The Ministry}, since: 2019-01-01, until: 2023-01-01}"
STATED = "role: {title: candidate, as_stated: the candidate}"
NOT_STATED = "role: {title: sage, basis: tenure}"
WARNING = "the tenure 'sage' of ann has no since and no until: no role follows from it; write `until: ..`"

# (tenures, what the claim says, the titles and bases of its roles). See domain/test_tenures.py for what covers a date.
ROLES: dict[str, tuple[list[str], str, list[tuple[str, str]]]] = {
    "one tenure covers": ([TENURE], "said_on: 2020-12", [("minister", "tenure")]),
    "one reaches outside": ([TENURE], "said_on: 2020", []),
    "two cover": ([TENURE, SECOND], "said_on: 2021-05", [("minister", "tenure"), ("party leader", "tenure")]),
    "one of two covers": ([TENURE, SECOND], "said_on: 2020-05", [("minister", "tenure")]),
    "an office that was told twice": ([TENURE, ALIKE], "said_on: 2021", [("minister", "tenure")]),
    "a tenure without dates": (["{title: sage}"], "said_on: 1990", []),
    "said_on has an open end": ([SECOND], "said_on: 2024/..", []),
    "no said_on": ([SECOND], "said_on: null", []),
    "a role is stated": ([TENURE], f"said_on: 2020-12, {STATED}", [("candidate", "stated")]),
    "a role by tenure is sent": ([TENURE], f"said_on: 2020-12, {NOT_STATED}", [("minister", "tenure")]),
    "a role by tenure is sent, and none follows": ([], f"said_on: 2020-12, {NOT_STATED}", []),
}


def speech(tenures: list[str], said: str) -> str:
    return f"""\
source: {{key: s, title: T}}
speakers:
  - {{key: ann, name: Ann, tenures: [{", ".join(tenures)}]}}
claims:
  - {{key: k, speaker: {{key: ann}}, quote: words, {said}}}
"""


@pytest.mark.parametrize("name", ROLES)
def test_roles_are_filled_in_from_the_tenures_that_must_cover(
    database: Database, import_yaml: Callable[..., Report], name: str
) -> None:
    tenures, said, expected = ROLES[name]
    assert not import_yaml(speech(tenures, said)).faults
    roles = claim(database, "k")["roles"]
    assert [(role["title"], role["basis"]) for role in roles] == expected
    assert rows(database, "SELECT title, basis FROM roles ORDER BY n") == expected
    assert import_yaml(speech(tenures, said)).revision is None


@pytest.mark.parametrize(("tenure", "told"), [("{title: sage}", True), (SECOND, False)], ids=["unknown", "open"])
def test_a_tenure_from_which_no_role_can_follow_is_warned_of(
    import_yaml: Callable[..., Report], tenure: str, told: bool
) -> None:
    report = import_yaml(speech([tenure], "said_on: 2020"))
    assert any(WARNING in str(warning) for warning in report.warnings) == told


def test_the_role_of_a_tenure_has_its_organization(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml(speech([TENURE], "said_on: 2021"))
    (role,) = claim(database, "k")["roles"]
    ministry = record(database, "speakers", "the-ministry")
    assert ministry["kind"] == "organization"
    assert role == {
        "title": "minister",
        "organization": {"id": ministry["id"], "key": "the-ministry", "name": "The Ministry"},
        "status": "current",
        "as_stated": None,
        "basis": "tenure",
    }


def test_a_tenure_that_comes_later_fills_the_role_in(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml(speech([], "said_on: 2021"))
    assert claim(database, "k")["roles"] == []
    import_yaml(f"speakers: [{{key: ann, tenures: [{TENURE}]}}]")
    document = claim(database, "k")
    assert (document["roles"][0]["title"], document["version"], document["revision"]) == ("minister", 1, 2)


# Speakers

# (what is stored, the reference of a claim, the key of the speaker it means; None: a new one)
STORED = """\
source: {key: s, title: S}
speakers:
  - {key: ann, name: Ann Lée, aliases: [A. Lee], identifiers: {wikidata: Q1}}
  - {key: org, name: The Press, kind: organization}
metrics: [{key: staff, name: Core  Staff, unit: count}]
claims:
  - {key: k, speaker: {name: officials, kind: group}, quote: words}
"""
SPEAKERS: dict[str, tuple[str, str | None]] = {
    "by id": ("spk_1", "ann"),
    "by key": ("{key: ann}", "ann"),
    "by id and key": ("{id: spk_1, key: ann}", "ann"),
    "by name": ("{name: Ann Lée}", "ann"),
    "by name, case, accents and blanks folded": ("{name: ' ANN  lee'}", "ann"),
    "by alias": ("{name: a. lee}", "ann"),
    "by identifier": ("{identifiers: {wikidata: Q1}}", "ann"),
    "by identifier beside another name of its own": ("{name: A. Lee, identifiers: {wikidata: Q1}}", "ann"),
    "a group in its own source": ("{name: Officials, kind: group}", "s/officials"),
    "another name": ("{name: Ann Leeds}", None),
    "another key for the same name": ("{key: ann-2, name: Ann Lée}", None),
    "an unnamed one is no group": ("{name: a spokesman, kind: unnamed}", None),
}


@pytest.mark.parametrize("name", SPEAKERS)
def test_a_speaker_is_found_by_what_the_reference_tells(
    database: Database, import_yaml: Callable[..., Report], name: str, imported: Callable[..., None]
) -> None:
    reference, key = SPEAKERS[name]
    imported(STORED)
    known = {k for (k,) in rows(database, "SELECT key FROM record_keys WHERE type = 'spk'")}
    report = import_yaml(f"source: {{key: s}}\nclaims: [{{key: new, quote: other, speaker: {reference}}}]\n")
    assert [str(fault) for fault in report.faults] == []
    found = claim(database, "new")["speaker"]["key"]
    assert found == key if key else found not in known
    assert report.changes.get("speakers_created", 0) == (0 if key else 1)


@pytest.mark.parametrize("kind", ["group", "unnamed"])
def test_groups_and_unnamed_speakers_of_two_sources_are_two(
    database: Database, import_yaml: Callable[..., Report], kind: str
) -> None:
    text = (
        "source: {{key: {0}, title: {0}}}\n"
        "claims: [{{key: {0}/1, quote: {0}, speaker: {{name: officials, kind: {1}}}}}]\n"
    )
    for source in ("one", "two", "one"):
        assert not import_yaml(text.format(source, kind)).faults
    assert claim(database, "one/1")["speaker"]["key"] == "one/officials"
    assert claim(database, "two/1")["speaker"]["key"] == "two/officials"
    assert rows(database, "SELECT count(*) FROM speakers") == [(2,)]


def test_persons_of_two_sources_are_one(database: Database, import_yaml: Callable[..., Report]) -> None:
    for source in ("one", "two"):
        import_yaml(f"source: {{title: {source}}}\nclaims: [{{quote: a, speaker: {{name: Ann Lee}}}}]\n")
    assert rows(database, "SELECT count(*) FROM speakers") == [(1,)]
    assert record(database, "speakers", "ann-lee")["kind"] is None


def test_a_reference_fills_blanks_and_changes_nothing_else(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(STORED)
    before = record(database, "speakers", "ann")
    report = import_yaml("""\
source: {key: s}
claims: [{key: new, quote: other, speaker: {key: ann, name: A. Lee, note: a note}}]
""")
    assert not report.faults
    after = record(database, "speakers", "ann")
    assert (after["note"], after["name"], after["version"]) == ("a note", "Ann Lée", 2)
    assert {k for k in after if after[k] != before[k]} == {"note", "version", "updated_at", "revision"}


# Sources

# (stored, the source of a second import, whether it is the same)
SOURCES: dict[str, tuple[str, str, bool]] = {
    "the key": ("key: a, title: T", "key: a", True),
    "the address": ("key: a, url: 'http://x'", "url: 'http://x', title: Whatever", True),
    "the address of two titles": ("url: 'http://x', title: T", "url: 'http://x', title: t", True),
    "title alone": ("title: The  Report", "title: the report", True),
    "title, publisher and date": (
        "title: T, publisher: P, published_on: 2024-04",
        "title: t, publisher: p, published_on: 2024-04",
        True,
    ),
    "another publisher": ("title: T, publisher: P", "title: T, publisher: Q", False),
    "another date": ("title: T, published_on: 2024", "title: T, published_on: 2023", False),
    "no date": ("title: T, published_on: 2024", "title: T", False),
    "another address": ("title: T, url: 'http://x'", "title: T, url: 'http://y'", False),
    "another key": ("key: a, title: T", "key: b, title: T", False),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_found_by_key_address_or_title_publisher_and_date(
    database: Database, import_yaml: Callable[..., Report], name: str
) -> None:
    stored, given, same = SOURCES[name]
    import_yaml(f"claims: [{{key: one, quote: a, source: {{{stored}}}}}]\n")
    report = import_yaml(f"claims: [{{key: two, quote: b, source: {{{given}}}}}]\n")
    if name == "the address":
        assert not report.faults
    assert [str(fault) for fault in report.faults] == []
    one, two = (claim(database, key)["citations"][0]["source"]["id"] for key in ("one", "two"))
    assert (one == two) is same


def test_a_reference_that_contradicts_a_source_is_told(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml("claims: [{key: one, quote: a, source: {key: a, title: T, publisher: P}}]\n")
    before = everything(database)
    report = import_yaml("claims:\n  - quote: b\n    source:\n      key: a\n      publisher: Q\n")
    assert [(fault.line, fault.problem.code) for fault in report.faults] == [(5, "contradiction")]
    assert everything(database) == before


# Metrics


@pytest.mark.parametrize("metric", ["core staff", "CORE STAFF", "{key: staff}", "met_1", "{name: Core Staff}"])
def test_a_metric_is_found_by_id_key_or_folded_name(
    database: Database, import_yaml: Callable[..., Report], metric: str, imported: Callable[..., None]
) -> None:
    imported(STORED)
    report = import_yaml(f"""\
source: {{key: s}}
claims: [{{key: new, quote: a, figures: [{{metric: {metric}, value: 1}}]}}]
""")
    assert [str(fault) for fault in report.faults] == []
    assert {warning.problem.code for warning in report.warnings} <= {"other-spelling"}
    (figure,) = claim(database, "new")["figures"]
    assert (figure["metric"]["key"], figure["unit"]) == ("staff", "count")


# Keys

# (first import's claim, second's, whether it is the same claim)
DERIVED: dict[str, tuple[str, str, bool]] = {
    "the same": ("quote: We will win", "quote: We will win", True),
    "words folded": ("quote: We  will win", "quote: we WILL win", True),
    "other words": ("quote: We will win", "quote: We will lose", False),
    "another date": ("quote: a, said_on: 2024", "quote: a, said_on: 2023", False),
    "another speaker": ("quote: a, speaker: {name: Ann}", "quote: a, speaker: {name: Bo}", False),
    "a speaker": ("quote: a, speaker: {name: Ann}", "quote: a", False),
    "another topic": ("quote: a", "quote: a, topics: [b]", True),
    "another source": ("quote: a", "quote: a, source: {title: U}", False),
}


@pytest.mark.parametrize("name", DERIVED)
def test_a_claim_without_a_key_is_known_by_speaker_words_date_and_source(
    database: Database, import_yaml: Callable[..., Report], name: str
) -> None:
    first, second, same = DERIVED[name]
    text = "source: {{title: T}}\nclaims: [{{{}}}]\n"
    import_yaml(text.format(first))
    assert import_yaml(text.format(first)).counts["unchanged"] == 1
    import_yaml(text.format(second))
    assert rows(database, "SELECT count(DISTINCT id) FROM claims") == [(1 if same else 2,)]
    (key,) = rows(database, "SELECT key FROM record_keys WHERE type = 'clm' AND id = 1")[0]
    assert key.startswith("sha256:")


def test_derived_keys_are_readable_and_never_shared(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml("""\
claims:
  - {quote: a, speaker: {name: José Núñez}, source: {title: The Report, publisher: P, published_on: 2024-04}}
  - {quote: b, speaker: {name: 日本政府, kind: organization}, source: {title: U, url: 'http://x/y'}}
  - {quote: c, speaker: {key: jose-nunez-2, name: José Núñez}, source: {title: V}}
  - {quote: d, speaker: {name: Jose (Nunez)}, source: {title: V}}
""")
    found: dict[str, list[Any]] = {"spk": [], "src": []}
    for kind, key in rows(database, "SELECT type, key FROM record_keys WHERE type <> 'clm' ORDER BY id"):
        found[kind].append(key)
    assert found["spk"][0] == "jose-nunez"
    assert found["spk"][2:] == ["jose-nunez-2", "jose-nunez-3"]
    assert found["src"] == ["p-2024-04-the-report", "http://x/y", "v"]


def test_long_names_have_a_key_of_bounded_length(database: Database, import_yaml: Callable[..., Report]) -> None:
    title, name, address = "t" * 2000, "n" * 512, "http://x/" + "y" * 2000
    text = f"source: {{key: {'k' * 512}, title: {title}}}\nclaims:\n" + "".join(
        f"  - {{quote: q{n}, speaker: {{name: {name}, kind: {kind}}}, source: {{{source}}}}}\n"
        for n, (kind, source) in enumerate(
            [("person", f"title: {title}"), ("group", f"url: '{address}'"), ("unnamed", f"key: {'k' * 512}")]
        )
    )
    assert [str(fault) for fault in import_yaml(text).faults] == []
    assert max(len(key) for (key,) in rows(database, "SELECT key FROM record_keys")) <= 512
    assert import_yaml(text).revision is None


@pytest.mark.parametrize("order", [("role", "speaker"), ("speaker", "role")])
def test_a_kind_that_was_assumed_gives_way_to_one_that_is_stated(
    database: Database, import_yaml: Callable[..., Report], order: tuple[str, str]
) -> None:
    told = {
        "role": "  - {key: a, quote: a, speaker: {key: ann, name: Ann},"
        " role: {title: head, organization: {key: crowd, name: The Crowd}}}\n",
        "speaker": "  - {key: b, quote: b, speaker: {key: crowd, name: The Crowd, kind: group}}\n",
    }
    report = import_yaml("source: {key: s, title: S}\nclaims:\n" + "".join(told[one] for one in order))
    assert [str(fault) for fault in report.faults] == []
    assert record(database, "speakers", "crowd")["kind"] == "group"
    assert claim(database, "b")["speaker"]["kind"] == "group"
    assert import_yaml("source: {key: s, title: S}\nclaims:\n" + "".join(told.values())).revision is None


def test_a_kind_that_was_stored_does_not_give_way(import_yaml: Callable[..., Report]) -> None:
    import_yaml("source: {key: s, title: S}\nclaims: [{key: a, quote: a, speaker: {key: k, name: K, kind: person}}]\n")
    report = import_yaml(
        "source: {key: s, title: S}\nclaims: [{key: b, quote: b, speaker: {key: k, kind: organization}}]\n"
    )
    assert [fault.problem.code for fault in report.faults] == ["contradiction"]
