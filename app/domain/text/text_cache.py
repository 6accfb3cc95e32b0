"""A cache for functions of texts that clients send: bounded in bytes, since only short texts are stored in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

LONGEST = 100  # characters of a cached text; longer ones are rare, and their results are computed each time


class Cached(Protocol[P, R]):
    """A function with a cache, as lru_cache makes it."""

    cache_info: Callable[[], Any]
    cache_clear: Callable[[], None]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        ...


def text_cache(most: int, longest: int = LONGEST) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """Cache the results of a function for its latest `most` arguments, unless a text among them has more than
    `longest` characters.

    Arguments of different types are different, even where they are equal; they are given by position.
    """

    def decorate(function: Any) -> Cached[P, R]:
        cached = lru_cache(most, typed=True)(function)

        def answer_one(text: Any) -> Any:
            return function(text) if type(text) is str and len(text) > longest else cached(text)

        def answer_all(*args: Any) -> Any:
            for argument in args:
                if type(argument) is str and len(argument) > longest:
                    return function(*args)
            return cached(*args)

        answer = answer_one if function.__code__.co_argcount == 1 else answer_all  # most are of one
        result = cast(Cached[P, R], wraps(function)(answer))
        result.cache_info, result.cache_clear = cached.cache_info, cached.cache_clear
        return result

    return decorate
