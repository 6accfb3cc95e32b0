"""The tables. Nothing of the record is overwritten: a change closes one version (`until`) and inserts the next.

A version of a claim is known by its `number`: versions are numbered 1, 2, 3, … in the order of commit, and within a
revision in the order of writing. A number is never given twice; a version that its own revision replaces leaves a hole.
The parts of a claim are keyed (number, n). Versions of speakers, sources and metrics are keyed (id, since); those of
speakers have numbers of their own besides, as the index finds them by.

Queries read the index (tables `index_*`, see app/store/index/); the other tables have only the indexes that writing
needs. There are no foreign keys: what spans rows is checked under the writer lock, and each would cost every import a
look-up. All tables stand in this one file, long as it is, because that is where one looks for them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.domain.quantities import figures
from app.domain.text import quote_matcher

String = Text().with_variant(Text(collation="C"), "postgresql")
Counter = BigInteger().with_variant(Integer, "sqlite")  # SQLite aliases its rowid only for INTEGER
TYPES = ("clm", "spk", "src", "met")  # of records: how their ids begin
OPEN_START, OPEN_END = 0, 1 << 22  # day numbers before and after every date


class Base(DeclarativeBase):
    """The base of all tables: the names of constraints, and the types of columns."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {int: Counter, str: String, bool: Boolean}  # noqa: RUF012  # SQLAlchemy's own form


def _one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(v) for v in values)})", name=name)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, postgresql_where=condition, sqlite_where=condition)


def _current(name: str, *columns: str, unique: bool = False) -> Index:
    return _partial(name, *columns, where="until IS NULL", unique=unique)


class Revision(Base):
    """One committed change of the database; numbers are given in the order of commits."""

    __tablename__ = "revisions"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_at: Mapped[str]  # UTC, ISO 8601 with microseconds
    actor: Mapped[str]
    comment: Mapped[str | None]
    counts: Mapped[str]  # JSON: created, updated, …
    merges: Mapped[int | None]  # records that were merged until then; null for none
    undoes: Mapped[int | None]  # the revision that this one takes back
    purged: Mapped[int | None]  # the last revision until then that purged records; null for none


class IdCounter(Base):
    """The last number given to a type of record."""

    __tablename__ = "id_counters"
    type: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class RecordKey(Base):
    """The natural key of each record, its own for ever."""

    __tablename__ = "record_keys"
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str]
    __table_args__ = (Index("uq_record_keys_type_key", "type", "key", unique=True),)


class Merge(Base):
    """A record that is part of another since a revision. One merged into a record that is merged later has two
    rows, the first of which is closed then: each row names a record that is not merged itself.
    """

    __tablename__ = "merges"
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[int | None]
    into_id: Mapped[int]
    ended: Mapped[int]  # the revision that it was merged in first: its last version is closed by that
    __table_args__ = (
        _one_of("type", TYPES, "type"),
        CheckConstraint("id <> into_id", name="into_another"),
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        CheckConstraint("ended <= since", name="ended"),
        _current("uq_merges_current_id", "type", "id", unique=True),
        Index("ix_merges_since", "since", "type", "id"),
    )


class EndedRecord(Base):
    """A record that ended with a revision: its creation was undone, or its content purged. One whose key was given
    again after that has current versions.

    kind: `thinned` is of a claim that did not end: versions of it were purged, since they showed a purged record.
    key_hash: of the key of a purged record, which is nowhere else (see records/key_hashes.py); null where that is
    forgotten, too.
    """

    __tablename__ = "ended_records"
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    key_hash: Mapped[str | None]
    __table_args__ = (
        _one_of("type", TYPES, "type"),
        _one_of("kind", ("undone", "purged", "thinned"), "kind"),
        Index("ix_ended_records_revision", "revision", "type", "id"),
        _partial("ix_ended_records_key_hash", "key_hash", where="key_hash IS NOT NULL"),
    )


class Following(Base):
    """The server that this database follows, and the newest revision that came from there. One row, or none: where
    all revisions are the database's own.
    """

    __tablename__ = "following"
    server: Mapped[str] = mapped_column(primary_key=True)  # its URL
    revision: Mapped[int]


