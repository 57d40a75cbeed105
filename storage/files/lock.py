"""Beside a SQLite database: who runs on it, and whether the log beside it is its own.

The file ``<database>-lock`` is held by `flock` while a service runs, so a `kill -9` frees it. Its text names the
service's pid, the database's inode, and the marks that the database's header may carry.

SQLite replays a left-over ``-wal`` into whatever file stands beside it, and never asks whether the two belong
together. A file copied into the place of the former one would be a mixture of both. An inode shows most of that; a file
that was overwritten in place keeps its inode, and is known by its mark: a random number in the header
(`PRAGMA user_version`), changed at each timed checkpoint, and different in every backup.
"""

import fcntl
import glob
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from storage.database import DatabaseRefused
from storage.files.private import own_like, tighten

MARK_BITS = 31
"""SQLite keeps the mark as a signed number of 32 bits."""

_HEADER_BYTES = 100
_MARK_AT = slice(60, 64)  # "user version", https://www.sqlite.org/fileformat.html#the_database_header
_LOOKS_MAX = 20


@dataclass(frozen=True, slots=True)
class Note:
    """The text of a lock file. `inode` 0: of no database yet."""

    pid: int
    inode: int
    marks: frozenset[int]


def lock_path(database: Path) -> Path:
    """Beside the real file, also when it is reached by a link."""
    real = database.resolve()
    return real.with_name(real.name + "-lock")


def restoring_path(database: Path) -> Path:
    """A copy that is whole and about to take the database's place: while it is there, a restore is not finished."""
    real = database.resolve()
    return real.with_name(real.name + ".restoring")


def sidecar(database: Path, suffix: str) -> Path:
    """SQLite's ``-wal`` or ``-shm`` of a database."""
    real = database.resolve()
    return real.with_name(real.name + suffix)


class InUse(DatabaseRefused):
    """Another process holds the lock."""


class Lock:
    """Held by the one service of a database, or by a restore. `take`, then `release`."""

    def __init__(self, database: Path, held: int, note: Note | None) -> None:
        self._database = database
        self._held = held
        self._note = note or Note(os.getpid(), 0, frozenset())
        self._next: int | None = None

    @classmethod
    def take(cls, database: Path) -> "Lock":
        """Raises `InUse` while another process holds it, naming its pid, and `DatabaseRefused`."""
        path = lock_path(database)
        try:
            held = _open_own(path)
            own_like(path, database)
            tighten(path)
        except OSError as error:
            raise DatabaseRefused(
                f"the lock file {path} can't be written ({error.strerror}); "
                "make the user who runs Guestlist own the folder and the file"
            ) from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(held)
            raise InUse(_runs_already(database)) from None
        return cls(database, held, read_note(database))

    def hold(self) -> None:
        """Write down who runs, and on which file; to be called when the database is there."""
        marks = self._note.marks | {_mark(self._database)}
        self._write(Note(os.getpid(), self._database.stat().st_ino, frozenset(marks)))

    def begin(self) -> None:
        """Write down who holds it, and nothing else: the rest is as it was."""
        self._write(replace(self._note, pid=os.getpid()))

    def next(self) -> int:
        """See `Marks`. One that could not be settled is tried again: the marks stay few."""
        if self._next is None:
            self._next = secrets.randbits(MARK_BITS)
            self._write(replace(self._note, marks=self._note.marks | {self._next}))
        return self._next

    def settle(self) -> None:
        """See `Marks`."""
        assert self._next is not None
        self._write(replace(self._note, marks=frozenset({self._next})))
        self._next = None

    def replaced(self) -> None:
        """Another file stands in the database's place, by our own doing."""
        self._write(Note(os.getpid(), self._database.stat().st_ino, frozenset({_mark(self._database)})))

    def release(self) -> None:
        """Others may run on the database. The file stays: what it says of the database is still true."""
        held, self._held = self._held, -1  # the number may be another file's at once, and nothing may be written there
        os.close(held)

    def _write(self, note: Note) -> None:
        """On the disk before the database is: after a power cut, too, it must name what the header carries."""
        marks = " ".join(str(mark) for mark in sorted(note.marks))
        text = f"pid {note.pid}\ninode {note.inode}\nmarks {marks}\n".encode()
        os.pwrite(self._held, text, 0)
        os.ftruncate(self._held, len(text))
        os.fsync(self._held)
        self._note = note


