"""The draft of a mapping as a text: what was seen of each column, what it is mapped to, and what is left to decide."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from app.domain.record.targets import targets_of
from app.domain.text.controls import shown
from app.store.imports.drafts.columns import Column, are_different, columns_of, example
from app.store.imports.drafts.expressions import Proposed, propose, turned
from app.store.imports.drafts.file_seen import FileSeen, see_file, see_folder
from app.store.imports.drafts.matches import WORDS, Match, Matches, match_columns
from app.store.imports.readers.archives import is_archive

TO_DO: Final = "TO DO"
WIDTH: Final = 100  # columns of a comment
_PLAIN: Final = re.compile(r"[^\W\d][\w./ -]*[\w.]|[^\W\d]")  # a text that YAML takes as it stands
_NO_TEXTS: Final = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")


def draft_mapping(path: Path) -> str:
    """The draft of a mapping for a file, or for the files of a folder, as YAML with comments.

    Raises BadImport where the file cannot be read, holds no records, or needs no mapping.
    """
    seen = see_folder(path) if path.is_dir() or is_archive(path) else see_file(path)
    matches = match_columns(columns_of(seen.records))
    return _Draft(seen, matches).text()


def as_yaml(value: object) -> str:
    """A value of a mapping as YAML has it: plain texts as they stand, others in double quotes."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NO_TEXTS and ": " not in value:
        return value
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_yaml, value))}]"
    return json.dumps(value, ensure_ascii=False)


