"""Files of ClaimReview are imported without a mapping: JSON-LD of any shape, data feeds, lines, and web pages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.imports.readers.linked_json import read_parts
from app.store.imports.readers.packed import open_file
from tests.importing import import_paths
from tests.store.stored import claim, documents, is_empty, rows

URL = "https://check.example/dams"


def review(n: int = 1, **more: Any) -> dict[str, Any]:
    return {"@type": "ClaimReview", "url": f"{URL}/{n}", "claimReviewed": f"The dam holds {n} years", **more}


def written(folder: Path, name: str, content: object) -> Path:
    file = folder / name
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    file.write_bytes(gzip.compress(text.encode(), mtime=0) if name.endswith(".gz") else text.encode())
    return file


def told(report: Report) -> list[str]:
    return [f"{Path(notice.file).name}:{notice.line}: {notice.problem}" for notice in report.faults]


def paraphrases(database: Database) -> list[str]:
    return [text for (text,) in rows(database, "SELECT paraphrase FROM documents ORDER BY paraphrase") if text]


def page(*scripts: object, head: str = "", body: str = "") -> str:
    texts = (script if isinstance(script, str) else json.dumps(script) for script in scripts)
    linked = "\n".join(f'<script type="application/ld+json">\n{text}\n</script>' for text in texts)
    return f"<!DOCTYPE html>\n<html><head>{head}\n{linked}</head>\n<body>{body}</body></html>\n"


ITEM = """
<div itemscope itemtype="https://schema.org/ClaimReview">
  <a itemprop="url" href="/dams/1">link</a>
  <p itemprop="claimReviewed">“The dam&nbsp;holds”</p>
  <time itemprop="datePublished">2024-04-12</time>
  <div itemprop="itemReviewed" itemscope itemtype="https://schema.org/Claim">
    <span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">Ann Lee</b></span>
  </div>
</div>
"""
RESOURCE = """
<div vocab="http://schema.org/" typeof="ClaimReview">
  <a property="url" href="https://check.example/dams/1">link</a>
  <p property="claimReviewed">The dam holds</p>
  <div property="itemReviewed" typeof="Claim">
    <span property="author" typeof="Person"><b property="name">Ann Lee</b></span>
  </div>
