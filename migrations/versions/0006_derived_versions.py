"""The versions of everything that is derived stand in one table: words, index, documents, content.

The number of the word rules moves there. Stored data count as version 1 of the rest: `onrecord migrate` updates
them, in the same transaction.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '10s'")
    versions = op.create_table(
        "derived_versions",
        sa.Column("name", string, nullable=False),
        sa.Column("version", counter, nullable=False),
        sa.Column("since", counter, nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_derived_versions")),
    )
    op.execute("INSERT INTO derived_versions (name, version, since) SELECT 'words', version, 0 FROM word_rules")
    op.bulk_insert(versions, [{"name": name, "version": 1, "since": 0} for name in ("index", "documents", "content")])
    op.drop_table("word_rules")
