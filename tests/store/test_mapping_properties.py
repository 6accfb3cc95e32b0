"""Whatever a table and a mapping of its columns to targets are, the claims are those that are computed by hand."""

from __future__ import annotations

import copy
import csv
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadImport
from tests.store.mapped import mapped

COLUMNS = st.text(st.sampled_from("abXÜ 9_.-é"), min_size=1, max_size=6).filter(lambda name: name.strip() == name)
CELLS = st.one_of(
    st.just(""),
    st.sampled_from(["  ", "0", "null", "{{ a }}", 'a "b"; c', "two\nlines"]),
    st.text("aé;,\t\"' "),
)
JSON_CELLS = st.one_of(CELLS, st.none(), st.booleans(), st.integers(), st.just([]), st.just({}), st.just(["x", 1]))
TARGETS = (
    "key", "quote", "venue", "said_on.edtf", "speaker.name", "speaker.identifiers.wikidata", "roles.0.title",
    "roles.3.title", "roles.3.organization.name", "topics.0", "topics.2", "figures.0.value", "figures.1.metric.name",
    "figures.0.equivalents.0.unit", "citations.0.source.title", "citations.0.source.authors.1", "relations.0.key",
    "assessments.0.rating",
)  # fmt: skip
# Constants, and whether they say something by themselves, beside values that are nothing
CONSTANTS = {
    "speaker.kind": ("person", False), "roles.0.status": ("former", False), "figures.0.kind": ("actual", False),
    "relations.0.type": ("supports", False), "citations.0.source.publisher": ("The Press", False),
    "roles.3.as_stated": ("a chief", False), "language": ("en", True), "topics.5": ("news", True),
}  # fmt: skip


class Case(NamedTuple):
    """columns: of the table. rows: their values. texts: of each target the column, and what stands around its value, or
    None for the value alone. constants: their targets.
    """

    columns: list[str]
    rows: list[list[Any]]
    texts: dict[str, tuple[str, tuple[str, str] | None]]
    constants: list[str]


