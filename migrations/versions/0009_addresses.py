"""Sources have their addresses as they are compared, and what the addresses of one document have in common.

Both are derived from the documents by `onrecord migrate`, in the same transaction. Several sources with keys of their
own may stand at one address, so that no index keeps it unique any more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only. The index counts as of version 1 from here on, so that what is derived is made anew."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_index("uq_sources_current_url", "sources")
    op.add_column("sources", sa.Column("address", string, nullable=True))
    op.add_column("sources", sa.Column("document", string, nullable=True))
    op.execute("DELETE FROM derived_versions WHERE name = 'index' AND version > 1")
    current = sa.text("until IS NULL")
    op.create_index("ix_sources_address", "sources", ["address"])
    op.create_index("ix_sources_document", "sources", ["document"], postgresql_where=current, sqlite_where=current)
