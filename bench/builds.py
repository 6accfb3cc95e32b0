"""The builds that are measured: the tree that this bench stands in, and earlier commits, each in a worktree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench import data
from bench.data import ROOT

COMMAND = "from app.cli import main; main(prog_name='onrecord')"
AGAINST = "d9a4d40"  # the build to be several times as fast as: the last before the index of bitmaps was thought of
BEFORE = "750cc29"  # the build to give the same answers as: the last with an index for each engine
INSIDE = Path(__file__).parent / "inside"  # scripts that run on the modules of any build


@dataclass(frozen=True)
class Build:
    """A tree of the source, whose modules a process of its own runs on. commit: empty for the tree of this bench."""

    commit: str = ""
    folder: Path = ROOT

    @property
    def name(self) -> str:
        """The build in titles and names of databases."""
        return self.commit or "today"

    @cached_property
    def described(self) -> str:
        """The commit of the tree, and whether files differ from it."""
        return git("describe", "--always", "--dirty", "--exclude=*", folder=self.folder) or "unknown"

    def environment(self, url: str) -> dict[str, str]:
        """The environment of a process that works on a database. Slow queries are measured, not refused."""
        limits = {"ONRECORD_LOCK_TIMEOUT": "60", "ONRECORD_STATEMENT_TIMEOUT": "60", "ONRECORD_EXPORTS_PER_CLIENT": "4"}
        return {**os.environ, "ONRECORD_DATABASE_URL": url, "PYTHONPATH": str(self.folder), **limits}

    def start(self, url: str, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        """Start a command of the build: `migrate`, `serve`, …"""
        return self.run_python(url, "-c", COMMAND, *arguments, **options)

    def inside(self, url: str, script: str, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        """Start one of the scripts of `inside` on the build's modules."""
        return self.run_python(url, str(INSIDE / f"{script}.py"), *arguments, **options)

    def run_python(self, url: str, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        """Start Python on the build's modules."""
        command = [sys.executable, *arguments]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment(url), **options)  # type: ignore[call-overload,no-any-return]  # noqa: S603  # our own


TODAY = Build()


@contextmanager
def build_of(commit: str | None) -> Iterator[Build]:
    """The build of a commit, in a worktree that is gone afterwards; without a commit, that of this tree.

    Raises RuntimeError where Git does not know the commit, or there is no repository.
    """
    if not commit:
        yield TODAY
        return
    full = git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    if not full:
        raise RuntimeError(f"{commit} is no commit of a Git repository around {ROOT}")
    folder = data.FOLDER / "builds" / full[:7]
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        git("worktree", "prune")
        git("worktree", "add", "--detach", str(folder), full)
    try:
        yield Build(full[:7], folder)
    finally:
        git("worktree", "remove", "--force", str(folder))
        shutil.rmtree(folder, ignore_errors=True)


def git(*arguments: str, folder: Path = ROOT) -> str:
    """The output of a Git command; empty where it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603, S607  # our own
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
