"""The options of an import: of the commands, of `POST /v1/imports`, and of callers in the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.domain.record.datasets import FIELDS
from app.store.database.writer_turn import Patience
from app.store.imports.dataset_label import Label, label_of
from app.store.imports.readers.archives import beside
from app.store.imports.readers.dialects import Dialect, Quoting, dialect_of
from app.store.imports.readers.files import MappedFiles
from app.store.imports.readers.names import NameOf, name_of_path
from app.store.imports.rejected_files import PlaceOf


@dataclass(frozen=True, kw_only=True)
class SentOptions:
    """The options that an import over HTTP may have, as they are stated: no more than text, numbers and flags, for
    they come from others. The commands and the parameters of requests name them alike.

    dry_run: all is told that would be done, and nothing is stored. keep_going: right rows are stored though others are
    wrong, which are written to files. patch: claims of YAML, JSON and NDJSON set what they name alone. force: rows made
    from an older version of their claim are carried out too. restore: retractions are taken back that rows do not have
    any more, or say so. comment: a note that is kept with the revision. expect_claims: how many claims there are to be:
    with another number nothing is stored. dataset: the name of that of the claims that name none. dataset_title and
    the like: what describes it; None leaves a field as it is stored, and an empty text takes it away. delimiter,
    quoting, encoding: how tables are written; see dialect_of. wait: how long it waits for another writer once the rows
    are checked, in seconds; None as any write waits.
    """

    dry_run: bool = False
    keep_going: bool = False
    patch: bool = False
    force: bool = False
    restore: bool = False
    comment: str | None = None
    expect_claims: int | None = None
    dataset: str | None = None
    dataset_title: str | None = None
    dataset_licence: str | None = None
    dataset_url: str | None = None
    dataset_citation: str | None = None
    delimiter: str | None = None
    quoting: Quoting | None = None
    encoding: str | None = None
    wait: float | None = None

    def description(self) -> dict[str, str | None]:
        """The description of the dataset, by its fields, as it is stated."""
        return {field: getattr(self, f"dataset_{field}") for field in FIELDS}

    def label(self) -> Label | None:
        """The dataset with what describes it. Raises BadRequest, as label_of does."""
        return label_of(self.dataset, self.description())

    def dialect(self) -> Dialect:
        """How tables are written. Raises BadImport, as dialect_of does."""
        return dialect_of(self.delimiter, self.quoting, self.encoding)

    def patience(self, tell: Callable[[str], object]) -> Patience | None:
        """How long another writer is waited for. tell: is told whom it waits for."""
        return None if self.wait is None else Patience(self.wait, tell)


@dataclass(frozen=True, kw_only=True)
class ImportOptions(SentOptions):
    """The options of an import.

    texts: a folder with texts of sources; see TextFolder. mapping: what tells how records are made of foreign files;
    see read_mapping. actor: who writes, as histories show it. at: the time of the revision, now by default.
    rejected_to: where rejected rows are written; see RejectedFiles. name_of: gives the names that files have in the
    report. only_first: nothing is done where the database has a revision.
    """

    texts: Path | None = None
    mapping: MappedFiles | None = None
    actor: str = "import"
    at: datetime | None = None
    rejected_to: PlaceOf = beside
    name_of: NameOf = name_of_path
    only_first: bool = False
