"""Copies of a SQLite database, made while it is in use, and whole or not there at all.

A copy grows beside its place as ``FILE.<random>.part``, a file that was not there before: a folder that others write
to may hold links by any name that can be guessed. It takes its name only when SQLite found no fault in it and it is on
the disk; whatever ends the process before that leaves what had the name.
"""

import fcntl
import os
import re
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.database import DatabaseRefused
from storage.files.lock import MARK_BITS, lock_path, refuse_mixture, sidecar
from storage.files.private import sync

KEPT = 3
"""Of how many schema versions the newest copy made before a change is kept.

Not the newest copies whatever their version: a change that fails is tried again, and each try makes a copy.
"""

BUSY_SECONDS = 10

PART_BYTES = 8
"""So many random bytes are in the name of a copy that is being made."""

NEW_PARTS_MAX = 10

OURS = frozenset({"schema_version", "stripe_account", "entitlement"})
"""Tables that no other program's database has together."""


ONCE = {
    "claim": "state IN ('open', 'held')",
    "code": "state = 'open'",
    "unclaimed_subscription": "code_hash IS NOT NULL AND person_id IS NULL",  # found again at night, without a code
}
"""Codes that are good once, and which of them are good still."""


class BackupFailed(DatabaseRefused):
    """There is no new copy, and what had its name is as it was."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a database's file says of itself. `livemode`: of the Stripe accounts it knows; none when it knows none."""

    version: int
    livemode: frozenset[bool]
    members: int


@contextmanager
def reading(path: Path, *, still: bool = False) -> Iterator[sqlite3.Connection]:
    """An existing database, for reading. `still`: nobody writes to the file, and nothing is made beside it."""
    mode = "ro&immutable=1" if still else "rw"  # rw: only so is an empty log taken away again at the end
    address = path.resolve().as_uri() + f"?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        yield connection


def facts_of(connection: sqlite3.Connection) -> Facts | None:
    """None: it is no Guestlist's. Raises `sqlite3.Error`."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= OURS:
        return None
    version = connection.execute("SELECT version FROM schema_version").fetchone()
    accounts = connection.execute("SELECT DISTINCT livemode FROM stripe_account").fetchall()
    members = connection.execute("SELECT COUNT(DISTINCT person_id) FROM access WHERE wanted = 1").fetchone()
    return Facts(version[0] if version else 0, frozenset(bool(live) for (live,) in accounts), members[0])


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is broken, or no database at all: trying again won't help."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def faults(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong in the file itself; reads all of it. Raises `sqlite3.Error` when it can't be read."""
    try:
        found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return [str(error)]
    return [] if found == ["ok"] else found


def back_up(database: Path, target: Path, *, overwrite: bool = False) -> Facts:
    """A copy of the database as it is at this moment, at `target`. Raises `DatabaseRefused`."""
    refuse_mixture(database)
    _refuse_place(database, target, overwrite)
    return copy(database, target)


def copy(source: Path, target: Path, *, still: bool = False, void_codes: bool = False) -> Facts:
    """The same, wherever `target` is; what stands there is replaced. `void_codes`: but for codes that nobody has used
    yet, as far as it knows. Raises `BackupFailed`."""
    with _growing(target) as part:
        facts = _fill(source, part, still=still, void_codes=void_codes)
        if facts is None:
            raise BackupFailed(f"{source} is not a Guestlist database")
    return facts


@contextmanager
def _growing(target: Path) -> Iterator[Path]:
    """The file to copy into; when the block ends well it is on the disk, and then has the name `target`."""
    try:
        _remove_left_over(target)
        with _part(target) as part:
            yield part
            sync(part)
            part.rename(target)
            sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(f"{target} could not be written ({_words(error)}); nothing was changed") from None


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    """A new, empty file to copy into, ours alone; gone afterwards unless it was given its name."""
    part, held = _new_part(target)
    try:
        yield part
    except BaseException:
        _remove_part(part)
        raise
    finally:
        os.close(held)


def _new_part(target: Path) -> tuple[Path, int]:
    """One that is held by `flock`, so that another backup to the same place does not take it for a left-over."""
    for _ in range(NEW_PARTS_MAX):
        part = target.with_name(f"{target.name}.{secrets.token_hex(PART_BYTES)}.part")
        held = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        if _hold_file(held) and _is_at(part, held):
            return part, held
        os.close(held)  # another backup came between the two, and removes it
    raise BackupFailed(f"{target} is being written by other processes; wait until they finish")


