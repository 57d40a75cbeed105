"""An admin bills a member: one invoice, made and sent step by step, each step resumable and none done twice."""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from payments.core.audit import AuditKind
from payments.core.billing import Customer, SnapshotPart
from payments.core.changes import Amount, Changes, same
from payments.core.community import Community, Identity, Place
from payments.core.ids import CommunityId, InvoiceId, PersonId, RequestId
from payments.core.money import AmountRefused, Limits, check_amount
from payments.core.snapshot import InvoiceFact
from payments.flows.billing import drafts
from payments.flows.billing.invoice_list import bills
from payments.flows.billing.withdrawals import Withdrawn, lock, objection, taken_back, withdraw
from payments.flows.checkout.customers import ensure_customer
from payments.flows.messages import enqueue_notice, record_act
from payments.flows.runtime.context import AppContext, id_for
from payments.flows.runtime.offered import offered
from payments.flows.runtime.origins import origin_of, side_of
from payments.flows.runtime.outbox import Deadline, Params, create, hand_over, params_of, store_request, stored_params
from payments.flows.runtime.places import billed_by
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.ports.stores import ProviderRequest, QueueName, RequestState, Transaction

WHAT_MAX = 200
DAYS_MAX = 365
EMAIL_MAX = 254
AGAIN_MS = 10 * 60_000
"""Who saw no answer types the same again: an equal bill within this time (business time) is the one there is."""

_EMAIL = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[^\s@,;<>()\".]{2,}")


@dataclass(frozen=True, slots=True)
class Bill:
    """What an admin asks to be paid. ``name`` is the member's, for Stripe's customer; ``actor`` the admin.
    ``person_id``: the person the member's account pays as (`payer_of`).

    ``place`` and ``by``: where it was typed and with which account; it goes out only while that account may bill there.

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
    place: Place | None = None
    by: str = ""


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
    WITHDRAWN = "withdrawn"  # nobody may send it any more
    GONE = "gone"  # nothing of this person waits for an e-mail under this id
    STRIPE_REFUSED = "stripe_refused"


@dataclass(frozen=True, slots=True)
class Refused:
    """It can't be made; ``detail`` is Stripe's own word where it was Stripe."""

    problem: BillProblem | AmountRefused
    detail: str = ""


Billed = InvoiceSent | NeedsEmail | InvoicePending | Refused


async def payer_of(app: AppContext, who: Identity, community: Community, currency: str) -> PersonId:
    """The person that a known account is billed as by a community, in a currency."""
    async with app.store.transaction() as tx:
        found = await origin_of(tx, who, app.account_of(community), currency)
    assert found is not None, "the caller introduced the account"
    return found


async def bill(app: AppContext, order: Bill) -> Billed:
    """Make an invoice and have Stripe send it.

    Raises `StoreUnavailable`: nothing was asked of Stripe then; `KeyRefused`: it is stored, and goes on by itself; and
    `NotOffered`.
    """
    async with app.store.transaction() as tx:
        community = await tx.communities.get(order.community_id)
    assert community is not None, "the caller found the community"
    account_id = app.account_of(community)
    offered(app.provider(account_id).invoicing)
    problem = _problem(order, app.limits(community))
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
        "footer": app.settings.invoice_footer,
        **(
            {}
            if order.place is None
            else {"place": f"{order.place.platform}:{order.place.external_id}", "by": order.by}
        ),
    }
    since_at = app.business.now() - AGAIN_MS
    async with app.store.transaction() as tx:
        await tx.identities.lock([order.person_id])  # so that of two equal bills at once the second sees the first
        request = await tx.requests.lately("bill", order.person_id, stored_params(params), since_at)
        if request is None:
            object_id = id_for("bil", order.key)
            request = await store_request(tx, app, account_id, "bill", object_id, params, person_id=order.person_id)
    return await _or_wait(app, request, lambda: _go_on(app, request, Deadline(app)))


async def email_given(app: AppContext, who: Identity, request_id: str, email: str) -> Billed:
    """An account gave an e-mail: every invoice for it that waits for one goes on. Answers for `request_id`."""
    email = email.strip()
    if len(email) > EMAIL_MAX or not _EMAIL.fullmatch(email):
        return Refused(BillProblem.EMAIL)
    waiting = (await bills(app, who)).waiting
    if request_id not in {request.id for request in waiting}:
        return Refused(BillProblem.GONE)
    deadline = Deadline(app)
    ended = {request.id: await _objected(app, request, deadline) for request in waiting}
    if (answer := ended[RequestId(request_id)]) is not None:
        return answer
    waiting = tuple([request for request in waiting if ended[request.id] is None])
    try:
        await _set_email(app, waiting, email, deadline)
    except ProviderRefused as refused:
        return Refused(BillProblem.EMAIL, str(refused))
    async with app.store.transaction() as tx:
        await lock(tx, waiting)
        for request in waiting:
            stored = await tx.requests.get(request.kind, request.object_id)
            # Otherwise it was sent or taken back in this very moment.
            if stored is not None and stored.state is RequestState.NEEDS_EMAIL:
                await tx.requests.set_state(request.id, RequestState.PENDING, None)
    app.wake(QueueName.REQUESTS)
    asked = next(request for request in waiting if request.id == request_id)
    return await _or_wait(app, asked, lambda: finish(app, asked, deadline))


async def _objected(app: AppContext, request: ProviderRequest, deadline: Deadline) -> Billed | None:
    """What became of a bill that may not be sent any more; None: it may. Who can't be asked now is asked when it is."""
    try:
        why = await objection(app, request)
        return None if why is None else await _take_back(app, request, why, deadline)
    except ProviderUnavailable:
        return None


