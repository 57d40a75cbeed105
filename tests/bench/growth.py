"""What the service does all day, with a thousand members stored and with a hundred thousand: what grows with them."""

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot import texts
from bot.app.clocks import SteadyClock, SystemClock
from bot.config import SANDBOX_KEY
from payments.core.billing import SnapshotPart
from payments.core.community import Platform
from payments.core.ids import AccountId, CommunityId, CustomerId, CustomerRef, EventId, PersonId, TargetId
from payments.core.snapshot import Snapshot
from payments.flows.runtime.context import AppContext, AppSettings
from payments.flows.settlement import reconcile, timers
from payments.flows.settlement.settle import settle_customer
from payments.flows.views import explain
from payments.ports.providers import Account, Page, ProviderEvent
from payments.providers.stripe import facts
from payments.providers.stripe.calls import StripeCalls
from payments.providers.stripe.events import PARTS, StripeEvents
from payments.providers.stripe.provider import StripeProvider
from payments.rate_limit import Limiter
from sandbox.stripe.store import ACCOUNT_ID
from storage.store import open_store
from tests.bench import crowd, crowds
from tests.bench.figures import Figure, at_most, median
from tests.fakes.accounts import INSTALLATION, only

TITLE = "What is done all day, as members grow from 1,000 to 100,000: time of one, and how many times as long"

RATIO_MAX = 2.0
"""A tree of a hundred times the rows is a level or two deeper; a table that is read whole would show 50 and more."""

COMMUNITY, ROLE = CommunityId("com_crowd"), TargetId("tgt_crowd_role")
EVENTS = 100
WINDOW_MS = 15 * 60_000


class RememberedEvents(StripeEvents):
    """The account's events without the wire."""

    def __init__(self, calls: StripeCalls, began: int) -> None:
        super().__init__(calls)
        self._began = began

    async def list_changes(self, *, since_at: int, after: str | None) -> Page[ProviderEvent]:
        """A page of events that all came as webhooks."""
        found = (
            ProviderEvent(
                EventId(crowd.event(n)),
                "invoice.paid",
                livemode=False,
                account=None,
                created_at=self._began,
                object_id=None,
                customer=CustomerRef(crowd.stripe_customer(n)),
                parts=PARTS["invoice.paid"],
                body="{}",
            )
            for n in range(EVENTS)
        )
        return Page(list(found), None)


class Remembering(StripeProvider):
    """Stripe without the wire: it knows each member's subscription, and the events that were stored."""

    def __init__(self, machine: SteadyClock, began: int) -> None:
        super().__init__(SANDBOX_KEY, limiter=Limiter(machine, per_second=1, burst=1))
        self._sold = crowd.subscriptions(began)
        self.events = RememberedEvents(self._calls, began)

    async def snapshot(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[object] = ()
    ) -> Snapshot:
        """What it says of a member: all is as stored."""
        return Snapshot((facts.subscription(self._sold.at_stripe(crowd.member(customer))),), (), (), ())


@dataclass(frozen=True, slots=True)
class Place:
    """A database with so many members, and the engine on it."""

    app: AppContext
    members: int


async def settle(at: Place, n: int) -> None:
    """A customer is marked, claimed, asked about, decided on and stored."""
    app = at.app
    lease = app.lease()
    async with app.store.transaction() as tx:
        await tx.customers.mark([CustomerId(crowd.customer(n))], SnapshotPart.ALL, app.business.now())
    async with app.store.transaction() as tx:
        [claimed] = await tx.customers.claim(lease, app.machine.now(), 8)
    await settle_customer(app, claimed, lease)


async def deliver(at: Place, n: int) -> None:
    """An effect is opened, claimed and confirmed."""
    app = at.app
    lease, now = app.lease(), app.machine.now()
    async with app.store.transaction() as tx:
        await tx.accesses.reopen(PersonId(crowd.person(n)), ROLE, now)
    async with app.store.transaction() as tx:
        [effect] = await tx.accesses.claim(Platform.DISCORD, lease, now, 8)
    async with app.store.transaction() as tx:
        await tx.accesses.done(effect, lease, applied=True, now=now, machine_now=now)


