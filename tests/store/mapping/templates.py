"""Templates evaluated at once, as tests state them."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import BadValue
from app.store.imports.mapping.expressions import compile_template
from app.store.imports.mapping.lookup_table import LookupTable

TABLES = {"parties": LookupTable("parties", {"D": "Democratic Party", "/^Ind/": "Independent", "Ind. X": "None"})}


def value(template: str, **variables: Any) -> Any:
    """The value of a template for these variables."""
    return compile_template(template, TABLES).value(variables)


def fault(template: str, **variables: Any) -> str:
    """The message of a template that is wrong, or does not fit these variables; suggestions follow `?`."""
    with pytest.raises(BadValue) as told:
        value(template, **variables)
    return " ? ".join((str(told.value), *told.value.suggestions))
