"""What one process does for all: the platforms' connections, delivery to them, timers, sweep and comparison.

The limits of a platform are per bot token, and what a gateway tells would be heard twice; so one process holds the
door (`bot.app.leader`) and is the only one in which it is open. It may be opened and closed again and again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Protocol

from bot.app.scheduler import every, spawn
from bot.app.workers import Queues
from bot.config import Sweep
from bot.texts import duration, say
from payments.core.ids import AccountId
from payments.flows.access import alarms, breaker, presence
from payments.flows.billing import login_page, withdrawals
from payments.flows.communities import claim as places
from payments.flows.communities import stop_serving
from payments.flows.jobs import forget
from payments.flows.jobs.say_log import say_log
from payments.flows.rights import role_givers
from payments.flows.runtime import clock_guard
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.unclaimed import Visit
from payments.flows.runtime.worker import Worker
from payments.flows.settlement import reconcile, timers
from payments.ports.chat import ChatPlatform, Message
from payments.ports.providers import ProviderRefused, ProviderUnavailable

log = logging.getLogger(__name__)

UNCLAIMED_LOOK_MS = 1_000

ALARMS_LOOK_MS = 5_000

LOG_MS = 2_000
"""What comes about within that time is one message in a log channel."""

DUE_LOOK_MS = 60_000
"""How often it is looked whether an account is due to be compared: one may join late, or not answer at its time."""

FAREWELL = say("en", "claim.farewell")
"""What an unclaimed place reads when the bot leaves: nothing is known of its language."""

FINISH_SECONDS = 8
"""How long what is under way may take to end in order."""

DROP_SECONDS = 2
"""How long it may take to end when it is given up; see `bot.app.leader.MARGIN_MS`."""


class Connection(ChatPlatform, Protocol):
    """A chat platform with a connection of its own to keep."""

    async def run(self) -> None:
        """Connect and stay connected, until `close`."""
        ...

    async def close(self) -> None:
        """Let `run` end, in order."""
        ...


class PlatformHost:
    """`open`, then `close`, any number of times. `connect` makes fresh platforms, one of each, for each opening."""

    def __init__(
        self, app: AppContext, queues: Queues, connect: Callable[[], Collection[Connection]], settings: Sweep
    ) -> None:
        self._app = app
        self._queues = queues
        self._connect = connect
        self._settings = settings
        self._platforms: Collection[Connection] = ()
        self._working: list[asyncio.Task[None]] = []
        self._connected: list[asyncio.Task[None]] = []
        self._loops: list[asyncio.Task[None]] = []
        self.workers: Mapping[str, Worker[Any]] = {}
        self.is_open = False

    async def open(self) -> None:
        """Take up what whoever was here before left, connect, and work. Raises `StoreUnavailable`: it stays closed."""
        async with self._app.store.transaction() as tx:
            await tx.leases.free_deliveries()
            known = [await tx.provider_accounts.get(account_id) for account_id in self._app.accounts]
        await stop_serving.end_unserved(self._app)
        self._platforms = self._connect()
        self._app.platforms = {connection.platform: connection for connection in self._platforms}
        self.workers = self._queues.delivering(self._platforms)
        self._working = [spawn(f"worker {name}", worker.run()) for name, worker in self.workers.items()]
        self._connected = [spawn(f"platform {one.platform}", one.run()) for one in self._platforms]
        compared = [None if account is None else account.compared_at for account in known]
        self._start_loops(None if None in compared else min(at for at in compared if at is not None))
        self.is_open = True

    async def close(self, *, at_once: bool = False) -> None:
        """End it all: in order within `FINISH_SECONDS`, or `at_once`, giving up what is under way."""
        self.is_open = False
        for worker in self.workers.values():
            worker.stop(at_once=at_once)
        wait_s = 0 if at_once else FINISH_SECONDS
        end = asyncio.get_running_loop().time() + wait_s
        if self._working:  # a call that is under way needs its platform until it is answered
            await asyncio.wait(self._working, timeout=wait_s)
        for one in self._platforms:
            await one.close()
        if self._connected:
            await asyncio.wait(self._connected, timeout=max(0, end - asyncio.get_running_loop().time()))
        ending = (*self._working, *self._connected, *self._loops)
        for task in ending:
            task.cancel()
        if ending:
            # Not longer: one may hang in a commit that the database does not answer. It touches no platform any more.
            await asyncio.wait(ending, timeout=DROP_SECONDS)
        self._app.platforms = {}
        self._platforms, self._working, self._connected, self._loops, self.workers = (), [], [], [], {}

    def _start_loops(self, compared_at: int | None) -> None:
        app = self._app
        read_ms = self._settings.events_minutes * 60_000
        compare_ms = self._settings.compare_hours * 3_600_000
        # From the last one that was finished, so that a service that is restarted each day compares too.
        tidy_at = None if compared_at is None else compared_at + compare_ms
        self._loops = [
            spawn("timers", every(1_000, app.machine, lambda: timers.tick(app))),
            spawn("alarms", every(ALARMS_LOOK_MS, app.machine, lambda: _look(app))),
            spawn("log", every(LOG_MS, app.machine, lambda: say_log(app))),
            spawn("unclaimed", every(UNCLAIMED_LOOK_MS, app.machine, lambda: _leave_unclaimed(app))),
            spawn("event sweep", every(read_ms, app.business, lambda: of_all_accounts(app, reconcile.read_events))),
            spawn("comparison", every(DUE_LOOK_MS, app.business, lambda: compare_due(app, compare_ms))),
            spawn("night", every(compare_ms, app.business, lambda: tidy_up(app), first_at=tidy_at)),
        ]


async def _look(app: AppContext) -> None:
    await clock_guard.look(app)
    await alarms.look(app)
    await breaker.remind(app)


async def _leave_unclaimed(app: AppContext) -> None:
    stay = app.settings.unclaimed_ms
    await places.greet(app, lambda visit: Message(_brought(visit, stay)))
    await places.leave_unclaimed(app, FAREWELL)


def _brought(visit: Visit, stay_ms: int) -> str:
    return say(visit.locale, "claim.brought", place=visit.name, stay=duration(visit.locale, stay_ms))


async def of_all_accounts(app: AppContext, work: Callable[[AppContext, AccountId], Awaitable[object]]) -> None:
    """Do it for each payment account; one that can't be asked keeps nothing waiting. Raises if none can be."""
    accounts = tuple(app.accounts)
    failed = await _each_account(app, accounts, work)
    if failed and len(failed) == len(accounts):
        raise failed[-1]


