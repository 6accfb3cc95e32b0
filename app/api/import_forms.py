"""How the body of an import is read: told by its name, else by its media type."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from fastapi import Request

from app.errors import BadMediaType
from app.store.imports.jobs.unpacking import TAR
from app.store.imports.readers.archives import SUFFIX as ZIP
from app.store.imports.readers.packed import FORMATS, KNOWN, PACKINGS

MEDIA_TYPES: Final = {
    "application/x-ndjson": ".ndjson",
    "application/json": ".json",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/yaml": ".yaml",
    "application/x-tar": TAR,
    "application/zip": ZIP,
}
OTHER_NAMES: Final = {
    **dict.fromkeys(("application/ndjson", "application/jsonl", "application/x-jsonlines"), ".ndjson"),
    **dict.fromkeys(("application/x-yaml", "text/yaml", "text/x-yaml"), ".yaml"),
    "application/ld+json": ".jsonld",
    "text/html": ".html",
    "application/x-zip-compressed": ZIP,
}  # of media types that are sent as well
ARCHIVES: Final = (TAR, ZIP)
CODINGS: Final = {"gzip": ".gz", "x-gzip": ".gz", "identity": "", "": ""}


def form_of(request: Request, name: str | None) -> str:
    """The suffixes that tell how a body is read: `.csv.gz`, `.tar`. Raises BadMediaType where nothing tells it."""
    form = (_form_named(name) if name else None) or _form_sent(request)
    if form is None:
        named = f"let its name end in {KNOWN}, {TAR} or {ZIP}, as in ?name=claims.csv"
        told = f"nothing says how the body is read: {named}, or send one of the media types"
        raise BadMediaType(f"{told} {', '.join(MEDIA_TYPES)}")
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in CODINGS:
        raise BadMediaType(f"the Content-Encoding {coding[:40]!r} is not read; send gzip, or the file as it is")
    if not form.endswith(PACKINGS):
        form += CODINGS[coding]
    if form.startswith(ARCHIVES) and form not in ARCHIVES:
        raise BadMediaType("an archive is read as it is: pack the files in it, not the whole")
    return form


def _form_named(name: str) -> str | None:
    path = PurePosixPath(name.lower())
    packing = path.suffix if path.suffix in PACKINGS else ""
    suffix = path.with_suffix("").suffix if packing else path.suffix
    return suffix + packing if suffix in FORMATS or suffix in ARCHIVES else None


def _form_sent(request: Request) -> str | None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return (MEDIA_TYPES | OTHER_NAMES).get(media)
