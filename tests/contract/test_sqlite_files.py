"""The SQLite file: written back by time, for its owner alone, held by one, and never mixed with another's log."""

import asyncio
import fcntl
import os
import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from payments.core.billing import SnapshotPart
from payments.core.community import Identity, Place, Platform
from payments.core.ids import CommunityId, CustomerRef, SubscriptionId
from payments.ports.stores import Code, CodeKind, CodeState, StoreUnavailable, UnclaimedSubscription
from storage.database import DatabaseRefused
from storage.engines.sqlite import SqliteSettings
from storage.files.backup import BackupFailed, Facts, back_up, facts_of, reading
from storage.files.lock import Lock, lock_path, read_note, refuse_mixture, restoring_path, sidecar
from storage.files.private import tighten
from storage.files.restore import restore
from storage.hold import hold, look_for_damage
from storage.store import SqlStore, open_store
from tests.contract import builders


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "guestlist.db"


def held(path: Path) -> Lock:
    lock = hold(f"sqlite:///{path}")
    assert lock is not None
    return lock


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Lock, SqlStore]]:
    """As the service opens it; closed in the end, however the test ends."""
    lock = held(path)
    store = await open_store(f"sqlite:///{path}")
    try:
        yield lock, store
    finally:
        await store.close()
        with suppress(OSError):
            lock.release()


def tables(path: Path) -> int:
    """In a copy of the file alone."""
    copied = path.with_name("copied.db")
    shutil.copy(path, copied)
    with closing(sqlite3.connect(copied)) as connection:
        found: int = connection.execute("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        return found


def marks(path: Path) -> frozenset[int]:
    note = read_note(path)
    assert note is not None
    return note.marks


def mark(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[60:64], "big")


async def write(store: SqlStore, number: int) -> None:
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(f"com_{number}"), Place(builders.SERVER.platform, str(number)), "x")


async def test_a_checkpoint_leaves_everything_in_the_file_and_nothing_in_the_log(path: Path) -> None:
    async with opened(path) as (lock, store):
        assert tables(path) == 0, "else this test says nothing"
        await store.checkpoint(lock)
        assert tables(path) > 20
        assert sidecar(path, "-wal").stat().st_size == 0
        before = mark(path)
        assert marks(path) == {before}
        await store.checkpoint(lock)
        assert mark(path) == before, "nothing was written since"
        await write(store, 1)
        await store.checkpoint(lock)
        assert mark(path) != before
        assert marks(path) == {mark(path)}


