"""The tables. Nothing of the record is overwritten: a change closes one version (`until`) and inserts the next.

A claim's version is known by its position `pos` (see `position_range`), which is its order, cursor and join key at
once; its children are keyed (pos, n). `live` marks the versions that are current and active, and is repeated on the
children, so that the partial indexes of current reads hold nothing else. Speakers, sources and metrics are keyed (id,
since).

There are no foreign keys: what spans rows is checked under the writer lock, and each would cost every import a look-up.
Indexes of one dialect serve plans of that dialect: SQLite answers by the full-text index instead (see entries.py).
All tables stand in this one file, long as it is, because that is where one looks for them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.domain.dates.edtf import PRECISIONS
from app.domain.quantities import figures
from app.domain.text import quote_matcher

String = Text().with_variant(Text(collation="C"), "postgresql")
Counter = BigInteger().with_variant(Integer, "sqlite")  # SQLite aliases its rowid only for INTEGER
Lexemes = TSVECTOR().with_variant(Text, "sqlite")

COUNT_BITS = 28
OPEN_START, OPEN_END = 0, 1 << 22  # day numbers before and after every date


def position_range(day: int) -> tuple[int, int]:
    """The first and last position of a day number (0 for claims without an earliest day).

    Positions are the day number, 28 bits up, and below it a count that runs down: descending order is newest day first,
    and within the day the order of arrival.
    """
    return day << COUNT_BITS, ((day + 1) << COUNT_BITS) - 1


class Base(DeclarativeBase):
    """The base of all tables: the names of constraints, and the types of columns."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {int: Counter, str: String, bool: Boolean, float: Float(53)}  # noqa: RUF012  # SQLAlchemy's own form


def _one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(v) for v in values)})", name=name)


def _live(name: str, *columns: str, **options: Any) -> Index:
    """An index of current reads in PostgreSQL: ordered by position within the columns."""
    return Index(name, *columns, postgresql_where=text("live"), **options).ddl_if(dialect="postgresql")


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
        _one_of("type", ("spk", "src", "met"), "type"),
        CheckConstraint("id <> into_id", name="into_another"),
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        CheckConstraint("ended <= since", name="ended"),
        _current("uq_merges_current_id", "type", "id", unique=True),
    )


class DerivedVersion(Base):
    """A version of what is derived (see derived_versions.py), and the revision since which documents follow it."""

    __tablename__ = "derived_versions"
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int]


class Claim(Base):
    """One version of a claim, as far as filters need it. The words stand in its document."""

    __tablename__ = "claims"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int]
    version: Mapped[int]
    since: Mapped[int]
    until: Mapped[int | None]
    status: Mapped[str]
    live: Mapped[bool]
    speaker_id: Mapped[int | None]
    speaker_kind: Mapped[str | None]
    language: Mapped[str | None]
    said_on: Mapped[str | None]  # EDTF
    said_from: Mapped[int | None] = mapped_column(Integer)  # day numbers; null where wholly unknown
    said_to: Mapped[int | None] = mapped_column(Integer)
    said_precision: Mapped[str | None]
    said_long: Mapped[bool]  # spans more than 366 days
    words_hash: Mapped[int]  # of the folded quote, else paraphrase
    recorded_at: Mapped[str]  # UTC, as in the document: its order is that of time
    retraction_source: Mapped[int | None]  # the document that a retraction names
    __table_args__ = (
        _one_of("status", ("active", "retracted"), "status"),
        CheckConstraint("live = (until IS NULL AND status = 'active')", name="live"),
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        CheckConstraint("(said_from IS NULL) = (said_to IS NULL)", name="said_both_bounds"),
        CheckConstraint("said_from <= said_to", name="said_order"),
        _one_of("said_precision", PRECISIONS, "said_precision"),
        _current("uq_claims_current_id", "id", unique=True),
        Index("uq_claims_id_since", "id", "since", unique=True),
        _partial("ix_claims_closed", "until", "pos", where="until IS NOT NULL"),
        _partial("ix_claims_retracted", "pos", where="status = 'retracted'"),
        _partial("ix_claims_live", "pos", where="live"),
        _partial("ix_claims_long", "pos", where="live AND said_long"),
        _current("ix_claims_words", "words_hash"),
        _current("ix_claims_current_speaker", "speaker_id"),
        _partial("ix_claims_retraction_source", "retraction_source", where="retraction_source IS NOT NULL"),
        _partial("ix_claims_live_recorded", "recorded_at", "pos", where="live"),
        _live("ix_claims_live_speaker", "speaker_id", "pos"),
        _live("ix_claims_live_speaker_kind", "speaker_kind", "pos"),
    )


class ClaimLanguage(Base):
    """The languages that claims are or were in: few, and asked for by every search for words."""

    __tablename__ = "claim_languages"
    language: Mapped[str] = mapped_column(primary_key=True)  # a tag in lower case


class Document(Base):
    """A version's words, for who reads the tables, and the whole record as it is served: JSON, never patched."""

    __tablename__ = "documents"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    doc: Mapped[str]
    quote: Mapped[str | None]
    paraphrase: Mapped[str | None]
    __table_args__ = (CheckConstraint("quote IS NOT NULL OR paraphrase IS NOT NULL", name="words"),)