class DerivedVersion(Base):
    """A version of what is derived (see derived_versions.py), and the revision since which documents follow it."""

    __tablename__ = "derived_versions"
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int]


class Claim(Base):
    """One version of a claim, as far as writing looks it up."""

    __tablename__ = "claims"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int]
    version: Mapped[int]
    since: Mapped[int]
    until: Mapped[int | None]
    status: Mapped[str]
    speaker_id: Mapped[int | None]
    language: Mapped[str | None]
    said_on: Mapped[str | None]  # EDTF
    words_hash: Mapped[int]  # of the folded quote, else paraphrase
    facts_hash: Mapped[int]  # of what the index has of it, by which a change is told that the document does not show
    __table_args__ = (
        _one_of("status", ("active", "retracted"), "status"),
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        _current("uq_claims_current_id", "id", unique=True),
        Index("uq_claims_id_since", "id", "since", unique=True),
        _current("ix_claims_words", "words_hash"),
    )


class Document(Base):
    """A version's words, for who reads the tables, and the whole record as it is served: JSON, never patched."""

    __tablename__ = "documents"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    doc: Mapped[str]
    quote: Mapped[str | None]
    paraphrase: Mapped[str | None]
    __table_args__ = (CheckConstraint("quote IS NOT NULL OR paraphrase IS NOT NULL", name="words"),)


class Role(Base):
    """The speaker's role at that time."""

    __tablename__ = "roles"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    title: Mapped[str | None]
    organization_id: Mapped[int | None]
    status: Mapped[str]
    basis: Mapped[str]
    __table_args__ = (
        _one_of("status", ("current", "former", "acting"), "status"),
        _one_of("basis", ("stated", "tenure"), "basis"),
        CheckConstraint("title IS NOT NULL OR organization_id IS NOT NULL", name="says_something"),
    )


class Figure(Base):
    """A number in a claim, with its exact digits as text."""

    __tablename__ = "figures"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    metric_id: Mapped[int]
    comparator: Mapped[str]
    value: Mapped[str | None]
    low: Mapped[str | None]
    high: Mapped[str | None]
    unit: Mapped[str]
    kind: Mapped[str]
    change: Mapped[str | None]
    period: Mapped[str | None]  # EDTF
    __table_args__ = (
        _one_of("comparator", figures.COMPARATORS, "comparator"),
        _one_of("kind", figures.KINDS, "kind"),
        _one_of("change", figures.CHANGES, "change"),
        CheckConstraint("value IS NOT NULL OR comparator = 'between'", name="value"),
        CheckConstraint("low IS NOT NULL OR high IS NOT NULL", name="bounded"),
    )


class Topic(Base):
    """A topic of a claim."""

    __tablename__ = "topics"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    topic: Mapped[str]


class Citation(Base):
    """A source that has a claim. The locator is in the document."""

    __tablename__ = "citations"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    source_id: Mapped[int]
    verification: Mapped[str]
    __table_args__ = (_one_of("verification", quote_matcher.STATUSES, "verification"),)


class Assessment(Base):
    """A verdict that somebody published on a claim."""

    __tablename__ = "assessments"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    publisher: Mapped[str]
    rating: Mapped[str | None]


class Relation(Base):
    """How a claim bears on another."""

    __tablename__ = "relations"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    type: Mapped[str]
    claim_id: Mapped[int]
    __table_args__ = (
        _one_of("type", ("supports", "contradicts", "updates", "restates", "answers", "jointly"), "type"),
    )


class IndexSegment(Base):
    """A part of the postings: what the revisions from `first` to `last` added. Large revisions have several."""

    __tablename__ = "index_segments"
    segment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[int]
    last: Mapped[int]
    size: Mapped[int]  # versions of claims and speakers
    ranges: Mapped[str]  # JSON: for each family the first and the last of its numbers


