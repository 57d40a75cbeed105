"""From the start of the process to ready: database open, Stripe's account known, both bots connected."""

import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import crowd, crowded
from tests.bench.figures import Figure, at_most, median, ratio
from tests.bench.machine import SCRATCH

TITLE = "Starting: from the process to /readyz 200, with both bots connected to the sandbox"

READY_SECONDS_MAX = 2.0
LIBRARIES = ("stripe", "discord", "telegram.ext", "aiohttp", "pydantic", "jinja2", "prometheus_client")
_LINE = re.compile(r"import time:\s+\d+ \|\s+(\d+) \|\s*(\S+)$")


async def measure(quick: bool) -> list[Figure]:
    """Each kind of start once in each round; files are in the system's cache, bytecode is compiled."""
    rounds = 2 if quick else 9
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="starting-", dir=SCRATCH) as folder:
        home, began = Path(folder), crowd.present()
        async with crowded.sandbox(100, began) as stripe:
            known = f"sqlite:///{home / 'known.db'}"
            await crowd.fill(known, 100, began)
            again, first, imports = list[float](), list[float](), list[float]()
            for n in range(rounds):
                again.append(await _start(home, stripe.url, known))
                first.append(await _start(home, stripe.url, f"sqlite:///{home / f'new-{n}.db'}"))
                imports.append(await _import())
    shares = await _libraries()
    told = ", ".join(f"{name} {ms:.0f}" for name, ms in shares.items())
    return [
        at_most("ready, database known", median(again), "s", READY_SECONDS_MAX, f"slowest {max(again):.2f} s"),
        at_most("ready, database new", median(first), "s", READY_SECONDS_MAX, f"slowest {max(first):.2f} s"),
        Figure("a new one to a known one", ratio(first, again), "times"),
        Figure("imports alone", median(imports), "s", note=f"with what each brings along, ms: {told}"),
    ]


async def _start(home: Path, sandbox_url: str, database: str) -> float:
    async with crowded.service(home, sandbox_url, database) as running:
        return running.ready_seconds


async def _import() -> float:
    began = time.monotonic()
    code = "import bot.__main__, os; os._exit(0)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=crowded.ROOT)
    assert await process.wait() == 0
    return time.monotonic() - began


async def _libraries() -> dict[str, float]:
    """Milliseconds that each library's import takes the first time, as Python itself tells (`-X importtime`)."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "-c", "import bot.__main__"),
        cwd=crowded.ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    found = (match for line in told.decode().splitlines() if (match := _LINE.match(line)))
    took = {match[2]: int(match[1]) / 1000 for match in found}
    return {name: took[name] for name in LIBRARIES if name in took}
