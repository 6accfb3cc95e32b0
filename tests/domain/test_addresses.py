"""Addresses: which are equal by the standards, which are perhaps one document, and what is no address."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.addresses import check_address, may_be_address, normal_address, same_document
from app.errors import BadValue

# Spellings of one address: RFC 3986, 6.2.2 and 6.2.3; http is https; DOIs and URNs by their own standards.
EQUAL = [
    ("https://a.example/", "https://a.example", "HTTP://A.EXAMPLE/", "http://a.example:80", "https://a.example:443/"),
    (
        "https://a.example/",
        "https://a.example:/",
        "  https://a.example/ ",
        "https://%61.example/",
        "https://a.example/.",
    ),
    ("https://a.example/caf%C3%A9", "https://a.example/caf%c3%a9", "https://a.example/café"),
    ("https://a.example/~u-1_2.html", "https://a.example/%7eu%2D1%5F2%2ehtml", "https://a.example/%7Eu-1_2.html"),
    ("https://a.example/b", "https://a.example/a/../b", "https://a.example/a/%2E%2e/./b", "https://a.example/../b"),
    ("https://a.example/a/", "https://a.example/a/.", "https://a.example/a/b/..", "https://a.example/a/b/%2e%2E"),
    ("https://a.example/%25zz", "https://a.example/%zz"),
    ("https://a.example/x%20y?a%20b", "https://a.example/x y?a b"),
    ("https://a.example/?q=%5B1%5D%7C", "https://a.example/?q=[1]|"),
    (
        "https://bücher.example/",
        "https://xn--bcher-kva.example/",
        "https://BÜCHER.example/",
        "https://b%C3%BCcher.example",
    ),
    ("https://日本語.jp/", "https://xn--wgv71a119e.jp/", "https://日本語。jp/"),
    ("https://i❤.ws/", "https://xn--i-7iq.ws/"),
    ("https://[2001:db8::1]/", "http://[2001:DB8:0:0::1]:80/"),
    ("https://u:P@a.example/", "http://u:P@A.example"),
    ("https://a.example:8080/", "http://a.example:08080"),
    ("doi:10.1000/182a", "DOI:10.1000/182A", "https://doi.org/10.1000/182a", "http://dx.doi.org/10.1000/182A"),
    ("doi:10.1002/(SICI)1<7::AID>3.0.CO;2", "https://doi.org/10.1002/(sici)1%3C7::AID%3E3.0.CO;2"),
    ("urn:isbn:0395363411", "URN:ISBN:0-395-36341-1", "urn:isbn:0395363411?+x"),
    ("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "urn:uuid:6E8BC430-9C3A-11D9-9669-0800200C9A66"),
    ("urn:example:a%2Cz", "urn:Example:a%2cz", "urn:example:a%2Cz#part"),
]
# Different addresses that readers and libraries take to be equal; `True` where it is perhaps the same document.
DIFFERENT = [
    ("https://a.example/x", "https://a.example/X", False),
    ("https://a.example/?a=%2F", "https://a.example/?a=/", False),
    ("https://a.example/%2F", "https://a.example//", False),
    ("https://a.example/a;b", "https://a.example/a%3Bb", False),
    ("https://a.example/?q=a+b", "https://a.example/?q=a%20b", False),
    ("https://a.example/?a=1&a=2", "https://a.example/?a=2&a=1", False),
    ("https://a.example/?ref=1", "https://a.example/?ref=2", False),
    ("https://a.example/?id=1", "https://a.example/", False),
    ("https://a.example/#!/1", "https://a.example/#!/2", False),
    ("https://a.example/#/1", "https://a.example/#/2", False),
    ("https://faß.example/", "https://fass.example/", False),
    ("https://a.example/a//b", "https://a.example/a/b", False),
    ("https://a.example:8080/", "https://a.example/", False),
    ("https://m.a.example/", "https://a.example/", False),
    ("https://a.example/%C3", "https://a.example/%C3%83", False),
    ("urn:example:A", "urn:example:a", False),
    ("doi:10.1000/1", "doi:10.1000/2", False),
    ("https://a.example/?", "https://a.example/", True),
    ("https://a.example/x/", "https://a.example/x", True),
    ("https://a.example/x#part", "https://a.example/x", True),
    ("https://www.a.example/x", "http://a.example/x", True),
    ("https://a.example./x", "https://a.example/x", True),
    ("https://a.example/x?utm_source=rss&id=1&fbclid=a", "https://a.example/x?id=1", True),
    ("https://a.example/x?gclid=a", "https://a.example/x", True),
    ("https://web.archive.org/web/20200101000000/https://www.a.example/x/", "https://a.example/x", True),
    ("https://web.archive.org/web/2020id_/http:/a.example:80/x?id=1", "https://a.example/x?id=1", True),
    ("https://web.archive.org/web/2020*/http%3A%2F%2Fa.example%2Fx", "https://a.example/x", True),
    ("https://archive.ph/2020.01.02-120000/https://a.example/x", "https://a.example/x", True),
    ("https://archive.today/newest/a.example/x", "https://a.example/x", True),
    ("https://archive.is/o/AbCdE/https://a.example/x", "https://a.example/x", True),
    ("https://archive.ph/1/https://web.archive.org/web/2020/https://doi.org/10.1000/A", "doi:10.1000/a", True),
    ("https://doi.org/10.1000/a?utm_source=x#abstract", "doi:10.1000/a", True),
    ("https://archive.ph/AbCdE", "https://archive.ph/FgHiJ", False),
    ("https://a.example/web/2020/https://b.example/", "https://b.example/", False),
]
# (text, part of what is said, what would be right)
NONE = [
    ("not a url", "no absolute address", ()),
    ("/path", "no absolute address", ()),
    ("www.a.example/x", "no absolute address", ("https://www.a.example/x",)),
    ("a.example/x?y", "no absolute address", ("https://a.example/x?y",)),
    ("http:/a.example/x", "no absolute address", ("http://a.example/x",)),
    ("10.1000/182", "no absolute address", ("doi:10.1000/182",)),
    ("doi: 10.1000/182", "is no DOI", ("doi:10.1000/182",)),
    ("doi:11.1000/182", "is no DOI", ()),
    ("urn:isbn", "is no URN", ()),
    ("javascript:alert(1)", "the scheme javascript:", ()),
    ("ftp://a.example/x", "the scheme ftp:", ()),
    ("mailto:a@a.example", "the scheme mailto:", ()),
    ("https://", "names no host", ()),
    ("https:///x", "names no host", ()),
    ("https://[::1", "names no host", ()),
    ("https://[::g]/", "no IPv6 address", ()),
    ("https://a b/", "is no name", ()),
    ("https://a\\b/", "is no name", ()),
    ("https://a\u202eb/", "is no name", ()),
    ("https://a%2Fb/", "is no name", ()),
    ("https://%ff/", "the host is not UTF-8", ()),
    ("https://a.example:70000/", "there is no port 70000", ()),
    ("https://a.example/\n", "", None),
    ("https://a.example/a\tb", "the control character U+0009", ()),
]


@pytest.mark.parametrize("spellings", EQUAL, ids=lambda spellings: spellings[0])
def test_spellings_of_one_address_are_equal(spellings: tuple[str, ...]) -> None:
    assert len({normal_address(one) for one in spellings}) == 1
    assert len({same_document(one) for one in spellings}) == 1


@pytest.mark.parametrize(("one", "other", "same"), DIFFERENT, ids=lambda value: str(value)[:60])
def test_other_addresses_differ_and_may_be_one_document(one: str, other: str, same: bool) -> None:
    assert normal_address(one) != normal_address(other)
    assert (same_document(one) == same_document(other)) is same


@pytest.mark.parametrize(("text", "said", "right"), NONE, ids=lambda value: repr(value)[:30])
def test_what_is_no_address_is_refused_with_what_would_be_right(
    text: str, said: str, right: tuple[str, ...] | None
) -> None:
    if right is None:  # blanks around it are none of it
        assert check_address(text) == text.strip()
        return
    with pytest.raises(BadValue) as refused:
        check_address(text)
    assert said in str(refused.value)
    assert refused.value.suggestions == right
    for suggestion in right:
        normal_address(suggestion)


def test_an_address_is_kept_as_it_is_written_without_the_blanks_around_it() -> None:
    assert check_address("\u00a0HTTP://A.example:80/%7eu ") == "HTTP://A.example:80/%7eu"


parts = st.text(alphabet="aA.~%2Fe7é/:;@+&=? []|", max_size=8)
hosts = st.sampled_from(
    [
        "a.example",
        "A.EXAMPLE",
        "a.example:80",
        "www.a.example",
        "ü.example",
        "[::1]",
        "u@a.example:443",
        "a.example:443",
    ]
)
addresses = st.builds(
    lambda scheme, host, path, query, rest: f"{scheme}://{host}/{path}{query}{rest}",
    st.sampled_from(["http", "https", "HTTP"]),
    hosts,
    parts.map(lambda text: text.replace("?", "")),
    st.one_of(st.just(""), parts.map(lambda text: f"?{text}")),
    st.one_of(st.just(""), parts.map(lambda text: f"#{text}")),
)


@given(st.one_of(addresses, st.sampled_from([one for some in EQUAL for one in some])))
def test_normal_forms_are_normal(address: str) -> None:
    normal, document = normal_address(address), same_document(address)
    assert normal_address(normal) == normal
    assert same_document(normal) == document
    assert same_document(document) == document


def requested(address: str) -> tuple[str | None, bytes, bytes]:
    """The resource that a normal address names, decoded: host, path, query."""
    found = urlsplit(address)
    return found.netloc, unquote_to_bytes(found.path), unquote_to_bytes(found.query)


@given(addresses, addresses)
def test_equal_addresses_name_one_resource(one: str, other: str) -> None:
    equal = normal_address(one) == normal_address(other)
    if equal:
        assert requested(normal_address(one)) == requested(normal_address(other))
    # Characters that are percent-encoded twice stay so, and dots that are encoded are dots.
    assert b"/../" not in unquote_to_bytes(urlsplit(normal_address(one)).path.replace("%2F", ""))
    assert normal_address(one.replace("%7E", "~").replace("%7e", "~")) == normal_address(one)


@given(st.text(max_size=40))
def test_whatever_is_given_is_an_address_or_refused(text: str) -> None:
    try:
        kept = check_address(text)
    except BadValue:
        return
    assert kept == text.strip()
    assert normal_address(normal_address(kept)) == normal_address(kept)


@given(st.text(max_size=20).filter(lambda text: not may_be_address(text)))
def test_what_begins_otherwise_is_no_address(text: str) -> None:
    with pytest.raises(BadValue):
        normal_address(text)