class Posting(Base):
    """The numbers that have a term in one segment (see index/bitmaps.py for the bytes).

    Rows of a segment that index_segments does not name are being made, or are yet to be deleted (see IndexMerge).
    """

    __tablename__ = "index_postings"
    segment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    term: Mapped[bytes] = mapped_column(primary_key=True)
    numbers: Mapped[bytes]
    __table_args__ = ({"sqlite_with_rowid": False},)


class IndexColumn(Base):
    """One value for each of the numbers from `first` to `last` of a family: days, ids, amounts."""

    __tablename__ = "index_columns"
    name: Mapped[str] = mapped_column(primary_key=True)  # with that of the family before it: claim.first_day
    first: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    data: Mapped[bytes]


class IndexTokens(Base):
    """The words of a version's texts, in order, on which phrases are checked."""

    __tablename__ = "index_tokens"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tokens: Mapped[str]


class RecentPart(Base):
    """Additions of a small revision to postings and columns, until enough of them become a segment."""

    __tablename__ = "index_recent"
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int]  # versions of claims and speakers
    part: Mapped[bytes]


class IndexRevision(Base):
    """One revision of the index. They are counted by `place`: 1, 2, 3, …

    claims, speakers: the versions that end with it and with so many revisions before it as `place` says: 1, or the
    highest power of 4 that divides it. So a few rows have all that ended until any revision.
    """

    __tablename__ = "index_revisions"
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
    mark: Mapped[int]  # drawn at random: a number that is given again, after commits were lost, has another
    lasts: Mapped[bytes]  # the last number of each family
    claims: Mapped[bytes]
    speakers: Mapped[bytes]
    __table_args__ = (Index("uq_index_revisions_revision", "revision", unique=True),)


class IndexState(Base):
    """One row: the newest row of index_revisions, and what changes without a revision.

    segments: the last number given to a segment. layout: drawn anew whenever the list of segments changes. lineage:
    drawn anew when the index is made anew.
    """

    __tablename__ = "index_state"
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
    mark: Mapped[int]
    lasts: Mapped[bytes]
    layout: Mapped[int]
    lineage: Mapped[int]
    segments: Mapped[int]


class IndexMerge(Base):
    """Segments that are being merged into one, a stretch of terms at a time; then their rows are deleted.

    after: the last term that was merged. listed: whether index_segments names the new one instead of them by now.
    """

    __tablename__ = "index_merges"
    segment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sources: Mapped[str]  # JSON: their numbers
    after: Mapped[bytes]
    listed: Mapped[bool]


class Speaker(Base):
    """One version of a speaker, with the document that is served. number: that of the version, in the index."""

    __tablename__ = "speakers"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[int | None]
    version: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str | None]  # null until it is stated
    source_id: Mapped[int | None]  # where a group or an unnamed speaker belongs
    doc: Mapped[str]
    number: Mapped[int]
    __table_args__ = (
        _one_of("kind", ("person", "organization", "group", "unnamed"), "kind"),
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        _current("uq_speakers_current_id", "id", unique=True),
        Index("uq_speakers_number", "number", unique=True),
    )


class SpeakerName(Base):
    """A name that a version of a speaker goes by; n = 0 is the usual one."""

    __tablename__ = "speaker_names"
    speaker_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    until: Mapped[int | None]
    name: Mapped[str]
    folded: Mapped[str]
    __table_args__ = (Index("ix_speaker_names_folded", "folded"),)


class SpeakerWord(Base):
    """The typeahead entries of a current name: its words from one of them on, `begins` where from the first.

    An index of the current names, not a record: the rows of a speaker that changes are replaced.
    """

    __tablename__ = "speaker_words"
    speaker_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    words: Mapped[str] = mapped_column(primary_key=True)  # tokens with blanks between
    begins: Mapped[bool]
    __table_args__ = (
        Index("ix_speaker_words_words", "words", "speaker_id", "n"),
        Index("ix_speaker_words_begins", "begins", "words", "speaker_id", "n"),
    )


