"""Backups beside a running service, copied files, who may read them, and `guestlist verify`."""

import asyncio
import shutil
import signal
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from sandbox.play import eventually
from storage.migrate import shipped
from tests.e2e.test_command_line import guestlist, has_role, start
from tests.e2e.test_crash import CROWD, PEOPLE
from tests.e2e.world import BEN, GUILD, MIA, SECRET, answered, checkout_link
from tests.processes.shop import ALONE, empty_database, files, members, mode, open_shop, with_little_room


async def test_a_backup_of_a_selling_service_is_whole_and_restores_what_it_held(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.sells(MIA)
        code, out, err = await shop.says("backup", "monday.db")
        assert code == 0, err
        assert "1 members with access" in out
        backup = tmp_path / "monday.db"
        assert mode(backup) == 0o600
        assert members(backup) == 1
        assert files(tmp_path, "monday.db*") == [backup]

        await shop.sells(BEN)
        code, _, err = await shop.says("restore", "monday.db")
        assert code == 1
        assert f"process {shop.process.pid} runs on it" in err
        await shop.ends()
        code, out, err = await shop.says("restore", "monday.db")
        assert code == 0, err
        [former] = files(tmp_path, "guestlist.db.replaced-*")
        assert str(former) in out
        for said in ("first bought after the backup are not in it", "`guestlist places`", "/team", "`guestlist claim`"):
            assert said in out
        assert (members(shop.database), members(former)) == (1, 2)
        assert mode(shop.database) == 0o600
        assert (await shop.says("verify"))[0] == 0
        await shop.starts()
        assert await has_role(shop.play, GUILD, MIA)


@pytest.mark.timeout(300)
async def test_backups_during_purchases_and_kills_hold_everyone_who_was_in_before(tmp_path: Path) -> None:
    """A backup during a purchase: whenever it is taken, and whatever dies, it is one moment of the database."""
    async with open_shop(tmp_path, CROWD) as shop:
        for number, user in enumerate(PEOPLE[:3]):
            link = checkout_link(
                await answered(shop.play, await shop.play.command(GUILD, user, "subscribe", plan="Pro"))
            )
            held = members_now(shop.database)
            backing_up = asyncio.create_task(shop.says("backup", f"{number}.db"))
            await asyncio.sleep(0.15 * number)
            await shop.play.pay(link)
            if number % 2:
                await shop.killed()
            code, _, err = await backing_up
            assert code == 0, err
            assert members(tmp_path / f"{number}.db") in (held, held + 1)
            if number % 2:
                await shop.starts()
            assert await eventually(partial(has_role, shop.play, GUILD, user), seconds=40)
        await shop.killed()
        code, _, err = await shop.says("restore", "1.db")
        assert code == 0, err
        await shop.starts()


def members_now(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        found: int = connection.execute("SELECT COUNT(*) FROM access WHERE wanted = 1").fetchone()[0]
        return found


async def test_a_backup_overwrites_only_a_backup_and_only_when_told_to(tmp_path: Path) -> None:
    await empty_database(tmp_path / "guestlist.db")
    (tmp_path / "notes.txt").write_text("Dear diary")

    async def refused(*arguments: str) -> str:
        code, _, err = await guestlist(tmp_path, "backup", *arguments, **ALONE)
        assert code == 1
        assert err.count("\n") == 1, err
        return err

    assert (await guestlist(tmp_path, "backup", "b.db", **ALONE))[0] == 0
    assert "--overwrite" in await refused("b.db")
    assert (await guestlist(tmp_path, "backup", "--overwrite", "b.db", **ALONE))[0] == 0
    assert "no backup" in await refused("--overwrite", "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "Dear diary"
    assert "the database itself" in await refused("--overwrite", "guestlist.db")
    assert "the database itself" in await refused("--overwrite", "guestlist.db-lock")
    assert "no folder" in await refused("nowhere/b.db")
    (tmp_path / "other").mkdir()
    assert "no database at" in (await guestlist(tmp_path / "other", "backup", "b.db", **ALONE))[2]
    assert files(tmp_path / "other") == []


async def test_a_full_disk_leaves_the_older_backup_and_no_half_one(tmp_path: Path) -> None:
    await empty_database(tmp_path / "guestlist.db", bulk=2_000_000)
    assert (await guestlist(tmp_path, "backup", "b.db", **ALONE))[0] == 0
    before = (tmp_path / "b.db").read_bytes()
    code, err = await with_little_room(tmp_path, "backup", "--overwrite", "b.db")
    assert code == 1
    assert err.startswith("guestlist: backup: ")
    assert err.count("\n") == 1, err
    assert (tmp_path / "b.db").read_bytes() == before
    assert files(tmp_path, "*.part*") == []


async def test_a_backup_that_is_killed_leaves_the_older_one_and_the_next_succeeds(tmp_path: Path) -> None:
    await empty_database(tmp_path / "guestlist.db", bulk=60_000_000)
    older = await empty_database(tmp_path / "b.db")
    before = older.read_bytes()
    process = await start(tmp_path, "backup", "--overwrite", "b.db", **ALONE)

    async def under_way() -> bool:
        return process.returncode is not None or any(part.stat().st_size for part in files(tmp_path, "b.db.*.part"))

    assert await eventually(under_way, seconds=30, every=0.002)
    process.kill()
    assert await process.wait() == -signal.SIGKILL, "it was killed in the middle"
    assert older.read_bytes() == before
    assert len(files(tmp_path, "b.db.*.part")) == 1
    code, _, err = await guestlist(tmp_path, "backup", "--overwrite", "b.db", **ALONE)
    assert code == 0, err
    assert members(older) == 0
    assert older.stat().st_size > 60_000_000
    assert files(tmp_path, "b.db.*part*") == []


@pytest.mark.timeout(300)
async def test_a_copied_file_holds_what_was_sold_a_minute_ago(tmp_path: Path) -> None:
    """Not a backup, but what people do."""
    async with open_shop(tmp_path) as shop:
        await shop.sells(MIA)

        async def held() -> bool:
            shutil.copy(shop.database, tmp_path / "copied.db")
            with closing(sqlite3.connect(tmp_path / "copied.db")) as connection:
                found = connection.execute("SELECT name FROM sqlite_master WHERE name = 'access'").fetchone()
                return found is not None and members(tmp_path / "copied.db") == 1

        assert await eventually(held, seconds=90, every=1)
        await shop.sells(BEN)
        await shop.ends()
        assert not (tmp_path / "guestlist.db-wal").exists()
        shutil.copy(shop.database, tmp_path / "copied.db")
        assert members(tmp_path / "copied.db") == 2


# Files


async def test_nobody_else_can_read_the_files(tmp_path: Path) -> None:
    old = await empty_database(tmp_path / "guestlist.db")
    old.chmod(0o644)
    async with open_shop(tmp_path) as shop:
        await shop.says("backup", "b.db")
        for name in ("guestlist.db", "guestlist.db-wal", "guestlist.db-shm", "guestlist.db-lock", "b.db"):
            assert mode(tmp_path / name) == 0o600, name


async def test_check_names_files_that_others_can_read(tmp_path: Path) -> None:
    await empty_database(tmp_path / "guestlist.db")
    (tmp_path / ".env").write_text(f"STRIPE_WEBHOOK_SECRET={SECRET}\n")
    (tmp_path / "c.toml").write_text('[discord]\ntoken = "hush"\n')
    (tmp_path / "plain.toml").write_text('log_level = "info"\n')
    for name in (".env", "c.toml", "plain.toml", "guestlist.db"):
        (tmp_path / name).chmod(0o644)
    code, out, _ = await guestlist(tmp_path, "check", "--config", "c.toml")
    assert code == 1
    for name in (".env", "c.toml", "guestlist.db"):
        assert f"NOT OK   {name}: others on this machine can read it; run: chmod 600 {name}" in out
    assert "hush" not in out
    for name in (".env", "c.toml", "guestlist.db"):
        (tmp_path / name).chmod(0o600)
    _, out, _ = await guestlist(tmp_path, "check", "--config", "plain.toml")
    assert "NOT OK   plain.toml" not in out
    assert "others on this machine can read it; it holds no secrets" in out
    (tmp_path / "plain.toml").chmod(0o666)
    _, out, _ = await guestlist(tmp_path, "check", "--config", "plain.toml")
    assert "NOT OK   plain.toml: others on this machine can change it" in out


# Verify


async def test_verify_makes_nothing_and_says_what_is_in_it(tmp_path: Path) -> None:
    code, _, err = await guestlist(tmp_path, "verify", **ALONE)
    assert code == 1
    assert f"no database at {tmp_path}/guestlist.db" in err
    assert files(tmp_path) == []
    await empty_database(tmp_path / "guestlist.db")
    before = files(tmp_path)
    code, out, err = await guestlist(tmp_path, "verify", **ALONE)
    assert code == 0, out + err
    assert f"ok       schema version {len(shipped())}" in out
    assert "ok       plans on sale: 0" in out
    assert files(tmp_path) == before
    with closing(sqlite3.connect(tmp_path / "guestlist.db")) as connection, connection:
        connection.execute("INSERT INTO identity VALUES ('discord', '1', 'prs_gone', 'mia', 1, NULL)")
    code, out, _ = await guestlist(tmp_path, "verify", **ALONE)
    assert code == 1
    assert "NOT OK   a row of identity refers to a row of person that is gone" in out
