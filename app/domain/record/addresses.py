"""Addresses of documents: http(s) addresses, DOIs and URNs as they are compared, and which of them are one document.

Addresses are compared by the normalization of RFC 3986, 6.2.2 and 6.2.3, with http taken for https. Variants that
only readers know to be the same (tracking parameters, archive copies) are one document at different addresses.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

import idna

from app.domain.text.text_cache import text_cache
from app.errors import BadValue

RIGHT: Final = "write it in full, as in https://example.org/report, or give a DOI (doi:10.1000/182) or a URN"
UNRESERVED: Final = "-._~"
# Characters that stand for themselves in each part (RFC 3986, 3.2.1, 3.3 and 3.4); others are percent-encoded.
_USER: Final = "!$&'()*+,;=:"
_PATH: Final = "!$&'()*+,;=:@/"
_QUERY: Final = "!$&'()*+,;=:@/?"
_PORTS: Final = {"http": "80", "https": "443"}

_PARTS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<place>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_PLACE: Final = re.compile(r"(?:(?P<user>.*)@)?(?P<host>\[[^\[\]]*\]|[^:@\[\]]*)(?::(?P<port>[0-9]*))?", re.DOTALL)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_DOI: Final = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/.*[^\s/].*")
_DOI_HOSTS: Final = ("doi.org", "dx.doi.org", "www.doi.org")
# RFC 8141: namespace, its own text, and components that do not take part in comparison.
_URN: Final = re.compile(
    r"urn:(?P<name>[a-z0-9][a-z0-9-]{0,30}[a-z0-9]):(?P<text>[^?#]+)(?:\?[+=].*)?(?:#.*)?", re.IGNORECASE
)
_NO_HYPHENS: Final = ("isbn", "issn")  # namespaces in which neither case nor hyphens matter


class Address(NamedTuple):
    """An http(s) address in its normal form. path: from its first `/`. query, fragment: None where there is none."""

    place: str
    path: str
    query: str | None
    fragment: str | None

    def __str__(self) -> str:
        query = "" if self.query is None else f"?{self.query}"
        scheme = "http" if self.place.endswith(":443") else "https"  # whose usual port that is not
        return f"{scheme}://{self.place}{self.path}{query}" + (f"#{self.fragment}" if self.fragment else "")


def check_address(text: str) -> str:
    """The text without blanks around it, if it is an absolute http(s) address, a DOI or a URN. Raises BadValue."""
    normal_address(text)
    return text.strip()


@text_cache(1 << 12, longest=500)
def normal_address(text: str) -> str:
    """An address as it is compared: equal for what RFC 3986, 6.2.2 and 6.2.3 say is equal, http and https alike; for
    all spellings of a DOI; for URNs that are equal by RFC 8141.

    Raises BadValue for what is no absolute http(s) address, DOI or URN.
    """
    found = _read(text.strip())
    if isinstance(found, str):
        return found
    if found.query is None and found.fragment is None and (doi := _doi_at(found)):
        return doi
    return str(found)


@text_cache(1 << 12, longest=500)
def same_document(text: str) -> str:
    """The address that all addresses of one document share: the normal one of the page itself.

    For copies in archives it is the original's; without tracking parameters, `www.`, a slash at the end, a
    fragment (but one that names a page: `#!…`, `#/…`), and an empty query. Raises BadValue as normal_address does.
    """
    found = _read(text.strip())
    for _ in range(3):  # an archive may hold a page of another
        inner = _archived(found) if isinstance(found, Address) else None
        if inner is None:
            break
        found = inner
    if isinstance(found, str):
        return found
    if doi := _doi_at(found):
        return doi
    kept = [part for part in (found.query or "").split("&") if part and not _is_tracking(part)]
    fragment = found.fragment if (found.fragment or "").startswith(("!", "/")) else None
    host, colon, port = found.place.rpartition("@")[2].partition(":")
    place = host.removeprefix("www.").rstrip(".") + colon + port if not host.startswith("[") else found.place
    return str(Address(place, found.path.rstrip("/"), "&".join(kept) or None, fragment))


def is_archived(text: str) -> bool:
    """Whether an address is that of a copy in an archive, with the original's address in it or without."""
    found = _read(text)
    if not isinstance(found, Address):
        return False
    archive = found.place.removeprefix("www.")
    return archive in _ARCHIVES and (archive != "archive.org" or _archived(found) is not None)


def may_be_address(text: str) -> bool:
    """Whether a text begins as addresses do; no other is one."""
    return text.lstrip()[:4].lower() in ("http", "doi:", "urn:")


