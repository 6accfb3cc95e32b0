"""Names → records: finds the speakers, sources and metrics that claims refer to, makes new ones, and changes them.

A reference fills blanks of what is stored and may not contradict it; a definition changes it. A reference to a merged
record means its survivor, and changes nothing of it. Documents are held in
memory until `flush`, which writes one version of each that changed. References and definitions come as `given` of
document.py gives them: a document of the fields that were set.
"""

from __future__ import annotations

from app.domain.quantities.units import fits_metric, parse_unit
from app.domain.record.keys import slug
from app.domain.record.records_in import is_bare_name
from app.errors import Problem, near
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.records.fields import GIVEN
from app.store.records.identity import fingerprint
from app.store.records.kinds import SHOWN_ONLY_INSIDE
from app.store.records.names import folded, sha256_of
from app.store.records.source_identity import address_of, document_of, has_own_key, wanted_source_key
from app.store.write.references import MOST_NAMED, bad, encoded_reference, fields_of
from app.store.write.same_titles import SameTitles, tells_of_one
from app.store.write.source_texts import SourceTexts
from app.store.write.speakers import SpeakerReferences
from app.store.write.stored_records import Shelf

MOST_COMPARED = 20  # other sources of what may be one document
MOST_REFERRED = 20_000  # references that are remembered
PREFIXES = {"source": "src", "speaker": "spk", "organization": "spk", "metric": "met"}  # by what is referred to
MAX_HINTS = 20  # new metrics that near ones are looked up for: it takes time under the lock


