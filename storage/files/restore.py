"""Put a backup in a SQLite database's place. Whatever ends the process, the former or the restored one is there, whole.

The copy is made whole as ``<database>.restoring``, without codes that were good when it was made: they may have been
used since. From the moment it has that name until it has taken the database's place, no command opens the database
(`storage.files.lock.refuse_mixture`): in between, the former one's log is moved away.
"""

import os
import secrets
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from storage.database import DatabaseRefused
from storage.files.backup import Facts, copy, facts_of, faults, reading, stamp
from storage.files.lock import Lock, refuse_links, restoring_path, sidecar
from storage.files.private import own_like, sync, tighten
from storage.migrate import shipped


class RestoreFailed(DatabaseRefused):
    """The backup was not put in the database's place; the message says how things stand."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`former`: where the database that stood there before is kept, if there was one."""

    facts: Facts
    former: Path | None


def restore(backup: Path, database: Path, *, livemode: bool) -> Restored:
    """Raises `DatabaseRefused` while a service runs on the database, and `RestoreFailed`."""
    database = database.resolve()
    _check(backup, database, livemode)
    lock = Lock.take(database)
    try:
        lock.begin()
        return _restore(backup, database, lock)
    except (OSError, sqlite3.Error) as error:
        raise RestoreFailed(f"{backup} could not be restored ({error}); nothing is lost, try again") from None
    finally:
        lock.release()


def _check(backup: Path, database: Path, livemode: bool) -> None:
    """Everything that can be known of the file before anything is done."""
    if not backup.is_file():
        raise RestoreFailed(f"there is no file {backup}")
    refuse_links(backup)
    refuse_links(database)
    if database.exists() and backup.samefile(database):
        raise RestoreFailed(f"{backup} is the database itself; name a backup")
    try:
        with reading(backup, still=_is_still(backup)) as connection:
            found, facts = faults(connection), facts_of(connection)
    except (sqlite3.Error, OSError) as error:
        raise RestoreFailed(f"{backup} is damaged or no database ({error}); take another backup") from None
    if found:
        raise RestoreFailed(f"{backup} is damaged ({found[0]}); take another backup")
    if facts is None:
        raise RestoreFailed(f"{backup} is not a Guestlist database; name a file that `guestlist backup` made")
    if facts.version > len(shipped()):
        raise RestoreFailed(
            f"{backup} has schema version {facts.version}, but this Guestlist knows versions up to {len(shipped())}; "
            "install the newer Guestlist first"
        )
    if facts.livemode - {livemode}:
        theirs = "test" if livemode else "live"
        raise RestoreFailed(f"{backup} was made in {theirs} mode; restore it with the configuration for that mode")


def _is_still(backup: Path) -> bool:
    """A copy with a log beside it, such as a database that was put aside, is read with its log."""
    return not sidecar(backup, "-wal").exists()


def _restore(backup: Path, database: Path, lock: Lock) -> Restored:
    whole = restoring_path(database)
    own = whole.exists() and not whole.is_symlink() and backup.samefile(whole)
    facts = copy(backup, whole, still=_is_still(backup), void_codes=True) if not own else _as_it_is(whole)
    own_like(whole, database)
    former = _set_aside(database)
    for ending in ("-wal", "-shm"):
        sidecar(database, ending).unlink(missing_ok=True)
    sync(database.parent)  # the log is gone before another file is there that it does not belong to
    whole.rename(database)
    sync(database.parent)
    lock.replaced()
    return Restored(facts, former)


def _as_it_is(whole: Path) -> Facts:
    with reading(whole, still=True) as connection:
        facts = facts_of(connection)
    assert facts is not None, "it was checked"
    return facts


def _set_aside(database: Path) -> Path | None:
    """The former database under another name, with its log: they are read together. It stays in its place, too."""
    if not database.exists():
        return None
    replaced = database.parent.glob(f"{database.name}.replaced-*")
    kept = (path for path in replaced if not path.is_symlink() and path.samefile(database))
    if (former := next(kept, None)) is not None:
        return former  # by a restore that was killed; its log may be gone from here, and is there
    former = database.with_name(f"{database.name}.replaced-{stamp(database)}-{secrets.token_hex(2)}")
    for ending in ("-wal", ""):
        there = sidecar(database, ending)
        if there.exists():
            _second_name(there, former.with_name(former.name + ending))
    sync(database.parent)
    return former


def _second_name(path: Path, name: Path) -> None:
    tighten(path)
    with suppress(OSError):
        os.link(path, name, follow_symlinks=False)
        return
    with (
        open(path, "rb", opener=_no_link) as old,
        open(name, "xb", opener=_for_its_owner) as new,
    ):  # a file system without hard links
        shutil.copyfileobj(old, new)
    shutil.copystat(path, name)
    sync(name)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
