"""One service on a database, and none on a broken one."""

import asyncio
import shutil
from pathlib import Path

import pytest

from sandbox.play import free_port
from tests.e2e.test_command_line import guestlist
from tests.e2e.world import MIA
from tests.processes.shop import ALONE, damage, empty_database, killed_database, members, open_shop


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