class Resolver(SpeakerReferences):
    """Finds or makes the records that claims refer to, within one revision."""

    def __init__(self, revision: Revision, index: IndexWriter) -> None:
        super().__init__(revision, index)
        self._hinted = 0  # new metrics that near ones were looked up for
        self.texts = SourceTexts(self.sources, self.merges)
        self._same_titles = SameTitles(revision)
        self._referred: dict[tuple[str, str], str] = {}  # references that were resolved, to their ids

    def taken(self) -> list[tuple[str, Problem]]:
        """The changed records with an identifier, address or name that is another's as well: (id, problem)."""
        return [*self.speakers.taken(), *self.sources.taken(), *self.metrics.taken()]

    def flush(self) -> None:
        """Write what changed."""
        for shelf in (self.speakers, self.sources, self.metrics):
            shelf.flush()
        self.definitions.flush()

    def forget(self) -> None:
        """Let go of what is written, where it is much: it can be read again."""
        for shelf in (self.speakers, self.sources, self.metrics):
            shelf.forget()
        self.definitions.forget()
        self.records.forget()
        if len(self._referred) > MOST_REFERRED:
            self._referred = {}

    def tell_counted(self) -> None:
        """Warn of names that are spelt otherwise than the records that they mean, and of sources of one title."""
        self._same_titles.tell()
        self.spellings.tell(self._told, self.last)

    def shelves(self) -> tuple[tuple[Shelf, tuple[str, ...]], ...]:
        """The shelves, with the sections of files that define their records."""
        return (self.sources, ("source", "sources")), (self.speakers, ("speakers",)), (self.metrics, ("metrics",))

    def referred(self, what: str, said: str) -> str | None:
        """The record that a reference meant before, which it always means. said: the encoded reference."""
        return self._referred.get((what, said))

    def refer(self, what: str, given: Doc, home: str | None, said: str | None = None) -> str:
        """The id of the `source`, `speaker`, `organization` or `metric` that a claim refers to; made where it is
        new. A merged one is given by its own id.

        home: the id of the claim's first source. said: the encoded reference, where it is made. A reference by what is
        one record's alone, that was resolved before in this revision to the letter, is not looked at again: it has
        filled in what it can.
        """
        said = encoded_reference(given) if said is None else said
        if not said or not (given.get("key") or given.get("id") or what == "metric"):
            return self._refer_anew(what, given, home)
        found = self._referred.get((what, said))
        if found is None:
            found = self._referred[what, said] = self._refer_anew(what, given, home)
        else:
            self.spellings.again(found, given)
        return found

    def _refer_anew(self, what: str, given: Doc, home: str | None) -> str:
        match what:
            case "source":
                return self.source(given)
            case "speaker":
                return self.speaker(given, home)
            case "organization":
                return self.organization(given, home)
        return self.metric(given)

    def add_merged(self, prefix: str, given: Doc, home: str | None) -> str:
        """Make a record as it was before it was merged; its id. home: of a speaker, the id of its one source."""
        shelf = next(one for one, _ in self.shelves() if one.prefix == prefix)
        if prefix != "spk":
            return shelf.add_merged(given["key"], fields_of(given, GIVEN[prefix]))
        fields = self._speaker_fields(given, home)
        inside = home if fields.get("kind") in SHOWN_ONLY_INSIDE else None
        return shelf.add_merged(given["key"], fields | {"source": inside})

    # Sources

    def define_source(self, given: Doc) -> tuple[str, str]:
        """Make or change a source; its id, and `created`, `updated` or `unchanged`."""
        found = self._find_source(given)
        if into := self._merged(found):
            return into, "unchanged"
        fields = self._source_fields(given)
        if found is None:
            return self._new_source(given, fields), "created"
        before = self.records[found]
        did = self.sources.define(found, fields | self.texts.from_folder(before["key"], given, found))
        if document_of(self.records[found]["url"]) != document_of(before["url"]):
            self._tell_same_document(found)
        if fingerprint(self.records[found]) != fingerprint(before):
            self._tell_same_title(found)
        return found, did

    def source(self, given: Doc) -> str:
        """The id of the source that a citation names; made where it is new."""
        found = self._find_source(given)
        if found and self.merges.into(found):
            return found
        fields = self._source_fields(given)
        if found is None:
            return self._new_source(given, fields)
        self.sources.fill(found, fields, lambda doc, name: folded(doc["title"] or "") == folded(name))
        if text := self.texts.from_folder(self.records[found]["key"], given, found):
            self.sources.change(found, text)
        self.spellings.add_others(found, given, self.records[found])
        return found

    def _find_source(self, given: Doc) -> str | None:
        found = self._by_id_or_key(self.sources, given)
        if found:
            return found
        url, key = given.get("url"), given.get("key")
        there = self.sources.named(f"url\x1f{address_of(url)}") if url else []
        if key is not None and has_own_key(given):
            taken = next((one for one in there if not has_own_key(self.last(one))), None)
            if taken:
                raise bad(f"the address is that of {self._told(taken)} already", "duplicate", "url")
            return None
        if there:
            return self._only(self._to_the_letter(url, there), f"the address {url}")
        if key is not None or given.get("title") is None:
            return None
        alike = self.sources.named(fingerprint(self._source_fields(given)))
        matches = [one for one in alike if url is None or self.last(one)["url"] is None]
        return self._only(matches, f"the title {given['title']}") if matches else None

    def _to_the_letter(self, url: str | None, there: list[str]) -> list[str]:
        """Of sources at one address those that are spelt so, if any, but not where all have keys of their own: earlier
        releases made one for each spelling.
        """
        if len(there) == 1 or all(has_own_key(self.last(one)) for one in there):
            return there
        return [one for one in there if self.last(one)["url"] == url] or there

    def _new_source(self, given: Doc, fields: Doc) -> str:
        if given.get("title") is None and given.get("url") is None:
            raise bad(f"there is no source {given.get('key')}, and no title or url to make one with", "unknown-source")
        key = given.get("key") or self._free_key(self.sources, wanted_source_key(given), fields)
        made = self._add(self.sources, key, fields | self.texts.from_folder(key, given), given)
        self._tell_same_document(made)
        self._tell_same_title(made)
        return made

    def _tell_same_document(self, source_id: str) -> None:
        """Warn where other sources are at other addresses of what is perhaps the same document."""
        url = self.records[source_id]["url"]
        if url is None:
            return
        others = self._others_named(f"doc\x1f{document_of(url)}", source_id)
        others = [one for one in others if address_of(self.last(one)["url"]) != address_of(url)]
        if others:
            told = f"{url} is perhaps the same document as {', '.join(map(self._told, others[:MOST_NAMED]))}"
            self.revision.warn(Problem((), "same-document", f"{told}: both count as one"))

    def _tell_same_title(self, source_id: str) -> None:
        """Note a source where others have the same title, publisher and date."""
        own = self.records[source_id]
        if own["title"] is None:
            return
        others = [one for one in self._others_named(fingerprint(own), source_id) if not self._is_near(own, one)]
        others = [one for one in others if tells_of_one(own, self.last(one))]
        if others:
            self._same_titles.note(own, self._told(source_id), [*map(self._told, others)])

    def _is_near(self, source: Doc, other: str) -> bool:
        """Whether another source is at an address of the same document, which is told of as that."""
        url = source["url"]
        return url is not None and document_of(self.last(other)["url"]) == document_of(url)

    def _others_named(self, handle: str, source_id: str) -> list[str]:
        named = map(self.merges.survivor, self.sources.named(handle, most=MOST_COMPARED))
        return [one for one in dict.fromkeys(named) if one != source_id]

    def _source_fields(self, given: Doc) -> Doc:
        fields = fields_of(given, GIVEN["src"])
        if given.get("text") is not None:
            fields["text_sha256"] = self.texts.keep(given["text"])
        return fields

    # Metrics

    def define_metric(self, given: Doc) -> tuple[str, str]:
        """Make or change a metric; its id, and `created`, `updated` or `unchanged`."""
        found, fields = self._find_metric(given), fields_of(given, GIVEN["met"])
        if found and self.merges.into(found) and given.get("unit") is not None:
            self.units.require_own(found, given["unit"])
        if into := self._merged(found):
            return into, "unchanged"
        if found is None:
            return self._new_metric(given, fields), "created"
        if given.get("unit") is not None:
            self._require_same_dimension(found, given["unit"])
        return found, self.metrics.define(found, fields)

    def _require_same_dimension(self, metric_id: str, unit: str) -> None:
        """Figures of a metric are in units of its dimension; a definition does not change that behind them."""
        found = self.other_unit(metric_id, unit)
        if found is not None:
            detail = f"{parse_unit(unit)} does not fit stored figures in {parse_unit(found)}"
            raise bad(f"{detail}; write {found} or a unit that converts into it", "wrong-dimension", "unit")

    def other_unit(self, metric_id: str, unit: str) -> str | None:
        """The unit of a stored figure of a metric that does not convert into this one."""
        shared, known = parse_unit(unit), self.records[metric_id]["unit"]
        if known and parse_unit(known).dimension == shared.dimension:
            return None  # all figures were checked against that
        units = sorted(self.showing.figure_units(metric_id), key=str)
        return next((own for own, change in units if not fits_metric(parse_unit(own), shared, change)), None)

    def metric(self, given: Doc) -> str:
        """The id of the metric that a figure names; a new one warns, and lists near ones."""
        found, fields = self._named_metric(given), fields_of(given, GIVEN["met"])
        name = given.get("name")
        if found is None:
            made = self._new_metric(given, fields)
            self._hinted += 1
            alike = near(name or "", self.metrics.some_names() - {name or ""}) if self._hinted <= MAX_HINTS else ()
            hint = f"; near: {', '.join(alike)}" if alike else ""
            self.revision.warn(Problem((), "new-metric", f"new metric {name!r}{hint}"))
            return made
        if self.merges.into(found):
            return found
        if given.get("unit") is not None and self.records[found]["unit"] is None:
            self._require_same_dimension(found, given["unit"])
        self.metrics.fill(found, fields, lambda doc, name: name == doc["key"] or folded(doc["name"]) == folded(name))
        self.spellings.add_others(found, given, self.records[found])
        return found

    def _named_metric(self, given: Doc) -> str | None:
        """The metric that a figure names: the short form may give its name or its key. Raises BadRecord for a text that
        is one metric's name and another's key.
        """
        found, name = self._find_metric(given), given.get("name")
        if name is None or given.get("key") is not None or not (found is None or is_bare_name(given)):
            return found
        of_key = self.revision.id_of("met", name)
        if found and of_key and self.merges.survivor(found) != self.merges.survivor(of_key):
            told = f"the text {name} is the name of {self._told(found)}, and the key of {self._told(of_key)}"
            raise bad(f"{told}; write {{name: {name}}} or {{key: {name}}} for the one that is meant", "ambiguous-name")
        return found or of_key

    def _find_metric(self, given: Doc) -> str | None:
        found = self._by_id_or_key(self.metrics, given)
        name = given.get("name")
        if found is not None or name is None:
            return found
        matches = self.metrics.named(folded(name))
        if matches and given.get("key") is not None:
            raise bad(f"the name {name} is that of {self._told(matches[0])} already", "duplicate", "name")
        if len(matches) > 1:  # alike since the word rules changed: to the letter they differ
            exact = [one for one in matches if name in (self.last(one)["name"], self.last(one)["key"])]
            matches = exact or matches
        return self._only(matches, f"the name {name}") if matches else None

    def _new_metric(self, given: Doc, fields: Doc) -> str:
        if given.get("name") is None:
            raise bad(f"there is no metric {given.get('key')}, and no name to make one with", "unknown-metric")
        key = given.get("key") or self._free_key(self.metrics, slug(given["name"]) or sha256_of(given["name"]), fields)
        return self._add(self.metrics, key, fields, given)
