"""An upgrade copies the database first, and commands of a newer version leave a running service alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.hold import hold
from storage.migrate import shipped
from storage.store import open_store
from tests.e2e.test_command_line import guestlist
from tests.processes.shop import ALONE, empty_database, files, mode, with_little_room


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


async def test_of_the_newest_versions_the_newest_copy_is_kept(tmp_path: Path) -> None:
    for number in range(1, 6):
        (tmp_path / f"guestlist.db.v{number}-2026010{number}-120000-000.backup").touch()
    for minute in range(5):  # an upgrade that fails is tried again and again
        (tmp_path / f"guestlist.db.v5-20260106-1200{minute:02}-000.backup").touch()
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
