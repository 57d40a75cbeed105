"""A bill's draft at Stripe: how it is made, found again and deleted.

It is asked for before a bill is given up, since a call may be done though its answer was lost.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from payments.core.billing import InvoiceStatus
from payments.core.ids import CustomerRef, InvoiceId, PersonId
from payments.core.snapshot import InvoiceFact
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.offered import offered
from payments.flows.runtime.outbox import CreateCall, Deadline, Params, loaded, look_up, params_of
from payments.ports.providers import InvoiceOrder, ObjectKind, ProviderRefused, ProviderUnavailable
from payments.ports.stores import ProviderRequest, Transaction

NOT_OUT = (InvoiceStatus.DRAFT, InvoiceStatus.VOID)


@dataclass(frozen=True, slots=True)
class Drafted:
    """The invoice that was made for a bill. ``id`` None: none was; ``fact`` None: it is not there any more."""

    id: InvoiceId | None
    fact: InvoiceFact | None

    @property
    def out(self) -> InvoiceFact | None:
        """The invoice, if it can be paid, or was: it has its number and its link, and Stripe may have mailed it."""
        return None if self.fact is None or self.fact.status in NOT_OUT else self.fact


async def at_stripe(app: AppContext, request: ProviderRequest, deadline: Deadline) -> Drafted:
    """What was made for a bill. Raises `ProviderUnavailable` and `ProviderRefused`."""
    found = await _made(app, request, "invoice", ObjectKind.INVOICE, deadline)
    if found is None:
        return Drafted(None, None)
    invoice_id = InvoiceId(found)
    invoicing = offered(app.provider(request.account_id).invoicing)
    try:
        return Drafted(invoice_id, await deadline.of(lambda: invoicing.get(invoice_id)))
    except ProviderRefused as refused:
        if refused.code != "missing_object":
            raise
        return Drafted(invoice_id, None)


async def throw_away(app: AppContext, request: ProviderRequest, drafted: Drafted, deadline: Deadline) -> None:
    """Delete a draft with its item, so that nobody can send it. Done again, it does the same.

    Raises `ProviderUnavailable`, also when the draft was sent in this moment.
    """
    invoice_id = drafted.id
    if invoice_id is None or (drafted.fact is not None and drafted.fact.status is not InvoiceStatus.DRAFT):
        return
    invoicing = offered(app.provider(request.account_id).invoicing)
    customer = await _customer(app, request)
    item_id = await _made(app, request, "invoice_item", ObjectKind.INVOICE_ITEM, deadline)
    try:
        await deadline.of(lambda: invoicing.delete_draft(customer, invoice_id, item_id))
    except ProviderRefused as refused:
        raise ProviderUnavailable(f"the draft was not deleted: {refused}", retry_after_ms=2_000) from None


async def _customer(app: AppContext, request: ProviderRequest) -> CustomerRef:
    """Who the draft was made for."""
    async with app.store.transaction() as tx:
        step = await tx.requests.get("invoice", request.object_id)
    assert step is not None, "a draft is stored before it is made"
    return CustomerRef(params_of(step)["customer"])


async def _made(
    app: AppContext, request: ProviderRequest, kind: str, made: ObjectKind, deadline: Deadline
) -> str | None:
    """What one step of a bill made, also when nobody heard of it."""
    async with app.store.transaction() as tx:
        step = await tx.requests.get(kind, request.object_id)
    if step is None or step.result_id is not None:
        return None if step is None else step.result_id
    customer, since_at = CustomerRef(params_of(step)["customer"]), step.created_at
    provider = app.provider(request.account_id)
    try:
        return await deadline.of(
            lambda: look_up(provider, made, request.object_id, since_at=since_at, customer=customer)
        )
    except ProviderRefused as refused:
        if refused.code != "missing_object":
            raise
        return None  # the owner deleted the customer, and with it what was a draft


# -- making it -------------------------------------------------------------------------------------------------------


def order_of(app: AppContext, request: ProviderRequest, params: Params, customer: CustomerRef) -> dict[str, Any]:
    """The order as it is stored with each step's call, so that a repeated call asks for the very same."""
    return {
        "customer": customer,
        "amount": int(params["amount"]),
        "currency": params["currency"],
        "description": params["what"],
        "days_until_due": int(params["days_until_due"]),
        "footer": params["footer"],
        "metadata": app.refs.invoice(request.object_id, request.id, PersonId(params["person_id"])),
    }


def _stored_order(stored: Params) -> InvoiceOrder:
    return InvoiceOrder(
        customer=CustomerRef(stored["customer"]),
        amount=int(stored["amount"]),
        currency=stored["currency"],
        description=stored["description"],
        days_until_due=int(stored["days_until_due"]),
        footer=stored["footer"],
        metadata=stored["metadata"],
    )


def draft(app: AppContext, request: ProviderRequest, order: Params) -> CreateCall[str]:
    """Making its invoice, without the item."""

    async def make(key: str, stored: Params) -> str:
        invoicing = offered(app.provider(request.account_id).invoicing)
        return await invoicing.create_draft(key, _stored_order(stored))

    return _creation(app, "invoice", ObjectKind.INVOICE, request, order, make)


def item(app: AppContext, request: ProviderRequest, order: Params, invoice_id: InvoiceId) -> CreateCall[str]:
    """Putting the one item on it."""

    async def make(key: str, stored: Params) -> str:
        return await offered(app.provider(request.account_id).invoicing).add_item(
            key, invoice_id, _stored_order(stored)
        )

    return _creation(app, "invoice_item", ObjectKind.INVOICE_ITEM, request, order, make)


def _creation(
    app: AppContext,
    kind: str,
    made: ObjectKind,
    request: ProviderRequest,
    order: Params,
    make: Callable[[str, Params], Awaitable[str]],
) -> CreateCall[str]:
    async def find(stored: Params, since_at: int) -> str | None:
        customer = CustomerRef(stored["customer"])
        provider = app.provider(request.account_id)
        return await look_up(provider, made, request.object_id, since_at=since_at, customer=customer)

    return CreateCall(
        account_id=request.account_id,
        kind=kind,
        object_id=request.object_id,
        params=order,
        make=make,
        find=find,
        load=loaded,
        name=str,
        on_made=_nothing_more,
    )


async def _nothing_more(_tx: Transaction, _made: str) -> None:
    """The request's own result is all there is to store."""
