"""The sweep: what no webhook told is found in Stripe's event list, and by comparing everything each night.

It only marks: what is true is asked by the settlements that follow (invariant 6).
"""

import asyncio
import logging
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from payments.core.billing import SnapshotPart, Subscription, SubscriptionStatus
from payments.core.ids import AccountId, CustomerRef, SubscriptionId
from payments.core.lines import same_discounts, same_items
from payments.core.snapshot import SubscriptionFact
from payments.flows.runtime.context import AppContext
from payments.flows.settlement.fraud_warnings import compare_warnings
from payments.flows.settlement.money_compared import compare_money
from payments.flows.settlement.unowned import OfNobody, of_nobody, tell_of_nobody
from payments.flows.settlement.webhooks import store_event
from payments.ports.providers import ListedSubscription, Page
from payments.ports.stores import QueueName

OVERLAP_MS = 10 * 60_000
"""How much of what was read is read again: events appear in the list a little after their time."""

REACH_MS = 30 * 24 * 3_600_000
"""Stripe's event list reaches back 30 days."""

DOUBT_MS = 24 * 3_600_000
"""By how much our clock may be ahead of Stripe's without an event being missed."""

log = logging.getLogger(__name__)

PAGES_MAX = 5_000
BATCH = 500


@dataclass(frozen=True, slots=True)
class EventsRead:
    """How many events were listed and how many of them were new; ``complete``: the list was read to its end."""

    listed: int
    new: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """How many subscriptions were listed, and how many customers were marked to be asked about."""

    listed: int
    marked: int


async def read_events(app: AppContext, account_id: AccountId) -> EventsRead:
    """Store what an account's event list has since the last time, the same way as webhooks.

    The cursor moves once all of the list is stored, and then by Stripe's own times, for our clock may be wrong. A
    list longer than we read is made up for by comparing everything. Raises `ProviderUnavailable`, `ProviderRefused`
    and `StoreUnavailable`: the cursor then stays before what is missing.
    """
    now = app.business.now()
    events = app.provider(account_id).events
    async with app.store.transaction() as tx:
        account = await tx.provider_accounts.get(account_id)
    cursor = None if account is None else account.event_cursor_at
    since = max(now - REACH_MS, now - REACH_MS if cursor is None else min(cursor, now))
    listed = new = 0
    newest = since + OVERLAP_MS
    after: str | None = None
    for _ in range(PAGES_MAX):
        page = await events.list_changes(since_at=since, after=after)
        # A page shares its commits: stored one by one each event would cost one.
        stored = await asyncio.gather(*(store_event(app, account_id, event) for event in page.items))
        new += sum(one.new for one in stored)
        newest = max([newest, *(event.created_at for event in page.items)])
        listed += len(page.items)
        after = page.next
        if after is None:
            break
    else:
        await compare_everything(app, account_id)
    async with app.store.transaction() as tx:
        await tx.provider_accounts.set_event_cursor(account_id, max(newest - OVERLAP_MS, now - DOUBT_MS))
    return EventsRead(listed, new, complete=after is None)


def first_cursor(now: int) -> int:
    """Where to begin reading for an account that we come to know `now`: nothing of ours is in its past."""
    return now - DOUBT_MS


async def compare_everything(app: AppContext, account_id: AccountId) -> Compared:
    """The nightly comparison: what was billed, given back, disputed and warned of lately, then every subscription."""
    marked = await compare_money(app, account_id)
    await compare_warnings(app, account_id)
    compared = await compare_all(app, account_id)
    return Compared(compared.listed, compared.marked + marked)


async def compare_all(app: AppContext, account_id: AccountId) -> Compared:
    """Compare every subscription of an account with what is stored, and mark the customers of those that differ.

    One that is stored as going on and is not in the whole list is asked about too, never concluded upon.
    Raises `ProviderUnavailable`, `ProviderRefused` and `StoreUnavailable`.
    """
    began = app.business.now()
    events = app.provider(account_id).events
    seen = _Seen()
    strangers: list[OfNobody] = []
    after: str | None = None
    marked = 0
    for _ in range(PAGES_MAX):
        page = await events.list_live(after=after)
        seen.add(listed.fact.id for listed in page.items)
        marked += await _compare_page(app, account_id, page, strangers)
        after = page.next
        if after is None:
            break
    if after is None:
        marked += await _compare_stored(app, account_id, seen)
    else:  # the reverse would accuse those that were not seen
        log.warning("Account %s has more subscriptions than the %d that are compared.", account_id, len(seen))
    await tell_of_nobody(app, account_id, strangers, began if after is None else None)
    async with app.store.transaction() as tx:
        await tx.provider_accounts.set_compared(account_id, began)
    if marked:
        app.wake(QueueName.CUSTOMERS)
    return Compared(len(seen), marked)


async def _compare_page(
    app: AppContext, account_id: AccountId, page: Page[ListedSubscription], strangers: list[OfNobody]
) -> int:
    facts = {listed.fact.id: listed for listed in page.items}
    async with app.store.transaction() as tx:
        stored = {s.id: s for s in await tx.billing.drifted(account_id, list(facts))}
        strange: set[CustomerRef] = {
            listed.customer for id_, listed in facts.items() if id_ not in stored or _differs(stored[id_], listed.fact)
        }
        if not strange:
            return 0
        strangers += await of_nobody(tx, account_id, (listed for id_, listed in facts.items() if id_ not in stored))
        return await tx.customers.mark_stripe(account_id, strange, SnapshotPart.ALL, app.business.now())


def _differs(stored: Subscription, fact: SubscriptionFact) -> bool:
    """Whether a settlement would find something new. A status that we don't know is nothing new."""
    if fact.status is SubscriptionStatus.UNKNOWN:
        return False
    if not (same_items(stored.items, fact.items) and same_discounts(stored.discounts, fact.discounts)):
        return True
    return _told(stored) != _told(fact)


def _told(row: Subscription | SubscriptionFact) -> tuple[object, ...]:
    return (
        row.status,
        row.unit_amount,
        row.quantity,
        row.currency,
        row.cancel_at,
        row.pause_behavior,
        row.trial_end_at,
        row.period_end_at,
        row.latest_invoice_id,
    )


class _Seen:
    """The subscriptions of a list that may be very long, in eight bytes each.

    That two are the same in eight bytes happens once in a thousand million nights; then one that is missing is asked
    about a night later, for a new process mixes them otherwise.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._ordered = True

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, ids: Iterable[SubscriptionId]) -> None:
        """Those of one page; no id comes twice."""
        self._hashes.extend(hash(one) for one in ids)
        self._ordered = False

    def __contains__(self, one: SubscriptionId) -> bool:
        if not self._ordered:
            self._hashes = array("q", sorted(self._hashes))
            self._ordered = True
        at = bisect_left(self._hashes, hash(one))
        return at < len(self._hashes) and self._hashes[at] == hash(one)


async def _compare_stored(app: AppContext, account_id: AccountId, seen: _Seen) -> int:
    """Mark the customers of subscriptions that go on here and were not in the list."""
    after: SubscriptionId | None = None
    marked = 0
    while True:
        async with app.store.transaction() as tx:
            rows = await tx.billing.unended(account_id, after, BATCH)
            missing = {row.customer_id for row in rows if row.id not in seen}
            if missing:
                await tx.customers.mark(missing, SnapshotPart.ALL, app.business.now())
        marked += len(missing)
        if len(rows) < BATCH:
            return marked
        after = rows[-1].id
