"""Fields of a stored claim that a row names are set anew, and the rest stays."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.csv_columns import columns_of, row_writer, sizes_of
from app.domain.record.patches import Amendment
from app.domain.record.records_in import ClaimIn, FigureIn
from app.domain.record.sent import as_sent
from app.domain.record.short_forms import set_members
from app.errors import BadValue
from app.store.records.document import render_claim
from tests.asked import cases
from tests.domain.test_table import claims, header

Doc = dict[str, Any]

few = cases(15)
DATE = {"edtf": "2024-04", "earliest": "2024-04-01", "latest": "2024-04-30", "as_stated": "this month"}
ANN = {"id": "spk_1", "key": "ann", "name": "Ann Lee", "kind": "person"}
ARMY = {"id": "spk_2", "key": "army", "name": "Army"}
SOURCE = {"id": "src_1", "key": "s", "title": "T", "publisher": "P", "url": "https://a.example/1", "published_on": DATE}
PRINTED = {**SOURCE, "id": "src_2", "key": "p", "url": None, "published_on": None}
NOWHERE: Doc = dict.fromkeys(("exact", "prefix", "suffix", "start", "end", "page", "time", "gaps"))
FIGURE: Doc = {
    "metric": {"id": "met_1", "key": "staff", "name": "staff"},
    "value": 5, "low": None, "high": 5, "comparator": "at_most", "unit": "count", "kind": "actual", "change": None,
    "period": None, "equivalents": [{"value": 1, "unit": "JPY", "as_stated": None}], "as_stated": "up to five",
}  # fmt: skip
MAYOR = {"title": "mayor", "organization": ARMY, "status": "current", "as_stated": None, "basis": "stated"}
DOC: Doc = {
    "id": "clm_1", "version": 3, "key": "k", "status": "active", "speaker": ANN, "roles": [MAYOR],
    "quote": "q", "paraphrase": None, "language": "en", "translated_from": None, "said_on": DATE, "venue": "here",
    "figures": [FIGURE, {**FIGURE, "value": 7, "high": 7}], "topics": ["a", "b", "c"],
    "citations": [
        {"source": SOURCE, "via": None, "locator": {**NOWHERE, "exact": "e", "page": "3"}, "verification": "unchecked"},
        {"source": PRINTED, "via": "V", "locator": None, "verification": "unchecked"},
    ],
    "assessments": [], "relations": [{"type": "supports", "claim": "clm_9", "key": "other"}], "retraction": None,
    "dataset": "wire",
    "recorded_at": "2026-01-01T12:00:00Z", "updated_at": "2026-01-01T12:00:00Z", "revision": 4,
}  # fmt: skip


def amended(doc: Doc, **cells: str) -> Doc:
    """The fields that a row changes; a column is named with __ for its dots."""
    names = [name.replace("__", ".") for name in cells]
    return Amendment(doc, header(*names).name(list(cells.values()))).fields


def row_of(doc: Doc, columns: list[str]) -> Any:
    return header(*columns).name(row_writer(columns)(doc))


@few
@given(claims, claims, st.randoms(use_true_random=False))
def test_some_columns_of_a_claim_that_are_not_edited_change_nothing(doc: Doc, other: Doc, draw: random.Random) -> None:
    columns = columns_of(sizes_of(doc) | sizes_of(other))
    some = draw.sample(columns, k=draw.randint(1, len(columns)))
    assert Amendment(doc, row_of(doc, some)).fields == {}


@few
@given(claims, claims, st.randoms(use_true_random=False))
def test_an_edited_cell_changes_its_field_alone(doc: Doc, other: Doc, draw: random.Random) -> None:
    columns = columns_of(sizes_of(doc) | sizes_of(other))
    edited = draw.choice(columns)
    row = row_writer(columns)(doc)
    row[columns.index(edited)] = draw.choice(["", "another text", "2025"])
    changed = Amendment(doc, header(*columns).name(row)).fields
    assert changed.keys() <= {edited.split(".")[0]}
    assert copy.deepcopy(as_sent(doc)) | changed


@few
@given(claims)
def test_what_is_sent_of_a_claim_is_the_claim(doc: Doc) -> None:
    doc["roles"] = [role | {"basis": "stated"} for role in doc["roles"]]
    sent, whole = (render_claim(ClaimIn.model_validate(one)) for one in (as_sent(doc), doc))
    for name in ("quote", "said_on", "topics", "venue", "language", "assessments", "status"):
        assert sent[name] == whole[name]
    assert sent["retraction"] | {"source": None} == whole["retraction"] | {"source": None}
    for one, other in zip(sent["figures"], whole["figures"], strict=True):
        assert one | {"metric": None} == other | {"metric": None}


def test_the_claim_of_these_tests_is_one() -> None:
    assert ClaimIn.model_validate(DOC)
    assert ClaimIn.model_validate(as_sent(DOC))
    assert not {"low", "high"} & FIRST.keys()
    assert not {"earliest", "latest"} & SENT["said_on"].keys()


SENT = as_sent(DOC)
FIRST, SECOND = SENT["figures"]
CITED, PRINTED_CITED = SENT["citations"]

# Columns and their cells, and the fields that change
EDITS: list[tuple[dict[str, str], Doc]] = [
    # scalars: what is not named stays, an empty cell is null
    ({"quote": "r"}, {"quote": "r"}),
    ({"quote": "q", "venue": "", "paraphrase": ""}, {"venue": None}),
    # dates: what follows from the text is not in its way
    ({"said_on": "2025"}, {"said_on": {"edtf": "2025", "as_stated": "this month"}}),
    ({"said_on": "2024-04"}, {}),
    ({"said_on": ""}, {"said_on": None}),
    ({"said_on__edtf": "2025", "said_on__earliest": "2024-04-01"},
     {"said_on": {"edtf": "2025", "as_stated": "this month"}}),
    ({"said_on__as_stated": ""}, {"said_on": {"edtf": "2024-04", "as_stated": None}}),
    ({"said_on__edtf": ""}, {"said_on": None}),
    ({"said_on__edtf": "", "said_on__as_stated": ""}, {"said_on": None}),
    ({"said_on__edtf": "", "said_on__earliest": "2024-04-01"}, {"said_on": None}),
    ({"said_on__edtf": "", "said_on__as_stated": "", "said_on__latest": "2024-04-30"}, {"said_on": None}),
    ({"said_on__edtf": "", "said_on__as_stated": "this month"},
     {"said_on": {"edtf": None, "as_stated": "this month"}}),  # which is refused
    # lists: by position
    ({"topics__1": "x"}, {"topics": ["a", "x", "c"]}),
    ({"topics__0": "", "topics__2": "z"}, {"topics": ["b", "z"]}),
    ({"topics__5": "f", "topics__4": "e", "topics__3": ""}, {"topics": ["a", "b", "c", "e", "f"]}),
    ({"topics__7": ""}, {}),
    ({"topics__0": "", "topics__1": "", "topics__2": ""}, {"topics": []}),
    ({"figures__0__value": "6"}, {"figures": [{**FIRST, "value": "6"}, SECOND]}),
    ({"figures__1__kind": "target", "figures__0__value": "5"}, {"figures": [FIRST, {**SECOND, "kind": "target"}]}),
    ({"figures__0__value": "", "figures__1__value": "7"}, {"figures": [SECOND]}),
    ({"figures__0__value": "", "figures__0__as_stated": "up to five"}, {"figures": [{**FIRST, "value": None}, SECOND]}),
    ({"figures__0__period": "2024"}, {"figures": [{**FIRST, "period": {"edtf": "2024"}}, SECOND]}),
    ({"figures__0__equivalents__0__value": "2"},
     {"figures": [{**FIRST, "equivalents": [{"value": "2", "unit": "JPY", "as_stated": None}]}, SECOND]}),
    ({"figures__0__equivalents__0__value": ""}, {"figures": [{**FIRST, "equivalents": []}, SECOND]}),
    ({"figures__2__metric": "cost", "figures__2__value": "1", "figures__2__unit": ""},
     {"figures": [FIRST, SECOND, {"metric": "cost", "value": "1"}]}),
    ({"figures__0__change": ""}, {}),  # no edit: it was empty
    # citations: the locator stays where it is not named, and further ones
    ({"citations__0__via": "W"}, {"citations": [{**CITED, "via": "W"}, PRINTED_CITED]}),
    ({"via": "W"}, {"citations": [{**CITED, "via": "W"}, PRINTED_CITED]}),
    ({"locator__page": "", "via": ""},
     {"citations": [{**CITED, "via": None, "locator": {**CITED["locator"], "page": None}}, PRINTED_CITED]}),
    ({"locator__page": "", "source__key": "s"},
     {"citations": [{**CITED, "locator": {**CITED["locator"], "page": None}}, PRINTED_CITED]}),
    ({"citations__1__locator__page": "4"}, {"citations": [CITED, {**PRINTED_CITED, "locator": {"page": "4"}}]}),
    ({"citations__1__locator__page": ""}, {}),
    ({"citations__1__via": ""}, {"citations": [CITED, {**PRINTED_CITED, "via": None}]}),
    ({"citations__0__verification": ""}, {}),
    ({"citations__0__verification": "verbatim"}, {}),
    ({"citations__1__source__title": "", "citations__1__via": ""}, {"citations": [CITED]}),
    # sources: another address is another source, another title is not, unless there is no address
    ({"source__url": "https://a.example/2"},
     {"citations": [{**CITED, "source": {"url": "https://a.example/2"}}, PRINTED_CITED]}),
    ({"source__url": "https://a.example/2", "source__title": "T"},
     {"citations": [{**CITED, "source": {"url": "https://a.example/2", "title": "T"}}, PRINTED_CITED]}),
    ({"source__url": "https://a.example/1", "source__title": ""}, {}),
    ({"source__key": "z", "source__id": "src_1"},
     {"citations": [{**CITED, "source": {"key": "z", "id": "src_1"}}, PRINTED_CITED]}),
    ({"source__key": "s", "source__id": "src_77"}, {}),  # the key decides: ids are each database's own
    ({"source__id": "src_77"}, {"citations": [{**CITED, "source": {"id": "src_77"}}, PRINTED_CITED]}),
    ({"source": "src_77"}, {"citations": [{**CITED, "source": "src_77"}, PRINTED_CITED]}),
    ({"source": "src_1"}, {}),
    ({"source__title": "U"}, {"citations": [{**CITED, "source": {"key": "s", "title": "U"}}, PRINTED_CITED]}),
    ({"source__note": "n"}, {"citations": [{**CITED, "source": {"key": "s", "note": "n"}}, PRINTED_CITED]}),
    ({"source__published_on": "2024-04"}, {}),
    ({"source__published_on__edtf": "2024-04", "source__published_on__earliest": "2024-04-01"}, {}),
    ({"citations__1__source__title": "U"},
     {"citations": [CITED, {**PRINTED_CITED, "source": {"title": "U", "publisher": "P"}}]}),
    ({"citations__1__source__title": "U", "citations__1__source__publisher": ""},
     {"citations": [CITED, {**PRINTED_CITED, "source": {"title": "U"}}]}),
    ({"citations__1__source__url": "https://a.example/3"},
     {"citations": [CITED, {**PRINTED_CITED, "source": {"key": "p", "url": "https://a.example/3"}}]}),
    ({"citations__2__source__url": "u"}, {"citations": [CITED, PRINTED_CITED, {"source": {"url": "u"}}]}),
    # speakers, organizations and metrics
    ({"speaker__name": "Bo"}, {"speaker": {"name": "Bo"}}),
    ({"speaker__name": "Ann Lee", "speaker__kind": ""}, {}),
    ({"speaker__name": "Bo", "speaker__key": "ann"}, {"speaker": {"key": "ann", "name": "Bo"}}),
    ({"speaker__key": "bo", "speaker__name": ""}, {"speaker": {"key": "bo"}}),
    ({"speaker__kind": "group"}, {"speaker": {"key": "ann", "kind": "group"}}),
    ({"speaker__identifiers__5": "Q1"}, {"speaker": {"key": "ann", "identifiers": {"5": "Q1"}}}),
    ({"speaker__name": "", "speaker__key": ""}, {"speaker": None}),
    ({"speaker": "spk_1"}, {}),
    ({"speaker": ""}, {"speaker": None}),
    ({"role": "mayor"}, {}),
    ({"role": "judge"}, {"roles": [{**SENT["roles"][0], "title": "judge"}]}),
    ({"role": "judge", "roles__0__title": "", "roles__1__title": ""},
     {"roles": [{**SENT["roles"][0], "title": "judge"}]}),
    ({"role": ""}, {"roles": []}),
    ({"roles__0__organization": "Army"}, {}),
    ({"roles__0__organization": ""}, {"roles": [{**SENT["roles"][0], "organization": None}]}),
    ({"roles__0__organization": "", "roles__0__title": "mayor"},
     {"roles": [{**SENT["roles"][0], "organization": None}]}),
    ({"roles__0__organization__name": "Navy"}, {"roles": [{**SENT["roles"][0], "organization": {"name": "Navy"}}]}),
    ({"figures__0__metric": "staff", "figures__1__metric__name": "staff"}, {}),
    ({"figures__0__metric": "cost"}, {"figures": [{**FIRST, "metric": "cost"}, SECOND]}),
    # what empties a part only in part: fields become null or their default, and what is not the claim's says nothing
    ({"speaker__kind": ""}, {}),
    ({"speaker__kind": "", "speaker__identifiers__5": ""}, {}),
    ({"speaker__kind": "", "speaker__name": ""}, {"speaker": None}),
    ({"speaker__id": ""}, {"speaker": None}),
    ({"roles__0__organization__name": ""}, {"roles": [{**SENT["roles"][0], "organization": None}]}),
    ({"roles__0__organization__kind": ""}, {}),
    ({"roles__0__title": ""}, {"roles": [{**SENT["roles"][0], "title": None}]}),
    ({"roles__0__title": "", "roles__0__organization__kind": ""}, {"roles": [{**SENT["roles"][0], "title": None}]}),
    ({"roles__0__title": "", "roles__0__organization__key": ""}, {"roles": []}),
    ({"roles__0__status": "", "roles__0__basis": "", "roles__0__as_stated": ""}, {}),
    ({"figures__0__kind": ""}, {}),
    ({"figures__0__unit": ""}, {"figures": [{**FIRST, "unit": None}, SECOND]}),
    ({"figures__0__unit": "", "figures__0__period": "", "figures__0__as_stated": ""},
     {"figures": [{**FIRST, "unit": None, "as_stated": None}, SECOND]}),
    ({"figures__0__comparator": ""},
     {"figures": [{name: value for name, value in FIRST.items() if name != "comparator"} | {"comparator": None},
                  SECOND]}),
    ({"figures__0__high": ""}, {}),  # it follows
    ({"figures__0__high": "7"}, {}),
    ({"figures__0__value": "6", "figures__0__high": "5"}, {"figures": [{**FIRST, "value": "6"}, SECOND]}),
    ({"figures__0__low": "4", "figures__0__high": "6"}, {"figures": [{**FIRST, "low": "4", "high": "6"}, SECOND]}),
    ({"said_on__earliest": "2020-01-01", "said_on__latest": "soon"}, {}),
    ({"citations__0__source__published_on__latest": "2020-01-01"}, {}),
    ({"figures__0__metric__key": "", "figures__0__metric__name": ""}, {"figures": [SECOND]}),
    ({"figures__0__metric__unit": ""}, {}),
    ({"figures__0__equivalents__0__as_stated": ""}, {}),
    ({"citations__0__locator__page": ""},
     {"citations": [{**CITED, "locator": {**CITED["locator"], "page": None}}, PRINTED_CITED]}),
    ({"citations__0__source__publisher": "", "citations__0__source__title": ""}, {}),
    ({"citations__0__source__url": ""}, {"citations": [PRINTED_CITED]}),
    ({"source": ""}, {"citations": [PRINTED_CITED]}),
    ({"relations__0__type": ""}, {"relations": []}),
    ({"relations__0__key": ""}, {"relations": []}),
    # elements that stood behind empty ones moved up when they were stored
    ({"topics__0": "", "topics__1": "a", "topics__2": "b", "topics__3": "c"}, {}),
    ({"figures__0__as_stated": "", "figures__1__value": "5", "figures__2__value": "7"}, {}),
    # relations: the key decides, as far as it is named
    ({"relations__0__claim": "clm_8", "relations__0__key": "other"}, {}),
    ({"relations__0__claim": "clm_8"}, {"relations": [{"type": "supports", "claim": "clm_8"}]}),
    ({"relations__0__key": "third"}, {"relations": [{"type": "supports", "key": "third"}]}),
    # what is the database's own
    ({"id": "clm_5", "version": "1", "recorded_at": "x", "revision": "9", "updated_at": "", "key": "k"}, {}),
    ({"retraction__reason": "r", "status": "active"}, {"retraction": {"reason": "r"}}),  # which is refused
    ({"retraction__kind": "", "retraction__reason": ""}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "fields"), EDITS, ids=[",".join(f"{n}={c}" for n, c in cells.items()) for cells, _ in EDITS]
)
def test_cells_set_what_they_name(cells: dict[str, str], fields: Doc) -> None:
    before = copy.deepcopy(DOC)
    assert amended(DOC, **cells) == fields
    assert before == DOC


def test_a_role_by_tenure_is_no_input_unless_it_is_stated() -> None:
    doc = DOC | {"roles": [{**MAYOR, "basis": "tenure"}, {**MAYOR, "title": "judge", "basis": "tenure"}]}
    assert as_sent(doc)["roles"] == []
    assert amended(doc, roles__0__title="mayor", roles__0__basis="tenure", roles__1__title="judge") == {}
    assert amended(doc, roles__0__title="governor", roles__0__basis="tenure") == {}
    assert amended(doc, roles__0__title="", roles__0__basis="tenure") == {}
    for basis in ({}, {"roles__0__basis": "stated"}, {"roles__0__basis": ""}):
        (edited,) = amended(doc, roles__0__title="governor", **basis)["roles"]
        assert (edited["title"], edited.get("basis", "stated")) == ("governor", "stated")
    assert amended(doc, roles__0__basis="stated")["roles"][0]["title"] == "mayor"
    assert amended(DOC, roles__0__basis="tenure") == {"roles": []}


def test_a_place_that_was_found_is_looked_for_anew() -> None:
    found = {**NOWHERE, "exact": "e", "start": 1, "end": 2, "gaps": ["x"], "differences": [{"quote": "a", "text": "b"}]}
    doc = DOC | {"citations": [{**DOC["citations"][0], "locator": found, "verification": "elided"}]}
    assert amended(doc, locator__start="1", locator__gaps__0="x", locator__exact="e") == {}
    assert amended(doc, locator__differences__0__quote="", locator__gaps__0="y", locator__exact="e") == {}
    (citation,) = amended(doc, locator__exact="f")["citations"]
    assert citation["locator"]["exact"] == "f"
    assert not {"start", "end", "gaps", "differences"} & citation["locator"].keys()


def test_an_interval_that_was_stated_stays() -> None:
    doc = DOC | {"figures": [{**FIGURE, "value": None, "comparator": "between", "low": 1, "high": 9}]}
    (figure,) = amended(doc, figures__0__high="8")["figures"]
    assert (figure["low"], figure["high"], figure["value"]) == (1, "8", None)


RATED: Doc = {"publisher": "P", "url": None, "rating": "True", "rating_value": 2, "best": 5, "worst": 1,
              "rated_on": DATE, "note": "n"}  # fmt: skip


def test_an_assessment_goes_with_its_publisher_alone() -> None:
    doc = DOC | {"assessments": [RATED]}
    (kept,) = amended(doc, assessments__0__note="", assessments__0__rating="", assessments__0__rated_on="")[
        "assessments"
    ]
    assert (kept["publisher"], kept["rating"], kept["note"], kept["rated_on"], kept["best"]) == (
        "P", None, None, None, 5,
    )  # fmt: skip
    assert amended(doc, assessments__0__publisher="", assessments__0__note="") == {"assessments": []}


def test_an_interval_goes_when_no_number_is_left() -> None:
    interval = {**FIGURE, "value": 5, "low": 1, "high": 9, "comparator": "between"}
    doc = DOC | {"figures": [interval]}
    (kept,) = amended(doc, figures__0__value="")["figures"]
    assert (kept["value"], kept["low"], kept["high"]) == (None, 1, 9)
    assert amended(doc, figures__0__value="", figures__0__low="", figures__0__high="") == {"figures": []}
    assert amended(doc, figures__0__comparator="") == {}  # bounds of its own are between
    (exact,) = amended(doc, figures__0__comparator="", figures__0__low="", figures__0__high="", figures__0__value="6")[
        "figures"
    ]
    assert FigureIn.model_validate(exact | {"metric": "staff"}).comparator == "exactly"


def test_a_retraction_is_emptied_whole() -> None:
    doc = DOC | {"status": "retracted", "retraction": {"kind": "record_error", "reason": "r", "retracted_on": DATE}}
    assert amended(doc, retraction__kind="", retraction__reason="") == {"retraction": None}
    assert amended(doc, retraction__reason="")["retraction"]["kind"] == "record_error"


def test_two_forms_of_one_thing_are_refused() -> None:
    with pytest.raises(BadValue, match="give role or roles, not both"):
        amended(DOC, role="a", roles__0__title="b")
    with pytest.raises(BadValue, match="give source, via or citations, not both"):
        amended(DOC, source__url="a", via="b", citations__0__via="c")


def test_a_place_in_the_amended_claim_leads_back_to_its_column() -> None:
    names = ["figures.0.value", "figures.1.value", "figures.4.value", "role"]
    amendment = Amendment(DOC, header(*names).name(["", "8", "9", "judge"]))
    assert [figure["value"] for figure in amendment.fields["figures"]] == ["8", "9"]
    assert amendment.place_of(("figures", 0, "value")) == ("figures", 1, "value")
    assert amendment.place_of(("figures", 1)) == ("figures", 4)
    assert amendment.place_of(("figures", 7, "unit")) == ("figures", 7, "unit")
    assert amendment.place_of(("quote",)) == ("quote",)
    columns = header(*names)
    assert columns.column_at(("figures", 4, "value")) == "figures.4.value"
    assert columns.column_at(("figures", 4, "unit")) == "figures.4.unit"
    assert columns.column_at(("roles", 0, "title")) == "role"


def test_a_note_leads_back_to_its_column() -> None:
    doc = DOC | {"figures": [FIGURE, FIGURE, FIGURE]}
    names = [f"figures.{n}.{name}" for n in range(3) for name in ("metric", "value", "high")]
    cells = ["", "", "", "staff", "5", "7", "staff", "5", "8"]
    amendment = Amendment(doc, header(*names).name(cells))
    assert len(amendment.fields["figures"]) == 2
    assert [amendment.place_of(note.path) for note in amendment.notes] == [("figures", 1), ("figures", 2)]
    held = DOC | {"roles": [{**MAYOR, "basis": "tenure"}, MAYOR]}
    names = ["id", "roles.0.title", "roles.0.basis", "roles.1.title", "roles.1.organization.name"]
    amendment = Amendment(held, header(*names).name(["clm_1", "clerk", "tenure", "judge", ""]))
    assert [role["title"] for role in amendment.fields["roles"]] == ["judge"]
    assert [amendment.place_of(note.path) for note in amendment.notes] == [("roles", 0)]


# Members of an object, and the fields that change
MEMBERS: list[tuple[Doc, Doc]] = [
    ({"key": "k", "id": "clm_1", "version": 3, "quote": "r", "venue": None}, {"quote": "r", "venue": None}),
    ({"topics": ["x"], "figures": None}, {"topics": ["x"], "figures": None}),
    ({"speaker": {"name": "Bo"}, "said_on": "2025"}, {"speaker": {"name": "Bo"}, "said_on": "2025"}),
    ({"role": "judge"}, {"roles": ["judge"]}),
    ({"role": None}, {"roles": []}),
    ({"via": "W"}, {"citations": [{**CITED, "via": "W"}, PRINTED_CITED]}),
    ({"source": {"url": "u"}, "locator": {"page": None, "time": "1:02"}},
     {"citations": [{**CITED, "source": {"url": "u"}, "locator": {**CITED["locator"], "page": None, "time": "1:02"}},
                    PRINTED_CITED]}),
    ({"locator": None}, {"citations": [{**CITED, "locator": None}, PRINTED_CITED]}),
    ({"retraction": {"kind": "record_error"}}, {"retraction": {"kind": "record_error"}}),
]  # fmt: skip


@pytest.mark.parametrize(("members", "fields"), MEMBERS, ids=[",".join(members) for members, _ in MEMBERS])
def test_members_set_what_they_name(members: Doc, fields: Doc) -> None:
    assert set_members(DOC, members) == fields


def test_a_role_that_is_null_leaves_none_of_several() -> None:
    doc = DOC | {"roles": [{**MAYOR, "title": title} for title in ("mayor", "judge")]}
    assert set_members(doc, {"role": None}) == {"roles": []}
    assert [
        role["title"] if isinstance(role, dict) else role for role in set_members(doc, {"role": "clerk"})["roles"]
    ] == [
        "clerk",
        "judge",
    ]


def test_a_retraction_of_an_object_is_merged() -> None:
    doc = DOC | {"status": "retracted", "retraction": {"kind": "record_error", "reason": "r", "retracted_on": None}}
    merged = set_members(doc, {"retraction": {"reason": "s"}})["retraction"]
    assert (merged["kind"], merged["reason"], merged["retracted_on"]) == ("record_error", "s", None)
    with pytest.raises(BadValue, match="give via or citations, not both"):
        set_members(doc, {"via": "V", "citations": [{}]})
