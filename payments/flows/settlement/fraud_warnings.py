"""Early fraud warnings: the contact is told once, with a button that refunds before it becomes a dispute.

An event tells of one, or the nightly comparison finds it; the message's key makes it one message.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from payments.core.calendar import DAY_MS
from payments.core.ids import AccountId, InvoiceId
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in
from payments.flows.runtime.origins import side_of
from payments.flows.runtime.sold import sold_by
from payments.ports.providers import FraudWarning, KeyRefused, ProviderEvent
from payments.ports.stores import QueueName, Transaction

LOOKED_BACK_MS = 35 * DAY_MS
PAGES_MAX = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that asks for something to be done, and the bills that its payment is of."""

    account_id: AccountId
    warning: FraudWarning
    bills: Sequence[InvoiceId]

    @property
    def key(self) -> str:
        """What makes it one message."""
        return _key(self.account_id, self.warning)


async def look(app: AppContext, account_id: AccountId, event: ProviderEvent) -> Warned | None:
    """The warning that an event tells of, if a refund still helps. Raises as the provider does."""
    port = app.provider(account_id).fraud_warnings
    warning = None if port is None else await port.of(event)
    if port is None or warning is None or not warning.actionable:
        return None
    return Warned(account_id, warning, await port.bills(warning))


async def tell(app: AppContext, tx: Transaction, warned: Warned) -> bool:
    """Tell the contact of a payment of ours that may be fraud; False: its bill is not stored (yet)."""
    warning, account_id = warned.warning, warned.account_id
    found = [one for name in warned.bills if (one := await tx.billing.invoice(account_id, name)) is not None]
    if not found:
        return False
    bill = await sold_by(tx, found[0])
    community = None if bill is None else await tx.communities.get(bill.community_id)
    if bill is None or community is None:  # nothing that we sold
        return True
    params = {
        "member": await name_in(tx, community.id, bill.payer_id, await side_of(tx, bill.payer_id)),
        "sold": bill.sold,
        "community": community.name,
        "amount": warning.left,
        "currency": warning.currency,
        "bill": bill.invoice.id,
        "ends": None if bill.plan is None else bill.plan.refund_ends_access,
        "subscription": None if bill.plan is None else bill.invoice.subscription_id,
        "account": account_id,
    }
    await enqueue_contact_notice(tx, app.business.now(), community, "fraud_warning", warned.key, params)
    return True


def _key(account_id: AccountId, warning: FraudWarning) -> str:
    return f"fraud_warning:{account_id}:{warning.id}"


async def compare_warnings(app: AppContext, account_id: AccountId) -> None:
    """Tell of warnings that no event told of. A key from before they counted may not read them: `check` says so.

    Raises `ProviderUnavailable`, `ProviderRefused` and `StoreUnavailable`.
    """
    port = app.provider(account_id).fraud_warnings
    if port is None:
        return
    since_at = app.business.now() - LOOKED_BACK_MS
    after: str | None = None
    try:
        for _ in range(PAGES_MAX):
            page = await port.list(since_at=since_at, after=after)
            for warning in page.items:
                await _compare(app, account_id, warning)
            after = page.next
            if after is None:
                return
    except KeyRefused as refused:
        if refused.code != "permission_error":
            raise
        log.warning("Early fraud warnings of account %s can't be read: %s", account_id, refused)


async def _compare(app: AppContext, account_id: AccountId, warning: FraudWarning) -> None:
    port = app.provider(account_id).fraud_warnings
    if port is None or not warning.actionable or warning.customer is None:
        return
    async with app.store.transaction() as tx:
        ours = await tx.customers.known_stripe(account_id, {warning.customer})
        if not ours or await tx.notices.added_at(_key(account_id, warning)) is not None:
            return
    bills = await port.bills(warning)
    async with app.store.transaction() as tx:
        await tell(app, tx, Warned(account_id, warning, bills))
    app.wake(QueueName.NOTICES)