</div>
"""
CANONICAL = '<link rel="canonical" href="https://check.example/a">'

ONE, TWO = "The dam holds 1 years", "The dam holds 2 years"
FEED = {
    "@context": "https://schema.org",
    "@type": "DataFeed",
    "dataFeedElement": [{"@type": "DataFeedItem", "item": [review(1)]}, {"@type": "DataFeedItem", "item": review(2)}],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonld", [review(1), review(2)]),
        ("a.json", {"@graph": [review(1), {"@type": "WebPage"}, review(2)]}),
        ("a.json", {"name": "a list", "items": [review(1), review(2)]}),
        ("feed.json", FEED),
        ("feed.jsonld.gz", FEED),
        ("a.ndjson", f"{json.dumps(review(1))}\n\n{json.dumps({'@graph': [review(2)]})}\n"),
        ("a.html", page([review(1), review(2)])),
        ("a.htm", page(review(1), {"@graph": [review(2)]}, {"@type": "WebSite"})),
    ],
)
def test_reviews_are_read_in_files_of_every_form(
    database: Database, tmp_path: Path, name: str, content: object
) -> None:
    report = import_paths(database, [written(tmp_path, name, content)])
    assert told(report) == []
    assert report.counts["created"] == 2
    assert paraphrases(database) == [ONE, TWO]


def test_a_review_is_stored_with_what_it_says_and_null_for_the_rest(database: Database, tmp_path: Path) -> None:
    rating = '{"ratingValue": 4.10, "bestRating": 5, "worstRating": 1, "alternateName": "Mostly true"}'
    text = json.dumps(review(1, datePublished="2024-04-12T08:00:00Z", author={"name": "Check"}))
    import_paths(database, [written(tmp_path, "a.json", text[:-1] + f', "reviewRating": {rating}}}')])
    found = claim(database, f"claimreview/1/{URL}/1")
    assert found["assessments"] == [
        {
            "publisher": "Check", "url": f"{URL}/1", "rating": "Mostly true", "rating_value": 4.1, "best": 5,
            "worst": 1, "note": None,
            "rated_on": {"edtf": "2024-04-12", "earliest": "2024-04-12", "latest": "2024-04-12", "as_stated": None},
        }
    ]  # fmt: skip
    assert '"rating_value":4.10,' in documents(database, f"claimreview/1/{URL}/1")[0]
    assert [found[name] for name in ("speaker", "roles", "quote", "said_on", "language", "venue")] == [
        None, [], None, None, None, None
    ]  # fmt: skip


def test_importing_again_changes_nothing_and_a_corrected_review_updates_its_claim(
    database: Database, tmp_path: Path
) -> None:
    same = review(1, claimReviewed="It leaks")  # of the same page
    file = written(tmp_path, "a.json", [review(1), same, review(2), same])
    assert import_paths(database, [file]).counts["created"] == 3
    assert import_paths(database, [file]).counts["unchanged"] == 4
    written(tmp_path, "a.json", [review(1, claimReviewed="The dam may hold"), same, review(2)])
    assert import_paths(database, [file]).counts["updated"] == 1
    assert claim(database, f"claimreview/1/{URL}/1")["paraphrase"] == "The dam may hold"
    assert claim(database, f"claimreview/2/{URL}/1")["paraphrase"] == "It leaks"


def test_several_speakers_say_it_jointly(database: Database, tmp_path: Path) -> None:
    value = review(1, itemReviewed={"@type": "Claim", "author": ["Ann Lee", "Bo Ek"]})
    import_paths(database, [written(tmp_path, "a.json", value)])
    first, second = (claim(database, f"claimreview/{n}/{URL}/1") for n in (1, 2))
    assert (first["speaker"]["name"], second["speaker"]["name"]) == ("Ann Lee", "Bo Ek")
    assert [(one["type"], one["key"]) for one in first["relations"]] == [("jointly", second["key"])]


def test_what_is_wrong_is_told_by_line_and_property_and_the_others_are_checked(
    database: Database, tmp_path: Path
) -> None:
    wrong = [
        '{"@graph": [',
        json.dumps({"@type": "ClaimReview", "url": URL}) + ",",
        json.dumps(review(1)) + ",",
        json.dumps({"@type": "ClaimReview", "claimReviewed": "x"}) + ",",
        json.dumps(review(2, itemReviewed={"datePublished": "26-Dec"})) + ",",
        '{"@type": "ClaimReview", "url": "a", "url": "b"},',
        json.dumps(review(3, url="www.check.example")),
        "]}",
    ]
    report = import_paths(database, [written(tmp_path, "a.json", "\n".join(wrong))])
    assert sorted(line[:40] for line in told(report)) == [
        "a.json:2: claimReviewed: is missing: a r",
        "a.json:4: url: is missing, and no appear",
        "a.json:5: said_on (itemReviewed.datePubl",
        "a.json:6: url: the key 'url' stands twic",
        "a.json:7: citations.0.source.url: 'www.c",
    ]
    assert (report.counts["read"], report.wrong) == (6, 5)
    assert is_empty(database)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (
            "a.json",
            '[{"@type": "ClaimReview", "url"',
            "a.json:1: broken JSON: ",
        ),
        ("a.json", json.dumps([review(1)])[:-1], "a.json:1: broken JSON: "),
        ("a.json", '{"@type": "ClaimReview"} x', "a.json:1: broken JSON: the end is expected"),
        ("a.json", '{"@context": "x", "@type": "Article"}', "a.json:1: there is no ClaimReview in it, only Article;"),
        (
            "a.json",
            '[{"@type": "ClaimReview", "@id": "x"}]',
            "a.json:1: there is no ClaimReview in it, only ClaimReview;",
        ),
        ("a.html", "<p>ClaimReview", "a.html:1: there is no ClaimReview in it;"),
        ("a.html", " ", "a.html:1: the file is empty"),
        ("a.html", "<!-- ClaimReview -->", "a.html:1: this is no web page that can be read: "),
        ("a.html", page(body=ITEM * 2000).replace("</div>", ""), "a.html:5: microdata nested more than 40 deep"),
        (
            "a.html",
            page(body=RESOURCE.replace("//check", "//[check")),
            "a.html:5: the RDFa of this page cannot ",
        ),
        ("a.jsonld", '["a", 1]', "a.jsonld:1: there is no ClaimReview in it; other"),
        ("a.jsonld", "", "a.jsonld:1: the file is empty"),
        ("a.html", page('{"@type": "ClaimReview", "url" }'), "a.html:4: broken JSON: "),
    ],
)
def test_a_file_that_cannot_be_read_or_holds_no_review_is_told(
    seeded: Database, tmp_path: Path, name: str, content: str, fault: str
) -> None:
    report = import_paths(seeded, [written(tmp_path, name, content)])
    assert [line[: len(fault)] for line in told(report)] == [fault]


def test_rows_before_a_broken_place_are_checked(seeded: Database, tmp_path: Path) -> None:
    text = json.dumps([review(1, itemReviewed={"datePublished": "26-Dec"}), review(2)])[:-1] + ', {"a": tru}]'
    report = import_paths(seeded, [written(tmp_path, "a.jsonld", text)])
    assert [notice.problem.code for notice in report.faults] == ["bad-file", "bad-value"]
    assert report.counts["read"] == 3


def test_lines_that_hold_no_review_are_no_claims(database: Database, tmp_path: Path) -> None:
    lines = [
        json.dumps({"@type": "WebPage"}),
        json.dumps(review(1)),
        '{"@type": "ClaimReview", "claimReviewed": "x"}',
        "{",
    ]
    report = import_paths(database, [written(tmp_path, "a.ndjson", "\n".join(lines))])
    assert [notice.line for notice in report.faults] == [3, 4]
    assert [str(one).partition("ndjson: ")[2] for one in report.warnings if one.problem.code == "passed-over"] == [
        "lines (1) without a ClaimReview: WebPage"
    ]
    assert (report.counts["read"], report.wrong) == (3, 2)


def test_native_files_that_mention_linked_data_stay_native(database: Database, tmp_path: Path) -> None:
    value = {"claims": [{"key": "k", "quote": 'they wrote {"@type": "ClaimReview"}', "source": {"title": "T"}}]}
    assert import_paths(database, [written(tmp_path, "a.json", value)]).counts["created"] == 1
    value["claims"][0] |= {"@type": "Claim"}
    assert [line[:20] for line in told(import_paths(database, [written(tmp_path, "a.json", value)]))] == [
        "a.json:9: claims.0.@"
    ]


def test_json_ld_is_read_in_utf_16_too(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(json.dumps([review(1)]).encode("utf-16"))
    assert import_paths(database, [tmp_path]).counts["created"] == 1


def test_an_interrupted_list_tells_what_was_left_out_before(seeded: Database, tmp_path: Path) -> None:
    report = import_paths(seeded, [written(tmp_path, "a.json", json.dumps([review(1, image="x")])[:-1] + " x")])
    assert [notice.problem.code for notice in report.warnings] == ["no-place"]


def test_refused_reviews_are_written_as_claims_that_can_be_mended(database: Database, tmp_path: Path) -> None:
    lacking = {"@type": "ClaimReview", "url": f"{URL}/2", "itemReviewed": {"@type": "Claim", "author": "Ann Lee"}}
    file = written(tmp_path, "a.json", [review(1), lacking, review(3, itemReviewed={"datePublished": "26-Dec"})])
    report = import_paths(database, [file], keep_going=True)
    assert (report.counts["created"], report.counts["rejected"]) == (1, 2)
    rejected = tmp_path / "a.json.rejected.ndjson"
    lines = [json.loads(line) for line in rejected.read_text().splitlines()]
    assert [(line["key"], line.get("said_on")) for line in lines] == [
        (f"claimreview/1/{URL}/2", None), (f"claimreview/1/{URL}/3", "26-Dec")
    ]  # fmt: skip
    mended = [{**lines[0], "paraphrase": TWO}, {**lines[1], "said_on": "2024-12-26"}]
    rejected.write_text("".join(f"{json.dumps(line)}\n" for line in mended))
    report = import_paths(database, [rejected])
    assert (told(report), report.counts["created"]) == ([], 2)
    assert claim(database, f"claimreview/1/{URL}/2")["speaker"]["name"] == "Ann Lee"


def test_nodes_that_are_only_named_are_found_elsewhere_in_the_file(database: Database, tmp_path: Path) -> None:
    graph = [
        review(1, author={"@id": "#org"}, itemReviewed={"@id": "#claim"}),
        {"@id": "#claim", "@type": "Claim", "author": {"@id": "#ann"}, "datePublished": "2024"},
        {"@id": "#ann", "@type": "Person", "name": "Ann Lee"},
        {"@id": "#org", "@type": "Organization", "name": "Check"},
    ]
    import_paths(database, [written(tmp_path, "a.json", {"@graph": graph, "@context": "https://schema.org"})])
    found = claim(database, f"claimreview/1/{URL}/1")
    assert (found["speaker"]["name"], found["assessments"][0]["publisher"]) == ("Ann Lee", "Check")


def test_what_is_told_otherwise_later_is_warned_of_and_not_taken(database: Database, tmp_path: Path) -> None:
    def told_of(n: int, kind: str, title: str) -> dict[str, Any]:
        seen = {"url": "https://news.example/a", "headline": title}
        return review(
            n, itemReviewed={"@type": "Claim", "author": {"@type": kind, "name": "The Blog"}, "appearance": seen}
        )

    file = written(tmp_path, "a.json", [told_of(1, "Person", "A"), told_of(2, "Organization", "B")])
    report = import_paths(database, [file])
    assert told(report) == []
    assert [notice.problem.code for notice in report.warnings] == ["told-otherwise"] * 2
    found = claim(database, f"claimreview/1/{URL}/2")
    assert (found["speaker"]["kind"], found["citations"][0]["source"]["title"]) == ("person", "A")


def test_works_of_one_title_may_be_told_otherwise_too(database: Database, tmp_path: Path) -> None:
    works = [{"@type": kind, "name": "An interview"} for kind in ("Clip", "PodcastEpisode", "Clip")]
    file = written(tmp_path, "a.json", [review(n, itemReviewed=work) for n, work in enumerate(works, 1)])
    report = import_paths(database, [file])
    assert told(report) == []
    assert [(notice.line > 10, notice.problem.code) for notice in report.warnings] == [(True, "told-otherwise")]


def test_what_has_no_place_is_warned_of_once_a_file(database: Database, tmp_path: Path) -> None:
    report = import_paths(database, [written(tmp_path, "a.json", [review(n, image="x") for n in (1, 2)])])
    [warning] = report.warnings
    assert str(warning).endswith("a.json: left out, for a claim has no place for them: image (2)")


def test_digits_are_read_where_a_part_of_the_file_ends(tmp_path: Path) -> None:
    elements = ["x" * 65_533, 12345, 1.50, True, {"a": ["é" * 40_000]}]
    file = written(tmp_path, "a.json", json.dumps(elements))
    with open_file(file) as stream:
        assert [part.value for part in read_parts(stream, ())] == elements  # type: ignore[union-attr]


# Web pages


def test_microdata_of_a_page_is_read_and_never_quoted(database: Database, tmp_path: Path) -> None:
    report = import_paths(database, [written(tmp_path, "a.html", page(head=CANONICAL, body=ITEM))])
    assert told(report) == []
    found = claim(database, f"claimreview/1/{URL}/1")
    assert (found["quote"], found["paraphrase"], found["speaker"]["name"]) == (None, "“The dam\u00a0holds”", "Ann Lee")
    assert found["assessments"][0]["rated_on"]["edtf"] == "2024-04-12"


def test_rdfa_of_a_page_is_read(database: Database, tmp_path: Path) -> None:
    report = import_paths(database, [written(tmp_path, "a.html", page(body=RESOURCE))])
    assert told(report) == []
    found = claim(database, f"claimreview/1/{URL}/1")
    assert (found["paraphrase"], found["speaker"]["name"]) == ("The dam holds", "Ann Lee")


def test_a_review_in_two_notations_of_a_page_is_one(database: Database, tmp_path: Path) -> None:
    linked = review(1, claimReviewed="The Dam Holds")
    report = import_paths(database, [written(tmp_path, "a.html", page(linked, body=RESOURCE))])
    assert report.counts["created"] == 1
    assert claim(database, f"claimreview/1/{URL}/1")["paraphrase"] == "The Dam Holds"


def test_a_review_without_an_address_is_at_that_of_its_page(database: Database, tmp_path: Path) -> None:
    linked = {"@type": "ClaimReview", "claimReviewed": "The dam holds"}
    import_paths(database, [written(tmp_path, "a.html", page(linked, head=CANONICAL))])
    assert claim(database, "claimreview/1/https://check.example/a")["citations"][0]["source"]["url"].endswith("/a")


def test_a_page_in_xml_is_read(database: Database, tmp_path: Path) -> None:
    text = page(body=RESOURCE).replace("<!DOCTYPE html>", '<?xml version="1.0" encoding="UTF-8"?>')
    report = import_paths(database, [written(tmp_path, "a.html", text)])
    assert (told(report), report.counts["created"]) == ([], 1)


def test_a_page_is_read_in_the_encoding_that_it_tells(database: Database, tmp_path: Path) -> None:
    text = page(json.dumps(review(1, claimReviewed="Le café"), ensure_ascii=False), head='<meta charset="iso-8859-15">')
    file = tmp_path / "a.html"
    file.write_bytes(text.encode("iso-8859-15"))
    import_paths(database, [file])
    assert paraphrases(database) == ["Le café"]


def test_a_page_that_says_utf_16_and_could_be_read_so_far_is_utf_8(database: Database, tmp_path: Path) -> None:
    text = page(review(1, claimReviewed="Le café"), head='<meta charset="utf-16">')
    import_paths(database, [written(tmp_path, "a.html", text)])
    assert paraphrases(database) == ["Le café"]


def test_bytes_of_a_page_that_are_no_text_are_told_by_line(seeded: Database, tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_bytes(page(review(1), body="caf\xe9").encode("latin-1"))
    [fault] = import_paths(seeded, [file]).faults
    assert (fault.line, fault.problem.code) == (6, "encoding")


@pytest.mark.parametrize("notation", ["itemprop", "property"])
def test_texts_of_a_page_are_what_its_readers_see(database: Database, tmp_path: Path, notation: str) -> None:
    """Extruct gives `The U S A holds 10 2 kg and H 2 O`, and 102 in RDFa."""
    words = "The U<b>S</b>A<br>holds 10<sup>2</sup>&nbsp;kg<ul><li>and</li><li>H<sub>2</sub>O</li></ul>"
    item = ITEM if notation == "itemprop" else RESOURCE
    body = item.partition("  <p")[0] + f"<div {notation}='claimReviewed'>{words}</div></div>"
    import_paths(database, [written(tmp_path, "a.html", page(head=CANONICAL, body=body))])
    assert paraphrases(database) == ["The USA holds 10²\u00a0kg and H₂O"]


@pytest.mark.parametrize(
    "script",
    [
        "/*<![CDATA[*/{}/*]]>*/", "//<![CDATA[\n{}\n//]]>", "<!--\n{}\n-->", "{};", "{} // the end", "/* a */ [{},]",
    ],
)  # fmt: skip
def test_what_is_put_around_a_script_is_no_fault(database: Database, tmp_path: Path, script: str) -> None:
    text = page(script.replace("{}", json.dumps(review(1)))).replace("ld+json", "LD+json; charset=utf-8")
    report = import_paths(database, [written(tmp_path, "a.html", text)])
    assert (told(report), paraphrases(database)) == ([], [ONE])


def test_a_script_with_a_key_twice_is_refused(seeded: Database, tmp_path: Path) -> None:
    text = page('{"@type": "ClaimReview", "url": "https://a.example/1",\n "url": "https://a.example/2", }')
    assert told(import_paths(seeded, [written(tmp_path, "a.html", text)])) == [
        "a.html:5: url: the key 'url' stands twice, at column 2"
    ]


def test_line_breaks_and_comments_in_a_script_are_no_fault(database: Database, tmp_path: Path) -> None:
    text = (
        '// fact check\n{"@type": "ClaimReview", "url": "https://check.example/1", "claimReviewed": "The dam\nholds"}'
    )
    import_paths(database, [written(tmp_path, "a.html", page(text))])
    assert paraphrases(database) == ["The dam\nholds"]


def test_pages_without_a_review_are_passed_over_in_folders(database: Database, tmp_path: Path) -> None:
    written(tmp_path, "a.html", page(review(1)))
    written(tmp_path, "b.html", page({"@type": "Article"}))
    report = import_paths(database, [tmp_path])
    assert report.counts["created"] == 1
    assert [(notice.file[-6:], notice.problem.code) for notice in report.warnings] == [("b.html", "passed-over")]


def test_a_folder_of_other_pages_alone_is_refused(seeded: Database, tmp_path: Path) -> None:
    written(tmp_path, "b.html", page({"@type": "Article"}))
    with pytest.raises(BadImport, match="web page"):
        import_paths(seeded, [tmp_path])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonld", json.dumps(review(**{"\ud800": 1}))),
        ("a.jsonld", '{"@context": "https://schema.org", "@type": "\\ud800"}'),
        ("a.ndjson", json.dumps(review()) + '\n{"@context": "https://schema.org", "@type": "\\ud800"}'),
        ("b.json", '{"claims": [], "\\ud800": 1}'),
        ("b.json", '{"claims": [{"key": "k", "quote": "x", "\\ud800": 1}]}'),
        ("b.ndjson", '{"key": "k", "quote": "x", "\\ud800": 1}\n{"type": "\\ud800"}'),
        ("b.ndjson", '{"type": "metric", "key": "\\ud800", "name": "\\ud800"}'),
    ],
)
def test_lone_surrogates_are_told_as_escapes(database: Database, tmp_path: Path, name: str, content: str) -> None:
    report = import_paths(database, [written(tmp_path, name, content)], keep_going=True)
    told = " ".join(map(str, (*report.faults, *report.warnings)))
    assert any(one in told for one in ("\\ud800", "U+D800", "well-formed Unicode"))
    assert told.isascii()
