"""The words for what a revision did to a record, as histories, revisions and the feed of changes have them."""

from __future__ import annotations

from typing import Literal

Action = Literal["created", "updated", "retracted", "restored", "revived", "rendered", "merged", "undone", "purged"]