def _remove_left_over(target: Path) -> None:
    """What backups to this place that were killed have left, and nothing else that may have such a name."""
    ours = re.compile(re.escape(target.name) + rf"\.[0-9a-f]{{{2 * PART_BYTES}}}\.part")
    there: list[Path] = []
    with suppress(OSError):  # a folder that may be written to, but not listed
        there = list(target.parent.iterdir())
    for part in (path for path in there if ours.fullmatch(path.name)):
        with suppress(OSError):
            held = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _is_left_over(os.fstat(held)) and _hold_file(held) and _is_at(part, held):
                    _remove_part(part)
            finally:
                os.close(held)


def _is_left_over(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_uid == os.geteuid()


def _hold_file(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(path: Path, opened: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.lstat(), os.fstat(opened))
    return False


def _remove_part(part: Path) -> None:
    for ending in ("-journal", "-wal", "-shm", ""):
        with suppress(OSError):
            part.with_name(part.name + ending).unlink()


def _fill(source: Path, part: Path, *, still: bool, void_codes: bool = False) -> Facts | None:
    with reading(source, still=still) as old, closing(sqlite3.connect(part, isolation_level=None)) as new:
        new.execute("PRAGMA synchronous = OFF")  # it is written to the disk as a whole, before it gets its name
        old.backup(new)  # in one step: one moment of the source, and whoever writes there goes on
        new.execute("PRAGMA journal_mode = DELETE")  # a file that is whole without a log beside it
        if void_codes:
            _void_codes(new)
        new.execute(f"PRAGMA user_version = {secrets.randbits(MARK_BITS)}")  # see `storage.files.lock`
        if found := faults(new):
            raise BackupFailed(f"{source} is damaged, and any copy would be too ({found[0]}): restore an older backup")
        return facts_of(new)


def _void_codes(connection: sqlite3.Connection) -> None:
    """Any of them may have been used since the backup was made. Older schemas have no such tables."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, unused in ONCE.items():
        if table in tables:
            connection.execute(f"DELETE FROM {table} WHERE {unused}")  # noqa: S608 - constants of this module


def _refuse_place(database: Path, target: Path, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise BackupFailed(f"there is no folder {target.parent}; make it, or choose another place")
    real = target.resolve()
    if real in {database.resolve(), lock_path(database), *(sidecar(database, end) for end in ("-wal", "-shm"))}:
        raise BackupFailed(f"{target} is the database itself; choose another name for its copy")
    if sidecar(target, "-wal").exists():
        raise BackupFailed(f"{target} is a database in use: its log lies beside it; choose another name")
    if not target.exists():
        return
    if not overwrite:
        raise BackupFailed(f"{target} is there already; choose another name, or say --overwrite")
    if not _is_ours(target):
        raise BackupFailed(f"{target} is no backup of Guestlist's, and is not overwritten; choose another name")


def _is_ours(path: Path) -> bool:
    try:
        with reading(path, still=True) as connection:
            return facts_of(connection) is not None
    except (sqlite3.Error, OSError):
        return False


def _words(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


# -- before the schema is changed --------------------------------------------------------------------------------


def stamp(database: Path) -> str:
    """When a database was last written to, as a part of a file's name, in UTC."""
    written = [file.stat().st_mtime_ns for file in (database, sidecar(database, "-wal")) if file.exists()]
    seconds, rest = divmod(max(written), 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d-%H%M%S}-{rest // 1_000_000:03}"


def keep_before_upgrade(database: Path, version: int) -> Path:
    """A copy beside the database, named with its schema version; of each the newest stays. Raises `BackupFailed`."""
    target = database.resolve().with_name(f"{database.resolve().name}.v{version}-{stamp(database)}.backup")
    with _growing(target) as part:
        _fill(database, part, still=False)
    ours = re.compile(re.escape(database.resolve().name) + r"\.v(\d+)-(\d{8}-\d{6}-\d{3})\.backup")
    matches = ((ours.fullmatch(path.name), path) for path in target.parent.iterdir())
    found = sorted((int(match[1]), match[2], path) for match, path in matches if match is not None)
    newest = {of: path for of, _, path in found}
    kept = [newest[of] for of in sorted(newest)[-KEPT:]]
    for _, _, path in found:
        if path not in kept:
            with suppress(OSError):
                path.unlink()
    return target
