"""ClaimReview of schema.org as claims: what a review says is there, what it does not say is null."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.claim_review import ReadReview, identity_of, property_of, read_review
from app.domain.record.linked_data import Graph, described_in, nodes_of, references_in
from app.domain.record.records_in import ClaimIn, check_record
from app.domain.record.reviews_in import reviews_in

URL = "https://check.example/dams"
LEAST: dict[str, Any] = {"@type": "ClaimReview", "claimReviewed": "The dam holds", "url": URL}


def read(value: dict[str, Any], **options: Any) -> ReadReview:
    found = list(reviews_in(nodes_of(value)))
    assert len(found) == 1
    return read_review(found[0].review, Graph(), found[0].page, **options)


def claim(value: dict[str, Any], **options: Any) -> dict[str, Any]:
    said = read(value, **options)
    assert not said.problems
    ((one,),) = said.claims
    checked, problems = check_record(ClaimIn, one)
    assert checked is not None, problems
    return one


def about(**item: Any) -> dict[str, Any]:
    return claim({**LEAST, "itemReviewed": {"@type": "Claim", **item}})


def test_the_least_review_is_a_claim_of_nobody_by_its_own_address() -> None:
    assert claim(LEAST) == {
        "paraphrase": "The dam holds",
        "citations": [{"source": {"url": URL}}],
        "assessments": [{"publisher": "check.example", "url": URL}],
    }


def test_what_search_engines_ask_for_is_read_whole() -> None:
    found = claim({
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": URL,
        "name": "Does the dam hold?",
        "inLanguage": "en-GB",
        "claimReviewed": "The dam holds",
        "datePublished": "2024-04-12T23:30:00-05:00",
        "author": {"@type": "Organization", "name": "Check", "url": "https://check.example/"},
        "reviewRating": {
            "@type": "Rating", "ratingValue": "2", "bestRating": 5, "worstRating": "1", "alternateName": "Mostly false",
            "ratingExplanation": "It leaks.",
        },
        "itemReviewed": {
            "@type": "Claim",
            "author": {
                "@type": "Person", "name": "Ann Lee", "jobTitle": "Minister", "worksFor": {"name": "Works Office"},
                "sameAs": "https://www.wikidata.org/wiki/Q42",
            },
            "datePublished": "2024-04-10",
            "firstAppearance": {"@type": "SocialMediaPosting", "url": "https://post.example/1"},
            "appearance": [
                {
                    "@type": "NewsArticle", "url": "https://news.example/1", "headline": "A dam", "inLanguage": "fr",
                    "author": [{"@type": "Person", "name": "Bo Ek"}], "publisher": {"name": "The News"},
                    "datePublished": "2024-04-11", "archivedAt": "https://archive.example/1",
                },
                "https://news.example/2",
            ],
        },
    })  # fmt: skip
    assert found == {
        "paraphrase": "The dam holds",
        "language": "en-GB",
        "speaker": {"name": "Ann Lee", "kind": "person", "identifiers": {"wikidata": "Q42"}},
        "roles": [{"title": "Minister", "organization": {"name": "Works Office"}}],
        "said_on": "2024-04-10",
        "citations": [
            {"source": {"url": "https://post.example/1", "kind": "post"}},
            {
                "source": {
                    "url": "https://news.example/1", "title": "A dam", "kind": "article", "publisher": "The News",
                    "archive_url": "https://archive.example/1", "language": "fr", "authors": ["Bo Ek"],
                    "published_on": "2024-04-11",
                }
            },
            {"source": {"url": "https://news.example/2"}},
        ],
        "assessments": [
            {
                "publisher": "Check", "url": URL, "rating": "Mostly false", "rating_value": "2", "best": "5",
                "worst": "1", "rated_on": "2024-04-12", "note": "It leaks.",
            }
        ],
    }  # fmt: skip


def test_the_review_is_the_source_where_the_claim_appears_nowhere_else() -> None:
    found = claim({
        **LEAST, "headline": "Dams", "datePublished": "2024", "inLanguage": {"alternateName": "en"},
        "author": [{"@type": "Person", "name": "Bo Ek"}, {"@type": "NewsMediaOrganization", "name": "Check"}],
    })  # fmt: skip
    assert found["citations"] == [
        {
            "source": {
                "url": URL, "title": "Dams", "publisher": "Check", "published_on": "2024", "language": "en",
                "authors": ["Bo Ek"],
            }
        }
    ]  # fmt: skip
    assert "said_on" not in found  # publication is no substitute


def test_a_work_without_an_address_is_cited_beside_the_review() -> None:
    work = {"@type": "CreativeWork", "name": "An interview", "datePublished": "2014-07-17"}
    found = claim({**LEAST, "itemReviewed": work})
    assert found["citations"] == [{"source": {"title": "An interview"}}, {"source": {"url": URL}}]
    assert found["said_on"] == "2014-07-17"


@pytest.mark.parametrize(
    "item",
    [
        {"name": "A claim"},
        {"@type": "Claim", "name": "A claim"},
        {"@type": "Person", "name": "Ann Lee", "url": "https://ann.example"},
        {"@type": "Thing", "name": "A claim"},
        {"@type": "CreativeWork", "name": "The dam holds"},
        {"@type": "Claim", "url": URL},
        "The dam holds",
    ],
)
def test_what_is_no_document_is_not_cited(item: object) -> None:
    assert claim({**LEAST, "itemReviewed": item})["citations"] == [{"source": {"url": URL}}]


def test_the_address_of_a_claim_is_cited() -> None:
    assert about(url="https://post.example/1")["citations"] == [{"source": {"url": "https://post.example/1"}}]


def test_a_clip_is_cited_at_the_video_that_it_is_part_of_and_its_seconds() -> None:
    clip = {
        "@type": "Clip", "name": "A speech", "startOffset": 350, "endOffset": "370.5",
        "isPartOf": {"@type": "VideoObject", "url": "https://video.example/1"},
    }  # fmt: skip
    assert claim({**LEAST, "itemReviewed": clip})["citations"] == [
        {
            "source": {"url": "https://video.example/1", "title": "A speech", "kind": "video"},
            "locator": {"start_time": "350", "end_time": "370.5"},
        }
    ]


@pytest.mark.parametrize(
    ("author", "speaker"),
    [
        ("A blog", {"name": "A blog"}),
        ({"name": "A blog"}, {"name": "A blog"}),
        ({"@type": "Thing", "name": "A blog"}, {"name": "A blog"}),
        ({"@type": ["Organization", "Brand"], "name": "Acme"}, {"name": "Acme", "kind": "organization"}),
        ({"@type": "GovernmentOrganization", "name": "Acme"}, {"name": "Acme", "kind": "organization"}),
        ({"@type": "Person", "name": [""]}, None),
        ({"@type": "Person", "url": "https://a.example"}, None),
        ("https://a.example/somebody", None),
        ([], None),
    ],
)
def test_a_speaker_has_the_name_and_kind_that_the_author_has(author: object, speaker: object) -> None:
    assert about(author=author).get("speaker") == speaker


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Minister", {"title": "Minister"}),
        ("Former Governor of Texas", {"title": "Governor of Texas", "status": "former"}),
        ("ex-President", {"title": "President", "status": "former"}),
        ("Acting mayor", {"title": "mayor", "status": "acting"}),
        ("Ex officio member", {"title": "Ex officio member"}),
        ("Acting", {"title": "Acting"}),
        ("Executive", {"title": "Executive"}),
    ],
)
def test_a_title_with_a_qualifier_has_its_status(title: str, role: dict[str, str]) -> None:
    stated = {"as_stated": title} if "status" in role else {}
    assert about(author={"name": "Ann Lee", "jobTitle": title})["roles"] == [{**role, **stated}]


def test_titles_and_organizations_that_are_several_stand_apart() -> None:
    author = {"name": "Ann Lee", "jobTitle": ["Mayor", "Poet"], "affiliation": "Acme"}
    assert about(author=author)["roles"] == [{"title": "Mayor"}, {"title": "Poet"}, {"organization": {"name": "Acme"}}]


def test_each_of_several_speakers_and_texts_has_a_claim() -> None:
    item = {"@type": "Claim", "author": ["Ann Lee", "Bo Ek"]}
    said = read({**LEAST, "claimReviewed": ["The dam holds", "It leaks"], "itemReviewed": item})
    found = [[(one["paraphrase"], one["speaker"]["name"]) for one in claims] for claims in said.claims]
    assert found == [
        [("The dam holds", "Ann Lee"), ("The dam holds", "Bo Ek")],
        [("It leaks", "Ann Lee"), ("It leaks", "Bo Ek")],
    ]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("“The dam holds”", "The dam holds"),
        ('"The dam holds"', "The dam holds"),
        ("« Le barrage tient »", "Le barrage tient"),
        ("„Der Damm hält“", "Der Damm hält"),
        ("「ダムは持つ」", "ダムは持つ"),
        ('"The dam" will "hold"', None),
        ('She said "the dam holds"', None),
        ("“”", None),
        ('"', None),
    ],
)
def test_words_are_a_quote_only_where_marks_enclose_them_all(text: str, quote: str | None) -> None:
    found = claim({**LEAST, "claimReviewed": text})
    assert (found.get("quote"), found.get("paraphrase")) == ((quote, None) if quote else (None, text))


def test_no_words_are_a_quote_where_their_characters_were_changed() -> None:
    assert claim({**LEAST, "claimReviewed": "“The dam holds”"}, is_printed=False)["paraphrase"] == "“The dam holds”"


@pytest.mark.parametrize(
    ("rating", "verdict"),
    [
        ({"ratingValue": 4.5, "bestRating": 5, "worstRating": 1}, {"rating_value": "4.5", "best": "5", "worst": "1"}),
        ({"ratingValue": "False"}, {"rating": "False"}),
        ({"ratingValue": "False", "alternateName": "Falso"}, {"rating": "Falso"}),
        ({"name": "Half true"}, {"rating": "Half true"}),
        ({"ratingValue": "", "alternateName": "Satire"}, {"rating": "Satire"}),
        ({"ratingValue": -1, "bestRating": -1, "worstRating": -1, "alternateName": "Mixture"}, {"rating": "Mixture"}),
        ({"ratingValue": 0, "bestRating": 5, "worstRating": 1, "alternateName": "Unrated"}, {"rating": "Unrated"}),
        ({"ratingValue": 1, "bestRating": 6}, {"rating_value": "1", "best": "6"}),
        ({"bestRating": "five"}, {}),
        ("Pants on fire", {"rating": "Pants on fire"}),
        ([{"alternateName": "A"}], {"rating": "A"}),
    ],
)
def test_a_rating_is_words_and_numbers_that_are_on_its_scale(rating: object, verdict: dict[str, str]) -> None:
    assert claim({**LEAST, "reviewRating": rating})["assessments"] == [
        {"publisher": "check.example", "url": URL, **verdict}
    ]


def test_numbers_that_are_left_out_are_told() -> None:
    said = read({**LEAST, "reviewRating": {"ratingValue": 9, "bestRating": 5, "worstRating": 1, "name": "True"}})
    assert [str(warning) for warning in said.warnings] == [
        "reviewRating.ratingValue: ratingValue 9 is not on the scale from 1 to 5: the numbers are left out"
    ]


def test_several_ratings_are_several_assessments() -> None:
    found = claim({**LEAST, "reviewRating": [{"alternateName": "True"}, {"alternateName": "Misleading"}]})
    assert [one["rating"] for one in found["assessments"]] == ["True", "Misleading"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-04-12", "2024-04-12"),
        ("2024-04", "2024-04"),
        (2024, "2024"),
        ("2024-04-12T23:30:00.000Z", "2024-04-12"),
        ("2024-04-12 23:30:00", "2024-04-12"),
        ("2024-04-12T23:30+0900", "2024-04-12"),
        ("2024-04-12+09:00", "2024-04-12"),
    ],
)
def test_a_time_is_the_day_that_is_written(written: object, day: str) -> None:
    assert about(datePublished=written)["said_on"] == day


def test_a_date_that_is_none_is_kept_for_the_check_of_claims_to_refuse() -> None:
    said = read({**LEAST, "itemReviewed": {"@type": "Claim", "datePublished": "12 April"}})
    _, problems = check_record(ClaimIn, said.claims[0][0])
    assert [property_of(problem.path) for problem in problems] == ["itemReviewed.datePublished"]


def test_html_is_read_as_its_readers_see_it_and_told() -> None:
    said = read({**LEAST, "claimReviewed": "Tom &amp; Ann&amp;#8217;s dam &lt;b&gt; AT&T &nosuch;"})
    assert said.claims[0][0]["paraphrase"] == "Tom & Ann’s dam <b> AT&T &nosuch;"
    assert [warning.code for warning in said.warnings] == ["html-text"]


def test_what_has_no_place_is_told_by_its_path() -> None:
    said = read({
        **LEAST, "image": "x", "reviewRating": {"image": "x", "ratingValue": 1}, "keywords": "dams, water",
        "itemReviewed": {"@type": "Claim", "name": "A claim", "author": {"name": "Ann Lee", "sameAs": "https://a.example"}},
    })  # fmt: skip
    assert sorted(said.left) == ["image", "itemReviewed.author.sameAs", "itemReviewed.name", "reviewRating.image"]
    assert said.claims[0][0]["topics"] == ["dams", "water"]


@pytest.mark.parametrize(
    ("value", "lacks"),
    [
        ({"@type": "ClaimReview", "url": URL}, [("claimReviewed",)]),
        ({"@type": "ClaimReview", "url": URL, "claimReviewed": " "}, [("claimReviewed",)]),
        ({"@type": "ClaimReview", "claimReviewed": "The dam holds"}, [("url",)]),
        ({"@type": "ClaimReview", "author": "Check"}, [("claimReviewed",), ("url",)]),
    ],
)
def test_a_review_that_lacks_its_words_or_every_source_is_no_claim(value: dict[str, Any], lacks: object) -> None:
    said = read(value)
    assert [problem.path for problem in said.problems] == lacks


@pytest.mark.parametrize(
    "value",
    [
        [LEAST],
        {"@graph": [{"@type": "WebPage"}, LEAST]},
        {"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": [LEAST]}]},
        {"@type": "NewsArticle", "url": "https://other.example", "review": LEAST},
        {**LEAST, "@type": ["Review", "ClaimReview"]},
        {"type": "ClaimReview", "claimReviewed": "The dam holds", "url": URL},
        {"@type": "http://schema.org/ClaimReview", "http://schema.org/claimReviewed": "The dam holds", "url": [URL]},
        {"@type": "schema:ClaimReview", "schema:claimReviewed": "The dam holds", "schema:url": {"@id": URL}},
        {
            "@context": {"so": "https://schema.org/", "said": {"@id": "so:x"}, "words": "http://schema.org/claimReviewed"},
            "@type": "so:ClaimReview", "words": {"@value": "The dam holds"}, "so:url": {"@list": [URL]},
        },
    ],
)  # fmt: skip
def test_a_review_is_found_wherever_it_stands_and_however_it_is_named(value: Any) -> None:
    ((review, page),) = reviews_in(nodes_of(value))
    ((found,),) = read_review(review, Graph(), page).claims
    assert (found["paraphrase"], found["citations"]) == ("The dam holds", [{"source": {"url": URL}}])


def test_a_review_in_an_article_without_an_address_is_at_that_of_the_article() -> None:
    article = {"@type": "Article", "url": URL, "review": {"@type": "ClaimReview", "claimReviewed": "The dam holds"}}
    assert claim(article)["citations"] == [{"source": {"url": URL}}]


@pytest.mark.parametrize("way", [{"review": LEAST}, {"@reverse": {"itemReviewed": LEAST}}])
def test_a_review_inside_of_its_claim_is_about_that(way: dict[str, Any]) -> None:
    assert claim({"@type": "Claim", "author": "Ann Lee", **way})["speaker"] == {"name": "Ann Lee"}


def test_words_have_the_language_that_they_are_marked_with() -> None:
    marked = {**LEAST, "claimReviewed": {"@value": "Der Damm hält", "@language": "de"}, "inLanguage": "en"}
    assert claim(marked)["language"] == "de"
    assert claim({**LEAST, "@context": ["https://schema.org", {"@language": "de"}]})["language"] == "de"


def test_a_review_is_known_by_its_id_else_its_address() -> None:
    ids = [identity_of(nodes_of({**LEAST, "@id": name})[0]) for name in ("https://check.example/#1", "#1", "_:b0")]
    assert ids == ["https://check.example/#1", URL, URL]


NAMES = (
    "@id", "@type", "@value", "@list", "@context", "@reverse", "@graph", "claimReviewed", "itemReviewed", "author",
    "name", "url", "sameAs", "jobTitle", "worksFor", "datePublished", "appearance", "isPartOf", "startOffset",
    "inLanguage", "keywords", "reviewRating", "ratingValue", "bestRating", "worstRating", "review",
)  # fmt: skip
TEXTS = (
    "",
    "x",
    "“x”",
    "2024-04-12",
    "https://a.example",
    "http://[::1",
    "#a",
    "-1",
    "5",
    "1e400",
    "&amp;",
    "ClaimReview",
    "Claim",
)
VALUES = st.recursive(
    st.sampled_from((None, True, 7, Decimal("4.10"), *TEXTS)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=9))
def test_whatever_a_review_holds_it_is_claims_or_has_problems(value: dict[str, Any]) -> None:
    nodes, graph = nodes_of({**value, "@type": "ClaimReview"}), Graph()
    for node in described_in(nodes, set(references_in(value))):
        graph.add(node)
    found = list(reviews_in(nodes))
    for review, page in found:
        said = read_review(review, graph, page)
        assert said.claims
        for claim_read in (one for claims in said.claims for one in claims):
            _, problems = check_record(ClaimIn, claim_read)
            codes = {problem.code for problem in problems}
            assert said.problems or not codes & {"unknown-field", "missing"}
