"""Datasets: the collections that claims come from, each under a name that its claims carry."""

from __future__ import annotations

import re
from typing import Any, Final

from app.domain.record.keys import slug
from app.errors import BadValue, check_text

MAX_NAME: Final = 100  # characters
NAMES: Final = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$"
FIELDS: Final = ("title", "licence", "url", "citation")  # of a dataset's description

_NAME: Final = re.compile(NAMES, re.ASCII)

Description = dict[str, Any]  # each of FIELDS that is set; None empties one


def check_dataset(name: str) -> str:
    """The name of a dataset as it is given. Raises BadValue, with one like it that would do."""
    check_text(name)
    if _NAME.match(name) and not name.endswith("\n") and len(name) <= MAX_NAME:
        return name
    near = slug(name.replace("_", "-"), MAX_NAME)
    told = f"{name[:80]!r} is no name of a dataset: lower-case letters from a to z, digits, and . _ - between them"
    raise BadValue(f"{told}, at most {MAX_NAME} characters", (near,) if _NAME.match(near) else ())
