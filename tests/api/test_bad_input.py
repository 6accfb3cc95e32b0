"""Bad input is refused with a reason. It never breaks an answer, and is never ignored."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.domain.query.registry import parameters
from app.domain.record.problems_out import ProblemOut
from app.main import create_app
from app.store.database.engine import Database
from tests.asked import share_of

LISTS = ("claims", "speakers", "sources", "metrics")
PREFIXES = {"claims": "clm", "speakers": "spk", "sources": "src", "metrics": "met"}
LIST_FILTERS = {
    "claims": [parameter.name for parameter in parameters()],
    "speakers": ["key", "name", "kind"],
    "sources": ["key", "publisher", "kind", "url"],
    "metrics": ["key", "name"],
}
EVERY_PARAMETER = [f"{name}?{own}" for name in LISTS for own in (*LIST_FILTERS[name], "limit", "cursor")]

# As they stand in a query string.
HOSTILE = [
    "", "%20", "%00", "a%00b", "%ED%A0%80", "%ED%B0%80", "%FF", "%C3", "%C0%80", "%F4%90%80%80", "%", "%zz", "%u0041",
    "1e400", "-1e400", "NaN", "Infinity", "-inf", "1_000", "0x10", "-0", "1e-400", "9" * 40, "9" * 400, "1e30",
    "null", "true", "[]", "{}", "-1", "0", "'", "%22", "%27%27", "%5C", "%5C'", "%25", "_", "*", "--", "/*", ";",
    "'%20OR%201=1%20--", "%22%20OR%20%22%22=%22", "$1", ":x", "%3F", "NEAR(", "AND", "%E2%80%AE", "%EF%BF%BF",
    "%F0%9F%98%80", "%E2%90%9F", "%CC%81", "%E6%97%A5%E6%9C%AC", "spk_999999999999999999", "clm_1", "../..", "0000",
    "9999/9999", "2024-13", "XXXX", "m%5E9", "YB%5E9", "1/0", "a" * 513, "%F0%9F%98%80" * 200,
]  # fmt: skip

VALUES = [name for name in LIST_FILTERS["claims"] if name.startswith("figure__value")]

TELLTALES = ("Traceback", "SELECT", "sqlalchemy", "psycopg", "sqlite3", 'File "')


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on the seed, opened once for the many requests here."""
    with TestClient(create_app(seeded_databases(request.param)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def front(seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on one engine: for what is refused before any database is asked."""
    with TestClient(create_app(seeded_databases("sqlite")), raise_server_exceptions=False) as client:
        yield client


def problem(client: TestClient, path: str, status: int, method: str = "GET") -> dict[str, Any]:
    """The problem at a path: of this status, and in every way as problems are."""
    answer = client.request(method, path)
    assert answer.status_code == status, (path, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    ProblemOut.model_validate_json(answer.content, strict=True)
    told: dict[str, Any] = answer.json()
    assert list(told) == ["type", "title", "status", "detail", "code", "request_id", "errors"]
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["code"]
    assert told["request_id"] == answer.headers["x-request-id"]
    for item in told["errors"]:
        assert list(item) == ["in", "name", "code", "detail", "did_you_mean"]
        assert item["detail"]
    assert not [word for word in TELLTALES if word in answer.text]
    return told


def refusal(client: TestClient, query: str, resource: str = "claims") -> tuple[dict[str, Any], dict[str, Any]]:
    """The problem of a query that is refused, and the first of its errors."""
    told = problem(client, f"/v1/{resource}?{query}", 422)
    assert told["code"] == told["errors"][0]["code"]
    assert {item["in"] for item in told["errors"]} == {"query"}
    assert told["errors"][0]["name"] in told["detail"]
    return told, told["errors"][0]


# Parameters


@pytest.mark.parametrize(
    ("resource", "query", "meant"),
    [
        ("claims", "speakr=spk_1", "speaker"),
        ("claims", "said_on_gte=2024", "said_on__gte"),
        ("claims", "said_on__get=2024", "said_on__gte"),
        ("claims", "figure__valeu=3", "figure__value"),
        ("claims", "figure__units=count", "figure__unit"),
        ("claims", "topics=pay", "topic"),
        ("claims", "Topic=pay", "topic"),
        ("claims", "limits=3", "limit"),
        ("claims", "curser=x", "cursor"),
        ("claims", "speaker__nam%65s=x", "speaker__name"),
        ("speakers", "names=x", "name"),
        ("sources", "publishr=x", "publisher"),
        ("metrics", "keys=x", "key"),
    ],
)
def test_a_misspelt_parameter_is_refused_and_the_right_one_named(
    front: TestClient, resource: str, query: str, meant: str
) -> None:
    _, item = refusal(front, query, resource)
    assert item["code"] == "unknown-parameter"
    assert meant in item["did_you_mean"]


@pytest.mark.parametrize("resource", LISTS)
def test_an_unknown_parameter_is_never_ignored(front: TestClient, resource: str) -> None:
    for name in ["", "zzzz", "%00", "q%00", "q%5B%5D", "speaker.name", "%E2%80%8Bq", "offset", "page"]:
        assert refusal(front, f"{name}=1", resource)[1]["code"] == "unknown-parameter", name


@pytest.mark.parametrize(
    "query",
    ["limit=5&limit=5", "sort=said_on&sort=-said_on", "q=a&q=b", "figure__value__gte=1&figure__value__gte=2",
     "said_on=2022&said_on=2023",
     "figure__unit=JPY&figure__unit=USD", "status=any&status=active", "figure__isnull=true&figure__isnull=true",
     "cursor=a&cursor=b"],
)  # fmt: skip
def test_a_scalar_given_twice_is_refused(front: TestClient, query: str) -> None:
    assert refusal(front, query)[1]["code"] == "repeated"


def test_every_problem_of_a_query_is_told_at_once(front: TestClient) -> None:
    told, _ = refusal(front, "speakr=1&limit=0&said_on=2024-13&q=a&q=b&speaker__kind=persn")
    assert sorted(item["name"] for item in told["errors"]) == ["limit", "q", "said_on", "speaker__kind", "speakr"]
    assert all(item["name"] in told["detail"] for item in told["errors"])


@pytest.mark.parametrize("name", sorted(p.name for p in parameters() if p.operator.many))
def test_a_repeated_parameter_takes_fifty_values_and_no_more(api: TestClient, name: str) -> None:
    operator = next(p.operator for p in parameters() if p.name == name)
    if operator.choices:
        values = [operator.example] * 51
    elif operator.type in ("name", "key"):
        values = [f"name {n}" for n in range(1, 52)]
    elif operator.type == "url":
        values = [f"https://a.example/{n}" for n in range(1, 52)]
    elif operator.type.startswith("language"):
        values = [f"en-{n}" for n in range(1, 52)]
    elif operator.type == "identifier":
        values = [f"wikidata:Q{n}" for n in range(1, 52)]
    else:
        values = [f"{operator.type}_{n}" for n in range(1, 52)]
    pairs = [f"{name}={quote(value)}" for value in values]
    assert api.get("/v1/claims?" + "&".join(pairs[:50])).status_code == 200
    assert refusal(api, "&".join(pairs))[1]["name"] == name


# Values


def hostile_to(parameter: str) -> Sequence[str]:
    """The values that a parameter is asked with: an eighth, in the long profile all."""
    return share_of(HOSTILE, EVERY_PARAMETER.index(parameter), 8)


def test_every_hostile_value_is_asked_of_several_parameters() -> None:
    asked = Counter(value for parameter in EVERY_PARAMETER for value in hostile_to(parameter))
    assert asked.keys() == {*HOSTILE}
    assert min(asked.values()) >= len(EVERY_PARAMETER) // 8 >= 10


@pytest.mark.parametrize("parameter", EVERY_PARAMETER)
def test_no_value_of_any_parameter_is_a_fault_of_the_service(api: TestClient, parameter: str) -> None:
    resource, name = parameter.split("?")
    for value in hostile_to(parameter):
        answer = api.get(f"/v1/{resource}?{name}={value}")
        assert answer.status_code in (200, 422), (value, answer.text)


@pytest.mark.parametrize("resource", LISTS)
def test_no_name_of_a_parameter_is_a_fault_of_the_service(front: TestClient, resource: str) -> None:
    for name in HOSTILE:
        if name and not front.get(f"/v1/{resource}?{name}").is_success:
            refusal(front, f"{name}=1&{name}=2", resource)


@pytest.mark.parametrize("value", HOSTILE)
def test_values_that_stand_beside_a_unit_or_other_filters_are_no_fault_of_the_service(
    api: TestClient, value: str
) -> None:
    besides = (
        f"figure__value={value}&figure__unit=count", f"figure__value__gt={value}&figure__unit=%C2%B0C",
        f"figure__value__lte=3&figure__unit={value}",
        f"figure__value__lt={value}&figure__unit=YB%5E9", f"figure__value={value}&figure__metric=met_3",
        f"q={value}&status=any",
        f"q={value}&topic=pay", f"role__title__contains={value}&role__status=former",
        f"status=retracted&topic={value}",
    )  # fmt: skip
    for beside in share_of(besides, HOSTILE.index(value), 4):
        answer = api.get(f"/v1/claims?{beside}")
        assert answer.status_code in (200, 422), (beside, answer.text)


NO_NUMBERS = (
    "1e400", "NaN", "nan", "Infinity", "-Infinity", "inf", "1_000", "", "%20", "%204", "4%20", "0x10", "1e31", "1e-31",
    "9" * 39, "1,5", "%D9%A1", "1e", "--1", "4%00", "true", "1/2", "50%25",
)  # fmt: skip


@pytest.mark.parametrize("name", ["figure__value", "figure__value__gt", "figure__value__lte"])
def test_what_is_no_plain_number_in_range_is_refused(front: TestClient, name: str) -> None:
    for value in NO_NUMBERS:
        _, item = refusal(front, f"{name}={value}&figure__unit=count")
        assert (item["name"], item["code"]) == (name, "bad-value"), value


def test_a_number_with_separators_is_suggested_without_them(front: TestClient) -> None:
    assert refusal(front, "figure__value=4,000&figure__unit=count")[1]["did_you_mean"] == ["4000"]


@pytest.mark.parametrize(
    "value", ["4000", "4e3", "4000.0", "%2B4000", ".4e4", "0004000", "4000." + "0" * 33]
)  # what is not in doubt is taken
def test_a_number_in_any_plain_notation_is_the_same_number(api: TestClient, value: str) -> None:
    found = api.get(f"/v1/claims?figure__value={value}&figure__unit=count").json()["data"]
    assert [claim["key"] for claim in found] == ["japan-cyber-2024/kishida-4"]


@pytest.mark.parametrize("parameter", EVERY_PARAMETER)
def test_nul_and_what_is_not_utf_8_are_refused(front: TestClient, parameter: str) -> None:
    resource, name = parameter.split("?")
    for value in ("a%00b", "%00"):
        _, item = refusal(front, f"{name}={value}", resource)
        assert (item["name"], item["code"] in ("bad-value", "bad-choice", "bad-cursor")) == (name, True)
    for value in ("%ED%A0%80", "%ED%B0%80", "%FF", "a%C3", "%C0%80"):
        _, item = refusal(front, f"{name}={value}", resource)
        assert (item["name"], item["code"]) == (name, "bad-encoding")


@pytest.mark.parametrize("resource", LISTS)
def test_a_limit_is_a_whole_number_from_1_to_500(front: TestClient, resource: str) -> None:
    for value in ["0", "501", "-1", "abc", "", "%20", "1.5", "1e2", "9" * 30, "true", "null", "%D9%A1", "1%00"]:
        _, item = refusal(front, f"limit={value}", resource)
        assert (item["name"], item["code"]) == ("limit", "bad-value"), value


def test_a_limit_is_written_in_digits_alone(front: TestClient) -> None:
    for value in ["1_0", "%2010", "10%20", "10.0", "%2B10"]:
        assert refusal(front, f"limit={value}")[1]["name"] == "limit", value


@pytest.mark.parametrize("name", ["said_on__isnull", "figure__isnull"])
def test_a_boolean_is_true_or_false(front: TestClient, name: str) -> None:
    for value in ["True", "1", "0", "yes", "", "TRUE", "null", "t", "true%20"]:
        assert refusal(front, f"{name}={value}")[1]["name"] == name, value


@pytest.mark.parametrize(
    ("resource", "name", "value", "meant"),
    [
        ("claims", "speaker__kind", "persn", "person"),
        ("claims", "status", "retrackted", "retracted"),
        ("claims", "role__status", "formr", "former"),
        ("claims", "figure__kind", "targets", "target"),
        ("claims", "figure__change", "ratios", "ratio"),
        ("claims", "figure__match", "certainly", "certain"),
        ("claims", "verification", "uncheked", "unchecked"),
        ("claims", "relation__type", "contradict", "contradicts"),
        ("claims", "sort", "said_onn", "said_on"),
        ("claims", "speaker__kind", "Person", "person"),
        ("speakers", "kind", "organisation", "organization"),
        ("sources", "kind", "artcle", "article"),
    ],
)
def test_a_misspelt_choice_is_refused_and_the_right_one_named(
    front: TestClient, resource: str, name: str, value: str, meant: str
) -> None:
    _, item = refusal(front, f"{name}={value}", resource)
    assert (item["name"], item["code"]) == (name, "bad-choice")
    assert meant in item["did_you_mean"]


@pytest.mark.parametrize("name", [p.name for p in parameters() if p.operator.type == "date"])
def test_what_is_no_date_is_refused_in_terms_of_edtf(front: TestClient, name: str) -> None:
    for value in ["2024-13", "2024-02-30", "20240", "next%20week", "%202024", "2024/2023", "2024-4", "1" * 100]:
        told, item = refusal(front, f"{name}={value}")
        assert (item["name"], item["code"]) == (name, "bad-value"), value
        assert "EDTF" in item["detail"]
        assert "EDTF" in told["detail"]


@pytest.mark.parametrize("name", [p.name for p in parameters() if p.operator.type == "date"])
def test_a_wholly_unknown_date_cannot_be_asked_for(front: TestClient, name: str) -> None:
    for value in ["XXXX", "../..", "/", "XXXX-XX", "/.."]:
        assert "isnull" in refusal(front, f"{name}={value}")[1]["detail"], value


def test_a_slip_in_a_date_is_suggested_in_its_right_form(front: TestClient) -> None:
    assert refusal(front, "said_on=2024/04/05")[1]["did_you_mean"] == ["2024-04-05"]


@pytest.mark.parametrize(
    ("unit", "meant"),
    [
        ("countt", None),
        ("people", "count"),
        ("Percent", "percent"),
        ("jpy", "JPY"),
        ("yen", "JPY"),
        ("kilometr", "kilometer"),
        ("count/dya", None),
        ("count/Day", "count/day"),
        ("", "count"),
        ("a" * 65, None),
        ("m%5E99", None),
        ("XXX", None),
    ],
)
def test_a_unit_that_does_not_exist_is_refused(front: TestClient, unit: str, meant: str | None) -> None:
    for query in (f"figure__unit={unit}", f"figure__value=1&figure__unit={unit}"):
        _, item = refusal(front, query)
        assert (item["name"], item["code"]) == ("figure__unit", "bad-value")
        assert meant is None or meant in item["did_you_mean"]


@pytest.mark.parametrize(
    ("query", "said", "meant"),
    [
        (
            "source=water/annual",
            "ask with source__key or source__publisher",
            ["source__key=water/annual", "source__publisher=water/annual"],
        ),
        ("source=https://a.example/x", "ask with source__url", ["source__url=https://a.example/x"]),
        (
            "figure__metric=leakage-rate",
            "ask with figure__metric__key or figure__metric__name",
            ["figure__metric__key=leakage-rate", "figure__metric__name=leakage-rate"],
        ),
        (
            "organization=Pacific%20Forum",
            "ask with organization__name or organization__key",
            ["organization__name=Pacific Forum", "organization__key=Pacific Forum"],
        ),
        ("speaker=Q990001", "ask with speaker__identifier", ["speaker__identifier=wikidata:Q990001"]),
        ("speaker=Q", "ask with speaker__name or speaker__key", ["speaker__name=Q", "speaker__key=Q"]),
        ("speaker__not=ann", "it looks like spk_12; /v1/speakers?key=… or ?name=… gives the id", []),
        ("related_to=k", "it looks like clm_12; ask with related_to__key", ["related_to__key=k"]),
        ("id=k", "it looks like clm_12; ask with key", ["key=k"]),
    ],
)
def test_what_is_no_id_is_answered_with_how_the_id_is_found(
    front: TestClient, query: str, said: str, meant: list[str]
) -> None:
    _, item = refusal(front, query)
    assert item["detail"].endswith(f"; {said}") or item["detail"].endswith(said)
    assert item["did_you_mean"] == meant


@pytest.mark.parametrize(
    "query",
    ["speaker=kazuhisa-shimada", "organization=pacific-forum", "figure__metric=core-cyber-personnel",
     "source=japan-cyber-2024", "related_to=japan-cyber-2024/officials-and-experts-1",
     "id=japan-cyber-2024/shimada-1"],
)  # fmt: skip
def test_a_key_in_the_place_of_an_id_is_answered_with_what_finds_it(front: TestClient, query: str) -> None:
    _, item = refusal(front, query)
    assert front.get(f"/v1/claims?{item['did_you_mean'][0]}").json()["data"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("speaker", "kazuhisa-shimada"), ("organization", "pacific-forum"), ("figure__metric", "core-cyber-personnel"),
        ("source", "japan-cyber-2024"), ("related_to", "japan-cyber-2024/officials-and-experts-1"),
        ("id", "japan-cyber-2024/shimada-1"),
    ],
)  # fmt: skip
def test_a_key_in_the_place_of_an_id_is_answered_with_a_condition_that_finds_it(
    front: TestClient, field: str, text: str
) -> None:
    for value in (text, [text]):
        answer = front.post("/v1/claims/search", json={"where": {"field": field, "value": value}})
        (problem,) = answer.json()["errors"]
        assert problem["detail"].endswith("; ask with another field or op"), problem
        leaf = json.loads(problem["did_you_mean"][0])
        assert front.post("/v1/claims/search", json={"where": leaf}).json()["data"]


@pytest.mark.parametrize("resource", ["speakers", "sources", "metrics"])
def test_a_key_in_the_path_of_an_id_is_answered_with_the_list_that_finds_it(front: TestClient, resource: str) -> None:
    known = front.get(f"/v1/{resource}?limit=1").json()["data"][0]
    told = problem(front, f"/v1/{resource}/{known['key']}", 404)["detail"]
    assert f"/v1/{resource}?key=… or" in told
    assert front.get(f"/v1/{resource}?key={known['key']}").json()["data"] == [known]


def test_values_without_a_unit_are_told_how_to_get_one(api: TestClient) -> None:
    value = {"field": "figure__value", "op": "gte", "value": 10}
    unit = {"field": "figure__unit", "value": "percent"}
    apart = api.post("/v1/claims/search", json={"where": {"and": [value, unit]}}).json()["errors"][0]
    assert '{"some": "figure", "where": {"and": […]}}' in apart["detail"]
    bound = {"where": {"some": "figure", "where": {"and": [value, unit]}}}
    assert api.post("/v1/claims/search", json=bound).status_code == 200
    inside = api.post("/v1/claims/search", json={"where": {"some": "figure", "where": value}}).json()["errors"][0]
    assert inside["detail"] == "values need a unit: add figure__unit, or one figure__metric that has a unit"
    _, one = refusal(api, "figure__value=5&figure__metric=met_1")
    assert one["detail"] == "the metric has no unit: add figure__unit"
    _, several = refusal(api, "figure__value=5&figure__metric=met_3&figure__metric=met_4")
    assert several["detail"] == "the metrics have no one unit: add figure__unit"


@pytest.mark.parametrize("name", VALUES)
def test_values_need_a_unit_or_one_metric_that_has_one(api: TestClient, name: str) -> None:
    for beside in [
        "",
        "&figure__metric=met_1",
        "&figure__metric__name=Japan%27s%20defence%20spending",
        "&figure__metric=met_3&figure__metric=met_4",
        "&figure__match=certain",
        "&figure__kind=target",
    ]:
        _, item = refusal(api, f"{name}=5{beside}")
        assert (item["name"], item["code"]) == (name, "unit-needed"), beside


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("figure__value=5&figure__metric__name=duration+of+Japan%27s+defence+spending+plan", ["kishida-3"]),
        ("figure__value=5&figure__metric=met_2", ["kishida-3"]),
        ("figure__value=5&figure__metric__key=japan-defence-spending-plan-duration", ["kishida-3"]),
        ("figure__value=60&figure__metric=met_2&figure__unit=month", ["kishida-3"]),
        ("figure__value=2&figure__metric=met_1&figure__unit=ratio", ["kishida-3"]),
        ("figure__value=5&figure__metric__name=there+is+no+such+metric", []),
        ("figure__value=5&figure__metric=met_99", []),
    ],
)
def test_the_one_metrics_unit_is_that_of_the_values(api: TestClient, query: str, found: list[str]) -> None:
    answer = api.get(f"/v1/claims?{query}")
    assert answer.status_code == 200, answer.text
    assert [claim["key"].split("/")[1] for claim in answer.json()["data"]] == found


@pytest.mark.parametrize("beside", ["", "&figure__unit=count", "&figure__kind=target"])
def test_how_values_match_is_no_question_without_values(api: TestClient, beside: str) -> None:
    assert refusal(api, f"figure__match=certain{beside}")[1]["name"] == "figure__match"


@pytest.mark.parametrize("name", [p.name for p in parameters() if p.operator.type in ("name", "words")])
def test_an_empty_or_overlong_name_is_refused(front: TestClient, name: str) -> None:
    for value in ["", "%20", "%E3%80%80", "%09%0A", "a" * 513, "%C3%A9" * 257]:
        assert refusal(front, f"{name}={value}")[1]["name"] == name, value


@pytest.mark.parametrize(("resource", "name"), [(one, own) for one in LISTS[1:] for own in LIST_FILTERS[one]])
def test_an_empty_filter_of_records_is_refused(front: TestClient, resource: str, name: str) -> None:
    assert refusal(front, f"{name}=", resource)[1]["name"] == name


NO_IDS = (
    "", "1", "spk", "clm_1", "spk_", "_1", "x_0", "x_01", "x_-1", "x_1%20", "x_" + "9" * 19, "x_" + "1" * 100
)  # fmt: skip


@pytest.mark.parametrize("name", [p.name for p in parameters() if p.operator.type in ("spk", "src", "met")])
def test_what_is_no_id_of_its_kind_is_refused(front: TestClient, name: str) -> None:
    for value in NO_IDS:
        prefix = next(p.operator.type for p in parameters() if p.name == name)
        given = prefix + value[1:] if value.startswith("x_") else value
        if given == prefix == "spk":
            given = "spk1"
        _, item = refusal(front, f"{name}={given}")
        assert item["name"] == name, given
        assert f"{prefix}_12" in item["detail"]


# Search texts

ODD_TEXTS = [
    "", " ", '"', '""', '"""', "-", "*", "'", "''", "(", ")", "((", ":", "^", "{}", "[]", "\\", "%", "_", "!", "&", "|",
    "<->", "+", "~", "/", "…", "—", '" "', '"" ""', '"' * 1000, "'" * 1000, "(" * 1000, "-" * 1000, "* " * 500, "␟",
    "\u0301", "\u200b", "\u200f", "🙂", "\ufeff", "\n", "\t",
]  # fmt: skip
ODD_WORDS = [
    "AND", "OR", "NOT", "NEAR(", "NEAR(a b)", "a AND", "OR b", "quote:japan", "terms:a", "japan*", "-japan",
    "^japan",
    '"japan', 'japan"', "japan'", "japan:*", "japan & !usa", "{quote}:japan", "'japan' <-> 'usa'", "japan\\", "%japan%",
    "ja_an", "a " * 500, "x" * 1000, " ".join(chr(0x4E00 + n) for n in range(500)), "日" * 1000, "é" * 1000, "🙂japan",
    " ".join(f"{n:x}" for n in range(250)), '"' + "a b " * 249 + '"',
]  # fmt: skip


def test_a_search_text_without_a_word_finds_nothing(api: TestClient) -> None:
    for text in ODD_TEXTS:
        for status in ("active", "any", "retracted"):
            answer = api.get("/v1/claims", params={"q": text, "status": status})
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"] == []
            assert answer.json()["meta"]["total"] == {"value": 0, "relation": "eq"}


@pytest.mark.parametrize("text", ODD_WORDS)
def test_any_search_text_is_a_valid_query(api: TestClient, text: str) -> None:
    for beside in ({"status": "any"}, {"topic": "pay", "said_on__isnull": "true"}):
        answer = api.get("/v1/claims", params={"q": text, **beside})
        assert answer.status_code == 200, (beside, answer.text)


@pytest.mark.parametrize("text", ["a" * 1001, '"' * 1001, "日" * 1001])
def test_a_search_text_of_more_than_1000_characters_is_refused(front: TestClient, text: str) -> None:
    assert refusal(front, f"q={quote(text)}")[1]["name"] == "q"


def test_operators_of_the_engines_are_no_operators_here(api: TestClient) -> None:
    for text in ("Japan AND nosuchword", "quote:Japan", "ja*an", "japa%", "jap_n", "NOT Japan", "Japan NEAR prime"):
        assert api.get("/v1/claims", params={"q": text}).json()["data"] == [], text


# Cursors


def made(*parts: object) -> str:
    """A cursor of our own making."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


RIGHT = (1, 1, None, 1, 1, False, "x", "1.ab")  # as cursors are now, but of no query; a part is wrong in each of these:
WRONG: dict[int, list[object]] = {
    0: [-1, 1 << 53, 10**30, 1.5, "1", None],
    1: [-1, 1 << 23, 10**30, 1.5, "1", None],
    2: ["1", 1 << 62, True, []],
    3: [-1, 1 << 53, 1.5, None],
    4: [-1, 1 << 53, "1"],
    5: [1, None],
    6: [5, None],
    7: [5, None, "x" * 41],
}


def first_cursor(client: TestClient, path: str) -> str:
    """The cursor to the second page."""
    return str(client.get(path).json()["page"]["next_cursor"])


@pytest.mark.parametrize(
    "cursor",
    ["", "abc", "a", "!!!!", "====", "%3D", "AAAA", "%C3%A9", "%E6%97%A5", "null", "W10", "bnVsbA", "e30",
     "a" * 301, "[1]", "%2B/%2B/",
     made(), made(1), made({}), made(*RIGHT[:-1]), made(*RIGHT, 1), made(1, 1, 1, False, "x", "1.ab", None),
     *(made(*RIGHT[:at], wrong, *RIGHT[at + 1:]) for at, every in WRONG.items() for wrong in every)],
)  # fmt: skip
def test_what_is_no_cursor_is_refused(front: TestClient, cursor: str) -> None:
    for resource in LISTS:
        _, item = refusal(front, f"cursor={cursor}", resource)
        assert item["name"] == "cursor"
        assert item["code"] in ("bad-cursor", "bad-value")


@pytest.mark.parametrize("resource", LISTS)
def test_a_truncated_cursor_is_refused(api: TestClient, resource: str) -> None:
    cursor = first_cursor(api, f"/v1/{resource}?limit=1")
    for length in range(0, len(cursor), 5):
        assert refusal(api, f"limit=1&cursor={cursor[:length]}", resource)[1]["name"] == "cursor"


@pytest.mark.parametrize(
    ("of", "at"),
    [
        ("claims?limit=1", "claims?limit=1&sort=said_on"),
        ("claims?limit=1", "claims?limit=1&status=any"),
        ("claims?limit=1&topic=pay", "claims?limit=1&topic=recruitment"),
        ("claims?limit=1&topic=pay", "claims?limit=1"),
        ("claims?limit=1&topic=pay", "claims?limit=1&topic=pay&topic=AUKUS"),
        ("claims?limit=1&said_on=2022", "claims?limit=1&said_on__within=2022"),
        ("claims?limit=1&said_on=2022", "claims?limit=1&said_on=2022-01"),
        ("claims?limit=1&figure__value__gt=1&figure__unit=count",
        "claims?limit=1&figure__value__gt=2&figure__unit=count"),
        ("claims?limit=1&figure__value__gt=1&figure__unit=count",
        "claims?limit=1&figure__value__gt=1&figure__unit=percent"),
        ("claims?limit=1&q=japan", "claims?limit=1&q=defence"),
        ("claims?limit=1", "speakers?limit=1"),
        ("speakers?limit=1", "sources?limit=1"),
        ("speakers?limit=1&kind=person", "speakers?limit=1&kind=organization"),
        ("metrics?limit=1", "speakers?limit=1"),
    ],
)  # fmt: skip
def test_the_cursor_of_another_query_is_refused(api: TestClient, of: str, at: str) -> None:
    cursor = first_cursor(api, f"/v1/{of}")
    resource, _, query = at.partition("?")
    assert refusal(api, f"{query}&cursor={cursor}", resource)[1]["code"] == "cursor-mismatch"


def parts_of(cursor: str) -> list[Any]:
    """The parts of a cursor: the number, day and key of the last record, the revision, and more."""
    parts: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return parts


@pytest.mark.parametrize("revision", [2, 1000, (1 << 53) - 1])
def test_the_cursor_of_a_revision_yet_to_come_is_refused(api: TestClient, revision: int) -> None:
    for resource in ("claims", "speakers"):
        number, day, key, _, *more = parts_of(first_cursor(api, f"/v1/{resource}?limit=1"))
        _, item = refusal(api, f"limit=1&cursor={made(number, day, key, revision, *more)}", resource)
        assert item["name"] == "cursor"


def test_a_cursor_beyond_the_last_row_gives_an_empty_page(api: TestClient) -> None:
    last = (1 << 53) - 1
    for resource, day in (("claims?limit=1&sort=said_on", 4_000_000), ("claims?limit=1", 0), ("speakers?limit=1", 0)):
        parts = parts_of(first_cursor(api, f"/v1/{resource}"))
        answer = api.get(f"/v1/{resource}&cursor={made(last, day, *parts[2:])}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] == []
        assert answer.json()["page"] == {"next_cursor": None, "has_more": False}


@pytest.mark.parametrize("sort", ["-said_on", "relevance", "recorded_at", "-figure__value"])
def test_a_cursor_with_a_key_of_another_order_is_refused_or_begins_somewhere(api: TestClient, sort: str) -> None:
    query = f"limit=1&q=japan&figure__unit=count&sort={sort}"
    number, day, own, *more = parts_of(first_cursor(api, f"/v1/claims?{query}"))
    for key in (None, -1, 0, 3, 1.5, -1e308, (1 << 62) - 1):
        answer = api.get(f"/v1/claims?{query}&cursor={made(number, day, key, *more)}")
        assert answer.status_code in (200, 422), (key, answer.text)
        if (key is None) != (own is None):
            assert answer.status_code == 422 or sort == "-figure__value"  # which ends with claims that have no figure


# Paths


@pytest.mark.parametrize("resource", LISTS)
def test_an_unknown_id_is_not_found(api: TestClient, resource: str) -> None:
    prefix = PREFIXES[resource]
    for number in ("999", "2147483648", "999999999999999999"):
        assert f"{prefix}_{number}" in problem(api, f"/v1/{resource}/{prefix}_{number}", 404)["detail"]


@pytest.mark.parametrize(
    "record_id",
    ["1", "0", "-1", "x_0", "x_01", "x_-1", "x_", "_1", "x1", "x_1%20", "%20x_1", "x_1.0", "X_1", "x_1e1",
     "x_%D9%A1", "x_%EF%BC%91", "null",
     "x_" + "9" * 19, "x_" + "9" * 400, "x_" + "1" * 96, "x" * 100, "x_1%00", "%00", "x_1'%20OR%20'1'='1",
     "%ED%A0%80", "%FF", "x_1%0A",
     "x_1%3B", "%E6%97%A5", "..%2Fclaims", "clm_1", "spk_1", "src_1", "met_1", "tnr_1"],
)  # fmt: skip
def test_what_is_no_id_of_a_resource_is_not_found(front: TestClient, record_id: str) -> None:
    for resource, prefix in PREFIXES.items():
        given = record_id.replace("x_", f"{prefix}_").replace("X_", f"{prefix.upper()}_")
        if given != f"{prefix}_1":
            problem(front, f"/v1/{resource}/{given}", 404)


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/v1", "/v1/", "/v2/claims", "/v1/claim", "/v1/claims/", "/v1/claims/clm_1/",
     "/v1/claims/clm_1/nothing", "/v1/CLAIMS",
     "/v1//claims", "/healthz/", "/docs/", "/%00", "/%FF", "/%ED%A0%80", "/v1/claims%00",
     "/static-offline-docs/nothing.js", "/" + "a" * 5000],
)  # fmt: skip
def test_an_unknown_path_is_not_found(front: TestClient, path: str) -> None:
    assert problem(front, path, 404)["code"] == "not-found"


ALLOWED = {
    "/v1/claims": "GET, HEAD, POST",
    "/v1/claims/clm_1": "DELETE, GET, HEAD, PATCH",
    "/v1/claims/by-key/x": "GET, HEAD, PUT",
    "/v1/claims/clm_1/merge": "POST",
    "/v1/speakers": "GET, HEAD, POST",
    "/v1/sources/src_1": "GET, HEAD, PATCH",
    "/v1/metrics": "GET, HEAD, POST",
    "/healthz": "GET, HEAD",
    "/readyz": "GET, HEAD",
}


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
def test_a_method_that_a_path_has_not_is_refused(front: TestClient, path: str, method: str) -> None:
    if method in ALLOWED[path].split(", "):
        return
    told = problem(front, path, 405, method)
    assert method in told["detail"]
    assert front.request(method, path).headers["allow"] == ALLOWED[path]


@pytest.mark.parametrize("path", ["claims/clm_1", "speakers/spk_1", "sources/src_1", "metrics/met_1"])
def test_a_parameter_that_one_record_does_not_take_is_not_ignored(front: TestClient, path: str) -> None:
    for query in ("topic=pay", "versoin=1", "fileds=id"):
        assert refusal(front, query, path)[1]["code"] == "unknown-parameter"


# Bodies


@pytest.mark.parametrize("path", ["/v1/claims/search", "/v1/claims/export"])
@pytest.mark.parametrize(
    ("body", "name", "told"),
    [
        (b'{"limit": 1, "limit": 2}', "/limit", "the key 'limit' stands twice, at column 14"),
        (b'{"where": {"field": "topic", "value": "a", "value": "a"}}', "/where/value", "stands twice"),
        (b'{"where": {"and": [{"field": "q", "value": "a"}, {"field": "q", "fi\\u0065ld": "q"}]}}',
         "/where/and/1/field", "stands twice"),
        (b'{"a~/b": 1, "a~/b": 1}', "/a~0~1b", "stands twice"),
        (b'{"limit": 1e999999999}', "/limit", "out of range"),  # to make it a whole number would take for ever
        (b'{"limit": NaN}', "/limit", "NaN is no JSON"),
        (b'{"limit": 1,\n"sort" }', "", "line 2: broken JSON"),
        (b"", "", "the body is empty"),
        (b"\xff", "", "byte 1 of the body is not UTF-8"),
        (b"[" * 90_000, "", "nested more than 40 deep"),
        (b"[" * 45 + b"]" * 45, "", "nested more than 40 deep"),
        (b"null", "", "an object is needed here"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_good_json_is_refused_at_its_place(
    front: TestClient, path: str, body: bytes, name: str, told: str
) -> None:
    answer = front.post(path, content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (item,) = answer.json()["errors"]
    assert (item["in"], item["name"]) == ("body", name)
    assert told in item["detail"]


@pytest.mark.parametrize("value", ["%00", "a%00b"])
def test_nul_is_refused_while_a_name_is_typed_as_in_every_text(front: TestClient, value: str) -> None:
    _, item = refusal(front, f"q={value}", "speakers/suggest")
    assert (item["name"], item["code"]) == ("q", "bad-value")
    assert "NUL" in item["detail"]
