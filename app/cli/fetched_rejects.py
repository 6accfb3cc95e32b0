"""The files of rejected rows that a server has of an import, fetched to where the command would put them."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from app.cli.output import say
from app.cli.pushed_server import PushedServer
from app.errors import OnRecordError
from app.store.imports.jobs.packing import Archive
from app.store.imports.readers.names import name_of_path
from app.store.imports.readers.rejected import OF_RECORDS, OF_TABLES
from app.store.imports.rejected_files import PlaceOf, put_rejected
from app.store.imports.report import RejectedFile


def fetch_rejected(
    server: PushedServer, job_id: str, archive: Archive, place_of: PlaceOf, told: Sequence[RejectedFile]
) -> list[RejectedFile]:
    """The rejected files, with the places where they are now: at the server, for one that cannot be written here."""
    places = {one.file: one for one in told}
    try:
        with TemporaryFile() as file:
            server.fetch_rejected(job_id, file)
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:") as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    path = archive.path_of(member.name.removesuffix(_ending(member.name)))
                    if content is None or path is None:
                        continue
                    target = _put(content, path, place_of(path), _ending(member.name))
                    name = name_of_path(path)
                    places[name] = places[name]._replace(place=target)
    except (OnRecordError, OSError, tarfile.TarError, KeyError) as error:
        detail = error.detail if isinstance(error, OnRecordError) else error
        say(f"rejected rows stay at {server.rejected_url(job_id)}, for a week: {detail}", err=True)
        return [one._replace(place=server.rejected_url(job_id)) for one in told]
    return list(places.values())


def _put(content: IO[bytes], path: Path, place: Path, ending: str) -> str:
    target = place.with_name(place.name + ending)
    with put_rejected(target, name_of_path(path) if place != path else "") as out:
        shutil.copyfileobj(content, out)
    return str(target)


def _ending(name: str) -> str:
    return OF_TABLES if name.endswith(OF_TABLES) else OF_RECORDS
