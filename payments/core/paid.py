"""What a payer is told when a bill of a running subscription is paid: that it was, and until when. Pure.

The first payment has its own message, once there is access. One that came too late opens nothing: see `late`.
"""

from collections.abc import Iterable, Mapping

from payments.core.access import Entitlement, Reason
from payments.core.billing import BillingReason, Invoice, InvoiceStatus, Subscription
from payments.core.calendar import DAY_MS
from payments.core.covering.known import Payments
from payments.core.ids import InvoiceId
from payments.core.notices import PlannedNotice

NEWS_MS_MAX = 3 * DAY_MS
"""A payment that we hear of later than that is a history that was brought in, or no news."""


def paid_news(
    s: Subscription,
    before: Mapping[InvoiceId, Invoice],
    payments: Payments,
    entitlement: Entitlement | None,
    *,
    owes: bool,
    now: int,
) -> Iterable[PlannedNotice]:
    """The bill that now pays for the running period, if it was not known as paid `before`.

    `owes`: whether payment of something else is wanting. One that failed first is told as such: whoever read that it
    failed reads that all is well again.
    """
    bill = next((i for i in payments.of(s) if i.id == s.latest_invoice_id), None)
    known = None if bill is None else before.get(bill.id)
    if bill is None or s.plan_id is None or s.period_end_at is None or owes:
        return
    if bill.status is not InvoiceStatus.PAID or (known is not None and known.status is InvoiceStatus.PAID):
        return
    if entitlement is None or not entitlement.opens(now) or entitlement.reason is not Reason.PAID:
        return
    first = bill.billing_reason is BillingReason.SUBSCRIPTION_CREATE
    if first or bill.paid_at is None or now - bill.paid_at > NEWS_MS_MAX:
        return
    failed = known is not None and known.failed_at is not None
    if not failed and (bill.amount_paid <= 0 or bill.billing_reason is not BillingReason.SUBSCRIPTION_CYCLE):
        return
    ends = [at for at in (s.period_end_at, s.cancel_at) if at is not None]
    yield PlannedNotice(
        key=f"paid:{s.account_id}:{bill.id}",
        person_id=s.payer_id,
        kind="payment_back" if failed else "renewed",
        plan_id=s.plan_id,
        params={
            "amount": bill.amount_paid,
            "currency": bill.currency,
            "until": min(ends),
            "entitlement": entitlement.id,
        },
    )
