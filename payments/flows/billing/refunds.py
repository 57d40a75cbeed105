"""A refund by one of the team: all that is left of what a bill was paid, once, whoever presses the button how often.

It goes through the outbox, a call for each payment of the bill; that the money went is written down, and told, when the
refund is settled like any other (`settlement.refunds`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.billing import Invoice, SnapshotPart
from payments.core.community import Identity
from payments.core.ids import ChargeId, CustomerId, InvoiceId, PersonId
from payments.core.refs import refund_row
from payments.core.rights import Rank
from payments.flows.rights.ranks import rank_anywhere
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in
from payments.flows.runtime.offered import offered
from payments.flows.runtime.outbox import (
    CreateCall,
    Deadline,
    Params,
    execute,
    hand_over,
    look_up,
    params_of,
    store_request,
)
from payments.flows.runtime.sold import SoldBill, sold_by
from payments.ports.providers import KeyRefused, ObjectKind, Paid, ProviderRefused, ProviderUnavailable, RefundMade
from payments.ports.stores import ProviderRequest, QueueName, RequestState, Transaction

_MEANT = {"charge_already_refunded": "before", "charge_disputed": "disputed", "balance_insufficient": "no_funds"}


class NotRefunded(StrEnum):
    """Why no money goes back."""

    NOT_YOURS = "not_yours"  # unknown here, or not for whoever asks: they learn no more
    UNSURE = "unsure"  # the platform doesn't say just now who they are
    OUTSIDE = "outside"  # it was not paid through the provider: by hand
    BEFORE = "before"
    FAILED = "failed"  # it was refunded here, and the bank sent the money back
    DISPUTED = "disputed"
    NO_FUNDS = "no_funds"  # the account's balance is too low
    NO_RIGHT = "no_right"  # the key may not refund: stored, and done once it may
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refused:
    """No refund; ``detail`` is the provider's own word, ``number`` the bill's."""

    why: NotRefunded
    detail: str = ""
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Refundable:
    """What would go back, in minor units, and who gets it (None: no account here). ``sold``: for what."""

    bill: InvoiceId
    amount: int
    currency: str
    member: str | None
    sold: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """The money is on its way back."""

    amount: int
    currency: str


class RefundPending(StrEnum):
    """The provider did not answer in time; it is stored, and goes on by itself."""

    PENDING = "pending"


async def look(app: AppContext, who: Identity, bill: InvoiceId) -> Refundable | Refused:
    """What of a bill could be given back, for one of the team who may touch money. Raises `ProviderUnavailable`."""
    found = await _found(app, who, bill)
    if isinstance(found, Refused):
        return found
    payments = await _payments(app, found.invoice, Deadline(app))
    if isinstance(payments, Refused):
        return payments
    async with app.store.transaction() as tx:
        member = await name_in(tx, found.community_id, found.payer_id, who.platform)
    return Refundable(bill, sum(one.left for one in payments), payments[0].currency, member, found.sold)


async def refund(
    app: AppContext, who: Identity, actor: PersonId, bill: InvoiceId
) -> Refunded | RefundPending | Refused:
    """Give back all that is left of what a bill was paid. Raises `ProviderUnavailable` if nothing was begun."""
    found = await _found(app, who, bill)
    if isinstance(found, Refused):
        return found
    deadline = Deadline(app)
    payments = await _payments(app, found.invoice, deadline)
    if isinstance(payments, Refused):
        return payments
    calls = [_call(app, found.invoice, paid.charge, actor) for paid in payments]
    async with app.store.transaction() as tx:  # all of them or none: what is told as stored is the whole bill
        requests = [await store_request(tx, app, c.account_id, c.kind, c.object_id, c.params) for c in calls]
    try:
        made = [await execute(app, *each, deadline) for each in zip(calls, requests, strict=True)]
    except KeyRefused as refused:
        return Refused(NotRefunded.NO_RIGHT, str(refused))
    except ProviderUnavailable:
        await hand_over(app, *requests)
        return RefundPending.PENDING
    except ProviderRefused as refused:
        return _meaning(refused)
    app.wake(QueueName.CUSTOMERS)
    return Refunded(sum(one.amount for one in made), made[0].currency)


async def finish(app: AppContext, request: ProviderRequest, deadline: Deadline) -> None:
    """A refund that nobody waits for any more. Raises `ProviderUnavailable` and `ProviderRefused`."""
    await execute(app, _stored_call(app, request), request, deadline)
    app.wake(QueueName.CUSTOMERS)


def _meaning(refused: ProviderRefused) -> Refused:
    meant = _MEANT.get(refused.code)
    return Refused(NotRefunded.REFUSED if meant is None else NotRefunded(meant), str(refused))


async def _payments(app: AppContext, invoice: Invoice, deadline: Deadline) -> Sequence[Paid] | Refused:
    """The payments of a bill of which something is left."""
    left = await _left(app, invoice, deadline)
    if not isinstance(left, Refused) and await _any_made(app, invoice, left):
        left = await _left(app, invoice, deadline)  # another may have refunded it in this moment
        if not isinstance(left, Refused):
            return Refused(NotRefunded.FAILED)
    return left


async def _left(app: AppContext, invoice: Invoice, deadline: Deadline) -> Sequence[Paid] | Refused:
    port = app.provider(invoice.account_id).refunds
    if port is None:
        return Refused(NotRefunded.OUTSIDE, number=invoice.number)
    try:
        found = await deadline.of(lambda: port.payments(invoice.id))
    except ProviderRefused as refused:
        return _meaning(refused)
    if not found:
        return Refused(NotRefunded.OUTSIDE, number=invoice.number)
    left = [one for one in found if one.left > 0]
    if not left:
        return Refused(NotRefunded.BEFORE)
    if all(one.disputed for one in left):
        return Refused(NotRefunded.DISPUTED)
    return [one for one in left if not one.disputed]


async def _any_made(app: AppContext, invoice: Invoice, payments: Sequence[Paid]) -> bool:
    """Whether the refund of all that was left of one of these was made here before."""
    async with app.store.transaction() as tx:
        stored = [await tx.requests.get("refund", refund_row(invoice.account_id, one.charge)) for one in payments]
    return any(one is not None and one.state is RequestState.MADE for one in stored)


# Whose bill it is, and who may.


async def _found(app: AppContext, who: Identity, bill: InvoiceId) -> SoldBill | Refused:
    async with app.store.transaction() as tx:
        stored = [await tx.billing.invoice(account_id, bill) for account_id in app.accounts]
        invoice = next((one for one in stored if one is not None), None)
        found = None if invoice is None else await sold_by(tx, invoice)
        if found is None:
            return Refused(NotRefunded.NOT_YOURS)
    rank = await rank_anywhere(app, found.community_id, who)
    if rank is None:
        return Refused(NotRefunded.UNSURE)
    return found if rank >= Rank.MANAGER else Refused(NotRefunded.NOT_YOURS)


# The call.


def _call(app: AppContext, invoice: Invoice, charge: ChargeId, actor: PersonId) -> CreateCall[RefundMade]:
    row = refund_row(invoice.account_id, charge)
    params = {"charge": charge, "by": actor, "customer": invoice.customer_id, "metadata": dict(app.refs.refund(row))}
    return _with_params(app, invoice, row, params)


def _stored_call(app: AppContext, request: ProviderRequest) -> CreateCall[RefundMade]:
    return _with_params(app, request, request.object_id, params_of(request))


def _with_params(app: AppContext, of: Invoice | ProviderRequest, row: str, params: Params) -> CreateCall[RefundMade]:
    account_id = of.account_id
    provider = app.provider(account_id)
    port = offered(provider.refunds)

    async def make(key: str, stored: Params) -> RefundMade:
        return await port.refund(key, ChargeId(stored["charge"]), None, stored["metadata"])

    async def find(_stored: Params, since_at: int) -> RefundMade | None:
        made = await look_up(provider, ObjectKind.REFUND, row, since_at=since_at)
        return None if made is None else await port.get(made)

    async def on_made(tx: Transaction, _made: RefundMade) -> None:
        customer_id = CustomerId(params["customer"])
        await tx.customers.mark([customer_id], SnapshotPart.INVOICES | SnapshotPart.CHARGES, app.business.now())

    return CreateCall(
        account_id=account_id,
        kind="refund",
        object_id=row,
        params=params,
        make=make,
        find=find,
        load=port.get,
        name=lambda made: made.id,
        on_made=on_made,
    )
