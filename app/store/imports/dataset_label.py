"""The dataset that an import is told to be of: every claim that names none carries its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.record.datasets import FIELDS, Description
from app.domain.record.records_in import DatasetIn, check_record
from app.errors import BadImport, BadRequest, Problem
from app.store.imports.readers.files import RawRow

PARAMETER = "dataset"


class Label(NamedTuple):
    """A dataset's name, with the fields of its description that are set."""

    name: str
    description: Description


def label_of(name: str | None, given: Mapping[str, str | None]) -> Label | None:
    """The label that options state; an empty text takes a field away. given: by field, None where it is not set.

    Raises BadRequest, with each problem at its parameter: `dataset`, `dataset_url`.
    """
    said = {field: given[field] or None for field in FIELDS if given.get(field) is not None}
    if name is None:
        if not said:
            return None
        told = "describes a dataset, and none is named"
        raise BadRequest.of(f"{PARAMETER}_{next(iter(said))}", "bad-combination", f"{told}: give {PARAMETER} with it")
    checked, problems = check_record(DatasetIn, {"name": name} | said)
    if checked is None:
        wrong = [_at_parameter(problem) for problem in problems]
        raise BadRequest("; ".join(map(str, wrong)), wrong, code=wrong[0].code)
    return Label(checked.name, {field: getattr(checked, field) for field in said})


def _at_parameter(problem: Problem) -> Problem:
    name = PARAMETER if problem.field == "name" else f"{PARAMETER}_{problem.field}"
    return Problem((name,), problem.code, problem.detail, problem.did_you_mean, where="query")


def label_of_options(name: str | None, given: Mapping[str, str | None]) -> Label | None:
    """The same of the options of a command. Raises BadImport."""
    try:
        return label_of(name, given)
    except BadRequest as error:
        told = "; ".join(str(problem).replace("_", "-", problem.field.count("_")) for problem in error.problems)
        raise BadImport(f"--{told}") from None


def labelled(row: RawRow, dataset: str | None) -> RawRow:
    """The row; a claim that names no dataset, with this one. So is what its file gives, where that is a claim."""
    if dataset is None or row.section != "claims" or not isinstance(row.value, dict):
        return row
    if row.value.get(PARAMETER) is not None:
        return row
    named = {PARAMETER: dataset}
    patch = row.patch and {form: members | named for form, members in row.patch.items()}
    given = row.given
    if isinstance(given, dict) and row.column_of is None:  # else it is the record that a mapping made the claim of
        given = given | named
    return row._replace(value=row.value | named, patch=patch, given=given)
