"""A cache for functions of texts that clients send: bounded in bytes, since only short texts are kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

LONGEST = 100  # characters of a text that is kept; longer ones are rare, and what is made of them is made anew


class Cached(Protocol[P, R]):
    """A function with a cache, as lru_cache makes it."""

    cache_info: Callable[[], Any]
    cache_clear: Callable[[], None]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        ...


def text_cache(most: int, longest: int = LONGEST) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """Keep what a function gives for its latest `most` arguments, where no text among them is longer than `longest`
    characters.

    Arguments of different types are different, even where they are equal; they are given by position.
    """

    def decorate(function: Any) -> Cached[P, R]:
        cached = lru_cache(most, typed=True)(function)

        @wraps(function)
        def answer(*args: Any) -> Any:
            for one in args:
                if type(one) is str and len(one) > longest:
                    return function(*args)
            return cached(*args)

        kept = cast(Cached[P, R], answer)
        kept.cache_info, kept.cache_clear = cached.cache_info, cached.cache_clear
        return kept

    return decorate
