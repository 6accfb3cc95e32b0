"""Imports that are carried out: idempotent, in order, tried without storing, with texts beside them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write.outcomes import Outcome
from tests.conftest import NOON, SEED
from tests.importing import import_paths
from tests.store.stored import claim, documents, everything, is_empty, record, rows, versions, write_files

# A record of everything: each kind of field at least once.
FULL = """\
source:
  key: report
  title: A report
  kind: report
  publisher: The Press
  url: https://example.org/report
  published_on: 2024-04-30
  authors: [Cy Coe]
speakers:
  - key: ann
    name: Ann Lee
    kind: person
    aliases: [A. Lee]
    identifiers: {wikidata: Q1}
    tenures:
      - {title: minister, organization: The Ministry, since: 2020, until: 2025}
metrics:
  - {key: staff, name: staff, definition: people employed, unit: count}
claims:
  - key: report/1
    speaker: {key: ann}
    quote: we hired 1.50 thousand
    said_on: {edtf: 2024-04, as_stated: this month}
    venue: told the press
    language: en
    figures:
      - {metric: {key: staff}, value: 1500.50, comparator: about, period: 2023, as_stated: 1.50 thousand}
      - {metric: {key: staff}, value: 2, unit: ratio, change: ratio}
      - {metric: cost, low: 1e3, high: 2e3, unit: JPY/year, kind: forecast,
         equivalents: [{value: 10, unit: USD, as_stated: $10}]}
    topics: [hiring, Hiring]
    assessments: [{publisher: Checkers, rating: Mostly true, rated_on: 2024-05-01}]
    relations: [{type: supports, key: report/2}]
    locator: {exact: hired, page: 3}
  - key: report/2
    speaker: {name: officials, kind: group}
    role: spokesman
    paraphrase: they are many
    relations: [{type: supports, key: report/1}]
  - speaker: null
    quote: nobody said this
    retraction: {kind: record_error, reason: misread}
