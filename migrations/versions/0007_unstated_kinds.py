"""A speaker's kind may be unstated, and a scheme may have several identifiers of one speaker.

No kind that is stored becomes null: nothing tells which of them were assumed (decision 24).
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '10s'")
        op.alter_column("speakers", "kind", nullable=True)
        op.drop_constraint("pk_speaker_identifiers", "speaker_identifiers")
        op.create_primary_key(
            "pk_speaker_identifiers", "speaker_identifiers", ["speaker_id", "since", "scheme", "value"]
        )
        return
    for table, columns, rest in (SPEAKERS, IDENTIFIERS):
        op.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
        op.execute(f"CREATE TABLE {table} ({columns}, {rest})")
        names = ", ".join(column.split()[0] for column in columns.split(", "))
        op.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM old_{table}")  # noqa: S608  # names of our own
        op.execute(f"DROP TABLE old_{table}")
    op.execute("CREATE UNIQUE INDEX uq_speakers_current_id ON speakers (id) WHERE until IS NULL")
    op.execute("CREATE INDEX ix_speaker_identifiers_value ON speaker_identifiers (scheme, value)")


# SQLite changes a column only with its table: (name, columns, constraints)
SPEAKERS = (
    "speakers",
    "id INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER, version INTEGER NOT NULL, name TEXT NOT NULL,"
    " kind TEXT, source_id INTEGER, doc TEXT NOT NULL",
    "CONSTRAINT pk_speakers PRIMARY KEY (id, since),"
    " CONSTRAINT ck_speakers_kind CHECK (kind IN ('person', 'organization', 'group', 'unnamed')),"
    " CONSTRAINT ck_speakers_until_after_since CHECK (until IS NULL OR until > since)",
)
IDENTIFIERS = (
    "speaker_identifiers",
    "speaker_id INTEGER NOT NULL, since INTEGER NOT NULL, scheme TEXT NOT NULL, until INTEGER, value TEXT NOT NULL",
    "CONSTRAINT pk_speaker_identifiers PRIMARY KEY (speaker_id, since, scheme, value)",
)
