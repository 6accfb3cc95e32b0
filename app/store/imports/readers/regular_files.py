"""Files that may be read: regular ones. A pipe would be waited for, a device may have no end, or do something."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from tempfile import gettempdir
from typing import BinaryIO

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


def why_unread(path: Path) -> str | None:
    """Why a path is no file that is read, links followed; None for a regular file. Raises OSError as `os.stat`."""
    return _reason(os.stat(path).st_mode)  # noqa: PTH116  # Path.stat is the same


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read it. Raises OSError for any other, without waiting for it or touching it."""
    _require(why_unread(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _require(_reason(os.fstat(descriptor).st_mode))  # it may have become another since
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def why_missing(path: Path, error: OSError) -> str:
    """Why nothing can be said of a path: it is not there, or a link that leads nowhere."""
    if error.errno == errno.ELOOP:
        return "a link that leads back to itself"
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return "a link to a file that is not there" if os.path.islink(path) else "there is no such file or folder"  # noqa: PTH114  # Path.is_symlink raises for long names
    return f"cannot be read: {error.strerror}"


def why_read_no_further(error: OSError) -> str:
    """Why a file cannot be read: itself, or there is no room for what is put on disk of it meanwhile."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"parts of it cannot be kept in {gettempdir()}, the folder for temporary files (TMPDIR): {error.strerror}"
        )
    return f"cannot be read: {error.strerror}"


def _reason(mode: int) -> str | None:
    if stat.S_ISREG(mode):
        return None
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "no regular file")
    return f"it is {kind}, no regular file: save what is to be read as one"


def _require(reason: str | None) -> None:
    if reason:
        raise OSError(errno.EINVAL, reason)
