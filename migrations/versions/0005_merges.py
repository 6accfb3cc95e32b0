"""Merged records: which record is part of which, and since when; revisions tell how many are.

Only adds: a table, and a column that may be null, which is quick on any number of claims.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("revisions", sa.Column("merges", counter, nullable=True))
    op.create_table(
        "merges",
        sa.Column("type", string, nullable=False),
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("into_id", counter, nullable=False),
        sa.Column("ended", counter, nullable=False),
        sa.CheckConstraint("type IN ('spk', 'src', 'met')", name=op.f("ck_merges_type")),
        sa.CheckConstraint("id <> into_id", name=op.f("ck_merges_into_another")),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_merges_until_after_since")),
        sa.CheckConstraint("ended <= since", name=op.f("ck_merges_ended")),
        sa.PrimaryKeyConstraint("type", "id", "since", name=op.f("pk_merges")),
    )
    current = sa.text("until IS NULL")
    op.create_index(
        "uq_merges_current_id",
        "merges",
        ["type", "id"],
        unique=True,
        postgresql_where=current,
        sqlite_where=current,
    )
