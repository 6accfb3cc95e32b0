"""API keys, answers to requests that may be sent again, ends of records, following; claims may be merged.

Sources, metrics and merges are found by the revision that made them, as versions of claims and speakers are by their
numbers: what changed with a revision is read from there, a page at a time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = "type IN ('spk', 'src', 'met')"
TYPES = "type IN ('clm', 'spk', 'src', 'met')"


def upgrade() -> None:
    """Forward only."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '10s'")
        op.drop_constraint(op.f("ck_merges_type"), "merges", type_="check")
        op.create_check_constraint(op.f("ck_merges_type"), "merges", TYPES)
    else:
        _copy_merges()
    op.add_column("revisions", sa.Column("undoes", counter, nullable=True))
    op.add_column("revisions", sa.Column("purged", counter, nullable=True))
    for table, own in (("sources", ["id"]), ("metrics", ["id"]), ("merges", ["type", "id"])):
        op.create_index(f"ix_{table}_since", table, ["since", *own], unique=False)
    _create_ended_records()
    op.create_table(
        "following",
        sa.Column("server", string, nullable=False),
        sa.Column("revision", counter, nullable=False),
        sa.PrimaryKeyConstraint("server", name=op.f("pk_following")),
    )
    _create_keys()
    _create_answers()


def _copy_merges() -> None:
    """SQLite changes no constraint: the table is copied, with the statement that made it."""
    execute = op.get_bind().exec_driver_sql
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = 'merges' AND type = ? AND sql IS NOT NULL"
    ((statement,),) = execute(made, ("table",)).fetchall()
    indexes = [sql for (sql,) in execute(made, ("index",)).fetchall()]
    for old, new in (("CREATE TABLE merges (", "CREATE TABLE merges_new ("), (BEFORE, TYPES)):
        if statement.count(old) != 1:
            raise RuntimeError(f"the table merges was not made by these migrations: no {old!r} in {statement}")
        statement = statement.replace(old, new)
    execute(statement)
    execute("INSERT INTO merges_new SELECT * FROM merges")
    execute("DROP TABLE merges")
    execute("ALTER TABLE merges_new RENAME TO merges")
    for index in indexes:
        execute(index)


def _create_ended_records() -> None:
    op.create_table(
        "ended_records",
        sa.Column("type", string, nullable=False),
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("revision", counter, autoincrement=False, nullable=False),
        sa.Column("kind", string, nullable=False),
        sa.Column("key_hash", string, nullable=True),
        sa.CheckConstraint(TYPES, name=op.f("ck_ended_records_type")),
        sa.CheckConstraint("kind IN ('undone', 'purged', 'thinned')", name=op.f("ck_ended_records_kind")),
        sa.PrimaryKeyConstraint("type", "id", "revision", name=op.f("pk_ended_records")),
    )
    op.create_index("ix_ended_records_revision", "ended_records", ["revision", "type", "id"], unique=False)
    known = sa.text("key_hash IS NOT NULL")
    op.create_index(
        "ix_ended_records_key_hash", "ended_records", ["key_hash"], postgresql_where=known, sqlite_where=known
    )


def _create_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", counter, autoincrement=False, nullable=False),
        sa.Column("name", string, nullable=False),
        sa.Column("hash", string, nullable=False),
        sa.Column("scopes", string, nullable=False),
        sa.Column("created_at", string, nullable=False),
        sa.Column("expires_at", string, nullable=True),
        sa.Column("revoked_at", string, nullable=True),
        sa.Column("last_used", string, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index("uq_api_keys_name", "api_keys", ["name"], unique=True)


def _create_answers() -> None:
    op.create_table(
        "idempotent_answers",
        sa.Column("api_key", counter, autoincrement=False, nullable=False),
        sa.Column("name", string, nullable=False),
        sa.Column("digest", string, nullable=False),
        sa.Column("answered_at", string, nullable=False),
        sa.Column("status", counter, nullable=False),
        sa.Column("headers", string, nullable=False),
        sa.Column("body", string, nullable=False),
        sa.PrimaryKeyConstraint("api_key", "name", name=op.f("pk_idempotent_answers")),
    )
    op.create_index("ix_idempotent_answers_answered_at", "idempotent_answers", ["answered_at"], unique=False)
