"""Files that only their owner may read: who bought what stands in them."""

import logging
import os
import stat
from pathlib import Path

_log = logging.getLogger(__name__)

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(path: Path) -> None:
    """An empty file of mode 0600, unless there is one: SQLite gives its ``-wal`` and ``-shm`` the database's mode.

    The process's umask is left alone: it holds for all threads at once.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return


def tighten(*paths: Path) -> None:
    """Take from existing files what others may do with them; what can't be taken is named in the log. Links are left
    alone: what they name may be anybody's."""
    for path in paths:
        try:
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode) or not mode & OTHERS:
                continue
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
            _log.warning("Others could read %s; now only its owner can.", path)
        except FileNotFoundError:
            continue
        except OSError as error:
            _log.warning("Others can read %s, and that can't be changed (%s): chmod 600 it.", path, error.strerror)


def own_like(path: Path, model: Path) -> None:
    """What root makes beside a file of the service's user belongs to that user, or the service could not open it."""
    if os.geteuid() != 0:
        return
    found = (model if model.exists() else model.resolve().parent).stat()
    os.chown(path, found.st_uid, found.st_gid, follow_symlinks=False)


def sync(path: Path) -> None:
    """On the disk now: a file's content, or a folder's names."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
