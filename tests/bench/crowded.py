"""Processes of a measurement: the service, a sandbox with a crowd in it, and what the system tells of them."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sandbox.play import free_port
from tests.bench.load import SECRET
from tests.e2e.world import GUILD

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 15.0
LOOK_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process takes, in MiB: resident, its own part (shared pages divided), and the most it ever had."""

    resident: float
    own: float
    peak: float


def memory(pid: int) -> Memory:
    """A process's memory now, from /proc."""
    status = _numbers(Path(f"/proc/{pid}/status"))
    own = _numbers(Path(f"/proc/{pid}/smaps_rollup"))["Pss"]
    return Memory(status["VmRSS"] / 1024, own / 1024, status["VmHWM"] / 1024)


def _numbers(path: Path) -> dict[str, int]:
    """The `Name:   123 kB` lines of a file in /proc."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) == 3 and words[2] == "kB"}


@dataclass(frozen=True, slots=True)
class Stripe:
    """A sandbox: its process, its address."""

    pid: int
    url: str


@contextlib.asynccontextmanager
async def sandbox(members: int, began: int, *, drift: bool = False) -> AsyncIterator[Stripe]:
    """A sandbox with a crowd in it, for the length of a block."""
    more = ["--drift"] if drift else []
    made = ["-m", "tests.bench.crowd_sandbox", str(members), str(began), *more]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *made, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS_MAX)
        yield Stripe(process.pid, line.decode().strip())
    finally:
        await ended(process)


@dataclass(frozen=True, slots=True)
class Running:
    """A service: its process, its addresses, and how long it took from its start to being ready."""

    pid: int
    url: str
    operations_url: str
    ready_seconds: float


@contextlib.asynccontextmanager
async def service(
    home: Path,
    sandbox_url: str,
    database: str,
    environ: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    files_max: int | None = None,
) -> AsyncIterator[Running]:
    """`guestlist run` as a process of its own, ready; `before` are options of Python. Its log is in `home`.

    `files_max`: so many files it may have open at once.
    """
    port, operations_port = free_port(), free_port()
    url, operations_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{operations_port}"
    settings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GUESTLIST_SANDBOX__URL": sandbox_url,
        "GUESTLIST_PUBLIC_URL": url,
        "GUESTLIST_WEB__PORT": str(port),
        "GUESTLIST_WEB__OPERATIONS_PORT": str(operations_port),
        "DATABASE_URL": database,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "GUESTLIST_DISCORD__SERVERS": GUILD,
        **(environ or {}),
    }
    limit = [] if files_max is None else ["prlimit", f"--nofile={files_max}:{files_max}"]
    with (home / "service.log").open("ab") as log:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *limit, sys.executable, *before, "-m", "bot", "run", cwd=home, env=settings, stdout=log, stderr=log
        )
        try:
            await _ready(process, operations_url)
            yield Running(process.pid, url, operations_url, time.monotonic() - began)
        finally:
            await ended(process)


async def _ready(process: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(START_SECONDS_MAX), aiohttp.ClientSession() as session:
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(LOOK_SECONDS)
    raise RuntimeError("the service ended before it was ready; see its log")


async def ended(process: asyncio.subprocess.Process) -> None:
    """End a process of ours in order, else by force."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
    except TimeoutError:
        process.kill()
        await process.wait()
