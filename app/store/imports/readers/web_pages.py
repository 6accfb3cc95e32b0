"""Web pages → the linked data that they hold: JSON-LD in scripts, microdata, RDFa."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from app.domain.record.claim_review import TYPE
from app.store.imports.readers.json_text import read_json
from app.store.imports.readers.located import MAX_DEPTH, BadFile, Located
from app.store.imports.readers.packed import open_file
from app.store.imports.readers.page_texts import make_readable, text_of
from app.store.imports.readers.undecodable import not_utf8

MAX_PAGE: Final = 16 * 2**20  # bytes: as a tree it takes ten times as much
CHUNK: Final = 2**20
_MARK: Final = TYPE.encode()
_LINKED: Final = re.compile(r"application/ld\+json\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)
_WRAPPED: Final = re.compile(
    r"^\s*(?://|/\*)?\s*<!(?:\[CDATA\[|--)\s*(?:\*/)?|(?://|/\*)?\s*(?:\]\]|--)>\s*(?:\*/)?\s*$"
)
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f]")
_ITEMS: Final = re.compile(rf"itemtype\s*=[^>]*{TYPE}")
_RESOURCES: Final = re.compile(rf"typeof\s*=[^>]*{TYPE}")

# Errors that the libraries of RDFa raise for a page that is written in a way which their authors did not think of.
# Errors of their own classes are of addresses that they fetch, and they are given none.
BROKEN: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class Markup(NamedTuple):
    """Linked data of a page. is_printed: whether its texts are kept character by character, as scripts keep them."""

    line: int
    value: Any
    is_printed: bool


class WebPage(NamedTuple):
    """A page. address: its own, where it says so."""

    address: str | None
    markups: list[Markup | BadFile]


def holds_reviews(path: Path) -> bool:
    """Whether a page names ClaimReview anywhere, or cannot be read to tell."""
    before = b""
    try:
        with open_file(path) as stream:
            while chunk := stream.read(CHUNK):
                if _MARK in before + chunk:
                    return True
                before = chunk[-len(_MARK) :]
    except (OSError, BadFile):
        return True
    return False


def read_page(path: Path, about: str = TYPE) -> WebPage:
    """The linked data of a page about ClaimReview, that of scripts first. about: a word that broken scripts hold, or
    they are passed over.

    Raises BadFile for over 16 MB, for bytes that are not in the page's encoding, and for what is no page.
    """
    with open_file(path) as stream:
        text = _decoded(_whole(stream))
    if not text.strip():
        raise BadFile("the file is empty", 1)
    from extruct.utils import parse_html  # a third of a second
    from lxml.etree import LxmlError

    data = text.encode(errors="replace")  # of a text, what it says of its encoding would be a fault
    try:
        tree = parse_html(data, "UTF-8")
    except (LxmlError, ValueError, AssertionError) as error:
        raise BadFile(f"this is no web page that can be read: {error}", 1) from None
    address = _address_of(tree)
    return WebPage(address, [*_scripts(tree, about), *_microdata(text, tree, address), *_rdfa(data, text, address)])


def _whole(stream: BinaryIO) -> bytes:
    data = stream.read(MAX_PAGE + 1)
    if len(data) > MAX_PAGE:
        raise BadFile(f"over {MAX_PAGE:,} bytes; a web page has fewer", 1)
    return data


def _decoded(data: bytes) -> str:
    """The text in the encoding that a byte order mark or the page itself tells; else UTF-8."""
    from w3lib.encoding import html_body_declared_encoding, read_bom

    by_mark, mark = read_bom(data)
    told = html_body_declared_encoding(data) or "utf-8"
    encoding = by_mark or (
        "utf-8" if told.startswith("utf-16") else told
    )  # as HTML has it: it could not be read so far
    body = data[len(mark or b"") :]
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        begin = body.rfind(b"\n", 0, error.start) + 1
        line = body.count(b"\n", 0, error.start) + 1
        if encoding == "utf-8":
            raise not_utf8(body[begin : error.start + 100], error.start - begin, line) from None
        told = f"byte {error.start - begin + 1} of the line is not {encoding}, which the page says that it is in"
        raise BadFile(told, line, code="encoding") from None


def _address_of(tree: Any) -> str | None:
    """The address that a page says is its own."""
    places = ('//link[@rel="canonical"]/@href', '//meta[@property="og:url"]/@content')
    found = (str(place).strip() for path in places for place in tree.xpath(path))
    return next((place for place in found if re.match(r"https?://", place, re.IGNORECASE)), None)


def _scripts(tree: Any, about: str) -> Iterator[Markup | BadFile]:
    """JSON-LD, by our own decoder: extruct passes over a type with a parameter, loses doubled keys and digits."""
    for script in tree.iter("script"):
        text = script.xpath("string()")
        if not _LINKED.fullmatch((script.get("type") or "").strip()) or not text.strip():
            continue
        line = script.sourceline or 1
        try:
            yield Markup(line, _linked(text).value, is_printed=True)
        except BadFile as error:
            if about in text:
                yield BadFile(str(error), line + error.line - 1, error.path, error.code)


def _linked(text: str) -> Located:
    """The value of a script, without what is put around it for old programs, comments, commas behind the last element
    and line breaks in strings: all that is no JSON, and has one meaning.
    """
    try:
        return read_json(text)
    except BadFile as error:
        from jstyleson import dispose

        mended = _STRING.sub(_escaped, dispose(_WRAPPED.sub("", text).rstrip("; \t\r\n") + "\n"))
        try:
            return read_json(mended)
        except BadFile as other:
            same = str(error).partition(":")[0] == str(other).partition(":")[0]
            raise error if same else BadFile(str(other), other.line, other.path) from None


def _escaped(found: re.Match[str]) -> str:
    return _CONTROL.sub(lambda sign: f"\\u{ord(sign[0]):04x}", found[0])


def _microdata(text: str, tree: Any, address: str | None) -> Iterator[Markup | BadFile]:
    found = _ITEMS.search(text)
    if not found:
        return
    if _is_deep(tree):
        yield BadFile(f"microdata nested more than {MAX_DEPTH} deep", text.count("\n", 0, found.start()) + 1)
        return
    from extruct.w3cmicrodata import MicrodataExtractor

    for name, attribute in (("time", "datetime"), ("meter", "value")):
        for node in tree.iter(name):
            if node.get(attribute) is None:  # then its text is its value, which extruct does not know
                node.set(attribute, text_of(node))
    make_readable(tree)
    lines = [node.sourceline or 1 for node in tree.xpath("//*[@itemscope and not(@itemprop)]")]
    extractor = MicrodataExtractor()
    extractor._extract_textContent = text_of  # whose own puts blanks into words: `U<b>S</b>A` is U S A
    items = extractor.extract_items(tree, address)
    for line, item in zip([*lines, *[1] * len(items)], items, strict=False):
        yield Markup(line, _as_linked(item), is_printed=False)


def _is_deep(tree: Any) -> bool:
    """Whether more items than JSON may have objects stand one in another."""
    from lxml.etree import iterwalk

    depth = deepest = 0
    for event, node in iterwalk(tree, events=("start", "end")):
        if node.get("itemscope") is not None:
            depth += 1 if event == "start" else -1
            deepest = max(depth, deepest)
    return deepest > MAX_DEPTH


def _as_linked(value: Any) -> Any:
    """An item of microdata in the form of JSON-LD."""
    if isinstance(value, list):
        return [_as_linked(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "properties" not in value:
        return value.get("value")
    members = {name: _as_linked(inner) for name, inner in value["properties"].items()}
    return {"@id": value.get("id"), "@type": value.get("type"), **members}


def _rdfa(data: bytes, text: str, address: str | None) -> Iterator[Markup | BadFile]:
    found = _RESOURCES.search(text)
    if not found:
        return
    from extruct.rdfa import RDFaExtractor
    from extruct.utils import parse_xmldom_html
    from lxml.etree import LxmlError

    line = text.count("\n", 0, found.start()) + 1
    try:
        tree = parse_xmldom_html(data, "UTF-8")
        make_readable(tree)
        yield Markup(line, RDFaExtractor().extract_items(tree, base_url=address), is_printed=False)
    except (LxmlError, *BROKEN) as error:
        yield BadFile(f"the RDFa of this page cannot be read: {error}", line)
