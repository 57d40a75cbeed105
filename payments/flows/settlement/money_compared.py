"""Invoices, refunds and disputes compared with the provider's lists at night: what no event, or no settlement, saw.

It only marks, like the rest of the sweep. What is made within `MONEY_MS` is looked at, so a night's cost follows from
a month's bills: a call for each hundred.
"""

import logging

from payments.core.billing import SnapshotPart
from payments.core.calendar import DAY_MS
from payments.core.ids import AccountId, CustomerRef
from payments.flows.runtime.context import AppContext
from payments.ports.providers import ListedMoney, MoneyKind, Page
from payments.ports.stores import QueueName

MONEY_MS = {MoneyKind.INVOICE: 35 * DAY_MS, MoneyKind.REFUND: 35 * DAY_MS, MoneyKind.DISPUTE: 120 * DAY_MS}
"""A bill is paid or given up within a month or so; a bank takes up to three to decide a dispute."""

PAGES_MAX = 2_000

log = logging.getLogger(__name__)


async def compare_money(app: AppContext, account_id: AccountId) -> int:
    """Mark the customers of invoices, refunds and disputes that are not stored, or otherwise: how many.

    Raises `ProviderUnavailable`, `ProviderRefused` and `StoreUnavailable`.
    """
    marked = 0
    for kind in MoneyKind:
        marked += await _compare(app, account_id, kind)
    if marked:
        app.wake(QueueName.CUSTOMERS)
    return marked


async def _compare(app: AppContext, account_id: AccountId, kind: MoneyKind) -> int:
    events, since_at = app.provider(account_id).events, app.business.now() - MONEY_MS[kind]
    after: str | None = None
    marked = 0
    for _ in range(PAGES_MAX):
        page = await events.list_money(kind, since_at=since_at, after=after)
        marked += await _compare_page(app, account_id, kind, page)
        after = page.next
        if after is None:
            return marked
    log.warning("Account %s has more in its list of %ss than is compared.", account_id, kind)
    return marked


async def _compare_page(app: AppContext, account_id: AccountId, kind: MoneyKind, page: Page[ListedMoney]) -> int:
    async with app.store.transaction() as tx:
        stored = await tx.billing.money(account_id, kind, [one.id for one in page.items])
        strange: set[CustomerRef] = {one.customer for one in page.items if _differs(stored.get(one.id), one)}
        if not strange:
            return 0
        return await tx.customers.mark_stripe(account_id, strange, SnapshotPart.ALL, app.business.now())


def _differs(stored: tuple[str, int] | None, listed: ListedMoney) -> bool:
    """Whether a settlement would find something new. A status that we don't know is nothing new (invariant 6)."""
    return listed.status.known and stored != (listed.status.value, listed.amount)
