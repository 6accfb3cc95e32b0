"""The record: claims with what belongs to them, speakers, sources, metrics, revisions, the search index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
terms = sa.ARRAY(sa.BigInteger()).with_variant(sa.Text(), "sqlite")
lexemes = postgresql.TSVECTOR().with_variant(sa.Text(), "sqlite")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        "assessments",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("publisher", string, nullable=False),
        sa.Column("rating", string, nullable=False),
        sa.PrimaryKeyConstraint("pos", "n", name=op.f("pk_assessments")),
    )
    op.create_table(
        "citations",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("source_id", counter, nullable=False),
        sa.Column("publisher", string, nullable=True),
        sa.Column("verification", string, nullable=False),
        sa.CheckConstraint(
            "verification IN ('verbatim', 'normalized', 'elided', 'ambiguous', 'not_found', 'unchecked')",
            name=op.f("ck_citations_verification"),
        ),
        sa.PrimaryKeyConstraint("pos", "n", name=op.f("pk_citations")),
    )
    op.create_index("ix_citations_source", "citations", ["source_id", "pos"], unique=False)
    op.create_table(
        "claims",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("id", counter, nullable=False),
        sa.Column("version", counter, nullable=False),
        sa.Column("since", counter, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("status", string, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("speaker_id", counter, nullable=True),
        sa.Column("speaker_kind", string, nullable=True),
        sa.Column("language", string, nullable=True),
        sa.Column("said_on", string, nullable=True),
        sa.Column("said_from", sa.Integer(), nullable=True),
        sa.Column("said_to", sa.Integer(), nullable=True),
        sa.Column("said_precision", string, nullable=True),
        sa.Column("said_long", sa.Boolean(), nullable=False),
        sa.Column("words_hash", counter, nullable=False),
        sa.CheckConstraint("live = (until IS NULL AND status = 'active')", name=op.f("ck_claims_live")),
        sa.CheckConstraint(
            "said_precision IN ('day', 'month', 'season', 'year', 'decade', 'century', 'interval')",
            name=op.f("ck_claims_said_precision"),
        ),
        sa.CheckConstraint("status IN ('active', 'retracted')", name=op.f("ck_claims_status")),
        sa.CheckConstraint("(said_from IS NULL) = (said_to IS NULL)", name=op.f("ck_claims_said_both_bounds")),
        sa.CheckConstraint("said_from <= said_to", name=op.f("ck_claims_said_order")),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_claims_until_after_since")),
        sa.PrimaryKeyConstraint("pos", name=op.f("pk_claims")),
    )
    op.create_index(
        "ix_claims_closed",
        "claims",
        ["until", "pos"],
        unique=False,
        postgresql_where=sa.text("until IS NOT NULL"),
        sqlite_where=sa.text("until IS NOT NULL"),
    )
    op.create_index(
        "ix_claims_current_speaker",
        "claims",
        ["speaker_id"],
        unique=False,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "ix_claims_live",
        "claims",
        ["pos"],
        unique=False,
        postgresql_where=sa.text("live"),
        sqlite_where=sa.text("live"),
    )
    op.create_index(
        "ix_claims_long",
        "claims",
        ["pos"],
        unique=False,
        postgresql_where=sa.text("live AND said_long"),
        sqlite_where=sa.text("live AND said_long"),
    )
    op.create_index(
        "ix_claims_retracted",
        "claims",
        ["pos"],
        unique=False,
        postgresql_where=sa.text("status = 'retracted'"),
        sqlite_where=sa.text("status = 'retracted'"),
    )
    op.create_index(
        "ix_claims_words",
        "claims",
        ["words_hash"],
        unique=False,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "uq_claims_current_id",
        "claims",
        ["id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_index("uq_claims_id_since", "claims", ["id", "since"], unique=True)
    op.create_table(
        "documents",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("doc", string, nullable=False),
        sa.Column("quote", string, nullable=True),
        sa.Column("paraphrase", string, nullable=True),
        sa.CheckConstraint("quote IS NOT NULL OR paraphrase IS NOT NULL", name=op.f("ck_documents_words")),
        sa.PrimaryKeyConstraint("pos", name=op.f("pk_documents")),
    )
    op.create_table(
        "figures",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("metric_id", counter, nullable=False),
        sa.Column("comparator", string, nullable=False),
        sa.Column("value", string, nullable=True),
        sa.Column("low", string, nullable=True),
        sa.Column("high", string, nullable=True),
        sa.Column("unit", string, nullable=False),
        sa.Column("dimension", string, nullable=False),
        sa.Column("base_low", sa.Float(precision=53), nullable=False),
        sa.Column("base_high", sa.Float(precision=53), nullable=False),
        sa.Column("kind", string, nullable=False),
        sa.Column("change", string, nullable=True),
        sa.Column("period", string, nullable=True),
        sa.Column("period_from", sa.Integer(), nullable=True),
        sa.Column("period_to", sa.Integer(), nullable=True),
        sa.CheckConstraint("(value IS NULL) = (comparator = 'between')", name=op.f("ck_figures_value")),
        sa.CheckConstraint("change IN ('difference', 'ratio')", name=op.f("ck_figures_change")),
        sa.CheckConstraint(
            "comparator IN ('exactly', 'about', 'at_least', 'more_than', 'at_most', 'less_than', 'between')",
            name=op.f("ck_figures_comparator"),
        ),
        sa.CheckConstraint(
            "kind IN ('actual', 'target', 'estimate', 'forecast', 'limit')", name=op.f("ck_figures_kind")
        ),
        sa.CheckConstraint("(period_from IS NULL) = (period_to IS NULL)", name=op.f("ck_figures_period_both_bounds")),
        sa.CheckConstraint("base_low <= base_high", name=op.f("ck_figures_order")),
        sa.CheckConstraint("low IS NOT NULL OR high IS NOT NULL", name=op.f("ck_figures_bounded")),
        sa.PrimaryKeyConstraint("pos", "n", name=op.f("pk_figures")),
    )
    op.create_index("ix_figures_metric", "figures", ["metric_id", "pos"], unique=False)
    op.create_table(
        "id_counters",
        sa.Column("type", string, nullable=False),
        sa.Column("last", counter, nullable=False),
        sa.PrimaryKeyConstraint("type", name=op.f("pk_id_counters")),
    )
    op.create_table(
        "index_entries",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("quote", string, nullable=False),
        sa.Column("paraphrase", string, nullable=False),
        sa.Column("context", string, nullable=False),
        sa.Column("terms", terms, nullable=False),
        sa.Column("words", lexemes, nullable=True),
        sa.PrimaryKeyConstraint("pos", name=op.f("pk_index_entries")),
    )
    op.create_table(
        "metrics",
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("version", counter, nullable=False),
        sa.Column("name", string, nullable=False),
        sa.Column("folded", string, nullable=False),
        sa.Column("unit", string, nullable=True),
        sa.Column("doc", string, nullable=False),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_metrics_until_after_since")),
        sa.PrimaryKeyConstraint("id", "since", name=op.f("pk_metrics")),
    )
    op.create_index(
        "uq_metrics_current_folded",
        "metrics",
        ["folded"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "uq_metrics_current_id",
        "metrics",
        ["id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "record_keys",
        sa.Column("type", string, nullable=False),
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("key", string, nullable=False),
        sa.PrimaryKeyConstraint("type", "id", name=op.f("pk_record_keys")),
    )
    op.create_index("uq_record_keys_type_key", "record_keys", ["type", "key"], unique=True)
    op.create_table(
        "relations",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("type", string, nullable=False),
        sa.Column("claim_id", counter, nullable=False),
        sa.CheckConstraint(
            "type IN ('supports', 'contradicts', 'updates', 'restates', 'answers', 'jointly')",
            name=op.f("ck_relations_type"),
        ),
        sa.PrimaryKeyConstraint("pos", "n", name=op.f("pk_relations")),
    )
    op.create_index("ix_relations_claim", "relations", ["claim_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("number", counter, autoincrement=False, nullable=False),
        sa.Column("recorded_at", string, nullable=False),
        sa.Column("actor", string, nullable=False),
        sa.Column("comment", string, nullable=True),
        sa.Column("counts", string, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revisions")),
    )
    op.create_table(
        "roles",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("title", string, nullable=True),
        sa.Column("title_words", string, nullable=False),
        sa.Column("organization_id", counter, nullable=True),
        sa.Column("status", string, nullable=False),
        sa.Column("basis", string, nullable=False),
        sa.CheckConstraint("basis IN ('stated', 'tenure')", name=op.f("ck_roles_basis")),
        sa.CheckConstraint("status IN ('current', 'former', 'acting')", name=op.f("ck_roles_status")),
        sa.CheckConstraint("title IS NOT NULL OR organization_id IS NOT NULL", name=op.f("ck_roles_says_something")),
        sa.PrimaryKeyConstraint("pos", "n", name=op.f("pk_roles")),
    )
    op.create_index("ix_roles_organization", "roles", ["organization_id", "pos"], unique=False)
    op.create_table(
        "source_texts",
        sa.Column("sha256", string, nullable=False),
        sa.Column("text", string, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_source_texts")),
    )
    op.create_table(
        "sources",
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("version", counter, nullable=False),
        sa.Column("title", string, nullable=True),
        sa.Column("publisher", string, nullable=True),
        sa.Column("kind", string, nullable=True),
        sa.Column("url", string, nullable=True),
        sa.Column("fingerprint", string, nullable=True),
        sa.Column("text_sha256", string, nullable=True),
        sa.Column("doc", string, nullable=False),
        sa.CheckConstraint("title IS NOT NULL OR url IS NOT NULL", name=op.f("ck_sources_title_or_url")),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_sources_until_after_since")),
        sa.PrimaryKeyConstraint("id", "since", name=op.f("pk_sources")),
    )
    op.create_index(
        "ix_sources_fingerprint",
        "sources",
        ["fingerprint"],
        unique=False,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "uq_sources_current_id",
        "sources",
        ["id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "uq_sources_current_url",
        "sources",
        ["url"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "speaker_identifiers",
        sa.Column("speaker_id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("scheme", string, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("value", string, nullable=False),
        sa.PrimaryKeyConstraint("speaker_id", "since", "scheme", name=op.f("pk_speaker_identifiers")),
    )
    op.create_index("ix_speaker_identifiers_value", "speaker_identifiers", ["scheme", "value"], unique=False)
    op.create_table(
        "speaker_names",
        sa.Column("speaker_id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("name", string, nullable=False),
        sa.Column("folded", string, nullable=False),
        sa.PrimaryKeyConstraint("speaker_id", "since", "n", name=op.f("pk_speaker_names")),
    )
    op.create_index("ix_speaker_names_folded", "speaker_names", ["folded"], unique=False)
    op.create_table(
        "speakers",
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("version", counter, nullable=False),
        sa.Column("name", string, nullable=False),
        sa.Column("kind", string, nullable=False),
        sa.Column("source_id", counter, nullable=True),
        sa.Column("doc", string, nullable=False),
        sa.CheckConstraint("kind IN ('person', 'organization', 'group', 'unnamed')", name=op.f("ck_speakers_kind")),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_speakers_until_after_since")),
        sa.PrimaryKeyConstraint("id", "since", name=op.f("pk_speakers")),
    )
    op.create_index(
        "uq_speakers_current_id",
        "speakers",
        ["id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "tenures",
        sa.Column("speaker_id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("title", string, nullable=False),
        sa.Column("organization_id", counter, nullable=True),
        sa.Column("held_from", sa.Integer(), nullable=False),
        sa.Column("held_to", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("speaker_id", "since", "n", name=op.f("pk_tenures")),
    )
    op.create_index("ix_tenures_organization", "tenures", ["organization_id"], unique=False)
    op.create_table(
        "topics",
        sa.Column("pos", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("topic", string, nullable=False),
        sa.Column("folded", string, nullable=False),
        sa.PrimaryKeyConstraint("pos", "n", name=op.f("pk_topics")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _full_text_table()
    else:
        _ordered_and_inverted_indexes()


def _full_text_table() -> None:
    """SQLite: the inverted index of words and terms. The tokens are ours: the tokenizer only splits at blanks."""
    op.execute(
        "CREATE VIRTUAL TABLE claim_fts USING fts5("
        "quote, paraphrase, context, terms, content='', columnsize=0, tokenize='ascii')"
    )


def _ordered_and_inverted_indexes() -> None:
    """PostgreSQL: ordered indexes for single filters, GIN for combinations and words."""
    op.create_index(
        "ix_citations_live_publisher", "citations", ["publisher", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index(
        "ix_citations_live_source", "citations", ["source_id", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index(
        "ix_citations_live_verification",
        "citations",
        ["verification", "pos"],
        unique=False,
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "ix_claims_live_speaker", "claims", ["speaker_id", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index(
        "ix_claims_live_speaker_kind", "claims", ["speaker_kind", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index(
        "ix_figures_live_dimension", "figures", ["dimension", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index("ix_figures_live_kind", "figures", ["kind", "pos"], unique=False, postgresql_where=sa.text("live"))
    op.create_index(
        "ix_figures_live_metric", "figures", ["metric_id", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index(
        "ix_relations_live_type", "relations", ["type", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index(
        "ix_roles_live_organization",
        "roles",
        ["organization_id", "pos"],
        unique=False,
        postgresql_where=sa.text("live"),
    )
    op.create_index("ix_roles_live_status", "roles", ["status", "pos"], unique=False, postgresql_where=sa.text("live"))
    op.create_index(
        "ix_topics_live_folded", "topics", ["folded", "pos"], unique=False, postgresql_where=sa.text("live")
    )
    op.create_index(
        "ix_index_entries_terms",
        "index_entries",
        ["terms"],
        unique=False,
        postgresql_where=sa.text("live"),
        postgresql_using="gin",
    )
    op.create_index(
        "ix_index_entries_words",
        "index_entries",
        ["words"],
        unique=False,
        postgresql_where=sa.text("live"),
        postgresql_using="gin",
    )
