"""The service as a process of its own: started, watched, killed as `kill -9` does, started again on the same file."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp

import bot
from sandbox.page.backstage import CanNot

READY_SECONDS_MAX = 60.0
"""Within this a service is ready on a busy machine too; after it something is wrong."""
STOP_SECONDS_MAX = 12.0
"""The service itself ends within 10 s."""
POLL_SECONDS = 0.05
TAIL_LINES = 12
TAIL_BYTES = 8_192


class ServiceProcess:
    """`guestlist run` with an environment of its own. `home` holds its log; its working directory is there too."""

    def __init__(self, environ: Mapping[str, str], url: str, operations_url: str, home: Path) -> None:
        self.url = url
        self._operations_url = operations_url
        self.ready = False
        self._environ = {**_inherited(), **environ}
        self._home = home
        self._log = home / "service.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process; None while none runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.pid is not None

    @property
    def ended_with(self) -> int | None:
        """The exit code of a process that has ended; a negative one is the signal that ended it."""
        return None if self._process is None else self._process.returncode

    async def start(self) -> None:
        """Starts it and waits until it is ready. Raises CanNot, with the end of its log, when it does not get there."""
        if self.alive:
            raise CanNot("The service is already running: kill it first.")
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is for the demo, which ends the service in order.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                cwd=self._home,
                env=self._environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not await self._gets_ready():
            code = self.ended_with
            await self.stop()
            how = (
                f"did not become ready within {READY_SECONDS_MAX:.0f} seconds"
                if code is None
                else f"ended with code {code}"
            )
            raise CanNot(f"The service {how}. The end of its log:\n{self.tail()}")

    async def _gets_ready(self) -> bool:
        until = time.monotonic() + READY_SECONDS_MAX
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while self.alive and time.monotonic() < until:
                self.ready = await _answers_ready(session, self._operations_url)
                if self.ready:
                    return True
                await asyncio.sleep(POLL_SECONDS)
        return False

    async def look(self, session: aiohttp.ClientSession) -> None:
        """Asks it again whether it is ready."""
        self.ready = self.alive and await _answers_ready(session, self._operations_url)

    async def kill(self) -> None:
        """SIGKILL: it gets no chance to tidy up. Raises CanNot when it does not run."""
        process = self._process
        if process is None or process.returncode is not None:
            raise CanNot("The service isn't running: start it first.")
        process.kill()
        await process.wait()
        self.ready = False

    async def stop(self) -> None:
        """Ends it in order, and by force when it takes too long."""
        process = self._process
        self.ready = False
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
                lines = log.read().decode(errors="replace").splitlines()
        except OSError as error:
            return f"(no log: {error.strerror})"
        return "\n".join(lines[-TAIL_LINES:]) or "(it wrote nothing)"


async def _answers_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _inherited() -> dict[str, str]:
    """What a process needs of ours. No setting of a real Guestlist is among it: this is the demo's."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "VIRTUAL_ENV")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    # The same code as the demo's own, wherever this was started.
    return {**found, "PYTHONPATH": str(Path(bot.__file__).parents[1]), "PYTHONUNBUFFERED": "1"}
