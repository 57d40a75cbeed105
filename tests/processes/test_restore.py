"""A restore, killed anywhere, leaves one whole database or says how to go on."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import DatabaseRefused
from storage.files.lock import refuse_mixture
from storage.files.restore import restore
from tests.e2e.test_command_line import ROOT, guestlist
from tests.e2e.world import MIA
from tests.processes.shop import ALONE, damage, empty_database, files, killed_database, members, open_shop


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


async def test_a_restore_that_is_killed_anywhere_leaves_one_whole_database_or_says_how_to_go_on(tmp_path: Path) -> None:
    """At each file that it opens, links, renames or removes; the service had been killed too, with data in its log."""
    template = tmp_path / "template"
    template.mkdir()
    await killed_database(template / "guestlist.db")
    await empty_database(template / "backup.db")
    with closing(sqlite3.connect(template / "backup.db")) as connection, connection:
        connection.execute("INSERT INTO telegram_user (user_id, name) VALUES ('1', 'restored')")
        connection.execute("INSERT INTO telegram_kick (chat_id, user_id, began_at) VALUES ('restored', '1', 1)")
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
        connection.execute(
            "INSERT INTO stripe_account (id, livemode, currency, created_at) VALUES ('acct_1', 1, 'eur', 1)"
        )
    await refused("newer.db", "newer")
    await refused("live.db", "live mode")
    await refused("guestlist.db", "the database itself")
