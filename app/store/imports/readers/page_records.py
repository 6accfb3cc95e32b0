"""Web pages → records: the objects of the linked data that they hold (JSON-LD; of a ClaimReview microdata and RDFa)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.store.imports.readers.json_records import read_document
from app.store.imports.readers.located import BadFile, Located, Record
from app.store.imports.readers.web_pages import read_page


def read_page_records(path: Path, records: str | None) -> Iterator[Record | BadFile]:
    """The objects of each part of linked data; see read_document. Their line is that of the part. Parts where the way
    to the records leads nowhere are passed over, unless it does so in all of them. Raises BadFile, OSError.
    """
    nowhere: BadFile | None = None
    is_found = False
    for part in read_page(path, about="").markups:
        if isinstance(part, BadFile):
            yield part
            continue
        try:
            found = list(read_document(Located(part.value, {(): part.line}), records))
        except BadFile as error:
            nowhere = nowhere or error
            continue
        is_found = True
        yield from found
    if not is_found:
        raise nowhere or BadFile("the page holds no linked data (JSON-LD)", 1, code="no-records")
