"""A database of an earlier release → one of this release: documents, index, and what they derive from other records."""

from __future__ import annotations

from dataclasses import dataclass, field

from alembic import command
from alembic.util import CommandError
from sqlalchemy import Connection

from app.errors import NotReady
from app.store.database.bulk_insert import Progress
from app.store.database.derived_versions import (
    CURRENT,
    DOCUMENTS_COUNTED,
    content_since,
    names_behind,
    record_versions,
    stored_versions,
)
from app.store.database.engine import Database
from app.store.database.garbage import collecting_rarely
from app.store.database.schema import alembic_config, newest_schema, schema_of
from app.store.history.following import is_following
from app.store.history.moment import newest_revision
from app.store.history.revision import Revision
from app.store.records.shapes import require_whole
from app.store.upgrade.derived_columns import derive_columns
from app.store.upgrade.document_shapes import complete_documents
from app.store.upgrade.index_anew import make_index
from app.store.upgrade.records_alike import warnings_of_records
from app.store.write.writer import Writer


@dataclass
class Upgraded:
    """An upgrade's result. is_new: the database was made. steps: what is of another version by now, for people; empty
    where nothing is. warnings: for people. revision, changes: of the revision that corrected wrong content; None where
    nothing was wrong.
    """

    is_new: bool = False
    steps: str = ""
    warnings: list[str] = field(default_factory=list)
    revision: int | None = None
    changes: dict[str, int] = field(default_factory=dict)


def migrate(database: Database, progress: Progress = lambda _what, _done, _all: None) -> Upgraded:
    """Bring the schema to the newest revision, and what is derived to today's versions, as one writing transaction.

    Raises NotReady where the database is of a newer release than this.
    """
    if database.file:
        try:
            database.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotReady(f"the folder {database.file.parent} cannot be made: {error.strerror}") from error
    with collecting_rarely(), database.write(create=True) as connection:
        config = alembic_config()
        config.attributes |= {"connection": connection, "progress": progress}
        schema = schema_of(connection)
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NotReady(f"the database {database.shown} is at a schema that this version does not know") from error
        stored = stored_versions(connection)
        database.require_no_newer(stored)
        done = upgrade_derived(connection, progress)
    done.is_new, done.steps = schema is None, _steps(schema, stored)
    database.forget()
    return done


def _steps(schema: str | None, stored: dict[str, int]) -> str:
    """The steps of an upgrade from these versions. schema: None for a new database."""
    pairs = [("schema", schema, newest_schema())] if schema != newest_schema() else []
    pairs += [(name, str(stored[name]), str(CURRENT[name])) for name in names_behind(stored)]
    return ", ".join(f"{name} {new}" if schema is None else f"{name} {old} to {new}" for name, old, new in pairs)


def upgrade_derived(connection: Connection, progress: Progress) -> Upgraded:
    """Make anew what is of an older version, in the caller's writing transaction. Where nothing is, nothing is read.

    Wrong content seen by clients is corrected in a revision of its own: as of any revision before, answers stay.
    """
    behind = names_behind(stored_versions(connection))
    done = Upgraded()
    if not behind:
        return done
    if "documents" in behind:
        complete_documents(connection, progress)
    require_whole(connection)
    before = newest_revision(connection)
    if {"words", "index", "documents"} & set(behind):
        derive_columns(connection, progress)
        counted = content_since(connection, DOCUMENTS_COUNTED)
        make_index(connection, progress, before + 1 if counted is None else counted)
        done.warnings = warnings_of_records(connection)
    if "content" in behind and before and not is_following(connection):  # else its server corrects it
        _correct_content(connection, done, progress)
    record_versions(connection, content_since=before + 1 if before else 0)
    return done


def _correct_content(connection: Connection, done: Upgraded, progress: Progress) -> None:
    revision = Revision(connection, actor="migrate", comment="content that an earlier release derived wrongly")
    writer = Writer(revision)
    writer.derive_all_anew(progress)
    if writer.finish():
        done.revision, done.changes = revision.number, dict(revision.counts)
