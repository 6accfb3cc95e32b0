"""The words that speakers' names can be found by while they are typed, filled from the names that are there."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from app.domain.text.tokenizer import tokens

counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
string = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BATCH = 5000  # names read at a time
MAX_START = 500  # characters: PostgreSQL's B-trees refuse entries of more than 2,704 bytes


def upgrade() -> None:
    """Forward only."""
    starts = op.create_table(
        "speaker_words",
        sa.Column("speaker_id", counter, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("words", string, nullable=False),
        sa.Column("begins", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("speaker_id", "n", "words", name=op.f("pk_speaker_words")),
    )
    for rows in _names(op.get_bind()):
        found = [start for row in rows for start in _starts(*row)]
        if found:
            op.bulk_insert(starts, found)
    op.create_index("ix_speaker_words_words", "speaker_words", ["words", "speaker_id", "n"], unique=False)
    op.create_index("ix_speaker_words_begins", "speaker_words", ["begins", "words", "speaker_id", "n"], unique=False)


def _names(connection: sa.Connection) -> Iterator[list[tuple[int, int, str]]]:
    """The current names, some at a time: (speaker, number of the name, name)."""
    names = sa.table("speaker_names", *(sa.column(name) for name in ("speaker_id", "since", "n", "until", "name")))
    own = sa.tuple_(names.c.speaker_id, names.c.since, names.c.n)
    last = (0, 0, -1)
    while True:
        some = sa.select(names.c.speaker_id, names.c.since, names.c.n, names.c.name)
        some = some.where(names.c.until.is_(None), own > last)
        rows = connection.execute(some.order_by(*own.clauses).limit(BATCH)).all()
        if not rows:
            return
        yield [(row.speaker_id, row.n, row.name) for row in rows]
        last = (rows[-1].speaker_id, rows[-1].since, rows[-1].n)


def _starts(speaker_id: int, n: int, name: str) -> Iterator[dict[str, object]]:
    """Index entries of a name: its words from each of them on. As in app/store/suggest.py at this schema."""
    words = tokens(name)
    starts = dict.fromkeys(" ".join(words[at:])[:MAX_START] for at in range(len(words)))
    for at, start in enumerate(starts):
        yield {"speaker_id": speaker_id, "n": n, "words": start, "begins": at == 0}
