"""An admin bills a member: one invoice, made and sent step by step, each step resumable and none done twice."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from payments.core.ids import CommunityId, InvoiceId, PersonId, StripeCustomerId
from payments.core.model import Customer, Part
from payments.core.money import AmountRefused, check_amount
from payments.core.snapshot import InvoiceFact
from payments.flows.customers import ensure_customer
from payments.flows.engine import Engine, id_for
from payments.flows.noting import note, tell
from payments.flows.requesting import (
    Creation,
    Params,
    Patience,
    create,
    loaded,
    params_of,
    store_request,
    stored_params,
)
from payments.ports.provider import InvoiceOrder, KeyRefused, Made, ProviderRefused, ProviderUnavailable
from payments.ports.stores import Request, Transaction

WHAT_MAX = 200
DAYS_MAX = 365
EMAIL_MAX = 254
AGAIN_MS = 10 * 60_000
"""Who saw no answer types the same again: an equal bill within this time (business time) is the one there is."""

_EMAIL = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[^\s@,;<>()\".]{2,}")


@dataclass(frozen=True, slots=True)
class Bill:
    """What an admin asks to be paid. ``name`` is the member's, for Stripe's customer; ``actor`` the admin.

    ``key``: the same for the same order, should it come twice; the second is the first (invariant 10). So is one that
    is equal in all but its key, within `AGAIN_MS`: an admin whose command died with the process types it once more.
    """

    person_id: PersonId
    name: str
    community_id: CommunityId
    amount: int
    currency: str
    what: str
    days_until_due: int
    actor: PersonId
    key: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceSent:
    """Stripe has sent it; ``again``: it had been before, for the same order."""

    request_id: str
    invoice: InvoiceFact
    again: bool = False


@dataclass(frozen=True, slots=True)
class NeedsEmail:
    """Stripe needs the member's e-mail first; the member was asked for it."""

    request_id: str


@dataclass(frozen=True, slots=True)
class InvoicePending:
    """Stripe did not answer in time. It is stored and will be made by itself: don't bill again."""

    request_id: str


class BillProblem(StrEnum):
    """Why a bill can't be made."""

    WHAT_EMPTY = "what_empty"
    WHAT_TOO_LONG = "what_too_long"
    DAYS_RANGE = "days_range"
    EMAIL = "email"
    GONE = "gone"  # nothing of this person waits for an e-mail under this id
    STRIPE_REFUSED = "stripe_refused"


@dataclass(frozen=True, slots=True)
class Refused:
    """It can't be made; ``detail`` is Stripe's own word where it was Stripe."""

    problem: BillProblem | AmountRefused
    detail: str = ""


Billed = InvoiceSent | NeedsEmail | InvoicePending | Refused


async def bill(engine: Engine, order: Bill) -> Billed:
    """Make an invoice and have Stripe send it.

    Raises `StoreUnavailable`: nothing was asked of Stripe then; and `KeyRefused`: it is stored, and goes on by itself.
    """
    problem = _problem(order)
    if problem is not None:
        return Refused(problem)
    params = {
        "person_id": order.person_id,
        "name": order.name,
        "community_id": order.community_id,
        "amount": order.amount,
        "currency": order.currency,
        "what": order.what.strip(),
        "days_until_due": order.days_until_due,
        "actor": order.actor,
        "footer": engine.settings.invoice_footer,
    }
    since_at = engine.business.now() - AGAIN_MS
    async with engine.store.transaction() as tx:
        await tx.people.lock([order.person_id])  # so that of two equal bills at once the second sees the first
        request = await tx.requests.lately("bill", order.person_id, stored_params(params), since_at)
        if request is None:
            subject_id = id_for("bil", order.key)
            request = await store_request(tx, engine, "bill", subject_id, params, person_id=order.person_id)
    return await _finish_or_wait(engine, request, Patience(engine))


