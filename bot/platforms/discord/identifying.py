"""How often the bot may open a session at the gateway.

Discord allows 1,000 IDENTIFYs a day, and resets the bot's token after that: a process that a supervisor starts again
each second would be there in a quarter of an hour. So they are paced, and how far they have come is stored.
"""

import logging
from collections.abc import Callable

from payments.core.community import Identity, Platform
from payments.flows.runtime.context import AppContext
from payments.ports.clocks import MachineClock
from payments.ports.stores import StoreUnavailable

log = logging.getLogger("guestlist.discord")

AT_ONCE = 60
EACH_MS = 6 * 60_000
"""So many one after the other, then one in so long: at most 300 in any 24 hours."""


class TooOften(Exception):
    """No session may be opened now; `wait_s`: for how many seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many sessions were opened lately; the next one in {wait_s:.0f} s")
        self.wait_s = wait_s


def paced(used_until: int, now: int) -> tuple[int, int]:
    """For how many milliseconds to wait, and until when the allowance is used then: each use adds `EACH_MS` to it.

    A clock that was set back makes nobody wait for what it says of the past.
    """
    used_until = min(used_until, now + AT_ONCE * EACH_MS)
    wait = max(0, used_until - (now + (AT_ONCE - 1) * EACH_MS))
    return wait, used_until if wait else max(used_until, now) + EACH_MS


class Identifying:
    """The allowance of one bot. What is used is stored before it is used, so a death in between costs one."""

    def __init__(self, app: Callable[[], AppContext], machine: MachineClock) -> None:
        self._app = app
        self._machine = machine
        self._here = 0
        """The same for this process alone, while the database can't be asked."""

    async def take(self, bot_id: int) -> None:
        """One more. Raises `TooOften`."""
        now = self._machine.now()
        here, used_here = paced(self._here, now)
        try:
            stored = await self._stored(Identity(Platform.DISCORD, str(bot_id)), now)
        except StoreUnavailable as error:
            log.warning("discord: how often sessions were opened can't be stored (%s)", error)
            stored = 0
        if wait := max(here, stored):
            raise TooOften(wait / 1000)
        self._here = used_here

    async def _stored(self, bot: Identity, now: int) -> int:
        async with self._app().store.transaction() as tx:
            wait, used_until = paced(await tx.sessions.used_until(bot), now)
            if not wait:
                await tx.sessions.use(bot, used_until)
        return wait