@st.composite
def cases(draw: st.DrawFn, cells: st.SearchStrategy[Any]) -> Case:
    """A table, and a mapping of its columns."""
    columns = draw(st.lists(COLUMNS, min_size=1, max_size=5, unique=True))
    rows = draw(st.lists(st.lists(cells, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=5))
    around = st.one_of(st.none(), st.tuples(st.sampled_from(["", "no. "]), st.sampled_from(["!", " of"])))
    values = st.tuples(st.sampled_from(columns), around)
    found = draw(st.dictionaries(st.sampled_from(TARGETS), values, min_size=1))
    texts = {name: (column, None if name.endswith("key") else text) for name, (column, text) in found.items()}
    return Case(columns, rows, texts, draw(st.lists(st.sampled_from(sorted(CONSTANTS)), unique=True)))


def mapping_of(case: Case, form: str) -> str:
    """The mapping file."""
    claim: dict[str, str] = {name: CONSTANTS[name][0] for name in case.constants}
    for target, (column, around) in case.texts.items():
        before, after = around or ("", "")
        claim[target] = f"{before}{{{{ row['{column}'] }}}}{after}"
    return json.dumps({"format": form, "ignore": [], "claim": claim}, ensure_ascii=False)


def by_hand(case: Case, row: list[Any]) -> Any:
    """The claim of a row."""
    cells = dict(zip(case.columns, row, strict=True))
    found: dict[str, Any] = {}
    for target, (column, around) in case.texts.items():
        value = cells[column]
        if around is not None:
            text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
            value = f"{around[0]}{text}{around[1]}"
        if value not in (None, [], {}) and str(value).strip():
            found[target] = value
    for target in case.constants:
        value, is_enough = CONSTANTS[target]
        above = ".".join(target.split(".")[:-1])
        holders = {above.rpartition(".source")[0], above}  # a citation has a source alone
        given = [name for name in case.texts if any(name.startswith(f"{holder}.") for holder in holders)]
        if is_enough or not given or any(name in found for name in given):
            found[target] = value
    return _nested(found)


def _nested(found: dict[str, Any]) -> Any:
    """Objects and lists of dotted names; positions that are missing are passed over."""
    if "" in found:
        return found[""]
    steps = {name.split(".")[0] for name in found}
    parts = {
        step: _nested({name[len(step) + 1 :]: value for name, value in found.items() if name.split(".")[0] == step})
        for step in steps
    }
    is_list = bool(steps) and all(step.isdecimal() for step in steps)
    return [parts[step] for step in sorted(steps, key=int)] if is_list else parts


def check(case: Case, found: list[Any]) -> None:
    """Compare the claims of all rows."""
    assert found == [by_hand(case, row) for row in case.rows]


@settings(max_examples=30)
@given(case=cases(CELLS))
def test_tables_give_the_claims_that_are_computed_by_hand(case: Case, tmp_path_factory: Any) -> None:
    folder: Path = tmp_path_factory.mktemp("case")
    rows = [row for row in case.rows if any(row)]
    with (folder / "t.csv").open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([case.columns, *rows])
    found = mapped(folder, mapping_of(case, "csv"), {"t.csv": (folder / "t.csv").read_text()})
    assert found.told == []
    check(case._replace(rows=rows), found.values())


@settings(max_examples=30)
@given(case=cases(JSON_CELLS))
def test_objects_give_the_claims_that_are_computed_by_hand(case: Case, tmp_path_factory: Any) -> None:
    case = case._replace(texts={target: (column, None) for target, (column, _) in case.texts.items()})
    lines = [json.dumps(dict(zip(case.columns, row, strict=True))) for row in case.rows]
    found = mapped(tmp_path_factory.mktemp("case"), mapping_of(case, "ndjson"), {"t.ndjson": "\n".join(lines)})
    assert found.told == []
    check(case, found.values())


PARTS: dict[str, Any] = {
    "format": "csv", "encoding": "utf-8", "delimiter": ",", "header": True, "columns": ["a", "b"], "ignore": ["c"],
    "tables": {"t": {"a": "b"}, "u": {"file": "p.csv", "key": "id", "value": "name"}},
    "joins": {"p": {"file": "p.csv", "key": "id", "on": "{{ a }}", "required": False}},
    "set": {"v": "{{ a }}"}, "fix": {"by": "{{ a }}", "rows": {"1": {"b": "2"}}}, "skip_when": ["{{ not a }}"],
    "group_by": "{{ a }}", "explode": [{"each": "{{ rows }}", "as": "r", "when": "{{ r }}"}],
    "gather": [{"by": "{{ a }}", "name": "{{ b }}"}], "speaker": {"key": "{{ a }}", "tenures.0.title": "x"},
    "claims": [{
        "key": "{{ a }}", "quote": "{{ b }}", "topics": ["x", {"each": "{{ rows }}", "as": "y", "value": "{{ y.a }}"}],
        "figures": {"each": "{{ rows }}", "as": "x", "when": "{{ x }}", "metric": "m", "value": "{{ x.a }}"},
        "speaker": {"name": "{{ b }}", "identifiers": {"w": "{{ a }}"}}, "when": "{{ a }}",
    }],
}  # fmt: skip
WRONG: st.SearchStrategy[Any] = st.sampled_from([
    None, "", True, [], {}, "{{", "{{ a }}", "x", ["x"], {"a": "b"}, {"each": "{{ a }}"}, {"": ""}, ["{{ a }}", None],
    [[]], {"a": {"b": {"c": "d"}}}, "{{ row }}", "." * 300,
])  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all parts of a value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(*path, step) for step, _ in parts] + [
        place for step, inner in parts for place in places(inner, (*path, step))
    ]


@settings(max_examples=50)
@given(place=st.sampled_from(places(PARTS)), wrong=WRONG, is_file=st.booleans())
def test_whatever_stands_in_a_mapping_is_carried_out_or_told(
    place: tuple[Any, ...], wrong: Any, is_file: bool, tmp_path_factory: Any
) -> None:
    folder: Path = tmp_path_factory.mktemp("case")
    (folder / "p.csv").write_text("id,name\n1,A\n")
    whole = copy.deepcopy(PARTS)
    inner: Any = whole
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = wrong
    text = json.dumps({"files": [{"match": "*.csv", **whole}]} if is_file else whole)
    with suppress(BadImport):
        found = mapped(folder, text, {"q.csv": "a,b,c\n1,2,3\n4,5,6\n1,7,\n"})
        assert found.rows or found.told or found.reading.skipped
