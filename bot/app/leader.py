"""Who holds the door: one process at a time, by a lease in the database that all of them share.

The lease is measured by the database's own clock, because the machines' clocks may differ. Its holder computes with its
own steady clock from before it asked, less a margin, so it stops before the database lets another in, whatever the
two clocks say of the time of day.
"""

import asyncio
import logging
from contextlib import suppress

from bot.app.platform_host import PlatformHost
from payments.flows.runtime.context import AppContext
from payments.ports.stores import StoreUnavailable

log = logging.getLogger(__name__)

DOOR = "door"
"""The lease's name; also what is rung when it was given back."""

TTL_MS = 12_000
"""A holder that was killed is replaced within this and a beat."""

BEAT_MS = 2_000
"""How often the holder renews, and the others look."""

RETRY_MS = 500
MARGIN_MS = 4_000
"""How long before the lease ends a holder that can't renew closes the door; giving up takes 2 s of it."""

LEAVE_SECONDS_MAX = 1


class LeaderLease:
    """Renews the lease, opens the door when it is ours, closes it before it is not. `begin`, `run`, `end`."""

    def __init__(self, app: AppContext, door: PlatformHost) -> None:
        self._app = app
        self._door = door
        self._until = 0
        """Machine time until which we may act."""
        self._beat: asyncio.Task[bool] | None = None
        self._signal = asyncio.Event()

    def holds(self) -> bool:
        """Whether this process may act as the holder now. Asked before each call of a platform."""
        return not self._app.store.shared or self._app.machine.now() < self._until

    def rung(self) -> None:
        """Somebody gave the door back."""
        self._signal.set()

    async def begin(self) -> None:
        """Decide who holds it, and open if it is us. Raises `StoreUnavailable`."""
        if self._app.store.shared:
            await self._renew()
        if self.holds():
            await self._door.open()

    async def run(self) -> None:
        """Keep it, or wait for it, for ever. Alone on a database there is nothing to do."""
        while self._app.store.shared:
            renewed = await self._try_renewing()
            try:
                await self._open_or_close()
            except StoreUnavailable as error:
                log.warning("The door can't be opened (%s); trying again.", error)
            except Exception:
                log.exception("A fault in opening or closing the door.")
            pause = BEAT_MS if renewed else RETRY_MS
            if self._door.is_open:
                pause = min(pause, max(0, self._until - self._app.machine.now()))
            self._signal.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause / 1000):
                    await self._signal.wait()

    async def end(self) -> None:
        """Close in order, and give back what we hold, so that another goes on at once."""
        await self._door.close()
        if not self._app.store.shared:
            return
        if self._beat is not None:  # a renewal that came after giving back would keep the others waiting
            await asyncio.wait({self._beat}, timeout=LEAVE_SECONDS_MAX)
        self._until = 0
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS_MAX), self._app.store.transaction() as tx:
                for name in (DOOR, self._own):
                    await tx.leases.give_back(name, self._app.process)
        self._app.store.notify(DOOR)

    @property
    def _own(self) -> str:
        return f"process:{self._app.process}"

    async def _try_renewing(self) -> bool:
        """One renewal at a time, and never waited for beyond our time: the database may not answer at all."""
        if self._beat is None or self._beat.done():
            self._beat = asyncio.create_task(self._renew_quietly(), name="renewal")
        left = self._until - self._app.machine.now()
        await asyncio.wait({self._beat}, timeout=(min(left, BEAT_MS) if left > 0 else BEAT_MS) / 1000)
        return self._beat.done() and self._beat.result()

    async def _renew_quietly(self) -> bool:
        try:
            await self._renew()
        except StoreUnavailable as error:
            log.warning("The lease of the door can't be renewed (%s); trying again.", error)
            return False
        except Exception:
            log.exception("A fault in renewing the lease of the door.")
            return False
        return True

    async def _renew(self) -> None:
        began = self._app.machine.now()
        token = self._app.process
        async with self._app.store.transaction() as tx:
            await tx.leases.hold(self._own, token, TTL_MS)
            ours = await tx.leases.hold(DOOR, token, TTL_MS)
        self._until = began + TTL_MS - MARGIN_MS if ours else 0
        if ours:
            async with self._app.store.transaction() as tx:
                await tx.leases.free_dead()

    async def _open_or_close(self) -> None:
        if self.holds() and not self._door.is_open:
            await self._door.open()
            log.info("This process holds the door: it delivers for all.")
        elif self._door.is_open and not self.holds():
            log.error("The lease of the door could not be renewed in time: delivery goes on in another process.")
            await self._door.close(at_once=True)