async def test_readers_put_a_checkpoint_off_and_nothing_waits_for_them(path: Path) -> None:
    """Such as long backups: what is committed before and after is there when they end, and the note fits the file."""
    async with opened(path) as (lock, store):
        await store.checkpoint(lock)
        first = mark(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as earlier, closing(sqlite3.connect(path)) as later:
            read(earlier)
            await write(store, 1)
            await store.checkpoint(lock)
            read(later)
            earlier.close()
            await write(store, 2)
            await store.checkpoint(lock)
            assert sidecar(path, "-wal").stat().st_size > 0
            assert mark(path) != first, "a part of the log is in the file"
            assert mark(path) in marks(path)
            refuse_mixture(path)
        await store.checkpoint(lock)
        assert sidecar(path, "-wal").stat().st_size == 0
        assert marks(path) == {mark(path)}
        async with store.transaction() as tx:
            assert await tx.communities.get(CommunityId("com_2")) is not None


def read(connection: sqlite3.Connection) -> None:
    """From now on it sees the database as it is at this moment."""
    connection.isolation_level = None
    connection.execute("BEGIN")
    connection.execute("SELECT COUNT(*) FROM community").fetchone()


async def test_commits_and_checkpoints_at_once_all_come_through(path: Path) -> None:
    async with opened(path) as (lock, store):

        async def checkpoints() -> None:
            for _ in range(20):
                await store.checkpoint(lock)
                refuse_mixture(path)

        await asyncio.gather(checkpoints(), *(write(store, number) for number in range(60)))
        await store.checkpoint(lock)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT COUNT(*) FROM community").fetchone() == (60,)
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_checkpoint_that_the_disk_has_no_room_for_is_an_outage_and_harms_nothing(path: Path) -> None:
    async with opened(path) as (lock, store):
        await write(store, 1)
        lock.release()  # its file can't be written any more
        with pytest.raises(StoreUnavailable):
            await store.checkpoint(lock)
        await write(store, 2)


async def test_one_at_a_time_and_the_next_when_it_is_released(path: Path) -> None:
    lock = held(path)
    with pytest.raises(DatabaseRefused, match=f"process {os.getpid()} runs on it"):
        held(path)
    lock.release()
    held(path).release()


async def test_who_lost_the_lock_file_writes_nothing_more_when_another_holds_the_database(path: Path) -> None:
    async with opened(path) as (_, store):
        await write(store, 1)
        lock_path(path).unlink()
        async with opened(path) as (_, other):  # nothing is left to tell it by
            with pytest.raises(StoreUnavailable, match="another service may run on the database"):
                await write(store, 2)
            with pytest.raises(StoreUnavailable, match="another service may run on the database"):
                await store.ingest(builders.event(), SnapshotPart.ALL)
            await write(other, 3)


async def test_under_another_name_nobody_else_holds_the_database(path: Path) -> None:
    async with opened(path) as (_, store):
        await write(store, 1)
        linked = path.with_name("linked.db")
        os.link(path, linked)
        with pytest.raises(DatabaseRefused, match="has a second name"):
            held(linked)
        with pytest.raises(DatabaseRefused, match="has a second name"):
            await open_store(f"sqlite:///{linked}")
        await write(store, 2)
    with pytest.raises(DatabaseRefused, match="has a second name"):
        held(path)
    linked.unlink()
    held(path).release()


async def test_the_name_that_a_killed_restore_gave_the_database_keeps_nobody_out(path: Path) -> None:
    await with_events(path)
    former = path.with_name(f"{path.name}.replaced-20260105-093000-123-4f1a")
    os.link(path, former)
    held(path).release()
    with pytest.raises(DatabaseRefused, match="has a second name"):
        held(former)


def test_on_postgresql_nobody_is_kept_out() -> None:
    assert hold("postgresql://nobody@nowhere/guestlist") is None


async def test_a_torn_note_keeps_nobody_from_starting(path: Path) -> None:
    await (await open_store(f"sqlite:///{path}")).close()
    lock_path(path).write_text("pid 12\nino")
    lock = held(path)
    note = read_note(path)
    assert note is not None
    assert note.pid == os.getpid()
    assert note.marks == {mark(path)}
    lock.release()


async def test_a_lock_file_that_cannot_be_written_is_told_in_a_sentence(path: Path) -> None:
    lock_path(path).mkdir()
    with pytest.raises(DatabaseRefused, match=r"lock file .* can't be written"):
        held(path)


async def test_a_file_that_others_can_read_is_theirs_no_more(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await (await open_store(f"sqlite:///{path}")).close()
    os.chmod(path, 0o664)
    async with opened(path):
        for ending in ("", "-wal", "-shm", "-lock"):
            assert stat.S_IMODE(sidecar(path, ending).stat().st_mode) == 0o600, ending
        assert f"Others could read {path}" in caplog.text


@pytest.mark.parametrize("garbage", [b"\0", b"\xa5"])
async def test_a_start_finds_damage_that_opening_does_not_meet(path: Path, garbage: bytes) -> None:
    await with_events(path)
    look_for_damage(SqliteSettings(path))
    overwrite_the_end(path, garbage)
    await (await open_store(f"sqlite:///{path}")).close()
    with pytest.raises(DatabaseRefused, match="guestlist restore FILE"):
        held(path)
    lock = Lock.take(path)  # who was refused holds nothing
    lock.release()


async def with_events(path: Path) -> None:
    async with opened(path) as (_, store):
        for number in range(60):
            assert (await store.ingest(replace(builders.event(f"evt_{number}"), body="x" * 1500), None)).new


def overwrite_the_end(path: Path, garbage: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(-3 * 4096, os.SEEK_END)
        file.write(garbage * (3 * 4096))


async def test_a_damaged_database_gives_no_backup_and_leaves_the_older_one(path: Path) -> None:
    """Damage in a part that nobody reads in the ordinary way of things."""
    await with_events(path)
    older = path.with_name("older.db")
    back_up(path, older)
    before = older.read_bytes()
    overwrite_the_end(path, b"\xa5")
    with pytest.raises(BackupFailed, match="is damaged"):
        back_up(path, older, overwrite=True)
    assert older.read_bytes() == before
    assert list(path.parent.glob("*.part*")) == []


async def test_two_backups_to_one_place_do_not_mix(path: Path) -> None:
    await (await open_store(f"sqlite:///{path}")).close()
    part = path.with_name("copy.db.0123456789abcdef.part")
    with part.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        back_up(path, path.with_name("copy.db"))
        assert part.stat().st_size == 0, "what another process is writing stays its own"
    back_up(path, path.with_name("copy.db"), overwrite=True)
    assert not part.exists(), "left over by now"


async def test_a_backup_follows_no_link_and_empties_no_file_that_others_put_in_its_way(path: Path) -> None:
    await with_events(path)
    shared = path.with_name("shared")
    shared.mkdir()
    secret = path.with_name("secret.env")
    secret.write_text("STRIPE_KEY=rk_live_x")
    random = "0123456789abcdef"
    planted = {
        "linked": ("b.db.part", f"b.db.{random}.part", f"c.db.{random}.part"),
        "hard": (f"b.db.{random[::-1]}.part",),
        "plain": ("d.db.part", "b.db.mine.part"),
    }
    for name in planted["linked"]:
        (shared / name).symlink_to(path if name.startswith("c") else secret)
    for name in planted["hard"]:
        os.link(secret, shared / name)
    for name in planted["plain"]:
        (shared / name).write_text("mine")
    os.mkfifo(shared / f"b.db.{random[:-1]}0.part")
    content = facts(path)
    for name in ("b.db", "c.db", "d.db"):
        back_up(path, shared / name)
        assert not (shared / name).is_symlink()
        assert stat.S_IMODE((shared / name).stat().st_mode) == 0o600
    assert facts(path) == content
    assert secret.read_text() == "STRIPE_KEY=rk_live_x"
    assert [(shared / name).read_text() for name in planted["plain"]] == ["mine", "mine"]
    assert all((shared / name).exists() for names in planted.values() for name in names)


@pytest.mark.parametrize("how", [os.symlink, os.link])
async def test_a_lock_file_that_is_a_link_is_refused_and_what_it_names_is_left_alone(
    path: Path, how: Callable[[Path, Path], None]
) -> None:
    letter = path.with_name("letter.txt")
    letter.write_text("Dear diary")
    letter.chmod(0o644)
    how(letter, lock_path(path))
    with pytest.raises(DatabaseRefused, match="is a link"):
        held(path)
    assert letter.read_text() == "Dear diary"
    assert stat.S_IMODE(letter.stat().st_mode) == 0o644


async def test_after_a_restore_no_code_is_good_that_somebody_may_have_used_since(path: Path) -> None:
    """Whoever used one once, and lost the place again, would have it back."""
    async with opened(path) as (_, store):
        async with store.transaction() as tx:
            for state in ("open", "held", "redeemed"):
                await tx.claims.add(state, 10**15, 0)
            await tx.claims.hold("held", "42")
            await tx.claims.redeem("redeemed", "42", builders.SERVER)
            await tx.codes.add(
                Code("typed", CodeKind.LINK, Identity(Platform.DISCORD, "1"), None, CodeState.OPEN, 10**15), 0
            )
            bought = UnclaimedSubscription(
                builders.ACCOUNT, SubscriptionId("sub_1"), CustomerRef("cus_1"), builders.PRO, 0, "bought", 10**15
            )
            await builders.cave(tx)
            await tx.unclaimed.remember([bought], 0)
        back_up(path, path.with_name("b.db"))
        async with store.transaction() as tx:
            assert await tx.claims.redeem("open", "42", builders.SERVER)
            assert await tx.claims.redeem("held", "42", builders.SERVER)
            assert await tx.codes.use("typed", 0)
    restore(path.with_name("b.db"), path, livemode=False)
    async with opened(path) as (_, store), store.transaction() as tx:
        for code in ("open", "held"):
            assert await tx.claims.get(code) is None
            assert not await tx.claims.redeem(code, "42", builders.SERVER)
        assert await tx.claims.get("redeemed") is not None
        assert await tx.codes.get("typed") is None
        assert await tx.unclaimed.of_code("bought") is None


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("beside", ["guestlist.db", "b.db"])
@pytest.mark.parametrize("linking", [True, False])
async def test_a_link_in_the_place_of_a_log_gives_root_no_other_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, beside: str, *, linking: bool
) -> None:
    """The service's user plants it; whoever restores a backup, as root, would have changed or copied what it names."""
    await with_events(path)
    backup, letter = path.with_name("b.db"), path.with_name("letter.txt")
    back_up(path, backup)
    letter.write_text("Dear diary")
    letter.chmod(0o644)
    planted = path.with_name(beside + ending)
    planted.unlink(missing_ok=True)
    planted.symlink_to(letter)
    if not linking:
        monkeypatch.setattr("os.link", no_links)
    with pytest.raises(DatabaseRefused, match="is a link"):
        restore(backup, path, livemode=False)
    if beside == path.name:
        with pytest.raises(DatabaseRefused, match="is a link"):
            held(path)
        with pytest.raises(DatabaseRefused, match="is a link"):
            await open_store(f"sqlite:///{path}")
    assert letter.read_text() == "Dear diary"
    assert (stat.S_IMODE(letter.stat().st_mode), letter.stat().st_nlink) == (0o644, 1)
    assert planted.is_symlink()
    assert not [found for found in path.parent.iterdir() if ".replaced-" in found.name]


def test_what_a_link_names_is_not_made_private(tmp_path: Path) -> None:
    letter, link = tmp_path / "letter.txt", tmp_path / "guestlist.db-wal"
    letter.touch(0o644)
    link.symlink_to(letter)
    tighten(link)
    assert stat.S_IMODE(letter.stat().st_mode) == 0o644


def no_links(*_: object, **__: object) -> None:
    raise OSError("this file system has none")


async def test_a_restore_follows_no_link_beside_the_database(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await with_events(path)
    backup, letter = path.with_name("b.db"), path.with_name("letter.txt")
    back_up(path, backup)
    path.with_name(f"{path.name}.replaced-1").symlink_to(letter)
    path.with_name(f"{path.name}.replaced-2").symlink_to(path)
    restoring_path(path).symlink_to(backup)
    monkeypatch.setattr("os.link", no_links)
    restored = restore(backup, path, livemode=False)
    assert restored.former is not None
    assert not same_file(restored.former, path)
    assert facts(restored.former) == facts(path)
    assert not same_file(path, backup)
    assert not letter.exists()


def same_file(one: Path, other: Path) -> bool:
    return one.samefile(other)


def facts(path: Path) -> Facts | None:
    with reading(path) as connection:
        return facts_of(connection)