async def finish(app: AppContext, request: ProviderRequest, deadline: Deadline) -> Billed:
    """Go on with a bill wherever it stopped, if it may still be sent.

    Raises `ProviderUnavailable`; then it stays pending.
    """
    if request.state is not RequestState.MADE and (why := await objection(app, request)) is not None:
        return await _take_back(app, request, why, deadline)
    return await _go_on(app, request, deadline)


async def _take_back(app: AppContext, request: ProviderRequest, why: Withdrawn, deadline: Deadline) -> Billed:
    """Take a bill back, but not one that is out: that can be paid, and so is told as sent, whoever objects by now.

    Raises `ProviderUnavailable`: then nothing was given up.
    """
    found = await drafts.at_stripe(app, request, deadline)
    if found.out is not None:
        return await _out(app, request, found.out, deadline)
    await drafts.throw_away(app, request, found, deadline)
    async with app.store.transaction() as tx:
        await lock(tx, [request])
        withdrawn = await withdraw(app, tx, request, why, found.id)
        stored = await tx.requests.get(request.kind, request.object_id)
    if not withdrawn and stored is not None and not taken_back(stored):
        raise ProviderUnavailable("this bill is being sent just now", retry_after_ms=2_000, unclear=False)
    app.wake(QueueName.NOTICES)
    return Refused(BillProblem.WITHDRAWN)


async def _out(app: AppContext, request: ProviderRequest, fact: InvoiceFact, deadline: Deadline) -> InvoiceSent:
    """Stripe has sent it, though its answer was lost."""
    params = params_of(request)
    customer = await _customer(app, request, deadline)
    await _sent(app, request, params, customer, fact)
    return InvoiceSent(request.id, fact)


async def _go_on(app: AppContext, request: ProviderRequest, deadline: Deadline) -> Billed:
    """Customer, draft, item, sending."""
    params = params_of(request)
    if taken_back(request):  # the same order came again
        return Refused(BillProblem.WITHDRAWN)
    invoicing = offered(app.provider(request.account_id).invoicing)
    if request.state is RequestState.MADE:
        assert request.result_id is not None
        sent = InvoiceId(request.result_id)
        return InvoiceSent(request.id, await deadline.of(lambda: invoicing.get(sent)), again=True)
    try:
        customer = await _customer(app, request, deadline)
        assert customer.stripe_id is not None
        order = drafts.order_of(app, request, params, customer.stripe_id)
        invoice_id = InvoiceId(await create(app, drafts.draft(app, request, order), deadline))
        await create(app, drafts.item(app, request, order, invoice_id), deadline)
        if taken_back(await _locked(app, request)):
            await _drop(app, request, deadline)
            return Refused(BillProblem.WITHDRAWN)
        fact = await deadline.of(lambda: invoicing.send(invoice_id))
    except ProviderRefused as refused:
        return await _no(app, request, refused, deadline)
    await _sent(app, request, params, customer, fact)
    return InvoiceSent(request.id, fact)


async def _customer(app: AppContext, request: ProviderRequest, deadline: Deadline) -> Customer:
    """Who is billed, as a customer of the bill's account."""
    params = params_of(request)
    person_id, currency = PersonId(params["person_id"]), params["currency"]
    return await ensure_customer(app, request.account_id, person_id, currency, params["name"], deadline)


async def _locked(app: AppContext, request: ProviderRequest) -> ProviderRequest:
    """A bill as it is stored. Whoever takes it back after this sees all that was made for it."""
    async with app.store.transaction() as tx:
        await lock(tx, [request])
        return await tx.requests.get(request.kind, request.object_id) or request


async def _drop(app: AppContext, request: ProviderRequest, deadline: Deadline) -> None:
    """It was taken back while its draft was being made. A draft that stays is never sent by us."""
    with suppress(ProviderUnavailable, ProviderRefused):
        await drafts.throw_away(app, request, await drafts.at_stripe(app, request, deadline), deadline)


