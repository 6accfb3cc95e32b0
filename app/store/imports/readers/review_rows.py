"""ClaimReviews of a file → rows: their keys, and what they tell of speakers and documents, which may be told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from app.domain.record.addresses import normal_address
from app.domain.record.claim_review import identity_of, read_review
from app.domain.record.linked_data import Graph, Node
from app.domain.text.tokenizer import fold_name
from app.errors import BadValue, Problem
from app.store.database.notices import Notice
from app.store.imports.readers.files import RawRow, Reading, SourceFile
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import format_of

KEY: Final = "claimreview/{n}/{identity}"
MAX_KEY: Final = 512  # bytes
SHOWN: Final = 20  # properties that a message names


class ReviewRows:
    """Makes the rows of one file."""

    def __init__(self, file: SourceFile, reading: Reading) -> None:
        self._passed: dict[str, None] = {}  # types of nodes in documents without a review
        self._empty = 0  # those documents
        self._file, self._reading = file, reading
        self._is_page = format_of(file.path) == "html"
        self._read = 0
        self._left: Counter[str] = Counter()
        self._numbers: Counter[bytes] = Counter()  # claims by the digest of their review's identity
        self._first: dict[bytes, int] = {}  # the number of the first claim of a review, by the digest of the whole
        self._texts: set[bytes] = set()  # of reviews in scripts
        self._told: dict[bytes, tuple[bytes, int]] = {}  # what was told first of a speaker or document, and its line

    def of(
        self, review: Node, line: int, graph: Graph, page: str | None, *, is_printed: bool = True
    ) -> Iterator[RawRow]:
        """The rows of a review: one for each claim that it is about, and each speaker."""
        if self._is_repeated(review, is_printed):
            return
        self._read += 1
        said = read_review(review, graph, page, is_printed=is_printed)
        self._left.update(set(said.left))
        for warning in said.warnings:
            self._warn(line, warning)
        claims = list(self._whole(said.claims, identity_of(review, page), review, line))
        if said.problems:
            self._reading.refuse_row(self._file, line, said.problems, claims[0].get("key"), given=claims[0])
            return
        for claim in claims:
            yield RawRow("claims", -1, line, claim, None, {"members": claim} if self._reading.patches else None)

    def _whole(
        self, said: list[list[dict[str, Any]]], identity: str | None, review: Node, line: int
    ) -> Iterator[dict[str, Any]]:
        """The claims of a review with their keys and relations."""
        number = self._number(identity, review, sum(map(len, said)))
        for claims in said:
            keys = [_key(identity, number + n) for n in range(len(claims))]
            number += len(claims)
            for claim, key in zip(claims, keys, strict=True):
                others = [{"type": "jointly", "key": other} for other in keys if other != key and other]
                whole = self._once(claim, line) | ({"key": key} if key else {})
                yield whole | ({"relations": others} if others else {})

    def refuse(self, error: BadFile) -> None:
        """Note a part that cannot be read, as a row."""
        self._read += 1
        self._reading.refuse(self._file, error, rows=1)

    def pass_over(self, types: list[str]) -> None:
        """Note a document without a review, and the types of what it describes."""
        self._empty += 1
        if len(self._passed) < SHOWN:
            self._passed.update(dict.fromkeys(types))

    def tell_left(self) -> None:
        """Tell what claims have no place for, and how many lines held no review."""
        if self._empty and self._read:
            told = f"lines ({self._empty:,}) without a ClaimReview: {self._types or 'no linked data'}"
            self._warn(0, Problem((), "passed-over", told))
        if self._left:
            named = ", ".join(f"{path} ({count:,})" for path, count in self._left.most_common(SHOWN))
            more = f" and {len(self._left) - SHOWN} others" if len(self._left) > SHOWN else ""
            self._warn(0, Problem((), "no-place", f"left out, for a claim has no place for them: {named}{more}"))

    def require_some(self) -> None:
        """Raise BadFile where there was no review."""
        if not self._read:
            there = f", only {self._types}" if self._passed else ""
            told = f"there is no ClaimReview in it{there}; other linked data is not read"
            raise BadFile(told, 1, code="no-review")

    @property
    def _types(self) -> str:
        return ", ".join(list(self._passed)[:SHOWN])

    def _warn(self, line: int, problem: Problem) -> None:
        self._reading.warnings.add(Notice(self._file.name, line, problem))

    def _is_repeated(self, review: Node, is_printed: bool) -> bool:
        """Whether a page has the review in its scripts too."""
        texts = {_digest(fold_name(text)) for text in review.get("claimReviewed", ()) if isinstance(text, str)}
        if is_printed:
            self._texts |= texts if self._is_page else set()
            return False
        return bool(texts & self._texts)

    def _number(self, identity: str | None, review: Node, count: int) -> int:
        """The number of the first claim of a review among those of its identity. The same review again has the same."""
        of, whole = _digest(identity or ""), _digest(f"{identity} {review!r}")
        if whole not in self._first:
            self._first[whole] = self._numbers[of] + 1
            self._numbers[of] += count
        return self._first[whole]

    def _once(self, claim: dict[str, Any], line: int) -> dict[str, Any]:
        """The claim without what contradicts that which the file told before of its documents and its speaker."""
        citations = [one | {"source": self._source(one["source"], line)} for one in claim.get("citations", ())]
        speaker = claim.get("speaker")
        if speaker and speaker.get("name") and speaker.get("kind"):
            name, kind = speaker["name"], speaker["kind"]
            if first := self._told_first(f"speaker {fold_name(name)}", kind, line):
                told = f"{name!r:.80} is no {kind} by line {first}, which is kept"
                self._warn(line, Problem(("itemReviewed", "author", "@type"), "told-otherwise", told))
                speaker = {part: value for part, value in speaker.items() if part != "kind"}
        told_once = {"speaker": speaker, "citations": citations}
        return claim | {name: value for name, value in told_once.items() if value}

    def _source(self, source: dict[str, Any], line: int) -> dict[str, Any]:
        """The source; where the file told otherwise of it before, only what finds it."""
        handles = ("url",) if source.get("url") else ("title", "publisher", "published_on")
        handle = {name: source[name] for name in handles if name in source}
        details = {name: value for name, value in source.items() if name not in handle}
        which = _normal(source["url"]) if source.get("url") else repr(handle)
        first = self._told_first(f"source {which}", repr(details), line) if details else None
        if not first:
            return source
        told = f"{', '.join(details)} of {handle.get('url') or handle['title']:.120} are told otherwise at line {first}"
        self._warn(line, Problem(("citations", "source"), "told-otherwise", f"{told}, which is kept"))
        return handle

    def _told_first(self, what: str, details: str, line: int) -> int | None:
        """The line at which something else was told; None where that is the same, or nothing."""
        new = _digest(details)
        told, first = self._told.setdefault(_digest(what), (new, line))
        return None if told == new else first


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()[:12]


def _normal(url: str) -> str:
    try:
        return normal_address(url)
    except BadValue:
        return url


def _key(identity: str | None, number: int) -> str | None:
    if identity is None:
        return None
    key = KEY.format(n=number, identity=identity)
    if len(key.encode(errors="replace")) <= MAX_KEY:
        return key
    return KEY.format(n=number, identity=f"sha256:{sha256(identity.encode(errors='surrogatepass')).hexdigest()}")
