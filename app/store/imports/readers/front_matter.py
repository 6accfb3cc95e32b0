"""Markdown with YAML front matter → a record: the members of the front matter, and the text as `body`."""

from __future__ import annotations

import re
from typing import Final

from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.yaml_nodes import read_yaml

BODY: Final = "body"
_FENCED: Final = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def read_front_matter(text: str) -> Record:
    """The one record of a Markdown text. Its body has no blank lines around it. Raises BadFile."""
    found = _FENCED.match(text)
    if found is None:
        told = "the file has no front matter: it is to begin with a line ---, YAML, and another line ---"
        raise BadFile(told, 1, code="front-matter")
    try:
        values = read_yaml(found[1]).value or {}
    except BadFile as error:
        raise BadFile(str(error), error.line + 1, error.path) from None
    if not isinstance(values, dict):
        raise BadFile("the front matter is to be a mapping, with names and values", 2, code="front-matter")
    if BODY in values:
        raise BadFile(f"{BODY} is the text behind the front matter, which has a member of this name too", 2, (BODY,))
    return Record(1, {**values, BODY: text[found.end() :].strip("\r\n")})
