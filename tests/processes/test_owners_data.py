"""The owner's data as the owner handles them: backups beside a running service, restores, one service a database."""

import asyncio
import os
import shlex
import shutil
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from sandbox.play import Play, eventually, free_port
from sandbox.server import Sandbox
from storage.database import DatabaseRefused
from storage.engines.sqlite import open_sqlite
from storage.files.lock import refuse_mixture
from storage.files.restore import restore
from storage.hold import hold
from storage.migrate import migrate, shipped
from storage.store import open_store
from tests.e2e.test_command_line import ROOT, guestlist, has_role, ready, service, start
from tests.e2e.test_crash import CROWD, PEOPLE
from tests.e2e.world import ADA, BEN, GUILD, MEMBERS, MIA, SECRET, SEED, answered, checkout_link

ALONE = {"STRIPE_WEBHOOK_SECRET": SECRET}


@dataclass
class Shop:
    """A running service that sells, its environment and its database."""

    folder: Path
    process: asyncio.subprocess.Process
    url: str
    environ: dict[str, str]
    play: Play

    @property
    def database(self) -> Path:
        return self.folder / "guestlist.db"

    async def says(self, *arguments: str) -> tuple[int, str, str]:
        """Another command, beside the service."""
        return await guestlist(self.folder, *arguments, **self.environ)

    async def sells(self, user: str) -> None:
        """Somebody buys, and has the role."""
        await self.play.pay(
            checkout_link(await answered(self.play, await self.play.command(GUILD, user, "subscribe", plan="Pro")))
        )
        assert await eventually(lambda: has_role(self.play, GUILD, user), seconds=30)

    async def killed(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def ends(self) -> str:
        """In order; what it wrote."""
        self.process.send_signal(signal.SIGTERM)
        _, told = await asyncio.wait_for(self.process.communicate(), 20)
        return told.decode()

    async def starts(self) -> None:
        """The service again, on the same database."""
        self.process = await start(self.folder, "run", **self.environ)
        assert await eventually(lambda: ready(self.url), seconds=30), await self.ends()


@asynccontextmanager
async def open_shop(folder: Path, seed: object = None) -> AsyncIterator[Shop]:
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", dict(seed) if isinstance(seed, dict) else SEED)
        async with service(folder, sandbox) as (process, url, environ):
            assert await eventually(lambda: ready(url), seconds=30)
            await answered(
                play,
                await play.command(
                    GUILD, ADA, "plan create", name="Pro", price="9.99", period="every_months", role=MEMBERS
                ),
            )
            shop = Shop(folder, process, url, environ, play)
            try:
                yield shop
            finally:
                if shop.process.returncode is None:
                    shop.process.kill()
                await shop.process.wait()


def members(database: Path) -> int:
    """How many have access by this file, which must be whole."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found: int = connection.execute("SELECT COUNT(*) FROM access WHERE wanted = 1").fetchone()[0]
        return found


def files(folder: Path, pattern: str = "*") -> list[Path]:
    return sorted(folder.glob(pattern))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def empty_database(path: Path, versions: int | None = None, bulk: int = 0) -> Path:
    """A database of this or an older version; `bulk`: about so many bytes in it."""
    if versions is None:
        await (await open_store(f"sqlite:///{path}")).close()
    else:
        database = await open_sqlite(f"sqlite:///{path}")
        await migrate(database, shipped()[:versions])
        await database.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(bulk // 100_000):
            connection.execute(
                "INSERT INTO event (account_id, id, type, created_at, received_at, body, state) "
                "VALUES ('acct_1', ?, 'noise', 1, 1, ?, 'noted')",
                (f"evt_{number}", "x" * 100_000),
            )
    return path


# Backups and restores


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


async def test_a_restore_after_a_kill_keeps_the_former_database_with_its_log(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        assert (await shop.says("backup", "before.db"))[0] == 0
        await shop.sells(MIA)
        await shop.killed()
        assert (tmp_path / "guestlist.db-wal").stat().st_size > 0
        code, _, err = await shop.says("restore", "before.db")
        assert code == 0, err
        assert not (tmp_path / "guestlist.db-wal").exists()
        former, _ = files(tmp_path, "guestlist.db.replaced-*")
        assert (members(shop.database), members(former)) == (0, 1)
        code, _, err = await shop.says("restore", former.name)
        assert code == 0, err
        await shop.starts()
        assert members(shop.database) == 1


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


async def with_little_room(folder: Path, *arguments: str) -> tuple[int, str]:
    """A command that can make no file larger than 1 MiB: what a full disk looks like, or nearly."""
    line = "ulimit -f 1024; exec " + shlex.join([sys.executable, "-m", "bot", *arguments])
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **ALONE}
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", line, cwd=folder, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, err.decode()


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


async def test_a_restore_that_is_killed_anywhere_leaves_one_whole_database_or_says_how_to_go_on(tmp_path: Path) -> None:
    """At each file that it opens, links, renames or removes; the service had been killed too, with data in its log."""
    template = tmp_path / "template"
    template.mkdir()
    await killed_database(template / "guestlist.db")
    await empty_database(template / "backup.db")
    with closing(sqlite3.connect(template / "backup.db")) as connection, connection:
        connection.execute("INSERT INTO telegram_user (user_id, name) VALUES ('1', 'restored')")
        connection.execute("INSERT INTO telegram_kick VALUES ('restored', '1', 1)")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.processes.dying_restores", tmp_path, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 0
    seen, unfinished = set(), []
    for folder in (tmp_path / name for name in told.decode().split()):
        database = folder / "guestlist.db"
        if (folder / "guestlist.db.restoring").exists():
            unfinished.append(folder)
            with pytest.raises(DatabaseRefused, match=r"guestlist restore .*guestlist\.db\.restoring"):
                refuse_mixture(database)
            restore(folder / "guestlist.db.restoring", database, livemode=False)
        refuse_mixture(database)
        seen.add(content(database))
        assert "former" in {content(path) for path in files(folder, "guestlist.db*") if whole(path)}, "it is kept"
    assert seen == {"former", "restored"}
    assert len(unfinished) >= 3


async def test_the_start_after_a_restore_that_was_killed_says_how_to_finish_it(tmp_path: Path) -> None:
    await killed_database(tmp_path / "guestlist.db")
    await empty_database(tmp_path / "guestlist.db.restoring")
    code, _, err = await guestlist(tmp_path, "run", **ALONE)
    assert code == 1
    assert "finish it: guestlist restore guestlist.db.restoring" in err.replace(f"{tmp_path}/", "")
    code, _, err = await guestlist(tmp_path, "restore", "guestlist.db.restoring", **ALONE)
    assert code == 0, err
    assert (await guestlist(tmp_path, "verify", **ALONE))[0] == 0


async def killed_database(path: Path) -> None:
    """One whose last commit is in its log alone."""
    line = (
        "import os, sqlite3; c = sqlite3.connect('guestlist.db'); c.execute('PRAGMA journal_mode = WAL'); "
        "c.execute(\"INSERT INTO telegram_kick VALUES ('former', '1', 1)\"); c.commit(); os.kill(os.getpid(), 9)"
    )
    await empty_database(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO telegram_user (user_id, name) VALUES ('1', 'former')")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", line, cwd=path.parent)
    assert await process.wait() == -signal.SIGKILL
    assert path.with_name("guestlist.db-wal").stat().st_size > 0


def whole(path: Path) -> bool:
    return not path.name.endswith(("-wal", "-shm", "-lock", ".part", "-journal"))


def content(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [(name,)] = connection.execute("SELECT chat_id FROM telegram_kick").fetchall()
        assert connection.execute("SELECT name FROM telegram_user").fetchall() == [(name,)], "no mixture of two"
        return str(name)


async def test_a_restore_takes_only_a_whole_backup_of_this_mode_and_version(tmp_path: Path) -> None:
    await empty_database(tmp_path / "guestlist.db")
    before = (tmp_path / "guestlist.db").read_bytes()

    async def refused(name: str, word: str) -> None:
        code, _, err = await guestlist(tmp_path, "restore", name, **ALONE)
        assert code == 1
        assert err.startswith("guestlist: restore: ")
        assert word in err
        assert err.count("\n") == 1, err
        assert (tmp_path / "guestlist.db").read_bytes() == before

    await refused("none.db", "no file")
    (tmp_path / "letter.db").write_text("Dear Ada, " * 1000)
    await refused("letter.db", "not a database")
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection, connection:
        connection.execute("CREATE TABLE note (text TEXT)")
    await refused("notes.db", "not a Guestlist database")
    damage(await empty_database(tmp_path / "damaged.db"))
    await refused("damaged.db", "damaged")
    await empty_database(tmp_path / "newer.db")
    await empty_database(tmp_path / "live.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as connection, connection:
        connection.execute("UPDATE schema_version SET version = 9999")
    with closing(sqlite3.connect(tmp_path / "live.db")) as connection, connection:
        connection.execute("INSERT INTO stripe_account VALUES ('acct_1', 1, 'eur', NULL, NULL, NULL, NULL, 1)")
    await refused("newer.db", "newer")
    await refused("live.db", "live mode")
    await refused("guestlist.db", "the database itself")


def damage(path: Path) -> None:
    """Pages in the middle are overwritten."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(os.urandom(size // 2))


# One service a database, and none on a wrong one


async def test_a_second_service_is_refused_and_names_the_first_until_that_is_killed(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        other = {"GUESTLIST_WEB__PORT": str(free_port())}
        code, _, err = await guestlist(tmp_path, "run", **{**shop.environ, **other})
        assert code == 1
        assert err.startswith("guestlist: storage.url: ")
        assert f"process {shop.process.pid} runs on it" in err
        assert err.count("\n") == 1, err
        note = (tmp_path / "guestlist.db-lock").read_text().split()
        assert note[:4] == ["pid", str(shop.process.pid), "inode", str(shop.database.stat().st_ino)]
        (tmp_path / "by-a-link.db").symlink_to(shop.database)
        linked = {**shop.environ, **other, "DATABASE_URL": f"sqlite:///{tmp_path}/by-a-link.db"}
        assert f"process {shop.process.pid} runs on it" in (await guestlist(tmp_path, "run", **linked))[2]
        await shop.sells(MIA)
        await shop.killed()
        await shop.starts()


@pytest.mark.timeout(300)
async def test_commands_made_for_it_work_beside_a_running_service(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        for arguments in (["check"], ["replay"], ["claim"], ["places"], ["backup", "b.db"], ["verify"]):
            code, out, err = await shop.says(*arguments)
            assert code == 0, (arguments, out, err)
        await shop.sells(MIA)
        told = await shop.ends()
        assert "fault" not in told.lower()
        assert members(shop.database) == 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", ["cp", "mv"])
async def test_a_database_put_in_place_beside_the_log_of_the_former_one_is_refused(tmp_path: Path, how: str) -> None:
    async with open_shop(tmp_path) as shop:
        assert (await shop.says("backup", "b.db"))[0] == 0
        await shop.sells(MIA)
        await shop.killed()
        assert (tmp_path / "guestlist.db-wal").stat().st_size > 0
        shutil.copy(tmp_path / "b.db", tmp_path / "copy.db")
        if how == "cp":
            shop.database.write_bytes((tmp_path / "copy.db").read_bytes())  # the inode stays
        else:
            (tmp_path / "copy.db").rename(shop.database)
        before = shop.database.read_bytes()
        commands = [["run"], ["check"], ["replay"], ["backup", "c.db"], ["verify"]] if how == "cp" else [["run"]]
        for code, out, err in await asyncio.gather(*(shop.says(*arguments) for arguments in commands)):
            assert code == 1
            assert "guestlist restore FILE" in out + err
        assert shop.database.read_bytes() == before
        assert (await shop.says("restore", "b.db"))[0] == 0
        await shop.starts()


async def test_a_database_that_was_taken_away_without_its_log_is_not_begun_again(tmp_path: Path) -> None:
    await killed_database(tmp_path / "guestlist.db")
    (tmp_path / "guestlist.db").unlink()
    code, _, err = await guestlist(tmp_path, "run", **ALONE)
    assert code == 1
    assert "is gone" in err
    assert not (tmp_path / "guestlist.db").exists()


async def test_a_damaged_database_does_not_start_and_says_to_restore(tmp_path: Path) -> None:
    damage(await empty_database(tmp_path / "guestlist.db"))
    code, _, err = await guestlist(tmp_path, "run", **ALONE)
    assert code == 1
    assert "guestlist restore FILE" in err
    assert err.count("\n") == 1, err
    code, out, err = await guestlist(tmp_path, "verify", **ALONE)
    assert code == 1
    assert "guestlist restore FILE" in out + err


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


# Before an upgrade


async def test_an_older_database_is_copied_before_it_is_upgraded_and_can_go_back(tmp_path: Path) -> None:
    path = await empty_database(tmp_path / "guestlist.db", versions=3)
    before = files(tmp_path)
    assert before == [path]
    await (await open_store(f"sqlite:///{path}")).close()
    [kept] = files(tmp_path, "guestlist.db.v3-*.backup")
    assert mode(kept) == 0o600
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchone() == (3,)
    await (await open_store(f"sqlite:///{path}")).close()
    assert len(files(tmp_path, "*.backup")) == 1, "nothing was upgraded the second time"
    code, _, err = await guestlist(tmp_path, "restore", kept.name, **ALONE)
    assert code == 0, err
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchone() == (3,)


async def test_commands_of_a_newer_version_leave_the_database_of_a_running_older_service_alone(tmp_path: Path) -> None:
    path = await empty_database(tmp_path / "guestlist.db", versions=7)
    lock = hold(f"sqlite:///{path}")  # as the older service does
    assert lock is not None
    sentence = f"schema 7, but this version needs {len(shipped())}: restart the service"
    for command in ("check", "claim", "places", "replay"):
        code, out, err = await guestlist(tmp_path, command, **ALONE)
        assert code == 1, command
        assert sentence in (out if command == "check" else err), command
    for arguments in (("verify",), ("backup", "b.db")):
        assert (await guestlist(tmp_path, *arguments, **ALONE))[0] == 0
    lock.release()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchone() == (7,)
    code, _, err = await guestlist(tmp_path, "places", **ALONE)
    assert code == 0, err
    assert len(files(tmp_path, "guestlist.db.v7-*.backup")) == 1


async def test_only_the_newest_copies_of_upgrades_are_kept(tmp_path: Path) -> None:
    for number in range(1, 6):
        (tmp_path / f"guestlist.db.v{number}-2026010{number}-120000-000.backup").touch()
    (tmp_path / "guestlist.db.mine.backup").touch()
    path = await empty_database(tmp_path / "guestlist.db", versions=6)
    await (await open_store(f"sqlite:///{path}")).close()
    names = [path.name for path in files(tmp_path, "*.backup")]
    assert names[0] == "guestlist.db.mine.backup"
    assert [name.split("-")[0] for name in names[1:]] == ["guestlist.db.v4", "guestlist.db.v5", "guestlist.db.v6"]


async def test_without_room_for_the_copy_nothing_is_upgraded(tmp_path: Path) -> None:
    path = await empty_database(tmp_path / "guestlist.db", versions=3, bulk=2_000_000)
    code, err = await with_little_room(tmp_path, "run")
    assert code == 1
    assert err.startswith("guestlist: storage.url: "), err
    assert err.count("\n") == 1, err
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchone() == (3,)
    assert files(tmp_path, "*.part*") == []
    assert files(tmp_path, "*.backup") == []
