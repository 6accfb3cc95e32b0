"""Datasets: the collections that claims come from, with their descriptions.

Claims name theirs in the document; those of before get null, as DOCUMENT_VERSION has risen.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        "datasets",
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("since", counter, autoincrement=False, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("name", string, nullable=False),
        sa.Column("title", string, nullable=True),
        sa.Column("licence", string, nullable=True),
        sa.Column("url", string, nullable=True),
        sa.Column("citation", string, nullable=True),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_datasets_until_after_since")),
        sa.PrimaryKeyConstraint("id", "since", name=op.f("pk_datasets")),
    )
    current = sa.text("until IS NULL")
    op.create_index(
        "uq_datasets_current_name",
        "datasets",
        ["name"],
        unique=True,
        postgresql_where=current,
        sqlite_where=current,
    )
    op.create_index("ix_datasets_since", "datasets", ["since", "id"], unique=False)
