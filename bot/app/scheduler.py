"""Tasks that run for as long as the service does, and work that is done again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from payments.flows.runtime.retry import backoff_ms
from payments.ports.clocks import BusinessClock, MachineClock
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from payments.ports.stores import StoreUnavailable

log = logging.getLogger(__name__)

LOOK_MS = 250
RETRY_MS_MAX = 60_000


def spawn(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task whose fault is told at once; it would otherwise be missed in silence."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_say_why)
    return task


def _say_why(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("The task %s ended by a fault.", task.get_name(), exc_info=task.exception())


async def every(
    ms: int,
    clock: BusinessClock | MachineClock,
    work: Callable[[], Awaitable[object]],
    *,
    first_at: int | None = None,
) -> None:
    """Do `work` every `ms` of a clock, for ever; first at `first_at`, or at once.

    The clock may jump, in the middle of the work too: the time runs from when the work began, one jump over several
    times is one time, and after a jump back nothing is later than in `ms`.
    What fails is logged, and tried again with growing pauses of real time, at most a minute.
    """
    due = clock.now() if first_at is None else first_at
    failures = 0
    while True:
        due = min(due, clock.now() + ms)
        if clock.now() < due:
            await asyncio.sleep(min(LOOK_MS, ms) / 1000)
            continue
        began = clock.now()
        try:
            await work()
            due, failures = began + ms, 0
            await asyncio.sleep(min(LOOK_MS, ms) / 1000)  # work that is longer than its time never fills all of it
            continue
        except (StoreUnavailable, ProviderUnavailable, ProviderRefused) as error:
            log.warning("Put off: %s (%s).", error, type(error).__name__)
        except Exception:
            log.exception("A fault in what is done every %d s.", ms // 1000)
        failures += 1
        await asyncio.sleep(min(backoff_ms(failures), RETRY_MS_MAX) / 1000)
