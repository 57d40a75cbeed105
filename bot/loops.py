"""What runs all the time: the workers of each queue, and what is done again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.web.metrics import Metrics
from payments.flows import creating, deliver, ingest, notify, settle
from payments.flows.engine import Engine
from payments.ports.clocks import BusinessClock, MachineClock
from payments.ports.provider import ProviderRefused, ProviderUnavailable
from payments.ports.stores import StoreUnavailable
from payments.worker import Worker

log = logging.getLogger(__name__)

LOOK_MS = 250
RETRY_MS = 60_000


async def every(
    ms: int,
    clock: BusinessClock | MachineClock,
    work: Callable[[], Awaitable[object]],
    *,
    at_once: bool = True,
) -> None:
    """Do `work` every `ms` of a clock, for ever. The clock may jump: one jump over several times is one time.

    A failure is logged and tried again a minute of real time later, or when the next time has come.
    """
    due = clock.now() if at_once else clock.now() + ms
    while True:
        if clock.now() < due:
            await asyncio.sleep(min(LOOK_MS, ms) / 1000)
            continue
        try:
            await work()
        except (StoreUnavailable, ProviderUnavailable, ProviderRefused) as error:
            log.warning("Put off: %s (%s).", error, type(error).__name__)
            await asyncio.sleep(min(RETRY_MS, ms) / 1000)
            continue
        due = clock.now() + ms