async def weigh(at: Place, n: int) -> None:
    """What the breaker weighs before a removal, the members counted as for a dozen."""
    since = at.app.machine.now() - WINDOW_MS
    async with at.app.store.transaction() as tx:
        await tx.accesses.revoke_count(COMMUNITY, since)
        await tx.accesses.members(COMMUNITY, since, 240)


async def member(at: Place, n: int) -> None:
    """An admin asks why somebody has what they have."""
    await explain.explain(at.app, PersonId(crowd.person(n)), COMMUNITY, Platform.DISCORD)


async def metrics(at: Place, n: int) -> None:
    """All that metrics tell of the database, drift included."""
    await at.app.store.figures()


async def time_passes(at: Place, n: int) -> None:
    """What is looked at each second: whose moment has come."""
    await timers.tick(at.app)


async def read_events(at: Place, n: int) -> None:
    """A hundred events of Stripe's list, all of them known."""
    read = await reconcile.read_events(at.app, at.app.first_account.id)
    assert (read.listed, read.new) == (EVENTS, 0)


OPERATIONS: dict[str, Callable[[Place, int], Awaitable[None]]] = {
    "settle a customer": settle,
    "open, claim and confirm an effect": deliver,
    "weigh the breaker": weigh,
    "/member": member,
    "/metrics, drift included": metrics,
    "timers, each second": time_passes,
    f"sweep over {EVENTS} known events": read_events,
}


async def measure(quick: bool) -> list[Figure]:
    """Both sizes in the same rounds, operations and sizes shuffled; medians."""
    sizes, rounds = ((100, 1_000), 5) if quick else ((1_000, 100_000), 60)
    began, told = crowd.present(), []
    async with crowds.databases("growth") as database:
        for engine in crowds.ENGINES:
            async with AsyncExitStack() as stack:
                filled = [(await database(engine, size, began), size, began) for size in sizes]
                places = [await stack.enter_async_context(place(*one)) for one in filled]
                told += [_figure(engine, *found) for found in (await _rounds(places, rounds)).items()]
    return told


@asynccontextmanager
async def place(url: str, members: int, began: int) -> AsyncIterator[Place]:
    """A database with so many members, open for the length of a block."""
    store = await open_store(url)
    machine = SteadyClock()
    provider = Remembering(machine, began)
    try:
        app = AppContext(
            store=store,
            accounts=only(Account(AccountId(ACCOUNT_ID), False, "usd"), provider),
            installation=INSTALLATION,
            business=SystemClock(),
            machine=machine,
            settings=AppSettings(public_url="https://bench.example", livemode=False),
            render=texts.render,
        )
        yield Place(app, members)
    finally:
        await provider.close()
        await store.close()


async def _rounds(places: Sequence[Place], rounds: int) -> dict[str, list[list[float]]]:
    """Milliseconds of each operation, a list for each place."""
    order = random.Random(4)
    took: dict[str, list[list[float]]] = {name: [[] for _ in places] for name in OPERATIONS}
    for turn in range(rounds + 1):
        runs = [(name, at) for name in OPERATIONS for at in range(len(places))]
        for name, at in order.sample(runs, len(runs)):
            n = order.randrange(places[at].members)
            began = time.perf_counter()
            await OPERATIONS[name](places[at], n)
            if turn:  # the first one warms up
                took[name][at].append(1000 * (time.perf_counter() - began))
    return took


def _figure(engine: str, name: str, took: list[list[float]]) -> Figure:
    few, many = (median(times) for times in took)
    return at_most(f"{engine}: {name}", many / few, "times", RATIO_MAX, f"{few:.2f} ms, then {many:.2f} ms")
