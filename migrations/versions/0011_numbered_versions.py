"""Versions are numbered in the order of commit, and one index of bitmaps finds them, on both engines.

Tables keyed by position (`pos`) are keyed by `number` from here on: they are made anew, some versions at a time,
and the old index goes first, so that on SQLite the new rows take its place in the file. The new index is made by
`onrecord migrate`, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BATCH: Final = 20_000  # versions that are copied at a time

# The tables that were keyed by position: their columns besides it, in the order of the new table.
CLAIMS = ("id", "version", "since", "until", "status", "speaker_id", "language", "said_on", "words_hash")
COPIED: Final[dict[str, tuple[str, ...]]] = {
    "claims": CLAIMS,
    "documents": ("doc", "quote", "paraphrase"),
    "roles": ("n", "title", "organization_id", "status", "basis"),
    "figures": (
        "n", "metric_id", "comparator", "value", "low", "high", "unit", "kind", "change", "period",
    ),
    "topics": ("n", "topic"),
    "citations": ("n", "source_id", "verification"),
    "assessments": ("n", "publisher", "rating"),
    "relations": ("n", "type", "claim_id"),
}  # fmt: skip
NUMBER_SPEAKERS = """
    UPDATE speakers SET number = numbered.number FROM (
        SELECT id, since, row_number() OVER (ORDER BY since, id) AS number FROM speakers
    ) AS numbered WHERE numbered.id = speakers.id AND numbered.since = speakers.since
"""


def upgrade() -> None:
    """Forward only."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '10s'")
    else:
        op.drop_table("claim_fts")
    for table in ("index_entries", "claim_languages"):
        op.drop_table(table)
    _number_claims()
    for table in COPIED:
        _rename(table)
    _make_tables_of_claims()
    _copy_versions(connection)
    for table in COPIED:
        op.drop_table(f"old_{table}")
    op.drop_table("numbered")
    _make_indexes_of_claims()
    _make_index()
    op.add_column("speakers", sa.Column("number", counter, nullable=False, server_default="0"))
    op.execute(NUMBER_SPEAKERS)
    op.create_index("uq_speakers_number", "speakers", ["number"], unique=True)


