"""Business time in sandbox mode follows the sandbox's clock."""

import asyncio

from bot.app.clocks import SandboxClock
from sandbox.clock import Clock
from sandbox.play import Play, eventually
from sandbox.server import Sandbox


class Asked(Clock):
    """A clock that counts how often somebody waits for it to be moved."""

    times = 0

    async def changed(self, offset: float, wait: float) -> None:
        self.times += 1
        await super().changed(offset, wait)


async def test_a_clock_that_was_moved_is_asked_once_and_waited_for_again() -> None:
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        sandbox.clock = asked = Asked()
        ours = SandboxClock(sandbox.url)
        following = asyncio.create_task(ours.follow())
        try:
            await play.advance("31d")
            assert await eventually(lambda: caught_up(ours, asked))
            await asyncio.sleep(0.3)
            assert asked.times <= 3
        finally:
            following.cancel()


async def caught_up(ours: SandboxClock, theirs: Clock) -> bool:
    return ours.offset_ms == round(theirs.offset * 1000)
