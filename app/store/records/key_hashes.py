"""The remainder of the key of a purged record: a hash, by which the key is known when it is given again.

A key may be personal data itself. A hash does not tell it, but whoever guesses the key can see that it was that.
"""

from __future__ import annotations

import hashlib


def key_hash(prefix: str, key: str) -> str:
    """The hash of a key of one type of record: 64 hexadecimal digits (SHA-256)."""
    return hashlib.sha256(f"purged\x1f{prefix}\x1f{key}".encode()).hexdigest()
