"""Claims that are rendered anew: whether their words still stand in the text of their source, and what they lose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from app.domain.text.quote_parts import WORD
from app.errors import Problem
from app.store.history.revision import Revision
from app.store.records.document import Doc


class Verified:
    """Counts and tells what other texts of sources, or other sources, make of stored claims.

    texts: ids of the sources that were given another text in this revision, as they become known.
    """

    def __init__(self, revision: Revision, texts: Container[str]) -> None:
        self._revision = revision
        self._texts = texts
        self._counts: Counter[str] = Counter()
        self.emptied: Counter[str] = Counter()  # the claims that lose roles by tenure: `roles`, `some of roles`

    def note(self, old: Doc, new: Doc) -> None:
        """Count the citations whose text is another, and warn of a claim that loses its words by now."""
        counted = old["revision"] == self._revision.number  # as a row of this import
        pairs = list(zip(old["citations"], new["citations"], strict=True))
        for before, after in pairs:
            if after["source"]["id"] in self._texts:
                self._counts[after["verification"]] += 1
                self._counts[before["verification"]] -= counted
        others = [after for before, after in pairs if after["verification"] != before["verification"]]
        for problem in quote_warnings(new, others):
            self._revision.warn(problem)

    def note_roles(self, old: Doc, new: Doc) -> None:
        """Count a claim whose roles follow from tenures, and are fewer by now."""
        if len(new["roles"]) < len(old["roles"]):
            self.emptied["some of roles" if new["roles"] else "roles"] += 1

    def take(self) -> Counter[str]:
        """How many citations have which verification, to be added to those of rows; each is given once."""
        counts, self._counts = self._counts, Counter()
        return counts


def quote_warnings(claim: Doc, citations: Iterable[Doc]) -> Iterator[Problem]:
    """The warnings of a claim with these citations whose words were looked for, one of each kind."""
    of_status = {citation["verification"]: citation for citation in reversed(list(citations))}
    for status in ("not_found", "ambiguous"):
        if citation := of_status.get(status):
            what = "its words are" if claim["quote"] else "the exact words of its locator are"
            said = f"{claim['key']}: {what} {status} in the text of the source"
            yield Problem(
                (), f"quote-{status.replace('_', '-')}", said + _why(status, claim, citation["locator"] or {})
            )


def _why(status: str, claim: Doc, locator: Doc) -> str:
    """Why words have a verification, where that is not what one expects, or what settles it."""
    if status == "not_found":
        has_words = WORD.search(claim["quote"] or locator["exact"])
        return "" if has_words else ": there is neither a letter nor a digit in them"
    if locator.get("prefix") or locator.get("suffix"):
        return ", and locator.prefix and suffix do not tell one place from the others"
    return "; locator.prefix or suffix tells which place is meant"
