"""The inverted index knows every filter: stems, ranges, words of names, titles and venue; columns for the rest.

The index and the new columns are filled by `onrecord migrate`, which derives what is of older word rules: the index is
emptied here, and made anew from the documents there, in the same transaction.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = {  # texts that are never null
    "claims": ("recorded_at",),
    "assessments": ("publisher_folded", "rating_folded"),
    "index_entries": ("quote_stems", "paraphrase_stems", "context_stems", "marks"),
}


def upgrade() -> None:
    """Forward only."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DELETE FROM index_entries" if sqlite else "TRUNCATE index_entries")
    for table, names in ADDED.items():
        for name in names:
            op.add_column(table, sa.Column(name, string, nullable=False, server_default=""))
    op.add_column("index_entries", sa.Column("digest", counter, nullable=False, server_default="0"))
    op.add_column("roles", sa.Column("title_folded", string, nullable=True))
    op.add_column("figures", sa.Column("sort_key", sa.Float(53), nullable=False, server_default="0"))
    for name in ("published_from", "published_to"):
        op.add_column("citations", sa.Column(name, sa.Integer(), nullable=True))
    op.create_table(
        "claim_languages",
        sa.Column("language", string, nullable=False),
        sa.PrimaryKeyConstraint("language", name=op.f("pk_claim_languages")),
    )
    op.execute("INSERT INTO claim_languages SELECT DISTINCT lower(language) FROM claims WHERE language IS NOT NULL")
    _indexes()
    if sqlite:
        _full_text_table()
    else:
        _one_vector()


def _indexes() -> None:
    live = sa.text("live")
    for name, table, columns in (
        ("ix_claims_live_recorded", "claims", ["recorded_at", "pos"]),
        ("ix_figures_live_sort", "figures", ["dimension", "sort_key", "pos"]),
    ):
        op.create_index(name, table, columns, unique=False, postgresql_where=live, sqlite_where=live)


def _full_text_table() -> None:
    op.execute("DROP TABLE claim_fts")
    op.execute(
        "CREATE VIRTUAL TABLE claim_fts USING fts5("
        "quote, paraphrase, context, quote_stems, paraphrase_stems, context_stems, marks, terms,"
        " content='', columnsize=0, tokenize='ascii')"
    )


def _one_vector() -> None:
    """PostgreSQL: terms are lexemes like words, so that one index answers both together."""
    op.drop_index("ix_index_entries_terms", "index_entries")
    op.execute("""ALTER TABLE index_entries ALTER COLUMN terms TYPE text COLLATE "C" USING ''""")
    # Rows of few kilobytes keep the vector within them: it is tested row by row where many match.
    op.execute("ALTER TABLE index_entries ALTER COLUMN words SET STORAGE MAIN")
