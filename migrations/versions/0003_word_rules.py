"""The number of the word rules that stored words and folded names were made by; metrics whose names fold alike."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only. Stored data count as made by rules 1: `onrecord migrate` then derives them anew."""
    rules = op.create_table(
        "word_rules",
        sa.Column("version", counter, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_word_rules")),
    )
    op.bulk_insert(rules, [{"version": 1}])
    current = sa.text("until IS NULL")
    op.create_index("ix_metrics_current_folded", "metrics", ["folded"], postgresql_where=current, sqlite_where=current)
    op.drop_index("uq_metrics_current_folded", "metrics")
