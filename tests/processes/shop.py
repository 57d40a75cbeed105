"""A shop on a database of its own, and what is looked up in its files."""

import asyncio
import os
import shlex
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from sandbox.play import Play, eventually
from sandbox.server import Sandbox
from storage.engines.sqlite import open_sqlite
from storage.migrate import migrate, shipped
from storage.store import open_store
from tests.e2e.test_command_line import ROOT, guestlist, has_role, ready, service, start
from tests.e2e.world import ADA, GUILD, MEMBERS, SECRET, SEED, answered, checkout_link

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
        assert await eventually(lambda: ready(self.url), seconds=60), await self.ends()


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


def damage(path: Path) -> None:
    """Pages in the middle are overwritten."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(os.urandom(size // 2))


async def killed_database(path: Path) -> None:
    """One whose last commit is in its log alone."""
    line = (
        "import os, sqlite3; c = sqlite3.connect('guestlist.db'); c.execute('PRAGMA journal_mode = WAL'); "
        "c.execute(\"INSERT INTO telegram_kick (chat_id, user_id, began_at) VALUES ('former', '1', 1)\"); "
        "c.commit(); os.kill(os.getpid(), 9)"
    )
    await empty_database(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO telegram_user (user_id, name) VALUES ('1', 'former')")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", line, cwd=path.parent)
    assert await process.wait() == -signal.SIGKILL
    assert path.with_name("guestlist.db-wal").stat().st_size > 0
