"""The links of a page are those of its address, read and written again."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request
from hypothesis import example, given
from hypothesis import strategies as st

from app.api.pages import _links, _path
from app.api.queries import read_pairs

PIECES = ["a", "Z", "0", "_", "-", ".", "~", "+", "%20", "%2B", "%2F", "%2f", "%41", "%7E", "%C3%A9", "%c3%a9", "%0A",
          "%25", "/", "?", ":", "'", "*", ",", "cursor", "=", "%3D", "%26"]  # fmt: skip
PARTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)


@given(st.lists(st.tuples(PARTS, st.booleans(), PARTS), max_size=4), st.none() | st.just("Wy1f"))
@example([("q", True, "a+b%20c"), ("cursor", True, "x")], "Wy1f")
@example([], "Wy1f")
def test_links_are_the_address_written_anew(parts: list[tuple[str, bool, str]], cursor: str | None) -> None:
    raw = "&".join(f"{name}={value}" if has_value else name for name, has_value, value in parts).encode()
    request = Request({"type": "http", "path": "/v1/claims", "query_string": raw, "headers": []})
    given_pairs = read_pairs(raw)
    others = [one for one in given_pairs if one[0] != "cursor"]
    own, following = _links(request, cursor)
    assert own == _path(request, given_pairs)
    assert following == (_path(request, [*others, ("cursor", cursor)]) if cursor else None)
    assert parse_qsl(own.partition("?")[2], keep_blank_values=True) == parse_qsl(
        urlencode(given_pairs, quote_via=quote), keep_blank_values=True
    )
