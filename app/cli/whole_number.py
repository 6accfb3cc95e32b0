"""Whole numbers as arguments and options of commands."""

from __future__ import annotations

from typing import Any, Final

import click

REVISION: Final = "the number of a revision, such as 12,"


class WholeNumber(click.IntRange):
    """Numbers from `least` to `most`. needed: what a text that is no number is answered with."""

    def __init__(self, least: int, most: int | None = None, needed: str = "a whole number") -> None:
        super().__init__(least, most)
        self.needed = needed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As in click."""
        try:
            int(value)
        except ValueError:
            self.fail(f"{value!r} is not a valid integer; {self.needed} is needed", param, ctx)
        return super().convert(value, param, ctx)