async def _each_account(
    app: AppContext, accounts: Collection[AccountId], work: Callable[[AppContext, AccountId], Awaitable[object]]
) -> list[Exception]:
    failed: list[Exception] = []
    for account_id in accounts:
        try:
            await work(app, account_id)
        except (ProviderUnavailable, ProviderRefused) as error:
            failed.append(error)
            log.warning("Put off for account %s (%s): %s", account_id, app.accounts[account_id].name, error)
    return failed


async def compare_due(app: AppContext, compare_ms: int) -> None:
    """Compare each account with what is stored, once in `compare_ms`. Raises if one can't be asked: it stays due."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        known = {account.id: account.compared_at for account in await tx.provider_accounts.all()}
    due = [one for one in app.accounts if (at := known.get(one)) is None or not now - compare_ms < at <= now]
    failed = await _each_account(app, due, _compare)
    if failed:
        raise failed[-1]


async def _compare(app: AppContext, account_id: AccountId) -> None:
    await login_page.refresh(app, account_id)
    await reconcile.compare_everything(app, account_id)


async def tidy_up(app: AppContext) -> None:
    """Once a night: what everybody really holds, the team's roles, places no longer served, what is old."""
    async with app.store.transaction() as tx:
        places = [place for c in await tx.communities.all() for place in await tx.communities.places(c.id)]
    for place in places:
        await presence.compare_place(app, place)
    await role_givers.look_at_roles(app)
    await stop_serving.end_unserved(app)
    await withdrawals.end_late(app)
    await forget.forget_old(app)