async def _no(app: AppContext, request: ProviderRequest, refused: ProviderRefused, deadline: Deadline) -> Billed:
    """Stripe said no to a step: that ends the bill, unless another path has ended it, or the invoice is out."""
    needs_email = refused.code == "missing_email"
    stored = await (_ask_email if needs_email else _locked)(app, request)
    if _is_over(stored):
        return await _go_on(app, stored, deadline)
    if needs_email:
        return NeedsEmail(request.id)
    found = await drafts.at_stripe(app, request, deadline)
    if found.out is not None:  # it can be paid, only not be mailed
        return await _out(app, request, found.out, deadline)
    if found.id is not None and found.fact is None:  # taking it back may have ended with the draft, and nobody was told
        return await _take_back(app, request, await objection(app, request) or Withdrawn.DELETED, deadline)
    async with app.store.transaction() as tx:
        await lock(tx, [request])
        now_stored = await tx.requests.get(request.kind, request.object_id)
        if now_stored is not None and now_stored.state is RequestState.PENDING:
            await tx.requests.set_state(request.id, RequestState.REFUSED, str(refused))
    return Refused(BillProblem.STRIPE_REFUSED, str(refused))


def _is_over(stored: ProviderRequest) -> bool:
    return stored.state is RequestState.MADE or taken_back(stored)


async def _or_wait(app: AppContext, request: ProviderRequest, sending: Callable[[], Awaitable[Billed]]) -> Billed:
    try:
        return await sending()
    except KeyRefused:
        raise
    except ProviderUnavailable:
        await hand_over(app, request)
        return InvoicePending(request.id)


def _problem(order: Bill, limits: Limits) -> BillProblem | AmountRefused | None:
    if not order.what.strip():
        return BillProblem.WHAT_EMPTY
    if len(order.what) > WHAT_MAX:
        return BillProblem.WHAT_TOO_LONG
    if not 0 <= order.days_until_due <= DAYS_MAX:
        return BillProblem.DAYS_RANGE
    amount = check_amount(order.amount, order.currency, limits)
    return amount if isinstance(amount, AmountRefused) else None


async def _set_email(app: AppContext, waiting: Sequence[ProviderRequest], email: str, deadline: Deadline) -> None:
    """Set it at Stripe for the customers (one for each account and currency) of what waits, then here."""
    for request in {(one.account_id, params_of(one)["currency"]): one for one in reversed(waiting)}.values():
        customer = await _customer(app, request, deadline)
        await deadline.of(partial(_set_one, app, customer, email))
        async with app.store.transaction() as tx:
            await tx.customers.set_email(customer.id, email)


async def _set_one(app: AppContext, customer: Customer, email: str) -> None:
    assert customer.stripe_id is not None
    await offered(app.provider(customer.account_id).customers).set_email(customer.stripe_id, email)


async def _ask_email(app: AppContext, request: ProviderRequest) -> ProviderRequest:
    """Ask the member for an address, unless the bill is over; the bill as it was stored before."""
    params = params_of(request)
    async with app.store.transaction() as tx:
        await lock(tx, [request])
        stored = await tx.requests.get(request.kind, request.object_id) or request
        if _is_over(stored):
            return stored
        await tx.requests.set_state(request.id, RequestState.NEEDS_EMAIL, "Stripe needs the member's e-mail")
        community = await tx.communities.get(await billed_by(tx, params))
        said = {
            "request_id": request.id,
            "community": community.name if community else "",
            "what": params["what"],
            "amount": params["amount"],
            "currency": params["currency"],
            **await _where(tx, params),
        }
        key = f"email_needed:{request.id}"
        await enqueue_notice(tx, app.business.now(), PersonId(params["person_id"]), "email_needed", key, said)
        await _note(app, tx, request, params, AuditKind.INVOICE_ASKED)
    app.wake(QueueName.NOTICES)
    return stored


async def _where(tx: Transaction, params: Params) -> dict[str, str]:
    """An invoice is for the account that was billed, not for one that is linked to it."""
    side = await side_of(tx, PersonId(params["person_id"]))
    return {} if side is None else {"only": side.value}


async def _sent(
    app: AppContext, request: ProviderRequest, params: Params, customer: Customer, fact: InvoiceFact
) -> None:
    now = app.business.now()
    person_id = PersonId(params["person_id"])
    async with app.store.transaction() as tx:
        await tx.requests.made(request.id, fact.id)
        said = {
            "number": fact.number,
            "amount": fact.total,
            "currency": fact.currency,
            "url": fact.hosted_url,
            "what": params["what"],
            **await _where(tx, params),
        }
        await enqueue_notice(tx, now, person_id, "invoice_sent", f"invoice_sent:{request.id}", said)
        await tx.customers.mark([customer.id], SnapshotPart.INVOICES, now)
        await _note(app, tx, request, params, AuditKind.INVOICE_SENT, fact.number)
    app.wake(QueueName.NOTICES)
    app.wake(QueueName.CUSTOMERS)


async def _note(
    app: AppContext,
    tx: Transaction,
    request: ProviderRequest,
    params: Params,
    kind: AuditKind,
    number: str | None = None,
) -> None:
    """One line for one bill: when it was sent, or already when the member is asked for an address."""
    changes: Changes = {
        "what": same(params["what"]),
        "amount": (None, Amount(int(params["amount"]), params["currency"])),
        **({} if number is None else {"number": (None, number)}),
    }
    await record_act(
        app,
        tx,
        kind,
        changes,
        actor=params["actor"],
        community_id=await billed_by(tx, params),
        person_id=PersonId(params["person_id"]),
        key=f"bill:{request.id}",
        told=True,
    )