class _Draft:
    def __init__(self, seen: FileSeen, matches: Matches) -> None:
        self._seen = seen
        self._matches = matches
        self._types = {target.name: target.type for target in targets_of(matches.record)}
        self._to_do: list[str] = []

    def text(self) -> str:
        """The draft."""
        body = [*self._form(), f"{self._matches.record}:", *self._members(), *self._ignored()]
        return "\n".join((*self._head(), *body)) + "\n"

    def _head(self) -> Iterator[str]:
        name, count = shown(self._seen.path.name), len(self._seen.records)
        all_of = "the one record" if count == 1 else f"all {count:,} records"
        read = all_of if self._seen.is_all else f"the first {count:,} records; the rest was not read"
        yield f"# A draft of a mapping for {name}, made from {read}."
        yield f"# Try it: onrecord mapping check THIS-FILE {_in_shell(name)}"
        for remark in self._seen.remarks:
            yield from _comment(f"{remark[0].upper()}{remark[1:]}.", "")
        if self._to_do:
            yield f"# A person has to decide, at the lines marked {TO_DO}:"
            for to_do in self._to_do:
                yield from _comment(f"- {to_do}", "")
        else:
            yield "# Nothing has to be filled in; whether it is right, a person has to say."

    def _form(self) -> Iterator[str]:
        form, dialect = self._seen.form, self._seen.form.dialect
        stated: dict[str, object] = {"format": form.format, "encoding": dialect.encoding}
        stated |= {"delimiter": dialect.delimiter, "quoting": dialect.quoting}
        stated |= {"header": None if form.header else False, "columns": list(form.columns) or None}
        stated |= {"records": form.records, "sheet": form.sheet}
        for name, value in stated.items():
            if value is not None:
                note = self._seen.notes.get(name)
                yield f"{name}: {as_yaml(value)}" + (f"  # {note}" if note else "")

    def _members(self) -> Iterator[str]:
        found = self._matches.found
        taken = {one.target for one in found}
        if self._matches.record == "claim":
            yield from self._keyless(found)
            yield from self._wordless(taken)
        for match in found:
            yield from self._member(match)
        if self._matches.record == "claim":
            yield from self._sourceless(found)
            if "language" not in taken:
                yield "  # language: en  # of the words, where it is one for all"
        if taken & {"speaker.name", "name"} and not taken & {"speaker.kind", "kind"}:
            kind = "kind" if "name" in taken else "speaker.kind"
            yield f"  # {kind}: person  # where all of them are persons; or organization, group, unnamed"

    def _keyless(self, found: Sequence[Match]) -> Iterator[str]:
        if any(one.target == "key" for one in found):
            return
        for column in self._matches.rest:
            if column.is_named_as_key and (told := column.repeats):
                yield from _comment(f"{column.name} is no key by itself: {told}")
        own = next((one for one in self._matches.rest if one.may_be_key and are_different([one])), None)
        if own is not None:
            yield from _comment(f"key: {own.name} is different in each record, and may be what claims are known by:")
            yield f'  # key: "{_stem(self._seen.path)}/{{{{ {own.expression} }}}}"'
            return
        told = (
            "key: no column has a value of its own in each record. Without a key, a claim is known by its speaker,"
            " words, date and source: one that is corrected later is a new claim."
        )
        pair = self._pair(found)
        if pair:
            told += f" {pair[0].name} and {pair[1].name} together are different in each record:"
        yield from _comment(told)
        if pair:
            parts = "/".join(f"{{{{ {column.expression} | slug }}}}" for column in pair)
            yield f'  # key: "{_stem(self._seen.path)}/{parts}"'

    def _pair(self, found: Sequence[Match]) -> tuple[Column, Column] | None:
        """Two columns that are different in each record together: of the speaker, and of the date or source."""
        speakers = [one.column for one in found if one.target == "speaker.name" and not one.behind]
        others = [one.column for one in found if one.target in ("said_on", "source.url", "assessments.0.url")]
        pairs = ((one, other) for one in speakers for other in others)
        return next((pair for pair in pairs if are_different(pair)), None)

    def _wordless(self, taken: set[str]) -> Iterator[str]:
        if not taken & set(WORDS):
            to_do = "the column that holds the words; a claim needs a quote or a paraphrase"
            yield from self._marked("quote", to_do)
            yield '  # quote: "{{ … }}"'

    def _marked(self, target: str, to_do: str) -> Iterator[str]:
        """A comment that says what a person has to decide for the next line."""
        self._to_do.append(f"{target}: {to_do}")
        yield from _comment(f"{TO_DO}: {to_do}")

    def _sourceless(self, found: Sequence[Match]) -> Iterator[str]:
        taken = {one.target for one in found}
        checks = [one for one in found if one.target == "assessments.0.url"]
        if checks and "source.url" not in taken:
            yield "  # The review, as the document in which the claim stands"
            yield f"  source.url: {propose(checks[0].column, 'address (URL)').template}"
        elif not taken & {"source.title", "source.url"}:
            to_do = "the document in which the claims stand: its title or address, in place of the file's name"
            yield from self._marked("source.title", to_do)
            yield f"  source.title: {as_yaml(self._seen.path.name)}"

    def _member(self, match: Match) -> Iterator[str]:
        column, target = match.column, match.target
        by = ", by what it holds" if match.by == "content" else ""
        yield from _comment(f"{column.name}{by}: {column.seen}")
        if match.behind:
            yield from _comment(f"{match.behind.name}: {match.behind.seen}")
        proposed = self._needing(match) or self._proposed(match)
        for note in proposed.notes:
            yield from _comment(note)
        if proposed.to_do:
            yield from self._marked(target, proposed.to_do)
        if target in ("speaker.name", "name") and not match.behind and (other := turned(column)):
            yield from _comment(
                f"names stand as in {example(column.sample[0])}; to turn them, in place of the next line:"
            )
            yield f"  # {target}: {other}"
        line = f"{target}: {proposed.template}"
        yield f"  # {line}" if proposed.is_off else f"  {line}{_aside(target)}"

    def _proposed(self, match: Match) -> Proposed:
        kind = self._types.get(match.target, "text")
        if match.behind:
            parts = " ".join(f"{{{{ {column.expression} }}}}" for column in (match.column, match.behind))
            return Proposed(json.dumps(parts, ensure_ascii=False))
        if match.target != "key":
            return propose(match.column, kind)
        told = f"{_stem(self._seen.path)}/{{{{ {match.column.expression} }}}}"
        return Proposed(json.dumps(told, ensure_ascii=False))

    def _needing(self, match: Match) -> Proposed | None:
        """The same for a part of an assessment or figure that lacks what these cannot be without."""
        element, _, _ = match.target.rpartition(".")
        needed = {"assessments.0": "publisher", "figures.0": "metric"}.get(element)
        if needed is None or any(one.target == f"{element}.{needed}" for one in self._matches.found):
            return None
        proposed = self._proposed(match)
        what = "who publishes these verdicts" if needed == "publisher" else "what is measured, and its unit"
        to_do = "; ".join(filter(None, (f"name {element}.{needed} beside it: {what}", proposed.to_do)))
        return proposed._replace(to_do=to_do, is_off=True)

    def _ignored(self) -> Iterator[str]:
        if not self._matches.rest or not self._seen.records:
            return
        names = dict.fromkeys(column.steps[0] for column in self._matches.rest)
        used = {one.column.steps[0] for one in self._matches.found}
        ignored = [name for name in names if name not in used]
        inner = [column for column in self._matches.rest if column.steps[0] in used]
        if ignored:
            yield "ignore:  # columns that nothing above uses"
        for name in ignored:
            columns = [column for column in self._matches.rest if column.steps[0] == name]
            told = f"{len(columns)} members" if len(columns) > 1 else f"{columns[0].seen}{_perhaps(columns[0])}"
            yield f"  - {as_yaml(name)}  # {told}"
        if inner:
            yield "# Not used of what stands inside of columns that are:"
            yield from (f"#   {column.expression}: {column.seen}{_perhaps(column)}" for column in inner)


def _comment(text: str, indent: str = "  ") -> Iterator[str]:
    """Lines of a comment, as wide as is read well."""
    yield from textwrap.wrap(text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ")


def _aside(target: str) -> str:
    if target == "paraphrase":
        return "  # or quote, if these are the exact words"
    return "  # or paraphrase, unless these are the exact words" if target == "quote" else ""


def _perhaps(column: Column) -> str:
    """A guess for a comment: nothing tells for sure what the column is."""
    if column.kind == "objects":
        return "; see `each` and `explode`"
    if column.kind == "list" or (column.kind in ("words", "text") and column.separator):
        return "; perhaps topics"
    if column.kind == "number" and not column.is_year and not column.is_id:
        return "; perhaps a figure"
    if column.kind == "truth":
        return "; yes or no: for skip_when, or a condition"
    if column.kind == "words" and column.groups and len(column.texts) > 1:
        return "; perhaps topics, or a rating"
    return ""


def _stem(path: Path) -> str:
    return shown(path.name.split(".")[0]).replace('"', "").replace("\\", "").replace("{", "").strip() or "claims"


def _in_shell(name: str) -> str:
    return name if re.fullmatch(r"[\w./-]+", name) else "'" + name.replace("'", "'\\''") + "'"
