"""Whatever a table and a mapping of its columns to targets are, the claims are those that are computed by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

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
    texts = draw(st.dictionaries(st.sampled_from(TARGETS), values, min_size=1))
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


@settings(max_examples=40)
@given(case=cases(CELLS))
def test_tables_give_the_claims_that_are_computed_by_hand(case: Case, tmp_path_factory: Any) -> None:
    folder: Path = tmp_path_factory.mktemp("case")
    rows = [row for row in case.rows if any(row)]
    with (folder / "t.csv").open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([case.columns, *rows])
    found = mapped(folder, mapping_of(case, "csv"), {"t.csv": (folder / "t.csv").read_text()})
    assert found.told == []
    check(case._replace(rows=rows), found.values())


@settings(max_examples=40)
@given(case=cases(JSON_CELLS))
def test_objects_give_the_claims_that_are_computed_by_hand(case: Case, tmp_path_factory: Any) -> None:
    case = case._replace(texts={target: (column, None) for target, (column, _) in case.texts.items()})
    lines = [json.dumps(dict(zip(case.columns, row, strict=True))) for row in case.rows]
    found = mapped(tmp_path_factory.mktemp("case"), mapping_of(case, "ndjson"), {"t.ndjson": "\n".join(lines)})
    assert found.told == []
    check(case, found.values())