async def email_given(engine: Engine, person_id: PersonId, request_id: str, email: str) -> Billed:
    """The member gave an e-mail: every invoice of theirs that waits for one goes on. Answers for `request_id`."""
    email = email.strip()
    if len(email) > EMAIL_MAX or not _EMAIL.fullmatch(email):
        return Refused(BillProblem.EMAIL)
    async with engine.store.transaction() as tx:
        waiting = await tx.requests.needing_email(person_id)
    if request_id not in {request.id for request in waiting}:
        return Refused(BillProblem.GONE)
    patience = Patience(engine)
    try:
        await _set_email(engine, waiting, email, patience)
    except ProviderRefused as refused:
        return Refused(BillProblem.EMAIL, str(refused))
    async with engine.store.transaction() as tx:
        for request in waiting:
            await tx.requests.set_state(request.id, "pending", None)
    engine.wake("requests")
    asked = next(request for request in waiting if request.id == request_id)
    return await _finish_or_wait(engine, asked, patience)


async def finish(engine: Engine, request: Request, patience: Patience) -> Billed:
    """Go on with a bill wherever it stopped: customer, draft, item, sending.

    Raises `ProviderUnavailable`; then it stays pending.
    """
    params = params_of(request)
    if request.state == "made":
        assert request.result_id is not None
        sent = InvoiceId(request.result_id)
        return InvoiceSent(request.id, await patience.of(lambda: engine.provider.invoice(sent)), again=True)
    try:
        customer = await ensure_customer(
            engine, PersonId(params["person_id"]), params["currency"], params["name"], patience
        )
        assert customer.stripe_id is not None
        order = _order(request, params, customer.stripe_id)
        invoice_id = InvoiceId(await create(engine, _draft(engine, request, order), patience))
        await create(engine, _item(engine, request, order, invoice_id), patience)
        fact = await patience.of(lambda: engine.provider.send_invoice(invoice_id))
    except ProviderRefused as refused:
        if refused.code == "missing_email":
            return await _needs_email(engine, request, params)
        async with engine.store.transaction() as tx:
            stored = await tx.requests.get(request.kind, request.subject_id)
            if stored is not None and stored.state == "pending":  # else another path has sent it meanwhile
                await tx.requests.set_state(request.id, "refused", str(refused))
        return Refused(BillProblem.STRIPE_REFUSED, str(refused))
    await _sent(engine, request, params, customer, fact)
    return InvoiceSent(request.id, fact)


async def _finish_or_wait(engine: Engine, request: Request, patience: Patience) -> Billed:
    try:
        return await finish(engine, request, patience)
    except KeyRefused:
        raise
    except ProviderUnavailable:
        engine.wake("requests")
        return InvoicePending(request.id)


def _problem(order: Bill) -> BillProblem | AmountRefused | None:
    if not order.what.strip():
        return BillProblem.WHAT_EMPTY
    if len(order.what) > WHAT_MAX:
        return BillProblem.WHAT_TOO_LONG
    if not 0 <= order.days_until_due <= DAYS_MAX:
        return BillProblem.DAYS_RANGE
    amount = check_amount(order.amount, order.currency)
    return amount if isinstance(amount, AmountRefused) else None


def _order(request: Request, params: Params, customer: StripeCustomerId) -> dict[str, Any]:
    """The order as it is stored with each step's call, so that a repeated call asks for the very same."""
    return {
        "customer": customer,
        "amount": int(params["amount"]),
        "currency": params["currency"],
        "description": params["what"],
        "days_until_due": int(params["days_until_due"]),
        "footer": params["footer"],
        "metadata": {
            "guestlist_row": request.subject_id,
            "guestlist_invoice": request.id,
            "guestlist_payer": params["person_id"],
        },
    }


def _stored_order(stored: Params) -> InvoiceOrder:
    return InvoiceOrder(
        customer=StripeCustomerId(stored["customer"]),
        amount=int(stored["amount"]),
        currency=stored["currency"],
        description=stored["description"],
        days_until_due=int(stored["days_until_due"]),
        footer=stored["footer"],
        metadata=stored["metadata"],
    )