def _number_claims() -> None:
    """Number the versions of claims by revision, and within one by the claims' ids: the order that they came in."""
    op.create_table(
        "numbered",
        sa.Column("number", counter, autoincrement=False, nullable=False),
        sa.Column("pos", counter, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_numbered")),
    )
    op.execute("INSERT INTO numbered SELECT row_number() OVER (ORDER BY since, id), pos FROM claims")
    op.execute("ANALYZE numbered")


def _rename(table: str) -> None:
    """Let a table, and what of it has a name of its own, make room for the new one."""
    op.rename_table(table, f"old_{table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE old_{table} RENAME CONSTRAINT pk_{table} TO pk_old_{table}")
    if table == "claims":
        for index in ("uq_claims_current_id", "uq_claims_id_since", "ix_claims_words"):
            op.drop_index(index, f"old_{table}")


def _copy_versions(connection: sa.Connection) -> None:
    config = op.get_context().config
    given = config.attributes if config else {}
    progress: Callable[[str, int, int], None] = given.get("progress", lambda *_told: None)
    size: int = given.get("batch", BATCH)
    last = connection.execute(sa.text("SELECT max(number) FROM numbered")).scalar() or 0
    for done in range(0, last, size):
        for table, columns in COPIED.items():
            connection.execute(sa.text(_copying(table, columns)), {"after": done, "until": done + size})
        progress("versions of claims numbered", min(done + size, last), last)


def _copying(table: str, columns: tuple[str, ...]) -> str:
    """The statement that copies some versions, in the order of their numbers."""
    hashed = ("facts_hash", "0") if table == "claims" else ()
    names = ", ".join(("number", *columns, *hashed[:1]))
    values = ", ".join(("numbered.number", *(f"old.{name}" for name in columns), *hashed[1:]))
    order = "numbered.number, old.n" if columns[0] == "n" else "numbered.number"
    return (  # a cross join: SQLite then goes through the numbers first
        f"INSERT INTO {table} ({names}) SELECT {values} FROM numbered CROSS JOIN old_{table} AS old"  # noqa: S608  # names of our own tables
        f" WHERE old.pos = numbered.pos AND numbered.number > :after AND numbered.number <= :until ORDER BY {order}"
    )


def _number() -> sa.Column[Any]:
    return sa.Column("number", counter, autoincrement=False, nullable=False)


def _of_version(table: str, *columns: Any) -> None:
    """Make a table of the parts of claims' versions."""
    n = sa.Column("n", sa.SmallInteger(), nullable=False)
    op.create_table(table, _number(), n, *columns, sa.PrimaryKeyConstraint("number", "n", name=op.f(f"pk_{table}")))


def _make_tables_of_claims() -> None:
    op.create_table(
        "claims",
        _number(),
        sa.Column("id", counter, nullable=False),
        sa.Column("version", counter, nullable=False),
        sa.Column("since", counter, nullable=False),
        sa.Column("until", counter, nullable=True),
        sa.Column("status", string, nullable=False),
        sa.Column("speaker_id", counter, nullable=True),
        sa.Column("language", string, nullable=True),
        sa.Column("said_on", string, nullable=True),
        sa.Column("words_hash", counter, nullable=False),
        sa.Column("facts_hash", counter, nullable=False),
        sa.CheckConstraint("status IN ('active', 'retracted')", name=op.f("ck_claims_status")),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_claims_until_after_since")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_claims")),
    )
    op.create_table(
        "documents",
        _number(),
        sa.Column("doc", string, nullable=False),
        sa.Column("quote", string, nullable=True),
        sa.Column("paraphrase", string, nullable=True),
        sa.CheckConstraint("quote IS NOT NULL OR paraphrase IS NOT NULL", name=op.f("ck_documents_words")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_documents")),
    )
    _of_version(
        "roles",
        sa.Column("title", string, nullable=True),
        sa.Column("organization_id", counter, nullable=True),
        sa.Column("status", string, nullable=False),
        sa.Column("basis", string, nullable=False),
        sa.CheckConstraint("basis IN ('stated', 'tenure')", name=op.f("ck_roles_basis")),
        sa.CheckConstraint("status IN ('current', 'former', 'acting')", name=op.f("ck_roles_status")),
        sa.CheckConstraint("title IS NOT NULL OR organization_id IS NOT NULL", name=op.f("ck_roles_says_something")),
    )
    _of_version(
        "figures",
        sa.Column("metric_id", counter, nullable=False),
        sa.Column("comparator", string, nullable=False),
        sa.Column("value", string, nullable=True),
        sa.Column("low", string, nullable=True),
        sa.Column("high", string, nullable=True),
        sa.Column("unit", string, nullable=False),
        sa.Column("kind", string, nullable=False),
        sa.Column("change", string, nullable=True),
        sa.Column("period", string, nullable=True),
        sa.CheckConstraint("value IS NOT NULL OR comparator = 'between'", name=op.f("ck_figures_value")),
        sa.CheckConstraint("change IN ('difference', 'ratio')", name=op.f("ck_figures_change")),
        sa.CheckConstraint(
            "comparator IN ('exactly', 'about', 'at_least', 'more_than', 'at_most', 'less_than', 'between')",
            name=op.f("ck_figures_comparator"),
        ),
        sa.CheckConstraint(
            "kind IN ('actual', 'target', 'estimate', 'forecast', 'limit')", name=op.f("ck_figures_kind")
        ),
        sa.CheckConstraint("low IS NOT NULL OR high IS NOT NULL", name=op.f("ck_figures_bounded")),
    )
    _of_version("topics", sa.Column("topic", string, nullable=False))
    _of_version(
        "citations",
        sa.Column("source_id", counter, nullable=False),
        sa.Column("verification", string, nullable=False),
        sa.CheckConstraint(
            "verification IN ('verbatim', 'normalized', 'elided', 'ambiguous', 'not_found', 'unchecked')",
            name=op.f("ck_citations_verification"),
        ),
    )
    _of_version(
        "assessments", sa.Column("publisher", string, nullable=False), sa.Column("rating", string, nullable=True)
    )
    _of_version(
        "relations",
        sa.Column("type", string, nullable=False),
        sa.Column("claim_id", counter, nullable=False),
        sa.CheckConstraint(
            "type IN ('supports', 'contradicts', 'updates', 'restates', 'answers', 'jointly')",
            name=op.f("ck_relations_type"),
        ),
    )


def _make_indexes_of_claims() -> None:
    current = sa.text("until IS NULL")
    for name, columns, unique in (("uq_claims_current_id", ["id"], True), ("ix_claims_words", ["words_hash"], False)):
        op.create_index(name, "claims", columns, unique=unique, postgresql_where=current, sqlite_where=current)
    op.create_index("uq_claims_id_since", "claims", ["id", "since"], unique=True)


def _make_index() -> None:
    """The empty index."""
    op.create_table(
        "index_segments",
        sa.Column("segment", counter, autoincrement=False, nullable=False),
        sa.Column("first", counter, nullable=False),
        sa.Column("last", counter, nullable=False),
        sa.Column("size", counter, nullable=False),
        sa.Column("ranges", string, nullable=False),
        sa.PrimaryKeyConstraint("segment", name=op.f("pk_index_segments")),
    )
    op.create_table(
        "index_postings",
        sa.Column("segment", counter, autoincrement=False, nullable=False),
        sa.Column("term", sa.LargeBinary(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("segment", "term", name=op.f("pk_index_postings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "index_columns",
        sa.Column("name", string, nullable=False),
        sa.Column("first", counter, autoincrement=False, nullable=False),
        sa.Column("last", counter, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "first", name=op.f("pk_index_columns")),
    )
    op.create_table(
        "index_tokens",
        _number(),
        sa.Column("tokens", string, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_index_tokens")),
    )
    op.create_table(
        "index_recent",
        sa.Column("revision", counter, autoincrement=False, nullable=False),
        sa.Column("size", counter, nullable=False),
        sa.Column("part", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_index_recent")),
    )
    op.create_table(
        "index_revisions",
        sa.Column("place", counter, autoincrement=False, nullable=False),
        sa.Column("revision", counter, nullable=False),
        sa.Column("mark", counter, nullable=False),
        sa.Column("lasts", sa.LargeBinary(), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=False),
        sa.Column("speakers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_index_revisions")),
    )
    op.create_index("uq_index_revisions_revision", "index_revisions", ["revision"], unique=True)
    op.create_table(
        "index_state",
        sa.Column("place", counter, autoincrement=False, nullable=False),
        sa.Column("revision", counter, nullable=False),
        sa.Column("mark", counter, nullable=False),
        sa.Column("lasts", sa.LargeBinary(), nullable=False),
        sa.Column("layout", counter, nullable=False),
        sa.Column("lineage", counter, nullable=False),
        sa.Column("segments", counter, nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_index_state")),
    )
    op.create_table(
        "index_merges",
        sa.Column("segment", counter, autoincrement=False, nullable=False),
        sa.Column("sources", string, nullable=False),
        sa.Column("after", sa.LargeBinary(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("segment", name=op.f("pk_index_merges")),
    )