"""


def test_importing_twice_changes_nothing(database: Database, import_yaml: Callable[..., Report]) -> None:
    first = import_yaml(FULL)
    assert [str(fault) for fault in first.faults] == []
    assert first.revision == 1
    assert first.told_counts == {"read": 3, "created": 2, "updated": 0, "retracted": 1, "unchanged": 0, "rejected": 0}
    before = everything(database)
    second = import_yaml(FULL)
    assert second.revision is None
    assert second.told_counts == {"read": 3, "created": 0, "updated": 0, "retracted": 0, "unchanged": 3, "rejected": 0}
    assert second.changes == {}
    assert everything(database) == before


def test_importing_the_seed_twice_changes_nothing(database: Database) -> None:
    assert import_paths(database, [SEED]).revision == 1
    before = everything(database)
    second = import_paths(database, [SEED])
    assert second.revision is None
    assert second.counts["unchanged"] == second.counts["read"] == 38
    assert second.definitions.keys() == {"unchanged"}
    assert everything(database) == before


def test_the_same_import_makes_the_same_rows_on_both_engines(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "seeds", full=FULL)
    shutil.copy(SEED / "japan-cyber-2024.yaml", folder)
    held = []
    for engine in ("sqlite", "postgresql"):
        database = new_database(engine)
        import_paths(database, [folder], at=NOON)
        statement = (
            "SELECT c.number, c.id, c.since, d.doc FROM claims c JOIN documents d USING (number) ORDER BY c.number"
        )
        found = {"claims": rows(database, statement)}
        for table in ("speakers", "sources", "metrics"):
            found[table] = rows(database, f"SELECT id, since, doc FROM {table} ORDER BY id")  # noqa: S608  # named above
        found["keys"] = rows(database, "SELECT type, id, key FROM record_keys ORDER BY type, id")
        held.append(found)
    assert held[0] == held[1]


def test_decimals_and_dates_are_kept_as_written(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml(FULL)
    stored = rows(database, "SELECT value, low, high, comparator FROM figures ORDER BY number, n")
    assert stored[0] == ("1500.50", "1500.50", "1500.50", "about")
    (doc,) = rows(database, "SELECT d.doc FROM claims c JOIN documents d USING (number) WHERE c.id = 1")[0]
    assert '"value":1500.50' in doc
    assert claim(database, "report/1")["said_on"] == {
        "edtf": "2024-04",
        "earliest": "2024-04-01",
        "latest": "2024-04-30",
        "as_stated": "this month",
    }


def test_what_is_read_can_be_sent_back_unchanged(
    database: Database, import_yaml: Callable[..., Report], tmp_path: Path
) -> None:
    import_yaml(FULL)
    before = everything(database)
    answers = ",".join(documents(database, key)[-1] for key in ("report/1", "report/2"))
    file = tmp_path / "back.yaml"
    file.write_text(f'{{"claims": [{answers}]}}')  # JSON is YAML
    report = import_paths(database, [file])
    assert [str(fault) for fault in report.faults] == []
    assert report.counts["unchanged"] == 2
    assert everything(database) == before


# Order


def test_claims_may_relate_to_later_ones_of_the_file(database: Database, import_yaml: Callable[..., Report]) -> None:
    assert not import_yaml(FULL).faults
    one, two = claim(database, "report/1"), claim(database, "report/2")
    assert one["relations"] == [{"type": "supports", "claim": two["id"], "key": "report/2"}]
    assert two["relations"] == [{"type": "supports", "claim": one["id"], "key": "report/1"}]


def test_claims_may_relate_to_those_of_later_files(database: Database, tmp_path: Path) -> None:
    folder = write_files(
        tmp_path / "seeds",
        a="source: {key: a, title: A}\nclaims:\n  - {key: a, quote: a, relations: [{type: answers, key: b}]}\n",
        b="source: {key: b, title: B}\nclaims:\n  - {key: b, quote: b}\n",
    )
    report = import_paths(database, [folder])
    assert not report.faults
    assert claim(database, "a")["relations"] == [{"type": "answers", "claim": claim(database, "b")["id"], "key": "b"}]
    before = everything(database)
    assert import_paths(database, [folder]).revision is None
    assert everything(database) == before


def test_claims_may_relate_to_those_of_a_later_batch(database: Database, import_yaml: Callable[..., Report]) -> None:
    claims = "".join(
        f"  - {{key: k{n}, quote: words {n}, relations: [{{type: supports, key: k{1101 - n}}}]}}\n" for n in range(1102)
    )
    text = f"source: {{key: s, title: T}}\nclaims:\n{claims}"
    report = import_yaml(text)
    assert [str(fault) for fault in report.faults] == []
    assert report.counts["created"] == 1102
    assert rows(database, "SELECT count(*), count(DISTINCT number) FROM relations") == [(1102, 1102)]
    assert import_yaml(text).counts["unchanged"] == 1102


def test_a_folder_is_read_in_the_order_of_names(database: Database, tmp_path: Path) -> None:
    text = "source: {{key: {0}, title: T {0}}}\nclaims:\n  - {{key: {0}, quote: words}}\n"
    names = ["b", "a10", "a2", "c"]
    folder = write_files(tmp_path / "seeds", **{name: text.format(name) for name in names})
    (folder / ".hidden.yaml").write_text("broken: [")
    (folder / "notes.txt").write_text("broken: [")
    (folder / "c.yaml").rename(folder / "0.yml")
    import_paths(database, [folder])
    found = rows(database, "SELECT key FROM record_keys WHERE type = 'clm' ORDER BY id")
    assert found == [("c",), ("a10",), ("a2",), ("b",)]


def test_a_byte_order_mark_is_understood(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbfsource: {title: T}\r\nclaims:\r\n  - {key: k, quote: caf\xc3\xa9}\r\n")
    assert not import_paths(database, [file]).faults
    assert claim(database, "k")["quote"] == "café"


def test_scalars_are_text_as_written(database: Database, import_yaml: Callable[..., Report]) -> None:
    assert not import_yaml(
        "source: {title: 1.50}\nclaims:\n  - {key: 010, quote: 12:30:00, venue: no, topics: [on]}\n"
    ).faults
    found = claim(database, "010")
    assert (found["quote"], found["venue"], found["topics"]) == ("12:30:00", "no", ["on"])
    assert found["citations"][0]["source"]["title"] == "1.50"


def test_one_import_is_one_revision_with_its_comment_and_counts(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    import_yaml(FULL, comment="a first load", actor="tester", at=NOON)
    found = rows(database, "SELECT number, recorded_at, actor, comment, counts FROM revisions")
    assert found[0][:4] == (1, "2026-01-01T12:00:00.000000Z", "tester", "a first load")
    assert json.loads(found[0][4]) == {
        "created": 2,
        "retracted": 1,
        "speakers_created": 3,
        "sources_created": 1,
        "metrics_created": 2,
    }


# Dry runs


def test_a_dry_run_stores_nothing_and_tells_what_would_be_done(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    text = "source: {key: s, title: T}\nclaims:\n  - {key: k1, quote: one}\n  - {key: k2, quote: two, venue: here}\n"
    assert import_yaml(text, dry_run=True).counts["created"] == 2
    assert is_empty(database)
    import_yaml(text)
    before = everything(database)
    changed = text.replace("quote: two, venue: here", "quote: too, topics: [a]") + "  - {key: k3, quote: three}\n"
    told: list[tuple[str, Outcome]] = []
    report = import_yaml(changed, dry_run=True, tell=lambda *one: told.append(one))
    assert [(place.rsplit(":")[-1], one.action, one.key, one.changes) for place, one in told] == [
        ("3", "unchanged", "k1", {}),
        ("4", "updated", "k2", {"quote": ["two", "too"], "venue": ["here", None], "topics": [[], ["a"]]}),
        ("5", "created", "k3", {}),
    ]
    assert report.told_counts == {"read": 3, "created": 1, "updated": 1, "retracted": 0, "unchanged": 1, "rejected": 0}
    assert report.revision is None
    assert everything(database) == before


def test_a_dry_run_tells_the_faults_of_a_run(database: Database, import_yaml: Callable[..., Report]) -> None:
    text = "source: {title: T}\nclaims:\n  - {quote: a, speaker: {key: nobody}}\n  - {key: k}\n"
    assert [str(fault) for fault in import_yaml(text, dry_run=True).faults] == [
        str(fault) for fault in import_yaml(text).faults
    ]
    assert is_empty(database)


def test_the_run_after_a_dry_run_gives_the_ids_and_revision_that_it_would_have_given(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    import_yaml(FULL, dry_run=True)
    assert import_yaml(FULL).revision == 1
    assert claim(database, "report/1")["id"] == "clm_1"


# Possible duplicates


def test_the_same_words_of_the_same_speaker_under_another_key_are_told(import_yaml: Callable[..., Report]) -> None:
    import_yaml("source: {title: T}\nclaims:\n  - {key: k1, quote: We will win, speaker: {key: a, name: Ann}}\n")
    second = """\
