"""A claim's document → how to cite it: as plain text, as BibTeX, and as CSL-JSON (citationstyles.org).

The thing to cite is `key@revision`: the key stays, and as of that revision the claim reads as it was cited. Names are
given whole: which part of one is the family's is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from app.domain.dates.edtf import Edtf, parse_edtf
from app.domain.dates.words import date_in_words

Doc = Mapping[str, Any]

DATABASE: Final = "OnRecord"
_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_PLAIN: Final = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)?")
_SEASON: Final = re.compile(r"([0-9]{4})-2([1-4])[~?%]?")
_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:/+_-]*")  # a name of an entry that all programs read
_ESCAPES: Final = {
    **{sign: f"\\{sign}" for sign in "&%$#_"},
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # \{ would count as a brace that is not closed
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


class Cited(NamedTuple):
    """The content of citations of a claim. name: `key@revision`. source: the first document that has it."""

    name: str
    url: str
    words: str
    speaker: str | None
    role: str | None
    said_on: str | None
    source: Doc
    is_retracted: bool
    doc: Doc

    @property
    def place(self) -> str:
        """The document: its title, publisher and date."""
        published = self.source["published_on"] and date_in_words(self.source["published_on"]["edtf"])
        return ", ".join(
            filter(None, (self.source["title"] or self.source["url"], self.source["publisher"], published))
        )

    @property
    def note(self) -> str:
        """The rest, which has no field of its own in a bibliography."""
        retracted = "Retracted claim" if self.is_retracted else "Claim"
        return f"{retracted} {self.name} in {DATABASE}{f'; said as {self.role}' if self.role else ''}"


def cited(doc: Doc, base: str) -> Cited:
    """The content of a citation of a claim, by its document. base: the address that paths of claims are relative to."""
    role = doc["roles"][0] if doc["roles"] else {}
    organization = (role.get("organization") or {}).get("name")
    status = role.get("status")
    title = ", ".join(filter(None, (role.get("title"), organization))) or None
    return Cited(
        f"{doc['key']}@{doc['revision']}",
        f"{base}claims/by-key/{quote(doc['key'], safe='/')}?as_of={doc['revision']}",
        " ".join((f"“{doc['quote']}”" if doc["quote"] else doc["paraphrase"]).split()),
        doc["speaker"] and doc["speaker"]["name"],
        title and (title if status == "current" else f"{status} {title}"),
        doc["said_on"] and doc["said_on"]["edtf"],
        doc["citations"][0]["source"],
        doc["status"] == "retracted",
        doc,
    )


def as_text(claim: Cited) -> str:
    """One line to read."""
    said = f" Said {date_in_words(claim.said_on)}." if claim.said_on else ""
    who = ", ".join(filter(None, (claim.speaker, claim.role)))
    words = claim.words if claim.words[-1] in ".?!…”" else f"{claim.words}."
    name = f"{claim.name}{' (retracted)' if claim.is_retracted else ''}"
    before = f"{who}: " if who else ""
    return f"{before}{words}{said} In: {claim.place}. {DATABASE}, claim {name}, {claim.url}"


# CSL-JSON


def as_csl(claim: Cited) -> list[dict[str, Any]]:
    """The items of CSL-JSON, one."""
    source = claim.source
    item = {
        "id": claim.name,
        "type": "entry",
        "title": claim.words,
        "author": claim.speaker and [{"literal": claim.speaker}],
        "issued": csl_date(claim.said_on),
        "container-title": source["title"],
        "publisher": source["publisher"],
        "original-date": csl_date(source["published_on"] and source["published_on"]["edtf"]),
        "language": claim.doc["language"],
        "archive": DATABASE,
        "archive_location": claim.name,
        "note": claim.note,
        "URL": claim.url,
    }
    return [{name: value for name, value in item.items() if value}]


def csl_date(edtf: str | None) -> dict[str, Any] | None:
    """A date of CSL-JSON: the parts alone where it is a year, month or day; else its parts and the words for it, which
    processors print as they are. None where nothing is known.
    """
    if edtf is None or (parsed := parse_edtf(edtf)).is_unknown:
        return None
    if _PLAIN.fullmatch(edtf):
        return {"date-parts": [_parts(edtf)]}
    found: dict[str, Any] = {"date-parts": _bounds(edtf, parsed), "literal": date_in_words(edtf)}
    if season := _SEASON.fullmatch(edtf):
        found |= {"date-parts": [[int(season[1])]], "season": int(season[2])}
    return found | ({"circa": True} if parsed.is_qualified else {})


def _parts(text: str) -> list[int]:
    return [int(part) for part in text.split("-")]


def _bounds(edtf: str, parsed: Edtf) -> list[list[int]]:
    """The parts of a date, or of both ends; of what is no plain date its first and last day."""
    ends = [end.rstrip("~?%")[:10] for end in edtf.split("/")]
    if all(map(_PLAIN.fullmatch, ends)):
        return [_parts(end) for end in ends]
    return [_parts(day.isoformat()) for day in (parsed.earliest, parsed.latest) if isinstance(day, date)]


# BibTeX


def as_bibtex(claim: Cited) -> str:
    """An entry for BibTeX and biblatex, which reads EDTF in `date`. Nothing is escaped in `url`: it is set verbatim."""
    key = claim.doc["key"]
    name = f"{key if _SAFE.fullmatch(key) else claim.doc['id']}:{claim.doc['revision']}"
    fields = {
        "author": claim.speaker and f"{{{_escaped(claim.speaker)}}}",
        "title": f"{{{_escaped(claim.words)}}}",
        "date": claim.said_on,
        **_year(claim.said_on),
        "howpublished": f"In: {_escaped(claim.place)}",
        "note": _escaped(claim.note),
        "url": claim.url,
    }
    written = [(field, value if field == "month" else f"{{{value}}}") for field, value in fields.items() if value]
    lines = [f"  {field} = {value},\n" for field, value in written]
    return f"@misc{{{name},\n{''.join(lines)}}}\n"


def _year(said_on: str | None) -> dict[str, str]:
    """The fields of BibTeX; its months are macros."""
    if said_on is None:
        return {}
    if not _PLAIN.fullmatch(said_on):
        return {"year": date_in_words(said_on)}
    year, *month = _parts(said_on)
    return {"year": str(year)} | ({"month": _MONTHS[month[0] - 1]} if month else {})


def _escaped(text: str) -> str:
    """A text for LaTeX, on one line; its letters stay as they are (UTF-8)."""
    return "".join(_ESCAPES.get(sign, sign) for sign in " ".join(text.split()))
