"""The ways out that messages name, by the door through which a change comes. A fault is the same at each door, and is
told in one place; what to do about it differs: who sends requests has no file, and who imports one sends no request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Door:
    """Words for what to do. In braces stand: `nouns`, a type of records; `section` and `line`, where a file
    defines one; `id`, that of the record; `name`, a field; `row`, the number of a row.
    """

    place: str  # of a row
    restore: str
    unset: str
    correct: str
    merge: str
    unknown_claim: str
    give_text: str
    purged_key: str


FILES: Final = Door(
    place="row {row}",
    restore="an import takes no retraction back, save with --restore",
    unset="leave out {name} or empty its cell",
    correct="define it, under {section} in a .yaml file or as {line} in an .ndjson file",
    merge="use onrecord merge",
    unknown_claim="here or in this import: import it as well, or leave the relation out",
    give_text="import the source with its text first",
    purged_key="leave it out",
)
REQUESTS: Final = Door(
    place="",
    restore='"retraction": null takes that back',
    unset="leave out {name}",
    correct="PATCH /v1/{nouns}/{id}",
    merge="POST /v1/{nouns}/{id}/merge",
    unknown_claim="here: record it first, or leave the relation out",
    give_text="PATCH the source with its text first",
    purged_key="take another key",
)
