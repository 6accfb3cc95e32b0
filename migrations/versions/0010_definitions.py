"""The lists that the last definition of each speaker gave, so that what others added to them is known.

Of speakers from before nothing tells that: they have a row that says so. Only adds a table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        "speaker_definitions",
        sa.Column("speaker_id", counter, autoincrement=False, nullable=False),
        sa.Column("given", string, nullable=True),
        sa.PrimaryKeyConstraint("speaker_id", name=op.f("pk_speaker_definitions")),
    )
    op.execute("INSERT INTO speaker_definitions (speaker_id) SELECT DISTINCT id FROM speakers")