class SpeakerIdentifier(Base):
    """An identifier of a speaker elsewhere: wikidata Q…; a scheme may have several values for one speaker."""

    __tablename__ = "speaker_identifiers"
    speaker_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[int | None]
    value: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (Index("ix_speaker_identifiers_value", "scheme", "value"),)


class Tenure(Base):
    """A title that a version of a speaker held, with the day numbers between which it may have been."""

    __tablename__ = "tenures"
    speaker_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    until: Mapped[int | None]
    title: Mapped[str]
    organization_id: Mapped[int | None]
    held_from: Mapped[int] = mapped_column(Integer)
    held_to: Mapped[int] = mapped_column(Integer)
    __table_args__ = (Index("ix_tenures_organization", "organization_id"),)


class SpeakerDefinition(Base):
    """The lists that the last definition of a speaker gave (see write/definitions.py): no record, and overwritten.

    given: JSON; null for a speaker that an earlier release stored, of which nothing tells them.
    """

    __tablename__ = "speaker_definitions"
    speaker_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    given: Mapped[str | None]


class Source(Base):
    """One version of a source, with the document that is served."""

    __tablename__ = "sources"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[int | None]
    version: Mapped[int]
    title: Mapped[str | None]
    publisher: Mapped[str | None]  # folded
    kind: Mapped[str | None]
    url: Mapped[str | None]
    fingerprint: Mapped[str | None]  # of title, publisher and date
    text_sha256: Mapped[str | None]
    doc: Mapped[str]
    address: Mapped[str | None]  # url as it is compared
    document: Mapped[str | None]  # the shared address of one document
    __table_args__ = (
        CheckConstraint("title IS NOT NULL OR url IS NOT NULL", name="title_or_url"),
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        _current("uq_sources_current_id", "id", unique=True),
        Index("ix_sources_address", "address"),  # of past versions, too: filters find them as of their time
        _current("ix_sources_document", "document"),
        _current("ix_sources_fingerprint", "fingerprint"),
        Index("ix_sources_since", "since", "id"),
    )


class SourceText(Base):
    """The text of sources, once per content."""

    __tablename__ = "source_texts"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]


class Metric(Base):
    """One version of a metric, with the document that is served."""

    __tablename__ = "metrics"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[int | None]
    version: Mapped[int]
    name: Mapped[str]
    folded: Mapped[str]
    unit: Mapped[str | None]
    doc: Mapped[str]
    __table_args__ = (
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        _current("uq_metrics_current_id", "id", unique=True),
        _current("ix_metrics_current_folded", "folded"),  # one's own when it is given; newer rules may fold two alike
        Index("ix_metrics_since", "since", "id"),
    )


class Dataset(Base):
    """One version of the description of a dataset (see domain/record/datasets.py). Claims name it in their documents.

    id: the same for all versions of one name; lists are in its order.
    """

    __tablename__ = "datasets"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[int | None]
    name: Mapped[str]
    title: Mapped[str | None]
    licence: Mapped[str | None]
    url: Mapped[str | None]
    citation: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        _current("uq_datasets_current_name", "name", unique=True),
        Index("ix_datasets_since", "since", "id"),
    )


class ApiKey(Base):
    """A key that requests carry: no record, and without versions. The key itself is nowhere: only its hash is stored.

    scopes: with blanks between. Times are UTC, ISO 8601 with microseconds.
    """

    __tablename__ = "api_keys"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    hash: Mapped[str]  # SHA-256, in hexadecimal digits
    scopes: Mapped[str]
    created_at: Mapped[str]
    expires_at: Mapped[str | None]
    revoked_at: Mapped[str | None]
    last_used: Mapped[str | None]
    __table_args__ = (Index("uq_api_keys_name", "name", unique=True),)


class IdempotentAnswer(Base):
    """The answer to a request with an Idempotency-Key, for when it is sent again. digest: of what was asked."""

    __tablename__ = "idempotent_answers"
    api_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    answered_at: Mapped[str]
    status: Mapped[int]
    headers: Mapped[str]  # JSON
    body: Mapped[str]
    __table_args__ = (Index("ix_idempotent_answers_answered_at", "answered_at"),)
