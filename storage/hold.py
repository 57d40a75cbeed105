"""One service at a time on a SQLite database, and none on a broken one. On PostgreSQL any number may run."""

import logging
import sqlite3

from storage.database import DatabaseRefused
from storage.engines.sqlite import SqliteSettings, damaged, settings_of
from storage.files.backup import is_damage, reading
from storage.files.lock import Lock, refuse_mixture
from storage.files.private import make_private

LOOK_BYTES_MAX = 256 * 1024 * 1024
"""A larger file would hold up the start for more than some seconds: `guestlist verify` looks through it."""

_log = logging.getLogger(__name__)


def hold(url: str) -> Lock | None:
    """The database for this process alone, looked at; until `release`. None: others may run on it too.

    To be called before the database is opened. Raises `DatabaseRefused`, naming who runs on it or what to do.
    """
    if not url.startswith("sqlite:"):
        return None
    settings = settings_of(url)
    lock = Lock.take(settings.path)
    try:
        refuse_mixture(settings.path)
        make_private(settings.path)
        lock.hold()
        look_for_damage(settings)
    except BaseException:
        lock.release()
        raise
    return lock


def look_for_damage(settings: SqliteSettings) -> None:
    """Raise `DatabaseRefused` for a broken file; one that is too large to be looked through now is not."""
    if settings.path.stat().st_size > LOOK_BYTES_MAX:
        _log.info("%s is too large to look for damage now; `guestlist verify` does.", settings.path)
        return
    try:
        with reading(settings.path) as connection:
            [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        if is_damage(error):
            raise DatabaseRefused(damaged(settings.path, str(error))) from None
        _log.info("%s was not looked through for damage (%s).", settings.path, error)
        return
    if found != "ok":
        raise DatabaseRefused(damaged(settings.path, str(found)))