@text_cache(1 << 12, longest=500)  # asked for in both forms
def _read(text: str) -> Address | str:
    """An http(s) address in its parts, or the normal form of a DOI or URN. Raises BadValue."""
    if wrong := next((sign for sign in text if sign < " " or sign == "\x7f"), None):
        raise BadValue(f"{_shown(text)} holds the control character U+{ord(wrong):04X}; leave it out")
    head = text[:4].lower()
    if head == "doi:":
        return _doi(text)
    if head == "urn:":
        return _urn(text)
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise _refusal(text)
    scheme, path = parts["scheme"].lower(), _normal(parts["path"], _PATH)
    query, fragment = parts["query"], parts["fragment"]
    return Address(
        _place(parts["place"], scheme, text),
        _without_dots(path or "/"),
        None if query is None else _normal(query, _QUERY),
        None if not fragment else _normal(fragment, _QUERY),
    )


def _refusal(text: str) -> BadValue:
    """The error for what is no address, with the one that was meant, where that is plain."""
    meant: tuple[str, ...] = ()
    if _DOI.fullmatch(text):
        meant = (f"doi:{text}",)
    elif re.fullmatch(r"(?:www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?=[/:?#]))\S*", text, re.IGNORECASE):
        meant = (f"https://{text}",)
    elif found := re.fullmatch(r"(https?):?/{0,2}(?!/)(\S+\.\S+)", text, re.IGNORECASE):
        meant = (f"{found[1].lower()}://{found[2]}",)
    scheme = re.match(r"(?!https?:)[a-z][a-z0-9+.-]*(?=:(?![0-9]))", text, re.IGNORECASE)
    what = (
        f"the scheme {scheme[0][:20]}: is none of http, https, doi and urn" if scheme else "it is no absolute address"
    )
    return BadValue(f"{_shown(text)}: {what}; {RIGHT}", meant)


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 80 else repr(text[:79] + "…")


# Authority


def _place(text: str, scheme: str, whole: str) -> str:
    """User, host and port in their normal form; the usual port of the scheme is left out."""
    parts = _PLACE.fullmatch(text)
    if parts is None or not parts["host"]:
        raise BadValue(f"{_shown(whole)}: the address names no host; {RIGHT}")
    port = (parts["port"] or "").lstrip("0") or ("0" if parts["port"] else "")
    if port and int(port[:6]) > 65535:
        raise BadValue(f"{_shown(whole)}: there is no port {port[:12]}")
    user = "" if parts["user"] is None else _normal(parts["user"], _USER) + "@"
    return user + _host(parts["host"], whole) + (f":{port}" if port and port != _PORTS[scheme] else "")


def _host(text: str, whole: str) -> str:
    """A host in lower case and ASCII: names in other letters by IDNA (UTS 46), as browsers have them."""
    if text.startswith("["):
        address, percent, zone = text[1:-1].partition("%")
        try:
            return f"[{ipaddress.IPv6Address(address)}{percent}{zone}]"
        except ValueError:
            raise BadValue(f"{_shown(whole)}: {text[:50]} is no IPv6 address") from None
    try:
        host = unquote(text, errors="strict") if "%" in text else text
    except UnicodeDecodeError:
        raise BadValue(f"{_shown(whole)}: the host is not UTF-8") from None
    if not host.isascii():
        host = ".".join(map(_label, re.split("[.。．｡]", host)))
    if re.search(r"[\s/?#@\[\]\\:<>^|%\"`{}]|[^!-~]", host) or not host.strip("."):
        raise BadValue(f"{_shown(whole)}: the host {host[:50]!r} is no name; {RIGHT}")
    return host.lower()


def _label(text: str) -> str:
    if text.isascii():
        return text
    try:
        return idna.encode(text, uts46=True).decode()
    except idna.IDNAError:
        small = unicodedata.normalize("NFKC", text.lower())
        if not all(unicodedata.category(sign)[0] in "LMNS" or sign == "-" for sign in small):
            return text
        return "xn--" + small.encode("punycode").decode()  # some registries give names with signs, such as hearts


# Path and query


def _normal(text: str, allowed: str) -> str:
    """Percent-encoding as RFC 3986, 6.2.2 has it: hexadecimal digits in capitals, unreserved characters as they are;
    and other characters than those that are allowed there encoded.
    """
    if text.isascii() and "%" not in text:
        return quote(text, safe=allowed + UNRESERVED)
    spelt = _ESCAPE.sub(_escape, text)
    return "%".join(_encoded(part, allowed, n) for n, part in enumerate(spelt.split("%")))


