"""The ways out that messages name, by the door through which a change comes. A fault is the same at each door, and is
told in one place; what to do about it differs: who sends requests has no file, and who imports one sends no request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Door:
    """Words for what to do. Some are formatted, with what stands in braces: `row`, the number of a row; `name`, a
    field; `nouns`, a type of records; `id`, that of the record; `section` and `line`, where a file defines it.
    """

    place: str  # of a row; with {row}
    restore: str
    unset: str  # with {name}
    correct: str  # with {nouns}, {id}, {section}, {line}
    merge: str  # with the same
    unknown_claim: str
    give_text: str
    purged_key: str


FILES: Final = Door(
    place="row {row}",
    restore="an import takes no retraction back, save with --restore",
    unset="leave out {name} or empty its cell",
    correct="define it, under {section} in a .yaml file or as {line} in an .ndjson file",
    merge="use onrecord merge ID {id}, where ID is that of the other",
    unknown_claim="here or in this import: import it as well, or leave the relation out",
    give_text="import the source with its text first",
    purged_key="leave it out",
)
REQUESTS: Final = Door(
    place="",
    restore='"retraction": null takes that back',
    unset="leave out {name}",
    correct="PATCH /v1/{nouns}/{id}",
    merge='POST /v1/{nouns}/ID/merge with {{"into": "{id}"}}, where ID is that of the other',
    unknown_claim="here: record it first, or leave the relation out",
    give_text="PATCH the source with its text first",
    purged_key="take another key",
)
