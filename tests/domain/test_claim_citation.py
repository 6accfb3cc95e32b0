"""Citations of claims: escapes, dates, and names that stay whole."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.dates.words import date_in_words
from app.domain.record.claim_citation import as_bibtex, as_csl, as_text, cited, csl_date

BASE = "https://a.example/v1/"
SOURCE = {"title": "The dams", "publisher": "Check & Co", "url": None, "published_on": {"edtf": "2024-04-12"}}
CLAIM: dict[str, Any] = {
    "id": "clm_7", "key": "dams/1", "revision": 12, "status": "active", "language": "en",
    "speaker": {"name": "Ann {Lee} and Sons"}, "roles": [], "quote": "100 % of $5_000 ~ a^b \\ #1 {x}\n& more",
    "paraphrase": None, "said_on": {"edtf": "2024-04"}, "citations": [{"source": SOURCE}],
}  # fmt: skip
ESCAPED = (
    r"“100 \% of \$5\_000 \textasciitilde{} a\textasciicircum{}b \textbackslash{} \#1"
    r" \textbraceleft{}x\textbraceright{} \& more”"
)


def test_an_entry_of_bibtex_has_its_signs_escaped_and_its_braces_closed() -> None:
    entry = as_bibtex(cited(CLAIM, BASE))
    assert entry == (
        "@misc{dams/1:12,\n"
        r"  author = {{Ann \textbraceleft{}Lee\textbraceright{} and Sons}}," + "\n"
        f"  title = {{{{{ESCAPED}}}}},\n"
        "  date = {2024-04},\n  year = {2024},\n  month = apr,\n"
        "  howpublished = {In: The dams, Check \\& Co, 12 April 2024},\n"
        "  note = {Claim dams/1@12 in OnRecord},\n"
        "  url = {https://a.example/v1/claims/by-key/dams/1?as_of=12},\n}\n"
    )
    assert entry.count("{") == entry.count("}")


@pytest.mark.parametrize("key", ["dämme", "a b", "a,b", "x}y", "%", "", "sha256@a"])
def test_a_key_that_no_entry_can_be_named_by_gives_way_to_the_id(key: str) -> None:
    entry = as_bibtex(cited(CLAIM | {"key": key}, BASE))
    assert entry.startswith("@misc{clm_7:12,\n")
    assert entry.count("{") == entry.count("}")


def test_an_address_has_the_whole_key() -> None:
    (item,) = as_csl(cited(CLAIM | {"key": "a/b ?#%ж"}, BASE))
    assert item["URL"] == "https://a.example/v1/claims/by-key/a/b%20%3F%23%25%D0%B6?as_of=12"
    assert item["id"] == "a/b ?#%ж@12"


def test_what_is_unknown_is_left_out() -> None:
    source = SOURCE | {"title": None, "publisher": None, "url": "https://b.example/1", "published_on": None}
    bare = CLAIM | {
        "speaker": None, "quote": None, "paraphrase": "The dam holds.", "said_on": None, "language": None,
        "citations": [{"source": source}], "status": "retracted",
    }  # fmt: skip
    assert as_text(cited(bare, BASE)) == (
        "The dam holds. In: https://b.example/1. OnRecord, claim dams/1@12 (retracted),"
        " https://a.example/v1/claims/by-key/dams/1?as_of=12"
    )
    (item,) = as_csl(cited(bare, BASE))
    assert item.keys() == {"id", "type", "title", "archive", "archive_location", "note", "URL"}
    assert item["note"].startswith("Retracted claim")
    assert "author" not in as_bibtex(cited(bare, BASE))


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ({"title": "minister", "organization": None, "status": "former"}, "former minister"),
        ({"title": "head", "organization": {"name": "LAC"}, "status": "current"}, "head, LAC"),
        ({"title": None, "organization": {"name": "LAC"}, "status": "acting"}, "acting LAC"),
    ],
)
def test_a_citation_tells_the_role(role: dict[str, Any], told: str) -> None:
    claim = cited(CLAIM | {"roles": [role]}, BASE)
    assert f", {told}: “" in as_text(claim)
    assert claim.note == f"Claim dams/1@12 in OnRecord; said as {told}"


@pytest.mark.parametrize(
    ("edtf", "words", "item"),
    [
        ("2024", "2024", {"date-parts": [[2024]]}),
        ("2024-04", "April 2024", {"date-parts": [[2024, 4]]}),
        ("2024-04-11", "11 April 2024", {"date-parts": [[2024, 4, 11]]}),
        ("2024~", "about 2024", {"date-parts": [[2024]], "literal": "about 2024", "circa": True}),
        ("2024-04?", "April 2024 (uncertain)", {"date-parts": [[2024, 4]], "circa": True}),
        ("2024-04-XX", "April 2024", {"date-parts": [[2024, 4, 1], [2024, 4, 30]], "literal": "April 2024"}),
        ("2022/2023", "2022 to 2023", {"date-parts": [[2022], [2023]], "literal": "2022 to 2023"}),
        ("2023-11~/2024-04", "about November 2023 to April 2024", {"date-parts": [[2023, 11], [2024, 4]]}),
        ("../2024", "until 2024", {"date-parts": [[2024, 12, 31]], "literal": "until 2024"}),
        ("2024/..", "from 2024 on", {"date-parts": [[2024, 1, 1]], "literal": "from 2024 on"}),
        ("201X", "2010s", {"date-parts": [[2010, 1, 1], [2019, 12, 31]], "literal": "2010s"}),
        ("20XX", "2000 to 2099", {"date-parts": [[2000, 1, 1], [2099, 12, 31]]}),
        ("2024-24", "winter 2024", {"date-parts": [[2024]], "season": 4, "literal": "winter 2024"}),
        ("2024-04-11T10:00:00Z", "11 April 2024", {"date-parts": [[2024, 4, 11]], "literal": "11 April 2024"}),
        ("0850", "850", {"date-parts": [[850]]}),
    ],
)
def test_a_date_is_told_in_parts_and_where_it_is_no_plain_one_in_words(
    edtf: str, words: str, item: dict[str, Any]
) -> None:
    assert date_in_words(edtf) == words
    found = csl_date(edtf)
    assert found is not None
    assert item.items() <= found.items()
    assert ("literal" in found) == (len(item) > 1 or "/" in edtf or "X" in edtf)
    assert "raw" not in found


@pytest.mark.parametrize("edtf", [None, "XXXX", "../..", "/"])
def test_of_an_unknown_date_nothing_is_told(edtf: str | None) -> None:
    assert csl_date(edtf) is None
