"""A figure between bounds may have a value, an assessment no rating, and a retraction a source.

SQLite cannot take a constraint off a table: the two tables are copied, with the same statements that made them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VALUE = "value IS NOT NULL OR comparator = 'between'"


def upgrade() -> None:
    """Forward only."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '10s'")
        op.drop_constraint(op.f("ck_figures_value"), "figures", type_="check")
        op.create_check_constraint(op.f("ck_figures_value"), "figures", VALUE)
        for name in ("rating", "rating_folded"):
            op.alter_column("assessments", name, nullable=True)
    else:
        _copy("figures", ("(value IS NULL) = (comparator = 'between')", VALUE))
        _copy(
            "assessments",
            ("rating TEXT NOT NULL", "rating TEXT"),
            ("rating_folded TEXT DEFAULT '' NOT NULL", "rating_folded TEXT"),
        )
    op.add_column("claims", sa.Column("retraction_source", counter, nullable=True))
    named = sa.text("retraction_source IS NOT NULL")
    op.create_index(
        "ix_claims_retraction_source",
        "claims",
        ["retraction_source"],
        unique=False,
        postgresql_where=named,
        sqlite_where=named,
    )


def _copy(table: str, *changes: tuple[str, str]) -> None:
    """SQLite: make a table anew, with changes of the statement that made it."""
    execute = op.get_bind().exec_driver_sql
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type = ? AND sql IS NOT NULL"
    ((statement,),) = execute(made, (table, "table")).fetchall()
    indexes = [sql for (sql,) in execute(made, (table, "index")).fetchall()]
    for old, new in ((f"CREATE TABLE {table} (", f"CREATE TABLE {table}_new ("), *changes):
        if statement.count(old) != 1:
            raise RuntimeError(f"the table {table} was not made by these migrations: no {old!r} in {statement}")
        statement = statement.replace(old, new)
    execute(statement)
    execute(f"INSERT INTO {table}_new SELECT * FROM {table}")  # noqa: S608  # names of our own tables
    execute(f"DROP TABLE {table}")
    execute(f"ALTER TABLE {table}_new RENAME TO {table}")
    for index in indexes:
        execute(index)