def _draft(engine: Engine, request: Request, order: Params) -> Creation[str]:
    async def make(key: str, stored: Params) -> str:
        return await engine.provider.create_invoice(key, _stored_order(stored))

    return _creation(engine, "invoice", Made.INVOICE, request, order, make)


def _item(engine: Engine, request: Request, order: Params, invoice_id: InvoiceId) -> Creation[str]:
    async def make(key: str, stored: Params) -> str:
        return await engine.provider.create_invoice_item(key, invoice_id, _stored_order(stored))

    return _creation(engine, "invoice_item", Made.INVOICE_ITEM, request, order, make)


def _creation(
    engine: Engine,
    kind: str,
    made: Made,
    request: Request,
    order: Params,
    make: Callable[[str, Params], Awaitable[str]],
) -> Creation[str]:
    async def find(stored: Params, since_at: int) -> str | None:
        customer = StripeCustomerId(stored["customer"])
        return await engine.provider.find(made, request.subject_id, since_at=since_at, customer=customer)

    return Creation(
        kind=kind,
        subject_id=request.subject_id,
        params=order,
        make=make,
        find=find,
        load=loaded,
        name=str,
        on_made=_nothing_more,
    )


async def _nothing_more(_tx: Transaction, _made: str) -> None:
    """The request's own result is all there is to store."""


async def _set_email(engine: Engine, waiting: Sequence[Request], email: str, patience: Patience) -> None:
    """Set it at Stripe for the customers (one for each currency) of what waits, then here."""
    for currency in dict.fromkeys(params_of(request)["currency"] for request in waiting):
        params = next(p for p in map(params_of, waiting) if p["currency"] == currency)
        customer = await ensure_customer(engine, PersonId(params["person_id"]), currency, params["name"], patience)
        await patience.of(partial(_set_one, engine, customer, email))
        async with engine.store.transaction() as tx:
            await tx.customers.set_email(customer.id, email)


async def _set_one(engine: Engine, customer: Customer, email: str) -> None:
    assert customer.stripe_id is not None
    await engine.provider.set_customer_email(customer.stripe_id, email)


async def _needs_email(engine: Engine, request: Request, params: Params) -> NeedsEmail:
    async with engine.store.transaction() as tx:
        await tx.requests.set_state(request.id, "needs_email", "Stripe needs the member's e-mail")
        community = await tx.communities.get(CommunityId(params["community_id"]))
        said = {
            "request_id": request.id,
            "community": community.name if community else "",
            "what": params["what"],
            "amount": params["amount"],
            "currency": params["currency"],
        }
        key = f"email_needed:{request.id}"
        await tell(tx, engine.business.now(), PersonId(params["person_id"]), "email_needed", key, said)
    engine.wake("notices")
    return NeedsEmail(request.id)


async def _sent(engine: Engine, request: Request, params: Params, customer: Customer, fact: InvoiceFact) -> None:
    now = engine.business.now()
    person_id = PersonId(params["person_id"])
    async with engine.store.transaction() as tx:
        await tx.requests.made(request.id, fact.id)
        said = {
            "number": fact.number,
            "amount": fact.total,
            "currency": fact.currency,
            "url": fact.hosted_url,
            "what": params["what"],
        }
        await tell(tx, now, person_id, "invoice_sent", f"invoice_sent:{request.id}", said)
        await tx.customers.mark([customer.id], Part.INVOICES, now)
        await note(
            tx,
            now,
            "invoice_sent",
            f"Invoice {fact.number or fact.id} over {fact.total} {fact.currency} (minor units) was sent.",
            actor=params["actor"],
            community_id=CommunityId(params["community_id"]),
            person_id=person_id,
        )
    engine.wake("notices")
    engine.wake("customers")