class Role(Base):
    """The speaker's role at that time."""

    __tablename__ = "roles"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    live: Mapped[bool]
    title: Mapped[str | None]
    title_words: Mapped[str]  # its tokens, with a blank around each
    organization_id: Mapped[int | None]
    status: Mapped[str]
    basis: Mapped[str]
    title_folded: Mapped[str | None]
    __table_args__ = (
        _one_of("status", ("current", "former", "acting"), "status"),
        _one_of("basis", ("stated", "tenure"), "basis"),
        CheckConstraint("title IS NOT NULL OR organization_id IS NOT NULL", name="says_something"),
        _live("ix_roles_live_status", "status", "pos"),
        _live("ix_roles_live_organization", "organization_id", "pos"),
        Index("ix_roles_organization", "organization_id", "pos"),
    )


class Figure(Base):
    """A number in a claim: exact digits as text, and its interval in base units as doubles."""

    __tablename__ = "figures"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    live: Mapped[bool]
    metric_id: Mapped[int]
    comparator: Mapped[str]
    value: Mapped[str | None]
    low: Mapped[str | None]
    high: Mapped[str | None]
    unit: Mapped[str]
    dimension: Mapped[str]
    base_low: Mapped[float]  # -inf where unbounded
    base_high: Mapped[float]
    kind: Mapped[str]
    change: Mapped[str | None]
    period: Mapped[str | None]  # EDTF
    period_from: Mapped[int | None] = mapped_column(Integer)
    period_to: Mapped[int | None] = mapped_column(Integer)
    sort_key: Mapped[float]  # its value in base units; of a `between` the lower bound
    __table_args__ = (
        _one_of("comparator", figures.COMPARATORS, "comparator"),
        _one_of("kind", figures.KINDS, "kind"),
        _one_of("change", figures.CHANGES, "change"),
        CheckConstraint("value IS NOT NULL OR comparator = 'between'", name="value"),
        CheckConstraint("low IS NOT NULL OR high IS NOT NULL", name="bounded"),
        CheckConstraint("base_low <= base_high", name="order"),
        CheckConstraint("(period_from IS NULL) = (period_to IS NULL)", name="period_both_bounds"),
        _partial("ix_figures_live_sort", "dimension", "sort_key", "pos", where="live"),
        _live("ix_figures_live_metric", "metric_id", "pos"),
        _live("ix_figures_live_dimension", "dimension", "pos"),
        _live("ix_figures_live_kind", "kind", "pos"),
        Index("ix_figures_metric", "metric_id", "pos"),
    )


class Topic(Base):
    """A topic of a claim."""

    __tablename__ = "topics"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    live: Mapped[bool]
    topic: Mapped[str]
    folded: Mapped[str]
    __table_args__ = (_live("ix_topics_live_folded", "folded", "pos"),)


class Citation(Base):
    """A source that has a claim. The locator is in the document."""

    __tablename__ = "citations"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    live: Mapped[bool]
    source_id: Mapped[int]
    publisher: Mapped[str | None]  # folded
    verification: Mapped[str]
    published_from: Mapped[int | None] = mapped_column(Integer)  # day numbers, as of the source
    published_to: Mapped[int | None] = mapped_column(Integer)
    __table_args__ = (
        _one_of("verification", quote_matcher.STATUSES, "verification"),
        _live("ix_citations_live_source", "source_id", "pos"),
        _live("ix_citations_live_publisher", "publisher", "pos"),
        _live("ix_citations_live_verification", "verification", "pos"),
        Index("ix_citations_source", "source_id", "pos"),
    )


class Assessment(Base):
    """A verdict that somebody published on a claim."""

    __tablename__ = "assessments"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    live: Mapped[bool]
    publisher: Mapped[str]
    rating: Mapped[str | None]
    publisher_folded: Mapped[str]
    rating_folded: Mapped[str | None]


class Relation(Base):
    """How a claim bears on another."""

    __tablename__ = "relations"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    live: Mapped[bool]
    type: Mapped[str]
    claim_id: Mapped[int]
    __table_args__ = (
        _one_of("type", ("supports", "contradicts", "updates", "restates", "answers", "jointly"), "type"),
        _live("ix_relations_live_type", "type", "pos"),
        Index("ix_relations_claim", "claim_id"),
    )


class IndexEntry(Base):
    """A version in the inverted index: its tokens, a blank around each, and its terms (see entries.py).

    PostgreSQL searches `words`, and reads the texts where a phrase is looked for word by word; the other columns are
    empty there. SQLite has the full-text table `claim_fts` beside this one, and keeps all of it because that table can
    forget a row only when told its words.
    """

    __tablename__ = "index_entries"
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    live: Mapped[bool]
    quote: Mapped[str]
    paraphrase: Mapped[str]
    context: Mapped[str]  # speaker, roles, organizations, venue
    terms: Mapped[str]
    words: Mapped[Any | None] = mapped_column(Lexemes)  # PostgreSQL only
    quote_stems: Mapped[str]
    paraphrase_stems: Mapped[str]
    context_stems: Mapped[str]
    marks: Mapped[str]  # words of names, titles and venue, each with the letter of its field
    digest: Mapped[int]  # of all of it, by which a changed entry is told
    __table_args__ = (_live("ix_index_entries_words", "words", postgresql_using="gin"),)


class Speaker(Base):
    """One version of a speaker, with the document that is served."""

    __tablename__ = "speakers"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[int | None]
    version: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str | None]  # null until it is stated
    source_id: Mapped[int | None]  # where a group or an unnamed speaker belongs
    doc: Mapped[str]
    __table_args__ = (
        _one_of("kind", ("person", "organization", "group", "unnamed"), "kind"),
        CheckConstraint("until IS NULL OR until > since", name="until_after_since"),
        _current("uq_speakers_current_id", "id", unique=True),
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
    )
