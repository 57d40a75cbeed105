"""`guestlist run` with few file descriptors, and more strangers than that."""

import asyncio
import os
import resource
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.play import Play, eventually, free_ports
from sandbox.server import Sandbox
from tests.e2e.strangers import crowd, exchange, half_body, webhook
from tests.e2e.test_command_line import ROOT, has_role, ready
from tests.e2e.world import ADA, GUILD, MEMBERS, MIA, SECRET, SEED, answered, checkout_link

PRLIMIT = shutil.which("prlimit")
pytestmark = pytest.mark.skipif(
    PRLIMIT is None or sys.platform != "linux", reason="prlimit and /proc are Linux's: descriptors are not tried"
)


@dataclass
class Process:
    """A service that may open few files."""

    pid: int
    url: str
    log: Path

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()


@asynccontextmanager
async def few_descriptors(home: Path, sandbox: Sandbox, most: int) -> AsyncIterator[Process]:
    """`guestlist run` that may open so many."""
    assert PRLIMIT is not None
    port, log = free_ports(), home / "service.log"
    url = f"http://127.0.0.1:{port}"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GUESTLIST_SANDBOX__URL": sandbox.url,
        "GUESTLIST_PUBLIC_URL": url,
        "GUESTLIST_WEB__PORT": str(port),
        "GUESTLIST_DISCORD__SERVERS": GUILD,
        "DATABASE_URL": f"sqlite:///{home}/guestlist.db",
        "STRIPE_WEBHOOK_SECRET": SECRET,
    }
    limited = (PRLIMIT, f"--nofile={most}:{most}", sys.executable, "-m", "bot", "run")
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(*limited, cwd=home, env=environ, stderr=errors)
    try:
        assert await eventually(lambda: ready(url), seconds=60), log.read_text()
        yield Process(process.pid, url, log)
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 15)


@pytest.mark.timeout(240)
async def test_with_256_descriptors_a_purchase_becomes_a_role_whoever_else_is_there(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox.running())
        play = await stack.enter_async_context(Play(sandbox.url))
        await play.post("seed", SEED)
        service = await stack.enter_async_context(few_descriptors(tmp_path, sandbox, 256))
        await answered(
            play,
            await play.command(
                GUILD, ADA, "plan create", name="Pro", price="9.99", period="every_months", role=MEMBERS
            ),
        )
        await stack.enter_async_context(crowd(service.url, 500))
        await stack.enter_async_context(crowd(service.url, 300, half_body(10**6, 60_000)))
        await play.pay(checkout_link(await answered(play, await play.command(GUILD, MIA, "subscribe", plan="Pro"))))
        assert await eventually(lambda: has_role(play, GUILD, MIA), seconds=30)
        for number in range(20):
            assert b" 200 OK" in await exchange(service.url, webhook(f"evt_{number}", Connection="close"))
        assert service.descriptors() < 200
        assert await ready(service.url)
    told = service.lines()
    assert len(told) < 60, "\n".join(told)


@pytest.mark.timeout(240)
async def test_without_descriptors_it_waits_says_so_once_and_goes_on(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", SEED)
        async with few_descriptors(tmp_path, sandbox, 200) as service:

            async def said() -> bool:
                return any("No connection can be accepted" in line for line in service.lines())

            left = service.descriptors() + 8
            resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (left, left))
            async with crowd(service.url, 200):
                assert await eventually(said)
                await asyncio.sleep(2)  # several pauses: it says so once all the same
            assert await eventually(lambda: taken(service.url), seconds=30)
    told = service.lines()
    assert sum("No connection can be accepted" in line for line in told) == 1
    assert sum("may open 200 files at once" in line for line in told) == 1
    assert len(told) < 60, "\n".join(told)


async def taken(url: str) -> bool:
    return b" 200 OK" in await exchange(url, webhook(Connection="close"))