def _open_own(path: Path) -> int:
    """The lock file; never another one that somebody linked to its name, for it is written over."""
    if path.is_symlink():
        raise DatabaseRefused(_NOT_OURS.format(path=path))
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    found = os.fstat(held)
    if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
        return held
    os.close(held)
    raise DatabaseRefused(_NOT_OURS.format(path=path))


_NOT_OURS = "the lock file {path} is a link or not a regular file; remove it and try again"


def read_note(database: Path) -> Note | None:
    """What the lock file says; None where there is none, or it was torn."""
    try:
        lines = lock_path(database).read_text(encoding="ascii").splitlines()
        found = {name: value for name, _, value in (line.partition(" ") for line in lines)}
        return Note(int(found["pid"]), int(found["inode"]), frozenset(map(int, found["marks"].split())))
    except (OSError, ValueError, KeyError):
        return None


def _runs_already(database: Path) -> str:
    note = read_note(database)
    who = "another process" if note is None else f"process {note.pid}"
    return f"{database} is in use: {who} runs on it; stop that one first"


def refuse_mixture(database: Path) -> None:
    """Raise `DatabaseRefused` when the database would be mixed with the log of another, or a restore is half done.

    To be asked before SQLite opens the file; changes nothing, and may be asked beside a running service.
    """
    refuse_links(database)
    refuse_second_name(database)
    restoring = restoring_path(database)
    if restoring.exists():
        raise DatabaseRefused(f"a restore of {database} was not finished; finish it: guestlist restore {restoring}")
    if _log_bytes(database) == 0:
        return
    if not database.exists():
        raise DatabaseRefused(f"{database} is gone, but its log {sidecar(database, '-wal')} is there; {_TO_DO}")
    if _strange(database):
        raise DatabaseRefused(
            f"{database} was replaced, but the log {sidecar(database, '-wal')} of the former database is still there, "
            f"and SQLite would mix the two; {_TO_DO}"
        )


def refuse_links(database: Path) -> None:
    """Raise `DatabaseRefused` when what SQLite keeps beside the file is a link, or no ordinary file. Who writes to the
    folder could have root, who restores a backup, open, copy or change any file of the machine by it."""
    for beside in (sidecar(database, ending) for ending in ("-wal", "-shm", "-journal")):
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(beside.lstat().st_mode):
                raise DatabaseRefused(f"{beside} is a link or not a regular file; remove it and try again")


def refuse_second_name(database: Path) -> None:
    """Raise `DatabaseRefused` for a file that has another name, a hard link: beside each name there would be a lock and
    a log of its own. The name that a restore which was killed gave it is no way to open it: it has this one, too."""
    real = database.resolve()
    if not real.exists():
        return
    set_aside = real.parent.glob(f"{glob.escape(real.name)}.replaced-*")
    ours = sum(not path.is_symlink() and path.samefile(real) for path in set_aside)
    if real.stat().st_nlink - ours > 1:
        raise DatabaseRefused(
            f"{database} has a second name (a hard link), through which another service could run on it; "
            "remove that name, or make a copy with `guestlist backup`"
        )


_TO_DO = "restore a backup with `guestlist restore FILE`, which sets aside what is there now"


def _strange(database: Path) -> bool:
    """Whether the file is another than the one that was last run on.

    A service beside us writes each mark into its note before it writes it into the file: a note that was the same
    before and after the file was looked at tells the truth about it.
    """
    for _ in range(_LOOKS_MAX):
        before = read_note(database)
        if before is None or before.inode == 0:
            return False
        strange = before.inode != database.stat().st_ino or _mark(database) not in before.marks
        if not strange or read_note(database) == before:
            return strange
    return False


def _log_bytes(database: Path) -> int:
    try:
        return sidecar(database, "-wal").stat().st_size
    except OSError:
        return 0


def _mark(database: Path) -> int:
    """The mark in the main file, whatever its log says.

    Read without SQLite, and before this process opens the file with it: closing the file afterwards would let go of
    the locks that SQLite has on it.
    """
    with database.open("rb") as file:
        return int.from_bytes(file.read(_HEADER_BYTES)[_MARK_AT], "big")