def _escape(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return sign if sign.isascii() and (sign.isalnum() or sign in UNRESERVED) else found[0].upper()


def _encoded(part: str, allowed: str, n: int) -> str:
    """Encode the text after a percent sign: two digits belong to it, else the sign itself is encoded."""
    if n and not _ESCAPE.match(f"%{part}"):
        part = f"25{part}"
    return quote(part, safe=allowed + UNRESERVED)


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, of a path that begins with a slash."""
    if "/." not in path:
        return path
    kept: list[str] = []
    *steps, last = path.split("/")[1:]
    for step in (*steps, last):
        if step == "..":
            del kept[-1:]
        elif step != ".":
            kept.append(step)
    return "/" + "/".join(kept) + ("/" if last in (".", "..") and kept else "")


# DOIs and URNs


def _doi(text: str) -> str:
    doi = _doi_of(text[4:])
    if doi is None:
        inner = text[4:].strip().removeprefix("//")
        found = re.search(r"10\.[0-9]{4,9}/\S+", inner)
        raise BadValue(f"{_shown(text)} is no DOI; write doi:10.1000/182", (f"doi:{found[0]}",) if found else ())
    return doi


def _doi_at(address: Address) -> str | None:
    """The DOI that an address of doi.org leads to."""
    return _doi_of(address.path[1:]) if address.place in _DOI_HOSTS else None


def _doi_of(text: str) -> str | None:
    """The normal form of a DOI, percent-encoded or not: in small letters, for ASCII's case means nothing in it."""
    name = unquote(text, errors="surrogateescape")
    if not _DOI.fullmatch(name):
        return None
    small = re.sub("[A-Z]+", lambda found: found[0].lower(), name)
    return "doi:" + quote(small, safe=_PATH + UNRESERVED, errors="surrogateescape")


def _urn(text: str) -> str:
    parts = _URN.fullmatch(text)
    if parts is None or re.search(r"\s", text):
        raise BadValue(f"{_shown(text)} is no URN; write urn:NAMESPACE:NAME, as in urn:isbn:9780141036144")
    namespace, name = parts["name"].lower(), _ESCAPE.sub(lambda found: found[0].upper(), parts["text"])
    if namespace in _NO_HYPHENS:
        name = name.replace("-", "").upper()
    return f"urn:{namespace}:{name.lower() if namespace == 'uuid' else name}"


# One document at several addresses

_TRACKING: Final = re.compile(
    r"(?:utm|mtm|hsa)_\w+|(?:fb|g|d|tt|tw|y)clid|msclkid|gclsrc|gad_source|[gw]braid|igsh(?:id)?|li_fat_id|mc_[ce]id|_g[al]"
    r"|_openstat|_hs(?:enc|mi)|hsctatracking|mkt_tok|oly_(?:anon|enc)_id|vero_id|wt_?mc(?:_\w+)?|srsltid|ref_(?:src|url)"
    r"|ml_subscriber(?:_hash)?|at_(?:medium|campaign\w*|custom\d)|pk_(?:campaign|kwd|source|medium)"
)
_ARCHIVES: Final = {
    "web.archive.org", "archive.org", "archive.today", "archive.ph", "archive.is", "archive.li", "archive.vn",
    "archive.fo", "archive.md", "wayback.archive-it.org", "arquivo.pt", "webarchive.nationalarchives.gov.uk",
    "webarchive.loc.gov", "swap.stanford.edu",
}  # fmt: skip
# The address that is held: /web/20200101000000id_/https://…, /newest/http://…, or without http:// after a time.
_HELD: Final = re.compile(
    r"/(?:[^/]+/){0,3}?"
    r"(?:(?P<full>https?(?::/{1,2}|%3A%2F%2F).+)|(?:[0-9]{4,14}|[0-9.]{10}-[0-9]{6}|newest|oldest)/(?P<bare>[^/]+\.[^/].*))",
    re.IGNORECASE | re.DOTALL,
)


def _is_tracking(part: str) -> bool:
    return _TRACKING.fullmatch(part.partition("=")[0].lower()) is not None


def _archived(address: Address) -> Address | str | None:
    """The page that an address of an archive is a copy of."""
    held = _HELD.fullmatch(address.path) if address.place.removeprefix("www.") in _ARCHIVES else None
    if held is None:
        return None
    inner = held["full"] or f"https://{held['bare']}"
    inner = unquote(inner) if re.match("https?%3A", inner, re.IGNORECASE) else re.sub("^(https?:)/*", r"\1//", inner)
    query = "" if address.query is None else f"?{address.query}"
    fragment = f"#{address.fragment}" if address.fragment else ""
    try:
        return _read(inner + query + fragment)
    except BadValue:
        return None
