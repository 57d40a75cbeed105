"""`guestlist demo --page` as a process of its own, as `make demo` starts it in a terminal."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

START_SECONDS_MAX = 120.0
END_SECONDS_MAX = 60.0


@asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[str]:
    """The page's address. Raises RuntimeError, with what it said, when it does not get there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--page", "--port", str(port)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield await _address(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_SECONDS_MAX):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


async def _address(process: asyncio.subprocess.Process) -> str:
    """The one it prints. It writes a line or two only, so nobody need read on."""
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(START_SECONDS_MAX):
        async for line in process.stdout:
            said.append(line.decode())
            if found := re.search(r"Open this page: (http://\S+)", said[-1]):
                return found[1]
    raise RuntimeError(f"the demo did not start: {''.join(said)}")