source: {title: U}
claims:
  - {key: k2, quote: "we WILL win!", speaker: {key: a}}
  - {key: k3, quote: we will win, speaker: {key: b, name: Bo}}
  - {key: k4, quote: we will lose, speaker: {key: a}}
  - {key: k5, quote: we will win}
"""
    told: list[Outcome] = []
    report = import_yaml(second, tell=lambda _place, outcome: told.append(outcome))
    assert [outcome.alike for outcome in told] == [["k1"], [], [], []]
    assert report.counts["created"] == 4


def test_the_same_words_under_two_keys_of_one_import_are_told(import_yaml: Callable[..., Report]) -> None:
    outcomes: list[Outcome] = []
    import_yaml(
        "source: {title: T}\nclaims:\n  - {key: k1, quote: We will win}\n  - {key: k2, quote: we will win}\n",
        tell=lambda _place, outcome: outcomes.append(outcome),
    )
    told = [outcome.alike for outcome in outcomes]
    assert told in ([[], ["k1"]], [["k2"], ["k1"]])


# Texts of sources

TEXT = "“We will   win,” she said. Later: we will try, and we will try. It was late … she left at last."
QUOTES = {
    "verbatim": "quote: she said",
    "normalized": "quote: we will win",
    "elided": "quote: It was late … [Ann] left … last",
    "ambiguous": "quote: we will try",
    "not_found": "quote: we will lose",
    "unchecked": "paraphrase: they are sure",
    "locator": "paraphrase: she spoke\n    locator: {exact: she said}",
}


def quotes_file(folder: Path, source: str = "key: report, title: A report") -> Path:
    text = f"source: {{{source}}}\nclaims:\n" + "".join(f"  - key: {k}\n    {words}\n" for k, words in QUOTES.items())
    return write_files(folder, quotes=text) / "quotes.yaml"


def test_texts_say_of_each_quote_whether_it_stands_there(database: Database, tmp_path: Path) -> None:
    file, texts = quotes_file(tmp_path), tmp_path / "texts"
    texts.mkdir()
    (texts / "report.txt").write_text(TEXT)
    assert not import_paths(database, [file], texts=texts).faults
    for key in QUOTES:
        citation = claim(database, key)["citations"][0]
        assert citation["verification"] == ("verbatim" if key == "locator" else key)
        stored = rows(
            database,
            "SELECT verification FROM citations JOIN claims USING (number) JOIN record_keys k ON k.id = claims.id"
            " WHERE k.type = 'clm' AND k.key = :key",
            key=key,
        )
        assert stored == [(citation["verification"],)]
    start = TEXT.index("she said")
    locator = claim(database, "verbatim")["citations"][0]["locator"]
    assert (locator["start"], locator["end"]) == (start, start + len("she said"))
    assert claim(database, "locator")["citations"][0]["locator"]["start"] == start
    assert locator["differences"] is None
    elided = claim(database, "elided")["citations"][0]["locator"]
    assert (elided["gaps"], elided["differences"]) == ([" … she ", " at "], [{"quote": "… [Ann]", "text": "… she"}])
    differences = claim(database, "normalized")["citations"][0]["locator"]["differences"]
    assert differences == [{"quote": "we", "text": "We"}, {"quote": " ", "text": "   "}]


def test_a_later_text_renders_the_claims_anew_and_keeps_their_version(database: Database, tmp_path: Path) -> None:
    file, texts = quotes_file(tmp_path), tmp_path / "texts"
    import_paths(database, [file])
    texts.mkdir()
    (texts / "report.txt").write_text(TEXT)
    report = import_paths(database, [file], texts=texts)
    assert report.revision == 2
    assert report.counts["unchanged"] == len(QUOTES)
    old, new = versions(database, "verbatim")
    assert (old["citations"][0]["verification"], new["citations"][0]["verification"]) == ("unchecked", "verbatim")
    assert (old["version"], old["revision"], new["version"], new["revision"]) == (1, 1, 1, 2)
    assert len(versions(database, "unchecked")) == 1
    before = everything(database)
    assert import_paths(database, [file], texts=texts).revision is None
    assert import_paths(database, [file]).revision is None  # a text that is not given is not taken away
    assert everything(database) == before


def test_another_text_of_the_source_verifies_anew(database: Database, tmp_path: Path) -> None:
    file, texts = quotes_file(tmp_path), tmp_path / "texts"
    texts.mkdir()
    (texts / "report.txt").write_text(TEXT)
    import_paths(database, [file], texts=texts)
    (texts / "report.txt").write_text("now: we will lose")
    import_paths(database, [file], texts=texts)
    lost, kept = claim(database, "verbatim")["citations"][0], claim(database, "not_found")["citations"][0]
    assert (lost["verification"], kept["verification"]) == ("not_found", "verbatim")
    assert (lost["locator"] or {}).get("start") is None
    assert import_paths(database, [file], texts=texts).revision is None


def test_the_text_may_be_a_file_beside_the_import(database: Database, tmp_path: Path) -> None:
    file = quotes_file(tmp_path, "key: report, title: A report, text_file: report.txt")
    (tmp_path / "report.txt").write_text(TEXT)
    assert not import_paths(database, [file]).faults
    assert claim(database, "verbatim")["citations"][0]["verification"] == "verbatim"
    assert rows(database, "SELECT text FROM source_texts") == [(TEXT,)]
    assert import_paths(database, [file]).revision is None


# Values that `text_file` may not have, and what stands there
TEXT_FILES = {"missing.txt": None, ".": None, "bad.txt": b"caf\xe9", "nul.txt": b"a\0b"}


@pytest.mark.parametrize("name", TEXT_FILES)
def test_a_text_that_cannot_be_read_is_told(database: Database, tmp_path: Path, name: str) -> None:
    content = TEXT_FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    file = write_files(tmp_path, report=f"source:\n  title: T\n  text_file: {name}\nclaims: []\n") / "report.yaml"
    report = import_paths(database, [file])
    assert [fault.line for fault in report.faults] in ([3], [1])
    assert report.faults[0].problem.field in ("source.text_file", "source.text")
    assert is_empty(database)


def test_a_text_that_the_folder_lacks_is_a_warning(database: Database, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    report = import_paths(database, [quotes_file(tmp_path)], texts=texts)
    assert not report.faults
    assert len(report.warnings) == 1
    assert "report.txt is not there" in str(report.warnings[0])


@pytest.mark.parametrize("key", ["../secret", "a/b", ".."])
def test_a_key_does_not_lead_out_of_the_folder_of_texts(database: Database, tmp_path: Path, key: str) -> None:
    texts = tmp_path / "texts" / "inner"
    texts.mkdir(parents=True)
    (tmp_path / "texts" / "secret.txt").write_text("she said")
    report = import_paths(database, [quotes_file(tmp_path, f"key: {key}, title: T")], texts=texts)
    assert not report.faults
    assert record(database, "sources", key)["text_sha256"] is None


def test_a_text_stands_once_however_many_sources_have_it(database: Database, tmp_path: Path) -> None:
    folder = write_files(
        tmp_path / "seeds", a="source: {key: a, title: A, text: words}\n", b="source: {key: b, title: B, text: words}\n"
    )
    import_paths(database, [folder])
    assert rows(database, "SELECT text FROM source_texts") == [("words",)]


def test_a_new_metric_that_nobody_defined_is_a_warning_that_lists_near_ones(import_yaml: Callable[..., Report]) -> None:
    figures = "[{{metric: {0}, value: 1, unit: count}}]"
    text = "source: {{title: T}}\nclaims:\n  - {{key: {0}, quote: {0}, figures: " + figures + "}}\n"
    for name, told in (
        ("core staff", ["new metric 'core staff'"]),
        ("core stuff", ["new metric 'core stuff'; near: core staff"]),
        ("core stuff", []),
    ):
        warnings = import_yaml(text.format(name)).warnings
        assert [(one.line, one.problem.detail) for one in warnings] == [(3, detail) for detail in told]


def test_claims_of_the_same_words_may_be_duplicates_whatever_their_apostrophes_and_hyphens(
    database: Database, tmp_path: Path
) -> None:
    said = ["Don't co-operate now!", "Don’t cooperate, now", "dont co\u2010operate now", "do not cooperate now"]
    lines = [json.dumps({"key": f"k{n}", "quote": one, "source": {"title": "T"}}) for n, one in enumerate(said)]
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    report = import_paths(database, [tmp_path / "a.ndjson"])
    told = [one.key for one in report.warnings if one.problem.code == "possible-duplicate"]
    assert told == ["k0", "k1", "k2"]
