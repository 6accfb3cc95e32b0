"""python-edtf, asked for the strict bounds of a date: an oracle for tests only, with exceptions that they list."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its grammar is older than the pyparsing that it is given
    from edtf import parse_edtf as parse_with_oracle

Bounds = tuple[tuple[int, ...] | None, tuple[int, ...] | None]


def ask_oracle(text: str) -> Bounds:
    """Year, month and day of the first and of the last day; None where infinite."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = parse_with_oracle(text)
        lower, upper = read.lower_strict(), read.upper_strict()
    return (
        None if isinstance(lower, float) else tuple(lower)[:3],
        None if isinstance(upper, float) else tuple(upper)[:3],
    )
