"""Several files as one: a tar archive, in which `onrecord push` says first where they came from."""

from __future__ import annotations

from typing import Final

import msgspec

MANIFEST: Final = "onrecord-push.json"  # name of the first member
MOST_SAID: Final = 4 * 2**20  # bytes of it


class GivenPath(msgspec.Struct, array_like=True, frozen=True):
    """A file or folder in the archive, and the path that it was given by."""

    member: str
    path: str


class Manifest(msgspec.Struct, frozen=True):
    """The files and folders to import, in their order, and the folder with texts of sources."""

    paths: list[GivenPath]
    texts: GivenPath | None = None
